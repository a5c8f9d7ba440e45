"""What the pages on linear regression print alike: figures of a strength, where runs diverged, what downloads hold."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from regdemo.app import linear_words as words
from regdemo.app.class_view import present_view
from regdemo.app.controls import set_controls
from regdemo.charts.theme import DASHES
from regdemo.config.configs import LinearConfig
from regdemo.config.phrases import figure
from regdemo.content.say import say
from regdemo.frames import summaries
from regdemo.frames.sparsity import GROUPS
from regdemo.frames.stability import diagnose
from regdemo.frames.summaries import CHOSEN, PLAIN
from regdemo.frames.weight_decay import NORMS, RULES, TRUTH


def chart_words() -> dict[str, str]:
    """What charts of sweeps call what their tables hold: id -> word."""
    ids = (PLAIN, CHOSEN, *RULES, *DASHES, *NORMS, TRUTH, *GROUPS)
    return {id: say(f"linear.chart.{id}") for id in ids}


if TYPE_CHECKING:
    from regdemo.core.linear.train import LinearResult


def linear_figures(
    result: "LinearResult", k: int, middle: Callable[[np.ndarray], float | np.floating] = np.median
) -> dict[str, float]:
    """The figures of one strength that runs are compared by, under their texts' ids: medians (or means) over the seeds that finished."""
    columns = ("test_loss", "train_loss", "l2_norm", "n_zero")
    over = {column: summaries.finals(result, column)[result.diverged_at[:, k] < 0, k] for column in columns}
    return {
        f"linear.figures.{column}": float(middle(values)) if values.size else float("nan") for column, values in over.items()
    }


def _word(column: str) -> str:
    return say(f"linear.figures.{column}")


def stability(sweeps: "Mapping[str, LinearResult]", k: int, rates: Sequence[float], here: bool | None = None) -> None:
    """Where the runs of each named sweep diverged: when, why, and which learning rate would do for all.

    `here`: only what concerns the chosen strength, or only what does not.
    """
    found = {name: d for name, result in sweeps.items() if (d := diagnose(result, k, rates)) is not None}
    found = {name: d for name, d in found.items() if here is None or here == bool(d.gone)}
    for name, d in found.items():
        if d.gone:
            st.error(words.diverged(d, name), icon="⚠️")
        else:
            st.info(words.diverged(d, name))
    better = [d.better for d in found.values() if d.gone]
    rate = min((r for r in better if r is not None), default=None)
    if rate is None or None in better:
        return
    if st.button(
        say("linear.diverged.use", rate=rate), on_click=lambda: set_controls({"lr": rate}),
        help=say("linear.diverged.use_help"), disabled="lr" in present_view().values,
    ):  # fmt: skip
        st.rerun()  # the whole page, not the bar alone


def switch_rule(config: LinearConfig) -> tuple[int, str] | None:
    """Where charts over epochs mark a change of λ in mid-run, and its words; None where there is none."""
    if not config.switch_epoch:
        return None
    return config.switch_epoch, say(f"linear.changes.{'share' if config.relative else 'lam'}", before=config.switch_from)


def final_figures(result: "LinearResult", k: int) -> dict[str, str]:
    """What a report prints of one strength: medians over the seeds that finished."""
    columns = ("train_loss", "validation_loss", "test_loss", "l2_norm", "l1_norm")
    seeds, finished = result.config.seeds, summaries.finished(result)[k]
    return {
        say("linear.figures.share" if result.config.relative else "linear.figures.lam"): f"{result.config.strengths[k]:g}",
        **{_word(column): figure(summaries.medians(result, column)[k]) for column in columns},
        say("linear.figures.seeds"): (
            str(seeds) if finished == seeds else say("linear.seeds_finished", seeds=seeds, finished=finished)
        ),
    }


def first_seed(result: "LinearResult", k: int) -> str:
    """What the script of exactly this run will print."""
    columns = {_word(c): c for c in ("train_loss", "validation_loss", "test_loss", "l1_norm", "l2_norm")}
    columns |= {say("linear.figures.zeros"): "n_zero"}
    figures = {say("linear.figures.lam"): float(result.lam[0, k])}
    figures |= {word: float(result.curves[column][0, k, -1]) for word, column in columns.items()}
    return words.will_print(figures, int(result.diverged_at[0, k]))


def gone_note(result: "LinearResult") -> str:
    """What downloads hold of runs that have diverged."""
    return words.missing(int((result.diverged_at >= 0).sum()), result.diverged_at.size)
