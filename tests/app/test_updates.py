"""The microscope on a page of its own, through Streamlit's AppTest: its buttons, its numbers, and a change of the run."""

import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from regdemo import LinearConfig, NetworkConfig, train_network
from regdemo.replay.dropout import DropoutReplay
from regdemo.replay.formulas import columns, number
from regdemo.replay.linear import Replay
from tests.helpers import pages

LINEAR = LinearConfig(
    n_train=12, n_features=15, n_test=3, n_validation=2, batch_size=5, lr=0.01, epochs=4, strengths=(0.0, 0.7), seeds=2
)
CURVE = NetworkConfig(
    dataset="curve", hidden=(8, 12), dropout=(0.5,), init="torch", n_train=6, n_test=5, lr=0.01, momentum=0.9, batch_size=6, epochs=9
)  # fmt: skip


def linear_page(config):
    from dataclasses import replace

    import streamlit as st

    from regdemo.app.updates import linear_microscope

    linear_microscope(replace(config, lr=st.selectbox("η", (config.lr, config.lr / 2))), 0.7)


def curve_page(config, model):
    from regdemo.app.updates import dropout_microscope

    dropout_microscope(config, model)


def linear(**fields: Any) -> AppTest:
    at = AppTest.from_function(linear_page, kwargs={"config": LinearConfig(**{**vars(LINEAR), **fields})}, default_timeout=60)
    return opened(at)


def opened(at: AppTest) -> AppTest:
    at.run()
    at.toggle[0].set_value(True)
    return sound(at.run())


def sound(at: AppTest) -> AppTest:
    assert not at.exception
    return at


def click(at: AppTest, label: str) -> AppTest:
    (button,) = [b for b in at.button if b.label == label]
    button.click()
    return sound(at.run())


def text(at: AppTest) -> str:
    return "\n".join(m.value for m in at.markdown)


def update(at: AppTest) -> int:
    (found,) = re.findall(r"\*\*Update (\d+) of \d+\*\*", text(at))
    return int(found)


def test_nothing_is_replayed_before_the_switch_is_on():
    at = AppTest.from_function(linear_page, kwargs={"config": LINEAR}).run()
    assert not at.exception
    assert [t.value for t in at.toggle] == [False]
    assert not [*at.table, *at.latex, *at.button]


def test_buttons_move_by_an_update_by_an_epoch_to_the_end_and_back():
    at = linear()
    seen = [update(at)]
    for label in ("one update", "one update", "one epoch", "to the end", "back to the start"):
        seen.append(update(click(at, label)))
    assert seen == [1, 2, 3, 6, 12, 1]
    assert update(click(at.number_input[0].set_value(11) and at, "one epoch")) == 12  # not past the last
    assert {b.label: b.disabled for b in at.button} == {
        "one update": True, "one epoch": True, "to the end": True, "back to the start": False,
    }  # fmt: skip


def test_the_tables_hold_the_replays_numbers_and_the_largest_weights_at_the_start():
    at = click(linear(), "one update")
    replay = Replay(LINEAR, 0.7)
    largest = sorted(range(15), key=lambda j: -abs(replay.step(1).before[j]))[:4]
    examples, weights = (t.value for t in at.table)
    step = replay.step(2)
    assert list(examples.index) == [f"example {i + 1}" for i in step.examples]
    assert list(examples["error ŷ − y"]) == [number(e) for e in step.errors]
    assert list(weights.index) == [*(f"w{j + 1}" for j in largest), "bias"]
    assert list(weights) == ["w before", "(1 − ηλ)·w", "− η·∂L/∂w", "w after"]
    for header, column in zip(weights, columns(LINEAR, step).values(), strict=True):
        assert list(weights[header]) == [number(column[j]) for j in (*largest, 15)]
    assert number(step.after[largest[0]]) in at.latex[-1].value
    assert f"from {number(step.loss_before)} to {number(step.loss_after)}" in text(at)


def test_other_weights_can_be_chosen_and_the_bias_alone():
    at = linear()
    at.multiselect[0].set_value([2])
    assert list(sound(at.run()).table[-1].value.index) == ["w3", "bias"]
    assert "w_{3}" in at.latex[-1].value
    at.multiselect[0].set_value([])
    assert list(sound(at.run()).table[-1].value.index) == ["bias"]
    assert r"b &\leftarrow" in at.latex[-1].value


@pytest.mark.parametrize(
    "fields",
    [
        {}, {"momentum": 0.9}, {"optimizer": "adam", "solver": "decoupled"}, {"batch_size": 1}, {"batch_size": 12},
        {"penalty": "l1", "solver": "proximal", "relative": True}, {"penalty": "elastic_net", "penalize_bias": True},
    ],
    ids=str,
)  # fmt: skip
def test_the_last_update_is_compared_with_the_core(fields):
    at = linear(**fields)
    assert "largest difference" not in text(at)
    said = text(click(at, "to the end"))
    (numbers,) = re.findall(r"difference of a weight is (\S+) to .* and (\S+) to the same", said)
    coarse, fine = map(float, numbers)
    assert 0 < coarse < 1e-5
    assert fine < 1e-13


def test_a_change_of_the_run_starts_afresh_and_other_clicks_do_not():
    at = click(linear(), "one epoch")
    at.multiselect[0].set_value([0])
    at = sound(at.run())
    assert update(at) == 4
    at.selectbox[0].set_value(0.005)
    at = sound(at.run())
    assert update(at) == 1
    assert len(at.multiselect[0].value) == 4
    assert "η = 0.005" in text(at)


def test_a_diverged_run_says_so_at_its_end():
    at = click(linear(lr=2.0, epochs=300), "to the end")
    assert "This run diverged in epoch" in text(at)


def test_the_next_update_costs_one_update_however_far_the_run_is(monkeypatch):
    at = opened(
        AppTest.from_function(curve_page, kwargs={"config": replace(CURVE, epochs=200), "model": None}, default_timeout=60)
    )
    at.number_input(key="updates.dropout.at").set_value(199)
    at = sound(at.run())
    made: list[int] = []
    update_once = DropoutReplay._update
    monkeypatch.setattr(DropoutReplay, "_update", lambda self, *state: made.append(1) or update_once(self, *state))
    assert update(click(at, "one update")) == 200
    assert sum(made) == 1


def test_the_dropout_microscope_shows_a_point_and_ends_at_the_cores_network():
    *_, last = train_network(CURVE)
    at = opened(AppTest.from_function(curve_page, kwargs={"config": CURVE, "model": last.model}, default_timeout=60))
    assert update(click(at, "one epoch")) == 2
    at.number_input(key="updates.dropout.point").set_value(5)
    at = sound(at.run())
    step = DropoutReplay(CURVE).step(2)
    chosen = np.argsort(-np.abs(DropoutReplay(CURVE).step(1).before))[:4]
    forward, backward = (t.value for t in at.table)
    assert list(forward["mask m"]) == [number(m) for m in step.mask[4, chosen]]
    assert list(forward["adds to the prediction"]) == [number(c) for c in step.contributions[4, chosen]]
    assert list(backward["w after: w − η·v"]) == [number(w) for w in step.after[chosen]]
    dropped = backward["mask m"] == "0"
    assert set(backward.loc[dropped, "this point's part of ∂L/∂w"].str.lstrip("-")) <= {"0"}
    assert "Point 5" in text(at)
    (far,) = re.findall(r"at the end of training, is (\S+)\.", text(click(at, "to the end")))
    assert float(far) < 1e-6


def test_a_run_that_starts_from_zero_is_first_looked_at_where_there_is_something_to_decay():
    at = pages.opened("pages/weight_decay.py", "update", n_features="5", epochs="5", seeds="2", init_scale="0")
    at.session_state["updates.linear"] = True
    assert pages.sound(at.run()).number_input(key="updates.linear.at").value == 2
