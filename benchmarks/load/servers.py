"""Where a class goes, the processes that serve it, and whose the processor's time is."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter

import psutil

from tests.helpers.browser import serving
from tests.helpers.deployed import deployed


@dataclass(frozen=True)
class Served:
    """Where a class goes, and the processes that serve it."""

    url: str
    processes: int
    mains: Callable[[], list[psutil.Process]]
    balancers: Callable[[], list[psutil.Process]]

    def apps(self) -> list[psutil.Process]:
        """The app's processes, and those that they have started."""
        return [each for p in self.mains() for each in (p, *p.children(recursive=True))]

    def megabytes(self) -> float:
        return sum(p.memory_info().rss for p in self.apps()) / 1e6


@contextmanager
def served(processes: int) -> Iterator[Served]:
    """The app in one process by itself, or behind HAProxy in several."""
    if processes == 1:
        with serving() as server:
            yield Served(server.url, 1, lambda: [psutil.Process(server.process.pid)], list)
    else:
        with deployed(processes) as several:
            yield Served(several.url, processes, several.apps, several.balancers)


class Meter:
    """How many cores have been busy since the last look: with each process of the app, the balancer, the students, the browser."""

    def __init__(self, served: Served) -> None:
        self.served, self.at, self.before = served, perf_counter(), self._now(served)

    @staticmethod
    def _now(served: Served) -> dict[str, float]:
        me, apps, balancers = psutil.Process(), served.apps(), served.balancers()
        servers = {p.pid for p in (*apps, *balancers)}
        browser = [p for p in me.children(recursive=True) if p.pid not in servers]
        groups = {"HAProxy": balancers, "students": [me], "browser": browser}
        each = {f"app {i}": busy(app) for i, app in enumerate(apps, 1)}
        return each | {name: sum(map(busy, group)) for name, group in groups.items()}

    def cores(self) -> dict[str, float]:
        now, at, before = self._now(self.served), perf_counter(), self.before
        taken, self.at, self.before = at - self.at, at, now
        return {name: max(0.0, now[name] - before.get(name, 0.0)) / taken for name in now}


def busy(process: psutil.Process) -> float:
    """Seconds of a processor that a process has had."""
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return times.user + times.system
