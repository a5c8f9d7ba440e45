"""Finished runs of the dropout paper's grids in, small tables and sentences out, and where a point can be run. pandas alone."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import pandas as pd

from regdemo.config.configs import NetworkConfig, to_text
from regdemo.config.options import OPTIMIZER_TITLES
from regdemo.config.phrases import counted
from regdemo.paper.grid import FIGURES, SEEDS, Job

QUANTITIES = {  # figure -> what of it can be drawn
    "rate": ("test error", "test loss", "train error"),
    "size": ("test error", "test loss", "train error"),
    "averaging": ("test error", "test loss"),
    "sparsity": ("share of exact zeros", "mean activation"),
}
SHARES = ("test error", "train error", "share of exact zeros")  # drawn and said in per cent
THINNED, SCALING = "k thinned networks", "weight scaling"

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


def _amount(quantity: str, value: float) -> str:
    return f"{value:.1%}" if quantity in SHARES else f"{value:.3g}"


def _rate(observed: pd.DataFrame, quantity: str) -> str:
    said = []
    for line, rows in bands(observed).groupby("line", sort=False):
        best = rows.loc[rows["mean"].idxmin()]
        near = rows.loc[rows["mean"] <= best["high"], "x"]
        spread = (
            f"; from p = {near.min():g} to {near.max():g} it is within one standard deviation of that" if len(near) > 1 else ""
        )
        none, most = rows.loc[rows["x"].idxmin()], rows.loc[rows["x"].idxmax()]
        said.append(
            f"With {line}, the {quantity} is lowest at p = {best['x']:g}: {_amount(quantity, best['mean'])}{spread}. "
            f"At p = {none['x']:g} it is {_amount(quantity, none['mean'])}, at p = {most['x']:g} {_amount(quantity, most['mean'])}."
        )
    return " ".join(said)


def _size(observed: pd.DataFrame, quantity: str) -> str:
    wide = observed.pivot_table(index=["x", "seed"], columns="line", values="value")
    plain = "no dropout"
    said = []
    for line in (line for line in observed["line"].unique() if line != plain and plain in wide):
        gain = (wide[plain] - wide[line]).dropna()
        if gain.empty:
            continue
        mean = gain.groupby("x").mean()
        every = [f"{x:,.0f}" for x, all_lower in (gain > 0).groupby("x").all().items() if all_lower]
        said.append(
            f"{line} has the lower {quantity} in every seed at {', '.join(every)} images."
            if every
            else f"At no size has {line} the lower {quantity} in every seed."
        )
        said.append(
            f"Its mean gain over no dropout is largest at {mean.idxmax():,.0f} images ({_gain(quantity, mean.max())}) "
            f"and smallest at {mean.idxmin():,.0f} ({_gain(quantity, mean.min())})."
        )
    return " ".join(said)


def _gain(quantity: str, value: float) -> str:
    return f"{100 * value:+.1f} percentage points" if quantity in SHARES else f"{value:+.3g}"


def _averaging(observed: pd.DataFrame, quantity: str) -> str:
    wide = observed.pivot_table(index=["x", "seed"], columns="line", values="value")
    short = (wide[THINNED] - wide[SCALING]).groupby("x").agg(["mean", "std"])  # of weight scaling, seed by seed
    mean = wide.groupby("x").mean()
    one, many = mean.index[0], mean.index[-1]
    enough, better = (_from_then_on(short["mean"] <= most) for most in (short["std"].fillna(0.0), 0.0))
    when = (
        f"at most one standard deviation above it from k = {enough:g} on" if enough else f"further above it up to k = {many:g}"
    )
    return (
        f"One thinned network has a {quantity} of {_amount(quantity, mean.loc[one, THINNED])}, {many:g} averaged have "
        f"{_amount(quantity, mean.loc[many, THINNED])}, and weight scaling has {_amount(quantity, mean.loc[one, SCALING])}. "
        f"Compared with weight scaling seed by seed, the average's {quantity} is {when}."
        + (f" Its mean is no higher from k = {better:g} on." if better else "")
    )


def _from_then_on(holds: pd.Series) -> float | None:
    """The first place in the index from which on it holds everywhere; None where it does not hold at the end."""
    places = holds.index[holds[::-1].cumprod()[::-1] == 1]
    return float(places[0]) if len(places) else None


def _sparsity(observed: pd.DataFrame, quantity: str) -> str:
    said = []
    for line, rows in bands(observed).groupby("line", sort=False):
        at = rows.set_index("x")["mean"]
        if {0.0, 0.5} <= set(at.index):
            said.append(
                f"In {line} the {quantity} goes from {_amount(quantity, at[0.0])} at p = 0 to {_amount(quantity, at[0.5])} at p = 0.5."
            )
    return " ".join(said)


#: figure -> what its numbers say, as sentences, from its observations of one quantity; no words where runs to compare are missing
FINDINGS: dict[str, Callable[[pd.DataFrame, str], str]] = {
    "rate": _rate, "size": _size, "averaging": _averaging, "sparsity": _sparsity,
}  # fmt: skip


def damage(wrong: Mapping[int, str]) -> str:
    """What study.salvage has left out of a file; empty where nothing."""
    if not wrong:
        return ""
    first, again = next(iter(wrong)), "Remove what is damaged, then `python -m regdemo.paper` computes what is missing."
    if len(wrong) == 1:
        return f"Line {first} of the figures' file is not a run and is left out. {again}"
    return f"{len(wrong)} lines of the figures' file are not runs and are left out; the first is line {first}. {again}"


def provenance(runs: Mapping[Job, Found]) -> str:
    """Where the numbers come from: dates, versions and kinds of machine, each once."""
    made = pd.DataFrame([line["made"] for line in runs.values()])
    known = {name: ", ".join(sorted(made[name].unique())) for name in made.columns}
    epochs, optimizers, tests = ({getattr(c, name) for _, c in runs} for name in ("epochs", "optimizer", "n_test"))
    each = f"{_all(epochs)} epochs of {_all(OPTIMIZER_TITLES[o] for o in optimizers)}, {_all(tests)} test images"
    return (
        f"{counted(len(runs), 'run')}, each {each}. Computed on {known['date']} with torch {known['torch']}, NumPy {known['numpy']} "
        f"and Python {known['python']} on {'; '.join(sorted(made['machine'].unique()))}."
    )


def _all(values: Iterable[Any]) -> str:
    return " or ".join(f"{v:,}" if isinstance(v, int) else str(v) for v in sorted(values))
