"""The sparsity page's charts: tidy DataFrame in, Altair chart out. Colour is never alone."""

import altair as alt
import pandas as pd

from regdemo.charts.theme import BLUE, GREEN, GREY, HEIGHT, ORANGE, RUN_COLOURS, Chart, scale_of, top_legend, where
from regdemo.frames.sparsity import GROUPS

SQUARE = 285  # px: as wide as high, so that a circle is a circle; fits a phone
NAMES_WIDTH = 74  # px beside a path for names at its end


def stem_plot(rows: pd.DataFrame, *, run: str = "L1", strengths: int = 1, names: bool = False) -> Chart:
    """Estimates as stems, the truth as ticks (frames.sparsity.stem_rows), at the chosen λ or at a previewed one."""
    preview = alt.param(
        name="preview", value=-1,
        bind=alt.binding_range(min=-1, max=strengths - 1, step=1, name="charts.preview_chosen "),
    )  # fmt: skip
    base = alt.Chart(rows)
    now = where(base, "estimate").transform_filter("preview < 0 ? datum.now : datum.k === preview")
    axis = alt.Axis(labelAngle=-60, labelLimit=90, labelOverlap=not names)
    x = alt.X("feature:N", sort=alt.EncodingSortField("order"), title="charts.feature", axis=axis)
    y = alt.Y("w:Q", title="charts.coefficient")
    tooltip = [
        alt.Tooltip("feature:N"),
        alt.Tooltip("w:Q", format=".4g"),
        alt.Tooltip("lam:Q", title="λ", format=".3g"),
    ]
    colour = alt.value(RUN_COLOURS[run])
    kind = alt.Shape("kind:N", scale=scale_of({"estimate": "circle", "truth": "stroke"}), legend=None)
    return (
        alt.layer(
            now.mark_rule(strokeWidth=2).encode(x, y, y2=alt.datum(0), color=colour),
            now.mark_point(filled=True, size=45, opacity=1).encode(
                x, y, shape=kind, color=alt.condition("datum.w === 0", alt.value(GREY), colour), tooltip=tooltip
            ),
            where(base, "truth").mark_point(size=60, strokeWidth=2.5, color=GREEN, opacity=0.9).encode(
                x, y, shape=kind, tooltip=[alt.Tooltip("feature:N"), alt.Tooltip("w:Q", title="charts.truth")]
            ),
            now.transform_aggregate(lam="max(lam)", groupby=[])
            .transform_calculate(label="'λ = ' + format(datum.lam, '.3g')")
            .mark_text(align="right", fontSize=13, fontWeight="bold")
            .encode(x=alt.value("width"), y=alt.value(10), text="label:N"),
        )
        .add_params(preview)
        .properties(height=HEIGHT)
    )  # fmt: skip


def path(rows: pd.DataFrame, *, groups: tuple[str, ...] = GROUPS, norm: bool = False) -> Chart:
    """Every coefficient along the path (frames.sparsity.path_rows): trained solid, exact dashed; a click picks a λ.

    Without `groups`, where no truth is known, the largest have their names at their ends.
    """
    pick = alt.selection_point(name="pick", fields=["share"], on="click", nearest=True, empty=False)
    base = alt.Chart(rows)
    x = (
        alt.X("norm:Q", title="‖w‖₁")
        if norm
        else alt.X(
            "share:Q",
            title="charts.share",
            scale=alt.Scale(type="log", nice=False, reverse=True),
            axis=alt.Axis(format="~g"),
        )
    )
    y = alt.Y("w:Q", title="charts.coefficient")
    colour = (
        alt.Color("group:N", scale=scale_of(dict(zip(GROUPS, (ORANGE, GREY), strict=True)), *groups), legend=top_legend())
        if groups
        else alt.value(BLUE)
    )
    tooltip = [
        alt.Tooltip("feature:N"),
        alt.Tooltip("w:Q", format=".4g"),
        alt.Tooltip("lam:Q", title="λ", format=".3g"),
        alt.Tooltip("norm:Q", title="‖w‖₁", format=".3g"),
    ]
    trained, exact = where(base, "trained"), where(base, "exact")
    return alt.layer(
        trained.mark_line(strokeWidth=1.5).encode(x, y, color=colour, detail="feature:N"),
        exact.mark_line(strokeWidth=1.2, strokeDash=[3, 3], color=GREY).encode(x, y, detail="feature:N"),
        where(base, "cursor").mark_rule(color=BLUE, strokeWidth=2).encode(x),
        where(base, "count").mark_text(dy=-4).encode(x, y=alt.value(0), text="w:Q"),
        trained.mark_point(size=25, opacity=0).encode(x, y, tooltip=tooltip).add_params(pick),
        where(base, "name")
        .mark_text(align="left", dx=5, limit=NAMES_WIDTH - 8)
        .encode(x, y=alt.Y("place:Q", title="charts.coefficient"), text="feature:N"),
    ).properties(height=HEIGHT, **({} if groups else {"padding": {"left": 5, "top": 5, "right": NAMES_WIDTH, "bottom": 5}}))


def choosing(rows: pd.DataFrame) -> Chart:
    """Cross-validation (frames.sparsity.choosing_rows): mean ± one standard error, λ_min and λ_1se, beside the test error."""
    base = alt.Chart(rows)
    x = alt.X("share:Q", title="charts.share", scale=alt.Scale(type="log", nice=False), axis=alt.Axis(format="~g"))
    y = alt.Y("value:Q", title="charts.squared", scale=alt.Scale(type="log", nice=False), axis=alt.Axis(format="~g"))
    names = {"cv": BLUE, "test": ORANGE}
    colour = alt.Color("kind:N", scale=scale_of(names), legend=alt.Legend(title=None, orient="top", labelLimit=300, columns=1))
    dash = alt.StrokeDash("kind:N", scale=scale_of({"cv": [1, 0], "test": [6, 3]}), legend=None)
    tooltip = [
        alt.Tooltip("share:Q", title="charts.share_short", format=".3g"),
        alt.Tooltip("value:Q", title="charts.squared", format=".4g"),
    ]
    lines = base.transform_filter("datum.kind === 'cv' || datum.kind === 'test'")
    cv = where(base, "cv")
    return alt.layer(
        lines.mark_line().encode(x, y, color=colour, strokeDash=dash),
        cv.mark_rule(color=BLUE).encode(x, y=alt.Y("low:Q", title=""), y2="high:Q"),
        lines.mark_point(size=35, filled=True).encode(x, y, color=colour, tooltip=tooltip),
        where(base, "cursor").mark_rule(color=BLUE, strokeWidth=2).encode(x),
        where(base, "mark").mark_rule(strokeDash=[4, 3], color=GREEN, strokeWidth=1.5).encode(x),
        where(base, "mark")
        .mark_text(align="left", dx=4, dy=alt.expr("datum.label === 'λ_1se' ? 14 : 0"), fontWeight="bold")
        .encode(x, y=alt.value(8), text="label:N"),
    ).properties(height=HEIGHT)


def plane(rows: pd.DataFrame) -> Chart:
    """Two weights, one picture (frames.sparsity.plane_rows): contours of the loss, diamond and circle, landing points and paths."""
    base = alt.Chart(rows)
    domain = alt.Scale(domain=[-1.5, 1.5], nice=False)
    x = alt.X("w1:Q", scale=domain, title="w₁")
    y = alt.Y("w2:Q", scale=domain, title="w₂")
    colours = {"L1": BLUE, "L2": ORANGE, "least squares": GREEN}
    colour = alt.Color("penalty:N", scale=scale_of(colours), legend=top_legend())
    shape = alt.Shape(
        "penalty:N", scale=scale_of({"L1": "diamond", "L2": "circle", "least squares": "cross"}), legend=top_legend()
    )
    order = alt.Order("order:Q")
    tooltip = [
        alt.Tooltip("penalty:N", title="charts.point"),
        alt.Tooltip("w1:Q", format=".4f"),
        alt.Tooltip("w2:Q", format=".4f"),
    ]
    axes = base.transform_aggregate(rows="count()")  # one row: one rule
    return alt.layer(
        axes.mark_rule(color=GREY).encode(x=alt.datum(0)),
        axes.mark_rule(color=GREY).encode(y=alt.datum(0)),
        where(base, "limit").mark_line(strokeWidth=2, clip=True).encode(x, y, color=colour, detail="penalty:N", order=order),
        where(base, "contour")
        .mark_line(strokeWidth=1, strokeDash=[3, 2], clip=True)
        .encode(x, y, color=colour, detail="penalty:N", order=order),
        where(base, "path")
        .mark_line(strokeWidth=1, clip=True)
        .encode(x, y, color=colour, detail="penalty:N", order=order),
        where(base, "point").mark_point(filled=True, size=140, opacity=1).encode(
            x, y, color=colour, shape=shape, tooltip=tooltip
        ),
    ).properties(width=SQUARE, height=SQUARE, autosize=alt.AutoSizeParams(type="pad"))  # fmt: skip
