"""Weight decay: what λ does to a linear model with more coefficients than data points, and what it does not do."""

import streamlit as st

from regdemo.app.controls import new_seed, preset_picker, sidebar_controls
from regdemo.app.drawing import side_by_side
from regdemo.app.frame import page
from regdemo.app.labs import SWEEP, title_and_lab
from regdemo.app.limits import may_train, sweep
from regdemo.app.linear_figures import linear_figures
from regdemo.app.opening import foot, open_link, present_values
from regdemo.app.pins import Pinned
from regdemo.app.questions import questions
from regdemo.app.sweeps import linear_run
from regdemo.app.weight_decay import bias, descent, early, sections
from regdemo.app.weight_decay.controls import ALL, GROUPS, HAND, LAB, MAIN, MORE, RUN, STARTS, VIEW, configured, resting
from regdemo.app.weight_decay.runs import Charted, Shown, ghost
from regdemo.app.weight_decay.ways import other_ways
from regdemo.content.say import say

LABS = {"early": early.lab, "descent": descent.lab, "bias": bias.lab}

page("weight_decay")
open_link(ALL, HAND)
lab = title_and_lab(say("weight_decay.title"), LAB)
if lab != SWEEP:
    LABS[lab]()
    foot(ALL)
    st.stop()

with st.sidebar:
    start = st.container()
    chosen = present_values((HAND,)) | sidebar_controls(MAIN)
    with st.expander(say("weight_decay.more")):
        chosen |= sidebar_controls(MORE, resting, GROUPS)
        new_seed(say("weight_decay.new_seed"))
    preset_picker(start, STARTS, chosen, lambda id: say(f"weight_decay.starts.{id}"))
config, k = configured(chosen)

st.markdown(say("weight_decay.idea"))
if not may_train([sweep(config)]):
    st.stop()
trained = linear_run(config)
shown = Shown(trained, k)
sections.hand(shown)

pins = Pinned("weight_decay", RUN, lambda pin: ghost(*configured(pin)))
view = present_values(VIEW)
charted = Charted(trained, k, view, pins)
charts = side_by_side(charted, sections.loss, sections.validation_curve)
charts += side_by_side(charted, sections.coefficients, sections.norms)
with st.container(horizontal=True):
    for control in VIEW:
        control.draw()
    pins.button(chosen)
compared = pins.table(chosen, linear_figures(shown.result, k), say("weight_decay.pinned"))
sections.numbers(shown)
sections.update(charted)
other_ways(config, shown.lam)
questions("weight_decay", config, shown.lam)
sections.take(charted, charts, compared)
pins.train()
foot(ALL)
