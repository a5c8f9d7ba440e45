"""One network at several dropout rates: what it says in eval mode, and what it says with its masks left on."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from itertools import product
from statistics import NormalDist

import numpy as np
import torch

from regdemo.config.configs import NetworkConfig
from regdemo.config.constants import SLOPE, TRAIN_NOISE
from regdemo.core.networks.batched import train_batched
from regdemo.core.networks.datasets import draw_examples
from regdemo.core.networks.layers import Network

MASKS = 100  # networks thinned by one mask each that a band is made of
LEVEL = 0.9  # share of their answers that it holds
PASSES = 3  # with masks left on, drawn one by one
REACH, POINTS = 2.0, 81  # answers are asked for on [−2, 2]: the data lie on [−1, 1]
FRESH = 100  # new answers y at each of those points that lie among the data
BINS = 40  # of a histogram of weights


@dataclass(frozen=True, eq=False)
class RateSweep:
    """K rates × S seeds, trained alike; what is drawn is the first seed's.

    x (G). fit, mean, low, high (K, G): eval mode, and of 100 masks the mean and the middle 90 %. passes (K, PASSES, G): each
    point with a mask of its own, as a batch has it. train, test, left_on (K, S): mean squared errors in eval mode, and on test
    data with the masks left on, the mean over 100 passes; averaged (K, S): of the mean of these 100 answers.
    inside, with_noise, truth_inside (K): the share of fresh points in the band, in one that has the noise added, and of the true
    line in the band. counts (K, BINS), started (BINS), edges (BINS + 1): all weights after training and before.
    """

    configs: tuple[NetworkConfig, ...]  # of the first seed, one a rate
    seeds: int
    points: tuple[np.ndarray, np.ndarray]  # training data (n), (n)
    x: np.ndarray
    fit: np.ndarray
    mean: np.ndarray
    low: np.ndarray
    high: np.ndarray
    passes: np.ndarray
    train: np.ndarray
    test: np.ndarray
    left_on: np.ndarray
    averaged: np.ndarray
    inside: np.ndarray
    with_noise: np.ndarray
    truth_inside: np.ndarray
    counts: np.ndarray
    started: np.ndarray
    edges: np.ndarray

    @property
    def rates(self) -> tuple[float, ...]:
        return tuple(config.dropout[0] for config in self.configs)

    @property
    def within(self) -> np.ndarray:
        """Which of the points x lie among the data."""
        return np.abs(self.x) <= 1

    @property
    def truth(self) -> np.ndarray:
        return SLOPE * self.x

    @property
    def nbytes(self) -> int:
        return sum(value.nbytes for f in fields(self) if isinstance(value := getattr(self, f.name), np.ndarray))


def rate_configs(base: NetworkConfig, rates: Sequence[float], seeds: int) -> list[NetworkConfig]:
    """Every network of a sweep, rate by rate."""
    return [replace(base, dropout=(p,), seed=base.seed + s) for p, s in product(rates, range(seeds))]


def sweep_rates(
    base: NetworkConfig, rates: Sequence[float], seeds: int, on_step: Callable[[int], object] = lambda step: None
) -> RateSweep:
    """Train `base` at every rate, with each of so many seeds, as one; and ask the networks with and without masks."""
    configs = rate_configs(base, rates, seeds)
    nets = train_batched(configs, on_step=on_step)
    x = np.linspace(-REACH, REACH, POINTS, dtype=np.float32)
    first = nets[::seeds]
    answers = np.stack([net.fan(x, MASKS) for net in first])  # (K, masks, G)
    low, high = (np.quantile(answers, (1 + side * LEVEL) / 2, axis=1) for side in (-1, 1))
    mean, among = answers.mean(1), np.abs(x) <= 1
    truth = SLOPE * x[among]
    fresh = truth + TRAIN_NOISE * np.random.default_rng(base.seed).standard_normal((FRESH, len(truth)))
    spread = NormalDist().inv_cdf((1 + LEVEL) / 2) * np.sqrt(answers.var(1) + TRAIN_NOISE**2)

    def held(low: np.ndarray, high: np.ndarray, y: np.ndarray) -> np.ndarray:
        return np.stack([((a[among] <= y) & (y <= b[among])).mean() for a, b in zip(low, high, strict=True)])

    judged = np.array([_judged(net) for net in nets]).reshape(len(rates), seeds, 4)
    weights = [net.theta[: net.n_weights] for net in (Network(configs[0], (1,), 1, "cpu"), *first)]
    reach = max(float(w.abs().max()) for w in weights)
    started, *counts = (torch.histc(w, BINS, -reach, reach).numpy() for w in weights)
    data = draw_examples(configs[0])
    return RateSweep(
        configs=tuple(configs[::seeds]),
        seeds=seeds,
        points=(data.x_train[:, 0].numpy(), data.y_train.numpy()),
        x=x,
        fit=np.stack([net.predict(x) for net in first]),
        mean=mean,
        low=low,
        high=high,
        passes=np.stack([net.monte_carlo(x, PASSES) for net in first]),
        train=judged[..., 0],
        test=judged[..., 1],
        left_on=judged[..., 2],
        averaged=judged[..., 3],
        inside=held(low, high, fresh),
        with_noise=held(mean - spread, mean + spread, fresh),
        truth_inside=held(low, high, truth),
        counts=np.stack(counts),
        started=started,
        edges=np.linspace(-reach, reach, BINS + 1),
    )


def _judged(net: Network) -> tuple[float, ...]:
    """Mean squared errors of a network: on training data, on test data, there with masks left on, and of what masks say on average."""
    data = draw_examples(net.config)
    (x_train, y_train), (x, y) = ((part.numpy() for part in data.split(split)) for split in ("train", "test"))
    answers = net.fan(x, MASKS)
    errors = net.predict(x_train) - y_train, net.predict(x) - y, answers - y, answers.mean(0) - y
    return tuple(float(np.square(error, dtype=np.float64).mean()) for error in errors)
