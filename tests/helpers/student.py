"""A visitor without a browser: speaks Streamlit's protocol with its own protobufs, as its page in a browser would."""

import asyncio
import http.client
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlparse

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

PATIENCE = 90  # seconds
EARLY = ForwardMsg.FINISHED_EARLY_FOR_RERUN  # another run of the page follows at once
TRIGGER = "$$STREAMLIT_INTERNAL_KEY_{}__events"  # what a component says once


def state_of(kind: str, widget: Any) -> WidgetState | None:
    """What a browser says of a widget as it is drawn; None of what is no widget with a value."""
    state = WidgetState(id=getattr(widget, "id", ""))
    if kind == "slider" and widget.type == widget.SELECT_SLIDER:
        state.string_array_value.data[:] = (
            widget.raw_value if widget.set_value else [widget.options[int(i)] for i in widget.default]
        )
    elif kind == "button_group":
        state.string_array_value.data[:] = (
            widget.raw_values if widget.set_value else [widget.options[i].content for i in widget.default]
        )
    elif kind == "checkbox":
        state.bool_value = widget.value if widget.set_value else widget.default
    elif kind == "selectbox":
        state.string_value = widget.raw_value if widget.set_value else widget.options[widget.default]
    elif kind == "number_input":
        state.int_value = int(widget.value if widget.set_value else widget.default)
    else:
        return None
    return state


def fetched(url: str, paths: Sequence[str], cookies: dict[str, str]) -> None:
    """Ask for these, one after the other over one connection, and take the cookies that come."""
    connection = http.client.HTTPConnection(urlparse(url).netloc, timeout=PATIENCE)
    for path in paths:
        connection.request("GET", path, headers={"Accept-Encoding": "gzip", **sent(cookies)})
        reply = connection.getresponse()
        reply.read()
        if reply.status != 200:
            raise OSError(f"{path}: {reply.status}")
        for given in reply.headers.get_all("Set-Cookie", []):
            name, value = given.split(";")[0].split("=", 1)
            cookies[name] = value
    connection.close()


def sent(cookies: Mapping[str, str]) -> dict[str, str]:
    return {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())} if cookies else {}


@dataclass(eq=False)
class Student:
    """What a browser keeps of one page, and how it asks for more. Seconds are those from asking to the end of the answer."""

    url: str
    link: str  # path and query
    cookies: dict[str, str] = field(default_factory=dict)
    elements: dict[tuple[int, ...], Element] = field(default_factory=dict)  # place on the page -> what stands there
    runs: int = 0  # runs of the page or of a fragment that have ended
    received: int = 0  # bytes
    _states: dict[str, WidgetState] = field(default_factory=dict)
    _fragments: dict[str, str] = field(default_factory=dict)  # a widget's id -> its fragment
    _cached: dict[str, ForwardMsg] = field(default_factory=dict)
    _touched: set[tuple[int, ...]] = field(default_factory=set)  # by the run that is on
    _page: str = ""  # hash of the page's script
    _socket: ClientConnection | None = None

    @property
    def socket(self) -> ClientConnection:
        assert self._socket is not None
        return self._socket

    async def open(self, files: Sequence[str] = ()) -> float:
        """Come to the link and wait for the page; seconds that took."""
        began = perf_counter()
        await self.arrive(files)
        await self.answered()
        return perf_counter() - began

    async def arrive(self, files: Sequence[str] = ()) -> None:
        """Ask for the link as a browser does; `files`: what one that was never here loads too."""
        await asyncio.to_thread(fetched, self.url, [self.link, *files], self.cookies)
        await self.connect()
        await self.send()

    async def connect(self) -> None:
        self.elements.clear()
        self._states.clear()
        self._cached.clear()
        self._touched.clear()
        self._page = ""
        self._socket = await connect(
            f"{self.url.replace('http', 'ws', 1)}/_stcore/stream", subprotocols=[Subprotocol("streamlit")],
            additional_headers=sent(self.cookies), max_size=None, compression=None, proxy=None, open_timeout=PATIENCE,
            close_timeout=0.2,  # a browser does not wait for the server's goodbye either
        )  # fmt: skip

    async def close(self) -> None:
        if self._socket is not None:
            await self._socket.close()

    def widget(self, key: str) -> Any:
        """The widget with this key, as it is drawn."""
        for element in self.elements.values():
            drawn = getattr(element, str(element.WhichOneof("type")))
            if getattr(drawn, "id", "").endswith(f"-{key}"):
                return drawn
        raise KeyError(key)

    def bar(self) -> dict[str, Any]:
        """All that the page's bar tells."""
        return json.loads(self.widget("app.bar").json)

    def all(self, kind: str) -> list[Any]:
        return [getattr(self.elements[at], kind) for at in sorted(self.elements) if self.elements[at].HasField(kind)]  # type: ignore[arg-type]

    def troubles(self) -> list[str]:
        """What the page says of errors."""
        return [e.message for e in self.all("exception")] + [a.body for a in self.all("alert") if a.format == a.ERROR]

    async def change(self, key: str, value: Any) -> float:
        """Move a control: the whole page runs again."""
        widget = self.widget(key)
        state = self._states[widget.id]
        kind = str(state.WhichOneof("value"))
        if kind == "string_array_value":
            state.string_array_value.data[:] = [value]
        else:
            setattr(state, kind, value)
        self._address(key, str(value).lower() if isinstance(value, bool) else str(value))
        return await self.ask()

    async def release(self, k: int) -> float:
        """Let go of the page's bar at its k-th value."""
        bar = self.widget("app.bar")
        said = WidgetState(id=TRIGGER.format(bar.id), json_trigger_value=json.dumps([{"event": "k", "value": k}]))
        return await self.ask(said, self._fragments.get(bar.id, ""))

    def pressed(self, button: Any) -> WidgetState:
        return WidgetState(id=button.id, trigger_value=True)

    async def ask(self, said: WidgetState | None = None, fragment: str = "") -> float:
        """Have the page or one of its fragments run, and wait for the end of it."""
        began = perf_counter()
        await self.send(said, fragment)
        await self.answered()
        return perf_counter() - began

    async def send(self, said: WidgetState | None = None, fragment: str = "") -> None:
        message = BackMsg()
        rerun, parts = message.rerun_script, urlparse(self.link)
        rerun.query_string, rerun.fragment_id = parts.query, fragment
        if self._page:
            rerun.page_script_hash = self._page
        else:
            rerun.page_name = parts.path.strip("/")
        rerun.widget_states.widgets.extend([*self._states.values(), *([said] if said else [])])
        rerun.cached_message_hashes.extend(self._cached)
        rerun.context_info.url, rerun.context_info.timezone = f"{self.url}{parts.path}", "UTC"
        await self.socket.send(message.SerializeToString())

    async def answered(self) -> None:
        """Take in what comes until a run has ended that no other follows."""
        async for _ in self.news():
            pass

    async def until(self, kind: str) -> None:
        """Take in what comes until an element of this kind is drawn."""
        async for element in self.news():
            if element.WhichOneof("type") == kind:
                return

    async def news(self) -> AsyncIterator[Element]:
        """Each element as it comes, until a run has ended that no other follows."""
        while True:
            data = await self.socket.recv()
            assert isinstance(data, bytes)
            self.received += len(data)
            message = ForwardMsg.FromString(data)
            if message.HasField("ref_hash"):
                place = message.metadata
                message = self._cached[message.ref_hash]
                message.metadata.CopyFrom(place)
            elif message.metadata.cacheable:
                self._cached[message.hash] = message
            kind = message.WhichOneof("type")
            if kind == "new_session":
                self._touched.clear()
            elif kind == "navigation":
                self._page = message.navigation.page_script_hash
            elif kind == "page_info_changed":
                self._to(message.page_info_changed.query_string)
            elif kind == "delta" and message.delta.HasField("new_element"):
                at = tuple(message.metadata.delta_path)
                self._touched.add(at)
                self._draw(at, message.delta.new_element, message.delta.fragment_id)
                yield message.delta.new_element
            elif kind == "script_finished" and message.script_finished != EARLY:
                self.runs += 1
                if message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY:
                    self._leave()
                return

    def _draw(self, at: tuple[int, ...], element: Element, fragment: str) -> None:
        self.elements[at] = element
        kind = str(element.WhichOneof("type"))
        widget = getattr(element, kind)
        if not getattr(widget, "id", ""):
            return
        self._fragments[widget.id] = fragment
        if (widget.id not in self._states or widget.set_value) and (state := state_of(kind, widget)):
            self._states[widget.id] = state

    def _leave(self) -> None:
        """Of a page that has run through only what it has drawn stays."""
        self.elements = {at: element for at, element in self.elements.items() if at in self._touched}
        there = {getattr(getattr(e, str(e.WhichOneof("type"))), "id", "") for e in self.elements.values()}
        self._states = {id: state for id, state in self._states.items() if id in there}

    def _address(self, name: str, value: str) -> None:
        """The browser writes what a bound control is moved to into the address itself."""
        self._to(urlencode(dict(parse_qsl(urlparse(self.link).query)) | {name: value}))

    def _to(self, query: str) -> None:
        path = urlparse(self.link).path
        self.link = f"{path}?{query}" if query else path


@asynccontextmanager
async def visiting(url: str, link: str) -> AsyncIterator[Student]:
    """A visitor whose page is open."""
    student = Student(url, link)
    try:
        await student.open()
        yield student
    finally:
        await student.close()
