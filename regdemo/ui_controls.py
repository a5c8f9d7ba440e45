"""Controls bound to the link: their values, a teacher's view of them, and what is said of a link that makes no sense."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import streamlit as st
from streamlit.errors import StreamlitAPIException

LINK_VERSION = 1  # goes up when a default changes: links leave out what equals the default
#: version -> page -> control -> the default it had then, where today's differs: so old links keep their meaning
EARLIER: dict[int, dict[str, dict[str, Any]]] = {}
SHOWN_MOST = 60  # characters of a link's value that a message repeats
BUTTONS_MOST = 6  # texts beside each other; more become a menu
OWN = "my own settings"


@dataclass(frozen=True)
class Control:
    """A control on the page, bound to the link's parameter of the same name.

    `options` are all the values there are, so that no link can name another; a whole-number range makes a number field,
    (False, True) a switch, texts a row of buttons or, if many, a menu, numbers a slider.
    """

    name: str
    label: str
    options: Sequence[Any]
    default: Any
    help: str
    words: Mapping[Any, str] | None = None  # option -> what the page and the link call it: changing a word breaks old links

    def text(self, value: Any) -> str:
        """How a link writes the value."""
        return str(value).lower() if isinstance(value, bool) else self.show(value)

    def show(self, value: Any) -> str:
        return self.words[value] if self.words else f"{value:g}" if isinstance(value, float) else str(value)

    def value(self, text: str) -> Any:
        """The option that a link's text names; None where it names none."""
        if isinstance(self.options, range):
            whole = text.isascii() and text.isdigit() and len(text) < 12
            return int(text) if whole and int(text) in self.options else None
        return next((option for option in self.options if self.text(option) == text), None)

    def draw(self, disabled: bool = False) -> Any:
        """Draw the control, unless a teacher has hidden it, and return its value."""
        view = present_view()
        if self.name in view.hide:
            return view.values[self.name]
        locked = self.name in view.lock
        label = f"{self.label} (locked)" if locked else self.label
        common: dict[str, Any] = {
            "key": self.name, "help": self.help, "bind": "query-params", "disabled": disabled or locked,
        }  # fmt: skip
        if isinstance(self.options, range):
            low, high = self.options[0], self.options[-1]
            return st.number_input(label, low, high, self.default, step=1, **common)
        if self.options == (False, True):
            return st.toggle(label, self.default, **common)
        if isinstance(self.options[0], str) and len(self.options) > BUTTONS_MOST:
            return st.selectbox(label, self.options, self.options.index(self.default), format_func=self.show, **common)
        if isinstance(self.options[0], str):
            return st.segmented_control(
                label, self.options, default=self.default, required=True, format_func=self.show, **common
            )
        return st.select_slider(label, self.options, self.default, format_func=self.show, **common)


@dataclass(frozen=True)
class View:
    """What a teacher's link has hidden, locked or enlarged on one page."""

    hide: frozenset[str] = frozenset()
    lock: frozenset[str] = frozenset()
    large: bool = False
    values: Mapping[str, Any] = field(default_factory=dict)  # of every hidden or locked control

    def parameters(self) -> dict[str, str]:
        """How a link writes it."""
        said = {"hide": ",".join(sorted(self.hide)), "lock": ",".join(sorted(self.lock)), "text": "large" if self.large else ""}
        return {name: text for name, text in said.items() if text}


def present_view() -> View:
    """The teacher's view of the page that is being drawn; nothing hidden where there is none."""
    return st.session_state.get("_views", {}).get(st.session_state.get("_page"), View())


def open_link(controls: Sequence[Control]) -> None:
    """Take in what the link says of this page and say once which parts of it mean nothing here.

    Call it before any control is drawn. Controls that are named wrongly keep their defaults. Hidden and locked controls have
    the link's value, or the default of the link's version, whatever the page does to them.
    """
    state, params = st.session_state, st.query_params
    known = {c.name: c for c in controls}
    state["_controls"] = {*state.get("_controls", ()), *known}
    said: list[str] = []
    for name in list(params):
        if name in ("v", "pin", "ask"):
            continue
        values, control = params.get_all(name), known.get(name)
        if name in ("hide", "lock", "text"):
            good = _of_view(name, values, known)
            if good == values:
                continue
            parts = [part for value in values for part in value.split(",")]
            gone = [part for part in parts if not good or part not in good[0].split(",")]
            why = (
                "given twice: it counts once" if not gone else "not on this page" if name != "text" else "only “large” is known"
            )
            said.append(f"{name} = {_short(', '.join(gone or parts))} ({why})")
            params[name] = good[0] if good else ""
            if not good:
                del params[name]
            continue
        if control is not None and len(values) == 1 and control.value(values[0]) is not None:
            continue
        why = "there is no such control" if control is None else "given twice" if len(values) > 1 else "not on this control"
        said.append(f"{_short(name)} = {_short(', '.join(values))} ({why})")
        del params[name]
    said += _open_version(known)
    said += _open_view(known)
    if said:
        state["_ignored"] = said
        st.rerun()
    state["_said"] = []
    say_ignored(state.pop("_ignored", []))
    if "ask" in params:
        st.markdown("Your question is open further down: [go to it](#predict-then-look).")
    view = present_view()
    state.update(view.values)
    name_version()
    if view.large:  # Streamlit's own sizes are all relative to this one
        st.html("<style>html { font-size: 130% }</style>")
    for word, names in (("Locked", view.lock), ("Not shown", view.hide)):
        if names:
            st.caption(f"{word} by the link that you opened: {', '.join(c.label for c in controls if c.name in names)}.")


def say_ignored(lines: list[str]) -> None:
    """Say which parts of a link mean nothing here, as plain text: whatever a link holds is shown, never rendered."""
    if lines:
        st.session_state["_said"] += lines
        st.warning("Ignored from the link, defaults used instead:")
        st.text("\n".join(lines))


def draw_again() -> None:
    """Draw the page anew with what has been trained since; what was said of its link is said again."""
    st.session_state["_ignored"] = st.session_state.get("_said", [])
    st.rerun()


def _short(text: str) -> str:
    return text if len(text) <= SHOWN_MOST else text[:SHOWN_MOST] + "…"


def _of_view(name: str, values: list[str], known: Mapping[str, Control]) -> list[str]:
    """What is meant by a parameter of a teacher's view, in its one canonical form; empty where nothing is."""
    if name == "text":
        return ["large"] if "large" in values else []
    named = dict.fromkeys(part for value in values for part in value.split(",") if part in known)
    return [",".join(named)] if named else []


def _open_version(known: Mapping[str, Control]) -> list[str]:
    """Give what an older link left out the default of its time."""
    state, params = st.session_state, st.query_params
    values = params.get_all("v")
    if values and values != [str(LINK_VERSION)]:
        text = values[0]
        del params["v"]
        if len(values) == 1 and text.isascii() and text.isdigit() and 0 < int(text[:9]) < LINK_VERSION:
            state.update(
                {n: old for n, old in earlier_defaults(int(text), state["_page"]).items() if n in known and n not in params}
            )
            return []
        why = "given twice" if len(values) > 1 else "this link was made by another version; settings may differ"
        return [f"v = {_short(', '.join(values))} ({why})"]
    if values and set(params) == {"v"}:
        del params["v"]
    return []


def name_version() -> None:
    """Add its version to an address that holds settings: a copied address is a link too."""
    if set(st.query_params) - {"v"} and "v" not in st.query_params:
        st.query_params["v"] = str(LINK_VERSION)


def earlier_defaults(version: int, page: str) -> dict[str, Any]:
    """The defaults that a page had when links were of this version, where they differ from today's."""
    found: dict[str, Any] = {}
    for since in range(LINK_VERSION - 1, version - 1, -1):
        found |= EARLIER.get(since, {}).get(page, {})
    return found


def _open_view(known: Mapping[str, Control]) -> list[str]:
    """Remember a link's hidden and locked controls with their values; what it says twice is said."""
    state, params = st.session_state, st.query_params
    views = state.setdefault("_views", {})
    title = state["_page"]
    hide, lock = (frozenset(filter(None, params.get(name, "").split(","))) for name in ("hide", "lock"))
    if title not in views and (hide or lock or "text" in params):
        views[title] = View(hide, lock - hide, "text" in params, {n: _value(known[n]) for n in hide | lock})
    if title in views:  # as it was set up, also after a visit to another page
        for name, text in views[title].parameters().items():
            if params.get(name) != text:
                params[name] = text
        for control in (known[name] for name in views[title].hide):
            text = control.text(views[title].values[control.name])
            if params.get(control.name) != text and text != control.text(control.default):
                with suppress(
                    StreamlitAPIException
                ):  # another page's control still holds the name: at the next drawing it is free
                    params[control.name] = text
    if twice := hide & lock:
        params["lock"] = ",".join(sorted(lock - hide))
        if not lock - hide:
            del params["lock"]
        return [f"lock = {', '.join(sorted(twice))} (hidden already: what is not shown cannot be changed)"]
    return []


def _value(control: Control) -> Any:
    """What a link that has just been opened gives a control: its own value, else that of an older version, else the default."""
    text = st.query_params.get(control.name)
    named = None if text is None else control.value(text)
    return st.session_state.get(control.name, control.default) if named is None else named


def present_values(controls: Sequence[Control]) -> dict[str, Any]:
    """The values of controls that are drawn further down the page."""
    return {c.name: st.session_state[c.name] if c.name in st.session_state else _value(c) for c in controls}


def set_controls(values: Mapping[str, Any]) -> None:
    """For callbacks: move controls to these values. `open_link` puts back what a teacher has hidden or locked."""
    st.session_state.update(values)


def new_seed(text: str) -> None:
    """A button that draws everything random anew."""
    st.button(
        "New random seed", on_click=lambda: set_controls({"seed": (st.session_state["seed"] * 7919 + 12553) % 10_000}),
        help=text, width="stretch", disabled="seed" in present_view().values,
    )  # fmt: skip


def sidebar_controls(
    controls: Sequence[Control], disabled: Callable[[dict[str, Any]], set[str]] = lambda chosen: set()
) -> dict[str, Any]:
    """Draw the controls one under the other: name -> value. `disabled` names those that rest, given the values so far."""
    chosen: dict[str, Any] = {}
    for control in controls:
        chosen[control.name] = control.draw(disabled=control.name in disabled(chosen))
    return chosen


def preset_picker(slot: Any, starts: Mapping[str, Mapping[str, Any]], at: Mapping[str, Any]) -> None:
    """A menu in `slot` that moves all controls to a named start; it shows which start the controls' values `at` are."""
    state = st.session_state
    here = next((name for name, values in starts.items() if all(at[n] == v for n, v in values.items())), OWN)
    state["start"] = here
    slot.selectbox(
        "Start from", [*starts, *([OWN] if here == OWN else [])], key="start", help="Moves every control to a known experiment.",
        on_change=lambda: set_controls(starts.get(state["start"], {})),
    )  # fmt: skip
    if present_view().values:
        slot.caption("A start moves only what is not locked or hidden.")


def changed(controls: Sequence[Control]) -> dict[str, str]:
    """The controls that are not at their defaults, as a link writes them."""
    state = st.session_state
    return {c.name: c.text(state[c.name]) for c in controls if c.name in state and state[c.name] != c.default}


def address(parameters: Mapping[str, str | Sequence[str]]) -> str:
    """A link to this page with these parameters, and the version of the defaults that it leaves out."""
    return f"{st.context.url or ''}?{urlencode({'v': LINK_VERSION, **parameters}, doseq=True, safe='~,')}"
