"""Double descent against least squares by NumPy, scikit-learn's ridge, the Marchenko-Pastur law by quadrature, and n = 1,000."""

import numpy as np
import pytest
from scipy.integrate import quad
from sklearn.linear_model import Ridge

from regdemo.config.configs import LinearConfig
from regdemo.core.linear.data import LinearData, draw_linear
from regdemo.core.linear.double_descent import RATIOS, _losses, asymptote, best_asymptote, double_descent

LAMS = np.array([0.0, 0.01, 0.5, 3.0])


def drawn(
    n: int = 20, coefficient: float = 0.2, noise: float = 1.0, seeds: int = 2, most: int = 4, seed: int = 0
) -> LinearData:
    return draw_linear(
        LinearConfig(
            n_train=n, n_features=most * n, n_informative=most * n, coefficient=coefficient, noise=noise, intercept=0.0, n_test=1,
            n_validation=0, seeds=seeds, seed=seed,
        )
    )  # fmt: skip


def test_every_loss_is_that_of_lstsq_or_of_scikit_learns_ridge():
    data, noise = drawn(), 1.0
    found = double_descent(data, noise, LAMS)
    w = data.true_weights.astype(float)
    assert found.features.tolist() == sorted({round(20 * ratio) for ratio in RATIOS})
    assert found.losses.shape == (2, len(LAMS), len(found.features))
    for s in range(2):
        y = data.y_train[s].astype(float)
        for j in range(0, len(found.features), 3):
            x = data.x_train[s, :, : (p := found.features[j])].astype(float)
            for k, lam in enumerate(LAMS):
                fit = (
                    Ridge(alpha=20 * lam, fit_intercept=False, solver="svd").fit(x, y).coef_
                    if lam
                    else np.linalg.lstsq(x, y, rcond=None)[0]
                )
                wrong = w.copy()
                wrong[:p] -= fit
                assert found.losses[s, k, j] == pytest.approx((wrong @ wrong + noise**2) / 2, rel=1e-6)


def test_the_loss_is_what_new_points_cost():
    data, p = drawn(seeds=1), 12
    x, y, w = data.x_train[:, :, :p].astype(float), data.y_train.astype(float), data.true_weights.astype(float)
    fit = np.linalg.lstsq(x[0], y[0], rcond=None)[0]
    rng = np.random.default_rng(0)
    z = rng.standard_normal((200_000, len(w)))
    cost = ((z @ w + rng.standard_normal(len(z)) - z[:, :p] @ fit) ** 2).mean() / 2
    assert _losses(x, y, w, 1.0, np.zeros(1))[0, 0] == pytest.approx(cost, rel=0.01)


def law(gamma: float, lam: float, of) -> float:
    """∫ of(x) over the Marchenko–Pastur law of XᵀX/n with p/n = γ, by quadrature in an angle in which it has no edge."""
    low, high = (1 - gamma**0.5) ** 2, (1 + gamma**0.5) ** 2

    def density(angle: float) -> float:
        x = (low + high) / 2 - (high - low) / 2 * np.cos(angle)
        return of(x) * ((high - low) / 2 * np.sin(angle)) ** 2 / (2 * np.pi * gamma * x)

    return quad(density, 0, np.pi, limit=400)[0] + (of(0.0) * (1 - 1 / gamma) if gamma > 1 else 0)


@pytest.mark.parametrize("p", [10, 50, 95, 100, 130, 400])
def test_the_asymptote_is_an_integral_over_the_marchenko_pastur_law(p):
    w, noise, gamma = np.full(400, 0.2), 0.7, p / 100
    rest = 0.04 * (400 - p) + noise**2
    for lam in (0.003, 0.2, 5.0):
        bias = 0.04 * p * law(gamma, lam, lambda x, lam=lam: lam**2 / (x + lam) ** 2)
        variance = rest * gamma * law(gamma, lam, lambda x, lam=lam: x / (x + lam) ** 2)
        assert asymptote(100, p, w, noise, np.array([lam]))[0] == pytest.approx((bias + variance + rest) / 2, rel=1e-6)
    none, small = asymptote(100, p, w, noise, np.array([0.0, 1e-9]))
    assert none == pytest.approx(small, rel=1e-5) if p != 100 else np.isinf(none)
    lams = np.geomspace(1e-3, 1e3, 4001)
    assert best_asymptote(100, p, w, noise) == pytest.approx(asymptote(100, p, w, noise, lams).min(), rel=1e-5)


@pytest.mark.parametrize("p", [500, 1500])
def test_at_a_thousand_points_the_loss_is_the_asymptote(p):
    w = np.full(2000, (8 / 2000) ** 0.5)
    data = drawn(1000, coefficient=w[0], seeds=1, most=2)
    lams = np.array([0.0, 0.1, 1.0])
    found = _losses(
        data.x_train[:, :, :p].astype(float), data.y_train.astype(float), data.true_weights.astype(float), 1.0, lams
    )
    assert found[0] == pytest.approx(asymptote(1000, p, w, 1.0, lams), rel=0.06)
    assert found[0, 1] != pytest.approx(asymptote(1000, p // 2, w, 1.0, lams)[1], rel=0.06)


def test_the_peak_at_p_equal_to_n_grows_as_lambda_falls_and_is_gone_at_the_best_lambda():
    lams = np.r_[0.0, np.geomspace(1e-3, 100, 30)]
    found = double_descent(drawn(50, seeds=8), 1.0, lams)
    middle = np.median(found.losses, 0)
    at = found.features.tolist().index(50)
    assert (np.diff(middle[:12, at]) < 0).all()
    best = middle[1:].min(0)
    assert best[at] < best[found.features < 25].min()
    assert best[-1] < best[at] < middle[0, at] / 10


def test_without_signal_no_lambda_is_large_enough():
    data = drawn(coefficient=0.0)
    found = double_descent(data, 1.0, LAMS)
    assert (np.diff(found.losses, axis=1) < 0).all()
    assert found.best_asymptote == pytest.approx(np.full(len(found.features), 0.5))
