"""L1 versus L2: why L1 selects and L2 shrinks, and why a student's own L1 code gave no zeros."""

import streamlit as st

from regdemo.app.frame import page
from regdemo.app.opening import foot, open_link
from regdemo.app.questions import questions
from regdemo.app.sparsity import sections
from regdemo.app.sparsity.controls import ALL, sidebar
from regdemo.app.sparsity.data import problem_of
from regdemo.app.sparsity.runs import trained
from regdemo.app.updates import linear_microscope
from regdemo.content.say import say

page("l1_vs_l2")
open_link(ALL)
chosen = sidebar()

sections.introduction(chosen["l1_ratio"] if chosen["net"] else None)
runs = trained(chosen, problem_of(chosen))

sections.cards(runs)
shown = sections.pinned(runs)
charts = [
    *sections.coefficients(shown),
    *sections.path_and_choice(shown),
    *sections.loss_and_histogram(shown),
]
sections.zeros(runs)
with st.expander(say("sparsity.update.title")):
    linear_microscope(runs.result.config, runs.share, runs.data)
charts += sections.two_weights(shown)

questions("l1_vs_l2", runs.l1, runs.share, runs.data)
sections.take_away(shown, charts)
foot(ALL)
