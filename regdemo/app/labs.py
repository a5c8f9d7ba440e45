"""The labs of a page: experiments beside the one that it opens with, each with a few controls of its own."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st

from regdemo.app.controls import Control, new_seed, sidebar_controls
from regdemo.app.limits import Job, may_train
from regdemo.app.opening import keep_aside
from regdemo.app.sweeps import Kept, failures_said, get_ready, in_queue, kept_runs

SWEEP = "sweep"  # the lab that a page opens with: all of it as it is without any other


def lab_control(names: Mapping[str, str]) -> Control:
    """The choice of a page's lab; `names`: each lab besides the sweep -> the id of its name, which is its word in links too."""
    words = {SWEEP: "common.labs.sweep"} | dict(names)
    return Control("lab", "common.labs.label", tuple(words), SWEEP, "common.labs.help", words)


def title_and_lab(title: str, lab: Control) -> str:
    """Draw the page's title and, in one row with it, the choice of its lab: the lab that is chosen."""
    with st.container(horizontal=True, vertical_alignment="center", key=f"app.labs.{len(lab.options)}"):
        st.title(title, width="content")
        return lab.draw(bare=True)


def lab_sidebar(
    own: Sequence[Control], elsewhere: Sequence[Control], every: Sequence[Control], redrawn: str = ""
) -> dict[str, Any]:
    """Draw a lab's own controls and, if it draws anything random, the button for a new seed, which says what is `redrawn`: name -> value.

    elsewhere: the lab's controls that stand on the page. All others of `every` keep their values out of sight until another lab
    draws them.
    """
    with st.sidebar:
        chosen = sidebar_controls(own)
        if redrawn:
            new_seed(redrawn)
    keep_aside([control for control in every if control not in (*own, *elsewhere)])
    return chosen


def worked_out(job: Job, make: Callable[[], Kept], on_demand: str = "") -> Kept | None:
    """What a lab shows, kept for all sessions or made now; None where that is not to be, or not yet: the page says why."""
    return made(job, make) if may_train([job], on_demand=on_demand) else None


def made(job: Job, make: Callable[[], Kept]) -> Kept:
    """What the budget has granted: kept, or made in its turn; sessions that want the same make it once. What goes wrong is said."""
    slot = st.empty()  # drawn whether or not there is something to make, so that what follows keeps its place
    if (kept := kept_runs().peek(job.key)) is None:
        get_ready()
        with failures_said():
            kept = kept_runs().get(job.key, make, job.seconds(), in_queue(slot))
        slot.empty()
    return kept
