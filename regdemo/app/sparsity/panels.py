"""The sparsity page's panels: closed at first, and what stands in one is computed only while it is open."""

from dataclasses import replace

import pandas as pd
import streamlit as st

from regdemo.app import limits
from regdemo.app.class_view import present_view
from regdemo.app.controls import set_controls
from regdemo.app.drawing import Drawn, draw
from regdemo.app.frame import panel
from regdemo.app.limits import may_train
from regdemo.app.linear_figures import stability
from regdemo.app.opening import present_values
from regdemo.app.sparsity import panel_words as words
from regdemo.app.sparsity.controls import HAND, PLANE, SHARES, plane_of
from regdemo.app.sparsity.folds import Folds, cross_validated
from regdemo.app.sparsity.runs import Runs
from regdemo.app.sparsity.sections import RATES, Shown
from regdemo.app.sweeps import failures_said, linear_run
from regdemo.app.updates import linear_microscope
from regdemo.charts import sparsity as charts
from regdemo.config.penalties import L1, L2, elastic_net
from regdemo.config.phrases import figure
from regdemo.content.say import say
from regdemo.core.linear.selection import support
from regdemo.core.linear.two_weights import picture
from regdemo.frames import sparsity as frames
from regdemo.frames import summaries

LOSS = r"\min_{w,\,b}\; \tfrac12\,\overline{(y - Xw - b)^2} + "


def numbers(runs: Runs) -> None:
    """The figures of both penalties at the chosen strength, and what diverged elsewhere."""
    with panel("numbers", say("sparsity.numbers.title")) as is_open:
        if not is_open:
            return
        st.table(pd.DataFrame({name: _figures(runs, name) for name in runs.by_name}))
        size = frames.gaps(runs.result, runs.first.exact)[1][:, runs.k]
        st.caption(say("sparsity.numbers.how", share=runs.share, distance=words.distance_words(size)))
        if runs.chosen["net"]:
            lam = (float(runs.result.lam[0, runs.k]), float(runs.baseline.lam[0, runs.k]))
            st.caption(words.elastic_net_lam(runs.share, runs.chosen["l1_ratio"], lam, runs.l1.seed))
        stability(runs.by_name, runs.k, RATES, here=False)


def _figures(runs: Runs, name: str) -> dict[str, str]:
    """A column of the table of numbers: one penalty's figures, medians over the seeds that finished."""
    run, trained, k = runs.by_name[name], runs.first if name == "L1" else runs.second, runs.k
    known = runs.truth if runs.truth is not None and runs.truth.any() else None
    got, test = support(run.weights[:, k], known), summaries.medians(run, "test_loss")
    rows = {
        "test": figure(test[k]), "lowest": words.lowest_at(test, SHARES), "train": figure(summaries.medians(run, "train_loss")[k]),
        "kept": figure(summaries.quantiles(got.n_selected)[1]),
    }  # fmt: skip
    if got.f1 is not None:
        rows["f1"] = figure(summaries.quantiles(got.f1)[1])
    rows |= {
        "distance": figure(frames.distance(run, trained.exact, k)),
        "seeds": words.seeds_used(int(summaries.finished(run)[k]), run.config.seeds),
    }
    return {say(f"sparsity.numbers.rows.{row}"): value for row, value in rows.items()}


def choosing(shown: Shown) -> list[Drawn]:
    """The λ that cross-validation chooses."""
    runs = shown.runs
    with panel("choosing", say("sparsity.choosing.head")) as is_open:
        if not is_open:
            return []
        if not may_train([limits.folds(runs.l1, runs.data)]):
            return []
        with failures_said():
            folds = cross_validated(runs.l1, runs.proximal, runs.data)
        told, seen = words.choosing_told(
            folds.shares, folds.cv.mean / 2, folds.test / 2, folds.kept, folds.marks, folds.number, runs.l1.seed
        )
        st.markdown(say("sparsity.choosing.what", beyond=SHARES[0]))
        chart = draw(
            charts.choosing,
            frames.choosing_rows(folds.cv, folds.shares, folds.test, SHARES),
            ghosts=shown.pins.rows(lambda g: g.drawn["choosing"]),
            title=say("sparsity.choosing.title"),
            at=runs.at,
            alt=told,
            labels={line: say(f"sparsity.choosing.lines.{line}") for line in ("cv", "test")},
        )
        _choose(folds)
        st.caption(seen)
        truth = runs.proximal.result.data.true_weights
        if truth is not None and truth.any():
            f1 = folds.f1(truth)
            st.caption(words.found_told(folds.shares, folds.kept, f1, int((truth != 0).sum()), folds.marks))
        return [chart]


def _choose(folds: Folds) -> None:
    """Buttons that move the bar to λ_min and λ_1se."""
    with st.container(horizontal=True):
        for name, i in zip(("λ_min", "λ_1se"), folds.marks, strict=True):
            share = float(folds.shares[i])
            st.button(
                say("sparsity.choosing.use", name=name, share=share),
                key=f"choosing.{name}",
                on_click=set_controls,
                args=({HAND.name: share},),
                disabled=share not in SHARES or HAND.name in present_view().values,
                help=None if share in SHARES else say("sparsity.choosing.below", weak=SHARES[0]),
            )


def zeros(runs: Runs) -> None:
    """How many zeros each way of fitting leaves, and what becomes of correlated features."""
    with panel("zeros", say("sparsity.zeros.title")) as is_open:
        if is_open:
            _zeros(runs)


def _zeros(runs: Runs) -> None:
    k, epsilon, truth, other = runs.k, runs.chosen["epsilon"], runs.truth, runs.other
    by_subgradient = replace(runs.l1, solver="sgd")
    if not may_train([limits.sweep(by_subgradient, runs.data)]):
        return
    subgradient = linear_run(by_subgradient, runs.data).result
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
    st.caption(
        say("sparsity.zeros.at", share=runs.share, means=words.diverged_rows({name: w for name, (w, _) in ways.items()}))
    )
    counted = words.subgradient_told(subgradient.weights, frames.never_moved(subgradient))
    st.markdown(say("sparsity.zeros.told", counted=counted))
    if truth is not None and runs.l1.block_size > 1 and runs.l1.correlation > 0:
        weights, block = (runs.result.weights[:, k], runs.baseline.weights[:, k]), runs.l1.block_size
        apart, other_apart = (frames.spread_within_blocks(w, truth, block) for w in weights)
        if told := words.together_told(apart, other_apart, frames.keeps_in_blocks(weights[0], truth, block), other):
            st.markdown(told)


def why(runs: Runs) -> None:
    """What is minimised, why w₂ lands on zero or does not, and one update taken apart."""
    with panel("why", say("sparsity.why.title")) as is_open:
        if not is_open:
            return
        for penalty in (L1, L2, *([elastic_net(runs.chosen["l1_ratio"])] if runs.chosen["net"] else [])):
            st.latex(rf"\text{{{penalty.title}:}}\quad {LOSS}{penalty.latex}")
        of = plane_of(present_values(PLANE))
        seen = picture(of, runs.share * of.lam_max)
        for name, (w1, w2) in seen.landing.items():
            st.markdown(say("sparsity.plane.lands_why", name=name, w1=w1, w2=w2, why=seen.reasons[name][1]))
        linear_microscope(runs.result.config, runs.share, runs.data)
