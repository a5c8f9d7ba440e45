"""Every textbook way against the core: its twin config gives its numbers, and today's only where they mean the same."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from regdemo import PRESETS, LinearConfig, train_linear
from regdemo.core.linear.data import draw_linear
from regdemo.core.rng import generator
from regdemo.replay.formulations import ways
from regdemo.replay.textbook import Comparison, compare

SMALL = LinearConfig(
    n_train=12, n_features=15, n_informative=5, coefficient=0.5, noise=0.1, n_test=30, n_validation=10, batch_size=5, lr=0.01,
    epochs=15, seed=3,
)  # fmt: skip
CONFIGS = {
    "l2": {},
    "momentum": {"momentum": 0.9, "lr": 0.003},
    "bias penalised": {"penalize_bias": True},
    "adam": {"optimizer": "adam", "lr": 0.05},
    "adam, bias penalised": {"optimizer": "adam", "lr": 0.05, "penalize_bias": True},
    "decoupled, momentum": {"solver": "decoupled", "momentum": 0.9, "lr": 0.003},
    "adamw": {"solver": "decoupled", "optimizer": "adam", "lr": 0.05},
    "l1": {"penalty": "l1"},
    "elastic net": {"penalty": "elastic_net", "l1_ratio": 0.3, "penalize_bias": True},
    "elastic net, adam": {"penalty": "elastic_net", "optimizer": "adam", "lr": 0.05},
    "proximal": {"penalty": "l1", "solver": "proximal"},
    "proximal elastic net, bias penalised": {"penalty": "elastic_net", "solver": "proximal", "penalize_bias": True},
    "one batch": {"batch_size": 12, "lr": 0.05},
    "no penalty": {"strengths": (0.0,)},
}


@cache
def rows(config: LinearConfig, lam: float = 0.7, **kw) -> dict[str, Comparison]:
    return {row.name: row for row in compare(config, lam, config.seed, **kw)}


def from_twin(row: Comparison) -> float:
    """How far a way ended from the core's run of its twin in the same precision, the largest in any weight or the bias."""
    twin = train_linear(row.twin, device="cpu", dtype=torch.from_numpy(row.weights).dtype)
    return float(np.abs(np.append(row.weights - twin.weights[0, 0], row.bias - twin.biases[0, 0])).max())


def of(case: str) -> tuple[LinearConfig, float]:
    config = replace(SMALL, **CONFIGS[case])
    return config, 0.0 if case == "no penalty" else 0.7


@pytest.mark.parametrize("case", CONFIGS)
def test_every_way_equals_its_twin_and_today_exactly_where_it_says_so(case):
    config, lam = of(case)
    for name, row in rows(config, lam, dtype=torch.float64).items():
        # without the ½, Adam's ε = 1e-8 counts half as much
        exact = 1e-6 if config.optimizer == "adam" and name in ("no_half", "repaired") else 1e-12
        assert from_twin(row) < exact, name
        assert (row.difference < exact) if row.same else (row.difference > 1e-3), name
        assert row.agrees == row.same, name


@pytest.mark.parametrize("case", CONFIGS)
def test_every_way_makes_the_switch_of_its_twin(case):
    config, lam = of(case)
    before = 0.4 if lam == 0 else 0.0
    plain = rows(config, lam, dtype=torch.float64)
    for name, row in rows(replace(config, switch_epoch=6, switch_from=before), lam, dtype=torch.float64).items():
        exact = 1e-6 if config.optimizer == "adam" and name in ("no_half", "repaired") else 1e-12
        assert from_twin(row) < exact, name
        assert (row.difference < exact) if row.same else (row.difference > 1e-4), name
        assert row.code == f"{plain[name].code}  # with λ = {before:g} up to epoch 6"
        assert np.abs(row.weights - plain[name].weights).max() > 1e-4, name


def test_a_switch_from_a_share_of_lambda_max_is_that_of_the_seed():
    config = replace(SMALL, seeds=2, strengths=(0.1, 0.7), relative=True, penalty="l1", switch_epoch=6, switch_from=0.3)
    core = train_linear(config, device="cpu", dtype=torch.float64)
    for row in compare(config, core.lam[1, 1], 4):
        assert row.twin.switch_from == pytest.approx(core.lam[1, 0] * (1.5 if row.name == "no_half" else 3))
        if row.name == "loss":
            np.testing.assert_allclose(row.weights, core.weights[1, 1], atol=1e-12)


@pytest.mark.parametrize("case", CONFIGS)
def test_some_way_equals_today_and_float32_agrees_as_well(case):
    found = rows(*of(case))
    assert any(row.same for row in found.values())
    for name, row in found.items():
        assert from_twin(row) < 1e-5, name
        assert row.agrees or not row.same, name


def same(case: str) -> set[str]:
    return {name for name, row in rows(*of(case)).items() if row.same}


def test_which_ways_are_the_same_algorithm():
    assert same("l2") == {"loss", "optimizer", "decoupled", "repaired"}
    assert same("momentum") == {"loss", "optimizer", "repaired"}
    assert same("bias penalised") == {"loss", "everything", "decoupled", "repaired"}
    assert same("adam") == {"loss", "adam", "repaired"}
    assert same("decoupled, momentum") == {"decoupled"}
    assert same("adamw") == {"adamw"}
    assert same("l1") == {"loss", "repaired"}
    assert same("proximal") == {"proximal"}
    assert same("no penalty") == {"loss", "optimizer", "everything", "decoupled", "repaired"}


def test_at_momentum_09_decoupled_decay_leaves_a_much_larger_norm():
    config = replace(PRESETS["W1"], momentum=0.9, lr=3e-4, epochs=25)
    found = rows(config, 3.0)
    assert found["decoupled"].difference > 1000 * found["optimizer"].difference
    assert found["decoupled"].l2_norm > 4 * found["optimizer"].l2_norm


def test_adam_with_weight_decay_and_adamw_are_two_algorithms():
    found = rows(*of("adam"))
    assert np.abs(found["adam"].weights - found["adamw"].weights).max() > 0.05


def test_weight_decay_is_offered_for_l2_alone():
    assert set(ways(replace(SMALL, penalty="l1"))) == {"loss", "proximal", "no_half", "repaired"}
    assert set(ways(replace(SMALL, penalty="elastic_net", optimizer="adam"))) == {"loss", "no_half", "repaired"}
    assert "proximal" not in ways(SMALL)
    assert "no_half" not in ways(replace(SMALL, lr=1000.0))


@pytest.mark.parametrize("case", CONFIGS)
def test_the_line_of_code_that_is_shown_is_the_one_that_runs(case):
    config, lam = of(case)
    data = draw_linear(config)
    x_train, y_train = (torch.from_numpy(part[0]).double() for part in data.split("train"))
    sgd = config.optimizer == "sgd"
    for name, row in rows(config, lam, dtype=torch.float64).items():
        w = torch.randn(config.n_features, generator=generator(config.seed, "weights")).double().requires_grad_()
        b = torch.zeros((), dtype=torch.float64, requires_grad=True)
        scope = {"w": w, "b": b, "torch": torch, "F": F}
        lr = config.lr / 2 if name == "repaired" and sgd else config.lr
        scope["optimizer"] = torch.optim.SGD([w, b], lr, config.momentum) if sgd else torch.optim.Adam([w, b], lr)
        lines = {"loss": "loss = ((x @ w + b - y) ** 2).mean() / 2", "optimizer": "", "step": "optimizer.step()"}
        kind = row.code.split(" =")[0] if row.code.startswith(("loss =", "optimizer =")) else "step"
        lines[kind] = row.code
        exec(lines["optimizer"], scope)
        order = generator(config.seed, "order")
        for _ in range(config.epochs):
            full = config.batch_size == config.n_train
            index = torch.arange(config.n_train) if full else torch.randperm(config.n_train, generator=order)
            for batch in index.split(config.batch_size):
                scope |= {"x": x_train[batch], "y": y_train[batch]}
                exec(lines["loss"], scope)
                scope["optimizer"].zero_grad()
                scope["loss"].backward()
                exec(lines["step"], scope)
        # a line shows numbers to six digits
        np.testing.assert_allclose(w.detach(), row.weights, rtol=1e-4, atol=1e-4, err_msg=name)
        assert b.item() == pytest.approx(row.bias, rel=1e-4, abs=1e-4), name


def test_losses_and_norm_are_those_of_the_core():
    config = replace(SMALL, seeds=3, strengths=(0.1, 0.7), relative=True, penalty="l1")
    core = train_linear(config, device="cpu", dtype=torch.float64)
    for row in compare(config, core.lam[2, 1], 5):
        if row.name == "loss":
            np.testing.assert_allclose(row.weights, core.weights[2, 1], atol=1e-12)
            for column in ("train_loss", "validation_loss", "test_loss", "l2_norm"):
                assert getattr(row, column) == pytest.approx(core.curves[column][2, 1, -1], rel=1e-9)


def test_data_of_ones_own_is_compared_on_its_own_seed():
    config = replace(SMALL, seeds=2)
    drawn = draw_linear(config)
    doubled = replace(drawn, y_train=2 * drawn.y_train)
    row = next(compare(config, 0.7, 4, doubled))
    core = train_linear(replace(config, strengths=(0.7,)), doubled, device="cpu")
    np.testing.assert_allclose(row.weights, core.weights[1, 0], atol=1e-5)
    with pytest.raises(ValueError, match=r"seed = 9: allowed is one of the config's seeds"):
        next(compare(config, 0.7, 9))


def test_a_diverging_run_says_when_and_differs_by_nan():
    config = replace(SMALL, lr=0.6, epochs=60)
    core = train_linear(replace(config, strengths=(0.7,)), device="cpu")
    found = rows(config)
    assert found["loss"].diverged_at == core.diverged_at[0, 0] > 0
    assert np.isnan(found["loss"].difference)
    assert np.isnan(found["loss"].weights).all()
    assert not found["loss"].agrees
    assert found["adamw"].diverged_at == -1
    assert from_twin(found["adamw"]) < 1e-4
    assert np.isnan(found["adamw"].difference)


def test_no_validation_examples_give_no_validation_loss():
    row = next(compare(replace(SMALL, n_validation=0), 0.7, 3))
    assert np.isnan(row.validation_loss)
    assert row.agrees


def test_a_comparison_can_be_stopped_between_runs_and_within_one():
    calls = []
    running = compare(SMALL, 0.7, 3, on_epoch=calls.append)
    assert calls == []
    assert next(running).name == "loss"
    # the textbook's run and the core's of the same config
    assert calls == [*range(1, 16), *range(1, 16)]
    running.close()

    def stop(epoch):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        next(compare(SMALL, 0.7, 3, on_epoch=stop))
