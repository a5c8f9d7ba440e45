"""Networks trained live on the page: one's turn, progress and stop, charts that grow, finished runs kept."""

import time
from collections.abc import Callable, Generator, Hashable, Mapping, Sequence
from contextlib import closing
from typing import TYPE_CHECKING, Any

import streamlit as st

from regdemo.app import failures
from regdemo.app.cache import Sized, Slot
from regdemo.app.courtesy import courteous
from regdemo.app.dropout import words as dropout_words
from regdemo.app.network_run import NetworkRun
from regdemo.app.opening import draw_again
from regdemo.app.session import session
from regdemo.app.sweeps import get_ready, kept_runs
from regdemo.config.configs import NetworkConfig
from regdemo.config.costs import batched_seconds, training_seconds
from regdemo.content.say import said, say

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

    from regdemo.core.networks.train import Record

BEAT = 0.2  # seconds between two looks at the page while training: how soon a moved control is answered
STOPPED_MOST = 3  # stopped runs that a session keeps, with all they hold
DRAWN_EVERY = 0.4  # seconds between two drawings of the charts: the browser shares the processor with the training
DRAWN_MOST = 5  # times as long as a drawing takes is the least from it to the next: on a busy server there are fewer


def run_key(configs: Mapping[str, NetworkConfig]) -> Hashable:
    """What a run of these networks is kept under, whatever they are called."""
    return ("networks", tuple(configs.values()))


def together_key(configs: Sequence[NetworkConfig]) -> Hashable:
    """What is kept under of networks that are trained together."""
    return ("together", *configs)


def kept_run(configs: Mapping[str, NetworkConfig]) -> NetworkRun | None:
    """The finished run of these networks, under their names; None where there is none."""
    kept = kept_runs().peek(run_key(configs))
    return None if kept is None else kept.named(configs)


@st.cache_resource
def training_slot() -> Slot:
    """One network training at a time for the whole process: side by side they would only be slower. Short ones pass long ones."""
    return Slot()


def live(
    configs: dict[str, NetworkConfig], show: Callable[[NetworkRun], object], status: "DeltaGenerator"
) -> NetworkRun | None:
    """The finished run of these networks: kept, or trained now with `show` drawing what there is a few times a
    second and progress in `status` (an st.empty()).

    A stopped run is given as far as it came, one that broke off is None. A moved control ends the training at its next drawing:
    its place in the queue is free at once, and nothing half done is kept for others. Shorter trainings may interrupt it.
    """
    key = run_key(configs)
    if (kept := kept_run(configs)) is not None:
        return _finished(kept, show, status)
    stopped = session().stopped

    def again() -> None:
        stopped.pop(key, None)

    if key in stopped:
        return _ended(stopped[key].named(configs), again, show, status)
    run = NetworkRun(configs)

    def stop() -> None:
        stopped[key] = run
        while len(stopped) > STOPPED_MOST:
            del stopped[next(iter(stopped))]

    with status.container(horizontal=True, vertical_alignment="center"):
        bar = st.empty()
        st.button(
            say("common.training.stop"), key=f"training.stop.{hash(key)}", on_click=stop, help=say("common.training.stop_help")
        )
    try:
        done = _train(run, key, bar, show)
    except Exception as error:
        if (why := failures.sentence(error, "networks")) is None:
            raise
        run = NetworkRun(configs, said=why)  # of what it had nothing is kept: memory may be short
        stop()
        return _ended(run, again, show, status)
    return _finished(done.named(configs), show, status)


def _finished(run: NetworkRun, show: Callable[[NetworkRun], object], status: "DeltaGenerator") -> NetworkRun:
    if run.said:
        status.caption(said(run.said))
    else:
        status.empty()
    show(run)
    return run


def _ended(
    run: NetworkRun, again: Callable[[], None], show: Callable[[NetworkRun], object], status: "DeltaGenerator"
) -> NetworkRun | None:
    """A run that was stopped or broke off, as far as it came, with a way to train it from the start."""
    with status.container(horizontal=True, vertical_alignment="center"):
        if run.rows:
            st.markdown(say("common.training.stopped", epoch=run.rows[-1]["epoch"]))
        elif run.said:
            st.error(said(run.said))
        else:
            st.markdown(say("common.training.stopped", epoch=0))
        st.button(say("common.training.restart"), key=f"training.restart.{hash(run_key(run.configs))}", on_click=again)
    if not run.rows:
        return None
    show(run)
    return run


def _train(run: NetworkRun, key: Hashable, bar: "DeltaGenerator", show: Callable[[NetworkRun], object]) -> NetworkRun:
    """The run, trained and kept; or another session's, where that has finished the same while this one waited."""
    get_ready()
    from regdemo.core.networks.train import train_networks

    configs = list(run.configs.values())
    total, seconds = max(c.epochs for c in configs), sum(map(training_seconds, configs))
    began = drawn = time.monotonic()
    at, done = 0.0, run
    let_pass: Callable[[], None]

    def waiting(ahead: int) -> None:
        bar.progress(min(at / total, 1.0), say("common.training.waiting", ahead=ahead))

    def beat(epochs: float) -> None:
        nonlocal at, began, drawn
        give_way()
        now = time.monotonic()
        if now - drawn > BEAT:
            at = epochs
            let_pass()
            drawn = time.monotonic()
            began += drawn - now
            bar.progress(min(epochs / total, 1.0), dropout_words.progress(epochs, total, drawn - began))

    def turn() -> "Generator[tuple[Record, ...], None, None]":
        nonlocal began, done, let_pass
        with training_slot().turn(waiting, seconds=seconds) as let_pass:
            if (kept := kept_runs().peek(key)) is not None:
                done = kept
                return
            began = time.monotonic()
            try:
                yield from train_networks(configs, on_step=beat)
            except RuntimeError as error:
                if failures.ran_out(error) != failures.DEVICE:
                    raise
                run.start_again("common.training.on_the_cpu")
            if run.said:
                yield from train_networks(configs, "cpu", on_step=beat)
            run.seconds, run.finished = time.monotonic() - began, True
            kept_runs().keep(key, run)  # before the slot is free, so that who waits for the same finds it

    bar.progress(0.0, say("common.training.starting"))
    again = 0.0
    with courteous() as give_way, closing(turn()) as epochs:
        for records in epochs:
            run.add(records)
            if (now := time.monotonic()) > again:
                show(run)
                drawing = time.monotonic() - now
                again = now + max(DRAWN_EVERY, DRAWN_MOST * drawing)
    return done


def train_together(
    configs: Sequence[NetworkConfig], train: Callable[[Callable[[float], object]], Sized], as_one: bool = True
) -> Any:
    """What networks came to that are trained as one or, not `as_one`, side by side: kept, or made now by `train(on_step)`, in its
    turn and with progress."""
    key, total, bar = together_key(configs), configs[0].epochs, st.empty()
    seconds = batched_seconds(configs) if as_one else sum(map(training_seconds, configs))
    if (kept := kept_runs().peek(key)) is not None:
        return kept
    get_ready()
    drawn = time.monotonic()

    def waiting(ahead: int) -> None:
        bar.progress(0.0, say("common.training.waiting", ahead=ahead))

    def beat(done: float) -> None:
        nonlocal drawn
        give_way()
        if time.monotonic() - drawn > BEAT:
            let_pass()
            drawn = time.monotonic()
            way = "common.training.as_one" if as_one else "common.training.together"
            bar.progress(min(done / total, 1.0), say(way, runs=len(configs), done=int(done), total=total))

    bar.progress(0.0, say("common.training.starting"))
    with courteous() as give_way, training_slot().turn(waiting, seconds=seconds) as let_pass:
        if (kept := kept_runs().peek(key)) is None:
            kept = train(beat)
            kept_runs().keep(key, kept)
    bar.empty()
    return kept


def train_pinned(pairs: list[dict[str, NetworkConfig]], ghost_of: Callable[[dict[str, NetworkConfig]], object]) -> None:
    """Train those pinned pairs that have no ghost yet (`ghost_of` gives a sentence), one after the other, below the page; then
    draw the page with them. Each ghost is made at once: later runs may take the earlier ones' place among those kept.
    """
    missing = [pair for pair in pairs if isinstance(ghost_of(pair), str)]
    for i, pair in enumerate(missing, 1):
        st.caption(say("common.training.pinned", i=i, n=len(missing)))
        run = live(pair, lambda run: None, st.empty())
        if run is None or not run.finished:
            return
        ghost_of(pair)
    if missing:
        draw_again()


def images_or_digits(name: str, tell: bool = True) -> str:
    """The name of a data set that can be used: this one, downloaded if need be, or "digits"; `tell`: with a sentence that says why."""
    from regdemo.core.networks.images import DataUnavailable, load

    failed = session().unavailable
    if name not in failed:
        bar = st.empty()
        try:
            load(name, lambda share, text: bar.progress(min(share, 1.0), text))
            bar.empty()
            return name
        except DataUnavailable as error:
            bar.empty()
            failed[name] = str(error)
    if not tell:
        return "digits"

    def again() -> None:
        failed.pop(name, None)

    with st.container(horizontal=True, vertical_alignment="center"):
        st.warning(say("common.training.digits", why=failed[name]))
        st.button(say("common.training.try_again"), on_click=again, help=say("common.training.try_again_help"))
    return "digits"
