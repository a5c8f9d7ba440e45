"""What the app remembers of one visitor, all in one place: a single entry of Streamlit's session, its fields typed.

Beside it the session holds the controls, by their own names (which are those of the link), and the app's other widgets, whose
keys hold a dot. So none of them can collide.
"""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import streamlit as st

from regdemo.content.say import ENGLISH

if TYPE_CHECKING:
    from regdemo.app.class_view import View
    from regdemo.app.trainings import NetworkRun
    from regdemo.config.configs import Config
    from regdemo.content.questions.base import Figures
    from regdemo.core.linear.data import LinearData
    from regdemo.core.linear.standardized import Problem
    from regdemo.core.linear.tables import Table

Pin = Mapping[str, Any]  # control -> value, of every control that is part of a run


@dataclass
class OwnFile:
    """A table of the visitor's own, and what was made of it; it goes when its page does."""

    id: str = ""
    table: "Table | None" = None
    made_with: tuple[Any, ...] = ()  # what `problem` was made with
    problem: "Problem | None" = None


Asked = tuple["Config | None", float, str]  # a page's config, λ or dropout rate, and the digest of data of one's own


@dataclass
class Guess:
    """What a visitor expects of a question's runs (None: "just show me"), the settings on screen then, and what those runs gave."""

    expected: str | None
    asked: Asked
    data: "LinearData | None" = None  # until the runs have been trained
    figures: "list[Figures] | None" = None


@dataclass
class Session:
    """`page` is the id of the page that is being drawn; tables by page have these ids as their keys."""

    page: str = ""
    language: str = ENGLISH
    entered: bool = False  # whether the visitor has just come to the page, so that its settings are still to be laid out
    settings_left: dict[str, dict[str, Any]] = field(default_factory=dict)  # page -> control -> value it was left with
    views: dict[str, "View"] = field(default_factory=dict)  # page -> what a teacher's link hides and locks there
    ignored: list[str] = field(default_factory=list)  # of the link: to be said at the next drawing
    ignored_and_said: list[str] = field(default_factory=list)
    pins: dict[str, list[Pin]] = field(default_factory=dict)  # page -> its pinned runs
    pins_seen: dict[str, set[tuple[str, ...]]] = field(default_factory=dict)  # page -> lists of pins that its address has had
    pins_removed: int = 0  # after a removal the table's selection starts afresh
    pins_held: set[Hashable] = field(default_factory=set)  # pinned runs whose training was stopped
    pins_failed: dict[Hashable, str] = field(default_factory=dict)  # pinned runs whose training broke off, and why
    answers: dict[int, bool | None] = field(default_factory=dict)  # question -> guessed right; None for "just show me"
    guesses: dict[tuple[str, int], Guess] = field(default_factory=dict)  # (page, question) -> what the visitor stands by
    stopped: "dict[Hashable, NetworkRun]" = field(default_factory=dict)  # trainings that were stopped or broke off
    spent: dict[str, float] = field(default_factory=dict)  # kind -> seconds of training that this run of the page has caused
    agreed: set[Hashable] = field(default_factory=set)  # what the visitor has agreed to wait for, by what it is kept under
    unavailable: dict[str, str] = field(default_factory=dict)  # data set -> why it cannot be had
    hand: tuple[str, str, Any] = ("", "", None)  # page, control and value that the bar stands at, as it last said or was told
    hand_news: int = 0  # how often the page has moved the bar
    hand_address: dict[tuple[str, str], str | None] = field(
        default_factory=dict
    )  # (page, control of its bar) -> what its address last said of it
    panels: set[str] = field(
        default_factory=set
    )  # what of the page has to follow when the bar is let go: open panels above all
    file: OwnFile | None = None


def session() -> Session:
    """The present visitor's."""
    try:
        return st.session_state["regdemo"]
    except KeyError:
        return st.session_state.setdefault("regdemo", Session())
