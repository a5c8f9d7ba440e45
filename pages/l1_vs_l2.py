"""L1 versus L2: why L1 selects and L2 shrinks, and why a student's own L1 code gave no zeros."""

from dataclasses import replace
from typing import Any

import streamlit as st

from regdemo.app.controls import new_seed, preset_picker, set_controls, sidebar_controls
from regdemo.app.downloads import coefficients_csv, history_csv, take_with_you, write_code
from regdemo.app.drawing import Drawn, draw
from regdemo.app.frame import page
from regdemo.app.limits import refuse_too_long
from regdemo.app.linear_figures import final_figures, first_seed, gone_note, stability, switch_rule
from regdemo.app.opening import open_link, present_values
from regdemo.app.pins import Pinned
from regdemo.app.questions import questions
from regdemo.app.sparsity import sections as sparse
from regdemo.app.sparsity import words
from regdemo.app.sparsity.controls import MAIN, MORE, PLANE, RUN, STARTS, VIEW, bundled, configured, plane_of, resting
from regdemo.app.sweeps import failures_said, linear_run
from regdemo.app.updates import linear_microscope
from regdemo.app.weight_decay.words import lines_are
from regdemo.charts import sparsity as sparsity_charts
from regdemo.charts import weight_decay as weight_decay_charts
from regdemo.config.phrases import counted, figure
from regdemo.config.presets import SPARSITY_STRENGTHS as SHARES
from regdemo.core.linear.tables import TableError
from regdemo.core.linear.two_weights import CORRELATION_MOST
from regdemo.frames import overlays, summaries
from regdemo.frames import sparsity as sparsity_frames
from regdemo.frames import weight_decay as weight_decay_frames

page("l1_vs_l2")


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
base = summaries.baselines(result)
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


charts: list[Drawn] = []
pins = Pinned("l1_vs_l2", RUN, ghost_of)
with st.container(horizontal=True):
    view = {c.name: c.draw() for c in VIEW}
    now = chosen | present_values(PLANE)
    pins.button(now, "A file of your own is not part of a link, so it cannot be pinned." if own else "")
compared = pins.table(now, sparse.sparse_figures(result, rival, k), "Figures are means over the seeds that finished.")

features = sparsity_frames.shown_features([result, rival])
hidden = result.config.n_features - len(features)
shown = [sparsity_frames.feature_names(result)[j] for j in features]
of_what = {"L1": "λ_max", "L2": "λ_max", "elastic net": "its own λ_max"}
for column, (name, run, part) in zip(st.columns(2), (("L1", result, "first"), (other, rival, "second")), strict=True):
    with column, st.container(border=True):
        st.subheader(f"Coefficients: {name}")
        weights = pins.rows(
            lambda g, part=part: overlays.stems(g.drawn["weights"][part][0], g.drawn["names"], shown)  # type: ignore[misc]
        )
        charts.append(draw(
            sparsity_charts.stems, sparsity_frames.stem_rows(run, features, k), run=name, strengths=len(SHARES),
            names=truth is None, key=f"app.stems.{part}", ghosts=weights, ghost="number",
            title=f"Coefficients: {name}",
            alt=words.stems_told(name, run.weights[0, k], truth, share, run.lam[0, k], of_what[name]),
        ))  # fmt: skip
        st.caption(words.stems_seen(run.config.seed, truth, hidden, len(features)))


def pick_share() -> None:
    """A click in the path chooses its λ."""
    picked = st.session_state["app.path"].selection.get("pick", [])
    if picked and picked[0].get("share") in SHARES:
        set_controls({"share": picked[0]["share"]})


left, right = st.columns(2)
followed, whose, part = (first, "L1", "first") if view["path_of"] == "L1" else (second, other, "second")
with left, st.container(border=True):
    st.subheader(f"Path: every coefficient along λ, {whose}")
    rows = sparsity_frames.path_rows(followed.result, followed.exact, features, k)
    across = ["norm" if view["norm"] else "share", "w", "part"]
    charts.append(draw(
        sparsity_charts.path, rows, groups=() if truth is None else ("informative", "other"), norm=view["norm"], key="app.path",
        on_select=pick_share, ghosts=pins.rows(lambda g: g.drawn["path"][part][across]),
        title=f"Path of every coefficient along λ, {words}",
        alt=words.path_told(whose, followed.result.weights[0], SHARES, (0, k, len(SHARES) - 1), data.names if data is not None else None),
    ))  # fmt: skip
    st.caption(
        f"Solid: trained. Dashed: exact. {words.gap_told(*sparsity_frames.gaps(followed.result, followed.exact))} "
        "Numbers on top: weights that are not zero. Click to choose a λ."
    )
with right, st.container(border=True):
    st.subheader("Choosing λ")
    with failures_said():
        rows, told, seen = sparse.choose_by_folds(l1, proximal, share)
    charts.append(
        draw(
            sparsity_charts.choosing,
            rows,
            title="Choosing λ by cross-validation",
            alt=told,
            ghosts=pins.rows(lambda g: g.drawn["choosing"]),
        )
    )
    st.caption(seen)

left, right = st.columns(2)
pair = {"L1": (result, k), other: (rival, k)}
with left, st.container(border=True):
    st.subheader("Loss while training")
    charts.append(draw(
        weight_decay_charts.loss, weight_decay_frames.loss_rows(pair, ("test", "train"), result), runs=tuple(pair), log=view["log"], strengths=len(SHARES),
        floor=base.log_floor, ghosts=pins.rows(lambda g: g.drawn["loss"]), rule=switch_rule(l1, share, " of λ_max"),
        title="Loss while training",
        alt=f"Loss over {result.config.epochs} epochs at {share:g} λ_max. " + " ".join(
            words.loss_told(name, *(summaries.finals(run, f"{split}_loss")[:, k] for split in ("test", "train")))
            for name, run in (("L1", result), (other, rival))
        ),
    ))  # fmt: skip
    whole = bool((result.diverged_at[:, k] < 0).all() and (rival.diverged_at[:, k] < 0).all())
    st.caption(f"{lines_are(l1.seeds, whole)} Diamonds: the epoch with the lowest validation loss. Preview: L1.")
with right, st.container(border=True):
    st.subheader("Histogram of the coefficients")
    rows, c = weight_decay_frames.histogram_rows({other: (rival, k), "L1": (result, k)})
    charts.append(draw(
        weight_decay_charts.histogram, rows, runs=(other, "L1"), c=c, snapshots=int(rows["index"].max()) + 1, ghost="step",
        ghosts=pins.rows(lambda g: overlays.outline(g.drawn["weights"]["first"], rows, c)),
        title="Histogram of the coefficients",
        alt="Histogram of all coefficients at the end. " + " ".join(
            words.histogram_told(name, run.weights[:, k]) for name, run in (("L1", result), (other, rival))
        ),
    ))  # fmt: skip
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
    charts.append(draw(
        sparsity_charts.plane, rows, width="content", ghosts=pins.rows(lambda g: g.drawn["plane"]), ghost="number",
        title="Two weights, one picture",
        alt="Loss contours with diamond and circle. " + " ".join(
            f"{name} lands at ({figure(drawn.landing[name][0])}, {figure(drawn.landing[name][1])})." for name in ("L1", "L2")
        ),
    ))  # fmt: skip
    st.caption(
        f"λ is the same share as above, {share:g}, of this picture’s λ_max. Thick: the diamond ‖w‖₁ = t and the circle ‖w‖₂ = r through the solutions. "
        f"Dashed: points of equal loss. Thin: where the solutions go as λ falls. |correlation| is at most {CORRELATION_MOST}."
    )

questions("l1_vs_l2", l1, share, data)
take_with_you(
    "l1_vs_l2", (*RUN, *VIEW), replace(result.config, strengths=(share,)), final_figures(result, k),
    {
        "history.csv": lambda: history_csv(result), "coefficients.csv": lambda: coefficients_csv(result),
        f"coefficients_{other.replace(' ', '_')}.csv": lambda: coefficients_csv(rival),
    },
    charts, compared,
    code=(lambda style, kind: write_code(result.config, style, kind, share)) if data is None else None,
    prints=first_seed(result, k),
    note=gone_note(result)
    + ("" if data is None else " The code of a run is written for drawn data only.")
    + (" A file of your own is not part of the link." if chosen["source"] == "csv" else ""),
)  # fmt: skip
st.caption(f"Trained on {result.device}: {counted(l1.seeds, 'seed')} × {len(SHARES)} strengths together, for each penalty.")
