"""Linear regression: every λ and every seed of a config trained as one batched tensor program."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from regdemo.config.configs import LinearConfig
from regdemo.config.constants import DIVERGED_AT, SPLITS
from regdemo.config.costs import sweep_peak
from regdemo.config.optimizers import OPTIMIZERS
from regdemo.config.penalties import penalty_of
from regdemo.core import memory
from regdemo.core.checks import linear_splits
from regdemo.core.linear.data import LinearData, draw_linear
from regdemo.core.linear.exact import lam_max
from regdemo.core.rng import generator, pick_device

SNAPSHOTS = 24  # epochs whose weights are kept, geometrically spaced
#: what a history says of each epoch
CURVES = (*(f"{name}_loss" for name in SPLITS), "penalty", "l1_norm", "l2_norm", "n_zero")
CHUNK_BYTES = 8e6  # weights of several epochs (or their predictions) are evaluated together: fewer, larger products


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
) -> LinearResult:
    """Minimise ½ · mean (y − Xw − b)² + λ · penalty(w) for every strength and seed of `config` at once.

    `data` takes the place of the drawn data; its shapes must be the config's, its numbers finite. `on_epoch(epoch)` is called after each epoch;
    what it raises ends the run. The bias rides along as one more weight whose feature is always 1.
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
    x = torch.cat([x, x.new_ones(*x.shape[:2], 1)], 2)
    lam = absolute_strengths(config, data, config.strengths)
    before = absolute_strengths(config, data, [config.switch_from] * shape[1]) if config.switch_epoch else lam
    lams = [torch.from_numpy(each).to(where, dtype) for each in (before, lam)]

    start = torch.stack([torch.randn(p, generator=generator(s, "weights")) for s in config.run_seeds]) * config.init_scale
    w = torch.zeros(shape, device=where, dtype=dtype)
    w[:, :, :p] = start.to(where, dtype)[:, None]
    direction = OPTIMIZERS[config.optimizer].direction(config)
    early, late = (_stepper(config, w, each, direction) for each in lams)

    measure = _Measure(config, splits, lams, where, dtype)
    measure.add(w)
    for epoch, shuffle in enumerate(_shuffles(config), 1):
        step = early if epoch <= config.switch_epoch else late
        xe, ye = (x, y) if shuffle is None else _gather(x, y, shuffle.to(where))
        for begin in range(0, config.n_train, config.batch_size):
            end = min(begin + config.batch_size, config.n_train)
            step(xe[:, begin:end], ye[:, begin:end])
        measure.add(w)
        if on_epoch is not None:
            on_epoch(epoch)

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
) -> Callable[[Tensor, Tensor], None]:
    """The function that takes one optimizer step on `w` (seeds, strengths, features + 1), in place, at `lam` (seeds, strengths).

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

    def step(x: Tensor, y: Tensor) -> None:  # x (seeds, B, features + 1), y (seeds, B)
        residual = torch.baddbmm(y[:, None], w, x.mT, beta=-1)  # (seeds, strengths, B)
        batch = x.shape[1]
        if not plain:
            g = torch.bmm(residual, x).div_(batch)
            if config.solver == "sgd":
                g.addcmul_(lam, subgradient(w))
            else:
                w.mul_(shrink)
            w.sub_(direction(g), alpha=eta)
            return
        if decays:  # for plain SGD the gradient of λ½‖w‖² is decay
            w.mul_(shrink)
        elif config.solver == "sgd":
            w.addcmul_(eta_lam, subgradient(w), value=-1)
        w.baddbmm_(residual, x, alpha=-eta / batch)
        if config.solver == "proximal":
            w.copy_(prox(w, eta_lam))

    return step


def _shuffles(config: LinearConfig) -> Iterator[Tensor | None]:
    """Each epoch's order of the training examples, (seeds, n); None where one batch holds them all."""
    generators = [generator(s, "order") for s in config.run_seeds]
    for _ in range(config.epochs):
        if config.batch_size == config.n_train:
            yield None
        else:
            yield torch.stack([torch.randperm(config.n_train, generator=g) for g in generators])


def _gather(x: Tensor, y: Tensor, order: Tensor) -> tuple[Tensor, Tensor]:
    seed = torch.arange(len(x), device=x.device)[:, None]
    return x[seed, order], y[seed, order]


def absolute_strengths(config: LinearConfig, data: LinearData, strengths: Sequence[float]) -> np.ndarray:
    """λ (seeds, strengths). With `relative`, 1.0 is the penalty's λ_max of each seed."""
    lam = np.tile(np.asarray(strengths), (config.seeds, 1))
    if config.relative:
        lam *= lam_max(config, data)[:, None]
    return lam


class _Measure:
    """Collects the weights of each epoch and turns a chunk of epochs at a time into history columns.

    What is kept is allocated before what is only used for a while: small arrays between megabytes that are freed would keep
    the allocator from giving those back.
    """

    def __init__(
        self, config: LinearConfig, splits: dict[str, tuple[Tensor, ...]], lams: list[Tensor], where: torch.device,
        dtype: torch.dtype,
    ) -> None:  # fmt: skip
        self.config, self.penalty = config, penalty_of(config)
        self.before, self.lam = (lam[:, None] for lam in lams)  # (seeds, 1, strengths)
        self.splits = splits
        seeds, strengths, epochs = config.seeds, len(config.strengths), config.epochs
        self.snapshot_epochs = snapshot_epochs(epochs)
        kept = np.float64 if dtype == torch.float64 else np.float32
        shape = (seeds, strengths, config.n_features + 1)
        self.curves = {name: np.empty((seeds, strengths, epochs + 1), kept) for name in CURVES}
        self.snapshots = np.empty((len(self.snapshot_epochs), *shape), kept)
        self.room = chunk_epochs(config)
        self.chunk = torch.zeros(seeds, self.room, *shape[1:], device=where, dtype=dtype)
        widest = max(shape[2], *(y.shape[1] for _, y in splits.values()))
        self.scratch = torch.empty(seeds * self.room * strengths * widest, device=where, dtype=dtype)
        self.used = self.epoch = 0

    def add(self, w: Tensor) -> None:
        self.chunk[:, self.used] = w
        at = np.searchsorted(self.snapshot_epochs, self.epoch)
        if self.snapshot_epochs[at] == self.epoch:
            self.snapshots[at] = w.cpu().numpy()
        self.used += 1
        self.epoch += 1
        if self.used == self.room:
            self._flush()

    def _flush(self) -> None:
        if not self.used:
            return
        chunk = self.chunk[:, : self.used]  # (seeds, epochs, strengths, features + 1)
        w = chunk.flatten(1, 2)
        for name, (x, y) in self.splits.items():
            prediction = self._room_for(w.shape[0], w.shape[1], y.shape[1])  # (seeds, epochs · strengths, n)
            torch.baddbmm(w[:, :, -1:], w[:, :, :-1], x.mT, out=prediction)
            loss = prediction.sub_(y[:, None]).square_().mean(2).div_(2)
            self._note(f"{name}_loss", loss.unflatten(1, chunk.shape[1:3]))
        bare = chunk[..., :-1]
        amount = self.penalty.value(chunk if self.config.penalize_bias else bare)
        epochs = torch.arange(self.epoch - self.used, self.epoch, device=w.device)[:, None]
        self._note("penalty", torch.where(epochs <= self.config.switch_epoch, self.before, self.lam) * amount)
        self._note("l1_norm", torch.abs(bare, out=self._room_for(*bare.shape)).sum(3))
        self._note("l2_norm", bare.norm(dim=3))
        self._note("n_zero", (bare == 0).sum(3).to(bare.dtype))
        self.used = 0

    def _room_for(self, *shape: int) -> Tensor:
        return self.scratch[: math.prod(shape)].view(shape)

    def _note(self, column: str, values: Tensor) -> None:  # (seeds, epochs, strengths)
        self.curves[column][:, :, self.epoch - self.used : self.epoch] = values.transpose(1, 2).cpu().numpy()

    def finish(self) -> tuple[dict[str, np.ndarray], np.ndarray, np.ndarray]:
        """(curves, snapshots, diverged_at); whatever comes after a run's divergence is NaN."""
        self._flush()
        loss = self.curves["train_loss"]
        with np.errstate(invalid="ignore", over="ignore"):
            bad = ~np.isfinite(loss) | (loss > DIVERGED_AT * loss[:, :, :1])
        diverged_at = np.where(bad.any(2), bad.argmax(2), -1)
        after = (diverged_at[:, :, None] >= 0) & (np.arange(loss.shape[2]) > diverged_at[:, :, None])
        for values in self.curves.values():
            values[after] = np.nan
        gone = (diverged_at >= 0) & (self.snapshot_epochs[:, None, None] > diverged_at)
        gone[-1] |= diverged_at >= 0
        self.snapshots[gone] = np.nan
        return self.curves, self.snapshots, diverged_at


def snapshot_epochs(epochs: int) -> np.ndarray:
    """The epochs whose weights are kept, geometrically spaced, the first and the last among them."""
    return np.unique(np.concatenate([[0], np.geomspace(1, epochs, SNAPSHOTS - 1).round().astype(int)]))


def chunk_epochs(config: LinearConfig) -> int:
    """How many epochs are evaluated together."""
    widest = max(config.n_features + 1, *(getattr(config, f"n_{name}") for name in SPLITS))
    room = CHUNK_BYTES // (4 * config.seeds * len(config.strengths) * widest)
    return int(max(1, min(config.epochs + 1, room)))


def use_threads() -> None:
    """Set torch's process-wide thread count to one, once, before the first run.

    Sums differ in their last bits between thread counts, and two threads beside one busy process take 2.5 times as long as
    one (against 13 to 28 % less alone): `python -m benchmarks.linear` measures both.
    """
    torch.set_num_threads(1)
