"""A real server and a real browser: what the browser tests and the page benchmark share."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event

from playwright.sync_api import Browser, Page, Playwright

ROOT = Path(__file__).parent.parent
CHROMIUMS = ("chromium", "chromium-browser", "google-chrome", "/usr/bin/chromium")
QUIET = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
PATIENCE = 90_000  # milliseconds: what a loaded machine may need for its first page
IDLE = "() => document.querySelector('[data-testid=stApp]')?.dataset.testScriptState === 'notRunning'"
DRAWN = """n => {
    const charts = [...document.querySelectorAll('[data-testid=stVegaLiteChart]')]
    return (n === null ? charts.length > 0 : charts.length === n)
        && charts.every(c => c.querySelector('svg.marks')?.getBoundingClientRect().width > 0)
}"""


def chromium() -> str | None:
    """Where this machine has a Chromium; None where it has none."""
    return next((path for name in CHROMIUMS if (path := shutil.which(name))), None)


def launch(playwright: Playwright) -> Browser:
    return playwright.chromium.launch(executable_path=chromium(), args=QUIET)


@dataclass(frozen=True)
class Server:
    url: str
    process: subprocess.Popen
    log: Path

    def rss(self) -> float:
        """Megabytes of memory that the process holds."""
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


@contextmanager
def serving() -> Iterator[Server]:
    """The app on a free port, answering; ended when the block ends."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "streamlit", "run", "streamlit_app.py", "--server.headless", "true",
               "--server.address", "127.0.0.1", "--server.port", str(port)]  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "server.log"
        with log.open("w") as out:
            process = subprocess.Popen(command, cwd=ROOT, stdout=out, stderr=subprocess.STDOUT)
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


def settled(page: Page, charts: int | None = None) -> Page:
    """The page once its script has ended and all its charts are drawn; without a number, once it shows its first charts."""
    page.wait_for_selector("h1", timeout=PATIENCE)
    if charts is not None:
        page.wait_for_function(IDLE, timeout=PATIENCE)
    page.wait_for_function(DRAWN, arg=charts, timeout=PATIENCE)
    return page


def metrics(page: Page) -> list[str]:
    """The figures in large print."""
    return page.locator("[data-testid=stMetricValue]").all_inner_texts()
