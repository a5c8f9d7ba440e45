"""What a class waits for: `python -m benchmarks.classroom` (Linux; needs Chromium, haproxy and supervisor; 127.0.0.1 alone).

Students are websockets that speak Streamlit's protocol; one real browser among them says what is seen there. Each student moves
a control every 3 s: half of the moves let go of λ, a quarter draw the page anew, a quarter ask for a sweep that nobody has
trained. Before that all are in the mask lab, after it some train a network while all go on. Servers, students and browser share
one machine: whose processor time it is is printed.

`--soak 20`: thirty students for so many minutes, memory after each; in each some close their tab while a network trains, and
others come. `--quick`: a small class, behind HAProxy, and a small soak. Both end with an error where an answer is one.
"""

import argparse
import asyncio
import os
import random
import sys
from collections import Counter, defaultdict
from collections.abc import Awaitable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import count, product
from threading import Event, Thread
from time import perf_counter

import numpy as np
from playwright.sync_api import sync_playwright
from websockets.exceptions import WebSocketException

from benchmarks.load.servers import Meter, Served, busy, served
from benchmarks.page import SCREEN, WATCH, redrawn
from regdemo.app.limits import UNLIMITED
from tests.helpers.browser import CHARTS, launch, settled
from tests.helpers.student import Student

EVERY = 3.0  # seconds between two moves of a student
PATIENCE = 60.0  # seconds, after which an answer counts as an error
DECAY, MASKS = "/weight_decay", "/dropout"
NETWORK, LONG = "/dropout?lab=curve&steps=400&seed={}", "/dropout?lab=curve&steps=4000&seed={}"
MOVES = ("λ let go", "page drawn anew", "λ let go", "another sweep")
JOBS = (
    "page opened, first visit", "page opened again", "λ let go", "page drawn anew", "another sweep", "any move", "mask lab opened",
    "mask lab: p let go", "one network each", "any move while they train", "tab closed while training: idle",
    "browser: page drawn, first visit", "browser: another sweep drawn", "fresh server: first pages",
)  # fmt: skip
ASKED = {  # processes, students, job -> quantile and seconds
    (1, 30): {"any move": (0.95, 0.5), "page opened again": (1.0, 5.0), "page opened, first visit": (1.0, 5.0)},
    (2, 100): {"any move": (0.95, 1.0)},
}
SLIDERS = ("noise σ", "signal: true coefficient")
seeds = count(100)


@dataclass
class Told:
    """What a class has waited for, job by job, what that took, and what went wrong."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    errors: Counter[str] = field(default_factory=Counter)
    cores: dict[str, dict[str, float]] = field(default_factory=dict)
    megabytes: float = 0.0

    def quantile(self, job: str, q: float) -> float:
        return float(np.quantile(self.seconds[job], q)) if self.seconds.get(job) else np.nan

    async def job(self, name: str, answer: Awaitable[float], student: Student) -> None:
        """Wait for a student's answer; one that does not come, or says that it is an error, is noted."""
        try:
            async with asyncio.timeout(PATIENCE):
                self.seconds[name].append(await answer)
            for trouble in student.troubles():
                self.errors[f"{name}: {trouble}"[:300]] += 1
        except (TimeoutError, OSError, WebSocketException, KeyError) as error:
            self.errors[f"{name}: {type(error).__name__} {error}"[:300]] += 1


class Browser(Thread):
    """One real browser in the class: what a student sees, and the files of Streamlit's that a newcomer loads."""

    def __init__(self, url: str, told: Told) -> None:
        super().__init__(daemon=True)
        self.url, self.told, self.leave, self.there = url, told, Event(), Event()
        self.files: list[str] = []

    def run(self) -> None:
        try:
            with sync_playwright() as playwright:
                page = launch(playwright).new_page(viewport=SCREEN)
                began = perf_counter()
                page.goto(self.url + DECAY)
                settled(page, CHARTS[DECAY])
                self.told.seconds["browser: page drawn, first visit"].append(perf_counter() - began)
                names = page.evaluate("performance.getEntriesByType('resource').map(e => new URL(e.name).pathname)")
                self.files = [name for name in names if name.startswith("/static/")]
                page.evaluate(WATCH)
                self.there.set()
                for i in count():
                    if self.leave.wait(EVERY):
                        return
                    control, key = SLIDERS[i % 2], "ArrowLeft" if i % 16 < 8 else "ArrowRight"
                    self.told.seconds["browser: another sweep drawn"] += [ms / 1e3 for ms in redrawn(page, control, [key])]
        except Exception as error:  # told with the class's figures
            self.told.errors[f"browser: {type(error).__name__} {error}"[:300]] += 1
        finally:
            self.there.set()


async def opened(told: Told, name: str, url: str, link: str, n: int, files: Sequence[str] = ()) -> list[Student]:
    """So many students who come to a link at once."""
    students = [Student(url, link) for _ in range(n)]
    await asyncio.gather(*(told.job(name, student.open(files), student) for student in students))
    return students


async def closed(students: Iterable[Student]) -> None:
    await asyncio.gather(*(student.close() for student in students))


async def moves(told: Told, student: Student, seconds: float, name: str = "") -> None:
    """Move a control every few seconds, the first time at any moment of them; `name`: what all moves are called."""
    end = perf_counter() + seconds
    await asyncio.sleep(random.uniform(0, min(EVERY, seconds)))
    for i in count(random.randrange(len(MOVES))):
        if (began := perf_counter()) > end:
            return
        move = MOVES[i % len(MOVES)] if student.link.startswith(DECAY) else MOVES[0]
        if move == "λ let go":
            answer = student.release(random.randrange(1, 12))
        elif move == "another sweep":
            answer = student.change("seed", next(seeds))
        else:
            answer = student.change("log", i // len(MOVES) % 2 == 0)
        await told.job(name or move, answer, student)
        await asyncio.sleep(began + EVERY - perf_counter())


async def network(told: Told, url: str) -> None:
    """Open the lab that trains two networks, as one of many at once, and wait for them."""
    student = Student(url, NETWORK.format(next(seeds)))
    await told.job("one network each", student.open(), student)
    await student.close()


async def closed_while_training(served: Served) -> float:
    """Seconds from closing the tab of a network that trains until the servers do next to nothing any more."""

    async def load(seconds: float) -> float:
        before = sum(map(busy, served.apps()))
        await asyncio.sleep(seconds)
        return (sum(map(busy, served.apps())) - before) / seconds

    student = Student(served.url, LONG.format(next(seeds)))
    await student.arrive()
    await student.until("progress")
    training = await load(1)
    began = at = perf_counter()
    await student.close()
    while await load(0.25) > training / 5:
        at = perf_counter()
        if at - began > PATIENCE:
            raise SystemExit("a closed tab goes on training")
    return at - began


async def lesson(served: Served, n: int, seconds: float, trainers: int) -> Told:
    """A class of so many: all jobs, one after the other."""
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(128))
    told, url, warm = Told(), served.url, 2 * served.processes
    for link in (DECAY, MASKS):
        await closed(await opened(told, "fresh server: first pages", url, link, warm))
    browser = Browser(url, told)
    browser.start()
    await asyncio.to_thread(browser.there.wait)
    meter = Meter(served)
    await closed(await opened(told, "page opened, first visit", url, DECAY, n, browser.files))
    told.cores["opening"] = meter.cores()
    masks = await opened(told, "mask lab opened", url, MASKS, n)
    await asyncio.gather(*(moves(told, student, seconds / 3, "mask lab: p let go") for student in masks))
    await closed(masks)
    students = await opened(told, "page opened again", url, DECAY, n)
    meter.cores()
    await asyncio.gather(*(moves(told, student, seconds) for student in students))
    told.cores["moving"] = meter.cores()
    told.seconds["any move"] = [taken for move in set(MOVES) for taken in told.seconds[move]]
    await asyncio.gather(
        *(network(told, url) for _ in range(min(n, trainers))),
        *(moves(told, student, seconds / 3, "any move while they train") for student in students),
    )
    told.megabytes = served.megabytes()
    await closed(students)
    browser.leave.set()
    await asyncio.to_thread(browser.join)
    told.seconds["tab closed while training: idle"].append(await closed_while_training(served))
    return told


async def soak(served: Served, minutes: float, n: int) -> Counter[str]:
    """The same class for a long time: memory after each minute, and whether it stays."""
    told, held, step = Told(), [], min(60.0, 30 * minutes)
    students = await opened(told, "opened", served.url, DECAY, n)
    for minute in range(max(2, round(minutes))):
        now = Told(errors=told.errors)
        await asyncio.gather(*(moves(now, student, step, "move") for student in students))
        leaving = students[:3]
        await closed(leaving)
        for _ in leaving:
            now.seconds["idle"].append(await closed_while_training(served))
        students = students[3:] + await opened(now, "opened", served.url, DECAY, len(leaving))
        held.append(served.megabytes())
        print(
            f"  minute {minute + 1:3d}: {held[-1]:6.0f} MB; {len(now.seconds['move'])} moves, p95 {now.quantile('move', 0.95):.3f} s; "
            f"tab closed while training, idle after {max(now.seconds['idle']):.1f} s; errors {told.errors.total()}", flush=True,
        )  # fmt: skip
    await closed(students)
    for error, times in told.errors.items():
        print(f"  {times} × {error}")
    late = held[len(held) // 2 :]
    print(
        f"  memory in the second half: {min(late):.0f} to {max(late):.0f} MB, {100 * (max(late) / min(late) - 1):.1f} % apart"
    )
    return told.errors


def report(all_told: dict[tuple[int, int], Told]) -> None:
    """Every job with one process and with several side by side, in seconds."""
    if not all_told:
        return
    several, sizes = sorted({p for p, _ in all_told}), sorted({n for _, n in all_told})
    print(
        f"\n{'students':>8s}  {'seconds: p50, p95, max':34s}" + "".join(f"  {p} process{'es' * (p > 1):18s}" for p in several)
    )
    for n in sizes:
        for job in JOBS:
            cells = [[all_told[p, n].quantile(job, q) for q in (0.5, 0.95, 1.0)] if (p, n) in all_told else [] for p in several]
            print(f"{n:8d}  {job:34s}" + "".join(f"  {' '.join(f'{value:7.3f}' for value in cell):25s}" for cell in cells))
    for (p, n), told in all_told.items():
        print(f"{n} students, {p} processes: {told.megabytes:.0f} MB; errors {told.errors.total()}")
        for name, cores in told.cores.items():
            print(f"  cores busy, {name}: " + ", ".join(f"{who} {value:.2f}" for who, value in cores.items()))
        for error, times in told.errors.items():
            print(f"  {times} × {error}")
        for job, (q, most) in ASKED.get((p, n), {}).items():
            got = told.quantile(job, q)
            print(
                f"  {job}, {'max' if q == 1 else 'p95'} {got:.2f} s; asked for at most {most:g}: {'met' if got <= most else 'MISSED'}"
            )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.classroom")
    parser.add_argument("--students", type=int, nargs="+", default=[1, 10, 30, 100])
    parser.add_argument("--processes", type=int, nargs="+", default=[1, 2], help="1: the app by itself; more: behind HAProxy")
    parser.add_argument("--seconds", type=float, default=60, help="for which a class moves its controls")
    parser.add_argument("--trainers", type=int, default=10, help="who start a network each, all at once")
    parser.add_argument("--soak", type=float, metavar="MINUTES")
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    os.environ[UNLIMITED] = "1"  # what is asked for is trained, however slow the class makes the machine
    all_told: dict[tuple[int, int], Told] = {}
    soaked: Counter[str] = Counter()
    if options.quick:
        with served(2) as where:
            all_told[2, 6] = asyncio.run(lesson(where, 6, 6, 2))
            soaked = asyncio.run(soak(where, 0.2, 6))
    elif options.soak is not None:
        print(f"soak: 30 students, {options.soak:g} minutes, one process", flush=True)
        with served(1) as where:
            soaked = asyncio.run(soak(where, options.soak, 30))
    else:
        for processes, n in product(options.processes, options.students):
            print(f"{n} students, {processes} processes …", flush=True)
            with served(processes) as where:
                all_told[processes, n] = asyncio.run(lesson(where, n, options.seconds, options.trainers))
    report(all_told)
    errors = sum((told.errors for told in all_told.values()), soaked)
    sys.exit(1 if errors else 0)


if __name__ == "__main__":
    main()
