"""What the L1-versus-L2 page claims of trained weights, held against scikit-learn and closed forms."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import ElasticNet, Lasso, Ridge

from regdemo import PRESETS, LinearConfig, train_linear
from regdemo.core.linear.data import LinearData, draw_linear
from regdemo.core.linear.exact import elastic_net, ridge
from regdemo.core.linear.selection import support
from regdemo.core.linear.standardized import problem
from regdemo.core.linear.tables import diabetes

SMALL = LinearConfig(
    n_train=60, n_features=80, n_informative=5, coefficient=1.0, intercept=2.0, noise=0.3, init_scale=0.1, solver="proximal",
    penalty="l1", relative=True, strengths=(0.5, 0.2, 0.1), seeds=2, batch_size=60, lr=0.25, epochs=800,
)  # fmt: skip


def distance(weights: np.ndarray, exact: np.ndarray) -> np.ndarray:
    """‖w − ŵ‖₂ / ‖ŵ‖₂ of each run."""
    return np.linalg.norm(weights - exact, axis=-1) / np.linalg.norm(exact, axis=-1)


@pytest.mark.parametrize(("penalty", "rho"), [("l1", 1.0), ("elastic_net", 0.5), ("l2", 0.0)])
def test_proximal_descent_to_convergence_is_what_sklearn_computes(penalty, rho):
    result = train_linear(replace(SMALL, penalty=penalty, l1_ratio=rho), device="cpu")
    for s in range(2):
        x, y = (part[s].astype(float) for part in result.data.split("train"))
        for k, lam in enumerate(result.lam[s]):
            if penalty == "l2":
                model = Ridge(alpha=lam * len(y)).fit(x, y)
            else:
                model = (Lasso(lam) if rho == 1 else ElasticNet(lam, l1_ratio=rho)).set_params(tol=1e-10, max_iter=100_000)
                model.fit(x, y)
            assert distance(result.weights[s, k], model.coef_) < 1e-3
            assert result.biases[s, k] == pytest.approx(model.intercept_, rel=1e-3)
            assert ((result.weights[s, k] != 0) != (model.coef_ != 0)).sum() <= 2


def test_just_above_the_largest_strength_nothing_is_kept_and_just_below_something_is():
    for penalty, rho in (("l1", 1.0), ("elastic_net", 0.5)):
        config = replace(SMALL, penalty=penalty, l1_ratio=rho, strengths=(1.001, 0.9), seeds=4)
        n_zero = train_linear(config, device="cpu").curves["n_zero"][:, :, -1]
        assert (n_zero[:, 0] == 80).all()
        assert (n_zero[:, 1] < 80).all()


def test_on_an_orthonormal_design_the_proximal_solver_lands_on_the_soft_threshold():
    n, lam = 64, 0.3
    basis = np.linalg.qr(np.column_stack([np.ones(n), np.random.default_rng(0).normal(size=(n, 4))]))[0][:, 1:]
    x = (basis * n**0.5).astype(np.float32)[None]
    y = (x[0] @ [2.0, -1.0, 0.31, 0.29] + 1).astype(np.float32)[None]
    config = LinearConfig(
        n_train=n, n_validation=n, n_test=n, n_features=4, penalty="l1", solver="proximal", strengths=(lam,), batch_size=n,
        lr=0.9, epochs=60,
    )  # fmt: skip
    result = train_linear(config, LinearData(x, y, x, y, x, y), device="cpu")
    np.testing.assert_allclose(result.weights[0, 0], [1.7, -0.7, 0.01, 0], atol=1e-5)
    assert result.weights[0, 0, 3] == 0
    assert result.biases[0, 0] == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("full_batch", [True, False])
def test_the_subgradient_gives_no_exact_zero_at_any_strength(full_batch):
    config = replace(SMALL, solver="sgd", strengths=(1.001, 0.5, 0.1), epochs=60, batch_size=60 if full_batch else 10, lr=0.02)
    result = train_linear(config, device="cpu")
    assert (result.weights != 0).all()


def test_a_sweep_of_the_sparse_preset_is_within_a_thousandth_of_the_exact_lasso_and_its_step_is_safe():
    config = PRESETS["S-sparse"]
    assert config.strengths[0] == 1
    assert config.strengths[-1] == pytest.approx(0.05)
    data = draw_linear(config)
    assert config.lr * data.curvature.max() < 1.8
    result = train_linear(config, data, device="cpu")
    exact = elastic_net(data, result.lam)
    assert distance(result.weights[:, 1:], exact.weights[:, 1:]).max() < 1e-3
    assert np.abs(result.weights[:, 0]).max() < 1e-5
    ridge_distance = distance(
        train_linear(replace(config, penalty="l2"), data, device="cpu").weights, ridge(data, result.lam).weights
    )
    assert ridge_distance.max() < 0.01


@pytest.mark.parametrize("name", ["S-dense", "S-twins"])
def test_the_steps_of_the_other_presets_are_safe(name):
    data = draw_linear(replace(PRESETS[name], seeds=16))
    assert PRESETS[name].lr * data.curvature.max() < 1.8


def test_curvature_is_the_largest_eigenvalue_and_twice_its_inverse_is_where_descent_breaks():
    config = replace(SMALL, seeds=1, strengths=(0.01,), epochs=400)
    data = draw_linear(config)
    a = np.column_stack([data.x_train[0], np.ones(60)]).astype(float)
    assert data.curvature[0] == pytest.approx(np.linalg.eigvalsh(a.T @ a / 60)[-1], rel=1e-9)
    edge = 2 / data.curvature[0]
    safe, broken = (train_linear(replace(config, lr=f * edge), data, device="cpu", dtype=torch.float64) for f in (0.98, 1.05))
    assert safe.diverged_at[0, 0] == -1
    assert broken.diverged_at[0, 0] > 0


def test_long_data_with_few_features_is_measured_in_bounded_pieces():
    config = LinearConfig(n_train=5000, n_test=5000, n_features=2, batch_size=5000, seeds=8, strengths=(0.1,) * 30, epochs=3)
    from regdemo.core.linear.measure import CHUNK_BYTES, Measure

    data = draw_linear(config)
    lam = torch.ones(8, 30)
    splits = {name: tuple(map(torch.as_tensor, data.split(name))) for name in ("train", "validation", "test")}
    measure = Measure(config, splits, [lam, lam], torch.device("cpu"), torch.float32, range(4))
    assert measure.room * 8 * 30 * 5000 * 4 <= max(CHUNK_BYTES, 8 * 30 * 5000 * 4)
    assert train_linear(config, data, device="cpu").curves["test_loss"].shape == (8, 30, 4)


def test_the_figures_of_the_sparse_truth_lasso_selects_and_predicts_where_ridge_cannot():
    config = PRESETS["S-sparse"]
    lasso, other = (train_linear(replace(config, penalty=penalty), device="cpu") for penalty in ("l1", "l2"))
    best = [result.curves["test_loss"][:, :, -1].min(1).mean() for result in (lasso, other)]
    assert best[1] >= 5 * best[0]
    exact = [f(lasso.data, lasso.lam).losses["test"].min(1).mean() for f in (elastic_net, ridge)]
    np.testing.assert_allclose(best, exact, rtol=0.01)
    scores = support(lasso.weights, lasso.data.true_weights)
    assert scores.f1.max(1).mean() >= 0.85
    predicts = lasso.curves["validation_loss"][:, :, -1].argmin(1)
    assert scores.n_selected[np.arange(8), predicts].mean() > 20  # the λ that predicts best selects too many: 10 are true


def test_of_correlated_twins_lasso_favours_one_and_elastic_net_shares():
    config = PRESETS["S-twins"]
    data = draw_linear(config)
    lam = data.lam_max[:, None] * 0.1
    gaps = []
    for rho in (1.0, 0.5):
        pairs = elastic_net(data, lam / rho, rho).weights[:, 0, :8].reshape(8, 4, 2)  # four pairs, both of each informative
        gaps.append(np.abs(np.diff(pairs, axis=2)).mean())
    assert gaps[0] > 2 * gaps[1]


def at_lam_max(config: LinearConfig, data: LinearData) -> None:
    """From a start at 0, at λ_max, nothing is ever kept: neither by the proximal step nor on the exact path."""
    data = replace(data, y_train=data.y_train - data.y_train.mean(1, keepdims=True))  # the bias begins where it is to be
    at = replace(
        config, penalty="l1", solver="proximal", relative=True, strengths=(1.0, 0.98), init_scale=0.0, batch_size=config.n_train,
        lr=float(1 / data.curvature.max()), epochs=100,
    )  # fmt: skip
    result = train_linear(at, data, device="cpu")
    exact = elastic_net(data, result.lam)
    assert (result.curves["n_zero"][:, 0] == config.n_features).all()
    assert (exact.weights[:, 0] == 0).all()
    assert (exact.weights[:, 1] != 0).any(1).all()  # just below it something is kept
    x, y = (part[0].astype(float) for part in data.split("train"))
    assert result.lam[0, 0] == pytest.approx(np.abs((x - x.mean(0)).T @ (y - y.mean())).max() / len(y), rel=2e-5)


@pytest.mark.parametrize("name", ["S-sparse", "S-dense", "S-twins"])
def test_a_preset_keeps_nothing_at_lam_max(name):
    result = train_linear(replace(PRESETS[name], strengths=(1.0,)), device="cpu")
    assert (result.weights == 0).all()


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 9999), n=st.sampled_from([10, 20, 50, 100, 500]), p=st.sampled_from([2, 10, 50, 200]),
    noise=st.sampled_from([0.0, 0.1, 1.0]), correlation=st.sampled_from([0.0, 0.5, 0.95]), intercept=st.sampled_from([0.0, 0.5, 2.0]),
    coefficient=st.sampled_from([0.01, 1.0]),
)  # fmt: skip
def test_at_lam_max_lasso_keeps_nothing(seed, n, p, noise, correlation, intercept, coefficient):
    config = LinearConfig(
        n_train=n, n_features=p, n_informative=min(p, 10), noise=noise, correlation=correlation, block_size=2, intercept=intercept,
        coefficient=coefficient, seed=seed, seeds=2, batch_size=1,
    )  # fmt: skip
    at_lam_max(config, draw_linear(config))


@settings(max_examples=20, deadline=None)
@given(
    seed=st.integers(0, 9999),
    target=st.sampled_from(["progression", "bmi", "s5"]),
    interactions=st.booleans(),
    n=st.sampled_from([20, 100, None]),
)
def test_at_lam_max_lasso_keeps_nothing_of_a_table(seed, target, interactions, n):
    made = problem(diabetes(), target, interactions=interactions, seeds=2, seed=seed, n_train=n)
    at_lam_max(made.configure(LinearConfig()), made.data)


def test_where_no_feature_goes_with_the_target_lam_max_is_zero():
    config = LinearConfig(n_train=30, n_features=4, coefficient=0.0, noise=0.0, intercept=0.1, seeds=2)
    assert draw_linear(config).lam_max.tolist() == [0, 0]
    x = np.full((1, 7, 3), 0.3, np.float32)
    y = np.arange(7, dtype=np.float32)[None] / 10
    assert LinearData(x, y, x, y, x, y).lam_max.tolist() == [0]
