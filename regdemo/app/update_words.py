"""Which sentence holds of one update: its numbers in, text out. No torch, no Streamlit."""

from typing import TYPE_CHECKING, Any

import numpy as np

from regdemo.config.configs import LinearConfig
from regdemo.config.optimizers import OPTIMIZERS
from regdemo.content.say import language, say, texts
from regdemo.replay.formulas import form, number
from regdemo.replay.penalties import penalty_of

if TYPE_CHECKING:
    from regdemo.replay.dropout import DropoutStep
    from regdemo.replay.linear import Step


def header(column: str) -> str:
    """What a column of numbers is called: a word, or the formula itself."""
    return say(f"updates.columns.{column}") if f"updates.columns.{column}" in texts(language.get()) else column


def drawn(config: LinearConfig, step: "Step") -> str:
    """The one example of an update, and how far the model is off."""
    error = step.errors[0]
    return say(
        f"updates.linear.drawn.{'high' if error > 0 else 'low' if error < 0 else 'met'}",
        example=step.examples[0] + 1,
        examples=config.n_train,
        prediction=number(step.predictions[0]),
        target=number(step.targets[0]),
        error=number(abs(error)),
    )


def penalty(config: LinearConfig, step: "Step") -> str:
    """What the penalty does in this update, in a sentence or three."""
    p, kind, acts = config.n_features, form(config), penalty_of(config)
    optimizer = OPTIMIZERS[config.optimizer].title if config.is_adaptive else say("updates.linear.penalty.momentum")
    if step.lam == 0:
        if kind == "joined" and config.switch_from > 0 and step.epoch > config.switch_epoch > 0:
            return say("updates.linear.penalty.remembered", optimizer=optimizer)
        return say("updates.linear.penalty.none")
    if kind == "joined":
        return say("updates.linear.penalty.joined", optimizer=optimizer)
    if step.shrink < 0:
        return say("updates.linear.penalty.negative", factor=step.shrink)
    if kind == "decoupled":
        return say("updates.linear.penalty.decoupled", factor=step.shrink, optimizer=optimizer)
    said, after = [], step.after[:p]
    if acts.l2:
        said.append(say("updates.linear.penalty.l2", factor=step.shrink))
    if acts.l1:
        said.append(say("updates.linear.penalty.l1", by=step.threshold))
        zeros = (after == 0).sum()
        if kind == "proximal":
            said.append(say(f"updates.linear.penalty.stops.{_one_or_many(zeros)}", zeros=zeros, weights=p))
        else:
            crossed = (np.sign(step.before[:p]) * np.sign(after) < 0).sum()
            said.append(say(f"updates.linear.penalty.crosses.{_one_or_many(crossed)}", crossed=crossed, weights=p, zeros=zeros))
    return " ".join(said)


def mask(step: "DropoutStep", i: int) -> str:
    """What the masks do in this update, for the step's example i."""
    dropped, units = int((step.mask[i] == 0).sum()), step.mask.shape[1]
    if dropped == 0:
        return say("updates.dropout.mask.kept", units=units)
    said = [say(f"updates.dropout.mask.dropped.{_one_or_many(dropped)}", dropped=dropped, units=units)]
    if len(step.errors) > 1:
        said.append(say("updates.dropout.mask.never", points=len(step.errors), units=int((step.mask == 0).all(0).sum())))
    if (step.velocity[step.gradient == 0] != 0).any():
        said.append(say("updates.dropout.mask.carried"))
    return " ".join(said)


def _one_or_many(n: Any) -> str:
    return "one" if n == 1 else "many"
