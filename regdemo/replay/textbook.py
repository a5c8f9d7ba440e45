"""The same run as textbooks write it: autograd and torch.optim, one λ, one seed, against the batched core."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import torch

from regdemo.config.configs import LinearConfig
from regdemo.config.constants import DIVERGED_AT, SPLITS
from regdemo.core.linear.data import LinearData, draw_linear
from regdemo.core.linear.train import absolute_strengths, train_linear
from regdemo.core.rng import generator
from regdemo.replay.formulations import Model, Way, ways
from regdemo.replay.penalties import penalty_of

AGREE = 1e-4  # runs of one algorithm end within this share of the largest weight (measured in float32: 1e-6)


@dataclass(frozen=True, eq=False)
class Comparison:
    """How one way of writing it came out; losses are ½ · mean squared error. NaN where a run diverged."""

    name: str
    code: str
    same: bool  # whether it must equal today's run
    twin: LinearConfig  # the core's config of the same algorithm
    weights: np.ndarray  # (features), final
    bias: float
    train_loss: float
    validation_loss: float
    test_loss: float
    l2_norm: float
    difference: float  # from the core's run of today's config, the largest in any weight or the bias
    diverged_at: int  # first diverged epoch, else -1

    @property
    def agrees(self) -> bool:
        """Whether it did end where today's run ended, up to rounding."""
        return bool(self.difference <= AGREE * (1 + np.abs(self.weights).max()))


def compare(
    config: LinearConfig,
    lam: float,
    seed: int,
    data: LinearData | None = None,
    *,
    dtype: torch.dtype | None = None,
    on_epoch: Callable[[int], object] | None = None,
) -> Iterator[Comparison]:
    """Run `config` at one absolute λ and one of its seeds in every way that `ways` offers; yields each as it finishes.

    Data, start and order are the core's own. `on_epoch(epoch)` is called after each epoch of every run, the core's included;
    what it raises ends the comparison. Runs on the CPU in float32, or float64 where the penalty has a sign(w): there a
    rounding error near zero is a whole step. A switch of the config is made in every way, by the same optimizer with another λ.
    """
    if seed not in config.run_seeds:
        raise ValueError(f"seed = {seed}: allowed is one of the config's seeds, {config.run_seeds}")
    today = replace(config, strengths=(float(lam),), relative=False, seeds=1, seed=seed)
    data = draw_linear(today) if data is None else _only(data, seed - config.seed)
    before = absolute_strengths(replace(config, seeds=1), data, (config.switch_from,))[0, 0]
    today = replace(today, switch_from=before)
    switched = f"  # with λ = {before:g} up to epoch {config.switch_epoch}" if config.switch_epoch else ""
    dtype = dtype or (torch.float64 if penalty_of(config).a else torch.float32)
    core = train_linear(today, data, "cpu", dtype=dtype, on_epoch=on_epoch)
    reached = np.append(core.weights[0, 0], core.biases[0, 0])
    for name, way in ways(today).items():
        twin = way.twin(today)
        final, (train, validation, test), diverged_at = _train(way, today, data, dtype, on_epoch)
        yield Comparison(
            name,
            way.code(today) + switched,
            _meaning(twin) == _meaning(today),
            twin,
            final[:-1],
            float(final[-1]),
            train,
            validation,
            test,
            float(np.linalg.norm(final[:-1])),
            float(np.abs(final - reached).max()),
            diverged_at,
        )


def _train(
    way: Way, config: LinearConfig, data: LinearData, dtype: torch.dtype, on_epoch: Callable[[int], object] | None
) -> tuple[np.ndarray, tuple[float, float, float], int]:
    """One run as a textbook writes it: (final weights and bias, the three losses, first diverged epoch or -1)."""
    splits = [[torch.from_numpy(part[0]).to(dtype) for part in data.split(s)] for s in SPLITS]
    x, y = splits[0]
    start = torch.randn(config.n_features, generator=generator(config.seed, "weights")) * config.init_scale
    w = start.to(dtype).requires_grad_()
    b = torch.zeros((), dtype=dtype, requires_grad=True)
    early, late = (Model(w, b, replace(config, strengths=(lam,))) for lam in (config.switch_from, *config.strengths))
    optimizer = way.optimizer(late)
    order = generator(config.seed, "order")
    full = config.batch_size == config.n_train

    @torch.no_grad()
    def losses() -> tuple[float, float, float]:
        train, validation, test = (((x @ w + b - y) ** 2).mean().item() / 2 for x, y in splits)
        return train, validation, test

    loss_most = DIVERGED_AT * losses()[0]
    for epoch in range(1, config.epochs + 1):
        m = early if epoch <= config.switch_epoch else late
        if epoch in (1, config.switch_epoch + 1):  # the same optimizer goes on, with the decay that it would be made with now
            for group, fresh in zip(optimizer.param_groups, way.optimizer(m).param_groups, strict=True):
                group["weight_decay"] = fresh["weight_decay"]
        index = torch.arange(config.n_train) if full else torch.randperm(config.n_train, generator=order)
        for batch in index.split(config.batch_size):
            loss = way.loss(m, x[batch] @ w + b - y[batch])
            optimizer.zero_grad()
            loss.backward()
            with torch.no_grad():
                way.step(m, optimizer)
        if not losses()[0] <= loss_most:
            return np.full(config.n_features + 1, np.nan), (np.nan, np.nan, np.nan), epoch
        if on_epoch is not None:
            on_epoch(epoch)
    return torch.cat([w, b[None]]).detach().numpy(), losses(), -1


def _only(data: LinearData, s: int) -> LinearData:
    """The data of one seed, shapes (1, …)."""
    names = [f"{v}_{split}" for v in "xy" for split in SPLITS]
    return replace(data, **{name: getattr(data, name)[s : s + 1] for name in names})


def _meaning(config: LinearConfig) -> LinearConfig:
    """One config for all that are one algorithm: no penalty is any penalty, and plain SGD cannot tell decay from L2."""
    if config.strengths == (0.0,) and not (config.switch_epoch and config.switch_from):
        return replace(config, penalty="l2", l1_ratio=0.5, penalize_bias=False, solver="sgd")
    return replace(config, solver="sgd") if config.solver == "decoupled" and config.is_plain else config
