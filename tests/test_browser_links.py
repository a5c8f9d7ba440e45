"""Links and pinned runs in a real browser: every control there and back, views that hold, ghosts that are drawn."""

import re
from typing import Any
from urllib.parse import parse_qs, urlparse

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from regdemo.ui_controls import LINK_VERSION
from tests.browser import IDLE, PATIENCE, WIDE, Server, link_of, metrics, settled, visit, watched
from tests.links import CONTROLS, FULL

pytestmark = pytest.mark.browser

V = str(LINK_VERSION)
PATHS = {page: f"/{page[6:-3]}" for page in CONTROLS}
QUICK = "/weight_decay?n_features=5&epochs=5&seeds=2"
SWEEP = ".st-key-sweep svg.marks"
PIN = "~n_features~5~epochs~5~seeds~2"
# what a control shows, in whatever form: a slider, the pressed button, a switch, a field, a menu
SHOWN = """key => {
    const box = document.querySelector(`.st-key-${CSS.escape(key)}`)
    const slider = box.querySelector('input[type=range]')
    if (slider) return slider.getAttribute('aria-valuetext')
    const pressed = box.querySelector('[role=radio][aria-checked=true]')
    if (pressed) return pressed.innerText
    const input = box.querySelector('input')
    return input.type === 'checkbox' ? String(input.checked) : input.value
}"""


SHOWS = """m => JSON.stringify([...document.querySelectorAll('[data-testid=stMetricValue]')].map(e => e.innerText))
    === JSON.stringify(m)"""
CELLS = "all => all.map(r => [...r.children].slice(0, 6).map(c => c.textContent))"  # columns further right are drawn on demand
NAMED = """i => [...document.querySelectorAll('[data-testid=stVegaLiteChart]')[i].querySelectorAll('svg.marks text')]
    .some(t => ['pin 1', '1'].includes(t.textContent))"""


def address(page: Page) -> str:
    """The link that “Take it with you” shows."""
    return page.locator("[data-testid=stCode]", has_text="?v=").first.inner_text().strip()


def parameters(link: str) -> dict[str, list[str]]:
    return parse_qs(urlparse(link).query)


def figures(page: Page) -> dict[str, Any]:
    """Every figure on the page, to the last digit that it shows."""
    return {
        "metrics": metrics(page), "deltas": page.locator("[data-testid=stMetricDelta]").all_inner_texts(),
        "tables": page.locator("[data-testid=stTable]").all_inner_texts(),
        "charts": page.locator("[data-testid=stVegaLiteChart]").evaluate_all("all => all.map(c => c.getAttribute('aria-label'))"),
        "captions": [c for c in page.locator("[data-testid=stCaptionContainer]").all_inner_texts() if "the run took" not in c],
    }  # fmt: skip


def opened_anew(browser: Browser, server: Server, link: str, charts: int) -> tuple[BrowserContext, Page]:
    context = browser.new_context(viewport=WIDE)
    parts = urlparse(link)
    return context, visit(context, server, f"{parts.path}?{parts.query}", charts)


def written(case: str) -> str:
    page, link = FULL[case]
    return f"{PATHS[page]}?v={V}&" + "&".join(f"{name}={text}" for name, text in link.items())


@pytest.mark.parametrize("case", FULL)
def test_a_link_that_sets_every_control_is_what_the_page_shows_and_its_own_link_opens_the_same_figures(
    case, browser, context, server
):
    page_file, link = FULL[case]
    page = visit(context, server, written(case))
    errors = watched(page)
    page.wait_for_selector("[data-testid=stVegaLiteChart]", timeout=PATIENCE)
    page.wait_for_function(IDLE, timeout=PATIENCE)
    charts = page.locator("[data-testid=stVegaLiteChart]").count()
    settled(page, charts)
    if page.get_by_text("More", exact=True).count():
        page.get_by_text("More", exact=True).first.click()
    assert page.get_by_text("Ignored from the link").count() == 0
    for control in CONTROLS[page_file]:
        if control.name in link:
            shown = page.evaluate(SHOWN, control.name)
            assert shown == link[control.name], control.name
    assert {n: v[0] for n, v in link_of(page).items()} == {"v": V, **link}
    mine = address(page)
    assert {n: v[0] for n, v in parameters(mine).items()} == {"v": V, **link}
    assert mine.startswith(server.url + PATHS[page_file])
    assert not re.search(r"%(?!20)", mine), "readable"
    other, again = opened_anew(browser, server, mine, charts)
    expect(again.locator("[data-testid=stTable]")).to_have_count(page.locator("[data-testid=stTable]").count())
    assert figures(again) == figures(page)
    assert address(again) == mine
    other.close()
    assert errors == []


def test_pins_a_view_and_large_text_travel_with_the_link(browser, context, server):
    link = QUICK + f"&lam=0.5&lr=0.01&hide=lr,noise&lock=lam&text=large&pin={V}~lam~1{PIN}&pin={V}~n_train~10{PIN}"
    page = visit(context, server, link, 4)
    for name in ("pin 1", "pin 2"):
        for i in range(4):
            expect(page.locator("[data-testid=stVegaLiteChart]").nth(i).locator("svg.marks")).to_contain_text(name)
    assert page.evaluate("getComputedStyle(document.documentElement).fontSize") == "20.8px"
    assert page.locator(".st-key-lr, .st-key-noise").count() == 0
    mine = address(page)
    assert parameters(mine) == {"v": [V]} | parameters(link)
    other, again = opened_anew(browser, server, mine, 4)
    expect(again.locator("[data-testid=stTable]")).to_have_count(page.locator("[data-testid=stTable]").count())
    assert figures(again) == figures(page)
    assert address(again) == mine
    tables = [p.locator("[data-testid=stDataFrame] table tr") for p in (page, again)]
    for rows in tables:
        expect(rows).to_have_count(4, timeout=PATIENCE)
    cells = [rows.evaluate_all(CELLS) for rows in tables]
    assert cells[0] == cells[1]
    assert again.locator(".st-key-lr, .st-key-noise").count() == 0
    assert again.evaluate("getComputedStyle(document.documentElement).fontSize") == "20.8px"
    other.close()


def test_a_run_is_pinned_by_its_button_drawn_in_every_chart_and_there_after_a_reload(context, server):
    page = visit(context, server, QUICK, 4)
    errors = watched(page)
    page.get_by_role("button", name="Pin this run").click()
    expect(page.get_by_text("Pinned runs", exact=True)).to_be_visible(timeout=PATIENCE)
    page.wait_for_url(re.compile(r"[?&]pin="), timeout=PATIENCE)
    settled(page, 4)
    page.get_by_role("slider", name="strength λ").focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_url(re.compile(r"[?&]lam=5\b"), timeout=PATIENCE)
    settled(page, 4)
    charts = page.locator("[data-testid=stVegaLiteChart]")
    for i in range(4):
        expect(charts.nth(i).locator("svg.marks")).to_contain_text("pin 1", timeout=PATIENCE)
    before, kept = figures(page), link_of(page)
    assert kept["pin"] == [f"{V}{PIN}"]
    page.reload()
    settled(page, 4)
    assert figures(page) == before
    assert link_of(page) == kept
    for i in range(4):
        expect(charts.nth(i).locator("svg.marks")).to_contain_text("pin 1", timeout=PATIENCE)
    page.get_by_role("button", name="Remove all").click()
    expect(page.get_by_text("Pinned runs", exact=True)).to_have_count(0, timeout=PATIENCE)
    settled(page, 4)
    expect(charts.first.locator("svg.marks")).not_to_contain_text("pin 1")
    assert "pin" not in link_of(page)
    assert errors == []


@pytest.mark.parametrize(
    ("link", "charts"),
    [
        (f"/l1_vs_l2?n_train=20&n_features=10&n_informative=5&epochs=50&seeds=2&pin={V}~share~0.29~n_train~20~n_features~10~n_informative~5"
         "~epochs~50~seeds~2", 7),
        (f"/dropout?dataset=digits&n_train=100&epochs=2&width=32&pin={V}~dataset~digits~p1~0.2~n_train~100~epochs~2~width~32", 5),
        (f"/dropout?lab=curve&steps=400&curve_seeds=4&pin={V}~lab~curve~p_second~0.2~steps~400", 4),
        (f"/dropout?lab=bench&pin={V}~lab~bench~p~0.2", 1),
    ],
    ids=["L1 versus L2", "images", "curve", "bench"],
)  # fmt: skip
def test_a_pin_is_drawn_in_every_chart_of_the_other_pages(link, charts, context, server):
    page = context.new_page()
    errors = watched(page)
    page.goto(server.url + link)
    settled(page, charts)
    for i in range(charts):
        page.wait_for_function(NAMED, arg=i, timeout=PATIENCE)
    assert errors == []


def thumb(page: Page, name: str) -> Locator:
    return page.get_by_role("slider", name=name)


def test_what_is_locked_is_moved_by_neither_keyboard_nor_mouse_nor_a_click_in_a_chart(context, server):
    page = visit(context, server, QUICK + "&lam=0.5&lock=lam,n_train,seed&hide=lr", 4)
    before = figures(page)
    for name in ("strength λ", "training examples n"):
        slider = thumb(page, name)
        slider.focus()
        for key in ("ArrowRight", "Home", "End"):
            page.keyboard.press(key)
        box = slider.bounding_box()
        assert box is not None
        page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        page.mouse.down()
        page.mouse.move(box["x"] + 60, box["y"])
        page.mouse.up()
    page.get_by_text("More", exact=True).first.click()
    expect(page.get_by_role("button", name="New random seed")).to_be_disabled()
    chart = page.locator(SWEEP).first
    chart.scroll_into_view_if_needed()
    area = chart.bounding_box()
    assert area is not None
    chart.click(position={"x": area["width"] * 0.7, "y": area["height"] * 0.5})
    thumb(page, "noise σ").focus()  # what is free does move, so that all earlier steps have been answered by then
    page.keyboard.press("ArrowRight")
    page.wait_for_url(re.compile(r"[?&]noise="), timeout=PATIENCE)
    settled(page, 4)
    page.keyboard.press("ArrowLeft")
    page.wait_for_function("() => !location.search.includes('noise=')", timeout=PATIENCE)
    page.wait_for_function(SHOWS, arg=before["metrics"], timeout=PATIENCE)  # the address is ahead of the figures
    settled(page, 4)
    assert figures(page) == before
    assert link_of(page)["lam"] == ["0.5"]
    assert "n_train" not in link_of(page)


def test_a_view_holds_after_a_visit_to_another_page_and_after_a_reload_there(context, server):
    page = visit(context, server, QUICK + "&lam=0.5&lr=0.01&lock=lam&hide=lr", 4)
    page.locator("[data-testid=stSidebar]").get_by_role("link", name="L1 versus L2").click()
    page.wait_for_url(re.compile("/l1_vs_l2"), timeout=PATIENCE)
    settled(page, 7)
    assert "hide" not in link_of(page)
    assert page.locator(".st-key-lr").count() == 1
    page.locator("[data-testid=stSidebar]").get_by_role("link", name="Weight decay").click()
    page.wait_for_url(re.compile("/weight_decay"), timeout=PATIENCE)
    settled(page, 4)
    assert page.locator(".st-key-lr").count() == 0
    assert thumb(page, "strength λ").get_attribute("aria-valuetext") == "0.5"
    held = {"v": [V], "lam": ["0.5"], "lr": ["0.01"], "hide": ["lr"], "lock": ["lam"]}
    assert parameters(address(page)) == held
    thumb(page, "noise σ").focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_url(re.compile(r"[?&]noise="), timeout=PATIENCE)
    settled(page, 4)
    assert link_of(page).items() >= held.items()
    before = figures(page)
    page.reload()
    settled(page, 4)
    assert figures(page) == before
    assert page.locator(".st-key-lr").count() == 0
    assert thumb(page, "strength λ").is_disabled() or thumb(page, "strength λ").get_attribute("aria-disabled") == "true"


def test_a_link_full_of_odd_things_opens_the_page_and_says_each_in_one_line(context, server):
    page = context.new_page()
    errors = watched(page)
    pins = "".join(f"&pin={V}~seed~{i}{PIN}" for i in range(22))
    page.goto(
        server.url
        + QUICK
        + f"&later=1&lam=1&lam=2&hide=lr,nothing&lock=lr&text=huge&v=9&pin=<script>window.bad=1</script>{pins}"
    )
    settled(page, 4)
    said = page.locator("[data-testid=stText]").all_inner_texts()
    lines = [line for text in said for line in text.split("\n")]
    for words in (
        "later = 1",
        "lam = 1, 2",
        "hide = nothing",
        "lock = lr",
        "text = huge",
        "v = 9",
        "<script>",
        "after the first 20",
    ):
        assert len([line for line in lines if words in line]) == 1, words
    assert page.evaluate("window.bad") is None
    assert page.locator("[data-testid=stException]").count() == 0
    assert len(parameters(address(page))["pin"]) == 19  # the twenty that are read, without the one that is none
    assert errors == []
