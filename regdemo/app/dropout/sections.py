"""The dropout page's labs with networks: a curve, and images."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from regdemo.app.controls import Control
from regdemo.app.drawing import Drawn, draw
from regdemo.app.dropout import words as dropout_words
from regdemo.app.dropout.pictures import averaged, thins
from regdemo.app.pins import Ghost, Pinned, keep_ghost, kept_ghosts
from regdemo.app.trainings import NetworkRun, kept_run, run_key
from regdemo.charts import dropout as dropout_charts
from regdemo.config.configs import NetworkConfig
from regdemo.frames import dropout as dropout_frames
from regdemo.frames import overlays

GRID = np.linspace(-1, 1, 81, dtype=np.float32)  # where the curve lab draws its fits


def network_ghost(configs: dict[str, NetworkConfig]) -> Ghost | str:
    """What is left of a pinned pair: the second network's curves, histograms and fit. Nothing is trained for it."""
    key, run = run_key(configs), kept_run(configs)
    if run is None:
        return kept_ghosts().peek(key) or "It is trained after the present run."
    name, config = list(configs.items())[-1]

    def make() -> Ghost:
        last = run.last(name)
        drawn = {
            "loss": overlays.epochs(run.rows, name, "test_loss"), "accuracy": overlays.epochs(run.rows, name, "test_accuracy"),
            "weights": _last(run.weights, name), "gradients": _last(run.gradients, name),
            "activations": run.activations.get(name, {}) if _pictured(run, name) is not None else {},
            "seeds": pd.DataFrame({"seed": [config.seed], "loss": [last["test_loss"]]}).drop(index=[0] if last["diverged"] else []),
        }  # fmt: skip
        if config.dataset == "curve":
            if not last["diverged"]:
                drawn["fits"] = pd.DataFrame({"x": GRID, "y": run.models[name].predict(GRID)})
        elif thins(run):
            drawn["averaging"] = averaged(run)[["k", "error"]]
        return Ghost(network_figures(run), drawn)

    return keep_ghost(key, make)


def _drawn(what: str, ghost: Ghost) -> pd.DataFrame:
    return ghost.drawn[what]


def _last(pictures: list[tuple[int, str, dict]], name: str) -> dict[str, Any]:
    return next((layers for _, run, layers in reversed(pictures) if run == name), {})


def network_figures(run: NetworkRun) -> dict[str, float]:
    """The figures that pinned pairs are compared by: the second network's last, or last finite ones."""
    name = list(run.configs)[-1]
    words = {"test loss": "test_loss", "train loss, eval mode": "train_loss_eval", "test accuracy": "test_accuracy"}
    seen = run.last(name)
    found = run.ended(name) or dict.fromkeys(seen, float("nan"))
    return {word: found[column] for word, column in words.items() if seen[column] is not None}


def _pictured(run: NetworkRun, name: str) -> int | None:
    """The epoch of a run's last histograms and activations; None where they are those of its start and it has diverged since."""
    epoch = max(epoch for epoch, of, _ in run.weights if of == name)
    return None if run.last(name)["diverged"] and not epoch else epoch


def pair_names(first: str, second: str) -> tuple[str, str]:
    """Names of two runs that differ even if the settings are the same."""
    return (first, second) if first != second else (first, f"{second} (again)")


def histograms(run: NetworkRun, names: tuple[str, ...], view: dict[str, Any], pins: Pinned) -> list[Drawn]:
    """Draw and give weights or gradients of one layer over time, the runs superimposed."""
    kind, layer, offset = view["kind"], view["layer"], view["offset"]
    pictures = run.weights if kind == "weights" else run.gradients
    layers = list(pictures[-1][2]) if pictures else []
    at = layers[min(int(layer) - 1, len(layers) - 1)] if layers else ""
    rows = dropout_frames.ridge_rows(pictures, at)
    if rows.empty:
        st.info("There are no histograms yet.")
        return []

    def ghost(g: Ghost) -> pd.DataFrame:
        last = overlays.ridge(g.drawn[kind], at)
        return last.assign(y=last["y"] * 1.6 - rows["level"].max()) if offset else last

    drawn = draw(
        dropout_charts.ridges, rows, runs=names, across=f"{kind} of layer “{at}”", offset=offset, ghosts=pins.rows(ghost),
        title=f"Histograms of {kind}, layer by layer",
        alt=dropout_words.spreads(kind, at, {name: found for name in names if (found := dropout_frames.spreads(rows, name))}),
    )  # fmt: skip
    st.caption(
        "Each epoch's histogram is drawn to the same height. Layers count from the input; a number too large means the last."
    )
    return [drawn]


HISTOGRAM_CONTROLS = (
    Control("kind", "histogram of", ("weights", "gradients"), "weights", "The gradients are those of the epoch's last step."),
    Control("layer", "layer", ("1", "2", "3", "4"), "1", "Counted from the input."),
    Control("offset", "offset by epoch", (False, True), True, "Off: all epochs overlaid, later ones darker."),
)


def learning_curves(
    names: tuple[str, ...], run_of: Any, log: bool, accuracies: bool, pins: Pinned, second: NetworkConfig
) -> tuple[Callable[[NetworkRun], None], dict[str, Drawn]]:
    """Containers for the learning curves: the function that draws a run into them, again and again while it grows, and what it drew."""
    left, right = st.columns(2) if accuracies else (st.container(), None)
    drawn: dict[str, Drawn] = {}
    boxes = {"loss": left.container(border=True)} | ({"accuracy": right.container(border=True)} if right else {})
    boxes["loss"].subheader("Loss while training", help="Losses below a thousandth of the lowest test loss are drawn there.")
    if right:
        boxes["accuracy"].subheader("Accuracy while training")

    pinned = {what: pins.rows(partial(_drawn, what)) for what in boxes}
    switched = dropout_words.from_here(second)

    def show(run: NetworkRun) -> None:
        ends = [
            run.last(name)["epoch"] if run.finished else second.epochs for name in names
        ]  # the axis stands still in training
        rule = (second.switch_epoch, switched) if switched and second.switch_epoch < ends[-1] else None
        for what, box in boxes.items():
            which = dropout_frames.LOSSES if what == "loss" else dropout_frames.ACCURACIES
            rows = dropout_frames.curve_rows(run.rows, which)
            used = tuple(word for word in which.values() if word != "validation" or (rows["curve"] == "validation").any())
            with box:
                drawn[what] = draw(
                    dropout_charts.curves, rows, slot=drawn[what].slot if what in drawn else None,
                    ghosts=pinned[what], runs=names, names=used, log=log and what == "loss",
                    epochs=max(ends), rule=rule, percent=what == "accuracy",
                    measure="mean squared error" if not accuracies else run_of if what == "loss" else "accuracy",
                    title="Loss while training" if what == "loss" else "Accuracy while training",
                    alt=dropout_words.curves(what, {n: (run.last(n), run.ended(n)) for n in names}),
                )  # fmt: skip

    return show, drawn


def _figures(run: NetworkRun, names: tuple[str, ...]) -> None:
    columns = {
        "train loss, train mode": "train_loss", "train loss, eval mode": "train_loss_eval", "test loss": "test_loss",
        "train accuracy, train mode": "train_accuracy", "train accuracy, eval mode": "train_accuracy_eval", "test accuracy": "test_accuracy",
    }  # fmt: skip
    used = {w: c for w, c in columns.items() if run.rows[0][c] is not None}
    ended = {n: run.ended(n) for n in names}
    rows = {n: {w: "–" if row is None else f"{row[c]:.4g}" for w, c in used.items()} for n, row in ended.items()}
    st.table(pd.DataFrame.from_dict(rows, orient="index"))
    for n in names:
        last = run.last(n)
        if last["diverged"]:
            st.error(dropout_words.diverged(n, last, ended[n]))
        elif last["stopped"]:
            st.info(dropout_words.stopped_early(n, run.configs[n], last))
    if silenced := dropout_words.everything_dropped(run.configs[names[-1]], run.last(names[-1])["epoch"]):
        st.info(silenced)
    if run.finished and (said := dropout_words.outcome(names, *(run.of(n) for n in names))):
        st.markdown(said)


def _activity(run: NetworkRun, second: NetworkConfig, pins: Pinned) -> list[Drawn]:
    """Draw and give mean activations; say exact zeros, and both modes' means and variances, of the runs that have any after their start."""
    epochs = {name: epoch for name in run.configs if (epoch := _pictured(run, name)) is not None}
    shown = {name: run.activations[name] for name in epochs}
    if not shown:
        st.info("Both networks diverged: they have no activations to show.")
        return []
    rows = dropout_frames.activity_rows(shown)
    layer = rows["layer"].unique()[-1]
    drawn = draw(
        dropout_charts.activity, rows, runs=tuple(run.configs), layer=layer, ghost="step",
        ghosts=pins.rows(lambda g: overlays.activity(g.drawn["activations"], layer)),
        title="How active the hidden units are",
        alt=dropout_words.activity(
            layer, {name: layers[layer]["zero"] for name, layers in shown.items()},
            {name: epoch for name, epoch in epochs.items() if epoch != run.last(name)["epoch"]},
        ),
    )  # fmt: skip
    st.table(dropout_frames.spread_table(shown))
    name = list(run.configs)[-1]
    if name in shown:
        st.caption(dropout_words.modes(second, epochs[name], {n: found["variance"] for n, found in shown[name].items()}))
    return [drawn]
