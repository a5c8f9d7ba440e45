"""The two networks of a lab while they train: their learning curves grow, and what they came to is what the sections show."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from regdemo.app.class_view import hidden
from regdemo.app.drawing import Drawn, beside, draw
from regdemo.app.dropout import words
from regdemo.app.dropout.controls import LOG, TRAIN_MODE, pair_of
from regdemo.app.limits import NETWORKS, may_train, networks
from regdemo.app.opening import present_values
from regdemo.app.pins import Ghost, Pinned
from regdemo.app.session import Pin
from regdemo.app.trainings import NetworkRun, live
from regdemo.charts import dropout as dropout_charts
from regdemo.config.configs import NetworkConfig
from regdemo.config.phrases import joined
from regdemo.content.say import said, say
from regdemo.frames import dropout as dropout_frames

Picture = Callable[[NetworkRun, Any], Drawn]  # a run as far as it has come, and where it was drawn before
GRID = np.linspace(-1, 1, 81, dtype=np.float32)  # where the curve lab draws its fits


@dataclass(frozen=True, eq=False)
class Pair:
    """Two networks and all that the page shows of them: the values they were made from, their run and pinned runs."""

    values: Pin  # control -> value
    run: NetworkRun
    pins: Pinned
    curves: list[Drawn]  # the learning curves, which grew while the run did

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self.run.configs)

    @property
    def name(self) -> str:
        """The second network's: the one that the page is about."""
        return self.names[-1]

    @property
    def config(self) -> NetworkConfig:
        return self.run.configs[self.name]


def trained(values: Pin, pins: Pinned, picture: Picture | None = None) -> Pair | None:
    """The networks that the values name, trained before the reader's eyes; None where the training broke off.

    `picture` draws what else grows, beside their learning curves. The sentence on top takes the place of the progress.
    """
    configs = pair_of(values, tell=True)
    status = st.container(key="app.lead").empty()
    with status.container():
        if not may_train([networks(configs)], NETWORKS):
            return None
    show, drawn = learning_curves(configs, pins, picture)
    notes = st.container()
    run = live(configs, show, status)
    if run is None:
        return None
    if run.finished:
        with status.container():
            lead(run)
        with notes:
            remarks(run)
    return Pair(values, run, pins, list(drawn.values()))


def lead(run: NetworkRun) -> None:
    """What the two networks came to."""
    names, whole = tuple(run.configs), True
    for name, config in run.configs.items():
        last = run.last(name)
        if last["diverged"]:
            st.error(words.diverged(name, last, run.ended(name)))
            whole = False
        elif last["stopped"]:
            st.caption(words.stopped_early(name, config, last))
    if silenced := words.everything_dropped(run.configs[names[-1]], run.last(names[-1])["epoch"]):
        st.info(silenced)
    if whole:
        st.markdown(f"**{words.outcome(names, *(run.of(name) for name in names))}**")


def remarks(run: NetworkRun) -> None:
    """What is to be known of the two networks' figures besides, below their learning curves."""
    names = tuple(run.configs)
    notes = [said(run.said)] if run.said else []
    if not any(run.last(name)["diverged"] for name in names):
        seed = run.configs[names[-1]].seed
        notes += [words.stopping(names, *(run.of(name) for name in names)), say("dropout.outcome.seed", seed=seed)]
    if notes:
        st.caption(joined(*notes))


def learning_curves(
    configs: dict[str, NetworkConfig], pins: Pinned, picture: Picture | None
) -> tuple[Callable[[NetworkRun], None], dict[str, Drawn]]:
    """Places for a pair of charts: the function that draws a run into them, again and again while it grows, and what it drew."""
    names, second = tuple(configs), list(configs.values())[-1]
    pair = {"loss": (LOG,), "accuracy": (TRAIN_MODE,)} if picture is None else {"fits": (), "loss": (LOG, TRAIN_MODE)}
    pair = {what: controls for what, controls in pair.items() if not hidden(what)}
    titles = {what: say(f"dropout.curves.title.{what}") for what in pair}
    time = "charts.epoch" if picture is None else "charts.time"
    measures = {
        "loss": say("dropout.curves.measure.entropy" if picture is None else "dropout.curves.measure.squared"),
        "accuracy": say("dropout.curves.measure.accuracy"),
    }
    helps = {
        "loss": joined(say("dropout.curves.shaded"), words.watched(second), say("dropout.curves.floor")),
        "accuracy": joined(say("dropout.curves.shaded"), words.watched(second)),
        "fits": say("dropout.fits.caption"),
    }
    boxes: dict[str, DeltaGenerator] = {}
    view = present_values((LOG, TRAIN_MODE))
    for column, what in zip(beside(len(pair)), pair, strict=True):
        with column, st.container(border=True, height="stretch", key=f"card.{what}"):
            st.subheader(titles[what], help=helps[what])
            boxes[what] = st.container()
            with st.container(horizontal=True):
                view |= {control.name: control.draw() for control in pair[what]}
    pinned = {what: pins.rows(partial(_drawn, what)) for what in pair}
    switched = words.from_here(second)
    drawn: dict[str, Drawn] = {}

    def curves(what: str, run: NetworkRun, slot: Any) -> Drawn:
        # the axis stands still in training
        ends = [run.last(name)["epoch"] if run.finished else second.epochs for name in names]
        rule = (second.switch_epoch, switched) if switched and second.switch_epoch < ends[-1] else None
        gaps = {n: words.gap(what, row) for n in names if run.finished and (row := run.ended(n)) is not None}
        which = dropout_frames.LOSSES if what == "loss" else dropout_frames.ACCURACIES
        which = {column: word for column, word in which.items() if view["train_mode"] or word != "train"}
        rows = dropout_frames.curve_rows(run.rows, which, gaps)
        used = tuple(word for word in which.values() if word != "validation" or (rows["curve"] == "validation").any())
        return draw(
            dropout_charts.curves,
            rows,
            slot=slot,
            ghosts=pinned[what],
            labels=words.lines(),
            runs=names,
            names=used,
            log=view["log"] and what == "loss",
            low=dropout_frames.settled(rows) if what == "accuracy" and run.finished else None,
            time=time,
            epochs=max(ends),
            rule=rule,
            percent=what == "accuracy",
            measure=measures[what],
            title=titles[what],
            alt=words.curves(what, {n: (run.last(n), run.ended(n)) for n in names}),
        )

    def show(run: NetworkRun) -> None:
        for what, box in boxes.items():
            slot = drawn[what].slot if what in drawn else None
            with box:
                drawn[what] = picture(run, slot) if picture and what == "fits" else curves(what, run, slot)

    return show, drawn


def _drawn(what: str, ghost: Ghost) -> pd.DataFrame | None:
    return ghost.drawn.get(what)
