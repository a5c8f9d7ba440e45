"""What a server holds that has had everything opened: `python -m benchmarks.memory` opens all of it in this process.

Every page and lab with every panel, question and download; then the largest sweeps that are granted. After each it prints the
resident memory, at the end the peak; asked for: below 1.5 GB. It takes some minutes.
"""

import logging
import resource
import sys
from collections.abc import Iterator
from random import Random
from time import perf_counter

import psutil
from streamlit.testing.v1 import AppTest

from regdemo.app import limits
from regdemo.app.class_view import SECTIONS
from regdemo.app.frame import PAGES
from regdemo.app.sweeps import get_ready, kept_runs
from regdemo.config.configs import LinearConfig
from regdemo.config.costs import sweep_peak
from regdemo.content.questions.registry import QUESTIONS
from tests.helpers.defaults import DEFAULTS, OPENED
from tests.helpers.links import CONTROLS, DEFINED, L1_VS_L2, WEIGHT_DECAY
from tests.helpers.pages import ROOT

MOST = 1.5e9  # bytes
WAIT = 600  # seconds
DRAWN, LARGEST = 20_000, 3  # settings that are looked at on a page, and those of them that are opened
GRANT = "limits.train."
FILES = ("taken.files", "taken.code", "taken.view", "updates.linear", "updates.dropout")


def visit(page: str, link: dict[str, str]) -> AppTest:
    at = AppTest.from_file(ROOT / "streamlit_app.py", default_timeout=WAIT)
    at.switch_page(page)
    at.query_params.update(link)
    return at.run()


def open_all(at: AppTest, page: str) -> None:
    """All panels of the page, what stands in them, and its questions."""
    ids = {file: id for id, file in PAGES.items()}
    names = [*SECTIONS.get(ids[page], ()), *(f"question.{q.number}" for q in QUESTIONS.get(ids[page], ()))]
    for name in names:
        at.session_state[f"panel.{name}"] = True
    at.run()
    for key in FILES:
        if [toggle for toggle in at.toggle if toggle.key == key]:
            at.toggle(key=key).set_value(True).run()
    press(at)


def press(at: AppTest) -> None:
    """Ask for every answer, and grant what it takes."""
    pressed = set[str]()
    while new := [
        b for b in at.button if b.key and b.key not in pressed and (b.key.endswith(".show") or b.key.startswith(GRANT))
    ]:
        pressed.add(str(new[0].key))
        new[0].click().run()


def granted(page: str, link: dict[str, str]) -> list[str]:
    """A visitor who asks for all of it and leaves; of what the page warned."""
    at = visit(page, link)
    press(at)
    return [w.value for w in at.warning]


def largest(page: str) -> Iterator[dict[str, str]]:
    """Of many settings of a page those that need most memory of all that are granted."""
    rng, defined = Random(0), DEFINED[page]
    found = list[tuple[int, dict[str, str]]]()
    for _ in range(DRAWN):
        values = {c.name: rng.choice(c.options) if c.name in SIZES else c.default for c in defined["RUN"]}
        configs = [part for part in defined["configured"](values) if isinstance(part, LinearConfig)]
        if not limits.refused([limits.sweep(config) for config in configs]):
            link = {c.name: c.text(values[c.name]) for c in CONTROLS[page] if values.get(c.name, c.default) != c.default}
            found.append((max(map(sweep_peak, configs)), link))
    yield from (link for _, link in sorted(found, key=lambda each: -each[0])[:LARGEST])


SIZES = {"n_train", "n_features", "n_informative", "batch_size", "epochs", "optimizer", "solver", "seeds"}


def peak() -> int:
    """Bytes that this process has had at most so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def told(what: str, began: float) -> None:
    now = psutil.Process().memory_info().rss
    print(
        f"{now / 1e9:5.2f} GB, at most {peak() / 1e9:5.2f}  {perf_counter() - began:6.1f} s  {kept_runs().bytes / 1e6:4.0f} MB kept",
        what, flush=True,
    )  # fmt: skip


def main() -> None:
    logging.disable(logging.CRITICAL)
    get_ready()
    told("imported", perf_counter())
    for name, (link, _) in {"overview": ({}, 0), **OPENED}.items():
        began, page = perf_counter(), DEFAULTS[name][0] if name in DEFAULTS else PAGES[name]
        at = visit(page, link)
        open_all(at, page)
        told(f"{name} {[e.message for e in at.exception] or ''}", began)
    for page in (WEIGHT_DECAY, L1_VS_L2):
        for link in largest(page):
            began = perf_counter()
            warned = granted(page, link)
            told(f"{page} {link} {warned or ''}", began)
    print(f"at most {peak() / 1e9:.2f} GB at any time (asked for: below {MOST / 1e9:.1f})")
    sys.exit(peak() > MOST)


if __name__ == "__main__":
    main()
