"""Weight decay: what λ does to a linear model with more coefficients than data points, and what it does not do."""

from dataclasses import replace

import streamlit as st

from regdemo.app.controls import new_seed, preset_picker, set_controls, sidebar_controls
from regdemo.app.downloads import coefficients_csv, history_csv, take_with_you, write_code
from regdemo.app.drawing import Drawn, draw
from regdemo.app.frame import page
from regdemo.app.limits import refuse_too_long
from regdemo.app.linear_figures import final_figures, first_seed, gone_note, linear_figures, stability, switch_rule
from regdemo.app.opening import open_link
from regdemo.app.pins import Pinned
from regdemo.app.questions import questions
from regdemo.app.sweeps import linear_run
from regdemo.app.updates import linear_microscope
from regdemo.app.weight_decay import words
from regdemo.app.weight_decay.controls import MAIN, MORE, RUN, STARTS, STRENGTHS, VIEW, W1, configured, resting
from regdemo.app.weight_decay.sections import linear_ghost, numbers, two_ways
from regdemo.charts import weight_decay as weight_decay_charts
from regdemo.config.phrases import counted, figure
from regdemo.frames import overlays, summaries
from regdemo.frames import weight_decay as weight_decay_frames

page("weight_decay")


open_link((*RUN, *VIEW))
with st.sidebar:
    start = st.container()
    chosen = sidebar_controls(MAIN)
    with st.expander("More"):
        chosen |= sidebar_controls(MORE, disabled=resting)
        new_seed("Draw other data, start and order.")
    preset_picker(start, STARTS, chosen)

config, k = configured(chosen)
lam = STRENGTHS[k]

st.title("Weight decay")
st.markdown(
    f"{words.intro(config.n_train, config.n_features)} "
    "Weight decay pulls every weight toward zero. Move **λ** and watch what it changes, and what it does not."
)
st.latex(r"\min_{w,\,b}\;\; \tfrac12\,\overline{(y - Xw - b)^2} \;+\; \lambda\cdot\tfrac12\lVert w\rVert_2^2")

refuse_too_long(config)
trained = linear_run(config)
result, exact = trained.result, trained.exact
base = summaries.baselines(result)
pair = {summaries.PLAIN: (result, STRENGTHS.index(0.0)), summaries.CHOSEN: (result, k)}

stability({"": result}, k, next(c.options for c in MORE if c.name == "lr"))
numbers(result, exact, k, base, published=config == replace(W1, strengths=STRENGTHS, seeds=config.seeds, seed=config.seed))
if config.switch_from:
    st.caption(f"Up to epoch {config.switch_epoch} every run had λ = {config.switch_from:g}, those at λ = 0 too.")

finished, whole = summaries.finished(result), bool((result.diverged_at < 0).all())
charts: list[Drawn] = []
pins = Pinned("weight_decay", RUN, lambda pin: linear_ghost(*configured(pin)))
with st.container(horizontal=True):
    view = {c.name: c.draw() for c in VIEW}
    pins.button(chosen)
compared = pins.table(chosen, linear_figures(result, k), "Figures are medians over the seeds that finished.")

rule = switch_rule(config, lam)
test, train = (summaries.medians(result, f"{split}_loss") for split in ("test", "train"))
none, best = STRENGTHS.index(0.0), summaries.best_strength(result, "validation")
shown, size = (k,) if k == none else (k, none), weight_decay_frames.norm_rows(result, k)
seen_by_none = {run: weight_decay_frames.part(size, run, weight_decay_frames.NORMS[2], config.epochs) for run in pair}
curves = ("test", "train", *(("penalty", "total") if view["terms"] else ()))
left, right = st.columns(2)
with left, st.container(border=True):
    st.subheader("Loss while training")
    rows = weight_decay_frames.loss_rows(pair, curves, result)
    charts.append(draw(
        weight_decay_charts.loss, rows, curves=curves, log=view["log"], strengths=len(STRENGTHS), floor=base.log_floor,
        ghosts=pins.rows(lambda g: g.drawn["loss"]), rule=rule,
        title="Loss while training",
        alt=f"Loss over {counted(config.epochs, 'epoch')}. "
        + " ".join(words.ends_at(STRENGTHS[i], test[i], train[i], finished[i], config.seeds) for i in shown)
        + f" Predicting the mean has {figure(base.mean_predictor)}.",
    ))  # fmt: skip
    st.caption(
        f"{words.lines_are(config.seeds, whole)} Diamonds: the epoch with the lowest validation loss. "
        + (f"Losses below {base.log_floor:.1g} are drawn there on the logarithmic axis. " if view["log"] else "")
        + "The λ preview moves through all trained strengths; the control in the sidebar is what the link keeps."
    )
with right, st.container(border=True):
    st.subheader("Final loss against λ")

    def pick_strength() -> None:
        picked = st.session_state["app.sweep"].selection.get("pick", [])
        if picked and picked[0].get("strength") in STRENGTHS:
            set_controls({"lam": picked[0]["strength"]})

    charts.append(draw(
        weight_decay_charts.sweep, weight_decay_frames.sweep_rows(result, exact, k), key="app.sweep", on_select=pick_strength, log=view["log"],
        floor=base.log_floor,
        zero_at=summaries.zero_place(STRENGTHS), ghosts=pins.rows(lambda g: g.drawn["sweep"]),
        title="Final loss against λ",
        alt=f"Final loss against λ from 0 to {STRENGTHS[-1]:g}. {words.ends_at(lam, test[k], train[k], finished[k], config.seeds)} "
        + (words.best_is(None, 0, 0, config.seeds) if best is None else words.best_is(STRENGTHS[best], test[best], finished[best], config.seeds)),
    ))  # fmt: skip
    st.caption(
        "Click a point to choose its λ. Large marks: best λ by validation and by test. Dashed: the exact ridge solution. "
        + words.null_space_fades(config, lam, seen_by_none[summaries.CHOSEN])
    )

left, right = st.columns(2)
with left, st.container(border=True):
    st.subheader("Coefficients")
    rows, c = weight_decay_frames.histogram_rows(pair)
    charts.append(draw(
        weight_decay_charts.histogram, rows, c=c, ghost="step", ghosts=pins.rows(lambda g: overlays.outline(g.drawn["weights"], rows, c)),
        snapshots=int(rows["index"].max()) + 1, linear=view["linear_w"],
        title="Coefficients",
        alt=f"Histogram of {counted(config.n_features, 'coefficient')} of each seed after {counted(config.epochs, 'epoch')}. "
        + " ".join(words.coefficients_lie(STRENGTHS[i], result.weights[:, i], config.seeds) for i in reversed(shown))
        + f" Every true one is {config.coefficient:g}.",
    ))  # fmt: skip
    st.caption(words.histogram_shows(view["linear_w"]))
with right, st.container(border=True):
    st.subheader("The size of w, and where it lives")
    charts.append(draw(
        weight_decay_charts.norms, size, floor=1e-4, ghosts=pins.rows(lambda g: g.drawn["norms"]), rule=rule,
        title="The size of w",
        alt=f"‖w‖₂ over {counted(config.epochs, 'epoch')}, and its parts at the end. "
        + " ".join(
            words.norms_end(run, *weight_decay_frames.last_norms(size, run), finished[i], config.seeds) for run, (_, i) in pair.items()
        ),
    ))  # fmt: skip
    st.caption(words.null_space_stays(config, seen_by_none[summaries.PLAIN]))

with st.expander("Why: the update with today's numbers"):
    st.latex(words.update_formula(config, lam))
    st.markdown(words.update_words(config, lam, seen_by_none[summaries.CHOSEN]))
    linear_microscope(config, lam)
two_ways(config, lam)
questions("weight_decay", config, lam)
take_with_you(
    "weight_decay", (*RUN, *VIEW), replace(config, strengths=(lam,)), final_figures(result, k),
    {"history.csv": lambda: history_csv(result), "coefficients.csv": lambda: coefficients_csv(result)}, charts, compared,
    code=lambda style, kind: write_code(config, style, kind, lam), prints=first_seed(result, k), note=gone_note(result),
)  # fmt: skip
st.caption(f"Trained on {result.device}: {counted(config.seeds, 'seed')} × {len(STRENGTHS)} strengths together.")
