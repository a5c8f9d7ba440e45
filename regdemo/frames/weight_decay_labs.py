"""What the labs of the weight-decay page came to, as small tidy DataFrames: what their charts draw. NumPy and pandas alone."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from regdemo.frames.summaries import CHOSEN, PLAIN, quantiles, zero_place
from regdemo.frames.weight_decay import EVERY

if TYPE_CHECKING:
    from regdemo.core.linear.bias_variance import BiasVariance
    from regdemo.core.linear.double_descent import DoubleDescent
    from regdemo.core.linear.early_stopping import Stopping, Way

RIDGE, DESCENT = "ridge", "descent"  # ids of the ways to keep w small
DIRECTIONS_MOST = 60  # drawn of a data set's directions
ABOVE = 1e30  # higher than any loss that is drawn
BEST = "best"  # id of the run at the best λ of each p
MEASURED, LIMIT = "measured", "limit"  # ids: what runs came to, and what it nears as n and p grow
FIT, MEAN, TRUTH = "fit", "mean", "truth"  # ids of lines: a training set's fit, the mean of all fits, the truth
NOISE, BIAS, VARIANCE = "noise", "bias", "variance"  # ids of what a squared error consists of, from below
NAMED_FROM = 0.1  # of the axis: a band that is nowhere so wide has no room for its name


def freedom_rows(found: "Stopping") -> pd.DataFrame:
    """Losses of both ways against their degrees of freedom, and where each strength, its equal and each epoch stand.

    Columns: kind (line | at | epoch), run, split, freedom, loss, k, epoch, place (the λ or t). `k` is EVERY but for "at",
    `epoch` −1 but for "epoch".
    """
    lines = [("line", way, curve, EVERY, -1, place) for way, (place, curve) in found.curves.items()]
    k = np.arange(len(found.strengths))
    at = [("at", RIDGE, found.ridge, k, -1, found.strengths), ("at", DESCENT, found.stopped, k, -1, found.steps)]
    film = [("epoch", DESCENT, found.film, EVERY, found.epochs, found.epochs)]
    parts = [
        pd.DataFrame(
            {
                "kind": kind, "run": way, "split": split, "freedom": of.freedom, "loss": of.losses[split], "k": k, "epoch": epoch,
                "place": place,
            }
        )
        for kind, way, of, k, epoch, place in (*lines, *at, *film)
        for split in ("test", "train")
    ]  # fmt: skip
    return _whole(pd.concat(parts, ignore_index=True))


def direction_rows(found: "Stopping") -> pd.DataFrame:
    """The share that each way keeps of each direction. Columns: kind (at | epoch), run, curvature, kept, k, epoch, as above.

    Of many directions some are drawn, evenly spread, the first and the last among them.
    """
    most = len(found.directions.curvature)
    shown = np.unique(np.linspace(0, most - 1, min(most, DIRECTIONS_MOST)).round().astype(int))
    k = np.arange(len(found.strengths))

    def rows(kind: str, way: str, of: "Way", k: np.ndarray | int, epoch: np.ndarray | int) -> pd.DataFrame:
        many = len(shown)
        columns = {
            "kind": kind,
            "run": way,
            "curvature": np.tile(found.directions.curvature[shown], len(of.kept)),
            "kept": of.kept[:, shown].ravel(),
            "k": np.repeat(k, many) if np.ndim(k) else k,
            "epoch": np.repeat(epoch, many) if np.ndim(epoch) else epoch,
        }
        return pd.DataFrame(columns)

    parts = [
        rows("at", RIDGE, found.ridge, k, -1),
        rows("at", DESCENT, found.stopped, k, -1),
        rows("epoch", DESCENT, found.film, EVERY, found.epochs),
    ]
    return _whole(pd.concat(parts, ignore_index=True))


def _whole(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.astype({"k": np.int16, "epoch": np.int32})


def best_strengths(found: "DoubleDescent") -> np.ndarray:
    """The index of the positive strength with the lowest median loss for each p, (m)."""
    middle = np.median(found.losses, 0)
    return np.where(found.strengths[:, None] > 0, middle, np.inf).argmin(0)


def descent_rows(found: "DoubleDescent") -> pd.DataFrame:
    """Losses against p/n: at λ = 0, at the bar's λ and at the best λ of each p, quartiles over seeds, and their limits.

    Columns: kind (measured | limit), run, k, ratio, features, low, mid, high. In place of an infinite limit stands ABOVE.
    """
    low, mid, high = quantiles(found.losses)  # (k, m) each
    zero, best, m = int(found.strengths.argmin()), best_strengths(found), np.arange(len(found.features))
    parts = []

    def add(kind: str, run: str, k: np.ndarray | int, low: np.ndarray, mid: np.ndarray, high: np.ndarray) -> None:
        columns = {"kind": kind, "run": run, "k": k, "low": low.ravel(), "mid": mid.ravel(), "high": high.ravel()}
        many = mid.size // len(m)
        places = {"ratio": np.tile(found.features / found.n, many), "features": np.tile(found.features, many)}
        parts.append(pd.DataFrame(columns | places))

    add(MEASURED, PLAIN, EVERY, low[zero], mid[zero], high[zero])
    each = np.repeat(np.arange(len(found.strengths)), len(m))
    add(MEASURED, CHOSEN, each, low, mid, high)
    add(MEASURED, BEST, EVERY, low[best, m], mid[best, m], high[best, m])
    add(LIMIT, PLAIN, EVERY, *(found.asymptotes[zero],) * 3)
    add(LIMIT, CHOSEN, each, *(found.asymptotes,) * 3)
    add(LIMIT, BEST, EVERY, *(found.best_asymptote,) * 3)
    rows = pd.concat(parts, ignore_index=True).astype({"k": np.int16})
    return rows.replace({name: {np.inf: ABOVE} for name in ("low", "mid", "high")})


def ridge_rows(found: "DoubleDescent", features: tuple[int, ...]) -> pd.DataFrame:
    """Losses against λ at a few p, quartiles over seeds. Columns: kind (measured | cursor), part (which p), k, place, strength, low, mid, high."""
    strengths = found.strengths
    place = np.where(strengths > 0, strengths, zero_place(tuple(strengths)))
    k = np.arange(len(strengths))
    parts = []
    for i, p in enumerate(features):
        low, mid, high = quantiles(found.losses[:, :, found.features.tolist().index(p)])
        columns = {
            "kind": MEASURED,
            "part": str(i),
            "k": k,
            "place": place,
            "strength": strengths,
            "low": low,
            "mid": mid,
            "high": high,
        }
        parts.append(pd.DataFrame(columns))
    cursor = {"kind": "cursor", "part": "", "k": k, "place": place, "strength": strengths, "low": 1.0, "mid": 1.0, "high": 1.0}
    return pd.concat([*parts, pd.DataFrame(cursor)], ignore_index=True).astype({"k": np.int16})


def fit_rows(found: "BiasVariance") -> pd.DataFrame:
    """Fits at every strength, their mean and the truth, one a row. Columns: run (fit | mean | truth), k, line, along.

    `along` has the y at every other x as one text, which ends in NaN, where a path of many lines breaks. So the hand looks through few
    rows, and the browser copies a few numbers.
    """
    drawn, k = found.fits.shape[1], np.arange(len(found.strengths))
    fits = found.fits.reshape(-1, found.fits.shape[2])
    parts = ((FIT, np.repeat(k, drawn), fits), (MEAN, k, found.mean), (TRUTH, EVERY, found.truth[None]))
    rows = [
        pd.DataFrame(
            {"run": run, "k": k, "line": range(len(y)), "along": ["".join(f"{v:.3f} " for v in line) + "NaN" for line in y]}
        )
        for run, k, y in ((run, k, y[:, ::2]) for run, k, y in parts)
    ]
    return pd.concat(rows, ignore_index=True).astype({"k": np.int16, "line": np.int16})


def error_top(found: "BiasVariance") -> float:
    """How high the axis of the squared error goes: no higher than half as much again as where λ is largest, whatever λ = 0 does."""
    total = found.total
    return float(min(total.max(), 1.5 * max(total[-1], total.min()))) * 1.05


def error_rows(found: "BiasVariance") -> pd.DataFrame:
    """What the expected squared error consists of, against λ. Columns: kind (area | measured | name | cursor), part, k, place, strength,
    low, high, value. An area lies between `low` and `high`, `value` apart; a measured error ± two standard errors.
    """
    strengths, k = found.strengths, np.arange(len(found.strengths))
    place = np.where(strengths > 0, strengths, zero_place(tuple(strengths)))
    at = {"k": k, "place": place, "strength": strengths}
    top, low, parts = error_top(found), np.zeros(len(k)), []
    for part, value in ((NOISE, np.full(len(k), found.noise)), (BIAS, found.bias), (VARIANCE, found.variance)):
        high = low + value
        parts.append(pd.DataFrame({"kind": "area", "part": part} | at | {"low": low, "high": high, "value": value}))
        wide = np.minimum(high, top) - np.minimum(low, top)
        widest = 4 + int(wide[4:-4].argmax())  # away from the ends, where a name would be cut off
        if wide[widest] > NAMED_FROM * top:
            parts.append(parts[-1].iloc[[widest]].assign(kind="name", high=lambda rows: rows["high"].clip(upper=top)))
        low = high
    far = 2 * found.error
    edges = {"low": found.measured - far, "high": found.measured + far, "value": found.measured}
    parts.append(pd.DataFrame({"kind": MEASURED, "part": MEASURED} | at | edges))
    parts.append(pd.DataFrame({"kind": "cursor", "part": ""} | at | {"low": 0.0, "high": top, "value": 0.0}))
    return pd.concat(parts, ignore_index=True).astype({"k": np.int16})
