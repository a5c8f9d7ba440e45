"""The sections of the sparsity page in reading order, each drawn from the finished runs; charts are given back for downloads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from regdemo.app.bar import Film, bar
from regdemo.app.controls import Control, set_controls
from regdemo.app.downloads import coefficients_csv, history_csv, take_with_you, write_code
from regdemo.app.drawing import Drawn, Rows, draw
from regdemo.app.linear_figures import chart_words, final_figures, first_seed, gone_note, stability, switch_rule
from regdemo.app.linear_words import lines_are
from regdemo.app.opening import present_values
from regdemo.app.pins import Pinned
from regdemo.app.sparsity import words
from regdemo.app.sparsity.controls import ALL, HAND, MORE, PLANE, RUN, SHARES, VIEW, plane_of
from regdemo.app.sparsity.runs import Runs, ghost_of, sparse_figures
from regdemo.charts import sparsity as charts
from regdemo.charts import weight_decay as linear_charts
from regdemo.config.phrases import figure
from regdemo.content.say import language, say
from regdemo.core.linear.selection import support
from regdemo.core.linear.two_weights import CORRELATION_MOST, Plane, land
from regdemo.frames import overlays, summaries
from regdemo.frames import sparsity as frames
from regdemo.frames import weight_decay as linear_frames

RATES = next(c.options for c in MORE if c.name == "lr")
VIEWS = {c.name: c for c in VIEW}


@dataclass(frozen=True, eq=False)
class Shown:
    """The runs as they are looked at: the view's controls and the pinned runs."""

    runs: Runs
    view: Mapping[str, Any]
    pins: Pinned


def hand(runs: Runs) -> None:
    """The bar: what each λ does, in a sentence and figures."""
    film = runs.once(("film", language.get()), lambda: _film(runs))
    bar(HAND, film, lambda k: stability(runs.by_name, k, RATES, here=True))


def _film(runs: Runs) -> Film:
    truth, p = runs.truth, runs.result.config.n_features
    informative = None if truth is None else int((truth != 0).sum())
    kept = {name: [words.kept_of(w, truth) for w in run.weights[0]] for name, run in runs.by_name.items()}
    got = support(runs.result.weights, truth if informative else None)
    medians = {
        **{say("sparsity.figures.loss", run=name): summaries.medians(run, "test_loss") for name, run in runs.by_name.items()},
        say("sparsity.figures.kept"): summaries.quantiles(got.n_selected)[1],
    }
    if got.f1 is not None:
        medians[say("sparsity.figures.f1")] = summaries.quantiles(got.f1)[1]
    figures = [(name, [figure(value) for value in values]) for name, values in medians.items()]
    if runs.l1.seeds > 1:
        figures[0] = (say("sparsity.figures.medians", seeds=runs.l1.seeds, first=figures[0][0]), figures[0][1])
    return Film(
        labels=[say("sparsity.at", share=share) for share in SHARES],
        leads=words.leads(SHARES, kept["L1"], kept[runs.other], runs.other, p, informative),
        figures=figures,
        epochs=[int(epoch) for epoch in runs.result.snapshot_epochs],
    )


def looked_at(runs: Runs) -> Shown:
    """The runs with the view's controls as they stand, and the pinned runs."""
    return Shown(runs, present_values(VIEW), Pinned("l1_vs_l2", RUN, ghost_of))


def compared(shown: Shown) -> pd.DataFrame | None:
    """The pinned runs beside the present one, and the button that pins it."""
    runs, now = shown.runs, dict(shown.runs.chosen) | present_values(PLANE)
    shown.pins.button(now, say("sparsity.pins.own") if runs.own else "")
    return shown.pins.table(now, sparse_figures(runs.result, runs.baseline, runs.k), say("sparsity.pins.note"))


def beside(controls: Sequence[Control]) -> None:
    """The controls of a chart, under it."""
    with st.container(horizontal=True):
        for control in controls:
            control.draw()


def l1_stems(shown: Shown) -> Drawn:
    """What L1 estimates."""
    return _stems(shown, "L1", "first")


def other_stems(shown: Shown) -> Drawn:
    """What the other penalty estimates."""
    return _stems(shown, shown.runs.other, "second")


def _stems(shown: Shown, name: str, part: str) -> Drawn:
    """One penalty's estimates, feature by feature, on the axis of both."""
    runs, features = shown.runs, shown.runs.features
    run, every = runs.by_name[name], frames.feature_names(runs.result)
    names = [every[j] for j in features]
    title = say("sparsity.stems.title", run=name)
    st.subheader(
        title, help=words.stems_seen(run.config.seed, runs.truth, run.config.n_features - len(features), len(features))
    )
    rows = runs.once(("stems", part), lambda: Rows(frames.stem_rows(run, features, list(runs.by_name.values()))))
    return draw(
        charts.stem_plot,
        rows,
        run=name,
        names=runs.truth is None,
        known=runs.truth is not None and bool(runs.truth.any()),
        key=f"app.stems.{part}",
        ghost="number",
        ghosts=shown.pins.rows(lambda g: overlays.stems(g.drawn["weights"][part][0], g.drawn["names"], names)),
        title=title,
        labels=chart_words(),
        at=runs.at,
        alt=words.stems_told(name, run.weights[0], SHARES),
    )


def path(shown: Shown) -> Drawn:
    """Every coefficient along λ."""
    runs, norm = shown.runs, shown.view["norm"]
    run, name, part = (runs.first, "L1", "first") if shown.view["path_of"] == "L1" else (runs.second, runs.other, "second")
    st.subheader(
        say("sparsity.path.head", run=name),
        help=say("sparsity.path.how", gap=words.gap_told(*frames.gaps(run.result, run.exact)), weak=SHARES[0]),
    )
    across = ["norm" if norm else "share", "w", "part"]
    rows = runs.once(("path", part), lambda: Rows(frames.path_rows(run.result, run.exact, runs.features)))
    chart = draw(
        charts.path,
        rows,
        run=name,
        norm=norm,
        known=runs.truth is not None,
        key="app.path",
        on_select=pick_share,
        ghosts=shown.pins.rows(lambda g: g.drawn["path"][part][across]),
        title=say("sparsity.path.title", run=name),
        labels=chart_words(),
        at=runs.at,
        alt=words.path_told(name, run.result.weights[0], SHARES, None if runs.data is None else runs.data.names),
        take_away=words.enters(name, run.result.weights[0], runs.truth, frames.feature_names(run.result)),
    )
    beside([VIEWS["path_of"], VIEWS["norm"]])
    return chart


def pick_share() -> None:
    """A click in the path chooses its λ."""
    picked = st.session_state["app.path"].selection.get("pick", [])
    if picked and picked[0].get("share") in SHARES:
        set_controls({"share": picked[0]["share"]})


def loss(shown: Shown) -> Drawn:
    """Losses while training."""
    runs, title = shown.runs, say("sparsity.loss.title")
    pair: dict[str, summaries.Run]
    result, pair = runs.result, {name: (run, None) for name, run in runs.by_name.items()}
    st.subheader(title, help=say("sparsity.loss.how", lines=lines_are(runs.l1.seeds, runs.all_finished)))
    lowest = words.lowest({name: summaries.medians(run, "test_loss") for name, run in runs.by_name.items()}, SHARES)
    log = shown.view["log"]
    floor = summaries.baselines(result).log_floor if log else None
    chart = draw(
        linear_charts.loss,
        runs.once(("loss", log), lambda: Rows(linear_frames.loss_rows(pair, ("test", "train"), floor))),
        runs=tuple(pair),
        log=log,
        floor=floor,
        ghosts=shown.pins.rows(lambda g: g.drawn["loss"]),
        rule=switch_rule(runs.l1),
        title=title,
        labels=chart_words(),
        at=runs.at,
        alt=say("sparsity.loss.alt", epochs=result.config.epochs, lowest=lowest),
        take_away=lowest,
    )
    beside([VIEWS["log"]])
    return chart


def histogram(shown: Shown) -> Drawn:
    """All coefficients, epoch by epoch."""
    runs, title = shown.runs, say("sparsity.histogram.title")

    def make() -> tuple[Rows, float]:
        rows, c = linear_frames.histogram_rows({runs.other: (runs.baseline, None), "L1": (runs.result, None)})
        return Rows(rows), c

    st.subheader(title, help=say("sparsity.histogram.how", other=runs.other))
    rows, c = runs.once("histogram", make)
    ends = " ".join(words.histogram_told(name, run.weights, SHARES) for name, run in runs.by_name.items())
    return draw(
        linear_charts.histogram,
        rows,
        runs=(runs.other, "L1"),
        c=c,
        ghost="step",
        ghosts=shown.pins.rows(lambda g: overlays.outline(g.drawn["weights"]["first"], rows.frame, c)),
        title=title,
        labels=chart_words(),
        at=runs.at,
        alt=say("sparsity.histogram.alt", ends=ends),
    )


def plane(shown: Shown) -> Drawn:
    """Where both penalties land in the plane of two weights."""
    st.subheader(say("sparsity.plane.title"), help=say("sparsity.plane.how", most=CORRELATION_MOST))
    of = plane_of(present_values(PLANE))
    landed = {name: land(of, np.array(SHARES) * of.lam_max, name) for name in ("L1", "L2")}
    chart = draw(
        charts.plane,
        plane_drawn(of),
        width="content",
        ghosts=shown.pins.rows(lambda g: g.drawn["plane"]),
        ghost="number",
        title=say("sparsity.plane.title"),
        at=shown.runs.at,
        alt=words.plane_told(landed, SHARES),
        take_away=words.corner(landed["L1"], landed["L2"], SHARES),
    )
    beside(PLANE)
    return chart


@lru_cache(maxsize=16)
def plane_drawn(plane: Plane) -> Rows:
    """The plane's rows at every share, made ready to travel once."""
    return Rows(frames.plane_rows(plane, SHARES))


def take(shown: Shown, drawn: Sequence[Drawn], compared: pd.DataFrame | None) -> None:
    """The link, the code, the figures and the charts; what it was trained on."""
    runs, result, k = shown.runs, shown.runs.result, shown.runs.k
    notes = [gone_note(result)]
    if runs.data is not None:
        notes.append(say("sparsity.take.drawn_only"))
    if runs.own:
        notes.append(say("sparsity.take.own"))
    take_with_you(
        "l1_vs_l2",
        ALL,
        replace(result.config, strengths=(runs.share,)),
        final_figures(result, k),
        {
            "history.csv": lambda: history_csv(result),
            "coefficients.csv": lambda: coefficients_csv(result),
            f"coefficients_{runs.other.replace(' ', '_')}.csv": lambda: coefficients_csv(runs.baseline),
        },
        drawn,
        compared,
        code=(lambda style, kind: write_code(result.config, style, kind, runs.share)) if runs.data is None else None,
        prints=first_seed(result, k),
        note=" ".join(notes),
    )
    st.caption(say("sparsity.trained_on", device=result.device, seeds=runs.l1.seeds, strengths=len(SHARES)))
