"""The image lab: networks on images, with dropout and other regularizers."""

from typing import Any

import pandas as pd
import streamlit as st

from regdemo.app.drawing import Drawn
from regdemo.app.dropout.pictures import pictures
from regdemo.app.dropout.sections import _activity, _figures, histograms, learning_curves
from regdemo.app.pins import Pinned
from regdemo.app.trainings import NetworkRun, live
from regdemo.config.configs import NetworkConfig
from regdemo.frames import dropout as dropout_frames


def image_lab(
    configs: dict[str, NetworkConfig], view: dict[str, Any], published: bool, pins: Pinned
) -> tuple[NetworkRun, list[Drawn]] | None:
    """A network with dropout beside its twin, on images."""
    names = tuple(configs)
    second = configs[names[-1]]
    status = st.empty()
    show, curves = learning_curves(names, "mean cross-entropy", view["log"], True, pins, second)
    run = live(configs, show, status)
    if run is None:
        return None
    _figures(run, names)
    last = run.last(names[-1])
    used = f"{last['n_train']:,} training and {last['n_test']:,} test images were used"
    took = f"; the run took {run.seconds:.1f} s" if run.finished else ""
    place = status if run.finished else st  # where the progress stood, so that the charts keep their place
    place.caption(f"{used}{took}. Trained on {next(iter(run.models.values())).theta.device}. {run.said}".rstrip())
    left, right = st.columns(2)
    with left, st.container(border=True):
        st.subheader("Inside, layer by layer")
        inside = histograms(run, names, view, pins)
    with right, st.container(border=True):
        st.subheader("How active the hidden units are")
        active = _activity(run, second, pins)
    averages = pictures(run, names, second, pins)
    if published:
        from regdemo.core.networks.masks import PUBLISHED_D3

        st.subheader("Epoch by epoch, as the tutorials print it")
        st.table(dropout_frames.epoch_table(run.rows, names[-1], second.batch_size))
        tables = {n: [f"{loss:.4f} · {a:.3f} / {b:.3f}" for loss, a, b in rows] for n, rows in PUBLISHED_D3.items()}
        st.table(pd.DataFrame(tables, index=[f"epoch {i}" for i in range(1, 6)]))
        st.caption(
            "Ours above; published below: loss ÷ 256 · train accuracy (train mode) / test accuracy. The first mask has a bug: see the bench."
        )
    return run, [*curves.values(), *inside, *active, *averages]
