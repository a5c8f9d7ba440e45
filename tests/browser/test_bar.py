"""The bar in a real browser: the hand moves every chart of its page, at once and without the server. Every wait is for a condition."""

import re
from collections.abc import Callable
from urllib.parse import urlparse

import pytest
from playwright.sync_api import Page, expect

from regdemo.app.weight_decay.controls import HAND, STRENGTHS
from tests.helpers.browser import (
    CHARTS,
    IDLE,
    PATIENCE,
    PHONE,
    PLACES,
    Marks,
    link_of,
    same_marks,
    sent_by,
    settled,
    visit,
    watched,
)

pytestmark = pytest.mark.browser
PAGE = "/weight_decay"
SLIDER, FILM = ".regdemo-bar .hand input", ".regdemo-bar .film input"
LOSS, SWEEP, COEFFICIENTS, NORMS = range(4)
KNOW_EPOCHS = [LOSS, COEFFICIENTS, NORMS]
# each chart's marks as they stand, in an order of their own: Vega numbers clips and orders marks by when they first came
MARKS = """() => [...document.querySelectorAll('[data-testid=stVegaLiteChart] svg.marks')].map(svg => [...svg.querySelectorAll(
    '.role-mark :is(path, line, rect, text)')].map(e => e.outerHTML.replace(/clip\\d+/g, 'clip')).sort().join(' '))"""
STILL = f"""() => new Promise(done => {{
    let last = '', same = 0
    const look = () => {{
        const now = ({MARKS})().join('|'), told = document.body.value === Number(document.querySelector('{SLIDER}').value)
        same = now === last && told ? same + 1 : 0
        last = now
        same < 10 ? requestAnimationFrame(look) : done()
    }}
    look()
}})"""
AT = f"() => Number(document.querySelector('{SLIDER}').value)"


def opened(context, server, link: str = PAGE) -> Page:
    return visit(context, server, link, CHARTS[urlparse(link).path])


def drag(page: Page, value: int, slider: str = SLIDER) -> None:
    """Move a slider of the bar, the hand still on it."""
    page.locator(slider).evaluate("(e, v) => { e.value = v; e.dispatchEvent(new Event('input', {bubbles: true})) }", value)


def let_go(page: Page, slider: str = SLIDER) -> None:
    page.locator(slider).evaluate("e => e.dispatchEvent(new Event('change', {bubbles: true}))")


def press(page: Page, key: str, slider: str = SLIDER) -> None:
    page.locator(slider).focus()
    page.keyboard.press(key)


def changes(page: Page, act: Callable[[], object], charts: list[int]) -> None:
    """Do something, and wait until each of these charts has changed."""
    still(page)
    before = page.evaluate(MARKS)
    act()
    page.wait_for_function(
        f"([before, charts]) => {{ const now = ({MARKS})(); return charts.every(i => now[i] !== before[i]) }}",
        arg=[before, charts], timeout=PATIENCE,
    )  # fmt: skip


def still(page: Page) -> None:
    """Wait until the marks of all charts have stood still for ten frames of the screen: in a tab behind others none come."""
    page.bring_to_front()
    page.evaluate(STILL)


def marks(page: Page) -> list[Marks]:
    """The marks of each chart once they stand still."""
    still(page)
    return page.evaluate(PLACES)


def different(here: list[Marks], there: list[Marks]) -> list[int]:
    """The charts that show something else."""
    assert len(here) == len(there)
    return [i for i, pair in enumerate(zip(here, there, strict=True)) if not same_marks(*pair)]


def follows(page: Page, locked: bool = False) -> None:
    """The hand moves every chart of the page, by the keyboard and dragged, and the film those that know epochs."""
    every = [LOSS, SWEEP, COEFFICIENTS, NORMS]
    page.wait_for_function(IDLE, timeout=PATIENCE)
    if not locked:
        changes(page, lambda: press(page, "ArrowRight"), every)
        settled(page, 4)
        at = page.evaluate(AT)
        changes(page, lambda: drag(page, at - 6), every)
        changes(page, lambda: drag(page, at + 2), every)
        assert says(page) == f"λ = {STRENGTHS[at + 2]:g}"
        let_go(page)
        page.wait_for_url(re.compile(rf"[?&]lam={STRENGTHS[at + 2]:g}(&|$)"), timeout=PATIENCE)
        settled(page, 4)
    last = int(page.locator(FILM).evaluate("e => e.max"))
    changes(page, lambda: drag(page, last // 3, FILM), KNOW_EPOCHS)
    changes(page, lambda: drag(page, last, FILM), KNOW_EPOCHS)


def says(page: Page) -> str:
    """What the bar says of the place where it stands, to those who do not see it too."""
    said = page.locator(".regdemo-bar .hand output").inner_text()
    assert page.locator(SLIDER).get_attribute("aria-valuetext") == said
    return said


def test_a_links_lambda_is_shown_by_every_chart_as_if_the_hand_had_moved_there(context, server):
    linked = opened(context, server, f"{PAGE}?lam=5")
    there, said, lead = marks(linked), says(linked), linked.locator(".regdemo-bar .lead").inner_text()
    page = opened(context, server)
    here = marks(page)
    changes(page, lambda: drag(page, STRENGTHS.index(5.0)), [LOSS, SWEEP, COEFFICIENTS, NORMS])
    assert different(marks(page), there) == []
    assert says(page) == said == "λ = 5"
    assert page.locator(".regdemo-bar .lead").inner_text() == lead
    drag(page, STRENGTHS.index(0.5))
    assert different(marks(page), here) == []


def test_after_a_new_sweep_the_hand_moves_every_chart_from_where_it_stood(context, server):
    page = opened(context, server, f"{PAGE}?lam=2")
    lead = page.locator(".regdemo-bar .lead").inner_text()
    noise = page.get_by_role("slider", name="noise σ")
    noise.focus()
    page.keyboard.press("ArrowLeft")
    page.wait_for_url(re.compile("noise=0.5"), timeout=PATIENCE)
    expect(page.locator(".regdemo-bar .lead")).not_to_have_text(lead, timeout=PATIENCE)
    settled(page, 4)
    assert says(page) == "λ = 2"
    follows(page)


def test_after_a_visit_to_another_page_the_hand_is_where_it_was_and_moves_every_chart(context, server):
    page = opened(context, server)
    errors = watched(page)
    drag(page, STRENGTHS.index(3.0))
    let_go(page)
    page.wait_for_url(re.compile(r"lam=3\b"), timeout=PATIENCE)
    before = marks(page)
    frame = page.locator("[data-testid=stSidebar]")
    frame.get_by_role("link", name="Overview").click()
    page.wait_for_url(re.compile(r"/(\?|$)"), timeout=PATIENCE)
    settled(page, CHARTS["/"])
    frame.get_by_role("link", name="Weight decay").click()
    page.wait_for_url(re.compile(r"/weight_decay"), timeout=PATIENCE)
    settled(page, 4)
    page.wait_for_function(f"at => ({AT})() === at", arg=STRENGTHS.index(3.0), timeout=PATIENCE)
    assert different(marks(page), before) == []
    follows(page)
    assert errors == []


def test_back_and_forward_in_the_browser_move_the_hand(context, server):
    page = opened(context, server)
    plain = marks(page)
    drag(page, STRENGTHS.index(5.0))
    let_go(page)
    page.wait_for_url(re.compile(r"lam=5\b"), timeout=PATIENCE)
    settled(page, 4)
    moved = marks(page)
    for go, wanted, said in ((page.go_back, plain, "λ = 0.5"), (page.go_forward, moved, "λ = 5")):
        go()
        expect(page.locator(".regdemo-bar .hand output")).to_have_text(said, timeout=PATIENCE)
        settled(page, 4)
        assert different(marks(page), wanted) == []
        assert says(page) == said


def test_after_the_window_became_a_phones_the_hand_moves_every_chart(context, server):
    page = opened(context, server)
    page.set_viewport_size(PHONE)
    page.wait_for_function(
        "() => [...document.querySelectorAll('svg.marks')].every(s => s.getBoundingClientRect().width <= innerWidth)",
        timeout=PATIENCE,
    )
    settled(page, 4)
    follows(page)


def test_two_tabs_have_a_hand_each(context, server):
    first, second = opened(context, server), opened(context, server, f"{PAGE}?lam=2")
    other = marks(second)
    first.bring_to_front()
    follows(first)
    assert different(marks(second), other) == []
    assert says(second) == "λ = 2"
    follows(second)


def test_a_locked_lambda_stands_still_and_the_film_moves_all_the_same(context, server):
    page = opened(context, server, f"{PAGE}?lam=2&lock=lam")
    expect(page.locator(SLIDER)).to_be_disabled()
    for step in ("back", "on"):
        expect(page.locator(f".regdemo-bar .{step}")).to_be_disabled()
    assert says(page) == "λ = 2"
    follows(page, locked=True)
    assert link_of(page)["lam"] == ["2"]


def test_a_hidden_lambda_has_no_slider_and_its_charts_show_it(context, server):
    page = opened(context, server, f"{PAGE}?lam=5&hide=lam")
    expect(page.locator(SLIDER)).to_be_hidden()
    linked = opened(context, server, f"{PAGE}?lam=5")
    assert different(marks(page), marks(linked)) == []
    follows(page, locked=True)


def test_while_the_hand_is_on_the_slider_nothing_is_sent_and_on_release_no_chart_is_built_anew(context, server):
    page = context.new_page()
    sent = sent_by(page)
    page.goto(server.url + PAGE)
    settled(page, 4)
    assert sent  # the first load does ask
    page.evaluate("() => document.querySelectorAll('svg.marks').forEach((svg, i) => { svg.mine = i })")
    asked = len(sent)
    for at in (3, 30, 12, 20):
        changes(page, lambda at=at: drag(page, at), [LOSS, SWEEP, COEFFICIENTS, NORMS])
    for at in (0, 7):
        changes(page, lambda at=at: drag(page, at, FILM), KNOW_EPOCHS)
    let_go(page, FILM)
    assert page.evaluate(IDLE)
    assert len(sent) == asked
    let_go(page)
    page.wait_for_url(re.compile(rf"lam={STRENGTHS[20]:g}\b"), timeout=PATIENCE)
    page.wait_for_function(IDLE, timeout=PATIENCE)
    assert len(sent) > asked
    assert page.evaluate("() => [...document.querySelectorAll('svg.marks')].map(svg => svg.mine)") == [0, 1, 2, 3]
    assert page.evaluate(AT) == 20


def test_the_steps_beside_the_slider_go_one_lambda_and_end_at_both_ends(context, server):
    page = opened(context, server, f"{PAGE}?lam=70")
    every = [LOSS, SWEEP, COEFFICIENTS, NORMS]
    changes(page, page.get_by_role("button", name="one step on").click, every)
    assert says(page) == "λ = 100"
    expect(page.locator(".regdemo-bar .on")).to_be_disabled()
    page.wait_for_url(re.compile(r"lam=100\b"), timeout=PATIENCE)
    changes(page, page.get_by_role("button", name="one step back").click, every)
    page.wait_for_url(re.compile(r"lam=70\b"), timeout=PATIENCE)
    press(page, "Home")
    page.wait_for_url(re.compile(r"lam=0\b"), timeout=PATIENCE)
    expect(page.locator(".regdemo-bar .back")).to_be_disabled()
    assert says(page) == "λ = 0"


def test_sentence_and_figures_follow_the_hand(context, server):
    page = opened(context, server)
    lead, test = page.locator(".regdemo-bar .lead"), page.locator(".regdemo-bar .figures b").first
    said, shown = lead.inner_text(), test.inner_text()
    assert said.startswith(f"λ = {HAND.default:g} lowers the test loss from ")
    assert shown in said
    drag(page, STRENGTHS.index(5.0))
    assert lead.inner_text().startswith("λ = 5 ")
    assert test.inner_text() in lead.inner_text()
    assert test.inner_text() != shown
    drag(page, STRENGTHS.index(0.5))
    assert (lead.inner_text(), test.inner_text()) == (said, shown)


@pytest.mark.parametrize("motion", ["no-preference", "reduce"])
def test_the_film_plays_only_when_it_is_asked_to_and_stops_at_the_end(context, server, motion):
    page = context.new_page()
    page.emulate_media(reduced_motion=motion)
    page.goto(server.url + PAGE)
    settled(page, 4)
    film = page.locator(FILM)
    last = film.evaluate("e => e.max")
    assert film.input_value() == last  # the end of the training, whatever the reader prefers
    ended = marks(page)
    play = page.locator(".regdemo-bar .play")
    assert play.get_attribute("aria-label") == "play the training"
    changes(page, play.click, KNOW_EPOCHS)
    assert play.get_attribute("aria-label") == "pause"
    page.wait_for_function(f"() => document.querySelector('{FILM}').value > 2", timeout=PATIENCE)
    play.click()
    assert play.get_attribute("aria-label") == "play the training"
    at = film.input_value()
    assert 2 < int(at) < int(last)
    assert page.locator(".regdemo-bar .film output").inner_text() == film.get_attribute("aria-valuetext")
    drag(page, int(last) - 8, FILM)
    play.click()
    for key, lam in (("ArrowRight", "0.7"), ("ArrowLeft", "")):  # the bar is drawn anew: the film goes on
        press(page, key)
        page.wait_for_url(re.compile(rf"lam={lam}" if lam else r"/weight_decay$"), timeout=PATIENCE)
    page.wait_for_function(f"() => document.querySelector('{FILM}').value === '{last}'", timeout=PATIENCE)
    expect(play).to_have_attribute("aria-label", "play the training", timeout=PATIENCE)
    assert different(marks(page), ended) == []


def test_an_open_panel_follows_when_the_hand_lets_go(context, server):
    page = opened(context, server)
    page.get_by_text("The numbers", exact=True).click()
    table = page.locator("[data-testid=stTable]").first
    expect(table).to_contain_text("λ = 0.5", timeout=PATIENCE)
    drag(page, STRENGTHS.index(5.0))
    let_go(page)
    expect(table).to_contain_text("λ = 5", timeout=PATIENCE)
    expect(table).not_to_contain_text("λ = 0.5", timeout=PATIENCE)
    assert says(page) == "λ = 5"


def test_the_bar_stays_in_sight(context, server):
    page = opened(context, server)
    page.locator("[data-testid=stVegaLiteChart]").nth(3).scroll_into_view_if_needed()
    expect(page.locator(SLIDER)).to_be_in_viewport()
    changes(page, lambda: drag(page, 3), [LOSS, SWEEP, COEFFICIENTS, NORMS])
