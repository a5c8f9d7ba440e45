"""Exact solutions against scikit-learn and against the conditions that define them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import ElasticNet, Lasso, LinearRegression, Ridge

from regdemo import LinearConfig
from regdemo.core.linear.data import LinearData, draw_linear
from regdemo.core.linear.exact import elastic_net, ridge
from tests.helpers.penalties import stationarity

LAM = np.array([[0.01, 0.5, 3.0], [0.02, 1.0, 30.0]])


@pytest.mark.parametrize(("n", "p"), [(40, 10), (12, 30), (10, 10)])
@pytest.mark.parametrize("bias", [False, True])
def test_ridge_strength_is_sklearn_alpha_over_n(n, p, bias):
    data = draw_linear(LinearConfig(n_train=n, n_features=p, seeds=2, coefficient=0.3, intercept=2.0))
    exact = ridge(data, LAM, penalize_bias=bias)
    for s in range(2):
        x, y = data.x_train[s].astype(float), data.y_train[s].astype(float)
        a = np.column_stack([x, np.ones(n)]) if bias else x
        for k, lam in enumerate(LAM[s]):
            model = Ridge(alpha=lam * n, fit_intercept=not bias).fit(a, y)
            np.testing.assert_allclose(exact.weights[s, k], model.coef_[:p], rtol=1e-7, atol=1e-10)
            np.testing.assert_allclose(exact.biases[s, k], model.coef_[-1] if bias else model.intercept_, rtol=1e-7)
            a_test = data.x_test[s].astype(float)
            error = a_test @ model.coef_[:p] + exact.biases[s, k] - data.y_test[s]
            np.testing.assert_allclose(exact.losses["test"][s, k], (error**2).mean() / 2, rtol=1e-6)


@pytest.mark.parametrize(("n", "p"), [(40, 10), (12, 30)])
def test_at_strength_zero_ridge_is_least_squares_of_least_norm(n, p):
    data = draw_linear(LinearConfig(n_train=n, n_features=p, coefficient=0.3))
    exact = ridge(data, np.zeros((1, 1)))
    model = LinearRegression().fit(data.x_train[0].astype(float), data.y_train[0].astype(float))
    np.testing.assert_allclose(exact.weights[0, 0], model.coef_, atol=1e-8)


def test_one_example_and_constant_features_have_a_finite_solution():
    data = draw_linear(LinearConfig(n_train=1, n_features=3))
    exact = ridge(data, np.array([[0.0, 1.0]]))
    np.testing.assert_array_equal(exact.weights, 0)
    np.testing.assert_allclose(exact.biases, data.y_train[0, 0])


SPARSE = LinearConfig(n_train=60, n_features=90, n_informative=6, coefficient=1.0, intercept=2.0, noise=0.3, seeds=2)


@pytest.mark.parametrize("rho", [1.0, 0.4])
@pytest.mark.parametrize("bias", [False, True])
def test_elastic_net_equals_sklearn_one_strength_at_a_time_in_whatever_order_they_come(rho, bias):
    data = draw_linear(SPARSE)
    lam = data.lam_max[:, None] * np.array([0.1, 1.0, 0.5, 0.1, 0.05])
    exact = elastic_net(data, lam, rho, penalize_bias=bias)
    for s in range(2):
        x, y = data.x_train[s].astype(float), data.y_train[s].astype(float)
        a = np.column_stack([x, np.ones(len(x))]) if bias else x
        for k, alpha in enumerate(lam[s]):
            model = ElasticNet(alpha=alpha, l1_ratio=rho, fit_intercept=not bias, tol=1e-12, max_iter=100_000).fit(a, y)
            np.testing.assert_allclose(exact.weights[s, k], model.coef_[:90], atol=1e-7)
            np.testing.assert_allclose(exact.biases[s, k], model.coef_[-1] if bias else model.intercept_, atol=1e-7)
    np.testing.assert_allclose(exact.losses["train"][:, 0], exact.losses["train"][:, 3], rtol=1e-6)


def test_elastic_net_with_no_l1_part_is_ridge_and_at_strength_zero_it_is_least_squares():
    data = draw_linear(SPARSE)
    lam = np.array([[0.3, 0.0]] * 2)
    np.testing.assert_array_equal(elastic_net(data, lam, 0.0).weights, ridge(data, lam).weights)
    np.testing.assert_allclose(elastic_net(data, lam).weights[:, 1], ridge(data, lam).weights[:, 1], atol=1e-12)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 1000), rho=st.floats(0.1, 1), share=st.floats(0.02, 1), scale=st.sampled_from([1e-6, 1.0, 1e6]))
def test_the_exact_path_meets_the_conditions_that_define_it_in_any_unit_of_the_target(seed, rho, share, scale):
    drawn = draw_linear(LinearConfig(n_train=20, n_features=30, n_informative=3, coefficient=1.0, noise=0.2, seed=seed))
    parts = {f"{a}_{s}": part for s in ("train", "validation", "test") for a, part in zip("xy", drawn.split(s), strict=True)}
    data = LinearData(**parts | {"y_train": drawn.y_train * np.float32(scale)})
    lam = share / rho * data.lam_max[:, None]
    exact = elastic_net(data, lam, rho)
    assert stationarity(data, exact.weights, exact.biases, lam, rho).max() < 1e-4
    assert stationarity(data, exact.weights * 1.01 + 0.01 * scale, exact.biases, lam, rho).min() > 1e-3


def test_a_constant_target_and_a_constant_feature_give_zeros():
    data = draw_linear(LinearConfig(n_train=5, n_features=3))
    data.y_train[:] = 4.0
    data.x_train[:, :, 1] = 7.0
    exact = elastic_net(data, np.array([[0.1, 0.0]]))
    np.testing.assert_allclose(exact.weights, 0, atol=1e-12)
    np.testing.assert_allclose(exact.biases, 4)


def test_on_an_orthonormal_design_lasso_is_soft_thresholding_and_ridge_is_shrinking():
    n, p, lam = 64, 5, 0.3
    basis = np.linalg.qr(np.column_stack([np.ones(n), np.random.default_rng(0).normal(size=(n, p))]))[0][:, 1:]
    x = (basis * n**0.5).astype(np.float32)[None]  # columns of mean 0 with XᵀX/n = I
    y = (x[0] @ [2.0, -1.0, 0.31, 0.29, 0.0] + 1).astype(np.float32)[None]
    data = LinearData(x, y, x, y, x, y)
    lasso = elastic_net(data, np.array([[lam]])).weights[0, 0]
    np.testing.assert_allclose(lasso, [1.7, -0.7, 0.01, 0, 0], atol=1e-6)
    assert (lasso[3:] == 0).all()
    np.testing.assert_allclose(ridge(data, np.array([[lam]])).weights[0, 0], np.array([2, -1, 0.31, 0.29, 0]) / 1.3, atol=1e-6)
    assert (Lasso(alpha=lam).fit(x[0], y[0]).coef_[3:] == 0).all()
