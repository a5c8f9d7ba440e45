"""What a link says, read without Streamlit: the values that it gives, what it hides or opens, and what in it means nothing here."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol

from regdemo.app.class_view import SECTIONS
from regdemo.content.exercises import EXERCISES, Exercise
from regdemo.content.questions.registry import QUESTIONS
from regdemo.content.say import languages, say

LINK_VERSION = 2  # goes up when a default changes: links leave out what equals the default
#: version -> page -> control -> the default it had then, where today's differs: so old links keep their meaning
EARLIER: dict[int, dict[str, dict[str, Any]]] = {
    1: {
        "weight_decay": {
            "lam": 3.0,
            "n_train": 20,
            "n_features": 200,
            "coefficient": 0.01,
            "noise": 0.01,
            "init_scale": 1.0,
            "intercept": 0.05,
            "lr": 0.003,
            "batch_size": 1,
            "epochs": 100,
        },
        "l1_vs_l2": {"angle": 25, "tilt": 0.0},
        "dropout": {"lab": "images"},
    },
}
SHOWN_MOST = 60  # characters of a link's value that a message repeats
OWN_WORDS = ("v", "lang", "pin", "ask", "exercise", "hide", "lock", "text")  # no control may have one of these names
NUMBER = re.compile(r"-?(\d+\.?\d*|\.\d+)(e-?\d{1,3})?", re.ASCII | re.IGNORECASE)


class Option(Protocol):
    """What a link has to know of a control."""

    @property
    def name(self) -> str: ...
    def text(self, value: Any) -> str: ...
    def value(self, text: str) -> Any: ...


@dataclass(frozen=True)
class Link:
    """A link as its page understands it."""

    address: dict[str, list[str]]  # what of it counts, each part in its one canonical form, without the version
    values: dict[str, Any]  # control -> value: those it names, and those it leaves out that had another default in its version
    hide: frozenset[str]
    lock: frozenset[str]
    large: bool
    ask: int | None  # the question to open
    exercise: Exercise | None
    ignored: list[str]  # a line for each part that means nothing here

    @property
    def settles(self) -> bool:
        """Whether it says how the page is to be, and not only which question to open."""
        return bool(set(self.address) - {"ask", "lang"})


def as_number(text: str) -> Decimal | None:
    """The number that a text writes in digits, in whatever form (5, 5.0, .5, 5e-1)."""
    return Decimal(text) if len(text) < 20 and NUMBER.fullmatch(text) else None


def exercises_of(page: str) -> dict[str, Exercise]:
    return {e.name: e for e in EXERCISES if e.page == page}


def read_link(params: Mapping[str, Sequence[str]], controls: Sequence[Option], page: str) -> Link:
    """Judge every parameter of a link to the page that has these controls; never an error."""
    known = {c.name: c for c in controls}
    address: dict[str, list[str]] = {}
    ignored: list[str] = []
    for name, given in params.items():
        if name == "v":
            continue
        counts, gone, why = _read(name, list(given), known, page)
        if counts:
            address[name] = counts
        if why:
            ignored.append(f"{_short(name)} = {_short(', '.join(gone))} ({why})")
    hide, lock = (set(address.get(name, [""])[0].split(",")) - {""} for name in ("hide", "lock"))
    if twice := hide & lock:
        ignored.append(f"lock = {', '.join(sorted(twice))} ({say('common.link.hidden_already')})")
        lock -= twice
        address.pop("lock")
        if lock:
            address["lock"] = [",".join(sorted(lock))]
    values = {name: known[name].value(texts[0]) for name, texts in address.items() if name in known}
    older, odd = _read_version(list(params.get("v", ())), page)
    left_out = {name: old for name, old in older.items() if name in known and name not in values}
    address |= {name: [known[name].text(old)] for name, old in left_out.items()}
    ask = address.get("ask")
    return Link(
        address,
        values | left_out,
        frozenset(hide),
        frozenset(lock),
        "text" in address,
        int(ask[0]) if ask else None,
        exercises_of(page).get(address.get("exercise", [""])[0]),
        ignored + odd,
    )


def earlier_defaults(version: int, page: str) -> dict[str, Any]:
    """The defaults that a page had when links were of this version, where they differ from today's."""
    defaults: dict[str, Any] = {}
    for since in range(LINK_VERSION - 1, version - 1, -1):
        defaults |= EARLIER.get(since, {}).get(page, {})
    return defaults


def other_seed(seed: int) -> int:
    """The seed after this one: a walk in which each of 0 … 9,999 comes once before one comes again (Hull and Dobell, 1962)."""
    return (seed * 7921 + 2553) % 10_000


def _read(name: str, given: list[str], known: Mapping[str, Option], page: str) -> tuple[list[str], list[str], str]:
    """What of a parameter counts, in its canonical form; what of it does not, and why."""
    if name == "pin":  # pinned runs are read by themselves
        return given, [], ""
    if name in ("hide", "lock", "text"):
        parts = given if name == "text" else [part for text in given for part in text.split(",")]
        these = {"text": ("large",), "lock": known, "hide": (*known, *SECTIONS.get(page, ()))}[name]
        named = list(dict.fromkeys(part for part in parts if part in these))
        counts, gone = [",".join(named)] if named else [], [part for part in parts if part not in named]
        if counts == given:
            return counts, [], ""
        unknown = say("common.link.only_large") if name == "text" else say("common.link.not_here")
        return counts, gone or parts, unknown if gone else say("common.link.counts_once")
    if name not in known and name not in ("ask", "exercise", "lang"):
        return [], given, say("common.link.no_control")
    if len(given) > 1:
        return [], given, say("common.link.twice")
    (text,) = given
    if name == "ask":
        good, why = text in [str(c.number) for c in QUESTIONS.get(page, ())], say("common.link.no_question")
    elif name == "lang":
        good, why = text in languages(), say("common.link.no_language")
    elif name == "exercise":
        good, why = text in exercises_of(page), say("common.link.no_exercise")
    else:
        value = known[name].value(text)
        good, why = value is not None, say("common.link.not_on_control")
        text = known[name].text(value) if good else text
    return ([text], [], "") if good else ([], given, why)


def _read_version(given: list[str], page: str) -> tuple[dict[str, Any], list[str]]:
    """The defaults of the link's version that are others today, and what is odd about the version."""
    if given in ([], [str(LINK_VERSION)]):
        return {}, []
    text = given[0]
    if len(given) == 1 and text.isascii() and text.isdigit() and 0 < int(text[:9]) < LINK_VERSION:
        return earlier_defaults(int(text), page), []
    why = say("common.link.twice") if len(given) > 1 else say("common.link.other_version")
    return {}, [f"v = {_short(', '.join(given))} ({why})"]


def _short(text: str) -> str:
    return text if len(text) <= SHOWN_MOST else text[:SHOWN_MOST] + "…"
