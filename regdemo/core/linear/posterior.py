"""The plane's penalty read as a prior: the posterior of its two weights, by numerical integration."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np

from regdemo.core.linear.two_weights import Plane, land

SIDE = 96  # nodes of Gauss and Legendre's rule on each side of zero, for each weight
DEPTH = 36.0  # the density is integrated to where it is e^−36 of its highest value: the rest is rounding
ROUNDING = 1e-12  # a mean up to this is zero, by symmetry
HALVINGS = 40
TURN = np.linspace(0, 2 * np.pi, 97)


@cache
def _rule() -> tuple[np.ndarray, np.ndarray]:
    return np.polynomial.legendre.leggauss(SIDE)


@dataclass(frozen=True)
class Posterior:
    """p(w | data) ∝ exp(−(loss(w) + λ · penalty(w)) / s), s = σ²/n: the likelihood under noise of variance σ² times a prior.

    The prior of "L1", penalty(w) = ‖w‖₁, is Laplace's, of scale s/λ; that of "L2", ½‖w‖₂², is Gaussian, of variance s/λ.
    Tibshirani 1996, section 5; Park & Casella 2008.
    """

    plane: Plane
    penalty: str
    lam: float
    s: float

    def energy(self, w: np.ndarray) -> np.ndarray:
        """loss + λ · penalty of points (…, 2)."""
        penalty = np.abs(w).sum(-1) if self.penalty == "L1" else (w**2).sum(-1) / 2
        return self.plane.loss(w) + self.lam * penalty

    @cached_property
    def mode(self) -> np.ndarray:
        """The most probable point (2): the penalty's solution."""
        return land(self.plane, np.array([self.lam]), self.penalty)[0]

    def _nodes(self) -> tuple[list[np.ndarray], np.ndarray, np.ndarray]:
        """The two axes' points, (m₁) and (m₂), and for each pair its energy and the share of the posterior it stands for, (m₁, m₂).

        On each side of zero the density is smooth, so the rule is exact to rounding. Beyond the box the loss alone is so
        much larger than at the mode. Half a megabyte: made anew when asked for.
        """
        rule, share = _rule()
        reach = (2 * DEPTH * self.s / (1 - self.plane.correlation**2)) ** 0.5
        axes, weights, alone = [], [], []
        for centre, away in zip(self.mode, self.plane.least_squares, strict=True):
            ends = np.array([centre - reach, *([0.0] if abs(centre) < reach else []), centre + reach])
            half = np.diff(ends)[:, None] / 2
            at = ((ends[1:] + ends[:-1])[:, None] / 2 + half * rule).ravel()
            axes.append(at)
            weights.append((half * share).ravel())
            alone.append((at - away) ** 2 / 2 + self.lam * (np.abs(at) if self.penalty == "L1" else at**2 / 2))
        apart = [at - away for at, away in zip(axes, self.plane.least_squares, strict=True)]
        energy = np.add.outer(*alone) + self.plane.correlation * np.multiply.outer(*apart)
        density = np.exp((self.energy(self.mode) - energy) / self.s) * np.multiply.outer(*weights)
        return axes, energy, density / density.sum()

    @cached_property
    def _expected(self) -> tuple[np.ndarray, np.ndarray]:
        axes, _, mass = self._nodes()
        alone = (mass.sum(1), mass.sum(0))
        mean = np.array([of @ at for of, at in zip(alone, axes, strict=True)])
        positive = np.array([of @ (at > 0) for of, at in zip(alone, axes, strict=True)])
        return np.where(np.abs(mean) <= ROUNDING, 0.0, mean), positive

    @property
    def mean(self) -> np.ndarray:
        """E[w] (2)."""
        return self._expected[0]

    @property
    def positive(self) -> np.ndarray:
        """P(w_j > 0) (2). P(w_j = 0) is 0: a density gives no single value any probability."""
        return self._expected[1]

    def levels(self, probabilities: Sequence[float]) -> np.ndarray:
        """The energies below which so much of the posterior lies."""
        energy, mass = (part.ravel() for part in self._nodes()[1:])
        order = np.argsort(energy)
        below = np.cumsum(mass[order]) - mass[order] / 2
        return np.interp(probabilities, below, energy[order])

    def regions(self, probabilities: Sequence[float]) -> np.ndarray:
        """The closed lines around the densest regions that hold so much of the posterior, (k, 97, 2).

        Along a ray from the mode the energy rises, and at least as the loss's curvature alone makes it: halving finds the level.
        """
        least = self.energy(self.mode)
        above = np.maximum(self.levels(probabilities) - least, 0.0)[:, None]
        values, vectors = np.linalg.eigh(self.plane.gram)
        rays = np.stack([np.cos(TURN), np.sin(TURN)], 1) @ (vectors / values**0.5).T
        low, high = np.zeros((len(above), len(rays))), np.repeat((2 * above) ** 0.5, len(rays), axis=1)
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            inside = self.energy(self.mode + middle[..., None] * rays) - least < above
            low, high = np.where(inside, middle, low), np.where(inside, high, middle)
        return self.mode + high[..., None] * rays
