"""L1 versus L2: why L1 selects and L2 shrinks, and why a student's own L1 code gave no zeros."""

import streamlit as st

from regdemo.app.drawing import side_by_side
from regdemo.app.frame import page
from regdemo.app.labs import SWEEP, title_and_lab
from regdemo.app.opening import foot, open_link
from regdemo.app.questions import questions
from regdemo.app.sparsity import panels, prior, sections
from regdemo.app.sparsity.controls import ALL, HAND, LAB, sidebar
from regdemo.app.sparsity.data import problem_of
from regdemo.app.sparsity.runs import trained
from regdemo.content.say import say

LABS = {"prior": prior.lab}

page("l1_vs_l2")
open_link(ALL, HAND)
lab = title_and_lab(say("sparsity.title"), LAB)
if lab != SWEEP:
    LABS[lab]()
    foot(ALL)
    st.stop()

chosen = sidebar()
st.markdown(say("sparsity.intro"))
runs = trained(chosen, problem_of(chosen))
sections.hand(runs)

shown = sections.looked_at(runs)
charts = side_by_side(shown, sections.l1_stems, sections.other_stems)
charts += side_by_side(shown, sections.plane, sections.path)
charts += side_by_side(shown, sections.loss, sections.histogram)
compared = sections.compared(shown)
panels.numbers(runs)
charts += panels.choosing(shown)
panels.zeros(runs)
panels.why(runs)
questions("l1_vs_l2", runs.l1, runs.share, runs.data)
sections.take(shown, charts, compared)
shown.pins.train()
foot(ALL)
