"""The curve lab: a regression that one can see."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from regdemo.app.drawing import Drawn, draw
from regdemo.app.dropout import words as dropout_words
from regdemo.app.dropout.sections import GRID, _figures, histograms, learning_curves, pair_names
from regdemo.app.pins import Pinned
from regdemo.app.trainings import NetworkRun, live
from regdemo.app.updates import dropout_microscope
from regdemo.charts import dropout as dropout_charts
from regdemo.config.configs import NetworkConfig
from regdemo.config.constants import SLOPE
from regdemo.config.phrases import counted
from regdemo.frames import dropout as dropout_frames


def curve_pair(base: NetworkConfig, p_first: float, p_second: float) -> dict[str, NetworkConfig]:
    """The two networks of the curve lab by their names."""
    names = pair_names(f"p = {p_first:g}", f"p = {p_second:g}")
    first = replace(base, dropout=(p_first,), switch_epoch=0, dropout_before=0.0)
    return {names[0]: first, names[1]: replace(base, dropout=(p_second,))}


def curve_lab(
    base: NetworkConfig, p_first: float, p_second: float, seeds: int, view: dict[str, Any], pins: Pinned
) -> tuple[NetworkRun, list[Drawn]] | None:
    """The one-dimensional regression: two networks, their fits, their thinned networks, over several seeds."""
    names = tuple(pair := curve_pair(base, p_first, p_second))

    def twins(seed: int) -> dict[str, NetworkConfig]:
        return curve_pair(replace(base, seed=seed), p_first, p_second)

    status = st.empty()
    show, curves = learning_curves(names, "mean squared error", view["log"], False, pins, pair[names[1]])
    run = live(pair, show, status)
    if run is None:
        return None
    from regdemo.core.networks.datasets import draw_examples

    data = draw_examples(base)
    points = {name: (data.split(name)[0][:, 0].numpy(), data.split(name)[1].numpy()) for name in ("train", "test")}
    left, right = st.columns(2)
    with left, st.container(border=True):
        st.subheader("Both fits")
        ended = {name: run.last(name) for name in names}
        fits = {name: model.predict(GRID) for name, model in run.models.items() if not ended[name]["diverged"]}
        thinned = names[1] in fits and max(pair[names[1]].in_force(ended[names[1]]["epoch"])[0]) > 0
        fans = {names[1]: run.models[names[1]].fan(GRID, 50)} if thinned else {}
        fit = draw(
            dropout_charts.fits, dropout_frames.fit_rows(GRID, SLOPE * GRID, points, fits, fans), runs=names,
            ghosts=pins.rows(lambda g: g.drawn.get("fits")),
            title="The curve",
            alt=dropout_words.fits(names, {n: row["test_loss"] if n in fits else None for n, row in ended.items()}),
        )  # fmt: skip
        gap = (
            f" It lies up to {np.abs(fans[names[1]].mean(0) - fits[names[1]]).max():.2g} from the eval-mode fit."
            if fans
            else ""
        )
        st.caption(
            "Thick: eval mode. Dashed grey: the truth, y = 1.5x."
            + (f" Thin: 20 thinned networks of {names[1]}; dotted: the mean of 50.{gap}" if fans else "")
        )
    with right, st.container(border=True):
        st.subheader("Inside, layer by layer")
        inside = histograms(run, names, view, pins)
    _figures(run, names)
    with st.expander("One update with its mask"):
        dropout_microscope(run.configs[names[1]], run.models[names[1]] if run.finished and names[1] in fits else None)
    seen = _several_seeds(twins, base.seed, seeds, names, pins) if seeds > 1 else []
    return run, [*curves.values(), fit, *inside, *seen]


def _several_seeds(twins: Any, first: int, seeds: int, names: tuple[str, ...], pins: Pinned) -> list[Drawn]:
    with st.container(border=True):
        st.subheader("The same over several seeds")
        losses: list[tuple[float | None, float | None]] = []
        rows: list[dict[str, Any]] = []
        drawn: list[Drawn] = []
        status = st.empty()
        for seed in range(first, first + seeds):
            done = live(twins(seed), lambda run: None, status)
            if done is None or not done.finished:
                return drawn
            last = [done.last(name) for name in names]
            found = [None if row["diverged"] else row["test_loss"] for row in last]
            losses.append((found[0], found[1]))
            rows += [
                {"seed": seed, "run": name, "loss": loss} for name, loss in zip(names, found, strict=True) if loss is not None
            ]
            now = draw(
                dropout_charts.seeds,
                pd.DataFrame(rows, columns=["seed", "run", "loss"]),
                slot=drawn[0].slot if drawn else None,
                runs=names,
                ghost="number",
                ghosts=pins.rows(lambda g: g.drawn["seeds"]),
                title="Test losses over seeds",
                alt=f"Test losses of {counted(len(losses), 'seed')}. {dropout_words.over_seeds(names, losses)}",
            )
            drawn = [now]
    return drawn
