"""Double descent: least squares and ridge on the first p of many features, for p from far below n to far above it, in float64.

y = x·w + σ·ε with x ~ N(0, I) of 4n features, all w equal. A model without bias sees the first p features and minimises
½ · mean (y − Xw)² + λ · ½‖w‖₂²; at λ = 0 it is the solution of least norm. Its test loss, ½ · mean squared error, is that of all x
there are: ½ (‖ŵ − w‖² + ‖w of the unseen features‖² + σ²). What it nears as n and p grow together has a formula.
Hastie, Montanari, Rosset & Tibshirani 2022, theorems 1, 2, 5 and 6 with section 5.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from regdemo.core.linear.data import LinearData

MOST = 4  # times n features there are
# p/n, denser where the loss changes fast
RATIOS = (
    *(0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 1.0, 1.05, 1.1, 1.15, 1.2, 1.25, 1.3, 1.4),
    *(1.5, 1.6, 1.7, 1.8, 1.9, 2.0, 2.2, 2.4, 2.6, 2.8, 3.0, 3.25, 3.5, 3.75, 4.0),
)


@dataclass(frozen=True, eq=False)
class DoubleDescent:
    """Test losses of the first p features at every p and λ."""

    n: int
    features: np.ndarray  # (m): each p
    strengths: np.ndarray  # (k)
    losses: np.ndarray  # (seeds, k, m)
    asymptotes: np.ndarray  # (k, m): what the losses near as n grows
    best_asymptote: np.ndarray  # (m): that at the best λ there is for each p

    @property
    def nbytes(self) -> int:
        return self.losses.nbytes + self.asymptotes.nbytes


def double_descent(data: "LinearData", noise: float, strengths: np.ndarray) -> DoubleDescent:
    """The losses on each seed's training data, of 4n features; one batched SVD for each p."""
    x, y = data.x_train.astype(np.float64), data.y_train.astype(np.float64)
    if data.true_weights is None:
        raise ValueError("data has no true weights: allowed are data that were drawn")
    w, lam = data.true_weights.astype(np.float64), np.asarray(strengths, dtype=np.float64)
    n = y.shape[1]
    features = np.unique([max(1, round(ratio * n)) for ratio in RATIOS])
    losses = np.stack([_losses(x[:, :, :p], y, w, noise, lam) for p in features], 2)
    asymptotes = np.stack([asymptote(n, p, w, noise, lam) for p in features], 1)
    best = np.array([best_asymptote(n, p, w, noise) for p in features])
    return DoubleDescent(n, features, lam, losses, asymptotes, best)


def _losses(x: np.ndarray, y: np.ndarray, w: np.ndarray, noise: float, lam: np.ndarray) -> np.ndarray:
    """The test losses (seeds, k) of x (seeds, n, p)."""
    n, p = x.shape[1:]
    u, d, vt = np.linalg.svd(x, full_matrices=False)
    seen = d > d.max(1, keepdims=True) * max(n, p) * np.finfo(float).eps
    pull = np.where(seen, d, 0) * np.einsum("sni,sn->si", u, y)  # (seeds, r)
    held = np.where(seen, d**2, 1)[:, None] + n * lam[:, None]  # (seeds, k, r)
    truth = vt @ w[:p]  # (seeds, r): true w along what the data see; the rest of it they do not
    apart = ((pull[:, None] / held - truth[:, None]) ** 2).sum(2) + (w[:p] ** 2).sum() - (truth**2).sum(1, keepdims=True)
    return (apart + _unseen(p, w, noise)) / 2


def _unseen(p: int, w: np.ndarray, noise: float) -> float:
    """The variance of y that the first p features say nothing of: to them it is noise."""
    return float((w[p:] ** 2).sum() + noise**2)


def asymptote(n: int, p: int, w: np.ndarray, noise: float, lam: np.ndarray) -> np.ndarray:
    """What the test loss at each λ (k) nears as n and p grow with p/n = γ: (k), infinite at λ = 0 and p = n.

    With the Stieltjes transform m of the Marchenko–Pastur law at −λ and its slope m′, the loss is
    ½ (‖w‖² λ² m′ + s² γ (m − λ m′) + s²), s² what the p features do not say.
    """
    gamma, size, rest = p / n, float((w[:p] ** 2).sum()), _unseen(p, w, noise)
    with np.errstate(divide="ignore", invalid="ignore"):
        away = 1 - gamma + lam
        root = np.sqrt(away**2 + 4 * gamma * lam)
        m = np.where(
            away > 0, 2 / (away + root), (root - away) / (2 * gamma * lam)
        )  # the same, each where it takes no difference
        slope = (gamma * m**2 + m) / root
        spread = gamma * (m - lam * slope)
        missed = lam**2 * slope
    if gamma < 1:
        none = rest * gamma / (1 - gamma)
    else:
        none = size * (1 - 1 / gamma) + (rest / (gamma - 1) if gamma > 1 else np.inf if rest else 0.0)
    return (np.where(lam > 0, size * missed + rest * spread, none) + rest) / 2


def best_asymptote(n: int, p: int, w: np.ndarray, noise: float) -> float:
    """The asymptote at the λ where it is lowest, s² γ / ‖w‖²; without any signal that is λ without end."""
    size, rest = float((w[:p] ** 2).sum()), _unseen(p, w, noise)
    return float(asymptote(n, p, w, noise, np.array([rest * p / n / size]))[0]) if size else rest / 2
