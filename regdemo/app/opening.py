"""A link opened on its page: taken in, kept in the address, and what makes no sense said once; and how a link is written."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any
from urllib.parse import urlencode

import streamlit as st
from streamlit.errors import StreamlitAPIException

from regdemo.app.class_view import View, present_view
from regdemo.app.controls import Control
from regdemo.app.links import LINK_VERSION, Link, read_link
from regdemo.app.names import as_code
from regdemo.app.session import session
from regdemo.content.exercises import Exercise
from regdemo.content.say import ENGLISH, say
from regdemo.core.memory import give_back


def open_link(controls: Sequence[Control], hand: Control | None = None) -> None:
    """Take in what the link says of this page and say once which parts of it mean nothing here.

    Call it before any control is drawn. `hand` is the control that the page's bar moves.

    Controls that are named wrongly keep their defaults. Hidden and locked controls have
    the link's value, or the default of the link's version, whatever the page does to them. Who comes back to a page by a link
    that settles nothing finds it as it was left.
    """
    here, params = session(), st.query_params
    if here.language != ENGLISH and "lang" not in params:
        params["lang"] = here.language
    page, known = here.page, {c.name: c for c in controls}
    link = read_link({name: params.get_all(name) for name in params}, controls, page)
    (changed, held), entered = _take_in(link, known), here.entered
    if here.entered:
        here.entered = False
        changed |= _as_it_was_left(link, page, known)
    _hold_view(link, page, known)
    if hand:
        _hold_hand(hand, link, entered)
    if link.ignored or changed:
        here.ignored = link.ignored or here.ignored
        if entered or not held:
            st.rerun()
    here.ignored, lines, here.ignored_and_said = [], here.ignored, []
    say_ignored(lines)
    if link.exercise:
        _exercise(link.exercise, page)
    if link.ask:
        st.markdown(say("common.link.ask"))
        JUMP(key="app.jump", data={"to": f"question_{link.ask}"})
    view = present_view()
    st.session_state.update(view.values)
    if hand:
        keep_in_address(hand)
    name_version()
    if view.large:  # Streamlit's own sizes are all relative to this one
        st.html("<style>html { font-size: 130% }</style>")


def foot(controls: Sequence[Control]) -> None:
    """At the foot of the page: what the link that was opened hides and locks there. What its charts took goes back to the system."""
    view = present_view()
    labels = {c.name: c.label for c in controls} | {id: section_title(id) for id in view.hide - {c.name for c in controls}}
    for id, names in (("common.link.locked", view.lock), ("common.link.hidden", view.hide)):
        if names:
            st.caption(say(id, controls=", ".join(label for name, label in labels.items() if name in names)))
    if session().spent:  # something was trained, so the charts are new too
        give_back()


def section_title(section: str) -> str:
    return say(f"common.sections.{section}")


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
        session().ignored_and_said += lines
        st.warning(say("common.link.ignored") + "\n" + "".join(f"\n- {as_code(line)}" for line in lines))


def draw_again() -> None:
    """Draw the page anew with what has been trained since; what was said of its link is said again."""
    session().ignored = session().ignored_and_said
    st.rerun()


def name_version() -> None:
    """Add its version to an address that holds settings: a copied address is a link too."""
    if set(st.query_params) - {"v"} and "v" not in st.query_params:
        st.query_params["v"] = str(LINK_VERSION)


def _take_in(link: Link, known: Mapping[str, Control]) -> tuple[bool, bool]:
    """Leave of the address what counts, as this version writes it: whether something had to change, and whether something could not."""
    params = st.query_params
    given = {name: params.get_all(name) for name in params}
    version = given.pop("v", [])
    if version and (version != [str(LINK_VERSION)] or not given):
        _drop("v")
    done = [_drop(name) for name in given.keys() - link.address.keys()]
    for name, texts in link.address.items():
        if texts != given.get(name):
            if name not in given:  # left out by an older link
                st.session_state[name] = link.values[name]
            done.append(_write(name, texts))
    return given != link.address, not all(done)


def _write(name: str, texts: str | list[str]) -> bool:
    """Whether it could be written: another page's control may still hold the name, and lets it go at the next drawing."""
    with suppress(StreamlitAPIException):
        st.query_params[name] = texts
        return True
    return False


def _drop(name: str) -> bool:
    """Whether it could be taken out of the address: a client may name anew what a control of the page holds, which keeps its value."""
    with suppress(StreamlitAPIException, KeyError):
        st.query_params.pop(name, None)
        return True
    return False


def _as_it_was_left(link: Link, page: str, known: Mapping[str, Control]) -> bool:
    """On coming to a page: its settings are those that it was left with, unless the link brings its own.

    Controls of the same name on another page would bring their values along. True where the address has more to open now.
    """
    state, left = st.session_state, session().settings_left
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


def _hold_hand(hand: Control, link: Link, entered: bool) -> None:
    """What the address says of the bar's control counts where it is news: on coming to the page, or changed by the reader."""
    state, page = st.session_state, session().page
    text = link.address.get(hand.name, [None])[0]
    if (entered and text) or (not entered and text != session().hand_address.get((page, hand.name))):
        state[hand.name] = link.values.get(hand.name, hand.default)
    if state.get(hand.name) not in hand.options:
        state[hand.name] = hand.default


def keep_in_address(hand: Control) -> None:
    """Write the value of the bar's control into the address and keep it for when the reader comes back."""
    here, value = session(), st.session_state[hand.name]
    here.settings_left.setdefault(here.page, {})[hand.name] = value
    text = None if value == hand.default else hand.text(value)
    here.hand_address[here.page, hand.name] = text
    params = st.query_params
    if params.get(hand.name) == text:
        name_version()
    elif text is not None:  # at once with the version: each change is a step of the browser's way back
        with suppress(StreamlitAPIException):
            params.update({hand.name: text, "v": str(LINK_VERSION)})
    elif set(params) - {hand.name, "v"}:
        _drop(hand.name)
    else:
        params.clear()


def keep_aside(controls: Sequence[Control]) -> dict[str, Any]:
    """The values of controls that are not drawn because they mean nothing now: kept, here and in the address, until they do."""
    here, values = session(), present_values(controls)
    for control in controls:
        value = st.session_state[control.name] = values[control.name]
        here.settings_left.setdefault(here.page, {})[control.name] = value
        if value != control.default and st.query_params.get(control.name) != control.text(value):
            _write(control.name, control.text(value))
    return values


def _exercise(exercise: Exercise, page: str) -> None:
    """The exercise that the link opens: what to do, and what to look for."""
    left = session().settings_left.setdefault(page, {})
    left["exercise"] = exercise.name

    def close() -> None:
        left.pop("exercise", None)
        st.query_params.pop("exercise", None)

    with st.container(border=True, key="app.exercise"):
        st.markdown(say("exercises.on_page", title=exercise.title, task=exercise.task, look=exercise.look))
        st.button(say("exercises.close"), on_click=close, type="tertiary")


def _hold_view(link: Link, page: str, known: Mapping[str, Control]) -> None:
    """Remember a link's hidden and locked controls with their values, and keep them in the address."""
    params, views = st.query_params, session().views
    if page not in views and (link.hide or link.lock or link.large):
        values = {name: link.values.get(name, known[name].default) for name in (link.hide | link.lock) & known.keys()}
        views[page] = View(link.hide, link.lock, link.large, values)
    if page in views:  # as it was set up, also after a visit to another page
        hidden = [(known[name], views[page].values[name]) for name in views[page].hide & known.keys()]
        written = {c.name: c.text(value) for c, value in hidden if value != c.default}
        for name, text in (views[page].parameters() | written).items():
            if params.get(name) != text:
                _write(name, text)


def _value(control: Control) -> Any:
    """What a link that has just been opened gives a control: its own value, else that of an older version, else the default."""
    text = st.query_params.get(control.name)
    named = None if text is None else control.value(text)
    left = st.session_state.get(control.name, control.default)
    return named if named is not None else left if left in control.options else control.default


def present_values(controls: Sequence[Control]) -> dict[str, Any]:
    """The values of controls that are drawn further down the page; another page's control of the same name does not count."""
    state = st.session_state
    return {c.name: state[c.name] if state.get(c.name) in c.options else _value(c) for c in controls}


def changed(controls: Sequence[Control]) -> dict[str, str]:
    """The controls that are not at their defaults, as a link writes them."""
    state = st.session_state
    return {c.name: c.text(state[c.name]) for c in controls if c.name in state and state[c.name] != c.default}


def address(parameters: Mapping[str, str | Sequence[str]]) -> str:
    """A link to this page with these parameters, and the version of the defaults that it leaves out."""
    return f"{st.context.url or ''}?{urlencode({'v': LINK_VERSION, **parameters}, doseq=True, safe='~,')}"
