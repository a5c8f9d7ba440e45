"""Ridge, and gradient descent that is stopped early, direction by direction: in float64, and no step is taken.

Both minimise ½ · mean (y − Aw)² with A = [X 1] (n, p + 1). Ridge adds λ · ½‖w‖₂²; descent starts at w = 0, takes steps of size η
on all data and stops after t of them. With A = U diag(d) Vᵀ each direction of V has a curvature c = d²/n, and of its part of the
least-squares solution ridge keeps c / (c + λ), descent 1 − (1 − ηc)^t. The sum of what is kept is the degrees of freedom.
Hastie, Tibshirani & Friedman, The Elements of Statistical Learning, 3.4.1; Ali, Kolter & Tibshirani 2019, section 2.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from regdemo.core.checks import numbers

HALVINGS = 80  # of an interval of about 70 in log t: far below what float64 tells apart


@dataclass(frozen=True, eq=False)
class Directions:
    """The directions that one data set has, from most curved to least."""

    curvature: np.ndarray  # (r): d²/n, above zero
    parts: np.ndarray  # (r, p + 1): the least-squares solution along each direction; their sum is the one of least norm

    def ridge(self, lam: np.ndarray) -> np.ndarray:
        """The share that ridge keeps of each direction: λ (k) -> (k, r)."""
        return self.curvature / (self.curvature + np.asarray(lam, dtype=np.float64)[:, None])

    def descent(self, lr: float, steps: np.ndarray, lam: float = 0.0) -> np.ndarray:
        """The share that descent has of each direction: t (k), whole or not, or infinite -> (k, r). On ridge's objective with `lam`.

        1 − ηc must stay above zero: beyond it a step overshoots, and there is no t between two steps.
        """
        curved = self.curvature + lam
        if lr * curved[0] >= 1:
            raise ValueError(f"lr = {lr:g}: allowed is less than 1/(largest curvature + lam) = {1 / curved[0]:g}")
        left = np.asarray(steps, dtype=np.float64)[:, None] * np.log1p(-lr * curved)
        return -np.expm1(left) * (self.curvature / curved)

    def lam_with(self, freedom: np.ndarray) -> np.ndarray:
        """The λ at which ridge has so many degrees of freedom: (k), between 0 and r -> (k)."""
        return 1 / _where(lambda pull: self.ridge(1 / pull).sum(1), freedom, 1 / self.curvature)

    def steps_with(self, lr: float, freedom: np.ndarray) -> np.ndarray:
        """The t after which descent has so many degrees of freedom: (k), between 0 and r -> (k), infinite for all r."""
        steps = _where(lambda t: self.descent(lr, t).sum(1), freedom, 1 / (lr * self.curvature))
        return np.where(np.asarray(freedom) < len(self.curvature), steps, np.inf)


def directions(x: np.ndarray, y: np.ndarray) -> Directions:
    """The directions of x (n, p), to which a feature that is always 1 is added, with y (n)."""
    x = numbers("x", x, (-1, -1))
    y = numbers("y", y, (len(x),))
    a = np.column_stack([x, np.ones(len(x))])
    u, d, vt = np.linalg.svd(a, full_matrices=False)
    keep = d > d.max() * max(a.shape) * np.finfo(float).eps
    return Directions(d[keep] ** 2 / len(x), ((u.T @ y)[keep] / d[keep])[:, None] * vt[keep])


def _where(rises: Callable[[np.ndarray], np.ndarray], wanted: np.ndarray, scales: np.ndarray) -> np.ndarray:
    """Where a function that rises from 0 has the values `wanted` (k), by halving; `scales`: where each of its terms rises."""
    wanted = np.asarray(wanted, dtype=np.float64)
    low, high = (np.full(len(wanted), edge) for edge in (np.log(scales.min()) - 30, np.log(scales.max()) + 30))
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        short = rises(np.exp(middle)) < wanted
        low, high = np.where(short, middle, low), np.where(short, high, middle)
    return np.exp((low + high) / 2)


POINTS = 80  # of a curve over the degrees of freedom
FILM = 24  # epochs at which descent is looked at, about evenly in its degrees of freedom
LAST = 1e6  # where the film ends, if it has not ended before
ALMOST = 0.995  # of all degrees of freedom: descent comes to the last of them only in the limit


@dataclass(frozen=True, eq=False)
class Way:
    """One way to keep w small, at k places: degrees of freedom (k), shares kept (k, r), losses by split (k), ½ · mean squared error."""

    freedom: np.ndarray
    kept: np.ndarray
    losses: dict[str, np.ndarray]


@dataclass(frozen=True, eq=False)
class Stopping:
    """Ridge and stopped descent on one data set: at each strength and its equal, along a curve, and at some epochs."""

    directions: Directions
    lr: float
    targets: dict[str, np.ndarray]  # split -> y (n)
    fits: dict[str, np.ndarray]  # split -> (r, n): what each direction's part predicts
    strengths: np.ndarray
    along: np.ndarray  # degrees of freedom of the curves, from few to many
    epochs: np.ndarray  # those of the film

    def way(self, kept: np.ndarray) -> Way:
        """What shares of the directions (k, r) come to."""
        losses = {name: ((kept @ fit - self.targets[name]) ** 2).mean(1) / 2 for name, fit in self.fits.items()}
        return Way(kept.sum(1), kept, losses)

    @cached_property
    def ridge(self) -> Way:
        """At the strengths."""
        return self.way(self.directions.ridge(self.strengths))

    @cached_property
    def steps(self) -> np.ndarray:
        """The t at which descent has as many degrees of freedom as ridge at each strength; infinite at λ = 0."""
        steps = self.directions.steps_with(self.lr, self.ridge.freedom)
        return np.where(self.strengths > 0, steps, np.inf)

    @cached_property
    def stopped(self) -> Way:
        """Descent at `steps`."""
        return self.way(self.directions.descent(self.lr, self.steps))

    @cached_property
    def film(self) -> Way:
        """Descent at `epochs`."""
        return self.way(self.directions.descent(self.lr, self.epochs))

    @cached_property
    def curves(self) -> dict[str, tuple[np.ndarray, Way]]:
        """Each way along the same degrees of freedom, and the λ or t at which it has them."""
        lam, steps = self.directions.lam_with(self.along), self.directions.steps_with(self.lr, self.along)
        return {
            "ridge": (lam, self.way(self.directions.ridge(lam))),
            "descent": (steps, self.way(self.directions.descent(self.lr, steps))),
        }

    def both(self, lam: float) -> tuple[float, float, float] | None:
        """Descent on ridge's own objective: its best t, the test loss there and at the end; None where its steps overshoot."""
        if self.lr * (self.directions.curvature[0] + lam) >= 1:
            return None
        steps = np.append(self.curves["descent"][0], np.inf)
        test = self.way(self.directions.descent(self.lr, steps, lam)).losses["test"]
        best = int(test.argmin())
        return float(steps[best]), float(test[best]), float(test[-1])

    @property
    def nbytes(self) -> int:
        wide = len(self.strengths) * 2 + len(self.along) * 2 + len(self.epochs)
        return 8 * wide * len(self.directions.curvature) + sum(fit.nbytes for fit in self.fits.values())


def early_stopping(splits: Mapping[str, tuple[np.ndarray, np.ndarray]], strengths: Sequence[float], lr: float) -> Stopping:
    """Ridge at every λ of `strengths` beside descent with step size `lr`; `splits`: "train" and others -> x (n, p), y (n).

    ValueError where a step of this size overshoots in the most curved direction.
    """
    found = directions(*splits["train"])
    fits = {name: found.parts[:, :-1] @ x.T + found.parts[:, -1:] for name, (x, _) in splits.items()}
    along = len(found.curvature) * np.linspace(0, ALMOST, POINTS)[1:]
    stops = found.steps_with(lr, len(found.curvature) * np.linspace(0, ALMOST, FILM)[1:])
    epochs = np.unique(np.r_[0, np.ceil(stops)].clip(max=LAST))
    return Stopping(
        found, lr, {name: y for name, (_, y) in splits.items()}, fits, np.asarray(strengths, dtype=np.float64), along, epochs
    )
