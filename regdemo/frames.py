"""Finished runs in, small tidy DataFrames out: what charts draw and pages print. NumPy and pandas alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from regdemo.exact import Exact
    from regdemo.linear import LinearResult

SPLITS = ("train", "validation", "test")
PLAIN, CHOSEN, PREVIEW = "λ = 0", "chosen λ", "preview λ"
EPOCHS_DRAWN = 48
BINS = 44


def quantiles(values: np.ndarray) -> np.ndarray:
    """Lower quartile, median and upper quartile of the finite values along the first axis (seeds); NaN where there is none."""
    ordered = np.sort(np.where(np.isfinite(values), values, np.nan), axis=0)  # NaN comes last
    last = np.maximum(np.isfinite(ordered).sum(0) - 1, 0)
    place = np.multiply.outer((0.25, 0.5, 0.75), last)
    below = place.astype(int)
    low, high = (np.take_along_axis(ordered, i, 0) for i in (below, np.minimum(below + 1, last)))
    return low + (high - low) * (place - below)


def thin(epochs: int, most: int = EPOCHS_DRAWN) -> np.ndarray:
    """At most about `most` epochs from 0 to `epochs`, denser at the start, where more happens."""
    if epochs < most:
        return np.arange(epochs + 1)
    return np.unique(np.r_[0, np.geomspace(1, epochs, most // 2), np.linspace(1, epochs, most // 2)].round().astype(int))


@dataclass(frozen=True)
class Baselines:
    """Losses that need no training, ½ · mean squared error on the test data; medians over seeds, NaN where unknown."""

    mean_predictor: float
    noise_floor: float

    @property
    def log_floor(self) -> float:
        """Losses below this are drawn at it on a log axis: one value near zero would flatten all the others."""
        return self.noise_floor / 100 if self.noise_floor > 0 else max(self.mean_predictor, 1e-6) * 1e-6


def baselines(result: "LinearResult") -> Baselines:
    """What predicting the training mean costs on the test data, and σ²/2, below which no model gets on average."""
    d = result.data
    mean = np.median(((d.y_test - d.y_train.mean(1, keepdims=True)) ** 2).mean(1) / 2)
    return Baselines(float(mean), result.config.noise**2 / 2 if d.true_weights is not None else np.nan)


def finished(result: "LinearResult") -> np.ndarray:
    """How many seeds of each strength did not diverge, (strengths)."""
    return (result.diverged_at < 0).sum(0)


def included(result: "LinearResult", epochs: np.ndarray) -> np.ndarray:
    """Which runs are in the figures of these epochs, (seeds, strengths, epochs).

    Those that finished. Where no seed of a strength did: all of them, until the first diverges.
    """
    gone = result.diverged_at >= 0
    until = np.where(gone.all(0), np.where(gone, result.diverged_at, 0).min(0), -1)
    return ~gone[:, :, None] | (np.asarray(epochs) <= until[:, None])


def column(result: "LinearResult", name: str, epochs: np.ndarray) -> np.ndarray:
    """A history column at these epochs, (seeds, strengths, epochs); NaN for runs that are not in the figures."""
    return np.where(included(result, epochs), result.curves[name][:, :, epochs], np.nan)


def finals(result: "LinearResult", name: str) -> np.ndarray:
    """A history column at the last epoch, (seeds, strengths); NaN where a run has diverged."""
    return np.where(result.diverged_at < 0, result.curves[name][:, :, -1], np.nan)


def medians(result: "LinearResult", name: str) -> np.ndarray:
    """The median of a history column over the seeds that finished, at the last epoch: (strengths), NaN where none did."""
    return quantiles(finals(result, name))[1]


def best_strength(result: "LinearResult", split: str) -> int | None:
    """Index of the strength with the lowest median final loss on `split`; None where every run has diverged."""
    middle = medians(result, f"{split}_loss")
    return None if np.isnan(middle).all() else int(np.nanargmin(middle))


Run = tuple["LinearResult", int]  # finished runs and the index of a strength


def loss_rows(runs: dict[str, Run], curves: tuple[str, ...], preview: "LinearResult") -> pd.DataFrame:
    """Loss curves of each named run with quartiles over seeds, and the median of every strength of `preview`.

    Columns: kind (line | preview | best | rule), run, curve, epoch, low, mid, high, k, lam.
    """
    parts = []
    for run, (result, index) in runs.items():
        epochs, lam = thin(result.config.epochs), float(np.median(result.lam[:, index]))
        for curve in curves:
            low, mid, high = quantiles(curve_values(result, curve, index, epochs))
            parts.append(_rows("line", run, curve, epochs, mid, low, high, index, lam))
        best = best_epoch(result, index)
        if best is not None:
            mid = quantiles(curve_values(result, "test", index, np.array([best])))[1, 0]
            parts.append(_rows("best", run, "test", [best], [mid], [mid], [mid], index, lam))
    some = thin(preview.config.epochs, EPOCHS_DRAWN // 2)
    n = len(preview.config.strengths)
    for curve in ("train", "test"):
        flat = quantiles(column(preview, f"{curve}_loss", some))[1].ravel()  # strengths, then epochs
        many, lam_each = (np.repeat(v, len(some)) for v in (np.arange(n), np.median(preview.lam, axis=0)))
        parts.append(_rows("preview", PREVIEW, curve, np.tile(some, n), flat, flat, flat, many, lam_each))
    base = baselines(preview)
    for name, value in (("mean predictor", base.mean_predictor), ("noise floor σ²/2", base.noise_floor)):
        if value > 0:
            parts.append(_rows("rule", name, name, [0], [value], [value], [value], -1, 0.0))
    return _join(parts).dropna(subset=["mid"])


def curve_values(result: "LinearResult", curve: str, index: int, epochs: np.ndarray) -> np.ndarray:
    """A curve by its name on the charts, (seeds, epochs). "total" is what descent really minimises: data term + penalty."""
    if curve == "total":
        loss, penalty = (column(result, name, epochs)[:, index] for name in ("train_loss", "penalty"))
        return loss + penalty
    return column(result, "penalty" if curve == "penalty" else f"{curve}_loss", epochs)[:, index]


def best_epoch(result: "LinearResult", index: int) -> int | None:
    """The epoch of the lowest median validation loss of one strength."""
    middle = quantiles(curve_values(result, "validation", index, np.arange(result.config.epochs + 1)))[1]
    return None if np.isnan(middle).all() else int(np.nanargmin(middle))


def _rows(kind, run, curve, epoch, mid, low, high, k, lam) -> dict:
    n = len(mid)
    repeat = lambda v: np.repeat(v, n) if np.ndim(v) == 0 else np.asarray(v)  # noqa: E731
    return {
        "kind": np.full(n, kind, object), "run": np.full(n, run, object), "curve": np.full(n, curve, object),
        "epoch": np.asarray(epoch), "mid": np.asarray(mid, float), "low": np.asarray(low, float),
        "high": np.asarray(high, float), "k": repeat(k), "lam": repeat(lam),
    }  # fmt: skip


def _join(parts: list[dict]) -> pd.DataFrame:
    return pd.DataFrame({name: np.concatenate([p[name] for p in parts]) for name in parts[0]})


def histogram_rows(runs: dict[str, Run]) -> tuple[pd.DataFrame, float]:
    """Shares of all seeds' coefficients in shared bins, for each named run at each snapshot epoch; and a constant c.

    Bins are equally wide in asinh(w / c), so that one distribution may be a hundred times narrower than the other. Exact
    zeros are a bar of their own. Columns: kind (bin | zero | truth), run, index, epoch, left, right, share.
    """
    first = next(iter(runs.values()))[0]
    values = {run: snapshots(result, [i]).reshape(len(result.snapshots), -1) for run, (result, i) in runs.items()}
    ends = [v[np.isfinite(v).any(1)][-1] for v in values.values()]  # the last snapshot that some seed reached
    spread = [np.sqrt(np.nanmean(end.astype(np.float64) ** 2)) for end in ends]
    truth = first.data.true_weights
    sizes = [s for s in spread if s > 0] + ([np.abs(truth).max()] if truth is not None and truth.any() else [])
    # a power of ten: with another axis the browser builds the chart anew
    c = 10.0 ** int(np.floor(np.log10(float(min(sizes, default=1.0))) + 1e-6))
    top = np.nanmax([np.nanmax(np.abs(np.where(np.isfinite(v), v, 0))) for v in values.values()])
    limit = np.arcsinh(max(float(top), c) / c) * (1 + 1e-6)  # so that rounding leaves no value outside
    edges = np.linspace(-limit, limit, BINS + 1)
    left, right = (c * np.sinh(e) for e in (edges[:-1], edges[1:]))
    parts = []
    for run, v in values.items():
        for index, (row, epoch) in enumerate(zip(v, first.snapshot_epochs, strict=True)):
            row = row[np.isfinite(row)].astype(np.float64)  # the edges are float64: rounding must not push the largest out
            if not len(row):
                continue
            zero = row == 0
            counts, _ = np.histogram(np.arcsinh(row[~zero] / c), edges)
            full = counts > 0
            for kind, lo, hi, share in (
                ("bin", left[full], right[full], counts[full] / len(row)),
                *([("zero", np.zeros(1), np.zeros(1), np.array([zero.mean()]))] if zero.any() else []),
            ):
                n = len(share)
                parts.append({
                    "kind": np.full(n, kind, object), "run": np.full(n, run, object), "index": np.full(n, index),
                    "epoch": np.full(n, epoch), "left": lo, "right": hi, "share": share,
                })  # fmt: skip
    if truth is not None:
        marks = np.unique(truth).astype(float)
        n = len(marks)
        parts.append({
            "kind": np.full(n, "truth", object), "run": np.where(marks == marks[np.abs(marks).argmax()], "true w", "").astype(object), "index": np.full(n, -1),
            "epoch": np.full(n, 0), "left": marks, "right": marks, "share": np.full(n, 0.0),
        })  # fmt: skip
    return _join(parts), c


def snapshots(result: "LinearResult", which: Sequence[int]) -> np.ndarray:
    """Weights of some strengths at the snapshot epochs, (epochs, seeds, which, p); NaN for runs that are not in the figures."""
    seen = included(result, result.snapshot_epochs)[:, which].transpose(2, 0, 1)[..., None]
    values = result.snapshots[:, :, which]
    return np.where(seen & np.isfinite(values), values, np.nan)


NORMS = ("‖w‖₂", "row-space part", "null-space part", "distance to true w")


def norm_rows(result: "LinearResult", k: int) -> pd.DataFrame:
    """‖w‖₂ over the snapshot epochs, split by the training data's row space and null space: columns run, part, epoch, norm.

    Gradients of the loss lie in the row space of X. Where it is all there is, there are no parts. What float32 rounding alone may
    have put into the null space counts as 0: a unit in the last place of each weight a step, as a random walk, which λ forgets
    after 1/(ηλ) steps.
    """
    which = [result.config.strengths.index(0.0), k]
    w_all = snapshots(result, which).astype(np.float64)  # (epochs, seeds, 2, p)
    with np.errstate(over="ignore", divide="ignore"):  # runs that have diverged, and λ = 0
        parts = {NORMS[0]: np.linalg.norm(w_all, axis=-1)}
        bases = [row_space(x) for x in result.data.x_train.astype(np.float64)]
        if min(map(len, bases)) < result.config.n_features:
            within = np.stack([(w_all[:, s] @ basis.T) @ basis for s, basis in enumerate(bases)], 1)
            outside = np.linalg.norm(w_all - within, axis=-1)
            steps = result.snapshot_epochs * -(-result.config.n_train // result.config.batch_size)
            remembered = np.minimum(steps[:, None, None], 1 / (result.config.lr * result.lam[:, which]))  # (epochs, seeds, 2)
            noise = parts[NORMS[0]] * np.finfo(np.float32).eps * np.sqrt(1 + remembered)
            parts |= {NORMS[1]: np.linalg.norm(within, axis=-1), NORMS[2]: np.where(outside > noise, outside, 0 * outside)}
        if result.data.true_weights is not None:
            parts[NORMS[3]] = np.linalg.norm(w_all - result.data.true_weights, axis=-1)
        middle = np.stack([quantiles(part.swapaxes(0, 1))[1] for part in parts.values()], 1)  # (epochs, parts, runs)
    e, m, r = middle.shape
    frame = pd.DataFrame({
        "epoch": np.repeat(result.snapshot_epochs, m * r), "part": np.tile(np.repeat(list(parts), r), e),
        "run": np.tile((PLAIN, CHOSEN), e * m), "norm": middle.ravel(),
    })  # fmt: skip
    return frame.dropna()


def part(rows: pd.DataFrame, run: str, name: str, epochs: int) -> tuple[float, float]:
    """A part of w (of `norm_rows`) before training and after `epochs`; NaN where no seed finished, 0 where w has no such part."""
    seen = rows[rows["run"] == run]
    at = seen[seen["part"] == name].set_index("epoch")["norm"]
    return (at.get(0, 0.0), at.get(epochs, 0.0 if epochs in set(seen["epoch"]) else np.nan))


def last_norms(rows: pd.DataFrame, run: str) -> tuple[dict[str, float], int]:
    """The parts of w (of `norm_rows`) at the last epoch that is drawn of a run, and that epoch."""
    seen = rows[rows["run"] == run]
    last = int(seen["epoch"].max())
    return seen[seen["epoch"] == last].set_index("part")["norm"].to_dict(), last


def row_space(x: np.ndarray) -> np.ndarray:
    """An orthonormal basis of the row space of x (n, p), as rows (rank, p)."""
    _, s, vt = np.linalg.svd(x, full_matrices=False)
    return vt[s > s.max(initial=0) * max(x.shape) * np.finfo(float).eps]


def zero_place(strengths: tuple[float, ...]) -> float:
    """Where λ = 0 stands on a logarithmic axis: a little left of the smallest positive strength."""
    return min((s for s in strengths if s > 0), default=1.0) / 2


def sweep_rows(result: "LinearResult", exact: "Exact | None", k: int) -> pd.DataFrame:
    """Final losses against λ. Columns: kind (trained | exact | best | cursor), split, strength, place, low, mid, high."""
    strengths = np.asarray(result.config.strengths)
    place = np.where(strengths > 0, strengths, zero_place(result.config.strengths))
    parts = []

    def add(kind: str, split: str, which: np.ndarray, low: np.ndarray, mid: np.ndarray, high: np.ndarray) -> None:
        n = len(which)
        parts.append({
            "kind": np.full(n, kind, object), "split": np.full(n, split, object), "strength": strengths[which],
            "place": place[which], "low": low, "mid": mid, "high": high,
        })  # fmt: skip

    everything = np.arange(len(strengths))
    for split in SPLITS:
        low, mid, high = quantiles(finals(result, f"{split}_loss"))
        add("trained", split, everything, low, mid, high)
        if exact is not None:
            middle = np.median(exact.losses[split], axis=0)
            add("exact", split, everything, middle, middle, middle)
        if split != "train" and (best := best_strength(result, split)) is not None:
            add("best", split, np.array([best]), *(part[[best]] for part in (low, mid, high)))
    chosen = np.array([k])
    add("cursor", "chosen λ", chosen, *(np.zeros(1),) * 3)
    return _join(parts).dropna(subset=["mid"])


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
