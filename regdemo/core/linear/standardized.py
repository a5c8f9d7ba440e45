"""A table made into a regression problem: target, features, interactions, seeded splits, standardised on training rows."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from regdemo.config.configs import LinearConfig
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
    target_mean: np.ndarray  # (seeds): y in its own unit is y · target_scale + target_mean
    target_scale: np.ndarray  # (seeds)
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
    used = min(len(features), ROWS_MOST)
    n_test = n_validation = used // 5
    most = used - n_test - n_validation
    n_train = most if n_train is None else n_train
    if not 2 <= n_train <= most:
        raise TableError(f"n_train = {n_train}: allowed is a whole number from 2 to {most} for {used} rows.")

    x, y = features.to_numpy(np.float64), table.columns[target].to_numpy(np.float64)
    arrays: dict[str, list[np.ndarray]] = {f"{a}_{s}": [] for s in ("train", "validation", "test") for a in "xy"}
    means, scales, constant = [], [], np.zeros(x.shape[1], bool)
    for repeat in range(seed, seed + seeds):
        order = np.random.default_rng(repeat).permutation(len(y))
        test, validation, rest = np.split(order[:used], [n_test, n_test + n_validation])
        train = rest[:n_train]
        if np.ptp(y[train]) == 0:
            raise TableError(
                f"“{target}” is constant in the {n_train} training rows of seed {repeat}: take more rows or another seed."
            )
        still = np.ptp(x[train], axis=0) == 0
        if still.all():
            raise TableError(
                f"Every feature is constant in the {n_train} training rows of seed {repeat}: take more rows or another seed."
            )
        constant |= still
        z = _standardised(x, train)
        if pairs:
            z = np.concatenate([z, _standardised(np.stack([z[:, i] * z[:, j] for i, j in pairs], 1), train)], 1)
        mean, scale = _moments(y[train])
        means.append(mean)
        scales.append(scale)
        v = _standardised(y[:, None], train)[:, 0]
        for name, rows in (("train", train), ("validation", validation), ("test", test)):
            arrays[f"x_{name}"].append(z[rows].astype(np.float32))
            arrays[f"y_{name}"].append(v[rows].astype(np.float32))

    own = list(features)
    wanted = (*own, *(f"{own[i]} × {own[j]}" if i != j else f"{own[i]}²" for i, j in pairs))
    names = tuple(told_apart(wanted))
    notes = ["Features and target are standardised with the mean and standard deviation of the training rows alone."]
    if constant.any():
        still_names = _listed([name for name, found in zip(own, constant, strict=True) if found])
        notes.append(
            f"Constant in the training rows of at least one seed, so that there its weight says nothing: {still_names}."
        )
    if used < len(features):
        notes.append(f"{used} of {len(features)} complete rows are used, drawn at random for each seed.")
    if again := [name for name, base in zip(names, wanted, strict=True) if name != base]:
        notes.append(f"A column has the name of an interaction, so that one is called {_listed(again)}.")
    stacked = {name: np.stack(parts) for name, parts in arrays.items()}
    fields = {"n_train": n_train, "n_validation": n_validation, "n_test": n_test, "n_features": p, "seeds": seeds, "seed": seed}
    data = LinearData(**stacked, names=names)  # type: ignore[arg-type]
    return Problem(data, target, np.array(means), np.array(scales), fields, tuple(notes))


def _pairs(features: pd.DataFrame) -> list[tuple[int, int]]:
    """Columns to multiply: every two, and each with itself where that says something new (more than two values)."""
    many = (features.nunique() > 2).to_numpy()
    p = features.shape[1]
    return [(i, j) for i in range(p) for j in range(i, p) if i != j or many[i]]


def _standardised(x: np.ndarray, train: np.ndarray) -> np.ndarray:
    """Every column less its training mean, over its training standard deviation; 0 where it is constant in training."""
    mean, scale = _moments(x[train])
    varies = (np.ptp(x[train], axis=0) > 0) & (scale > 0)
    with np.errstate(over="ignore"):
        return np.where(varies, np.clip((x - mean) / np.where(varies, scale, 1), -STANDARD_MOST, STANDARD_MOST), 0)


def _moments(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation of each column, in a unit (a power of two) in which the squares of tiny numbers do not vanish."""
    power = np.frexp(np.abs(x).max(0))[1]
    small = np.ldexp(x, -power)
    return np.ldexp(small.mean(0), power), np.ldexp(small.std(0), power)


def _listed(names: list[str]) -> str:
    return ", ".join(f"“{name}”" for name in names[:10]) + (" …" if len(names) > 10 else "")
