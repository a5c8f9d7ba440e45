"""The controls of the L1-versus-L2 page and the configs that they name."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import streamlit as st

from regdemo.app.controls import Control, new_seed, preset_picker, sidebar_controls
from regdemo.app.opening import present_values
from regdemo.config.configs import LinearConfig
from regdemo.config.presets import PRESETS
from regdemo.config.presets import SPARSITY_STRENGTHS as SHARES
from regdemo.content.say import say
from regdemo.core.linear.standardized import Problem
from regdemo.core.linear.two_weights import Plane

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


def configured(
    values: Mapping[str, Any], problem: Problem | None = None
) -> tuple[LinearConfig, LinearConfig, LinearConfig, int]:
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


def plane_of(values: Mapping[str, Any]) -> Plane:
    """The two weights of the picture at the foot of the page."""
    return Plane(angle=values["angle"], correlation=values["tilt"])


def sidebar() -> dict[str, Any]:
    """Draw the sidebar's controls, those that mean nothing for the data apart from the others: name -> value."""
    rests = resting(present_values(MAIN)["source"])
    aside = [c for c in (*MAIN, *MORE) if c.name in rests]
    with st.sidebar:
        start = st.container()
        chosen = sidebar_controls([c for c in MAIN if c not in aside])
        with st.expander(say("sparsity.sidebar.more")):
            chosen |= sidebar_controls(
                [c for c in MORE if c not in aside],
                disabled=lambda so_far: set() if so_far.get("switch_epoch") else {"switch_from"},
            )
            new_seed(say("sparsity.sidebar.new_seed"))
        with st.expander(say("sparsity.sidebar.unused")):
            chosen |= sidebar_controls(aside, disabled=lambda so_far: rests)
        preset_picker(start, STARTS, chosen)
    return chosen


#: Every control that a link to the page can name.
ALL = (*RUN, *VIEW)
