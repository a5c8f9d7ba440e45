"""What every control is at where a link names none. A link leaves out what is at its default: a changed default changes old links."""

from typing import Any

from tests.helpers.links import DROPOUT, L1_VS_L2, WEIGHT_DECAY

CURVES: dict[str, Any] = {"log": True, "train_mode": False}
VIEW: dict[str, Any] = CURVES | {"kind": "weights", "layer": "1", "offset": True}
# page or lab -> page, name -> value
DEFAULTS: dict[str, tuple[str, dict[str, Any]]] = {
    "weight decay": (WEIGHT_DECAY, {
        "lam": 0.5, "n_train": 50, "n_features": 30, "coefficient": 0.2, "noise": 1.0, "init_scale": 0.0, "intercept": 0.0,
        "lr": 0.01, "batch_size": 5, "epochs": 200, "optimizer": "sgd", "momentum": 0.0, "solver": "sgd", "penalize_bias": False,
        "switch_epoch": 0, "switch_from": 0.0, "seeds": 8, "seed": 0, "log": True, "terms": False, "linear_w": False,
    }),
    "early stopping": (WEIGHT_DECAY, {
        "lab": "early", "lam": 0.5, "n_train": 50, "n_features": 30, "coefficient": 0.2, "noise": 1.0, "lr": 0.01, "seed": 0,
        "own_epoch": False,
    }),
    "double descent": (WEIGHT_DECAY, {
        "lab": "descent", "lam": 0.5, "n_examples": 50, "coefficient": 0.2, "noise": 1.0, "seeds": 8, "seed": 0,
    }),
    "bias and variance": (WEIGHT_DECAY, {
        "lab": "bias", "lam": 0.5, "n_points": 25, "degree": 11, "fresh_x": False, "noise": 1.0, "seed": 0,
    }),
    "L1 versus L2": (L1_VS_L2, {
        "source": "synthetic", "share": 0.16, "n_train": 100, "n_features": 200, "n_informative": 10, "noise": 0.5, "correlation": 0.0,
        "block_size": 1, "coefficient": 1.0, "solver": "proximal", "net": False, "l1_ratio": 0.5, "epsilon": 0.001, "init_scale": 0.1,
        "intercept": 0.0, "lr": 0.25, "epochs": 400, "switch_epoch": 0, "switch_from": 0.0,
        "seeds": 8, "seed": 0, "path_of": "L1", "norm": False, "log": True, "angle": 15, "tilt": -0.5,
    }),
    "prior": (L1_VS_L2, {"lab": "prior", "share": 0.16, "angle": 15, "tilt": -0.5, "evidence": 30}),
    "images": (DROPOUT, VIEW | {
        "lab": "images", "dataset": "fashion-mnist", "p1": 0.5, "p2": 0.5, "n_train": 1000, "epochs": 40, "model": "mlp", "width": 256,
        "depth": 2, "init": "torch", "optimizer": "sgd", "lr": 0.05, "momentum": 0.9, "batch_size": 64, "weight_decay": 0.0, "l1": 0.0,
        "max_norm": 0.0, "batch_norm": False, "augment": False, "patience": 0, "drop": "units", "solver": "sgd", "switch_epoch": 0, "rival": "no dropout",
        "seed": 0,
    }),
    "curve": (DROPOUT, CURVES | {
        "lab": "curve", "p_first": 0.0, "p_second": 0.5, "curve_n": 10, "steps": 2000, "curve_switch": 0, "curve_seeds": 1, "seed": 0,
    }),
    "all rates": (DROPOUT, {"lab": "rates", "rate": 0.5, "left_on": False, "curve_n": 10, "steps": 2000, "seed": 0}),
    "decay": (DROPOUT, {"lab": "decay", "eta": 0.01, "seed": 0}),
    "batch norm": (DROPOUT, {
        "lab": "norms", "strength": 0.03, "step": 0.2, "normalised": True, "decay_all": False, "epochs": 40, "seed": 0,
    }),
    "bench": (DROPOUT, {"lab": "bench", "p": 0.5, "draws": 100}),
    "paper": (DROPOUT, {"lab": "paper", "paper": "test error", "paper_activity": "share of exact zeros"}),
}  # fmt: skip


# how each is opened, so that it trains in no time where its defaults take long; the charts that are on it then
OPENED: dict[str, tuple[dict[str, str], int]] = {
    "weight decay": ({}, 4),
    "early stopping": ({"lab": "early stopping"}, 2),
    "double descent": ({"lab": "double descent"}, 2),
    "bias and variance": ({"lab": "bias and variance"}, 2),
    "L1 versus L2": ({}, 6),
    "prior": ({"lab": "prior"}, 2),
    # loss, accuracy, ridgelines, activity, averaging
    "images": ({"lab": "images", "dataset": "digits", "n_train": "100", "epochs": "2"}, 5),
    "curve": ({"lab": "curve", "steps": "400"}, 2),  # fits, loss
    "all rates": ({"lab": "all rates", "steps": "400"}, 4),  # fit, losses, coverage, weights
    "decay": ({"lab": "decay"}, 2),
    "batch norm": ({"lab": "batch norm", "epochs": "5"}, 2),
    "bench": ({}, 3),  # network, numbers, running mean
    "paper": ({"lab": "paper"}, 1),  # of four figures the first is open
}


def of_page(page: str) -> dict[str, Any]:
    """Of all labs of a page together, as it opens."""
    together = {name: value for file, defaults in DEFAULTS.values() if file == page for name, value in defaults.items()}
    first: dict[str, dict[str, Any]] = {
        WEIGHT_DECAY: {"lab": "sweep"},
        L1_VS_L2: {"lab": "sweep", "target": "progression", "interactions": False},
        DROPOUT: {"lab": "bench"},
    }
    return together | first.get(page, {})
