"""A table made into a regression problem: target, features, interactions, seeded splits, standardised on training rows."""

from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations_with_replacement
from typing import Any

import numpy as np
import pandas as pd

from regdemo.config.configs import LinearConfig
from regdemo.config.constants import SPLITS
from regdemo.core.linear.data import LinearData
from regdemo.core.linear.tables import Table, TableError, told_apart

FEATURES_MOST = 1000  # with interactions
ROWS_MOST = 2000  # used by one seed, drawn at random: a sweep stays live
STANDARD_MOST = 1e6  # standard deviations from the training mean; whatever is further away is put there


@dataclass(frozen=True, eq=False)
class Problem:
    """Data to train on, features and target standardised with each seed's training rows: the mean predictor trains at ½."""

    data: LinearData  # (seeds, n, features); names set, no truth
    target: str
    fields: dict[str, int]  # n_train, n_validation, n_test, n_features, seeds, seed of the LinearConfig that fits
    notes: tuple[str, ...]

    @cached_property
    def safe_lr(self) -> float:
        """1/L for the most curved seed: half of what full-batch descent can stand (at most 1)."""
        return min(float(1 / self.data.curvature.max()), 1.0)

    def configure(self, config: LinearConfig) -> LinearConfig:
        """`config` with the sizes and seeds of this data, in full batches of a step that cannot diverge."""
        sizes: dict[str, Any] = {**self.fields, "batch_size": self.fields["n_train"]}
        return replace(config, **sizes, lr=min(config.lr, self.safe_lr))


def problem(
    table: Table, target: str, *, interactions: bool = False, seeds: int = 1, seed: int = 0, n_train: int | None = None
) -> Problem:
    """Standardised data to predict `target` from the other columns, split anew for each seed (20 % test, 20 % validation).

    Repeat i shuffles with seed + i; `n_train` takes fewer training rows and leaves test and validation as they are. Means and
    standard deviations, of features and target, come from the training rows alone. `interactions` adds all products of two
    features and the squares of those with more than two values (the diabetes table then has 64 features).
    """
    if target not in table.names:
        why = dict(table.left_out).get(target, "there is no such column")
        raise TableError(f"“{target}” cannot be the target: {why}; choose one of {_listed(table.names)}.")
    features = table.columns.drop(columns=target)
    pairs = _pairs(features) if interactions else []
    if (p := features.shape[1] + len(pairs)) > FEATURES_MOST:
        raise TableError(
            f"With interactions there are {p} features and at most {FEATURES_MOST} can be used: leave columns out."
        )
    sizes = _sizes(len(features), n_train)
    x, y = features.to_numpy(np.float64), table.columns[target].to_numpy(np.float64)
    splits = [_split(len(y), sizes, repeat) for repeat in range(seed, seed + seeds)]
    constant = np.logical_or.reduce([_still(x, y, rows["train"], target, repeat) for repeat, rows in enumerate(splits, seed)])
    parts = [_arrays(x, y, pairs, rows) for rows in splits]
    stacked = {name: np.stack([part[name] for part in parts]) for name in parts[0]}

    own = list(features)
    wanted = (*own, *(f"{own[i]} × {own[j]}" if i != j else f"{own[i]}²" for i, j in pairs))
    names = tuple(told_apart(wanted))
    notes = ["Features and target are standardised with the mean and standard deviation of the training rows alone."]
    if constant.any():
        still_names = _listed([name for name, still in zip(own, constant, strict=True) if still])
        notes.append(
            f"Constant in the training rows of at least one seed, so that there its weight says nothing: {still_names}."
        )
    if len(y) > ROWS_MOST:
        notes.append(f"{ROWS_MOST} of {len(y)} complete rows are used, drawn at random for each seed.")
    if again := [name for name, base in zip(names, wanted, strict=True) if name != base]:
        notes.append(f"A column has the name of an interaction, so that one is called {_listed(again)}.")
    data = LinearData(**stacked, names=names)  # type: ignore[arg-type]
    return Problem(data, target, sizes | {"n_features": p, "seeds": seeds, "seed": seed}, tuple(notes))


def _sizes(rows: int, n_train: int | None) -> dict[str, int]:
    """How many rows each split has; all that neither validate nor test train, where `n_train` does not say otherwise."""
    used = min(rows, ROWS_MOST)
    n_train_most = used - 2 * (used // 5)
    n_train = n_train_most if n_train is None else n_train
    if not 2 <= n_train <= n_train_most:
        raise TableError(f"n_train = {n_train}: allowed is a whole number from 2 to {n_train_most} for {used} rows.")
    return {"n_train": n_train, "n_validation": used // 5, "n_test": used // 5}


def _split(rows: int, sizes: dict[str, int], seed: int) -> dict[str, np.ndarray]:
    """Row numbers of each split.

    By hand: scikit-learn's `train_test_split` would draw other rows, and old links would show other figures.
    """
    order = np.random.default_rng(seed).permutation(rows)
    ends = np.cumsum([sizes[f"n_{name}"] for name in reversed(SPLITS)])
    return dict(zip(reversed(SPLITS), np.split(order, ends), strict=False))  # what is left is nobody's


def _still(x: np.ndarray, y: np.ndarray, train: np.ndarray, target: str, seed: int) -> np.ndarray:
    """Which features are constant in the training rows; TableError where the target is, or all of them."""
    still = np.ptp(x[train], axis=0) == 0
    if np.ptp(y[train]) == 0 or still.all():
        what = f"“{target}”" if np.ptp(y[train]) == 0 else "Every feature"
        raise TableError(
            f"{what} is constant in the {len(train)} training rows of seed {seed}: take more rows or another seed."
        )
    return still


def _arrays(x: np.ndarray, y: np.ndarray, pairs: list[tuple[int, int]], rows: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """One seed's arrays of `LinearData`, standardised; products are of standardised features, and standardised again."""
    z, v = _standardised(x, rows["train"]), _standardised(y[:, None], rows["train"])[:, 0]
    if pairs:
        z = np.concatenate([z, _standardised(np.stack([z[:, i] * z[:, j] for i, j in pairs], 1), rows["train"])], 1)
    return {f"{a}_{name}": part[at].astype(np.float32) for a, part in (("x", z), ("y", v)) for name, at in rows.items()}


def _pairs(features: pd.DataFrame) -> list[tuple[int, int]]:
    """Columns to multiply: every two, and each with itself where that says something new (more than two values).

    By hand: scikit-learn's `PolynomialFeatures` would make all squares.
    """
    many = (features.nunique() > 2).to_numpy()
    return [(i, j) for i, j in combinations_with_replacement(range(len(many)), 2) if i != j or many[i]]


def _standardised(x: np.ndarray, train: np.ndarray) -> np.ndarray:
    """Every column less its training mean, over its training standard deviation; 0 where it is constant in training.

    By hand: scikit-learn's `StandardScaler` takes a column for constant where the squares of its numbers vanish, and for
    infinite where they overflow.
    """
    power = np.frexp(np.abs(x[train]).max(0))[1]  # in units of 2^power the squares of tiny numbers do not vanish
    small = np.ldexp(x[train], -power)
    mean, scale = np.ldexp(small.mean(0), power), np.ldexp(small.std(0), power)
    varies = (np.ptp(x[train], axis=0) > 0) & (scale > 0)
    with np.errstate(over="ignore"):
        return np.where(varies, np.clip((x - mean) / np.where(varies, scale, 1), -STANDARD_MOST, STANDARD_MOST), 0)


def _listed(names: list[str]) -> str:
    return ", ".join(f"“{name}”" for name in names[:10]) + (" …" if len(names) > 10 else "")
