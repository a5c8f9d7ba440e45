"""The sections of the sparsity page in reading order, each drawn from the finished runs; charts are given back for downloads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd
import streamlit as st

from regdemo.app.controls import set_controls, sidebar_controls
from regdemo.app.downloads import coefficients_csv, history_csv, take_with_you, write_code
from regdemo.app.drawing import Drawn, draw
from regdemo.app.linear_figures import chart_words, final_figures, first_seed, gone_note, stability, switch_rule
from regdemo.app.linear_words import lines_are
from regdemo.app.opening import present_values
from regdemo.app.pins import Pinned
from regdemo.app.sparsity import words
from regdemo.app.sparsity.controls import ALL, MORE, PLANE, RUN, SHARES, VIEW, plane_of
from regdemo.app.sparsity.folds import cross_validated
from regdemo.app.sparsity.runs import Runs, ghost_of, sparse_figures
from regdemo.app.sweeps import failures_said, linear_run
from regdemo.charts import sparsity as charts
from regdemo.charts import weight_decay as linear_charts
from regdemo.config.penalties import L1, L2, elastic_net
from regdemo.config.phrases import figure
from regdemo.content.say import say
from regdemo.core.linear.selection import support
from regdemo.core.linear.two_weights import CORRELATION_MOST
from regdemo.frames import overlays, summaries
from regdemo.frames import sparsity as frames
from regdemo.frames import weight_decay as linear_frames

LOSS = r"\min_{w,\,b}\; \tfrac12\,\overline{(y - Xw - b)^2} + "


@dataclass(frozen=True, eq=False)
class Shown:
    """The runs as they are looked at: the view's controls, the pinned runs and the table that compares them."""

    runs: Runs
    view: Mapping[str, Any]
    pins: Pinned
    compared: pd.DataFrame | None


def introduction(l1_ratio: float | None) -> None:
    """The trouble, and what is minimised: L1 and L2, and the elastic net with this share of L1 where it takes part."""
    st.title(say("sparsity.title"))
    st.markdown(say("sparsity.intro"))
    for penalty in (L1, L2) if l1_ratio is None else (L1, L2, elastic_net(l1_ratio)):
        st.latex(rf"\text{{{penalty.title}:}}\quad {LOSS}{penalty.latex}")


def cards(runs: Runs) -> None:
    """What diverged, and the figures of L1 and of the other penalty at one share of λ_max."""
    k, result, truth = runs.k, runs.result, runs.truth
    stability(runs.by_name, k, next(c.options for c in MORE if c.name == "lr"))
    if runs.chosen["net"]:
        lam = (float(result.lam[0, k]), float(runs.baseline.lam[0, k]))
        st.caption(words.elastic_net_lam(runs.share, runs.chosen["l1_ratio"], lam, runs.l1.seed))
    look: dict[str, Any] = {"delta_color": "off", "delta_arrow": "off", "border": True}
    with st.container(horizontal=True):
        for name, run in runs.by_name.items():
            value, along, told = words.loss_card(summaries.finals(run, "test_loss"), k, SHARES, summaries.best_on_average(run))
            st.metric(say("sparsity.cards.loss", run=name), value, along, help=told, **look)
        kept, informative = support(result.weights[:, k], truth), None if truth is None else int((truth != 0).sum())
        value, of, told = words.kept_card(kept.n_selected, kept.f1, result.config.n_features, informative)
        st.metric(say("sparsity.cards.kept"), value, of, help=told, **look)
        distance, size = frames.distance(result, runs.first.exact, k), frames.gaps(result, runs.first.exact)[1][:, k]
        st.metric(
            say("sparsity.cards.distance"), figure(distance), words.distance_words(size), help=say("sparsity.cards.distance_help"), **look
        )  # fmt: skip


def pinned(runs: Runs) -> Shown:
    """The view's controls and the pinned runs beside the present one."""
    pins = Pinned("l1_vs_l2", RUN, ghost_of)
    with st.container(horizontal=True):
        view = {c.name: c.draw() for c in VIEW}
        now = dict(runs.chosen) | present_values(PLANE)
        pins.button(now, say("sparsity.pins.own") if runs.own else "")
    compared = pins.table(now, sparse_figures(runs.result, runs.baseline, runs.k), say("sparsity.pins.note"))
    return Shown(runs, view, pins, compared)


def coefficients(shown: Shown) -> list[Drawn]:
    """Both penalties' estimates, side by side."""
    first, second = st.columns(2)
    with first, st.container(border=True):
        left = _stems(shown, "L1", "first")
    with second, st.container(border=True):
        right = _stems(shown, shown.runs.other, "second")
    return [left, right]


def _stems(shown: Shown, name: str, part: str) -> Drawn:
    runs, features, k = shown.runs, shown.runs.features, shown.runs.k
    run, every = runs.by_name[name], frames.feature_names(runs.result)
    names = [every[j] for j in features]
    title = say("sparsity.stems.title", run=name)
    st.subheader(title)
    chart = draw(
        charts.stem_plot, frames.stem_rows(run, features, k), run=name, strengths=len(SHARES), names=runs.truth is None,
        key=f"app.stems.{part}", ghost="number",
        ghosts=shown.pins.rows(lambda g: overlays.stems(g.drawn["weights"][part][0], g.drawn["names"], names)),
        title=title, alt=words.stems_told(name, run.weights[0, k], runs.truth, runs.share, run.lam[0, k], words.share_of(name)),
    )  # fmt: skip
    st.caption(words.stems_seen(run.config.seed, runs.truth, run.config.n_features - len(features), len(features)))
    return chart


def path_and_choice(shown: Shown) -> list[Drawn]:
    """Every coefficient along λ, beside the λ that cross-validation chooses."""
    left, right = st.columns(2)
    with left, st.container(border=True):
        path = _path(shown)
    with right, st.container(border=True):
        choice = _choice(shown)
    return [path, choice]


def _path(shown: Shown) -> Drawn:
    runs, k, norm = shown.runs, shown.runs.k, shown.view["norm"]
    run, name, part = (runs.first, "L1", "first") if shown.view["path_of"] == "L1" else (runs.second, runs.other, "second")
    st.subheader(say("sparsity.path.head", run=name))
    across = ["norm" if norm else "share", "w", "part"]
    chart = draw(
        charts.path, frames.path_rows(run.result, run.exact, runs.features, k), norm=norm,
        groups=() if runs.truth is None else frames.GROUPS, labels=chart_words(), key="app.path", on_select=pick_share,
        ghosts=shown.pins.rows(lambda g: g.drawn["path"][part][across]), title=say("sparsity.path.title", run=name),
        alt=words.path_told(
            name, run.result.weights[0], SHARES, (0, k, len(SHARES) - 1), None if runs.data is None else runs.data.names
        ),
    )  # fmt: skip
    st.caption(say("sparsity.path.caption", gap=words.gap_told(*frames.gaps(run.result, run.exact))))
    return chart


def pick_share() -> None:
    """A click in the path chooses its λ."""
    picked = st.session_state["app.path"].selection.get("pick", [])
    if picked and picked[0].get("share") in SHARES:
        set_controls({"share": picked[0]["share"]})


def _choice(shown: Shown) -> Drawn:
    runs = shown.runs
    st.subheader(say("sparsity.choosing.head"))
    with failures_said():
        folds = cross_validated(runs.l1, runs.proximal)
    told, seen = words.choosing_told(
        folds.shares, folds.cv.mean, folds.test, folds.kept, folds.marks, folds.number, runs.l1.seed
    )
    chart = draw(
        charts.choosing, frames.choosing_rows(folds.cv, folds.shares, folds.test, runs.share),
        ghosts=shown.pins.rows(lambda g: g.drawn["choosing"]), title=say("sparsity.choosing.title"), alt=told,
        labels={line: say(f"sparsity.choosing.lines.{line}") for line in ("cv", "test")},
    )  # fmt: skip
    truth = runs.proximal.result.data.true_weights
    if truth is not None and truth.any():
        seen += f" {words.found_told(folds.shares, folds.kept, folds.f1(truth), int((truth != 0).sum()), folds.marks)}"
    st.caption(seen)
    return chart


def loss_and_histogram(shown: Shown) -> list[Drawn]:
    """Losses while training, and all coefficients at the end."""
    left, right = st.columns(2)
    with left, st.container(border=True):
        loss = _loss(shown)
    with right, st.container(border=True):
        histogram = _histogram(shown)
    return [loss, histogram]


def _loss(shown: Shown) -> Drawn:
    runs, k = shown.runs, shown.runs.k
    result, pair = runs.result, {name: (run, k) for name, run in runs.by_name.items()}
    st.subheader(say("sparsity.loss.title"))
    ends = " ".join(
        words.loss_told(name, *(summaries.finals(run, f"{split}_loss")[:, k] for split in ("test", "train")))
        for name, run in runs.by_name.items()
    )
    chart = draw(
        linear_charts.loss, linear_frames.loss_rows(pair, ("test", "train"), result), runs=tuple(pair), labels=chart_words(), log=shown.view["log"],
        strengths=len(SHARES), floor=summaries.baselines(result).log_floor, ghosts=shown.pins.rows(lambda g: g.drawn["loss"]),
        rule=switch_rule(runs.l1, runs.share), title=say("sparsity.loss.title"),
        alt=say("sparsity.loss.alt", epochs=result.config.epochs, share=runs.share, ends=ends),
    )  # fmt: skip
    st.caption(say("sparsity.loss.caption", lines=lines_are(runs.l1.seeds, runs.all_finished)))
    return chart


def _histogram(shown: Shown) -> Drawn:
    runs, k = shown.runs, shown.runs.k
    st.subheader(say("sparsity.histogram.title"))
    rows, c = linear_frames.histogram_rows({runs.other: (runs.baseline, k), "L1": (runs.result, k)})
    ends = " ".join(words.histogram_told(name, run.weights[:, k]) for name, run in runs.by_name.items())
    chart = draw(
        linear_charts.histogram, rows, runs=(runs.other, "L1"), labels=chart_words(), c=c, snapshots=int(rows["index"].max()) + 1, ghost="step",
        ghosts=shown.pins.rows(lambda g: overlays.outline(g.drawn["weights"]["first"], rows, c)),
        title=say("sparsity.histogram.title"), alt=say("sparsity.histogram.alt", ends=ends),
    )  # fmt: skip
    st.caption(say("sparsity.histogram.caption", other=runs.other))
    return chart


def zeros(runs: Runs) -> None:
    """How many zeros each way of fitting leaves, and what becomes of correlated features."""
    k, epsilon, truth, other = runs.k, runs.chosen["epsilon"], runs.truth, runs.other
    st.subheader(say("sparsity.zeros.title"))
    subgradient = linear_run(replace(runs.l1, solver="sgd"), runs.data).result
    ways = {
        say("sparsity.zeros.subgradient"): (subgradient.weights[:, k], 0.0),
        say("sparsity.zeros.cut", epsilon=epsilon): (subgradient.weights[:, k], epsilon),
        say("sparsity.zeros.proximal"): (runs.proximal.result.weights[:, k], 0.0),
        say("sparsity.zeros.exact"): (runs.proximal.exact.weights[:, k], 0.0),
        other: (runs.baseline.weights[:, k], 0.0),
    }
    columns = {id: say(f"sparsity.zeros.columns.{id}") for id in ("n_zero", "n_selected", "precision", "recall", "f1")}
    columns["n_below"] = say("sparsity.zeros.below", epsilon=epsilon)
    st.table(frames.zeros_table(ways, truth, epsilon).rename(columns=columns))
    st.caption(words.diverged_rows({name: w for name, (w, _) in ways.items()}))
    counted = words.subgradient_told(subgradient.weights, frames.never_moved(subgradient))
    st.markdown(say("sparsity.zeros.told", counted=counted))
    if truth is not None and runs.l1.block_size > 1 and runs.l1.correlation > 0:
        weights, block = (runs.result.weights[:, k], runs.baseline.weights[:, k]), runs.l1.block_size
        apart, other_apart = (frames.spread_within_blocks(w, truth, block) for w in weights)
        if told := words.together_told(apart, other_apart, frames.keeps_in_blocks(weights[0], truth, block), other):
            st.markdown(told)


def two_weights(shown: Shown) -> list[Drawn]:
    """Where both penalties land in the plane of two weights."""
    st.subheader(say("sparsity.plane.title"))
    left, right = st.columns(2)
    with right:
        plane = plane_of(sidebar_controls(PLANE))
        rows, picture = frames.plane_rows(plane, shown.runs.share * plane.lam_max)
        lands = {name: {"name": name, "w1": picture.landing[name][0], "w2": picture.landing[name][1]} for name in ("L1", "L2")}
        for name, at in lands.items():
            st.markdown(say("sparsity.plane.lands_why", why=picture.reasons[name][1], **at))
    with left:
        chart = draw(
            charts.plane, rows, width="content", ghosts=shown.pins.rows(lambda g: g.drawn["plane"]), ghost="number",
            title=say("sparsity.plane.title"),
            alt=say("sparsity.plane.alt", lands=" ".join(say("sparsity.plane.lands", **at) for at in lands.values())),
        )  # fmt: skip
        st.caption(say("sparsity.plane.caption", share=shown.runs.share, most=CORRELATION_MOST))
    return [chart]


def take_away(shown: Shown, drawn: Sequence[Drawn]) -> None:
    """The link, the code, the figures and the charts; what it was trained on."""
    runs, result, k = shown.runs, shown.runs.result, shown.runs.k
    notes = [gone_note(result)]
    if runs.data is not None:
        notes.append(say("sparsity.take.drawn_only"))
    if runs.own:
        notes.append(say("sparsity.take.own"))
    take_with_you(
        "l1_vs_l2", ALL, replace(result.config, strengths=(runs.share,)), final_figures(result, k),
        {
            "history.csv": lambda: history_csv(result), "coefficients.csv": lambda: coefficients_csv(result),
            f"coefficients_{runs.other.replace(' ', '_')}.csv": lambda: coefficients_csv(runs.baseline),
        },
        drawn, shown.compared,
        code=(lambda style, kind: write_code(result.config, style, kind, runs.share)) if runs.data is None else None,
        prints=first_seed(result, k), note=" ".join(notes),
    )  # fmt: skip
    st.caption(say("sparsity.trained_on", device=result.device, seeds=runs.l1.seeds, strengths=len(SHARES)))
