"""What holds on every page, through Streamlit's AppTest: how it opens, what links rely on, and what a link cannot do."""

import re
from typing import Any

import pytest

from regdemo.app.frame import PAGES
from regdemo.app.sweeps import kept_runs
from tests.helpers.defaults import DEFAULTS
from tests.helpers.links import L1_VS_L2, QUICK, WEIGHT_DECAY, controls
from tests.helpers.pages import charts, metrics, opened, said, sound
from tests.helpers.reading import at_first_sight

# how each is opened, so that it trains in no time where its defaults take long; the charts that are on it then
OPENED: dict[str, tuple[dict[str, str], int]] = {
    "weight decay": ({}, 4),
    "early stopping": ({"lab": "early stopping"}, 2),
    "double descent": ({"lab": "double descent"}, 2),
    "bias and variance": ({"lab": "bias and variance"}, 2),
    "L1 versus L2": ({}, 6),
    "prior": ({"lab": "prior"}, 2),
    # loss, accuracy, ridgelines, activity, averaging
    "images": ({"lab": "images", "dataset": "digits", "n_train": "100", "epochs": "2"}, 5),
    "curve": ({"lab": "curve", "steps": "400"}, 2),  # fits, loss
    "all rates": ({"lab": "all rates", "steps": "400"}, 4),  # fit, losses, coverage, weights
    "bench": ({}, 3),  # network, numbers, running mean
    "paper": ({"lab": "paper"}, 1),  # of four figures the first is open
}


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
NONSENSE: dict[str, dict[str, dict[str, Any]]] = {
    "weight decay": {
        "not a number": {"lr": "nan"},
        "a number that overflows": {"n_train": "1e99"},
        "given twice": {"lam": ["1", "2"]},
        "off the grid": {"lam": "0.1234567"},
        "a script": {"noise": "<script>alert(1)</script>"},
        "ten thousand characters": {"epochs": "9" * 10_000},
        "ten thousand characters for a number": {"seed": "9" * 10_000},
        "infinity": {"seed": "inf"},
        "nothing": {"seeds": ""},
        "a huge whole number": {"seed": "99999999999999999999"},
        "a negative number": {"seed": "-1"},
        "a fraction": {"seed": "1.5"},
        "other digits": {"seed": "١٢"},
        "a name of nothing": {"no_such_thing": "1"},
        "a word for a switch": {"penalize_bias": "maybe"},
        "an inner name": {"optimizer": "adagrad"},
        "Markdown": {"solver": "![x](https://example.org/x.png)"},
    },
    "L1 versus L2": {
        "off the grid": {"share": "0.1234567"},
        "not a number": {"lr": "nan"},
        "an inner name": {"solver": "sgd"},
        "another source": {"source": "../../etc/passwd"},
        "given twice": {"share": ["0.49", "0.2"]},
        "a script": {"noise": "<script>alert(1)</script>"},
        "ten thousand characters": {"seed": "9" * 10_000},
        "a name of nothing": {"target_diabetes": "bmi"},
    },
    "images": {
        "off the grid": {"p1": "0.4999"},
        "not a number": {"lr": "nan"},
        "a number that overflows": {"n_train": "1e99"},
        "an inner name": {"optimizer": "adagrad"},
        "given twice": {"epochs": ["1", "5"]},
        "a script": {"dataset": "<script>alert(1)</script>"},
        "ten thousand characters": {"seed": "9" * 10_000},
        "a name of nothing": {"hidden": "100000"},
    },
    "bench": {"another lab": {"lab": "../bench"}},
}


@pytest.mark.parametrize(("name", "what"), [(name, what) for name, links in NONSENSE.items() for what in links])
def test_a_link_with_nonsense_opens_with_the_default_and_says_once_what_was_ignored(name, what):
    (page, defaults), link = DEFAULTS[name], NONSENSE[name][what]
    (parameter,) = link
    at = opened(page, **SMALL[name] | link)
    assert controls(at).get(parameter) == defaults.get(parameter)
    (box,) = at.warning
    assert parameter in box.value
    assert len(said(at)) < 300
    assert not [m for m in (*at.markdown, *at.caption) if "<script>" in m.value]
    assert "<script>" not in re.sub(r"`[^`]+`", "", box.value)  # what a link names stands as code, and is not rendered
    assert charts(at) == OPENED[name][1]
    assert said(sound(at.run())) == ""
