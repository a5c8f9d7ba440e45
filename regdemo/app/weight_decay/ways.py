"""The chosen run written again with autograd and torch.optim, beside the core's: on demand, kept once finished."""

from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from regdemo.app.frame import panel
from regdemo.app.labs import worked_out
from regdemo.app.limits import solution
from regdemo.app.sweeps import Kept, progress
from regdemo.config.configs import LinearConfig
from regdemo.config.costs import ways_seconds
from regdemo.config.phrases import figure
from regdemo.content.say import say

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

    from regdemo.replay.textbook import Comparison


def other_ways(config: LinearConfig, lam: float) -> None:
    """The section that trains the run in every way in which tutorials write it."""
    with panel("ways", say("weight_decay.ways.title")) as is_open:
        if not is_open:
            return
        st.markdown(say("weight_decay.ways.intro"))
        one, slot = replace(config, strengths=(lam,), seeds=1), st.empty()
        kept = worked_out(solution("ways", ways_seconds, one), lambda: _compare(one, slot), say("weight_decay.ways.train"))
        if kept is not None:
            slot.table(_table(kept.value))


def _compare(config: LinearConfig, slot: "DeltaGenerator") -> Kept:
    from regdemo.replay.formulations import ways
    from regdemo.replay.textbook import compare

    names = list(ways(config))
    found: list[Comparison] = []
    slot.caption(say("weight_decay.ways.preparing"))

    def show(epoch: int) -> None:
        way = say(f"weight_decay.ways.written.{names[len(found)]}.title")
        slot.caption(say("weight_decay.ways.progress", at=len(found) + 1, ways=len(names), way=way, epoch=epoch))

    for way in compare(config, config.strengths[0], config.seed, on_epoch=progress(show)):
        found.append(way)
    return Kept(found, 20_000 + sum(way.weights.nbytes for way in found))


def _table(found: list["Comparison"]) -> pd.DataFrame:
    rows: dict[str, dict[str, str]] = {}
    for way in found:
        title, why = (say(f"weight_decay.ways.written.{way.name}.{part}") for part in ("title", "why"))
        verdict = "diverged" if way.diverged_at >= 0 else "same" if way.agrees else "other"
        rows[say("weight_decay.ways.row", way=title, why=why)] = {
            say("weight_decay.ways.code"): f"`{way.code}`",
            say("weight_decay.ways.so"): say(f"weight_decay.ways.verdict.{verdict}"),
            say("weight_decay.ways.difference"): figure(way.difference),
            say("weight_decay.ways.test_loss"): figure(way.test_loss),
            say("weight_decay.ways.l2_norm"): figure(way.l2_norm),
        }
    return pd.DataFrame.from_dict(rows, orient="index")
