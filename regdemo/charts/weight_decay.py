"""Tidy DataFrame in, Altair chart out. Colour is never alone: dash, shape or outline says the same."""

import altair as alt
import pandas as pd

from regdemo.charts.theme import (
    BLUE,
    DASHES,
    GREEN,
    GREY,
    HEIGHT,
    ORANGE,
    RUN_COLOURS,
    SKY,
    Chart,
    clipped,
    scale_of,
    top_legend,
    where,
    y_axis,
)
from regdemo.frames.summaries import CHOSEN, PLAIN, PREVIEW
from regdemo.frames.weight_decay import NORMS


def loss(
    rows: pd.DataFrame,
    *,
    runs: tuple[str, ...] = (PLAIN, CHOSEN),
    curves: tuple[str, ...] = ("test", "train"),
    log: bool = True,
    strengths: int = 1,
    floor: float = 1e-8,
) -> Chart:
    """Loss over epochs (frames.loss_rows): named runs with quartile bands, baselines, best epoch, λ preview."""
    preview = alt.param(
        name="preview",
        value=-1,
        bind=alt.binding_range(min=-1, max=strengths - 1, step=1, name="charts.preview_off "),
    )
    base = alt.Chart(rows)
    if log:  # a band's lower edge may be zero or below the floor
        base = base.transform_calculate(**clipped(floor))
    x = alt.X("epoch:Q", title="charts.epoch", axis=alt.Axis(tickMinStep=1))
    y = y_axis("mid", log, "charts.loss")
    colour = alt.Color("run:N", scale=scale_of(RUN_COLOURS, *runs, PREVIEW), legend=top_legend())
    dash = alt.StrokeDash("curve:N", scale=scale_of(DASHES, *curves), legend=alt.Legend(title=None, orient="bottom"))
    tooltip = [
        alt.Tooltip("run:N", title="charts.run"),
        alt.Tooltip("curve:N", title="charts.curve"),
        alt.Tooltip("lam:Q", title="λ", format="~g"),
        alt.Tooltip("epoch:Q", title="charts.epoch"),
        alt.Tooltip("mid:Q", title="charts.median", format=".3g"),
        alt.Tooltip("low:Q", title="charts.low", format=".3g"),
        alt.Tooltip("high:Q", title="charts.high", format=".3g"),
    ]
    line = where(base, "line")
    previewed = where(base, "preview").transform_filter("datum.k === preview")
    rule = where(base, "rule")
    layers = [  # lines before bands: a legend takes its symbol from the first layer
        line.mark_line().encode(x, y, color=colour, strokeDash=dash),
        line.mark_area(opacity=0.15).encode(x, y=y_axis("low", log, ""), y2="high:Q", color=colour, detail="curve:N"),
        rule.mark_rule(strokeDash=[3, 3], color=GREY).encode(
            y=y, tooltip=[alt.Tooltip("run:N", title="charts.baseline"), tooltip[4]]
        ),
        rule.mark_text(align="right", dx=-4, dy=9).encode(x=alt.value("width"), y=y, text="run:N"),
        line.mark_point(size=60, opacity=0).encode(x, y, tooltip=tooltip),
        where(base, "best")
        .mark_point(shape="diamond", size=90, filled=True)
        .encode(x, y, color=colour, tooltip=[alt.Tooltip("run:N", title="charts.best_epoch"), tooltip[3], tooltip[4]]),
        previewed.mark_line(strokeWidth=1.5).encode(x, y, color=colour, strokeDash=dash),
        previewed.transform_filter("datum.epoch === 0 && datum.curve === 'test'")
        .mark_text(align="right", fontSize=13, fontWeight="bold")
        .transform_calculate(label="'preview: λ = ' + format(datum.lam, '~g')")
        .encode(x=alt.value("width"), y=alt.value(10), text="label:N"),
    ]
    return alt.layer(*layers).add_params(preview).properties(height=HEIGHT)


def histogram(
    rows: pd.DataFrame,
    *,
    runs: tuple[str, str] = (PLAIN, CHOSEN),
    c: float = 0.01,
    snapshots: int = 1,
    linear: bool = False,
) -> Chart:
    """Coefficients at a snapshot epoch (frames.histogram_rows): the first run as outline, the second filled, truth as rules."""
    scrub = alt.param(
        name="moment",
        value=snapshots - 1,
        bind=alt.binding_range(min=0, max=snapshots - 1, step=1, name="charts.moment "),
    )
    scale = alt.Scale(nice=False) if linear else alt.Scale(type="symlog", constant=c, nice=False)
    axis = alt.Axis(format="~g") if linear else alt.Axis(format="~g", labelOverlap=True, values=_ticks(c))
    x = alt.X("left:Q", scale=scale, title="charts.coefficient", axis=axis)
    y = alt.Y("share:Q", title="charts.coefficients", axis=alt.Axis(format="%"), scale=alt.Scale(domainMin=0))
    two = scale_of(RUN_COLOURS, *runs)
    colour = alt.Color("run:N", scale=two, legend=top_legend())
    tooltip = [
        alt.Tooltip("run:N", title="charts.run"),
        alt.Tooltip("epoch:Q"),
        alt.Tooltip("left:Q", title="charts.from", format=".3g"),
        alt.Tooltip("right:Q", title="charts.to", format=".3g"),
        alt.Tooltip("share:Q", format=".1%"),
    ]
    zero = alt.datum(0)
    base = alt.Chart(rows)
    now = base.transform_filter("datum.index === moment")
    bins, zeros = where(now, "bin"), where(now, "zero")
    outline, filled = (bins.transform_filter(f"datum.run === '{run}'") for run in runs)
    layers = [
        filled.mark_rect(opacity=0.55).encode(x, alt.X2("right:Q"), y, y2=zero, color=colour, tooltip=tooltip),
        outline.mark_rect(filled=False, strokeWidth=1.5).encode(
            x, alt.X2("right:Q"), y, y2=zero, stroke=alt.Stroke("run:N", scale=two, legend=None), tooltip=tooltip
        ),
        zeros.mark_bar(width=5).encode(
            x, y, y2=zero, color=colour, tooltip=[alt.Tooltip("run:N", title="charts.zero"), tooltip[-1]]
        ),
        where(base, "truth")
        .mark_rule(color=GREEN, strokeDash=[4, 2], strokeWidth=2)
        .encode(x, tooltip=[alt.Tooltip("left:Q", title="charts.truth", format=".3g")]),
        where(base, "truth").mark_text(align="left", dx=4).encode(x, y=alt.value(8), text="run:N"),
        now.transform_aggregate(epoch="max(epoch)")
        .transform_calculate(label="'epoch ' + datum.epoch")
        .mark_text(align="left", fontSize=13, fontWeight="bold")
        .encode(x=alt.value(4), y=alt.value(10), text="label:N"),
    ]
    return alt.layer(*layers).add_params(scrub).properties(height=HEIGHT)


def _ticks(c: float) -> list[float]:
    powers = [c * 10**i for i in range(6)]
    return [-v for v in reversed(powers)] + [0.0] + powers


def norms(rows: pd.DataFrame, *, floor: float = 1e-4) -> Chart:
    """‖w‖₂ over epochs and its parts (frames.norm_rows), logarithmic: nothing is below the floor."""
    base = alt.Chart(rows).transform_calculate(norm=f"max(datum.norm, {floor})")
    x = alt.X("epoch:Q", title="charts.epoch", axis=alt.Axis(tickMinStep=1))
    y = y_axis("norm", True, "charts.norm")
    colour = alt.Color("run:N", scale=scale_of(RUN_COLOURS, PLAIN, CHOSEN), legend=top_legend())
    dashes = dict(zip(NORMS, ([1, 0], [6, 3], [2, 2], [10, 3, 2, 3]), strict=True))
    dash = alt.StrokeDash(
        "part:N", scale=scale_of(dashes), legend=alt.Legend(title=None, orient="bottom", columns=2, symbolStrokeColor=GREY)
    )
    tooltip = ["run:N", "part:N", "epoch:Q", alt.Tooltip("norm:Q", format=".4g")]
    return alt.layer(
        base.mark_line().encode(x, y, color=colour, strokeDash=dash),
        base.mark_point(opacity=0, size=60).encode(x, y, tooltip=tooltip),
    ).properties(height=HEIGHT)


SPLIT_COLOURS = {"train": SKY, "validation": GREEN, "test": ORANGE}
SPLIT_SHAPES = {"train": "circle", "validation": "triangle-up", "test": "square"}


def validation_curve(rows: pd.DataFrame, *, log: bool = True, floor: float = 1e-8, zero_at: float = 5e-4) -> Chart:
    """Validation curve, the final loss against λ (frames.validation_rows), the exact ridge solution dashed, best λ marked; a click picks a λ."""
    pick = alt.selection_point(name="pick", fields=["strength"], on="click", nearest=True, empty=False)
    base = alt.Chart(rows)
    if log:
        base = base.transform_calculate(**clipped(floor))
    ticks = [zero_at, *(10.0**i for i in range(-6, 7))]
    axis = alt.Axis(values=ticks, labelExpr=f"datum.value < {zero_at * 1.01} ? '0' : format(datum.value, '~g')", grid=True)
    x = alt.X("place:Q", scale=alt.Scale(type="log", nice=False), title="charts.strength", axis=axis)
    y = y_axis("mid", log, "charts.final_loss")
    colour = alt.Color("split:N", legend=top_legend(), scale=scale_of(SPLIT_COLOURS))
    tooltip = [
        alt.Tooltip("strength:Q", title="λ", format="~g"),
        alt.Tooltip("split:N", title="charts.data"),
        alt.Tooltip("mid:Q", title="charts.median_loss", format=".4g"),
        alt.Tooltip("low:Q", title="charts.low", format=".4g"),
        alt.Tooltip("high:Q", title="charts.high", format=".4g"),
    ]
    trained, exact = where(base, "trained"), where(base, "exact")
    shape = alt.Shape("split:N", scale=scale_of(SPLIT_SHAPES), legend=None)
    return alt.layer(
        trained.mark_line().encode(x, y, color=colour),
        trained.mark_area(opacity=0.15).encode(x, y=y_axis("low", log, ""), y2="high:Q", color=colour),
        exact.mark_line(strokeDash=[5, 4], strokeWidth=1.5).encode(x, y, color=colour),
        where(base, "cursor").mark_rule(color=BLUE, strokeWidth=2).encode(x),
        where(base, "best")
        .mark_point(size=150, filled=True, opacity=1)
        .encode(x, y, color=colour, shape=shape, tooltip=[alt.Tooltip("split:N", title="charts.best_lam"), *tooltip[::2]]),
        trained.mark_point(size=30, filled=True).encode(x, y, color=colour, shape=shape, tooltip=tooltip).add_params(pick),
    ).properties(height=HEIGHT)
