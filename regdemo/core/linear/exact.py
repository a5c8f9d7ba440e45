"""Exact solutions of the objectives that `linear.py` trains, in float64: what the trained coefficients are compared with.

Each objective is ½ · mean (y − Xw − b)² + λ · penalty(w). `solve_*` take one data set, x (n, p) and y (n), and λ (strengths);
`ridge` and `elastic_net` a `LinearData` and λ (seeds, strengths); `exact_solution` the same for whatever penalty a config has.
"""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from regdemo.config.constants import SPLITS
from regdemo.config.penalties import penalty_of
from regdemo.core.checks import linear_splits, numbers

if TYPE_CHECKING:
    from regdemo.config.configs import LinearConfig
    from regdemo.core.linear.data import LinearData


GAP = 1e-10  # duality gap at which coordinate descent stops, as a share of the target's mean square
SWEEPS = 20_000  # of coordinate descent over the features, at most


@dataclass(frozen=True, eq=False)
class Exact:
    """Solutions (seeds, strengths, features), their biases (seeds, strengths) and their losses, ½ · mean squared error."""

    weights: np.ndarray
    biases: np.ndarray
    losses: dict[str, np.ndarray]  # "train" | "validation" | "test" -> (seeds, strengths)

    @property
    def nbytes(self) -> int:
        return self.weights.nbytes + self.biases.nbytes


def exact_solution(config: "LinearConfig", data: "LinearData", lam: np.ndarray) -> Exact:
    """The minimum for each λ in `lam` (seeds, strengths): of a corner at zero and one curvature every penalty is made."""
    penalty = penalty_of(config)
    factor = penalty.corner + penalty.curvature
    return elastic_net(data, factor * lam, penalty.corner / factor, config.penalize_bias)


def lam_max(config: "LinearConfig", data: "LinearData") -> np.ndarray:
    """The least λ at which the config's penalty keeps nothing, (seeds); L1's where no λ does so."""
    return data.lam_max / (penalty_of(config).corner or 1.0)


def ridge(data: "LinearData", lam: np.ndarray, penalize_bias: bool = False) -> Exact:
    """argmin ½ · mean (y − Xw − b)² + λ · ½‖w‖₂² for each λ in `lam` (seeds, strengths), through one SVD a seed.

    At λ = 0 it is the solution of least norm. Hastie, Tibshirani & Friedman, The Elements of Statistical Learning, 3.4.1.
    With `penalize_bias` b² joins the norm.
    """
    return _each_seed(data, lam, lambda x, y, row: solve_ridge(x, y, row, penalize_bias))


def elastic_net(data: "LinearData", lam: np.ndarray, l1_ratio: float = 1.0, penalize_bias: bool = False) -> Exact:
    """argmin ½ · mean (y − Xw − b)² + λ · (ρ‖w‖₁ + (1 − ρ) · ½‖w‖₂²), ρ = `l1_ratio`, for each λ in `lam` (seeds, strengths).

    ρ = 1 is lasso, ρ = 0 ridge. At λ = 0 it is the least-squares solution of least norm. With `penalize_bias` b joins w.
    """
    return _each_seed(data, lam, lambda x, y, row: solve_elastic_net(x, y, row, l1_ratio, penalize_bias))


def solve_ridge(x: np.ndarray, y: np.ndarray, lam: np.ndarray, penalize_bias: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """Ridge on one data set: weights (strengths, p) and biases (strengths)."""
    x, y, lam = _one_set(x, y, lam)
    a, x_mean, y_mean = _centred(x, y, penalize_bias)
    u, s, vt = np.linalg.svd(a, full_matrices=False)
    keep = s > s.max(initial=0) * max(a.shape) * np.finfo(float).eps
    u, s, vt = u[:, keep], s[keep], vt[keep]
    shrunk = (u.T @ (y - y_mean)) * s / (s**2 + len(x) * lam[:, None])  # (strengths, rank)
    return _with_bias(shrunk @ vt, x_mean, y_mean, penalize_bias)


def solve_elastic_net(
    x: np.ndarray, y: np.ndarray, lam: np.ndarray, l1_ratio: float = 1.0, penalize_bias: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """Elastic net on one data set by coordinate descent, from large λ to small: weights (strengths, p), biases (strengths).

    It stops at a duality gap of GAP times the mean square of y. Friedman, Hastie & Tibshirani 2010, section 2.
    """
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import enet_path

    x, y, lam = _one_set(x, y, lam)
    if l1_ratio == 0:
        return solve_ridge(x, y, lam, penalize_bias)
    a, x_mean, y_mean = _centred(x, y, penalize_bias)
    w = np.zeros((len(lam), a.shape[1]))
    positive = np.flatnonzero(lam > 0)
    if np.ptp(y - y_mean) > 0 and len(positive):
        down = positive[np.argsort(-lam[positive], kind="stable")]  # the order in which scikit-learn gives its path back
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # tests measure what was reached
            w[down] = enet_path(
                np.asfortranarray(a), y - y_mean, l1_ratio=l1_ratio, alphas=lam[down], tol=GAP, max_iter=SWEEPS
            )[1].T
    w, b = _with_bias(w, x_mean, y_mean, penalize_bias)
    if len(positive) < len(lam):
        zero = lam == 0
        w[zero], b[zero] = solve_ridge(x, y, lam[zero], penalize_bias)
    return w, b


def _each_seed(data: "LinearData", lam: np.ndarray, solve: Callable[..., tuple[np.ndarray, np.ndarray]]) -> Exact:
    x, y = linear_splits(data)["train"]
    lam = _strengths(lam, (len(x), -1))
    solved = [solve(*one) for one in zip(x, y, lam, strict=True)]
    weights, biases = (np.stack(part) for part in zip(*solved, strict=True))
    return with_losses(data, weights, biases)


def _strengths(lam: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    strengths = numbers("lam", np.asarray(lam), shape)
    if (strengths < 0).any():
        raise ValueError(f"lam holds {strengths.min():g}: allowed are numbers from 0 on")
    return strengths


def _one_set(x: np.ndarray, y: np.ndarray, lam: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    x = numbers("x", x, (-1, -1))
    return x, numbers("y", y, (len(x),)), _strengths(lam, (-1,))


def _centred(x: np.ndarray, y: np.ndarray, penalize_bias: bool) -> tuple[np.ndarray, np.ndarray | float, float]:
    """(design, mean of x, mean of y): a free bias is centring; a penalised one is a weight whose feature is always 1."""
    if penalize_bias:
        return np.column_stack([x, np.ones(len(x))]), 0.0, 0.0
    x_mean = x.mean(0)
    return x - x_mean, x_mean, float(y.mean())


def _with_bias(w: np.ndarray, x_mean: np.ndarray | float, y_mean: float, penalize_bias: bool) -> tuple[np.ndarray, np.ndarray]:
    return (w[:, :-1], w[:, -1].copy()) if penalize_bias else (w, y_mean - w @ x_mean)


def with_losses(data: "LinearData", weights: np.ndarray, biases: np.ndarray) -> Exact:
    """The losses of given solutions on the three splits of `data`."""
    losses = {}
    for name in SPLITS:
        x, y = (part.astype(np.float64) for part in data.split(name))
        error = weights @ x.swapaxes(1, 2) + biases[:, :, None] - y[:, None]
        losses[name] = (error**2).mean(2) / 2 if y.shape[1] else np.full(biases.shape, np.nan)
    return Exact(weights, biases, losses)
