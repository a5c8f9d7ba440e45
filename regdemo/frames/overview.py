"""Rows of the overview's chart."""

import numpy as np
import pandas as pd


def polynomial_rows(fits: dict[str, np.ndarray]) -> pd.DataFrame:
    """The overview's curves: kind (fit | truth | train | test), k, x, y."""
    grid, n = fits["grid"], len(fits["fits"])
    parts = [
        ("fit", np.repeat(np.arange(n), len(grid)), np.tile(grid, n), fits["fits"].ravel()),
        ("truth", -1, grid, fits["truth"]),
        ("train", -1, fits["x"], fits["y"]),
        ("test", -1, fits["x_test"], fits["y_test"]),
    ]
    return pd.concat([pd.DataFrame({"kind": kind, "k": k, "x": x, "y": y}) for kind, k, x, y in parts])
