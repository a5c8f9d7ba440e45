"""Weight decay: what λ does to a linear model with more coefficients than data points, and what it does not do."""

from dataclasses import replace

import streamlit as st

from regdemo import PRESETS, LinearConfig, charts, frames, ghosts
from regdemo import linear_words as words
from regdemo.phrases import counted, figure
from regdemo.ui import draw, linear_run, page
from regdemo.ui_controls import Control, new_seed, open_link, preset_picker, set_controls, sidebar_controls
from regdemo.ui_linear import (
    STRENGTHS,
    final_figures,
    first_seed,
    gone_note,
    linear_figures,
    linear_ghost,
    numbers,
    refuse_too_long,
    stability,
    switch_rule,
    two_ways,
)
from regdemo.ui_microscope import linear_microscope
from regdemo.ui_pins import Pinned
from regdemo.ui_questions import questions
from regdemo.ui_take import coefficients_csv, history_csv, take_with_you, write_code

page("Weight decay")

W1 = PRESETS["W1"]
MAIN = (
    Control("lam", "strength λ", STRENGTHS, 3.0, "How hard every weight is pulled toward 0. 0 switches weight decay off."),
    Control("n_train", "training examples n", (2, 5, 10, 20, 30, 50, 100, 200, 500), 20, "How much data the model learns from."),
    Control("n_features", "features p", (1, 2, 5, 10, 20, 30, 50, 100, 200, 500, 1000), 200, "How many weights the model has."),
    Control(
        "coefficient", "signal: true coefficient", (0.0, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0), 0.01,
        "The value of every true weight: how much there is to learn.",
    ),
    Control(
        "noise", "noise σ", (0.0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0), 0.01,
        "Standard deviation of what is added to y and cannot be learned.",
    ),
)  # fmt: skip
MORE = (
    Control(
        "init_scale", "initial scale of w", (0.0, 0.01, 0.1, 0.5, 1.0), 1.0,
        "Standard deviation of the random weights that training starts from.",
    ),
    Control("intercept", "true bias b", (0.0, 0.05, 0.1, 0.5, 1.0), 0.05, "The constant in y, learned by the model's bias."),
    Control(
        "lr", "learning rate η",
        (0.0001, 0.0003, 0.001, 0.002, 0.003, 0.005, 0.008, 0.01, 0.012, 0.02, 0.03, 0.05, 0.1, 0.2, 0.5, 1.0, 10.0), 0.003,
        "The size of one step. Too large, and the loss explodes.",
    ),
    Control("batch_size", "batch size", (1, 2, 5, 10, 20, 50, 100, 200, 500), 1, "Examples averaged in one step; at most n."),
    Control("epochs", "epochs", (1, 5, 10, 20, 50, 100, 200, 300, 500, 1000), 100, "Passes over the training data."),
    Control(
        "optimizer", "optimizer", ("sgd", "adam"), "sgd", "How a gradient becomes a step.", words={"sgd": "SGD", "adam": "Adam"}
    ),
    Control("momentum", "momentum", (0.0, 0.5, 0.9, 0.95, 0.99), 0.0, "How much of the last step SGD repeats. Adam has its own."),
    Control(
        "solver", "decay enters", ("sgd", "decoupled"), "sgd",
        "In the gradient (torch's `weight_decay` for SGD and Adam), or as a shrink of its own before the step (AdamW).",
        words={"sgd": "gradient", "decoupled": "decoupled"},
    ),
    Control("penalize_bias", "decay the bias too", (False, True), False, "Whether the penalty also pulls the bias toward 0."),
    Control(
        "switch_epoch", "change λ after epoch (0: never)", (0, 1, 2, 5, 10, 20, 50, 80, 100, 150, 200, 500), 0,
        "The run goes on from where it is, with the strength λ from above. Always before the last epoch.",
    ),
    Control("switch_from", "λ until then", STRENGTHS, 0.0, "0: let the model overfit first, then regularize."),
    Control("seeds", "seeds", (1, 2, 4, 8, 16), 8, "Independent repeats: other data, start and order. Bands show their spread."),
    Control("seed", "random seed", range(0, 10_000), 0, "The first repeat's seed. The same seed gives the same run."),
)  # fmt: skip
RUN = (*MAIN, *MORE)
FIELDS = [c.name for c in (*MAIN[1:], *MORE)]
STARTS = {
    title: {name: getattr(PRESETS[preset], name) for name in FIELDS} | {"lam": lam, "seeds": 8, "switch_epoch": switch}
    for title, preset, lam, switch in (
        ("W1: 20 examples, 200 weights", "W1", 3.0, 0),
        ("W2: 50 examples, 200 weights", "W2", 3.0, 0),
        ("where weight decay really helps", "W-helps", 0.5, 0),
        ("too late? λ after overfitting", "W1", 3.0, 50),
    )
}
VIEW = (
    Control("log", "logarithmic loss axis", (False, True), True, "Off: a linear axis."),
    Control("terms", "draw penalty and total", (False, True), False, "The penalty λ·½‖w‖², and training loss + penalty."),
    Control("linear_w", "linear coefficient axis", (False, True), False, "Off: stretched around zero."),
)


def configured(values: dict) -> tuple[LinearConfig, int]:
    """The sweep that the controls name, and which of its strengths is chosen."""
    fields = {n: v for n, v in values.items() if n != "lam"}
    fields["batch_size"] = min(fields["batch_size"], fields["n_train"])
    if fields["optimizer"] == "adam":
        fields["momentum"] = 0.0
    fields["switch_epoch"] = min(fields["switch_epoch"], fields["epochs"] - 1)
    if not fields["switch_epoch"]:
        fields["switch_from"] = 0.0
    config = LinearConfig(n_informative=fields["n_features"], strengths=STRENGTHS, **fields)
    return config, STRENGTHS.index(values["lam"])


def resting(so_far: dict) -> set[str]:
    """The controls that mean nothing with those above them."""
    off = {"momentum"} if so_far.get("optimizer") == "adam" else set()
    return off | ({"switch_from"} if not so_far.get("switch_epoch") else set())


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
base = frames.baselines(result)
pair = {frames.PLAIN: (result, STRENGTHS.index(0.0)), frames.CHOSEN: (result, k)}

stability({"": result}, k, next(c.options for c in MORE if c.name == "lr"))
numbers(result, exact, k, base, published=config == replace(W1, strengths=STRENGTHS, seeds=config.seeds, seed=config.seed))
if config.switch_from:
    st.caption(f"Up to epoch {config.switch_epoch} every run had λ = {config.switch_from:g}, those at λ = 0 too.")

finished, whole = frames.finished(result), bool((result.diverged_at < 0).all())
pins = Pinned("Weight decay", RUN, lambda pin: linear_ghost(*configured(pin)))
with st.container(horizontal=True):
    view = {c.name: c.draw() for c in VIEW}
    pins.button(chosen)
pins.table(chosen, linear_figures(result, k), "Figures are medians over the seeds that finished.")

rule = switch_rule(config, lam)
test, train = (frames.medians(result, f"{split}_loss") for split in ("test", "train"))
none, best = STRENGTHS.index(0.0), frames.best_strength(result, "validation")
shown, size = (k,) if k == none else (k, none), frames.norm_rows(result, k)
seen_by_none = {run: frames.part(size, run, frames.NORMS[2], config.epochs) for run in pair}
curves = ("test", "train", *(("penalty", "total") if view["terms"] else ()))
left, right = st.columns(2)
with left, st.container(border=True):
    st.subheader("Loss while training")
    rows = frames.loss_rows(pair, curves, result)
    draw(
        charts.loss, rows, curves=curves, log=view["log"], strengths=len(STRENGTHS), floor=base.log_floor,
        ghosts=pins.rows(lambda g: g.drawn["loss"]), rule=rule,
        alt=f"Loss over {counted(config.epochs, 'epoch')}. "
        + " ".join(words.ends_at(STRENGTHS[i], test[i], train[i], finished[i], config.seeds) for i in shown)
        + f" Predicting the mean has {figure(base.mean_predictor)}.",
    )  # fmt: skip
    st.caption(
        f"{words.lines_are(config.seeds, whole)} Diamonds: the epoch with the lowest validation loss. "
        + (f"Losses below {base.log_floor:.1g} are drawn there on the logarithmic axis. " if view["log"] else "")
        + "The λ preview moves through all trained strengths; the control in the sidebar is what the link keeps."
    )
with right, st.container(border=True):
    st.subheader("Final loss against λ")

    def pick_strength() -> None:
        picked = st.session_state["sweep"].selection.get("pick", [])
        if picked and picked[0].get("strength") in STRENGTHS:
            set_controls({"lam": picked[0]["strength"]})

    draw(
        charts.sweep, frames.sweep_rows(result, exact, k), key="sweep", on_select=pick_strength, log=view["log"], floor=base.log_floor,
        zero_at=frames.zero_place(STRENGTHS), ghosts=pins.rows(lambda g: g.drawn["sweep"]),
        alt=f"Final loss against λ from 0 to {STRENGTHS[-1]:g}. {words.ends_at(lam, test[k], train[k], finished[k], config.seeds)} "
        + (words.best_is(None, 0, 0, config.seeds) if best is None else words.best_is(STRENGTHS[best], test[best], finished[best], config.seeds)),
    )  # fmt: skip
    st.caption(
        "Click a point to choose its λ. Large marks: best λ by validation and by test. Dashed: the exact ridge solution. "
        + words.null_space_fades(config, lam, seen_by_none[frames.CHOSEN])
    )

left, right = st.columns(2)
with left, st.container(border=True):
    st.subheader("Coefficients")
    rows, c = frames.histogram_rows(pair)
    draw(
        charts.histogram, rows, c=c, ghost="step", ghosts=pins.rows(lambda g: ghosts.outline(g.drawn["weights"], rows, c)),
        snapshots=int(rows["index"].max()) + 1, linear=view["linear_w"],
        alt=f"Histogram of {counted(config.n_features, 'coefficient')} of each seed after {counted(config.epochs, 'epoch')}. "
        + " ".join(words.coefficients_lie(STRENGTHS[i], result.weights[:, i], config.seeds) for i in reversed(shown))
        + f" Every true one is {config.coefficient:g}.",
    )  # fmt: skip
    st.caption(words.histogram_shows(view["linear_w"]))
with right, st.container(border=True):
    st.subheader("The size of w, and where it lives")
    draw(
        charts.norms, size, floor=1e-4, ghosts=pins.rows(lambda g: g.drawn["norms"]), rule=rule,
        alt=f"‖w‖₂ over {counted(config.epochs, 'epoch')}, and its parts at the end. "
        + " ".join(
            words.norms_end(run, *frames.last_norms(size, run), finished[i], config.seeds) for run, (_, i) in pair.items()
        ),
    )  # fmt: skip
    st.caption(words.null_space_stays(config, seen_by_none[frames.PLAIN]))

with st.expander("Why: the update with today's numbers"):
    st.latex(words.update_formula(config, lam))
    st.markdown(words.update_words(config, lam, seen_by_none[frames.CHOSEN]))
    linear_microscope(config, lam)
two_ways(config, lam)
questions("Weight decay", config, lam)
take_with_you(
    "Weight decay", (*RUN, *VIEW), replace(config, strengths=(lam,)), final_figures(result, k),
    {"history.csv": lambda: history_csv(result), "coefficients.csv": lambda: coefficients_csv(result)},
    code=lambda style, kind: write_code(config, style, kind, lam), prints=first_seed(result, k), note=gone_note(result),
)  # fmt: skip
st.caption(f"Trained on {result.device}: {counted(config.seeds, 'seed')} × {len(STRENGTHS)} strengths together.")
