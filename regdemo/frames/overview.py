"""Rows of the overview's chart."""

import numpy as np
import pandas as pd


def polynomial_rows(fits: dict[str, np.ndarray], strengths: tuple[float, ...]) -> pd.DataFrame:
    """The overview's curves: kind (fit | truth | train | test | label), k, x, y, label."""
    n = len(strengths)
    grid = fits["grid"]
    labels = [
        f"λ = {lam:g} · train loss {train:.3g} · test loss {test:.3g}"
        for lam, train, test in zip(strengths, fits["train"], fits["test"], strict=True)
    ]
    parts = [
        ("fit", np.repeat(np.arange(n), len(grid)), np.tile(grid, n), fits["fits"].ravel(), ""),
        ("truth", -1, grid, fits["truth"], ""),
        ("train", -1, fits["x"], fits["y"], ""),
        ("test", -1, fits["x_test"], fits["y_test"], ""),
        ("label", np.arange(n), np.zeros(n), np.zeros(n), labels),
    ]
    return pd.concat([pd.DataFrame({"kind": kind, "k": k, "x": x, "y": y, "label": label}) for kind, k, x, y, label in parts])
