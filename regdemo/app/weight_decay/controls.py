"""The controls of the weight-decay page and the configs that they name."""

from regdemo.app.controls import Control
from regdemo.config.configs import LinearConfig
from regdemo.config.options import OPTIMIZER_TITLES, OPTIMIZERS
from regdemo.config.presets import PRESETS

STRENGTHS = (0.0, *(float(f"{m}e{e}") for e in range(-3, 2) for m in (1, 1.5, 2, 3, 5, 7)), 100.0)


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
    Control("optimizer", "optimizer", tuple(OPTIMIZERS), "sgd", "How a gradient becomes a step.", words=OPTIMIZER_TITLES),
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
RATES = next(c.options for c in MORE if c.name == "lr")
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
ALL = (*RUN, *VIEW)
