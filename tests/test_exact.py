"""Exact solutions against scikit-learn and against the conditions that define them."""

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression, Ridge

from regdemo import LinearConfig
from regdemo.data import draw_linear
from regdemo.exact import ridge

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
