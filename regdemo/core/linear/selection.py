"""Which coefficients were kept, and how well they match the truth, for weights of any number of runs."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Support:
    """Counts and scores of each run, float64 arrays of the weights' shape without its last axis; NaN for a diverged run.

    precision = right / selected, recall = right / informative, F1 = 2 · right / (selected + informative): 0 where the
    denominator is 0, as scikit-learn has it by default. All three are None where no truth is known.
    """

    n_zero: np.ndarray  # weights that are exactly zero
    n_below: np.ndarray  # weights with |w| < ε
    n_selected: np.ndarray
    precision: np.ndarray | None
    recall: np.ndarray | None
    f1: np.ndarray | None


def support(weights: np.ndarray, truth: np.ndarray | None = None, epsilon: float = 1e-3) -> Support:
    """Scores of the selected set {j : w_j ≠ 0} of weights (…, features) against {j : truth_j ≠ 0}; ε is what `n_below` counts with.

    By hand: scikit-learn's `precision_recall_fscore_support` takes one run at a time.
    """
    weights = np.asarray(weights)
    gone = np.isnan(weights).any(-1)

    def counted(marks: np.ndarray) -> np.ndarray:
        return np.where(gone, np.nan, marks.sum(-1, dtype=np.float64))

    chosen = weights != 0
    selected = counted(chosen)
    precision = recall = f1 = None
    if truth is not None:
        informative = np.asarray(truth) != 0
        right, k = counted(chosen & informative), np.full(selected.shape, float(informative.sum()))
        precision, recall, f1 = _ratio(right, selected), _ratio(right, k), _ratio(2 * right, selected + k)
    return Support(counted(weights == 0), counted(np.abs(weights) < epsilon), selected, precision, recall, f1)


def _ratio(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """a / b, 0 where b is 0, NaN where either is."""
    return np.where(b == 0, a * 0, a / np.where(b == 0, 1, b))
