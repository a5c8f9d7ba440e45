"""Finished runs, kept once for everyone: a cache bounded in bytes, safe between threads, with one computation a key.

And the one slot for training, with its queue.
"""

from bisect import insort
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager, suppress
from threading import Condition, Lock, get_ident
from time import monotonic
from typing import Any, Protocol, TypeVar

from cachetools import LRUCache

from regdemo.core.memory import give_back


class Sized(Protocol):
    """What can be kept: anything that says how many bytes it holds."""

    @property
    def nbytes(self) -> int: ...


T = TypeVar("T", bound=Sized)
Waiting = Callable[[int], object]  # told how many are ahead
Ticket = tuple[float, int]  # whoever has the least is served first; the second number is nobody else's

PASSING = 4.0  # a job lets those pass that come within so many times its own length after it and are shorter


def nothing(ahead: int) -> None:
    """Say nothing to those who wait."""


class _Kept(Exception):
    """Raised out of a queue: what was waited for is there."""


class Runs:
    """Least-recently-used cache of finished runs.

    `get(key, compute)` returns the kept run or computes it. Only what `compute` returns is stored: an exception (Streamlit's
    stop and rerun signals too) stores nothing. Who asks for a key that is being computed waits for it and shares it; if that
    computation is interrupted, one of the waiting computes. Different keys are computed one after the other, in the order of
    `slot`: in threads of one process, side by side is slower than in turn. So a computation must not ask for another: that is
    refused.
    """

    def __init__(self, max_bytes: int) -> None:
        self.computed = 0  # how many runs were really computed
        self.slot = Slot()
        self._kept: LRUCache[Hashable, Any] = LRUCache(max_bytes, getsizeof=lambda run: run.nbytes)
        self._lock = Lock()
        self._computing: int | None = None  # the thread whose turn it is

    def get(self, key: Hashable, compute: Callable[[], T], seconds: float = 0.0, waiting: Waiting = nothing) -> T:
        """The kept run, or `compute()`, which takes about so many `seconds`, in its turn; `waiting` as for `Slot.turn`."""
        if (run := self.peek(key)) is not None:
            return run
        if self._computing == get_ident():
            raise AssertionError(f"a computation asked for another, {key!r}: get what it needs before it")

        def look(ahead: int) -> None:
            if self.peek(key) is not None:  # another one wanted the same
                raise _Kept
            waiting(ahead)

        with suppress(_Kept), self.slot.turn(look, seconds=seconds):
            if (run := self.peek(key)) is not None:
                return run
            self._computing = get_ident()
            try:
                run = compute()
            finally:
                self._computing = None
            self.keep(key, run)
            give_back(run.nbytes)
            return run
        return self.get(key, compute, seconds, waiting)

    def peek(self, key: Hashable) -> Any:
        """The kept run, or None; never computes and never waits for a computation."""
        with self._lock:
            return self._kept.get(key)

    def __len__(self) -> int:
        return len(self._kept)

    @property
    def bytes(self) -> float:
        """What the kept runs hold together."""
        return self._kept.currsize

    def keep(self, key: Hashable, run: Sized) -> None:
        """Store a finished run, letting the least recently used go where bytes run out."""
        with self._lock, suppress(ValueError):  # larger than the whole cache: not kept
            self.computed += 1
            self._kept.setdefault(key, run)


class Slot:
    """One training at a time: several in threads of one process are slower than in turn.

    Short ones pass long ones: whoever asks at time t for s seconds is served by the least t + PASSING · s. So a training that
    takes a minute lets others pass for some minutes, and then it is its turn.
    """

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._holder: Ticket | None = None  # the one that is training
        self._queue: list[Ticket] = []  # those that wait, the next one first
        self._asked = 0
        self._changed = Condition()

    def __len__(self) -> int:
        """How many train or wait."""
        return len(self._queue) + (self._holder is not None)

    @contextmanager
    def turn(self, waiting: Waiting = nothing, pause: float = 0.1, seconds: float = 0.0) -> Iterator[Callable[[], None]]:
        """Wait for one's turn, hold it for the `with` block, and give it up however the block or the waiting ends.

        `waiting(ahead)` is called at once and then every `pause` seconds, with how many are ahead, the training one included;
        what it raises (Streamlit's stop and rerun signals) leaves the queue. `seconds`: how long the turn is about to be.
        The block is given a function to call now and then: where someone has come who is to be served before, it gives up the
        turn and waits for the next one as for the first.
        """
        with self._changed:
            self._asked += 1
            number, asked = self._asked, self._clock()
            ticket = (asked + PASSING * seconds, number)
            insort(self._queue, ticket)

        def wait() -> None:
            while ahead := self._take(ticket):
                waiting(ahead)
                with self._changed:
                    self._changed.wait_for(lambda: self._next(ticket), timeout=pause)

        def let_pass() -> None:
            with self._changed:
                if not self._queue or ticket < self._queue[0]:
                    return
                self._holder = None
                insort(self._queue, ticket)
                self._changed.notify_all()
            wait()

        try:
            wait()
            yield let_pass
        finally:
            with self._changed:
                if self._holder == ticket:
                    self._holder = None
                else:
                    self._queue.remove(ticket)
                self._changed.notify_all()

    def _next(self, ticket: Ticket) -> bool:
        return self._holder is None and self._queue[0] == ticket

    def _take(self, ticket: Ticket) -> int:
        """How many are ahead; where none is, the turn is taken."""
        with self._changed:
            if self._next(ticket):
                self._holder = self._queue.pop(0)
                return 0
            return self._queue.index(ticket) + (self._holder is not None)
