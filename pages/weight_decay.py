"""Weight decay: what λ does to a linear model with more coefficients than data points, and what it does not do."""

from dataclasses import replace

import streamlit as st

from regdemo import PRESETS, LinearConfig, charts, frames, ghosts
from regdemo.phrases import figure
from regdemo.ui import draw, linear_run, page
from regdemo.ui_controls import Control, new_seed, open_link, preset_picker, set_controls, sidebar_controls
from regdemo.ui_linear import (
    STRENGTHS,
    final_figures,
    gone_note,
    linear_figures,
    linear_ghost,
    numbers,
    refuse_too_long,
    stability,
    switch_rule,
    two_ways,
    update_in_numbers,
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
    "A linear model with more weights than examples can fit its training data perfectly and still predict badly. "
    "Weight decay pulls every weight toward zero. Move **λ** and watch what it changes, and what it does not."
)
st.latex(r"\min_{w,\,b}\;\; \tfrac12\,\overline{(y - Xw - b)^2} \;+\; \lambda\cdot\tfrac12\lVert w\rVert_2^2")

refuse_too_long(config)
trained = linear_run(config)
result, exact = trained.result, trained.exact
base = frames.baselines(result)
pair = {frames.PLAIN: (result, STRENGTHS.index(0.0)), frames.CHOSEN: (result, k)}

stability(result, k, next(c.options for c in MORE if c.name == "lr"))
numbers(result, exact, k, base, published=config == replace(W1, strengths=STRENGTHS, seeds=config.seeds, seed=config.seed))
if config.switch_from:
    st.caption(f"Up to epoch {config.switch_epoch} every run had λ = {config.switch_from:g}, those at λ = 0 too.")

pins = Pinned("Weight decay", RUN, lambda pin: linear_ghost(*configured(pin)))
with st.container(horizontal=True):
    view = {c.name: c.draw() for c in VIEW}
    pins.button(chosen)
pins.table(chosen, linear_figures(result, k), "Figures are medians over the seeds.")

rule = switch_rule(config, lam)
test, train = (frames.quantiles(frames.finals(result, f"{split}_loss"))[1] for split in ("test", "train"))
none, best = STRENGTHS.index(0.0), frames.best_strength(result, "validation")
curves = ("test", "train", *(("penalty", "total") if view["terms"] else ()))
left, right = st.columns(2)
with left, st.container(border=True):
    st.subheader("Loss while training")
    rows = frames.loss_rows(pair, curves, result)
    draw(
        charts.loss, rows, curves=curves, log=view["log"], strengths=len(STRENGTHS), floor=base.log_floor,
        ghosts=pins.rows(lambda g: g.drawn["loss"]), rule=rule,
        alt=f"Loss over {config.epochs} epochs, medians over {config.seeds} seeds. λ = {lam:g} ends at a test loss of {figure(test[k])} and a "
        f"train loss of {figure(train[k])}, λ = 0 at {figure(test[none])} and {figure(train[none])}. "
        f"Predicting the mean has {figure(base.mean_predictor)}.",
    )  # fmt: skip
    st.caption(
        f"Lines are medians over {config.seeds} seeds, bands their quartiles. Diamonds: the epoch with the lowest validation loss. "
        f"Losses below {base.log_floor:.1g} are drawn there on the logarithmic axis. "
        "The λ preview moves through all trained strengths; the control in the sidebar is what the link keeps."
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
        alt=f"Final loss against λ from 0 to {STRENGTHS[-1]:g}. At the chosen λ = {lam:g} the test loss is {figure(test[k])} and the train loss "
        f"{figure(train[k])}. " + ("Every run diverged." if best is None else
        f"The lowest validation loss is at λ = {STRENGTHS[best]:g}, where the test loss is {figure(test[best])}."),
    )  # fmt: skip
    st.caption(
        "Click a point to choose its λ. Large marks: best λ by validation and by test. Dashed: the exact ridge solution. "
        + (
            "Where the trained curve leaves it at small λ: what the initial w has in the null space of X decays by (1 − ηλ) a step only, "
            f"and λ has {(config.epochs - config.switch_epoch) * -(-config.n_train // config.batch_size):,} steps."
            if config.n_features > config.n_train and config.init_scale
            else ""
        )
    )

left, right = st.columns(2)
with left, st.container(border=True):
    st.subheader("Coefficients")
    rows, c = frames.histogram_rows(pair)
    ends = {i: result.weights[:, i] for i in (none, k)}
    draw(
        charts.histogram, rows, c=c, ghost="step", ghosts=pins.rows(lambda g: ghosts.outline(g.drawn["weights"], rows, c)),
        snapshots=int(rows["index"].max()) + 1, linear=view["linear_w"],
        alt=f"Histogram of {config.n_features * config.seeds} coefficients after {config.epochs} epochs. "
        + " ".join(f"At λ = {STRENGTHS[i]:g} they lie between {figure(w.min())} and {figure(w.max())}." for i, w in ends.items())
        + f" Every true one is {config.coefficient:g}.",
    )  # fmt: skip
    st.caption(
        "Outlined: λ = 0. Filled: the chosen λ. All seeds together, shared bins. Away from zero the axis is logarithmic, so "
        "that both fit: a bell curve wider than the middle shows two humps there. Move the epoch to see them shrink."
    )
with right, st.container(border=True):
    st.subheader("The size of w, and where it lives")
    rows = frames.norm_rows(result, k)
    last = rows[rows.epoch == rows.epoch.max()].set_index(["run", "part"]).norm
    draw(
        charts.norms, rows, floor=1e-4, ghosts=pins.rows(lambda g: g.drawn["norms"]), rule=rule,
        alt=f"‖w‖₂ over {config.epochs} epochs, and at the end its parts. " + " ".join(
            f"{run}: " + ", ".join(f"{part} {figure(last.get((run, part), float('nan')))}" for part in frames.NORMS[:3]) + "."
            for run in (frames.PLAIN, frames.CHOSEN)
        ),
    )  # fmt: skip
    untouched = last.get((frames.PLAIN, frames.NORMS[2]))
    st.caption(
        f"Gradients of the loss live in the row space of X ({min(config.n_train, config.n_features)} of {config.n_features} "
        "directions). The rest, the null space, no data point sees: without decay that part of the initial w stays for ever"
        + (f" (here {untouched:.3g})." if untouched is not None and not config.switch_from else ".")
    )

with st.expander("Why: the update with today's numbers"):
    update_in_numbers(config, lam)
    linear_microscope(config, lam)
two_ways(config, lam)
questions("Weight decay", config, lam)
take_with_you(
    "Weight decay", (*RUN, *VIEW), replace(config, strengths=(lam,)), final_figures(result, k),
    {"history.csv": lambda: history_csv(result), "coefficients.csv": lambda: coefficients_csv(result)},
    code=lambda style, kind: write_code(config, style, kind, lam), note=gone_note(result),
)  # fmt: skip
st.caption(f"Trained on {result.device}: {config.seeds} seeds × {len(STRENGTHS)} strengths together.")
