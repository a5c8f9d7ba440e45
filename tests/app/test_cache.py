"""The cache computes once and stores nothing half done; the training slot is taken in turn and always freed."""

from contextlib import closing
from dataclasses import dataclass
from threading import Barrier, Event, Thread

import pytest

from regdemo.app import cache
from regdemo.app.cache import Runs, Slot
from tests.helpers.links import QUICK, WEIGHT_DECAY
from tests.helpers.pages import opened


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


def test_a_free_slot_is_taken_without_waiting():
    slot = Slot()
    with slot.turn(pytest.fail):
        assert len(slot) == 1
    assert len(slot) == 0


def test_those_who_wait_are_served_in_order_and_told_how_many_are_ahead():
    slot, served, told = Slot(), [], {i: [] for i in range(4)}
    waits = [Event() for _ in range(4)]

    def train(i):
        def waiting(ahead):
            told[i].append(ahead)
            waits[i].set()

        with slot.turn(waiting, pause=0.001):
            assert len(served) == i - 1
            served.append(i)

    threads = [Thread(target=train, args=(i,)) for i in range(1, 4)]
    with slot.turn():
        for i, thread in enumerate(threads, 1):
            thread.start()
            waits[i].wait()  # it is in the queue: only now may the next one come
    for thread in threads:
        thread.join()
    assert served == [1, 2, 3]
    assert [told[i][0] for i in (1, 2, 3)] == [1, 2, 3]
    assert told[3] == sorted(told[3], reverse=True)
    assert len(slot) == 0


def test_who_gives_up_waiting_leaves_the_queue():
    slot = Slot()

    def give_up(ahead):
        raise KeyboardInterrupt

    with slot.turn():
        with pytest.raises(KeyboardInterrupt), slot.turn(give_up):
            pytest.fail("it was not its turn")
        assert len(slot) == 1
    assert len(slot) == 0


def test_an_error_in_training_frees_the_slot():
    slot = Slot()
    with pytest.raises(ZeroDivisionError), slot.turn():
        raise ZeroDivisionError
    with slot.turn(pytest.fail):
        pass


def test_a_generator_closed_in_its_turn_frees_the_slot():
    slot = Slot()

    def training():
        with slot.turn():
            yield from range(10)

    with closing(training()) as records:
        assert next(records) == 0
        assert len(slot) == 1
    assert len(slot) == 0


def test_a_short_training_interrupts_a_long_one_which_then_goes_on():
    slot, served, waits = Slot(lambda: 0.0), [], Event()

    def short():
        with slot.turn(lambda ahead: waits.set(), pause=0.001, seconds=2):
            served.append("short")

    told = []
    with slot.turn(lambda ahead: told.append((ahead, list(served))), pause=0.001, seconds=3600) as let_pass:
        let_pass()
        assert told == []  # nobody is there
        thread = Thread(target=short)
        thread.start()
        assert waits.wait(10)
        let_pass()
        assert served == ["short"]
        assert told[0] == (1, [])
        let_pass()
        assert len(slot) == 1
    thread.join()
    assert len(slot) == 0


@pytest.mark.parametrize("seconds", [5, 6, 3600])
def test_what_is_as_long_or_longer_interrupts_nothing(seconds):
    slot, waits = Slot(lambda: 0.0), Event()
    thread = Thread(target=lambda: _take(slot, waits, seconds))
    with slot.turn(seconds=5) as let_pass:
        thread.start()
        assert waits.wait(10)
        let_pass()
        assert len(slot) == 2
    thread.join()


def _take(slot, waits, seconds):
    with slot.turn(lambda ahead: waits.set(), pause=0.001, seconds=seconds):
        pass


def test_who_ends_while_another_trains_in_its_stead_leaves_the_queue():
    slot, waits, done = Slot(lambda: 0.0), Event(), Event()

    def short():
        with slot.turn(lambda ahead: waits.set(), pause=0.001, seconds=2):
            assert done.wait(10)

    def stop(ahead):
        raise KeyboardInterrupt

    thread = Thread(target=short)
    with slot.turn(stop, seconds=9) as let_pass:
        thread.start()
        assert waits.wait(10)
        with pytest.raises(KeyboardInterrupt):
            let_pass()
    assert len(slot) == 1
    done.set()
    thread.join()
    assert len(slot) == 0


def test_a_computation_that_asks_for_another_is_refused_and_the_next_one_runs():
    runs = Runs(100)
    with pytest.raises(AssertionError, match="asked for another, 'b'"):
        runs.get("a", lambda: runs.get("b", lambda: Run(2)))
    assert runs.get("b", lambda: Run(2)).name == 2
    assert runs.get("a", lambda: runs.get("b", lambda: Run(3))).name == 2  # what is kept computes nothing


def in_turn(*asked, holds=0.0):
    """The order in which jobs (name, asked at, seconds) are served that all wait behind one that holds the slot."""
    now, served, threads = [0.0], [], []
    slot = Slot(clock=lambda: now[0])

    def train(name, seconds, waits):
        with slot.turn(lambda ahead: waits.set(), pause=0.001, seconds=seconds):
            served.append(name)

    with slot.turn(seconds=holds):
        for name, now[0], seconds in asked:
            waits = Event()
            threads.append(Thread(target=train, args=(name, seconds, waits)))
            threads[-1].start()
            waits.wait()
    for thread in threads:
        thread.join()
    return served


def test_short_jobs_pass_long_ones_and_long_ones_are_not_passed_for_ever():
    assert in_turn(("long", 0, 60), ("short", 5, 1)) == ["short", "long"]
    assert in_turn(("long", 0, 60), ("short", 500, 1)) == ["long", "short"]
    assert in_turn(("one", 0, 1), ("same", 0.1, 1)) == ["one", "same"]


def test_who_waits_for_what_another_finishes_need_not_wait_for_those_ahead():
    runs, waits, got = Runs(1000), Event(), []

    def ask():
        got.append(runs.get("a", lambda: Run(1), waiting=lambda ahead: waits.set()))

    thread = Thread(target=ask)
    with runs.slot.turn():
        thread.start()
        waits.wait()
        runs.keep("a", Run(2))
        thread.join()  # the slot is still taken
    assert [run.name for run in got] == [2]


def test_waiting_for_anothers_computation_shows_a_place_and_can_be_given_up():
    runs, computing, go_on, told = Runs(1000), Event(), Event(), []

    def slow():
        computing.set()
        go_on.wait()
        return Run(1)

    def give_up(ahead):
        told.append(ahead)
        raise KeyboardInterrupt

    thread = Thread(target=lambda: runs.get("slow", slow))
    thread.start()
    computing.wait()
    with pytest.raises(KeyboardInterrupt):
        runs.get("mine", lambda: pytest.fail("not its turn"), waiting=give_up)
    go_on.set()
    thread.join()
    assert told == [1]
    assert runs.get("mine", lambda: Run(2)).name == 2


def test_a_page_that_waits_for_anothers_sweep_says_how_many_are_ahead_until_it_is_there(monkeypatch):
    said = []
    slot = Slot.turn

    def turn(self, waiting, **options):
        waiting(2)
        said.append("waited")
        return slot(self, waiting, **options)

    monkeypatch.setattr(Slot, "turn", turn)
    at = opened(WEIGHT_DECAY, **QUICK[WEIGHT_DECAY], seed="4711")
    assert said == ["waited"]
    assert not at.get("progress")  # it has gone again


def test_once_a_run_is_computed_what_it_took_goes_back(monkeypatch):
    given = list[int]()
    monkeypatch.setattr(cache, "give_back", given.append)
    runs = Runs(100)
    for _ in range(2):
        runs.get("a", lambda: Run(1, nbytes=7))
    assert given == [7]
