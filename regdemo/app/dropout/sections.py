"""What the dropout page shows of its two networks in both labs: figures, histograms, pinned runs, what can be taken away."""

from collections.abc import Callable

import pandas as pd
import streamlit as st

from regdemo.app.downloads import take_with_you, write_code
from regdemo.app.drawing import Drawn, draw
from regdemo.app.dropout import words as dropout_words
from regdemo.app.dropout.controls import LAB, NETWORKS, VIEW, pair_of
from regdemo.app.dropout.ghosts import network_figures, network_ghost
from regdemo.app.dropout.training import Twins
from regdemo.app.frame import page_title
from regdemo.app.pins import Ghost
from regdemo.app.trainings import FIGURES, images_or_digits, last_figures, train_pinned
from regdemo.charts import dropout as dropout_charts
from regdemo.config.phrases import joined
from regdemo.content.say import say
from regdemo.frames import dropout as dropout_frames
from regdemo.frames import overlays


def introduction() -> None:
    """What dropout does, in two sentences and one formula."""
    st.title(page_title("dropout"))
    st.markdown(say("dropout.introduction"))
    st.latex(r"h' = \frac{m \odot h}{1-p},\qquad P(m_i = 0) = p,\quad P(m_i = 1) = 1-p")


def beside(twins: Twins, *sections: Callable[[Twins], list[Drawn]]) -> list[Drawn]:
    """Sections beside each other, each in a box; the charts that they drew."""
    drawn: list[Drawn] = []
    for column, section in zip(st.columns(len(sections)), sections, strict=True):
        with column, st.container(border=True):
            drawn += section(twins)
    return drawn


def histograms(twins: Twins) -> list[Drawn]:
    """Weights or gradients of one layer over time, the runs superimposed."""
    st.subheader(say("dropout.histograms.heading"))
    kind, layer, offset = (twins.view[name] for name in ("kind", "layer", "offset"))
    pictures = twins.run.weights if kind == "weights" else twins.run.gradients
    layers = list(pictures[-1][2]) if pictures else []
    at = layers[min(int(layer) - 1, len(layers) - 1)] if layers else ""
    rows = dropout_frames.ridge_rows(pictures, at)
    if rows.empty:
        st.info(say("dropout.histograms.none"))
        return []

    def ghost(g: Ghost) -> pd.DataFrame:
        last = overlays.ridge(g.drawn[kind], at)
        return last.assign(y=last["y"] * 1.6 - rows["level"].max()) if offset else last

    drawn = draw(
        dropout_charts.ridges, rows, runs=twins.names, across=say(f"dropout.histograms.across.{kind}", layer=at), offset=offset, ghosts=twins.pins.rows(ghost),
        title=say(f"dropout.histograms.title.{kind}"),
        alt=dropout_words.spreads(kind, at, {name: found for name in twins.names if (found := dropout_frames.spreads(rows, name))}),
    )  # fmt: skip
    st.caption(say("dropout.histograms.caption"))
    return [drawn]


def figures(twins: Twins) -> None:
    """The table of both networks' figures, and what there is to say of them."""
    run, names = twins.run, twins.names
    used = {say(f"dropout.figures.{c}"): c for c in FIGURES if run.rows[0][c] is not None}
    ended = {n: run.ended(n) for n in names}
    rows = {n: {w: "–" if row is None else f"{row[c]:.4g}" for w, c in used.items()} for n, row in ended.items()}
    st.table(pd.DataFrame.from_dict(rows, orient="index"))
    for n in names:
        last = run.last(n)
        if last["diverged"]:
            st.error(dropout_words.diverged(n, last, ended[n]))
        elif last["stopped"]:
            st.info(dropout_words.stopped_early(n, run.configs[n], last))
    if silenced := dropout_words.everything_dropped(twins.config, run.last(twins.name)["epoch"]):
        st.info(silenced)
    if run.finished and (said := dropout_words.outcome(names, *(run.of(n) for n in names))):
        st.markdown(said)


def compare_pins(twins: Twins) -> pd.DataFrame | None:
    """The table of pinned runs beside the present one."""
    pins, values = twins.pins, twins.values
    swapped = values["lab"] == "images" and any(
        images_or_digits(pin["dataset"], tell=False) != pin["dataset"] for pin in pins.pins if pin["lab"] == "images"
    )
    note = joined(say("dropout.pins.note"), say("dropout.pins.swapped") if swapped else "")
    return pins.table(values, network_figures(twins.run), note)


def take(twins: Twins, charts: list[Drawn], compared: pd.DataFrame | None) -> None:
    """Take it with you: the second network's program, both networks' figures."""
    controls = (LAB, *NETWORKS[twins.values["lab"]], *VIEW)
    take_with_you(
        "dropout", controls, twins.config, last_figures(twins.run), {"history.csv": twins.run.csv}, charts, compared,
        code=lambda style, kind: write_code(twins.config, style, kind),
    )  # fmt: skip


def train_the_pinned(twins: Twins) -> None:
    """Train what is pinned in this lab and has no ghost yet."""
    if twins.run.finished:
        train_pinned([pair_of(pin) for pin in twins.pins.pins if pin["lab"] == twins.values["lab"]], network_ghost)
