"""What hostile links and files do to the pages: `python -m benchmarks.hostile` opens 1,000 links and 200 CSV files, in this process.

Each link is opened by a visitor of its own, each file is uploaded on the page of L1 versus L2. Asked for: no exception, none above
10 s, nothing of a link or a file rendered, and every file that cannot be used answered by a sentence that says what to change.
Seconds are this process's own, which busy neighbours lengthen least.
`--links`, `--files`: how many; `--seed`; `--minutes`: stop by then; `--quick`: few of each. It ends with an error where one fails.
"""

import argparse
import logging
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from itertools import count, cycle
from time import monotonic, process_time
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.strategies import SearchStrategy
from streamlit import config
from streamlit.testing.v1 import AppTest

from regdemo.app.class_view import SECTIONS
from regdemo.app.controls import Control
from regdemo.app.frame import PAGES
from regdemo.app.overview import controls as overview
from regdemo.app.sweeps import get_ready
from regdemo.content.say import say
from tests.helpers.defaults import DEFAULTS, OPENED
from tests.helpers.hostile import evil, hostile_files, hostile_links
from tests.helpers.links import CONTROLS, DROPOUT, L1_VS_L2
from tests.helpers.pages import ROOT, charts, said

SLOWEST = 10.0  # seconds
WAIT = 120  # seconds, after which a page has not answered
SHARED = 200  # files one after the other in one session
QUICK = {"links": 24, "files": 50}
CSV = {"source": "csv", "epochs": "50", "seeds": "2"}
# what makes a network long: its progress is seen and it can be stopped, so it may take longer than all else
LONG = {
    "lab",
    "dataset",
    "n_train",
    "epochs",
    "model",
    "width",
    "depth",
    "batch_size",
    "curve_n",
    "steps",
    "curve_seeds",
    "draws",
}


def drawn(strategy: SearchStrategy[Any], number: int, start: int) -> list[Any]:
    """So many examples at most."""
    found: list[Any] = []

    @seed(start)
    @settings(
        max_examples=max(number, 1),
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def draw(example: Any) -> None:
        found.append(example)

    draw()
    return found[:number]


def pages() -> Iterator[tuple[str, dict[str, str], SearchStrategy[dict[str, list[str]]]]]:
    """Every page and every lab: its file, the link that opens it in no time, and what is added to that."""
    ids = {file: id for id, file in PAGES.items()}
    yield PAGES["overview"], {}, hostile_links([overview.HAND], (), [overview.HAND])
    for name, (base, _) in OPENED.items():
        page = DEFAULTS[name][0]
        controls: tuple[Control, ...] = CONTROLS[page]
        free = [c for c in controls if page != DROPOUT or c.name not in LONG]
        yield page, base, hostile_links(controls, SECTIONS[ids[page]], free)


def fresh(page: str, link: Mapping[str, Any]) -> AppTest:
    at = AppTest.from_file(ROOT / "streamlit_app.py", default_timeout=WAIT)
    at.switch_page(page)
    at.query_params.update(link)
    at.session_state["panel.take"] = True
    return at


class Tally:
    """What came of it."""

    def __init__(self, what: str) -> None:
        self.what, self.seconds, self.wrong, self.kinds = what, list[tuple[float, str]](), list[str](), Counter[str]()

    def take(self, name: str, act: Callable[[], AppTest]) -> AppTest | None:
        """Do it, and note how long it took and whether the page that comes of it is whole and renders nothing."""
        began, wrong = process_time(), list[str]()
        try:
            at = act()
        except Exception as error:  # whatever it is: it is what is looked for
            self.wrong.append(f"{type(error).__name__}: {str(error)[:300]} … {name}")
            return None
        taken = process_time() - began
        self.seconds.append((taken, name))
        wrong += [f"exception: {e.message[:300]} {' '.join(e.stack_trace)[-600:]}" for e in at.exception]
        wrong += [f"rendered: {text[:300]}" for text in evil(at)]
        wrong += [f"{taken:.1f} s"] if taken > SLOWEST else []
        self.wrong += [f"{what} … {name}" for what in wrong]
        return at

    def told(self, asked: int) -> bool:
        taken = sorted(seconds for seconds, _ in self.seconds) or [0.0]
        print(
            f"{len(taken):,} of {asked:,} {self.what}: {sum(taken):.0f} s in all, {sum(taken) / len(taken):.3f} s each, 99 of 100 within"
        )
        print(f"  {taken[int(0.99 * (len(taken) - 1))]:.2f} s; what was wrong: {len(self.wrong)}; {dict(self.kinds)}")
        for seconds, name in sorted(self.seconds, reverse=True)[:3]:
            print(f"  {seconds:.2f} s: {name[:300]}")
        for line in self.wrong[:10]:
            print(f"  WRONG {line[:1500]}")
        return not self.wrong


def open_links(number: int, start: int, until: float) -> Tally:
    tally, places = Tally("links"), list(pages())
    each = -(-number // len(places))
    queues = [iter(drawn(strategy, each, start + i)) for i, (_, _, strategy) in enumerate(places)]
    left = number
    for (page, base, _), queue in cycle(zip(places, queues, strict=True)):
        if not left or monotonic() > until:
            return tally
        left -= 1
        if (link := next(queue, None)) is None:
            continue
        link = {name: [text] for name, text in base.items()} | link
        at = tally.take(f"{page} {link}", fresh(page, link).run)
        if at is not None:
            tally.kinds["told of what is odd" if at.warning else "nothing odd"] += 1
            tally.kinds["charts"] += charts(at)
    return tally


def upload_files(number: int, start: int, until: float) -> Tally:
    tally, at = Tally("files"), None
    for i, content in zip(count(), drawn(hostile_files(), number, start), strict=False):
        if monotonic() > until:
            break
        if at is None or not i % SHARED:
            at = fresh(L1_VS_L2, CSV).run()
        uploader, name = at.file_uploader[0], repr(content[:200])
        at = tally.take(name, uploader.set_value((f"{i}.csv", content, "text/csv")).run)
        if at is not None:
            tally.kinds[kind := answered(at)] += 1
            if kind == "no answer":
                tally.wrong.append(f"no sentence says what to change … {name}")
    return tally


def answered(at: AppTest) -> str:
    """How the page answers a file."""
    if any(e.value == say("sparsity.file.unusable") for e in at.error):
        return "a sentence" if any(len(text.value.split()) > 3 for text in at.text) else "no answer"
    return "used" if charts(at) else "a sentence" if said(at) else "no answer"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--links", type=int, default=1000)
    parser.add_argument("--files", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--quick", action="store_true")
    asked = parser.parse_args()
    numbers = QUICK if asked.quick else {"links": asked.links, "files": asked.files}
    logging.disable(logging.CRITICAL)
    config.set_option("client.showErrorDetails", "full")
    get_ready()
    until = monotonic() + 60 * asked.minutes
    jobs = {"files": upload_files, "links": open_links}
    fine = [jobs[what](numbers[what], asked.seed, until).told(numbers[what]) for what in jobs]
    sys.exit(not all(fine))


if __name__ == "__main__":
    main()
