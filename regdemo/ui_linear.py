"""What the pages on linear regression print beside their charts: figures, stability, other ways to write it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from regdemo import frames, ghosts
from regdemo.phrases import figure
from regdemo.spec import LinearConfig
from regdemo.ui import Kept, failures_said, kept_runs, progress, trained_run
from regdemo.ui_controls import present_view, set_controls
from regdemo.ui_pins import Ghost, keep_ghost

STRENGTHS = (0.0, *(float(f"{m}e{e}") for e in range(-3, 2) for m in (1, 1.5, 2, 3, 5, 7)), 100.0)
PUBLISHED_W1 = {0.0: "11.64, 13.36, 13.70", 3.0: "0.033, 0.041, 0.052"}  # ‖w‖₂ that tutorials print for W1
PATIENCE = 20.0  # seconds; a sweep estimated above this is not started


def too_long(config: LinearConfig, patience: float = PATIENCE) -> str:
    """Why a sweep would keep everyone waiting, with advice; empty where it would not.

    A step costs about 25 µs, and for each weight 0.5 ns and 0.2 ns more for each example of its batch, on one core (measured on
    presets W1 and S-sparse; `python -m benchmarks.linear`, `python -m benchmarks.sparsity`).
    """
    steps = config.epochs * -(-config.n_train // config.batch_size)
    weights = config.seeds * len(config.strengths) * config.n_features
    seconds = steps * (25e-6 + weights * (5e-10 + 2e-10 * config.batch_size))
    if seconds <= patience:
        return ""
    return (
        f"{steps:,} steps of {config.seeds * len(config.strengths)} models with {config.n_features} weights would take "
        f"about {seconds:.0f} seconds. Choose fewer epochs, a larger batch, fewer seeds or fewer features."
    )


def too_long_to_pin(config: LinearConfig, data: Any = None) -> str:
    """Why a pinned sweep is not trained anew: a link may name twenty of them, and the page waits for all."""
    kept = kept_runs().peek((config, data.digest if data is not None else None))
    return "" if kept is not None else too_long(config, PATIENCE / 4)


def refuse_too_long(config: LinearConfig) -> None:
    """Stop the page where a sweep would keep everyone waiting."""
    if why := too_long(config):
        st.warning(why)
        st.stop()


def linear_figures(result: Any, k: int, middle: Any = np.median) -> dict[str, float]:
    """The figures of one strength that runs are compared by: medians (or means) over seeds at the last epoch."""
    words = {"test loss": "test_loss", "train loss": "train_loss", "‖w‖₂": "l2_norm", "exactly zero": "n_zero"}
    return {word: float(middle(frames.finals(result, column)[:, k])) for word, column in words.items()}


def linear_ghost(config: LinearConfig, k: int, data: Any = None) -> Ghost | str:
    """What is left of a pinned sweep at one strength, or why it is not trained."""
    if why := too_long_to_pin(config, data):
        return why

    def make() -> Ghost:
        result = trained_run(config, data).result
        drawn = {
            "loss": ghosts.curve(result, k, "test_loss", "mid"), "norms": ghosts.curve(result, k, "l2_norm", "norm"),
            "sweep": ghosts.sweep(result), "weights": result.weights[:, k],
        }  # fmt: skip
        return Ghost(linear_figures(result, k), drawn, result.weights[:, k].nbytes + 20_000)

    return keep_ghost((config, k, data.digest if data is not None else None), make)


def numbers(result: Any, exact: Any, k: int, base: frames.Baselines, published: bool) -> None:
    """The figures of this run: headline metrics, and a table of everything at λ = 0 and at the chosen λ."""
    strengths = result.config.strengths
    zero, lam = strengths.index(0.0), strengths[k]
    middle = {c: np.median(frames.finals(result, c), axis=0) for c in ("train_loss", "test_loss", "l2_norm")}
    with st.container(horizontal=True):
        for label, column in (("Test loss", "test_loss"), ("Train loss", "train_loss"), ("‖w‖₂", "l2_norm")):
            st.metric(
                label, figure(middle[column][k]), f"{figure(middle[column][zero])} at λ = 0", delta_color="off",
                delta_arrow="off", border=True, help=f"Median over {result.config.seeds} seeds at λ = {lam:g}, last epoch.",
            )  # fmt: skip
        best = {split: frames.best_strength(result, split) for split in ("validation", "test")}
        if best["validation"] is not None:
            at = best["validation"]
            st.metric(
                "Best λ by validation", f"{strengths[at]:g}",
                f"test loss {figure(middle['test_loss'][at])}; by test: λ = {strengths[best['test']]:g}",
                delta_color="off", delta_arrow="off", border=True,
                help="Chosen on validation data, reported on test data. Choosing on the test data itself is optimistic.",
            )  # fmt: skip
    with np.errstate(invalid="ignore", divide="ignore"):
        gap = np.median(np.linalg.norm(result.weights - exact.weights, axis=2), axis=0)
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


def stability(result: Any, k: int, rates: Sequence[float]) -> None:
    """Where runs diverged: when, why, and which learning rate would do."""
    config = result.config
    at = result.diverged_at
    if not (at >= 0).any():
        return
    safe = frames.safe_rate(result, k)
    lines = []
    for i in dict.fromkeys((*(i for i, s in enumerate(config.strengths) if s == 0), k)):
        gone = at[:, i][at[:, i] >= 0]
        if len(gone):
            lines.append(
                f"λ = {config.strengths[i]:g}: {len(gone)} of {config.seeds} seeds diverged, the first in epoch {gone.min()}."
            )
    if not lines:
        lost = [s for s, column in zip(config.strengths, at.T, strict=True) if (column >= 0).any()]
        st.info(f"Runs at λ from {min(lost):g} to {max(lost):g} diverged; the sweep leaves them out. The chosen λ did not.")
        return
    plain = config.optimizer == "sgd" and config.momentum == 0
    if config.lr > safe:
        full = config.batch_size == config.n_train
        bound = "2/(largest eigenvalue of XᵀX/n + λ)" if full else "2/(max‖x‖² + λ)"
        lines.append(f"A step can overshoot: η = {config.lr:g} is above {bound} = {safe:.2g}.")
    if not plain:
        lines.append("That bound is for plain SGD; momentum and Adam take longer steps in the end.")
    lines.append("Curves are drawn up to where the first seed diverged.")
    st.error(" ".join(lines), icon="⚠️")
    smaller = [r for r in rates if r <= safe * (1.0 if plain else 1 - config.momentum) and r < config.lr]
    if smaller:
        st.button(
            f"Use η = {smaller[-1]:g}", on_click=lambda: set_controls({"lr": smaller[-1]}),
            help="The largest learning rate of the control below the safe bound.", disabled="lr" in present_view().values,
        )  # fmt: skip


def switch_rule(config: LinearConfig, lam: float, unit: str = "") -> tuple[int, str] | None:
    """Where charts over epochs mark a change of λ in mid-run, and its words; None where there is none."""
    return (config.switch_epoch, f"λ: {config.switch_from:g} → {lam:g}{unit}") if config.switch_epoch else None


def update_in_numbers(config: LinearConfig, lam: float) -> None:
    """The objective's update with today's numbers in it."""
    shrink = 1 - config.lr * lam
    batches = -(-config.n_train // config.batch_size)
    steps, before = config.epochs * batches, config.switch_epoch * batches
    first = 1 - config.lr * config.switch_from
    st.latex(
        rf"w \leftarrow (1-\eta\lambda)\,w-\eta\,\nabla L = (1-{config.lr:g}\cdot{lam:g})\,w-{config.lr:g}\,\nabla L"
        rf" = {shrink:.6g}\,w-{config.lr:g}\,\nabla L"
    )
    if min(shrink, first) >= 0:
        left = shrink ** (steps - before) * first**before
        st.markdown(
            f"Each of the {steps - before:,} steps{' after the change of λ' if before else ''} first shrinks every weight by the factor "
            f"{shrink:.6g}, then follows the data. Where the data say nothing, only the shrinking is left: after training {left:.2g} of it remains. "
            "This is plain SGD; momentum and Adam take the same two ingredients and mix them over time."
        )
    else:
        st.markdown(
            f"The factor 1 − ηλ = {min(shrink, first):.3g} is negative{' until the change of λ' if shrink >= 0 else ''}: each such step "
            "throws w past zero. ηλ must stay below 1 to shrink."
        )


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
            "Train it again in every way", key="ways", help="Some seconds: tutorials' loops are slow."
        ):
            with failures_said():
                kept = _compare(config, lam, key, slot)
        if kept is not None:
            slot.table(kept.value)


def _compare(config: LinearConfig, lam: float, key: Any, slot: Any) -> Kept:
    from regdemo.reference import compare, ways

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


def final_figures(result: Any, k: int) -> dict[str, str]:
    """What a report prints of one strength: medians over seeds at the last epoch."""
    names = {
        "train loss": "train_loss",
        "validation loss": "validation_loss",
        "test loss": "test_loss",
        "‖w‖₂": "l2_norm",
        "‖w‖₁": "l1_norm",
    }
    found = {word: figure(np.median(frames.finals(result, column)[:, k])) for word, column in names.items()}
    return {"strength": f"{result.config.strengths[k]:g}", **found, "seeds": str(result.config.seeds)}


def gone_note(result: Any) -> str:
    """What downloads hold of runs that have diverged."""
    gone = int((result.diverged_at >= 0).sum())
    return f"{gone} of {result.diverged_at.size} runs diverged: their cells are empty after that epoch." if gone else ""
