"""`python -m regdemo.app.cards` draws the pictures of the overview's cards again, each from a real run (needs vl-convert-python)."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from io import StringIO
from typing import Any

import altair as alt
import pandas as pd

from regdemo.app.drawing import Drawn
from regdemo.app.dropout.words import lines
from regdemo.app.linear_figures import chart_words
from regdemo.charts import theme
from regdemo.charts import weight_decay as weight_decay_charts
from regdemo.config.places import ASSETS
from regdemo.config.presets import PRESETS
from regdemo.frames import summaries
from regdemo.frames import weight_decay as weight_decay_frames

STYLE = "<style>svg{color:#31333f}@media(prefers-color-scheme:dark){svg{color:#fafafa}}</style>"


def worded(
    chart: Callable[..., theme.Chart], rows: pd.DataFrame, words: Mapping[str, str], hand: int = 0, **options: Any
) -> theme.Chart:
    """A chart with words for its ids, at one of its strengths."""
    spec = Drawn(chart, rows, options, "", "", at={"hand": hand}, labels=words).spec()
    return alt.LayerChart.from_dict({name: part for name, part in spec.items() if name != "config"})  # the theme's comes again


def weight_decay() -> theme.Chart:
    """Final losses against λ where weight decay helps."""
    from regdemo.app.weight_decay.controls import STRENGTHS
    from regdemo.core.linear.exact import ridge
    from regdemo.core.linear.train import train_linear

    result = train_linear(replace(PRESETS["W-helps"], strengths=STRENGTHS), device="cpu")
    floor = summaries.baselines(result).log_floor
    rows = weight_decay_frames.validation_rows(result, ridge(result.data, result.lam), floor)
    return worded(
        weight_decay_charts.validation_curve,
        rows,
        chart_words(),
        hand=summaries.best_strength(result, "validation") or 0,
        zero_at=summaries.zero_place(STRENGTHS),
    )


def l1_vs_l2() -> theme.Chart:
    """Coefficient paths of the lasso: informative features first."""
    from regdemo.charts import sparsity as sparsity_charts
    from regdemo.core.linear.exact import elastic_net
    from regdemo.core.linear.train import train_linear
    from regdemo.frames import sparsity as sparsity_frames

    result = train_linear(PRESETS["S-sparse"], device="cpu")
    features = sparsity_frames.shown_features([result])[:24]
    rows = sparsity_frames.path_rows(result, elastic_net(result.data, result.lam), features)
    return worded(sparsity_charts.path, rows, chart_words(), hand=16)


def dropout() -> theme.Chart:
    """Learning curves of a pair on few images: without dropout the test loss rises again."""
    from regdemo.charts import dropout as dropout_charts
    from regdemo.core.networks.train import train_networks
    from regdemo.frames import dropout as dropout_frames

    with_dropout = PRESETS["few-images"]
    pair = {"no dropout": replace(with_dropout, dropout=(0,)), "p = 0.5": with_dropout}
    rows = [
        {"run": run, **record.row()}
        for records in train_networks(list(pair.values()), device="cpu")
        for run, record in zip(pair, records, strict=True)
    ]
    which = {name: dropout_frames.LOSSES[name] for name in ("train_loss_eval", "test_loss")}
    drawn = dropout_frames.curve_rows(rows, which)
    return worded(
        dropout_charts.curves, drawn, lines(), runs=tuple(pair), names=tuple(which.values()), measure="mean cross-entropy"
    )


PICTURES: dict[str, Callable[[], theme.Chart]] = {"weight_decay": weight_decay, "l1_vs_l2": l1_vs_l2, "dropout": dropout}


def main() -> None:
    """Write every picture as SVG with a transparent ground and letters that are dark on light pages and light on dark ones."""
    ASSETS.mkdir(exist_ok=True)
    letters = {"labelColor": theme.INK, "titleColor": theme.INK, "labelFontSize": 13, "titleFontSize": 14}
    for name, make in PICTURES.items():
        chart = make().properties(width=420, height=240, background="transparent")
        chart = chart.configure_view(stroke=None).configure_axis(gridOpacity=0.25, **letters).configure_legend(**letters)
        drawn = StringIO()
        chart.save(drawn, format="svg")
        head, tag, rest = drawn.getvalue().partition(">")
        (ASSETS / f"{name}.svg").write_text(head + tag + STYLE + rest, encoding="utf-8")


if __name__ == "__main__":
    alt.data_transformers.disable_max_rows()
    main()
