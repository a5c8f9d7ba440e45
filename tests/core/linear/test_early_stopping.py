"""Ridge and stopped descent in closed form, against training itself, scikit-learn and the hat matrix."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from sklearn.linear_model import Ridge

from regdemo.config.configs import LinearConfig
from regdemo.core.linear.data import draw_linear
from regdemo.core.linear.early_stopping import ALMOST, directions, early_stopping
from regdemo.core.linear.train import train_linear

LAMS = (0.0, 0.01, 0.5, 7.0)
TALL = LinearConfig(
    n_train=30, n_features=12, n_informative=12, coefficient=0.3, noise=1.0, intercept=0.5, init_scale=0.0, batch_size=30, lr=0.05,
    epochs=40, strengths=LAMS, penalize_bias=True, seed=3,
)  # fmt: skip
WIDE = replace(TALL, n_train=10, n_features=25, batch_size=10, lr=0.02)


def splits(config: LinearConfig) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    data = draw_linear(config)
    return {name: tuple(part[0].astype(np.float64) for part in data.split(name)) for name in ("train", "test")}


@pytest.mark.parametrize("config", [TALL, WIDE], ids=["n > p", "n < p"])
def test_descent_in_closed_form_is_what_full_batch_training_comes_to(config):
    """Every λ of the training is descent on ridge's own objective; λ = 0 is descent alone."""
    found = splits(config)
    trained = train_linear(config, device="cpu", dtype=torch.float64)
    shares = directions(*found["train"])
    closed = early_stopping(found, LAMS, config.lr)
    for k, lam in enumerate(LAMS):
        for at, epoch in enumerate(trained.snapshot_epochs):
            kept = shares.descent(config.lr, np.array([epoch]), lam)
            assert (kept @ shares.parts)[0, :-1] == pytest.approx(trained.snapshots[at, 0, k], abs=1e-9)
        kept = shares.descent(config.lr, np.arange(config.epochs + 1), lam)
        for name in ("train", "test"):
            assert closed.way(kept).losses[name] == pytest.approx(trained.curves[f"{name}_loss"][0, k], rel=1e-9)


@pytest.mark.parametrize("config", [TALL, WIDE], ids=["n > p", "n < p"])
def test_ridge_is_scikit_learns_and_its_degrees_of_freedom_are_the_trace_of_the_hat_matrix(config):
    found = splits(config)
    x, y = found["train"]
    n, a = len(x), np.column_stack([x, np.ones(len(x))])
    closed = early_stopping(found, LAMS, config.lr)
    for k, lam in enumerate(LAMS):
        hat = a @ np.linalg.pinv(a.T @ a + n * lam * np.eye(a.shape[1])) @ a.T
        assert closed.ridge.freedom[k] == pytest.approx(np.trace(hat), rel=1e-9)
        if lam:
            w = Ridge(alpha=n * lam, fit_intercept=False, solver="cholesky").fit(a, y).coef_
            assert closed.ridge.kept[k] @ closed.directions.parts == pytest.approx(w, abs=1e-9)
            z, t = found["test"]
            assert closed.ridge.losses["test"][k] == pytest.approx(((z @ w[:-1] + w[-1] - t) ** 2).mean() / 2, rel=1e-9)
        else:
            assert closed.ridge.kept[k] @ closed.directions.parts == pytest.approx(np.linalg.pinv(a) @ y, abs=1e-9)


def test_degrees_of_freedom_of_descent_are_the_trace_of_what_takes_y_to_the_fit():
    x, y = splits(TALL)["train"]
    n, a = len(x), np.column_stack([x, np.ones(len(x))])
    smoother, once = np.zeros((n, n)), TALL.lr * a @ a.T / n
    for _ in range(17):  # fit ← fit + ηAAᵀ/n (y − fit), for every y at once
        smoother = smoother + once @ (np.eye(n) - smoother)
    kept = directions(x, y).descent(TALL.lr, np.array([17.0]))
    assert kept.sum() == pytest.approx(np.trace(smoother), rel=1e-12)


@pytest.mark.parametrize("config", [TALL, WIDE], ids=["n > p", "n < p"])
def test_the_equal_of_each_strength_has_as_many_degrees_of_freedom(config):
    closed = early_stopping(splits(config), LAMS, config.lr)
    assert closed.stopped.freedom == pytest.approx(closed.ridge.freedom, rel=1e-9)
    assert np.isinf(closed.steps[0])
    assert closed.stopped.losses["test"][0] == pytest.approx(closed.ridge.losses["test"][0])
    assert (np.diff(closed.steps[1:]) < 0).all()
    lams, ridge = closed.curves["ridge"]
    steps, descent = closed.curves["descent"]
    assert ridge.freedom == pytest.approx(closed.along, rel=1e-9)
    assert descent.freedom == pytest.approx(closed.along, rel=1e-9)
    assert (np.diff(lams) < 0).all()
    assert (np.diff(steps) > 0).all()
    assert closed.film.freedom[[0, -1]] == pytest.approx([0, ALMOST * len(closed.directions.curvature)], rel=1e-2)


def test_a_small_share_is_small_in_both_by_the_same_factor():
    """While λ is far above all curvatures and steps are small, ridge keeps c/λ and descent ηtc: λ = 1/(ηt) makes them equal."""
    found = early_stopping(splits(TALL), (1e4,), 1e-4)
    assert 1 / (1e-4 * found.steps[0]) == pytest.approx(1e4, rel=1e-3)
    assert found.stopped.kept == pytest.approx(found.ridge.kept, rel=1e-3)


def test_both_together_end_where_ridge_does():
    found = early_stopping(splits(TALL), LAMS, TALL.lr)
    for k, lam in enumerate(LAMS):
        steps, lowest, end = found.both(lam)
        assert end == pytest.approx(found.ridge.losses["test"][k])
        assert lowest <= end
        kept = found.directions.descent(TALL.lr, np.array([steps]), lam)
        assert found.way(kept).losses["test"][0] == pytest.approx(lowest)
    assert found.both(1 / TALL.lr) is None  # 1 − η(c + λ) is below zero


def test_a_step_that_overshoots_is_refused_with_the_bound():
    found = splits(TALL)
    x = found["train"][0]
    most = np.linalg.norm(np.column_stack([x, np.ones(len(x))]), 2) ** 2 / len(x)
    assert directions(*found["train"]).curvature[0] == pytest.approx(most)
    with pytest.raises(ValueError, match=f"allowed is less than .* = {1 / most:g}"):
        early_stopping(found, LAMS, 1.0001 / most)
