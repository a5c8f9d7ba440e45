"""Weight decay in the gradient and decoupled, over λ and η: what a file of runs says of both. NumPy and pandas alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from regdemo.paper.decay import ETAS, LAMBDAS, SOLVERS, cell
from regdemo.paper.grid import SEEDS, Job

DARKEST = 4  # times the lowest loss
BRIGHT = 0.65  # of the way from the palest to the darkest: from there on letters are bright


@dataclass(frozen=True, eq=False)
class DecayGrid:
    """Losses at the end of training, (2 solvers, η, λ, seeds): `validation` chooses, `test` is what is chosen."""

    seeds: tuple[int, ...]
    validation: np.ndarray
    test: np.ndarray

    @cached_property
    def best(self) -> np.ndarray:
        """Place of the λ with the lowest mean validation loss, (2, η)."""
        return self.validation.mean(3).argmin(2)

    @cached_property
    def tested(self) -> np.ndarray:
        """Mean test loss at these λ, (2, η)."""
        return np.take_along_axis(self.test.mean(3), self.best[..., None], 2)[..., 0]

    @cached_property
    def chosen_test(self) -> np.ndarray:
        """Test losses, seed by seed, at the λ and η that have each solver's lowest mean validation loss, (2, seeds)."""
        return np.stack([self.test[s, i, self.best[s, i]] for s, i in enumerate(self.lowest)])

    @cached_property
    def without(self) -> float:
        """Mean test loss without decay at the η that has the lowest mean validation loss then."""
        return float(self.test[0, self.validation[0, :, 0].mean(1).argmin(), 0].mean())

    @property
    def shades(self) -> tuple[float, float]:
        """The losses of the palest cells and of the darkest: what is worse is as dark, so that others can be told apart."""
        low = float(self.validation.mean(3).min())
        return low, min(float(self.validation.mean(3).max()), DARKEST * low)

    @cached_property
    def lowest(self) -> np.ndarray:
        """Place in η of each solver's lowest mean validation loss, (2)."""
        return self.validation.mean(3).min(2).argmin(1)

    def costs(self, solver: int) -> "Costs":
        """What one λ for all η, and one ηλ, cost in validation loss against the best λ of each η."""
        one_lam, one_product = _costs(self.validation[solver].mean(2))
        j, d = int(one_lam.argmin()), int(np.nanargmin(one_product))
        by_seed = np.array(
            [
                [of[at] for of, at in zip(_costs(each), (j, d), strict=True)]
                for each in np.moveaxis(self.validation[solver], 2, 0)
            ]
        )
        return Costs(j, d, float(one_lam[j]), float(one_product[d]), by_seed)


def _costs(losses: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean over η of log loss above that of the best λ there, (η, λ) -> of each λ; of each diagonal, by its place of λ at the lowest η.

    NaN: a diagonal that leaves the grid.
    """
    above = np.log(losses / losses.min(1, keepdims=True))
    places = np.arange(len(ETAS))
    diagonals = [above[places, d - places].mean() if d >= len(ETAS) else np.nan for d in range(len(LAMBDAS))]
    return above.mean(0), np.array(diagonals)


@dataclass(frozen=True)
class Costs:
    """The one λ and the one ηλ (its place of λ at the lowest η) that cost least, what they cost as logarithms of a factor, and the
    same seed by seed, (seeds, 2)."""

    lam_at: int
    product_at: int
    of_lam: float
    of_product: float
    by_seed: np.ndarray

    @property
    def lam(self) -> float:
        return LAMBDAS[self.lam_at]

    @property
    def product(self) -> float:
        return ETAS[0] * LAMBDAS[self.product_at]

    @property
    def one_product(self) -> bool:
        """Whether one ηλ is cheaper than one λ."""
        return self.of_product < self.of_lam

    @property
    def agree(self) -> int:
        """In how many seeds that is so, each on its own."""
        return int(((self.by_seed[:, 1] < self.by_seed[:, 0]) == self.one_product).sum())

    @property
    def apart(self) -> float:
        """What decay costs that is chosen once for all η, in the unit in which it is cheaper."""
        return min(self.of_lam, self.of_product)


def decay_grid(runs: Mapping[Job, Mapping[str, Any]]) -> DecayGrid | None:
    """The grid of the seeds that have all their runs; None where there is no such seed."""

    def losses(seed: int) -> list[Mapping[str, float]]:
        configs = [cell(solver, lr, lam, seed) for solver in SOLVERS for lr in ETAS for lam in LAMBDAS]
        return [runs[job]["found"] for config in configs if (job := ("validation", config)) in runs]

    shape = (len(SOLVERS), len(ETAS), len(LAMBDAS))
    whole = {seed: found for seed in range(SEEDS) if len(found := losses(seed)) == np.prod(shape)}
    if not whole:
        return None
    validation, test = (
        np.stack([np.reshape([run[name] for run in found], shape) for found in whole.values()], -1)
        for name in ("validation_loss", "test_loss")
    )
    return DecayGrid(tuple(whole), validation, test)


def heat_rows(grid: DecayGrid, solver: int) -> pd.DataFrame:
    """One solver's mean validation losses. Columns: kind (cell | best | strength | product | cursor), k (place of η), eta, lam, lr,
    strength, loss, text, dark.

    best: the lowest of each η, that of all with a star; strength, product: the cells of the one λ and the one ηλ that cost least;
    dark: whether a cell is so dark that its letters are bright. eta and lam are texts, for axes with a place for each; lr and strength are their numbers.
    """
    mean, best, star, costs = grid.validation.mean(3), grid.best[solver], int(grid.lowest[solver]), grid.costs(solver)
    low, high = grid.shades
    bright = low ** (1 - BRIGHT) * high**BRIGHT
    rows = []
    for i, lr in enumerate(ETAS):
        for j, lam in enumerate(LAMBDAS):
            loss, is_best = float(mean[solver, i, j]), j == best[i]
            kinds = {
                "cell": True, "best": is_best, "strength": j == costs.lam_at, "product": j == costs.product_at - i, "cursor": not lam,
            }  # fmt: skip
            text = f"★ {loss:.2f}" if is_best and i == star else f"{loss:.2f}"
            at = {
                "k": i,
                "eta": f"{lr:g}",
                "lam": f"{lam:g}",
                "lr": lr,
                "strength": lam,
                "loss": loss,
                "text": text,
                "dark": bool(loss > bright),
            }
            rows += [{"kind": kind, **at} for kind, holds in kinds.items() if holds]
    return pd.DataFrame(rows).astype({"k": np.int16})


def table(grid: DecayGrid) -> pd.DataFrame:
    """Every run: solver, eta, lam, seed, validation_loss, test_loss."""
    index = pd.MultiIndex.from_product([SOLVERS, ETAS, LAMBDAS, grid.seeds], names=["solver", "eta", "lam", "seed"])
    losses = {"validation_loss": grid.validation.ravel(), "test_loss": grid.test.ravel()}
    return pd.DataFrame(losses, index=index).reset_index()


def row_rows(grid: DecayGrid, i: int, trained: Mapping[tuple[str, float], float]) -> pd.DataFrame:
    """One η: kept seeds' validation losses, and those of networks on the page, (solver, λ) -> loss. Columns: kind (kept | now), run
    (the solver), lam, loss."""
    kept = [
        ("kept", solver, f"{lam:g}", float(loss))
        for s, solver in enumerate(SOLVERS)
        for j, lam in enumerate(LAMBDAS)
        for loss in grid.validation[s, i, j]
    ]
    now = [("now", solver, f"{lam:g}", loss) for (solver, lam), loss in trained.items()]
    return pd.DataFrame([*kept, *now], columns=["kind", "run", "lam", "loss"])
