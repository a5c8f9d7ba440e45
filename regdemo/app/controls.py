"""Controls bound to the link: their values, a teacher's view of them, and what is said of a link that makes no sense."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import streamlit as st

from regdemo.app.class_view import View, present_view
from regdemo.app.links import as_number, other_seed
from regdemo.app.session import session
from regdemo.content.say import languages, said, say, texts

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

OWN = "own"  # the menu of starts: settings that are no start's
BUTTONS_MOST = 7  # texts beside each other; more become a menu


@dataclass(frozen=True)
class Control:
    """A control on the page, bound to the link's parameter of the same name.

    `options` are all the values there are, so that no link can name another; a whole-number range makes a number field,
    (False, True) a switch, texts a row of buttons or, if many, a menu, numbers a slider.
    """

    name: str
    called: str  # the id of its label, or the label
    options: Sequence[Any]
    default: Any
    explained: str  # the id of its help, or the help
    words: Mapping[Any, str] | None = None  # option -> what the page and the link call it, or the id of that
    before: Mapping[str, Any] = field(default_factory=dict)  # what links once called an option -> the option

    @property
    def label(self) -> str:
        return said(self.called)

    @property
    def help(self) -> str:
        return said(self.explained)

    def text(self, value: Any) -> str:
        """How a link writes the value."""
        return str(value).lower() if isinstance(value, bool) else self.show(value)

    def show(self, value: Any) -> str:
        return said(self.words[value]) if self.words else f"{value:g}" if isinstance(value, float) else str(value)

    def value(self, text: str) -> Any:
        """The option that a link's text names, a number in any of its forms; None where it names none."""
        number = as_number(text)
        if isinstance(self.options, range):
            whole = number is not None and number == number.to_integral_value() and int(number) in self.options
            return int(number) if number is not None and whole else None
        if number is not None and not isinstance(self.options[0], (bool, str)):
            return next((option for option in self.options if Decimal(str(option)) == number), None)
        return next((option for option in self.options if text in self._written(option)), self.before.get(text))

    def _written(self, option: Any) -> set[str]:
        """How links write an option: its word, in any language."""
        word = self.words[option] if self.words else self.text(option)
        return {texts(spoken).get(word, word) for spoken in languages()}

    def draw(self, disabled: bool = False, bare: bool = False) -> Any:
        """Draw the control, unless a teacher has hidden it, and return its value; `bare`: its label is for screen readers only."""
        view, here = present_view(), session()
        if self.name in view.hide:
            return view.values[self.name]
        value = self._widget(view, disabled, bare)
        here.settings_left.setdefault(here.page, {})[self.name] = value
        return value

    def _widget(self, view: "View", disabled: bool, bare: bool) -> Any:
        locked = self.name in view.lock
        label = say("common.controls.locked", label=self.label) if locked else self.label
        common: dict[str, Any] = {
            "key": self.name, "help": self.help, "bind": "query-params", "disabled": disabled or locked,
            "label_visibility": "collapsed" if bare else "visible",
        }  # fmt: skip
        if isinstance(self.options, range):
            low, high = self.options[0], self.options[-1]
            return st.number_input(label, low, high, self.default, step=1, **common)
        if isinstance(self.options[0], bool):
            return st.toggle(label, self.default, **common)
        if isinstance(self.options[0], str):
            common["format_func"] = {option: self.show(option) for option in self.options}.__getitem__
            if len(self.options) > BUTTONS_MOST:
                return st.selectbox(label, self.options, self.options.index(self.default), **common)
            return st.segmented_control(label, self.options, default=self.default, required=True, **common)
        return st.select_slider(label, self.options, self.default, format_func=self.show, **common)


def set_controls(values: Mapping[str, Any]) -> None:
    """For callbacks: move controls to these values. `open_link` puts back what a teacher has hidden or locked."""
    st.session_state.update(values)


def new_seed(text: str) -> None:
    """A button that draws everything random anew."""
    st.button(
        say("common.controls.new_seed"),
        on_click=lambda: set_controls({"seed": other_seed(st.session_state["seed"])}),
        help=text,
        width="stretch",
        disabled="seed" in present_view().values,
    )


def sidebar_controls(
    controls: Sequence[Control],
    disabled: Callable[[dict[str, Any]], set[str]] = lambda chosen: set(),
    groups: Mapping[str, Sequence[str]] | None = None,
) -> dict[str, Any]:
    """Draw the controls one under the other: name -> value. `disabled` names those that rest, given the values so far.

    groups: group -> the controls that stand together under its title, in this order.
    """
    chosen: dict[str, Any] = {}
    group_of = {name: group for group, names in (groups or {}).items() for name in names}
    hidden, before, order = present_view().hide, "", list(group_of)
    for control in sorted(controls, key=lambda c: order.index(c.name)) if groups else controls:
        if groups and control.name not in hidden and before != (before := group_of[control.name]):
            st.caption(f"**{say(f'common.groups.{before}')}**")
        chosen[control.name] = control.draw(disabled=control.name in disabled(chosen))
    return chosen


def preset_picker(
    slot: "DeltaGenerator", starts: Mapping[str, Mapping[str, Any]], at: Mapping[str, Any], title: Callable[[str], str]
) -> None:
    """A menu in `slot` that moves all controls to a start; it shows which start the controls' values `at` are.

    starts: id -> values; `title` says what an id is called.
    """
    state = st.session_state
    here = next((start for start, values in starts.items() if all(at[n] == v for n, v in values.items())), OWN)
    state["app.start"] = here
    titles = {start: title(start) for start in starts} | ({OWN: say("common.controls.own")} if here == OWN else {})
    slot.selectbox(
        say("common.controls.start"),
        titles,
        key="app.start",
        help=say("common.controls.start_help"),
        format_func=titles.__getitem__,
        on_change=lambda: set_controls(starts.get(state["app.start"], {})),
    )
    if present_view().values:
        slot.caption(say("common.controls.start_locked"))
