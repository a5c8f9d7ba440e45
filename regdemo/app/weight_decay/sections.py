"""What the pages on linear regression print beside their charts: figures, stability, other ways to write it."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from regdemo.app.limits import too_long_to_pin
from regdemo.app.linear_figures import linear_figures
from regdemo.app.pins import Ghost, keep_ghost
from regdemo.app.sweeps import Kept, failures_said, kept_runs, progress, trained_run
from regdemo.app.weight_decay import words
from regdemo.config.configs import LinearConfig
from regdemo.config.phrases import figure
from regdemo.frames import overlays, summaries

PUBLISHED_W1 = {0.0: "11.64, 13.36, 13.70", 3.0: "0.033, 0.041, 0.052"}  # ‖w‖₂ that tutorials print for W1


def linear_ghost(config: LinearConfig, k: int, data: Any = None) -> Ghost | str:
    """What is left of a pinned sweep at one strength, or why it is not trained."""
    if why := too_long_to_pin(config, data):
        return why

    def make() -> Ghost:
        result = trained_run(config, data).result
        drawn = {
            "loss": overlays.curve(result, k, "test_loss", "mid"), "norms": overlays.curve(result, k, "l2_norm", "norm"),
            "sweep": overlays.sweep(result), "weights": result.weights[:, k],
        }  # fmt: skip
        return Ghost(linear_figures(result, k), drawn, result.weights[:, k].nbytes + 20_000)

    return keep_ghost((config, k, data.digest if data is not None else None), make)


def numbers(result: Any, exact: Any, k: int, base: summaries.Baselines, published: bool) -> None:
    """The figures of this run: headline metrics, and a table of everything at λ = 0 and at the chosen λ."""
    strengths = result.config.strengths
    zero, lam = strengths.index(0.0), strengths[k]
    middle = {c: summaries.medians(result, c) for c in ("train_loss", "test_loss", "l2_norm")}
    finished, seeds = summaries.finished(result), result.config.seeds
    with st.container(horizontal=True):
        for label, column in (("Test loss", "test_loss"), ("Train loss", "train_loss"), ("‖w‖₂", "l2_norm")):
            st.metric(
                label, figure(middle[column][k]), f"{figure(middle[column][zero])} at λ = 0", delta_color="off",
                delta_arrow="off", border=True, help=f"At λ = {lam:g}, last epoch; {words.whose(finished[k], seeds)}.",
            )  # fmt: skip
        best = {split: summaries.best_strength(result, split) for split in ("validation", "test")}
        if best["validation"] is not None:
            at = best["validation"]
            st.metric(
                "Best λ by validation", f"{strengths[at]:g}",
                f"test loss {figure(middle['test_loss'][at])}; by test: λ = {strengths[best['test']]:g}",
                delta_color="off", delta_arrow="off", border=True,
                help="Chosen on validation data, reported on test data. Choosing on the test data itself is optimistic. "
                f"At this λ: {words.whose(finished[at], seeds)}.",
            )  # fmt: skip
    with np.errstate(invalid="ignore", divide="ignore"):
        gap = summaries.quantiles(np.linalg.norm(result.weights - exact.weights, axis=2))[1]
        columns = {f"λ = {strengths[i]:g}": i for i in dict.fromkeys((zero, k))}
        table = {
            "Test loss ÷ that of predicting the mean": [middle["test_loss"][i] / base.mean_predictor for i in columns.values()],
            "Test loss − noise floor": [middle["test_loss"][i] - base.noise_floor for i in columns.values()],
            "Distance to exact ridge, ‖w − w_ridge‖₂": [gap[i] for i in columns.values()],
            "Test loss of exact ridge": [np.median(exact.losses["test"][:, i]) for i in columns.values()],
        }
    rows = {name: [figure(v) for v in values] for name, values in table.items()}
    if published:
        rows["‖w‖₂ as tutorials print it (W1)"] = [PUBLISHED_W1.get(strengths[i], "–") for i in columns.values()]
    st.table(pd.DataFrame.from_dict(rows, orient="index", columns=list(columns)))


def two_ways(config: LinearConfig, lam: float) -> None:
    """Today's run written again with autograd and torch.optim, beside the core's: on demand, kept once finished."""
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
                kept = _compare(config, lam, key, slot)
        if kept is not None:
            slot.table(kept.value)


def _compare(config: LinearConfig, lam: float, key: Any, slot: Any) -> Kept:
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
    kept = Kept(pd.DataFrame.from_dict(rows, orient="index"), 20_000)
    kept_runs().keep(key, kept)
    return kept
