"""The sparsity page as a student meets it: a real server, a real browser. Every wait is for a condition."""

import re

import numpy as np
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.helpers import browser as shared
from tests.helpers.browser import (
    IDLE,
    PATIENCE,
    PHONE,
    WIDE,
    Server,
    changed,
    figures,
    link_of,
    metrics,
    moved,
    picture,
    settled,
    shown,
    visit,
    watched,
)

pytestmark = pytest.mark.browser

CHARTS = shared.CHARTS["/l1_vs_l2"]
QUICK = "/l1_vs_l2?n_train=50&n_features=20&n_informative=5&epochs=100&seeds=2"
FILES = "/l1_vs_l2?source=csv&epochs=400&seeds=2"
STEMS = "[data-testid=stVegaLiteChart][aria-label^='Coefficients: L1']"
DRAWINGS = "[...document.querySelectorAll('[data-testid=stVegaLiteChart] svg.marks')].map(e => e.innerHTML)"


def opened(context: BrowserContext, server: Server, link: str = QUICK, charts: int = CHARTS) -> Page:
    return visit(context, server, link, charts)


def test_the_page_draws_seven_charts_in_colour(context, server):
    page = context.new_page()
    errors = watched(page)
    page.goto(server.url + "/l1_vs_l2")
    settled(page, CHARTS)
    for i in range(CHARTS):
        assert (np.ptp(picture(page, i), axis=2) > 60).sum() > 300
    assert errors == []


def test_lambda_moved_by_the_keyboard_moves_link_figures_and_every_chart_and_the_link_brings_them_back(context, server):
    page = opened(context, server)
    errors = watched(page)
    before, before_all = page.evaluate(DRAWINGS), figures(page)
    page.get_by_role("slider", name="strength λ").focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_url(re.compile(r"[?&]share="), timeout=PATIENCE)
    page.wait_for_function(
        f"before => {{ const now = {DRAWINGS}; return now.length === before.length && now.every((d, i) => d !== before[i]) }}",
        arg=before, timeout=PATIENCE,
    )  # fmt: skip
    after = changed(page, before_all, CHARTS)
    assert after["metrics"] != before_all["metrics"]
    assert float(link_of(page)["share"][0]) > 0.16
    again = opened(context, server, "/l1_vs_l2?" + page.url.split("?")[1])
    assert shown(again, after), (figures(again), after)
    assert errors == []


def test_a_click_in_the_path_chooses_another_lambda(context, server):
    page = opened(context, server)
    before = metrics(page)
    chart = page.locator(".st-key-app-path svg.marks").first
    chart.scroll_into_view_if_needed()
    box = chart.bounding_box()
    assert box is not None
    chart.click(position={"x": box["width"] * 0.8, "y": box["height"] * 0.5})
    page.wait_for_url(re.compile(r"[?&]share="), timeout=PATIENCE)
    assert float(link_of(page)["share"][0]) < 0.16  # small λ stand on the right
    expect(page.locator("[data-testid=stMetricValue]").first).not_to_have_text(before[0], timeout=PATIENCE)


def test_the_preview_of_the_stems_asks_the_server_for_nothing(context, server):
    sent: list[object] = []
    page = context.new_page()
    page.on("websocket", lambda ws: ws.on("framesent", lambda frame: sent.append(frame)))
    page.goto(server.url + QUICK)
    settled(page, CHARTS)
    assert sent  # the first load does ask
    drawing = f"document.querySelector(`{STEMS} svg.marks`).innerHTML"
    before, asked = page.evaluate(drawing), len(sent)
    moved(page.locator(STEMS), "preview", 0)
    page.wait_for_function(f"before => {drawing} !== before", arg=before, timeout=PATIENCE)
    assert page.evaluate(IDLE)
    assert len(sent) == asked


def test_a_file_of_ones_own_gives_named_coefficients(context, server, tmp_path):
    lines = [
        "size;length;colour;price",
        *(f"{i * 7 % 11},5;{i * 5 % 13};red;{3 * (i * 7 % 11) - i * 5 % 13}" for i in range(60)),
    ]
    file = tmp_path / "prices.csv"
    file.write_text("\n".join(lines), encoding="utf-8-sig")
    page = opened(context, server, FILES, 0)
    page.set_input_files("input[type=file]", file)
    settled(page, CHARTS)
    stems = page.locator(f"{STEMS} svg.marks")
    for name in ("size", "length"):
        expect(stems.get_by_text(name, exact=True)).to_have_count(1)
    assert metrics(page)[2] == "2 of 2"
    assert page.get_by_text("60 rows, 2 features").count() == 1
    expect(page.get_by_text("Column “colour” is left out", exact=False)).to_have_count(1)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a,b\n" + b"x,y\n" * 30, "no usable column of numbers"),
        (bytes(range(256)) * 10, "This is not a text file"),
    ],
)
def test_a_file_that_cannot_be_used_is_answered_in_a_sentence_and_a_good_one_can_follow(
    context, server, tmp_path, content, message
):
    file = tmp_path / "table.csv"
    file.write_bytes(content)
    page = opened(context, server, FILES, 0)
    page.set_input_files("input[type=file]", file)
    expect(page.locator("[data-testid=stText]").get_by_text(message)).to_be_visible(timeout=PATIENCE)
    assert page.locator("[data-testid=stException]").count() == 0
    assert "Traceback" not in server.log.read_text()
    file = tmp_path / "another.csv"  # a browser takes the same name for the same file
    file.write_text("a,b\n" + "\n".join(f"{i},{i * i % 7}" for i in range(30)))
    page.set_input_files("input[type=file]", file)
    settled(page, CHARTS)


@pytest.mark.parametrize("link", [QUICK, "/l1_vs_l2?source=diabetes&interactions=true&epochs=100&seeds=2"])
def test_on_a_phone_nothing_scrolls_sideways(browser, server, link):
    context = browser.new_context(viewport=PHONE, device_scale_factor=2, is_mobile=True, has_touch=True)
    page = opened(context, server, link)
    page.wait_for_function(
        "() => { const m = document.querySelector('[data-testid=stMain]'); return m.scrollWidth <= m.clientWidth }",
        timeout=PATIENCE,
    )
    wide = page.evaluate(
        "() => [...document.querySelectorAll('[data-testid=stVegaLiteChart] svg.marks, [data-testid=stVegaLiteChart] input')]"
        ".map(e => e.getBoundingClientRect()).filter(r => r.width && (r.right > innerWidth || r.left < 0)).map(r => [r.left, r.right])"
    )
    assert wide == []
    context.close()


def test_dark_reaches_page_and_charts(browser, server):
    context = browser.new_context(viewport=WIDE, color_scheme="dark")
    page = opened(context, server)
    for i in (2, CHARTS - 1):  # the path with its exact solution, and the plane
        brightness = picture(page, i).mean(2)
        assert sorted(brightness.ravel())[brightness.size // 2] < 60
        assert (brightness > 120).sum() > 300  # letters and lines stand out from the ground
    context.close()
