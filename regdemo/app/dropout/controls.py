"""The controls of the dropout page, its labs and the configs that they name."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import streamlit as st

from regdemo.app.class_view import present_view
from regdemo.app.controls import new_seed, preset_picker, set_controls, sidebar_controls
from regdemo.app.dropout.lab_controls import ETA, LEFT_ON, NORMS, RATE, STRENGTH, choice, control
from regdemo.app.opening import present_values
from regdemo.app.session import Pin
from regdemo.app.trainings import images_or_digits
from regdemo.config.configs import NetworkConfig
from regdemo.config.optimizers import OPTIMIZER_TITLES, OPTIMIZERS
from regdemo.config.presets import PRESETS
from regdemo.content.say import say

DEFAULT: NetworkConfig = PRESETS["few-images"]  # what the dropout page's image lab starts from
WATCHED = 2000  # test images looked at after an epoch of 10,000 or fewer: all would take longer than the epoch itself
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
    return {"lab": LAB.text("images")} | {
        name: OPTIMIZER_TITLES.get(value, f"{value:g}" if isinstance(value, float) else str(value))
        for name, value in values.items()
    }


SHOWN = choice("paper", ("test error", "test loss", "train error"), "test error")
ACTIVITY = choice("paper_activity", ("share of exact zeros", "mean activation"), "share of exact zeros")
PAPER = (SHOWN, ACTIVITY)
BASELINE = choice("rival", ("no dropout", "no cure"), "no dropout", before={"no cure": "no cure"})
LAB = choice("lab", ("bench", "curve", "rates", "images", "decay", "norms", "paper"), "bench", before={"bench": "bench"})
SEED = control("seed", range(0, 10_000), 0)
HAND = control("p", RATES, 0.5)  # the mask demo has it in its bar
DEMO = (HAND, control("draws", (10, 30, 100, 300), 100))
CURVE = (
    control("p_first", RATES, 0.0),
    control("p_second", RATES, 0.5),
    control("curve_n", (5, 10, 20, 50), 10),
    control("steps", (400, 800, 1200, 2000, 4000), 2000),
    control("curve_switch", (0, 200, 400, 800, 1200, 2000), 0),
    control("curve_seeds", (1, 4, 8), 1),
    SEED,
)
IMAGES = (
    control("dataset", OFFERED["dataset"], "fashion-mnist"),
    control("p1", RATES, 0.5),
    control("p2", RATES, 0.5),
    control("n_train", OFFERED["n_train"], 1000),
    control("epochs", OFFERED["epochs"], 40),
)
MORE = (
    control("model", ("mlp", "cnn"), "mlp"),
    control("width", OFFERED["width"], 256),
    control("depth", OFFERED["depth"], 2),
    control("init", ("torch", "normal"), "torch"),
    control("optimizer", OFFERED["optimizer"], "sgd", OPTIMIZER_TITLES),
    control("lr", OFFERED["lr"], 0.05),
    control("momentum", (0.0, 0.5, 0.9, 0.95), 0.9),
    control("batch_size", (16, 32, 64, 128, 256, 512), 64),
    choice("drop", ("units", "weights"), "units"),
    control("weight_decay", (0.0, 0.0001, 0.0003, 0.001, 0.003, 0.01), 0.0),
    choice("solver", ("sgd", "decoupled"), "sgd"),
    control("l1", (0.0, 0.00001, 0.0001, 0.0003, 0.001), 0.0),
    control("max_norm", (0.0, 0.5, 1.0, 2.0, 3.0, 4.0), 0.0),
    control("batch_norm", (False, True), False),
    control("augment", (False, True), False),
    control("patience", (0, 2, 5, 10), 0),
    control("switch_epoch", (0, 1, 2, 5, 10, 20, 30, 40, 60), 0),
    BASELINE,
    SEED,
)
GROUPS = {  # of MORE
    "network": ("model", "width", "depth", "init"),
    "training": ("optimizer", "lr", "momentum", "batch_size", "switch_epoch"),
    "regularizers": ("drop", "weight_decay", "solver", "l1", "max_norm", "batch_norm", "augment", "patience"),
    "comparison": ("rival", "seed"),
}
LOG, TRAIN_MODE = control("log", (False, True), True), control("train_mode", (False, True), False)
KIND, OFFSET = choice("kind", ("weights", "gradients"), "weights"), control("offset", (False, True), True)
LAYER = control("layer", ("1", "2", "3", "4"), "1")
CURVES = (LOG, TRAIN_MODE)
VIEW = (*CURVES, KIND, LAYER, OFFSET)


def resting(chosen: dict) -> set[str]:
    """The controls that mean nothing with the others as they are."""
    off = {"width", "depth", "drop"} if chosen.get("model") == "cnn" else set()
    off |= set() if chosen.get("weight_decay") else {"solver"}
    return off | (set() if OPTIMIZERS[chosen.get("optimizer", DEFAULT.optimizer)].has_momentum else {"momentum"})


def start_values(preset: str) -> dict:
    """A preset's config in terms of the image lab's controls."""
    c: NetworkConfig = PRESETS[preset]
    named = (
        "dataset", "model", "init", "optimizer", "momentum", "batch_size", "n_train", "epochs", "weight_decay", "l1", "batch_norm",
        "augment", "drop", "switch_epoch", "solver",
    )  # fmt: skip
    same = {n: getattr(c, n) for n in named}
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

BARS = {"bench": HAND, "rates": RATE, "decay": ETA, "norms": STRENGTH}  # lab -> the control that its bar moves
RATES_OF = {"curve": CURVE[:2], "images": IMAGES[1:3]}  # lab -> the controls of its dropout rates
NETWORKS = {"curve": CURVE, "images": (*IMAGES, *MORE)}  # lab with networks -> its controls
RUN = tuple({c.name: c for c in (LAB, *DEMO, *CURVE, *IMAGES, *MORE)}.values())
NAMED = (
    "model", "init", "n_train", "optimizer", "lr", "batch_size", "epochs", "weight_decay", "l1", "batch_norm", "augment", "drop", "seed",
)  # fmt: skip


def layer_of(layers: int) -> int:
    """Draw the control that names one of so many layers: its index. A number that is too large means the last."""
    there = replace(LAYER, options=LAYER.options[:layers])
    if present_values((LAYER,))["layer"] not in there.options:
        set_controls({"layer": there.options[-1]})
    return min(int(there.draw()), layers) - 1


def rates(lab: str) -> dict[str, Any]:
    """Draw a lab's dropout rates, beside each other on the page: name -> value."""
    if lab == "bench":
        return present_values((HAND,))
    chosen = {}
    with st.container(horizontal=True):
        for control in RATES_OF[lab]:
            with st.container(width=230 if present_view().large else 170):  # for a label in one line
                chosen[control.name] = control.draw()
    return chosen


def side(lab: str, chosen: dict[str, Any]) -> Pin:
    """Draw a lab's other controls in the sidebar; the values of all controls of a run, those of other labs at their defaults."""
    with st.sidebar:
        if lab == "images":
            start = st.container()
            chosen |= sidebar_controls([c for c in IMAGES if c.name not in chosen])
            with st.expander(say("dropout.more")):
                chosen |= sidebar_controls(MORE, resting, GROUPS)
            preset_picker(start, STARTS, chosen, lambda id: say(f"dropout.starts.{id}"))
        else:
            chosen |= sidebar_controls([c for c in (DEMO if lab == "bench" else CURVE) if c.name not in chosen])
        if lab != "bench":
            new_seed(say("dropout.new_seed"))
    return {c.name: c.default for c in RUN} | chosen | {"lab": lab}


REGULARIZERS = ("weight_decay", "l1", "max_norm", "batch_norm", "augment", "patience")  # besides dropout
PLAIN = {name: getattr(NetworkConfig(), name) for name in (*REGULARIZERS, "switch_epoch", "solver")}  # the baseline without any


def curve_base(values: Pin) -> NetworkConfig:
    """What both networks of the curve lab have in common."""
    n = values["curve_n"]
    switch = min(values["curve_switch"], values["steps"] - 1)
    return replace(
        PRESETS["D4"],
        n_train=n,
        batch_size=n,
        epochs=values["steps"],
        seed=values["seed"],
        switch_epoch=switch,
        dropout_before=values["p_first"] if switch else 0.0,
    )


def curve_pair(values: Pin) -> dict[str, NetworkConfig]:
    """The two networks of the curve lab by their names, which differ even if the rates are the same."""
    base, one, two = curve_base(values), *(say("dropout.names.rate", p=values[name]) for name in ("p_first", "p_second"))
    first = replace(base, dropout=(values["p_first"],), switch_epoch=0, dropout_before=0.0)
    return {
        one: first,
        two if two != one else say("dropout.names.again", run=two): replace(base, dropout=(values["p_second"],)),
    }


def image_pair(values: Pin, dataset: str) -> dict[str, NetworkConfig]:
    """The two networks of the image lab by their names."""
    rates, hidden = (values["p1"], values["p2"]), (values["width"],) * values["depth"]
    if values["model"] == "cnn":
        hidden, values = (8, 16), {**values, "drop": "units"}
    config = NetworkConfig(
        **{name: values[name] for name in NAMED},
        dataset=dataset,
        hidden=hidden,
        dropout=(rates[0], *rates[1:] * (len(hidden) - 1)),
        momentum=values["momentum"] if OPTIMIZERS[values["optimizer"]].has_momentum else 0.0,
        max_norm=values["max_norm"] or None,
        patience=values["patience"] or None,
        solver=values["solver"] if values["weight_decay"] else "sgd",
        n_validation=1000 if values["patience"] else 0,
        switch_epoch=min(values["switch_epoch"], values["epochs"] - 1),
        n_watched=WATCHED if values["n_train"] <= 10_000 else None,
    )
    alone = values["rival"] == "no cure"
    name = (
        say("dropout.names.rate", p=rates[0])
        if len(hidden) == 1
        else say("dropout.names.rates", first=rates[0], other=rates[1])
    )
    names = [say("dropout.names.of_weights", rates=name) if config.drop == "weights" else name]
    if alone:
        called = {"weight_decay": "decoupled"} if config.solver == "decoupled" else {}
        names += [
            say(f"dropout.names.regularizers.{called.get(field, field)}") for field in REGULARIZERS if getattr(config, field)
        ]
    return {
        BASELINE.show(values["rival"]): replace(config, dropout=(0.0,), **(PLAIN if alone else {})),
        " + ".join(names): config,
    }


def pair_of(values: Pin, tell: bool = False) -> dict[str, NetworkConfig]:
    """The two networks that the page's or a pin's values name; `tell`: say so where their images cannot be had."""
    if values["lab"] == "curve":
        return curve_pair(values)
    return image_pair(values, images_or_digits(values["dataset"], tell))


#: Every control that a link to the page can name.
ALL = (*RUN, *VIEW, *PAPER, RATE, LEFT_ON, ETA, STRENGTH, *NORMS)
