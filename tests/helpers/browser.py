"""A real server and a real browser: what the browser tests and the page benchmark share. Every wait is for a condition."""

import io
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from urllib.parse import parse_qs, urlparse

import numpy as np
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Playwright, TimeoutError

from regdemo.app.limits import UNLIMITED

ROOT = Path(__file__).parents[2]
SHELL = "chromium-headless-shell"  # the same engine without windows: pages cost a quarter less
CHROMIUMS = ("chromium", "chromium-browser", "google-chrome", "/usr/bin/chromium", SHELL)
QUIET = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
PATIENCE = 90_000  # milliseconds: what a loaded machine may need for its first page
CHARTS = {"/": 1, "/weight_decay": 4, "/l1_vs_l2": 6, "/dropout": 3}  # of each page as it opens
WIDE = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}
# on a deep link Streamlit looks for its own service below the page's path first, then at the root
PROBES = ("/_stcore/health", "/_stcore/host-config")
IDLE = "() => document.querySelector('[data-testid=stApp]')?.dataset.testScriptState === 'notRunning'"
# how far what was on the screen has jumped so far: https://web.dev/articles/cls
SHIFT = """() => {
    const seen = new PerformanceObserver(() => {})
    seen.observe({type: 'layout-shift', buffered: true})
    return seen.takeRecords().filter(e => !e.hadRecentInput).reduce((sum, e) => sum + e.value, 0)
}"""
# every figure on the page, to the last digit that it shows, as one text
FIGURES = """() => {
    const texts = id => [...document.querySelectorAll(`[data-testid=${id}]`)].map(e => e.innerText)
    return JSON.stringify({
        metrics: texts('stMetricValue'), deltas: texts('stMetricDelta'), tables: texts('stTable'),
        bar: [...document.querySelectorAll('.regdemo-bar')].map(
            bar => ['.lead', '.hand output', '.figures'].map(part => bar.querySelector(part).innerText).join(' ')),
        charts: [...document.querySelectorAll('[data-testid=stVegaLiteChart]')].map(c => c.getAttribute('aria-label')),
        captions: texts('stCaptionContainer').filter(text => !text.includes('the run took')),
    })
}"""
DRAWN = """n => {
    const charts = [...document.querySelectorAll('[data-testid=stVegaLiteChart]')]
    return charts.length === n && charts.every(c => c.querySelector('svg.marks')?.getBoundingClientRect().width > 0)
}"""


# what comes after the charts, as it is a script of its own or loaded late: parts of the page, the bar's sentence, the words below images
TOLD = """() => !document.querySelector('[data-testid=stSkeleton]')
    && [...document.querySelectorAll('.st-key-app-bar')].every(bar => bar.querySelector('.lead')?.textContent)
    && [...document.querySelectorAll('[data-testid=stImage] [data-testid=stCaptionContainer]')].every(c => c.textContent)"""


def chromium(*first: str) -> str | None:
    """Where this machine has a Chromium, one of these if it can be; None where it has none."""
    return next((path for name in (*first, *CHROMIUMS) if (path := shutil.which(name))), None)


def launch(playwright: Playwright, *more: str, path: str | None = None) -> Browser:
    return playwright.chromium.launch(executable_path=path or chromium(), args=[*QUIET, *more])


def forget(context: BrowserContext) -> None:
    """Nothing is left in a profile of what its pages have stored."""
    context.clear_cookies()
    for page in context.pages:
        page.evaluate("localStorage.clear()")


@dataclass(frozen=True)
class Server:
    url: str
    process: subprocess.Popen
    log: Path

    def rss(self) -> float:
        """Megabytes of memory that the process holds."""
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6

    def work(self) -> float:
        """Seconds of a CPU that the process has taken so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


CHECKOUT = (sys.executable, "-m", "streamlit", "run", "streamlit_app.py")


@contextmanager
def serving(start: Sequence[str | Path] = CHECKOUT, cwd: Path = ROOT, env: Mapping[str, str] | None = None) -> Iterator[Server]:
    """The app on a free port, answering; ended when the block ends.

    Without an `env` of its own it trains whatever it is asked for: a busy machine would ask before.
    """
    env = os.environ | {UNLIMITED: "1"} if env is None else env
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    command = [*start, "--server.headless", "true", "--server.address", "127.0.0.1", "--server.port", str(port)]
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "server.log"
        with log.open("w") as out:
            process = subprocess.Popen(command, cwd=cwd, env=env, stdout=out, stderr=subprocess.STDOUT)
        try:
            for _ in range(300):
                if process.poll() is not None or answers(f"{url}/_stcore/health"):
                    break
                Event().wait(0.1)  # until the port listens there is nothing else to wait on
            if process.poll() is not None or not answers(f"{url}/_stcore/health"):
                raise RuntimeError(f"the server did not start:\n{log.read_text()}")
            yield Server(url, process, log)
        finally:
            process.terminate()
            process.wait(20)


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as reply:
            return reply.status == 200
    except (urllib.error.URLError, OSError):
        return False


def settled(page: Page, charts: int) -> Page:
    """The page once its script has ended, all its charts are drawn, and what comes later is there."""
    page.wait_for_selector("h1", timeout=PATIENCE)
    page.wait_for_function(IDLE, timeout=PATIENCE)
    page.wait_for_function(DRAWN, arg=charts, timeout=PATIENCE)
    page.wait_for_function(TOLD, timeout=PATIENCE)
    return page


def visit(context: BrowserContext, server: Server, link: str, charts: int | None = None) -> Page:
    """A tab at a link; with `charts` once it has settled, without as soon as there is something on it."""
    page = context.new_page()
    page.goto(server.url + link)
    if charts is not None:
        return settled(page, charts)
    page.wait_for_selector("h1", timeout=PATIENCE)
    return page


# each chart's marks that can be seen: how one looks, and where it lies in its plot (0 to 1); of a line five points along it
PLACES = """() => [...document.querySelectorAll('[data-testid=stVegaLiteChart] svg.marks')].map(svg => {
    const plot = svg.querySelector('.background').getBoundingClientRect(), seen = {}
    for (const e of svg.querySelectorAll('.role-mark :is(path, line, rect, text)')) {
        const look = getComputedStyle(e), box = e.getBoundingClientRect()
        if (Number(look.opacity) === 0 || (e.tagName === 'path' && !e.getAttribute('d'))) continue
        const line = e.tagName === 'path' && look.fill === 'none' && /^M[^MA-Za-z]*L[^A-Za-z]*/.test(e.getAttribute('d'))
        const points = line ? [0, .25, .5, .75, 1].map(t => e.getPointAtLength(t * e.getTotalLength()).matrixTransform(e.getScreenCTM()))
            : e.tagName === 'text' ? [{x: (box.left + box.right) / 2, y: (box.top + box.bottom) / 2}]
            : [{x: box.left, y: box.top}, {x: box.right, y: box.bottom}]
        const kind = [e.tagName, line, e.textContent, look.fill, look.stroke, look.strokeDasharray].join(' ')
        ;(seen[kind] ??= []).push(points.flatMap(p => [(p.x - plot.left) / plot.width, (p.y - plot.top) / plot.height]))
    }
    return seen
})"""
Marks = dict[str, list[list[float]]]


def same_marks(here: Marks, there: Marks, within: float = 0.02) -> bool:
    """Whether two charts have the same marks in the same places of their plots, which letters may leave a few pixels more or less."""

    def near(kind: str) -> bool:
        one, other = np.array(here[kind]), np.array(there[kind])
        apart = np.abs(one[:, None] - other[None]).max(-1)
        return len(one) == len(other) and apart.min(0).max() < within and apart.min(1).max() < within

    return here.keys() == there.keys() and all(near(kind) for kind in here)


def sent_by(page: Page) -> list[object]:
    """A list that fills with what the page sends to the server."""
    sent: list[object] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(frame)))
    return sent


def watched(page: Page) -> list[str]:
    """A list that fills with the page's console errors and uncaught exceptions."""
    errors: list[str] = []

    def on_console(message) -> None:
        url = urlparse(message.location.get("url", ""))
        probe = url.path not in PROBES and url.path.endswith(PROBES)
        if message.type == "error" and not (probe and "404" in message.text):
            errors.append(f"{message.text} {url.geturl()}")

    page.on("console", on_console)
    page.on("pageerror", lambda error: errors.append(str(error)))
    return errors


def link_of(page: Page) -> dict[str, list[str]]:
    """The settings that the address holds."""
    return parse_qs(urlparse(page.url).query)


def picture(page: Page, chart: int = 0) -> np.ndarray:
    """What is on the screen where a chart is, as pixels (height, width, 3)."""
    shot = page.locator("[data-testid=stVegaLiteChart]").nth(chart).screenshot()
    return np.asarray(Image.open(io.BytesIO(shot)).convert("RGB")).astype(int)


def moved(page: Page | Locator, name: str, value: int) -> None:
    """Move a slider that lives in the browser."""
    page.locator(f"input[name={name}]").evaluate(
        "(e, v) => { e.value = v; e.dispatchEvent(new Event('input', {bubbles: true})) }", value
    )


def figures(page: Page) -> dict[str, list[str]]:
    """Every figure on the page. What is on it may be out of date: wait for them by `awaited`, or for `changed` after an action."""
    return json.loads(page.evaluate(FIGURES))


def changed(page: Page, before: dict[str, list[str]], charts: int) -> dict[str, list[str]]:
    """The figures that an action brings, once others than those of before are there and the page has settled."""
    page.wait_for_function(f"before => ({FIGURES})() !== before", arg=_text(before), timeout=PATIENCE)
    settled(page, charts)
    return figures(page)


def awaited(page: Page, expected: dict[str, list[str]]) -> dict[str, list[str]]:
    """The figures on the page once they are the expected ones; where they never are, those that are there."""
    with suppress(TimeoutError):
        page.wait_for_function(f"expected => ({FIGURES})() === expected", arg=_text(expected), timeout=PATIENCE)
    return figures(page)


def _text(found: dict[str, list[str]]) -> str:
    return json.dumps(found, ensure_ascii=False, separators=(",", ":"))


def metrics(page: Page) -> list[str]:
    """The figures in large print."""
    return page.locator("[data-testid=stMetricValue]").all_inner_texts()
