"""The controls of the dropout page, its labs and the configs that they name."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import streamlit as st

from regdemo.app.controls import Control, new_seed, preset_picker, sidebar_controls
from regdemo.app.session import Pin
from regdemo.app.trainings import images_or_digits
from regdemo.config.configs import NetworkConfig
from regdemo.config.optimizers import OPTIMIZER_TITLES, OPTIMIZERS
from regdemo.config.presets import PRESETS
from regdemo.content.say import say

DEFAULT: NetworkConfig = PRESETS["few-images"]  # what the dropout page's image lab starts from
RATES = (0.0, 0.1, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
OFFERED: dict[str, Sequence[Any]] = {  # control -> its options, of those that grids vary
    "dataset": ("fashion-mnist", "mnist", "digits"), "p1": RATES, "p2": RATES, "width": (16, 32, 64, 128, 256, 512), "depth": (1, 2, 3),
    "n_train": (10, 100, 500, 1000, 2000, 5000, 10_000, 20_000, 60_000), "epochs": (1, 2, 5, 10, 20, 40, 60, 100),
    "optimizer": tuple(OPTIMIZERS), "lr": (0.0001, 0.001, 0.003, 0.01, 0.02, 0.05, 0.1, 0.2, 0.39, 0.5, 1.0, 5.0), "seed": range(10_000),
}  # fmt: skip


def _controls(config: NetworkConfig) -> dict[str, Any]:
    same = {name: getattr(config, name) for name in ("dataset", "n_train", "epochs", "optimizer", "lr", "seed")}
    first, *others = zip(config.hidden, config.dropout, strict=True)
    return same | {
        "p1": first[1],
        "p2": others[0][1] if others else DEFAULT.dropout[1],
        "width": first[0],
        "depth": 1 + len(others),
    }


def control_values(config: NetworkConfig) -> dict[str, Any] | None:
    """The dropout page's controls that must leave their defaults for its image lab to train `config`; None if they cannot."""
    if config.model != "mlp" or not config.hidden or len(set(config.hidden)) > 1 or len(set(config.dropout[1:])) > 1:
        return None
    varied = ("dataset", "n_train", "epochs", "optimizer", "lr", "seed", "hidden", "dropout")
    fields = {name: getattr(config, name) for name in varied}
    if not OPTIMIZERS[config.optimizer].has_momentum:
        fields["momentum"] = 0.0
    if config != replace(DEFAULT, **fields):
        return None
    values, default = _controls(config), _controls(DEFAULT)
    if any(value not in OFFERED[name] for name, value in values.items()):
        return None
    return {name: value for name, value in values.items() if value != default[name]}


def query(config: NetworkConfig) -> dict[str, str] | None:
    """The same as parameters of a link, without its version."""
    values = control_values(config)
    if values is None:
        return None
    return {
        name: OPTIMIZER_TITLES.get(value, f"{value:g}" if isinstance(value, float) else str(value))
        for name, value in values.items()
    }


SHOWN = Control(
    "paper", "drawn as", ("test error", "test loss", "train error"), "test error",
    "Error is the share of wrong answers. Loss is the mean cross-entropy: it also counts how sure the network was.",
)  # fmt: skip
ACTIVITY = Control(
    "paper_activity", "of the hidden units", ("share of exact zeros", "mean activation"), "share of exact zeros",
    "Both on 1,000 test images, in eval mode.",
)  # fmt: skip
PAPER = (SHOWN, ACTIVITY)
LAB = Control(
    "lab", "lab", ("images", "curve", "bench", "paper"), "images",
    "Images: networks. Curve: a regression you can see. Bench: the mask itself. Paper: the figures of the dropout paper.",
)  # fmt: skip
BENCH = (
    Control("p", "dropout rate p", RATES, 0.5, "The share of entries that is dropped."),
    Control("draws", "draws", (10, 30, 100, 300), 100, "How many masks the running mean takes in."),
)
CURVE = (
    Control("p_first", "dropout rate of the first network", RATES, 0.0, "0 drops nothing."),
    Control("p_second", "dropout rate of the second", RATES, 0.5, "The same data, start and order; another rate."),
    Control("curve_n", "training points", (5, 10, 20, 50), 10, "Points on [−1, 1], y = 1.5x + noise."),
    Control("steps", "steps", (400, 800, 1200, 2000, 4000), 2000, "Full-batch steps."),
    Control(
        "curve_switch",
        "change to the second’s rate after step",
        (0, 200, 400, 800, 1200, 2000),
        0,
        "0: it has its rate from the start. Else it trains like the first until then, and goes on with its own rate.",
    ),
    Control("curve_seeds", "seeds", (1, 4, 8), 1, "More than one trains the pair again for each and compares test losses."),
    Control("seed", "random seed", range(0, 10_000), 0, "The same seed gives the same run."),
)
IMAGES = (
    Control("dataset", "data", ("fashion-mnist", "mnist", "digits"), "fashion-mnist", "Digits are small and come with scikit-learn."),
    Control("p1", "dropout rate of the first layer", RATES, 0.5, "The share of its units, or of the weights that read them, that is dropped in each step."),
    Control("p2", "dropout rate of the other layers", RATES, 0.5, "Likewise, for all further hidden layers."),
    Control(
        "n_train", "training images", (10, 100, 500, 1000, 2000, 5000, 10_000, 20_000, 60_000), 1000,
        "With few images networks overfit; that is what dropout works against.",
    ),
    Control("epochs", "epochs", (1, 2, 5, 10, 20, 40, 60, 100), 40, "Passes over the training images."),
)  # fmt: skip
MORE = (
    Control("model", "network", ("mlp", "cnn"), "mlp", "Fully connected, or convolutions with 8 and 16 channels."),
    Control("width", "width of the hidden layers", (16, 32, 64, 128, 256, 512), 256, "Units in each hidden layer of the mlp."),
    Control("depth", "hidden layers", (1, 2, 3), 2, "Of the mlp."),
    Control("init", "initial weights", ("torch", "normal"), "torch", "torch's default, or N(0, 0.01²) as tutorials write it."),
    Control("optimizer", "optimizer", tuple(OPTIMIZERS), "sgd", "How a gradient becomes a step.", words=OPTIMIZER_TITLES),
    Control("lr", "learning rate η", (0.0001, 0.001, 0.003, 0.01, 0.02, 0.05, 0.1, 0.2, 0.39, 0.5, 1.0, 5.0), 0.05, "The size of one step."),
    Control("momentum", "momentum", (0.0, 0.5, 0.9, 0.95), 0.9, "How much of the last step SGD repeats. Adam has its own."),
    Control("batch_size", "batch size", (16, 32, 64, 128, 256, 512), 64, "Images averaged in one step."),
    Control("drop", "what is dropped", ("units", "weights"), "units", "Hidden units, or single weights that read them (DropConnect). Of the mlp."),
    Control("weight_decay", "L2: weight decay λ", (0.0, 0.0001, 0.0003, 0.001, 0.003, 0.01), 0.0, "Another cure: pulls weights toward 0."),
    Control("l1", "L1: strength λ", (0.0, 0.00001, 0.0001, 0.0003, 0.001), 0.0, "Another cure: pulls weights toward 0 with the same force."),
    Control("max_norm", "max-norm (0: off)", (0.0, 0.5, 1.0, 2.0, 3.0, 4.0), 0.0, "Another cure: a unit's weights may not grow longer."),
    Control("batch_norm", "batch normalisation", (False, True), False, "Normalises a layer's inputs over the batch."),
    Control("augment", "augmentation", (False, True), False, "More data out of the same images: shifted at random, and clothes mirrored too."),
    Control("patience", "early stopping after (0: off)", (0, 2, 5, 10), 0, "Epochs without a better validation loss, on images that are kept from training."),
    Control(
        "switch_epoch", "put dropout and L2 in after epoch (0: from the start)", (0, 1, 2, 5, 10, 20, 30, 40, 60), 0,
        "Dropout and L2 wait until then; other cures hold from the start. The network goes on from where it is. Always before the last epoch.",
    ),
    Control("rival", "compare with", ("no dropout", "no cure"), "no dropout", "The twin: the same without dropout, or without any cure."),
    Control("seed", "random seed", range(0, 10_000), 0, "The same seed gives the same run."),
)  # fmt: skip
VIEW = (
    Control("log", "logarithmic loss axis", (False, True), True, "Off: a linear axis."),
    Control("kind", "histogram of", ("weights", "gradients"), "weights", "The gradients are those of the epoch's last step."),
    Control("layer", "layer", ("1", "2", "3", "4"), "1", "Counted from the input."),
    Control("offset", "offset by epoch", (False, True), True, "Off: all epochs overlaid, later ones darker."),
)


def resting(chosen: dict) -> set[str]:
    """The controls that mean nothing with the others as they are."""
    off = {"width", "depth", "drop"} if chosen.get("model") == "cnn" else set()
    return off | (set() if OPTIMIZERS[chosen.get("optimizer", DEFAULT.optimizer)].has_momentum else {"momentum"})


def start_values(preset: str) -> dict:
    """A preset's config in terms of the image lab's controls."""
    c: NetworkConfig = PRESETS[preset]
    same = {n: getattr(c, n) for n in (
        "dataset", "model", "init", "optimizer", "momentum", "batch_size", "n_train", "epochs", "weight_decay", "l1", "batch_norm", "augment",
        "drop", "switch_epoch",
    )}  # fmt: skip
    shape = {} if c.model == "cnn" else {"width": c.hidden[0], "depth": len(c.hidden)}
    lr = min(next(control.options for control in MORE if control.name == "lr"), key=lambda o: abs(o - c.lr))
    return (
        same
        | shape
        | {"p1": c.dropout[0], "p2": c.dropout[-1], "lr": lr, "max_norm": c.max_norm or 0.0, "patience": c.patience or 0}
    )


STARTS = {
    "few_images": start_values("few-images"),
    "late": start_values("few-images") | {"switch_epoch": 20},
    "fashion_mnist": start_values("D3"),
    "mnist_cnn": start_values("D5"),
    "hurts": start_values("dropout-hurts"),
}

NETWORKS = {"curve": CURVE, "images": (*IMAGES, *MORE)}  # lab with networks -> its controls
RUN = tuple({c.name: c for c in (LAB, *BENCH, *CURVE, *IMAGES, *MORE)}.values())
NAMED = (
    "model", "init", "n_train", "optimizer", "lr", "batch_size", "epochs", "weight_decay", "l1", "batch_norm", "augment", "drop", "seed",
)  # fmt: skip


def side(lab: str) -> Pin:
    """Draw a lab's controls in the sidebar; the values of all controls of a run, those of other labs at their defaults."""
    with st.sidebar:
        if lab == "images":
            start = st.container()
            chosen = sidebar_controls(IMAGES)
            with st.expander(say("dropout.more")):
                chosen |= sidebar_controls(MORE, disabled=resting)
            preset_picker(start, STARTS, chosen, lambda id: say(f"dropout.starts.{id}"))
        else:
            chosen = sidebar_controls(BENCH if lab == "bench" else CURVE)
        if lab != "bench":
            new_seed(say("dropout.new_seed"))
    return {c.name: c.default for c in RUN} | chosen | {"lab": lab}


#: what the twin without any cure has
PLAIN: dict[str, Any] = {
    "weight_decay": 0.0, "l1": 0.0, "max_norm": None, "batch_norm": False, "augment": False, "patience": None, "switch_epoch": 0,
}  # fmt: skip


def curve_base(values: Pin) -> NetworkConfig:
    """What both networks of the curve lab have in common."""
    n = values["curve_n"]
    switch = min(values["curve_switch"], values["steps"] - 1)
    return replace(
        PRESETS["D4"], n_train=n, batch_size=n, epochs=values["steps"], seed=values["seed"], switch_epoch=switch,
        dropout_before=values["p_first"] if switch else 0.0,
    )  # fmt: skip


def curve_pair(values: Pin) -> dict[str, NetworkConfig]:
    """The two networks of the curve lab by their names, which differ even if the rates are the same."""
    base, one, two = curve_base(values), f"p = {values['p_first']:g}", f"p = {values['p_second']:g}"
    first = replace(base, dropout=(values["p_first"],), switch_epoch=0, dropout_before=0.0)
    return {one: first, two if two != one else f"{two} (again)": replace(base, dropout=(values["p_second"],))}


def image_pair(values: Pin, dataset: str) -> dict[str, NetworkConfig]:
    """The two networks of the image lab by their names."""
    rates, hidden = (values["p1"], values["p2"]), (values["width"],) * values["depth"]
    if values["model"] == "cnn":
        hidden, values = (8, 16), {**values, "drop": "units"}
    config = NetworkConfig(
        **{name: values[name] for name in NAMED}, dataset=dataset, hidden=hidden, dropout=(rates[0], *rates[1:] * (len(hidden) - 1)),
        momentum=values["momentum"] if OPTIMIZERS[values["optimizer"]].has_momentum else 0.0, max_norm=values["max_norm"] or None,
        patience=values["patience"] or None, n_validation=1000 if values["patience"] else 0,
        switch_epoch=min(values["switch_epoch"], values["epochs"] - 1),
    )  # fmt: skip
    alone = values["rival"] == "no cure"
    of = " of the weights" if config.drop == "weights" else ""
    cures = [f"p = {rates[0]:g}" + (f", {rates[1]:g}" if len(hidden) > 1 else "") + of]
    cures += [word for word, on in (
        ("L2", config.weight_decay), ("L1", config.l1), ("max-norm", config.max_norm), ("batch norm", config.batch_norm),
        ("augmentation", config.augment), ("early stopping", config.patience),
    ) if on and alone]  # fmt: skip
    return {values["rival"]: replace(config, dropout=(0.0,), **(PLAIN if alone else {})), " + ".join(cures): config}


def pair_of(values: Pin, tell: bool = False) -> dict[str, NetworkConfig]:
    """The two networks that the page's or a pin's values name; `tell`: say so where their images cannot be had."""
    if values["lab"] == "curve":
        return curve_pair(values)
    return image_pair(values, images_or_digits(values["dataset"], tell))


#: Every control that a link to the page can name.
ALL = (*RUN, *VIEW, *PAPER)
