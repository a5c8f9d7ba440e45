"""deploy/serve: several processes behind HAProxy, met by visitors who speak Streamlit's protocol, and one of them killed."""

import asyncio
import os
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import pytest
from streamlit.testing.v1 import AppTest
from websockets.exceptions import ConnectionClosed

from regdemo.app.limits import UNLIMITED
from regdemo.content.say import say
from tests.helpers.deployed import Deployed, deployed, missing, wait_for
from tests.helpers.links import WEIGHT_DECAY
from tests.helpers.pages import ROOT, film, released
from tests.helpers.student import Student, visiting

T = TypeVar("T")
QUICK = "/weight_decay?n_features=5&epochs=5&seeds=2&lam=1"
NETWORK, LONG = "/dropout?lab=curve&steps=400&seed=7", "/dropout?lab=curve&steps=4000&seed=7"


@pytest.fixture(scope="module")
def server() -> Iterator[Deployed]:
    if lacking := missing():
        if os.environ.get("CI"):
            pytest.fail(f"no {', '.join(lacking)} on this machine, and CI must run these tests")
        pytest.skip(f"no {', '.join(lacking)} on this machine")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(UNLIMITED, "1")  # a busy machine asks before it trains for long
        with deployed(2) as server:
            yield server
            assert "Traceback" not in server.log()


def told(student: Student) -> list[str]:
    """All that the page says, but for how long it took."""
    assert student.troubles() == []
    said = [text.body for text in student.all("markdown")] + [f"{m.label} {m.body}" for m in student.all("metric")]
    return [text for text in said if "took" not in text]


def run(work: Coroutine[Any, Any, T]) -> T:
    """What it gives, on a thread of its own: on the main one the browser's loop may run."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


async def on(server: Deployed, name: str, link: str) -> Student:
    """A visitor whose page is open on this process, which is up or will be."""

    async def there() -> Student | None:
        student = Student(server.url, link, {"SERVER": name})
        await student.open()
        if student.cookies["SERVER"] == name:
            return student
        await student.close()
        return None

    while (student := await there()) is None:
        await asyncio.to_thread(wait_for, lambda: server.up(name), f"{name} did not come back")
    return student


def test_a_visitor_over_the_wire_sees_what_the_page_gives_without_a_server(server):
    async def visit() -> tuple[dict[str, Any], list[str]]:
        async with visiting(server.url, QUICK) as student:
            await student.change("noise", "0.5")
            await student.release(10)
            return student.bar(), told(student)

    bar, texts = run(visit())
    at = AppTest.from_file(ROOT / "streamlit_app.py", default_timeout=60)
    at.switch_page(WEIGHT_DECAY)
    at.query_params.update({"n_features": "5", "epochs": "5", "seeds": "2", "lam": "1"})
    at.run().select_slider(key="noise").set_value(0.5).run()
    released(at, 10)
    assert (bar["at"], bar["leads"], bar["figures"]) == (10, film(at)["leads"], [list(f) for f in film(at)["figures"]])
    assert sorted(texts) == sorted(text.value for text in (*at.markdown, *at.caption) if "took" not in text.value)


def test_visitors_are_spread_over_the_processes_and_each_comes_back_to_its_own(server):
    async def visit() -> None:
        async with visiting(server.url, QUICK) as one, visiting(server.url, QUICK) as other:
            assert {one.cookies["SERVER"], other.cookies["SERVER"]} == {"app0", "app1"}
            for student in (one, other):
                again = Student(server.url, QUICK, dict(student.cookies))
                await again.open()
                await again.close()
                assert again.cookies["SERVER"] == student.cookies["SERVER"]

    run(visit())


def test_all_processes_sign_with_one_secret_that_only_their_owner_reads(server):
    path = server.folder / "secret"
    secret = path.read_text()
    assert len(secret) == 64
    assert path.stat().st_mode & 0o777 == 0o600
    assert {app.environ()["STREAMLIT_SERVER_COOKIE_SECRET"] for app in server.apps()} == {secret}


def test_training_can_be_stopped_and_a_control_moved_meanwhile(server):
    async def visit() -> None:
        student = Student(server.url, LONG)
        await student.arrive()
        for _ in range(2):  # the first may come before the button beside it
            await student.until("progress")
        (stop,) = [button for button in student.all("button") if button.label == say("common.training.stop")]
        await student.ask(student.pressed(stop))
        assert any(text.startswith("Stopped at epoch") for text in told(student))
        (again,) = [button for button in student.all("button") if button.label == say("common.training.restart")]
        await student.send(student.pressed(again))
        await student.until("progress")
        await student.change("steps", "400")
        async with visiting(server.url, NETWORK) as other:
            assert told(other) == told(student)
        await student.close()

    run(visit())


def test_who_was_on_a_killed_process_is_at_once_on_another_with_the_same_link_and_figures(server):
    link = NETWORK.replace("seed=7", "seed=8")

    async def killed() -> None:
        student = Student(server.url, link, {"SERVER": "app0"})
        await student.arrive()
        await student.until("progress")
        before = server.app("app0")
        before.kill()
        with pytest.raises(ConnectionClosed):
            await student.answered()
        await student.open()
        assert student.cookies["SERVER"] == "app1"
        figures = told(student)
        assert any("test loss" in text for text in figures)
        await student.close()
        restarted = await on(server, "app0", link)
        assert server.app("app0").pid != before.pid
        assert told(restarted) == figures
        await restarted.close()

    run(killed())
