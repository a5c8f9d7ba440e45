"""Dropout: a bench for the mask, a curve fitted with and without, and networks on images."""

from dataclasses import replace

import streamlit as st

from regdemo import PRESETS
from regdemo.app.controls import new_seed, preset_picker, sidebar_controls
from regdemo.app.downloads import take_link, take_with_you, write_code
from regdemo.app.dropout.controls import (
    BENCH,
    CURVE,
    IMAGES,
    LAB,
    MORE,
    PAPER,
    RUN,
    STARTS,
    VIEW,
    curve_base,
    image_pair,
    pair_of,
    resting,
)
from regdemo.app.dropout.curve import curve_lab
from regdemo.app.dropout.images import image_lab
from regdemo.app.dropout.masks import bench_ghost, bench_lab
from regdemo.app.dropout.paper import study_section
from regdemo.app.dropout.sections import network_figures, network_ghost
from regdemo.app.frame import page
from regdemo.app.opening import open_link
from regdemo.app.pins import Ghost, Pinned
from regdemo.app.questions import questions
from regdemo.app.trainings import images_or_digits, last_figures, train_pinned

page("dropout")


def ghost_of(pin: dict) -> Ghost | str:
    """What is left of a pinned run, where it belongs to the lab on screen."""
    if pin["lab"] != lab:
        return f"It belongs to the lab “{pin['lab']}”."
    return bench_ghost(pin["p"], pin["draws"]) if lab == "bench" else network_ghost(pair_of(pin))


# of all labs: on a change of lab the link still names what the last one's controls were
open_link((*RUN, *VIEW, *PAPER))
st.title("Dropout")
st.markdown(
    "In every training step dropout sets each unit to zero with probability **p**, so that no unit can rely on another. "
    "What is kept is scaled up, and in eval mode nothing is dropped."
)
st.latex(r"h' = \frac{m \odot h}{1-p},\qquad P(m_i = 0) = p,\quad P(m_i = 1) = 1-p")
lab = LAB.draw()

if lab == "paper":
    study_section()
    questions("dropout", lam=0.5)
    take_link((LAB, *PAPER))
    st.stop()

with st.sidebar:
    if lab == "images":
        start = st.container()
        chosen = sidebar_controls(IMAGES)
        with st.expander("More"):
            chosen |= sidebar_controls(MORE, disabled=resting)
        preset_picker(start, STARTS, chosen)
    else:
        chosen = sidebar_controls(BENCH if lab == "bench" else CURVE)
    if lab != "bench":
        new_seed("Other data, start, order and masks.")
now = {c.name: c.default for c in RUN} | chosen | {"lab": lab}

pins = Pinned("dropout", RUN, ghost_of)
row, table = st.container(horizontal=True), st.container()
with row:
    view = {c.name: c.draw() for c in VIEW} if lab != "bench" else {}
    pins.button(now)

if lab == "bench":
    figures = bench_lab(chosen["p"], chosen["draws"], pins)
    with table:
        pins.table(now, figures)
    questions("dropout", lam=chosen["p"])
    take_link((LAB, *BENCH), "A resampled mask is not part of the link.")
    st.stop()

if lab == "curve":
    configs = pair_of(now)
    shown = curve_lab(curve_base(now), chosen["p_first"], chosen["p_second"], chosen["curve_seeds"], view, pins)
else:
    dataset = images_or_digits(chosen["dataset"])
    configs = image_pair(now, dataset)
    config = list(configs.values())[-1]
    published = dataset == "fashion-mnist" and config.lr in (0.39, 0.5) and replace(config, seed=0, lr=0.5) == PRESETS["D3"]
    shown = image_lab(configs, view, published, pins)

if shown is not None:
    run, charts = shown
    with table:
        swapped = lab == "images" and any(
            images_or_digits(pin["dataset"], tell=False) != pin["dataset"] for pin in pins.pins if pin["lab"] == lab
        )
        compared = pins.table(
            now, network_figures(run), "Figures and grey lines are of each pair's second network; if it diverged, the figures are its last finite ones."
            + (" Pinned runs whose images cannot be had here were trained on digits instead." if swapped else ""),
        )  # fmt: skip
    last = list(configs.values())[-1]
    questions("dropout", lam=last.dropout[-1])
    take_with_you(
        "dropout", (LAB, *(CURVE if lab == "curve" else (*IMAGES, *MORE)), *VIEW), last, last_figures(run), {"history.csv": run.csv}, charts, compared,
        code=lambda style, kind: write_code(last, style, kind),
    )  # fmt: skip
    if run.finished:
        train_pinned([pair_of(dict(pin)) for pin in pins.pins if pin["lab"] == lab], network_ghost)
