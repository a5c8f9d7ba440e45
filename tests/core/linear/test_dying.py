"""L1 that kills weights: against one written out in scalars, and against the proximal steps that it is until a weight dies."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from regdemo import LinearConfig, train_linear
from regdemo.core.linear.data import draw_linear
from regdemo.core.linear.dying import train_dying
from regdemo.core.linear.exact import exact_solution
from regdemo.core.rng import generator

FALLS = LinearConfig(
    n_train=30, n_features=12, n_informative=4, coefficient=1.0, intercept=0.5, noise=0.3, init_scale=0.1, solver="proximal",
    penalty="l1", relative=True, strengths=(0.5, 0.1), seeds=2, seed=3, batch_size=30, lr=0.2, epochs=40, switch_epoch=15,
    switch_from=0.9,
)  # fmt: skip


def by_scalars(config, data, seed, strength):
    """The rule as it would be written for one run, number by number."""
    x, y = (part[seed].astype(float).tolist() for part in data.split("train"))
    n, p, top = config.n_train, config.n_features, float(data.lam_max[seed])
    start = torch.randn(p, generator=generator(config.seed + seed, "weights"))
    w, b, dead = [float(v * config.init_scale) for v in start], 0.0, set()
    for epoch in range(config.epochs):
        lam = top * (config.switch_from if epoch < config.switch_epoch else strength)
        errors = [b + sum(xi * wi for xi, wi in zip(row, w, strict=True)) - target for row, target in zip(x, y, strict=True)]
        for j in range(p):
            if j in dead:
                continue
            w[j] -= config.lr * sum(e * row[j] for e, row in zip(errors, x, strict=True)) / n
            pulled = w[j] - config.lr * lam * (1 if w[j] > 0 else -1)
            if pulled * w[j] < 0:
                dead.add(j)
                pulled = 0.0
            w[j] = pulled
        b -= config.lr * sum(errors) / n
    return w, b


def test_it_is_the_rule_written_out_in_scalars():
    data = draw_linear(FALLS)
    w, b = train_dying(FALLS, data)
    for seed in range(2):
        for k, strength in enumerate(FALLS.strengths):
            expected, bias = by_scalars(FALLS, data, seed, strength)
            assert w[seed, k] == pytest.approx(expected, abs=1e-12)
            assert b[seed, k] == pytest.approx(bias, abs=1e-12)


def test_what_died_at_a_large_strength_stays_dead_while_proximal_steps_reach_the_minimum():
    long = replace(FALLS, epochs=2000, switch_epoch=1000, switch_from=1.0)
    result = train_linear(long, device="cpu")
    exact = exact_solution(long, result.data, result.lam)
    w, b = train_dying(long, result.data)
    assert (w == 0).all()
    assert b == pytest.approx(np.repeat(result.data.split("train")[1].mean(1)[:, None], 2, axis=1), abs=1e-6)
    assert ((exact.weights != 0).sum(2) >= 2).all()
    assert result.weights == pytest.approx(exact.weights, abs=1e-4)


def test_until_a_weight_dies_it_is_the_proximal_step_and_then_it_is_that_with_the_weight_left_out():
    few = replace(FALLS, epochs=1, switch_epoch=0)
    data = draw_linear(few)
    assert train_dying(few, data)[0] == pytest.approx(train_linear(few, data, "cpu", dtype=torch.float64).weights, abs=1e-12)
    more = replace(few, epochs=300, strengths=(0.3,))
    w, _ = train_dying(more, data)
    for seed, alive in enumerate(w[:, 0] != 0):
        assert 0 < alive.sum() < 12
        x, y = (part[seed].astype(float) for part in data.split("train"))
        pull = x.T @ (y - y.mean() - (x - x.mean(0)) @ w[seed, 0]) / len(y)
        lam = 0.3 * data.lam_max[seed]
        assert pull[alive] == pytest.approx(lam * np.sign(w[seed, 0][alive]), abs=1e-4)  # the minimum over what is alive


def test_a_weight_that_never_crossed_is_alive_at_zero():
    start = replace(FALLS, init_scale=0.0, epochs=1, switch_epoch=0, coefficient=0.0, noise=0.0, intercept=0.0, relative=False)
    assert (train_dying(start, draw_linear(start))[0] == 0).all()
    wanted = replace(FALLS, init_scale=0.0, switch_epoch=0, strengths=(0.01,), epochs=200)
    w, _ = train_dying(wanted, draw_linear(wanted))
    assert (w[:, 0, :4] > 0.5).all()


def test_what_diverges_is_not_a_number_and_other_objectives_are_refused():
    w, b = train_dying(replace(FALLS, lr=3.0, epochs=200), draw_linear(FALLS))
    assert np.isnan(w).all()
    assert np.isnan(b).all()
    for change in ({"penalty": "l2"}, {"batch_size": 10}, {"penalize_bias": True}):
        with pytest.raises(ValueError, match="full batches"):
            train_dying(replace(FALLS, **change), draw_linear(FALLS))
