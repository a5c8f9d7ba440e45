"""What the image lab shows of pictures: first-layer weights, predictions, and averages of thinned networks."""

import numpy as np
import pandas as pd
import streamlit as st

from regdemo.app.drawing import Drawn, beside, draw
from regdemo.app.dropout import words as dropout_words
from regdemo.app.dropout.training import Pair
from regdemo.app.frame import panel
from regdemo.app.sweeps import Kept, failures_said, kept_runs
from regdemo.app.trainings import NetworkRun
from regdemo.charts import dropout as dropout_charts
from regdemo.content.say import say
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


def pictures(pair: Pair) -> None:
    """What the networks that did not diverge see in images, closed until asked for."""
    seen = tuple(name for name in pair.names if not pair.run.last(name)["diverged"])
    if seen:
        with panel("pictures", say("dropout.pictures.heading")) as is_open:
            if is_open:
                predictions(pair, seen)
                first_layers(pair, seen)


def first_layers(pair: Pair, names: tuple[str, ...]) -> None:
    """First-layer weights as pictures, a network beside the other."""
    for column, name in zip(beside(len(names)), names, strict=True):
        with column, st.container(border=True):
            st.subheader(say("dropout.pictures.first_layer", run=name))
            st.image(
                dropout_frames.tiles(pair.run.models[name].first_layer()),
                width="stretch",
                clamp=True,
                alt=say("dropout.pictures.first_layer_alt", run=name),
            )
            st.caption(say("dropout.pictures.first_layer_caption"))


def predictions(pair: Pair, names: tuple[str, ...]) -> None:
    """Eight test images and what the networks say of them."""
    from regdemo.core.networks.datasets import draw_examples, sample

    data = draw_examples(pair.config)
    labels, (x, y) = data.labels, sample(data, TESTED)
    with st.container(border=True):
        st.subheader(say("dropout.pictures.predictions"))
        answers = {name: pair.run.models[name].predict(x[:8]) for name in names}
        row = st.container(horizontal=True)  # as many beside each other as there is room for
        for i in range(8):
            with row.container(width=110):
                label = labels[y[i]]
                st.image(
                    np.kron(x[i], np.ones((4, 4), np.uint8)),
                    width="stretch",
                    clamp=True,
                    alt=say("dropout.pictures.image", label=label),
                )
                st.caption(f"**{label}**")
                for name in names:
                    best = int(answers[name][i].argmax())
                    figures = {"run": name, "label": labels[best], "share": answers[name][i][best]}
                    st.caption(say("dropout.pictures.right" if best == y[i] else "dropout.pictures.wrong", **figures))


def averages(pair: Pair) -> Drawn:
    """The second network's thinned networks, averaged, against weight scaling."""
    st.subheader(say("dropout.averages.heading"), help=say("dropout.averages.how"))
    with failures_said("networks"):
        rows = averaged(pair.run)
    one, many, scaling = rows["error"].iloc[0], rows["error"].iloc[-1], rows["scaling_error"].iloc[0]
    last = pair.run.last(pair.name)
    drawn = draw(
        dropout_charts.averaging,
        rows,
        ghosts=pair.pins.rows(lambda g: g.drawn.get("averaging")),
        title=say("dropout.averages.heading"),
        alt=say("dropout.averages.alt", one=one, many=many, k=len(rows), scaling=scaling, tests=min(TESTED, last["n_test"])),
    )
    whole = max(pair.config.in_force(last["epoch"])[0]) == 1
    st.markdown(dropout_words.averages(many, scaling, whole))
    return drawn
