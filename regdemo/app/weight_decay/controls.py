"""The controls of the weight-decay page and the configs that they name."""

from collections.abc import Mapping, Sequence
from typing import Any

from regdemo.app.controls import Control
from regdemo.app.labs import lab_control
from regdemo.config.configs import LinearConfig
from regdemo.config.optimizers import OPTIMIZER_TITLES, OPTIMIZERS
from regdemo.config.presets import PRESETS

STRENGTHS = (0.0, *(float(f"{m}e{e}") for e in range(-3, 2) for m in (1, 1.5, 2, 3, 5, 7)), 100.0)


W1 = PRESETS["W1"]


def control(name: str, options: Sequence[Any], default: Any, words: Mapping[Any, str] | None = None) -> Control:
    """A control with its label and help from the page's words."""
    return Control(name, f"weight_decay.controls.{name}.label", options, default, f"weight_decay.controls.{name}.help", words)


HAND = control("lam", STRENGTHS, 0.5)
MAIN = (
    control("n_train", (2, 5, 10, 20, 30, 50, 100, 200, 500), 50),
    control("n_features", (1, 2, 5, 10, 20, 30, 50, 100, 200, 500, 1000), 30),
    control("coefficient", (0.0, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0), 0.2),
    control("noise", (0.0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0), 1.0),
)
MORE = (
    control("init_scale", (0.0, 0.01, 0.1, 0.5, 1.0), 0.0),
    control("intercept", (0.0, 0.05, 0.1, 0.5, 1.0), 0.0),
    control(
        "lr",
        (0.0001, 0.0003, 0.001, 0.002, 0.003, 0.005, 0.008, 0.01, 0.012, 0.02, 0.03, 0.05, 0.1, 0.2, 0.5, 1.0, 10.0),
        0.01,
    ),
    control("batch_size", (1, 2, 5, 10, 20, 50, 100, 200, 500), 5),
    control("epochs", (1, 5, 10, 20, 50, 100, 200, 300, 500, 1000), 200),
    control("optimizer", tuple(OPTIMIZERS), "sgd", words=OPTIMIZER_TITLES),
    control("momentum", (0.0, 0.5, 0.9, 0.95, 0.99), 0.0),
    control("solver", ("sgd", "decoupled"), "sgd", words={"sgd": "gradient", "decoupled": "decoupled"}),
    control("penalize_bias", (False, True), False),
    control("switch_epoch", (0, 1, 2, 5, 10, 20, 50, 80, 100, 150, 200, 500), 0),
    control("switch_from", STRENGTHS, 0.0),
    control("seeds", (1, 2, 4, 8, 16), 8),
    control("seed", range(0, 10_000), 0),
)
GROUPS = {  # of MORE
    "data": ("intercept",),
    "training": ("init_scale", "lr", "batch_size", "epochs", "optimizer", "momentum"),
    "penalty": ("solver", "penalize_bias", "switch_epoch", "switch_from"),
    "repeats": ("seeds", "seed"),
}
RUN = (HAND, *MAIN, *MORE)
RATES = next(c.options for c in MORE if c.name == "lr")
FIELDS = [c.name for c in (*MAIN, *MORE)]
STARTS = {
    start: {name: getattr(PRESETS[preset], name) for name in FIELDS} | {"lam": lam, "seeds": 8, "switch_epoch": switch}
    for start, preset, lam, switch in (
        ("20_examples", "W1", 3.0, 0),
        ("50_examples", "W2", 3.0, 0),
        ("helps", "W-helps", 0.5, 0),
        ("late", "W1", 3.0, 50),
    )
}
VIEW = (
    control("log", (False, True), True),
    control("terms", (False, True), False),
    control("linear_w", (False, True), False),
)


LAB = lab_control(
    {
        "early": "weight_decay_labs.early.name",
        "descent": "weight_decay_labs.descent.name",
        "bias": "weight_decay_labs.bias.name",
    }
)
EARLY = (*MAIN, *(c for c in MORE if c.name in ("lr", "seed")))  # of the sweep's controls, those of the lab
OWN_EPOCH = Control(
    "own_epoch",
    "weight_decay_labs.early.controls.own_epoch.label",
    (False, True),
    False,
    "weight_decay_labs.early.controls.own_epoch.help",
)
N_EXAMPLES = Control(
    "n_examples",
    "weight_decay_labs.descent.controls.n_examples.label",
    (20, 50, 100),
    50,
    "weight_decay_labs.descent.controls.n_examples.help",
)
DESCENT = (N_EXAMPLES, *(c for c in (*MAIN, *MORE) if c.name in ("coefficient", "noise", "seeds", "seed")))


POLYNOMIAL = (
    Control(
        "n_points",
        "weight_decay_labs.bias.controls.n_points.label",
        (12, 15, 20, 25, 50, 100, 200),
        25,
        "weight_decay_labs.bias.controls.n_points.help",
    ),
    Control(
        "degree",
        "weight_decay_labs.bias.controls.degree.label",
        (1, 2, 3, 5, 8, 11, 15),
        11,
        "weight_decay_labs.bias.controls.degree.help",
    ),
    Control(
        "fresh_x",
        "weight_decay_labs.bias.controls.fresh_x.label",
        (False, True),
        False,
        "weight_decay_labs.bias.controls.fresh_x.help",
    ),
)
BIAS = (*POLYNOMIAL, *(c for c in (*MAIN, *MORE) if c.name in ("noise", "seed")))  # named as the fields of Sets


def descent_config(values: Mapping[str, Any]) -> LinearConfig:
    """The data of the lab on double descent: 4n features, and nothing but what is trained on."""
    fields = {name: value for name, value in values.items() if name != N_EXAMPLES.name}
    n, p = values[N_EXAMPLES.name], 4 * values[N_EXAMPLES.name]
    return LinearConfig(n_train=n, n_features=p, n_informative=p, intercept=0.0, n_validation=0, n_test=1, **fields)


def lab_config(values: Mapping[str, Any]) -> LinearConfig:
    """The data of a lab, and full-batch descent on them from w = 0, with a bias that is a weight like all others."""
    return LinearConfig(
        n_informative=values["n_features"],
        intercept=0.0,
        init_scale=0.0,
        batch_size=values["n_train"],
        penalize_bias=True,
        strengths=(0.0,),
        **values,
    )


def configured(values: dict) -> tuple[LinearConfig, int]:
    """The sweep that the controls name, and which of its strengths is chosen."""
    fields = {n: v for n, v in values.items() if n != "lam"}
    fields["batch_size"] = min(fields["batch_size"], fields["n_train"])
    if not OPTIMIZERS[fields["optimizer"]].has_momentum:
        fields["momentum"] = 0.0
    fields["switch_epoch"] = min(fields["switch_epoch"], fields["epochs"] - 1)
    if not fields["switch_epoch"]:
        fields["switch_from"] = 0.0
    config = LinearConfig(n_informative=fields["n_features"], strengths=STRENGTHS, **fields)
    return config, STRENGTHS.index(values["lam"])


def resting(so_far: dict) -> set[str]:
    """The controls that mean nothing with those above them."""
    off = set() if OPTIMIZERS[so_far.get("optimizer", W1.optimizer)].has_momentum else {"momentum"}
    return off | ({"switch_from"} if not so_far.get("switch_epoch") else set())


#: Every control that a link to the page can name.
ALL = (LAB, *RUN, *VIEW, OWN_EPOCH, N_EXAMPLES, *POLYNOMIAL)
