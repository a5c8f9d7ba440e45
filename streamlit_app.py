"""The overview: what this is, an experiment of thirty seconds, and where to go. It appears before torch is imported."""

import streamlit as st

from regdemo.app.frame import card, page, warm_up
from regdemo.app.opening import foot, keep_aside, open_link, present_values
from regdemo.app.overview.controls import ALL, HAND, NOISE_SEED
from regdemo.app.overview.sections import polynomial
from regdemo.app.questions import exercises, overview
from regdemo.app.serving import MIDDLEWARE, opened
from regdemo.content.say import say

if __name__ != "__main__":  # `streamlit run` takes its server from here; the server runs this file again for each visitor
    app = st.App(__file__, middleware=MIDDLEWARE, lifespan=opened)
else:
    page("overview")
    open_link(ALL, HAND)

    st.title(say("overview.title"))
    st.markdown(say("overview.intro"))
    values = present_values(ALL)
    keep_aside((NOISE_SEED,))  # no widget of its own writes it into the address
    polynomial(values["draw"], values["lam"])

    st.subheader(say("overview.cards.heading"))
    for column, id in zip(st.columns(3), ("weight_decay", "l1_vs_l2", "dropout"), strict=True):
        with column:
            card(id, say(f"overview.cards.{id}.text"), say(f"overview.cards.{id}.picture"))
    overview()
    exercises()
    warm_up()
    foot(ALL)
