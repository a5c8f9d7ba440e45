"""The sections of the weight-decay page: figures, charts, the update, what can be taken along."""

from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from regdemo.app.bar import Film, bar
from regdemo.app.controls import set_controls
from regdemo.app.downloads import coefficients_csv, history_csv, take_with_you, write_code
from regdemo.app.drawing import Drawn, Rows, draw
from regdemo.app.frame import panel
from regdemo.app.linear_figures import chart_words, final_figures, first_seed, gone_note, stability, switch_rule
from regdemo.app.linear_words import lines_are, whose
from regdemo.app.updates import linear_microscope
from regdemo.app.weight_decay import words
from regdemo.app.weight_decay.controls import HAND, RATES, RUN, STRENGTHS, VIEW, W1
from regdemo.app.weight_decay.runs import NONE, Charted, Shown
from regdemo.charts import weight_decay as charts
from regdemo.config.phrases import figure, joined
from regdemo.content.say import language, say
from regdemo.frames import overlays, summaries
from regdemo.frames import weight_decay as frames

if TYPE_CHECKING:
    pass

PUBLISHED_W1 = {0.0: "11.64, 13.36, 13.70", 3.0: "0.033, 0.041, 0.052"}  # ‖w‖₂ that tutorials print for W1


def hand(shown: Shown) -> None:
    """The bar: what each λ does, in a sentence and figures."""
    config, middle = shown.config, shown.medians

    def film() -> Film:
        return Film(
            labels=[say("linear.at.lam", lam=lam) for lam in STRENGTHS],
            leads=words.leads(
                STRENGTHS,
                middle["test_loss"],
                shown.base.mean_predictor,
                summaries.quantiles(shown.result.curves["test_loss"][:, NONE, 0])[1],
                shown.finished,
                config.seeds,
            ),
            figures=[
                (say(f"weight_decay.metrics.of.{column}"), [figure(value) for value in middle[column]])
                for column in ("test_loss", "train_loss", "l2_norm")
            ],
            zero=NONE,
            epochs=[int(epoch) for epoch in shown.result.snapshot_epochs],
        )

    bar(
        HAND,
        shown.trained.once(("film", language.get()), film),
        lambda k: stability({"": shown.result}, k, RATES, here=True),
    )


def numbers(shown: Shown) -> None:
    """The figures of this run in a table: everything at λ = 0 and at the chosen λ, and the λ that validation would choose."""
    with panel("numbers", say("weight_decay.table.title")) as is_open:
        if not is_open:
            return
        config, middle, seeds = shown.config, shown.medians, shown.config.seeds
        columns = tuple(dict.fromkeys((NONE, shown.k)))
        rows = {say(f"weight_decay.metrics.of.{name}"): values for name, values in middle.items()}
        beside = frames.beside_baselines(shown.result, shown.exact)
        rows |= {say(f"weight_decay.table.rows.{name}"): values for name, values in beside.items()}
        table = {name: [figure(values[i]) for i in columns] for name, values in rows.items()}
        if config == replace(W1, strengths=STRENGTHS, seeds=seeds, seed=config.seed):
            table[say("weight_decay.table.published")] = [PUBLISHED_W1.get(STRENGTHS[i], "–") for i in columns]
        names = [say("weight_decay.table.lam", lam=STRENGTHS[i]) for i in columns]
        st.table(pd.DataFrame.from_dict(table, orient="index", columns=names))
        st.caption(say("weight_decay.table.whose", whose=whose(shown.finished[shown.k], seeds)))
        best, by_test = (summaries.best_strength(shown.result, split) for split in ("validation", "test"))
        if best is not None and by_test is not None:
            st.markdown(
                say("weight_decay.table.best", lam=STRENGTHS[best], loss=middle["test_loss"][best], by_test=STRENGTHS[by_test])
            )
        stability({"": shown.result}, shown.k, RATES, here=False)


def loss(shown: Charted) -> Drawn:
    """Loss over the epochs at λ = 0 and at the chosen λ."""
    config, log = shown.config, shown.view["log"]
    curves = ("test", "train", *(("penalty", "total") if shown.view["terms"] else ()))
    title = say("weight_decay.loss.title")
    how = joined(
        lines_are(config.seeds, bool((shown.finished == config.seeds).all())),
        say("weight_decay.loss.diamonds"),
        say("weight_decay.loss.floor", floor=shown.base.log_floor) if log else "",
    )
    if config.switch_from:
        how = joined(how, say("weight_decay.changed", epoch=config.switch_epoch, lam=config.switch_from))
    st.subheader(title, help=how)
    floor = shown.base.log_floor if log else None
    rows = shown.trained.once(("loss", curves, log), lambda: Rows(frames.loss_rows(shown.runs, curves, floor)))
    best = summaries.best_strength(shown.result, "validation")
    return draw(
        charts.loss,
        rows,
        curves=curves,
        log=log,
        floor=floor,
        ghosts=shown.pins.rows(lambda g: g.drawn["loss"]),
        rule=switch_rule(config),
        title=title,
        labels=chart_words(),
        at=shown.at,
        alt=words.loss_ends(config, best, STRENGTHS, shown.medians, shown.base.mean_predictor),
    )


def validation_curve(shown: Charted) -> Drawn:
    """Final losses against λ; a click on a point chooses its λ."""
    config, best = shown.config, summaries.best_strength(shown.result, "validation")
    lam, at = (None, 0) if best is None else (STRENGTHS[best], best)

    def choose() -> None:
        picked = st.session_state["app.sweep"].selection.get("pick", [])
        if picked and picked[0].get("strength") in STRENGTHS:
            set_controls({"lam": picked[0]["strength"]})

    title, log = say("weight_decay.sweep.title"), shown.view["log"]
    floor = shown.base.log_floor if log else None
    fades = words.null_space_fades(config, shown.null_space(NONE)[0])
    st.subheader(title, help=joined(say("weight_decay.sweep.caption"), fades))
    return draw(
        charts.validation_curve,
        shown.trained.once(("sweep", log), lambda: Rows(frames.validation_rows(shown.result, shown.exact, floor))),
        key="app.sweep",
        on_select=choose,
        log=log,
        floor=floor,
        zero_at=summaries.zero_place(STRENGTHS),
        ghosts=shown.pins.rows(lambda g: g.drawn["sweep"]),
        title=title,
        labels=chart_words(),
        at=shown.at,
        alt=words.best_is(lam, shown.medians["test_loss"][at], shown.finished[at], config.seeds),
    )


def coefficients(shown: Charted) -> Drawn:
    """Histograms of the coefficients at λ = 0 and at the chosen λ, epoch by epoch."""
    config = shown.config

    def make() -> tuple[Rows, float]:
        rows, c = frames.histogram_rows(shown.runs)
        return Rows(rows), c

    rows, c = shown.trained.once("coefficients", make)
    title = say("weight_decay.coefficients.title")
    st.subheader(title, help=words.histogram_shows(shown.view["linear_w"]))
    spread = say(
        "weight_decay.coefficients.alt",
        features=config.n_features,
        epochs=config.epochs,
        truth=config.coefficient,
        range=words.coefficients_lie(0.0, shown.result.weights[:, NONE], config.seeds),
    )
    return draw(
        charts.histogram,
        rows,
        c=c,
        ghost="step",
        ghosts=shown.pins.rows(lambda g: overlays.outline(g.drawn["weights"], rows.frame, c)),
        linear=shown.view["linear_w"],
        title=title,
        labels=chart_words(),
        at=shown.at,
        alt=spread,
    )


def norms(shown: Charted) -> Drawn:
    """The norm of w over the epochs, and what of it lies in the row space and the null space of X."""
    config, title = shown.config, say("weight_decay.norms.title")

    def make() -> tuple[Rows, float, tuple[str, ...]]:
        there = set(shown.norms["part"])
        rows = Rows(frames.norms_drawn(shown.norms))
        return rows, frames.norm_floor(shown.norms), tuple(part for part in frames.NORMS if part in there)

    rows, floor, parts = shown.trained.once("norms drawn", make)
    st.subheader(say("weight_decay.norms.heading"), help=say("weight_decay.norms.how"))
    return draw(
        charts.norms,
        rows,
        floor=floor,
        parts=parts,
        ghosts=shown.pins.rows(lambda g: g.drawn["norms"]),
        rule=switch_rule(config),
        title=title,
        labels=chart_words(),
        at=shown.at,
        alt=words.null_space_stays(config, shown.null_space(NONE)),
    )


def update(shown: Shown) -> None:
    """The objective, the update with the numbers of this run, and one step of it taken apart."""
    with panel("update", say("weight_decay.update.title")) as is_open:
        if is_open:
            st.markdown(words.intro(shown.config.n_train, shown.config.n_features))
            st.latex(r"\min_{w,\,b}\;\; \tfrac12\,\overline{(y - Xw - b)^2} \;+\; \lambda\cdot\tfrac12\lVert w\rVert_2^2")
            st.latex(words.update_formula(shown.config, shown.lam))
            st.markdown(words.update_words(shown.config, shown.lam, shown.null_space(shown.k)))
            linear_microscope(shown.config, shown.lam)


def take(shown: Shown, drawn: list[Drawn], compared: pd.DataFrame | None) -> None:
    """The link, the files and the code of this run, and what it was trained on."""
    result, config, lam = shown.result, shown.config, shown.lam
    take_with_you(
        "weight_decay",
        (*RUN, *VIEW),
        replace(config, strengths=(lam,)),
        final_figures(result, shown.k),
        {"history.csv": lambda: history_csv(result), "coefficients.csv": lambda: coefficients_csv(result)},
        drawn,
        compared,
        code=lambda style, kind: write_code(config, style, kind, lam),
        prints=first_seed(result, shown.k),
        note=gone_note(result),
    )
    st.caption(say("weight_decay.trained_on", device=result.device, seeds=config.seeds, strengths=len(STRENGTHS)))
