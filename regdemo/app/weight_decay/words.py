"""Which sentence holds of a run of linear regression: plain values in, text out. No torch, no Streamlit."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from regdemo.app.linear_words import whose
from regdemo.config.optimizers import OPTIMIZERS
from regdemo.config.phrases import figure, joined
from regdemo.content.say import say

if TYPE_CHECKING:
    from regdemo.config.configs import LinearConfig


LEARNS = 0.9  # of the loss of predicting the mean: a model whose loss is no lower has not learned what is worth a word
Path = tuple[float, float]  # a figure before training and after it; NaN where no seed finished


def intro(n: int, p: int) -> str:
    """What the trouble is."""
    return say("weight_decay.wide" if p > n else "weight_decay.tall")


def leads(lams: Sequence[float], test: np.ndarray, mean: float, start: float, finished: np.ndarray, seeds: int) -> list[str]:
    """The sentence that says what each λ does.

    `test`: final test losses, `mean`: that of predicting the mean, `start`: that of the weights before training.
    """
    none = test[lams.index(0.0)]
    known = [loss for loss in test if np.isfinite(loss)]
    helps = bool(known) and min(known) < LEARNS * mean

    def lead(lam: float, loss: float, done: int) -> str:
        if not done:
            return say("weight_decay.lead.gone", lam=lam, whose=whose(done, seeds))
        if not lam:
            below = loss < mean and figure(loss) != figure(mean)
            return say("weight_decay.lead.none_learns" if below else "weight_decay.lead.none", test=loss, mean=mean)
        if not np.isfinite(none):
            return say("weight_decay.lead.rescued", lam=lam, test=loss)
        figures = {"lam": lam, "none": none, "test": loss}
        if figure(loss) == figure(none):
            return say("weight_decay.lead.same", **figures)
        if not helps and loss < none:  # what training has not raised was there before it
            return say("weight_decay.lead.no_help" if start >= none else "weight_decay.lead.unlearns", mean=mean, **figures)
        above = loss > mean and figure(loss) != figure(mean)
        if loss < none:
            return say("weight_decay.lead.lowers_above" if above else "weight_decay.lead.lowers", mean=mean, **figures)
        return say("weight_decay.lead.raises_above" if above else "weight_decay.lead.raises", mean=mean, **figures)

    return [lead(lam, loss, done) for lam, loss, done in zip(lams, test, finished, strict=True)]


def loss_ends(
    c: "LinearConfig", best: int | None, lams: Sequence[float], medians: Mapping[str, np.ndarray], mean: float
) -> str:
    """Where the curves of λ = 0 and of the λ that validation would choose end."""
    if best is None:
        return say("weight_decay.sweep.no_best")
    none = lams.index(0.0)
    figures = {"epochs": c.epochs, "mean": mean, "test": medians["test_loss"][best], "train": medians["train_loss"][best]}
    if best == none:
        return say("weight_decay.loss.alt_none", **figures)
    if not np.isfinite(medians["test_loss"][none]):
        return say("weight_decay.loss.alt_gone", lam=lams[best], **figures)
    return say(
        "weight_decay.loss.alt",
        lam=lams[best],
        none_test=medians["test_loss"][none],
        none_train=medians["train_loss"][none],
        **figures,
    )


def best_is(lam: float | None, test: float, finished: int, seeds: int) -> str:
    """Where the sweep's validation loss is lowest; `lam` None where there is no run that finished."""
    if lam is None:
        return say("weight_decay.sweep.no_best")
    if finished < seeds:
        return say("weight_decay.sweep.best_of_some", lam=lam, test=test, whose=whose(finished, seeds))
    return say("weight_decay.sweep.best", lam=lam, test=test)


def null_space_stays(c: "LinearConfig", plain: Path) -> str:
    """What becomes of the null-space part without decay; `plain`: its size in the run at λ = 0."""
    if c.n_train >= c.n_features:
        return say("weight_decay.norms.tall")
    start, end = plain
    known = np.isfinite(end) and not c.switch_from  # with another λ at first, the run at λ = 0 has decayed too
    unseen = say("weight_decay.norms.null_space", n=c.n_train, p=c.n_features)
    if c.is_adaptive:
        goes = say("weight_decay.norms.goes", start=start, end=end) if known else ""
        return joined(unseen, say("weight_decay.norms.adaptive", optimizer=OPTIMIZERS[c.optimizer].title), goes)
    if not start:
        return joined(unseen, say("weight_decay.norms.no_part"))
    return joined(unseen, say("weight_decay.norms.stays_at", end=end) if known else say("weight_decay.norms.stays"))


def null_space_fades(c: "LinearConfig", start: float) -> str:
    """Why the trained curve leaves the exact one at small λ; `start`: the size of the null-space part before training."""
    if c.n_train >= c.n_features or (not c.is_adaptive and not start):
        return ""
    if c.is_adaptive:
        return say("weight_decay.sweep.adaptive", optimizer=OPTIMIZERS[c.optimizer].title)
    if not _one_factor(c):
        return say("weight_decay.sweep.fades")
    batches = -(-c.n_train // c.batch_size)
    steps, before = (c.epochs - c.switch_epoch) * batches, c.switch_epoch * batches
    if c.switch_from:
        return say("weight_decay.sweep.one_factor_late", steps=steps, before=before, lam=c.switch_from)
    return say("weight_decay.sweep.one_factor", steps=steps)


def _one_factor(c: "LinearConfig") -> bool:
    """Whether each step multiplies what the data do not see by 1 − ηλ and does nothing else to it."""
    return c.is_plain or (c.solver == "decoupled" and not c.is_adaptive)


def update_formula(c: "LinearConfig", lam: float) -> str:
    """The update of weight decay in LaTeX, with today's numbers in it."""
    eta, mu = f"{c.lr:g}", f"{c.momentum:g}"
    shrunk = rf"(1-{eta}\cdot{lam:g})\,w"
    if c.is_adaptive:
        d = rf"\mathrm{{{OPTIMIZERS[c.optimizer].title}}}"
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
        with_gradient = (
            say("weight_decay.update.adaptive", optimizer=OPTIMIZERS[c.optimizer].title)
            if c.is_adaptive
            else say("weight_decay.update.momentum")
        )
        return joined(with_gradient, goes)
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
        return (
            joined(step, say("weight_decay.update.adaptive_decoupled", optimizer=OPTIMIZERS[c.optimizer].title), goes)
            if hidden
            else step
        )
    if not (hidden and start):
        return step
    if not (lam or c.switch_from):
        return joined(step, say("weight_decay.update.stays"))
    return joined(step, say("weight_decay.update.remains", left=shrink ** (steps - before) * first**before))


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
