"""A sweep of the weight-decay page with all that its sections show of it, and what is left of a pinned one."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from regdemo.app.limits import sweep
from regdemo.app.linear_figures import linear_figures
from regdemo.app.pins import Found, Ghost, Pinned, keep_ghost
from regdemo.app.sweeps import Trained, trained_run
from regdemo.app.weight_decay import words
from regdemo.app.weight_decay.controls import STRENGTHS
from regdemo.config.configs import LinearConfig
from regdemo.frames import overlays, summaries
from regdemo.frames import weight_decay as frames

if TYPE_CHECKING:
    from regdemo.core.linear.exact import Exact
    from regdemo.core.linear.train import LinearResult

NONE = STRENGTHS.index(0.0)


@dataclass(frozen=True, eq=False)
class Shown:
    """A finished sweep, its exact solutions, and the chosen strength."""

    trained: Trained
    k: int

    @property
    def result(self) -> "LinearResult":
        return self.trained.result

    @property
    def exact(self) -> "Exact":
        return self.trained.exact

    @property
    def config(self) -> LinearConfig:
        return self.result.config

    @property
    def lam(self) -> float:
        return STRENGTHS[self.k]

    @property
    def runs(self) -> dict[str, summaries.Run]:
        return {summaries.PLAIN: (self.result, NONE), summaries.CHOSEN: (self.result, None)}

    @property
    def at(self) -> dict[str, int]:
        """Where the bar stands as the page is drawn."""
        return {"hand": self.k, "moment": self.config.epochs}

    @cached_property
    def finished(self) -> np.ndarray:
        return summaries.finished(self.result)

    @cached_property
    def medians(self) -> dict[str, np.ndarray]:
        return {column: summaries.medians(self.result, column) for column in ("train_loss", "test_loss", "l2_norm")}

    @cached_property
    def base(self) -> summaries.Baselines:
        return summaries.baselines(self.result)

    @property
    def norms(self) -> pd.DataFrame:
        return self.trained.once("norms", lambda: frames.norm_rows(self.runs))

    def null_space(self, k: int) -> words.Path:
        """How large the part of w that no data point sees is before training and after it."""
        return self.trained.once(("null space", k), lambda: frames.part(self.norms, k, frames.NORMS[2], self.config.epochs))


@dataclass(frozen=True, eq=False)
class Charted(Shown):
    """What the charts show: the sweep, how they are to look, and the pinned runs in them."""

    view: Mapping[str, bool]
    pins: Pinned


def ghost(config: LinearConfig, k: int) -> Found:
    """What is left of a pinned sweep at one strength."""

    def make() -> Ghost:
        result = trained_run(config).result
        drawn = {
            "loss": overlays.curve(result, k, "test_loss", "mid"), "norms": overlays.curve(result, k, "l2_norm", "norm"),
            "sweep": overlays.sweep(result), "weights": result.weights[:, k],
        }  # fmt: skip
        return Ghost(linear_figures(result, k), drawn, result.weights[:, k].nbytes + 20_000)

    return keep_ghost((config, k, None), make, [sweep(config)])
