"""Dropout: a demo of the mask, a curve with and without it, networks on images, weight decay with Adam, and the paper's figures."""

from functools import partial

import streamlit as st

from regdemo.app.downloads import take_link
from regdemo.app.drawing import side_by_side
from regdemo.app.dropout.controls import ALL, BARS, DEMO, LAB, PAPER, RUN, rates, side
from regdemo.app.dropout.curve import fits, over_seeds, update
from regdemo.app.dropout.decay import lab as decay_lab
from regdemo.app.dropout.ghosts import ghost_of
from regdemo.app.dropout.images import activity, images_used, modes, published
from regdemo.app.dropout.masks import (
    demo_of,
    find_the_bug,
    hand,
    network,
    other_ways,
    running_mean,
    sixteen_numbers,
    ten_thousand_ones,
)
from regdemo.app.dropout.norms import lab as norms_lab
from regdemo.app.dropout.paper import study_section
from regdemo.app.dropout.pictures import averages, pictures, thins
from regdemo.app.dropout.rates import lab as rates_lab
from regdemo.app.dropout.sections import (
    compare_pins,
    figures,
    formula,
    histograms,
    introduction,
    take,
    train_the_pinned,
)
from regdemo.app.dropout.training import trained
from regdemo.app.frame import page
from regdemo.app.opening import foot, open_link, present_values
from regdemo.app.pins import Pinned
from regdemo.app.questions import questions

LABS = {"rates": rates_lab, "decay": decay_lab, "norms": norms_lab}

page("dropout")
# of all labs: on a change of lab the link still names what the last one's controls were
open_link(ALL, BARS.get(present_values((LAB,))["lab"]))
lab = introduction()

if lab in LABS:
    LABS[lab]()
    foot(ALL)
    st.stop()

if lab == "paper":
    study_section()
    questions("dropout", lam=0.5)
    take_link((LAB, *PAPER))
    foot(ALL)
    st.stop()

values = side(lab, rates(lab))
pins = Pinned("dropout", RUN, partial(ghost_of, lab))

if lab == "bench":
    demo = demo_of(values["p"], values["draws"], pins)
    hand(demo)
    side_by_side(demo, network, sixteen_numbers)
    side_by_side(demo, running_mean)
    pins.button(values)
    pins.table(values, {"dropout.demo.figure": demo.mean})
    other_ways(demo)
    ten_thousand_ones(demo)
    find_the_bug(demo)
    formula()
    questions("dropout", lam=demo.p)
    take_link((LAB, *DEMO))
    foot(ALL)
    st.stop()

pair = trained(values, pins, partial(fits, pins) if lab == "curve" else None)
if pair is None:
    st.stop()
if lab == "curve":
    charts = [*pair.curves, *over_seeds(pair)]
    pins.button(values)
    compared = compare_pins(pair)
    figures(pair)
    update(pair)
else:
    charts = [
        *pair.curves,
        *side_by_side(pair, histograms, activity),
        *side_by_side(pair, *((averages,) if thins(pair.run) else ())),
    ]
    pins.button(values)
    compared = compare_pins(pair)
    figures(pair, images_used, modes)
    pictures(pair)
    published(pair)
formula()
questions("dropout", lam=pair.config.dropout[-1])
take(pair, charts, compared)
train_the_pinned(pair)
foot(ALL)
