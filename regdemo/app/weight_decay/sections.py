"""The sections of the weight-decay page: figures, charts, the update, what can be taken along."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import streamlit as st

from regdemo.app.controls import set_controls
from regdemo.app.downloads import coefficients_csv, history_csv, take_with_you, write_code
from regdemo.app.drawing import Drawn, draw
from regdemo.app.limits import too_long_to_pin
from regdemo.app.linear_figures import chart_words, final_figures, first_seed, gone_note, linear_figures, switch_rule
from regdemo.app.linear_words import lines_are, whose
from regdemo.app.pins import Ghost, Pinned, keep_ghost
from regdemo.app.sweeps import trained_run
from regdemo.app.updates import linear_microscope
from regdemo.app.weight_decay import words
from regdemo.app.weight_decay.controls import RUN, STRENGTHS, VIEW, W1
from regdemo.charts import weight_decay as charts
from regdemo.config.configs import LinearConfig
from regdemo.config.phrases import figure, joined
from regdemo.content.say import say
from regdemo.frames import overlays, summaries
from regdemo.frames import weight_decay as frames

if TYPE_CHECKING:
    from regdemo.core.linear.exact import Exact
    from regdemo.core.linear.train import LinearResult

PUBLISHED_W1 = {0.0: "11.64, 13.36, 13.70", 3.0: "0.033, 0.041, 0.052"}  # ‖w‖₂ that tutorials print for W1
NONE = STRENGTHS.index(0.0)


@dataclass(frozen=True, eq=False)
class Shown:
    """A finished sweep, its exact solutions, and the chosen strength."""

    result: "LinearResult"
    exact: "Exact"
    k: int

    @property
    def config(self) -> LinearConfig:
        return self.result.config

    @property
    def lam(self) -> float:
        return STRENGTHS[self.k]

    @property
    def runs(self) -> dict[str, summaries.Run]:
        return {summaries.PLAIN: (self.result, NONE), summaries.CHOSEN: (self.result, self.k)}

    @property
    def strengths(self) -> tuple[int, ...]:
        """Of the chosen run and that without decay, where it is another."""
        return tuple(dict.fromkeys((self.k, NONE)))

    @cached_property
    def finished(self) -> np.ndarray:
        return summaries.finished(self.result)

    @cached_property
    def medians(self) -> dict[str, np.ndarray]:
        return {column: summaries.medians(self.result, column) for column in ("train_loss", "test_loss", "l2_norm")}

    @cached_property
    def base(self) -> summaries.Baselines:
        return summaries.baselines(self.result)

    @cached_property
    def norms(self) -> pd.DataFrame:
        return frames.norm_rows(self.result, self.k)

    def null_space(self, run: str) -> words.Path:
        """How large the part of w that no data point sees is before training and after it."""
        return frames.part(self.norms, run, frames.NORMS[2], self.config.epochs)

    def ends(self, i: int) -> str:
        """Where the curves of a strength end."""
        test, train = (self.medians[f"{split}_loss"][i] for split in ("test", "train"))
        return words.ends_at(STRENGTHS[i], test, train, self.finished[i], self.config.seeds)


@dataclass(frozen=True, eq=False)
class Charted(Shown):
    """What the charts show: the sweep, how they are to look, and the pinned runs in them."""

    view: Mapping[str, bool]
    pins: Pinned


def ghost(config: LinearConfig, k: int) -> Ghost | str:
    """What is left of a pinned sweep at one strength, or why it is not trained."""
    if why := too_long_to_pin(config):
        return why

    def make() -> Ghost:
        result = trained_run(config).result
        drawn = {
            "loss": overlays.curve(result, k, "test_loss", "mid"), "norms": overlays.curve(result, k, "l2_norm", "norm"),
            "sweep": overlays.sweep(result), "weights": result.weights[:, k],
        }  # fmt: skip
        return Ghost(linear_figures(result, k), drawn, result.weights[:, k].nbytes + 20_000)

    return keep_ghost((config, k, None), make)


def opening(config: LinearConfig) -> None:
    """What the page is about."""
    st.title(say("weight_decay.title"))
    st.markdown(joined(words.intro(config.n_train, config.n_features), say("weight_decay.idea")))
    st.latex(r"\min_{w,\,b}\;\; \tfrac12\,\overline{(y - Xw - b)^2} \;+\; \lambda\cdot\tfrac12\lVert w\rVert_2^2")


def numbers(shown: Shown) -> None:
    """The figures of this run: headline metrics, and a table of everything at λ = 0 and at the chosen λ."""
    config, middle, seeds = shown.config, shown.medians, shown.config.seeds
    with st.container(horizontal=True):
        for column in ("test_loss", "train_loss", "l2_norm"):
            st.metric(
                say(f"weight_decay.metrics.of.{column}"), figure(middle[column][shown.k]),
                say("weight_decay.metrics.at_zero", value=middle[column][NONE]), delta_color="off", delta_arrow="off", border=True,
                help=say("weight_decay.metrics.help", lam=shown.lam, whose=whose(shown.finished[shown.k], seeds)),
            )  # fmt: skip
        best, best_by_test = (summaries.best_strength(shown.result, split) for split in ("validation", "test"))
        if best is not None and best_by_test is not None:
            st.metric(
                say("weight_decay.metrics.best"), f"{STRENGTHS[best]:g}",
                say("weight_decay.metrics.best_is", loss=middle["test_loss"][best], lam=STRENGTHS[best_by_test]),
                delta_color="off", delta_arrow="off", border=True,
                help=say("weight_decay.metrics.best_help", whose=whose(shown.finished[best], seeds)),
            )  # fmt: skip
    columns = tuple(dict.fromkeys((NONE, shown.k)))
    rows = frames.beside_baselines(shown.result, shown.exact)
    table = {say(f"weight_decay.table.rows.{name}"): [figure(row[i]) for i in columns] for name, row in rows.items()}
    if config == replace(W1, strengths=STRENGTHS, seeds=seeds, seed=config.seed):
        table[say("weight_decay.table.published")] = [PUBLISHED_W1.get(STRENGTHS[i], "–") for i in columns]
    st.table(
        pd.DataFrame.from_dict(
            table, orient="index", columns=[say("weight_decay.table.lam", lam=STRENGTHS[i]) for i in columns]
        )
    )
    if config.switch_from:
        st.caption(say("weight_decay.changed", epoch=config.switch_epoch, lam=config.switch_from))


def loss(shown: Charted) -> Drawn:
    """Loss over the epochs at λ = 0 and at the chosen λ."""
    config, log = shown.config, shown.view["log"]
    ends = joined(*(shown.ends(i) for i in shown.strengths))
    curves = ("test", "train", *(("penalty", "total") if shown.view["terms"] else ()))
    title = say("weight_decay.loss.title")
    st.subheader(title)
    drawn = draw(
        charts.loss, frames.loss_rows(shown.runs, curves, shown.result), labels=chart_words(), curves=curves, log=log, strengths=len(STRENGTHS),
        floor=shown.base.log_floor, ghosts=shown.pins.rows(lambda g: g.drawn["loss"]), rule=switch_rule(config, shown.lam),
        title=title, alt=say("weight_decay.loss.alt", epochs=config.epochs, ends=ends, mean=shown.base.mean_predictor),
    )  # fmt: skip
    st.caption(
        joined(
            lines_are(config.seeds, bool((shown.finished == config.seeds).all())),
            say("weight_decay.loss.diamonds"),
            say("weight_decay.loss.floor", floor=shown.base.log_floor) if log else "",
            say("weight_decay.loss.preview"),
        )
    )
    return drawn


def validation_curve(shown: Charted) -> Drawn:
    """Final losses against λ; a click on a point chooses its λ."""
    config, best = shown.config, summaries.best_strength(shown.result, "validation")
    lam, at = (None, 0) if best is None else (STRENGTHS[best], best)
    lowest = words.best_is(lam, shown.medians["test_loss"][at], shown.finished[at], config.seeds)

    def choose() -> None:
        picked = st.session_state["app.sweep"].selection.get("pick", [])
        if picked and picked[0].get("strength") in STRENGTHS:
            set_controls({"lam": picked[0]["strength"]})

    title = say("weight_decay.sweep.title")
    st.subheader(title)
    drawn = draw(
        charts.validation_curve, frames.validation_rows(shown.result, shown.exact, shown.k), labels=chart_words(), key="app.sweep", on_select=choose,
        log=shown.view["log"],
        floor=shown.base.log_floor, zero_at=summaries.zero_place(STRENGTHS), ghosts=shown.pins.rows(lambda g: g.drawn["sweep"]),
        title=title, alt=say("weight_decay.sweep.alt", most=STRENGTHS[-1], ends=shown.ends(shown.k), best=lowest),
    )  # fmt: skip
    fades = words.null_space_fades(config, shown.lam, shown.null_space(summaries.CHOSEN))
    st.caption(joined(say("weight_decay.sweep.caption"), fades))
    return drawn


def coefficients(shown: Charted) -> Drawn:
    """Histograms of the coefficients at λ = 0 and at the chosen λ, epoch by epoch."""
    config, weights = shown.config, shown.result.weights
    rows, c = frames.histogram_rows(shown.runs)
    ranges = [words.coefficients_lie(STRENGTHS[i], weights[:, i], config.seeds) for i in reversed(shown.strengths)]
    figures = {"features": config.n_features, "epochs": config.epochs, "truth": config.coefficient}
    title = say("weight_decay.coefficients.title")
    st.subheader(title)
    drawn = draw(
        charts.histogram, rows, labels=chart_words(), c=c, ghost="step", ghosts=shown.pins.rows(lambda g: overlays.outline(g.drawn["weights"], rows, c)),
        snapshots=int(rows["index"].max()) + 1, linear=shown.view["linear_w"],
        title=title, alt=say("weight_decay.coefficients.alt", ranges=joined(*ranges), **figures),
    )  # fmt: skip
    st.caption(words.histogram_shows(shown.view["linear_w"]))
    return drawn


def norms(shown: Charted) -> Drawn:
    """The norm of w over the epochs, and what of it lies in the row space and the null space of X."""
    config = shown.config
    ends = [
        words.norms_end(run, *frames.last_norms(shown.norms, run), shown.finished[i], config.seeds)
        for run, (_, i) in shown.runs.items()
    ]
    st.subheader(say("weight_decay.norms.heading"))
    drawn = draw(
        charts.norms, shown.norms, labels=chart_words(), floor=1e-4, ghosts=shown.pins.rows(lambda g: g.drawn["norms"]), rule=switch_rule(config, shown.lam),
        title=say("weight_decay.norms.title"),
        alt=say("weight_decay.norms.alt", epochs=config.epochs, ends=joined(*ends)),
    )  # fmt: skip
    st.caption(words.null_space_stays(config, shown.null_space(summaries.PLAIN)))
    return drawn


def side_by_side(shown: Charted, *sections: Callable[[Charted], Drawn]) -> list[Drawn]:
    """Sections with a chart each, beside one another."""
    drawn = []
    for column, section in zip(st.columns(len(sections)), sections, strict=True):
        with column, st.container(border=True):
            drawn.append(section(shown))
    return drawn


def update(shown: Shown) -> None:
    """The update with the numbers of this run, and one step of it taken apart."""
    with st.expander(say("weight_decay.update.title")):
        st.latex(words.update_formula(shown.config, shown.lam))
        st.markdown(words.update_words(shown.config, shown.lam, shown.null_space(summaries.CHOSEN)))
        linear_microscope(shown.config, shown.lam)


def take(shown: Shown, drawn: list[Drawn], compared: pd.DataFrame | None) -> None:
    """The link, the files and the code of this run, and what it was trained on."""
    result, config, lam = shown.result, shown.config, shown.lam
    take_with_you(
        "weight_decay", (*RUN, *VIEW), replace(config, strengths=(lam,)), final_figures(result, shown.k),
        {"history.csv": lambda: history_csv(result), "coefficients.csv": lambda: coefficients_csv(result)}, drawn, compared,
        code=lambda style, kind: write_code(config, style, kind, lam), prints=first_seed(result, shown.k), note=gone_note(result),
    )  # fmt: skip
    st.caption(say("weight_decay.trained_on", device=result.device, seeds=config.seeds, strengths=len(STRENGTHS)))
