"""The curve lab: a regression that one can see."""

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from regdemo.app.class_view import hidden
from regdemo.app.drawing import Drawn, draw
from regdemo.app.dropout import words as dropout_words
from regdemo.app.dropout.controls import curve_pair
from regdemo.app.dropout.training import GRID, Pair
from regdemo.app.frame import panel
from regdemo.app.limits import NETWORKS, may_train, networks
from regdemo.app.pins import Pinned
from regdemo.app.trainings import NetworkRun, live
from regdemo.app.updates import dropout_microscope
from regdemo.charts import dropout as dropout_charts
from regdemo.config.constants import SLOPE
from regdemo.config.phrases import joined
from regdemo.content.say import say
from regdemo.frames import dropout as dropout_frames


def fits(pins: Pinned, run: NetworkRun, slot: Any) -> Drawn:
    """The data, both fits as far as they have come, and the thinned networks of the second."""
    from regdemo.core.networks.datasets import draw_examples

    names = tuple(run.configs)
    name, config = list(run.configs.items())[-1]
    data = draw_examples(config)
    points = {split: (data.split(split)[0][:, 0].numpy(), data.split(split)[1].numpy()) for split in ("train", "test")}
    ended = {n: run.last(n) for n in names}
    lines = {n: model.predict(GRID) for n, model in run.models.items() if not ended[n]["diverged"]}
    thinned = run.finished and name in lines and max(config.in_force(ended[name]["epoch"])[0]) > 0
    fans = {name: run.models[name].fan(GRID, 50)} if thinned else {}
    gap = np.abs(fans[name].mean(0) - lines[name]).max() if fans else None
    return draw(
        dropout_charts.fits,
        dropout_frames.fit_rows(GRID, SLOPE * GRID, points, lines, fans),
        slot=slot,
        runs=names,
        labels=dropout_words.lines() | {"train": say("dropout.curves.lines.train_eval")},
        ghosts=pins.rows(lambda g: g.drawn.get("fits")),
        title=say("dropout.curves.title.fits"),
        alt=joined(
            dropout_words.fits(names, {n: row["test_loss"] if n in lines else None for n, row in ended.items()}),
            "" if gap is None else say("dropout.fits.thinned", run=name, gap=gap),
        ),
    )


def update(pair: Pair) -> None:
    """One update of the second network with its mask, closed until asked for."""
    with panel("update", say("dropout.update.heading")) as is_open:
        if is_open:
            sound = pair.run.finished and not pair.run.last(pair.name)["diverged"]
            dropout_microscope(pair.config, pair.run.models[pair.name] if sound else None)


def over_seeds(pair: Pair) -> list[Drawn]:
    """The pair trained again for several seeds, one after the other, and their test losses; nothing where one seed is asked for."""
    first, seeds, names = pair.values["seed"], pair.values["curve_seeds"], pair.names
    drawn: list[Drawn] = []
    if seeds == 1 or hidden("over_seeds"):
        return drawn
    with st.container(border=True):
        st.subheader(say("dropout.seeds.heading"))
        losses: list[tuple[float | None, float | None]] = []
        rows: list[dict[str, Any]] = []
        pairs = {seed: curve_pair({**pair.values, "seed": seed}) for seed in range(first, first + seeds)}
        if not may_train([networks(each) for each in pairs.values()], NETWORKS):
            return drawn
        status = st.empty()
        for seed, configs in pairs.items():
            done = live(configs, lambda run: None, status)
            if done is None or not done.finished:
                return drawn
            last = [done.last(name) for name in names]
            found = [None if row["diverged"] else row["test_loss"] for row in last]
            losses.append((found[0], found[1]))
            rows += [
                {"seed": seed, "run": name, "loss": loss} for name, loss in zip(names, found, strict=True) if loss is not None
            ]
            drawn = [
                draw(
                    dropout_charts.seeds,
                    pd.DataFrame(rows, columns=["seed", "run", "loss"]),
                    slot=drawn[0].slot if drawn else None,
                    runs=names,
                    ghost="number",
                    ghosts=pair.pins.rows(lambda g: g.drawn["seeds"]),
                    title=say("dropout.seeds.title"),
                    alt=joined(say("dropout.seeds.of", seeds=len(losses)), dropout_words.over_seeds(names, losses)),
                )
            ]
    return drawn
