"""Finished runs, kept once for everyone: a cache bounded in bytes, safe between threads, with one computation a key.

And the one slot for training, with its queue.
"""

from collections import deque
from collections.abc import Callable, Generator, Hashable, Iterator
from contextlib import contextmanager, suppress
from threading import Condition, Lock, get_ident
from typing import Any, Protocol, TypeVar

from cachetools import LRUCache


class Sized(Protocol):
    """What can be kept: anything that says how many bytes it holds."""

    @property
    def nbytes(self) -> int: ...


T = TypeVar("T", bound=Sized)
R = TypeVar("R")


class Runs:
    """Least-recently-used cache of finished runs.

    `get(key, compute)` returns the kept run or computes it. Only what `compute` returns is stored: an exception (Streamlit's
    stop and rerun signals too) stores nothing. Who asks for a key that is being computed waits for it and shares it; if that
    computation is interrupted, one of the waiting computes. Different keys are computed one after the other: in threads of
    one process, side by side is slower than in turn. So a computation must not ask for another: that is refused.
    """

    def __init__(self, max_bytes: int) -> None:
        self.computed = 0  # how many runs were really computed
        self._kept: LRUCache[Hashable, Any] = LRUCache(max_bytes, getsizeof=lambda run: run.nbytes)
        self._lock = Lock()
        self._turn = Lock()
        self._computing: int | None = None  # the thread whose turn it is

    def get(self, key: Hashable, compute: Callable[[], T]) -> T:
        if (run := self.peek(key)) is not None:
            return run
        if self._computing == get_ident():
            raise AssertionError(f"a computation asked for another, {key!r}: get what it needs before it")
        with self._turn:
            if (run := self.peek(key)) is not None:
                return run
            self._computing = get_ident()
            try:
                run = compute()
            finally:
                self._computing = None
            self.keep(key, run)
            return run

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
    """One training at a time, in the order of asking: several in threads of one process are slower than in turn."""

    def __init__(self) -> None:
        self._queue: deque[object] = deque()  # the first one is training
        self._changed = Condition()

    def __len__(self) -> int:
        """How many train or wait."""
        return len(self._queue)

    @contextmanager
    def turn(self, waiting: Callable[[int], object] = lambda ahead: None, pause: float = 0.1) -> Iterator[None]:
        """Wait for one's turn, hold it for the `with` block, and give it up however the block or the waiting ends.

        `waiting(ahead)` is called at once and then every `pause` seconds, with how many are ahead, the training one included;
        what it raises (Streamlit's stop and rerun signals) leaves the queue.
        """
        ticket = object()
        with self._changed:
            self._queue.append(ticket)
        try:
            while ahead := self._ahead(ticket):
                waiting(ahead)
                with self._changed:
                    self._changed.wait_for(lambda: self._queue[0] is ticket, timeout=pause)
            yield
        finally:
            with self._changed:
                self._queue.remove(ticket)
                self._changed.notify_all()

    def stream(
        self, records: Generator[R, None, None], waiting: Callable[[int], object] = lambda ahead: None, pause: float = 0.1
    ) -> Generator[R, None, None]:
        """The records of a training, from its turn on. Closing this generator closes the training and frees the slot.

        Hold it in `contextlib.closing`: an abandoned generator is only closed when it is collected.
        """
        with self.turn(waiting, pause):
            yield from records

    def _ahead(self, ticket: object) -> int:
        with self._changed:
            return self._queue.index(ticket)
