"""Finished runs in, small tidy DataFrames out: what charts draw and pages print. NumPy and pandas alone."""

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from regdemo.config.constants import SPLITS
from regdemo.frames.summaries import (
    EVERY_ONE,
    Run,
    Which,
    baselines,
    best_strength,
    clipped,
    column,
    finals,
    finished,
    included,
    known_rows,
    medians,
    quantiles,
    reached,
    row_space,
    stacked,
    thin,
    zero_place,
)

if TYPE_CHECKING:
    from regdemo.core.linear.exact import Exact
    from regdemo.core.linear.train import LinearResult


BINS = 44
EVERY = -1  # the k of what is drawn at every λ
RULES = ("constant", "noise_floor")  # losses that need no training
TRUTH = "truth"


def strengths_of(run: Run) -> tuple[np.ndarray, np.ndarray]:
    """The strengths at which a run is drawn, by their index, and what rows call each: EVERY where it is one for every λ."""
    result, index = run
    if index is not None:
        return np.array([index]), np.array([EVERY])
    each = np.arange(len(result.config.strengths))
    return each, each


def loss_rows(runs: dict[str, Run], curves: tuple[str, ...], floor: float | None = None) -> pd.DataFrame:
    """Loss curves of each named run with quartiles over seeds, its best epoch, the baselines, and how far the axes reach.

    They reach, in the first two rows, as far as the strengths do that have finished: one that diverges would flatten all the others.
    Columns: kind (line | best | rule | reach), run, curve, epoch, low, mid, high, k, lam. `k` is the strength, or EVERY where a
    row is drawn at every λ: that of a run at one strength.
    """
    parts: list[tuple[Any, ...]] = []
    lines = []
    for run, (result, index) in runs.items():
        epochs = thin(result.config.epochs)
        each, k = strengths_of((result, index))
        lam = np.median(result.lam, axis=0)[each]
        best = best_epochs(result, each)
        seen = np.flatnonzero(best >= 0)
        done = finished(result)[each] > 0
        for curve in curves:
            low, mid, high = quantiles(curve_values(result, curve, each, epochs)).reshape(3, -1)
            seen_of = np.repeat(done if done.any() else ~done, len(epochs))
            lines += [low[seen_of], high[seen_of]]
            many, lams = (np.repeat(v, len(epochs)) for v in (k, lam))
            parts.append(("line", run, curve, np.tile(epochs, len(each)), mid, low, high, many, lams))
        every = np.arange(result.config.epochs + 1)
        at = quantiles(column(result, "test_loss", every, each[seen])[:, np.arange(len(seen)), best[seen]])[1]
        parts.append(("best", run, "test", best[seen], at, at, at, k[seen], lam[seen]))
    first = next(iter(runs.values()))[0]
    base = baselines(first)
    rules = {name: value for name, value in zip(RULES, (base.mean_predictor, base.noise_floor), strict=True) if value > 0}
    parts += [("rule", name, name, np.zeros(1, int), value, value, value, EVERY, 0.0) for name, value in rules.items()]
    ends = np.array(reached(np.concatenate(lines), [*rules.values()]))
    reach = ("reach", "", "", np.array([0, first.config.epochs]), ends, ends, ends, EVERY, 0.0)
    columns = ("kind", "run", "curve", "epoch", "mid", "low", "high", "k", "lam")
    return clipped(known_rows(stacked(columns, [reach, *parts]), "mid"), floor)


def curve_values(result: "LinearResult", curve: str, which: Which, epochs: np.ndarray) -> np.ndarray:
    """A curve of some strengths by its name on the charts, (seeds, strengths, epochs). "total" is what descent really minimises: data term + penalty."""
    if curve == "total":
        return column(result, "train_loss", epochs, which) + column(result, "penalty", epochs, which)
    return column(result, "penalty" if curve == "penalty" else f"{curve}_loss", epochs, which)


def best_epochs(result: "LinearResult", which: Which = EVERY_ONE) -> np.ndarray:
    """The epoch of the lowest median validation loss of each strength, -1 where there is none."""
    middle = quantiles(column(result, "validation_loss", np.arange(result.config.epochs + 1), which))[1]
    known = ~np.isnan(middle).all(1)
    return np.where(known, np.argmin(np.where(np.isnan(middle), np.inf, middle), axis=1), -1)


def histogram_rows(runs: dict[str, Run]) -> tuple[pd.DataFrame, float]:
    """Shares of all seeds' coefficients in shared bins, for each named run at each snapshot epoch; and a constant c.

    Bins are equally wide in asinh(w / c), so that one distribution may be a hundred times narrower than the other. They reach
    as far as the strengths do that have finished: one that diverges is there until it leaves them. Exact zeros are a bar of
    their own. Columns: kind (bin | zero | truth), run, k (EVERY: at every λ), epoch, left, right, share.
    """
    first = next(iter(runs.values()))[0]
    values = {
        run: snapshots(result, strengths_of((result, i))[0]).transpose(2, 0, 1, 3) for run, (result, i) in runs.items()
    }  # (strengths, epochs, seeds, p)
    truth = first.data.true_weights
    c = _width(runs, values, truth)
    sizes = {run: [np.abs(of).max(initial=0.0, where=np.isfinite(of)) for of in v] for run, v in values.items()}
    done = [size for run, v in values.items() for size, of in zip(sizes[run], v, strict=True) if np.isfinite(of[-1]).any()]
    top = float(max(done or [size for run in sizes.values() for size in run]))
    limit = np.arcsinh(max(top, c) / c) * (1 + 1e-6)  # so that rounding leaves no value outside
    edges = np.linspace(-limit, limit, BINS + 1)
    left, right = (c * np.sinh(e) for e in (edges[:-1], edges[1:]))
    far, parts = c * np.sinh(limit), []
    epochs = first.snapshot_epochs
    for run, v in values.items():
        each = strengths_of(runs[run])[1]
        counts = np.zeros((len(v), len(epochs), BINS), int)
        counted, zero = np.zeros((2, len(v), len(epochs)), int)
        for i, of in enumerate(v):  # one strength at a time: what is made on the way stays small
            flat = of.reshape(len(epochs), -1)
            if sizes[run][i] > far:
                flat = np.where((np.abs(flat) > far).any(1, keepdims=True), np.nan, flat)
            finite, other = np.isfinite(flat), flat != 0
            counted[i], zero[i], keep = finite.sum(1), (~other).sum(1), finite & other
            bent = np.arcsinh(np.divide(flat[keep], c, dtype=float))  # as the edges: rounding must not push the largest out
            place = np.minimum(((bent + limit) * (BINS / (2 * limit))).astype(np.intp), BINS - 1)
            at = np.repeat(np.arange(len(epochs)) * BINS, keep.sum(1)) + place
            counts[i] = np.bincount(at, minlength=counts[i].size).reshape(-1, BINS)
        k, e, bin = np.nonzero(counts)
        shares = counts[k, e, bin] / counted[k, e]
        parts.append(_bars("bin", run, each[k], epochs[e], left[bin], right[bin], shares))
        k, e = np.nonzero(zero)
        parts.append(_bars("zero", run, each[k], epochs[e], 0.0, 0.0, zero[k, e] / counted[k, e]))
    if truth is not None:
        marks = np.unique(truth).astype(float)
        names = np.where(marks == marks[np.abs(marks).argmax()], TRUTH, "").astype(object)
        at = np.full(len(marks), EVERY)
        parts.append(_bars("truth", names, at, at, marks, marks, 0.0))
    return stacked(("kind", "run", "k", "epoch", "left", "right", "share"), parts), c


def _width(runs: dict[str, Run], values: dict[str, np.ndarray], truth: np.ndarray | None) -> float:
    """The constant c: a power of ten, about as large as the narrowest distribution that matters, at λ = 0, the best λ, the truth."""
    sizes = [np.abs(truth).max()] if truth is not None and truth.any() else []
    for run, (result, index) in runs.items():
        weakest, best = int(np.argmin(result.config.strengths)), best_strength(result, "validation")
        for k in {weakest, weakest if best is None else best} if index is None else {0}:
            ends = values[run][k]  # (epochs, seeds, p)
            end = ends[np.isfinite(ends).any((1, 2))]  # the snapshots that some seed reached
            sizes += [np.sqrt(np.nanmean(end[-1].astype(np.float64) ** 2))] if len(end) else []
    return 10.0 ** int(np.floor(np.log10(float(min((s for s in sizes if s > 0), default=1.0))) + 1e-6))


def _bars(kind: str, run: Any, k: np.ndarray, epoch: np.ndarray, left: Any, right: Any, share: Any) -> tuple[Any, ...]:
    return kind, run, k.astype(np.int16), epoch.astype(np.int32), *(np.asarray(v, np.float32) for v in (left, right, share))


def snapshots(result: "LinearResult", which: Which) -> np.ndarray:
    """Weights of some strengths at the snapshot epochs, (epochs, seeds, which, p); NaN for runs that are not in the figures."""
    seen = included(result, result.snapshot_epochs, which).transpose(2, 0, 1)[..., None]
    values = result.snapshots[:, :, which]
    if seen.all() and np.isfinite(values).all():
        return values
    return np.where(seen & np.isfinite(values), values, np.nan)


NORMS = ("norm", "row_space", "null_space", "to_truth")  # ‖w‖₂, its parts, and ‖w − true w‖₂


def norm_rows(runs: dict[str, Run]) -> pd.DataFrame:
    """‖w‖₂ over the snapshot epochs, split by the training data's row space and null space.

    Columns: run, k (EVERY: at every λ), part, epoch, norm. Gradients of the loss lie in the row space of X. Where it is all
    there is, there are no parts. What float32 rounding alone may have put into the null space counts as 0: a unit in the last
    place of each weight a step, as a random walk, which λ forgets after 1/(ηλ) steps.
    """
    parts: list[tuple[Any, ...]] = []
    for run, (result, index) in runs.items():
        each, k = strengths_of((result, index))
        epochs, many = result.snapshot_epochs.astype(np.int32), k.astype(np.int16)
        epochs, many = np.repeat(epochs, len(many)), np.tile(many, len(epochs))
        for name, norm in _norms(result, each).items():
            parts.append((run, many, name, epochs, quantiles(norm.swapaxes(0, 1))[1].ravel()))
    return known_rows(stacked(("run", "k", "part", "epoch", "norm"), parts), "norm")


def _norms(result: "LinearResult", each: np.ndarray) -> dict[str, np.ndarray]:
    """The norm of w and of its parts at some strengths, each (epochs, seeds, strengths)."""
    w_all = snapshots(result, each)  # (epochs, seeds, strengths, p)
    x, truth = result.data.x_train.astype(np.float64), result.data.true_weights
    has_null_space = x.shape[1] < x.shape[2] or bool(np.linalg.matrix_rank(x).min() < x.shape[2])
    names = NORMS[:1] + NORMS[1:3] * has_null_space + NORMS[3:] * (truth is not None)
    parts = {name: np.empty(w_all.shape[:3]) for name in names}
    norm = lambda w: np.linalg.norm(w, axis=-1)  # noqa: E731
    with np.errstate(over="ignore", divide="ignore"):  # runs that have diverged, and λ = 0
        for s in range(len(x)):  # one seed at a time: what is made on the way stays small
            w = w_all[:, s].astype(np.float64)
            parts["norm"][:, s] = norm(w)
            if has_null_space:
                basis = row_space(x[s])
                within = (w @ basis.T) @ basis
                parts["row_space"][:, s], parts["null_space"][:, s] = norm(within), norm(w - within)
            if truth is not None:
                parts["to_truth"][:, s] = norm(w - truth)
        if has_null_space:
            steps = result.snapshot_epochs * -(-result.config.n_train // result.config.batch_size)
            remembered = np.minimum(steps[:, None, None], 1 / (result.config.lr * result.lam[:, each]))
            noise = parts["norm"] * np.finfo(np.float32).eps * np.sqrt(1 + remembered)
            outside = parts["null_space"]
            parts["null_space"] = np.where(outside > noise, outside, 0 * outside)
    return parts


def norm_floor(rows: pd.DataFrame) -> float:
    """A power of ten below all norms of `norm_rows` but those that are nothing, for a logarithmic axis."""
    norms = rows["norm"].to_numpy()
    least = norms[norms > NOTHING * norms.max(initial=0)].min(initial=1.0)
    return float(10.0 ** np.floor(np.log10(least)))


NOTHING = 1e-4  # of the largest: what is smaller is drawn at the floor


def norms_drawn(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows of `norm_rows` as a chart draws them: first how far its axes reach, as finished strengths do; nothing below the floor."""
    if rows.empty:
        return rows
    k, epoch = rows["k"].to_numpy(), rows["epoch"].to_numpy()
    norm = np.maximum(rows["norm"].to_numpy(), norm_floor(rows))
    end = epoch.max()
    whole = norm[np.isin(k, k[epoch == end])]
    ends = np.array([0, end], np.int32), np.array([whole.min(), whole.max()])
    return stacked((*rows,), [("", EVERY, "reach", *ends), (rows["run"], k, rows["part"], epoch, norm)])


def part(rows: pd.DataFrame, k: int, name: str, epochs: int) -> tuple[float, float]:
    """A part of w (of `norm_rows`) at one strength before training and after `epochs`; NaN where no seed finished, 0 where w has no such part."""
    here = (rows["k"] == k).to_numpy()
    own, epoch = here & (rows["part"] == name).to_numpy(), rows["epoch"].to_numpy()
    start, end = (rows["norm"].to_numpy()[own & (epoch == at)].tolist() for at in (0, epochs))
    return (start or [0.0])[0], (end or [0.0 if (epoch[here] == epochs).any() else np.nan])[0]


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


def validation_rows(result: "LinearResult", exact: "Exact | None", floor: float | None = None) -> pd.DataFrame:
    """Final losses against λ. Columns: kind (trained | exact | best | cursor), split, k, strength, place, low, mid, high."""
    strengths = np.asarray(result.config.strengths)
    place = np.where(strengths > 0, strengths, zero_place(result.config.strengths))
    parts: list[tuple[Any, ...]] = []

    def add(kind: str, split: str, which: np.ndarray, low: np.ndarray, mid: np.ndarray, high: np.ndarray) -> None:
        parts.append((kind, split, which, strengths[which], place[which], low, mid, high))

    everything = np.arange(len(strengths))
    for split in SPLITS:
        low, mid, high = quantiles(finals(result, f"{split}_loss"))
        add("trained", split, everything, low, mid, high)
        if exact is not None:
            middle = np.median(exact.losses[split], axis=0)
            add("exact", split, everything, middle, middle, middle)
        if split != "train" and (best := best_strength(result, split)) is not None:
            add("best", split, np.array([best]), *(part[[best]] for part in (low, mid, high)))
    add("cursor", "", everything, *(np.zeros(len(everything)),) * 3)
    columns = ("kind", "split", "k", "strength", "place", "low", "mid", "high")
    return clipped(known_rows(stacked(columns, parts), "mid"), floor)
