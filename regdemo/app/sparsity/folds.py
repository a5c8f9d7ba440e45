"""Choosing λ by cross-validation on the sparsity page."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from regdemo.app.sweeps import Data, Kept, Trained, folds_key, in_queue, kept_runs
from regdemo.config.configs import LinearConfig
from regdemo.core.linear.selection import support

if TYPE_CHECKING:
    from regdemo.core.linear.cross_validation import CrossValidation

CV_BEYOND = (0.016, 0.013, 0.01)  # shares of λ_max below the trained path


@dataclass(frozen=True, eq=False)
class Folds:
    """Cross-validation of the exact lasso along shares of λ_max, and its fits to all training rows, weights (strengths, features)."""

    cv: "CrossValidation"
    shares: np.ndarray
    weights: np.ndarray
    test: np.ndarray  # mean squared error of each fit
    number: int

    @property
    def kept(self) -> np.ndarray:
        """How many weights each fit keeps."""
        return (self.weights != 0).sum(1)

    @property
    def marks(self) -> tuple[int, int]:
        """The indices of λ_min and λ_1se."""
        return self.cv.at_min, self.cv.at_1se

    def f1(self, truth: np.ndarray) -> np.ndarray:
        """How well each fit finds the informative features, of which there is at least one."""
        f1 = support(self.weights, truth).f1
        assert f1 is not None
        return f1


def cross_validated(config: LinearConfig, trained: Trained, own: Data = None) -> Folds:
    """Five-fold cross-validation of the exact lasso on the first seed's training data, kept beside the runs.

    The path goes further down than the trained one: there its minimum lies inside more often, and the sentence says where not.
    """
    from regdemo.core.linear.cross_validation import cross_validate
    from regdemo.core.linear.exact import solve_elastic_net

    data = trained.result.data
    shares = np.array(sorted((*config.strengths, *CV_BEYOND)))
    lam = shares * trained.result.lam[0, 0] / config.strengths[0]
    folds = min(5, config.n_train)

    def compute() -> Kept:
        (x, y), (x_test, y_test) = ((part[0].astype(float) for part in data.split(name)) for name in ("train", "test"))
        w, b = solve_elastic_net(x, y, lam)
        test = ((x_test @ w.T + b - y_test[:, None]) ** 2).mean(0)
        cv = cross_validate(x, y, lam, folds=folds, seed=config.seed)
        return Kept(Folds(cv, shares, w, test, folds), w.nbytes + 10_000)

    slot = st.empty()
    found = kept_runs().get(folds_key(config, own), compute, waiting=in_queue(slot)).value
    slot.empty()
    return found
