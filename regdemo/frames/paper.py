"""Finished runs of the dropout paper's grids in, small tables and what they show out. pandas alone."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from regdemo.config.configs import NetworkConfig, to_text
from regdemo.paper.grid import FIGURES, SEEDS, Job

QUANTITIES = {  # figure -> what of it can be drawn
    "rate": ("test error", "test loss", "train error"),
    "size": ("test error", "test loss", "train error"),
    "averaging": ("test error", "test loss"),
    "sparsity": ("share of exact zeros", "mean activation"),
}
SHARES = ("test error", "train error", "share of exact zeros")  # drawn and said in per cent
PLAIN, THINNED, SCALING = "no dropout", "k thinned networks", "weight scaling"

Found = dict[str, Any]
Observed = Iterator[tuple[str, str, float, float]]  # line, quantity, x, value


def _errors(x: Callable[[NetworkConfig], float]) -> Callable[[str, NetworkConfig, Found], Observed]:
    def observed(line: str, config: NetworkConfig, found: Found) -> Observed:
        for quantity in ("test error", "test loss", "train error"):
            yield line, quantity, x(config), found[quantity.replace(" ", "_")]

    return observed


def _averages(line: str, config: NetworkConfig, found: Found) -> Observed:
    for quantity in ("error", "loss"):
        for k, value in zip(found["k"], found[quantity], strict=True):
            yield THINNED, f"test {quantity}", k, value
            yield SCALING, f"test {quantity}", k, found[f"scaling_{quantity}"]


def _activity(line: str, config: NetworkConfig, found: Found) -> Observed:
    for i, (zero, mean) in enumerate(zip(found["zero"], found["mean"], strict=True), 1):
        yield f"hidden layer {i}", "share of exact zeros", config.dropout[0], zero
        yield f"hidden layer {i}", "mean activation", config.dropout[0], mean


#: figure -> what one run shows of it
OBSERVED: dict[str, Callable[[str, NetworkConfig, Found], Observed]] = {
    "rate": _errors(lambda config: config.dropout[0]),
    "size": _errors(lambda config: config.n_train),
    "averaging": _averages,
    "sparsity": _activity,
}


def observations(name: str, runs: Mapping[Job, Found]) -> pd.DataFrame:
    """One row a value of a figure and seed: line, quantity, x, config (without its seed, as text), seed, value.

    `runs` is what study.read gives; runs that are missing there are missing here.
    """
    figure = FIGURES[name]
    rows = [
        (line, quantity, x, to_text(config), seed, value)
        for named, configs in figure.lines.items()
        for config in configs
        for seed in range(SEEDS)
        if (job := (figure.measure, replace(config, seed=seed))) in runs
        for line, quantity, x, value in OBSERVED[name](named, job[1], runs[job]["found"])
    ]
    return pd.DataFrame(rows, columns=["line", "quantity", "x", "config", "seed", "value"])


def bands(observed: pd.DataFrame) -> pd.DataFrame:
    """Mean and standard deviation over seeds: line, quantity, x, config, mean, sd, seeds, low, high (mean ∓ sd)."""
    keys = ["line", "quantity", "x", "config"]
    rows = observed.groupby(keys, sort=False)["value"].agg(mean="mean", sd="std", seeds="size").reset_index()
    rows["sd"] = rows["sd"].fillna(0.0)  # of one seed
    return rows.assign(low=rows["mean"] - rows["sd"], high=rows["mean"] + rows["sd"])


@dataclass(frozen=True)
class BestRate:
    """Of one line over dropout rates: where its mean is lowest, the rates within one standard deviation of that, and both ends."""

    line: str
    p: float
    value: float
    near: tuple[float, ...]
    ends: tuple[tuple[float, float], tuple[float, float]]  # (p, mean) of the lowest and the highest rate


def best_rates(observed: pd.DataFrame) -> list[BestRate]:
    rates = []
    for line, rows in bands(observed).groupby("line", sort=False):
        best = rows.loc[rows["mean"].idxmin()]
        near = tuple(rows.loc[rows["mean"] <= best["high"], "x"].sort_values())
        first, last = ((rows["x"][i], rows["mean"][i]) for i in (rows["x"].idxmin(), rows["x"].idxmax()))
        rates.append(BestRate(str(line), best["x"], best["mean"], near, (first, last)))
    return rates


@dataclass(frozen=True)
class Gain:
    """What a line gains over no dropout: the sizes at which it is lower in every seed, and mean gains over seeds, size -> gain."""

    line: str
    in_every_seed: tuple[float, ...]
    mean: pd.Series


def gains(observed: pd.DataFrame) -> list[Gain]:
    wide = observed.pivot_table(index=["x", "seed"], columns="line", values="value")
    gains_by_line = []
    for line in (line for line in observed["line"].unique() if line != PLAIN and PLAIN in wide):
        gain = (wide[PLAIN] - wide[line]).dropna()
        if not gain.empty:
            everywhere = tuple(x for x, lower in (gain > 0).groupby("x").all().items() if lower)
            gains_by_line.append(Gain(line, everywhere, gain.groupby("x").mean()))
    return gains_by_line


@dataclass(frozen=True)
class Averages:
    """Means over seeds of one and of many thinned networks and of weight scaling.

    `enough`: from how many networks on the average is at most one standard deviation above weight scaling, seed by seed; `better`:
    from how many on it is no higher. None where it is not so at the end.
    """

    one: float
    many: float
    scaling: float
    k: float  # how many are many
    enough: float | None
    better: float | None


def averages(observed: pd.DataFrame) -> Averages:
    wide = observed.pivot_table(index=["x", "seed"], columns="line", values="value")
    short = (wide[THINNED] - wide[SCALING]).groupby("x").agg(["mean", "std"])  # of weight scaling, seed by seed
    mean = wide.groupby("x").mean()
    enough, better = (_from_then_on(short["mean"] <= most) for most in (short["std"].fillna(0.0), 0.0))
    one, many = mean.index[0], mean.index[-1]
    return Averages(mean.loc[one, THINNED], mean.loc[many, THINNED], mean.loc[one, SCALING], many, enough, better)


def _from_then_on(holds: pd.Series) -> float | None:
    """The first place in the index from which on it holds everywhere; None where it does not hold at the end."""
    places = holds.index[holds[::-1].cumprod()[::-1] == 1]
    return float(places[0]) if len(places) else None


def without_and_with(observed: pd.DataFrame) -> list[tuple[str, float, float]]:
    """Line, mean at p = 0 and mean at p = 0.5, where both are known."""
    lines = {line: rows.set_index("x")["mean"] for line, rows in bands(observed).groupby("line", sort=False)}
    return [(str(line), at[0.0], at[0.5]) for line, at in lines.items() if {0.0, 0.5} <= set(at.index)]
