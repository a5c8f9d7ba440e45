"""What is left of a pinned run: small tables that charts lay over the present one. NumPy and pandas alone.

Each has the fields of its chart's axes as the first two columns, and `part` where one run draws several lines.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from regdemo.frames import summaries
from regdemo.frames.summaries import quantiles, thin, zero_place

if TYPE_CHECKING:
    from regdemo.core.linear.train import LinearResult


PATHS_MOST = 10  # coefficients of a pinned path


def curve(result: "LinearResult", k: int, column: str, field: str) -> pd.DataFrame:
    """The median over seeds of a history column at one strength: epoch, and the values by the name `field`."""
    epochs = thin(result.config.epochs)
    return pd.DataFrame({"epoch": epochs, field: quantiles(summaries.column(result, column, epochs)[:, k])[1]}).dropna()


def sweep(result: "LinearResult") -> pd.DataFrame:
    """The median final test loss against λ: place, mid."""
    strengths = np.asarray(result.config.strengths)
    place = np.where(strengths == 0, zero_place(result.config.strengths), strengths)
    frame = pd.DataFrame({"place": place, "mid": summaries.medians(result, "test_loss")})
    return frame.sort_values("place", ignore_index=True).dropna()


def outline(weights: np.ndarray, rows: pd.DataFrame, c: float) -> pd.DataFrame:
    """Shares of coefficients (any shape) in bins as wide as those of `rows` (frames.histogram_rows with its c): left, share."""
    bars, finite = rows[rows["kind"] == "bin"], weights[np.isfinite(weights)].astype(np.float64)
    if not len(bars) or not len(finite):  # where all weights are exactly zero, the histogram has no bins
        return pd.DataFrame({"left": [], "share": []})
    width = np.arcsinh(bars["right"].iloc[0] / c) - np.arcsinh(bars["left"].iloc[0] / c)
    bins = np.floor(np.arcsinh(finite / c) / width)
    low, high = bins.min(), bins.max()
    counts = np.bincount((bins - low).astype(int), minlength=int(high - low) + 1)
    edges = np.arange(low - 1, high + 2)  # an empty bin on either side, so that the outline comes down to zero
    return pd.DataFrame({"left": c * np.sinh(edges * width), "share": np.r_[0, counts, 0] / len(bins)})


def stems(weights: np.ndarray, names: Sequence[str], shown: Sequence[str]) -> pd.DataFrame:
    """One seed's final coefficients (p), those that the present chart shows: feature, w."""
    frame = pd.DataFrame({"feature": names, "w": weights})
    return frame[frame["feature"].isin(shown)].dropna()


def path(result: "LinearResult", names: Sequence[str]) -> pd.DataFrame:
    """The ten largest coefficients of the first seed along λ: share, w, norm, part (the feature)."""
    w = result.weights[0]  # (strengths, p)
    norm = np.abs(w).sum(1)
    large = np.argsort(-np.nan_to_num(np.abs(w)).max(0), kind="stable")[:PATHS_MOST]
    parts = [
        pd.DataFrame({"share": result.config.strengths, "w": w[:, j], "norm": norm, "part": names[j]}).sort_values("share")
        for j in large
    ]
    return pd.concat(parts, ignore_index=True).dropna()


def epochs(rows: Sequence[dict[str, Any]], run: str, column: str) -> pd.DataFrame:
    """A column of a network's records over epochs: epoch, value. `rows`: run + Record.row()."""
    points = [(r["epoch"], r[column]) for r in rows if r["run"] == run and r[column] is not None and np.isfinite(r[column])]
    points = points[:: -(-len(points) // 120)] + points[-1:] if len(points) > 120 else points
    return pd.DataFrame(points, columns=["epoch", "value"])


def ridgeline(layers: dict[str, Any], layer: str) -> pd.DataFrame:
    """The histogram of one layer (of Record.weights or Record.gradients), drawn to the height 1: x, y."""
    if layer not in layers:
        return pd.DataFrame({"x": [], "y": []})
    counts, edges = layers[layer]["counts"], layers[layer]["edges"]
    width = np.diff(edges)
    density = counts / np.where(width > 0, width, 1)
    return pd.DataFrame({"x": (edges[:-1] + edges[1:]) / 2, "y": density / max(density.max(), 1e-300)})


def activity(activations: dict[str, dict[str, Any]], layer: str) -> pd.DataFrame:
    """Mean activations of one layer's units: left, share. `activations`: one run's, Record.activations."""
    if layer not in activations:
        return pd.DataFrame({"left": [], "share": []})
    means = activations[layer]["unit_means"]
    share = means["counts"] / max(means["counts"].sum(), 1)
    return pd.DataFrame({"left": means["edges"], "share": np.r_[share, 0]})
