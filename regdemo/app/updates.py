"""One update at a time on the page: what was drawn, the gradient, the penalty's or the mask's part, the new weights."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from regdemo.app.frame import speak
from regdemo.app.names import as_code
from regdemo.app.sweeps import Kept, failures_said, get_ready, kept_runs, linear_run
from regdemo.config.configs import LinearConfig, NetworkConfig
from regdemo.core.linear.tables import told_apart
from regdemo.replay import formulas as words
from regdemo.replay.formulas import number
from regdemo.replay.penalties import penalty_of

SHOWN = 4  # weights shown at first, those of largest |w| at the start
SHOWN_MOST = 8
EXAMPLES = 6  # of a batch, printed


@st.fragment
def linear_microscope(config: LinearConfig, strength: float, data: Any = None) -> None:
    """The updates of a config's first seed at one of its strengths, one at a time; `data` as in linear_run."""
    speak()
    name = "updates.linear"
    if not _on(name):
        return
    get_ready()
    from regdemo.replay.linear import Replay

    identity = (name, config, strength, data.digest if data is not None else None)
    replay = _kept(identity, lambda: Replay(config, strength, data))
    p = config.n_features
    names = told_apart([*((data.names if data is not None else None) or (f"w{j + 1}" for j in range(p))), "bias"])
    t, shown = _walk(name, identity, replay, names[:p])
    step = replay.step(t)
    st.markdown(
        f"**Update {t:,} of {replay.steps:,}** is update {step.in_epoch} of epoch {step.epoch}. "
        f"Seed {config.seed}, η = {config.lr:g}, λ = {step.lam:.4g}."
    )
    _examples(step, config)
    coefficients = [*shown, p]
    _table(
        {header: column[coefficients] for header, column in words.columns(config, step).items()},
        [names[j] for j in coefficients] if data is None else [as_code(names[j]) for j in coefficients],
    )
    st.caption("L is ½ · mean squared error on the examples drawn. Below, the table's first row written out.")
    for line in words.formulas(config, step, coefficients[0]):
        st.latex(line)
    st.markdown(
        f"{words.in_words(config, step)} The loss on all training data goes from {number(step.loss_before)} to {number(step.loss_after)}."
    )
    if t == replay.steps:
        _ending(config, strength, data, step.after[:p], replay.dtype)


def _ending(config: LinearConfig, strength: float, data: Any, w: np.ndarray, dtype: Any) -> None:
    """How far the replay's last weights are from the core's."""
    core, k = linear_run(config, data).result, config.strengths.index(strength)
    if core.diverged_at[0, k] >= 0:
        st.markdown(
            f"This run diverged in epoch {core.diverged_at[0, k]}: there the core gave it up, and no last weights are left to compare."
        )
        return

    def train() -> Any:
        from regdemo.core.linear.train import train_linear

        return train_linear(replace(config, strengths=(strength,)), data, "cpu", dtype=dtype)

    fine = _kept(("64 bits", config, strength, data.digest if data is not None else None), train)
    far = [float(np.abs(w - end).max()) for end in (core.weights[0, k], fine.weights[0, 0])]
    st.markdown(
        f"The core ends at ‖w‖₂ = {np.linalg.norm(core.weights[0, k]):.6g}, this replay at {np.linalg.norm(w):.6g}. The largest difference "
        f"of a weight is {far[0]:.2g} to the run in the charts (32-bit numbers) and {far[1]:.2g} to the same run in 64 bits."
    )
    if penalty_of(config).l1 and config.solver == "sgd" and far[0] > 1e-4:
        st.markdown(
            "Close to zero the rounding of 32 bits decides sign(w), and L1 pulls the other way. In 64 bits this is rarer."
        )


def _examples(step: Any, config: LinearConfig) -> None:
    """The examples of this update, their predictions and errors."""
    if len(step.examples) == 1:
        error = step.errors[0]
        st.markdown(
            f"Drawn: example {step.examples[0] + 1} of {config.n_train}. The model says {number(step.predictions[0])}, the target is "
            f"{number(step.targets[0])}: {number(abs(error))} {'too high' if error > 0 else 'too low' if error < 0 else 'off'}."
        )
        return
    columns = {"prediction ŷ": step.predictions, "target y": step.targets, "error ŷ − y": step.errors}
    _table(
        {header: column[:EXAMPLES] for header, column in columns.items()},
        [f"example {i + 1}" for i in step.examples[:EXAMPLES]],
    )
    if len(step.examples) > EXAMPLES:
        st.caption(f"The first {EXAMPLES} of the {len(step.examples)} examples in this update.")


@st.fragment
def dropout_microscope(config: NetworkConfig, model: Any = None) -> None:
    """The updates of a network on the curve, seen at its last hidden layer; `model` is the trained Network to compare the end with."""
    speak()
    name = "updates.dropout"
    if not _on(name):
        return
    get_ready()
    from regdemo.replay.dropout import DropoutReplay

    replay = _kept((name, config), lambda: DropoutReplay(config))
    names = [f"unit {j + 1}" for j in range(config.hidden[-1])]
    t, shown = _walk(name, (name, config), replay, names)
    with st.spinner("Replaying the updates before …"):
        step = replay.step(t)
    at = st.session_state
    at[f"{name}.point"] = min(at.get(f"{name}.point", 1), len(step.errors))
    i = int(st.number_input("point of the batch", 1, len(step.errors), key=f"{name}.point", width=180)) - 1
    st.markdown(
        f"**Update {t:,} of {replay.steps:,}**, seed {config.seed}, p = {step.rate:g}. "
        f"Point {step.examples[i] + 1}: x = {number(step.inputs[i])}, y = {number(step.targets[i])}."
    )
    for title, columns in (("Forward", words.FORWARD), ("Backward", words.BACKWARD)):
        st.markdown(f"**{title}**, last hidden layer")
        _table({header: column(step, i)[shown] for header, column in columns.items()}, [names[j] for j in shown])
    j = shown[0] if shown else 0
    st.caption(
        "h is what a unit gives before dropout, L the mean squared error, v momentum's running sum of gradients. "
        f"Below, the prediction and the row of {names[j]} written out."
    )
    for line in words.dropout_formulas(config, step, i, j):
        st.latex(line)
    st.markdown(f"{words.dropout_in_words(step, i)} The loss of this update, the mean squared error, is {number(step.loss)}.")
    if t == replay.steps and model is not None:
        far = float(np.abs(replay.theta(t) - model.theta.cpu().numpy()).max())
        st.markdown(
            f"The largest difference between a number of this network and of the core's, at the end of training, is {far:.2g}."
        )


def _on(name: str) -> bool:
    """A switch that stays as it is while other parts of the page run again."""
    st.session_state[name] = st.session_state.get(name, False)
    return st.toggle("Go through the updates one by one", key=name)


def _kept(identity: Hashable, make: Callable[[], Any]) -> Any:
    def keep() -> Kept:
        made = make()
        return Kept(made, made.nbytes)

    with failures_said():
        return kept_runs().get(identity, keep).value


def _walk(name: str, identity: Hashable, walk: Any, names: Sequence[str]) -> tuple[int, list[int]]:
    """The controls: which update (from 1), and which weights. Another run begins at update 1 with its largest weights."""
    state, at, of, which = st.session_state, f"{name}.at", f"{name}.of", f"{name}.shown"
    if state.get(of) != identity or at not in state:
        start = walk.step(1).before[: len(names)]
        state.update({of: identity, at: 1, which: [int(j) for j in np.argsort(-np.abs(start), kind="stable")[:SHOWN]]})

    def move(by: int) -> None:
        state[at] = min(max(state[at] + by, 1), walk.steps)

    first, last = state[at] == 1, state[at] == walk.steps
    with st.container(horizontal=True, vertical_alignment="bottom"):
        for label, by, rests, told in (
            ("one update", 1, last, "To the next update."),
            ("one epoch", walk.steps_per_epoch, last, f"Updates in an epoch: {walk.steps_per_epoch}."),
            ("to the end", walk.steps, last, "To the last update, which is compared with the core."),
            ("back to the start", -walk.steps, first, "To the first update."),
        ):
            st.button(label, key=f"{name}.{label}", on_click=move, args=(by,), disabled=rests, help=told)
        t = int(st.number_input("update", 1, walk.steps, key=at, width=140))
    shown = st.multiselect(
        "weights to look at", range(len(names)), key=which, format_func=lambda j: names[j], max_selections=SHOWN_MOST,
        help="At first: those of largest size at the start.",
    )  # fmt: skip
    return t, shown


def _table(columns: Mapping[str, Sequence[float] | np.ndarray], rows: Sequence[str]) -> None:
    st.table(pd.DataFrame({header: [number(v) for v in values] for header, values in columns.items()}, index=list(rows)))
