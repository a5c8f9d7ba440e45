"""The dropout page's charts: tidy DataFrame in, Altair chart out. Runs are told apart by dash as well as colour."""

import json
import re

import altair as alt
import pandas as pd

from regdemo.charts.theme import (
    BLUE,
    DASHES,
    GREEN,
    GREY,
    HAND,
    HEIGHT,
    INK,
    LOG_TICKS,
    MOMENT,
    ORANGE,
    Chart,
    at_end,
    chosen,
    close,
    dash_legend,
    line_legend,
    scale_of,
    top_legend,
    where,
)

FIRST, SECOND = ORANGE, BLUE  # the run without, and the run with


def curves(
    rows: pd.DataFrame, *, runs: tuple[str, ...], names: tuple[str, ...], measure: str, log: bool = True, percent: bool = False,
    epochs: int = 0, time: str = "charts.epoch", low: float | None = None,
) -> Chart:  # fmt: skip
    """Learning curves (dropout_frames.curve_rows): colour is the run, dash the data and mode, shaded the gap from training to test data.

    `epochs`: as far the axis goes at least; `time`: what it counts; `low`: where the other axis begins.
    """
    base = alt.Chart(rows)
    reach = alt.Scale(domain=alt.DomainUnionWith(unionWith=[0, epochs]), nice=False)
    x = alt.X("epoch:Q", title=time, axis=alt.Axis(tickMinStep=1), scale=reach)
    scale = alt.Scale(type="log", nice=False) if log else alt.Scale(zero=False)
    if low is not None:
        scale.domainMin = low
    ticks = LOG_TICKS if log else {"format": ".0%" if percent else "~g"}
    y = alt.Y("value:Q", title=measure, scale=scale, axis=alt.Axis(**ticks, tickCount=6))
    two = dict(zip(runs, (FIRST, SECOND), strict=False))
    colour = alt.Color("run:N", scale=scale_of(two), legend=line_legend())
    dash = alt.StrokeDash(
        "curve:N",
        scale=scale_of(DASHES | {"train_eval": DASHES["train"], "train": [12, 3, 2, 3]}, *names),
        legend=dash_legend(),
    )
    value = alt.Tooltip("value:Q", title=measure, format=".1%" if percent else ".4g")
    tooltip = [alt.Tooltip("run:N"), alt.Tooltip("curve:N", title="charts.data"), alt.Tooltip("epoch:Q", title=time), value]
    gap = base.transform_filter("isValid(datum.beside)")
    layers = [
        base.mark_line(clip=True).encode(x, y, color=colour, strokeDash=dash),
        gap.mark_area(opacity=0.16, clip=True).encode(x, y, y2="beside:Q", color=colour),
        base.mark_point(size=50, opacity=0, clip=True).encode(x, y, tooltip=tooltip),
    ]
    ends = gap.transform_filter("datum.gap !== ''").transform_calculate(
        top="max(datum.value, datum.beside)", bottom="min(datum.value, datum.beside)"
    )
    for i, run in enumerate(runs):  # right of the plot, a bracket a run; words above the first and below the second keep apart
        end = ends.transform_filter(alt.FieldEqualPredicate(field="run", equal=run))
        at, word = (alt.XValue(alt.ExprRef(f"width + {place}")) for place in (5 + 6 * i, 18))
        edge = alt.Y("bottom:Q" if i else "top:Q", title=measure, scale=scale)
        layers += [
            end.mark_rule(strokeWidth=4).encode(x=at, y=y, y2="beside:Q", color=colour),
            end.mark_text(align="left", dy=7 if i else -7, fontWeight="bold").encode(x=word, y=edge, text="gap:N"),
        ]
    return close(alt.layer(*layers).properties(height=HEIGHT))


def ridgeline(rows: pd.DataFrame, *, runs: tuple[str, ...], across: str, offset: bool = True) -> Chart:
    """Histograms over time (dropout_frames.ridgeline_rows), two runs superimposed: offset upward by epoch, or overlaid."""
    lift = "datum.height * 1.6 - datum.level" if offset else "datum.height"
    base = alt.Chart(rows).transform_calculate(y=lift, zero="-datum.level" if offset else "0")
    x = alt.X("x:Q", title=across)
    axis = None if offset else alt.Axis(title="charts.density")
    y = alt.Y("y:Q", axis=axis, scale=alt.Scale(nice=False, padding=4))
    colour = alt.Color("run:N", scale=scale_of(dict(zip(runs, (FIRST, SECOND), strict=False))), legend=line_legend())
    dash = alt.StrokeDash("run:N", scale=scale_of(dict(zip(runs, ([5, 3], [1, 0]), strict=False))), legend=line_legend())
    group = ["run:N", "epoch:Q"]
    opacity = alt.value(1.0) if offset else alt.Opacity("level:Q", scale=alt.Scale(range=[0.15, 1]), legend=None)
    layers = [base.mark_line(strokeWidth=1.3).encode(x, y, color=colour, strokeDash=dash, detail=group, opacity=opacity)]
    if offset:
        layers.append(base.mark_area(opacity=0.12).encode(x, y, y2="zero:Q", color=colour, detail=group))
        labels = base.transform_aggregate(left="min(x)", y="min(zero)", groupby=["epoch"])
        labels = labels.transform_calculate(label="'epoch ' + datum.epoch")
        layers.append(
            labels.mark_text(align="left", dx=6, dy=-4).encode(x=alt.value("width"), y=alt.Y("y:Q", axis=axis), text="label:N")
        )
    return alt.layer(*layers).properties(height=HEIGHT)


def fits(rows: pd.DataFrame, *, runs: tuple[str, ...]) -> Chart:
    """The curve lab's fits (dropout_frames.fit_rows): data, eval-mode fits, thinned networks and their mean."""
    base = alt.Chart(rows).transform_calculate(split="datum.run")
    x = alt.X("x:Q", title="x", scale=alt.Scale(nice=False), axis=alt.Axis(tickCount=5, format="~g"))
    y = alt.Y("y:Q", title="y", axis=alt.Axis(tickCount=5, format="~g"))
    colours = dict(zip(runs, (FIRST, SECOND), strict=False)) | {"truth": GREY}
    colour = alt.Color("run:N", scale=scale_of(colours), legend=line_legend())
    shapes = alt.Shape(
        "split:N",
        scale=scale_of({"train": "circle", "test": "cross"}),
        legend=alt.Legend(title=None, orient="top", symbolFillColor=INK, symbolStrokeColor=INK),
    )
    ink = alt.value(INK)
    point = where(base, "point")
    train, test = (point.transform_filter(f"datum.run === '{split}'") for split in ("train", "test"))
    return alt.layer(
        where(base, "fit")
        .mark_line(strokeWidth=2.5)
        .encode(x, y, color=colour, tooltip=["run:N", alt.Tooltip("y:Q", format=".3f")]),
        test.mark_point(filled=True, size=20, opacity=0.45).encode(x, y, fill=ink, shape=shapes),
        where(base, "fan").mark_line(strokeWidth=0.7, opacity=0.3).encode(x, y, color=colour, detail="member:O"),
        where(base, "mean").mark_line(strokeWidth=2.5, strokeDash=[2, 2]).encode(x, y, color=colour, detail="run:N"),
        where(base, "truth").mark_line(strokeDash=[6, 4]).encode(x, y, color=colour),
        train.mark_point(filled=True, size=70, opacity=1).encode(x, y, fill=ink, shape=shapes),
    ).properties(height=HEIGHT)


def seeds(rows: pd.DataFrame, *, runs: tuple[str, ...]) -> Chart:
    """Test loss of each seed for both runs, joined by a line: columns seed, run, loss."""
    base = alt.Chart(rows)
    x = alt.X("seed:O", title="charts.seed", axis=alt.Axis(labelAngle=0))
    y = alt.Y("loss:Q", title="charts.test_loss", scale=alt.Scale(type="log", nice=False), axis=alt.Axis(**LOG_TICKS))
    colour = alt.Color("run:N", scale=scale_of(dict(zip(runs, (FIRST, SECOND), strict=False))), legend=top_legend())
    shape = alt.Shape("run:N", scale=scale_of(dict(zip(runs, ("circle", "square"), strict=False))), legend=top_legend())
    return alt.layer(
        base.mark_point(filled=True, size=80, opacity=1).encode(
            x, y, color=colour, shape=shape, tooltip=["seed:O", "run:N", alt.Tooltip("loss:Q", format=".4g")]
        ),
        base.mark_line(color=GREY, strokeWidth=1).encode(x, y, detail="seed:O"),
    ).properties(height=HEIGHT - 60)


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
    ).properties(height=HEIGHT - 60)


def averaging(rows: pd.DataFrame) -> Chart:
    """Monte-Carlo dropout, the average of k thinned networks, against the weight-scaling inference rule (masks.averaging)."""
    base = alt.Chart(rows)
    y = alt.Y("error:Q", title="charts.error", axis=alt.Axis(format=".1%"), scale=alt.Scale(zero=False))
    scaling = alt.Y("scaling_error:Q", title="charts.error")
    x = alt.X("k:Q", title="charts.averaged", scale=alt.Scale(nice=False))
    return alt.layer(
        base.mark_line(point=True, color=BLUE).encode(x, y, tooltip=["k:Q", alt.Tooltip("error:Q", format=".3%")]),
        base.mark_line(strokeDash=[5, 3], color=GREY, strokeWidth=2).encode(x, scaling),
        at_end(base.transform_filter("datum.k === 1"), lineBreak="/").encode(scaling, text=alt.value("charts.scaling")),
    ).properties(height=HEIGHT - 60)


def network(rows: pd.DataFrame, *, layers: tuple[str, ...]) -> Chart:
    """A network with one draw of its mask (dropout_frames.net_rows): units that are dropped are crossed out, and their edges are gone."""
    base = alt.Chart(rows)
    names = alt.Axis(
        values=list(range(len(layers))), labelExpr=f"{json.dumps(layers)}[datum.value]", grid=False, domain=False, ticks=False
    )
    x = alt.X("layer:Q", title=None, axis=names, scale=alt.Scale(domain=[-0.2, len(layers) - 0.8]))
    y = alt.Y("place:Q", axis=None, scale=alt.Scale(domain=[-1, 1]))
    now = base.transform_filter("datum.draw === moment || datum.draw === 0")
    gone, kept = now.transform_filter("datum.k <= hand"), now.transform_filter("datum.k > hand")
    edges = where(kept, "edge").transform_calculate(next="datum.layer + 1")
    crossed = where(gone, "unit")
    return (
        alt.layer(
            edges.mark_rule(color=SECOND, opacity=0.5).encode(x, y, alt.X2("next:Q"), alt.Y2("to:Q")),
            where(kept, "fixed").mark_point(size=240, filled=True, color=GREY, opacity=1).encode(x, y),
            where(kept, "unit").mark_point(size=240, filled=True, color=SECOND, opacity=1).encode(x, y),
            crossed.mark_point(size=240, color=GREY, strokeWidth=1.5, strokeDash=[3, 3]).encode(x, y),
            crossed.mark_point(shape=CROSS, size=300, color=FIRST, strokeWidth=2.5).encode(x, y),
        )
        .add_params(HAND, MOMENT)
        .properties(height=HEIGHT)
    )


CROSS = "M-0.6,-0.6L0.6,0.6M-0.6,0.6L0.6,-0.6"


def strip(
    rows: pd.DataFrame, *, layers: tuple[str, ...], parts: tuple[str, str, str], rates: tuple[float, ...], told: str
) -> Chart:
    """What one mask does to numbers (the hidden units of dropout_frames.net_rows): what comes in, the mask, what is passed on.

    parts: what the three are called; told: how many are kept and what that does to the mean, with {kept} and {mean}.
    """
    now = (
        where(alt.Chart(rows), "unit")
        .transform_filter("datum.draw === moment")
        .transform_calculate(mask="datum.k > hand ? 1 : 0", out=f"datum.k > hand ? datum.value / (1 - {list(rates)}[hand]) : 0")
    )
    hidden = range(1, len(layers) - 1)
    names = [f"{layers[i]}: {part}" for i in hidden for part in parts]
    y_axis = alt.Axis(
        values=[4 * i + j for i in range(len(hidden)) for j in range(3)],
        ticks=False,
        domain=False,
        labelLimit=200,
        labelExpr=f"{json.dumps(names)}[3 * floor(datum.value / 4) + datum.value % 4]",
    )
    x = alt.X("unit:O", axis=None)
    y = alt.Y("row:O", title=None, axis=y_axis, scale=alt.Scale(domain=list(range(4 * len(hidden) - 1)), paddingInner=0.06))
    layered = []
    for j, field in enumerate(("value", "mask", "out")):
        cells = now.transform_calculate(
            row=f"4 * (datum.layer - 1) + {j}", cell=f"format(datum.{field}, '.3~r')", weight="min(datum.out, 30) / 30"
        )
        strength = f"datum.mask ? {('0.12', '0.45', '0.12 + 0.5 * datum.weight')[j]} : {('0.12', '0.06', '0.06')[j]}"
        cells = cells.transform_calculate(opacity=strength)
        colour = alt.condition("datum.mask === 1", alt.value(SECOND), alt.value(GREY)) if j else alt.value(SECOND)
        opacity = alt.Opacity("opacity:Q", scale=None, legend=None)
        layered += [
            cells.mark_rect().encode(x, y, color=colour, opacity=opacity),
            cells.mark_text(fontSize=12).encode(x, y, text="cell:N"),
        ]
    head, middle, tail = re.split(r"{kept}|{mean}", told)
    sentence = f"{json.dumps(head)} + datum.kept + {json.dumps(middle)} + format(datum.mean, '.3~r') + {json.dumps(tail)}"
    tally = now.transform_aggregate(kept="sum(mask)", mean="mean(out)", groupby=["draw"]).transform_calculate(tally=sentence)
    layered.append(
        tally.mark_text(align="left", baseline="top", dy=8).encode(x=alt.value(0), y=alt.value("height"), text="tally:N")
    )
    return alt.layer(*layered).add_params(HAND, MOMENT).properties(height=HEIGHT)


def means(rows: pd.DataFrame) -> Chart:
    """The mean in train mode over the masks so far (dropout_frames.mean_rows), and that in eval mode."""
    every = alt.Chart(rows)
    base = chosen(every)
    now = base.transform_filter("datum.draw <= moment")
    x = alt.X("draw:Q", title="charts.masks", scale=alt.Scale(nice=False))
    y = alt.Y("mean:Q", title="charts.running", scale=alt.Scale(zero=False))
    whole = every.transform_filter("datum.draw === 1 && datum.k === 0")  # the same at every rate
    return (
        alt.layer(
            every.mark_point(opacity=0).encode(x),
            base.mark_point(opacity=0).encode(x, y),  # the axes stand still while the film runs
            now.mark_area(opacity=0.16, color=SECOND).encode(x, alt.Y("low:Q", title="charts.running"), y2="high:Q"),
            now.mark_line(color=SECOND).encode(x, y, tooltip=["draw:Q", alt.Tooltip("mean:Q", format=".3f")]),
            whole.mark_rule(color=GREY, strokeDash=[5, 3], strokeWidth=2).encode(alt.Y("eval:Q")),
            at_end(whole).encode(y="eval:Q", text=alt.value("charts.eval")),
        )
        .add_params(HAND, MOMENT)
        .properties(height=HEIGHT - 60)
    )


def running(rows: pd.DataFrame) -> Chart:
    """The bench's running means over draws (demo.running), each with its expectation."""
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
    ).properties(height=HEIGHT - 60)
