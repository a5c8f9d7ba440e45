"""The textbook's exercises: every link opens its page with exactly what it names."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from regdemo.exercises import EXERCISES
from regdemo.ui import PAGES

ROOT = Path(__file__).parent.parent
FILES = {label: file for file, label in PAGES.items()}


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda e: e.title)
def test_a_link_sets_up_what_the_task_speaks_of(exercise):
    at = AppTest.from_file(ROOT / "streamlit_app.py", default_timeout=120)
    at.switch_page(FILES[exercise.page])
    at.query_params.update(exercise.values)
    at.run()
    assert [e.message for e in at.exception] == []
    assert [w.value for w in at.warning] == []
    named = {k: v for k, v in exercise.values.items() if k != "pin"}
    assert {k: at.query_params[k] for k in named} == named
    pins = list(exercise.values.get("pin", ()))
    if pins:
        table = at.dataframe[0].value
        assert len(table) == len(pins) + 1
        assert table["test loss"].notna().all()  # pinned runs are trained, too
        assert table["test loss"].nunique() == len(table)
    for quoted in ("Final loss against λ", "How active the hidden units are"):
        if quoted in exercise.task:
            assert quoted in [s.value for s in at.subheader]


def test_the_overview_names_every_exercise_with_its_link():
    at = AppTest.from_file(ROOT / "streamlit_app.py", default_timeout=60).run()
    links = {link.proto.label: link.proto.query_string for link in at.get("page_link")}
    for exercise in EXERCISES:
        query = links[f"**{exercise.title}**"]
        assert query.startswith("v=1&")
        assert all(name in query for name in exercise.values)
