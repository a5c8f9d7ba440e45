"""Histograms of what a network holds, and of what its hidden units do."""

import math
from typing import Any

import numpy as np
import torch
from torch import Tensor

BINS = 40


def histogram(values: Tensor, bins: int = BINS) -> dict[str, np.ndarray]:
    """How many values lie in each of equal bins from the least to the largest: {"counts": (bins), "edges": (bins + 1)}."""
    low, high = (float(end) for end in values.aminmax())
    if low == high:
        low, high = low - 0.5, high + 0.5
    counts = torch.histc(values, bins, low, high) if math.isfinite(high - low) else torch.zeros(bins)
    return {"counts": counts.cpu().numpy().astype(np.int64), "edges": np.linspace(low, high, bins + 1)}


def activity(h: Tensor, h_train: Tensor) -> dict[str, Any]:
    """Of one hidden layer's outputs in both modes, (n, units, …): what Record.activations holds of a layer."""
    units = h.flatten(1)
    of_all_units = histogram(units)
    return {
        "zero": float((units == 0).float().mean()),
        "mean": float(units.mean()),
        "variance": float(units.var(correction=0)),
        "mean_train": float(h_train.mean()),
        "variance_train": float(h_train.var(correction=0)),
        **of_all_units,
        "unit_means": histogram(units.mean(0)),
    }
