"""Labs with a bar in a real browser. Every wait is for a condition."""

from urllib.parse import parse_qs, urlparse

import pytest

from regdemo.app.dropout import controls as dropout
from regdemo.app.weight_decay.controls import HAND, LAB, STRENGTHS
from tests.helpers.browser import IDLE, PATIENCE, PHONE, sent_by, settled, watched

pytestmark = pytest.mark.browser
SLIDER = ".regdemo-bar .hand input"
MARKS = """() => [...document.querySelectorAll('[data-testid=stVegaLiteChart] svg.marks')].map(svg =>
    [...svg.querySelectorAll('.role-mark :is(path, line, rect, text)')].map(e => e.outerHTML).join(' '))"""
LOWEST = "n => [...document.querySelectorAll('[data-testid=stVegaLiteChart]')].slice(0, n).map(e => e.getBoundingClientRect().bottom)"


OPENED = [(f"/weight_decay?lab={LAB.text(lab)}", 2, len(STRENGTHS)) for lab in LAB.options[1:]]
OPENED.append(("/dropout?lab=all rates&steps=400", 4, len(dropout.RATE.options)))
OPENED.append(("/dropout?lab=batch norm&epochs=5", 2, len(dropout.STRENGTH.options)))
OPENED.append(("/dropout?lab=decay", 2, len(dropout.ETA.options)))


def test_each_lab_has_bar_and_charts_on_one_screen_and_its_hand_moves_both_charts_without_the_server(context, server):
    page = context.new_page()
    page.set_viewport_size({"width": 1280, "height": 720})
    errors, sent = watched(page), sent_by(page)
    for lab, charts, places in OPENED:
        page.goto(f"{server.url}{lab}")
        settled(page, charts)
        assert max(page.evaluate(LOWEST, 2)) <= 720, lab
        lead, asked, before = page.locator(".regdemo-bar .lead").inner_text(), len(sent), page.evaluate(MARKS)
        for k in (4, 0, places - 1):
            page.locator(SLIDER).evaluate("(e, v) => { e.value = v; e.dispatchEvent(new Event('input', {bubbles: true})) }", k)
            page.wait_for_function(f"before => ({MARKS})().every((now, i) => now !== before[i])", arg=before, timeout=PATIENCE)
            before = page.evaluate(MARKS)
        assert page.locator(".regdemo-bar .lead").inner_text() != lead
        assert page.evaluate(IDLE)
        assert len(sent) == asked, lab
        page.set_viewport_size(PHONE)
        page.wait_for_function(f"({LOWEST})(1)[0] <= {PHONE['height']}", timeout=PATIENCE)
        page.set_viewport_size({"width": 1280, "height": 720})
    assert not {HAND.name, dropout.RATE.name} & set(parse_qs(urlparse(page.url).query))
    assert errors == []
