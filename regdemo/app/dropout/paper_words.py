"""What the dropout paper's figures say: numbers of finished runs in, sentences out. The words lie in content."""

from collections.abc import Callable, Iterable, Mapping
from functools import reduce
from typing import Any

import pandas as pd

from regdemo.config.optimizers import OPTIMIZER_TITLES
from regdemo.config.phrases import joined
from regdemo.content.say import say
from regdemo.frames import paper as paper_frames
from regdemo.paper.grid import Job


def amount(quantity: str, value: float) -> str:
    return f"{value:.1%}" if quantity in paper_frames.SHARES else f"{value:.3g}"


def _gain(quantity: str, value: float) -> str:
    points = quantity in paper_frames.SHARES
    return say("dropout.paper.size.points", points=100 * value) if points else f"{value:+.3g}"


def _rate(observed: pd.DataFrame, quantity: str) -> str:
    sentences = []
    for best in paper_frames.best_rates(observed):
        figures = {"line": best.line, "quantity": quantity, "p": best.p, "value": amount(quantity, best.value)}
        if len(best.near) > 1:
            sentences.append(say("dropout.paper.rate.near", low=best.near[0], high=best.near[-1], **figures))
        else:
            sentences.append(say("dropout.paper.rate.best", **figures))
        (p, none), (p_most, most) = best.ends
        sentences.append(
            say("dropout.paper.rate.ends", p=p, none=amount(quantity, none), p_most=p_most, most=amount(quantity, most))
        )
    return joined(*sentences)


def _size(observed: pd.DataFrame, quantity: str) -> str:
    sentences = []
    for gain in paper_frames.gains(observed):
        if gain.in_every_seed:
            sizes = ", ".join(f"{x:,.0f}" for x in gain.in_every_seed)
            sentences.append(say("dropout.paper.size.lower", line=gain.line, quantity=quantity, sizes=sizes))
        else:
            sentences.append(say("dropout.paper.size.never", line=gain.line, quantity=quantity))
        mean = gain.mean
        sentences.append(
            say(
                "dropout.paper.size.gain",
                most_at=mean.idxmax(),
                most=_gain(quantity, mean.max()),
                least_at=mean.idxmin(),
                least=_gain(quantity, mean.min()),
            )
        )
    return joined(*sentences)


def _averaging(observed: pd.DataFrame, quantity: str) -> str:
    found = paper_frames.averages(observed)
    one, many, scaling = (amount(quantity, value) for value in (found.one, found.many, found.scaling))
    return joined(
        say("dropout.paper.averaging.values", quantity=quantity, one=one, k=found.k, many=many, scaling=scaling),
        say("dropout.paper.averaging.above", quantity=quantity, k=found.k)
        if found.enough is None
        else say("dropout.paper.averaging.enough", quantity=quantity, k=found.enough),
        "" if found.better is None else say("dropout.paper.averaging.better", k=found.better),
    )


def _sparsity(observed: pd.DataFrame, quantity: str) -> str:
    return joined(
        *(
            say("dropout.paper.sparsity.goes", line=line, quantity=quantity, none=amount(quantity, a), half=amount(quantity, b))
            for line, a, b in paper_frames.without_and_with(observed)
        )
    )


#: figure -> what its numbers say, as sentences, from its observations of one quantity; no words where runs to compare are missing
FINDINGS: dict[str, Callable[[pd.DataFrame, str], str]] = {
    "rate": _rate, "size": _size, "averaging": _averaging, "sparsity": _sparsity,
}  # fmt: skip


def damage(wrong: Mapping[int, str]) -> str:
    """What grid.salvage has left out of a file; empty where nothing."""
    if not wrong:
        return ""
    first = next(iter(wrong))
    if len(wrong) == 1:
        return say("dropout.paper.damage.line", first=first)
    return say("dropout.paper.damage.lines", lines=len(wrong), first=first)


def provenance(runs: Mapping[Job, paper_frames.Found]) -> str:
    """Where the numbers come from: dates, versions and kinds of machine, each once."""
    made = pd.DataFrame([line["made"] for line in runs.values()])
    known = {name: ", ".join(sorted(made[name].unique())) for name in ("date", "torch", "numpy", "python")}
    epochs, optimizers, tests = ({getattr(c, name) for _, c in runs} for name in ("epochs", "optimizer", "n_test"))
    return say(
        "dropout.paper.provenance",
        runs=len(runs),
        epochs=_all(epochs),
        optimizers=_all(OPTIMIZER_TITLES[o] for o in optimizers),
        tests=_all(tests),
        machines="; ".join(sorted(made["machine"].unique())),
        **known,
    )


def _all(values: Iterable[Any]) -> str:
    words = (f"{v:,}" if isinstance(v, int) else str(v) for v in sorted(values))
    return reduce(lambda first, second: say("dropout.paper.either", first=first, second=second), words)
