"""L1 versus L2: why L1 selects and L2 shrinks, and why a student's own L1 code gave no zeros."""

from dataclasses import replace
from typing import Any

import streamlit as st

from regdemo import PRESETS, LinearConfig, charts, frames, ghosts, sparsity_charts, sparsity_frames
from regdemo import sparsity_words as words
from regdemo import ui_sparsity as sparse
from regdemo.geometry import CORRELATION_MOST, Plane
from regdemo.linear_words import lines_are
from regdemo.phrases import counted, figure
from regdemo.spec import SPARSITY_STRENGTHS as SHARES
from regdemo.tables import TableError
from regdemo.ui import draw, failures_said, linear_run, page
from regdemo.ui_controls import Control, new_seed, open_link, present_values, preset_picker, set_controls, sidebar_controls
from regdemo.ui_linear import final_figures, first_seed, gone_note, refuse_too_long, stability, switch_rule
from regdemo.ui_microscope import linear_microscope
from regdemo.ui_pins import Pinned
from regdemo.ui_questions import questions
from regdemo.ui_take import coefficients_csv, history_csv, take_with_you, write_code

page("L1 versus L2")

DIABETES = ("age", "sex", "bmi", "bp", "s1", "s2", "s3", "s4", "s5", "s6", "progression")
MAIN = (
    Control(
        "source", "data", ("synthetic", "diabetes", "csv"), "synthetic", "Drawn with a known truth, or real data without one.",
    ),
    Control("target", "target: what to predict", DIABETES, "progression", "Of the diabetes table; the other columns are the features."),
    Control(
        "share", "strength λ ÷ λ_max", SHARES[::-1], 0.16,
        "λ as a share of λ_max, the smallest λ at which the exact lasso keeps nothing. L2 has the same λ; an elastic net has its own λ_max.",
    ),
    Control("n_train", "training examples n", (10, 20, 50, 100, 200, 300), 100, "How much data the model learns from."),
    Control("n_features", "features p", (2, 5, 10, 20, 50, 100, 200, 500), 200, "How many weights the model has."),
    Control("n_informative", "informative features k", (0, 1, 2, 5, 9, 10, 20, 50, 100, 200, 500), 10, "How many true weights are not 0."),
    Control("noise", "noise σ", (0.0, 0.01, 0.1, 0.2, 0.5, 1.0, 2.0), 0.5, "Standard deviation of what cannot be learned."),
    Control(
        "correlation", "correlation in blocks", (0.0, 0.3, 0.5, 0.7, 0.9, 0.95, 0.99), 0.0,
        "Between any two features of one block. Blocks of one feature have none.",
    ),
)  # fmt: skip
MORE = (
    Control("block_size", "features in a block", (1, 2, 5, 10), 1, "Neighbouring features that are correlated with each other."),
    Control("coefficient", "signal: true coefficient", (0.01, 0.1, 0.2, 0.5, 1.0, 2.0), 1.0, "The value of the informative weights."),
    Control(
        "solver", "solver for L1", ("proximal", "sgd"), "proximal", "A proximal step stops at zero; a subgradient step goes past it.",
        words={"proximal": "proximal", "sgd": "subgradient"},
    ),
    Control("net", "elastic net beside L1", (False, True), False, "A mix of both penalties, in place of L2 below, at the same share of its own λ_max."),
    Control("l1_ratio", "share ρ of L1 in elastic net", (0.1, 0.3, 0.5, 0.7, 0.9), 0.5, "1 would be L1, 0 L2. The elastic net’s λ_max is L1’s ÷ ρ."),
    Control("epsilon", "threshold ε", (0.0001, 0.001, 0.01, 0.05, 0.1), 0.001, "A weight below this is counted as nearly zero."),
    Control("init_scale", "initial scale of w", (0.0, 0.1, 1.0), 0.1, "Standard deviation of the weights that training starts from."),
    Control("intercept", "true bias b", (0.0, 0.1, 1.0), 0.0, "The constant in y, learned by the model's bias."),
    Control(
        "lr", "learning rate η", (0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.5, 1.0), 0.25,
        "The size of one step. Steps use all examples at once.",
    ),
    Control("epochs", "epochs", (50, 100, 200, 400, 1000, 2000), 400, "Steps over all the data."),
    Control(
        "switch_epoch", "change λ after epoch (0: never)", (0, 10, 20, 50, 100, 200, 400, 1000), 0,
        "The run goes on from where it is, with the strength from above. Always before the last epoch.",
    ),
    Control("switch_from", "λ ÷ λ_max until then", (0.0, *SHARES[::-1]), 0.0, "0: let the model overfit first, then regularize."),
    Control("interactions", "with interactions", (False, True), False, "Real data only: products of two features as features too."),
    Control("seeds", "seeds", (1, 2, 4, 8, 16), 8, "Independent repeats: other data and start, or other splits of real data."),
    Control("seed", "random seed", range(0, 10_000), 0, "The first repeat's seed, and the one drawn feature by feature."),
)  # fmt: skip
PLANE = (
    Control("angle", "angle of the least-squares solution", tuple(range(-90, 181, 5)), 25, "In degrees, from the first axis."),
    Control(
        "tilt", "correlation of the two features", (-0.9, -0.5, 0.0, 0.5, 0.9), 0.0, "It tilts the ellipses of equal loss."
    ),
)
VIEW = (
    Control("path_of", "path of", ("L1", "other"), "L1", "Whose coefficients to follow."),
    Control("norm", "path against ‖w‖₁", (False, True), False, "Off: against log λ."),
    Control("log", "logarithmic loss axis", (False, True), True, "Off: a linear axis."),
)
RUN = (*MAIN, *MORE, *PLANE)
FIELDS = [c.name for c in (*MAIN, *MORE) if c.name in LinearConfig.__dataclass_fields__]
STARTS = {
    title: {name: getattr(PRESETS[preset], name) for name in FIELDS} | {"share": share, "source": "synthetic", "net": net}
    for title, preset, share, net in (
        ("sparse truth: 10 of 200", "S-sparse", 0.16, False),
        ("dense truth: 200 of 200", "S-dense", 0.29, False),
        ("correlated twins", "S-twins", 0.1, True),
    )
}


def resting(source: str) -> set[str]:
    """The controls that mean nothing for this data."""
    drawn = {"n_features", "n_informative", "noise", "correlation", "block_size", "coefficient", "intercept"}
    return {"interactions", "target"} if source == "synthetic" else drawn | (set() if source == "diabetes" else {"target"})


def configured(values: dict, problem: Any = None) -> tuple[LinearConfig, LinearConfig, LinearConfig, int]:
    """The controls' sweeps (L1 by the proximal step, L1 as chosen, the other penalty) and which of their strengths is chosen."""
    fields = {name: values[name] for name in FIELDS if name != "solver"}
    fields["switch_epoch"] = min(fields["switch_epoch"], fields["epochs"] - 1)
    if not fields["switch_epoch"]:
        fields["switch_from"] = 0.0
    l1 = LinearConfig(
        **fields, penalty="l1", solver="proximal", strengths=SHARES,
        relative=True, batch_size=values["n_train"],
    )  # fmt: skip
    if problem is not None:
        l1 = problem.configure(replace(l1, intercept=0.0))
    second = replace(l1, penalty="elastic_net" if values["net"] else "l2")
    return l1, replace(l1, solver=values["solver"]), second, SHARES.index(values["share"])


def bundled(values: dict) -> Any:
    """The standardised diabetes table that the controls name; None where data are drawn."""
    if values["source"] == "synthetic":
        return None
    return sparse.diabetes_problem(*(values[name] for name in ("target", "interactions", "seeds", "seed", "n_train")))


def plane_of(values: dict) -> Plane:
    """The two weights of the picture at the foot of the page."""
    return Plane(angle=values["angle"], correlation=values["tilt"])


open_link((*RUN, *VIEW))
rests = resting(present_values(MAIN)["source"])
aside = [c for c in (*MAIN, *MORE) if c.name in rests]
with st.sidebar:
    start = st.container()
    chosen = sidebar_controls([c for c in MAIN if c not in aside])
    with st.expander("More"):
        chosen |= sidebar_controls(
            [c for c in MORE if c not in aside],
            disabled=lambda so_far: set() if so_far.get("switch_epoch") else {"switch_from"},
        )
        new_seed("Draw other data and another start.")
    with st.expander("Not used with this data"):
        chosen |= sidebar_controls(aside, disabled=lambda so_far: rests)
    preset_picker(start, STARTS, chosen)

st.title("L1 versus L2")
st.markdown(
    "Both penalties keep weights small. **L1** can make them exactly zero, so it selects features. **L2** shrinks all of them "
    "and selects none. Move λ and see which weights stay."
)
sparse.objectives(chosen["l1_ratio"] if chosen["net"] else None)

share, epsilon = chosen["share"], chosen["epsilon"]
k, own = SHARES.index(share), chosen["source"] == "csv"
try:
    problem = (
        sparse.own_problem(*(chosen[name] for name in ("interactions", "seeds", "seed", "n_train"))) if own else bundled(chosen)
    )
except TableError as error:
    st.error(str(error))
    st.stop()
if own and problem is None:
    st.stop()
if not own:
    sparse.forget_file()
if problem is not None and not own:
    sparse.tell_problem(problem)
data = problem.data if problem is not None else None
l1, *others, _ = configured(chosen, problem)
refuse_too_long(l1)
if why := sparse.nothing_to_see(l1, data):
    st.info(why)
    st.stop()

proximal = linear_run(l1, data)
first, second = (linear_run(config, data) for config in others)
other = "elastic net" if chosen["net"] else "L2"
result, rival = first.result, second.result
truth = result.data.true_weights
base = frames.baselines(result)
stability({"L1": result, other: rival}, k, next(c.options for c in MORE if c.name == "lr"))

if chosen["net"]:
    lam = (float(result.lam[0, k]), float(rival.lam[0, k]))
    st.caption(words.elastic_net_lam(share, chosen["l1_ratio"], lam, l1.seed))
sparse.cards({"L1": first, other: second}, k)


def ghost_of(pin: dict) -> Any:
    """What is left of a pinned run."""
    if pin["source"] == "csv":
        return "It was made with a file, which a link does not hold."
    try:
        problem = bundled(pin)
    except TableError as error:
        return str(error)
    return sparse.sparse_ghost(*configured(pin, problem), problem, plane_of(pin))


pins = Pinned("L1 versus L2", RUN, ghost_of)
with st.container(horizontal=True):
    view = {c.name: c.draw() for c in VIEW}
    now = chosen | present_values(PLANE)
    pins.button(now, "A file of your own is not part of a link, so it cannot be pinned." if own else "")
pins.table(now, sparse.sparse_figures(result, rival, k), "Figures are means over the seeds that finished.")

features = sparsity_frames.shown_features([result, rival])
hidden = result.config.n_features - len(features)
shown = [sparsity_frames.feature_names(result)[j] for j in features]
of_what = {"L1": "λ_max", "L2": "λ_max", "elastic net": "its own λ_max"}
for column, (name, run, part) in zip(st.columns(2), (("L1", result, "first"), (other, rival, "second")), strict=True):
    with column, st.container(border=True):
        st.subheader(f"Coefficients: {name}")
        weights = pins.rows(
            lambda g, part=part: ghosts.stems(g.drawn["weights"][part][0], g.drawn["names"], shown)  # type: ignore[misc]
        )
        draw(
            sparsity_charts.stems, sparsity_frames.stem_rows(run, features, k), run=name, strengths=len(SHARES),
            names=truth is None, key=f"stems_{part}", ghosts=weights, ghost="number",
            alt=words.stems_told(name, run.weights[0, k], truth, share, run.lam[0, k], of_what[name]),
        )  # fmt: skip
        st.caption(words.stems_seen(run.config.seed, truth, hidden, len(features)))


def pick_share() -> None:
    """A click in the path chooses its λ."""
    picked = st.session_state["path"].selection.get("pick", [])
    if picked and picked[0].get("share") in SHARES:
        set_controls({"share": picked[0]["share"]})


left, right = st.columns(2)
followed, whose, part = (first, "L1", "first") if view["path_of"] == "L1" else (second, other, "second")
with left, st.container(border=True):
    st.subheader(f"Path: every coefficient along λ, {whose}")
    rows = sparsity_frames.path_rows(followed.result, followed.exact, features, k)
    across = ["norm" if view["norm"] else "share", "w", "part"]
    draw(
        sparsity_charts.path, rows, groups=() if truth is None else ("informative", "other"), norm=view["norm"], key="path",
        on_select=pick_share, ghosts=pins.rows(lambda g: g.drawn["path"][part][across]),
        alt=words.path_told(whose, followed.result.weights[0], SHARES, (0, k, len(SHARES) - 1), data.names if data is not None else None),
    )  # fmt: skip
    st.caption(
        f"Solid: trained. Dashed: exact. {words.gap_told(*sparsity_frames.gaps(followed.result, followed.exact))} "
        "Numbers on top: weights that are not zero. Click to choose a λ."
    )
with right, st.container(border=True):
    st.subheader("Choosing λ")
    with failures_said():
        rows, told, seen = sparse.choose_by_folds(l1, proximal, share)
    draw(sparsity_charts.choosing, rows, alt=told, ghosts=pins.rows(lambda g: g.drawn["choosing"]))
    st.caption(seen)

left, right = st.columns(2)
pair = {"L1": (result, k), other: (rival, k)}
with left, st.container(border=True):
    st.subheader("Loss while training")
    draw(
        charts.loss, frames.loss_rows(pair, ("test", "train"), result), runs=tuple(pair), log=view["log"], strengths=len(SHARES),
        floor=base.log_floor, ghosts=pins.rows(lambda g: g.drawn["loss"]), rule=switch_rule(l1, share, " of λ_max"),
        alt=f"Loss over {result.config.epochs} epochs at {share:g} λ_max. " + " ".join(
            words.loss_told(name, *(frames.finals(run, f"{split}_loss")[:, k] for split in ("test", "train")))
            for name, run in (("L1", result), (other, rival))
        ),
    )  # fmt: skip
    whole = bool((result.diverged_at[:, k] < 0).all() and (rival.diverged_at[:, k] < 0).all())
    st.caption(f"{lines_are(l1.seeds, whole)} Diamonds: the epoch with the lowest validation loss. Preview: L1.")
with right, st.container(border=True):
    st.subheader("Histogram of the coefficients")
    rows, c = frames.histogram_rows({other: (rival, k), "L1": (result, k)})
    draw(
        charts.histogram, rows, runs=(other, "L1"), c=c, snapshots=int(rows["index"].max()) + 1, ghost="step",
        ghosts=pins.rows(lambda g: ghosts.outline(g.drawn["weights"]["first"], rows, c)),
        alt="Histogram of all coefficients at the end. " + " ".join(
            words.histogram_told(name, run.weights[:, k]) for name, run in (("L1", result), (other, rival))
        ),
    )  # fmt: skip
    st.caption(
        f"Filled: L1. Outlined: {other}. Thin bars at 0: exactly zero. All seeds that finished together; logarithmic away from zero."
    )

st.subheader("Zeros, honestly")
subgradient = linear_run(replace(l1, solver="sgd"), data).result
ways = {
    "L1 by subgradient, as tutorials run it": (subgradient.weights[:, k], 0.0),
    f"the same, weights below ε = {epsilon:g} set to 0": (subgradient.weights[:, k], epsilon),
    "L1 by the proximal step": (proximal.result.weights[:, k], 0.0),
    "L1, the exact solution": (proximal.exact.weights[:, k], 0.0),
    other: (rival.weights[:, k], 0.0),
}
st.table(sparsity_frames.zeros_table(ways, truth, epsilon))
st.caption(words.diverged_rows({name: w for name, (w, _) in ways.items()}))
st.markdown(
    f"{words.subgradient_told(subgradient.weights, sparsity_frames.never_moved(subgradient))} "
    "A threshold makes zeros by hand, and ε decides which. The proximal step makes them as part of the optimization."
)
if truth is not None and l1.block_size > 1 and l1.correlation > 0:
    told = sparse.together(result, rival, k, other)
    if told:
        st.markdown(told)

with st.expander("Why: the update with today's numbers"):
    linear_microscope(first.result.config, share, data)

st.subheader("Two weights, one picture")
left, right = st.columns(2)
with right:
    plane = plane_of(sidebar_controls(PLANE))
    rows, drawn = sparse.plane_rows(plane, share * plane.lam_max)
    for name in ("L1", "L2"):
        st.markdown(
            f"**{name}** lands at ({figure(drawn.landing[name][0])}, {figure(drawn.landing[name][1])}). {drawn.reasons[name][1]}"
        )
with left:
    draw(
        sparsity_charts.plane, rows, width="content", ghosts=pins.rows(lambda g: g.drawn["plane"]), ghost="number",
        alt="Loss contours with diamond and circle. " + " ".join(
            f"{name} lands at ({figure(drawn.landing[name][0])}, {figure(drawn.landing[name][1])})." for name in ("L1", "L2")
        ),
    )  # fmt: skip
    st.caption(
        f"λ is the same share as above, {share:g}, of this picture’s λ_max. Thick: the diamond ‖w‖₁ = t and the circle ‖w‖₂ = r through the solutions. "
        f"Dashed: points of equal loss. Thin: where the solutions go as λ falls. |correlation| is at most {CORRELATION_MOST}."
    )

questions("L1 versus L2", l1, share, data)
take_with_you(
    "L1 versus L2", (*RUN, *VIEW), replace(result.config, strengths=(share,)), final_figures(result, k),
    {
        "history.csv": lambda: history_csv(result), "coefficients.csv": lambda: coefficients_csv(result),
        f"coefficients_{other.replace(' ', '_')}.csv": lambda: coefficients_csv(rival),
    },
    code=(lambda style, kind: write_code(result.config, style, kind, share)) if data is None else None,
    prints=first_seed(result, k),
    note=gone_note(result)
    + ("" if data is None else " The code of a run is written for drawn data only.")
    + (" A file of your own is not part of the link." if chosen["source"] == "csv" else ""),
)  # fmt: skip
st.caption(f"Trained on {result.device}: {counted(l1.seeds, 'seed')} × {len(SHARES)} strengths together, for each penalty.")
