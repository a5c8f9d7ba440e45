"""One network at several dropout rates, as small tidy DataFrames: what the charts of that lab draw. NumPy and pandas alone.

Rows of one rate have its number as `k`; those that are drawn at every rate have EVERY.
"""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from regdemo.frames.weight_decay import EVERY

if TYPE_CHECKING:
    from regdemo.core.networks.rates import RateSweep

FRESH, NOISE, TRUTH = "fresh", "noise", "truth"  # what is counted in a band: answers, in one with noise, and the true line
START, END = "start", "end"  # weights before and after training


def band_rows(found: "RateSweep") -> pd.DataFrame:
    """What each rate's network says along x. Columns: kind (point | line | band | pass), run, k, x, y, high, member.

    run: truth, eval or mean (of the masks) for a line; `high` is the upper edge of a band; `member` numbers the passes.
    """
    x = found.x.astype(float)

    def rows(kind: str, run: str, k: int, y: np.ndarray, high: np.ndarray | None = None, member: int = 0) -> pd.DataFrame:
        upper = y if high is None else high
        return pd.DataFrame({"kind": kind, "run": run, "k": k, "x": x, "y": y, "high": upper, "member": member})

    at, y = found.points
    points = pd.DataFrame({"kind": "point", "run": "train", "k": EVERY, "x": at, "y": y, "high": y, "member": 0})
    parts = [points, rows("line", TRUTH, EVERY, found.truth)]
    for k, p in enumerate(found.rates):
        parts.append(rows("line", "eval", k, found.fit[k]))
        if p:
            parts += [rows("line", "mean", k, found.mean[k]), rows("band", "mean", k, found.low[k], found.high[k])]
        parts += [rows("pass", "left_on", k, passed, member=i) for i, passed in enumerate(found.passes[k])]
    return _whole(pd.concat(parts, ignore_index=True), "k", "member")


def loss_rows(found: "RateSweep") -> pd.DataFrame:
    """Losses against the rate. Columns: kind (line: the mean over seeds | seed | cursor), run, split, k, p, loss.

    run: eval, or left_on for test data with the masks left on.
    """
    curves = (("eval", "test", found.test), ("eval", "train", found.train), ("left_on", "test", found.left_on))
    parts = []
    for mode, split, losses in curves:
        same = {"run": mode, "split": split, "k": EVERY}
        parts.append(pd.DataFrame({"kind": "line", **same, "p": found.rates, "loss": losses.mean(1)}))
        parts.append(pd.DataFrame({"kind": "seed", **same, "p": np.repeat(found.rates, found.seeds), "loss": losses.ravel()}))
    return _whole(pd.concat([*parts, _cursor(found, run="eval", split="test", loss=np.nan)], ignore_index=True), "k")


def coverage_rows(found: "RateSweep") -> pd.DataFrame:
    """Shares that the bands hold. Columns: kind (line | cursor), run (fresh | noise | truth), k, p, share; p = 0 has no band."""
    shares = {FRESH: found.inside, NOISE: found.with_noise, TRUTH: found.truth_inside}
    p = np.array(found.rates)
    some = p > 0
    parts = [
        pd.DataFrame({"kind": "line", "run": held, "k": EVERY, "p": p[some], "share": share[some]})
        for held, share in shares.items()
    ]
    return _whole(pd.concat([*parts, _cursor(found, run=FRESH, share=np.nan)], ignore_index=True), "k")


def weight_rows(found: "RateSweep") -> pd.DataFrame:
    """Histograms of all weights. Columns: run (start | end), k, left, right, share."""
    edges = {"left": found.edges[:-1], "right": found.edges[1:]}
    counts = [(START, EVERY, found.started), *((END, k, counts) for k, counts in enumerate(found.counts))]
    parts = [pd.DataFrame({"run": run, "k": k, **edges, "share": count / count.sum()}) for run, k, count in counts]
    return _whole(pd.concat(parts, ignore_index=True), "k")


def _cursor(found: "RateSweep", **same: object) -> pd.DataFrame:
    return pd.DataFrame({"kind": "cursor", "k": range(len(found.rates)), "p": found.rates} | same)


def _whole(rows: pd.DataFrame, *columns: str) -> pd.DataFrame:
    return rows.astype(dict.fromkeys(columns, np.int16))
