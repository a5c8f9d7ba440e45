"""Pinned runs: kept in the link beside the present one, drawn as ghosts in every chart, compared in a table."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from regdemo.app import failures
from regdemo.app.cache import Runs
from regdemo.app.controls import Control, set_controls
from regdemo.app.limits import Job, may_train, refused, within
from regdemo.app.links import LINK_VERSION, earlier_defaults
from regdemo.app.opening import draw_again, name_version, say_ignored
from regdemo.app.session import Pin, session
from regdemo.config.constants import PIN_MARKS
from regdemo.content.say import say

PINS_MOST = 20
GHOST_BYTES = 20_000_000


@dataclass(frozen=True, eq=False)
class Ghost:
    """What is left of a pinned run: its figures for the table, and what its page's charts draw of it.

    Ghosts are kept for pages in every language: `figures` has the ids of its columns' texts.
    """

    figures: Mapping[str, float]
    drawn: Mapping[str, Any]
    nbytes: int = 20_000


@st.cache_resource
def kept_ghosts() -> Runs:
    """Pinned runs' ghosts, shared by all sessions, apart from the runs: large runs would push out what is left of small ones."""
    return Runs(GHOST_BYTES)


@dataclass(frozen=True, eq=False)
class Later:
    """A pinned run that is still to be trained, below the page: what for, and what makes its ghost."""

    key: Hashable
    jobs: Sequence[Job]
    make: Callable[[], Ghost]


Found = Ghost | Later | str  # of a pin; a sentence says why there is no ghost


def keep_ghost(key: Hashable, make: Callable[[], Ghost], jobs: Sequence[Job] = ()) -> Found:
    """A pinned run's ghost, made once, or what went wrong while it was made. `jobs`: what has to be trained for it before."""
    if (ghost := kept_ghosts().peek(key)) is not None:
        return ghost
    if key in session().pins_failed:
        return session().pins_failed[key]
    later = Later(key, jobs, make)
    return refused(jobs) or (_made(later) if all(job.is_done for job in jobs) else later)


def _made(later: Later) -> Ghost | str:
    try:
        ghost = later.make()
    except Exception as error:
        if (why := failures.sentence(error, "sweep")) is None:
            raise
        session().pins_failed[later.key] = why
        return why
    kept_ghosts().keep(later.key, ghost)
    return ghost


def pin_text(controls: Sequence[Control], pin: Pin) -> str:
    """How a link writes a pin: the version, then each control that is not at its default, and its value."""
    changed = [part for c in controls if pin[c.name] != c.default for part in (c.name, c.text(pin[c.name]))]
    return "~".join([str(LINK_VERSION), *changed])


def read_pin(controls: Sequence[Control], text: str, page: str) -> tuple[dict[str, Any] | None, list[str]]:
    """The pin that a link's text names (None where it is no pin at all), and what in it means nothing here; never an error."""
    version, *rest = text.split("~")
    values, said = {c.name: c.default for c in controls}, []
    if not (version.isascii() and version.isdigit()):
        return None, [say("common.pins.none", text=text[:20])]
    if 0 < int(version[:9]) <= LINK_VERSION:
        values |= {n: old for n, old in earlier_defaults(int(version[:9]), page).items() if n in values}
    else:
        said.append(say("common.pins.version", version=version[:20]))
    known = {c.name: c for c in controls}
    for name, value in zip(rest[::2], [*rest[1::2], ""], strict=False):
        found = known[name].value(value) if name in known else None
        if found is None:
            said.append(f"{name[:20]} = {value[:20]}")
        else:
            values[name] = found
    return values, said


class Pinned:
    """The pinned runs of a page, from the link when it is opened, from the session afterwards; the link is kept up to date.

    `ghost_of` gives a pin's ghost, or a sentence that says why there is none, or what is to be trained: that is done at the
    foot of the page, by `train`.
    """

    def __init__(self, page: str, controls: Sequence[Control], ghost_of: Callable[[dict[str, Any]], Found]) -> None:
        self.page, self.controls = page, controls
        every, named = session().pins, tuple(st.query_params.get_all("pin"))
        known = session().pins_seen.setdefault(page, set())
        if page not in every or (named and named not in known):  # opened by a link, perhaps one within the app
            every[page], ignored = _from_link(page, controls)
            say_ignored(ignored)
        known.add(named)
        self.pins: list[Pin] = every[page]
        texts = [pin_text(controls, pin) for pin in self.pins]
        known.add(tuple(texts))
        if st.query_params.get_all("pin") != texts:
            st.query_params["pin"] = texts
            name_version()
        self.found = [ghost_of(dict(pin)) for pin in self.pins]

    def rows(self, of: Callable[[Ghost], pd.DataFrame | None]) -> pd.DataFrame | None:
        """What `draw` takes as `ghosts`: `of` gives (x, y[, part]) of one pinned run, or None."""
        drawn = {i: of(ghost) for i, ghost in enumerate(self.found, 1) if isinstance(ghost, Ghost)}
        parts = [
            rows.assign(pin=_name(i), number=i, part=rows.get("part", ""))
            for i, rows in drawn.items()
            if rows is not None and len(rows)
        ]
        return pd.concat(parts, ignore_index=True) if parts else None

    def button(self, now: Pin, why_not: str = "") -> None:
        """The button that pins the present run; `why_not` says why it cannot be, if so."""
        if now in self.pins:
            why_not = say("common.pins.already")
        elif len(self.pins) >= PINS_MOST:
            why_not = say("common.pins.too_many", most=PINS_MOST)
        st.button(
            say("common.pins.add"),
            icon=":material/keep:",
            key="pins.add",
            disabled=bool(why_not),
            on_click=self._pin,
            args=(now,),
            help=why_not or say("common.pins.add_help"),
        )

    def table(self, now: Pin, figures: Mapping[str, float], note: str = "") -> pd.DataFrame | None:
        """Draw and give the pinned runs below the present one, by what differs between them; None where there are none.

        `figures`: the present run's, under the ids of their texts.
        """
        if not self.pins:
            return None
        session().panels.add("pins")  # the present run's row follows the hand
        frame = self.compare(now, figures)
        with st.container(border=True):
            st.subheader(say("common.pins.heading"))
            marked = frame.set_axis([_marked(i, name) for i, name in enumerate(frame.index)])
            event = st.dataframe(
                marked,
                on_select="rerun",
                selection_mode="multi-row",
                key=f"pins.{self.page}.{session().pins_removed}",
                column_config={name: st.column_config.NumberColumn(format="%.4g") for name in map(say, figures)},
                alt=say("common.pins.table", n=len(self.pins)),
            )
            chosen = [i - 1 for i in event.selection.rows if 0 < i <= len(self.pins)]  # row 0 is the present run
            with st.container(horizontal=True):
                st.button(
                    say("common.pins.remove"), key="pins.remove", disabled=not chosen, on_click=self._remove, args=(chosen,)
                )
                st.button(say("common.pins.clear"), key="pins.clear", on_click=self._remove, args=(range(len(self.pins)),))
                st.button(
                    say("common.pins.open"),
                    key="pins.open",
                    disabled=len(chosen) != 1,
                    on_click=lambda: set_controls(self.pins[chosen[0]]),
                    help=say("common.pins.open_help"),
                )
                st.download_button(
                    "pinned.csv", lambda: frame.to_csv(), "pinned.csv", "text/csv", key="pins.csv", on_click="ignore"
                )
            for i, found in enumerate(self.found, 1):
                if not isinstance(found, Ghost):
                    st.caption(f"{_name(i)}: {say('common.pins.later') if isinstance(found, Later) else found}")
            other = [_name(i) for i, pin in enumerate(self.pins, 1) if pin.get("seed") != now.get("seed")]
            seeds = say("common.pins.other_seeds", pins=", ".join(other)) if other else say("common.pins.same_seed")
            st.caption(f"{say('common.pins.how')} {seeds} {note}")
        return frame

    def compare(self, now: Pin, figures: Mapping[str, float]) -> pd.DataFrame:
        """One row for the present run and one a pin: the settings in which they differ, then the figures."""
        seen = [pin for pin, ghost in zip(self.pins, self.found, strict=True) if isinstance(ghost, Ghost)]
        differing = [c for c in self.controls if any(pin[c.name] != now[c.name] for pin in seen)]
        index = pd.Index([say("common.pins.now"), *map(_name, range(1, len(self.pins) + 1))], name=say("common.pins.run"))
        frame = pd.DataFrame({c.label: [_cell(c, run[c.name]) for run in (now, *self.pins)] for c in differing}, index=index)
        measured = [figures, *(ghost.figures if isinstance(ghost, Ghost) else {} for ghost in self.found)]
        for id in figures:
            values = [of.get(id) for of in measured]
            if any(values):  # a count that is 0 in all runs tells none apart
                frame[say(id)] = values
        return frame

    def train(self) -> None:
        """Train what pinned runs still want, one after the other, and draw the page with them; where it would take long, ask."""
        held, missing = session().pins_held, [found for found in self.found if isinstance(found, Later)]
        later = [each for each in missing if each.key not in held]
        if n := len(missing) - len(later):
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(say("common.pins.held", n=n))
                st.button(say("common.pins.train"), key="pins.train", on_click=held.clear)
        if not later:
            return
        later = later[: within([each.jobs for each in later])]
        if not may_train([job for each in later for job in each.jobs]):
            return
        with st.container(horizontal=True, vertical_alignment="center"):
            status = st.empty()
            st.button(say("common.training.stop"), key="pins.stop", on_click=held.update, args=([each.key for each in later],))
        for i, each in enumerate(later, 1):
            status.caption(say("common.training.pinned", i=i, n=len(later)))
            _made(each)
        draw_again()

    def _pin(self, now: Pin) -> None:
        now = {name: st.session_state.get(name, value) for name, value in now.items()}  # the bar moves without the page
        if now not in self.pins:  # a double click pins once
            self.pins.append(dict(now))

    def _remove(self, which: Sequence[int]) -> None:
        self.pins[:] = [pin for i, pin in enumerate(self.pins) if i not in which]
        session().pins_removed += 1


def _from_link(page: str, controls: Sequence[Control]) -> tuple[list[Pin], list[str]]:
    """The pins that the link names, and what in them is not taken."""
    texts = st.query_params.get_all("pin")
    said: list[str] = []
    pins: list[Pin] = []
    for text in texts[:PINS_MOST]:
        pin, wrong = read_pin(controls, text, page)
        if wrong:
            said.append(say("common.pins.wrong", parts=", ".join(wrong)[:120]))
        if pin in pins:
            said.append(say("common.pins.twice"))
        elif pin is not None:
            pins.append(pin)
    if len(texts) > PINS_MOST:
        said.append(say("common.pins.after", most=PINS_MOST))
    return pins, said


def _name(number: int) -> str:
    return say("common.pins.pin", number=number)


def _marked(row: int, name: str) -> str:
    """What the table calls a run: pinned ones with the mark of their colour in the charts; row 0 is the present one."""
    return f"{PIN_MARKS[(row - 1) % len(PIN_MARKS)]} {name}" if row else name


def _cell(control: Control, value: Any) -> Any:
    return (
        say("common.pins.on" if value else "common.pins.off")
        if isinstance(value, bool)
        else control.show(value)
        if isinstance(value, str)
        else value
    )
