"""Tidy DataFrame in, Altair chart out. Colour is never alone: dash, shape or outline says the same."""

from typing import Any

import altair as alt
import pandas as pd

from regdemo.frames import CHOSEN, NORMS, PLAIN, PREVIEW

# Okabe & Ito's colours (2008), told apart by colour-blind readers; sky darker than theirs, to be seen on white as well
ORANGE, BLUE, GREEN, PURPLE, GREY, SKY = "#D55E00", "#0072B2", "#009E73", "#CC79A7", "#8A8A8A", "#3D9BD1"
INK = "currentColor"  # of letters: no grey can be read on white and on black, so the page's own colour is taken
RUN_COLOURS = {PLAIN: ORANGE, CHOSEN: BLUE, PREVIEW: PURPLE, "L1": BLUE, "L2": ORANGE, "elastic net": GREEN}
DASHES = {"test": [1, 0], "train": [6, 3], "validation": [2, 2], "penalty": [8, 2, 2, 2], "total": [12, 3]}
HEIGHT = 320
Chart = alt.LayerChart | alt.FacetChart


@alt.theme.register("regdemo", enable=True)
def _theme() -> alt.theme.ThemeConfig:
    """Letters in the page's colour; screen readers are given a chart's description and its axes, not thousands of marks."""
    letters: Any = {"labelColor": INK, "titleColor": INK}
    points: Any = {"opacity": 1}  # Vega-Lite's own 0.7 would be too faint on white
    return {"config": {"axis": letters, "legend": letters, "text": {"color": INK}, "point": points, "mark": {"aria": False}}}


def _y(field: str, log: bool, title: str) -> alt.Y:
    scale = alt.Scale(type="log", nice=False) if log else alt.Scale(zero=False)
    axis = alt.Axis(format=".0e" if log else "~g", title=title, tickCount=6)
    return alt.Y(f"{field}:Q", scale=scale, axis=axis)


def _clipped(floor: float) -> dict[str, str]:
    """Nothing below the floor: on a log axis one value near zero would flatten all the others."""
    return {name: f"max(datum.{name}, {floor})" for name in ("low", "mid", "high")}


def _where(chart: alt.Chart, kind: str) -> alt.Chart:
    return chart.transform_filter(f"datum.kind === '{kind}'")


def _scale(ranges: dict, *names: str) -> alt.Scale:
    """A colour, dash or shape for each name: all of `ranges`, or those named."""
    return alt.Scale(domain=list(names or ranges), range=[ranges[n] for n in names or ranges])


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
        bind=alt.binding_range(min=-1, max=strengths - 1, step=1, name="λ preview (far left: off) "),
    )
    base = alt.Chart(rows)
    if log:  # a band's lower edge may be zero or below the floor
        base = base.transform_calculate(**_clipped(floor))
    x = alt.X("epoch:Q", title="epoch", axis=alt.Axis(tickMinStep=1))
    y = _y("mid", log, "loss, ½ · mean squared error")
    colour = alt.Color("run:N", scale=_scale(RUN_COLOURS, *runs, PREVIEW), legend=_top_legend())
    dash = alt.StrokeDash("curve:N", scale=_scale(DASHES, *curves), legend=alt.Legend(title=None, orient="bottom"))
    tooltip = [
        alt.Tooltip("run:N", title="run"),
        alt.Tooltip("curve:N", title="curve"),
        alt.Tooltip("lam:Q", title="λ", format="~g"),
        alt.Tooltip("epoch:Q", title="epoch"),
        alt.Tooltip("mid:Q", title="median", format=".3g"),
        alt.Tooltip("low:Q", title="lower quartile", format=".3g"),
        alt.Tooltip("high:Q", title="upper quartile", format=".3g"),
    ]
    line = _where(base, "line")
    previewed = _where(base, "preview").transform_filter("datum.k === preview")
    rule = _where(base, "rule")
    layers = [  # lines before bands: a legend takes its symbol from the first layer
        line.mark_line().encode(x, y, color=colour, strokeDash=dash),
        line.mark_area(opacity=0.15).encode(x, y=_y("low", log, ""), y2="high:Q", color=colour, detail="curve:N"),
        rule.mark_rule(strokeDash=[3, 3], color=GREY).encode(y=y, tooltip=[alt.Tooltip("run:N", title="baseline"), tooltip[4]]),
        rule.mark_text(align="right", dx=-4, dy=9).encode(x=alt.value("width"), y=y, text="run:N"),
        line.mark_point(size=60, opacity=0).encode(x, y, tooltip=tooltip),
        _where(base, "best")
        .mark_point(shape="diamond", size=90, filled=True)
        .encode(x, y, color=colour, tooltip=[alt.Tooltip("run:N", title="best epoch by validation"), tooltip[3], tooltip[4]]),
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
        bind=alt.binding_range(min=0, max=snapshots - 1, step=1, name="epoch (far right: the end) "),
    )
    scale = alt.Scale(nice=False) if linear else alt.Scale(type="symlog", constant=c, nice=False)
    axis = alt.Axis(format="~g") if linear else alt.Axis(format="~g", labelOverlap=True, values=_ticks(c))
    x = alt.X("left:Q", scale=scale, title="coefficient w", axis=axis)
    y = alt.Y("share:Q", title="share of coefficients", axis=alt.Axis(format="%"), scale=alt.Scale(domainMin=0))
    two = _scale(RUN_COLOURS, *runs)
    colour = alt.Color("run:N", scale=two, legend=_top_legend())
    tooltip = [
        alt.Tooltip("run:N", title="run"),
        alt.Tooltip("epoch:Q"),
        alt.Tooltip("left:Q", title="from", format=".3g"),
        alt.Tooltip("right:Q", title="to", format=".3g"),
        alt.Tooltip("share:Q", format=".1%"),
    ]
    zero = alt.datum(0)
    base = alt.Chart(rows)
    now = base.transform_filter("datum.index === moment")
    bins, zeros = _where(now, "bin"), _where(now, "zero")
    outline, filled = (bins.transform_filter(f"datum.run === '{run}'") for run in runs)
    layers = [
        filled.mark_rect(opacity=0.55).encode(x, alt.X2("right:Q"), y, y2=zero, color=colour, tooltip=tooltip),
        outline.mark_rect(filled=False, strokeWidth=1.5).encode(
            x, alt.X2("right:Q"), y, y2=zero, stroke=alt.Stroke("run:N", scale=two, legend=None), tooltip=tooltip
        ),
        zeros.mark_bar(width=5).encode(
            x, y, y2=zero, color=colour, tooltip=[alt.Tooltip("run:N", title="exactly zero"), tooltip[-1]]
        ),
        _where(base, "truth")
        .mark_rule(color=GREEN, strokeDash=[4, 2], strokeWidth=2)
        .encode(x, tooltip=[alt.Tooltip("left:Q", title="true w", format=".3g")]),
        _where(base, "truth").mark_text(align="left", dx=4).encode(x, y=alt.value(8), text="run:N"),
        now.transform_aggregate(epoch="max(epoch)")
        .transform_calculate(label="'epoch ' + datum.epoch")
        .mark_text(align="left", fontSize=13, fontWeight="bold")
        .encode(x=alt.value(4), y=alt.value(10), text="label:N"),
    ]
    return alt.layer(*layers).add_params(scrub).properties(height=HEIGHT)


def _ticks(c: float) -> list[float]:
    powers = [c * 10**i for i in range(6)]
    return [-v for v in reversed(powers)] + [0.0] + powers


def _top_legend() -> alt.Legend:
    return alt.Legend(title=None, orient="top", symbolOpacity=1)


def norms(rows: pd.DataFrame, *, log: bool = True, floor: float = 1e-4) -> Chart:
    """‖w‖₂ over epochs and its parts (frames.norm_rows); on the logarithmic axis nothing is below the floor."""
    base = alt.Chart(rows)
    if log:
        base = base.transform_calculate(norm=f"max(datum.norm, {floor})")
    x = alt.X("epoch:Q", title="epoch", axis=alt.Axis(tickMinStep=1))
    y = _y("norm", log, "Euclidean norm")
    colour = alt.Color("run:N", scale=_scale(RUN_COLOURS, PLAIN, CHOSEN), legend=_top_legend())
    dashes = dict(zip(NORMS, ([1, 0], [6, 3], [2, 2], [10, 3, 2, 3]), strict=True))
    dash = alt.StrokeDash(
        "part:N", scale=_scale(dashes), legend=alt.Legend(title=None, orient="bottom", columns=2, symbolStrokeColor=GREY)
    )
    tooltip = ["run:N", "part:N", "epoch:Q", alt.Tooltip("norm:Q", format=".4g")]
    return alt.layer(
        base.mark_line().encode(x, y, color=colour, strokeDash=dash),
        base.mark_point(opacity=0, size=60).encode(x, y, tooltip=tooltip),
    ).properties(height=HEIGHT)


SPLIT_COLOURS = {"train": SKY, "validation": GREEN, "test": ORANGE}
SPLIT_SHAPES = {"train": "circle", "validation": "triangle-up", "test": "square"}


def sweep(rows: pd.DataFrame, *, log: bool = True, floor: float = 1e-8, zero_at: float = 5e-4) -> Chart:
    """Final loss against λ (frames.sweep_rows), the exact ridge solution dashed, best λ marked; a click picks a λ."""
    pick = alt.selection_point(name="pick", fields=["strength"], on="click", nearest=True, empty=False)
    base = alt.Chart(rows)
    if log:
        base = base.transform_calculate(**_clipped(floor))
    ticks = [zero_at, *(10.0**i for i in range(-6, 7))]
    axis = alt.Axis(values=ticks, labelExpr=f"datum.value < {zero_at * 1.01} ? '0' : format(datum.value, '~g')", grid=True)
    x = alt.X("place:Q", scale=alt.Scale(type="log", nice=False), title="strength λ", axis=axis)
    y = _y("mid", log, "final loss, ½ · mean squared error")
    colour = alt.Color("split:N", legend=_top_legend(), scale=_scale(SPLIT_COLOURS))
    tooltip = [
        alt.Tooltip("strength:Q", title="λ", format="~g"),
        alt.Tooltip("split:N", title="data"),
        alt.Tooltip("mid:Q", title="median loss", format=".4g"),
        alt.Tooltip("low:Q", title="lower quartile", format=".4g"),
        alt.Tooltip("high:Q", title="upper quartile", format=".4g"),
    ]
    trained, exact = _where(base, "trained"), _where(base, "exact")
    shape = alt.Shape(
        "split:N", scale=alt.Scale(domain=list(SPLIT_COLOURS), range=["circle", "triangle-up", "square"]), legend=None
    )
    return alt.layer(
        trained.mark_line().encode(x, y, color=colour),
        trained.mark_area(opacity=0.15).encode(x, y=_y("low", log, ""), y2="high:Q", color=colour),
        exact.mark_line(strokeDash=[5, 4], strokeWidth=1.5).encode(x, y, color=colour),
        _where(base, "cursor").mark_rule(color=BLUE, strokeWidth=2).encode(x),
        _where(base, "best")
        .mark_point(size=150, filled=True, opacity=1)
        .encode(x, y, color=colour, shape=shape, tooltip=[alt.Tooltip("split:N", title="best λ by"), *tooltip[::2]]),
        trained.mark_point(size=30, filled=True).encode(x, y, color=colour, shape=shape, tooltip=tooltip).add_params(pick),
    ).properties(height=HEIGHT)


def polynomial(rows: pd.DataFrame, *, strengths: int = 1, start: int = 0) -> Chart:
    """The overview's experiment (frames.polynomial_rows): one fit at a time, λ moved in the browser."""
    pick = alt.param(
        name="k", value=start, bind=alt.binding_range(min=0, max=strengths - 1, step=1, name="weight decay, step ")
    )
    base = alt.Chart(rows)
    x = alt.X("x:Q", scale=alt.Scale(domain=[-1, 1]), title="x")
    y = alt.Y("y:Q", scale=alt.Scale(domain=[-2, 2]), title="y")
    kinds = {"truth": GREY, "train": ORANGE, "test": SKY, "fit": BLUE}
    colour = alt.Color("kind:N", scale=_scale(kinds), legend=alt.Legend(title=None, orient="bottom", symbolOpacity=1))
    shape = alt.Shape(
        "kind:N",
        scale=_scale({"truth": "stroke", "train": "circle", "test": "cross", "fit": "stroke"}),
        legend=alt.Legend(title=None, orient="bottom", symbolOpacity=1),
    )
    now = base.transform_filter("datum.k === k")
    return alt.layer(
        _where(base, "truth").mark_line(strokeDash=[5, 4]).encode(x, y, color=colour),
        _where(base, "test").mark_point(size=25).encode(x, y, color=colour, shape=shape),
        _where(base, "train").mark_point(filled=True, size=80, opacity=1).encode(x, y, color=colour, shape=shape),
        _where(now, "fit").mark_line(strokeWidth=3, clip=True).encode(x, y, color=colour),
        _where(now, "label")
        .mark_text(align="left", fontSize=14, fontWeight="bold")
        .encode(x=alt.value(0), y=alt.value(-10), text="label:N"),
    ).add_params(pick).properties(height=HEIGHT)  # fmt: skip


def with_ghosts(made: dict, ghosts: pd.DataFrame, kind: str = "line") -> dict:
    """A chart's Vega-Lite with pinned runs laid over it, grey and each with its name: the chart itself is not changed.

    ghosts: its first two columns are named as the fields on the chart's axes; `pin` names the run, `part` separates lines of
    one run. kind: "line", "step" (a histogram's outline) or "number" (the pin's number stands at each point).
    The rows travel as the data set "ghosts", a DataFrame.
    """
    x_name, y_name = ghosts.columns[:2]
    x, y = next(
        (e["x"], e["y"])
        for e in (layer.get("encoding", {}) for layer in made["layer"])
        if e.get("x", {}).get("field") == x_name and e.get("y", {}).get("field") == y_name
    )
    first = ghosts.drop_duplicates("pin").set_index("pin")["part"]
    tips = ghosts[ghosts["part"] == ghosts["pin"].map(first)]
    tips = tips.loc[tips.groupby("pin", sort=False)[y_name].idxmax()] if kind == "step" else tips.groupby("pin").tail(1)
    rows = ghosts.assign(tip=ghosts.index.isin(tips.index), number=ghosts["pin"].str.removeprefix("pin "))
    place = {"x": x, "y": y, "detail": [{"field": f, "type": "nominal"} for f in ("pin", "part")]}
    grey = {"color": {"value": GREY}}
    names = {"field": "pin", "type": "nominal", "title": "pinned run"}
    tooltip = [names, {"field": x_name, "type": x["type"], "title": x.get("title", x_name)},
               {"field": y_name, "type": "quantitative", "format": ".4g", "title": y.get("title", y_name)}]  # fmt: skip
    data = {"name": "ghosts"}
    if kind == "number":
        text = {"field": "number", "type": "nominal"}
        added = [
            {
                "data": data,
                "mark": {"type": "text", "fontSize": 11},
                "encoding": place | {"text": text, "tooltip": tooltip},
            }
        ]
    else:
        shape = {"interpolate": "step-after"} if kind == "step" else {}
        many = len(ghosts[["pin", "part"]].drop_duplicates()) > ghosts["pin"].nunique()
        line = {"type": "line", "strokeWidth": 0.8 if many else 1.5, "clip": True, **shape}
        beside = {"expr": "-34 * ((toNumber(datum.number) - 1) % 6)"}  # names beside each other, where lines end together
        end = {"type": "text", "align": "right", "dy": -6, "dx": beside, "fontSize": 11}
        added = [
            {"data": data, "mark": line, "encoding": place | grey | {"tooltip": tooltip}},
            {"data": data, "transform": [{"filter": "datum.tip"}], "mark": end, "encoding": place | {"text": names}},
        ]
    return made | {"layer": [*made["layer"], *added], "datasets": made.get("datasets", {}) | {"ghosts": rows}}


def with_rule(made: dict, epoch: int, label: str) -> dict:
    """A chart's Vega-Lite with a vertical rule at an epoch, where the run was changed, and what changed."""
    x = next(e["x"] for e in (layer.get("encoding", {}) for layer in made["layer"]) if e.get("x", {}).get("field") == "epoch")
    data = {"values": [{"epoch": epoch, "label": label}]}
    words = {"x": x, "y": {"value": 14}, "text": {"field": "label", "type": "nominal"}}
    added = [
        {"data": data, "mark": {"type": "rule", "color": GREY, "strokeWidth": 1.5, "strokeDash": [2, 2]}, "encoding": {"x": x}},
        {
            "data": data,
            "mark": {"type": "text", "align": "left", "dx": 4, "fontWeight": "bold"},
            "encoding": words,
        },
    ]
    return made | {"layer": [*made["layer"], *added]}
