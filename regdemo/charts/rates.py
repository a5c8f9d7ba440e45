"""Charts of one network at several dropout rates. Colour is never alone: dash or shape says the same."""

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
    ORANGE,
    ROOM,
    Chart,
    chosen,
    dash_legend,
    line_legend,
    scale_of,
    top_legend,
    where,
    y_axis,
)
from regdemo.frames.rates import END, FRESH, NOISE, START, TRUTH

RUNS = {"eval": (BLUE, [1, 0]), "mean": (BLUE, [2, 2]), "left_on": (ORANGE, [1, 0]), TRUTH: (GREY, [6, 4])}
HELD = {FRESH: (BLUE, [1, 0]), TRUTH: (GREY, [6, 4]), NOISE: (GREEN, [2, 2])}


def _told(ranges: dict, *names: str) -> tuple[dict, dict]:
    """(colours, dashes) of these runs."""
    colours, dashes = ({name: ranges[name][i] for name in names} for i in (0, 1))
    return colours, dashes


def band(rows: pd.DataFrame, *, left_on: bool = False, end: float = 2.0) -> Chart:
    """What the bar's network says along x (frames.band_rows): in eval mode with the masks' band, or with its masks left on.

    `end`: how far x goes to both sides. What leaves twice that height is cut off, so that a wild band leaves the others their room.
    """
    base = alt.Chart(rows)
    x, y = (
        axis(
            f"{name}:Q",
            title=name,
            scale=alt.Scale(domain=[-far, far], nice=False),
            axis=alt.Axis(tickCount=5, format="~g", **room),
        )
        for axis, name, far, room in ((alt.X, "x", end, {}), (alt.Y, "y", 2 * end, ROOM))
    )
    colours, dashes = _told(RUNS, *(("left_on",) if left_on else ("eval", "mean")), TRUTH)
    colour = alt.Color("run:N", scale=scale_of(colours), legend=line_legend(columns=2))
    dash = alt.StrokeDash("run:N", scale=scale_of(dashes), legend=line_legend(columns=2))
    tooltip = [alt.Tooltip("run:N", title="charts.run"), *(alt.Tooltip(f"{name}:Q", format=".3f") for name in "xy")]
    line = chosen(where(base, "line"))
    if left_on:
        line = line.transform_filter("datum.k < 0")
        lines = chosen(where(base, "pass"), alone=True).mark_line(strokeWidth=1.3, clip=True)
        shown = [lines.encode(x, y, color=colour, strokeDash=dash, detail="member:O", tooltip=tooltip)]
    else:
        shown = []
    return (
        alt.layer(
            line.mark_line(strokeWidth=2, clip=True).encode(x, y, color=colour, strokeDash=dash, tooltip=tooltip),
            chosen(where(base, "band"), alone=True).mark_area(opacity=0.2, color=BLUE, clip=True).encode(x, y, y2="high:Q"),
            *shown,
            where(base, "point").mark_point(filled=True, size=60, opacity=1).encode(x, y, color=alt.value(INK)),
        )
        .add_params(HAND)
        .properties(height=HEIGHT)
    )


def losses(rows: pd.DataFrame, *, rates: tuple[float, ...] = (0.0, 1.0)) -> Chart:
    """Losses against the rate (frames.loss_rows): the mean over seeds, each seed as a point, and where the bar stands."""
    base = alt.Chart(rows)
    x = _rate(rates)
    y = y_axis("loss", False, "charts.squared")
    modes = {mode: RUNS[mode][0] for mode in ("eval", "left_on")}
    colour = alt.Color("run:N", scale=scale_of(modes), legend=line_legend())
    dash = alt.StrokeDash("split:N", scale=scale_of(DASHES, "test", "train"), legend=dash_legend())
    tooltip = [
        alt.Tooltip("run:N", title="charts.run"),
        alt.Tooltip("split:N", title="charts.data"),
        alt.Tooltip("p:Q", format="~g"),
        alt.Tooltip("loss:Q", title="charts.squared", format=".3g"),
    ]
    return (
        alt.layer(
            where(base, "line").mark_line(strokeWidth=2).encode(x, y, color=colour, strokeDash=dash),
            where(base, "seed").mark_point(filled=True, size=18, opacity=0.6).encode(x, y, color=colour, tooltip=tooltip),
            where(base, "cursor").mark_rule(color=BLUE, strokeWidth=2).encode(x, opacity=AT_HAND),
        )
        .add_params(HAND)
        .properties(height=HEIGHT)
    )


def coverage(rows: pd.DataFrame, *, rates: tuple[float, ...] = (0.0, 1.0), level: float = 0.9, name: str = "") -> Chart:
    """What the bands hold against the rate (frames.coverage_rows), beside the share that a calibrated interval would hold."""
    base = alt.Chart(rows)
    x = _rate(rates)
    y = alt.Y("share:Q", title="charts.held", scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(format="%", tickCount=5, **ROOM))
    colours, dashes = _told(HELD, *HELD)
    colour = alt.Color("run:N", scale=scale_of(colours), legend=line_legend(columns=2))
    dash = alt.StrokeDash("run:N", scale=scale_of(dashes), legend=line_legend(columns=2))
    tooltip = [
        alt.Tooltip("run:N", title="charts.line"),
        alt.Tooltip("p:Q", format="~g"),
        alt.Tooltip("share:Q", title="charts.held", format=".0%"),
    ]
    aim = base.transform_filter("datum.kind === 'cursor' && datum.k === 0")
    height = alt.YDatum(level)
    return (
        alt.layer(
            where(base, "line")
            .mark_line(strokeWidth=2, point=True)
            .encode(x, y, color=colour, strokeDash=dash, tooltip=tooltip),
            aim.mark_rule(color=INK, strokeWidth=1).encode(y=height),
            aim.mark_text(align="left", dy=-7).encode(x=alt.value(4), y=height, text=alt.value(name)),
            where(base, "cursor").mark_rule(color=BLUE, strokeWidth=2).encode(x, opacity=AT_HAND),
        )
        .add_params(HAND)
        .properties(height=HEIGHT)
    )


def weights(rows: pd.DataFrame, *, most: float = 1.0, far: float = 1.0) -> Chart:
    """All weights of the bar's network (frames.weight_rows): before training as an outline, after it filled.

    `most` and `far`: how far shares and weights go at any rate.
    """
    base = alt.Chart(rows)
    x = alt.X("left:Q", title="charts.weight", scale=alt.Scale(domain=[-far, far], nice=False), axis=alt.Axis(format="~g"))
    scale = alt.Scale(type="sqrt", domain=[0, most])
    y = alt.Y(
        "share:Q",
        title="charts.weights",
        scale=scale,
        axis=alt.Axis(format=".1~%", values=[0, 0.01, 0.05, 0.1, 0.2, 0.5], **ROOM),
    )
    two = scale_of({START: ORANGE, END: BLUE})
    tooltip = [
        alt.Tooltip("run:N", title="charts.run"),
        alt.Tooltip("left:Q", title="charts.from", format=".3g"),
        alt.Tooltip("right:Q", title="charts.to", format=".3g"),
        alt.Tooltip("share:Q", title="charts.weights", format=".1%"),
    ]
    end, start = (chosen(base).transform_filter(f"datum.run === '{run}' && datum.share > 0") for run in (END, START))
    colour = alt.Color("run:N", scale=two, legend=top_legend())
    return (
        alt.layer(
            end.mark_rect(opacity=0.55).encode(x, alt.X2("right:Q"), y, y2=alt.datum(0), color=colour, tooltip=tooltip),
            start.mark_rect(filled=False, strokeWidth=1.5).encode(
                x, alt.X2("right:Q"), y, y2=alt.datum(0), stroke=alt.Stroke("run:N", scale=two, legend=None), tooltip=tooltip
            ),
        )
        .add_params(HAND)
        .properties(height=HEIGHT)
    )


def _rate(rates: tuple[float, ...]) -> alt.X:
    scale = alt.Scale(domain=[rates[0], rates[-1]], nice=False)
    return alt.X("p:Q", title="charts.rate", scale=scale, axis=alt.Axis(format="~g", values=list(rates), labelFlush=True))
