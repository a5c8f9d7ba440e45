"""The plane's penalty as a prior, as a small tidy DataFrame: what the two charts of the lab draw."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from regdemo.config.phrases import figure
from regdemo.core.linear.posterior import Posterior
from regdemo.core.linear.two_weights import landing_path
from regdemo.frames.sparsity import CIRCLE, CONTOURS, DIAMOND
from regdemo.frames.weight_decay import EVERY

REGIONS = (0.5, 0.9)  # of the posterior
MARKS = {"L1": "◆", "L2": "●", "mean": "□", "least squares": "✚"}


def prior_rows(found: Sequence[Posterior]) -> pd.DataFrame:
    """Everything drawn for one prior, of which `found` are the posteriors, one for each λ.

    Columns: kind (likelihood | prior | touch | region | path | point), part (which of its kind), order, k, w1, w2, label.
    The points of equal likelihood, the paths of mode and mean and least squares stand still (k = EVERY).
    """
    plane, penalty = found[0].plane, found[0].penalty
    outline, norm = (DIAMOND, 1) if penalty == "L1" else (CIRCLE, 2)
    parts: list[pd.DataFrame] = []

    def add(kind: str, name: str, k: int, line: np.ndarray, label: str = "") -> None:
        columns = {"kind": kind, "part": name, "order": np.arange(len(line), dtype=np.int16), "k": np.int16(k)}
        places = {"w1": line[:, 0].astype(np.float32), "w2": line[:, 1].astype(np.float32)}
        parts.append(pd.DataFrame(columns | places | {"label": label}))

    for level in CONTOURS:
        add("likelihood", f"{level:g}", EVERY, plane.contour(level))
    path = landing_path(plane)
    add("path", "mode", EVERY, path.loc[path["penalty"] == penalty, ["w1", "w2"]].to_numpy())
    add("path", "mean", EVERY, np.array([each.mean for each in found]))
    add("point", "least squares", EVERY, plane.least_squares[None], MARKS["least squares"])
    for k, each in enumerate(found):
        for probability, line in zip(REGIONS, each.regions(REGIONS), strict=True):
            add("region", f"{probability:g}", k, line)
        add("prior", "mode", k, np.linalg.norm(each.mode, norm) * outline)
        add("touch", "mode", k, plane.contour(float(plane.loss(each.mode))))
        for name, at, mark in (("mode", each.mode, MARKS[penalty]), ("mean", each.mean, MARKS["mean"])):
            add("point", name, k, at[None], f"{mark} ({figure(at[0])}, {figure(at[1])})")
    return pd.concat(parts, ignore_index=True)
