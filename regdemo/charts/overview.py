"""The overview's chart."""

import altair as alt
import pandas as pd

from regdemo.charts.theme import BLUE, GREY, HAND, HEIGHT, INK, Chart, chosen, scale_of, top_legend, where


def polynomial(rows: pd.DataFrame) -> Chart:
    """The overview's experiment (frames.polynomial_rows): one fit at a time, that of the bar's λ."""
    base = alt.Chart(rows)
    x = alt.X("x:Q", scale=alt.Scale(domain=[-1, 1]), title="x", axis=alt.Axis(tickCount=5, format="~g"))
    y = alt.Y("y:Q", scale=alt.Scale(domain=[-2, 2]), title="y", axis=alt.Axis(tickCount=5, format="~g"))
    colour = alt.Color("kind:N", scale=scale_of({"fit": BLUE, "truth": GREY, "train": INK, "test": GREY}), legend=top_legend())
    shapes = {"fit": "stroke", "truth": "stroke", "train": "circle", "test": "cross"}
    shape = alt.Shape("kind:N", scale=scale_of(shapes), legend=top_legend())
    return (
        alt.layer(
            where(base, "truth").mark_line(strokeDash=[5, 4]).encode(x, y, color=colour),
            where(base, "test").mark_point(size=30, filled=False).encode(x, y, color=colour, shape=shape),
            chosen(where(base, "fit")).mark_line(strokeWidth=3, clip=True).encode(x, y, color=colour),
            where(base, "train").mark_point(filled=True, size=80, opacity=1).encode(x, y, color=colour, shape=shape),
        )
        .add_params(HAND)
        .properties(height=HEIGHT)
    )
