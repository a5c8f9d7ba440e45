"""The dropout page as a student meets it: a real server, a real browser. Every wait is for a condition."""

import re

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.helpers.browser import (
    DRAWN,
    IDLE,
    PATIENCE,
    PHONE,
    WIDE,
    awaited,
    figures,
    picture,
    sent_by,
    settled,
    visit,
    watched,
)

pytestmark = pytest.mark.browser

DIGITS = "/dropout?lab=images&dataset=digits&n_train=100&epochs=2&width=32"
LONG = "/dropout?lab=images&dataset=digits&n_train=60000&epochs=100&width=512&batch_size=16"  # minutes: it is never waited for
LABS = {"bench": ("/dropout?lab=bench", 3), "curve": ("/dropout?lab=curve&steps=400", 2), "images": (DIGITS, 5)}
LEARNING = "[data-testid=stVegaLiteChart][aria-label^='Loss while training']"


def stop_button(page: Page) -> Locator:
    """The page's own: Streamlit has another one in its header."""
    return page.get_by_test_id("stMainBlockContainer").get_by_role("button", name="Stop", exact=True)


@pytest.mark.parametrize("lab", LABS)
def test_each_lab_draws_its_charts_in_colour_on_a_wide_screen_and_on_a_phone(context, server, lab):
    link, charts = LABS[lab]
    for size in (WIDE, PHONE):
        page = context.new_page()
        page.set_viewport_size(size)
        errors = watched(page)
        page.goto(server.url + link)
        settled(page, charts)
        assert (np.ptp(picture(page), axis=2) > 60).sum() > 300
        page.wait_for_function(
            "() => { const m = document.querySelector('[data-testid=stMain]'); return m.scrollWidth <= m.clientWidth }",
            timeout=PATIENCE,
        )
        assert errors == []
        page.close()


def test_labs_are_changed_on_the_page_and_back_again_with_the_settings_as_they_were(context, server):
    def change(lab: str) -> None:
        page.get_by_role("radio", name=lab).or_(page.get_by_role("button", name=lab)).first.click()

    page = visit(context, server, DIGITS, 5)
    errors = watched(page)
    before = figures(page)
    change("mask demo")
    page.wait_for_url(lambda url: "lab=" not in url, timeout=PATIENCE)
    settled(page, 3)
    change("images")
    assert awaited(page, before) == before
    assert page.locator("[data-testid=stAlert], [data-testid=stException]").count() == 0
    assert errors == []


NETWORK = "document.querySelector('[data-testid=stVegaLiteChart] svg.marks').innerHTML"


@pytest.mark.parametrize(("slider", "value"), [("dropout rate p", 0), ("mask", 4)])
def test_the_drawn_network_follows_the_hand_without_asking_the_server(context, server, slider, value):
    page = context.new_page()
    sent = sent_by(page)
    page.goto(server.url + "/dropout")
    settled(page, 3)
    before, asked = page.evaluate(NETWORK), len(sent)
    page.get_by_role("slider", name=slider, exact=True).evaluate(
        "(e, v) => { e.value = v; e.dispatchEvent(new Event('input', {bubbles: true})) }", value
    )
    page.wait_for_function(f"before => {NETWORK} !== before", arg=before, timeout=PATIENCE)
    assert page.evaluate(IDLE)
    assert len(sent) == asked


def test_when_the_hand_lets_go_of_the_rate_the_address_and_what_is_said_follow(context, server):
    page = visit(context, server, "/dropout", 3)
    page.get_by_role("slider", name="dropout rate p", exact=True).focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_url(re.compile(r"[?&]p=0\.6\b"), timeout=PATIENCE)
    expect(page.get_by_text(re.compile(r"^The last of 100 masks at p = 0\.6 drops"))).to_have_count(1, timeout=PATIENCE)
    expect(page.get_by_text("At p = 0.6 a mask drops 9.6 of 16 hidden units")).to_be_visible()


def test_masks_play_one_after_the_other(context, server):
    page = visit(context, server, "/dropout?draws=10", 3)
    seen = page.evaluate(NETWORK)
    page.get_by_role("button", name="play mask after mask").click()
    for _ in range(2):
        page.wait_for_function(f"seen => {NETWORK} !== seen", arg=seen, timeout=PATIENCE)
        seen = page.evaluate(NETWORK)


def test_a_control_moved_while_training_ends_the_old_run_and_trains_the_new_one(context, server):
    page = visit(context, server, LONG)
    page.wait_for_selector(LEARNING, timeout=PATIENCE)
    expect(stop_button(page)).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_text(re.compile(r"Epoch \d+\.\d of 100"))).to_be_visible(timeout=PATIENCE)
    page.get_by_role("slider", name="epochs").focus()
    page.keyboard.press("Home")
    page.wait_for_url(re.compile(r"epochs=1\b"), timeout=PATIENCE)
    page.get_by_role("slider", name="training images").focus()
    page.keyboard.press("Home")
    page.wait_for_url(re.compile(r"n_train=10\b"), timeout=PATIENCE)
    settled(page, 5)
    expect(page.get_by_text("Loss over 1 epoch.")).to_have_count(1)
    expect(stop_button(page)).to_have_count(0)


def test_a_stopped_run_stays_on_the_page_as_far_as_it_came(context, server):
    page = visit(context, server, LONG + "&seed=1")
    page.wait_for_selector(LEARNING, timeout=PATIENCE)
    stop_button(page).click()
    expect(page.get_by_text(re.compile(r"Stopped at epoch \d+\."))).to_be_visible(timeout=PATIENCE)
    settled(page, 4)  # no averaging of half a network
    expect(page.get_by_role("button", name="Train from the start")).to_be_visible()


def test_a_second_session_waits_its_turn_and_gets_it_when_the_first_closes_the_page(context, server):
    first = visit(context, server, LONG + "&seed=2")
    expect(first.get_by_text(re.compile(r"Epoch \d+\.\d of 100"))).to_be_visible(timeout=PATIENCE)
    second = visit(context, server, LONG + "&seed=3")  # a shorter one would pass
    expect(second.get_by_text("Waiting: 1 training is ahead of yours.")).to_be_visible(timeout=PATIENCE)
    elsewhere = visit(context, server, "/weight_decay?epochs=5", 4)  # the regression pages never wait
    elsewhere.close()
    first.close()
    expect(second.get_by_text(re.compile(r"Epoch \d+\.\d of 100"))).to_be_visible(timeout=PATIENCE)
    expect(second.get_by_text(re.compile("^Waiting"))).to_have_count(0)


def test_a_finished_run_is_there_at_once_for_the_next_session_even_while_another_trains(context, server):
    link = DIGITS + "&seed=4"
    done = visit(context, server, link, 5)
    before = figures(done)
    busy = visit(context, server, LONG + "&seed=5")
    expect(busy.get_by_text(re.compile(r"Epoch \d+\.\d of 100"))).to_be_visible(timeout=PATIENCE)
    joined = visit(context, server, link, 5)
    assert awaited(joined, before) == before
    assert busy.evaluate(f"!({IDLE})()")  # still at it
    assert not busy.evaluate(f"({DRAWN})(5)")
    busy.close()
