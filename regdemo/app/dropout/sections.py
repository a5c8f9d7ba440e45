"""What the dropout page shows of its two networks in both labs: figures, histograms, pinned runs, what can be taken away."""

from collections.abc import Callable

import pandas as pd
import streamlit as st

from regdemo.app.downloads import take_with_you, write_code
from regdemo.app.drawing import Drawn, draw
from regdemo.app.dropout import words as dropout_words
from regdemo.app.dropout.controls import LAB, NETWORKS, VIEW, pair_of
from regdemo.app.dropout.ghosts import network_figures, network_ghost
from regdemo.app.dropout.training import Pair
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


def beside(pair: Pair, *sections: Callable[[Pair], list[Drawn]]) -> list[Drawn]:
    """Sections beside each other, each in a box; the charts that they drew."""
    drawn: list[Drawn] = []
    for column, section in zip(st.columns(len(sections)), sections, strict=True):
        with column, st.container(border=True):
            drawn += section(pair)
    return drawn


def histograms(pair: Pair) -> list[Drawn]:
    """Weights or gradients of one layer over time, the runs superimposed."""
    st.subheader(say("dropout.histograms.heading"))
    kind, layer, offset = (pair.view[name] for name in ("kind", "layer", "offset"))
    pictures = pair.run.weights if kind == "weights" else pair.run.gradients
    layers = list(pictures[-1][2]) if pictures else []
    at = layers[min(int(layer) - 1, len(layers) - 1)] if layers else ""
    rows = dropout_frames.ridgeline_rows(pictures, at)
    if rows.empty:
        st.info(say("dropout.histograms.none"))
        return []

    def ghost(g: Ghost) -> pd.DataFrame:
        last = overlays.ridgeline(g.drawn[kind], at)
        return last.assign(y=last["y"] * 1.6 - rows["level"].max()) if offset else last

    drawn = draw(
        dropout_charts.ridgeline, rows, runs=pair.names, across=say(f"dropout.histograms.across.{kind}", layer=at), offset=offset, ghosts=pair.pins.rows(ghost),
        title=say(f"dropout.histograms.title.{kind}"),
        alt=dropout_words.spreads(kind, at, {name: found for name in pair.names if (found := dropout_frames.spreads(rows, name))}),
    )  # fmt: skip
    st.caption(say("dropout.histograms.caption"))
    return [drawn]


def figures(pair: Pair) -> None:
    """The table of both networks' figures, and what there is to say of them."""
    run, names = pair.run, pair.names
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
    if silenced := dropout_words.everything_dropped(pair.config, run.last(pair.name)["epoch"]):
        st.info(silenced)
    if run.finished and (said := dropout_words.outcome(names, *(run.of(n) for n in names))):
        st.markdown(said)


def compare_pins(pair: Pair) -> pd.DataFrame | None:
    """The table of pinned runs beside the present one."""
    pins, values = pair.pins, pair.values
    swapped = values["lab"] == "images" and any(
        images_or_digits(pin["dataset"], tell=False) != pin["dataset"] for pin in pins.pins if pin["lab"] == "images"
    )
    note = joined(say("dropout.pins.note"), say("dropout.pins.swapped") if swapped else "")
    return pins.table(values, network_figures(pair.run), note)


def take(pair: Pair, charts: list[Drawn], compared: pd.DataFrame | None) -> None:
    """Take it with you: the second network's program, both networks' figures."""
    controls = (LAB, *NETWORKS[pair.values["lab"]], *VIEW)
    take_with_you(
        "dropout", controls, pair.config, last_figures(pair.run), {"history.csv": pair.run.csv}, charts, compared,
        code=lambda style, kind: write_code(pair.config, style, kind),
    )  # fmt: skip


def train_the_pinned(pair: Pair) -> None:
    """Train what is pinned in this lab and has no ghost yet."""
    if pair.run.finished:
        train_pinned([pair_of(pin) for pin in pair.pins.pins if pin["lab"] == pair.values["lab"]], network_ghost)
