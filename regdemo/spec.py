"""Configs: what a run is. Frozen dataclasses that check themselves, presets, config ↔ text. No torch here."""

import json
import math
import operator
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

EPOCHS_MOST = 5000
STRENGTHS_MOST = 1000


def _checked(default: Any, check: Callable[[Any], Any], allowed: str, doc: str) -> Any:
    """A dataclass field with its check (value -> clean value, or raises) and its row in the table of ranges."""
    return field(default=default, metadata={"check": check, "allowed": allowed, "doc": doc})


def whole(default: int, low: int, high: int, doc: str) -> Any:
    """A whole number in [low, high]."""

    def check(value: Any) -> int:
        if isinstance(value, bool):
            raise TypeError
        if not low <= (number := operator.index(value)) <= high:
            raise ValueError
        return number

    return _checked(default, check, f"a whole number from {low} to {high}", doc)


def real(default: float, low: float, high: float, doc: str) -> Any:
    """A finite number in [low, high]."""

    def check(value: Any) -> float:
        if isinstance(value, bool | str):
            raise TypeError
        number = float(value)
        if not (math.isfinite(number) and low <= number <= high):
            raise ValueError
        return number

    return _checked(default, check, f"a number from {low:g} to {high:g}", doc)


def choice(default: str, *options: str, doc: str) -> Any:
    """One of a few names."""

    def check(value: Any) -> str:
        if value not in options:
            raise ValueError
        return str(value)

    return _checked(default, check, "one of " + ", ".join(f'"{o}"' for o in options), doc)


def flag(default: bool, doc: str) -> Any:
    """True or False."""

    def check(value: Any) -> bool:
        if value is not True and value is not False:
            raise TypeError
        return value

    return _checked(default, check, "True or False", doc)


def _strengths(default: tuple[float, ...], doc: str) -> Any:
    def check(value: Any) -> tuple[float, ...]:
        if isinstance(value, str) or not isinstance(value, Iterable):
            raise TypeError
        numbers = tuple(float(v) for v in value)
        if not 1 <= len(numbers) <= STRENGTHS_MOST or not all(0 <= v <= 1e9 for v in numbers):
            raise ValueError
        return numbers

    return _checked(default, check, f"1 to {STRENGTHS_MOST} numbers from 0 to 1e+09", doc)


class _Checked:
    """Every field is cleaned by its own check; `_cross_check` sees fields together."""

    def __post_init__(self) -> None:
        for f in fields(self):  # type: ignore[arg-type]
            value = getattr(self, f.name)
            try:
                object.__setattr__(self, f.name, f.metadata["check"](value))
            except (TypeError, ValueError, OverflowError):
                raise ValueError(_complaint(f.name, value, f.metadata["allowed"])) from None
        self._cross_check()

    def _cross_check(self) -> None: ...

    def _require(self, good: bool, name: str, allowed: str) -> None:
        if not good:
            raise ValueError(_complaint(name, getattr(self, name), allowed))


def _complaint(name: str, value: Any, allowed: str) -> str:
    shown = repr(value)
    return f"{name} = {shown if len(shown) <= 80 else shown[:77] + '...'}: allowed is {allowed}"


@dataclass(frozen=True)
class LinearConfig(_Checked):
    """Linear regression by minibatch descent on ½ · mean (y − Xw − b)² + λ · penalty(w).

    penalty(w) is ½‖w‖₂² ("l2"), ‖w‖₁ ("l1") or l1_ratio · ‖w‖₁ + (1 − l1_ratio) · ½‖w‖₂² ("elastic_net").
    All strengths λ and all seeds of a config are trained together. Then λ is torch's SGD `weight_decay`, scikit-learn's
    Lasso `alpha`, and Ridge's `alpha` divided by n_train. A bad value raises ValueError.
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
    penalty: str = choice("l2", "l2", "l1", "elastic_net", doc="what is added to the loss")
    l1_ratio: float = real(0.5, 0, 1, "share ρ of the L1 part in elastic net")
    penalize_bias: bool = flag(False, "whether the penalty sees the bias too")
    solver: str = choice("sgd", "sgd", "proximal", "decoupled", doc="how the penalty enters a step")
    optimizer: str = choice("sgd", "sgd", "adam", doc="how a gradient becomes a step")
    strengths: tuple[float, ...] = _strengths((0.0, 3.0), "every λ to train (or fraction of λ_max, with `relative`)")
    relative: bool = flag(False, "strengths are fractions of each seed's own λ_max")
    seeds: int = whole(1, 1, 256, "independent repeats: data, initial weights and order")
    seed: int = whole(0, 0, 2**31 - 1, "seed of the first repeat; repeat i has seed + i")
    batch_size: int = whole(1, 1, 100_000, "examples a step; at most n_train")
    lr: float = real(0.003, 1e-8, 1e3, "learning rate η")
    momentum: float = real(0.0, 0, 0.999, "momentum of SGD")
    epochs: int = whole(100, 1, EPOCHS_MOST, "passes over the training data")

    def _cross_check(self) -> None:
        self._require(self.batch_size <= self.n_train, "batch_size", f"at most n_train = {self.n_train}")
        if self.solver == "proximal":
            self._require(self.optimizer == "sgd", "optimizer", 'only "sgd" with solver "proximal"')
            self._require(self.momentum == 0, "momentum", 'only 0 with solver "proximal"')
        if self.solver == "decoupled":
            self._require(self.penalty == "l2", "penalty", 'only "l2" with solver "decoupled"')
        if self.optimizer == "adam":
            self._require(self.momentum == 0, "momentum", 'only 0 with optimizer "adam", which has its own averages')

    @property
    def l1_share(self) -> float:
        """ρ of the penalty ρ‖w‖₁ + (1 − ρ)·½‖w‖₂²: 0 for L2, 1 for L1."""
        return {"l2": 0.0, "l1": 1.0}.get(self.penalty, self.l1_ratio)

    @property
    def run_seeds(self) -> range:
        return range(self.seed, self.seed + self.seeds)


_W2 = LinearConfig(n_train=50, intercept=0.1, batch_size=5, strengths=(0.0, 3.0, 5.0))

#: λ_max down to 0.05 λ_max: below that, plain proximal descent needs many more epochs than a live page can wait for.
SPARSITY_STRENGTHS = tuple(float(f"{0.05 ** (i / 29):.2g}") for i in range(30))
# Full batch, so η must stay below 2/L, L = largest eigenvalue of XᵀX/n: 6 here, 9 for "S-dense", 4.7 for "S-twins". The start
# is small because what it has outside the data's row space decays with λ alone, too slowly for L2 at the weakest strengths.
_SPARSE = LinearConfig(
    n_train=100, n_informative=10, coefficient=1.0, intercept=0.0, noise=0.5, init_scale=0.1, penalty="l1",
    solver="proximal", strengths=SPARSITY_STRENGTHS, relative=True, seeds=8, batch_size=100, lr=0.25, epochs=400,
)  # fmt: skip

#: name -> config. Sources: EXPERIMENTS in the README, section "Where the presets come from".
PRESETS: dict[str, LinearConfig] = {
    "W1": LinearConfig(),
    "W2": _W2,
    "W2-L1": replace(_W2, penalty="l1", strengths=(0.0, 1.0)),
    "W-helps": LinearConfig(
        n_train=50, n_features=30, n_informative=30, coefficient=0.2, intercept=0.0, noise=1.0, init_scale=0.0,
        batch_size=5, lr=0.01, epochs=200, strengths=(0.0, 0.5), seeds=8,
    ),
    "S-sparse": _SPARSE,
    "S-dense": replace(
        _SPARSE, n_train=50, n_informative=200, coefficient=0.01, intercept=0.1, noise=0.01, init_scale=0.0,
        batch_size=50, lr=0.15,
    ),
    # Pairs of near-copies; feature 9 of 50 is the one informative half of its pair.
    "S-twins": replace(
        _SPARSE, n_features=50, n_informative=9, block_size=2, correlation=0.95, noise=1.0, lr=0.35, epochs=1000,
    ),
}  # fmt: skip


def to_text(config: LinearConfig) -> str:
    """The config as JSON, one canonical line: equal configs give equal text."""
    return json.dumps({"kind": type(config).__name__, **asdict(config)}, sort_keys=True)


def from_text(text: str) -> LinearConfig:
    """The config that `to_text` wrote. Fields left out take today's default; errors are ValueErrors that name the field."""
    try:
        values = json.loads(text)
    except ValueError as error:
        raise ValueError(f"this is not a config: {error}") from None
    kinds = {"LinearConfig": LinearConfig}
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
