"""What the pages on linear regression print beside their charts: figures, stability, other ways to write it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from regdemo import frames, ghosts
from regdemo import linear_words as words
from regdemo.phrases import counted, figure
from regdemo.spec import LinearConfig
from regdemo.stability import diagnose
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
        f"{steps:,} steps of {config.seeds * len(config.strengths)} models with {counted(config.n_features, 'weight')} would take "
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
    """The figures of one strength that runs are compared by: medians (or means) over the seeds that finished."""
    columns = {"test loss": "test_loss", "train loss": "train_loss", "‖w‖₂": "l2_norm", "exactly zero": "n_zero"}
    over = {word: frames.finals(result, column)[result.diverged_at[:, k] < 0, k] for word, column in columns.items()}
    return {word: float(middle(values)) if values.size else float("nan") for word, values in over.items()}


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
    middle = {c: frames.medians(result, c) for c in ("train_loss", "test_loss", "l2_norm")}
    finished, seeds = frames.finished(result), result.config.seeds
    with st.container(horizontal=True):
        for label, column in (("Test loss", "test_loss"), ("Train loss", "train_loss"), ("‖w‖₂", "l2_norm")):
            st.metric(
                label, figure(middle[column][k]), f"{figure(middle[column][zero])} at λ = 0", delta_color="off",
                delta_arrow="off", border=True, help=f"At λ = {lam:g}, last epoch; {words.whose(finished[k], seeds)}.",
            )  # fmt: skip
        best = {split: frames.best_strength(result, split) for split in ("validation", "test")}
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
        gap = frames.quantiles(np.linalg.norm(result.weights - exact.weights, axis=2))[1]
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
    """What a report prints of one strength: medians over the seeds that finished."""
    names = {
        "train loss": "train_loss",
        "validation loss": "validation_loss",
        "test loss": "test_loss",
        "‖w‖₂": "l2_norm",
        "‖w‖₁": "l1_norm",
    }
    found = {word: figure(frames.medians(result, column)[k]) for word, column in names.items()}
    seeds, finished = result.config.seeds, frames.finished(result)[k]
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
