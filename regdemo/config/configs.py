"""Configs: what a run is. Frozen dataclasses that check themselves, presets, config ↔ text. No torch here."""

import json
from dataclasses import asdict, dataclass, fields
from typing import Any

from regdemo.config.fields import EPOCHS_MOST, Checked, choice, flag, optional, real, several, strength_grid, whole
from regdemo.config.optimizers import OPTIMIZERS
from regdemo.config.penalties import PENALTIES, penalty_of


class _Trained(Checked):
    """What both kinds of config have in common: an optimizer."""

    optimizer: str
    momentum: float

    @property
    def is_adaptive(self) -> bool:
        """Whether the optimizer divides a gradient by its running size."""
        return OPTIMIZERS[self.optimizer].is_adaptive

    def _check_momentum(self) -> None:
        good = self.momentum == 0 or OPTIMIZERS[self.optimizer].has_momentum
        self._require(good, "momentum", f'only 0 with optimizer "{self.optimizer}", which has its own averages')


def _names(names: set[str]) -> str:
    return " or ".join(f'"{name}"' for name in sorted(names))


@dataclass(frozen=True)
class LinearConfig(_Trained):
    """Linear regression by minibatch descent on ½ · mean (y − Xw − b)² + λ · penalty(w).

    penalty(w) is ½‖w‖₂² ("l2"), ‖w‖₁ ("l1") or l1_ratio · ‖w‖₁ + (1 − l1_ratio) · ½‖w‖₂² ("elastic_net").
    All strengths λ and all seeds of a config are trained together. Then λ is torch's SGD `weight_decay`, scikit-learn's
    Lasso `alpha`, and Ridge's `alpha` divided by n_train. A bad value raises ValueError.
    With `switch_epoch`, all strengths share one past: λ is `switch_from` (in the unit of `strengths`) up to and in that epoch,
    and each run's own from the next one on. Weights, momentum and Adam's averages go on as they are.
    """

    n_train: int = whole(20, 1, 100_000, "training examples")
    n_validation: int = whole(100, 0, 100_000, "examples to choose λ and epoch on")
    n_test: int = whole(100, 1, 100_000, "examples for the final figures")
    n_features: int = whole(200, 1, 100_000, "features p")
    n_informative: int = whole(200, 0, 100_000, "the first k true coefficients are `coefficient`, the rest 0")
    coefficient: float = real(0.01, -1e6, 1e6, "value of each informative true coefficient")
    intercept: float = real(0.05, -1e6, 1e6, "true bias b")
    noise: float = real(0.01, 0, 1e6, "standard deviation σ of the noise in y")
    correlation: float = real(0.0, 0, 1, "correlation between two features of one block")
    block_size: int = whole(1, 1, 100_000, "features in one correlated block")
    init_scale: float = real(1.0, 0, 1e6, "standard deviation of the initial weights; the bias starts at 0")
    penalty: str = choice("l2", *PENALTIES, doc="what is added to the loss")
    l1_ratio: float = real(0.5, 0, 1, "share ρ of the L1 part in elastic net")
    penalize_bias: bool = flag(False, "whether the penalty sees the bias too")
    solver: str = choice("sgd", "sgd", "proximal", "decoupled", doc="how the penalty enters a step")
    optimizer: str = choice("sgd", *OPTIMIZERS, doc="how a gradient becomes a step")
    strengths: tuple[float, ...] = strength_grid((0.0, 3.0), "every λ to train (or fraction of λ_max, with `relative`)")
    relative: bool = flag(False, "strengths are fractions of each seed's own λ_max")
    seeds: int = whole(1, 1, 256, "independent repeats: data, initial weights and order")
    seed: int = whole(0, 0, 2**31 - 1, "seed of the first repeat; repeat i has seed + i")
    batch_size: int = whole(1, 1, 100_000, "examples a step; at most n_train")
    lr: float = real(0.003, 1e-8, 1e3, "learning rate η")
    momentum: float = real(0.0, 0, 0.999, "momentum of SGD")
    epochs: int = whole(100, 1, EPOCHS_MOST, "passes over the training data")
    switch_epoch: int = whole(0, 0, EPOCHS_MOST - 1, "last epoch trained with `switch_from`; 0: no switch")
    switch_from: float = real(0.0, 0, 1e9, "λ (or fraction of λ_max) of every run before the switch")

    def _cross_check(self) -> None:
        self._require(self.batch_size <= self.n_train, "batch_size", f"at most n_train = {self.n_train}")
        self._require(self.switch_epoch < self.epochs, "switch_epoch", f"below epochs = {self.epochs}")
        if self.solver == "proximal":
            steady = {name for name, optimizer in OPTIMIZERS.items() if not optimizer.is_adaptive}
            self._require(self.optimizer in steady, "optimizer", f'only {_names(steady)} with solver "proximal"')
            self._require(self.momentum == 0, "momentum", 'only 0 with solver "proximal"')
        if self.solver == "decoupled":
            decays = {name for name, make in PENALTIES.items() if make(self).is_weight_decay}
            self._require(self.penalty in decays, "penalty", f'only {_names(decays)} with solver "decoupled"')
        self._check_momentum()

    @property
    def is_weight_decay(self) -> bool:
        """Whether the penalty's gradient is w itself, so that a step on it shrinks every weight by one factor."""
        return penalty_of(self).is_weight_decay

    @property
    def is_plain(self) -> bool:
        """Whether a step goes along the gradient itself, past gradients left aside."""
        return self.momentum == 0 and not self.is_adaptive

    @property
    def run_seeds(self) -> range:
        return range(self.seed, self.seed + self.seeds)


@dataclass(frozen=True)
class NetworkConfig(_Trained):
    """A network trained by minibatch descent on mean cross-entropy ("curve": mean squared error) + penalties on its weights.

    One rate of `dropout` for each entry of `hidden`, applied to that layer's output; a single rate is taken for all of them.
    The penalties ½ · weight_decay · ‖W‖² + l1 · ‖W‖₁ see weights, not biases. A bad value raises ValueError.
    With `decayed` "all" weight_decay sees biases too, and the gains and shifts of batch normalisation.
    With `solver` "decoupled" weight_decay is no part of the loss: each step begins with W ← (1 − lr · weight_decay) · W (Loshchilov
    and Hutter, ICLR 2019), which with Adam is torch's AdamW. With plain SGD both are the same.
    With `switch_epoch`, dropout and weight_decay are `dropout_before` and `weight_decay_before` up to and in that epoch, and the
    config's own from the next one on. Nothing is reset; the other settings hold all the time.
    With `drop` "weights" a layer's rate drops single weights that read that layer's output, in place of its units (DropConnect;
    Wan et al., ICML 2013); what is kept is divided by 1 − p, and eval mode takes the weights as they are. The paper draws a mask
    an example and drops biases too. Here all examples of a batch share one mask and biases stay: a plain textbook exercise,
    whose masks need no more memory than the weights.
    """

    dataset: str = choice("fashion-mnist", "fashion-mnist", "mnist", "digits", "curve", doc="what is learned")
    model: str = choice("mlp", "mlp", "cnn", doc="fully connected, or convolutions and a linear layer")
    hidden: tuple[int, ...] = several(
        whole(1, 1, 4096, ""), (256, 256), 8, "widths of the hidden layers; for a cnn its channels"
    )
    dropout: tuple[float, ...] = several(real(0.0, 0, 1, ""), (0.2, 0.5), 8, "share p dropped after each hidden layer")
    init: str = choice("normal", "normal", "torch", doc="initial weights: N(0, 0.01²), or torch's own default")
    n_train: int = whole(60_000, 1, 1_000_000, "training examples; what the data set does not have is clipped")
    n_validation: int = whole(0, 0, 1_000_000, "examples kept from training to choose and to stop by; at most half of them")
    n_test: int = whole(10_000, 1, 1_000_000, "examples for the final figures, clipped likewise")
    optimizer: str = choice("sgd", *OPTIMIZERS, doc="how a gradient becomes a step")
    lr: float = real(0.5, 1e-8, 1e3, "learning rate η")
    momentum: float = real(0.0, 0, 0.999, "momentum of SGD")
    batch_size: int = whole(256, 1, 1_000_000, "examples a step; one batch holds all where there are fewer")
    epochs: int = whole(5, 1, EPOCHS_MOST, "passes over the training data")
    weight_decay: float = real(0.0, 0, 1e6, "λ of the L2 penalty ½λ‖W‖²")
    l1: float = real(0.0, 0, 1e6, "λ of the L1 penalty λ‖W‖₁, by its subgradient")
    max_norm: float | None = optional(real(1.0, 1e-6, 1e6, "largest norm of the weights into one unit"))
    batch_norm: bool = flag(False, "batch normalisation before each ReLU")
    augment: bool = flag(False, "train on images shifted at random (clothes: mirrored too)")
    patience: int | None = optional(whole(1, 1, EPOCHS_MOST, "stop after so many epochs without a better validation loss"))
    seed: int = whole(0, 0, 2**31 - 1, "seed of the data, the initial weights, the order and the masks")
    switch_epoch: int = whole(0, 0, EPOCHS_MOST - 1, "last epoch trained with the two settings below; 0: no switch")
    dropout_before: float = real(0.0, 0, 1, "share dropped after every hidden layer before the switch")
    weight_decay_before: float = real(0.0, 0, 1e6, "weight_decay before the switch")
    drop: str = choice("units", "units", "weights", doc="what dropout drops: hidden units, or single weights that read them")
    n_watched: int | None = optional(
        whole(1, 1, 1_000_000, "test examples looked at until the run's end, which has them all; None: all, every time")
    )
    solver: str = choice(
        "sgd", "sgd", "decoupled", doc="how weight_decay enters a step: in the gradient, or as a shrink of its own"
    )
    decayed: str = choice(
        "weights", "weights", "all", doc="what weight_decay sees: weights, or biases, gains and shifts as well"
    )

    def _cross_check(self) -> None:
        self._require(self.switch_epoch < self.epochs, "switch_epoch", f"below epochs = {self.epochs}")
        if len(self.dropout) == 1:
            object.__setattr__(self, "dropout", self.dropout * len(self.hidden))
        self._require(
            len(self.dropout) == len(self.hidden),
            "dropout",
            f"one rate, or one for each of the {len(self.hidden)} hidden layers",
        )
        self._check_momentum()
        if self.dataset == "curve":
            self._require(self.model == "mlp", "model", 'only "mlp" with dataset "curve"')
            self._require(not self.augment, "augment", 'only False with dataset "curve"')
        if self.model == "cnn":
            self._require(self.drop == "units", "drop", 'only "units" with model "cnn"')
        if self.batch_norm:
            for name in ("batch_size", "n_train"):
                self._require(getattr(self, name) >= 2, name, "at least 2 with batch_norm, which needs a spread")
        if self.patience is not None:
            self._require(self.n_validation > 0, "n_validation", "at least 1 with patience, which watches the validation loss")

    def in_force(self, epoch: int) -> tuple[tuple[float, ...], float]:
        """(dropout, weight_decay) of a training epoch, 1 or later; epoch 0, the look before training, has those of epoch 1."""
        if max(epoch, 1) <= self.switch_epoch:
            return (self.dropout_before,) * len(self.hidden), self.weight_decay_before
        return self.dropout, self.weight_decay


Config = LinearConfig | NetworkConfig


def to_text(config: Config) -> str:
    """The config as JSON, one canonical line: equal configs give equal text."""
    return json.dumps({"kind": type(config).__name__, **asdict(config)}, sort_keys=True)


def from_text(text: str) -> Any:
    """The config that `to_text` wrote. Fields left out take today's default; errors are ValueErrors that name the field."""
    try:
        values = json.loads(text)
    except ValueError as error:
        raise ValueError(f"this is not a config: {error}") from None
    kinds = {kind.__name__: kind for kind in (LinearConfig, NetworkConfig)}
    if not isinstance(values, dict) or values.get("kind") not in kinds:
        raise ValueError(f'this is not a config: "kind" must be one of {", ".join(kinds)}')
    kind = kinds[values.pop("kind")]
    if unknown := sorted(set(values) - {f.name for f in fields(kind)}):
        raise ValueError(f"unknown field {', '.join(unknown)} in a {kind.__name__}")
    return kind(**values)


def ranges_table(kind: type = LinearConfig) -> str:
    """The documentation of a config's fields, as a Markdown table."""
    rows = [f"| `{f.name}` | `{f.default!r}` | {f.metadata['allowed']} | {f.metadata['doc']} |" for f in fields(kind)]
    return "\n".join(["| field | default | allowed | meaning |", "|---|---|---|---|", *rows])
