"""Reruns leave nothing behind that the collector cannot take: Streamlit's own collection after each of them is turned off."""

import gc
from weakref import ref

from streamlit import config

from regdemo.app import opening
from regdemo.app.weight_decay.controls import STRENGTHS
from tests.helpers.links import QUICK, WEIGHT_DECAY
from tests.helpers.pages import opened, released, sound

WARM, RERUNS = 10, 40


def test_a_moved_hand_again_and_again_leaves_no_more_objects_than_before():
    assert config.get_option("runner.postScriptGC") is False
    assert gc.isenabled()
    at = opened(WEIGHT_DECAY, **QUICK[WEIGHT_DECAY])
    left = []
    for i in range(WARM + RERUNS):
        released(at, 5 + i % 10 if i % 2 else STRENGTHS.index(0.5))
        if i + 1 in (WARM, WARM + RERUNS):
            gc.collect()
            left.append(sum(not isinstance(thing, ref) for thing in gc.get_objects()))  # weak references come and go
    assert left[1] - left[0] < 20 * RERUNS  # a page held would be thousands for each


def test_what_new_charts_took_goes_back_and_a_page_with_nothing_new_gives_nothing_back(monkeypatch):
    given = list[str]()
    monkeypatch.setattr(opening, "give_back", lambda: given.append("back"))
    at = opened(WEIGHT_DECAY, **QUICK[WEIGHT_DECAY], seed="4321")
    assert given == ["back"]
    sound(at.run())
    assert given == ["back"]
