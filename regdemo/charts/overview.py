"""The overview's chart."""

import altair as alt
import pandas as pd

from regdemo.charts.theme import BLUE, GREY, HEIGHT, ORANGE, SKY, Chart, scale_of, where


def polynomial(rows: pd.DataFrame, *, strengths: int = 1) -> Chart:
    """The overview's experiment (frames.polynomial_rows): one fit at a time, λ moved in the browser."""
    pick = alt.param(name="k", value=0, bind=alt.binding_range(min=0, max=strengths - 1, step=1, name="charts.step "))
    base = alt.Chart(rows)
    x = alt.X("x:Q", scale=alt.Scale(domain=[-1, 1]), title="x")
    y = alt.Y("y:Q", scale=alt.Scale(domain=[-2, 2]), title="y")
    kinds = {"truth": GREY, "train": ORANGE, "test": SKY, "fit": BLUE}
    colour = alt.Color("kind:N", scale=scale_of(kinds), legend=alt.Legend(title=None, orient="bottom", symbolOpacity=1))
    shape = alt.Shape(
        "kind:N",
        scale=scale_of({"truth": "stroke", "train": "circle", "test": "cross", "fit": "stroke"}),
        legend=alt.Legend(title=None, orient="bottom", symbolOpacity=1),
    )
    now = base.transform_filter("datum.k === k")
    return alt.layer(
        where(base, "truth").mark_line(strokeDash=[5, 4]).encode(x, y, color=colour),
        where(base, "test").mark_point(size=25).encode(x, y, color=colour, shape=shape),
        where(base, "train").mark_point(filled=True, size=80, opacity=1).encode(x, y, color=colour, shape=shape),
        where(now, "fit").mark_line(strokeWidth=3, clip=True).encode(x, y, color=colour),
        where(now, "label")
        .mark_text(align="left", fontSize=14, fontWeight="bold")
        .encode(x=alt.value(0), y=alt.value(-10), text="label:N"),
    ).add_params(pick).properties(height=HEIGHT)  # fmt: skip
