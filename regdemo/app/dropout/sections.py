"""What the dropout page shows of its two networks in both labs: figures, histograms, pinned runs, what can be taken away."""

from collections.abc import Callable

import pandas as pd
import streamlit as st

from regdemo.app import limits
from regdemo.app.downloads import take_with_you, write_code
from regdemo.app.drawing import Drawn, draw
from regdemo.app.dropout import words as dropout_words
from regdemo.app.dropout.controls import CURVES, KIND, LAB, NETWORKS, OFFSET, VIEW, layer_of, pair_of
from regdemo.app.dropout.ghosts import network_figures, network_ghost
from regdemo.app.dropout.training import Pair
from regdemo.app.frame import page_title, panel
from regdemo.app.labs import title_and_lab
from regdemo.app.network_run import FIGURES, last_figures
from regdemo.app.pins import Ghost
from regdemo.app.trainings import images_or_digits, train_pinned
from regdemo.charts import dropout as dropout_charts
from regdemo.config.phrases import joined
from regdemo.content.say import say
from regdemo.frames import dropout as dropout_frames
from regdemo.frames import overlays


def introduction() -> str:
    """The lab that is chosen beside the title, and what dropout does, in one line."""
    lab = title_and_lab(page_title("dropout"), LAB)
    if lab not in ("decay", "norms"):  # which drop nothing
        st.markdown(say("dropout.introduction"))
    return lab


def formula() -> None:
    """What a layer passes on in train mode and in eval mode, closed until asked for."""
    with panel("formula", say("dropout.formula.heading")) as is_open:
        if is_open:
            st.latex(r"h' = \frac{m \odot h}{1-p}")
            st.latex(r"P(m_i = 0) = p,\quad P(m_i = 1) = 1-p")
            st.markdown(say("dropout.formula.why"))


def histograms(pair: Pair) -> Drawn | None:
    """Weights or gradients of one layer over time, the runs superimposed."""
    st.subheader(say("dropout.histograms.heading"), help=say("dropout.histograms.caption"))
    layers = list(pair.run.weights[-1][2])
    with st.container(horizontal=True):
        kind, layer, offset = KIND.draw(), layer_of(len(layers)), OFFSET.draw()
    pictures, at = pair.run.weights if kind == "weights" else pair.run.gradients, layers[layer]
    rows = dropout_frames.ridgeline_rows(pictures, at)
    if rows.empty:
        st.info(say("dropout.histograms.none"))
        return None

    def ghost(g: Ghost) -> pd.DataFrame:
        last = overlays.ridgeline(g.drawn[kind], at)
        return last.assign(y=last["y"] * 1.6 - rows["level"].max()) if offset else last

    return draw(
        dropout_charts.ridgeline,
        rows,
        runs=pair.names,
        across=say(f"dropout.histograms.across.{kind}", layer=at),
        offset=offset,
        ghosts=pair.pins.rows(ghost),
        title=say(f"dropout.histograms.title.{kind}"),
        alt=dropout_words.spreads(
            kind, at, {name: found for name in pair.names if (found := dropout_frames.spreads(rows, name))}
        ),
    )


def figures(pair: Pair, *more: Callable[[Pair], None]) -> None:
    """The table of both networks' figures, and what else there is in numbers; closed until asked for."""
    with panel("figures", say("dropout.figures.heading")) as is_open:
        if not is_open:
            return
        run = pair.run
        used = {say(f"dropout.figures.{c}"): c for c in FIGURES if run.rows[0][c] is not None}
        ended = {n: run.ended(n) for n in pair.names}
        rows = {n: {w: "–" if row is None else f"{row[c]:.4g}" for w, c in used.items()} for n, row in ended.items()}
        st.table(pd.DataFrame(rows))  # a column a network: it fits a phone
        for section in more:
            section(pair)


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
    lab = pair.values["lab"]
    controls = (LAB, *NETWORKS[lab], *(CURVES if lab == "curve" else VIEW))
    take_with_you(
        "dropout",
        controls,
        pair.config,
        last_figures(pair.run),
        {"history.csv": pair.run.csv},
        charts,
        compared,
        code=lambda style, kind: write_code(pair.config, style, kind),
    )


def train_the_pinned(pair: Pair) -> None:
    """Train what is pinned in this lab and has no ghost yet."""
    if not pair.run.finished:
        return
    named = [pair_of(pin) for pin in pair.pins.pins if pin["lab"] == pair.values["lab"]]
    missing = [configs for configs in named if isinstance(network_ghost(configs), str)]
    missing = missing[: limits.within([[limits.networks(configs)] for configs in missing], limits.NETWORKS)]
    if limits.may_train([limits.networks(configs) for configs in missing], limits.NETWORKS):
        train_pinned(missing, network_ghost)
