"""The bar: whatever moves λ moves the one hand, and the address, the settings left and the open panels follow it."""

import json
from types import SimpleNamespace
from typing import Any

import pytest
import streamlit
from streamlit.testing.v1 import AppTest

from regdemo.app.links import LINK_VERSION
from regdemo.app.weight_decay.controls import HAND, RUN, STRENGTHS
from tests.helpers.links import IDS, QUICK, WEIGHT_DECAY, move, shown_link, widgets
from tests.helpers.pages import film, lead, metrics, open_panels, opened, released, sound

V = str(LINK_VERSION)
DEFAULT = STRENGTHS.index(HAND.default)


def page(**link: Any) -> AppTest:
    return opened(WEIGHT_DECAY, **QUICK[WEIGHT_DECAY] | link)


def stands(at: AppTest) -> tuple[float, str | None, float | None]:
    """Where the bar stands, what the address says of it, and what the page would be found with."""
    left = at.session_state["regdemo"].settings_left[IDS[WEIGHT_DECAY]]["lam"]
    told = film(at)
    assert told["at"] == STRENGTHS.index(at.session_state["lam"])
    assert told["labels"][told["at"]] == f"λ = {at.session_state['lam']:g}"
    given = at.query_params.get("lam")
    return at.session_state["lam"], given[0] if isinstance(given, list) else given, left


def news(at: AppTest) -> int:
    """How often the page has moved the bar."""
    return film(at)["news"]


def test_a_released_lambda_comes_into_the_page_its_address_and_what_it_is_left_with():
    at = page()
    assert stands(at) == (0.5, None, 0.5)
    released(at, STRENGTHS.index(3.0))
    assert stands(at) == (3.0, "3", 3.0)
    assert at.query_params["v"] == V
    assert shown_link(at)["lam"] == "3"
    released(at, DEFAULT)
    assert stands(at) == (0.5, None, 0.5)
    assert "lam" not in shown_link(at)


def test_every_place_of_the_bar_is_a_lambda_of_its_own():
    at = page()
    for k, lam in enumerate(STRENGTHS):
        released(at, k)
        assert stands(at)[0] == lam
        told = film(at)
        assert lead(at) == told["leads"][k]
        assert metrics(at) == {name: texts[k] for name, texts in told["figures"]}


@pytest.mark.parametrize("k", [-1, 32, 99, 1e300, 2.5, "x", "3", None, [3], {"k": 3}, float("nan"), float("inf")])
def test_what_is_no_place_of_the_bar_changes_nothing(k):
    at = page(lam="2")
    before, told = stands(at), film(at)
    released(at, k)
    assert stands(at) == before == (2.0, "2", 2.0)
    assert film(at) == told


def test_a_place_written_with_a_point_is_the_same_place():
    assert stands(released(page(), 3.0))[0] == STRENGTHS[3]


def test_the_links_lambda_is_where_the_bar_stands_as_the_page_opens():
    assert stands(page(lam="7")) == (7.0, "7", 7.0)
    assert stands(page(lam="5.0")) == (5.0, "5", 5.0)
    assert stands(page(lam="0.5")) == (0.5, None, 0.5)  # the default is left out
    assert stands(page(lam="1e6"))[0] == 0.5
    assert stands(page(lam=["1", "2"]))[0] == 0.5


def test_going_back_and_forward_in_the_browser_moves_the_bar():
    """The browser changes the address, and the page runs with what it then holds."""
    at = page()
    released(at, STRENGTHS.index(3.0))
    del at.query_params["lam"]  # back
    sound(at.run())
    assert stands(at) == (0.5, None, 0.5)
    at.query_params["lam"] = "3"  # forward
    sound(at.run())
    assert stands(at) == (3.0, "3", 3.0)
    at.query_params["lam"] = "no number"
    sound(at.run())
    assert stands(at) == (0.5, None, 0.5)


def test_the_bar_is_told_only_of_what_it_has_not_said_itself():
    """What it said comes back as an echo, late: it must not pull the hand that has moved on."""
    at = page()
    first = news(at)
    released(at, STRENGTHS.index(3.0))
    assert news(at) == first
    sound(widgets(at)["noise"].set_value(0.1).run())  # another sweep
    assert news(at) == first
    released(at, 99)
    assert news(at) == first
    sound(at.selectbox(key="app.start").set_value("late").run())  # λ = 3, where it stands already
    assert news(at) == first
    sound(at.selectbox(key="app.start").set_value("helps").run())
    assert (news(at), stands(at)[0]) == (first + 1, 0.5)


def start(at: AppTest) -> AppTest:
    return sound(at.selectbox(key="app.start").set_value("late").run())


def click(at: AppTest) -> AppTest:
    """A click on a point of the validation curve."""
    state = at._tree.get_widget_states()
    (chart,) = [c for c in at.get("vega_lite_chart") if c.proto.id.endswith("app.sweep")]
    chosen = state.widgets.add()
    chosen.id, chosen.string_value = chart.proto.id, json.dumps({"selection": {"pick": [{"strength": 3.0}]}})
    return sound(at._run(state))


def go_back(at: AppTest) -> AppTest:
    """ "Open it again" of a pinned run."""
    at.session_state["regdemo"].pins[IDS[WEIGHT_DECAY]].append(
        {control.name: at.session_state[control.name] for control in RUN} | {"lam": 3.0}
    )
    sound(at.run())
    with pytest.MonkeyPatch.context() as patch:
        real = streamlit.dataframe

        def first_pin(*values: Any, **options: Any) -> Any:
            event = real(*values, **options)
            return SimpleNamespace(selection=SimpleNamespace(rows=[1])) if options.get("on_select") else event

        patch.setattr(streamlit, "dataframe", first_pin)
        sound(at.run())
        return sound(at.button(key="pins.open").click().run())


def link(at: AppTest) -> AppTest:
    at.query_params["lam"] = "3"
    return sound(at.run())


MOVERS = {"a start": start, "a click in the validation curve": click, "a pinned run": go_back, "the address": link}


@pytest.mark.parametrize("mover", MOVERS)
def test_whatever_moves_lambda_moves_the_same_hand(mover):
    at = page()
    before = news(at)
    MOVERS[mover](at)
    assert stands(at) == (3.0, "3", 3.0)
    assert news(at) == before + 1
    released(at, STRENGTHS.index(7.0))  # and the hand goes on from there
    assert stands(at) == (7.0, "7", 7.0)
    assert news(at) == before + 1


@pytest.mark.parametrize("mover", MOVERS)
@pytest.mark.parametrize("held", [{"lock": "lam"}, {"hide": "lam"}])
def test_a_lambda_that_a_teacher_holds_is_moved_by_nothing(mover, held):
    at = page(lam="2", **held)
    told = film(at)
    assert (told["locked"], told["hidden"]) == ("lock" in held, "hide" in held)
    MOVERS[mover](at)
    assert stands(at)[0] == 2.0
    before = news(at)
    released(at, 3)
    assert stands(at)[0] == 2.0
    assert news(at) == before  # it was not moved and put back: it was not moved
    assert shown_link(at)["lam"] == "2"


def test_a_page_is_come_back_to_with_the_lambda_that_it_was_left_with():
    at = page()
    move(at, 3.0)
    at.query_params.clear()  # as a click on another page's name does
    sound(at.switch_page("streamlit_app.py").run())
    assert at.session_state["lam"] == 0.0  # the overview's own
    overview = film(at)
    assert overview["news"] > 0
    move(at, at.session_state["lam"])
    at.query_params.clear()
    sound(at.switch_page(WEIGHT_DECAY).run())
    assert stands(at) == (3.0, "3", 3.0)
    assert news(at) > overview["news"]  # another bar: it is told where to stand
    at.query_params.clear()
    sound(at.switch_page("streamlit_app.py").run())
    at.switch_page(WEIGHT_DECAY)
    at.query_params.update(QUICK[WEIGHT_DECAY] | {"v": V, "lam": "7"})  # a link that is followed wins
    sound(at.run())
    assert stands(at) == (7.0, "7", 7.0)


def test_the_film_stops_at_epochs_that_the_charts_have():
    told = film(page(epochs="100"))
    assert told["epochs"][0] == 0
    assert told["epochs"][-1] == 100
    assert told["epochs"] == sorted(set(told["epochs"]))
    assert told["zero"] == STRENGTHS.index(0.0)


def test_open_panels_follow_and_closed_ones_cost_nothing():
    at = page()
    assert at.table == []
    open_panels(at, "numbers")
    for lam in (0.0, 7.0):
        move(at, lam)
        assert at.table[0].value.columns[-1] == f"λ = {lam:g}"


def test_an_exercise_and_a_question_leave_the_hand_where_it_is():
    at = page(lam="7", ask="3", exercise="best-lambda")
    assert stands(at) == (7.0, "7", 7.0)
