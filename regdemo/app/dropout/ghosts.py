"""What is left of the dropout page's pinned runs: the figures they are compared by, and what charts draw of them."""

from typing import Any

import pandas as pd

from regdemo.app.dropout.controls import LAB, pair_of
from regdemo.app.dropout.masks import demo_ghost
from regdemo.app.dropout.pictures import averaged, thins
from regdemo.app.dropout.training import GRID
from regdemo.app.pins import Found, Ghost, keep_ghost, kept_ghosts
from regdemo.app.session import Pin
from regdemo.app.trainings import NetworkRun, kept_run, run_key
from regdemo.config.configs import NetworkConfig
from regdemo.content.say import say
from regdemo.frames import overlays


def ghost_of(lab: str, pin: Pin) -> Found:
    """What is left of a pinned run, where it belongs to the lab on screen."""
    if pin["lab"] != lab:
        return say("dropout.pins.other_lab", lab=LAB.show(pin["lab"]))
    return demo_ghost(pin["p"], pin["draws"]) if lab == "bench" else network_ghost(pair_of(pin))


def network_ghost(configs: dict[str, NetworkConfig]) -> Found:
    """What is left of a pinned pair: the second network's curves, histograms and fit. Nothing is trained for it."""
    key, run = run_key(configs), kept_run(configs)
    if run is None:
        return kept_ghosts().peek(key) or say("dropout.pins.later")
    name, config = list(configs.items())[-1]

    def make() -> Ghost:
        last = run.last(name)
        drawn = {
            "loss": overlays.epochs(run.rows, name, "test_loss"), "accuracy": overlays.epochs(run.rows, name, "test_accuracy"),
            "weights": _last(run.weights, name), "gradients": _last(run.gradients, name),
            "activations": run.activations.get(name, {}) if run.pictured(name) is not None else {},
            "seeds": pd.DataFrame({"seed": [config.seed], "loss": [last["test_loss"]]}).drop(index=[0] if last["diverged"] else []),
        }  # fmt: skip
        if config.dataset == "curve":
            if not last["diverged"]:
                drawn["fits"] = pd.DataFrame({"x": GRID, "y": run.models[name].predict(GRID)})
        elif thins(run):
            drawn["averaging"] = averaged(run)[["k", "error"]]
        return Ghost(network_figures(run), drawn)

    return keep_ghost(key, make)


def _last(pictures: list[tuple[int, str, dict]], name: str) -> dict[str, Any]:
    return next((layers for _, run, layers in reversed(pictures) if run == name), {})


def network_figures(run: NetworkRun) -> dict[str, float]:
    """The figures that pinned pairs are compared by: the second network's last, or last finite ones."""
    name = list(run.configs)[-1]
    seen = run.last(name)
    found = run.ended(name) or dict.fromkeys(seen, float("nan"))
    columns = ("test_loss", "train_loss_eval", "test_accuracy")
    return {f"dropout.figures.{column}": found[column] for column in columns if seen[column] is not None}
