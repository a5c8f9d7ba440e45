"""Bias², variance and noise of ridge on a polynomial, over the training sets that one truth may give, in float64.

y = 2 sin(πx) + σ·ε with ε ~ N(0, 1); each training set has one x in each of n equal parts of [−1, 1], in its middle or anywhere in it.
A fit is b + Σ wⱼ·√(2j + 1)·Pⱼ(x), Pⱼ Legendre's polynomials, and minimises ½ · mean squared error + λ · ½‖w‖₂²; b is free.
At a test point it is linear in y, h·y with h from x and λ alone. So given x its mean over the noise is h·f(x), its variance
σ²‖h‖²; where sets have x of their own, the variance of these means comes on top.
Hastie, Tibshirani & Friedman, The Elements of Statistical Learning, 7.3; Bishop, Pattern Recognition and Machine Learning, 3.2.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.polynomial.legendre import legvander

HEIGHT = 2.0  # of the sine
MANY, DRAWN = 200, 40  # training sets that are drawn; those whose fits are kept
GRID = np.linspace(-1, 1, 61)  # the test points


@dataclass(frozen=True)
class Sets:
    """What all training sets have in common."""

    n_points: int = 25
    degree: int = 11
    noise: float = 1.0
    fresh_x: bool = False  # each set has x of its own; else all have the middles of the parts
    seed: int = 0


@dataclass(frozen=True, eq=False)
class BiasVariance:
    """Means over the test points at each λ: what the fits' squared error consists of, and what it came to on fresh data."""

    strengths: np.ndarray  # (k)
    x: np.ndarray  # (g): the test points
    truth: np.ndarray  # (g): f there
    bias: np.ndarray  # (k): squared
    variance: np.ndarray  # (k): of the fits
    of_x: np.ndarray  # (k): the part of the variance that comes of x
    noise: float  # σ²
    mean: np.ndarray  # (k, g): of all fits there could be
    fits: np.ndarray  # (k, DRAWN, g)
    measured: np.ndarray  # (k): squared error on fresh data, mean over MANY sets
    error: np.ndarray  # (k): its standard error

    @property
    def total(self) -> np.ndarray:
        """The expected squared error, (k)."""
        return self.bias + self.variance + self.noise

    @property
    def nbytes(self) -> int:
        return self.fits.nbytes + self.mean.nbytes


def truth(x: np.ndarray) -> np.ndarray:
    return HEIGHT * np.sin(np.pi * x)


def bias_variance(sets: Sets, strengths: Sequence[float]) -> BiasVariance:
    """All λ at once, from one singular value decomposition of each x there is."""
    rng, n, lam = np.random.default_rng(sets.seed), sets.n_points, np.asarray(strengths, dtype=np.float64)
    noise, fresh = (sets.noise * rng.standard_normal((MANY, of)) for of in (n, len(GRID)))
    places = rng.uniform(size=(MANY, n)) if sets.fresh_x else np.full((1, n), 0.5)
    x = 2 * (np.arange(n) + places) / n - 1  # (s, n), s = MANY or 1

    def features(v: np.ndarray) -> np.ndarray:
        return legvander(v, sets.degree)[..., 1:] * np.sqrt(2 * np.arange(1, sets.degree + 1) + 1)

    a = features(x)
    centre = a.mean(1, keepdims=True)
    u, d, vt = np.linalg.svd(a - centre, full_matrices=False)
    seen = d > d.max(1, keepdims=True) * max(a.shape[1:]) * np.finfo(float).eps
    pulled = (np.where(seen, d, 0) / (np.where(seen, d**2, 1) + n * lam[:, None, None])).swapaxes(0, 1)  # (s, k, r)
    along = vt @ (features(GRID) - centre).swapaxes(1, 2)  # (s, r, g)

    def fitted(y: np.ndarray) -> np.ndarray:
        """The fits to y (m, n) at the test points, (m, k, g)."""
        return pulled * (y[:, None] @ u) @ along + y.mean(1)[:, None, None]

    f = truth(GRID)
    expected = fitted(truth(x))  # (s, k, g): over the noise, for each x
    of_noise = (sets.noise**2 * (pulled**2 @ along**2 + 1 / n)).mean((0, 2))
    mean = expected.mean(0)
    of_x = ((expected - mean) ** 2).mean((0, 2))
    fits = fitted(truth(x) + noise)
    costs = ((f + fresh)[:, None] - fits) ** 2
    losses = costs.mean(2)  # (MANY, k)
    return BiasVariance(
        strengths=lam,
        x=GRID,
        truth=f,
        bias=((mean - f) ** 2).mean(1),
        variance=of_noise + of_x,
        of_x=of_x,
        noise=sets.noise**2,
        mean=mean,
        fits=fits[:DRAWN].swapaxes(0, 1).copy(),
        measured=losses.mean(0),
        error=losses.std(0, ddof=1) / MANY**0.5,
    )
