"""Bias and variance against scikit-learn's ridge, one answer y at a time, and against training sets that these tests draw."""

import numpy as np
import pytest
from numpy.polynomial import Legendre
from sklearn.linear_model import LinearRegression, Ridge

from regdemo.core.linear.bias_variance import DRAWN, GRID, Sets, bias_variance

LAMS = (0.0, 0.01, 0.5, 100.0)
BOTH = pytest.mark.parametrize("fresh_x", [False, True])


def features(x: np.ndarray, degree: int) -> np.ndarray:
    return np.column_stack([Legendre.basis(j)(x) * (2 * j + 1) ** 0.5 for j in range(1, degree + 1)])


def ridge(x: np.ndarray, y: np.ndarray, degree: int, lam: float) -> np.ndarray:
    """scikit-learn's fits to y (n) or (n, m) at the test points."""
    model = Ridge(alpha=lam * len(x), solver="svd") if lam else LinearRegression()
    return model.fit(features(x, degree), y).predict(features(GRID, degree))


def truth(x: np.ndarray) -> np.ndarray:
    return 2 * np.sin(np.pi * x)


@pytest.mark.parametrize(("n", "degree"), [(25, 11), (12, 3), (50, 15)])
def test_given_x_both_are_what_each_answer_weighs_in_a_fit(n, degree):
    found = bias_variance(Sets(n, degree, noise=0.7), LAMS)
    x = -1 + (2 * np.arange(n) + 1) / n
    for k, lam in enumerate(LAMS):
        h = ridge(x, np.eye(n), degree, lam)  # (test points, n): the weight of each y
        assert found.mean[k] == pytest.approx(h @ truth(x), abs=1e-8)
        assert found.bias[k] == pytest.approx(((h @ truth(x) - truth(GRID)) ** 2).mean(), rel=1e-6, abs=1e-12)
        assert found.variance[k] == pytest.approx(0.49 * (h**2).sum(1).mean(), rel=1e-8)
    assert (found.noise, found.of_x.max()) == (pytest.approx(0.49), 0)


@BOTH
def test_the_sum_is_what_fits_to_other_training_sets_cost_on_fresh_data(fresh_x):
    n, degree, many, noise = 25, 8, 1500, 0.5
    found = bias_variance(Sets(n, degree, noise, fresh_x), LAMS)
    rng = np.random.default_rng(99)
    x = -1 + 2 * (np.arange(n) + (rng.uniform(size=(many, n)) if fresh_x else np.full((many, n), 0.5))) / n
    y, new = (truth(v) + noise * rng.standard_normal((many, v.shape[-1])) for v in (x, GRID))
    a, z = (np.stack([Legendre.basis(j)(v) * (2 * j + 1) ** 0.5 for j in range(degree + 1)], -1) for v in (x, GRID))
    costs, free = np.empty((many, len(LAMS))), np.diag([0.0] + [1.0] * degree)  # a column of ones is not penalised
    for k, lam in enumerate(LAMS):
        w = np.linalg.solve(a.swapaxes(1, 2) @ a + n * lam * free, (y[:, None] @ a)[..., 0, :, None])
        costs[:, k] = ((new - (z @ w)[..., 0]) ** 2).mean(1)
    error = costs.std(0) / many**0.5
    assert (np.abs(costs.mean(0) - found.total) < 4 * np.hypot(error, found.of_x / 10)).all()  # x, too, is a sample of 200
    assert found.measured == pytest.approx(costs.mean(0), abs=4 * float(found.error.max()))


@BOTH
@pytest.mark.parametrize("seed", range(5))
def test_what_was_measured_lies_within_its_standard_error_of_the_sum(fresh_x, seed):
    found = bias_variance(Sets(15, 8, 1.0, fresh_x, seed), LAMS)
    assert (found.error > 0).all()
    assert (np.abs(found.measured - found.total) < 4 * found.error).all()


def test_the_fits_that_are_kept_scatter_as_variance_says():
    found = bias_variance(Sets(), LAMS)
    assert found.fits.shape == (len(LAMS), DRAWN, len(GRID))
    assert found.fits.var(1, ddof=1).mean(1) == pytest.approx(found.variance, rel=0.3)
    assert (((found.fits.mean(1) - found.mean) ** 2).mean(1) < 4 * found.variance / DRAWN).all()


def test_without_noise_fits_to_the_same_x_are_one_and_to_other_x_vary_by_it_alone():
    same, other = (bias_variance(Sets(noise=0.0, fresh_x=fresh), LAMS) for fresh in (False, True))
    assert same.variance.max() < 1e-20
    assert np.ptp(same.fits, axis=1).max() < 1e-9
    assert same.measured == pytest.approx(same.bias, abs=1e-12)
    assert (other.variance == other.of_x).all()
    assert other.variance[2] > 1e-3


def test_more_lambda_is_less_variance_and_more_bias():
    found = bias_variance(Sets(), np.r_[0.0, np.geomspace(1e-3, 100, 20)])
    assert (np.diff(found.variance) < 0).all()
    assert (np.diff(found.bias) > 0).all()


def test_a_set_with_fewer_points_than_weights_has_its_fit_of_least_norm():
    n, degree = 12, 15
    found = bias_variance(Sets(n, degree), (0.0, 1e-9))
    x = -1 + (2 * np.arange(n) + 1) / n
    a = features(x, degree)
    w = np.linalg.pinv(a - a.mean(0)) @ (truth(x) - truth(x).mean())
    assert found.mean[0] == pytest.approx((features(GRID, degree) - a.mean(0)) @ w + truth(x).mean(), abs=1e-6)
