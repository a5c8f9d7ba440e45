"""Charts of weight decay over λ and η. Colour is never alone: each cell has its number, each line its dash."""

from typing import Any

import altair as alt
import pandas as pd

from regdemo.charts.theme import (
    AT_HAND,
    BLUE,
    HAND,
    HEIGHT,
    INK,
    LOG_TICKS,
    ORANGE,
    ROOM,
    Chart,
    line_legend,
    scale_of,
    where,
)
from regdemo.paper.decay import SOLVERS

COLOURS, LINES = (dict(zip(SOLVERS, of, strict=True)) for of in ((ORANGE, BLUE), ([6, 3], [1, 0])))


def heat(rows: pd.DataFrame, *, etas: tuple[str, ...], lams: tuple[str, ...], low: float, high: float) -> Chart:
    """Losses over η and λ (frames.decay.heat_rows): best cells framed, one λ dotted, one ηλ dashed, and the column where the bar stands.

    etas, lams: all there are, in their order; low, high: the losses of the palest and the darkest cells.
    """
    base = alt.Chart(rows)
    x = alt.X("eta:O", title="charts.eta", scale=alt.Scale(domain=list(etas)), axis=alt.Axis(labelAngle=0, labelFlush=False))
    y = alt.Y("lam:O", title="charts.decay", scale=alt.Scale(domain=list(lams[::-1])), axis=alt.Axis(labelFlush=False, **ROOM))
    shades = alt.Scale(type="log", scheme="blues", domain=[low, high], clamp=True)
    tooltip = [
        alt.Tooltip("eta:O", title="charts.eta"),
        alt.Tooltip("lam:O", title="charts.decay"),
        alt.Tooltip("loss:Q", title="charts.validated", format=".3g"),
    ]
    letters = alt.condition("datum.dark", alt.value("white"), alt.value("black"))
    frame: dict[str, Any] = {"filled": False, "stroke": ORANGE}
    return (
        alt.layer(
            where(base, "cell").mark_rect().encode(x, y, color=alt.Color("loss:Q", scale=shades, legend=None), tooltip=tooltip),
            where(base, "strength").mark_rect(**frame, strokeWidth=1.5, strokeDash=[1, 3]).encode(x, y),
            where(base, "product").mark_rect(**frame, strokeWidth=1.5, strokeDash=[4, 3]).encode(x, y),
            where(base, "best").mark_rect(**frame, strokeWidth=3).encode(x, y),
            where(base, "cell").mark_text().encode(x, y, text="text:N", color=letters),
            where(base, "cursor").mark_rect(filled=False, stroke=INK, strokeWidth=2.5).encode(x, opacity=AT_HAND),
        )
        .add_params(HAND)
        .properties(height=HEIGHT)
    )


def row(rows: pd.DataFrame, *, lams: tuple[str, ...]) -> Chart:
    """One η (frames.decay.row_rows): validation loss against λ of networks trained on the page, and of the kept ones as points."""
    base = alt.Chart(rows)
    x = alt.X("lam:O", title="charts.decay", scale=alt.Scale(domain=list(lams)), axis=alt.Axis(labelAngle=0))
    y = alt.Y("loss:Q", title="charts.validated", scale=alt.Scale(type="log", nice=False), axis=alt.Axis(**ROOM, **LOG_TICKS))
    colour = alt.Color("run:N", scale=scale_of(COLOURS), legend=line_legend())
    dash = alt.StrokeDash("run:N", scale=scale_of(LINES), legend=line_legend())
    shape = alt.condition(f"datum.run === '{SOLVERS[0]}'", alt.value("circle"), alt.value("square"))
    tooltip = [
        alt.Tooltip("run:N", title="charts.line"),
        alt.Tooltip("lam:O", title="charts.decay"),
        alt.Tooltip("loss:Q", title="charts.validated", format=".3g"),
    ]
    return alt.layer(
        where(base, "kept").mark_point(size=25, opacity=0.6).encode(x, y, color=colour, shape=shape, tooltip=tooltip),
        where(base, "now").mark_line(strokeWidth=2).encode(x, y, color=colour, strokeDash=dash),
        where(base, "now").mark_point(size=40, filled=True, opacity=1).encode(x, y, color=colour, shape=shape, tooltip=tooltip),
    ).properties(height=HEIGHT)
