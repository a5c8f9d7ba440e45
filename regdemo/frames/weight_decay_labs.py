"""What the labs of the weight-decay page came to, as small tidy DataFrames: what their charts draw. NumPy and pandas alone."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from regdemo.frames.weight_decay import EVERY

if TYPE_CHECKING:
    from regdemo.core.linear.early_stopping import Stopping, Way

RIDGE, DESCENT = "ridge", "descent"  # ids of the ways to keep w small
DIRECTIONS_MOST = 60  # drawn of a data set's directions


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
