"""Dropout: a demo of the mask, a curve fitted with and without, networks on images, and the figures of the paper."""

from functools import partial

import streamlit as st

from regdemo.app.downloads import take_link
from regdemo.app.dropout.controls import DEMO, LAB, PAPER, RUN, VIEW, side
from regdemo.app.dropout.curve import fits, over_seeds, update
from regdemo.app.dropout.ghosts import ghost_of
from regdemo.app.dropout.images import activity, images_used, published
from regdemo.app.dropout.masks import Demo, find_the_bug, sixteen_numbers, ten_thousand_ones
from regdemo.app.dropout.paper import study_section
from regdemo.app.dropout.pictures import pictures
from regdemo.app.dropout.sections import beside, compare_pins, figures, histograms, introduction, take, train_the_pinned
from regdemo.app.dropout.training import trained
from regdemo.app.frame import page
from regdemo.app.opening import foot, open_link
from regdemo.app.pins import Pinned
from regdemo.app.questions import questions
from regdemo.content.say import say

page("dropout")
# of all labs: on a change of lab the link still names what the last one's controls were
open_link((*RUN, *VIEW, *PAPER))
foot((*RUN, *VIEW, *PAPER))
introduction()
lab = LAB.draw()

if lab == "paper":
    study_section()
    questions("dropout", lam=0.5)
    take_link((LAB, *PAPER))
    st.stop()

values = side(lab)
pins = Pinned("dropout", RUN, partial(ghost_of, lab))
row, table = st.container(horizontal=True), st.container()
with row:
    view = {c.name: c.draw() for c in VIEW} if lab != "bench" else {}
    pins.button(values)

if lab == "bench":
    demo = Demo(values["p"], values["draws"], pins)
    mean = sixteen_numbers(demo)
    ten_thousand_ones(demo)
    find_the_bug(demo)
    with table:
        pins.table(values, mean)
    questions("dropout", lam=demo.p)
    take_link((LAB, *DEMO), say("dropout.demo.link"))
    st.stop()

pair = trained(values, view, pins)
if pair is None:
    st.stop()
if lab == "curve":
    charts = [*pair.curves, *beside(pair, fits, histograms)]
    figures(pair)
    update(pair)
    charts += over_seeds(pair)
else:
    figures(pair)
    images_used(pair)
    charts = [*pair.curves, *beside(pair, histograms, activity), *pictures(pair)]
    published(pair)
with table:
    compared = compare_pins(pair)
questions("dropout", lam=pair.config.dropout[-1])
take(pair, charts, compared)
train_the_pinned(pair)
