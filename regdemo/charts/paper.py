"""The dropout paper's figures as charts: bands over seeds in, Altair out. Lines are told apart by dash and shape as well."""

import altair as alt
import pandas as pd

from regdemo.charts.theme import BLUE, GREEN, HEIGHT, ORANGE, Chart, scale_of, top_legend

COLOURS, DASHES, SHAPES = (BLUE, ORANGE, GREEN), ([1, 0], [6, 3], [2, 2]), ("circle", "square", "triangle-up")


def banded(
    rows: pd.DataFrame, *, lines: tuple[str, ...], x: str, y: str, log: bool = False, percent: bool = False
) -> Chart:  # fmt: skip
    """A figure of the paper (frames.paper.bands and a column link): means over seeds in a band of ±1 standard deviation.

    `lines` are the values of the column line, three at most; `x` and `y` title the axes; `log`: a logarithmic x axis.
    A point with a link, the column's text, is filled and leads there; without one, an empty text, it is hollow.
    """
    base = alt.Chart(rows)
    ticks = alt.Axis(format="~g", labelOverlap=True, tickCount=10)
    across = alt.X("x:Q", title=x, axis=ticks, scale=alt.Scale(type="log" if log else "linear", nice=False))
    number = ".1%" if percent else ".3g"
    up = alt.Y("mean:Q", title=y, axis=alt.Axis(format=".0%" if percent else "~g", tickCount=6), scale=alt.Scale(zero=False))
    colour = alt.Color("line:N", scale=scale_of(dict(zip(lines, COLOURS, strict=False))), legend=top_legend())
    # by conditions, not by a scale: in the legend it would cut the points' shapes into dashes
    dash = alt.StrokeDashValue(
        DASHES[0],
        condition=[{"test": f"datum.line === '{n}'", "value": d} for n, d in zip(lines[1:], DASHES[1:], strict=False)],
    )
    shape = alt.Shape("line:N", scale=scale_of(dict(zip(lines, SHAPES, strict=False))), legend=top_legend())
    tooltip = [
        alt.Tooltip("line:N", title="charts.line"),
        alt.Tooltip("x:Q", title=x, format="~g"),
        alt.Tooltip("mean:Q", title=f"{y}, mean", format=number),
        alt.Tooltip("sd:Q", title="charts.sd", format=".2%" if percent else ".2g"),
        alt.Tooltip("seeds:Q", title="charts.seeds"),
    ]
    linked, plain = (base.transform_filter(f"datum.link {sign} ''") for sign in ("!==", "==="))
    return alt.layer(
        base.mark_line().encode(across, up, color=colour, strokeDash=dash),
        base.mark_area(opacity=0.15).encode(across, alt.Y("low:Q", title=y), y2="high:Q", color=colour),
        plain.mark_point(size=60, opacity=1).encode(across, up, color=colour, shape=shape, tooltip=tooltip),
        linked.mark_point(size=70, filled=True, opacity=1, cursor="pointer").encode(
            across, up, color=colour, shape=shape, tooltip=tooltip, href="link:N"
        ),
    ).properties(height=HEIGHT)
