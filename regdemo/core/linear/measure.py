"""What is kept of a sweep while it trains: its curves, the weights at some epochs, where runs diverge."""

import math
from collections.abc import Iterable

import numpy as np
import torch
from torch import Tensor

from regdemo.config.configs import LinearConfig
from regdemo.config.constants import DIVERGED_AT, SPLITS
from regdemo.config.penalties import penalty_of

SNAPSHOTS = 24  # epochs whose weights are kept, geometrically spaced
#: what a history says of each epoch
CURVES = (*(f"{name}_loss" for name in SPLITS), "penalty", "l1_norm", "l2_norm", "n_zero")
CHUNK_BYTES = 8e6  # weights of several epochs (or their predictions) are evaluated together: fewer, larger products


class Measure:
    """Collects the weights of each epoch and turns a chunk of epochs at a time into history columns.

    What is kept is allocated before what is only used for a while: small arrays between megabytes that are freed would keep
    the allocator from giving those back.
    """

    def __init__(
        self, config: LinearConfig, splits: dict[str, tuple[Tensor, ...]], lams: list[Tensor], where: torch.device,
        dtype: torch.dtype, looked_at: Iterable[int],
    ) -> None:  # fmt: skip
        self.config, self.penalty = config, penalty_of(config)
        self.before, self.lam = (lam[:, None] for lam in lams)  # (seeds, 1, strengths)
        self.splits = splits
        seeds, strengths, epochs = config.seeds, len(config.strengths), config.epochs
        self.snapshot_epochs = snapshot_epochs(epochs)
        self.snapshot_of = {epoch: i for i, epoch in enumerate(self.snapshot_epochs.tolist())}
        kept = np.float64 if dtype == torch.float64 else np.float32
        shape = (seeds, strengths, config.n_features + 1)
        self.curves = {name: np.full((seeds, strengths, epochs + 1), np.nan, kept) for name in CURVES}
        self.snapshots = np.empty((len(self.snapshot_epochs), *shape), kept)
        self.looked_at = np.isin(np.arange(epochs + 1), [*looked_at, 0, epochs])
        self.whole = config.batch_size == config.n_train  # a step's residual is that of all training examples
        self.train_losses = torch.empty(epochs + 1 if self.whole else 0, seeds, strengths, device=where, dtype=dtype)
        self.room = chunk_epochs(config)
        self.chunk = torch.zeros(seeds, self.room, *shape[1:], device=where, dtype=dtype)
        widest = max(shape[2], *(y.shape[1] for _, y in splits.values()))
        self.scratch = torch.empty(seeds * self.room * strengths * widest, device=where, dtype=dtype)
        self.at: list[int] = []  # the epochs in the chunk
        self.epoch = 0

    def add(self, w: Tensor) -> None:
        if (kept := self.snapshot_of.get(self.epoch)) is not None:
            self.snapshots[kept] = w.cpu().numpy()
        if self.looked_at[self.epoch] or not self.whole:
            self.chunk[:, len(self.at)] = w
            self.at.append(self.epoch)
        self.epoch += 1
        if len(self.at) == self.room:
            self._flush()

    def train(self, residual: Tensor) -> None:
        """Take the last added weights' train loss from their residual (seeds, strengths, n_train), which is spent."""
        torch.mean(residual.square_(), 2, out=self.train_losses[self.epoch - 1])

    def _flush(self) -> None:
        at, self.at = np.array(self.at, int), []
        chunk = self.chunk[:, : len(at)]  # (seeds, epochs, strengths, features + 1)
        if not self.whole:
            self._note_loss("train", at, chunk)
        if not (looked_at := self.looked_at[at]).all():
            at, chunk = at[looked_at], chunk[:, torch.from_numpy(looked_at)]
        if not len(at):
            return
        for name in SPLITS[1:]:
            self._note_loss(name, at, chunk)
        bare = chunk[..., :-1]
        amount = self.penalty.value(chunk if self.config.penalize_bias else bare)
        early = torch.from_numpy(at <= self.config.switch_epoch).to(chunk.device)[:, None]
        self._note("penalty", at, torch.where(early, self.before, self.lam) * amount)
        self._note("l1_norm", at, torch.abs(bare, out=self._room_for(*bare.shape)).sum(3))
        self._note("l2_norm", at, bare.norm(dim=3))
        self._note("n_zero", at, (bare == 0).sum(3).to(bare.dtype))

    def _note_loss(self, split: str, at: np.ndarray, chunk: Tensor) -> None:
        x, y = self.splits[split]
        w = chunk.flatten(1, 2)
        prediction = self._room_for(w.shape[0], w.shape[1], y.shape[1])  # (seeds, epochs · strengths, n)
        torch.baddbmm(w[:, :, -1:], w[:, :, :-1], x.mT, out=prediction)
        loss = prediction.sub_(y[:, None]).square_().mean(2).div_(2)
        self._note(f"{split}_loss", at, loss.unflatten(1, chunk.shape[1:3]))

    def _room_for(self, *shape: int) -> Tensor:
        return self.scratch[: math.prod(shape)].view(shape)

    def _note(self, column: str, at: np.ndarray, values: Tensor) -> None:  # (seeds, epochs, strengths)
        self.curves[column][:, :, at] = values.transpose(1, 2).cpu().numpy()

    def finish(self) -> tuple[dict[str, np.ndarray], np.ndarray, np.ndarray]:
        """(curves, snapshots, diverged_at); whatever comes after a run's divergence is NaN."""
        self._flush()
        loss = self.curves["train_loss"]
        if self.whole:
            loss[:] = self.train_losses.div_(2).movedim(0, 2).cpu().numpy()
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
