"""A teacher's link hides whole sections: the page leaves them out, and says so at its foot."""

import pytest

from regdemo.app.class_view import SECTIONS
from regdemo.app.frame import PAGES
from regdemo.content.say import ENGLISH, say, texts
from tests.helpers.links import CONTROLS, QUICK
from tests.helpers.pages import charts, opened, said

FOOT = "Not shown by the link that you opened: "


def foot(at):
    return [c.value.removeprefix(FOOT) for c in at.caption if c.value.startswith(FOOT)]


@pytest.mark.parametrize("page", SECTIONS)
def test_every_section_has_a_title_and_no_control_has_its_name(page):
    assert {f"common.sections.{id}" for id in SECTIONS[page]} <= set(texts(ENGLISH))
    assert not {c.name for c in CONTROLS[PAGES[page]]} & set(SECTIONS[page])


# the links that show a page's sections: together all of them
SHOWING = {
    "weight_decay": [
        QUICK[PAGES["weight_decay"]],
        *({"lab": lab} for lab in ("early stopping", "double descent", "bias and variance")),
    ],
    "l1_vs_l2": [QUICK[PAGES["l1_vs_l2"]], {"lab": "prior"}],
    "dropout": [
        QUICK[PAGES["dropout"]],
        {"lab": "curve", "steps": "400", "curve_seeds": "4"},
        {"lab": "all rates", "steps": "400"},
        {"lab": "decay"},
        {"lab": "batch norm", "epochs": "2"},
        {"lab": "images", "dataset": "digits", "n_train": "100", "epochs": "1", "width": "16"},
        {"lab": "paper"},
    ],
}
PUBLISHED = {"published"}  # a panel of the settings of a published table alone: they would take long


@pytest.mark.parametrize("page", SECTIONS)
def test_each_section_is_left_out_and_the_foot_names_it(page):
    file = PAGES[page]
    left = set(SECTIONS[page]) - PUBLISHED
    for link in SHOWING[page]:
        whole = opened(file, **link)
        assert foot(whole) == []
        for section in sorted(left):
            at = opened(file, **link, hide=section)
            if size(at) < size(whole):
                left.remove(section)
            assert foot(at) == [f"{say(f'common.sections.{section}')}."]
            assert said(at) == ""
            assert at.query_params["hide"] == section
    assert left == set()


def size(at):
    return charts(at) + len(at.expander) + len(at.subheader)


@pytest.mark.parametrize(
    ("page", "link"),
    [(page, link) for page, links in SHOWING.items() for link in links],
    ids=lambda v: v if isinstance(v, str) else v.get("lab", ""),
)
def test_a_page_without_any_of_its_sections_is_a_whole_page(page, link):
    at = opened(PAGES[page], **link, hide=",".join(SECTIONS[page]))
    assert said(at) == ""
    assert size(at) == len(at.sidebar.expander)


def test_only_one_chart_and_the_bar_can_be_left():
    page = PAGES["weight_decay"]
    at = opened(page, **QUICK[page], hide=",".join(id for id in SECTIONS["weight_decay"] if id != "loss"), lock="n_train")
    assert charts(at) == 1
    assert [e.label for e in at.main.expander] == []
    assert at.session_state["lam"] == 0.5


def test_a_section_cannot_be_locked_and_one_of_another_page_is_ignored():
    page = PAGES["weight_decay"]
    at = opened(page, **QUICK[page], hide="plane", lock="norms")
    assert "hide = plane (not on this page)" in said(at)
    assert "lock = norms (not on this page)" in said(at)
    assert charts(at) == 4
