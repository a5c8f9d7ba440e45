"""Links and pinned runs in a real browser: every control there and back, views that hold, ghosts that are drawn."""

import re
from urllib.parse import parse_qs, quote, urlparse

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from regdemo.app.links import LINK_VERSION
from regdemo.app.sparsity import controls as sparsity
from tests.helpers.browser import (
    CHARTS,
    IDLE,
    PATIENCE,
    WIDE,
    Server,
    awaited,
    changed,
    figures,
    forget,
    link_of,
    settled,
    visit,
    watched,
)
from tests.helpers.links import CONTROLS, FULL, HANDS, L1_VS_L2

pytestmark = pytest.mark.browser

V = str(LINK_VERSION)
PATHS = {page: f"/{page[6:-3]}" for page in CONTROLS}
QUICK = "/weight_decay?n_features=5&epochs=5&seeds=2"
RESTING = {L1_VS_L2: sparsity.resting(FULL["L1 versus L2"][1]["source"])}  # in the link, and out of sight
SWEEP = ".st-key-app-sweep svg.marks"
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


# nothing is left of an earlier drawing, and nothing is still on its way
WHOLE = "() => !document.querySelector('[data-stale=true], [data-testid=stSkeleton]')"
CELLS = "all => all.map(r => [...r.children].slice(0, 6).map(c => c.textContent))"  # columns further right are drawn on demand
NAMED = """i => [...document.querySelectorAll('[data-testid=stVegaLiteChart]')[i].querySelectorAll('svg.marks text')]
    .some(t => ['pin 1', '1'].includes(t.textContent))"""


def unfolded(page: Page, id: str) -> Locator:
    """A panel of the page, opened if it is closed, with all that stands in it."""
    panel = page.locator(f".st-key-panel-{id}")
    if panel.locator("details").get_attribute("open", timeout=PATIENCE) is None:
        panel.locator("summary").click()
    page.wait_for_function(
        "id => document.querySelector(`.st-key-panel-${id} details[open] [data-testid=stElementContainer]`)",
        arg=id,
        timeout=PATIENCE,
    )
    page.wait_for_function(IDLE, timeout=PATIENCE)
    return panel


def by_hand(page: Page) -> str:
    """The number at which the bar's hand stands."""
    return re.findall(r"[\d.]+", page.locator(".regdemo-bar .hand output").inner_text())[0]


def address(page: Page) -> str:
    """The link that “Take it with you” shows; the panel is open afterwards."""
    unfolded(page, "take")
    return page.locator("[data-testid=stCode]", has_text="?v=").first.inner_text().strip()


def parameters(link: str) -> dict[str, list[str]]:
    return parse_qs(urlparse(link).query)


def opened_anew(context: BrowserContext, server: Server, link: str, charts: int) -> Page:
    """As by someone who has nothing but the link."""
    forget(context)
    parts = urlparse(link)
    return visit(context, server, f"{parts.path}?{parts.query}", charts)


def written(case: str) -> str:
    page, link = FULL[case]
    return f"{PATHS[page]}?v={V}&" + "&".join(f"{name}={text}" for name, text in link.items())


@pytest.mark.parametrize("case", FULL)
def test_a_link_that_sets_every_control_is_what_the_page_shows_and_its_own_link_opens_the_same_figures(case, context, server):
    page_file, link = FULL[case]
    page = visit(context, server, written(case))
    errors = watched(page)
    page.wait_for_selector("[data-testid=stVegaLiteChart]", timeout=PATIENCE)
    page.wait_for_function(IDLE, timeout=PATIENCE)
    page.wait_for_function(WHOLE, timeout=PATIENCE)
    charts = page.locator("[data-testid=stVegaLiteChart]").count()
    settled(page, charts)
    if page.get_by_text("More", exact=True).count():
        page.get_by_text("More", exact=True).first.click()
    if case == "paper":
        unfolded(page, "figure_sparsity")
        page.wait_for_selector(".st-key-paper_activity", timeout=PATIENCE)
    assert page.get_by_text("Ignored from the link").count() == 0
    for control in CONTROLS[page_file]:
        if control.name in link and control.name not in RESTING.get(page_file, ()):
            at = by_hand(page) if control in HANDS.values() else page.evaluate(SHOWN, control.name)
            assert at == link[control.name], control.name
    assert {n: v[0] for n, v in link_of(page).items()} == {"v": V, **link}
    mine = address(page)
    assert {n: v[0] for n, v in parameters(mine).items()} == {"v": V, **link}
    assert mine.startswith(server.url + PATHS[page_file])
    assert not re.search(r"%(?!20)", mine), "readable"
    again = opened_anew(context, server, mine, charts)
    assert address(again) == mine
    if again.get_by_text("More", exact=True).count():
        again.get_by_text("More", exact=True).first.click()
    for id in ("numbers", "figures", "figure_sparsity"):
        if page.locator(f".st-key-panel-{id}").count():
            unfolded(page, id)
            unfolded(again, id)
    before = figures(page)
    assert awaited(again, before) == before
    assert errors == []


def test_pins_a_view_and_large_text_travel_with_the_link(context, server):
    link = QUICK + f"&lam=2&lr=0.02&hide=lr,noise&lock=lam&text=large&pin={V}~lam~1{PIN}&pin={V}~n_train~10{PIN}"
    page = visit(context, server, link, 4)
    for name in ("pin 1", "pin 2"):
        for i in range(4):
            expect(page.locator("[data-testid=stVegaLiteChart]").nth(i).locator("svg.marks")).to_contain_text(name)
    assert page.evaluate("getComputedStyle(document.documentElement).fontSize") == "20.8px"
    assert page.locator(".st-key-lr, .st-key-noise").count() == 0
    mine = address(page)
    assert parameters(mine) == {"v": [V]} | parameters(link)
    again = opened_anew(context, server, mine, 4)
    assert address(again) == mine
    before = figures(page)
    assert awaited(again, before) == before
    tables = [p.locator("[data-testid=stDataFrame] table tr") for p in (page, again)]
    for rows in tables:
        expect(rows).to_have_count(4, timeout=PATIENCE)
    cells = [rows.evaluate_all(CELLS) for rows in tables]
    assert cells[0] == cells[1]
    assert again.locator(".st-key-lr, .st-key-noise").count() == 0
    assert again.evaluate("getComputedStyle(document.documentElement).fontSize") == "20.8px"


def test_a_run_is_pinned_by_its_button_drawn_in_every_chart_and_there_after_a_reload(context, server):
    page = visit(context, server, QUICK, 4)
    errors = watched(page)
    page.get_by_role("button", name="Pin this run").click()
    expect(page.get_by_text("Pinned runs", exact=True)).to_be_visible(timeout=PATIENCE)
    page.wait_for_url(re.compile(r"[?&]pin="), timeout=PATIENCE)
    settled(page, 4)
    before = figures(page)
    page.get_by_role("slider", name="strength λ").focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_url(re.compile(r"[?&]lam=0\.7\b"), timeout=PATIENCE)
    changed(page, before, 4)
    charts = page.locator("[data-testid=stVegaLiteChart]")
    for i in range(4):
        expect(charts.nth(i).locator("svg.marks")).to_contain_text("pin 1", timeout=PATIENCE)
    before, kept = figures(page), link_of(page)
    assert kept["pin"] == [f"{V}{PIN}"]
    page.reload()
    assert awaited(page, before) == before
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
        (f"/dropout?lab=images&dataset=digits&n_train=100&epochs=2&width=32&pin={V}~lab~images~dataset~digits~p1~0.2~n_train~100~epochs~2"
         "~width~32", 5),
        (f"/dropout?lab=curve&steps=400&curve_seeds=4&pin={V}~lab~curve~p_second~0.2~steps~400", 3),
        (f"/dropout?lab=bench&pin={V}~lab~bench~p~0.2", 3),
    ],
    ids=["L1 versus L2", "images", "curve", "bench"],
)  # fmt: skip
def test_a_pin_is_drawn_in_every_chart_of_the_other_pages(link, charts, context, server):
    page = context.new_page()
    errors = watched(page)
    page.goto(server.url + link)
    if "l1_vs_l2" in link:
        settled(page, charts - 1)
        unfolded(page, "choosing")
    settled(page, charts)
    for i in range(charts - 1 if "bench" in link else 0, charts):  # the bench's pictures of one mask show no other run
        page.wait_for_function(NAMED, arg=i, timeout=PATIENCE)
    assert errors == []


def thumb(page: Page, name: str) -> Locator:
    return page.get_by_role("slider", name=name)


def test_what_is_locked_is_moved_by_neither_keyboard_nor_mouse_nor_a_click_in_a_chart(context, server):
    page = visit(context, server, QUICK + "&lam=2&lock=lam,n_train,seed&hide=lr", 4)
    page.get_by_text("More", exact=True).first.click()
    expect(page.get_by_text("Repeats", exact=True)).to_be_visible()  # the panel's captions count among the figures
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
    expect(page.get_by_role("button", name="New random seed")).to_be_disabled()
    chart = page.locator(SWEEP).first
    chart.scroll_into_view_if_needed()
    area = chart.bounding_box()
    assert area is not None
    chart.click(position={"x": area["width"] * 0.7, "y": area["height"] * 0.5})
    thumb(page, "noise σ").focus()  # what is free does move, so that all earlier steps have been answered by then
    page.keyboard.press("ArrowLeft")
    page.wait_for_url(re.compile(r"[?&]noise="), timeout=PATIENCE)
    settled(page, 4)
    page.keyboard.press("ArrowRight")
    page.wait_for_function("() => !location.search.includes('noise=')", timeout=PATIENCE)
    assert awaited(page, before) == before  # the address is ahead of the figures
    assert link_of(page)["lam"] == ["2"]
    assert "n_train" not in link_of(page)


def gone_to(page: Page, label: str, path: str) -> None:
    """A click on a page's name, and that page."""
    page.locator("[data-testid=stSidebar]").get_by_role("link", name=label).click()
    page.wait_for_url(re.compile(path), timeout=PATIENCE)
    page.wait_for_function("label => document.title.startsWith(label)", arg=label, timeout=PATIENCE)
    settled(page, CHARTS[path])


def test_a_page_is_found_as_it_was_left_with_its_view_and_after_a_reload_there(context, server):
    page = visit(context, server, QUICK + "&lam=2&lr=0.02&lock=lam&hide=lr", 4)
    opened = figures(page)
    gone_to(page, "L1 versus L2", "/l1_vs_l2")
    assert link_of(page) == {}
    expect(page.locator(".st-key-lr")).to_have_count(1)
    gone_to(page, "Weight decay", "/weight_decay")
    assert awaited(page, opened) == opened
    expect(page.locator(".st-key-lr")).to_have_count(0)
    expect(thumb(page, "strength λ")).to_have_attribute("aria-valuetext", "λ = 2")
    held = parameters(QUICK) | {"v": [V], "lam": ["2"], "lr": ["0.02"], "hide": ["lr"], "lock": ["lam"]}
    assert parameters(address(page)) == held
    assert link_of(page) == held
    thumb(page, "noise σ").focus()
    page.keyboard.press("ArrowLeft")
    page.wait_for_url(re.compile(r"[?&]noise="), timeout=PATIENCE)
    before = changed(page, opened, 4)
    assert link_of(page) == held | {"noise": ["0.5"]}
    page.reload()
    assert awaited(page, before) == before
    expect(page.locator(".st-key-lr")).to_have_count(0)
    expect(thumb(page, "strength λ")).to_be_disabled()


@pytest.mark.parametrize("link", ["/weight_decay?ask=6", "/dropout?lab=bench&ask=9"])
def test_a_question_that_a_link_asks_is_open_and_in_sight_until_the_reader_goes_on(link, context, server):
    page = context.new_page()
    errors = watched(page)
    page.goto(server.url + link)
    settled(page, 4 if "weight" in link else 3)
    place = f".st-key-question_{link[-1]}"
    box = f"() => document.querySelector('{place}')?.getBoundingClientRect()"
    in_sight = f"() => {{ const at = ({box})(); return at?.top >= 0 && at.bottom <= innerHeight }}"
    page.wait_for_function(in_sight, timeout=PATIENCE)
    expect(page.locator(place).get_by_role("button", name="Just show me")).to_be_visible()
    page.mouse.move(WIDE["width"] / 2, WIDE["height"] / 2)
    page.mouse.wheel(0, -10_000)  # the reader goes elsewhere, and is left there
    page.wait_for_function(f"() => ({box})().top > innerHeight", timeout=PATIENCE)
    before = figures(page)
    page.locator("[data-testid=stSidebar] [role=slider], [data-testid=stSidebar] input[type=range]").first.focus()
    page.keyboard.press("ArrowLeft")
    changed(page, before, 4 if "weight" in link else 3)
    assert not page.evaluate(in_sight)
    assert errors == []


def test_an_exercise_opens_with_its_task_on_top(context, server):
    page = visit(context, server, "/", CHARTS["/"])
    page.get_by_text("The textbook’s exercises", exact=True).click()
    page.get_by_role("link", name="Find the best λ").click()
    page.wait_for_url(re.compile("/weight_decay.*exercise=best-lambda"), timeout=PATIENCE)
    expect(page.get_by_text("What to look for.")).to_be_visible(timeout=PATIENCE)
    settled(page, 4)
    assert link_of(page)["lam"] == ["0"]
    page.get_by_role("button", name="Close the exercise").click()
    expect(page.get_by_text("What to look for.")).to_have_count(0, timeout=PATIENCE)
    page.wait_for_function("() => !location.search.includes('exercise=')", timeout=PATIENCE)


def test_what_a_link_holds_is_shown_in_the_box_letter_by_letter(context, server):
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    odd = "`` ![x](https://example.org/x.png) $a$ :red[b] <b>c</b>"
    page.goto(server.url + QUICK + f"&lam={quote(odd)}&noise={quote('www.example.org [y](javascript:1)')}")
    settled(page, 4)
    box = page.locator("[data-testid=stAlert]")
    expect(box).to_have_count(1)
    expect(box).to_contain_text(f"lam = {odd} (not on this control)")
    expect(box).to_contain_text("noise = www.example.org [y](javascript:1) (not on this control)")
    assert box.locator("a, img, b, .katex").count() == 0
    assert not [url for url in asked if not url.startswith((server.url, "data:", "blob:"))]


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
    lines = page.locator("[data-testid=stAlert] li").all_inner_texts()
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
