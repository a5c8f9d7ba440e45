"""Charts by their specs, and each drawn once to PNG from real runs. LOOK=folder keeps the pictures for a human eye."""

import json
import re
from dataclasses import replace
from functools import cache, partial
from html import unescape
from typing import Any

import numpy as np
import pandas as pd
import pytest
import vl_convert

from regdemo import LinearConfig, LinearResult, train_linear
from regdemo.app.drawing import Drawn, Rows, narrow
from regdemo.charts import overview as overview_charts
from regdemo.charts import theme
from regdemo.charts import weight_decay as weight_decay_charts
from regdemo.charts.overlays import in_words, with_words
from regdemo.core.linear.exact import ridge
from regdemo.core.linear.polynomial import polynomial_fits
from regdemo.frames import overview as overview_frames
from regdemo.frames import summaries
from regdemo.frames import weight_decay as weight_decay_frames
from regdemo.frames.summaries import CHOSEN, PLAIN
from regdemo.frames.weight_decay import EVERY
from tests.helpers.pixels import colours, picture, pixels

STRENGTHS = (0.0, 0.01, 0.1, 1.0, 10.0)
RUN = LinearConfig(
    n_train=6, n_validation=30, n_test=40, n_features=20, n_informative=20, coefficient=0.3, noise=0.1, lr=0.01,
    strengths=STRENGTHS, seeds=4, epochs=40,
)  # fmt: skip
EDGES = {  # settings at the edge of the controls
    "a usual run": RUN,
    "two examples": replace(RUN, n_train=2),
    "one of everything": replace(RUN, seeds=1, n_train=2, n_features=1, n_informative=1, epochs=1),
    "nothing to learn": replace(RUN, noise=0.0, coefficient=0.0, intercept=0.0, init_scale=0.0),
    "all diverged": replace(RUN, lr=10.0),
    "exact zeros": replace(RUN, penalty="l1", solver="proximal"),
}
COLUMNS = {
    weight_decay_charts.loss: ("kind", "run", "curve", "epoch", "low", "mid", "high", "k", "lam"),
    weight_decay_charts.histogram: ("kind", "run", "k", "epoch", "left", "right", "share"),
    weight_decay_charts.norms: ("run", "k", "part", "epoch", "norm"),
    weight_decay_charts.validation_curve: ("kind", "split", "k", "strength", "place", "low", "mid", "high"),
    overview_charts.polynomial: ("kind", "k", "x", "y"),
}


def spec(chart, **options) -> dict:
    """The spec of a chart of no rows: all that the page keeps of it."""
    return chart(pd.DataFrame(columns=list(COLUMNS[chart])), **options).to_dict()


def encodings(made: dict, channel: str) -> list[dict]:
    return [layer["encoding"][channel] for layer in made["layer"] if channel in layer["encoding"]]


def scales(made: dict, channel: str) -> set[str]:
    return {e["scale"].get("type", "linear") for e in encodings(made, channel) if "scale" in e}


def titles(made: dict, channel: str) -> set[str]:
    """Every title that any layer gives an axis."""
    found = [e.get("title", (e.get("axis") or {}).get("title")) for e in encodings(made, channel)]
    return {t for t in found if t}


def ranges(made: dict) -> dict[str, dict]:
    return {p["name"]: p for p in made.get("params", []) if "bind" in p}


@pytest.mark.parametrize("chart", COLUMNS)
def test_a_chart_of_no_rows_holds_no_data_and_says_how_tall_it_is(chart):
    made = spec(chart)
    assert not any(made.get("datasets", {}).values())
    assert "values" not in made.get("data", {})
    assert not [layer for layer in made["layer"] if "data" in layer]
    assert made["height"] == theme.HEIGHT


@pytest.mark.parametrize("chart", COLUMNS)
def test_every_field_that_a_chart_draws_is_a_column_of_its_rows_or_made_in_the_chart(chart):
    made = spec(chart)
    for layer in made["layer"]:
        own = {t["as"] for t in layer.get("transform", []) if isinstance(t.get("as"), str)}
        own |= {a["as"] for t in layer.get("transform", []) for kind in ("aggregate", "joinaggregate") for a in t.get(kind, [])}
        own |= {name for t in layer.get("transform", []) if "fold" in t for name in t.get("as", ("key", "value"))}
        for channel in layer["encoding"].values():
            for e in channel if isinstance(channel, list) else [channel]:
                assert "field" not in e or e["field"] in {*COLUMNS[chart], *own}


@pytest.mark.parametrize(
    ("chart", "x", "y"),
    [
        (weight_decay_charts.loss, "charts.epoch", "charts.loss"),
        (weight_decay_charts.histogram, "charts.coefficient", "charts.coefficients"),
        (weight_decay_charts.norms, "charts.epoch", "charts.norm"),
        (weight_decay_charts.validation_curve, "charts.strength", "charts.final_loss"),
        (overview_charts.polynomial, "x", "y"),
    ],
)
def test_axes_say_what_they_measure(chart, x, y):
    assert titles(spec(chart), "x") == {x}
    assert titles(spec(chart), "y") == {y}


@pytest.mark.parametrize("chart", [c for c in COLUMNS if c is not overview_charts.polynomial])  # whose axes are x and y
def test_the_page_says_every_text_that_a_chart_names(chart):
    assert '"charts.' in json.dumps(spec(chart))
    assert '"charts.' not in json.dumps(Drawn(chart, pd.DataFrame(columns=list(COLUMNS[chart])), {}, "", "").spec())


@pytest.mark.parametrize("chart", [weight_decay_charts.loss, weight_decay_charts.validation_curve])
def test_the_loss_axis_is_logarithmic_or_linear_in_every_layer_alike(chart):
    assert scales(spec(chart, log=True), "y") == {"log"}
    assert scales(spec(chart, log=False), "y") == {"linear"}


def test_nothing_falls_below_the_stated_floor_and_without_one_nothing_is_clipped():
    result = trained("a usual run")
    for rows in (
        partial(weight_decay_frames.loss_rows, {PLAIN: (result, 0), CHOSEN: (result, None)}, ("test", "train")),
        partial(weight_decay_frames.validation_rows, result, None),
    ):
        free, high = rows(), float(rows()["mid"].median())
        for name in ("low", "mid", "high"):
            np.testing.assert_array_equal(rows(high)[name], np.maximum(free[name], high))


def test_coefficients_are_stretched_around_zero_or_linear():
    made = spec(weight_decay_charts.histogram, c=0.02)
    assert scales(made, "x") == {"symlog"}
    assert {e["scale"]["constant"] for e in encodings(made, "x") if "scale" in e} == {0.02}
    assert scales(spec(weight_decay_charts.histogram, linear=True), "x") == {"linear"}


LISTENING = {
    weight_decay_charts.loss: {"hand", "moment"},
    weight_decay_charts.histogram: {"hand", "moment"},
    weight_decay_charts.norms: {"hand", "moment"},
    weight_decay_charts.validation_curve: {"hand"},
    overview_charts.polynomial: {"hand"},
}


@pytest.mark.parametrize("chart", LISTENING)
def test_a_chart_listens_to_the_bar_and_has_no_control_of_its_own(chart):
    bound = ranges(spec(chart))
    assert bound.keys() == LISTENING[chart]
    for name, element, event in (("hand", "body", "hand"), ("moment", "html", "epoch")):
        if name in bound:
            assert bound[name]["bind"] == {"element": element, "event": event}


@pytest.mark.parametrize("chart", LISTENING)
def test_a_chart_is_the_same_at_every_strength(chart):
    """What is sent of a sweep does not depend on λ: the filters that choose a strength run in the browser."""
    filters = [t["filter"] for layer in spec(chart)["layer"] for t in layer.get("transform", []) if "filter" in t]
    shown = [json.dumps(opacity) for opacity in encodings(spec(chart), "opacity")]
    assert any(f"datum.k === {EVERY} || datum.k === hand" == f for f in filters) or any("datum.k === hand" in s for s in shown)


def test_lambda_0_has_its_tick_where_its_rows_are_once_they_have_travelled():
    zero_at = 5e-4
    first, *_ = theme.strength_axis(zero_at).to_dict()["axis"]["values"]
    (travelled,) = narrow("place", np.array([zero_at]))
    assert float(travelled) <= first == pytest.approx(zero_at, rel=1e-5)


def test_a_click_in_the_sweep_picks_the_nearest_point_of_a_trained_curve():
    made = spec(weight_decay_charts.validation_curve)
    (pick,) = [p for p in made["params"] if "select" in p]
    assert pick["name"] == "pick"
    assert pick["select"].items() >= {"type": "point", "fields": ["strength"], "nearest": True}.items()
    assert len(pick["views"]) == 1


@pytest.mark.parametrize("chart", COLUMNS)
def test_colour_is_never_alone(chart):
    """Wherever colour tells apart more than one name, dash, shape or another mark says the same."""
    made = spec(chart)
    assert any(e.get("legend", {}) is not None for channel in ("color", "stroke") for e in encodings(made, channel))
    marks = {(m if isinstance(m, str) else m["type"]) for m in (layer["mark"] for layer in made["layer"])}
    assert encodings(made, "strokeDash") or encodings(made, "shape") or {"rect", "rule"} <= marks


@pytest.mark.parametrize("chart", [weight_decay_charts.loss, weight_decay_charts.norms, weight_decay_charts.validation_curve])
def test_lines_are_told_apart_by_dash_or_shape_as_well(chart):
    made = spec(chart)
    scale = (encodings(made, "strokeDash") or encodings(made, "shape"))[0]["scale"]
    assert len({str(r) for r in scale["range"]}) == len(scale["domain"])


@pytest.mark.parametrize(
    "chart",
    [weight_decay_charts.loss, weight_decay_charts.histogram, weight_decay_charts.norms, weight_decay_charts.validation_curve],
)
def test_tooltips_give_where_and_how_much(chart):
    wanted = {
        weight_decay_charts.loss: {"epoch", "lam", "mid", "low", "high"},
        weight_decay_charts.histogram: {"epoch", "left", "right", "share"},
        weight_decay_charts.norms: {"part", "epoch", "norm"},
        weight_decay_charts.validation_curve: {"strength", "mid", "low", "high"},
    }[chart]
    shown = [{t["field"] for t in tip} for tip in encodings(spec(chart), "tooltip")]
    assert any(wanted <= fields for fields in shown)


def test_the_colours_of_runs_do_not_depend_on_which_runs_are_drawn():
    def colours(*runs: str) -> dict[str, str]:
        scale = encodings(spec(weight_decay_charts.loss, runs=runs), "color")[0]["scale"]
        return dict(zip(scale["domain"], scale["range"], strict=True))

    assert colours(CHOSEN)[CHOSEN] == colours(PLAIN, CHOSEN)[CHOSEN] == theme.BLUE
    assert colours(PLAIN, CHOSEN)[PLAIN] == theme.ORANGE


@pytest.mark.parametrize("chart", [c for c in COLUMNS if c is not overview_charts.polynomial], ids=lambda c: c.__name__)
def test_words_for_ids_are_read_on_a_chart_and_change_nothing_else_of_it(chart):
    words = {id: f"it's “{id.upper()}”" for id in (PLAIN, CHOSEN, *theme.DASHES, *weight_decay_frames.NORMS)}
    made = drawn(chart, "a usual run")
    (name, rows), *_ = made["datasets"].items()
    seen = in_words(pd.DataFrame(rows), words)
    said = with_words(made, words) | {"datasets": {name: seen.to_dict("records")}}
    plain, worded = (unescape(vl_convert.vegalite_to_svg(m)) for m in (made, said))
    read = {word for id, word in words.items() if f">{id}<" in plain}
    assert len(read) >= 2
    assert all(f">{word}<" in worded for word in read)
    assert not [id for id in words if f">{id}<" in worded]
    for mark in ("mark-line", "mark-area", "mark-rect", "mark-symbol", "mark-rule"):
        drawn_marks = [re.findall(rf'class="{mark} [^"]*"[^>]*>(.*?)</g>', svg, re.S) for svg in (plain, worded)]
        assert [m.count("<path") for m in drawn_marks[0]] == [m.count("<path") for m in drawn_marks[1]], mark
    assert made == drawn(chart, "a usual run")


@cache
def trained(name: str) -> LinearResult:
    return train_linear(EDGES[name], device="cpu")


def still(chart, rows: pd.DataFrame, hand: int, moment: int, **options) -> dict:
    """A chart as a download holds it, with the bar at a place."""
    return Drawn(chart, rows, options, "", "", at={"hand": hand, "moment": moment}).spec()


def drawn(chart, name: str, hand: int = 3, moment: int | None = None, **options) -> Any:
    """A chart of a finished run as the page draws it."""
    result, at = trained(name), {"hand": hand, "moment": EDGES[name].epochs if moment is None else moment}
    runs = {PLAIN: (result, 0), CHOSEN: (result, None)}
    floor = summaries.baselines(result).log_floor
    if chart is weight_decay_charts.loss:
        curves = ("test", "train", "penalty", "total")
        return still(chart, weight_decay_frames.loss_rows(runs, curves, floor), **at, curves=curves, **options)
    if chart is weight_decay_charts.histogram:
        rows, c = weight_decay_frames.histogram_rows(runs)
        return still(chart, rows, **at, c=c, **options)
    if chart is weight_decay_charts.norms:
        return still(chart, weight_decay_frames.norms_drawn(weight_decay_frames.norm_rows(runs)), **at, **options)
    if chart is weight_decay_charts.validation_curve:
        rows = weight_decay_frames.validation_rows(result, ridge(result.data, result.lam), floor)
        return still(chart, rows, **at, zero_at=summaries.zero_place(STRENGTHS), **options)
    return still(chart, overview_frames.polynomial_rows(polynomial_fits(0)), **at)


@pytest.mark.parametrize("chart", COLUMNS, ids=lambda c: c.__name__)
def test_a_usual_run_draws_its_curves_in_their_colours(chart):
    image = picture(drawn(chart, "a usual run"), chart.__name__)
    see_through = "#72afd3"  # blue at the histogram's opacity, on white
    wanted = {
        weight_decay_charts.validation_curve: (theme.BLUE, theme.GREY),
        weight_decay_charts.histogram: (theme.ORANGE, see_through),
        overview_charts.polynomial: (theme.BLUE, theme.GREY),
    }.get(chart, (theme.ORANGE, theme.BLUE))
    for colour in wanted:
        assert pixels(image, colour) > 150  # the legend alone has fewer


@pytest.mark.parametrize("chart", LISTENING, ids=lambda c: c.__name__)
def test_the_place_of_the_bar_decides_which_strength_is_drawn(chart):
    pictures = [picture(drawn(chart, "a usual run", hand=hand), f"{chart.__name__} {hand}") for hand in (1, 4)]
    assert not np.array_equal(*pictures)


@pytest.mark.parametrize("chart", [c for c, bound in LISTENING.items() if "moment" in bound], ids=lambda c: c.__name__)
def test_the_moment_of_the_film_decides_how_far_a_chart_has_come(chart):
    early, late = (picture(drawn(chart, "a usual run", moment=moment), f"{chart.__name__} at {moment}") for moment in (5, 40))
    if chart is not weight_decay_charts.histogram:
        half = early.shape[1] // 2
        inside = slice(60, -60)
        assert pixels(early[inside, half:-40], theme.BLUE) < 20 < pixels(late[inside, half:-40], theme.BLUE)
    assert not np.array_equal(early, late)


def test_a_strength_that_diverged_leaves_a_gap_in_the_validation_curve():
    result = trained("a usual run")
    gone = replace(result, diverged_at=np.where(np.arange(5) == 3, 7, result.diverged_at))
    rows = weight_decay_frames.validation_rows(gone, None)
    assert 3 not in set(rows.k[rows.kind == "trained"])


@pytest.mark.parametrize("chart", [weight_decay_charts.loss, weight_decay_charts.validation_curve], ids=lambda c: c.__name__)
def test_a_linear_axis_draws_too(chart):
    assert pixels(picture(drawn(chart, "a usual run", log=False), f"{chart.__name__} linear"), theme.BLUE) > 150


@pytest.mark.parametrize("name", [n for n in EDGES if n != "a usual run"])
@pytest.mark.parametrize("chart", [c for c in COLUMNS if c is not overview_charts.polynomial], ids=lambda c: c.__name__)
def test_settings_at_the_edge_still_draw_axes_and_something_on_them(chart, name):
    image = picture(drawn(chart, name), f"{chart.__name__} {name}")
    inside = image[28:-60, 72:]  # below the legend, without the axes
    assert colours(image) > 20
    assert (np.ptp(inside, axis=2) > 40).sum() + pixels(
        inside, theme.GREY, near=10
    ) > 20  # coloured, or the truth: no mere grid


def test_exact_zeros_stand_as_a_bar_at_zero():
    rows, _ = weight_decay_frames.histogram_rows({PLAIN: (trained("exact zeros"), 0), CHOSEN: (trained("exact zeros"), None)})
    end = rows.query("epoch == 40 and k == 3")
    assert end.query("kind == 'zero'").share.sum() > 0.3


def test_rows_travel_with_the_digits_that_are_seen_and_what_a_click_gives_back_with_all_of_them():
    rows = pd.DataFrame(
        {"share": [0.16, 0.3], "strength": [0.7, 0.1], "mid": [1 / 3, np.nan], "far": [1e300, 0.0], "k": [1, -1]}
    )
    table = Rows(rows).table({})
    assert [str(kind) for kind in table.schema.types] == ["double", "double", "float", "double", "int32"]
    back = table.to_pandas()
    np.testing.assert_array_equal(back[["share", "strength", "far", "k"]], rows[["share", "strength", "far", "k"]])
    np.testing.assert_allclose(back["mid"], rows["mid"], rtol=1e-7)


def test_words_travel_once_whether_rows_hold_them_as_texts_or_as_categories():
    texts = pd.DataFrame({"run": ["plain", "chosen", "plain", None], "feature": ["plain", "w1", "w2", "w1"]})
    for rows in (texts, texts.astype("category"), texts.astype(object)):
        table = Rows(rows).table({"plain": "λ = 0"})
        assert [str(kind) for kind in table.schema.types] == ["dictionary<values=string, indices=int8, ordered=0>"] * 2
        assert table.to_pydict() == {"run": ["λ = 0", "chosen", "λ = 0", None], "feature": ["plain", "w1", "w2", "w1"]}
    many = [f"w{i}" for i in range(200)]
    for rows in (pd.DataFrame({"run": many}), pd.DataFrame({"run": many}, dtype="category")):
        assert Rows(rows).table({"w0": "first"})["run"].to_pylist() == ["first", *many[1:]]
