"""The chart of the lab "prior": the posterior of two weights, its mode and its mean. Colour is never alone."""

import altair as alt
import pandas as pd

from regdemo.charts.theme import GREY, HAND, INK, RUN_COLOURS, Chart, chosen, scale_of, where

SQUARE = 252  # px: with three lines of words above it, on the first screen
REACH = 1.5  # of both axes: least squares is 1 away from zero


def posterior(rows: pd.DataFrame, *, penalty: str = "L1") -> Chart:
    """One prior (frames.prior.prior_rows): likelihood and prior, the regions that hold half and nine tenths, mode and mean along λ."""
    colour, base = RUN_COLOURS[penalty], alt.Chart(rows)
    domain = alt.Scale(domain=[-REACH, REACH], nice=False)
    axis = alt.Axis(values=[-1.5, -1, -0.5, 0, 0.5, 1, 1.5], format="~g")
    x = alt.X("w1:Q", scale=domain, title="w₁", axis=axis)
    y = alt.Y("w2:Q", scale=domain, title="w₂", axis=axis)
    lines = {"detail": ["part:N"], "order": alt.Order("order:Q")}
    axes = base.transform_aggregate(rows="count()")  # one row: one rule
    mean = alt.StrokeDash("part:N", scale=scale_of({"mode": [1, 0], "mean": [2, 2]}), legend=None)
    shapes = {"mode": "diamond" if penalty == "L1" else "circle", "mean": "square", "least squares": "cross"}
    looks = {
        "shape": alt.Shape("part:N", scale=scale_of(shapes), legend=None),
        "fill": alt.Fill("part:N", scale=scale_of({"mode": colour, "mean": "transparent", "least squares": INK}), legend=None),
        "stroke": alt.Stroke("part:N", scale=scale_of({"mode": colour, "mean": INK, "least squares": INK}), legend=None),
    }
    tooltip = [
        alt.Tooltip("part:N", title="charts.point"),
        alt.Tooltip("w1:Q", format=".4f"),
        alt.Tooltip("w2:Q", format=".4f"),
    ]
    point = chosen(where(base, "point"))
    return (
        alt.layer(
            where(base, "likelihood").mark_line(strokeWidth=1, color=GREY, opacity=0.7, clip=True).encode(x, y, **lines),
            axes.mark_rule(color=GREY).encode(x=alt.datum(0)),
            axes.mark_rule(color=GREY).encode(y=alt.datum(0)),
            chosen(where(base, "region"), alone=True)
            .mark_line(strokeWidth=1, color=colour, fill=colour, fillOpacity=0.22, clip=True)
            .encode(x, y, **lines),
            chosen(where(base, "prior"), alone=True).mark_line(strokeWidth=2.5, color=colour, clip=True).encode(x, y, **lines),
            chosen(where(base, "touch"), alone=True)
            .mark_line(strokeWidth=1.2, strokeDash=[6, 3], color=colour, clip=True)
            .encode(x, y, **lines),
            where(base, "path").mark_line(strokeWidth=1.2, color=INK, clip=True).encode(x, y, strokeDash=mean, **lines),
            point.mark_point(size=130, strokeWidth=2, opacity=1, clip=True).encode(x, y, tooltip=tooltip, **looks),
            *(
                point.transform_filter(f"datum.part === '{name}'")
                .transform_calculate(said="datum.part + ' ' + datum.label")
                .mark_text(align="left", fontWeight="bold")
                .encode(x=alt.value(0), y=alt.value(top), text="said:N")
                for name, top in (("least squares", -46), ("mode", -28), ("mean", -10))  # what is always there keeps the room
            ),
        )
        .add_params(HAND)
        .properties(width=SQUARE, height=SQUARE, autosize=alt.AutoSizeParams(type="pad"))
    )
