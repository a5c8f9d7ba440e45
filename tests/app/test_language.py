"""A language is one folder of words: with it there, every page is to be had in it, and links keep it."""

import json
import re
import shutil

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from regdemo import LinearConfig
from regdemo.app.downloads import report, report_words
from regdemo.app.frame import PAGES
from regdemo.content import say as words
from tests.helpers.links import QUICK, ignored, shown_link
from tests.helpers.pages import opened, sound


@pytest.fixture
def second(tmp_path, monkeypatch):
    """A second language, "xx": English with a mark before each question, each page's name and each name of a figure or an axis."""
    for language in ("en", "xx"):
        shutil.copytree(words.FOLDER / "en", tmp_path / language)
    for file in ("common.toml", "questions.toml", "linear.toml", "charts.toml"):
        path = tmp_path / "xx" / file
        path.write_text(re.sub('= "(?!")', '= "¿', path.read_text(encoding="utf-8")), encoding="utf-8")
    monkeypatch.setattr(words, "FOLDER", tmp_path)
    forget()
    yield "xx"
    monkeypatch.undo()
    forget()


def forget() -> None:
    """Look for languages and read their words anew."""
    words.languages.cache_clear()
    words.texts.cache_clear()


def marked(at: AppTest) -> set[bool]:
    """Whether headings of the questions are in the second language, and whether the pages' names are."""
    names = [link.proto.label for link in at.get("page_link")][: len(PAGES)]
    headings = [*(s.value for s in at.subheader), *(e.label for e in at.expander)]
    headings = [title for title in headings if "Predict, then look" in title or "Questions that everybody" in title]
    assert headings
    return {text.startswith("¿") for text in (*names, *headings)}


@pytest.mark.parametrize("page", PAGES.values())
def test_a_link_opens_every_page_in_a_language_that_there_is(second, page):
    at = opened(page, lang=second, **QUICK.get(page, {}))
    assert ignored(at) == []
    assert marked(at) == {True}
    assert at.query_params["lang"] == second
    assert marked(opened(page, **QUICK.get(page, {}))) == {False}


def test_the_language_stays_on_other_pages_and_in_links(second):
    at = opened(lang=second, **QUICK["pages/weight_decay.py"])
    assert shown_link(at)["lang"] == second
    at.query_params.clear()
    at.query_params.update(QUICK["pages/dropout.py"])
    sound(at.switch_page("pages/dropout.py").run())
    assert marked(at) == {True}
    assert shown_link(at)["lang"] == second
    at.query_params["lang"] = "en"
    assert marked(sound(at.run())) == {False}


def test_a_pinned_run_is_kept_for_every_language(second):
    pinned = QUICK["pages/weight_decay.py"] | {"pin": "1~n_train~20~lam~0.3~seeds~2~epochs~5"}
    english, other = (opened(lang=lang, **pinned).dataframe[0].value for lang in ("en", second))
    assert list(english.index) == ["now", "🟣 pin 1"]
    assert list(other.index) == ["¿now", "🟣 ¿pin 1"]
    assert len(english.columns) == len(other.columns)
    assert other.loc["🟣 ¿pin 1", "¿test loss"] == english.loc["🟣 pin 1", "test loss"] > 0


def test_charts_are_named_in_the_language_of_the_page(second):
    for chart in opened(lang=second, **QUICK["pages/weight_decay.py"]).get("vega_lite_chart"):
        titles: list[str] = []
        json.loads(chart.proto.spec, object_hook=lambda part, titles=titles: titles.append(part.get("title") or "λ"))
        assert {title[0] for title in titles} == {"¿", "λ"}


def test_a_report_is_in_the_language_of_the_page_whoever_makes_it(second):
    spoken = words.language.set(second)
    here = report_words()
    words.language.reset(spoken)
    text = report(here, "Title", "http://localhost", LinearConfig(), {}, [], pd.DataFrame({"a": [1.0]}))
    assert re.findall(r'lang="(\w+)"|<h2>(.*?)</h2>', text) == [("xx", ""), ("", "¿Pinned runs"), ("", "¿Settings")]


def test_a_language_is_offered_where_there_is_another(second):
    labels = [link.proto.label for link in opened("streamlit_app.py").get("page_link")]
    assert "¿English" in labels
    assert "English" not in labels


def test_with_english_alone_no_language_is_offered_and_others_are_said_as_ignored():
    at = opened(lang="xx", **QUICK["pages/weight_decay.py"])
    assert ignored(at)[1:] == ["lang = xx (there is no such language)"]
    assert "lang" not in at.query_params
    assert "English" not in [link.proto.label for link in at.get("page_link")]
