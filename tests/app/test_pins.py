"""Pinned runs: their text in a link, the table, the ghosts in every chart, and what cannot be pinned."""

import io
import json
from typing import Any

import pandas as pd
import pytest
import vl_convert
from hypothesis import given, settings
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from regdemo.app.cache import Runs
from regdemo.app.links import LINK_VERSION
from regdemo.app.pins import PINS_MOST, pin_text, read_pin
from regdemo.app.sweeps import kept_runs
from regdemo.config.constants import PIN_MARKS
from regdemo.core.networks import images
from tests.helpers.links import (
    CONTROLS,
    DEFINED,
    DROPOUT,
    IDS,
    L1_VS_L2,
    QUICK,
    WEIGHT_DECAY,
    ignored,
    move,
    shown_link,
    widgets,
)
from tests.helpers.pages import drawn, metrics, open_panels, opened, said, sound

RUN = {page: DEFINED[page]["RUN"] for page in CONTROLS}
V = str(LINK_VERSION)


def pinned(page: str = WEIGHT_DECAY, *pins: str, **link: Any) -> AppTest:
    return opened(page, **QUICK[page] | link, pin=[f"{V}~{pin}" if pin else V for pin in pins])


def table(at: AppTest) -> pd.DataFrame:
    """The table of pinned runs, without the marks of their colours."""
    (found,) = [d.value for d in at.dataframe]
    first, *pinned = found.index
    assert [name[:2] for name in pinned] == [f"{PIN_MARKS[i % len(PIN_MARKS)]} " for i in range(len(pinned))]
    return found.set_axis([first, *(name[2:] for name in pinned)])


def press(at: AppTest, key: str) -> AppTest:
    return sound(at.button(key=key).click().run())


def ghosts(at: AppTest) -> list[pd.DataFrame]:
    """The ghosts of each chart that has some."""
    return [d.ghosts for d in drawn(at) if d.ghosts is not None]


# ---- a pin in a link


@st.composite
def a_pin(draw: st.DrawFn, page: str) -> dict[str, Any]:
    return {c.name: draw(st.sampled_from(list(c.options)) if not isinstance(c.options, range) else st.integers(c.options[0], c.options[-1]))
            for c in RUN[page]}  # fmt: skip


@pytest.mark.parametrize("page", CONTROLS)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_every_pin_comes_back_from_its_text(page, data):
    pin = data.draw(a_pin(page))
    text = pin_text(RUN[page], pin)
    assert read_pin(RUN[page], text, IDS[page]) == (pin, [])
    assert text.startswith(V)
    assert len(text.split("~")) == 1 + 2 * sum(pin[c.name] != c.default for c in RUN[page])  # nothing that is at its default


@pytest.mark.parametrize("page", CONTROLS)
@settings(max_examples=100, deadline=None)
@given(text=st.text() | st.lists(st.text(alphabet="1~lrampsed0.", max_size=8)).map("~".join))
def test_any_text_at_all_is_read_without_an_error_and_gives_values_that_the_controls_have(page, text):
    pin, wrong = read_pin(RUN[page], text, IDS[page])
    assert pin is not None or wrong
    if pin is not None:
        assert all(pin[c.name] in c.options for c in RUN[page])
        assert set(pin) == {c.name for c in RUN[page]}
    if not wrong:
        assert read_pin(RUN[page], pin_text(RUN[page], pin), IDS[page]) == (pin, [])


def test_what_a_pin_names_wrongly_is_said_and_the_rest_of_it_counts():
    pin, wrong = read_pin(RUN[WEIGHT_DECAY], f"{V}~lam~5~lr~7~later~1~noise", IDS[WEIGHT_DECAY])
    assert pin == {c.name: c.default for c in RUN[WEIGHT_DECAY]} | {"lam": 5.0}
    assert wrong == ["lr = 7", "later = 1", "noise = "]


def test_a_pin_of_an_older_version_has_the_defaults_of_its_time():
    old, new = (read_pin(RUN[WEIGHT_DECAY], f"{v}~lam~5", IDS[WEIGHT_DECAY])[0] for v in (1, 2))
    assert old is not None
    assert new is not None
    assert (old["n_train"], new["n_train"]) == (20, 50)
    then = "n_train~20~n_features~200~coefficient~0.01~noise~0.01~init_scale~1~intercept~0.05~lr~0.003~batch_size~1~epochs~100"
    assert pin_text(RUN[WEIGHT_DECAY], old) == f"2~lam~5~{then}"
    assert read_pin(RUN[WEIGHT_DECAY], "1~n_train~50", IDS[WEIGHT_DECAY])[0]["n_train"] == 50  # type: ignore[index]
    at = opened(
        WEIGHT_DECAY,
        **QUICK[WEIGHT_DECAY],
        pin=["1~n_features~5~epochs~5~seeds~2", "2~n_features~5~epochs~5~seeds~2~lam~1"],
    )
    assert ignored(at) == []
    assert table(at)["training examples n"].to_list() == [50, 20, 50]
    assert table(at)["strength λ"].to_list() == [0.5, 3.0, 1.0]
    assert shown_link(at)["pin"][0].startswith("2~lam~3~n_train~20~n_features~5~")
    assert shown_link(at)["pin"][1] == "2~lam~1~n_features~5~epochs~5~seeds~2"


def test_a_pin_of_a_later_version_is_taken_as_far_as_it_is_understood_and_said():
    at = opened(WEIGHT_DECAY, **QUICK[WEIGHT_DECAY], pin=["9~lam~5~n_features~5~later~1"])
    assert "version 9 (settings may differ), later = 1" in said(at)
    assert table(at).loc["pin 1", "strength λ"] == 5.0


@pytest.mark.parametrize(
    "garbage", ["", "~", "x", "lam~0.5", "~" * 1000, "x" * 10_000, "<script>alert(1)</script>", "²~lam~1", "[1](https://x)"]
)
def test_garbage_is_no_pinned_run_and_is_said_in_one_line(garbage):
    at = opened(WEIGHT_DECAY, **QUICK[WEIGHT_DECAY], pin=[garbage])
    assert len(ignored(at)) == 2
    assert len(said(at)) < 200
    assert len(at.dataframe) == 0
    assert "pin" not in shown_link(at)
    assert "pin" not in at.query_params
    assert ignored(sound(at.run())) == []


# ---- pin, compare, go on, remove


def test_the_present_run_is_pinned_compared_by_what_differs_and_kept_in_the_link():
    at = opened(WEIGHT_DECAY, **QUICK[WEIGHT_DECAY], lam="5")
    assert len(at.dataframe) == 0
    press(at, "pins.add")
    assert at.button(key="pins.add").disabled  # the same run is not pinned twice
    first = table(at)
    assert list(first.index) == ["now", "pin 1"]
    assert list(first.columns) == ["test loss", "train loss", "‖w‖₂"]  # no setting differs, and no weight is exactly zero
    assert first.loc["now"].equals(first.loc["pin 1"].rename("now"))
    move(at, 3.0)
    sound(widgets(at)["penalize_bias"].set_value(True).run())
    now = table(at)
    assert list(now.columns[:-3]) == ["strength λ", "decay the bias too"]
    assert now["strength λ"].to_list() == [3.0, 5.0]
    assert now["decay the bias too"].to_list() == ["on", "off"]
    assert now.loc["pin 1", first.columns].equals(first.loc["pin 1"])
    assert f"{now.loc['now', 'test loss']:.3g}" == metrics(at)["Test loss"]
    assert shown_link(at)["pin"] == [f"{V}~lam~5~n_features~5~epochs~5~seeds~2"]
    assert at.query_params["v"] == V
    again = opened(WEIGHT_DECAY, **shown_link(at))
    assert ignored(again) == []
    assert table(again).equals(now)
    assert metrics(again) == metrics(at)


def test_an_address_copied_right_after_pinning_names_its_version():
    at = opened(WEIGHT_DECAY)
    assert dict(at.query_params) == {}
    press(at, "pins.add")
    assert {"v", "pin"} == set(at.query_params)


def test_the_pins_figures_are_those_of_the_page_that_it_pins():
    alone = opened(WEIGHT_DECAY, **QUICK[WEIGHT_DECAY], lam="5", noise="0.1")
    at = pinned(WEIGHT_DECAY, "lam~5~n_features~5~noise~0.1~epochs~5~seeds~2")
    shown = metrics(alone)
    row = table(at).loc["pin 1"]
    for column, label in {"test loss": "Test loss", "train loss": "Train loss", "‖w‖₂": "‖w‖₂"}.items():
        assert f"{row[column]:.3g}" == shown[label]


@pytest.mark.parametrize(
    ("seed", "told"), [("0", "All have the same random seed"), ("3", "Another random seed than now: pin 1.")]
)
def test_whether_the_seed_is_the_same_is_said(seed, told):
    at = pinned(WEIGHT_DECAY, f"n_features~5~epochs~5~seeds~2~seed~{seed}", "lam~1~n_features~5~epochs~5~seeds~2")
    assert any(told in c.value for c in at.caption)
    assert ("random seed" in table(at).columns) == (seed != "0")


def test_a_double_click_pins_once():
    at = opened(WEIGHT_DECAY, **QUICK[WEIGHT_DECAY])
    at.session_state["regdemo"].pins[IDS[WEIGHT_DECAY]].append(_now(at))  # the first of two clicks
    press(at, "pins.add")
    assert len(at.session_state["regdemo"].pins[IDS[WEIGHT_DECAY]]) == 1


def _now(at: AppTest) -> dict[str, Any]:
    return {c.name: at.session_state[c.name] for c in RUN[WEIGHT_DECAY]}


def test_removal_renumbers_the_rest_and_updates_the_link(monkeypatch):
    at = pinned(WEIGHT_DECAY, *(f"lam~{lam}~n_features~5~epochs~5~seeds~2" for lam in ("1", "2", "5")))
    assert table(at)["strength λ"].to_list() == [0.5, 1.0, 2.0, 5.0]
    assert at.button(key="pins.remove").disabled
    select(at, [2], monkeypatch)
    assert not at.button(key="pins.remove").disabled
    press(at, "pins.remove")
    assert list(table(at).index) == ["now", "pin 1", "pin 2"]
    assert table(at)["strength λ"].to_list() == [0.5, 1.0, 5.0]
    assert [p.split("~")[2] for p in shown_link(at)["pin"]] == ["1", "5"]
    assert at.query_params["pin"] == shown_link(at)["pin"]
    monkeypatch.undo()
    press(at, "pins.clear")
    assert len(at.dataframe) == 0
    assert ghosts(at) == []
    assert "pin" not in shown_link(at)


def select(at: AppTest, rows: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows of the table are selected, as the boxes on its left do."""
    import streamlit

    real = streamlit.dataframe

    def chosen(*values: Any, **options: Any) -> Any:
        event = real(*values, **options)
        if options.get("on_select"):
            event = type("Event", (), {"selection": type("Selection", (), {"rows": rows})})
        return event

    monkeypatch.setattr(streamlit, "dataframe", chosen)
    sound(at.run())


@pytest.mark.parametrize("held", [{}, {"lock": "lam", "hide": "noise"}])
def test_going_back_to_a_pin_moves_every_control_that_is_not_held(held, monkeypatch):
    at = pinned(WEIGHT_DECAY, "lam~5~n_train~10~n_features~5~noise~0.1~epochs~5~seeds~2", **held)
    select(at, [0, 1], monkeypatch)  # the present run's row is no pin
    press(at, "pins.open")
    now = _now(at)
    assert now["n_train"] == 10
    assert (now["lam"], now["noise"]) == ((0.5, 1.0) if held else (5.0, 0.1))
    assert widgets(at)["lam"].value == now["lam"]  # the bar stands there
    assert at.button(key="pins.add").disabled == (not held)


@pytest.mark.usefixtures("short_training")
def test_pins_stay_through_a_visit_to_another_page():
    at = pinned(WEIGHT_DECAY, "lam~1~n_features~5~epochs~5~seeds~2")
    before = shown_link(at)["pin"]
    at.query_params.clear()  # as a click on another page's name does
    sound(at.switch_page(DROPOUT).run())
    assert len(at.dataframe) == 0
    at.query_params.clear()
    sound(at.switch_page(WEIGHT_DECAY).run())
    assert shown_link(at)["pin"] == before
    assert set(at.query_params) >= {"v", "pin"}


def test_a_link_followed_again_from_another_page_brings_its_pins_again():
    link = QUICK[WEIGHT_DECAY] | {"v": V, "pin": [f"{V}~lam~1~n_features~5~epochs~5~seeds~2"]}
    at = opened(WEIGHT_DECAY, **link)
    press(at, "pins.clear")
    assert len(at.dataframe) == 0
    at.query_params.clear()
    sound(at.switch_page("streamlit_app.py").run())
    at.switch_page(WEIGHT_DECAY)
    at.query_params.update(link)
    sound(at.run())
    assert table(at)["strength λ"].to_list() == [0.5, 1.0]
    press(at, "pins.clear")
    assert len(at.dataframe) == 0


def test_twenty_pins_are_drawn_and_the_twenty_first_is_said():
    pins = [f"n_features~5~epochs~5~seeds~2~seed~{i}" for i in range(PINS_MOST)]
    at = pinned(WEIGHT_DECAY, *pins)
    assert ignored(at) == []
    assert list(table(at).index) == ["now", *(f"pin {i + 1}" for i in range(PINS_MOST))]
    assert all(g["pin"].nunique() == PINS_MOST for g in ghosts(at))
    assert at.button(key="pins.add").disabled
    more = pinned(WEIGHT_DECAY, *pins, "lam~1", "lam~2", pins[0])
    assert ignored(more)[1:] == [f"pinned runs after the first {PINS_MOST}"]
    assert shown_link(more) == shown_link(at)


def test_a_run_that_is_pinned_twice_counts_once():
    at = pinned(WEIGHT_DECAY, "lam~1~n_features~5~epochs~5~seeds~2", "n_features~5~lam~1~epochs~5~seeds~2")
    assert ignored(at)[1:] == ["a run that is pinned twice"]
    assert len(table(at)) == 2


def test_a_pin_that_would_take_minutes_is_said_and_not_trained():
    trained = kept_runs().computed
    at = pinned(
        WEIGHT_DECAY, "n_train~500~epochs~1000~n_features~1000~seeds~16", "n_features~5~epochs~5~seeds~2~seed~31", seed="31"
    )
    assert kept_runs().computed <= trained + 2  # the other pin is
    assert table(at).loc["pin 2"].notna().all()
    assert any(c.value.startswith("pin 1: ") and "fewer epochs" in c.value for c in at.caption)
    assert table(at).loc["pin 1"].isna().all()
    assert shown_link(at)["pin"][0] == f"{V}~n_train~500~n_features~1000~epochs~1000~seeds~16"


# ---- ghosts on the pages

PAGES: dict[str, tuple[str, str, dict[str, str], int]] = {  # page, pin, link, charts with a ghost
    "weight decay": (WEIGHT_DECAY, "lam~1~n_features~5~epochs~5~seeds~2", {}, 4),
    "weight decay, every line": (WEIGHT_DECAY, "lam~0~n_features~10~epochs~10", {"terms": "true", "log": "false", "linear_w": "true"}, 4),
    "a pin that diverged": (WEIGHT_DECAY, "n_features~200~lr~10~epochs~20~seeds~2", {}, 4),
    "pins that start away from zero": (WEIGHT_DECAY, "n_features~5~epochs~5~seeds~2~init_scale~1", {}, 4),
    "L1 versus L2": (L1_VS_L2, "share~0.29~n_train~20~n_features~10~n_informative~5~epochs~50~seeds~2", {}, 7),
    "L1 versus L2, other ways": (
        L1_VS_L2, "n_train~20~n_features~10~n_informative~5~epochs~50~seeds~2~net~true~angle~60",
        {"path_of": "other", "norm": "true", "log": "false", "net": "true"}, 7,
    ),
    "diabetes": (L1_VS_L2, "source~diabetes~share~0.05~epochs~50~seeds~2", {"source": "diabetes"}, 7),
    "images": (DROPOUT, "lab~images~dataset~digits~p1~0.2~n_train~100~epochs~2~width~32",
               {"lab": "images", "dataset": "digits", "n_train": "100", "epochs": "2", "width": "32"}, 5),
    "images, other ways": (
        DROPOUT, "lab~images~dataset~digits~p1~0.2~n_train~100~epochs~2~width~32",
        {"lab": "images", "dataset": "digits", "n_train": "100", "epochs": "2", "width": "32", "kind": "gradients", "offset": "false",
         "layer": "4", "log": "false"}, 5,
    ),
    "curve": (DROPOUT, "lab~curve~steps~400~p_second~0.2", {"lab": "curve", "steps": "400", "curve_seeds": "4"}, 3),
    "mask demo": (DROPOUT, "p~0.2", {}, 3),
}  # fmt: skip


@pytest.mark.usefixtures("short_training")
@pytest.mark.parametrize(("page", "pin", "link", "charts"), PAGES.values(), ids=list(PAGES))
def test_a_pin_is_a_ghost_in_every_chart_of_its_page_and_in_all_that_is_downloaded(page, pin, link, charts):
    at = pinned(page, pin, **link)
    assert ignored(at) == []
    if page == L1_VS_L2:
        open_panels(at, "choosing")
    charted = drawn(at)
    assert len(charted) == len(at.get("vega_lite_chart")) == charts
    missing = [d.title for d in charted if d.ghosts is None]
    assert missing == (
        ["Validation curve: final loss against λ", "Coefficients"]  # what diverged has none
        if "~lr~10~" in pin
        else ["A network in one training pass", "The mask on sixteen numbers"]  # one mask is no run
        if pin == "p~0.2"
        else []
    )
    for d in (d for d in charted if d.ghosts is not None):
        spec = d.spec()
        rows = spec["datasets"]["ghosts"]
        assert len(rows) == len(d.ghosts)
        assert {row["pin"] for row in rows} == {"pin 1"}
        assert sum(row["first"] for row in rows) >= 1
        json.dumps(spec, allow_nan=False)  # no NaN, no infinity
        svg = vl_convert.vegalite_to_svg(spec)
        for axis in (spec["layer"][-1 if d.ghost == "number" else -3]["encoding"][at] for at in ("x", "y")):
            if (axis.get("scale") or {}).get("type") == "log":  # one zero would flatten the whole chart
                assert min(row[axis["field"]] for row in rows) > 0, d.title
        assert (">pin 1<" if d.ghost != "number" else ">1<") in svg, d.title
    csv = pd.read_csv(io.StringIO(table(at).to_csv()), index_col=0)
    assert list(csv.index) == ["now", "pin 1"]


def test_a_pin_of_another_lab_is_listed_and_not_drawn():
    at = pinned(DROPOUT, "lab~images~dataset~digits~n_train~100~epochs~2", "p~0.2")
    assert "pin 1: It belongs to the lab “images”." in [c.value for c in at.caption]
    assert set(ghosts(at)[0]["pin"]) == {"pin 2"}


def test_a_file_of_ones_own_cannot_be_pinned_and_a_pin_that_says_so_is_listed_without_figures():
    at = opened(L1_VS_L2, source="csv", epochs="50", seeds="2")
    at.file_uploader[0].set_value(
        ("own.csv", b"a,b,c\n" + b"".join(b"%d,%d,%d\n" % (i, i * i % 7, 3 * i % 5) for i in range(40)), "text/csv")
    )
    sound(at.run())
    assert at.button(key="pins.add").disabled
    assert "cannot be pinned" in at.button(key="pins.add").help
    other = pinned(L1_VS_L2, "source~csv~epochs~50")
    assert any("made with a file" in c.value for c in other.caption)
    assert table(other).loc["pin 1"].isna().all()


def test_pins_of_images_that_cannot_be_had_are_drawn_with_digits_and_said_once(monkeypatch):
    load = images.load

    def nothing_to_be_had(name: str, progress: Any = None) -> images.Images:
        if name == "digits":
            return load(name, progress)
        raise images.DataUnavailable(f"{name} is not on this machine.")

    monkeypatch.setattr(images, "load", nothing_to_be_had)
    small = {"lab": "images", "n_train": "100", "epochs": "2", "width": "32"}
    pin = "~".join(part for pair in small.items() for part in pair)
    for dataset in ("fashion-mnist", "digits"):
        at = opened(DROPOUT, **small, dataset=dataset, pin=[f"{V}~p1~0.1~{pin}", f"{V}~dataset~mnist~{pin}"])
        assert len(at.warning) == (dataset != "digits")
        assert any("were trained on digits instead" in c.value for c in at.caption)
        assert table(at)["test loss"].notna().all()


def test_what_was_ignored_is_still_said_when_pinned_networks_have_been_trained():
    small = {"lab": "images", "dataset": "digits", "n_train": "100", "epochs": "2", "width": "32", "seed": "41"}
    pin = "~".join(part for pair in small.items() for part in pair)
    at = opened(DROPOUT, **small, later="1", pin=["garbage", f"{V}~p1~0.1~{pin}"])
    assert table(at)["test loss"].notna().all()
    assert "later = 1" in said(at)
    assert "garbage" in said(at)
    assert ignored(sound(at.run())) == []


def test_pinned_networks_are_trained_once_even_where_no_room_is_left_to_keep_them(monkeypatch):
    """Each finished run drives the one before out of the cache; the ghosts stay."""
    small = {"lab": "images", "dataset": "digits", "n_train": "100", "epochs": "2", "width": "32", "seed": "42"}
    pin = "~".join(part for pair in small.items() for part in pair)
    monkeypatch.setattr(kept_runs(), "_kept", Runs(130_000)._kept)  # room for two of these runs
    before = kept_runs().computed
    at = opened(DROPOUT, **small, pin=[f"{V}~p1~{p}~{pin}" for p in ("0.1", "0.2", "0.3", "0.4")])
    assert table(at)["test loss"].notna().all()
    trained = kept_runs().computed
    assert trained - before == 2 * 5 + 2  # five runs and their averages; the present one was driven out, and trained again
    sound(at.run())
    assert table(at)["test loss"].notna().all()
    assert kept_runs().computed == trained


def test_training_pinned_runs_moves_nothing_below_them():
    link = QUICK[WEIGHT_DECAY] | {
        "seed": "77",
        "pin": [f"{V}~n_features~5~epochs~5~seeds~2~seed~{seed}" for seed in (78, 79)],
    }
    trained = kept_runs().computed
    at = opened(WEIGHT_DECAY, **link)
    assert kept_runs().computed == trained + 3
    places = list(at.main.children)
    assert list(sound(at.run()).main.children) == places
