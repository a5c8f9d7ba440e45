"""Sweeps of linear models on the page: kept, or trained now with progress."""

import gc
import time
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Optional, TypeVar

import streamlit as st

from regdemo.app import failures
from regdemo.app.cache import Runs
from regdemo.config.configs import LinearConfig
from regdemo.config.costs import exact_seconds, training_seconds
from regdemo.content.say import say
from regdemo.core import speed
from regdemo.frames.summaries import thin

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

    from regdemo.core.linear.data import LinearData
    from regdemo.core.linear.exact import Exact
    from regdemo.core.linear.train import LinearResult

CACHE_BYTES = 300_000_000
ROWS_BYTES = 6_000_000  # about what a page's charts of one sweep take
T = TypeVar("T")
Data = Optional["LinearData"]  # of one's own; None where a config draws them


@st.cache_resource
def kept_runs() -> Runs:
    """Finished runs, shared by all sessions."""
    return Runs(CACHE_BYTES)


@st.cache_resource
def get_ready() -> None:
    """Import what trains and solves; one thread for torch and one for NumPy's linear algebra, for the whole process.

    Thread counts change sums in their last bits, and beside a busy neighbour two threads are slower than one.
    """
    import sklearn.linear_model  # noqa: F401
    from threadpoolctl import threadpool_limits

    from regdemo.core.linear.train import use_threads

    use_threads()
    threadpool_limits(1, "blas")
    speed.slowness()
    gc.collect()
    gc.freeze()  # what is imported stays: the collector need not look through it again and again


def slowness() -> float:
    """How slow this machine is, measured with the threads that it trains with."""
    get_ready()
    return speed.slowness()


@contextmanager
def failures_said(trained: str = "sweep") -> Iterator[None]:
    """A block that trains or solves a "sweep" or "networks": where memory or the disk runs out, a sentence says so and the page ends there."""
    try:
        yield
    except Exception as error:
        if (why := failures.sentence(error, trained)) is None:
            raise
        st.error(why)
        st.stop()


def sweep_key(config: LinearConfig, data: Data = None) -> tuple[Hashable, ...]:
    """What a sweep is kept under."""
    return config, data.digest if data is not None else None


def folds_key(config: LinearConfig, data: Data = None) -> tuple[Hashable, ...]:
    """What cross-validation on a sweep's data is kept under."""
    return "folds", *sweep_key(config, data)


def linear_run(config: LinearConfig, data: Data = None) -> "Trained":
    """The finished runs of a config (on `data` of one's own) with their exact solutions; what goes wrong is said."""
    with failures_said():
        return trained_run(config, data)


def trained_run(config: LinearConfig, data: Data = None) -> "Trained":
    """The finished runs of a config, kept, or trained now; raises what goes wrong.

    While training, the page draws progress a few times a second: that is also where Streamlit stops a run whose controls
    have moved on.
    """
    slot = st.empty()  # drawn whether or not there is something to train, so that what follows keeps its place
    runs, key = kept_runs(), sweep_key(config, data)
    if (sweep := runs.peek(key)) is not None:
        return sweep
    get_ready()
    seconds = slowness() * (training_seconds(config) + exact_seconds(config))
    sweep = runs.get(key, lambda: _train(config, data, slot), seconds, in_queue(slot))
    slot.empty()  # of what was said in the queue, where another one trained the same
    return sweep


def in_queue(slot: "DeltaGenerator") -> Callable[[int], object]:
    """What says in an st.empty() how many are ahead of who waits."""
    return lambda ahead: slot.progress(0.0, say("common.training.waiting", ahead=ahead))


@dataclass(frozen=True, eq=False)
class _Made:
    """What is kept, and with it what is made of it alone."""

    made: dict[Hashable, Any] = field(default_factory=dict, kw_only=True)

    def once(self, name: Hashable, make: Callable[[], T]) -> T:
        """What depends on this alone, such as a chart's rows: made once for everybody and kept with it."""
        if name not in self.made:
            self.made[name] = make()
        return self.made[name]


@dataclass(frozen=True, eq=False)
class Trained(_Made):
    """A sweep with the exact solutions of its strengths."""

    result: "LinearResult"
    exact: "Exact"

    @property
    def nbytes(self) -> int:
        return self.result.nbytes + self.exact.nbytes + ROWS_BYTES


@dataclass(frozen=True, eq=False)
class Kept(_Made):
    """Anything small that is worth keeping beside the runs."""

    value: Any
    nbytes: int


def progress(show: Callable[[int], object]) -> Callable[[int], None]:
    """A callback for each epoch that calls `show` at most five times a second: there Streamlit stops what is out of date."""
    drawn_at = time.monotonic()

    def on_epoch(epoch: int) -> None:
        nonlocal drawn_at
        if time.monotonic() - drawn_at > 0.2:
            drawn_at = time.monotonic()
            show(epoch)

    return on_epoch


def _train(config: LinearConfig, data: Data, slot: "DeltaGenerator") -> Trained:
    from regdemo.core.linear.exact import exact_solution
    from regdemo.core.linear.train import train_linear

    runs = len(config.strengths) * config.seeds
    show = progress(
        lambda epoch: slot.progress(epoch / config.epochs, say("linear.training", runs=runs, epoch=epoch, epochs=config.epochs))
    )
    try:
        result = failures.else_on_cpu(
            lambda device: train_linear(config, data, device, on_epoch=show, looked_at=thin(config.epochs))
        )
        exact = exact_solution(config, result.data, result.lam)
    except Exception:
        slot.empty()
        raise
    slot.empty()
    return Trained(result, exact)
