"""A training stands still while other sessions' pages are being drawn, and goes on all the same."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

from streamlit.testing.v1 import AppTest

from regdemo.app import courtesy
from regdemo.app.courtesy import SCRIPTS, courteous, drawing


@contextmanager
def another_script(trains: bool) -> Iterator[None]:
    """The script of another session's page runs."""
    there, leave = Event(), Event()

    def script() -> None:
        if trains:
            with courteous():
                there.set()
                leave.wait(60)
        else:
            there.set()
            leave.wait(60)

    thread = Thread(target=script, name=SCRIPTS)
    thread.start()
    assert there.wait(10)
    try:
        yield
    finally:
        leave.set()
        thread.join()


def test_the_scripts_of_pages_are_known_by_their_threads():
    def page() -> None:
        import threading

        import streamlit as st

        st.text(threading.current_thread().name)

    assert AppTest.from_function(page).run().text[0].value == SCRIPTS


def test_others_are_being_drawn_where_a_script_runs_that_trains_nothing():
    assert not drawing()
    with another_script(trains=False):
        assert drawing()
    with another_script(trains=True):
        assert not drawing()
    assert not drawing()


def test_a_training_stands_still_for_others_and_goes_on_before_they_end(monkeypatch):
    still: list[float] = []
    monkeypatch.setattr(courtesy, "sleep", still.append)
    with courteous() as give_way:
        give_way()
        assert not still
        with another_script(trains=False):
            give_way()  # comes back though the other goes on
        assert still
        still.clear()
        with another_script(trains=True):
            give_way()
        assert not still
    assert not courtesy._trainings
