"""How well the estimates of regdemo.config.costs hold: `python -m benchmarks.costs` trains fifty random sweeps and fifty networks.

For each it prints estimate / measured, both in this process's own seconds. `--fit` makes the tables anew from 200 of each: a
step of two, as the tables are for a small sweep of PROBE_SECONDS.
"""

import sys
from collections.abc import Callable, Mapping
from random import Random
from time import thread_time
from typing import Any

import numpy as np

from regdemo.config import costs
from regdemo.config.configs import Config, LinearConfig, NetworkConfig
from regdemo.core.linear.train import train_linear, use_threads
from regdemo.core.networks.train import train_network
from regdemo.core.speed import probed, slowness
from regdemo.frames.summaries import thin

SHORTEST, LONGEST = 0.02, 2.0  # seconds, estimated, of what is tried
TRIED, FITTED = 50, 200


def random_sweep(rng: Random) -> LinearConfig:
    pick = rng.choice
    n, solver = pick((2, 5, 10, 20, 50, 100, 200, 500)), pick(("sgd", "sgd", "proximal", "decoupled"))
    optimizer = "sgd" if solver == "proximal" else pick(("sgd", "adam"))
    return LinearConfig(
        n_train=n,
        n_validation=pick((0, 100, 1000)),
        n_test=pick((100, 1000)),
        n_features=pick((1, 2, 5, 10, 30, 100, 200, 500, 1000)),
        penalty="l2" if solver == "decoupled" else pick(("l1", "l2", "elastic_net")),
        solver=solver,
        optimizer=optimizer,
        momentum=pick((0.0, 0.9)) if optimizer == "sgd" and solver != "proximal" else 0.0,
        strengths=tuple(0.01 * i for i in range(pick((1, 5, 24, 32)))),
        seeds=pick((1, 2, 4, 8, 16)),
        batch_size=min(n, pick((1, 2, 5, 20, 50, 500))),
        epochs=pick((5, 20, 50, 100, 200, 500, 1000)),
        lr=1e-4,
    )


def random_network(rng: Random) -> NetworkConfig:
    pick = rng.choice
    dataset = pick(("fashion-mnist", "fashion-mnist", "digits", "curve"))
    model = "mlp" if dataset == "curve" else pick(("mlp", "mlp", "cnn"))
    hidden = (pick((16, 32, 128, 256, 512)),) * pick((1, 2, 3)) if model == "mlp" else (8, 16)
    optimizer = pick(("sgd", "adam"))
    return NetworkConfig(
        dataset=dataset,
        model=model,
        hidden=hidden,
        dropout=(pick((0.0, 0.2, 0.5)),) * len(hidden),
        n_train=pick((100, 300, 1000, 3000, 10_000, 60_000)),
        n_validation=pick((0, 1000)),
        optimizer=optimizer,
        momentum=pick((0.0, 0.9)) if optimizer == "sgd" else 0.0,
        batch_size=pick((16, 64, 256, 1000)),
        epochs=pick((500, 2000)) if dataset == "curve" else pick((1, 3, 10, 30)),
        weight_decay=pick((0.0, 1e-4)),
        max_norm=pick((None, None, 3.0)),
        batch_norm=pick((False, False, True)),
        augment=dataset != "curve" and pick((False, False, True)),
        drop=pick(("units", "units", "weights")) if model == "mlp" else "units",
        lr=0.01,
        init="torch",
    )


def train(config: Config) -> None:
    if isinstance(config, LinearConfig):
        train_linear(config, device="cpu", looked_at=thin(config.epochs))
    else:
        for _ in train_network(config, "cpu"):
            pass


def tried(draw: Callable[[Random], Config], count: int, seed: int) -> list[tuple[Config, float]]:
    """So many random configs with the seconds that they took."""
    rng, found = Random(seed), list[tuple[Config, float]]()
    while len(found) < count:
        config = draw(rng)
        if SHORTEST < costs.training_seconds(config) < LONGEST:
            start = thread_time()
            train(config)
            found.append((config, thread_time() - start))
    return found


def fitted(runs: list[tuple[Config, float]], works: Callable[[Any], Mapping[str, float]]) -> dict[str, float]:
    """What each work costs once: least relative errors, none negative."""
    from scipy.optimize import nnls

    names = list(works(runs[0][0]))
    amounts = np.array([[works(config)[name] for name in names] for config, _ in runs], float)
    seconds, scale = np.array([taken for _, taken in runs]), amounts.mean(0) + 1e-12
    weight = np.ones(len(runs))
    for _ in range(30):  # too small by half is as bad as too large by 2
        each = nnls(amounts / scale * (weight / seconds)[:, None], weight)[0] / scale
        weight = 1 / np.sqrt(np.maximum(amounts @ each / seconds, 0.05))
    return {name: float(f"{value:.2g}") for name, value in zip(names, each, strict=True)}


def main() -> None:
    use_threads()
    for draw in (random_sweep, random_network):
        tried(draw, 1, seed=0)  # what is loaded at the first time
    if "--fit" in sys.argv:
        print("PROBE_SECONDS =", float(f"{probed():.3g}"))
        print("SWEEP_SECONDS =", fitted(tried(random_sweep, FITTED, seed=1), costs.sweep_works))
        print("NETWORK_SECONDS =", fitted(tried(random_network, FITTED, seed=1), costs.network_works))
        return
    for draw in (random_sweep, random_network):
        runs = tried(draw, TRIED, seed=2)
        ratios = [slowness() * costs.training_seconds(config) / taken for config, taken in runs]
        print(f"{draw.__name__}: estimate / measured, this machine taken {slowness():.2f} times as slow as that of the tables")
        print("  " + " ".join(f"{ratio:.2f}" for ratio in sorted(ratios)))
        within = sum(0.5 <= ratio <= 2 for ratio in ratios)
        print(f"  within a factor of 2: {within} of {len(ratios)} (asked for: all)")


if __name__ == "__main__":
    main()
