"""The posterior in the plane against closed forms, scikit-learn and adaptive integration."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, special, stats
from sklearn.linear_model import Lasso, Ridge

from regdemo.core.linear.posterior import Posterior
from regdemo.core.linear.two_weights import Plane

PLANES = st.builds(Plane, st.sampled_from([-0.9, -0.5, 0.0, 0.5, 0.9]), st.sampled_from(range(-90, 181, 5)))
SHARES, NOISE = st.floats(0.02, 1.0), st.sampled_from([0.1, 1 / 30, 0.01, 0.001])


def sides(a: float, lam: float, s: float) -> tuple[float, float]:
    """Mean and P(w > 0) of the density ∝ exp(−(½(w − a)² + λ|w|)/s): two Gaussians cut at zero, in closed form."""
    root = s**0.5
    mass, mean = [], []
    for sign in (1, -1):  # of w = sign · v, v > 0: a Gaussian around sign · a − λ
        middle = sign * a - lam
        log_mass = special.log_ndtr(middle / root) + middle**2 / (2 * s)
        mass.append(log_mass)
        mean.append(sign * stats.truncnorm.mean(-middle / root, np.inf, loc=middle, scale=root))
    part = special.softmax(mass)
    return float(part @ mean), float(part[0])


@settings(max_examples=60, deadline=None)
@given(angle=st.integers(-90, 180), share=SHARES, s=NOISE)
def test_of_uncorrelated_features_each_weight_has_two_gaussians_cut_at_zero(angle, share, s):
    plane = Plane(0.0, angle)
    found = Posterior(plane, "L1", share * plane.lam_max, s)
    for j in (0, 1):
        mean, positive = sides(float(plane.least_squares[j]), found.lam, s)
        assert found.mean[j] == pytest.approx(mean, abs=1e-9)
        assert found.positive[j] == pytest.approx(positive, abs=1e-9)


@pytest.mark.parametrize(("plane", "s"), [(Plane(-0.5, 15), 1 / 30), (Plane(0.9, 100), 0.1), (Plane(0.9, 30), 0.01)])
def test_of_correlated_features_the_mean_is_what_adaptive_integration_finds(plane, s):
    """Given w₁ the other weight has two Gaussians cut at zero; over w₁ SciPy integrates by itself."""
    lam, rho = 0.4 * plane.lam_max, plane.correlation
    found = Posterior(plane, "L1", lam, s)

    def given_first(w1: float) -> tuple[float, float]:
        """Density of w₁, up to a factor, and the mean of w₂ given it."""
        a = float(plane.pull[1] - rho * w1)  # minus the slope of the loss along w₂ at w₂ = 0
        inner = [special.log_ndtr((sign * a - lam) / s**0.5) + (sign * a - lam) ** 2 / (2 * s) for sign in (1, -1)]
        at_zero = found.energy(np.array([w1, 0.0])) - found.energy(found.mode)
        return float(np.exp(special.logsumexp(inner) - at_zero / s)), sides(a, lam, s)[0]

    reach = 9 * (s / (1 - rho**2)) ** 0.5
    ends = (found.mode[0] - reach, found.mode[0] + reach)

    def over(value) -> float:
        return integrate.quad(value, *ends, points=[0.0], epsabs=1e-13, epsrel=1e-11, limit=500)[0]

    total = over(lambda w: given_first(w)[0])
    first, second = over(lambda w: w * given_first(w)[0]), over(lambda w: np.prod(given_first(w)))
    assert found.mean == pytest.approx([first / total, second / total], abs=1e-7)


@settings(max_examples=40, deadline=None)
@given(plane=PLANES, share=SHARES, s=NOISE)
def test_the_modes_are_the_lasso_and_ridge_of_data_with_such_a_loss(plane, share, s):
    lam = share * plane.lam_max
    x = np.linalg.cholesky(plane.gram).T * 2**0.5  # two rows: XᵀX/2 = G
    y = x @ plane.least_squares
    lasso = Lasso(lam, fit_intercept=False, tol=1e-14, max_iter=1_000_000).fit(x, y).coef_
    ridge = Ridge(2 * lam, fit_intercept=False).fit(x, y).coef_
    assert Posterior(plane, "L1", lam, s).mode == pytest.approx(lasso, abs=1e-6)
    gaussian = Posterior(plane, "L2", lam, s)
    assert gaussian.mode == pytest.approx(ridge, abs=1e-9)
    assert gaussian.mean == pytest.approx(ridge, abs=1e-9)  # of a Gaussian posterior mode and mean are one point


@settings(max_examples=40, deadline=None)
@given(plane=PLANES, share=SHARES, s=NOISE)
def test_the_mode_is_where_the_density_on_a_grid_is_highest(plane, share, s):
    steps = np.linspace(-1.5, 1.5, 301)
    grid = np.stack(np.meshgrid(steps, steps, indexing="ij"), -1)
    for penalty in ("L1", "L2"):
        found = Posterior(plane, penalty, share * plane.lam_max, s)
        lowest = found.energy(grid).min()
        assert found.energy(found.mode) <= lowest + 1e-12
        assert lowest - found.energy(found.mode) < 0.02


def test_a_laplace_priors_mean_is_sparse_by_symmetry_alone():
    for angle in range(-90, 181, 5):
        for correlation in (-0.5, 0.0, 0.5):
            plane = Plane(correlation, angle)
            found = Posterior(plane, "L1", 0.9 * plane.lam_max, 1 / 30)
            on_an_axis = correlation == 0 and angle % 90 == 0
            assert (found.mean == 0).sum() == on_an_axis
            assert (np.abs(found.positive - 0.5) < 1e-9).sum() == on_an_axis


@pytest.mark.parametrize("probability", [0.5, 0.9])
@pytest.mark.parametrize("plane", [Plane(-0.5, 15), Plane(0.9, 100)])
def test_regions_hold_what_they_say(plane, probability):
    """Of a Gaussian in the plane a share m lies where ½dᵀAd ≤ −log(1 − m); of Laplace's posterior as many draws as that."""
    gaussian = Posterior(plane, "L2", 0.3, 1 / 30)
    line = gaussian.regions([probability])[0] - gaussian.mode
    half = np.einsum("ki,ij,kj->k", line, (plane.gram + 0.3 * np.eye(2)) * 30, line) / 2
    assert half == pytest.approx(-np.log(1 - probability), rel=0.02)

    found = Posterior(plane, "L1", 0.3, 1 / 30)
    rng = np.random.default_rng(0)
    drawn = rng.multivariate_normal(plane.least_squares, np.linalg.inv(plane.gram) / 30, 200_000)
    weight = np.exp(-0.3 * np.abs(drawn).sum(1) * 30)  # the likelihood's draws, weighed by the prior
    (level,), (region,) = found.levels([probability]), found.regions([probability])
    inside = found.energy(drawn) <= level
    assert weight[inside].sum() / weight.sum() == pytest.approx(probability, abs=0.02)
    assert (drawn * weight[:, None]).sum(0) / weight.sum() == pytest.approx(found.mean, abs=0.02)
    assert found.energy(region) == pytest.approx(level, abs=1e-9)
    np.testing.assert_allclose(region[0], region[-1], atol=1e-9)


def test_with_more_data_the_mean_comes_to_the_mode():
    plane = Plane(0.5, 70)
    gaps = [np.linalg.norm((p := Posterior(plane, "L1", 0.3, s)).mean - p.mode) for s in (0.1, 0.01, 0.001, 0.0001)]
    assert (np.diff(gaps) < 0).all()
    assert gaps[-1] < 0.01
