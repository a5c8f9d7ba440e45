"""The image lab: networks on images, with dropout and other regularizers."""

from dataclasses import replace

import streamlit as st

from regdemo.app.drawing import Drawn, draw
from regdemo.app.dropout import words as dropout_words
from regdemo.app.dropout.training import Pair
from regdemo.app.frame import panel
from regdemo.charts import dropout as dropout_charts
from regdemo.config.phrases import joined
from regdemo.config.presets import PRESETS
from regdemo.content.say import say
from regdemo.frames import dropout as dropout_frames
from regdemo.frames import overlays


def images_used(pair: Pair) -> None:
    """How many images there were, and where and how long the networks trained."""
    run, last = pair.run, pair.run.last(pair.name)
    figures = {"train": last["n_train"], "test": last["n_test"], "device": next(iter(run.models.values())).theta.device}
    used = (
        say("dropout.used.finished", seconds=run.seconds, **figures) if run.finished else say("dropout.used.stopped", **figures)
    )
    st.caption(joined(used, dropout_words.watched(pair.config)))


def shown(pair: Pair) -> tuple[dict[str, int], dict[str, dict]]:
    """Of the runs that have any after their start: the epoch of their activations, and these."""
    epochs = {n: epoch for n in pair.names if (epoch := pair.run.pictured(n)) is not None}
    return epochs, {n: pair.run.activations[n] for n in epochs}


def activity(pair: Pair) -> Drawn | None:
    """Mean activations of the last hidden layer, and how many are exactly zero."""
    st.subheader(say("dropout.activity.heading"))
    epochs, found = shown(pair)
    if not found:
        st.info(say("dropout.activity.none"))
        return None
    rows = dropout_frames.activity_rows(found)
    layer = rows["layer"].unique()[-1]
    return draw(
        dropout_charts.activity,
        rows,
        runs=pair.names,
        layer=layer,
        across=say("dropout.activity.across", layer=layer),
        ghost="step",
        ghosts=pair.pins.rows(lambda g: overlays.activity(g.drawn["activations"], layer)),
        title=say("dropout.activity.heading"),
        alt=dropout_words.activity(
            layer,
            {n: layers[layer]["zero"] for n, layers in found.items()},
            {n: epoch for n, epoch in epochs.items() if epoch != pair.run.last(n)["epoch"]},
        ),
    )


def modes(pair: Pair) -> None:
    """Both modes' means and variances of the activations."""
    epochs, found = shown(pair)
    if found:
        table = dropout_frames.spread_table(found)
        st.table(table.rename(columns={id: say(f"dropout.modes.columns.{id}") for id in table}))
    if pair.name in found:
        variances = {layer: figures["variance"] for layer, figures in found[pair.name].items()}
        st.caption(dropout_words.modes(pair.config, epochs[pair.name], variances))


def published(pair: Pair) -> None:
    """Epoch by epoch beside a published table, where the settings are those it was made with."""
    config = pair.config
    if config.lr not in (0.39, 0.5) or replace(config, seed=0, lr=0.5) != PRESETS["D3"]:
        return
    with panel("published", say("dropout.published.heading")) as is_open:
        if is_open:
            from regdemo.core.networks.masks import PUBLISHED_D3

            columns = {id: say(f"dropout.published.columns.{id}") for id in ("epoch", "train_accuracy", "test_accuracy")}
            columns["loss"] = say("dropout.published.loss", batch=config.batch_size)
            st.table(dropout_frames.epoch_table(pair.run.rows, pair.name, config.batch_size).rename(columns=columns))
            st.table(dropout_frames.published_table(PUBLISHED_D3))
            st.caption(say("dropout.published.caption"))
