"""The bar: one control on λ, and one on the epoch, that moves every chart of a page in the browser.

All strengths of a sweep are trained before the reader moves λ. So the sweep travels once, the charts listen to the bar
(charts.theme.HAND and MOMENT), and the server hears of λ when the hand lets go: the address and what is open follow.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import streamlit as st

from regdemo.app.class_view import present_view
from regdemo.app.controls import Control
from regdemo.app.frame import speak
from regdemo.app.opening import keep_in_address
from regdemo.app.session import session
from regdemo.content.say import say

_HERE = Path(__file__).parent
_COMPONENT = st.components.v2.component(
    "bar",
    html=(_HERE / "bar.html").read_text(encoding="utf-8"),
    css=(_HERE / "bar.css").read_text(encoding="utf-8"),
    js=(_HERE / "bar.js").read_text(encoding="utf-8"),
    isolate_styles=False,
)
KEY = "app.bar"


@dataclass(frozen=True, eq=False)
class Film:
    """What the bar tells of a sweep while λ moves: a text for each strength, all in the reader's language."""

    labels: Sequence[str]
    leads: Sequence[str]  # the sentence on top
    figures: Sequence[tuple[str, Sequence[str]]]  # name -> a text for each strength
    zero: int | None = None  # the strength that the figures are compared with
    epochs: Sequence[int] = ()  # those that the film of the training stops at
    time: Mapping[str, str] = field(default_factory=dict)  # what the film's slider and button are called, if it is no training


@st.fragment
def bar(control: Control, film: Film, below: Callable[[int], object] = lambda k: None) -> None:
    """Draw the bar of a control whose options are the film's strengths; `below(k)` draws under it what belongs to one.

    When the hand lets go, the bar alone runs again, and the page with it only where an open panel has to follow.
    """
    speak()
    here, view, state = session(), present_view(), st.session_state
    value = state[control.name]
    if here.hand != (here.page, control.name, value):  # moved by the page: a start, a click, a link; or another bar
        here.hand, here.hand_news = (here.page, control.name, value), here.hand_news + 1

    def moved() -> None:
        k = state[KEY].k
        if isinstance(k, int | float) and k in range(len(control.options)) and control.name not in view.values:
            state[control.name] = control.options[int(k)]
            here.hand = (here.page, control.name, state[control.name])
            keep_in_address(control)

    released = (
        _COMPONENT(
            key=KEY,
            on_k_change=moved,
            data={
                "labels": list(film.labels),
                "leads": list(film.leads),
                "epochs": [int(e) for e in film.epochs],
                "figures": [[name, list(texts)] for name, texts in film.figures],
                "zero": film.zero,
                "at": control.options.index(value),
                "news": here.hand_news,
                "locked": control.name in view.lock,
                "hidden": control.name in view.hide,
                "words": {
                    "name": control.label,
                    "back": say("common.bar.back"),
                    "on": say("common.bar.on"),
                    "epoch": say("common.bar.epoch"),
                    "epoch_at": say("common.bar.epoch_at"),
                    "play": say("common.bar.play"),
                    "pause": say("common.bar.pause"),
                    "against": say("common.bar.against"),
                    **film.time,
                },
            },
        ).k
        is not None
    )
    if released and here.panels:
        st.rerun()
    below(control.options.index(value))
