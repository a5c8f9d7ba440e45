"""A linear run replayed update by update, every number of an update at hand: the textbook formulas in NumPy's float64.

The random numbers are the core's (data, start, order); the arithmetic is written out here a second time, so the replay also
checks the core. Its rounding (1e-16) is far below any figure shown, and what is left at the end is the core's float32.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

import numpy as np
import torch
from torch import Tensor

from regdemo.config.configs import LinearConfig
from regdemo.core.linear.data import LinearData, draw_linear
from regdemo.core.rng import generator
from regdemo.replay.optimizers import OPTIMIZERS, Memory
from regdemo.replay.penalties import penalty_of

KEPT = 100  # epochs whose start is kept: a jump replays the epochs since the nearest one
S = TypeVar("S")


class Walk(ABC, Generic[S]):
    """Updates t = 1 … steps over shuffled examples; any of them is reached from the nearest kept state.

    States are replaced and never changed, so that sessions may share a walk.
    """

    def __init__(self, start: S, *, seed: int, n: int, batch_size: int, epochs: int, kept: int = KEPT) -> None:
        self.n, self.batch_size = n, min(batch_size, n)
        self.steps_per_epoch = -(-n // batch_size)
        self.steps = epochs * self.steps_per_epoch
        self._every = -(-epochs // kept)
        self._kept: dict[int, tuple[S, Tensor]] = {0: (start, generator(seed, "order").get_state())}
        self._latest = 0, self._kept[0]

    @abstractmethod
    def _update(self, state: S, t: int, rows: np.ndarray) -> S:
        """The state after update t on the examples `rows`."""

    def _before(self, t: int) -> tuple[S, np.ndarray]:
        """The state that update t starts from, and the examples drawn for it."""
        if not 1 <= t <= self.steps:
            raise ValueError(f"t = {t}: allowed is a whole number from 1 to {self.steps}")
        epoch, done = divmod(t - 1, self.steps_per_epoch)
        near = epoch - epoch % self._every
        while near not in self._kept:
            near -= self._every
        at, (state, draws) = self._latest
        if not near <= at <= epoch:
            at, (state, draws) = near, self._kept[near]
        while at < epoch:
            state, _, draws = self._through(state, at, draws, self.steps_per_epoch)
            at += 1
            if at % self._every == 0:
                self._kept[at] = state, draws
        self._latest = at, (state, draws)
        state, batches, _ = self._through(state, epoch, draws, done)
        return state, batches[done]

    def _through(self, state: S, epoch: int, draws: Tensor, updates: int) -> tuple[S, list[np.ndarray], Tensor]:
        """The first updates of an epoch (0 = the first): the state after them, all of its batches, the order's generator."""
        order = np.arange(self.n)
        if self.batch_size < self.n:
            g = torch.Generator()
            g.set_state(draws)
            order, draws = torch.randperm(self.n, generator=g).numpy(), g.get_state()
        batches = [order[i : i + self.batch_size] for i in range(0, self.n, self.batch_size)]
        for i in range(updates):
            state = self._update(state, epoch * self.steps_per_epoch + i + 1, batches[i])
        return state, batches, draws


@dataclass(frozen=True, eq=False)
class Step:
    """One update. Arrays a coefficient have the bias last: (features + 1); arrays an example are in the order drawn: (B)."""

    number: int  # t, from 1
    epoch: int  # from 1
    in_epoch: int  # from 1
    examples: np.ndarray  # (B) row numbers in the training data, from 0
    inputs: np.ndarray  # (B, features + 1), the last column 1
    targets: np.ndarray  # (B)
    predictions: np.ndarray  # (B), before the update
    lam: float  # absolute λ
    shrink: float  # of the penalty a‖w‖₁ + c·½‖w‖₂²: 1 − ηλc, or 1/(1 + ηλc) in a proximal step
    threshold: float  # ηλa, what its L1 part moves a weight
    gradient: np.ndarray  # of the data term
    pull: np.ndarray  # of the penalty, in a gradient's units: λ · subgradient at `before`; in a proximal step at `after`
    direction: np.ndarray  # what the optimizer makes of its gradient; η times it is subtracted
    before: np.ndarray
    after: np.ndarray
    loss_before: float  # ½ · mean squared error on all training data
    loss_after: float

    @property
    def errors(self) -> np.ndarray:
        """Prediction − target, (B)."""
        return self.predictions - self.targets


@dataclass(frozen=True, eq=False)
class _State:
    w: np.ndarray  # (features + 1), the bias last
    memory: Memory  # momentum's velocity and nothing, or Adam's two averages


class Replay(Walk[_State]):
    """The run of one strength (of `config.strengths`, or any other) and of the config's first seed, update by update."""

    dtype = torch.float64  # what to give train_linear for a core of the same precision

    def __init__(self, config: LinearConfig, strength: float, data: LinearData | None = None) -> None:
        """`data` takes the place of the drawn data, as in train_linear; its first seed is used."""
        self.config, self.strength, self.penalty = config, strength, penalty_of(config)
        one = replace(config, seeds=1)
        data = draw_linear(one) if data is None else data
        x = data.x_train[0].astype(np.float64)
        self.x = np.concatenate([x, np.ones((len(x), 1))], 1)
        self.y = data.y_train[0].astype(np.float64)
        self._unit = float(data.lam_max[0]) / (self.penalty.a or 1.0) if config.relative else 1.0
        self._penalized = np.ones(config.n_features + 1)
        self._penalized[-1] = config.penalize_bias
        w = np.zeros(config.n_features + 1)
        w[:-1] = (torch.randn(config.n_features, generator=generator(config.seed, "weights")) * config.init_scale).numpy()
        start = _State(w, (np.zeros_like(w), np.zeros_like(w)))
        super().__init__(start, seed=config.seed, n=config.n_train, batch_size=config.batch_size, epochs=config.epochs)

    @property
    def nbytes(self) -> int:
        """Bytes held once every state is kept: what a cache must count."""
        state = 3 * self.x.shape[1] * 8 + self._kept[0][1].nbytes
        return self.x.nbytes + self.y.nbytes + (KEPT + 2) * state

    @np.errstate(all="ignore")  # a run that diverges overflows
    def step(self, t: int) -> Step:
        """Update t of 1 … steps, with everything that went into it."""
        state, rows = self._before(t)
        epoch, in_epoch = divmod(t - 1, self.steps_per_epoch)
        gradient, pull, direction, after = self._parts(state, t, rows)
        return Step(
            t,
            epoch + 1,
            in_epoch + 1,
            rows,
            self.x[rows],
            self.y[rows],
            self.x[rows] @ state.w,
            self.lam(t),
            *self._pulls(t),
            gradient,
            pull,
            direction,
            state.w,
            after.w,
            self._loss(state.w),
            self._loss(after.w),
        )

    def lam(self, t: int) -> float:
        """The absolute λ of update t."""
        early = (t - 1) // self.steps_per_epoch < self.config.switch_epoch
        return self._unit * (self.config.switch_from if early else self.strength)

    def _loss(self, w: np.ndarray) -> float:
        return float(np.mean((self.x @ w - self.y) ** 2) / 2)

    def _pulls(self, t: int) -> tuple[float, float]:
        """(shrink, threshold) of update t; in a proximal step of the map of ηλ(a|w| + c·w²/2), Parikh & Boyd 2014, 6.5.3."""
        eta_lam = self.config.lr * self.lam(t)
        decay = eta_lam * self.penalty.c
        return 1 / (1 + decay) if self.config.solver == "proximal" else 1 - decay, eta_lam * self.penalty.a

    @np.errstate(all="ignore")
    def _update(self, state: _State, t: int, rows: np.ndarray) -> _State:
        return self._parts(state, t, rows)[-1]

    def _parts(self, state: _State, t: int, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, _State]:
        """(gradient of the data term, the penalty's pull, the optimizer's direction, the state after)."""
        config, penalty, w, x = self.config, self.penalty, state.w, self.x[rows]
        eta = config.lr
        g = (x @ w - self.y[rows]) @ x / len(rows)
        if config.solver == "proximal":
            shrink, threshold = self._pulls(t)
            v = w - eta * g
            landed = shrink * np.sign(v) * np.maximum(np.abs(v) - threshold, 0)
            after = np.where(self._penalized > 0, landed, v)
            return g, (v - after) / eta, g, _State(after, state.memory)
        pull = self.lam(t) * self._penalized * (penalty.a * np.sign(w) + penalty.c * w)
        optimizer = OPTIMIZERS[config.optimizer].direction
        if config.solver == "decoupled":
            direction, memory = optimizer(config, t, g, state.memory)
            return g, pull, direction, _State(w - eta * pull - eta * direction, memory)
        direction, memory = optimizer(config, t, g + pull, state.memory)
        return g, pull, direction, _State(w - eta * direction, memory)
