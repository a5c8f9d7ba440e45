"""The textbook's exercises: every link opens its page with exactly what it names."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from regdemo.app.frame import PAGES
from regdemo.content.exercises import EXERCISES, VERSION
from tests.helpers.links import CONTROLS

ROOT = Path(__file__).parents[2]


def opened(exercise, *panels):
    at = AppTest.from_file(ROOT / "streamlit_app.py", default_timeout=120)
    at.switch_page(PAGES[exercise.page])
    for panel in panels:
        at.session_state[f"panel.{panel}"] = True
    at.query_params.update({"v": VERSION} | exercise.values | {"exercise": exercise.name})
    at.run()
    assert [e.message for e in at.exception] == []
    return at


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda e: e.title)
def test_a_link_sets_up_what_the_task_speaks_of(exercise):
    at = opened(exercise)
    assert [w.value for w in at.warning] == []
    (bar,) = [m.value for m in at.markdown if m.value.startswith("**Exercise: ")]
    assert all(words in bar for words in (exercise.title, exercise.task, exercise.look))
    controls = {c.name: c for c in CONTROLS[PAGES[exercise.page]]}
    named = {k: v for k, v in exercise.values.items() if k != "pin"}
    assert {k: controls[k].text(at.session_state[k]) for k in named} == named
    pins = list(exercise.values.get("pin", ()))
    if pins:
        table = at.dataframe[0].value
        assert len(table) == len(pins) + 1
        assert table["test loss"].notna().all()  # pinned runs are trained, too
        assert table["test loss"].nunique() == len(table)
    for quoted in ("Validation curve: final loss against λ",):
        if quoted in exercise.task:
            assert quoted in [s.value for s in at.subheader]


def test_the_exercises_on_dropout_speak_of_what_their_pages_show():
    variance, weights = (e for e in EXERCISES if e.title.startswith(("The variance", "Dropout on weights")))
    at = opened(variance, "figures")
    assert "All figures" in variance.task
    assert "All figures" in [e.label for e in at.expander]
    (table,) = [t.value.astype(float) for t in at.table if "variance, train mode" in t.value.columns]
    first, second = (table.loc[f"p = 0.5, 0.5: hidden {i}"] for i in (1, 2))
    assert first["mean, train mode"] == pytest.approx(first["mean, eval mode"], rel=0.03)  # "keeps the mean, but for chance"
    assert first["variance, train mode"] > 1.5 * first["variance, eval mode"]
    assert second["mean, train mode"] != pytest.approx(second["mean, eval mode"], rel=0.03)  # its mean is asked about
    assert "training loss in eval mode" in weights.look
    assert opened(weights).dataframe[0].value["train loss, eval mode"].nunique() == 2


def test_the_overview_names_every_exercise_with_its_link():
    at = AppTest.from_file(ROOT / "streamlit_app.py", default_timeout=60).run()
    links = {link.proto.label: link.proto.query_string for link in at.get("page_link")}
    for exercise in EXERCISES:
        query = links[f"**{exercise.title}**"]
        assert query.startswith("v=1&")
        assert all(name in query for name in exercise.values)
        assert query.endswith(f"&exercise={exercise.name}")


def test_an_exercise_stays_on_its_page_until_it_is_closed():
    exercise = EXERCISES[0]
    at = AppTest.from_file(ROOT / "streamlit_app.py", default_timeout=60)
    at.switch_page(PAGES[exercise.page])
    at.query_params.update({"n_features": "5", "epochs": "5", "seeds": "2", "exercise": exercise.name})
    at.run()

    def shown() -> bool:
        assert [e.message for e in at.exception] == []
        return any(exercise.title in m.value for m in at.markdown)

    assert shown()
    at.query_params.clear()
    at.switch_page("pages/dropout.py")
    at.query_params["lab"] = "bench"
    at.run()
    assert not shown()
    at.query_params.clear()
    at.switch_page(PAGES[exercise.page]).run()
    assert shown()
    assert at.query_params["exercise"] == exercise.name
    (close,) = [b for b in at.button if b.label == "Close the exercise"]
    close.click().run()
    assert not shown()
    assert "exercise" not in at.query_params
    at.query_params.clear()
    at.switch_page("streamlit_app.py").run()
    at.switch_page(PAGES[exercise.page]).run()
    assert not shown()


def test_every_exercise_has_a_name_of_its_own():
    names = [e.name for e in EXERCISES]
    assert len(set(names)) == len(names)
    assert all(set(name) <= set("abcdefghijklmnopqrstuvwxyz-") for name in names)
