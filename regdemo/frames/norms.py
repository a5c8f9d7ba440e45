"""Lengths of weights and effective steps over epochs, as a small tidy DataFrame. NumPy and pandas alone."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from regdemo.frames.summaries import CHOSEN, PLAIN
from regdemo.frames.weight_decay import EVERY

if TYPE_CHECKING:
    from regdemo.core.networks.norms import NormSweep

LAYERS = ("first", "second", "output")


def norm_rows(found: "NormSweep", what: str) -> pd.DataFrame:
    """Of every strength and layer. Columns: run (plain: λ = 0, at every strength | chosen), k, part (the layer), epoch, value.

    what: "norms", ‖W‖, or "steps", η/‖W‖² of the hidden layers.
    """
    values = getattr(found, what)
    strengths, epochs, layers = values.shape
    runs = [(CHOSEN, k, values[k]) for k in range(strengths) if found.strengths[k]]
    runs += [(PLAIN, EVERY, values[k]) for k in range(strengths) if not found.strengths[k]]
    parts = [
        pd.DataFrame({"run": run, "k": k, "part": LAYERS[i], "epoch": range(epochs), "value": of[:, i]})
        for run, k, of in runs
        for i in range(layers)
    ]
    return pd.concat(parts, ignore_index=True).dropna().astype({"k": np.int16})
