"""Figures of finished runs that tables, charts and sentences share: finals, quantiles, baselines, best strengths."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from regdemo.config.constants import EPOCHS_DRAWN

if TYPE_CHECKING:
    from regdemo.core.linear.train import LinearResult


PLAIN, CHOSEN = "plain", "chosen"  # ids of runs: λ = 0, the chosen λ


def quantiles(values: np.ndarray) -> np.ndarray:
    """Lower quartile, median and upper quartile of the finite values along the first axis (seeds); NaN where there is none."""
    finite = np.isfinite(values)
    if whole := finite.all():
        ordered, last = np.sort(values, axis=0), np.array(len(values) - 1)
    else:
        ordered, last = np.sort(np.where(finite, values, np.nan), axis=0), np.maximum(finite.sum(0) - 1, 0)  # NaN comes last
    place = np.multiply.outer((0.25, 0.5, 0.75), last)
    below = place.astype(int)
    low, high = (ordered[i] if whole else np.take_along_axis(ordered, i, 0) for i in (below, np.minimum(below + 1, last)))
    part = (place - below).reshape(*below.shape, *(1,) * (low.ndim - below.ndim))
    return low + (high - low) * part


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


Which = Sequence[int] | np.ndarray | slice  # some of a sweep's strengths
EVERY_ONE = slice(None)


def included(result: "LinearResult", epochs: np.ndarray, which: Which = EVERY_ONE) -> np.ndarray:
    """Which runs are in the figures of these epochs, (seeds, strengths, epochs).

    Those that finished. Where no seed of a strength did: all of them, until the first diverges.
    """
    at = result.diverged_at[:, which]
    gone = at >= 0
    until = np.where(gone.all(0), np.where(gone, at, 0).min(0), -1)
    return ~gone[:, :, None] | (np.asarray(epochs) <= until[:, None])


def column(result: "LinearResult", name: str, epochs: np.ndarray, which: Which = EVERY_ONE) -> np.ndarray:
    """A history column at these epochs, (seeds, strengths, epochs); NaN for runs that are not in the figures."""
    seen, values = included(result, epochs, which), result.curves[name][:, which][:, :, epochs]
    return values if seen.all() else np.where(seen, values, np.nan)


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


def mean_finished(values: np.ndarray) -> float:
    """The mean of what is finite: of the seeds that finished; NaN where none did."""
    ended = np.isfinite(values)
    return float(values[ended].mean()) if ended.any() else float("nan")


Run = tuple["LinearResult", int | None]  # finished runs and the index of a strength, or None: whatever strength is chosen


def row_space(x: np.ndarray) -> np.ndarray:
    """An orthonormal basis of the row space of x (n, p), as rows (rank, p)."""
    _, s, vt = np.linalg.svd(x, full_matrices=False)
    return vt[s > s.max(initial=0) * max(x.shape) * np.finfo(float).eps]


def zero_place(strengths: tuple[float, ...]) -> float:
    """Where λ = 0 stands on a logarithmic axis: a little left of the smallest positive strength."""
    return min((s for s in strengths if s > 0), default=1.0) / 2


def stacked(columns: Sequence[str], parts: Sequence[tuple[Any, ...]]) -> pd.DataFrame:
    """A table of parts, one below the other, each a value a column: an array, or one for all rows of the part. Texts become categories."""
    sizes = [next(len(value) for value in part if np.ndim(value)) for part in parts]
    made = {}
    for name, values in zip(columns, zip(*parts, strict=True), strict=True):
        if any(isinstance(value, str) for value in values):
            places: dict[str, int] = {}
            codes = []
            for value, size in zip(values, sizes, strict=True):
                each, words = (0, (value,)) if isinstance(value, str) else pd.factorize(value)
                own = np.array([places.setdefault(word, len(places)) for word in words], np.int16)
                codes.append(own[each] if np.ndim(each) else np.full(size, own[0]))
            made[name] = pd.Categorical.from_codes(np.concatenate(codes), pd.Index([*places], dtype=object))
        else:
            rows = [value if np.ndim(value) else np.full(size, value) for value, size in zip(values, sizes, strict=True)]
            made[name] = np.concatenate(rows, dtype=np.result_type(*values), casting="same_kind")
    return pd.DataFrame(made, copy=False)


def known_rows(rows: pd.DataFrame, name: str) -> pd.DataFrame:
    """The rows that have a value in this column."""
    there = rows[name].notna().to_numpy()
    return rows if there.all() else rows[there]


def clipped(rows: pd.DataFrame, floor: float | None) -> pd.DataFrame:
    """Nothing below the floor: on a log axis one value near zero would flatten all the others."""
    if floor is None:
        return rows
    return rows.assign(**{name: np.maximum(rows[name].to_numpy(), floor) for name in ("low", "mid", "high")})


def reached(values: np.ndarray, others: Sequence[float] = ()) -> list[float]:
    """The least and the largest of the values that are there, and of the others."""
    seen = np.r_[values[np.isfinite(values)], others]
    return [float(seen.min(initial=np.inf)), float(seen.max(initial=-np.inf))] if seen.size else [0.0, 1.0]
