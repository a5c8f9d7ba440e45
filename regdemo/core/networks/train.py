"""Networks trained one epoch at a time: a plain generator, one record an epoch, every regularizer a switch."""

import math
from collections.abc import Callable, Generator, Iterator, Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from regdemo.config.configs import NetworkConfig
from regdemo.config.constants import CURVE_RECORDS, DIVERGED_AT, SPLITS
from regdemo.config.costs import network_peak
from regdemo.config.optimizers import OPTIMIZERS
from regdemo.core import memory
from regdemo.core.networks.datasets import Examples, augmented, checked, draw_examples, shifts, shuffles
from regdemo.core.networks.histograms import activity, histogram
from regdemo.core.networks.launches import replayed
from regdemo.core.networks.layers import CHUNK, Network
from regdemo.core.rng import generator, pick_device

EVALUATED = 10_000  # training examples looked at in eval mode
CNN_CHUNK = 256  # of them at once by convolutions on a CPU: half the time of 2,000, whose maps fit in no cache
DETAILED = 50  # records of a run that carry histograms, evenly spaced
ACTIVE = 1000  # test examples whose activations are counted
LOWER = "batch_size, hidden or n_train"  # where memory is short
DETAILS = ("weights", "gradients", "activations")

OnStep = Callable[[float], object]


class Record(dict[str, Any]):
    """One epoch of one run, plain values by name; `record.test_loss` is `record["test_loss"]`.

    epoch (0 = before training), train_loss and train_accuracy (train mode, mean over the epoch), train_loss_eval and
    train_accuracy_eval (eval mode, the first 10,000 training examples), validation_loss, validation_accuracy (None without
    validation examples), test_loss, test_accuracy; accuracies are None for the curve.
    n_train, n_validation, n_test: examples used. With config.n_watched the test figures are those of the first so many
    examples, and n_test is their number; the last record has them all.
    stopped: patience ran out, this is the last record; diverged: a loss is not finite or far above its start, likewise.
    best_epoch, best_loss: where the least validation loss so far was, and it; first_loss: train_loss_eval before training.
    weights, gradients: layer name -> {"counts", "edges"}, the gradient being that of the epoch's last step;
    activations: hidden layer -> {"zero": share of exact zeros, "mean", "variance", "counts", "edges",
    "unit_means": {"counts", "edges"}} in eval mode on the first 1,000 test examples, and "mean_train", "variance_train" of what
    the layer passes on in train mode, in one pass over the same examples with the same masks every time.
    Some 50 records of a run carry these three, evenly spaced, the first and the last among them; in the others they are None.
    So are gradients before training.
    model: the Network, live: while the run goes on it changes with the next epoch.
    """

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None

    def row(self) -> dict[str, float | int | bool | None]:
        """The numbers of the record alone: a row of a table."""
        return {name: value for name, value in self.items() if name not in (*DETAILS, "model")}


def train_network(
    config: NetworkConfig,
    device: str | torch.device | None = None,
    *,
    data: Examples | None = None,
    dtype: torch.dtype = torch.float32,
    on_step: OnStep | None = None,
) -> Generator[Record, None, None]:
    """Minimise mean cross-entropy ("curve": mean squared error) + ½ · weight_decay · ‖W‖² + l1 · ‖W‖₁; one record an epoch.

    With solver "decoupled" weights shrink by 1 − lr · weight_decay a step in place of that term. What `decayed` names goes for W.
    The first record is epoch 0, before training. On the curve a run of more than 400 epochs has a record every so many epochs,
    some 400 of them, with train_loss the mean since the last one. `data` takes the place of the config's own examples.
    `on_step(epochs done)` is called after each batch, and what it raises ends the run. So does closing the generator.
    Raises images.DataUnavailable where the data set can be had from nowhere.
    """
    where = pick_device(device)
    memory.require(network_peak(config), LOWER)
    data = (draw_examples(config) if data is None else checked(data)).to(where, dtype)
    yield from _Run(config, data, where, dtype, on_step or (lambda done: None)).records()


def train_networks(
    configs: Sequence[NetworkConfig],
    device: str | torch.device | None = None,
    *,
    dtype: torch.dtype = torch.float32,
    on_step: OnStep | None = None,
) -> Generator[tuple[Record, ...], None, None]:
    """Networks side by side, an epoch of each in turn; a tuple of records an epoch.

    What the configs have in common they share: examples, initial weights, order, and the random bits that masks are cut from.
    Each run draws them from generators of its own, so it gives the numbers that it gives alone. A run that ends early repeats
    its last record.
    """
    where, chosen, done = pick_device(device), dict[tuple[Any, ...], Examples](), [0.0] * len(configs)
    report = on_step or (lambda mean: None)
    memory.require(sum(map(network_peak, configs)), LOWER)

    def step_of(i: int) -> OnStep:
        def step(epochs: float) -> None:
            done[i] = epochs
            report(sum(done) / len(done))

        return step

    runs = []
    for i, config in enumerate(configs):
        key = (config.dataset, config.n_train, config.n_validation, config.n_test, config.seed)
        if key not in chosen:
            chosen[key] = draw_examples(config).to(where, dtype)
        runs.append(_Run(config, chosen[key], where, dtype, step_of(i)).records())
    last = [next(run) for run in runs]
    going = True
    while going:
        yield tuple(last)
        following = [next(run, None) for run in runs]
        going = any(following)
        last = [new if new is not None else old for new, old in zip(following, last, strict=True)]


class _Run:
    """One config's training: its network, its generators, and how far it is."""

    def __init__(self, config: NetworkConfig, data: Examples, where: torch.device, dtype: torch.dtype, on_step: OnStep) -> None:
        self.config, self.data, self.where, self.on_step = config, data, where, on_step
        self.n = len(data.y_train)
        self.net = Network(config, tuple(data.x_train.shape[1:]), data.classes or 1, where, dtype)
        self.direction = OPTIMIZERS[config.optimizer].direction(config)
        self.gradient = torch.zeros_like(self.net.theta)
        self.masks, self.augmentation = generator(config.seed, "masks", where), generator(config.seed, "augmentation")
        self.done = 0.0
        self.on_gpu = where.type == "cuda" and OPTIMIZERS[config.optimizer].is_replayable
        self.in_force: tuple[Sequence[float], float] | None = None
        self.set_schedule(0)

    def set_schedule(self, epoch: int) -> None:
        """Take on what is in force in an epoch: before or after the switch, where there is one."""
        in_force = self.config.in_force(epoch)
        if in_force != self.in_force:
            self.in_force = in_force
            rates, decay = in_force
            apart = decay if self.config.solver == "decoupled" else 0.0
            self.weight_decay, self.shrink = decay - apart, 1 - self.config.lr * apart
            self.net.set_rates(rates)
            self.full_step = replayed(self.step, self.masks) if self.on_gpu else self.step

    def records(self) -> Iterator[Record]:
        record = self.record(0, self.evaluate("train", masks=generator(self.config.seed, "look", self.where)), None)
        yield record
        record_every = -(-self.config.epochs // CURVE_RECORDS) if self.config.dataset == "curve" else 1
        passes: list[Tensor] = []
        for epoch, shuffle in enumerate(shuffles(self.config, self.n), 1):
            passes.append(self.epoch(epoch, shuffle.to(self.where)))
            if epoch % record_every and epoch < self.config.epochs:
                continue
            record = self.record(epoch, torch.stack(passes).mean(0), record)
            passes.clear()
            yield record
            if record.stopped or record.diverged:
                return

    def epoch(self, epoch: int, shuffle: Tensor) -> Tensor:
        """One pass over the training data; (mean loss, accuracy) as training saw them."""
        self.set_schedule(epoch)
        config, (x, y) = self.config, self.data.split("train")
        sums = torch.zeros(2, device=self.where, dtype=self.net.theta.dtype)
        offsets = shifts(config, tuple(x.shape[1:]), self.n, self.augmentation).to(self.where) if config.augment else None
        n_seen = 0
        for begin in range(0, self.n, config.batch_size):
            index = shuffle[begin : begin + config.batch_size]
            if config.batch_norm and len(index) == 1:  # a last batch of one has no spread to normalise by: left out
                continue
            batch = self.net.prepare(x.index_select(0, index))
            if offsets is not None:
                batch = augmented(batch, offsets[index])
            step = self.full_step if len(index) == config.batch_size else self.step
            sums += step(batch, y.index_select(0, index)) * len(index)
            n_seen += len(index)
            self.done = epoch - 1 + (begin + len(index)) / self.n
            self.on_step(self.done)
        return sums / n_seen

    def step(self, x: Tensor, y: Tensor) -> Tensor:
        """One optimizer step on the batch x (B, *shape), y (B); its (mean loss, accuracy)."""
        config, net = self.config, self.net
        with torch.enable_grad():
            outputs = net.forward(x, self.masks, batch_stats=True)
            loss = _loss(outputs, y)
            gradients = torch.autograd.grad(loss, net.parameters)
        with torch.no_grad():
            g = torch.cat([part.flatten() for part in gradients], out=self.gradient)
            decayed, weights = net.theta[: net.n_decayed], net.theta[: net.n_weights]
            if self.weight_decay or config.l1:
                g = g.clone()
                g[: net.n_decayed].add_(decayed, alpha=self.weight_decay)
                g[: net.n_weights].add_(weights.sign(), alpha=config.l1)
            if self.shrink != 1:
                decayed.mul_(self.shrink)
            net.theta.sub_(self.direction(g), alpha=config.lr)
            if config.max_norm is not None:
                for layer in net.layers:
                    into = layer.into_units
                    into.mul_((config.max_norm / into.norm(dim=0)).clamp_(max=1))
            return torch.stack([loss.detach(), _accuracy(outputs, y)])

    @torch.no_grad()
    def evaluate(self, split: str, masks: torch.Generator | None = None, most: int = EVALUATED) -> Tensor:
        """(mean loss, accuracy) on at most 10,000 examples of a split: eval mode; with masks train mode, without learning."""
        x, y = (part[: min(most, EVALUATED)] for part in self.data.split(split))
        sums = torch.zeros(2, device=self.where, dtype=self.net.theta.dtype)
        chunk = CNN_CHUNK if self.config.model == "cnn" and masks is None and self.where.type == "cpu" else CHUNK
        for xs, ys in zip(x.split(chunk), y.split(chunk), strict=True):
            outputs = self.net.forward(self.net.prepare(xs), masks, masks is not None and len(ys) > 1, remember=False)
            sums += torch.stack([_loss(outputs, ys), _accuracy(outputs, ys)]) * len(ys)
            self.on_step(self.done)
        return sums / len(y)

    def record(self, epoch: int, trained: Tensor, before: Record | None) -> Record:
        splits = {name: len(self.data.split(name)[1]) for name in SPLITS}
        watched = min((epoch < self.config.epochs and self.config.n_watched) or splits["test"], splits["test"])
        used = [name for name, n in splits.items() if n]
        # one transfer from the device for all of an epoch's numbers
        looks = [trained, *(self.evaluate(name, most=watched if name == "test" else EVALUATED) for name in used)]
        train, *evaluated = torch.stack(looks).tolist()
        record = Record(
            epoch=epoch, train_loss=train[0], train_accuracy=train[1], validation_loss=None, validation_accuracy=None
        )
        for name, (loss, accuracy) in zip(used, evaluated, strict=True):
            ending = "_eval" if name == "train" else ""
            record[f"{name}_loss{ending}"], record[f"{name}_accuracy{ending}"] = loss, accuracy
        record.update({f"n_{name}": n for name, n in splits.items()} | {"n_test": watched})
        self.check_stopping(record, before)
        if (record.stopped or record.diverged) and watched < splits["test"]:
            record["test_loss"], record["test_accuracy"] = self.evaluate("test").tolist()
            record["n_test"] = splits["test"]
        if not self.data.classes:
            record.update({name: None for name in record if "accuracy" in name})
        last = epoch == self.config.epochs or record.stopped
        detailed = not record.diverged and (last or epoch % -(-self.config.epochs // DETAILED) == 0)
        record.update(self.details(epoch) if detailed else dict.fromkeys(DETAILS), model=self.net)
        return record

    def check_stopping(self, record: Record, before: Record | None) -> None:
        """Whether the run has diverged, which epoch was best on validation data, and whether patience has run out."""
        first = record.train_loss_eval if before is None else before.first_loss
        train_losses = (record.train_loss, record.train_loss_eval)
        loss = record.validation_loss
        best, best_epoch = (math.inf, None) if before is None else (before.best_loss, before.best_epoch)
        if loss is not None and loss < best:
            best, best_epoch = loss, record.epoch
        patience = self.config.patience
        record.update(
            first_loss=first,
            best_loss=best,
            best_epoch=best_epoch,
            diverged=not all(math.isfinite(value) and value <= DIVERGED_AT * first for value in train_losses),
            stopped=patience is not None and record.epoch - (best_epoch or 0) >= patience,
        )

    @torch.no_grad()
    def details(self, epoch: int) -> dict[str, Any]:
        """Histograms of weights and gradients a layer, and what the hidden units do on at most 1,000 test examples."""
        layers, sizes = self.net.layers, [layer.weight.numel() for layer in self.net.layers]
        names = [*(f"hidden {i}" for i in range(1, len(layers))), "output"]
        pieces = self.gradient[: self.net.n_weights].split(sizes)
        x = self.net.prepare(self.data.x_test[:ACTIVE])
        outputs = zip(self.net.hidden(x), self.net.hidden(x, generator(self.config.seed, "look", self.where)), strict=True)
        return {
            "weights": {name: histogram(layer.weight) for name, layer in zip(names, layers, strict=True)},
            "gradients": {name: histogram(piece) for name, piece in zip(names, pieces, strict=True)} if epoch else None,
            "activations": {name: activity(*both) for name, both in zip(names, outputs, strict=False)},
        }


def _loss(outputs: Tensor, y: Tensor) -> Tensor:
    """Mean cross-entropy of class numbers, mean squared error of anything else."""
    return F.mse_loss(outputs[:, 0], y) if y.is_floating_point() else F.cross_entropy(outputs, y)


def _accuracy(outputs: Tensor, y: Tensor) -> Tensor:
    """Share of examples whose largest output is the right class; 0 where there are no classes."""
    return outputs.new_zeros(()) if y.is_floating_point() else (outputs.argmax(1) == y).to(outputs.dtype).mean()
