"""What the pages on linear regression both say of their runs: plain values in, text out. No torch, no Streamlit."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from regdemo.config.optimizers import OPTIMIZERS
from regdemo.config.phrases import figure, joined
from regdemo.content.say import say

if TYPE_CHECKING:
    from regdemo.frames.stability import Diagnosis


def whose(finished: int, seeds: int) -> str:
    """Over which seeds a figure is a median, or why there is no figure."""
    if not finished:
        return say("linear.whose.no_run" if seeds == 1 else "linear.whose.no_seed")
    if finished < seeds:
        return say("linear.whose.some", finished=finished, seeds=seeds)
    return say("linear.whose.one") if seeds == 1 else say("linear.whose.all", seeds=seeds)


def lines_are(seeds: int, all_finished: bool) -> str:
    """What the lines and bands of a chart of losses are."""
    if seeds == 1:
        lines = say("linear.lines.one_seed")
    else:
        lines = say("linear.lines.all_finished", seeds=seeds) if all_finished else say("linear.lines.some_finished")
    return lines if all_finished else joined(lines, say("linear.lines.ends"))


def diverged(d: "Diagnosis", name: str = "") -> str:
    """What diverged, and why; `name` says whose runs they are where there are several sweeps."""
    config = d.config

    def place(lam: str) -> str:
        return say("linear.diverged.share" if config.relative else "linear.diverged.lam", lam=lam)

    if d.gone:
        places = {s: place(f"{s:g}") for s in d.gone}
        if name:
            places = {s: say("linear.diverged.of_sweep", name=name, at=at) for s, at in places.items()}
        return joined(*(_gone(places[s], config.seeds, *gone) for s, gone in d.gone.items()), *_why(d))
    low, high = min(d.lost), max(d.lost)
    span = f"{low:g}" if low == high else say("linear.diverged.span", low=low, high=high)
    sentence = say(
        "linear.diverged.elsewhere",
        gone=d.runs,
        runs=config.seeds * len(config.strengths),
        where=place(span),
        chosen=place(f"{d.chosen:g}"),
    )
    return say("linear.diverged.elsewhere_in", name=name, said=sentence) if name else sentence


def _gone(at: str, seeds: int, gone: int, first: int) -> str:
    if seeds == 1:
        return say("linear.diverged.run", at=at, first=first)
    figures = {"at": at, "gone": gone, "seeds": seeds, "first": first}
    if gone == seeds:
        return say("linear.diverged.all", **figures)
    if gone == seeds - 1:
        return say("linear.diverged.all_but_one", **figures)
    return say("linear.diverged.some", others=seeds - gone, **figures)


def _why(d: "Diagnosis") -> list[str]:
    c = d.config
    if c.is_adaptive:
        decay = c.lr * d.of_penalty if c.solver == "decoupled" else 0.0
        thrown = say("linear.diverged.decoupled", factor=1 - decay) if decay > 2 else ""
        return [say("linear.diverged.adaptive", optimizer=OPTIMIZERS[c.optimizer].title), thrown, say("linear.diverged.lower")]
    if c.batch_size == c.n_train:
        terms, values = ["L"], say("linear.diverged.full_batches", curvature=d.curvature)
    else:
        terms, values = ["max‖x‖²", "1"], say("linear.diverged.small_batches", curvature=d.curvature - 1)
    if d.symbol:
        terms.append(d.symbol)
        values = say("linear.diverged.and_penalty", values=values, penalty=d.symbol, curvature=d.of_penalty)
    below = f"({' + '.join(terms)})" if len(terms) > 1 else terms[0]
    if d.bound is None:
        plain = 2 / (d.curvature + d.of_penalty)
        return [say("linear.diverged.momentum", curvature=below, most=plain, values=values, rate=(1 - c.momentum) * plain)]
    if c.lr <= d.bound:
        return []
    bound = f"{'2(1 + μ)' if c.momentum else '2'}/{below}"
    return [say("linear.diverged.too_large", rate=c.lr, bound=bound, most=d.bound, values=values)]


def will_print(figures: Mapping[str, float], diverged_at: int) -> str:
    """What the script of a run's first seed prints; `figures`: word -> value."""
    if diverged_at >= 0:
        return say("linear.code.explodes", epoch=diverged_at)
    return say("linear.code.prints", figures=", ".join(f"{word} {figure(value)}" for word, value in figures.items()))


def missing(gone: int, runs: int) -> str:
    """What downloads hold of runs that have diverged."""
    return say("linear.code.missing", gone=gone, runs=runs) if gone else ""
