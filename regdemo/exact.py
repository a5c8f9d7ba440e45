"""Exact solutions of the objectives that `linear.py` trains, in float64: what the trained coefficients are compared with."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from regdemo.data import LinearData


@dataclass(frozen=True, eq=False)
class Exact:
    """Solutions (seeds, strengths, features), their biases (seeds, strengths) and their losses, ½ · mean squared error."""

    weights: np.ndarray
    biases: np.ndarray
    losses: dict[str, np.ndarray]  # "train" | "validation" | "test" -> (seeds, strengths)

    @property
    def nbytes(self) -> int:
        return self.weights.nbytes + self.biases.nbytes


def ridge(data: "LinearData", lam: np.ndarray, penalize_bias: bool = False) -> Exact:
    """argmin ½ · mean (y − Xw − b)² + λ · ½‖w‖₂² for each λ in `lam` (seeds, strengths), through one SVD a seed.

    At λ = 0 it is the solution of least norm. Hastie, Tibshirani & Friedman, The Elements of Statistical Learning, 3.4.1.
    With `penalize_bias` b² joins the norm.
    """
    lam = np.asarray(lam, dtype=np.float64)
    solutions, biases = [], []
    for x, y, row in zip(*(part.astype(np.float64) for part in data.split("train")), lam, strict=True):
        x_mean, y_mean = (0.0, 0.0) if penalize_bias else (x.mean(0), y.mean())
        a = np.column_stack([x, np.ones(len(x))]) if penalize_bias else x - x_mean
        u, s, vt = np.linalg.svd(a, full_matrices=False)
        keep = s > s.max(initial=0) * max(a.shape) * np.finfo(float).eps
        u, s, vt = u[:, keep], s[keep], vt[keep]
        shrunk = (u.T @ (y - y_mean)) * s / (s**2 + len(x) * row[:, None])  # (strengths, rank)
        w = shrunk @ vt
        solutions.append(w[:, : x.shape[1]])
        biases.append(w[:, -1] if penalize_bias else y_mean - w @ x_mean)
    return with_losses(data, np.stack(solutions), np.stack(biases))


def with_losses(data: "LinearData", weights: np.ndarray, biases: np.ndarray) -> Exact:
    """The losses of given solutions on the three splits of `data`."""
    losses = {}
    for name in ("train", "validation", "test"):
        x, y = (part.astype(np.float64) for part in data.split(name))
        error = np.einsum("snp,skp->skn", x, weights) + biases[:, :, None] - y[:, None]
        losses[name] = (error**2).mean(2) / 2 if y.shape[1] else np.full(biases.shape, np.nan)
    return Exact(weights, biases, losses)


DEGREE, POINTS = 11, 12
POLYNOMIAL_STRENGTHS = (0.0, *(float(f"{m}e{e}") for e in range(-8, 1) for m in (1, 3)), 10.0)


def polynomial_fits(seed: int, noise: float = 0.3) -> dict[str, np.ndarray]:
    """Ridge on the powers x, …, x¹¹ of one number: 12 noisy points of sin(πx), one fit for every strength, in closed form.

    Gives x, y (points), x_test, y_test, grid, truth (on grid), fits (strengths, grid), and train and test losses (strengths),
    ½ · mean squared error. Bishop, Pattern Recognition and Machine Learning (2006), section 1.1.
    """
    rng = np.random.default_rng(seed)
    x, x_test, grid = np.linspace(-0.95, 0.95, POINTS), np.sort(rng.uniform(-1, 1, 50)), np.linspace(-1, 1, 101)
    y, y_test = (np.sin(np.pi * v) + noise * rng.standard_normal(len(v)) for v in (x, x_test))

    def powers(v: np.ndarray) -> np.ndarray:
        return v[:, None] ** np.arange(1, DEGREE + 1)

    a = powers(x)
    u, s, vt = np.linalg.svd(a - a.mean(0), full_matrices=False)
    lam = np.asarray(POLYNOMIAL_STRENGTHS)[:, None]
    w = ((u.T @ (y - y.mean())) * s / (s**2 + len(x) * lam)) @ vt  # (strengths, DEGREE)
    b = y.mean() - w @ a.mean(0)

    def predict(v: np.ndarray) -> np.ndarray:
        return w @ powers(v).T + b[:, None]

    losses = (((predict(v) - target) ** 2).mean(1) / 2 for v, target in ((x, y), (x_test, y_test)))
    train, test = losses
    return {
        "x": x, "y": y, "x_test": x_test, "y_test": y_test, "grid": grid, "truth": np.sin(np.pi * grid),
        "fits": predict(grid), "train": train, "test": test,
    }  # fmt: skip
