"""Links: every control in them and back, links of an older version, a teacher's view, and what makes no sense."""

from typing import Any
from urllib.parse import parse_qs, urlparse

import pytest
from streamlit.testing.v1 import AppTest

from regdemo.app.class_view import View
from regdemo.app.controls import OWN
from regdemo.app.links import LINK_VERSION, earlier_defaults
from regdemo.content.questions.registry import QUESTIONS
from tests.helpers.defaults import of_page
from tests.helpers.links import (
    CONTROLS,
    DEFINED,
    DROPOUT,
    FULL,
    IDS,
    L1_VS_L2,
    QUICK,
    WEIGHT_DECAY,
    controls,
    ignored,
    seen,
    shown_link,
    widgets,
)
from tests.helpers.pages import drawn, metrics, opened, said, sound

NUMBERED = {c.number: c for questions in QUESTIONS.values() for c in questions}


@pytest.mark.parametrize("page", CONTROLS)
def test_every_option_of_every_control_has_a_text_of_its_own_that_a_link_brings_back(page):
    for control in CONTROLS[page]:
        options = control.options if not isinstance(control.options, range) else [*control.options[:3], *control.options[-3:]]
        texts = [control.text(option) for option in options]
        assert len(set(texts)) == len(texts), control.name
        assert all(
            type(control.value(text)) is type(o) and control.value(text) == o for text, o in zip(texts, options, strict=True)
        )
        assert control.default in control.options
        assert not {"~", ","} & set("".join([control.name, *texts])), (
            control.name
        )  # they separate the parts of a pin and of a view
    run = {c.name: c.label for c in DEFINED[page]["RUN"]}
    assert len(set(run.values())) == len(run)  # columns of the table of pinned runs


@pytest.mark.parametrize("page", CONTROLS)
def test_the_defaults_are_those_that_links_of_this_version_leave_out(page):
    now = {c.name: c.default for c in CONTROLS[page]}
    assert now == of_page(page), (
        "a default has changed: raise LINK_VERSION and name the old default in EARLIER, so that old links keep their meaning; "
        "a new control needs only its line in DEFAULTS"
    )


@pytest.mark.parametrize("case", FULL)
def test_the_full_links_set_every_control_away_from_its_default(case):
    page, link = FULL[case]
    known = {c.name: c for c in CONTROLS[page]}
    assert set().union(*(names for at, names in FULL.values() if at == page)) == set(known)
    for name, text in link.items():
        assert known[name].value(text) not in (None, known[name].default), name


@pytest.mark.usefixtures("short_training")
@pytest.mark.parametrize("case", FULL)
def test_the_link_that_a_page_shows_opens_the_same_page_with_the_same_figures(case):
    page, link = FULL[case]
    first = opened(page, **link)
    assert ignored(first) == []
    assert shown_link(first) == {"v": str(LINK_VERSION), **link}
    second = opened(page, **shown_link(first))
    assert ignored(second) == []
    assert {n: w.value for n, w in widgets(second).items()} == {n: w.value for n, w in widgets(first).items()}
    assert seen(second) == seen(first)
    plain = opened(
        page,
        **{n: v for n, v in link.items() if n in QUICK[page] or n in ("lab", "dataset", "epochs", "width", "n_train", "steps")},
    )
    assert seen(plain) != seen(first)


# ---- versions


@pytest.fixture
def newer(monkeypatch) -> None:
    """A later version: n_train of weight decay had another default in version 1, and seeds in versions 1 and 2."""
    for module in ("links", "opening", "pins"):
        monkeypatch.setattr(f"regdemo.app.{module}.LINK_VERSION", 3)
    title = IDS[WEIGHT_DECAY]
    old = {
        1: {title: {"n_train": 10, "noise": 0.5, "lam": 3.0}, IDS[L1_VS_L2]: {"epochs": 1000}},
        2: {title: {"seeds": 4, "noise": 0.2}},
    }
    monkeypatch.setattr("regdemo.app.links.EARLIER", old)


@pytest.mark.usefixtures("newer")
@pytest.mark.parametrize(
    ("version", "old"),
    [(1, {"lam": 3.0, "n_train": 10, "seeds": 4, "noise": 0.5}), (2, {"seeds": 4, "noise": 0.2}), (3, {})],
)
def test_what_a_link_leaves_out_has_the_default_of_the_links_version(version, old):
    assert earlier_defaults(version, IDS[WEIGHT_DECAY]) == old
    at = opened(WEIGHT_DECAY, v=str(version), n_features="5", epochs="5")
    assert ignored(at) == []
    now = {n: w.value for n, w in widgets(at).items()}
    assert {n: now[n] for n in ("lam", "n_train", "seeds", "noise")} == {
        "lam": 0.5,
        "n_train": 50,
        "seeds": 8,
        "noise": 1.0,
    } | old
    link = shown_link(at)
    assert link["v"] == "3"
    assert link == {"v": "3", "n_features": "5", "epochs": "5"} | {n: f"{value:g}" for n, value in old.items()}
    assert dict(at.query_params) == link  # the address too: a reload opens it again
    again = sound(at.run())
    assert shown_link(again) == link
    assert seen(opened(WEIGHT_DECAY, **link)) == seen(again)


def test_a_link_of_the_first_version_opens_the_run_that_it_was_made_of():
    """Then the page opened with the run of the tutorials; what such a link leaves out is that run's."""
    at = opened(WEIGHT_DECAY, v="1", epochs="5", seeds="2", noise="0.02")
    assert ignored(at) == []
    then = {"lam": "3", "n_train": "20", "n_features": "200", "coefficient": "0.01", "init_scale": "1", "intercept": "0.05"}
    then |= {"lr": "0.003", "batch_size": "1", "epochs": "5", "seeds": "2", "noise": "0.02"}
    assert shown_link(at) == then | {"v": str(LINK_VERSION)} == dict(at.query_params)
    assert metrics(at) == metrics(opened(WEIGHT_DECAY, **then, v=str(LINK_VERSION)))
    assert metrics(opened(WEIGHT_DECAY, v="1", lam="0.5", **{n: t for n, t in then.items() if n != "lam"})) != metrics(at)


@pytest.mark.usefixtures("newer")
def test_what_an_old_link_names_counts_and_so_does_what_it_locks_or_hides():
    at = opened(WEIGHT_DECAY, v="1", n_features="5", epochs="5", noise="0.1", hide="n_train", lock="seeds")
    assert widgets(at)["noise"].value == 0.1
    assert widgets(at)["seeds"].value == 4
    assert shown_link(at)["n_train"] == "10"


@pytest.mark.parametrize("v", ["0", "3", "999999999999", "x", "", "-1", "1.0", "²", ["1", "1"]])
def test_a_version_that_this_one_does_not_know_is_said_and_the_rest_counts(v):
    at = opened(WEIGHT_DECAY, **QUICK[WEIGHT_DECAY], v=v, lam="5")
    assert "v = " in said(at)
    assert len(at.warning) == 1
    assert widgets(at)["lam"].value == 5.0
    assert shown_link(at)["v"] == str(LINK_VERSION)
    assert ignored(sound(at.run())) == []


def test_every_address_with_a_setting_in_it_names_its_version():
    at = opened(WEIGHT_DECAY, **QUICK[WEIGHT_DECAY])
    assert at.query_params["v"] == str(LINK_VERSION)
    plain = opened("streamlit_app.py")
    assert dict(plain.query_params) == {}
    assert "v" not in opened(L1_VS_L2, v=str(LINK_VERSION)).query_params  # every setting is at its default


# ---- a teacher's view


def fixed(page: str = WEIGHT_DECAY, **link: Any) -> AppTest:
    return opened(page, **QUICK[page] | link)


def test_a_hidden_control_is_not_shown_and_keeps_the_links_value():
    at = fixed(hide="lr,batch_size,lam", lr="0.003", lam="5")
    assert not {"lr", "batch_size", "lam"} & set(widgets(at))
    assert ignored(at) == []
    assert "Not shown by the link that you opened: strength λ, learning rate η, batch size." in [c.value for c in at.caption]
    assert metrics(at) == metrics(fixed(lr="0.003", lam="5"))
    sound(widgets(at)["noise"].set_value(0.1).run())
    assert metrics(at) == metrics(fixed(lr="0.003", lam="5", noise="0.1"))
    assert shown_link(at).items() >= {"lr": "0.003", "lam": "5", "noise": "0.1", "hide": "batch_size,lam,lr"}.items()


def test_a_locked_control_is_shown_with_its_value_and_cannot_be_used():
    at = fixed(lock="lam,seed,optimizer,penalize_bias", lam="5", optimizer="Adam")
    now = widgets(at)
    assert {n for n, w in now.items() if getattr(w, "disabled", getattr(w.proto, "disabled", False))} >= {
        "lam",
        "seed",
        "penalize_bias",
    }
    assert not now["noise"].disabled
    assert now["lam"].value == 5.0
    assert now["seed"].label.endswith("(locked)")
    assert [c.value for c in at.caption if c.value.startswith("Locked by the link")] != []
    (seed,) = [b for b in at.sidebar.button if b.label == "New random seed"]
    assert seed.disabled


@pytest.mark.parametrize("word", ["hide", "lock"])
@pytest.mark.parametrize("page", CONTROLS)
def test_every_control_of_a_page_can_be_hidden_or_locked_and_the_figures_stay(page, word):
    names = [c.name for c in CONTROLS[page]]
    free, held = fixed(page), fixed(page, **{word: ",".join(names)})
    assert ignored(held) == []
    assert seen(held) == seen(free)
    assert shown_link(held) == shown_link(free) | {word: ",".join(sorted(names))}
    shown = {n: w for n, w in widgets(held).items() if n in names}
    if word == "hide":
        assert shown == {}
    else:
        assert set(shown) == set(widgets(free)) & set(names)
        assert all(w.proto.disabled for w in shown.values())


def test_a_start_moves_all_that_is_not_held():
    at = fixed(lock="lam,n_train", hide="epochs", lam="5", n_train="10")
    menu = at.selectbox(key="app.start")
    sound(menu.set_value("50_examples").run())  # n = 50, λ = 3, p = 200, 100 epochs
    now = {n: w.value for n, w in widgets(at).items()}
    assert (now["lam"], now["n_train"], now["n_features"]) == (5.0, 10, 200)
    assert shown_link(at)["epochs"] == "5"
    assert now["app.start"] == OWN


def test_the_learning_rate_that_is_offered_is_not_taken_where_the_control_is_held():
    at = fixed(lock="lr", lr="1", n_features="200", epochs="20")
    assert [b for b in at.button if b.label.startswith("Use η = ")]
    offered = [b for b in at.button if b.label.startswith("Use η = ")]
    assert all(button.disabled for button in offered)
    assert widgets(at)["lr"].value == 1.0


def test_a_control_that_is_set_against_the_lock_goes_back():
    at = fixed(lock="lam", hide="lr", lam="5", lr="0.003")
    before = metrics(at)
    at.session_state["lam"], at.session_state["lr"] = 3.0, 0.1
    sound(at.run())
    assert widgets(at)["lam"].value == 5.0
    assert metrics(at) == before


def test_the_view_and_its_values_hold_after_a_visit_to_another_page_and_back():
    at = fixed(lock="lam", hide="lr", lam="5", lr="0.003", text="large")
    link = shown_link(at)
    sizes = len(at.get("html"))
    at.query_params.clear()  # as a click on another page's name does
    sound(at.switch_page(L1_VS_L2).run())
    assert "opened" not in "".join(c.value for c in at.caption)
    assert not widgets(at)["lr"].disabled
    assert len(at.get("html")) < sizes
    at.query_params.clear()
    sound(at.switch_page(WEIGHT_DECAY).run())
    assert ignored(at) == []
    assert widgets(at)["lam"].value == 5.0
    assert widgets(at)["lam"].disabled
    assert "lr" not in widgets(at)
    assert shown_link(at) == link
    sound(at.run())
    assert dict(at.query_params) == link  # the address too: a reload opens it again


@pytest.mark.usefixtures("short_training")
@pytest.mark.parametrize("page", CONTROLS)
def test_a_page_is_found_as_it_was_left_and_its_address_too(page):
    (link,) = [
        link for case, (at_page, link) in FULL.items() if at_page == page and case in ("weight decay", "L1 versus L2", "images")
    ]
    at = opened(page, **link)
    left, figures = shown_link(at), seen(at)
    for other in (p for p in ("streamlit_app.py", *CONTROLS) if p != page):
        at.query_params.clear()  # as a click on another page's name does
        sound(at.switch_page(other).run())
        fresh = controls(opened(other))
        assert {n: value for n, value in controls(at).items() if n in fresh} == fresh  # nothing comes along
        assert "v" not in at.query_params
    at.query_params.clear()
    sound(at.switch_page(page).run())
    assert shown_link(at) == left == dict(at.query_params)
    assert seen(at) == figures


def test_a_link_with_settings_that_is_followed_later_wins_over_what_was_left():
    at = fixed(lam="5", noise="0.1")
    at.query_params.clear()
    sound(at.switch_page("streamlit_app.py").run())
    at.switch_page(WEIGHT_DECAY)
    at.query_params.update(QUICK[WEIGHT_DECAY] | {"v": str(LINK_VERSION), "lam": "2"})
    sound(at.run())
    assert shown_link(at) == {"v": str(LINK_VERSION), "lam": "2"} | QUICK[WEIGHT_DECAY]
    at.query_params.clear()
    sound(at.switch_page("streamlit_app.py").run())
    at.switch_page(WEIGHT_DECAY)
    at.query_params["ask"] = "5"  # a question says nothing of the settings
    sound(at.run())
    assert shown_link(at) == {"v": str(LINK_VERSION), "lam": "2"} | QUICK[WEIGHT_DECAY]


def test_what_a_teacher_has_locked_and_hidden_stays_so_when_the_page_is_found_as_it_was_left():
    at = fixed(lock="lam", hide="lr", lam="5", lr="0.003")
    sound(widgets(at)["noise"].set_value(0.1).run())
    at.query_params.clear()
    sound(at.switch_page(L1_VS_L2).run())
    at.session_state["regdemo"].settings_left[IDS[WEIGHT_DECAY]] |= {
        "lam": 3.0,
        "lr": 0.1,
    }  # left otherwise than the teacher wants it
    at.query_params.clear()
    sound(at.switch_page(WEIGHT_DECAY).run())
    now = widgets(at)
    assert (now["lam"].value, now["lam"].disabled, now["noise"].value) == (5.0, True, 0.1)
    assert "lr" not in now
    assert metrics(at) == metrics(fixed(lam="5", lr="0.003", noise="0.1"))


# ---- numbers, questions and exercises


def test_a_number_written_another_way_is_taken_and_the_address_has_it_as_the_control_writes_it():
    at = fixed(lam="5.0", noise=".1", lr="3e-3", seed="7.0")
    assert ignored(at) == []
    assert (
        shown_link(at) == {"v": str(LINK_VERSION), "lam": "5", "noise": "0.1", "lr": "0.003", "seed": "7"} | QUICK[WEIGHT_DECAY]
    )
    assert dict(at.query_params) == shown_link(at)
    assert metrics(at) == metrics(fixed(lam="5", noise="0.1", lr="0.003", seed="7"))
    pinned = fixed(pin=f"{LINK_VERSION}~lam~2.0~noise~.1")
    assert shown_link(pinned)["pin"] == [f"{LINK_VERSION}~lam~2~noise~0.1"]


def test_an_overview_as_a_link_opens_it_is_the_one_that_the_link_names():
    first, later = opened("streamlit_app.py", draw="5"), opened("streamlit_app.py")
    chart = drawn(first)[0]
    later.session_state["draw"] = 5  # as five presses of its button do
    sound(later.run())
    assert chart.alt == drawn(later)[0].alt
    assert chart.alt != drawn(opened("streamlit_app.py"))[0].alt


@pytest.mark.parametrize(
    ("page", "ask"), [("streamlit_app.py", "1"), (WEIGHT_DECAY, "1"), (WEIGHT_DECAY, "nonsense"), (DROPOUT, "99")]
)
def test_a_question_that_the_page_does_not_have_is_said_and_none_is_opened(page, ask):
    at = opened(page, **QUICK.get(page, {}), ask=ask)
    assert ignored(at)[1:] == [f"ask = {ask} (this page has no such question)"]
    assert not [e for e in at.expander if e.proto.expanded and e.label in {c.question for c in NUMBERED.values()}]
    assert not [m for m in at.markdown if "Your question" in m.value]
    assert "ask" not in at.query_params


def test_a_question_of_the_page_is_opened_and_jumped_to():
    at = fixed(ask="5")
    assert ignored(at) == []
    assert [e.proto.expanded for e in at.expander if e.label == NUMBERED[5].question] == [True]
    assert sum(e.proto.expanded for e in at.expander if e.label in {c.question for c in NUMBERED.values()}) == 1
    assert at.radio(key="question.weight_decay.5.guess").label == NUMBERED[5].ask  # what stands in it is there
    assert len(at.get("bidi_component")) == len(fixed().get("bidi_component")) + 1


def test_what_a_link_holds_stands_inside_the_box_as_it_is():
    at = fixed(lam="`` ![x](https://example.org/x.png) $a$ :red[b]", pin="[1](https://x)")
    assert len(at.warning) == 2
    assert at.text == []
    assert "```lam = `` ![x](https://example.org/x.png) $a$ :red[b] (not on this control)```" in at.warning[0].value
    assert "`in a pinned run: [1](https://x) (no pinned run)`" in at.warning[1].value


@pytest.mark.parametrize(("text", "odd"), [("nan", ["noise = nan (not on this control)"]), (".50", [])])
def test_a_client_that_names_anew_what_a_control_holds_is_told_what_is_odd_and_the_control_stays(text, odd):
    at = fixed(noise="0.1")
    at.query_params["noise"] = text
    sound(at.run())
    assert ignored(at)[1:] == odd
    assert widgets(at)["noise"].value == 0.1


def test_large_text_is_said_by_the_link_alone():
    assert len(fixed(text="large").get("html")) == len(fixed().get("html")) + 1
    assert shown_link(fixed(text="large"))["text"] == "large"


def test_a_view_for_a_class_is_made_on_the_page_and_does_what_it_says():
    at = fixed(lam="5", noise="0.1")
    sound(at.toggle(key="taken.view").set_value(True).run())
    sound(at.multiselect(key="view.hide").set_value(["lr", "noise"]).run())
    assert "noise" not in at.multiselect(key="view.lock").options
    sound(at.multiselect(key="view.lock").set_value(["lam"]).run())
    sound(at.toggle(key="view.large").set_value(True).run())
    (made,) = [c.value for c in at.code if "hide=" in c.value]
    assert "hide=lr,noise&lock=lam&text=large" in made  # short and readable
    link = {n: v[0] for n, v in parse_qs(urlparse(made).query).items()}
    assert {"lam": "5", "noise": "0.1", "v": str(LINK_VERSION)}.items() <= link.items()
    view = opened(WEIGHT_DECAY, **link)
    assert ignored(view) == []
    assert not {"lr", "noise"} & set(widgets(view))
    assert widgets(view)["lam"].disabled
    assert metrics(view) == metrics(at)
    assert "taken.view" not in widgets(view)  # who has been sent it is not asked


def test_a_view_writes_only_what_it_holds():
    assert View().parameters() == {}
    assert View(frozenset({"b", "a"}), frozenset(), True).parameters() == {"hide": "a,b", "text": "large"}


# ---- what makes no sense

ODD: dict[
    str, tuple[dict[str, Any], list[str], dict[str, Any]]
] = {  # link -> what is said, what the page's own link then holds
    "hidden, not on this page": ({"hide": "lr,draws"}, ["hide = draws"], {"hide": "lr"}),
    "hidden and locked": ({"hide": "lr", "lock": "lr,lam"}, ["lock = lr"], {"hide": "lr", "lock": "lam"}),
    "all of it hidden and locked": ({"hide": "lr", "lock": "lr"}, ["lock = lr"], {"hide": "lr"}),
    "hidden in two parts": ({"hide": ["lr", "lam"]}, ["hide = lr, lam (given twice"], {"hide": "lam,lr"}),
    "hidden twice": ({"hide": "lr,lr"}, ["hide = lr, lr (given twice"], {"hide": "lr"}),
    "another size": ({"text": "huge"}, ["text = huge"], {}),
    "a size given twice": ({"text": ["large", "large"]}, ["text = large, large (given twice"], {"text": "large"}),
    "nothing hidden": ({"hide": ""}, ["hide = "], {}),
    "a comma alone": ({"lock": ","}, ["lock = "], {}),
    "oversized": ({"hide": "x" * 10_000, "lock": "lam," + "y," * 5000}, ["hide = xxx", "lock = y"], {"lock": "lam"}),
    "a script": ({"hide": "<script>alert(1)</script>"}, ["hide = <script>"], {}),
    "the link's own words": ({"hide": "hide,lock,text,pin,v"}, ["hide = "], {}),
}


@pytest.mark.parametrize(("link", "words", "kept"), ODD.values(), ids=list(ODD))
def test_a_view_that_makes_no_sense_is_said_in_one_line_and_the_rest_holds(link, words, kept):
    at = fixed(**link)
    assert len(at.warning) == 1
    _, *lines = ignored(at)
    assert len(lines) == len(words)
    assert all(any(line.startswith(word) for line in lines) for word in words)
    assert all(len(line) < 200 for line in lines)
    assert {n: v for n, v in shown_link(at).items() if n in ("hide", "lock", "text")} == kept
    assert ignored(sound(at.run())) == []  # once


def test_many_odd_things_at_once_are_one_message_of_one_line_each():
    at = fixed(lr="nan", lam=["1", "2"], later="1", v="7", hide="lr,lr2", lock="lr", text="small", pin=["garbage", "1~x~1"])
    lines = said(at).split("\n")
    assert "lr = nan" in said(at)
    assert "later = 1 (there is no such control)" in said(at)
    assert all(len(line) < 160 for line in lines)
    assert "lr" not in widgets(at)
    assert len(at.get("vega_lite_chart")) == 4
