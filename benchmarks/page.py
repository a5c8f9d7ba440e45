"""How fast the weight-decay page answers: `python -m benchmarks.page` (needs Chromium; server and browser on one computer).

Changed → drawn: from the key press that moves a control until the script has ended, the figures are there and no chart has
changed for a while; the clock stops at the last change of a chart, so the quiet while itself is not counted. Server time: one
rerun of the page's script, through Streamlit's AppTest in this process, whose own parsing of messages is included.
"""

from math import inf
from statistics import median
from time import perf_counter

from playwright.sync_api import Page, sync_playwright
from streamlit.testing.v1 import AppTest

from regdemo.app.sweeps import kept_runs
from tests.helpers.browser import ROOT, launch, metrics, serving, settled

RERUNS = 20
QUIET = 250  # milliseconds without a change, after which the page is taken as drawn
FRAMES = 120

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
DRAWN = """quiet => {
    const idle = document.querySelector('[data-testid=stApp]').dataset.testScriptState === 'notRunning'
    return seen.start && seen.ran && idle && seen.last && performance.now() - seen.last > quiet
        ? {ms: Math.max(...seen.charts.values()) - seen.start, charts: seen.charts.size} : null
}"""
FILM = """([name, frames]) => new Promise(done => {
    const slider = document.querySelector(`input[name=${name}]`)
    const svg = slider.closest('[data-testid=stVegaLiteChart]').querySelector('svg.marks')
    const most = Number(slider.max)
    let changed = 0, now = 0, dirty = false
    new MutationObserver(() => { dirty = true }).observe(svg, {subtree: true, childList: true, attributes: true})
    const start = performance.now()
    const tick = () => {
        if (dirty) { changed += 1; dirty = false }
        if (now === frames) return done(1000 * changed / (performance.now() - start))
        slider.value = now++ % (most + 1)
        slider.dispatchEvent(new Event('input', {bubbles: true}))
        requestAnimationFrame(tick)
    }
    requestAnimationFrame(tick)
})"""


def redrawn(page: Page, control: str, keys: list[str]) -> list[float]:
    """Milliseconds from each key press on a control until every chart that changed has been drawn."""
    page.get_by_role("slider", name=control).focus()
    taken = []
    for key in keys:
        before = metrics(page)
        page.keyboard.press(key)
        drawn = page.wait_for_function(DRAWN, arg=QUIET, timeout=60_000).json_value()
        assert metrics(page) != before, f"{control} did not move"
        assert drawn["charts"] >= 3, drawn
        taken.append(drawn["ms"])
    return taken


def server_times() -> list[float]:
    """Milliseconds of each rerun of the page with another λ, all trained."""
    at = AppTest.from_file(ROOT / "streamlit_app.py", default_timeout=120)
    at.switch_page("pages/weight_decay.py").run()
    options = at.select_slider(key="lam").options
    trained = kept_runs().computed
    taken = []
    for label in options[-RERUNS - 1 :]:
        at.select_slider(key="lam").set_value(float(label))
        start = perf_counter()
        at.run()
        taken.append(1e3 * (perf_counter() - start))
    assert kept_runs().computed == trained
    return taken[1:]


def line(name: str, values: list[float], unit: str, most: float = inf, least: float = 0) -> None:
    """Print a median, its spread and whether it lies where the issue that asked for the page wants it."""
    middle = median(values)
    spread = f" ({min(values):.0f} to {max(values):.0f}, {len(values)} times)" if len(values) > 1 else ""
    asked = f"at most {most:g}" if most < inf else f"at least {least:g}"
    print(f"  {name:32s} {middle:6.0f} {unit}{spread}; asked for {asked}: {'met' if least <= middle <= most else 'MISSED'}")


def main() -> None:
    with serving() as server, sync_playwright() as playwright:
        browser = launch(playwright)
        page = browser.new_page(viewport={"width": 1280, "height": 1600})
        page.goto(f"{server.url}/weight_decay")
        settled(page, 4)
        memory = server.rss()
        page.evaluate(WATCH)
        redrawn(page, "strength λ", ["ArrowRight", "ArrowLeft"] * 2)  # first times of everything
        moves = redrawn(page, "strength λ", ["ArrowRight"] * 4 + ["ArrowLeft"] * 8 + ["ArrowRight"] * 4)
        sweeps = redrawn(page, "noise σ", ["ArrowRight"] * 6)
        sweeps += redrawn(page, "signal: true coefficient", ["ArrowRight"] * 4)
        frames = [page.evaluate(FILM, ["preview", FRAMES]) for _ in range(3)]
        later = server.rss()
        browser.close()
    times = server_times()
    print("weight-decay page, preset W1 with 8 seeds and 32 strengths; medians")
    line("λ moved → charts redrawn", moves, "ms", most=250)
    line("another sweep → charts redrawn", sweeps, "ms", most=600)
    line("server time of a rerun, trained", times, "ms", most=40)
    line("λ preview in the browser", frames, "frames/s", least=30)
    line("server process, page open", [memory], "MB", most=1100)
    print(f"  the same after {len(moves) + len(sweeps)} moves: {later:.0f} MB")


if __name__ == "__main__":
    main()
