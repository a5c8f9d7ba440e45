"""The same run as textbooks write it: autograd and torch.optim, one λ, one seed, against the batched core.

Each way of writing weight decay is an entry of `WAYS`. It knows its twin: the config for which the core must give the very
same numbers. A way equals today's run exactly when its twin means the same as today's config.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.optim import Optimizer

from regdemo.data import LinearData, draw_linear, generator
from regdemo.linear import DIVERGED_AT, LinearResult, train_linear
from regdemo.spec import LinearConfig

AGREE = 1e-4  # runs of one algorithm end within this share of the largest weight (measured in float32: 1e-6)


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
        """λ · (ρ‖w‖₁ + (1 − ρ) · ½‖w‖₂²)."""
        rho = self.config.l1_share
        terms = []
        if rho > 0:
            terms += [rho * part.abs().sum() for part in self.penalised]
        if rho < 1:
            terms += [(1 - rho) * (part**2).sum() / 2 for part in self.penalised]
        return self.lam * torch.stack(terms).sum()

    def optimizer(self, kind: str = "", decay: float = 0.0, everything: bool = False, eta: float = 1.0) -> Optimizer:
        """The config's optimizer, or another kind; `decay` for the weight, and for the bias if `everything`; η times `eta`."""
        groups = [{"params": [self.w], "weight_decay": decay}, {"params": [self.b], "weight_decay": decay * everything}]
        return _OPTIMIZERS[kind or self.config.optimizer](groups, self.config, self.config.lr * eta)


_OPTIMIZERS: dict[str, Callable[[list[dict], LinearConfig, float], Optimizer]] = {
    "sgd": lambda groups, c, lr: torch.optim.SGD(groups, lr=lr, momentum=c.momentum),
    "adam": lambda groups, c, lr: torch.optim.Adam(groups, lr=lr),
    "adamw": lambda groups, c, lr: torch.optim.AdamW(groups, lr=lr),
}


def _shrink_then_step(m: Model, optimizer: Optimizer) -> None:
    for part in m.penalised:
        part *= 1 - m.config.lr * m.lam
    optimizer.step()


def _step_then_prox(m: Model, optimizer: Optimizer) -> None:
    optimizer.step()
    t, rho = m.config.lr * m.lam, m.config.l1_share
    for part in m.penalised:
        part.copy_(torch.nn.functional.softshrink(part, rho * t) / (1 + (1 - rho) * t))


def _half_square(m: Model, error: Tensor) -> Tensor:
    return (error**2).mean() / 2


@dataclass(frozen=True)
class Way:
    """One way of writing a regularized run; `code` is the line of today's program that makes it this way."""

    title: str
    why: str
    code: Callable[[LinearConfig], str]
    twin: Callable[[LinearConfig], LinearConfig]  # today's config (one strength) -> the core's config of the same algorithm
    offered: Callable[[LinearConfig], bool] = lambda c: True
    loss: Callable[[Model, Tensor], Tensor] = _half_square
    optimizer: Callable[[Model], Optimizer] = lambda m: m.optimizer()
    step: Callable[[Model, Optimizer], None] = lambda m, optimizer: optimizer.step()


def _names(c: LinearConfig) -> list[str]:
    return ["w", "b"] if c.penalize_bias else ["w"]


def _penalty_code(c: LinearConfig, factor: float = 1.0) -> str:
    rho, lam = c.l1_share, factor * c.strengths[0]
    parts = _names(c)
    terms = [f"{lam * rho:g} * {v}.abs().sum()" for v in parts] if rho > 0 else []
    terms += [f"{lam * (1 - rho):g} / 2 * ({v} ** 2).sum()" for v in parts] if rho < 1 else []
    return " + ".join(terms)


def _prox_code(c: LinearConfig, name: str) -> str:
    t, rho = c.lr * c.strengths[0], c.l1_share
    return f"{name}.data = F.softshrink({name}.data, {rho * t:g})" + (f" / {1 + (1 - rho) * t:g}" if rho < 1 else "")


def _optimizer_code(c: LinearConfig, name: str, everything: bool) -> str:
    decay = f"weight_decay={c.strengths[0]:g}"
    more = f", momentum={c.momentum:g}" if name == "SGD" and c.momentum else ""
    if everything:
        return f"optimizer = torch.optim.{name}([w, b], lr={c.lr:g}{more}, {decay})"
    groups = "[{'params': [w]}, {'params': [b], 'weight_decay': 0}]"
    return f"optimizer = torch.optim.{name}({groups}, lr={c.lr:g}{more}, {decay})"


def _l2(c: LinearConfig) -> bool:
    return c.penalty == "l2"


def _l2_sgd(c: LinearConfig) -> bool:
    return _l2(c) and c.optimizer == "sgd"


def _as_adam(c: LinearConfig, solver: str) -> LinearConfig:
    return replace(c, optimizer="adam", momentum=0.0, solver=solver)


def _coupled(c: LinearConfig, **changes: Any) -> LinearConfig:
    return replace(c, solver="sgd", **changes)


def _without_half(c: LinearConfig) -> LinearConfig:
    """2·(L + λ/2 · penalty): half the λ at twice the learning rate. Adam divides the factor out again, up to its ε."""
    return _coupled(c, strengths=(c.strengths[0] / 2,), lr=c.lr if c.optimizer == "adam" else 2 * c.lr)


#: name -> way, in the order in which a page tells them
WAYS: dict[str, Way] = {
    "loss": Way(
        "The penalty added to the loss",
        "Autograd finds the same gradient as the core has written out: λw for L2, λ·sign(w) for L1.",
        code=lambda c: f"loss = ((x @ w + b - y) ** 2).mean() / 2 + {_penalty_code(c)}",
        twin=_coupled,
        loss=lambda m, error: (error**2).mean() / 2 + m.penalty(),
    ),
    "optimizer": Way(
        "weight_decay given to the optimizer, for the weights alone",
        "torch's SGD adds weight_decay · w to the gradient, which is the gradient of λ·½‖w‖²; the bias stays free.",
        code=lambda c: _optimizer_code(c, "SGD", everything=False),
        twin=lambda c: _coupled(c, penalize_bias=False),
        offered=_l2_sgd,
        optimizer=lambda m: m.optimizer(decay=m.lam),
    ),
    "everything": Way(
        "weight_decay on everything, the bias too",
        "One list of parameters is shorter to write, and then the bias is pulled to zero as well: "
        "the same only where the penalty is meant to see the bias.",
        code=lambda c: _optimizer_code(c, "Adam" if c.optimizer == "adam" else "SGD", everything=True),
        twin=lambda c: _coupled(c, penalize_bias=True),
        offered=_l2,
        optimizer=lambda m: m.optimizer(decay=m.lam, everything=True),
    ),
    "decoupled": Way(
        "Decoupled decay: shrink the weights, then step",
        "Without momentum a step is linear in the gradient, so shrinking first is the same. "
        "With momentum the shrinking no longer enters the average of past gradients: another algorithm.",
        code=lambda c: "".join(f"{v}.data *= 1 - {c.lr:g} * {c.strengths[0]:g}; " for v in _names(c)) + "optimizer.step()",
        twin=lambda c: replace(c, solver="decoupled"),
        offered=_l2_sgd,
        step=_shrink_then_step,
    ),
    "proximal": Way(
        "Proximal: step, then the penalty's own minimiser",
        "Weights closer to zero than ηλρ land on it exactly; a subgradient steps over it.",
        code=lambda c: "optimizer.step(); " + "; ".join(_prox_code(c, v) for v in _names(c)),
        twin=lambda c: replace(c, solver="proximal"),
        offered=lambda c: c.optimizer == "sgd" and c.momentum == 0 and (c.solver == "proximal" or not _l2(c)),
        step=_step_then_prox,
    ),
    "adam": Way(
        "Adam with weight_decay: L2 in the gradient",
        "λw joins the gradient and is then divided by Adam's running scale: "
        "weights with large gradients are decayed less. It is Adam on the penalised loss.",
        code=lambda c: _optimizer_code(c, "Adam", c.penalize_bias),
        twin=lambda c: _as_adam(c, "sgd"),
        offered=_l2,
        optimizer=lambda m: m.optimizer("adam", m.lam, m.config.penalize_bias),
    ),
    "adamw": Way(
        "AdamW: decoupled decay",
        "Every weight shrinks by the factor 1 − ηλ, whatever its gradients were: not Adam on the penalised loss.",
        code=lambda c: _optimizer_code(c, "AdamW", c.penalize_bias),
        twin=lambda c: _as_adam(c, "decoupled"),
        offered=_l2,
        optimizer=lambda m: m.optimizer("adamw", m.lam, m.config.penalize_bias),
    ),
    "no half": Way(
        "A loss without the ½",
        "Mean squared error + λ · penalty is twice our objective at λ/2: with SGD, our λ/2 at twice the learning rate; "
        "Adam takes no notice of the factor, so there it is λ/2 alone.",
        code=lambda c: f"loss = ((x @ w + b - y) ** 2).mean() + {_penalty_code(c)}",
        twin=_without_half,
        offered=lambda c: c.lr <= 500,  # twice that is still a learning rate that a config allows
        loss=lambda m, error: (error**2).mean() + m.penalty(),
    ),
    "repaired": Way(
        "The loss without the ½, repaired",
        "λ doubled and, for SGD, the learning rate halved: both factors are taken back.",
        code=lambda c: (
            f"loss = ((x @ w + b - y) ** 2).mean() + {_penalty_code(c, 2)}"
            + (f"  # and lr={c.lr / 2:g}" if c.optimizer == "sgd" else "")
        ),
        twin=_coupled,
        loss=lambda m, error: (error**2).mean() + 2 * m.penalty(),
        optimizer=lambda m: m.optimizer(eta=0.5 if m.config.optimizer == "sgd" else 1.0),
    ),
}  # fmt: skip


def ways(config: LinearConfig) -> dict[str, Way]:
    """The ways that make sense for a config: weight_decay, for one, knows no L1."""
    return {name: way for name, way in WAYS.items() if way.offered(config)}


@dataclass(frozen=True, eq=False)
class Comparison:
    """How one way of writing it came out; losses are ½ · mean squared error. NaN where a run diverged."""

    name: str
    title: str
    code: str
    why: str
    same: bool  # whether it must equal today's run
    twin: LinearConfig  # the core's config of the same algorithm
    weights: np.ndarray  # (features), final
    bias: float
    train_loss: float
    validation_loss: float
    test_loss: float
    l2_norm: float
    difference: float  # from the core's run of today's config, the largest in any weight or the bias
    twin_difference: float  # from the core's run of the twin: rounding only
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
    rounding error near zero is a whole step.
    """
    if seed not in config.run_seeds:
        raise ValueError(f"seed = {seed}: allowed is one of the config's seeds, {config.run_seeds}")
    today = replace(config, strengths=(float(lam),), relative=False, seeds=1, seed=seed)
    data = draw_linear(today) if data is None else _only(data, seed - config.seed)
    dtype = dtype or (torch.float64 if config.l1_share else torch.float32)
    finished: dict[LinearConfig, LinearResult] = {}

    def core(c: LinearConfig) -> np.ndarray:
        if c not in finished:
            finished[c] = train_linear(c, data, "cpu", dtype=dtype, on_epoch=on_epoch)
        return np.append(finished[c].weights[0, 0], finished[c].biases[0, 0])

    for name, way in ways(today).items():
        twin = way.twin(today)
        final, (train, validation, test), diverged_at = _train(way, today, data, dtype, on_epoch)
        yield Comparison(
            name, way.title, way.code(today), way.why, _meaning(twin) == _meaning(today), twin,
            final[:-1], float(final[-1]), train, validation, test, float(np.linalg.norm(final[:-1])),
            float(np.abs(final - core(today)).max()), float(np.abs(final - core(twin)).max()), diverged_at,
        )  # fmt: skip


def _train(
    way: Way, config: LinearConfig, data: LinearData, dtype: torch.dtype, on_epoch: Callable[[int], object] | None
) -> tuple[np.ndarray, tuple[float, float, float], int]:
    """One run as a textbook writes it: (final weights and bias, the three losses, first diverged epoch or -1)."""
    splits = [[torch.from_numpy(part[0]).to(dtype) for part in data.split(s)] for s in ("train", "validation", "test")]
    x, y = splits[0]
    start = torch.randn(config.n_features, generator=generator(config.seed, "weights")) * config.init_scale
    w = start.to(dtype).requires_grad_()
    b = torch.zeros((), dtype=dtype, requires_grad=True)
    m = Model(w, b, config)
    optimizer = way.optimizer(m)
    order = generator(config.seed, "order")
    full = config.batch_size == config.n_train

    @torch.no_grad()
    def losses() -> tuple[float, float, float]:
        train, validation, test = (((x @ w + b - y) ** 2).mean().item() / 2 for x, y in splits)
        return train, validation, test

    most = DIVERGED_AT * losses()[0]
    for epoch in range(1, config.epochs + 1):
        index = torch.arange(config.n_train) if full else torch.randperm(config.n_train, generator=order)
        for batch in index.split(config.batch_size):
            loss = way.loss(m, x[batch] @ w + b - y[batch])
            optimizer.zero_grad()
            loss.backward()
            with torch.no_grad():
                way.step(m, optimizer)
        if not losses()[0] <= most:
            return np.full(config.n_features + 1, np.nan), (np.nan, np.nan, np.nan), epoch
        if on_epoch is not None:
            on_epoch(epoch)
    return torch.cat([w, b[None]]).detach().numpy(), losses(), -1


def _only(data: LinearData, s: int) -> LinearData:
    """The data of one seed, shapes (1, …)."""
    names = [f"{v}_{split}" for v in "xy" for split in ("train", "validation", "test")]
    return replace(data, **{name: getattr(data, name)[s : s + 1] for name in names})


def _meaning(config: LinearConfig) -> LinearConfig:
    """One config for all that are one algorithm: no penalty is any penalty, and plain SGD cannot tell decay from L2."""
    if config.strengths == (0.0,):
        return replace(config, penalty="l2", l1_ratio=0.5, penalize_bias=False, solver="sgd")
    plain = config.optimizer == "sgd" and config.momentum == 0
    return replace(config, solver="sgd") if config.solver == "decoupled" and plain else config
