"""The sweeps behind the sparsity page: L1 and the other penalty at the same shares of λ_max, and what is left of pinned ones."""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import pandas as pd
import streamlit as st

from regdemo.app.limits import folds, may_train, sweep
from regdemo.app.linear_figures import linear_figures
from regdemo.app.pins import Found, Ghost, keep_ghost
from regdemo.app.sparsity import words
from regdemo.app.sparsity.controls import SHARES, configured, plane_of
from regdemo.app.sparsity.data import bundled
from regdemo.app.sparsity.folds import cross_validated
from regdemo.app.sweeps import Trained, linear_run, trained_run
from regdemo.config.configs import LinearConfig
from regdemo.content.say import say
from regdemo.core.linear.standardized import Problem
from regdemo.core.linear.tables import TableError
from regdemo.core.linear.two_weights import picture
from regdemo.frames import overlays
from regdemo.frames.sparsity import feature_names, shown_features
from regdemo.frames.summaries import medians

if TYPE_CHECKING:
    from regdemo.core.linear.data import LinearData
    from regdemo.core.linear.train import LinearResult


T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class Runs:
    """Finished sweeps and the strength that is chosen, k: L1 as its solver has it first, L2 or the elastic net second.

    `l1` and `proximal` are L1 by the proximal step, whatever the solver.
    """

    chosen: Mapping[str, Any]
    problem: Problem | None
    l1: LinearConfig
    proximal: Trained
    first: Trained
    second: Trained
    k: int

    @property
    def result(self) -> "LinearResult":
        return self.first.result

    @property
    def baseline(self) -> "LinearResult":
        return self.second.result

    @property
    def share(self) -> float:
        return SHARES[self.k]

    @property
    def other(self) -> str:
        """What the second penalty is called."""
        return "elastic net" if self.chosen["net"] else "L2"

    @property
    def data(self) -> "LinearData | None":
        """The data of a table; None where data are drawn."""
        return None if self.problem is None else self.problem.data

    @property
    def truth(self) -> np.ndarray | None:
        return self.result.data.true_weights

    @property
    def own(self) -> bool:
        """Whether the data are a file of the visitor's own."""
        return self.chosen["source"] == "csv"

    @cached_property
    def features(self) -> np.ndarray:
        """The features that are drawn one by one."""
        return self.once("features", lambda: shown_features([self.result, self.baseline]))

    @property
    def by_name(self) -> dict[str, "LinearResult"]:
        return {"L1": self.result, self.other: self.baseline}

    @property
    def all_finished(self) -> bool:
        """Whether every run did, at every strength."""
        return all(bool((run.diverged_at < 0).all()) for run in self.by_name.values())

    @property
    def at(self) -> dict[str, int]:
        """Where the bar stands as the page is drawn."""
        return {"hand": self.k, "moment": self.result.config.epochs}

    def once(self, name: Hashable, make: Callable[[], T]) -> T:
        """What depends on both sweeps alone, such as a chart's rows: made once for everybody and kept with the first."""
        return self.first.once((name, self.second.result.config), make)


def trained(chosen: Mapping[str, Any], problem: Problem | None) -> Runs:
    """The controls' sweeps. The page ends with a sentence where they would take too long or there is nothing to see."""
    l1, first, second, k = configured(chosen, problem)
    data = None if problem is None else problem.data
    if why := nothing_to_see(l1, data):
        st.info(why)
        st.stop()
    if not may_train([sweep(config, data) for config in (l1, first, second)]):
        st.stop()
    proximal = linear_run(l1, data)
    return Runs(chosen, problem, l1, proximal, linear_run(first, data), linear_run(second, data), k)


def nothing_to_see(config: LinearConfig, data: "LinearData | None" = None) -> str:
    """Why λ has nothing to act on with these settings; empty where it has."""
    if data is None:
        return "" if config.noise > 0 or config.n_informative > 0 else words.nothing_drawn()
    return words.nothing_to_see(data.x_train, data.y_train, data.lam_max, config.run_seeds)


def sparse_figures(first: "LinearResult", second: "LinearResult", k: int) -> dict[str, float]:
    """The figures that pinned pairs of sweeps are compared by: medians over the seeds that finished, at one share of λ_max."""
    return linear_figures(first, k) | {"linear.figures.other_test_loss": float(medians(second, "test_loss")[k])}


def ghost_of(pin: dict[str, Any]) -> Found:
    """What is left of a pinned pair of sweeps at one share of λ_max, or why it is not trained."""
    if pin["source"] == "csv":
        return say("sparsity.pins.file")
    try:
        problem = bundled(pin)
    except TableError as error:
        return str(error)
    l1, first, second, k = configured(pin, problem)
    plane, data = plane_of(pin), problem.data if problem is not None else None
    if why := nothing_to_see(l1, data):
        return why

    def make() -> Ghost:
        proximal, a, b = (trained_run(config, data) for config in (l1, first, second))
        share, names = l1.strengths[k], feature_names(a.result)
        cross = cross_validated(l1, proximal, data)
        landing = picture(plane, share * plane.lam_max).landing
        drawn = {
            "loss": overlays.curve(a.result, k, "test_loss", "mid"), "names": names,
            "choosing": pd.DataFrame({"share": cross.shares, "value": cross.cv.mean / 2}),
            "plane": pd.DataFrame(list(landing.values()), columns=["w1", "w2"]),
            "weights": {"first": a.result.weights[:, k], "second": b.result.weights[:, k]},
            "path": {"first": overlays.path(a.result, names), "second": overlays.path(b.result, names)},
        }  # fmt: skip
        return Ghost(sparse_figures(a.result, b.result, k), drawn, 2 * a.result.weights[:, k].nbytes + 60_000)

    jobs = [*(sweep(config, data) for config in (l1, first, second)), folds(l1, data)]
    return keep_ghost((l1, first, second, k, data.digest if data is not None else None, plane), make, jobs)
