"""The server around the pages: what every page needs comes with the first answer, before its script has said anything.

A script's own style arrives with its code, after the first elements are drawn: they would jump, and the whole page with them once
the side panel came. And the browser asks for the code of bar and charts when the script sends them: it has it by then.
"""

import webbrowser
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from threading import Thread

import streamlit as st
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# of the bar and the charts, as Streamlit calls them; where it has none of that name, the browser asks for it later
SOON = ("BidiComponent", "ArrowVegaLiteChart", "embed", "recordbatch", "serialization")
SCRIPTS = [path.name for name in SOON for path in (Path(st.__file__).parent / "static/static/js").glob(f"{name}.*.js")]
STYLE = Path(__file__).with_name("frame.css")
WHOLE = (b"accept-encoding", b"if-modified-since", b"if-none-match")  # headers without which an answer comes whole and as text


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
                headers = MutableHeaders(scope=message)
                if html := headers.get("content-type", "").startswith("text/html"):
                    del headers["content-length"]
            elif html:
                message["body"] = message.get("body", b"").replace(b"</body>", self.end)
            await send(message)

        headers = [(name, value) for name, value in scope["headers"] if name not in WHOLE]
        await self.app({**scope, "headers": headers}, receive, styled)


@asynccontextmanager
async def opened(app: st.App) -> AsyncIterator[None]:
    """The reader's browser opens with the server, as it does where Streamlit runs a script alone."""
    if not st.get_option("server.headless"):
        Thread(target=webbrowser.open, args=(f"http://localhost:{st.get_option('server.port')}",), daemon=True).start()
    yield


MIDDLEWARE = (Middleware(Styled),)
