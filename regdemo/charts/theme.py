"""What all charts share: colours, dashes, scales, axes and legends."""

from typing import Any

import altair as alt

from regdemo.config.constants import PIN_MARKS
from regdemo.frames.summaries import CHOSEN, PLAIN
from regdemo.frames.weight_decay import EVERY

# Okabe & Ito's colours (2008), told apart by colour-blind readers; sky darker than theirs, to be seen on white as well
ORANGE, BLUE, GREEN, PURPLE, GREY, SKY = "#D55E00", "#0072B2", "#009E73", "#CC79A7", "#8A8A8A", "#3D9BD1"
INK = "currentColor"  # of letters: no grey can be read on white and on black, so the page's own colour is taken
RUN_COLOURS = {PLAIN: ORANGE, CHOSEN: BLUE, "L1": BLUE, "L2": ORANGE, "elastic net": GREEN}
DASHES = {"test": [1, 0], "train": [6, 3], "validation": [2, 2], "penalty": [8, 2, 2, 2], "total": [12, 3]}
#: pinned runs, in turn: the mark in their table -> their colour in the charts
PIN_COLOURS = dict(zip(PIN_MARKS, ("#9B51B5", GREEN, "#B58900", "#8A5A2B", "#C0392B"), strict=True))
HEIGHT = 320
# Ticks where the data are: even steps within a factor of four, else 1, 2 and 5 of each decade, or of many decades whole ones;
# labels that crowd are left out
_DECADES, _FINE = ([m * 10.0**e for e in range(-12, 10) for m in each] for each in ((1,), (1, 2, 5)))
_LOW, _TOP = "domain('y')[0]", "domain('y')[1]"
_DIGIT = f"pow(10, floor(log({_TOP} - {_LOW}) / LN10))"  # of the range
_STEP = f"{_DIGIT} * ({_TOP} - {_LOW} < 2 * {_DIGIT} ? 0.2 : {_TOP} - {_LOW} < 5 * {_DIGIT} ? 0.5 : 1)"
_EVEN = f"sequence(ceil({_LOW} / ({_STEP})) * {_STEP}, {_TOP}, {_STEP})"
LOG_TICKS: dict[str, Any] = {
    "values": {"expr": f"{_TOP} > 4 * {_LOW} ? log({_TOP} / {_LOW}) > 5 ? {_DECADES} : {_FINE} : {_EVEN}"},
    "labelOverlap": True,
    "labelExpr": "datum.value < 1e-4 || datum.value >= 1e5 ? format(datum.value, '.0e') : format(datum.value, '~g')",
}
# The bar of the page moves these two in the browser: which strength is chosen, and up to which epoch the film has come. The
# elements are the document's own, so they are there before any chart is; a chart reads their value as it starts.
HAND = alt.param(name="hand", value=0, bind=alt.BindDirect(element="body", event="hand"))
MOMENT = alt.param(name="moment", value=0, bind=alt.BindDirect(element="html", event="epoch"))
Chart = alt.LayerChart | alt.FacetChart


@alt.theme.register("regdemo", enable=True)
def _theme() -> alt.theme.ThemeConfig:
    """Letters in the page's colour; screen readers are given a chart's description and its axes, not thousands of marks."""
    letters: Any = {"labelColor": INK, "titleColor": INK}
    below: Any = letters | {
        "layout": {"top": {"anchor": "start", "direction": "vertical", "margin": 2}}
    }  # one legend below the other
    points: Any = {"opacity": 1}  # Vega-Lite's own 0.7 would be too faint on white
    return {"config": {"axis": letters, "legend": below, "text": {"color": INK}, "point": points, "mark": {"aria": False}}}


def chosen(chart: alt.Chart, alone: bool = False) -> alt.Chart:
    """The rows of the strength that the bar stands at, and, unless it stands alone, those that are drawn at every strength."""
    return chart.transform_filter("datum.k === hand" if alone else f"datum.k === {EVERY} || datum.k === hand")


# A cursor stands at every strength and shows at one
AT_HAND = alt.condition("datum.k === hand", alt.value(1), alt.value(0))
ROWS = "source"  # what a chart calls its rows


def reach(field: str) -> dict[str, str]:
    """The domain of an axis that stands still while the hand moves: from the first row to the second.

    Were it made of the rows that are shown, the axis and with it every mark would be made again at each move.
    """
    return {"expr": f"pluck(slice(data('{ROWS}'), 0, 2), '{field}')"}


def until_now(chart: alt.Chart) -> alt.Chart:
    """The rows of the epochs up to the one that the film stands at."""
    return chart.transform_filter("datum.epoch <= moment")


# of the letters beside a y axis: a chart that is built before the bar is, and has nothing to show yet, keeps its place
ROOM: dict[str, Any] = {"minExtent": 40, "maxExtent": 40}


def y_axis(field: str, log: bool, title: str, domain: dict[str, str] | None = None) -> alt.Y:
    reaches: dict[str, Any] = {} if domain is None else {"domain": domain}
    scale = alt.Scale(type="log", nice=False, **reaches) if log else alt.Scale(zero=False, **reaches)
    axis = alt.Axis(title=title, **ROOM, **(LOG_TICKS if log else {"format": "~g", "tickCount": 6}))
    return alt.Y(f"{field}:Q", scale=scale, axis=axis)


def strength_axis(zero_at: float) -> alt.X:
    """The axis of λ: logarithmic, with λ = 0 at `zero_at`, left of all."""
    zero = zero_at * (1 + 1e-6)  # rows travel as float32, which may end a little right of it
    words = f"datum.value < {zero_at * 1.01} ? '0' : format(datum.value, '~g')"
    axis = alt.Axis(
        values=[zero, *(10.0**i for i in range(-6, 7))], labelExpr=words, grid=True, labelOverlap="greedy", labelSeparation=6
    )
    return alt.X("place:Q", scale=alt.Scale(type="log", nice=False), title="charts.strength", axis=axis)


def at_end(chart: alt.Chart, **look: Any) -> alt.Chart:
    """A line's name where the line ends: right of the plot, where no other line is."""
    return chart.mark_text(align="left", dx=6, **look).encode(x=alt.value("width"))


def above(chart: alt.Chart, **look: Any) -> alt.Chart:
    """A name on top of a vertical line, above the plot."""
    return chart.mark_text(dy=-8, **look).encode(y=alt.value(0))


def where(chart: alt.Chart, kind: str) -> alt.Chart:
    return chart.transform_filter(f"datum.kind === '{kind}'")


def scale_of(ranges: dict, *names: str) -> alt.Scale:
    """A colour, dash or shape for each name: all of `ranges`, or those named."""
    return alt.Scale(domain=list(names or ranges), range=[ranges[n] for n in names or ranges])


def top_legend(**options: Any) -> alt.Legend:
    return alt.Legend(title=None, orient="top", symbolOpacity=1, **options)


def line_legend(**options: Any) -> alt.Legend:
    return top_legend(symbolType="stroke", symbolSize=500, symbolStrokeWidth=3, **options)


def dash_legend(**options: Any) -> alt.Legend:
    look: dict[str, Any] = {"title": None, "orient": "top", "symbolType": "stroke", "symbolSize": 1000}
    return alt.Legend(**look | {"symbolStrokeWidth": 2, "symbolStrokeColor": GREY} | options)


def close(chart: Chart) -> Chart:
    """Legends that leave the plot its room."""
    return chart.configure_legend(padding=0, offset=6, rowPadding=0)
