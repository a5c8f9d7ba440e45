"""Controls bound to the link: their values, a teacher's view of them, and what is said of a link that makes no sense."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import streamlit as st
from streamlit.errors import StreamlitAPIException

from regdemo.exercises import Exercise
from regdemo.links import LINK_VERSION, Link, as_number, other_seed, read_link
from regdemo.names import as_code

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
        """The option that a link's text names, a number in any of its forms; None where it names none."""
        number = as_number(text)
        if isinstance(self.options, range):
            whole = number is not None and number == number.to_integral_value() and int(number) in self.options
            return int(number) if number is not None and whole else None
        if number is not None and not isinstance(self.options[0], (bool, str)):
            return next((option for option in self.options if Decimal(str(option)) == number), None)
        return next((option for option in self.options if self.text(option) == text), None)

    def draw(self, disabled: bool = False) -> Any:
        """Draw the control, unless a teacher has hidden it, and return its value."""
        view, state = present_view(), st.session_state
        if self.name in view.hide:
            return view.values[self.name]
        value = self._widget(view, disabled)
        state.setdefault("_left", {}).setdefault(state.get("_page"), {})[self.name] = value
        return value

    def _widget(self, view: "View", disabled: bool) -> Any:
        locked = self.name in view.lock
        label = f"{self.label} (locked)" if locked else self.label
        common: dict[str, Any] = {
            "key": self.name, "help": self.help, "bind": "query-params", "disabled": disabled or locked,
        }  # fmt: skip
        if isinstance(self.options, range):
            low, high = self.options[0], self.options[-1]
            return st.number_input(label, low, high, self.default, step=1, **common)
        if isinstance(self.options[0], bool):
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
    the link's value, or the default of the link's version, whatever the page does to them. Who comes back to a page by a link
    that settles nothing finds it as it was left.
    """
    state, params = st.session_state, st.query_params
    page, known = state["_page"], {c.name: c for c in controls}
    link = read_link({name: params.get_all(name) for name in params}, controls, page)
    changed = _take_in(link, known)
    if state.pop("_entered", False):
        changed |= _as_it_was_left(link, page, known)
    _hold_view(link, page, known)
    if link.ignored or changed:
        state["_ignored"] = link.ignored or state.get("_ignored", [])
        st.rerun()
    state["_said"] = []
    say_ignored(state.pop("_ignored", []))
    if link.exercise:
        _exercise(link.exercise, page)
    if link.ask:
        st.markdown("Your question is open further down: [go to it](#predict-then-look).")
        JUMP(key="jump", data={"to": f"question_{link.ask}"})
    view = present_view()
    state.update(view.values)
    name_version()
    if view.large:  # Streamlit's own sizes are all relative to this one
        st.html("<style>html { font-size: 130% }</style>")
    for word, names in (("Locked", view.lock), ("Not shown", view.hide)):
        if names:
            st.caption(f"{word} by the link that you opened: {', '.join(c.label for c in controls if c.name in names)}.")


# The question stays in sight while the charts above it are drawn, until the reader does something.
JUMP = st.components.v2.component(
    "jump",
    js="""export default function({data, parentElement}) {
        if (parentElement.dataset.to === data.to) return
        parentElement.dataset.to = data.to
        const acts = ['wheel', 'touchmove', 'pointerdown', 'keydown']
        const go = () => {
            const place = document.querySelector('.st-key-' + data.to)
            if (!place) return
            place.style.scrollMarginTop = '5rem'
            place.scrollIntoView()
        }
        const sizes = new ResizeObserver(go)
        const stop = () => { sizes.disconnect(); acts.forEach(act => removeEventListener(act, stop, true)) }
        acts.forEach(act => addEventListener(act, stop, true))
        sizes.observe(document.querySelector('[data-testid=stMainBlockContainer]'))
        return stop
    }""",
    isolate_styles=False,
)


def say_ignored(lines: list[str]) -> None:
    """Say which parts of a link mean nothing here, as plain text: whatever a link holds is shown, never rendered."""
    if lines:
        st.session_state["_said"] += lines
        st.warning("Ignored from the link, defaults used instead:\n" + "".join(f"\n- {as_code(line)}" for line in lines))


def draw_again() -> None:
    """Draw the page anew with what has been trained since; what was said of its link is said again."""
    st.session_state["_ignored"] = st.session_state.get("_said", [])
    st.rerun()


def name_version() -> None:
    """Add its version to an address that holds settings: a copied address is a link too."""
    if set(st.query_params) - {"v"} and "v" not in st.query_params:
        st.query_params["v"] = str(LINK_VERSION)


def _take_in(link: Link, known: Mapping[str, Control]) -> bool:
    """Leave of the address what counts, as this version writes it; whether something changed."""
    params = st.query_params
    given = {name: params.get_all(name) for name in params}
    version = given.pop("v", [])
    if version and (version != [str(LINK_VERSION)] or not given):
        del params["v"]
    for name in given.keys() - link.address.keys():
        del params[name]
    for name, texts in link.address.items():
        if texts != given.get(name):
            if name not in given:  # left out by an older link
                st.session_state[name] = link.values[name]
            _write(name, texts)
    return given != link.address


def _write(name: str, texts: str | list[str]) -> None:
    with suppress(StreamlitAPIException):  # another page's control still holds the name: at the next drawing it is free
        st.query_params[name] = texts


def _as_it_was_left(link: Link, page: str, known: Mapping[str, Control]) -> bool:
    """On coming to a page: its settings are those that it was left with, unless the link brings its own.

    Controls of the same name on another page would bring their values along. True where the address has more to open now.
    """
    state, left = st.session_state, st.session_state.setdefault("_left", {})
    if link.settles:
        left[page] = {}
    settings = left.setdefault(page, {})
    for name in known.keys() - link.values.keys():
        value = settings.get(name, known[name].default)
        if state.get(name, known[name].default) != value:
            state[name] = value
        if value != known[name].default:  # the controls write themselves; what they are written with is named here
            st.query_params["v"] = str(LINK_VERSION)
    if "exercise" not in settings:
        return False
    st.query_params["exercise"] = settings["exercise"]
    return True


def _exercise(exercise: Exercise, page: str) -> None:
    """The exercise that the link opens: what to do, and what to look for."""
    left = st.session_state.setdefault("_left", {}).setdefault(page, {})
    left["exercise"] = exercise.name

    def close() -> None:
        left.pop("exercise", None)
        st.query_params.pop("exercise", None)

    with st.container(border=True, key="exercise"):
        st.markdown(f"**Exercise: {exercise.title}**\n\n{exercise.task}\n\n**What to look for.** {exercise.look}")
        st.button("Close the exercise", on_click=close, type="tertiary")


def _hold_view(link: Link, page: str, known: Mapping[str, Control]) -> None:
    """Remember a link's hidden and locked controls with their values, and keep them in the address."""
    params, views = st.query_params, st.session_state.setdefault("_views", {})
    if page not in views and (link.hide or link.lock or link.large):
        values = {name: link.values.get(name, known[name].default) for name in link.hide | link.lock}
        views[page] = View(link.hide, link.lock, link.large, values)
    if page in views:  # as it was set up, also after a visit to another page
        hidden = [(known[name], views[page].values[name]) for name in views[page].hide]
        written = {c.name: c.text(value) for c, value in hidden if value != c.default}
        for name, text in (views[page].parameters() | written).items():
            if params.get(name) != text:
                _write(name, text)


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
        "New random seed", on_click=lambda: set_controls({"seed": other_seed(st.session_state["seed"])}),
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
