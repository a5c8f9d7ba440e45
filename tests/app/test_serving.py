"""The first answer brings the pages' style along and asks for their code, and nothing else is touched."""

import re
import webbrowser
from collections.abc import Coroutine
from contextlib import suppress

import pytest
import streamlit as st

from regdemo.app.serving import SCRIPTS, SOON, STYLE, Styled, opened

DOCUMENT = b"<html><head></head><body><p>a</p></body></html>"
BROWSER = (b"accept", b"text/html,*/*")
CACHED = [(b"accept-encoding", b"gzip"), (b"if-none-match", b'"x"'), (b"if-modified-since", b"now")]


def run(one: Coroutine) -> None:
    """Run what never waits, without a loop of events: where there are browser tests too, one is running already."""
    with suppress(StopIteration):
        one.send(None)
        pytest.fail("it waits")


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
