"""What programs for networks are made of: the values that their templates choose by."""

import math
from dataclasses import dataclass
from itertools import pairwise

from regdemo.config.configs import NetworkConfig
from regdemo.config.constants import CLASSES, CURVE_MOST, CURVE_RECORDS, EXAMPLES, MASK_LEVELS, MIRRORED, SIDES
from regdemo.export.optimizers import OPTIMIZERS

TITLES = {"fashion-mnist": "Fashion-MNIST", "mnist": "MNIST", "digits": "scikit-learn's digits", "curve": "a noisy line"}
NEEDS = {"fashion-mnist": " and torchvision", "mnist": " and torchvision", "digits": " and scikit-learn", "curve": ""}


@dataclass(frozen=True)
class Layer:
    """A layer with weights, as torch.nn is asked for it."""

    n_in: int
    n_out: int
    rate_in: float  # share dropped of what comes in, at first
    rate_out: float  # the same of what goes out
    thinned: bool  # whether its weights are dropped at some time
    dropout: bool  # whether a dropout layer follows


def network_values(c: NetworkConfig) -> dict[str, object]:
    """Values of a run by their names in the templates; the config's fields not named here keep their own."""
    curve = c.dataset == "curve"
    n_train, n_validation, n_test = _used(c)
    train_total, test_total = EXAMPLES.get(c.dataset, (CURVE_MOST, CURVE_MOST))
    rates_before, decay_before = c.in_force(0)
    rates = {*rates_before, *c.dropout}
    rates_switch, decay_switches = rates_before != c.dropout, decay_before != c.weight_decay
    dropped, decays = any(rates), max(decay_before, c.weight_decay) > 0
    thins_weights = c.drop == "weights" and dropped
    optimizer, shrinks = OPTIMIZERS[c.optimizer], decays and c.solver == "decoupled"
    decays_all = decays and c.decayed == "all"
    by_class = optimizer.decoupled if shrinks else optimizer.torch
    full_batch = c.batch_size >= n_train
    shapes = _shapes(c)
    layers = [
        Layer(
            n_in=shape[1] if len(shape) == 4 else shape[0],
            n_out=shape[0] if len(shape) == 4 else shape[1],
            rate_in=rate_in,
            rate_out=rate_out,
            thinned=thins_weights and i > 0 and (rates_switch or rate_in > 0),
            dropout=not thins_weights and i < len(c.hidden) and (rates_switch or rate_out > 0),
        )
        for i, (shape, (rate_in, rate_out)) in enumerate(zip(shapes, pairwise((0.0, *rates_before, 0.0)), strict=True))
    ]
    side = SIDES.get(c.dataset, 1)
    return vars(c) | {
        "title": TITLES[c.dataset],
        "needs": NEEDS[c.dataset],
        "terms": _chosen({f"½ · weight_decay · ‖{'θ' if decays_all else 'W'}‖²": decays and not shrinks, "l1 · ‖W‖₁": c.l1}),
        "against_overfitting": _chosen({
            "dropout of weights (DropConnect)" if thins_weights else "dropout": dropped,
            "decoupled weight decay" if shrinks else "weight decay": decays,
            "L1": c.l1,
            "max-norm": c.max_norm,
            "batch normalisation": c.batch_norm,
            "shifted images": c.augment,
            "early stopping": c.patience,
        }),
        "changes": _chosen({"dropout": rates_switch, "weight decay": decay_switches}),
        "cnn": c.model == "cnn",
        "classes": 0 if curve else CLASSES,
        "n_train": n_train,
        "n_validation": n_validation,
        "n_test": n_test,
        "n_watched": c.n_watched if c.n_watched is not None and c.n_watched < n_test else 0,
        "train_total": train_total,
        "test_total": test_total,
        "full_batch": full_batch,
        "leaves_one_out": c.batch_norm and not full_batch and n_train % c.batch_size == 1,
        "side": side,
        "most_shifted": round(side / 12),
        "mirrored": c.dataset in MIRRORED,
        "shapes": shapes,
        "sizes": (layers[0].n_in, *(layer.n_out for layer in layers)),
        "layers": layers,
        "rates_before": rates_before,
        "rates_after": c.dropout,
        "rates_switch": rates_switch,
        "dropped": dropped,
        "none_dropped": 0 in rates,
        "some_dropped": any(0 < p < 1 for p in rates),
        "all_dropped": 1 in rates,
        "near_bounds": any(0 < p < 1 and not 0 < round(p * MASK_LEVELS) < MASK_LEVELS for p in rates),
        "thins_weights": thins_weights,
        "decays": decays,
        "decay_switches": decay_switches,
        "shrinks": shrinks,
        "decays_all": decays_all,
        "optimizer": optimizer,
        "torch_optimizer": by_class or optimizer.torch,
        "by_class": decays and by_class != "",
        "by_group": decays and by_class != "" and not decays_all,
        "shrinks_by_hand": not by_class,
        "every": -(-c.epochs // CURVE_RECORDS) if curve else 1,
    }  # fmt: skip


def _chosen(options: dict[str, object]) -> list[str]:
    return [name for name, taken in options.items() if taken]


def _used(c: NetworkConfig) -> tuple[int, int, int]:
    """How many examples there really are for training, validation and test."""
    if c.dataset == "curve":
        return min(c.n_train, CURVE_MOST), min(c.n_validation, CURVE_MOST), min(c.n_test, CURVE_MOST)
    total, test = EXAMPLES[c.dataset]
    n_validation = min(c.n_validation, total // 2)
    return min(c.n_train, total - n_validation), n_validation, min(c.n_test, test)


def _shapes(c: NetworkConfig) -> list[tuple[int, ...]]:
    """Shape of each layer's weights as formulas write them: (in, out), and (out, in, 3, 3) for a convolution."""
    if c.dataset == "curve":
        return list(pairwise((1, *c.hidden, 1)))
    side = SIDES[c.dataset]
    if c.model == "mlp":
        return list(pairwise((side * side, *c.hidden, CLASSES)))
    *convolutions, (channels, classes) = pairwise((1, *c.hidden, CLASSES))
    for _ in c.hidden:
        side = math.ceil(side / 2)
    return [*((after, before, 3, 3) for before, after in convolutions), (channels * side * side, classes)]
