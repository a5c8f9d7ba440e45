"""Records of networks in, small tidy DataFrames out: what the dropout page draws and prints. NumPy and pandas alone."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

EPOCHS_DRAWN = 120
LOSSES = {  # column of a record -> the id of its curve
    "test_loss": "test",
    "train_loss_eval": "train_eval",
    "validation_loss": "validation",
    "train_loss": "train",
}
ACCURACIES = {name.replace("loss", "accuracy"): curve for name, curve in LOSSES.items()}


def curve_rows(rows: Sequence[dict[str, Any]], curves: dict[str, str], gaps: Mapping[str, str] | None = None) -> pd.DataFrame:
    """Learning curves of named runs, at most about 120 epochs: columns run, curve, epoch, value, beside, gap. `rows`: run + Record.row().

    `beside` is what a test value's gap reaches to, the value on training data in eval mode; `gaps`: run -> what its last gap is called.
    The last epoch of each run that has figures is among them: sentences give its figures.
    Losses below a thousandth of the lowest test loss are drawn there: a network that fits its training data to the last digit
    would flatten all else on a log axis.
    """
    epochs = sorted({row["epoch"] for row in rows})
    ends = {row["run"]: row["epoch"] for row in rows if all(row.get(name) is None or np.isfinite(row[name]) for name in curves)}
    keep = {*epochs[:: -(-len(epochs) // EPOCHS_DRAWN)], epochs[-1], *ends.values()}
    tests = [row["test_loss"] for row in rows if np.isfinite(row["test_loss"])]
    floor = min(tests) / 1000 if tests and "test_loss" in curves else 0.0
    points = []
    for row in rows:
        if row["epoch"] not in keep:
            continue
        there = {w: max(row[n], floor) for n, w in curves.items() if row.get(n) is not None and np.isfinite(row[n])}
        last = row["epoch"] == ends.get(row["run"])
        for curve, value in there.items():
            test = curve == "test"
            gap = (gaps or {}).get(row["run"], "") if test and last else ""
            points.append((row["run"], curve, row["epoch"], value, there.get("train_eval", np.nan) if test else np.nan, gap))
    return pd.DataFrame(points, columns=["run", "curve", "epoch", "value", "beside", "gap"])


def settled(rows: pd.DataFrame) -> float:
    """Where an axis of shares (of `curve_rows`) may begin: below all that is drawn after the first eighth of a run, in steps of 5 %."""
    later = rows[rows["epoch"] >= rows["epoch"].max() / 8]
    return float(np.floor(later["value"].min() * 20) / 20) if len(later) else 0.0


def ended(rows: Sequence[dict[str, Any]], run: str) -> dict[str, Any] | None:
    """The row whose figures are given for a run: its last. A run that diverged has its last with finite figures, never its start:
    None where there is no other.
    """
    own = [row for row in rows if row["run"] == run]
    if not own[-1]["diverged"]:
        return own[-1]
    names = [*LOSSES, *ACCURACIES]
    finite = [row for row in own if row["epoch"] and all(row[n] is None or np.isfinite(row[n]) for n in names)]
    return finite[-1] if finite else None


def ridgeline_rows(pictures: Sequence[tuple[int, str, dict[str, Any]]], layer: str, most: int = 9) -> pd.DataFrame:
    """Histograms of one layer over time: columns run, epoch, level (0 = first drawn), x, share. pictures: (epoch, run, layers)."""
    epochs = sorted({epoch for epoch, _, _ in pictures})
    drawn_epochs = (
        {epochs[i] for i in np.linspace(0, len(epochs) - 1, min(most, len(epochs))).round().astype(int)} if epochs else set()
    )
    drawn_epochs |= set({of: epoch for epoch, of, _ in pictures}.values())  # each run's own end, wherever that is
    level = {epoch: i for i, epoch in enumerate(sorted(drawn_epochs))}
    parts = []
    for epoch, run, layers in pictures:
        if epoch in drawn_epochs and layer in layers and layers[layer]["counts"].sum():  # no counts: a weight is not finite
            counts, edges = layers[layer]["counts"], layers[layer]["edges"]
            width = np.diff(edges)
            density = counts / max(counts.sum(), 1) / np.where(width > 0, width, 1)
            parts.append(
                pd.DataFrame(
                    {
                        "run": run,
                        "epoch": epoch,
                        "level": level[epoch],
                        "x": (edges[:-1] + edges[1:]) / 2,
                        "share": density,
                    }
                )
            )
    if not parts:
        return pd.DataFrame(columns=["run", "epoch", "level", "x", "share", "height"])
    rows = pd.concat(parts, ignore_index=True)
    tallest = rows.groupby("epoch")["share"].transform("max")
    return rows.assign(height=rows["share"] / tallest.where(tallest > 0, 1.0))


def spreads(rows: pd.DataFrame, run: str) -> dict[int, float]:
    """Standard deviations of one run's first and last histogram in `ridgeline_rows`: epoch -> σ. Each run has a first and last of its own."""
    own, deviations = rows[rows["run"] == run], {}
    for epoch in dict.fromkeys((own["epoch"].min(), own["epoch"].max()) if len(own) else ()):
        part = own[own["epoch"] == epoch]
        x, share = part["x"].to_numpy(), part["share"].to_numpy()
        mean = x @ share / share.sum()
        deviations[int(epoch)] = float(np.sqrt((x - mean) ** 2 @ share / share.sum()))
    return deviations


def epoch_table(rows: Sequence[dict[str, Any]], run: str, batch: int) -> pd.DataFrame:
    """The table that tutorials print: mean cross-entropy divided by the batch size, train accuracy (train mode), test accuracy."""
    own = [row for row in rows if row["run"] == run and row["epoch"] > 0]
    return pd.DataFrame(
        {
            "epoch": [row["epoch"] for row in own],
            "loss": [f"{row['train_loss'] / batch:.5f}" for row in own],
            "train_accuracy": [f"{row['train_accuracy']:.3f}" for row in own],
            "test_accuracy": [f"{row['test_accuracy']:.3f}" for row in own],
        }
    )


def published_table(tables: Mapping[str, Sequence[tuple[float, float, float]]]) -> pd.DataFrame:
    """Published epochs, a column a network: loss · train accuracy / test accuracy. tables: core.networks.masks.PUBLISHED_D3."""
    cells = {name: [f"{loss:.4f} · {train:.3f} / {test:.3f}" for loss, train, test in rows] for name, rows in tables.items()}
    return pd.DataFrame(cells, index=[f"epoch {i}" for i in range(1, 6)])


def fit_rows(
    grid: np.ndarray, truth: np.ndarray, points: dict[str, tuple[np.ndarray, np.ndarray]], fits: dict[str, np.ndarray],
    fans: dict[str, np.ndarray],
) -> pd.DataFrame:  # fmt: skip
    """The curve lab's picture: kind (truth | point | fit | fan | mean), run, member, x, y. fans: run -> (k, grid)."""
    parts = [pd.DataFrame({"kind": "truth", "run": "truth", "member": 0, "x": grid, "y": truth})]
    for name, (x, y) in points.items():
        parts.append(pd.DataFrame({"kind": "point", "run": name, "member": 0, "x": x, "y": y}))
    for run, y in fits.items():
        parts.append(pd.DataFrame({"kind": "fit", "run": run, "member": 0, "x": grid, "y": y}))
    for run, many in fans.items():
        for i, y in enumerate(many[:20]):
            parts.append(pd.DataFrame({"kind": "fan", "run": run, "member": i, "x": grid, "y": y}))
        parts.append(pd.DataFrame({"kind": "mean", "run": run, "member": 0, "x": grid, "y": many.mean(0)}))
    return pd.concat(parts, ignore_index=True)


def activity_rows(activations: dict[str, dict[str, dict[str, Any]]]) -> pd.DataFrame:
    """Mean activation of each hidden unit over test images: columns run, layer, left, right, share. run -> Record.activations."""
    parts = []
    for run, layers in activations.items():
        for layer, found in layers.items():
            counts, edges = found["unit_means"]["counts"], found["unit_means"]["edges"]
            share = counts / max(counts.sum(), 1)
            parts.append(pd.DataFrame({"run": run, "layer": layer, "left": edges[:-1], "right": edges[1:], "share": share}))
    return pd.concat(parts, ignore_index=True)


def spread_table(activations: dict[str, dict[str, dict[str, Any]]]) -> pd.DataFrame:
    """Mean and variance of each hidden layer's activations in both modes, a row a run and layer. run -> Record.activations."""
    columns = ("mean", "mean_train", "variance", "variance_train")
    rows = {
        f"{run}: {layer}": {column: f"{found[column]:.3g}" for column in columns}
        for run, layers in activations.items()
        for layer, found in layers.items()
    }
    return pd.DataFrame.from_dict(rows, orient="index", columns=list(columns))


INPUTS, OUTPUTS = 4, 2  # units of the drawn network beside its hidden ones


def net_rows(dropped: np.ndarray, values: np.ndarray) -> pd.DataFrame:
    """A network whose hidden units are the entries of `values` (layers, units), for each draw of their mask.

    dropped (draws, layers, units): the first of rising rates that drops a unit (core.masks.dropped_from). Columns: kind (unit |
    edge | fixed), draw (from 1), k (the first rate at which it is gone), layer, unit, place, to (where an edge ends), value.
    Nothing drops the fixed units; an edge is gone with either of its ends.
    """
    draws, layers, units = dropped.shape
    never = np.iinfo(np.int8).max
    sizes = (INPUTS, *[units] * layers, OUTPUTS)
    first = [np.full((draws, INPUTS), never, np.int8), *dropped.swapaxes(0, 1), np.full((draws, OUTPUTS), never, np.int8)]
    parts = [
        _net("fixed", np.zeros(1), np.full((1, size), never), layer, np.arange(size), size)
        for layer, size in ((0, INPUTS), (layers + 1, OUTPUTS))
    ]
    for layer, (size, following) in enumerate(pairwise(sizes)):
        a, b = (grid.ravel() for grid in np.meshgrid(np.arange(size), np.arange(following), indexing="ij"))
        gone = np.minimum(first[layer][:, a], first[layer + 1][:, b])
        parts.append(_net("edge", np.arange(1, draws + 1), gone, layer, a, size, b, following))
        if layer > 0:
            parts.append(
                _net("unit", np.arange(1, draws + 1), first[layer], layer, np.arange(units), units, value=values[layer - 1])
            )
    return pd.concat(parts, ignore_index=True)


def _net(
    kind: str,
    draw: np.ndarray,
    k: np.ndarray,
    layer: int,
    at: np.ndarray,
    size: int,
    to: Any = 0,
    following: int = 1,
    value: Any = 0.0,
) -> pd.DataFrame:
    """Units or edges (k: a row a draw) of one layer; places go from -1 to 1, evenly and never at the rim."""
    place, reaches = ((2 * np.asarray(i) + 1) / n - 1 for i, n in ((at, size), (to, following)))
    columns = {
        name: np.broadcast_to(np.asarray(v), k.shape).ravel()
        for name, v in (
            ("unit", at),
            ("place", place),
            ("to", reaches),
            ("value", value),
            ("draw", draw[:, None]),
        )
    }
    small = {"unit": np.int8, "place": np.float32, "to": np.float32, "value": np.float32, "draw": np.int16}
    frame = {name: column.astype(small[name]) for name, column in columns.items()}
    return pd.DataFrame({"kind": kind, "k": k.ravel().astype(np.int8), "layer": np.int8(layer)} | frame)


def mean_rows(dropped: np.ndarray, values: np.ndarray, rates: Sequence[float]) -> pd.DataFrame:
    """The mean entry in train mode, over the draws so far, at each rate: k, draw (from 1), mean, low and high (± 1 standard error), eval."""
    draws = np.arange(1, len(dropped) + 1)
    parts = []
    for k, p in enumerate(rates):
        each = ((dropped > k) * values).mean((1, 2)) * (1 / (1 - p) if p < 1 else 1.0)
        mean = each.cumsum() / draws
        spread = np.sqrt(np.maximum((each**2).cumsum() - draws * mean**2, 0) / np.maximum(draws - 1, 1))
        error = np.where(draws > 1, spread / np.sqrt(draws), 0)
        parts.append(pd.DataFrame({"k": k, "draw": draws, "mean": mean, "low": mean - error, "high": mean + error}))
    return pd.concat(parts, ignore_index=True).assign(eval=float(values.mean()))


def tiles(filters: np.ndarray, most: int = 24, columns: int = 8) -> np.ndarray:
    """First-layer weights (units, h, w) as one grey picture in [0, 1], the units of largest norm first, 0 = mid grey."""
    order = np.argsort(-np.linalg.norm(filters.reshape(len(filters), -1), axis=1))[:most]
    chosen = filters[order]
    size = np.abs(chosen).max(axis=(1, 2), keepdims=True)
    grey = 0.5 + 0.5 * chosen / np.where(size > 0, size, 1)
    h, w = grey.shape[1:]
    rows = -(-len(grey) // columns)
    sheet = np.ones((rows * (h + 1), columns * (w + 1)))
    for i, tile in enumerate(grey):
        r, c = divmod(i, columns)
        sheet[r * (h + 1) : r * (h + 1) + h, c * (w + 1) : c * (w + 1) + w] = tile
    scale = max(1, 480 // sheet.shape[1])
    return np.kron(sheet, np.ones((scale, scale)))
