"""`python -m regdemo.gallery` draws the pictures of the overview's cards again, each from a real run (needs vl-convert-python)."""

from collections.abc import Callable
from dataclasses import replace
from io import StringIO
from pathlib import Path

import altair as alt

from regdemo import PRESETS, charts, frames

STYLE = "<style>svg{color:#31333f}@media(prefers-color-scheme:dark){svg{color:#fafafa}}</style>"
FOLDER = Path(__file__).parent.parent / "assets"


def weight_decay() -> charts.Chart:
    """Final losses against λ where weight decay helps."""
    from regdemo.exact import ridge
    from regdemo.linear import train_linear
    from regdemo.ui_linear import STRENGTHS

    result = train_linear(replace(PRESETS["W-helps"], strengths=STRENGTHS), device="cpu")
    best = frames.best_strength(result, "validation") or 0
    rows = frames.sweep_rows(result, ridge(result.data, result.lam), best)
    return charts.sweep(rows, floor=frames.baselines(result).log_floor, zero_at=frames.zero_place(STRENGTHS))


def l1_vs_l2() -> charts.Chart:
    """Coefficient paths of the lasso: informative features first."""
    from regdemo import sparsity_charts, sparsity_frames
    from regdemo.exact import elastic_net
    from regdemo.linear import train_linear

    result = train_linear(PRESETS["S-sparse"], device="cpu")
    features = sparsity_frames.shown_features([result])[:24]
    rows = sparsity_frames.path_rows(result, elastic_net(result.data, result.lam), features, 16)
    return sparsity_charts.path(rows)


def dropout() -> charts.Chart:
    """Learning curves of twins on few images: without dropout the test loss rises again."""
    from regdemo import dropout_charts, dropout_frames
    from regdemo.networks import train_networks

    with_dropout = PRESETS["few-images"]
    twins = {"no dropout": replace(with_dropout, dropout=(0,)), "p = 0.5": with_dropout}
    rows = [
        {"run": run, **record.row()}
        for records in train_networks(list(twins.values()), device="cpu")
        for run, record in zip(twins, records, strict=True)
    ]
    which = {name: dropout_frames.LOSSES[name] for name in ("train_loss_eval", "test_loss")}
    drawn = dropout_frames.curve_rows(rows, which)
    return dropout_charts.curves(drawn, runs=tuple(twins), names=tuple(which.values()), title="mean cross-entropy")


PICTURES: dict[str, Callable[[], charts.Chart]] = {"weight_decay": weight_decay, "l1_vs_l2": l1_vs_l2, "dropout": dropout}


def main() -> None:
    """Write every picture as SVG with a transparent ground and letters that are dark on light pages and light on dark ones."""
    FOLDER.mkdir(exist_ok=True)
    letters = {"labelColor": charts.INK, "titleColor": charts.INK, "labelFontSize": 13, "titleFontSize": 14}
    for name, make in PICTURES.items():
        chart = make().properties(width=420, height=240, background="transparent")
        chart = chart.configure_view(stroke=None).configure_axis(gridOpacity=0.25, **letters).configure_legend(**letters)
        drawn = StringIO()
        chart.save(drawn, format="svg")
        head, tag, rest = drawn.getvalue().partition(">")
        (FOLDER / f"{name}.svg").write_text(head + tag + STYLE + rest, encoding="utf-8")


if __name__ == "__main__":
    alt.data_transformers.disable_max_rows()
    main()
