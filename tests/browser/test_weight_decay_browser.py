"""The app as a student meets it: a real server, a real browser. Every wait is for a condition."""

import re
from urllib.parse import parse_qs, urlparse

import numpy as np
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from regdemo.app.frame import PAGES, page_title
from regdemo.app.links import LINK_VERSION
from tests.browser.test_bar import PAGE as BAR
from tests.browser.test_bar import follows, says
from tests.helpers.browser import (
    CHARTS,
    PATIENCE,
    PHONE,
    SHIFT,
    Server,
    awaited,
    changed,
    figures,
    link_of,
    picture,
    serving,
    settled,
    visit,
    watched,
)

PATHS = {page_title(page): "/" if page == "overview" else f"/{page}" for page in PAGES}
pytestmark = pytest.mark.browser


def opened(context, server, link: str = "/weight_decay") -> Page:
    return visit(context, server, link, CHARTS[urlparse(link).path])


@pytest.mark.parametrize("label", list(PATHS)[1:])  # the overview: in the next test
def test_a_deep_link_as_the_first_request_of_a_fresh_server_shows_the_page_in_its_frame(context, label):
    with serving() as fresh:
        path = PATHS[label]
        page, errors = first_request(context, fresh, label, f"{path}?lam=3" if path == BAR else path)
        if path == BAR:
            assert says(page) == "λ = 3"
            follows(page)
        assert errors == []
        assert "Traceback" not in fresh.log.read_text()


def first_request(context: BrowserContext, fresh: Server, label: str, link: str) -> tuple[Page, list[str]]:
    """The page in its frame, and its errors."""
    page = context.new_page()
    errors = watched(page)
    page.goto(fresh.url + link)
    settled(page, CHARTS[PATHS[label]])
    links = page.locator("[data-testid=stSidebar] [data-testid=stPageLink]")
    assert links.all_inner_texts() == list(PATHS)
    expect(page.locator("h1")).to_have_count(1)
    assert label.lower() in page.title().lower()
    assert page.locator("[data-testid=stException]").count() == 0
    assert page.get_by_text("Page not found").count() == 0
    assert page.evaluate(SHIFT) < 0.1  # 0.19 to 0.24 for the side panel alone, where no room is kept for it
    return page, errors


def test_the_first_request_of_a_fresh_server_draws_the_overview_that_its_link_names(context):
    with serving() as fresh:
        page, errors = first_request(context, fresh, next(iter(PATHS)), "/?draw=2")
        assert link_of(page)["draw"] == ["2"]
        named = figures(page)
        plain = visit(context, fresh, "/", 1)
        other = figures(plain)
        assert other != named
        for draw in (1, 2):
            plain.get_by_role("button", name="Other noise").click()
            plain.wait_for_url(re.compile(rf"[?&]draw={draw}\b"), timeout=PATIENCE)
            settled(plain, 1)  # the button counts on from what was drawn last
        assert awaited(plain, named) == named
        assert errors == []
        assert "Traceback" not in fresh.log.read_text()


def test_the_links_of_the_frame_lead_to_every_page(context, server):
    page = opened(context, server, "/")
    errors = watched(page)
    for label, path in PATHS.items():
        page.locator("[data-testid=stSidebar]").get_by_role("link", name=label).click()
        page.wait_for_url(server.url + path, timeout=PATIENCE)
        page.wait_for_function("label => document.title.startsWith(label)", arg=label, timeout=PATIENCE)
        settled(page, CHARTS[path])
    assert errors == []


def test_the_weight_decay_page_draws_four_charts_in_colour(context, server):
    page = opened(context, server)
    for i in range(4):
        assert (np.ptp(picture(page, i), axis=2) > 60).sum() > 300


def test_lambda_moved_by_the_keyboard_changes_link_and_figures_and_the_link_brings_them_back(context, server):
    page = opened(context, server)
    errors = watched(page)
    before = figures(page)
    page.get_by_role("slider", name="strength λ").focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_url(re.compile(r"[?&]lam=0\.7\b"), timeout=PATIENCE)
    after = changed(page, before, 4)
    assert len(after["bar"]) == len(before["bar"]) == 1
    assert after["charts"] == before["charts"]
    again = opened(context, server, "/weight_decay?" + urlparse(page.url).query)
    assert awaited(again, after) == after
    page.get_by_role("slider", name="strength λ").focus()
    page.keyboard.press("ArrowLeft")
    assert awaited(page, before) == before
    page.wait_for_function("() => !location.search.includes('lam=')", timeout=PATIENCE)
    assert errors == []


def test_every_control_of_a_link_comes_back_in_a_new_tab(context, server):
    link = "/weight_decay?lam=5&n_features=50&seeds=4&optimizer=Adam&penalize_bias=true&seed=7&log=false&epochs=20"
    page = opened(context, server, link)
    assert link_of(page) == parse_qs(urlparse(link).query) | {"v": [str(LINK_VERSION)]}
    assert page.get_by_text("Ignored from the link").count() == 0
    expect(page.get_by_text("50 coefficients of each seed", exact=False)).to_have_count(1)
    expect(page.locator(".regdemo-bar .hand output")).to_have_text("λ = 5")
    again = opened(context, server, link)
    assert awaited(again, figures(page)) == figures(page)


def test_a_click_in_the_sweep_chooses_another_lambda(context, server):
    page = opened(context, server)
    before = page.locator(".regdemo-bar .lead").inner_text()
    chart = page.locator(".st-key-app-sweep svg.marks").first
    chart.scroll_into_view_if_needed()
    box = chart.bounding_box()
    chart.click(position={"x": box["width"] * 0.35, "y": box["height"] * 0.5})
    page.wait_for_url(re.compile(r"[?&]lam="), timeout=PATIENCE)
    (lam,) = link_of(page)["lam"]
    assert 0 < float(lam) < 3
    expect(page.locator(".regdemo-bar .lead")).not_to_have_text(before, timeout=PATIENCE)
    expect(page.locator(".regdemo-bar .hand output")).to_have_text(f"λ = {float(lam):g}")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_light_and_dark_reach_page_and_charts(context, server, scheme):
    page = context.new_page()
    page.emulate_media(color_scheme=scheme)
    page.goto(server.url + "/weight_decay")
    settled(page, 4)
    brightness = picture(page).mean(2)
    ground = np.median(brightness)
    assert ground > 200 if scheme == "light" else ground < 60
    assert (np.abs(brightness - ground) > 100).sum() > 300  # letters and lines stand out from the ground


@pytest.mark.parametrize("label", PATHS)
def test_on_a_phone_nothing_scrolls_sideways(phone, server, label):
    page = opened(phone, server, PATHS[label])
    assert page.evaluate(SHIFT) < 0.1
    page.wait_for_function("() => document.documentElement.scrollWidth <= innerWidth", timeout=PATIENCE)
    page.wait_for_function(
        "() => { const m = document.querySelector('[data-testid=stMain]'); return m.scrollWidth <= m.clientWidth }",
        timeout=PATIENCE,
    )
    assert page.evaluate("innerWidth") == PHONE["width"]
    wide = page.evaluate(
        "() => [...document.querySelectorAll('[data-testid=stVegaLiteChart] svg.marks, [data-testid=stVegaLiteChart] input')]"
        ".map(e => e.getBoundingClientRect()).filter(r => r.width && (r.right > innerWidth || r.left < 0))"
        ".map(r => [r.left, r.right])"
    )
    assert wide == []


def test_a_hostile_link_opens_the_page_with_a_warning_and_runs_nothing_of_it(context, server):
    page = context.new_page()
    errors = watched(page)
    page.goto(server.url + "/weight_decay?lr=nan&n_train=1e99&noise=<script>window.bad=1</script>&lam=1&lam=2&x=" + "y" * 5000)
    settled(page, 4)
    warning = page.locator("[data-testid=stAlert]")
    expect(warning).to_have_count(1)
    expect(warning).to_contain_text("Ignored from the link")
    for name in ("lr = nan", "n_train = 1e99", "noise = <script>", "lam = 1, 2", "x = yyy"):
        expect(page.get_by_text(name, exact=False)).to_be_visible()
    assert page.evaluate("window.bad") is None
    plain = figures(opened(context, server))
    assert awaited(page, plain) == plain
    assert errors == []


def test_a_start_moves_the_controls_and_the_link(context, server):
    page = opened(context, server)
    before = figures(page)
    page.locator(".st-key-app-start [role=combobox]").click()
    page.get_by_role("option", name="20 examples, 200 weights").click()
    page.wait_for_url(re.compile(r"n_features=200"), timeout=PATIENCE)
    after = changed(page, before, 4)
    page.wait_for_url(re.compile(r"lam=3\b"), timeout=PATIENCE)
    expect(page.locator(".regdemo-bar .hand output")).to_have_text("λ = 3")
    again = opened(context, server, "/weight_decay?" + urlparse(page.url).query)
    assert awaited(again, after) == after
