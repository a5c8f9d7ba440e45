"""Charts of the labs of the weight-decay page. Colour is never alone: dash or shape says the same."""

from typing import Any

import altair as alt
import pandas as pd

from regdemo.charts.theme import (
    AT_HAND,
    BLUE,
    DASHES,
    GREEN,
    GREY,
    HAND,
    HEIGHT,
    INK,
    MOMENT,
    ORANGE,
    PURPLE,
    ROOM,
    SKY,
    Chart,
    chosen,
    dash_legend,
    line_legend,
    scale_of,
    strength_axis,
    top_legend,
    where,
    y_axis,
)
from regdemo.frames.summaries import CHOSEN, PLAIN
from regdemo.frames.weight_decay_labs import (
    BEST,
    BIAS,
    DESCENT,
    FIT,
    LIMIT,
    MEAN,
    MEASURED,
    NOISE,
    RIDGE,
    TRUTH,
    VARIANCE,
)

WAYS = {RIDGE: BLUE, DESCENT: ORANGE}
SHAPES = {RIDGE: "circle", DESCENT: "square"}


def _now(base: alt.Chart, way: str, own_epoch: bool) -> alt.Chart:
    """Where a way stands: at the bar's λ and its equal, or descent at the film's epoch."""
    if own_epoch and way == DESCENT:
        return where(base, "epoch").transform_filter("datum.epoch === moment")
    return chosen(where(base, "at")).transform_filter(f"datum.run === '{way}'")


def freedom(rows: pd.DataFrame, *, own_epoch: bool = False, floor: float = 1e-8) -> Chart:
    """Losses of ridge and of stopped descent against their degrees of freedom (frames.freedom_rows), and where both stand."""
    base = alt.Chart(rows).transform_calculate(loss=f"max(datum.loss, {floor})")
    x = alt.X("freedom:Q", title="charts.freedom", scale=alt.Scale(nice=False), axis=alt.Axis(format="~g"))
    y = y_axis("loss", True, "charts.loss")
    colour = alt.Color("run:N", scale=scale_of(WAYS), legend=line_legend())
    dash = alt.StrokeDash("split:N", scale=scale_of(DASHES, "test", "train"), legend=dash_legend())
    tooltip = [
        alt.Tooltip("run:N", title="charts.run"),
        alt.Tooltip("split:N", title="charts.data"),
        alt.Tooltip("freedom:Q", title="charts.freedom", format=".3g"),
        alt.Tooltip("place:Q", title="charts.place", format=".3g"),
        alt.Tooltip("loss:Q", title="charts.loss", format=".3g"),
    ]
    line = where(base, "line")
    ridge, descent = (_now(base, way, own_epoch) for way in WAYS)
    return (
        alt.layer(
            line.mark_line(strokeWidth=2).encode(x, y, color=colour, strokeDash=dash),
            ridge.mark_rule(strokeWidth=1.5).encode(x, color=colour),
            descent.mark_rule(strokeWidth=1.5, strokeDash=[3, 3]).encode(x, color=colour),
            ridge.mark_point(shape=SHAPES[RIDGE], size=90, filled=True).encode(x, y, color=colour),
            descent.mark_point(shape=SHAPES[DESCENT], size=170, filled=False, strokeWidth=2).encode(x, y, color=colour),
            line.mark_point(size=60, opacity=0).encode(x, y, tooltip=tooltip),
        )
        .add_params(HAND, MOMENT)
        .properties(height=HEIGHT)
    )


def directions(rows: pd.DataFrame, *, reach: tuple[float, float] = (0.1, 10.0), own_epoch: bool = False) -> Chart:
    """What ridge and stopped descent keep of each direction (frames.direction_rows); `reach`: the least and the largest curvature.

    The axes do not wait for what the bar chooses: a chart that is built before it keeps its place.
    """
    base = alt.Chart(rows)
    scale = alt.Scale(type="log", domain=list(reach), nice=False, padding=6)
    x = alt.X("curvature:Q", title="charts.curvature", scale=scale, axis=alt.Axis(format="~g", tickCount=5))
    axis = alt.Axis(format="%", tickCount=5, **ROOM)
    y = alt.Y("kept:Q", title="charts.kept", scale=alt.Scale(domain=[0, 1]), axis=axis)
    colour = alt.Color("run:N", scale=scale_of(WAYS), legend=top_legend(symbolSize=120))
    shape = alt.Shape("run:N", scale=scale_of(SHAPES), legend=top_legend(symbolSize=120))
    tooltip = [
        alt.Tooltip("run:N", title="charts.run"),
        alt.Tooltip("curvature:Q", title="charts.curvature", format=".3g"),
        alt.Tooltip("kept:Q", title="charts.kept", format=".1%"),
    ]
    ridge, descent = (_now(base, way, own_epoch) for way in WAYS)
    return (
        alt.layer(
            ridge.mark_point(filled=True, size=45).encode(x, y, color=colour, shape=shape, tooltip=tooltip),
            descent.mark_point(filled=False, size=80, strokeWidth=1.6).encode(x, y, color=colour, shape=shape, tooltip=tooltip),
            ridge.mark_line(strokeWidth=1.2).encode(x, y, color=colour),
            descent.mark_line(strokeWidth=1.2, strokeDash=[4, 3]).encode(x, y, color=colour),
        )
        .add_params(HAND, MOMENT)
        .properties(height=HEIGHT)
    )


RUNS = {PLAIN: ORANGE, CHOSEN: BLUE, BEST: GREEN}


def double_descent(rows: pd.DataFrame, *, reach: tuple[float, float] = (0.1, 10.0)) -> Chart:
    """Test loss against p/n (frames.descent_rows), its limits dashed; `reach`: the lowest and the highest loss."""
    base = alt.Chart(rows)
    x = alt.X("ratio:Q", title="charts.ratio", scale=alt.Scale(domain=[0, 4]), axis=alt.Axis(format="~g", tickCount=8))
    y = y_axis("mid", True, "charts.loss")
    y["scale"] = alt.Scale(type="log", domain=list(reach), nice=False)
    colour = alt.Color("run:N", scale=scale_of(RUNS), legend=line_legend())
    dash = alt.StrokeDash("kind:N", scale=scale_of({MEASURED: [1, 0], LIMIT: [3, 3]}), legend=dash_legend())
    tooltip = [
        alt.Tooltip("run:N", title="charts.run"),
        alt.Tooltip("features:Q", title="p"),
        alt.Tooltip("ratio:Q", title="charts.ratio", format=".3g"),
        alt.Tooltip("mid:Q", title="charts.median", format=".3g"),
        alt.Tooltip("low:Q", title="charts.low", format=".3g"),
        alt.Tooltip("high:Q", title="charts.high", format=".3g"),
    ]
    now = chosen(base)
    measured = where(now, MEASURED)
    equal = alt.Chart(rows).transform_filter("datum.ratio === 1").transform_aggregate(ratio="mean(ratio)")
    return (
        alt.layer(
            equal.mark_rule(color=GREY, strokeDash=[2, 2]).encode(x),
            now.mark_line(strokeWidth=2, clip=True).encode(x, y, color=colour, strokeDash=dash),
            measured.mark_area(opacity=0.15, clip=True).encode(x, y=y_axis("low", True, ""), y2="high:Q", color=colour),
            measured.mark_point(size=50, opacity=0).encode(x, y, tooltip=tooltip),
        )
        .add_params(HAND)
        .properties(height=HEIGHT)
    )


PARTS = {"0": (SKY, [6, 3]), "1": (PURPLE, [1, 0]), "2": (GREY, [2, 2])}  # which p -> its colour and dash


def ridge(rows: pd.DataFrame, *, zero_at: float = 5e-4) -> Chart:
    """Test loss against λ at a few p (frames.ridge_rows), and where the bar stands."""
    base, x = alt.Chart(rows), strength_axis(zero_at)
    y = y_axis("mid", True, "charts.loss")
    colour = alt.Color("part:N", scale=scale_of({part: look[0] for part, look in PARTS.items()}), legend=line_legend())
    dash = alt.StrokeDash("part:N", scale=scale_of({part: look[1] for part, look in PARTS.items()}), legend=line_legend())
    tooltip = [
        alt.Tooltip("part:N", title="p"),
        alt.Tooltip("strength:Q", title="λ", format="~g"),
        alt.Tooltip("mid:Q", title="charts.median", format=".3g"),
        alt.Tooltip("low:Q", title="charts.low", format=".3g"),
        alt.Tooltip("high:Q", title="charts.high", format=".3g"),
    ]
    measured = where(base, MEASURED)
    return (
        alt.layer(
            measured.mark_line(strokeWidth=2).encode(x, y, color=colour, strokeDash=dash),
            measured.mark_area(opacity=0.15).encode(x, y=y_axis("low", True, ""), y2="high:Q", color=colour),
            chosen(where(base, "cursor")).mark_rule(color=BLUE, strokeWidth=2).encode(x),
            measured.mark_point(size=40, opacity=0).encode(x, y, tooltip=tooltip),
        )
        .add_params(HAND)
        .properties(height=HEIGHT)
    )


LINES = {FIT: ORANGE, MEAN: BLUE, TRUTH: INK}  # what scatters is variance, what is off is bias
AREAS = {NOISE: GREY, BIAS: BLUE, VARIANCE: ORANGE}


def many_fits(rows: pd.DataFrame, *, points: int = 2, far: float = 4.0) -> Chart:
    """Fits to many training sets, their mean and the truth (frames.fit_rows) at so many x; `far`: how far y goes to both sides.

    Each point costs the browser what its expressions cost: those of the fits have as few as there can be.
    """
    x = alt.X("x:Q", title="x", scale=alt.Scale(domain=[-1, 1]), axis=alt.Axis(tickCount=5, format="~g"))
    axis = alt.Axis(tickCount=5, format="~g", **ROOM)
    y = alt.Y("y:Q", title="y", scale=alt.Scale(domain=[-far, far]), axis=axis)
    colour = alt.Color("run:N", scale=scale_of(LINES), legend=line_legend())
    step = 2 / (points - 1)

    def line(run: str, **mark: Any) -> alt.Chart:
        at = chosen(alt.Chart(rows)).transform_filter(f"datum.run === '{run}'")
        first = f"{points + 1} * datum.line"
        at = at.transform_calculate(
            x=f"sequence(-1, {1 + 1.5 * step}, {step})",
            y="split(datum.along, ' ')",
            order=f"sequence({first}, {first} + {points + 1})",
        ).transform_flatten(["x", "y", "order"])
        return at.mark_line(clip=True, interpolate="natural", **mark).encode(x, y, order=alt.Order("order:Q"))

    return (
        alt.layer(
            line(FIT, strokeWidth=0.8, opacity=0.45, color=LINES[FIT]),
            line(MEAN, strokeWidth=3).encode(color=colour),
            line(TRUTH, strokeWidth=2, strokeDash=[5, 4]).encode(color=colour),
        )
        .add_params(HAND)
        .properties(height=HEIGHT)
    )


def bias_variance(rows: pd.DataFrame, *, top: float = 1.0, zero_at: float = 5e-4) -> Chart:
    """Noise, bias² and variance on top of each other against λ (frames.error_rows), what was measured, and where the bar stands."""
    base, x = alt.Chart(rows), strength_axis(zero_at)
    scale = alt.Scale(domain=[0, top], nice=False)
    y = alt.Y("low:Q", title="charts.squared", scale=scale, axis=alt.Axis(tickCount=6, format="~g", **ROOM))
    colour = alt.Color("part:N", scale=scale_of(AREAS), legend=None)
    tooltip = [
        alt.Tooltip("part:N", title="charts.part"),
        alt.Tooltip("strength:Q", title="λ", format="~g"),
        alt.Tooltip("value:Q", title="charts.squared", format=".3g"),
    ]
    areas, measured = where(base, "area"), where(base, MEASURED)
    shape = alt.Shape("kind:N", scale=scale_of({MEASURED: "circle"}), legend=top_legend(symbolFillColor=INK))
    middle = alt.Y("middle:Q", scale=scale)
    return (
        alt.layer(
            areas.mark_area(opacity=0.5, clip=True).encode(x, y, y2="high:Q", color=colour),
            areas.mark_point(size=60, opacity=0, clip=True).encode(x, alt.Y("high:Q", scale=scale), tooltip=tooltip),
            measured.mark_rule(clip=True, color=INK).encode(x, y, y2="high:Q"),
            measured.mark_point(size=25, filled=True, clip=True, color=INK).encode(
                x, alt.Y("value:Q", scale=scale), shape=shape, tooltip=tooltip
            ),
            where(base, "name")
            .transform_calculate(middle="(datum.low + datum.high) / 2")
            .mark_text(fontWeight="bold", fontSize=13)
            .encode(x, middle, text="part:N"),
            where(base, "cursor").mark_rule(color=INK, strokeWidth=2).encode(x, opacity=AT_HAND),
        )
        .add_params(HAND)
        .properties(height=HEIGHT)
    )
