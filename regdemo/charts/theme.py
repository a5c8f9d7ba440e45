"""What all charts share: colours, dashes, scales, axes and legends."""

from typing import Any

import altair as alt

from regdemo.frames.summaries import CHOSEN, PLAIN, PREVIEW

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


def y_axis(field: str, log: bool, title: str) -> alt.Y:
    scale = alt.Scale(type="log", nice=False) if log else alt.Scale(zero=False)
    axis = alt.Axis(format=".0e" if log else "~g", title=title, tickCount=6)
    return alt.Y(f"{field}:Q", scale=scale, axis=axis)


def clipped(floor: float) -> dict[str, str]:
    """Nothing below the floor: on a log axis one value near zero would flatten all the others."""
    return {name: f"max(datum.{name}, {floor})" for name in ("low", "mid", "high")}


def where(chart: alt.Chart, kind: str) -> alt.Chart:
    return chart.transform_filter(f"datum.kind === '{kind}'")


def scale_of(ranges: dict, *names: str) -> alt.Scale:
    """A colour, dash or shape for each name: all of `ranges`, or those named."""
    return alt.Scale(domain=list(names or ranges), range=[ranges[n] for n in names or ranges])


def top_legend() -> alt.Legend:
    return alt.Legend(title=None, orient="top", symbolOpacity=1)
