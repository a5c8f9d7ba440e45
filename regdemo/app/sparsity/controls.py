"""The controls of the L1-versus-L2 page and the configs that they name."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import streamlit as st

from regdemo.app.controls import Control, new_seed, preset_picker, sidebar_controls
from regdemo.app.labs import lab_control
from regdemo.app.opening import keep_aside, present_values
from regdemo.config.configs import LinearConfig
from regdemo.config.presets import PRESETS, SPARSITY_STRENGTHS
from regdemo.content.say import say
from regdemo.core.linear.standardized import Problem
from regdemo.core.linear.two_weights import Plane

#: From weak to strong; further down than the presets' paths, so that cross-validation's choice mostly lies between the ends.
SHARES = (0.02, 0.025, 0.03, 0.036, 0.044, *sorted(SPARSITY_STRENGTHS))
DIABETES = ("age", "sex", "bmi", "bp", "s1", "s2", "s3", "s4", "s5", "s6", "progression")
HAND = Control("share", "sparsity.controls.share.label", SHARES, 0.16, "sparsity.controls.share.help")
MAIN = (
    Control(
        "source", "sparsity.controls.source.label", ("synthetic", "diabetes", "csv"), "synthetic", "sparsity.controls.source.help",
    ),
    Control("target", "sparsity.controls.target.label", DIABETES, "progression", "sparsity.controls.target.help"),
    Control("n_train", "sparsity.controls.n_train.label", (10, 20, 50, 100, 200, 300), 100, "sparsity.controls.n_train.help"),
    Control("n_features", "sparsity.controls.n_features.label", (2, 5, 10, 20, 50, 100, 200, 500), 200, "sparsity.controls.n_features.help"),
    Control("n_informative", "sparsity.controls.n_informative.label", (0, 1, 2, 5, 9, 10, 20, 50, 100, 200, 500), 10, "sparsity.controls.n_informative.help"),
    Control("noise", "sparsity.controls.noise.label", (0.0, 0.01, 0.1, 0.2, 0.5, 1.0, 2.0), 0.5, "sparsity.controls.noise.help"),
    Control(
        "correlation", "sparsity.controls.correlation.label", (0.0, 0.3, 0.5, 0.7, 0.9, 0.95, 0.99), 0.0,
        "sparsity.controls.correlation.help",
    ),
)  # fmt: skip
MORE = (
    Control("block_size", "sparsity.controls.block_size.label", (1, 2, 5, 10), 1, "sparsity.controls.block_size.help"),
    Control("coefficient", "sparsity.controls.coefficient.label", (0.01, 0.1, 0.2, 0.5, 1.0, 2.0), 1.0, "sparsity.controls.coefficient.help"),
    Control(
        "solver", "sparsity.controls.solver.label", ("proximal", "sgd"), "proximal", "sparsity.controls.solver.help",
        words={"proximal": "proximal", "sgd": "subgradient"},
    ),
    Control("net", "sparsity.controls.net.label", (False, True), False, "sparsity.controls.net.help"),
    Control("l1_ratio", "sparsity.controls.l1_ratio.label", (0.1, 0.3, 0.5, 0.7, 0.9), 0.5, "sparsity.controls.l1_ratio.help"),
    Control("epsilon", "sparsity.controls.epsilon.label", (0.0001, 0.001, 0.01, 0.05, 0.1), 0.001, "sparsity.controls.epsilon.help"),
    Control("init_scale", "sparsity.controls.init_scale.label", (0.0, 0.1, 1.0), 0.1, "sparsity.controls.init_scale.help"),
    Control("intercept", "sparsity.controls.intercept.label", (0.0, 0.1, 1.0), 0.0, "sparsity.controls.intercept.help"),
    Control(
        "lr", "sparsity.controls.lr.label", (0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.5, 1.0), 0.25,
        "sparsity.controls.lr.help",
    ),
    Control("epochs", "sparsity.controls.epochs.label", (50, 100, 200, 400, 1000, 2000), 400, "sparsity.controls.epochs.help"),
    Control(
        "switch_epoch", "sparsity.controls.switch_epoch.label", (0, 10, 20, 50, 100, 200, 400, 1000), 0,
        "sparsity.controls.switch_epoch.help",
    ),
    Control("switch_from", "sparsity.controls.switch_from.label", (0.0, *SHARES), 0.0, "sparsity.controls.switch_from.help"),
    Control("interactions", "sparsity.controls.interactions.label", (False, True), False, "sparsity.controls.interactions.help"),
    Control("seeds", "sparsity.controls.seeds.label", (1, 2, 4, 8, 16), 8, "sparsity.controls.seeds.help"),
    Control("seed", "sparsity.controls.seed.label", range(0, 10_000), 0, "sparsity.controls.seed.help"),
)  # fmt: skip
GROUPS = {  # of MORE
    "data": ("block_size", "coefficient", "intercept", "interactions"),
    "training": ("solver", "init_scale", "lr", "epochs"),
    "penalty": ("net", "l1_ratio", "epsilon", "switch_epoch", "switch_from"),
    "repeats": ("seeds", "seed"),
}
PLANE = (
    Control("angle", "sparsity.controls.angle.label", tuple(range(-90, 181, 5)), 15, "sparsity.controls.angle.help"),
    Control("tilt", "sparsity.controls.tilt.label", (-0.9, -0.5, 0.0, 0.5, 0.9), -0.5, "sparsity.controls.tilt.help"),
)
VIEW = (
    Control("path_of", "sparsity.controls.path_of.label", ("L1", "other"), "L1", "sparsity.controls.path_of.help"),
    Control("norm", "sparsity.controls.norm.label", (False, True), False, "sparsity.controls.norm.help"),
    Control("log", "sparsity.controls.log.label", (False, True), True, "sparsity.controls.log.help"),
)
LAB = lab_control({"prior": "sparsity.prior.name"})
EVIDENCE = Control(
    "evidence", "sparsity.controls.evidence.label", (10, 30, 100, 300, 1000), 30, "sparsity.controls.evidence.help"
)
RUN = (HAND, *MAIN, *MORE, *PLANE)
FIELDS = [c.name for c in (*MAIN, *MORE) if c.name in LinearConfig.__dataclass_fields__]
STARTS = {
    start: {name: getattr(PRESETS[preset], name) for name in FIELDS} | {"share": share, "source": "synthetic", "net": net}
    for start, preset, share, net in (
        ("sparse", "S-sparse", 0.16, False),
        ("dense", "S-dense", 0.29, False),
        ("correlated", "S-twins", 0.1, True),
    )
}


def resting(source: str) -> set[str]:
    """The controls that mean nothing for this data."""
    drawn = {"n_features", "n_informative", "noise", "correlation", "block_size", "coefficient", "intercept"}
    return {"interactions", "target"} if source == "synthetic" else drawn | (set() if source == "diabetes" else {"target"})


def configured(
    values: Mapping[str, Any], problem: Problem | None = None
) -> tuple[LinearConfig, LinearConfig, LinearConfig, int]:
    """The controls' sweeps (L1 by the proximal step, L1 as chosen, the other penalty) and which of their strengths is chosen."""
    fields = {name: values[name] for name in FIELDS if name != "solver"}
    fields["switch_epoch"] = min(fields["switch_epoch"], fields["epochs"] - 1)
    if not fields["switch_epoch"]:
        fields["switch_from"] = 0.0
    l1 = LinearConfig(
        **fields,
        penalty="l1",
        solver="proximal",
        strengths=SHARES,
        relative=True,
        batch_size=values["n_train"],
    )
    if problem is not None:
        l1 = problem.configure(replace(l1, intercept=0.0))
    second = replace(l1, penalty="elastic_net" if values["net"] else "l2")
    return l1, replace(l1, solver=values["solver"]), second, SHARES.index(values["share"])


def plane_of(values: Mapping[str, Any]) -> Plane:
    """The two weights of the picture at the foot of the page."""
    return Plane(angle=values["angle"], correlation=values["tilt"])


def sidebar() -> dict[str, Any]:
    """Draw the sidebar's controls: name -> value. Those that mean nothing for the data keep their values out of sight."""
    rests = resting(present_values(MAIN)["source"])
    aside = [c for c in (*MAIN, *MORE) if c.name in rests]
    with st.sidebar:
        start = st.container()
        chosen = present_values((HAND,)) | sidebar_controls([c for c in MAIN if c not in aside])
        with st.expander(say("sparsity.sidebar.more")):
            chosen |= sidebar_controls(
                [c for c in MORE if c not in aside],
                lambda so_far: set() if so_far.get("switch_epoch") else {"switch_from"},
                GROUPS,
            )
            new_seed(say("sparsity.sidebar.new_seed"))
        chosen |= keep_aside(aside)
        keep_aside((EVIDENCE,))
        preset_picker(start, STARTS, chosen, lambda id: say(f"sparsity.starts.{id}"))
    return chosen


#: Every control that a link to the page can name.
ALL = (LAB, *RUN, *VIEW, EVIDENCE)
