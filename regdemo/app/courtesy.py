"""Training gives way: while pages of other sessions are being drawn, it stands still for most of the time.

Threads of one process share one interpreter: beside a training a rerun takes more than twice as long. In a process of its own a
training would give way no better where there are two cores, and hold some 300 MB more.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic, sleep

SCRIPTS = "ScriptRunner.scriptThread"  # what Streamlit calls a thread that runs a page's script; each run has one of its own
SHARE = 4  # a training stands still at most this many times as long as it has worked: so it always goes on
MOST = 0.1  # seconds that it stands still at a time
LOOK = 0.001  # seconds between two looks at who else runs

_trainings: set[threading.Thread] = set()  # those whose scripts train, or wait for their turn


@contextmanager
def courteous() -> Iterator[Callable[[], None]]:
    """A block in which this thread trains networks, or waits for its turn: nobody need stand still for it.

    Gives a function to call after each step of a training: it lets others draw their pages first.
    """
    me, began = threading.current_thread(), monotonic()

    def give_way() -> None:
        nonlocal began
        now = monotonic()
        until = now + min(SHARE * (now - began), MOST)
        while drawing() and monotonic() < until:
            sleep(LOOK)
        began = monotonic()

    _trainings.add(me)
    try:
        yield give_way
    finally:
        _trainings.discard(me)


def drawing() -> bool:
    """Whether some other session's page is being drawn."""
    return any(thread.name == SCRIPTS and thread not in _trainings for thread in threading.enumerate())
