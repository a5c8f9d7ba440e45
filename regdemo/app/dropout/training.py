"""The two networks of a lab while they train: their learning curves grow, and what they came to is what the sections show."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from regdemo.app.drawing import Drawn, draw
from regdemo.app.dropout import words as dropout_words
from regdemo.app.dropout.controls import pair_of
from regdemo.app.pins import Ghost, Pinned
from regdemo.app.session import Pin
from regdemo.app.trainings import NetworkRun, live
from regdemo.charts import dropout as dropout_charts
from regdemo.config.configs import NetworkConfig
from regdemo.content.say import say
from regdemo.frames import dropout as dropout_frames

GRID = np.linspace(-1, 1, 81, dtype=np.float32)  # where the curve lab draws its fits


@dataclass(frozen=True, eq=False)
class Pair:
    """Two networks and all that the page shows of them: the values they were made from, their run, its view and pinned runs."""

    values: Pin  # control -> value
    run: NetworkRun
    view: Mapping[str, Any]
    pins: Pinned
    curves: list[Drawn]  # the learning curves, which grew while the run did
    status: DeltaGenerator  # where the training's progress stood

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


def trained(values: Pin, view: Mapping[str, Any], pins: Pinned) -> Pair | None:
    """The networks that the values name, trained before the reader's eyes; None where the training broke off."""
    configs = pair_of(values, tell=True)
    status = st.empty()
    show, drawn = learning_curves(configs, view["log"], pins)
    run = live(configs, show, status)
    return None if run is None else Pair(values, run, view, pins, list(drawn.values()), status)


def learning_curves(
    configs: dict[str, NetworkConfig], log: bool, pins: Pinned
) -> tuple[Callable[[NetworkRun], None], dict[str, Drawn]]:
    """Containers for the learning curves: the function that draws a run into them, again and again while it grows, and what it drew."""
    names, second = tuple(configs), list(configs.values())[-1]
    regression = second.dataset == "curve"
    left, right = (st.container(), None) if regression else st.columns(2)
    drawn: dict[str, Drawn] = {}
    boxes = {"loss": left.container(border=True)} | ({"accuracy": right.container(border=True)} if right else {})
    titles = {what: say(f"dropout.curves.title.{what}") for what in boxes}
    loss = say("dropout.curves.measure.squared" if regression else "dropout.curves.measure.entropy")
    measures = {"loss": loss, "accuracy": say("dropout.curves.measure.accuracy")}
    helps = {"loss": say("dropout.curves.floor")}
    for what, box in boxes.items():
        box.subheader(titles[what], help=helps.get(what))
    pinned = {what: pins.rows(partial(_drawn, what)) for what in boxes}
    switched = dropout_words.from_here(second)

    def show(run: NetworkRun) -> None:
        # the axis stands still in training
        ends = [run.last(name)["epoch"] if run.finished else second.epochs for name in names]
        rule = (second.switch_epoch, switched) if switched and second.switch_epoch < ends[-1] else None
        for what, box in boxes.items():
            which = dropout_frames.LOSSES if what == "loss" else dropout_frames.ACCURACIES
            rows = dropout_frames.curve_rows(run.rows, which)
            used = tuple(curve for curve in which.values() if curve != "validation" or (rows["curve"] == "validation").any())
            with box:
                drawn[what] = draw(
                    dropout_charts.curves, rows, slot=drawn[what].slot if what in drawn else None,
                    ghosts=pinned[what], labels=dropout_words.lines(), runs=names, names=used, log=log and what == "loss",
                    epochs=max(ends), rule=rule, percent=what == "accuracy", measure=measures[what], title=titles[what],
                    alt=dropout_words.curves(what, {n: (run.last(n), run.ended(n)) for n in names}),
                )  # fmt: skip

    return show, drawn


def _drawn(what: str, ghost: Ghost) -> pd.DataFrame:
    return ghost.drawn[what]
