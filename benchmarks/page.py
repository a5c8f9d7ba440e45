"""How fast the pages answer: `python -m benchmarks.page` (needs Chromium; server and browser on one computer).

Dragged: the bar's λ moves once a frame of the screen; each chart counts the frames in which it changed, and the browser the
messages that go to the server. Changed → drawn: from the key press that moves a control until the script has ended and no chart
has changed for a while; the clock stops at the last change of a chart, so the quiet while itself is not counted. The server's
work after the hand lets go: CPU time of its process, less what it takes while nothing happens; the answer takes longer, as
messages wait for their turn in server and browser. A bare page is Streamlit's own floor: a title, a slider aside, one chart.
The first chart comes thrice: to a browser that has nothing of Streamlit yet, in a second tab of it, and by the side panel's link.
"""

import sys
from math import inf
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

from playwright.sync_api import Browser, Page, ViewportSize, WebSocket, sync_playwright
from streamlit.testing.v1 import AppTest

from regdemo.app.sweeps import kept_runs
from tests.helpers.browser import CHARTS, PATIENCE, ROOT, SHIFT, Server, launch, serving, settled

RERUNS = 20
QUIET = 250  # milliseconds without a change, after which the page is taken as drawn
REDRAWN = 3  # charts at least that another sweep draws anew
FRAMES = 120
SCREEN: ViewportSize = {"width": 1280, "height": 1600}

WATCH = """() => {
    const app = document.querySelector('[data-testid=stApp]')
    const charts = [...document.querySelectorAll('[data-testid=stVegaLiteChart]')]
    window.seen = {start: 0, last: 0, ran: false, charts: new Map()}
    const touched = i => { seen.last = performance.now(); if (i >= 0) seen.charts.set(i, seen.last) }
    charts.forEach((chart, i) => new MutationObserver(() => touched(i))
        .observe(chart, {subtree: true, childList: true, attributes: true}))
    new MutationObserver(() => {
        if (app.dataset.testScriptState === 'running') seen.ran = true
        touched(-1)
    }).observe(app, {attributes: true, attributeFilter: ['data-test-script-state']})
    addEventListener('keydown', () => {
        Object.assign(seen, {start: performance.now(), last: 0, ran: false})
        seen.charts.clear()
    }, true)
}"""
DRAWN = """([quiet, least]) => {
    const idle = document.querySelector('[data-testid=stApp]').dataset.testScriptState === 'notRunning'
    return seen.start && seen.ran && idle && seen.charts.size >= least && performance.now() - seen.last > quiet
        ? Math.max(...seen.charts.values()) - seen.start : null
}"""
DRAG = """frames => new Promise(done => {
    const slider = document.querySelector('.regdemo-bar .hand input'), most = Number(slider.max)
    const charts = [...document.querySelectorAll('[data-testid=stVegaLiteChart]')]
    const changed = charts.map(() => 0), dirty = charts.map(() => false)
    charts.forEach((chart, i) => new MutationObserver(() => { dirty[i] = true })
        .observe(chart, {subtree: true, childList: true, attributes: true}))
    const start = performance.now()
    let now = 0
    const tick = () => {
        dirty.forEach((is, i) => { if (is) { changed[i] += 1; dirty[i] = false } })
        if (now === frames) return done(changed.map(n => 1000 * n / (performance.now() - start)))
        slider.value = now++ % (most + 1)
        slider.dispatchEvent(new Event('input', {bubbles: true}))
        requestAnimationFrame(tick)
    }
    requestAnimationFrame(tick)
})"""
MARK = "() => document.querySelectorAll('svg.marks').forEach(svg => { svg.seen = true })"
KEPT = "() => [...document.querySelectorAll('svg.marks')].filter(svg => svg.seen).length"
REACHED = """path => new Promise(done => {
    const before = new Set(document.querySelectorAll('svg.marks')), start = performance.now()
    const look = () => [...document.querySelectorAll('svg.marks')].some(svg => !before.has(svg) && svg.getBoundingClientRect().width)
        ? done(performance.now() - start) : requestAnimationFrame(look)
    document.querySelector(`[data-testid=stSidebar] a[href$='${path.slice(1)}']`).click()
    look()
})"""
BAR = ".regdemo-bar .hand input"
BARE = """import streamlit as st
st.set_page_config(layout="wide")
st.sidebar.slider("x", 0, 9)
st.title("One chart")
st.vega_lite_chart({
    "data": {"values": [{"x": 1, "y": 2}]}, "mark": "point", "height": 320,
    "encoding": {axis: {"field": axis, "type": "quantitative"} for axis in "xy"},
})
"""


class Talk:
    """What goes over the page's websocket."""

    def __init__(self, page: Page) -> None:
        self.sent: list[float] = []
        self.received: list[tuple[float, int]] = []
        page.on("websocket", self._listen)

    def _listen(self, socket: WebSocket) -> None:
        socket.on("framesent", lambda _: self.sent.append(perf_counter()))
        socket.on("framereceived", lambda data: self.received.append((perf_counter(), len(data))))

    @property
    def megabytes(self) -> float:
        return sum(size for _, size in self.received) / 1e6


def tab(browser: Browser) -> Page:
    """A new one in a browser that has seen nothing yet, which is as patient as a busy computer asks for."""
    context = browser.new_context(viewport=SCREEN)
    context.set_default_timeout(PATIENCE)
    return context.new_page()


def redrawn(page: Page, control: str, keys: list[str]) -> list[float]:
    """Milliseconds from each key press on a control until every chart that changed has been drawn."""
    page.get_by_role("slider", name=control).focus()
    taken = []
    for key in keys:
        page.keyboard.press(key)
        taken.append(page.wait_for_function(DRAWN, arg=[QUIET, REDRAWN]).json_value())
    return taken


def released(page: Page, talk: Talk, server: Server, moves: int) -> tuple[list[float], float]:
    """After letting go: milliseconds from the message that says where to the last one of each answer, and of the server's work.

    No chart may be rebuilt.
    """
    page.evaluate(MARK)
    before = page.evaluate(KEPT)
    page.locator(BAR).focus()
    taken: list[float] = []
    start, worked = perf_counter(), server.work()
    for i in range(moves):
        sent = len(talk.sent)
        page.keyboard.press("ArrowLeft" if i % 8 < 4 else "ArrowRight")
        asked = perf_counter()
        while len(talk.sent) == sent or talk.received[-1][0] < talk.sent[sent]:
            page.wait_for_timeout(QUIET)
            assert 1e3 * (perf_counter() - asked) < PATIENCE, "no answer to a move of the bar"
        page.wait_for_timeout(2 * QUIET)
        taken.append(1e3 * (talk.received[-1][0] - talk.sent[sent]))
    lasted, worked = perf_counter() - start, server.work() - worked
    idle = server.work()
    page.wait_for_timeout(1e3 * lasted)
    idle = server.work() - idle
    assert page.evaluate(KEPT) == before, "a chart was built anew"
    return taken, 1e3 * max(worked - idle, 0) / moves


def opened(page: Page, url: str, charts: int) -> tuple[float, float]:
    """Milliseconds until a page's first chart, and its layout shift."""
    start = perf_counter()
    page.goto(url)
    page.wait_for_selector("svg.marks")
    taken = 1e3 * (perf_counter() - start)
    settled(page, charts)
    return taken, page.evaluate(SHIFT)


def opened_again(page: Page, url: str, charts: int) -> float:
    """Milliseconds until the first chart in a second tab of a browser that has seen the page."""
    again = page.context.new_page()
    taken, _ = opened(again, url, charts)
    again.close()
    return taken


def reached(page: Page, server: Server, path: str, charts: int) -> float:
    """Milliseconds until a page's first chart for who comes to it by the side panel's link."""
    inside = page.context.new_page()
    opened(inside, server.url, CHARTS["/"])
    taken = inside.evaluate(REACHED, path)
    settled(inside, charts)
    inside.close()
    return taken


def bare(browser: Browser) -> tuple[float, float, float]:
    """The same of Streamlit alone, on a warm server: first chart, layout shift, first chart of a second tab."""
    with TemporaryDirectory() as folder:
        script = Path(folder) / "bare.py"
        script.write_text(BARE)
        with serving((sys.executable, "-m", "streamlit", "run", script)) as server:
            for _ in range(2):
                page = tab(browser)
                found = (*opened(page, server.url, 1), opened_again(page, server.url, 1))
                page.context.close()
    return found


def server_times(file: str) -> list[float]:
    """Milliseconds of each rerun of a page's whole script, everything trained."""
    at = AppTest.from_file(ROOT / "streamlit_app.py", default_timeout=120)
    at.switch_page(file).run()
    trained = kept_runs().computed
    taken = []
    for _ in range(RERUNS + 1):
        start = perf_counter()
        at.run()
        taken.append(1e3 * (perf_counter() - start))
    assert kept_runs().computed == trained
    return taken[1:]


def line(name: str, values: list[float], unit: str, most: float = inf, least: float = 0) -> None:
    """Print a median, its spread and whether it lies where it should."""
    middle = median(values)
    spread = f" ({min(values):.0f} to {max(values):.0f}, {len(values)} times)" if len(values) > 1 else ""
    bound = f"at most {most:g}" if most < inf else f"at least {least:g}"
    asked = f"; asked for {bound}: {'met' if least <= middle <= most else 'MISSED'}" if most < inf or least else ""
    print(f"  {name:32s} {middle:6.3g} {unit}{spread}{asked}")


PAGES = {  # path -> its file, frames a second that are asked for, controls that make another sweep
    "/weight_decay": ("pages/weight_decay.py", 30, {"noise σ": "ArrowLeft", "signal: true coefficient": "ArrowLeft"}),
    "/l1_vs_l2": ("pages/l1_vs_l2.py", 20, {"noise σ": "ArrowLeft", "informative features k": "ArrowRight"}),
}


def main() -> None:
    for path, (file, frames, controls) in PAGES.items():
        charts = CHARTS[path]
        with serving() as server, sync_playwright() as playwright:
            browser = launch(playwright)
            floor, still, floor_again = bare(browser)
            first = tab(browser)
            opened(first, server.url + path, charts)  # the server is warm from here on
            first.close()
            page = tab(browser)
            talk = Talk(page)
            came, shift = opened(page, server.url + path, charts)
            rows = talk.megabytes
            again = opened_again(page, server.url + path, charts)
            inside = reached(page, server, path, charts)
            sent = len(talk.sent)
            rates = [page.evaluate(DRAG, FRAMES) for _ in range(3)]
            moving = [median(each) for each in zip(*rates, strict=True) if median(each) > 0]
            dragged = len(talk.sent) - sent
            page.locator(BAR).dispatch_event("change")
            page.wait_for_timeout(4 * QUIET)
            release, work = released(page, talk, server, 16)
            page.evaluate(WATCH)
            sweeps = [ms for control, key in controls.items() for ms in redrawn(page, control, [key] * 4)]
            memory = server.rss()
            browser.close()
        print(f"{path}; medians")
        line("first chart, warm server", [came], "ms", most=1000)
        line("  the same of a bare page", [floor], "ms")
        line("  in a second tab", [again], "ms")
        line("  the same of a bare page", [floor_again], "ms")
        line("  by a link of the side panel", [inside], "ms")
        line(f"λ dragged: slowest of {len(moving)} charts", [min(moving)], "frames/s", least=frames)
        line("messages to the server meanwhile", [dragged], "", most=0)
        line("let go → the server's answer", release, "ms")
        line("  the server's work for it", [work], "ms", most=15)
        line("another sweep → charts redrawn", sweeps, "ms", most=450)
        line("rows through the websocket", [rows], "MB", most=1.5)
        line("layout shift while loading", [shift], "", most=0.1)
        line("  the same of a bare page", [still], "")
        line("server time of a whole rerun", server_times(file), "ms", most=40)
        print(f"  the server holds {memory:.0f} MB")


if __name__ == "__main__":
    main()
