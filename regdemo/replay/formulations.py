"""The ways in which textbooks write a regularized run: penalty in the loss, weight_decay, shrinking, proximal, Adam, AdamW.

Each is an entry of `WAYS`. It knows its twin: the config for which the core must give the very same numbers. A way equals
today's run exactly when its twin means the same as today's config.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor
from torch.optim import Optimizer

from regdemo.config.configs import LinearConfig
from regdemo.replay.optimizers import OPTIMIZERS
from regdemo.replay.penalties import penalty_of


@dataclass(frozen=True, eq=False)
class Model:
    """What a textbook has at hand: weight (features), bias (), and the config (one seed, one strength)."""

    w: Tensor
    b: Tensor
    config: LinearConfig

    @property
    def lam(self) -> float:
        return self.config.strengths[0]

    @property
    def penalised(self) -> list[Tensor]:
        return [self.w, self.b] if self.config.penalize_bias else [self.w]

    def penalty(self) -> Tensor:
        """λ · (a‖w‖₁ + c · ½‖w‖₂²)."""
        penalty, terms = penalty_of(self.config), []
        if penalty.a:
            terms += [penalty.a * part.abs().sum() for part in self.penalised]
        if penalty.c:
            terms += [penalty.c * (part**2).sum() / 2 for part in self.penalised]
        return self.lam * torch.stack(terms).sum()

    def optimizer(self, kind: str = "", decay: float = 0.0, everything: bool = False, eta: float = 1.0) -> Optimizer:
        """The config's optimizer, or another kind; `decay` for the weight, and for the bias if `everything`; η times `eta`."""
        groups = [{"params": [self.w], "weight_decay": decay}, {"params": [self.b], "weight_decay": decay * everything}]
        kind = kind or self.config.optimizer
        return TORCH[kind](groups, lr=self.config.lr * eta, **_momentum(self.config, kind))


#: name -> torch's class: the configs' optimizers, and the one that torch has for decoupled decay
TORCH: dict[str, Callable[..., Optimizer]] = {name: each.torch for name, each in OPTIMIZERS.items()} | {
    "adamw": torch.optim.AdamW
}


def _momentum(c: LinearConfig, kind: str) -> dict[str, float]:
    return {"momentum": c.momentum} if kind == c.optimizer and c.momentum else {}


def _shrink_then_step(m: Model, optimizer: Optimizer) -> None:
    for part in m.penalised:
        part *= 1 - m.config.lr * m.lam
    optimizer.step()


def _step_then_prox(m: Model, optimizer: Optimizer) -> None:
    optimizer.step()
    t, penalty = m.config.lr * m.lam, penalty_of(m.config)
    for part in m.penalised:
        part.copy_(torch.nn.functional.softshrink(part, penalty.a * t) / (1 + penalty.c * t))


def _half_square(m: Model, error: Tensor) -> Tensor:
    return (error**2).mean() / 2


@dataclass(frozen=True)
class Way:
    """One way of writing a regularized run; `code` is the line of today's program that makes it this way."""

    code: Callable[[LinearConfig], str]
    twin: Callable[[LinearConfig], LinearConfig]  # today's config (one strength) -> the core's config of the same algorithm
    offered: Callable[[LinearConfig], bool] = lambda c: True
    loss: Callable[[Model, Tensor], Tensor] = _half_square
    optimizer: Callable[[Model], Optimizer] = lambda m: m.optimizer()
    step: Callable[[Model, Optimizer], None] = lambda m, optimizer: optimizer.step()


def _names(c: LinearConfig) -> list[str]:
    return ["w", "b"] if c.penalize_bias else ["w"]


def _penalty_code(c: LinearConfig, factor: float = 1.0) -> str:
    penalty, lam = penalty_of(c), factor * c.strengths[0]
    parts = _names(c)
    terms = [f"{lam * penalty.a:g} * {v}.abs().sum()" for v in parts] if penalty.a else []
    terms += [f"{lam * penalty.c:g} / 2 * ({v} ** 2).sum()" for v in parts] if penalty.c else []
    return " + ".join(terms)


def _prox_code(c: LinearConfig, name: str) -> str:
    t, penalty = c.lr * c.strengths[0], penalty_of(c)
    return f"{name}.data = F.softshrink({name}.data, {penalty.a * t:g})" + (f" / {1 + penalty.c * t:g}" if penalty.c else "")


def _optimizer_code(c: LinearConfig, kind: str, everything: bool) -> str:
    decay = f"weight_decay={c.strengths[0]:g}"
    more = "".join(f", {setting}={value:g}" for setting, value in _momentum(c, kind).items())
    name = TORCH[kind].__name__
    if everything:
        return f"optimizer = torch.optim.{name}([w, b], lr={c.lr:g}{more}, {decay})"
    groups = "[{'params': [w]}, {'params': [b], 'weight_decay': 0}]"
    return f"optimizer = torch.optim.{name}({groups}, lr={c.lr:g}{more}, {decay})"


def _decays(c: LinearConfig) -> bool:
    return c.is_weight_decay


def _decays_steadily(c: LinearConfig) -> bool:
    return c.is_weight_decay and not c.is_adaptive


def _as_adam(c: LinearConfig, solver: str) -> LinearConfig:
    return replace(c, optimizer="adam", momentum=0.0, solver=solver)


def _coupled(c: LinearConfig, **changes: Any) -> LinearConfig:
    return replace(c, solver="sgd", **changes)


def _without_half(c: LinearConfig) -> LinearConfig:
    """2·(L + λ/2 · penalty): half the λ at twice the learning rate. Adam divides the factor out again, up to its ε."""
    halved = {"strengths": (c.strengths[0] / 2,), "switch_from": c.switch_from / 2}
    return _coupled(c, **halved, lr=c.lr if c.is_adaptive else 2 * c.lr)


#: name -> way, in the order in which a page tells them; content has the words on each under its name
WAYS: dict[str, Way] = {
    "loss": Way(
        code=lambda c: f"loss = ((x @ w + b - y) ** 2).mean() / 2 + {_penalty_code(c)}",
        twin=_coupled,
        loss=lambda m, error: (error**2).mean() / 2 + m.penalty(),
    ),
    "optimizer": Way(
        code=lambda c: _optimizer_code(c, c.optimizer, everything=False),
        twin=lambda c: _coupled(c, penalize_bias=False),
        offered=_decays_steadily,
        optimizer=lambda m: m.optimizer(decay=m.lam),
    ),
    "everything": Way(
        code=lambda c: _optimizer_code(c, c.optimizer, everything=True),
        twin=lambda c: _coupled(c, penalize_bias=True),
        offered=_decays,
        optimizer=lambda m: m.optimizer(decay=m.lam, everything=True),
    ),
    "decoupled": Way(
        code=lambda c: "".join(f"{v}.data *= 1 - {c.lr:g} * {c.strengths[0]:g}; " for v in _names(c)) + "optimizer.step()",
        twin=lambda c: replace(c, solver="decoupled"),
        offered=_decays_steadily,
        step=_shrink_then_step,
    ),
    "proximal": Way(
        code=lambda c: "optimizer.step(); " + "; ".join(_prox_code(c, v) for v in _names(c)),
        twin=lambda c: replace(c, solver="proximal"),
        offered=lambda c: c.is_plain and (c.solver == "proximal" or not c.is_weight_decay),
        step=_step_then_prox,
    ),
    "adam": Way(
        code=lambda c: _optimizer_code(c, "adam", c.penalize_bias),
        twin=lambda c: _as_adam(c, "sgd"),
        offered=_decays,
        optimizer=lambda m: m.optimizer("adam", m.lam, m.config.penalize_bias),
    ),
    "adamw": Way(
        code=lambda c: _optimizer_code(c, "adamw", c.penalize_bias),
        twin=lambda c: _as_adam(c, "decoupled"),
        offered=_decays,
        optimizer=lambda m: m.optimizer("adamw", m.lam, m.config.penalize_bias),
    ),
    "no_half": Way(
        code=lambda c: f"loss = ((x @ w + b - y) ** 2).mean() + {_penalty_code(c)}",
        twin=_without_half,
        offered=lambda c: c.lr <= 500,  # twice that is still a learning rate that a config allows
        loss=lambda m, error: (error**2).mean() + m.penalty(),
    ),
    "repaired": Way(
        code=lambda c: (
            f"loss = ((x @ w + b - y) ** 2).mean() + {_penalty_code(c, 2)}"
            + (f"  # and lr={c.lr / 2:g}" if not c.is_adaptive else "")
        ),
        twin=_coupled,
        loss=lambda m, error: (error**2).mean() + 2 * m.penalty(),
        optimizer=lambda m: m.optimizer(eta=1.0 if m.config.is_adaptive else 0.5),
    ),
}  # fmt: skip


def ways(config: LinearConfig) -> dict[str, Way]:
    """The ways that make sense for a config: weight_decay, for one, knows no L1."""
    return {name: way for name, way in WAYS.items() if way.offered(config)}
