"""One update at a time on the page: what was drawn, the gradient, the penalty's or the mask's part, the new weights."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from regdemo.app import update_words as words
from regdemo.app.frame import speak
from regdemo.app.names import as_code
from regdemo.app.sweeps import Kept, failures_said, get_ready, kept_runs, linear_run
from regdemo.config.configs import LinearConfig, NetworkConfig
from regdemo.content.say import say
from regdemo.core.linear.tables import told_apart
from regdemo.replay import formulas
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
    names = told_apart(
        [*((data.names if data is not None else None) or (f"w{j + 1}" for j in range(p))), say("updates.names.bias")]
    )
    t, shown = _walk(name, identity, replay, names[:p])
    step = replay.step(t)
    st.markdown(
        say(
            "updates.linear.at",
            t=t,
            updates=replay.steps,
            in_epoch=step.in_epoch,
            epoch=step.epoch,
            seed=config.seed,
            rate=config.lr,
            lam=step.lam,
        )
    )
    _examples(step, config)
    coefficients = [*shown, p]
    _table(
        {name: column[coefficients] for name, column in formulas.columns(config, step).items()},
        [names[j] for j in coefficients] if data is None else [as_code(names[j]) for j in coefficients],
    )
    st.caption(say("updates.linear.table"))
    for line in formulas.formulas(config, step, coefficients[0]):
        st.latex(line)
    loss = say("updates.linear.loss", before=number(step.loss_before), after=number(step.loss_after))
    st.markdown(f"{words.penalty(config, step)} {loss}")
    if t == replay.steps:
        _ending(config, strength, data, step.after[:p], replay.dtype)


def _ending(config: LinearConfig, strength: float, data: Any, w: np.ndarray, dtype: Any) -> None:
    """How far the replay's last weights are from the core's."""
    core, k = linear_run(config, data).result, config.strengths.index(strength)
    if core.diverged_at[0, k] >= 0:
        st.markdown(say("updates.linear.end.diverged", epoch=core.diverged_at[0, k]))
        return

    def train() -> Any:
        from regdemo.core.linear.train import train_linear

        return train_linear(replace(config, strengths=(strength,)), data, "cpu", dtype=dtype)

    fine = _kept(("64 bits", config, strength, data.digest if data is not None else None), train)
    far = [float(np.abs(w - end).max()) for end in (core.weights[0, k], fine.weights[0, 0])]
    norms = [float(np.linalg.norm(end)) for end in (core.weights[0, k], w)]
    st.markdown(say("updates.linear.end.compared", core=norms[0], replay=norms[1], coarse=far[0], fine=far[1]))
    if penalty_of(config).l1 and config.solver == "sgd" and far[0] > 1e-4:
        st.markdown(say("updates.linear.end.rounding"))


def _examples(step: Any, config: LinearConfig) -> None:
    """The examples of this update, their predictions and errors."""
    if len(step.examples) == 1:
        st.markdown(words.drawn(config, step))
        return
    columns = {"prediction": step.predictions, "target": step.targets, "error": step.errors}
    _table(
        {name: column[:EXAMPLES] for name, column in columns.items()},
        [say("updates.names.example", i=i + 1) for i in step.examples[:EXAMPLES]],
    )
    if len(step.examples) > EXAMPLES:
        st.caption(say("updates.linear.first_examples", shown=EXAMPLES, examples=len(step.examples)))


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
    names = [say("updates.names.unit", j=j + 1) for j in range(config.hidden[-1])]
    t, shown = _walk(name, (name, config), replay, names)
    with st.spinner(say("updates.replaying")):
        step = replay.step(t)
    at = st.session_state
    at[f"{name}.point"] = min(at.get(f"{name}.point", 1), len(step.errors))
    i = int(st.number_input(say("updates.dropout.point"), 1, len(step.errors), key=f"{name}.point", width=180)) - 1
    st.markdown(
        say(
            "updates.dropout.at",
            t=t,
            updates=replay.steps,
            seed=config.seed,
            rate=step.rate,
            point=step.examples[i] + 1,
            x=number(step.inputs[i]),
            y=number(step.targets[i]),
        )
    )
    for title, columns in (
        (say("updates.dropout.forward"), formulas.FORWARD),
        (say("updates.dropout.backward"), formulas.BACKWARD),
    ):
        st.markdown(title)
        _table({name: column(step, i)[shown] for name, column in columns.items()}, [names[j] for j in shown])
    j = shown[0] if shown else 0
    st.caption(say("updates.dropout.table", unit=names[j]))
    for line in formulas.dropout_formulas(config, step, i, j):
        st.latex(line)
    st.markdown(f"{words.mask(step, i)} {say('updates.dropout.loss', loss=number(step.loss))}")
    if t == replay.steps and model is not None:
        far = float(np.abs(replay.theta(t) - model.theta.cpu().numpy()).max())
        st.markdown(say("updates.dropout.compared", far=far))


def _on(name: str) -> bool:
    """A switch that stays as it is while other parts of the page run again."""
    st.session_state[name] = st.session_state.get(name, False)
    return st.toggle(say("updates.switch"), key=name)


def _kept(identity: Hashable, make: Callable[[], Any]) -> Any:
    def keep() -> Kept:
        made = make()
        return Kept(made, made.nbytes)

    with failures_said():
        return kept_runs().get(identity, keep).value


def _walk(name: str, identity: Hashable, walk: Any, names: Sequence[str]) -> tuple[int, list[int]]:
    """The controls: which update (from 1), and which weights. Another run begins with its largest weights, at the first update that finds any."""
    state, at, of, which = st.session_state, f"{name}.at", f"{name}.of", f"{name}.shown"
    if state.get(of) != identity or at not in state:
        begin = 1 if np.any(walk.step(1).before) else min(2, walk.steps)  # from zero there is nothing to decay
        start = walk.step(begin).before[: len(names)]
        state.update({of: identity, at: begin, which: [int(j) for j in np.argsort(-np.abs(start), kind="stable")[:SHOWN]]})

    def move(by: int) -> None:
        state[at] = min(max(state[at] + by, 1), walk.steps)

    first, last = state[at] == 1, state[at] == walk.steps
    with st.container(horizontal=True, vertical_alignment="bottom"):
        for to, by, rests, told in (
            ("update", 1, last, say("updates.moves_help.update")),
            ("epoch", walk.steps_per_epoch, last, say("updates.moves_help.epoch", updates=walk.steps_per_epoch)),
            ("end", walk.steps, last, say("updates.moves_help.end")),
            ("start", -walk.steps, first, say("updates.moves_help.start")),
        ):
            st.button(say(f"updates.moves.{to}"), key=f"{name}.{to}", on_click=move, args=(by,), disabled=rests, help=told)
        t = int(st.number_input(say("updates.number"), 1, walk.steps, key=at, width=140))
    shown = st.multiselect(
        say("updates.weights"),
        range(len(names)),
        key=which,
        format_func=lambda j: names[j],
        max_selections=SHOWN_MOST,
        help=say("updates.weights_help"),
    )
    return t, shown


def _table(columns: Mapping[str, Sequence[float] | np.ndarray], rows: Sequence[str]) -> None:
    cells = {words.header(name): [number(v) for v in values] for name, values in columns.items()}
    st.table(pd.DataFrame(cells, index=list(rows)))
