"""The chosen run written again with autograd and torch.optim, beside the core's: on demand, kept once finished."""

from dataclasses import replace
from typing import Any

import pandas as pd
import streamlit as st

from regdemo.app.sweeps import Kept, failures_said, kept_runs, progress
from regdemo.config.configs import LinearConfig
from regdemo.config.phrases import figure
from regdemo.content.say import say


def other_ways(config: LinearConfig, lam: float) -> None:
    """The section that trains the run in every way in which tutorials write it."""
    key = ("ways", replace(config, strengths=(lam,), seeds=1))
    with st.expander(say("weight_decay.ways.title")):
        st.markdown(say("weight_decay.ways.intro"))
        slot = st.empty()
        kept = kept_runs().peek(key)
        if kept is None and slot.button(
            say("weight_decay.ways.train"), key="app.ways", help=say("weight_decay.ways.train_help")
        ):
            with failures_said():
                kept = _compare(config, lam, slot)
            kept_runs().keep(key, kept)
        if kept is not None:
            slot.table(kept.value)


def _compare(config: LinearConfig, lam: float, slot: Any) -> Kept:
    from regdemo.replay.formulations import ways
    from regdemo.replay.textbook import compare

    at_one = replace(config, strengths=(lam,))
    titles = [way.title for way in ways(at_one).values()]
    rows: dict[str, dict[str, str]] = {}
    slot.caption(say("weight_decay.ways.preparing"))

    def show(epoch: int) -> None:
        at = len(rows)
        slot.caption(say("weight_decay.ways.progress", at=at + 1, ways=len(titles), way=titles[at], epoch=epoch))

    for way in compare(at_one, lam, config.seed, on_epoch=progress(show)):
        verdict = "diverged" if way.diverged_at >= 0 else "same" if way.agrees else "other"
        rows[say("weight_decay.ways.row", way=way.title, why=way.why)] = {
            say("weight_decay.ways.code"): f"`{way.code}`",
            say("weight_decay.ways.so"): say(f"weight_decay.ways.verdict.{verdict}"),
            say("weight_decay.ways.difference"): figure(way.difference),
            say("weight_decay.ways.test_loss"): figure(way.test_loss),
            say("weight_decay.ways.l2_norm"): figure(way.l2_norm),
        }
    return Kept(pd.DataFrame.from_dict(rows, orient="index"), 20_000)
