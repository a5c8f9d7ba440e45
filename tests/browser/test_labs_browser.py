"""The labs of the weight-decay page in a real browser. Every wait is for a condition."""

import pytest

from regdemo.app.weight_decay.controls import HAND, LAB, STRENGTHS
from tests.helpers.browser import IDLE, PATIENCE, PHONE, sent_by, settled, watched

pytestmark = pytest.mark.browser
SLIDER = ".regdemo-bar .hand input"
MARKS = """() => [...document.querySelectorAll('[data-testid=stVegaLiteChart] svg.marks')].map(svg =>
    [...svg.querySelectorAll('.role-mark :is(path, line, rect, text)')].map(e => e.outerHTML).join(' '))"""
LOWEST = "n => [...document.querySelectorAll('[data-testid=stVegaLiteChart]')].slice(0, n).map(e => e.getBoundingClientRect().bottom)"


def test_each_lab_has_bar_and_charts_on_one_screen_and_its_hand_moves_both_charts_without_the_server(browser, server):
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    page = context.new_page()
    errors, sent = watched(page), sent_by(page)
    for lab in LAB.options[1:]:
        page.goto(f"{server.url}/weight_decay?lab={LAB.text(lab)}")
        settled(page, 2)
        assert max(page.evaluate(LOWEST, 2)) <= 720, lab
        lead, asked, before = page.locator(".regdemo-bar .lead").inner_text(), len(sent), page.evaluate(MARKS)
        for k in (3, 0, len(STRENGTHS) - 1):
            page.locator(SLIDER).evaluate("(e, v) => { e.value = v; e.dispatchEvent(new Event('input', {bubbles: true})) }", k)
            page.wait_for_function(f"before => ({MARKS})().every((now, i) => now !== before[i])", arg=before, timeout=PATIENCE)
            before = page.evaluate(MARKS)
        assert page.locator(".regdemo-bar .lead").inner_text() != lead
        assert page.evaluate(IDLE)
        assert len(sent) == asked, lab
        page.set_viewport_size(PHONE)
        page.wait_for_function(f"({LOWEST})(1)[0] <= {PHONE['height']}", timeout=PATIENCE)
        page.set_viewport_size({"width": 1280, "height": 720})
    assert HAND.name not in page.url
    assert errors == []
    context.close()
