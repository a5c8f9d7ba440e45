"""What the image lab shows of pictures: first-layer weights, predictions, and averages of thinned networks."""

import numpy as np
import pandas as pd
import streamlit as st

from regdemo.app.drawing import Drawn, draw
from regdemo.app.dropout import words as dropout_words
from regdemo.app.pins import Pinned
from regdemo.app.sweeps import Kept, failures_said, kept_runs
from regdemo.app.trainings import NetworkRun
from regdemo.charts import dropout as dropout_charts
from regdemo.config.configs import NetworkConfig
from regdemo.frames import dropout as dropout_frames

TESTED = 1000  # test images that thinned networks are averaged on


def averaged(run: NetworkRun) -> pd.DataFrame:
    """The second network's thinned networks, averaged on test images: once a run."""
    from regdemo.core.networks.datasets import draw_examples, sample
    from regdemo.core.networks.masks import averaging

    name, config = list(run.configs.items())[-1]

    def compute() -> Kept:
        rows = averaging(run.models[name], *sample(draw_examples(config), TESTED))
        return Kept(rows, int(rows.memory_usage().sum()))

    return kept_runs().get(("averaging", tuple(run.configs.values())), compute).value


def thins(run: NetworkRun) -> bool:
    """Whether the second network is trained and drops something: one that stopped before a change may not do so yet."""
    name, model = list(run.models.items())[-1]
    drops = any(layer.rate or layer.weight_rate for layer in model.layers)
    return run.finished and drops and not run.last(name)["diverged"]


def pictures(run: NetworkRun, names: tuple[str, ...], config: NetworkConfig, pins: Pinned) -> list[Drawn]:
    drawn: list[Drawn] = []
    from regdemo.core.networks.datasets import draw_examples, sample

    names = tuple(name for name in names if not run.last(name)["diverged"])
    if not names:
        return drawn
    data = draw_examples(config)
    x, y = sample(data, TESTED)
    for column, name in zip(st.columns(len(names)), names, strict=True):
        with column, st.container(border=True):
            st.subheader(f"What the first layer looks for: {name}")
            st.image(
                dropout_frames.tiles(run.models[name].first_layer()),
                width="stretch",
                clamp=True,
                alt=f"First-layer weights of {name} as pictures",
            )
            st.caption("Weights into the units of largest norm: dark is negative, bright positive, each unit on its own scale.")
    with st.container(border=True):
        st.subheader("Test images and predictions")
        answers = {name: run.models[name].predict(x[:8]) for name in names}
        row = st.container(horizontal=True)  # as many beside each other as there is room for
        for i in range(8):
            with row.container(width=110):
                st.image(
                    np.kron(x[i], np.ones((4, 4), np.uint8)),
                    width="stretch",
                    clamp=True,
                    alt=f"test image: {data.labels[y[i]]}",
                )
                st.caption(f"**{data.labels[y[i]]}**")
                for name in names:
                    best = int(answers[name][i].argmax())
                    st.caption(f"{name}: {data.labels[best]} {answers[name][i][best]:.0%} {'✓' if best == y[i] else '✗'}")
    if thins(run):
        with st.container(border=True):
            st.subheader("Averaging thinned networks against weight scaling")
            with failures_said("networks"):
                rows = averaged(run)
            drawn.append(draw(
                dropout_charts.averaging, rows, ghosts=pins.rows(lambda g: g.drawn.get("averaging")),
                title="Averaging thinned networks against weight scaling",
                alt=f"Test error of k averaged networks: {rows['error'].iloc[0]:.1%} at k = 1, {rows['error'].iloc[-1]:.1%} at k = {len(rows)}; "
                f"one pass in eval mode: {rows['scaling_error'].iloc[0]:.1%}.",
            ))  # fmt: skip
            whole = max(config.in_force(run.last(names[-1])["epoch"])[0]) == 1
            first, best, scaling = rows["error"].iloc[0], rows["error"].iloc[-1], rows["scaling_error"].iloc[0]
            st.caption(dropout_words.averages(len(y), len(rows), first, best, scaling, whole))
    return drawn
