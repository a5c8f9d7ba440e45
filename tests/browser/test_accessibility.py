"""For everyone: axe-core on every page, what can be seen in light and dark, and the keyboard alone. Every wait is for a condition."""

import re
import tomllib

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from regdemo.app.cards import PICTURES
from regdemo.charts import theme
from regdemo.config.places import ASSETS
from tests.helpers.browser import CHARTS, IDLE, PATIENCE, ROOT, settled, visit

GROUNDS = {"light": "#ffffff", "dark": "#171614"}  # of Streamlit's pages; a test below holds them
COLOURS = {"light": (), "dark": ("color-contrast", "link-in-text-block")}  # axe-core's rules that can differ; () is all of them
LETTERS_LEAST, LINES_LEAST = 4.5, 3.0  # WCAG 2.2, success criteria 1.4.3 and 1.4.11, level AA
PALETTE = ("ORANGE", "BLUE", "GREEN", "PURPLE", "GREY", "SKY")
PAGES = CHARTS | {
    "/weight_decay?text=large&lock=lam&pin=1~lam~5&switch_epoch=50": 4,
    "/weight_decay?lab=early+stopping": 2,
    "/l1_vs_l2?lab=prior": 2,
    "/dropout?lab=paper": 1,
    "/dropout?lab=curve&steps=400": 2,
    "/dropout?lab=all+rates&steps=400": 4,
    "/dropout?lab=images&dataset=digits&n_train=100&epochs=1&width=32": 5,
}
EXCUSED = {  # (rule of axe-core, selector of the element) -> why
    ("scrollable-region-focusable", ".katex-display"): "Streamlit's box around a formula; browsers let the keyboard scroll it",
}
LETTERS = """() => {
    const [letters, captions] = ['[data-testid=stVegaLiteChart] svg.marks text', '[data-testid=stCaptionContainer]']
        .map(s => [...document.querySelectorAll(s)].map(e => getComputedStyle(e)))
    return [...letters.map(s => [s.fill, Number(s.opacity)]), ...captions.map(s => [s.color, Number(s.opacity)])]
        .filter(([, opacity]) => opacity > 0)
}"""
GROUND = "getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor"


def luminance(colour: np.ndarray) -> float:
    """Relative luminance of an sRGB colour (0 to 255 each), as WCAG 2.2 defines it."""
    c = colour / 255
    return float(np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4) @ (0.2126, 0.7152, 0.0722))


def rgb(text: str) -> tuple[int, int, int]:
    """Of "#rrggbb" or "rgb(r, g, b)"."""
    if text.startswith("#"):
        return tuple(bytes.fromhex(text[1:]))
    return tuple(int(n) for n in re.fullmatch(r"rgb\((\d+), (\d+), (\d+)\)", text).groups())


def contrast(one: str, other: str, opacity: float = 1) -> float:
    """Of a colour, seen through or not, on another."""
    ground = np.array(rgb(other))
    seen = opacity * np.array(rgb(one)) + (1 - opacity) * ground
    low, high = sorted((luminance(seen), luminance(ground)))
    return (high + 0.05) / (low + 0.05)


def test_contrast_is_what_the_standard_says():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#000000", "#ffffff", 0.6) == contrast("#666666", "#ffffff") == pytest.approx(5.74, abs=0.005)
    assert contrast("#777777", "rgb(255, 255, 255)") == pytest.approx(4.48, abs=0.005)  # WebAIM's well-known near miss


@pytest.mark.parametrize("scheme", GROUNDS)
@pytest.mark.parametrize("name", PALETTE)
def test_every_line_colour_stands_out_from_both_grounds(name, scheme):
    assert contrast(getattr(theme, name), GROUNDS[scheme]) >= LINES_LEAST


def test_the_theme_has_the_charts_colours():
    config = tomllib.loads((ROOT / ".streamlit/config.toml").read_text(encoding="utf-8"))
    assert set(config["theme"]["chartCategoricalColors"]) == {getattr(theme, name) for name in PALETTE}


@pytest.mark.parametrize("name", PICTURES)
def test_letters_in_the_cards_pictures_follow_the_page(name):
    drawn = (ASSETS / f"{name}.svg").read_text(encoding="utf-8")
    assert "prefers-color-scheme:dark" in drawn
    assert set(re.findall(r'<text[^>]* fill="([^"]+)"', drawn)) == {theme.INK}


# no colour and no opacity is on its way to another
STILL = "() => document.getAnimations().every(one => !(one instanceof CSSTransition))"


def findings(page: Page, *rules: str) -> dict[tuple[str, str], str]:
    """What axe-core finds grave, by all its rules or by these: (rule, element) -> its HTML, or the entry of EXCUSED that covers it -> why."""
    found = {}
    options = {"resultTypes": ["violations"]} | ({"runOnly": list(rules)} if rules else {})
    for rule in Axe().run(page, options=options).response["violations"]:
        if rule["impact"] not in ("serious", "critical"):
            continue
        for node in rule["nodes"]:
            element = page.locator(node["target"][-1]).first
            known = [k for k in EXCUSED if k[0] == rule["id"] and element.evaluate("(e, s) => e.matches(s)", k[1])]
            found |= {k: EXCUSED[k] for k in known} or {(rule["id"], node["target"][-1]): node["html"][:200]}
    return found


@pytest.fixture(scope="module")
def needed() -> set[tuple[str, str]]:
    """The entries of EXCUSED that some page has needed."""
    return set()


def everything_open(page: Page) -> int:
    """Open every panel of the page, also what opens in one; how many charts there are then."""
    panels = page.locator("[data-testid=stExpander] details:not([open]) > summary")
    while panels.count():
        panels.first.evaluate("summary => summary.click()")
        page.wait_for_function(IDLE, timeout=PATIENCE)
    return page.locator("[data-testid=stVegaLiteChart]").count()


@pytest.mark.browser
@pytest.mark.parametrize("link", PAGES)
def test_axe_finds_nothing_grave_and_letters_can_be_read_in_light_and_dark(context, server, needed, link):
    page = visit(context, server, link, PAGES[link])
    charts = everything_open(page)
    for scheme, ground in GROUNDS.items():
        page.emulate_media(color_scheme=scheme)
        page.wait_for_function(f"wanted => {GROUND} === wanted", arg=f"rgb{rgb(ground)}", timeout=PATIENCE)
        settled(page, charts)
        page.wait_for_function(STILL, timeout=PATIENCE)
        found = findings(page, *COLOURS[scheme])
        needed |= EXCUSED.keys() & found.keys()
        assert not {where: html for where, html in found.items() if where not in EXCUSED}
        letters = {(colour, opacity) for colour, opacity in page.evaluate(LETTERS)}
        assert len(letters) > 0
        assert {(c, o) for c, o in letters if contrast(c, ground, o) < LETTERS_LEAST} == set()


@pytest.mark.browser
def test_nothing_is_excused_that_no_page_needs(needed, request):
    if sum(item.name.startswith("test_axe_finds") for item in request.session.items) < len(PAGES):
        pytest.skip("not every page was looked at")
    assert needed == set(EXCUSED)


def tab_to(page: Page, element: str, most: int = 80) -> None:
    """Press Tab until the focus is in what the selector names."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", element):
            return
    raise AssertionError(f"{most} times Tab did not reach {element}")


@pytest.mark.browser
def test_the_weight_decay_page_can_be_used_by_the_keyboard_alone(context, server):
    page = visit(context, server, "/weight_decay", CHARTS["/weight_decay"])
    lead = page.locator(".regdemo-bar .lead")
    before = lead.inner_text()
    tab_to(page, "[data-testid=stSidebar] summary")
    page.keyboard.press("Enter")
    expect(page.locator("[data-testid=stSidebar] details").first).to_have_attribute("open", "", timeout=PATIENCE)
    tab_to(page, ".regdemo-bar .hand input")
    page.keyboard.press("ArrowRight")
    page.wait_for_url(re.compile(r"[?&]lam=0\.7\b"), timeout=PATIENCE)
    expect(lead).not_to_have_text(before, timeout=PATIENCE)
    tab_to(page, ".regdemo-bar .film input")
    settled(page, CHARTS["/weight_decay"])
    chart = "document.querySelector('[data-testid=stVegaLiteChart] svg.marks').innerHTML"
    drawn = page.evaluate(chart)
    page.keyboard.press("Home")
    page.wait_for_function(f"drawn => {chart} !== drawn", arg=drawn, timeout=PATIENCE)
    assert page.evaluate(IDLE)


@pytest.mark.browser
def test_a_lab_is_chosen_by_the_keyboard_alone(context, server):
    page = visit(context, server, "/dropout?lab=bench", 3)
    tab_to(page, "[role=radio]")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    page.wait_for_url(re.compile(r"[?&]lab=curve"), timeout=PATIENCE)
