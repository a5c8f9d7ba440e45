"""The first answer brings the pages' style along and asks for their code; Streamlit's files are read once; all else is left as it is."""

import asyncio
import gzip
import re
import webbrowser
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor

import pytest
import streamlit as st

from regdemo.app.serving import KEPT_BYTES, SCRIPTS, SOON, STYLE, Remembered, Styled, opened

DOCUMENT = b"<html><head></head><body><p>a</p></body></html>"
BROWSER = (b"accept", b"text/html,*/*")
CACHED = [(b"accept-encoding", b"gzip"), (b"if-none-match", b'"x"'), (b"if-modified-since", b"now")]


def run(one: Coroutine) -> None:
    """Run it in a thread: where there are browser tests too, a loop of events is running in this one already."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, one).result()


def answered(kind: bytes, scope: dict) -> tuple[list[tuple[bytes, bytes]], dict[bytes, bytes], bytes]:
    """What an app behind the style was asked, and what came back from it: headers and body."""
    asked, sent = [], []

    async def app(scope, receive, send):
        asked.extend(scope["headers"])
        length = str(len(DOCUMENT)).encode()
        await send(
            {"type": "http.response.start", "status": 200, "headers": [(b"content-type", kind), (b"content-length", length)]}
        )
        await send({"type": "http.response.body", "body": DOCUMENT[:20], "more_body": True})
        await send({"type": "http.response.body", "body": DOCUMENT[20:]})

    async def send(message):
        sent.append(message)

    run(Styled(app)(scope, None, send))
    start, *parts = sent
    return asked, dict(start["headers"]), b"".join(part["body"] for part in parts)


def test_a_document_comes_whole_with_the_style_at_its_end():
    asked, headers, body = answered(b"text/html; charset=utf-8", {"type": "http", "headers": [BROWSER, *CACHED]})
    assert asked == [BROWSER]  # neither packed nor “as you have it”
    assert b"content-length" not in headers
    before, _, after = DOCUMENT.partition(b"</body>")
    assert body.startswith(before)
    assert body.endswith(b"<style>" + STYLE.read_bytes() + b"</style></body>" + after)
    links = re.findall(r'<link rel="modulepreload" crossorigin href="./static/js/([\w.-]+)">', body.decode())
    assert links == SCRIPTS
    assert [name.split(".")[0] for name in links] == list(SOON)  # this Streamlit calls them as those before it


@pytest.mark.parametrize(
    ("kind", "scope"),
    [
        (b"text/html", {"type": "http", "headers": [(b"accept", b"*/*"), *CACHED]}),
        (b"text/html", {"type": "http", "headers": CACHED}),
        (b"application/javascript", {"type": "http", "headers": [BROWSER]}),
        (b"text/html", {"type": "websocket", "headers": [BROWSER, *CACHED]}),
    ],
)
def test_everything_else_is_left_as_it_is(kind, scope):
    asked, headers, body = answered(kind, scope)
    assert asked == scope["headers"]
    assert int(headers[b"content-length"]) == len(body)
    assert body == DOCUMENT


FILE = {"type": "http", "method": "GET", "path": "/static/js/a.js", "headers": []}
PACKED = FILE | {"headers": [(b"accept-encoding", b"gzip")]}


class Files:
    """Answers with a file in two parts, and counts how often it was asked."""

    def __init__(self, status=200, size=10):
        self.asked, self.status, self.body = 0, status, b"x" * size

    async def __call__(self, scope, receive, send):
        self.asked += 1
        await asyncio.sleep(0)  # as a file is read by a thread
        await send({"type": "http.response.start", "status": self.status, "headers": [(b"etag", b"1")]})
        await send({"type": "http.response.body", "body": self.body, "more_body": True})
        await send({"type": "http.response.body", "body": scope["path"].encode()})


def answers(app, *scopes):
    """What comes back for each of these, one after the other."""
    server, found = Remembered(app), []
    for scope in scopes:
        sent = []

        async def send(message, sent=sent):
            sent.append(message)

        run(server(scope, None, send))
        found.append(sent)
    return found


def test_a_file_of_streamlits_is_read_once_for_everybody():
    app = Files()
    first, second, other = answers(app, FILE, FILE, FILE | {"path": "/static/js/b.js"})
    assert first == second
    assert b"".join(part["body"] for part in second[1:]) == app.body + b"/static/js/a.js"
    assert other[-1]["body"] == b"/static/js/b.js"
    assert app.asked == 2


@pytest.mark.parametrize(
    "scope",
    [
        FILE | {"path": "/media/a.js"},
        FILE | {"method": "POST"},
        FILE | {"type": "websocket"},
        *(FILE | {"headers": [(name, b"1")]} for name in (b"range", b"if-range", b"if-none-match", b"if-modified-since")),
    ],
)
def test_what_is_no_whole_file_of_streamlits_is_asked_for_each_time(scope):
    app = Files()
    answers(app, scope, scope)
    assert app.asked == 2


def test_who_comes_at_the_same_time_waits_for_the_same_reading():
    app, found = Files(), []
    server = Remembered(app)

    async def send(message):
        found.append(message)

    async def a_class():
        await asyncio.gather(*(server(FILE, None, send) for _ in range(30)))

    run(a_class())
    assert app.asked == 1
    assert [message["type"] for message in found].count("http.response.start") == 30


@pytest.mark.parametrize("app", [Files(status=404), Files(status=304), Files(size=KEPT_BYTES + 1)])
def test_what_is_missing_or_too_large_is_not_kept(app):
    first, second = answers(app, FILE, FILE)
    assert first == second
    assert app.asked == 2


def test_files_are_packed_once_for_browsers_that_can_unpack_them():
    app = Files(size=5000)
    packed, again, plain = answers(app, PACKED, PACKED, FILE)
    assert packed == again
    assert dict(packed[0]["headers"])[b"content-encoding"] == b"gzip"
    body = b"".join(part["body"] for part in packed[1:])
    assert len(body) < 500
    assert gzip.decompress(body) == b"".join(part["body"] for part in plain[1:]) == app.body + b"/static/js/a.js"


def test_a_document_that_is_remembered_is_given_its_style_once():
    async def app(scope, receive, send):
        length = str(len(DOCUMENT)).encode()
        headers = [(b"content-type", b"text/html"), (b"content-length", length)]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": DOCUMENT})

    server, sent = Styled(Remembered(app)), []

    async def send(message):
        sent.append(message)

    for _ in range(2):
        run(server(FILE | {"headers": [BROWSER]}, None, send))
    assert sent[:2] == sent[2:]
    assert sent[1]["body"].count(b"<style>") == 1


def test_the_room_for_files_is_bounded():
    app = Files(size=KEPT_BYTES // 3)
    many = [FILE | {"path": f"/static/js/{i}.js"} for i in range(4)]
    answers(app, FILE, *many, FILE)
    assert app.asked == 6


@pytest.mark.parametrize("headless", [False, True])
def test_the_readers_browser_opens_unless_it_is_a_server(headless, monkeypatch):
    seen = []
    options = {"server.headless": headless, "server.port": 8502}
    monkeypatch.setattr(st, "get_option", options.__getitem__)
    monkeypatch.setattr(webbrowser, "open", seen.append)

    async def started():
        async with opened(None):
            pass

    monkeypatch.setattr("regdemo.app.serving.Thread", Now)
    run(started())
    assert seen == ([] if headless else ["http://localhost:8502"])


class Now:
    """A thread that has done its work when it was started."""

    def __init__(self, target, args, daemon):
        self.start = lambda: target(*args)
