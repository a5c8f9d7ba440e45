"""Finished runs in, small tidy DataFrames out: what charts draw and pages print. NumPy and pandas alone."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from regdemo.config.constants import SPLITS
from regdemo.frames.summaries import (
    CHOSEN,
    EPOCHS_DRAWN,
    PLAIN,
    PREVIEW,
    Run,
    baselines,
    best_strength,
    column,
    finals,
    included,
    medians,
    quantiles,
    row_space,
    thin,
    zero_place,
)

if TYPE_CHECKING:
    from regdemo.core.linear.exact import Exact
    from regdemo.core.linear.train import LinearResult


BINS = 44
RULES = ("constant", "noise_floor")  # losses that need no training
TRUTH = "truth"


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
    preview_epochs = thin(preview.config.epochs, EPOCHS_DRAWN // 2)
    n = len(preview.config.strengths)
    for curve in ("train", "test"):
        flat = quantiles(column(preview, f"{curve}_loss", preview_epochs))[1].ravel()  # strengths, then epochs
        many, lam_each = (np.repeat(v, len(preview_epochs)) for v in (np.arange(n), np.median(preview.lam, axis=0)))
        parts.append(_rows("preview", PREVIEW, curve, np.tile(preview_epochs, n), flat, flat, flat, many, lam_each))
    base = baselines(preview)
    for name, value in zip(RULES, (base.mean_predictor, base.noise_floor), strict=True):
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
            "kind": np.full(n, "truth", object), "run": np.where(marks == marks[np.abs(marks).argmax()], TRUTH, "").astype(object), "index": np.full(n, -1),
            "epoch": np.full(n, 0), "left": marks, "right": marks, "share": np.full(n, 0.0),
        })  # fmt: skip
    return _join(parts), c


def snapshots(result: "LinearResult", strengths: Sequence[int]) -> np.ndarray:
    """Weights of some strengths at the snapshot epochs, (epochs, seeds, strengths, p); NaN for runs that are not in the figures."""
    shown = included(result, result.snapshot_epochs)[:, strengths].transpose(2, 0, 1)[..., None]
    values = result.snapshots[:, :, strengths]
    return np.where(shown & np.isfinite(values), values, np.nan)


NORMS = ("norm", "row_space", "null_space", "to_truth")  # ‖w‖₂, its parts, and ‖w − true w‖₂


def norm_rows(result: "LinearResult", k: int) -> pd.DataFrame:
    """‖w‖₂ over the snapshot epochs, split by the training data's row space and null space: columns run, part, epoch, norm.

    Gradients of the loss lie in the row space of X. Where it is all there is, there are no parts. What float32 rounding alone may
    have put into the null space counts as 0: a unit in the last place of each weight a step, as a random walk, which λ forgets
    after 1/(ηλ) steps.
    """
    strengths = [result.config.strengths.index(0.0), k]
    w_all = snapshots(result, strengths).astype(np.float64)  # (epochs, seeds, 2, p)
    with np.errstate(over="ignore", divide="ignore"):  # runs that have diverged, and λ = 0
        parts = {NORMS[0]: np.linalg.norm(w_all, axis=-1)}
        bases = [row_space(x) for x in result.data.x_train.astype(np.float64)]
        if min(map(len, bases)) < result.config.n_features:
            within = np.stack([(w_all[:, s] @ basis.T) @ basis for s, basis in enumerate(bases)], 1)
            outside = np.linalg.norm(w_all - within, axis=-1)
            steps = result.snapshot_epochs * -(-result.config.n_train // result.config.batch_size)
            remembered = np.minimum(
                steps[:, None, None], 1 / (result.config.lr * result.lam[:, strengths])
            )  # (epochs, seeds, 2)
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
    own = rows[rows["run"] == run]
    at = own[own["part"] == name].set_index("epoch")["norm"]
    return (at.get(0, 0.0), at.get(epochs, 0.0 if epochs in set(own["epoch"]) else np.nan))


def last_norms(rows: pd.DataFrame, run: str) -> tuple[dict[str, float], int]:
    """The parts of w (of `norm_rows`) at the last epoch that is drawn of a run, and that epoch."""
    own = rows[rows["run"] == run]
    last = int(own["epoch"].max())
    return own[own["epoch"] == last].set_index("part")["norm"].to_dict(), last


def beside_baselines(result: "LinearResult", exact: "Exact") -> dict[str, np.ndarray]:
    """Final figures of each strength beside what needs no training, medians over seeds, NaN where none finished.

    to_mean: test loss ÷ that of the constant baseline; to_noise: test loss − irreducible error; to_exact: distance ‖w − w_ridge‖₂ to the
    exact solution; exact: the test loss of that.
    """
    base, test = baselines(result), medians(result, "test_loss")
    with np.errstate(invalid="ignore", divide="ignore"):
        gap = quantiles(np.linalg.norm(result.weights - exact.weights, axis=2))[1]
        return {
            "to_mean": test / base.mean_predictor,
            "to_noise": test - base.noise_floor,
            "to_exact": gap,
            "exact": np.median(exact.losses["test"], axis=0),
        }


def validation_rows(result: "LinearResult", exact: "Exact | None", k: int) -> pd.DataFrame:
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
    add("cursor", CHOSEN, chosen, *(np.zeros(1),) * 3)
    return _join(parts).dropna(subset=["mid"])
