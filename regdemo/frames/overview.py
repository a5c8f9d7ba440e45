"""Rows of the overview's chart."""

from collections.abc import Sequence

import numpy as np
import pandas as pd


def polynomial_rows(fits: dict[str, np.ndarray], labels: Sequence[str]) -> pd.DataFrame:
    """The overview's curves: kind (fit | truth | train | test | label), k, x, y, label; `labels`: one for each strength."""
    n = len(labels)
    grid = fits["grid"]
    parts = [
        ("fit", np.repeat(np.arange(n), len(grid)), np.tile(grid, n), fits["fits"].ravel(), ""),
        ("truth", -1, grid, fits["truth"], ""),
        ("train", -1, fits["x"], fits["y"], ""),
        ("test", -1, fits["x_test"], fits["y_test"], ""),
        ("label", np.arange(n), np.zeros(n), np.zeros(n), labels),
    ]
    return pd.concat([pd.DataFrame({"kind": kind, "k": k, "x": x, "y": y, "label": label}) for kind, k, x, y, label in parts])
