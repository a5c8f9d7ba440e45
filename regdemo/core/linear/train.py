"""Linear regression: every λ and every seed of a config trained as one batched tensor program."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from regdemo.config.configs import LinearConfig
from regdemo.config.constants import SPLITS
from regdemo.config.costs import sweep_peak
from regdemo.config.optimizers import OPTIMIZERS
from regdemo.config.penalties import penalty_of
from regdemo.core import memory
from regdemo.core.checks import linear_splits
from regdemo.core.linear.data import LinearData, draw_linear
from regdemo.core.linear.exact import lam_max
from regdemo.core.linear.measure import Measure
from regdemo.core.rng import generator, pick_device


@dataclass(frozen=True, eq=False)
class LinearResult:
    """What a config's runs gave, as NumPy arrays; see each name's shape. NaN where a run has diverged."""

    config: LinearConfig
    device: str
    data: LinearData
    lam: np.ndarray  # (seeds, strengths): absolute λ
    curves: dict[str, np.ndarray]  # history column -> (seeds, strengths, epochs + 1)
    weights: np.ndarray  # (seeds, strengths, features), final
    biases: np.ndarray  # (seeds, strengths), final
    snapshots: np.ndarray  # (k, seeds, strengths, features)
    snapshot_epochs: np.ndarray  # (k)
    initial_weights: np.ndarray  # (seeds, features)
    diverged_at: np.ndarray  # (seeds, strengths): first diverged epoch, else -1

    @property
    def history(self) -> pd.DataFrame:
        """One row a seed, strength and epoch (0 = before training), made anew each time; losses are ½ · mean squared error.

        penalty is λ · penalty(w) at the λ in force: up to and in `switch_epoch` that of `switch_from`, then the run's own `lam`.
        """
        s, k, e = self.curves["train_loss"].shape
        runs = {
            "seed": np.repeat(list(self.config.run_seeds), k * e),
            "strength": np.tile(np.repeat(self.config.strengths, e), s),
            "lam": np.repeat(self.lam.ravel(), e),
            "epoch": np.tile(np.arange(e), s * k),
        }
        return pd.DataFrame(runs | {name: values.ravel() for name, values in self.curves.items()})

    @property
    def nbytes(self) -> int:
        """Bytes held, the data included: what a cache must count."""
        arrays = (self.lam, *self.curves.values(), self.weights, self.biases, self.snapshots, self.initial_weights)
        return sum(a.nbytes for a in arrays) + self.data.nbytes


def train_linear(
    config: LinearConfig,
    data: LinearData | None = None,
    device: str | torch.device | None = None,
    *,
    dtype: torch.dtype = torch.float32,
    on_epoch: Callable[[int], object] | None = None,
    looked_at: Iterable[int] | None = None,
) -> LinearResult:
    """Minimise ½ · mean (y − Xw − b)² + λ · penalty(w) for every strength and seed of `config` at once.

    `data` takes the place of the drawn data; its shapes must be the config's, its numbers finite. `on_epoch(epoch)` is called after each epoch;
    what it raises ends the run. `looked_at`: the epochs that are to be measured besides the first and the last; at the others all
    curves but the train loss are NaN. The bias rides along as one more weight whose feature is always 1.
    NotEnoughMemory, a ValueError with both figures, is raised where the sweep needs more memory than there is.
    """
    memory.require(sweep_peak(config), "seeds, n_features, n_train, the number of strengths or epochs")
    if data is None:
        data = draw_linear(config)
    if not isinstance(data, LinearData):
        raise ValueError(f"data is a {type(data).__name__}: allowed is a LinearData")
    where = pick_device(device)
    p = config.n_features
    shape = (config.seeds, len(config.strengths), p + 1)
    shapes = {name: (config.seeds, getattr(config, f"n_{name}"), p) for name in SPLITS}
    taken = linear_splits(data, shapes, np.float64 if dtype == torch.float64 else np.float32)
    splits = {name: tuple(torch.from_numpy(part).to(where, dtype) for part in pair) for name, pair in taken.items()}

    x, y = splits["train"]
    x, y = torch.cat([x, x.new_ones(*x.shape[:2], 1)], 2), y[..., None]
    lam = absolute_strengths(config, data, config.strengths)
    before = absolute_strengths(config, data, [config.switch_from] * shape[1]) if config.switch_epoch else lam
    lams = [torch.from_numpy(each).to(where, dtype) for each in (before, lam)]

    start = torch.stack([torch.randn(p, generator=generator(s, "weights")) for s in config.run_seeds]) * config.init_scale
    w = torch.zeros(shape, device=where, dtype=dtype)
    w[:, :, :p] = start.to(where, dtype)[:, None]
    direction = OPTIMIZERS[config.optimizer].direction(config)
    early, late = (_stepper(config, w, each, direction) for each in lams)

    measure = Measure(config, splits, lams, where, dtype, range(config.epochs) if looked_at is None else looked_at)
    measure.add(w)
    first_rows = config.n_train * torch.arange(config.seeds, device=where)[:, None]
    for epoch, shuffle in enumerate(_shuffles(config), 1):
        step = early if epoch <= config.switch_epoch else late
        xe, ye = (x, y) if shuffle is None else _gather(x, y, shuffle.to(where) + first_rows)
        for batch in zip(xe.split(config.batch_size, 1), ye.split(config.batch_size, 1), strict=True):
            residual = step(*batch)
        if shuffle is None:
            measure.train(residual)
        measure.add(w)
        if on_epoch is not None:
            on_epoch(epoch)
    if measure.whole:
        measure.train(_residual(w, x, y))

    curves, snapshots, diverged_at = measure.finish()
    final = snapshots[-1]
    return LinearResult(
        config,
        str(where),
        data,
        lam,
        curves,
        final[..., :p].copy(),
        final[..., p].copy(),
        snapshots[..., :p],
        measure.snapshot_epochs,
        start.numpy(),
        diverged_at,
    )


def _stepper(
    config: LinearConfig, w: Tensor, lam: Tensor, direction: Callable[[Tensor], Tensor]
) -> Callable[[Tensor, Tensor], Tensor]:
    """The function that takes one optimizer step on `w` (seeds, strengths, features + 1), in place, at `lam` (seeds, strengths).

    It gives the residual from before the step.

    Written out for one w: g = Xᵀ(Xw − y)/B, then by solver
    sgd: w ← w − η·direction(g + λ·subgradient(w))
    decoupled: w ← (1 − ηλ)w − η·direction(g)
    proximal: w ← prox_{ηλ}(w − ηg).
    """
    penalty, eta = penalty_of(config), config.lr
    subgradient, prox = penalty.subgradient, penalty.prox
    lam = lam[:, :, None].repeat(1, 1, w.shape[2])  # λ of each single weight
    if not config.penalize_bias:
        lam[:, :, -1] = 0
    eta_lam = eta * lam
    shrink = 1 - eta_lam
    decays, plain = config.is_weight_decay and config.solver != "proximal", config.is_plain

    def step(x: Tensor, y: Tensor) -> Tensor:  # x (seeds, B, features + 1), y (seeds, B, 1)
        residual = _residual(w, x, y)
        batch = x.shape[1]
        if not plain:
            g = torch.bmm(residual, x).div_(batch)
            if config.solver == "sgd":
                g.addcmul_(lam, subgradient(w))
            else:
                w.mul_(shrink)
            w.sub_(direction(g), alpha=eta)
            return residual
        if decays:  # for plain SGD the gradient of λ½‖w‖² is decay
            w.mul_(shrink)
        elif config.solver == "sgd":
            w.addcmul_(eta_lam, subgradient(w), value=-1)
        w.baddbmm_(residual, x, alpha=-eta / batch)
        if config.solver == "proximal":
            w.copy_(prox(w, eta_lam))
        return residual

    return step


def _residual(w: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """Xw − y, (seeds, strengths, examples); the larger side comes last, which is up to three times as fast."""
    if x.shape[1] < w.shape[1]:
        return torch.baddbmm(y, x, w.mT, beta=-1).mT
    return torch.baddbmm(y.mT, w, x.mT, beta=-1)


def _shuffles(config: LinearConfig) -> Iterator[Tensor | None]:
    """Each epoch's order of the training examples, (seeds, n); None where one batch holds them all."""
    generators = [generator(s, "order") for s in config.run_seeds]
    for _ in range(config.epochs):
        if config.batch_size == config.n_train:
            yield None
        else:
            yield torch.stack([torch.randperm(config.n_train, generator=g) for g in generators])


def _gather(x: Tensor, y: Tensor, rows: Tensor) -> tuple[Tensor, Tensor]:
    """The examples in this order; rows (seeds, n): those of all seeds counted on."""
    at = rows.view(-1)
    return x.flatten(0, 1).index_select(0, at).view_as(x), y.flatten(0, 1).index_select(0, at).view_as(y)


def absolute_strengths(config: LinearConfig, data: LinearData, strengths: Sequence[float]) -> np.ndarray:
    """λ (seeds, strengths). With `relative`, 1.0 is the penalty's λ_max of each seed."""
    lam = np.tile(np.asarray(strengths), (config.seeds, 1))
    if config.relative:
        lam *= lam_max(config, data)[:, None]
    return lam


def use_threads() -> None:
    """Set torch's process-wide thread count to one, once, before the first run.

    Sums differ in their last bits between thread counts, and two threads beside one busy process take 2.5 times as long as
    one (against 13 to 28 % less alone): `python -m benchmarks.linear` measures both.
    """
    torch.set_num_threads(1)
