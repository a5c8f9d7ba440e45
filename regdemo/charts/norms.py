"""Charts of normalised layers' weights over epochs. Layers are told apart by their dash."""

import altair as alt
import pandas as pd

from regdemo.charts.theme import (
    HAND,
    HEIGHT,
    LOG_TICKS,
    ROOM,
    RUN_COLOURS,
    Chart,
    chosen,
    close,
    dash_legend,
    line_legend,
    scale_of,
)
from regdemo.frames.norms import LAYERS
from regdemo.frames.summaries import CHOSEN, PLAIN

DASHES = dict(zip(LAYERS, ([1, 0], [6, 3], [2, 2]), strict=True))


def over_epochs(rows: pd.DataFrame, *, quantity: str, layers: int, low: float, high: float) -> Chart:
    """A figure of each layer over epochs (frames.norms.norm_rows), without decay and at the bar's λ; `quantity` names the y axis.

    layers: how many are drawn; low, high: how far the values go at all strengths.
    """
    base = chosen(alt.Chart(rows))
    x = alt.X("epoch:Q", title="charts.epoch", axis=alt.Axis(tickMinStep=1), scale=alt.Scale(nice=False))
    scale = alt.Scale(type="log", nice=False, domain=[low, high])
    y = alt.Y("value:Q", title=quantity, scale=scale, axis=alt.Axis(**ROOM, **LOG_TICKS))
    colour = alt.Color("run:N", scale=scale_of(RUN_COLOURS, PLAIN, CHOSEN), legend=line_legend())
    dash = alt.StrokeDash("part:N", scale=scale_of(DASHES, *LAYERS[:layers]), legend=dash_legend(columns=2))
    tooltip = ["run:N", "part:N", "epoch:Q", alt.Tooltip("value:Q", title=quantity, format=".3g")]
    return close(
        alt.layer(
            base.mark_line(strokeWidth=2, clip=True).encode(x, y, color=colour, strokeDash=dash),
            base.mark_point(opacity=0, size=60, clip=True).encode(x, y, tooltip=tooltip),
        )
        .add_params(HAND)
        .properties(height=HEIGHT)
    )
