"""The server around the pages: what every page needs comes with the first answer, and Streamlit's own files from memory.

A script's own style arrives with its code, after the first elements are drawn: they would jump, and the whole page with them once
the side panel came. And the browser asks for the code of bar and charts when the script sends them: it has it by then.
"""

import webbrowser
from asyncio import Lock
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from threading import Thread

import streamlit as st
from cachetools import LRUCache
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from regdemo.app.promptness import send_at_once

# of the bar and the charts, as Streamlit calls them; where it has none of that name, the browser asks for it later
SOON = ("BidiComponent", "ArrowVegaLiteChart", "embed", "recordbatch", "serialization")
SCRIPTS = [path.name for name in SOON for path in (Path(st.__file__).parent / "static/static/js").glob(f"{name}.*.js")]
STYLE = Path(__file__).with_name("frame.css")
WHOLE = (b"accept-encoding", b"if-modified-since", b"if-none-match")  # headers without which an answer comes whole and as text
PART = {b"if-modified-since", b"if-none-match", b"if-range", b"range"}  # headers that ask for less than a whole file
KEPT_BYTES = 30_000_000


class Styled:
    """Whatever `app` answers, with links to the scripts and the pages' style, stronger there than Streamlit's own, in each document."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        links = "".join(f'<link rel="modulepreload" crossorigin href="./static/js/{name}">' for name in SCRIPTS)
        self.end = f"{links}<style>{STYLE.read_text(encoding='utf-8')}</style></body>".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or b"text/html" not in dict(scope["headers"]).get(b"accept", b""):
            await self.app(scope, receive, send)
            return
        html = False

        async def styled(message: Message) -> None:
            nonlocal html
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=[*message["headers"]])
                if html := headers.get("content-type", "").startswith("text/html"):
                    del headers["content-length"]
                    message = {**message, "headers": headers.raw}  # not in place: it may be one that is remembered
            elif html:
                message = {**message, "body": message.get("body", b"").replace(b"</body>", self.end)}
            await send(message)

        headers = [(name, value) for name, value in scope["headers"] if name not in WHOLE]
        await self.app({**scope, "headers": headers}, receive, styled)


@asynccontextmanager
async def opened(app: st.App) -> AsyncIterator[None]:
    """Answers leave at once from the first one on; the reader's browser opens, as it does where Streamlit runs a script alone."""
    send_at_once()
    if not st.get_option("server.headless"):
        Thread(target=webbrowser.open, args=(f"http://localhost:{st.get_option('server.port')}",), daemon=True).start()
    yield


class Remembered:
    """Streamlit's own files, packed and from memory: `app` would read all 134 of them anew for each browser that was never here."""

    def __init__(self, app: ASGIApp) -> None:
        self.app, self.packed, self.reading = app, GZipMiddleware(app, compresslevel=6), Lock()
        self.kept: LRUCache[tuple[str, bool], list[Message]] = LRUCache(KEPT_BYTES, getsizeof=size)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = dict(scope.get("headers", ()))
        a_file = scope["type"] == "http" and scope["method"] == "GET" and scope["path"].startswith("/static/")
        if not a_file or PART & asked.keys():
            await self.app(scope, receive, send)
            return
        key = scope["path"], b"gzip" in asked.get(b"accept-encoding", b"")
        if (answer := self.kept.get(key)) is None:
            async with self.reading:  # who comes at the same time waits for it
                answer = self.kept.get(key) or await self.read(key, scope, receive)
        for message in answer:
            await send(message)

    async def read(self, key: tuple[str, bool], scope: Scope, receive: Receive) -> list[Message]:
        answer: list[Message] = []

        async def noted(message: Message) -> None:
            answer.append(message)

        await self.packed(scope, receive, noted)
        if answer[0]["status"] == 200:
            with suppress(ValueError):  # larger than all that is kept
                self.kept[key] = answer
        return answer


def size(answer: list[Message]) -> int:
    return sum(len(message.get("body", b"")) for message in answer) + 1000


MIDDLEWARE = (Middleware(Styled), Middleware(Remembered))
