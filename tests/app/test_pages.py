"""What holds on every page, through Streamlit's AppTest: how it opens, what links rely on, and what a link cannot do."""

import re
from typing import Any

import pytest

from regdemo.app.frame import PAGES
from regdemo.app.sweeps import kept_runs
from tests.helpers.defaults import DEFAULTS, OPENED
from tests.helpers.links import L1_VS_L2, QUICK, WEIGHT_DECAY, controls, ignored
from tests.helpers.pages import charts, metrics, opened, said, sound
from tests.helpers.reading import at_first_sight

# before any panel is opened
WORDS_MOST = {PAGES[id]: n for id, n in {"overview": 200, "weight_decay": 250, "l1_vs_l2": 350, "dropout": 300}.items()}


@pytest.mark.parametrize("page", PAGES.values())
def test_every_page_links_to_all_pages_and_has_few_words(page):
    at = opened(page, **QUICK.get(page, {}))
    assert len(at.title) == 1
    assert 80 < len(at_first_sight(at)) <= WORDS_MOST[page]
    assert said(at) == ""
    assert len(at.sidebar.get("page_link")) == len(PAGES)


@pytest.mark.parametrize("name", DEFAULTS)
def test_a_page_opens_without_a_word_of_complaint_with_its_charts_and_the_defaults_that_links_rely_on(name):
    (page, defaults), (link, drawn) = DEFAULTS[name], OPENED[name]
    at = opened(page, **link)
    assert said(at) == ""
    assert charts(at) == drawn
    assert not at.get("progress")
    assert 80 < len(at_first_sight(at)) <= WORDS_MOST[page]
    shown = controls(at)
    now = shown | {
        n: at.session_state[n] for n in defaults if n not in shown
    }  # what means nothing now keeps its value out of sight
    assert {n: now[n] for n in defaults if n not in link} == {n: v for n, v in defaults.items() if n not in link}


@pytest.mark.parametrize("page", [WEIGHT_DECAY, L1_VS_L2])
def test_a_second_visitor_with_the_same_settings_trains_nothing(page):
    first = opened(page, **QUICK[page], seed="17")
    trained = kept_runs().computed
    second = opened(page, **QUICK[page], seed="17")
    assert metrics(second) == metrics(first)
    assert kept_runs().computed == trained


SMALL = {
    "weight decay": QUICK[WEIGHT_DECAY], "L1 versus L2": QUICK[L1_VS_L2],
    "images": {"lab": "images", "dataset": "digits", "n_train": "100", "epochs": "2", "width": "32"}, "bench": {},
}  # fmt: skip
SCRIPT, LONG = "<script>alert(1)</script>", "9" * 10_000
NONSENSE: list[tuple[str, dict[str, Any]]] = [
    ("weight decay", {
        "lr": "nan", "n_train": "1e99", "lam": ["1", "2"], "noise": SCRIPT, "epochs": LONG, "seed": "inf", "seeds": "", "no_such_thing": "1",
        "penalize_bias": "maybe", "optimizer": "adagrad", "solver": "![x](https://example.org/x.png)",
    }),
    ("weight decay", {"lam": "0.1234567", "seed": LONG}),
    ("L1 versus L2", {
        "share": "0.1234567", "lr": "nan", "solver": "sgd", "source": "../../etc/passwd", "noise": SCRIPT, "seed": LONG, "target_diabetes": "bmi",
    }),
    ("L1 versus L2", {"share": ["0.49", "0.2"]}),
    ("images", {"p1": "0.4999", "lr": "nan", "optimizer": "adagrad", "dataset": SCRIPT, "seed": LONG, "hidden": "100000"}),
    ("images", {"n_train": "1e99"}),
    ("images", {"epochs": ["1", "5"]}),
    ("bench", {"lab": "../bench"}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "nonsense"), NONSENSE)
def test_a_link_with_nonsense_opens_with_the_defaults_and_says_once_what_was_ignored(name, nonsense):
    page, defaults = DEFAULTS[name]
    at = opened(page, **SMALL[name] | nonsense)
    assert {n: controls(at).get(n) for n in nonsense} == {n: defaults.get(n) for n in nonsense}
    (box,) = at.warning
    _, *lines = ignored(at)
    assert sorted(line.split(" = ")[0] for line in lines) == sorted(nonsense)
    assert all(len(line) < 200 for line in lines)
    assert not [m for m in (*at.markdown, *at.caption) if "<script>" in m.value]
    assert "<script>" not in re.sub(r"`[^`]+`", "", box.value)  # what a link names stands as code, and is not rendered
    assert charts(at) == OPENED[name][1]
    assert said(sound(at.run())) == ""
