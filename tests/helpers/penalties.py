"""Penalties as the tests know them, apart from the app's objects."""

from typing import Any

import numpy as np

from regdemo.core.linear.data import LinearData


def l1_share(config: Any) -> float:
    """ρ of the penalty ρ‖w‖₁ + (1 − ρ)·½‖w‖₂²: 0 for L2, 1 for L1."""
    return {"l2": 0.0, "l1": 1.0}.get(config.penalty, config.l1_ratio)


def stationarity(
    data: LinearData, weights: np.ndarray, biases: np.ndarray, lam: np.ndarray, l1_ratio: float = 1.0
) -> np.ndarray:
    """How far solutions (seeds, strengths, p) are from optimal, in units of λρ: 0 at the exact solution. (seeds, strengths)

    With g the slope of everything but the L1 part, w_j ≠ 0 needs g_j = −λρ·sign(w_j), and w_j = 0 needs |g_j| ≤ λρ (the KKT
    conditions); the largest violation over j counts. λ = 0 gives the largest slope itself.
    """
    x, y = (part.astype(np.float64) for part in data.split("train"))
    error = np.einsum("snp,skp->skn", x, weights) + biases[:, :, None] - y[:, None]
    slope = np.einsum("snp,skn->skp", x, error) / y.shape[1] + (1 - l1_ratio) * lam[:, :, None] * weights
    wall = l1_ratio * np.asarray(lam)[:, :, None]
    violation = np.where(weights == 0, np.maximum(np.abs(slope) - wall, 0), np.abs(slope + wall * np.sign(weights))).max(2)
    return violation / np.where(wall[:, :, 0] > 0, wall[:, :, 0], 1)
