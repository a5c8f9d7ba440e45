"""Choosing λ by k-fold cross-validation of the exact solutions: mean squared error, standard error, λ_min and λ_1se."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from regdemo.core.linear.exact import solve_elastic_net


@dataclass(frozen=True, eq=False)
class CrossValidation:
    """Mean squared errors (without the ½ of the training loss) on the folds left out, for λ in the order given."""

    lam: np.ndarray  # (strengths)
    errors: np.ndarray  # (folds, strengths)

    @cached_property
    def mean(self) -> np.ndarray:
        """Mean over the folds, each fold counting the same. (strengths)"""
        return self.errors.mean(0)

    @cached_property
    def se(self) -> np.ndarray:
        """Standard error of that mean: the folds' standard deviation (n − 1) divided by √folds. (strengths)"""
        return self.errors.std(0, ddof=1) / len(self.errors) ** 0.5

    @cached_property
    def at_min(self) -> int:
        """Index of λ_min: the least mean error; of equals the largest λ."""
        best = np.flatnonzero(self.mean == self.mean.min())
        return int(best[np.argmax(self.lam[best])])

    @cached_property
    def at_1se(self) -> int:
        """Index of λ_1se: the largest λ whose mean error is within one standard error of the least.

        Hastie, Tibshirani & Friedman, The Elements of Statistical Learning, 7.10.
        """
        within = np.flatnonzero(self.mean <= self.mean[self.at_min] + self.se[self.at_min])
        return int(within[np.argmax(self.lam[within])])


def cross_validate(
    x: np.ndarray, y: np.ndarray, lam: np.ndarray, l1_ratio: float = 1.0, folds: int = 5, seed: int = 0
) -> CrossValidation:
    """k-fold cross-validation on one seed's training data, x (n, p) and y (n), for the absolute λ in `lam` (strengths).

    l1_ratio 1 is lasso, 0 ridge. The folds are scikit-learn's KFold, shuffled by `seed`. The features
    are taken as they are: what was standardised before has seen all folds. scikit-learn's `ElasticNetCV` would sort λ, fit
    once more on all rows, and knows neither ridge nor λ = 0.
    """
    from sklearn.model_selection import KFold

    if not 2 <= folds <= len(y):
        raise ValueError(f"folds = {folds}: allowed is a whole number from 2 to the {len(y)} training examples")
    x, y, lam = (np.asarray(part, dtype=np.float64) for part in (x, y, lam))
    errors = []
    for inside, outside in KFold(folds, shuffle=True, random_state=seed).split(x):
        w, b = solve_elastic_net(x[inside], y[inside], lam, l1_ratio)
        errors.append(((x[outside] @ w.T + b - y[outside, None]) ** 2).mean(0))
    return CrossValidation(lam, np.stack(errors))
