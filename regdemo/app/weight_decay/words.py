"""Which sentence holds of a run of linear regression: plain values in, text out. No torch, no Streamlit."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from regdemo.config.optimizers import OPTIMIZERS
from regdemo.config.phrases import figure
from regdemo.content.say import say

if TYPE_CHECKING:
    from regdemo.config.configs import LinearConfig
    from regdemo.frames.stability import Diagnosis


Path = tuple[float, float]  # a figure before training and after it; NaN where no seed finished


def sentences(*those: str) -> str:
    """One after the other, those that hold."""
    return " ".join(sentence for sentence in those if sentence)


def whose(finished: int, seeds: int) -> str:
    """Over which seeds a figure is a median, or why there is no figure."""
    if not finished:
        return say("linear.whose.no_run" if seeds == 1 else "linear.whose.no_seed")
    if finished < seeds:
        return say("linear.whose.some", finished=finished, seeds=seeds)
    return say("linear.whose.one") if seeds == 1 else say("linear.whose.all", seeds=seeds)


def intro(n: int, p: int) -> str:
    """What the trouble is."""
    return say("weight_decay.wide" if p > n else "weight_decay.tall")


def lines_are(seeds: int, all_finished: bool) -> str:
    """What the lines and bands of a chart of losses are."""
    if seeds == 1:
        lines = say("linear.lines.one_seed")
    else:
        lines = say("linear.lines.all_finished", seeds=seeds) if all_finished else say("linear.lines.some_finished")
    return lines if all_finished else sentences(lines, say("linear.lines.ends"))


def ends_at(lam: float, test: float, train: float, finished: int, seeds: int) -> str:
    """Where the curves of one λ end."""
    over = whose(finished, seeds)
    if not finished:
        return say("weight_decay.loss.none", lam=lam, whose=over)
    return say("weight_decay.loss.ends", lam=lam, test=test, train=train, whose=over)


def best_is(lam: float | None, test: float, finished: int, seeds: int) -> str:
    """Where the sweep's validation loss is lowest; `lam` None where there is no run that finished."""
    if lam is None:
        return say("weight_decay.sweep.no_best")
    if finished < seeds:
        return say("weight_decay.sweep.best_of_some", lam=lam, test=test, whose=whose(finished, seeds))
    return say("weight_decay.sweep.best", lam=lam, test=test)


def diverged(d: "Diagnosis", name: str = "") -> str:
    """What diverged, and why; `name` says whose runs they are where there are several sweeps."""
    config = d.config

    def place(lam: str) -> str:
        return say("linear.diverged.share" if config.relative else "linear.diverged.lam", lam=lam)

    if d.gone:
        places = {s: place(f"{s:g}") for s in d.gone}
        if name:
            places = {s: say("linear.diverged.of_sweep", name=name, at=at) for s, at in places.items()}
        return sentences(*(_gone(places[s], config.seeds, *gone) for s, gone in d.gone.items()), *_why(d))
    low, high = min(d.lost), max(d.lost)
    span = f"{low:g}" if low == high else say("linear.diverged.span", low=low, high=high)
    said = say(
        "linear.diverged.elsewhere", gone=d.runs, runs=config.seeds * len(config.strengths), where=place(span),
        chosen=place(f"{d.chosen:g}"),
    )  # fmt: skip
    return say("linear.diverged.elsewhere_in", name=name, said=said) if name else said


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
        return [say("linear.diverged.adaptive", optimizer=_optimizer(c)), thrown, say("linear.diverged.lower")]
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


def null_space_stays(c: "LinearConfig", plain: Path) -> str:
    """What becomes of the null-space part without decay; `plain`: its size in the run at λ = 0."""
    if c.n_train >= c.n_features:
        return say("weight_decay.norms.tall")
    start, end = plain
    known = np.isfinite(end) and not c.switch_from  # with another λ at first, the run at λ = 0 has decayed too
    unseen = say("weight_decay.norms.null_space", n=c.n_train, p=c.n_features)
    if c.is_adaptive:
        goes = say("weight_decay.norms.goes", start=start, end=end) if known else ""
        return sentences(unseen, say("weight_decay.norms.adaptive", optimizer=_optimizer(c)), goes)
    if not start:
        return sentences(unseen, say("weight_decay.norms.no_part"))
    return sentences(unseen, say("weight_decay.norms.stays_at", end=end) if known else say("weight_decay.norms.stays"))


def null_space_fades(c: "LinearConfig", lam: float, chosen: Path) -> str:
    """Why the trained curve leaves the exact one at small λ; `chosen`: the null-space part's size in the run at `lam`."""
    start, end = chosen
    if c.n_train >= c.n_features or (not c.is_adaptive and not start):
        return ""
    goes = say("weight_decay.sweep.goes", lam=lam, start=start, end=end) if np.isfinite(end) else ""
    if c.is_adaptive:
        return sentences(say("weight_decay.sweep.adaptive", optimizer=_optimizer(c)), goes)
    if not _one_factor(c):
        return sentences(say("weight_decay.sweep.fades"), goes)
    batches = -(-c.n_train // c.batch_size)
    steps, before = (c.epochs - c.switch_epoch) * batches, c.switch_epoch * batches
    if c.switch_from:
        return say("weight_decay.sweep.one_factor_late", steps=steps, before=before, lam=c.switch_from)
    return say("weight_decay.sweep.one_factor", steps=steps)


def _one_factor(c: "LinearConfig") -> bool:
    """Whether each step multiplies what the data do not see by 1 − ηλ and does nothing else to it."""
    return c.is_plain or (c.solver == "decoupled" and not c.is_adaptive)


def _optimizer(c: "LinearConfig") -> str:
    return OPTIMIZERS[c.optimizer].title


def update_formula(c: "LinearConfig", lam: float) -> str:
    """The update of weight decay in LaTeX, with today's numbers in it."""
    eta, mu = f"{c.lr:g}", f"{c.momentum:g}"
    shrunk = rf"(1-{eta}\cdot{lam:g})\,w"
    if c.is_adaptive:
        d = rf"\mathrm{{{_optimizer(c)}}}"
        if c.solver == "decoupled":
            return rf"w \leftarrow (1-\eta\lambda)\,w-\eta\,{d}(\nabla L) = {shrunk}-{eta}\,{d}(\nabla L)"
        return rf"w \leftarrow w-\eta\,{d}(\nabla L+\lambda w) = w-{eta}\,{d}(\nabla L+{lam:g}\,w)"
    if not c.momentum:
        return rf"w \leftarrow (1-\eta\lambda)\,w-\eta\,\nabla L = {shrunk}-{eta}\,\nabla L = {1 - c.lr * lam:.6g}\,w-{eta}\,\nabla L"
    if c.solver == "decoupled":
        return (
            rf"v \leftarrow \mu v+\nabla L = {mu}\,v+\nabla L,\qquad w \leftarrow (1-\eta\lambda)\,w-\eta v = {shrunk}-{eta}\,v"
        )
    return rf"v \leftarrow \mu v+\nabla L+\lambda w = {mu}\,v+\nabla L+{lam:g}\,w,\qquad w \leftarrow w-\eta v = w-{eta}\,v"


def update_words(c: "LinearConfig", lam: float, chosen: Path) -> str:
    """What the update does to the weights; `chosen`: the null-space part's size in the run at `lam`."""
    start, end = chosen
    hidden = c.n_features > c.n_train and np.isfinite(end)
    goes = say("weight_decay.update.goes", start=start, end=end) if hidden else ""
    if not _one_factor(c) and c.solver == "sgd":
        joined = (
            say("weight_decay.update.adaptive", optimizer=_optimizer(c))
            if c.is_adaptive
            else say("weight_decay.update.momentum")
        )
        return sentences(joined, goes)
    batches = -(-c.n_train // c.batch_size)
    steps, before = c.epochs * batches, c.switch_epoch * batches
    shrink, first = 1 - c.lr * lam, 1 - c.lr * c.switch_from
    if shrink < 0 or first < 0:
        when = "always" if shrink < 0 else "before"
        return say(f"weight_decay.update.negative.{when}", factor=min(shrink, first))
    if lam:
        when = "after" if before else "always"
        step = say(f"weight_decay.update.shrinks.{when}", steps=steps - before, factor=shrink)
    else:
        step = say("weight_decay.update.rests_after" if before else "weight_decay.update.rests")
    if not _one_factor(c):
        return sentences(step, say("weight_decay.update.adaptive_decoupled", optimizer=_optimizer(c)), goes) if hidden else step
    if not (hidden and start):
        return step
    if not (lam or c.switch_from):
        return sentences(step, say("weight_decay.update.stays"))
    return sentences(step, say("weight_decay.update.remains", left=shrink ** (steps - before) * first**before))


def coefficients_lie(lam: float, w: np.ndarray, seeds: int) -> str:
    """Between what the final coefficients (seeds, p) of one λ lie; NaN in the rows of seeds that diverged."""
    done = w[np.isfinite(w).all(1)]
    if not len(done):
        return say("weight_decay.coefficients.none", lam=lam, whose=whose(0, seeds))
    figures = {"lam": lam, "low": done.min(), "high": done.max()}
    if len(done) < seeds:
        return say("weight_decay.coefficients.range_of_some", finished=len(done), seeds=seeds, **figures)
    return say("weight_decay.coefficients.range", **figures)


def histogram_shows(linear: bool) -> str:
    """How to read the histogram of coefficients."""
    return say("weight_decay.coefficients.linear" if linear else "weight_decay.coefficients.logarithmic")


def norms_end(run: str, parts: Mapping[str, float], last: int, finished: int, seeds: int) -> str:
    """The norms of a run at the last epoch that is drawn of it."""
    over = whose(finished, seeds)
    if finished:
        told = ", ".join(f"{part} {figure(value)}" for part, value in parts.items())
        return say("weight_decay.norms.ends", run=run, parts=told, whose=over)
    if last:
        return say("weight_decay.norms.diverged_at", run=run, whose=over, epoch=last, norm=parts.get("‖w‖₂"))
    return say("weight_decay.norms.diverged", run=run, whose=over)


def will_print(figures: Mapping[str, float], diverged_at: int) -> str:
    """What the script of a run's first seed prints; `figures`: word -> value."""
    if diverged_at >= 0:
        return say("linear.code.explodes", epoch=diverged_at)
    return say("linear.code.prints", figures=", ".join(f"{word} {figure(value)}" for word, value in figures.items()))


def missing(gone: int, runs: int) -> str:
    """What downloads hold of runs that have diverged."""
    return say("linear.code.missing", gone=gone, runs=runs) if gone else ""
