"""What the pages on linear regression print alike: figures of a strength, where runs diverged, what downloads hold."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import streamlit as st

from regdemo.app.class_view import present_view
from regdemo.app.controls import set_controls
from regdemo.app.weight_decay import words
from regdemo.config.configs import LinearConfig
from regdemo.config.phrases import figure
from regdemo.frames import summaries
from regdemo.frames.stability import diagnose


def linear_figures(result: Any, k: int, middle: Any = np.median) -> dict[str, float]:
    """The figures of one strength that runs are compared by: medians (or means) over the seeds that finished."""
    columns = {"test loss": "test_loss", "train loss": "train_loss", "‖w‖₂": "l2_norm", "exactly zero": "n_zero"}
    over = {word: summaries.finals(result, column)[result.diverged_at[:, k] < 0, k] for word, column in columns.items()}
    return {word: float(middle(values)) if values.size else float("nan") for word, values in over.items()}


def stability(sweeps: Mapping[str, Any], k: int, rates: Sequence[float]) -> None:
    """Where the runs of each named sweep diverged: when, why, and which learning rate would do for all."""
    found = {name: d for name, result in sweeps.items() if (d := diagnose(result, k, rates)) is not None}
    for name, d in found.items():
        if d.gone:
            st.error(words.diverged(d, name), icon="⚠️")
        else:
            st.info(words.diverged(d, name))
    better = [d.better for d in found.values() if d.gone]
    if better and (rate := min((r for r in better if r is not None), default=None)) is not None and None not in better:
        st.button(
            f"Use η = {rate:g}", on_click=lambda: set_controls({"lr": rate}),
            help="The largest learning rate of the control that this allows.", disabled="lr" in present_view().values,
        )  # fmt: skip


def switch_rule(config: LinearConfig, lam: float, unit: str = "") -> tuple[int, str] | None:
    """Where charts over epochs mark a change of λ in mid-run, and its words; None where there is none."""
    return (config.switch_epoch, f"λ: {config.switch_from:g} → {lam:g}{unit}") if config.switch_epoch else None


def final_figures(result: Any, k: int) -> dict[str, str]:
    """What a report prints of one strength: medians over the seeds that finished."""
    names = {
        "train loss": "train_loss",
        "validation loss": "validation_loss",
        "test loss": "test_loss",
        "‖w‖₂": "l2_norm",
        "‖w‖₁": "l1_norm",
    }
    found = {word: figure(summaries.medians(result, column)[k]) for word, column in names.items()}
    seeds, finished = result.config.seeds, summaries.finished(result)[k]
    return {
        "λ ÷ λ_max" if result.config.relative else "λ": f"{result.config.strengths[k]:g}",
        **found,
        "seeds": str(seeds) if finished == seeds else f"{seeds}, of which {finished} finished",
    }


def first_seed(result: Any, k: int) -> str:
    """What the script of exactly this run will print."""
    columns = {
        "train loss": "train_loss", "validation loss": "validation_loss", "test loss": "test_loss", "‖w‖₁": "l1_norm", "‖w‖₂": "l2_norm",
        "exact zeros": "n_zero",
    }  # fmt: skip
    figures = {"λ": float(result.lam[0, k])} | {word: float(result.curves[c][0, k, -1]) for word, c in columns.items()}
    return words.will_print(figures, int(result.diverged_at[0, k]))


def gone_note(result: Any) -> str:
    """What downloads hold of runs that have diverged."""
    return words.missing(int((result.diverged_at >= 0).sum()), result.diverged_at.size)
