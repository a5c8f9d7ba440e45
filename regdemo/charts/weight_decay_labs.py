"""Charts of the labs of the weight-decay page. Colour is never alone: dash or shape says the same."""

import altair as alt
import pandas as pd

from regdemo.charts.theme import (
    BLUE,
    DASHES,
    HAND,
    HEIGHT,
    MOMENT,
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
from regdemo.frames.weight_decay_labs import DESCENT, RIDGE

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
