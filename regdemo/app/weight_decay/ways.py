"""The chosen run written again with autograd and torch.optim, beside the core's: on demand, kept once finished."""

from dataclasses import replace
from typing import Any

import pandas as pd
import streamlit as st

from regdemo.app.sweeps import Kept, failures_said, kept_runs, progress
from regdemo.config.configs import LinearConfig
from regdemo.config.phrases import figure


def other_ways(config: LinearConfig, lam: float) -> None:
    """The section that trains the run in every way in which tutorials write it."""
    key = ("ways", replace(config, strengths=(lam,), seeds=1))
    with st.expander("The same run, written other ways"):
        st.markdown(
            "Tutorials write weight decay in several ways. Here today's run (one seed, the chosen λ) is trained again by torch's own "
            "autograd and optimizers, and compared with the run above, weight by weight."
        )
        slot = st.empty()
        kept = kept_runs().peek(key)
        if kept is None and slot.button(
            "Train it again in every way", key="app.ways", help="Some seconds: tutorials' loops are slow."
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
    slot.caption("Preparing torch's optimizers …")
    drawn = progress(lambda epoch: slot.caption(f"{len(rows) + 1} of {len(titles)} · {titles[len(rows)]}: epoch {epoch}"))
    for way in compare(at_one, lam, config.seed, on_epoch=drawn):
        verdict = "diverged" if way.diverged_at >= 0 else "the same" if way.agrees else "another run"
        rows[f"**{way.title}.** {way.why}"] = {
            "its line of code": f"`{way.code}`", "so it is": verdict, "largest difference": figure(way.difference),
            "test loss": figure(way.test_loss), "‖w‖₂": figure(way.l2_norm),
        }  # fmt: skip
    return Kept(pd.DataFrame.from_dict(rows, orient="index"), 20_000)
