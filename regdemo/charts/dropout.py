"""The dropout page's charts: tidy DataFrame in, Altair chart out. Runs are told apart by dash as well as colour."""

import altair as alt
import pandas as pd

from regdemo.charts.theme import BLUE, GREEN, GREY, HEIGHT, ORANGE, PURPLE, SKY, Chart, scale_of, top_legend, where

FIRST, SECOND = ORANGE, BLUE  # the run without, and the run with


def curves(
    rows: pd.DataFrame, *, runs: tuple[str, ...], names: tuple[str, ...], measure: str, log: bool = True, percent: bool = False,
    epochs: int = 0,
) -> Chart:  # fmt: skip
    """Learning curves (dropout_frames.curve_rows): colour is the run, dash the data and mode. `epochs`: as far the axis goes at least."""
    base = alt.Chart(rows)
    reach = alt.Scale(domain=alt.DomainUnionWith(unionWith=[0, epochs]))
    x = alt.X("epoch:Q", title="charts.epoch", axis=alt.Axis(tickMinStep=1), scale=reach)
    scale = alt.Scale(type="log", nice=False) if log else alt.Scale(zero=False)
    y = alt.Y("value:Q", title=measure, scale=scale, axis=alt.Axis(format=".0%" if percent else "~g", tickCount=6))
    colour = alt.Color("run:N", scale=scale_of(dict(zip(runs, (FIRST, SECOND), strict=False))), legend=top_legend())
    dashes = {"test": [1, 0], "train": [6, 3], "train_eval": [2, 2], "validation": [10, 3, 2, 3]}
    dash = alt.StrokeDash("curve:N", scale=scale_of(dashes, *names), legend=alt.Legend(title=None, orient="bottom"))
    value = alt.Tooltip("value:Q", title=measure, format=".1%" if percent else ".4g")
    tooltip = [alt.Tooltip("run:N"), alt.Tooltip("curve:N", title="charts.data"), alt.Tooltip("epoch:Q"), value]
    return alt.layer(
        base.mark_line().encode(x, y, color=colour, strokeDash=dash),
        base.mark_point(size=50, opacity=0).encode(x, y, tooltip=tooltip),
    ).properties(height=HEIGHT)


def ridgeline(rows: pd.DataFrame, *, runs: tuple[str, ...], across: str, offset: bool = True) -> Chart:
    """Histograms over time (dropout_frames.ridgeline_rows), two runs superimposed: offset upward by epoch, or overlaid."""
    lift = "datum.height * 1.6 - datum.level" if offset else "datum.height"
    base = alt.Chart(rows).transform_calculate(y=lift, zero="-datum.level" if offset else "0")
    x = alt.X("x:Q", title=across)
    axis = None if offset else alt.Axis(title="charts.density")
    y = alt.Y("y:Q", axis=axis, scale=alt.Scale(nice=False))
    colour = alt.Color("run:N", scale=scale_of(dict(zip(runs, (FIRST, SECOND), strict=False))), legend=top_legend())
    dash = alt.StrokeDash("run:N", scale=scale_of(dict(zip(runs, ([5, 3], [1, 0]), strict=False))), legend=top_legend())
    group = ["run:N", "epoch:Q"]
    opacity = alt.value(1.0) if offset else alt.Opacity("level:Q", scale=alt.Scale(range=[0.15, 1]), legend=None)
    layers = [base.mark_line(strokeWidth=1.3).encode(x, y, color=colour, strokeDash=dash, detail=group, opacity=opacity)]
    if offset:
        layers.append(base.mark_area(opacity=0.12).encode(x, y, y2="zero:Q", color=colour, detail=group))
        labels = base.transform_aggregate(left="min(x)", y="min(zero)", groupby=["epoch"])
        labels = labels.transform_calculate(label="'epoch ' + datum.epoch")
        layers.append(
            labels.mark_text(align="right", dx=-4, dy=-6).encode(
                x=alt.value("width"), y=alt.Y("y:Q", axis=axis), text="label:N"
            )
        )
    return alt.layer(*layers).properties(height=HEIGHT)


def fits(rows: pd.DataFrame, *, runs: tuple[str, ...]) -> Chart:
    """The curve lab's fits (dropout_frames.fit_rows): data, eval-mode fits, thinned networks and their mean."""
    base = alt.Chart(rows)
    x = alt.X("x:Q", title="x")
    y = alt.Y("y:Q", title="y")
    colours = dict(zip(runs, (FIRST, SECOND), strict=False)) | {"truth": GREY, "train": GREEN, "test": SKY}
    colour = alt.Color("run:N", scale=scale_of(colours), legend=top_legend())
    point = where(base, "point")
    fit, mean = where(base, "fit"), where(base, "mean")
    return alt.layer(
        fit.mark_line(strokeWidth=2.5).encode(x, y, color=colour, tooltip=["run:N", alt.Tooltip("y:Q", format=".3f")]),
        where(base, "fan").mark_line(strokeWidth=0.7, opacity=0.3).encode(x, y, color=colour, detail="member:O"),
        mean.mark_line(strokeWidth=2.5, strokeDash=[2, 2], color=PURPLE).encode(x, y, detail="run:N"),
        where(base, "truth").mark_line(strokeDash=[6, 4]).encode(x, y, color=colour),
        point.mark_point(filled=True, size=45, opacity=0.9).encode(
            x, y, color=colour, shape=alt.Shape("run:N", scale=scale_of({"train": "circle", "test": "cross"}), legend=None)
        ),
    ).properties(height=HEIGHT + 40)  # fmt: skip


def seeds(rows: pd.DataFrame, *, runs: tuple[str, ...]) -> Chart:
    """Test loss of each seed for both runs, joined by a line: columns seed, run, loss."""
    base = alt.Chart(rows)
    x = alt.X("seed:O", title="charts.seed", axis=alt.Axis(labelAngle=0))
    y = alt.Y("loss:Q", title="charts.test_loss", scale=alt.Scale(type="log", nice=False), axis=alt.Axis(format="~g"))
    colour = alt.Color("run:N", scale=scale_of(dict(zip(runs, (FIRST, SECOND), strict=False))), legend=top_legend())
    shape = alt.Shape("run:N", scale=scale_of(dict(zip(runs, ("circle", "square"), strict=False))), legend=top_legend())
    return alt.layer(
        base.mark_point(filled=True, size=80, opacity=1).encode(
            x, y, color=colour, shape=shape, tooltip=["seed:O", "run:N", alt.Tooltip("loss:Q", format=".4g")]
        ),
        base.mark_line(color=GREY, strokeWidth=1).encode(x, y, detail="seed:O"),
    ).properties(height=HEIGHT - 60)  # fmt: skip


def activity(rows: pd.DataFrame, *, runs: tuple[str, ...], layer: str, across: str) -> Chart:
    """How active hidden units are on average (dropout_frames.activity_rows): one run outlined, one filled."""
    base = alt.Chart(rows).transform_filter(f"datum.layer === '{layer}'")
    x = alt.X("left:Q", title=across)
    y = alt.Y("share:Q", title="charts.units", axis=alt.Axis(format="%"))
    two = scale_of(dict(zip(runs, (FIRST, SECOND), strict=False)))
    tooltip = [
        "run:N",
        alt.Tooltip("left:Q", format=".3g"),
        alt.Tooltip("right:Q", format=".3g"),
        alt.Tooltip("share:Q", format=".1%"),
    ]
    filled, outline = (base.transform_filter(f"datum.run === '{run}'") for run in (runs[-1], runs[0]))
    return alt.layer(
        filled.mark_rect(opacity=0.5).encode(
            x, alt.X2("right:Q"), y, y2=alt.datum(0), color=alt.Color("run:N", scale=two, legend=top_legend()), tooltip=tooltip
        ),
        outline.mark_rect(filled=False, strokeWidth=1.5).encode(
            x, alt.X2("right:Q"), y, y2=alt.datum(0), stroke=alt.Stroke("run:N", scale=two, legend=None), tooltip=tooltip
        ),
    ).properties(height=HEIGHT - 60)  # fmt: skip


def averaging(rows: pd.DataFrame) -> Chart:
    """Monte-Carlo dropout, the average of k thinned networks, against the weight-scaling inference rule (masks.averaging)."""
    base = alt.Chart(rows)
    y = alt.Y("error:Q", title="charts.error", axis=alt.Axis(format=".1%"), scale=alt.Scale(zero=False))
    scaling = alt.Y("scaling_error:Q", title="charts.error")
    x = alt.X("k:Q", title="charts.averaged")
    return alt.layer(
        base.mark_line(point=True, color=BLUE).encode(x, y, tooltip=["k:Q", alt.Tooltip("error:Q", format=".3%")]),
        base.mark_line(strokeDash=[5, 3], color=ORANGE).encode(x, scaling),
        base.transform_filter("datum.k === 1")
        .mark_text(align="left", dy=-7)
        .encode(x, scaling, text=alt.value("charts.scaling")),
    ).properties(height=HEIGHT - 60)  # fmt: skip


def running(rows: pd.DataFrame) -> Chart:
    """The mask demo's running means over draws (masks.running), each with its expectation."""
    base = alt.Chart(rows)
    colours = {"train": BLUE, "unscaled": ORANGE, "eval": GREEN, "left_on": GREY}
    colour = alt.Color("column:N", scale=scale_of(colours), legend=top_legend())
    dash = alt.StrokeDash(
        "column:N",
        scale=scale_of(dict(zip(colours, ([1, 0], [6, 3], [10, 3, 2, 3], [2, 2]), strict=True))),
        legend=top_legend(),
    )
    x = alt.X("draw:Q", title="charts.draws")
    y = alt.Y("mean:Q", title="charts.running", scale=alt.Scale(zero=False))
    band = base.transform_calculate(
        low="datum.mean - datum.sd / sqrt(datum.draw)", high="datum.mean + datum.sd / sqrt(datum.draw)"
    )
    tooltip = ["column:N", "draw:Q", alt.Tooltip("mean:Q", format=".3f"), alt.Tooltip("expected:Q", format=".3f")]
    return alt.layer(
        base.mark_line().encode(x, y, color=colour, strokeDash=dash, tooltip=tooltip),
        band.mark_area(opacity=0.12).encode(x, y=alt.Y("low:Q"), y2="high:Q", color=colour),
        base.mark_line(strokeWidth=0.8).encode(x, alt.Y("expected:Q"), color=colour, detail="column:N"),
    ).properties(height=HEIGHT - 60)  # fmt: skip
