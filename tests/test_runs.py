"""The cache of finished runs: computes once, keeps little, stores nothing half done."""

from dataclasses import dataclass
from threading import Barrier, Event, Thread

import pytest

from regdemo.runs import Runs


@dataclass
class Run:
    name: int
    nbytes: int = 10


def test_a_repeat_computes_nothing():
    runs = Runs(100)
    assert runs.get("a", lambda: Run(1)) is runs.get("a", lambda: Run(2))
    assert runs.computed == 1


def test_an_interrupted_run_is_never_stored():
    runs = Runs(100)

    def interrupted():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        runs.get("a", interrupted)
    assert len(runs) == 0
    assert runs.get("a", lambda: Run(1)).name == 1


def test_bytes_stay_bounded_over_thousands_of_runs_and_the_least_recently_used_goes_first():
    runs = Runs(100)
    for i in range(5000):
        runs.get(i, lambda i=i: Run(i))
        runs.get(0, lambda: Run(0))
        assert runs.bytes <= 100
        assert runs.bytes == 10 * len(runs)
    assert runs.peek(0) is not None
    assert runs.peek(1) is None
    assert len(runs) == 10


def test_a_run_larger_than_the_cache_is_given_back_but_not_kept():
    runs = Runs(100)
    runs.get("small", lambda: Run(0))
    assert runs.get("big", lambda: Run(1, nbytes=101)).name == 1
    assert runs.peek("big") is None
    assert runs.peek("small") is not None


def test_threads_that_ask_for_the_same_run_share_one_computation():
    runs, start, got = Runs(1000), Barrier(8), []

    def ask():
        start.wait()
        got.append(runs.get("a", lambda: Run(1)))

    threads = [Thread(target=ask) for _ in range(8)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert runs.computed == 1
    assert len({id(run) for run in got}) == 1


def test_a_kept_run_is_given_at_once_while_another_computes():
    runs, computing, go_on = Runs(1000), Event(), Event()
    runs.get("kept", lambda: Run(1))

    def slow():
        computing.set()
        go_on.wait()
        return Run(2)

    thread = Thread(target=lambda: runs.get("slow", slow))
    thread.start()
    computing.wait()
    assert runs.get("kept", lambda: Run(3)).name == 1
    go_on.set()
    thread.join()
