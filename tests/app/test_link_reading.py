"""Reading a link, without Streamlit: any parameters at all give values that the controls have, and say what they are not."""

from typing import Any

import pytest
from hypothesis import example, given, settings

from regdemo.app.controls import Control
from regdemo.app.frame import PAGES
from regdemo.app.links import LINK_VERSION, OWN_WORDS, as_number, earlier_defaults, other_seed, read_link
from regdemo.content.exercises import EXERCISES
from regdemo.content.questions.registry import QUESTIONS
from tests.helpers.hostile import links
from tests.helpers.links import CONTROLS, DROPOUT, IDS, WEIGHT_DECAY

MAIN = CONTROLS[WEIGHT_DECAY]
PAGE = IDS[WEIGHT_DECAY]
BY_NAME = {c.name: c for c in MAIN}
V = str(LINK_VERSION)


def read(**params: Any):
    return read_link({name: [text] if isinstance(text, str) else text for name, text in params.items()}, MAIN, PAGE)


@pytest.mark.parametrize(
    ("name", "text", "value", "written"),
    [
        ("lam", "5.0", 5.0, "5"), ("lam", "05", 5.0, "5"), ("lam", "5.", 5.0, "5"), ("lam", "5e0", 5.0, "5"), ("lam", "-0", 0.0, "0"),
        ("noise", ".1", 0.1, "0.1"), ("noise", "1e-1", 0.1, "0.1"), ("noise", "1E-1", 0.1, "0.1"), ("noise", "0.10", 0.1, "0.1"),
        ("n_train", "20.0", 20, "20"), ("epochs", "1e3", 1000, "1000"), ("seed", "7.0", 7, "7"), ("seed", "007", 7, "7"),
        ("seed", "9999", 9999, "9999"), ("penalize_bias", "true", True, "true"), ("optimizer", "Adam", "adam", "Adam"),
    ],
)  # fmt: skip
def test_a_number_written_another_way_is_the_same_number_and_is_written_as_the_control_does(name, text, value, written):
    link = read(**{name: text})
    assert link.ignored == []
    assert link.values == {name: value}
    assert type(link.values[name]) is type(value)
    assert link.address == {name: [written]}


@pytest.mark.parametrize(
    ("name", "text", "value", "written"),
    [("rival", "no cure", "no cure", "unregularized"), ("lab", "bench", "bench", "mask demo")],
)
def test_a_word_that_links_once_had_for_an_option_still_means_it(name, text, value, written):
    for words in (text, written):
        link = read_link({name: [words]}, CONTROLS[DROPOUT], IDS[DROPOUT])
        assert (link.ignored, link.values, link.address) == ([], {name: value}, {name: [written]})


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("lam", "5.1"), ("lam", "4.9999999999999999999"), ("noise", "1e-2000"), ("noise", "0.1.0"), ("noise", "0x1"), ("noise", "1_0"),
        ("seed", "1.5"), ("seed", "-1"), ("seed", "10000"), ("seed", "1e999"), ("seed", "١٢"), ("seed", "²"), ("seed", " 1"), ("seed", "1\n"),
        ("seed", ""), ("lam", "nan"), ("lam", "inf"), ("lam", "."), ("lam", "e1"), ("lam", "+5"), ("seed", "9" * 10_000),
        ("penalize_bias", "1"), ("penalize_bias", "True"), ("optimizer", "adam"), ("optimizer", "1"),
    ],
)  # fmt: skip
def test_what_is_another_number_or_none_is_ignored_in_one_line(name, text):
    link = read(**{name: text, "n_train": "50"})
    assert link.values == {"n_train": 50}
    (line,) = link.ignored
    assert line.startswith(f"{name} = ")
    assert line.endswith("(not on this control)")
    assert len(line) < 100


def test_a_switch_is_what_has_two_truth_values_and_zero_and_one_are_numbers():
    number, switch = (Control("c", "c", options, options[0], "") for options in ((0, 1), (False, True)))
    assert (number.value("1"), number.value("true")) == (1, None)
    assert (switch.value("true"), switch.value("1")) == (True, None)


@pytest.mark.parametrize("page", CONTROLS)
def test_no_control_has_a_name_that_a_link_needs_for_itself(page):
    assert not set(OWN_WORDS) & {c.name for c in CONTROLS[page]}


@pytest.mark.parametrize("page", PAGES)
def test_a_question_is_opened_on_its_own_page_alone(page):
    here = {c.number for c in QUESTIONS.get(page, ())}
    for number in range(12):
        link = read_link({"ask": [str(number)]}, (), page)
        assert link.ask == (number if number in here else None)
        assert link.ignored == ([] if number in here else [f"ask = {number} (this page has no such question)"])
        assert not link.settles
    assert read_link({"ask": ["01"]}, (), page).ask is None


@pytest.mark.parametrize("page", PAGES)
def test_an_exercise_is_opened_on_its_own_page_alone(page):
    for exercise in EXERCISES:
        link = read_link({"exercise": [exercise.name]}, (), page)
        assert link.exercise == (exercise if exercise.page == page else None)
        assert len(link.ignored) == (exercise.page != page)
    assert read_link({"exercise": ["<b>x</b>"]}, (), page).ignored == ["exercise = <b>x</b> (this page has no such exercise)"]


def test_what_is_given_twice_counts_once_or_not_at_all():
    link = read(lam=["1", "1"], ask=["3", "3"], exercise=["best-lambda"] * 2, hide=["lr", "lr,lam"], text=["large", "large"])
    assert link.values == {}
    assert (link.ask, link.exercise) == (None, None)
    assert (link.hide, link.large) == ({"lr", "lam"}, True)
    assert len(link.ignored) == 5
    assert all("given twice" in line for line in link.ignored)


@pytest.mark.parametrize(
    ("params", "settles"),
    [({}, False), ({"ask": "3"}, False), ({"lam": "x"}, False), ({"lam": "3"}, True), ({"exercise": "best-lambda"}, True),
     ({"lock": "lam"}, True), ({"pin": V}, True)],
)  # fmt: skip
def test_a_link_settles_a_page_where_it_says_more_than_a_question(params, settles):
    assert read(**params).settles == settles


@settings(max_examples=400, deadline=None)
@given(links(MAIN))
@example({"hide": ["lam"], "lock": ["lam"]})
@example({"v": ["1"], "lam": [""]})
def test_whatever_a_link_holds_what_counts_of_it_is_on_the_controls_and_reads_the_same_again(params):
    link = read_link(params, MAIN, PAGE)
    assert all(value in BY_NAME[name].options for name, value in link.values.items())
    assert (link.hide | link.lock) <= set(BY_NAME)
    assert not link.hide & link.lock
    older = set(earlier_defaults(1, PAGE)) if "v" in params else set()  # an older link leaves out what was the default then
    assert link.address.keys() <= (params.keys() | older) - {"v"}
    again = read_link(link.address, MAIN, PAGE)
    assert (again.address, again.values, again.ignored) == (link.address, link.values, [])
    assert all(len(line) < 250 for line in link.ignored)
    for (
        name,
        texts,
    ) in params.items():  # each parameter counts as it stands, or a line says so, or it is a number in another form
        if name in BY_NAME and link.address.get(name) != texts:
            number = as_number(texts[0])
            same = name in link.values and number is not None and as_number(link.address[name][0]) == number
            assert same or any(line.startswith(name[:60]) for line in link.ignored)


def test_one_press_after_the_other_a_new_seed_comes_to_every_seed_before_one_comes_again():
    seeds = [0]
    while (seed := other_seed(seeds[-1])) != 0:
        seeds.append(seed)
    assert sorted(seeds) == list(range(10_000))
