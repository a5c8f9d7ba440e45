"""Tidy DataFrame in, Altair chart out. Colour is never alone: dash, shape or outline says the same."""

import altair as alt
import pandas as pd

from regdemo.charts.theme import (
    AT_HAND,
    BLUE,
    DASHES,
    GREY,
    HAND,
    HEIGHT,
    MOMENT,
    ORANGE,
    ROOM,
    RUN_COLOURS,
    Chart,
    above,
    at_end,
    chosen,
    dash_legend,
    line_legend,
    reach,
    scale_of,
    strength_axis,
    top_legend,
    until_now,
    where,
    y_axis,
)
from regdemo.frames.summaries import CHOSEN, PLAIN
from regdemo.frames.weight_decay import NORMS, RULES


def loss(
    rows: pd.DataFrame,
    *,
    runs: tuple[str, ...] = (PLAIN, CHOSEN),
    curves: tuple[str, ...] = ("test", "train"),
    log: bool = True,
) -> Chart:
    """Loss over epochs (frames.loss_rows): named runs with quartile bands, baselines, best epoch; the bar moves λ and the epoch."""
    base = alt.Chart(rows)
    x = _epochs()
    y = y_axis("mid", log, "charts.loss", reach("mid"))
    colour = alt.Color("run:N", scale=scale_of(RUN_COLOURS, *runs), legend=line_legend())
    dash = alt.StrokeDash("curve:N", scale=scale_of(DASHES, *curves), legend=dash_legend())
    tooltip = [
        alt.Tooltip("run:N", title="charts.run"),
        alt.Tooltip("curve:N", title="charts.curve"),
        alt.Tooltip("lam:Q", title="λ", format="~g"),
        alt.Tooltip("epoch:Q", title="charts.epoch"),
        alt.Tooltip("mid:Q", title="charts.median", format=".3g"),
        alt.Tooltip("low:Q", title="charts.low", format=".3g"),
        alt.Tooltip("high:Q", title="charts.high", format=".3g"),
    ]
    line = until_now(chosen(where(base, "line")))
    rule = where(base, "rule")
    layers = [  # lines before bands: a legend takes its symbol from the first layer
        line.mark_line(clip=True).encode(x, y, color=colour, strokeDash=dash),
        line.mark_area(opacity=0.15, clip=True).encode(
            x, y=y_axis("low", log, "", reach("mid")), y2="high:Q", color=colour, detail="curve:N"
        ),
        rule.mark_rule(strokeDash=[3, 3], color=GREY).encode(
            y=y, tooltip=[alt.Tooltip("run:N", title="charts.baseline"), tooltip[4]]
        ),
        *(  # the first is the higher one, however near they are
            at_end(rule.transform_filter(f"datum.run === '{name}'"), baseline=side, lineBreak="\n").encode(y=y, text="run:N")
            for name, side in zip(RULES, ("bottom", "top"), strict=True)
        ),
        line.transform_calculate(id="datum.run + datum.curve + datum.epoch")
        .mark_point(size=60, opacity=0, clip=True, invalid=None)
        .encode(x, y, tooltip=tooltip, key="id:N"),
        until_now(chosen(where(base, "best")))
        .mark_point(shape="diamond", size=90, filled=True)
        .encode(x, y, color=colour, tooltip=[alt.Tooltip("run:N", title="charts.best_epoch"), tooltip[3], tooltip[4]]),
    ]
    return alt.layer(*layers).add_params(HAND, MOMENT).properties(height=HEIGHT)


def histogram(rows: pd.DataFrame, *, runs: tuple[str, str] = (PLAIN, CHOSEN), c: float = 0.01, linear: bool = False) -> Chart:
    """Coefficients at the film's epoch (frames.histogram_rows): the first run as outline, the second filled, truth as rules."""
    scale = alt.Scale(nice=False) if linear else alt.Scale(type="symlog", constant=c, nice=False)
    axis = alt.Axis(format="~g") if linear else alt.Axis(format="~g", labelOverlap="greedy", values=_ticks(c))
    x = alt.X("left:Q", scale=scale, title="charts.coefficient", axis=axis)
    y = alt.Y("share:Q", title="charts.coefficients", axis=alt.Axis(format="%", **ROOM), scale=alt.Scale(domainMin=0))
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
    now = chosen(base.transform_filter("datum.epoch === moment"))
    bins, zeros = where(now, "bin"), where(now, "zero")
    outline, filled = (bins.transform_filter(f"datum.run === '{run}'") for run in runs)
    layers = [
        filled.mark_rect(opacity=0.55).encode(x, alt.X2("right:Q"), y, y2=zero, color=colour, tooltip=tooltip, key="left:Q"),
        outline.mark_rect(filled=False, strokeWidth=1.5).encode(
            x, alt.X2("right:Q"), y, y2=zero, stroke=alt.Stroke("run:N", scale=two, legend=None), tooltip=tooltip, key="left:Q"
        ),
        zeros.mark_bar(width=5).encode(
            x, y, y2=zero, color=colour, tooltip=[alt.Tooltip("run:N", title="charts.zero"), tooltip[-1]]
        ),
        where(base, "truth")
        .mark_rule(color=GREY, strokeDash=[4, 2], strokeWidth=2)
        .encode(x, tooltip=[alt.Tooltip("left:Q", title="charts.truth", format=".3g")]),
        above(where(base, "truth")).encode(x, text="run:N"),
    ]
    return alt.layer(*layers).add_params(HAND, MOMENT).properties(height=HEIGHT)


def _ticks(c: float) -> list[float]:
    ticks = [m * c * 10**i for i in range(6) for m in (1, 2, 5)]
    return [-v for v in reversed(ticks)] + [0.0] + ticks


def norms(rows: pd.DataFrame, *, parts: tuple[str, ...] = NORMS) -> Chart:
    """‖w‖₂ over epochs and its parts (frames.norms_drawn), logarithmic."""
    x = _epochs()
    y = y_axis("norm", True, "charts.norm", reach("norm"))
    colour = alt.Color("run:N", scale=scale_of(RUN_COLOURS, PLAIN, CHOSEN), legend=line_legend())
    dashes = dict(zip(NORMS, ([1, 0], [6, 3], [2, 2], [10, 3, 2, 3]), strict=True))
    dash = alt.StrokeDash("part:N", scale=scale_of(dashes, *parts), legend=dash_legend(columns=2))
    tooltip = ["run:N", "part:N", "epoch:Q", alt.Tooltip("norm:Q", format=".4g")]
    now = until_now(chosen(alt.Chart(rows).transform_filter("datum.part !== 'reach'")))
    return (
        alt.layer(
            now.mark_line(clip=True).encode(x, y, color=colour, strokeDash=dash),
            now.transform_calculate(id="datum.run + datum.part + datum.epoch")
            .mark_point(opacity=0, size=60, clip=True, invalid=None)
            .encode(x, y, tooltip=tooltip, key="id:N"),
        )
        .add_params(HAND, MOMENT)
        .properties(height=HEIGHT)
    )


def _epochs() -> alt.X:
    return alt.X(
        "epoch:Q", title="charts.epoch", axis=alt.Axis(tickMinStep=1), scale=alt.Scale(nice=False, domain=reach("epoch"))
    )


SPLITS = ("test", "validation", "train")
SHAPES = {"validation": "triangle-up", "test": "square"}  # of the best λ by each


def validation_curve(rows: pd.DataFrame, *, log: bool = True, zero_at: float = 5e-4) -> Chart:
    """The validation curve: final loss against λ (frames.validation_rows), exact ridge in grey, the best λ marked; a click picks a λ."""
    pick = alt.selection_point(name="pick", fields=["strength"], on="click", nearest=True, empty=False)
    base, x = alt.Chart(rows), strength_axis(zero_at)
    y = y_axis("mid", log, "charts.final_loss")
    dash = alt.StrokeDash("split:N", scale=scale_of(DASHES, *SPLITS), legend=dash_legend())
    tooltip = [
        alt.Tooltip("strength:Q", title="λ", format="~g"),
        alt.Tooltip("split:N", title="charts.data"),
        alt.Tooltip("mid:Q", title="charts.median_loss", format=".4g"),
        alt.Tooltip("low:Q", title="charts.low", format=".4g"),
        alt.Tooltip("high:Q", title="charts.high", format=".4g"),
    ]
    trained, exact = where(base, "trained"), where(base, "exact")
    blue = alt.value(BLUE)
    at_zero = alt.condition("datum.strength === 0", alt.value(ORANGE), blue)
    return (
        alt.layer(
            trained.mark_line(strokeWidth=2).encode(x, y, color=blue, strokeDash=dash),
            trained.mark_area(opacity=0.12).encode(x, y=y_axis("low", log, ""), y2="high:Q", color=blue, detail="split:N"),
            exact.mark_line(strokeWidth=1.2, color=GREY).encode(x, y, detail="split:N"),
            where(base, "cursor").mark_rule(color=BLUE, strokeWidth=2).encode(x, opacity=AT_HAND),
            *(
                where(base, "best")
                .transform_filter(f"datum.split === '{split}'")
                .mark_point(shape=shape, size=170, strokeWidth=2.5, filled=False, opacity=1)
                .encode(x, y, color=blue, tooltip=[alt.Tooltip("split:N", title="charts.best_lam"), *tooltip[::2]])
                for split, shape in SHAPES.items()
            ),
            trained.mark_point(size=26, filled=True).encode(x, y, color=at_zero, tooltip=tooltip).add_params(pick),
        )
        .add_params(HAND)
        .properties(height=HEIGHT)
    )
