"""The sparsity page's charts: tidy DataFrame in, Altair chart out. Colour is never alone."""

from typing import Literal

import altair as alt
import pandas as pd

from regdemo.charts.theme import (
    AT_HAND,
    BLUE,
    GREY,
    HAND,
    HEIGHT,
    INK,
    ORANGE,
    ROOM,
    ROWS,
    RUN_COLOURS,
    Chart,
    above,
    chosen,
    dash_legend,
    line_legend,
    reach,
    scale_of,
    where,
    y_axis,
)
from regdemo.frames.sparsity import GROUPS

SQUARE = 264  # px: as wide as high, so that a circle is a circle; fits a phone
NAMES_WIDTH = 74  # px beside a path for names at its end
Side = Literal["left", "right"]
MARKS = {"estimate": "circle", "truth": "stroke"}


def _share() -> alt.X:
    """λ as a share of λ_max, larger to the right in every chart."""
    axis = alt.Axis(values=[m * 10.0**e for e in (-3, -2, -1, 0) for m in (1, 2, 5)], format="~g")
    return alt.X("share:Q", title="charts.share", scale=alt.Scale(type="log", nice=False), axis=axis)


def stem_plot(rows: pd.DataFrame, *, run: str = "L1", names: bool = False, known: bool = True) -> Chart:
    """Estimates as stems, the truth as black ticks (frames.sparsity.stem_rows); the bar moves λ."""
    base = alt.Chart(rows)
    now = chosen(where(base, "estimate"), alone=True)
    axis = alt.Axis(labelAngle=-60, labelLimit=90, labelOverlap=not names)
    features = alt.Scale(domain={"expr": f"pluck(data('{ROWS}'), 'feature')"})
    x = alt.X("feature:N", sort=None, title=None, axis=axis, scale=features)
    y = alt.Y("w:Q", title="charts.coefficient", axis=alt.Axis(format="~g", **ROOM), scale=alt.Scale(domain=reach("w")))
    tooltip = [
        alt.Tooltip("feature:N"),
        alt.Tooltip("w:Q", format=".4g"),
        alt.Tooltip("lam:Q", title="λ", format=".3g"),
    ]
    legend = alt.Legend(title=None, orient="top", direction="horizontal", symbolStrokeWidth=3, symbolSize=90)
    shown = tuple(MARKS) if known else ("estimate",)
    kind = alt.Shape("kind:N", scale=scale_of(MARKS, *shown), legend=legend)
    colour = alt.Color("kind:N", scale=scale_of({"estimate": RUN_COLOURS[run], "truth": INK}, *shown), legend=legend)
    return (
        alt.layer(
            now.mark_rule(strokeWidth=2).encode(x, y, y2=alt.datum(0), color=colour, key="feature:N"),
            now.mark_point(filled=True, size=45).encode(
                x,
                y,
                shape=kind,
                color=alt.condition("datum.w === 0", alt.value(GREY), colour),
                tooltip=tooltip,
                key="feature:N",
            ),
            where(base, "truth")
            .mark_point(size=60, strokeWidth=2.5)
            .encode(
                x, y, shape=kind, color=colour, tooltip=[alt.Tooltip("feature:N"), alt.Tooltip("w:Q", title="charts.truth")]
            ),
        )
        .add_params(HAND)
        .properties(height=HEIGHT)
    )


def path(rows: pd.DataFrame, *, run: str = "L1", known: bool = True, norm: bool = False) -> Chart:
    """Every coefficient along λ (frames.sparsity.path_rows): trained on the exact one, wide and grey; the bar moves the cursor, a click picks a λ.

    Where no truth is `known`, the largest have their names at their ends.
    """
    pick = alt.selection_point(name="pick", fields=["share"], on="click", nearest=True, empty=False)
    base = alt.Chart(rows)
    x = alt.X("norm:Q", title="‖w‖₁", axis=alt.Axis(format="~g")) if norm else _share()
    beside: Side = "right" if known or norm else "left"  # where the paths end at the smallest λ
    away: Side = "left" if beside == "right" else "right"
    y = alt.Y("w:Q", title="charts.coefficient", axis=alt.Axis(format="~g", orient=away, **ROOM))
    groups = scale_of(dict(zip(GROUPS, (RUN_COLOURS[run], GREY), strict=True)))
    colour = alt.Color("group:N", scale=groups, legend=line_legend()) if known else alt.value(RUN_COLOURS[run])
    tooltip = [
        alt.Tooltip("feature:N"),
        alt.Tooltip("w:Q", format=".4g"),
        alt.Tooltip("share:Q", title="charts.share_short", format="~g"),
        alt.Tooltip("lam:Q", title="λ", format=".3g"),
        alt.Tooltip("norm:Q", title="‖w‖₁", format=".3g"),
    ]
    trained, exact = where(base, "trained"), where(base, "exact")
    return (
        alt.layer(
            trained.mark_line(strokeWidth=1.5).encode(
                x, y, color=colour, detail="feature:N"
            ),  # a legend takes its symbol from here
            exact.mark_line(strokeWidth=5, color=GREY, opacity=0.25).encode(x, y, detail="feature:N"),
            trained.mark_line(strokeWidth=1.5).encode(x, y, color=colour, detail="feature:N"),
            where(base, "cursor").mark_rule(color=INK, strokeWidth=1.5).encode(x, opacity=AT_HAND),
            where(base, "count").mark_text(dy=-4).encode(x, y=alt.value(0), text="w:Q"),
            trained.mark_point(size=25, opacity=0).encode(x, y, tooltip=tooltip).add_params(pick),
            where(base, "name")
            .mark_text(align=away, dx=5 if beside == "right" else -5, limit=NAMES_WIDTH - 8)
            .encode(x, y=alt.Y("place:Q", title="charts.coefficient"), text="feature:N"),
        )
        .add_params(HAND)
        .properties(
            height=SQUARE + 70,
            **({} if known else {"padding": {"left": 5, "top": 5, "right": 5, "bottom": 5} | {beside: NAMES_WIDTH}}),
        )
    )


def choosing(rows: pd.DataFrame) -> Chart:
    """Cross-validation (frames.sparsity.choosing_rows): mean ± one standard error, λ_min and λ_1se, beside the test loss."""
    base = alt.Chart(rows)
    x, y = _share(), y_axis("value", True, "charts.loss")
    dash = alt.StrokeDash("kind:N", scale=scale_of({"cv": [2, 2], "test": [1, 0]}), legend=dash_legend())
    tooltip = [
        alt.Tooltip("share:Q", title="charts.share_short", format=".3g"),
        alt.Tooltip("value:Q", title="charts.loss", format=".4g"),
    ]
    lines = base.transform_filter("datum.kind === 'cv' || datum.kind === 'test'")
    cv, mark = where(base, "cv"), where(base, "mark")
    return (
        alt.layer(
            lines.mark_line(color=BLUE).encode(x, y, strokeDash=dash),
            cv.mark_rule(color=BLUE).encode(x, y=y_axis("low", True, ""), y2="high:Q"),
            lines.mark_point(size=35, filled=True, color=BLUE).encode(x, y, tooltip=tooltip),
            where(base, "cursor").mark_rule(color=INK, strokeWidth=1.5).encode(x, opacity=AT_HAND),
            mark.mark_rule(strokeDash=[4, 3], color=GREY, strokeWidth=1.5).encode(x),
            *(  # λ_1se is never the smaller one: the names keep apart
                above(mark.transform_filter(f"datum.label === '{name}'"), align=side, fontWeight="bold").encode(
                    x, text="label:N"
                )
                for name, side in (("λ_min", "right"), ("λ_1se", "left"))
            ),
        )
        .add_params(HAND)
        .properties(height=HEIGHT)
    )


def plane(rows: pd.DataFrame) -> Chart:
    """Two weights, one picture (frames.sparsity.plane_rows): the map of the loss, diamond and circle, landing points and paths."""
    base = alt.Chart(rows)
    domain = alt.Scale(domain=[-1.25, 1.25], nice=False)
    axis = alt.Axis(values=[-1, -0.5, 0, 0.5, 1], format="~g")
    x = alt.X("w1:Q", scale=domain, title="w₁", axis=axis)
    y = alt.Y("w2:Q", scale=domain, title="w₂", axis=axis)
    look = {"L1": BLUE, "L2": ORANGE, "least squares": INK}
    colour = alt.Color("penalty:N", scale=scale_of(look), legend=None)
    shape = alt.Shape("penalty:N", scale=scale_of({"L1": "diamond", "L2": "circle", "least squares": "cross"}), legend=None)
    order = alt.Order("order:Q")
    tooltip = [
        alt.Tooltip("penalty:N", title="charts.point"),
        alt.Tooltip("w1:Q", format=".4f"),
        alt.Tooltip("w2:Q", format=".4f"),
    ]
    axes = base.transform_aggregate(rows="count()")  # one row: one rule
    lines = {"detail": ["penalty:N"], "order": order}
    point = chosen(where(base, "point"))
    names = (("L1", 0, -28), ("L2", 0.47 * SQUARE, -28), ("least squares", 0, -10))
    return (
        alt.layer(
            axes.mark_text(text="L1", opacity=0).encode(x=alt.value(0), y=alt.value(-34)),  # keeps the names their room
            where(base, "contour").mark_line(strokeWidth=1, color=GREY, opacity=0.7, clip=True).encode(x, y, **lines),
            axes.mark_rule(color=GREY).encode(x=alt.datum(0)),
            axes.mark_rule(color=GREY).encode(y=alt.datum(0)),
            chosen(where(base, "limit"), alone=True).mark_line(strokeWidth=2.5, clip=True).encode(x, y, color=colour, **lines),
            chosen(where(base, "touch"), alone=True)
            .mark_line(strokeWidth=1.2, strokeDash=[3, 2], clip=True)
            .encode(x, y, color=colour, **lines),
            where(base, "path").mark_line(strokeWidth=1, clip=True).encode(x, y, color=colour, **lines),
            point.mark_point(filled=True, size=140).encode(x, y, color=colour, shape=shape, tooltip=tooltip),
            *(
                point.transform_filter(f"datum.penalty === '{name}'")
                .mark_text(align="left", fontWeight="bold")
                .encode(x=alt.value(left), y=alt.value(top), text="label:N")
                for name, left, top in names
            ),
        )
        .add_params(HAND)
        .properties(width=SQUARE, height=SQUARE, autosize=alt.AutoSizeParams(type="pad"))
    )
