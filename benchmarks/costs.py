"""How well the estimates of regdemo.config.costs hold: `python -m benchmarks.costs` trains fifty random sweeps and fifty networks.

For each it prints estimate / measured, both in this process's own seconds. `--fit` makes the tables anew from 200 of each: a
step of two, as the tables are for a small sweep of PROBE_SECONDS.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random
from time import thread_time
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from regdemo.app.dropout.controls import RATE
from regdemo.app.dropout.rates import SEEDS, rates_base
from regdemo.app.sparsity.controls import EVIDENCE, SHARES
from regdemo.app.weight_decay.controls import BIAS, STRENGTHS
from regdemo.config import costs
from regdemo.config.configs import LinearConfig, NetworkConfig
from regdemo.config.costs import Works
from regdemo.core.linear.bias_variance import Sets, bias_variance
from regdemo.core.linear.data import draw_linear
from regdemo.core.linear.double_descent import double_descent
from regdemo.core.linear.dying import train_dying
from regdemo.core.linear.early_stopping import early_stopping
from regdemo.core.linear.exact import exact_solution
from regdemo.core.linear.posterior import Posterior
from regdemo.core.linear.train import train_linear, use_threads
from regdemo.core.linear.two_weights import PENALTIES, Plane
from regdemo.core.networks.rates import rate_configs, sweep_rates
from regdemo.core.networks.train import train_network
from regdemo.core.speed import probed, slowness
from regdemo.frames.prior import prior_rows
from regdemo.frames.summaries import thin
from regdemo.replay.textbook import compare

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


def random_lab(rng: Random) -> LinearConfig:
    """The data of a lab."""
    n = rng.choice((2, 10, 50, 200, 500))
    return LinearConfig(
        n_train=n,
        n_features=rng.choice((1, 10, 50, 200, 500, 1000)),
        init_scale=0.0,
        batch_size=n,
        penalize_bias=True,
        seed=rng.randrange(9),
    )


def random_descent(rng: Random) -> LinearConfig:
    n = rng.choice((20, 50, 100))
    return LinearConfig(
        n_train=n, n_features=4 * n, n_validation=0, n_test=1, seeds=rng.choice((1, 2, 4, 8, 16)), seed=rng.randrange(9)
    )


def random_dying(rng: Random) -> LinearConfig:
    config = random_sweep(rng)
    return replace(
        config,
        penalty="l1",
        solver="proximal",
        optimizer="sgd",
        momentum=0.0,
        batch_size=config.n_train,
        strengths=(0.1,),
        relative=True,
    )


def random_way(rng: Random) -> LinearConfig:
    return replace(random_sweep(rng), penalty="l2", strengths=(0.1,), seeds=1)


def random_rates(rng: Random) -> list[NetworkConfig]:
    base = rates_base({"curve_n": 20, "steps": rng.choice((400, 1000, 2000)), "seed": rng.randrange(9)})
    n, width = rng.choice((5, 10, 20, 50)), rng.choice((16, 32, 64))
    return rate_configs(
        replace(base, n_train=n, batch_size=n, hidden=(width,) * rng.choice((1, 2, 3)), dropout=(0.0,)), RATE.options, SEEDS
    )


def random_sets(rng: Random) -> Sets:
    fields = {c.name: rng.choice(c.options) for c in BIAS if c.name != "seed"}
    return Sets(**fields, seed=rng.randrange(9))


def random_prior(rng: Random) -> tuple[Plane, int]:
    return Plane(rng.uniform(-0.95, 0.95), rng.uniform(0, 180)), rng.choice(EVIDENCE.options)


def sweep(config: LinearConfig) -> None:
    train_linear(config, device="cpu", looked_at=thin(config.epochs))


def solve(config: LinearConfig) -> Callable[[], object]:
    data = draw_linear(config)
    lam = np.array(config.strengths) * (data.lam_max[:, None] if config.relative else np.ones((config.seeds, 1)))
    return lambda: exact_solution(config, data, lam)


def stop_early(config: LinearConfig) -> None:
    data = draw_linear(config)
    splits = {name: tuple(part[0].astype(np.float64) for part in data.split(name)) for name in ("train", "test")}
    found = early_stopping(splits, STRENGTHS, min(0.01, 0.9 / float(data.curvature[0])))
    for _ in (found.ridge, found.stopped, found.film, found.curves):
        pass


def die(config: LinearConfig) -> Callable[[], object]:
    data = draw_linear(config)
    return lambda: train_dying(config, data)


def posteriors(plane: Plane, evidence: int) -> None:
    for penalty in PENALTIES:
        prior_rows([Posterior(plane, penalty, share * plane.lam_max, 1 / evidence) for share in SHARES])


@dataclass(frozen=True)
class Kind:
    """Runs of one kind: how one is drawn and made (a function that is given back is what is timed), and its works."""

    draw: Callable[[Random], Any]
    make: Callable[[Any], Any]
    works: Callable[[Any], Works]
    shortest: float = SHORTEST

    def seconds(self, config: Any) -> float:
        start, after = thread_time(), self.make(config)
        if callable(after):
            start = thread_time()
            after()
        return thread_time() - start

    def tried(self, table: Works, count: int, seed: int) -> list[tuple[Any, float]]:
        """So many random configs with the seconds that they took."""
        rng, found = Random(seed), list[tuple[Any, float]]()
        while len(found) < count:
            config = self.draw(rng)
            if self.shortest < costs.in_seconds(self.works(config), table) < LONGEST:
                found.append((config, self.seconds(config)))
        return found

    def fitted(self, runs: list[tuple[Any, float]]) -> dict[str, float]:
        """What each work costs once: least relative errors, none negative."""
        from scipy.optimize import nnls

        names = list(self.works(runs[0][0]))
        amounts = np.array([[self.works(config)[name] for name in names] for config, _ in runs], float)
        seconds, scale = np.array([taken for _, taken in runs]), amounts.mean(0) + 1e-12
        weight = np.ones(len(runs))
        for _ in range(30):  # too small by half is as bad as too large by 2
            each = nnls(amounts / scale * (weight / seconds)[:, None], weight)[0] / scale
            weight = 1 / np.sqrt(np.maximum(amounts @ each / seconds, 0.05))
        return {name: float(f"{value:.2g}") for name, value in zip(names, each, strict=True)}


KINDS = {
    "SWEEP_SECONDS": Kind(random_sweep, sweep, costs.sweep_works),
    "NETWORK_SECONDS": Kind(random_network, lambda config: list(train_network(config, "cpu")), costs.network_works),
    "BATCHED_SECONDS": Kind(
        random_rates,
        lambda configs: sweep_rates(configs[0], RATE.options, SEEDS),
        costs.batched_works,
    ),
    "EXACT_SECONDS": Kind(random_sweep, solve, lambda config: costs.exact_works(config, config.seeds)),
    "EARLY_SECONDS": Kind(random_lab, stop_early, costs.early_works, 0.0),
    "DESCENT_SECONDS": Kind(
        random_descent,
        lambda config: double_descent(draw_linear(config), config.noise, np.array(STRENGTHS)),
        costs.descent_works,
    ),
    "DYING_SECONDS": Kind(random_dying, die, costs.dying_works),
    "WAYS_SECONDS": Kind(random_way, lambda config: list(compare(config, 0.1, config.seed)), costs.ways_works),
    "BIAS_SECONDS": Kind(
        random_sets, lambda sets: bias_variance(sets, STRENGTHS), lambda sets: costs.bias_works(sets.degree, sets.fresh_x), 0.0
    ),
    "PRIOR_SECONDS": Kind(random_prior, lambda asked: posteriors(*asked), lambda asked: {"prior": 1}, 0.0),
}


def main() -> None:
    use_threads()
    threadpool_limits(1, "blas")
    fit, names = "--fit" in sys.argv, [name for name in sys.argv[1:] if name in KINDS] or list(KINDS)
    if fit:
        print("PROBE_SECONDS =", float(f"{probed():.3g}"))
    for name in names:
        kind, table = KINDS[name], getattr(costs, name)
        kind.tried(table, 1, seed=0)  # what is loaded at the first time
        if fit:
            print(f"{name} =", kind.fitted(kind.tried(table, FITTED, seed=1)))
            continue
        runs = kind.tried(table, TRIED, seed=2)
        ratios = [slowness() * costs.in_seconds(kind.works(config), table) / taken for config, taken in runs]
        print(f"{name}: estimate / measured, this machine taken {slowness():.2f} times as slow as that of the tables")
        print("  " + " ".join(f"{ratio:.2f}" for ratio in sorted(ratios)))
        within = sum(0.5 <= ratio <= 2 for ratio in ratios)
        print(f"  within a factor of 2: {within} of {len(ratios)} (asked for: all)")


if __name__ == "__main__":
    main()
