"""The sparsity page as a student meets it: a real server, a real browser. Every wait is for a condition."""

import re
from functools import partial

import numpy as np
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from regdemo.app.sparsity.controls import SHARES
from tests.browser.test_bar import changes, different, drag, let_go, marks, press, says
from tests.helpers import browser as shared
from tests.helpers.browser import (
    IDLE,
    PATIENCE,
    PHONE,
    Server,
    link_of,
    picture,
    sent_by,
    settled,
    visit,
    watched,
)

pytestmark = pytest.mark.browser

CHARTS = shared.CHARTS["/l1_vs_l2"]
L1, OTHER, PLANE, PATH, LOSS, HISTOGRAM = range(CHARTS)
QUICK = "/l1_vs_l2?n_train=50&n_features=20&n_informative=5&epochs=100&seeds=2"
FILES = "/l1_vs_l2?source=csv&epochs=400&seeds=2"
STEMS = "[data-testid=stVegaLiteChart][aria-label^='Coefficients: L1']"
LEAD = ".regdemo-bar .lead"
FILM = ".regdemo-bar .film input"


def opened(context: BrowserContext, server: Server, link: str = QUICK, charts: int = CHARTS) -> Page:
    return visit(context, server, link, charts)


def test_the_page_draws_its_charts_in_colour(context, server):
    page = context.new_page()
    errors = watched(page)
    page.goto(server.url + "/l1_vs_l2")
    settled(page, CHARTS)
    for i in range(CHARTS):
        assert (np.ptp(picture(page, i), axis=2) > 60).sum() > 300
    assert errors == []


def test_lambda_moved_by_the_keyboard_moves_link_and_every_chart_and_the_link_brings_them_back(context, server):
    page = opened(context, server)
    errors = watched(page)
    changes(page, lambda: press(page, "ArrowRight"), list(range(CHARTS)))
    page.wait_for_url(re.compile(r"[?&]share=0\.17\b"), timeout=PATIENCE)
    settled(page, CHARTS)
    assert says(page) == "0.17 λ_max"
    lead, here = page.locator(LEAD).inner_text(), marks(page)
    again = opened(context, server, "/l1_vs_l2?" + page.url.split("?")[1])
    assert again.locator(LEAD).inner_text() == lead
    there = marks(again)
    assert different(here, there) == []
    assert errors == []


def test_dragged_the_hand_moves_every_chart_and_cross_validations_cursor_and_sends_nothing(context, server):
    page = context.new_page()
    sent = sent_by(page)
    page.goto(server.url + QUICK)
    settled(page, CHARTS)
    page.locator(".st-key-panel-choosing summary").click()
    page.wait_for_function(
        "n => document.querySelectorAll('[data-testid=stVegaLiteChart] svg.marks').length === n",
        arg=CHARTS + 1,
        timeout=PATIENCE,
    )
    settled(page, CHARTS + 1)
    asked = len(sent)
    for share in (0.05, 0.6, 1.0):
        changes(page, lambda share=share: drag(page, SHARES.index(share)), list(range(CHARTS + 1)))
        assert says(page) == f"{share:g} λ_max"
        expect(page.locator(LEAD)).to_contain_text(f"At {share:g} λ_max ")
    assert page.evaluate(IDLE)
    assert len(sent) == asked
    let_go(page)
    page.wait_for_url(re.compile(r"[?&]share=1\b"), timeout=PATIENCE)
    assert len(sent) > asked


def test_the_film_moves_the_charts_that_know_epochs(context, server):
    page = opened(context, server)
    ended = marks(page)
    changes(page, lambda: drag(page, 3, FILM), [LOSS, HISTOGRAM])
    assert different(marks(page), ended) == [LOSS, HISTOGRAM]


def test_a_click_in_the_path_moves_the_hand(context, server):
    page = opened(context, server)
    chart = page.locator(".st-key-app-path svg.marks").first
    chart.scroll_into_view_if_needed()
    box = chart.bounding_box()
    assert box is not None
    chart.click(position={"x": box["width"] * 0.3, "y": box["height"] * 0.5})
    page.wait_for_url(re.compile(r"[?&]share="), timeout=PATIENCE)
    (share,) = link_of(page)["share"]
    assert float(share) < 0.16  # small λ stand on the left
    expect(page.locator(".regdemo-bar .hand output")).to_have_text(f"{share} λ_max", timeout=PATIENCE)


def test_what_is_pinned_is_where_the_hand_is_with_every_panel_closed(context, server):
    page = opened(context, server)
    pin = page.get_by_role("button", name="Pin this run")
    for share in (0.49, 0.29):
        drag(page, SHARES.index(share))
        let_go(page)
        page.wait_for_url(re.compile(rf"[?&]share={share:g}(&|$)"), timeout=PATIENCE)
        expect(pin).to_be_enabled(timeout=PATIENCE)
        pin.click()
        page.wait_for_url(re.compile(rf"pin=[^&]*share~{share:g}~"), timeout=PATIENCE)
        settled(page, CHARTS)


def test_the_bar_and_the_whole_first_pair_of_charts_are_on_the_first_screen(context, server):
    for size, charts in (({"width": 1280, "height": 720}, (L1, OTHER)), (PHONE, (L1,))):
        page = context.new_page()
        page.set_viewport_size(size)
        page.goto(server.url + "/l1_vs_l2")
        settled(page, CHARTS)
        for chart in charts:
            box = page.locator("[data-testid=stVegaLiteChart]").nth(chart).bounding_box()
            assert box is not None
            assert box["height"] >= 300
            assert box["y"] + box["height"] <= size["height"]
        page.close()


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
    expect(page.locator(LEAD)).to_contain_text("L2 keeps all 2 weights.")
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
def test_on_a_phone_nothing_scrolls_sideways(phone, server, link):
    page = opened(phone, server, link)
    page.wait_for_function(
        "() => { const m = document.querySelector('[data-testid=stMain]'); return m.scrollWidth <= m.clientWidth }",
        timeout=PATIENCE,
    )
    wide = page.evaluate(
        "() => [...document.querySelectorAll('[data-testid=stVegaLiteChart] svg.marks, [data-testid=stVegaLiteChart] input')]"
        ".map(e => e.getBoundingClientRect()).filter(r => r.width && (r.right > innerWidth || r.left < 0)).map(r => [r.left, r.right])"
    )
    assert wide == []


def test_dark_reaches_page_and_charts(context, server):
    page = context.new_page()
    page.emulate_media(color_scheme="dark")
    page.goto(server.url + QUICK)
    settled(page, CHARTS)
    for i in (PATH, PLANE):
        brightness = picture(page, i).mean(2)
        assert sorted(brightness.ravel())[brightness.size // 2] < 60
        assert (brightness > 120).sum() > 300  # letters and lines stand out from the ground


def test_the_prior_has_bar_and_charts_on_the_first_screen_and_the_hand_moves_both_without_a_message(context, server):
    for size, seen in (({"width": 1280, "height": 720}, 2), (PHONE, 1)):
        page = context.new_page()
        page.set_viewport_size(size)
        errors, sent = watched(page), sent_by(page)
        page.goto(server.url + "/l1_vs_l2?lab=prior")
        settled(page, 2)
        for i in range(seen):
            box = page.locator("[data-testid=stVegaLiteChart] svg.marks").nth(i).bounding_box()
            assert box is not None
            assert box["y"] + box["height"] <= size["height"]
        asked = len(sent)
        for share in (0.02, 1.0, 0.29):
            changes(page, partial(drag, page, SHARES.index(share)), [0, 1])
            assert says(page) == f"{share:g} λ_max"
            assert page.locator(LEAD).inner_text().startswith(f"At {share:g} λ_max")
        assert len(sent) == asked
        assert errors == []
        page.close()
