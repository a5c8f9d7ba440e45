"""`python -m regdemo.gallery` draws the pictures of the overview's cards again, each from a real run (needs vl-convert-python)."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import altair as alt

from regdemo import PRESETS, charts, frames

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


PICTURES: dict[str, Callable[[], charts.Chart]] = {"weight_decay": weight_decay, "l1_vs_l2": l1_vs_l2}


def main() -> None:
    """Write every picture as SVG with a transparent ground and grey letters, for light and dark pages."""
    FOLDER.mkdir(exist_ok=True)
    grey = {"labelColor": "#888", "titleColor": "#888", "labelFontSize": 13, "titleFontSize": 14}
    for name, make in PICTURES.items():
        chart = make().properties(width=420, height=240, background="transparent")
        chart = chart.configure_view(stroke=None).configure_axis(gridOpacity=0.25, **grey).configure_legend(**grey)
        chart.save(FOLDER / f"{name}.svg")


if __name__ == "__main__":
    alt.data_transformers.disable_max_rows()
    main()
