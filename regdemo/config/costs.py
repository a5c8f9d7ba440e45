"""What a run costs before it is started: seconds and bytes, from its config alone.

Seconds are a sum of works: how often something is done × what once costs, on one core of the machine that
`python -m benchmarks.costs --fit` was last run on. How much slower another machine is, regdemo.core.speed measures.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from math import ceil, prod
from typing import Any

from regdemo.config.configs import LinearConfig, NetworkConfig
from regdemo.config.constants import CLASSES, CURVE_MOST, CURVE_RECORDS, EPOCHS_DRAWN, EXAMPLES, SIDES

Works = Mapping[str, float]
EVALUATED = 10_000  # examples of each split that a network is judged by after an epoch
DETAILED = 50  # epochs of a network that have histograms
FLOAT = 4  # bytes
CACHED = 500_000  # numbers in float64 that a processor has at hand

PROBE_SECONDS = 0.02  # of the small sweep of regdemo.core.speed
SWEEP_SECONDS: Works = {
    "call": 3.8e-6, "weight": 2.4e-10, "product": 5.2e-11, "residual": 9.4e-9, "matrix": 1.6e-8, "epoch": 5.7e-7, "order": 1.7e-9,
    "look": 2.3e-11, "look_loss": 1e-9, "look_weight": 6.5e-9, "draw": 5.2e-9, "sweep": 7.7e-3,
}  # fmt: skip
NETWORK_SECONDS: Works = {
    "step": 3.7e-4, "layer": 2.7e-5, "option": 8e-5, "update": 1.7e-10, "fetch": 0.0, "dense": 3.2e-11, "convolved": 1.5e-10,
    "unit": 0.0, "normed": 4.1e-9, "mask": 0.0, "pixel": 1.9e-9, "moved": 7.1e-9, "look_dense": 2.9e-11,
    "look_convolved": 4.3e-10, "look_unit": 8.6e-10, "record": 1.1e-3, "details": 6.5e-8, "network": 7.5e-3,
}  # fmt: skip
BATCHED_SECONDS: Works = {"step": 1.4e-4, "weight": 9e-9, "unit": 9.8e-9, "network": 0.015}  # of networks trained as one
EXACT_SECONDS: Works = {
    "path": 1.1e-4, "descent": 1e-8, "features": 2e-9, "seed": 5e-4, "decomposition": 2.3e-10, "ridge": 4.8e-9,
}  # fmt: skip
EARLY_SECONDS: Works = {"draw": 4.1e-9, "decomposition": 6.1e-10, "direction": 5.4e-5, "solution": 0.0054}
DESCENT_SECONDS: Works = {"draw": 1.1e-6, "decomposition": 1.2e-9, "solution": 0.0047}
DYING_SECONDS: Works = {"epoch": 1.5e-5, "product": 2.8e-10, "far": 2e-10, "weight": 3e-9, "read": 1.2e-8}
WAYS_SECONDS: Works = {"step": 2.9e-3, "average": 6.6e-5, "epoch": 0.00054, "example": 2.3e-9, "sweep": 0.007}
PRIOR_SECONDS: Works = {"prior": 0.5}  # the same whatever the plane
BIAS_SECONDS: Works = {"sets": 3.5e-3, "own": 3e-3, "term": 9e-4}


def training_seconds(config: LinearConfig | NetworkConfig) -> float:
    """About how long training takes, on the machine of the tables above: within a factor of 2 of what the benchmark measures."""
    if isinstance(config, NetworkConfig):
        return in_seconds(network_works(config), NETWORK_SECONDS)
    return in_seconds(sweep_works(config), SWEEP_SECONDS)


def exact_seconds(config: LinearConfig, seeds: int | None = None) -> float:
    """About how long the exact solutions take: coordinate descent is at its slowest where features are correlated."""
    return in_seconds(exact_works(config, seeds or config.seeds), EXACT_SECONDS)


def batched_seconds(configs: Sequence[NetworkConfig]) -> float:
    """About how long networks of one shape take that are trained as one, and then asked with a hundred masks each."""
    return in_seconds(batched_works(configs), BATCHED_SECONDS)


def batched_works(configs: Sequence[NetworkConfig]) -> Works:
    """What networks of one shape are made of that are trained as one."""
    runs, config = len(configs), configs[0]
    _, _, units, weights, _ = _network(config)
    each = {"step": 1.0, "weight": runs * weights, "unit": runs * config.n_train * units}
    return {work: config.epochs * amount for work, amount in each.items()} | {"network": runs}


def early_seconds(config: LinearConfig) -> float:
    """About how long the lab on early stopping takes."""
    return in_seconds(early_works(config), EARLY_SECONDS)


def descent_seconds(config: LinearConfig) -> float:
    """About how long the lab on double descent takes."""
    return in_seconds(descent_works(config), DESCENT_SECONDS)


def bias_seconds(degree: int, fresh_x: bool) -> float:
    """About how long the lab on bias and variance takes."""
    return in_seconds(bias_works(degree, fresh_x), BIAS_SECONDS)


def dying_seconds(config: LinearConfig) -> float:
    """About how long full-batch descent takes in which crossed weights die."""
    return in_seconds(dying_works(config), DYING_SECONDS)


def ways_seconds(config: LinearConfig) -> float:
    """About how long a run takes that is trained in all ways in which tutorials write it."""
    return in_seconds(ways_works(config), WAYS_SECONDS)


def in_seconds(works: Works, each: Works) -> float:
    """What works come to at these prices."""
    return sum(amount * each[work] for work, amount in works.items())


def sweep_works(config: LinearConfig) -> Works:
    """What training a sweep is made of, as the pages do it: they look at the epochs that are drawn, and at the train loss of all."""
    seeds, models, features = config.seeds, config.seeds * len(config.strengths), config.n_features + 1
    weights, batch, epochs = models * features, config.batch_size, config.epochs
    steps = epochs * ceil(config.n_train / batch)
    held_out = config.n_validation + config.n_test
    examples = held_out + config.n_train
    looks = min(epochs + 1, EPOCHS_DRAWN)
    looked = looks * held_out + (epochs * config.n_train if batch < config.n_train else 0)
    passes = _passes(config)  # over all weights, in one step
    return {
        "call": steps * (passes + 3), "weight": steps * passes * weights, "product": 2 * steps * weights * batch,
        "residual": steps * models * batch, "matrix": 2 * steps * seeds,
        "epoch": epochs * seeds, "order": epochs * seeds * config.n_train * features if batch < config.n_train else 0,
        "look": weights * looked, "look_loss": models * looked, "look_weight": looks * weights,
        "draw": seeds * examples * features, "sweep": 1,
    }  # fmt: skip


def _passes(config: LinearConfig) -> int:
    if config.solver == "proximal":
        return 5
    penalty = 1 if config.is_weight_decay or config.solver == "decoupled" else 2
    return penalty + (1 if config.is_plain else 11 if config.is_adaptive else 4)


def exact_works(config: LinearConfig, seeds: int) -> Works:
    """What the exact solutions of a config's strengths are made of."""
    n, p, models = config.n_train, config.n_features, seeds * len(config.strengths)
    if config.is_weight_decay:
        return {"seed": seeds, "decomposition": seeds * min(n, p) ** 2 * max(n, p), "ridge": models * p * min(n, p)}
    alike = config.correlation if config.block_size > 1 else 0.0
    return {"path": models, "descent": models * min(n, p) * p / (1 - min(alike, 0.99)) ** 0.5, "features": models * n * p}


def early_works(config: LinearConfig) -> Works:
    """What ridge and stopped descent on one data set are made of."""
    n, p = config.n_train, config.n_features + 1
    r = min(n, p)
    return {"draw": _data(config) / config.seeds, "decomposition": r**2 * max(n, p), "direction": r, "solution": 1}


def descent_works(config: LinearConfig) -> Works:
    """What ridge on the first p of 4n features is made of, for p up to all of them."""
    return {"draw": _data(config), "decomposition": config.seeds * config.n_train**3, "solution": 1}


def bias_works(degree: int, fresh_x: bool) -> Works:
    """What the fits to many training sets are made of, which may have x of their own."""
    return {"sets": 1, "own": fresh_x, "term": fresh_x * degree}


def dying_works(config: LinearConfig) -> Works:
    """What L1 is made of whose weights die."""
    weights = config.epochs * config.seeds * len(config.strengths) * config.n_features
    read = config.seeds * config.n_train * config.n_features
    far = weights * config.n_train if read > CACHED else 0
    return {"epoch": config.epochs, "product": weights * config.n_train, "far": far, "weight": weights, "read": read}


def ways_works(config: LinearConfig) -> Works:
    """What training a run in all ways is made of."""
    steps = config.epochs * ceil(config.n_train / config.batch_size)
    averaged = steps * (not config.is_plain and not config.is_adaptive)
    return {
        "step": steps, "average": averaged, "epoch": config.epochs, "example": config.epochs * _data(config), "sweep": 1,
    }  # fmt: skip


def network_works(config: NetworkConfig) -> Works:
    """What training a network is made of."""
    pixels = prod(_shape(config))
    train, test = (
        min(n, most)
        for n, most in zip((config.n_train, config.n_test), EXAMPLES.get(config.dataset, (CURVE_MOST,) * 2), strict=True)
    )
    dense, convolved, units, weights, dense_reads = _network(config)
    batch = min(config.batch_size, train)
    steps, seen = config.epochs * ceil(train / batch), config.epochs * train
    layers, rates = len(config.hidden) + 1, max(config.dropout, default=0.0) > 0 or config.dropout_before > 0
    looks = 1 + (min(config.epochs, CURVE_RECORDS) if config.dataset == "curve" else config.epochs)
    looked = looks * (
        min(train, EVALUATED) + min(test, EVALUATED, config.n_watched or test) + min(config.n_validation, EVALUATED)
    )
    updates = 3 + (11 if config.is_adaptive else 3 if config.momentum else 0) + 3 * bool(config.weight_decay or config.l1)
    updates += 4 * (config.max_norm is not None)
    dropped = seen * units if config.drop == "units" else steps * dense_reads
    return {
        "step": steps, "layer": steps * layers, "option": steps * layers * (rates + config.batch_norm + config.augment),
        "update": steps * weights * updates, "fetch": steps * weights, "dense": 3 * seen * dense, "convolved": 3 * seen * convolved,
        "unit": seen * units, "normed": seen * units * config.batch_norm, "mask": dropped * rates,
        "pixel": seen * pixels, "moved": seen * pixels * config.augment,
        "look_dense": looked * dense, "look_convolved": looked * convolved, "look_unit": looked * (units + pixels),
        "record": looks, "details": min(looks, DETAILED) * weights, "network": 1,
    }  # fmt: skip


def _shape(config: NetworkConfig) -> tuple[int, ...]:
    return (SIDES[config.dataset],) * 2 if config.dataset in SIDES else (1,)


def _network(config: NetworkConfig) -> tuple[int, int, int, int, int]:
    """(products an example in dense layers, in convolutions, hidden numbers, weights, weights that read hidden layers)."""
    outputs, shape = 1 if config.dataset == "curve" else CLASSES, _shape(config)
    if config.model == "mlp":
        widths = (prod(shape), *config.hidden, outputs)
        products = [a * b for a, b in pairwise(widths)]
        return sum(products), 0, sum(config.hidden), sum(products), sum(products[1:])
    convolved = units = weights = 0
    sides = list(shape)
    for before, after in pairwise((1, *config.hidden)):
        weights += 9 * before * after
        convolved += 9 * before * after * prod(sides)
        units += after * prod(sides)
        sides = [ceil(side / 2) for side in sides]
    last = (config.hidden[-1] if config.hidden else 1) * prod(sides) * outputs
    return last, convolved, units, weights + last, last


def sweep_bytes(config: LinearConfig) -> int:
    """What a sweep holds once it is done: its data, curves and snapshots."""
    models = config.seeds * len(config.strengths)
    curves = 7 * models * (config.epochs + 1)
    snapshots = (24 + 1) * models * (config.n_features + 1)
    return FLOAT * (curves + snapshots + _data(config))


def sweep_peak(config: LinearConfig) -> int:
    """What training a sweep needs at once: besides, copies of the data, all weights some times over, and the train losses once more."""
    models = config.seeds * len(config.strengths)
    again = 2 * _data(config) + models * (12 * (config.n_features + 1) + config.epochs + 1)
    return sweep_bytes(config) + FLOAT * again + 4 * 8_000_000


def _data(config: LinearConfig) -> int:
    return config.seeds * (config.n_train + config.n_validation + config.n_test) * (config.n_features + 1)


def network_peak(config: NetworkConfig) -> int:
    """What training a network needs at once: weights, gradients and averages, and what a batch (or a chunk) passes on."""
    _, _, units, weights, _ = _network(config)
    batch = max(min(config.batch_size, EXAMPLES.get(config.dataset, (CURVE_MOST,))[0]), 2000)
    return FLOAT * (8 * weights + 5 * batch * (units + prod(_shape(config)))) + sum(EXAMPLES.get(config.dataset, ())) * prod(
        _shape(config)
    )


def easier(config: LinearConfig | NetworkConfig) -> dict[str, LinearConfig | NetworkConfig]:
    """The same config with one setting each changed so that it may be quicker: name of the setting -> config."""
    found: dict[str, dict[str, Any]] = {"n_train": {"n_train": config.n_train // 2}}
    steps = isinstance(config, NetworkConfig) and config.dataset == "curve"
    found["steps" if steps else "epochs"] = {"epochs": config.epochs // 2}
    if config.batch_size < config.n_train:
        found["batch_size"] = {"batch_size": min(2 * config.batch_size, config.n_train)}
    if isinstance(config, LinearConfig):
        found |= {"seeds": {"seeds": config.seeds // 2}, "n_features": {"n_features": config.n_features // 2}}
    elif config.model == "mlp":
        found["hidden"] = {"hidden": tuple(ceil(width / 2) for width in config.hidden)}
    changed = {}
    for name, changes in found.items():
        fields = vars(config) | changes
        if all(changes.values()) and fields["n_train"] >= min(2, config.n_train):
            fields["batch_size"] = min(fields["batch_size"], fields["n_train"])
            fields["switch_epoch"] = min(fields["switch_epoch"], fields["epochs"] - 1)
            changed[name] = type(config)(**fields)
    return changed
