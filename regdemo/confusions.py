"""Questions that students ask again and again, each with the runs that decide it. Data alone: no torch, no Streamlit.

A new question is one new entry: its words, the choices, the runs, and what reads the right choice off their figures.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from regdemo import dropout_words, sparsity_words
from regdemo.spec import LinearConfig, NetworkConfig

Figures = dict[str, float]  # what a run is judged by, by the words in the table's head


@dataclass(frozen=True)
class Masks:
    """A run of the mask bench: `draws` masks of rate p on the numbers 0 … 15."""

    p: float = 0.5
    draws: int = 300


Variants = dict[str, Any]  # what the table calls a run -> LinearConfig of one strength, NetworkConfig or Masks


@dataclass(frozen=True)
class Confusion:
    """A question, a guess to make, the runs that decide it and what to see in them.

    variants: the runs, made from the page's config at one λ (where the page has them). decide: the runs' figures, in the same
    order -> the index of the right choice, None where diverged runs decide nothing. Nothing else knows the answer.
    answer: what to see, in words that hold for any runs, or made from these runs' figures (by their names in the table).
    """

    number: int
    question: str
    ask: str
    choices: tuple[str, ...]
    variants: Callable[[Any, float], Variants]
    decide: Callable[[Sequence[Figures]], int | None]
    answer: str | Callable[[Mapping[str, Figures]], str]

    def explain(self, runs: Mapping[str, Figures]) -> str:
        """What is to be seen in these runs."""
        return self.answer if isinstance(self.answer, str) else self.answer(runs)


def close(a: float, b: float, share: float = 0.01) -> bool:
    """Whether two figures are equal within a share of the larger one."""
    return abs(a - b) <= share * max(abs(a), abs(b))


def compared(a: float, b: float) -> int | None:
    """0 where b is equal to a within 1 %, 1 where it is larger, 2 where it is smaller; None where one is not finite."""
    if not (math.isfinite(a) and math.isfinite(b)):
        return None
    return 0 if close(a, b) else 1 if b > a else 2


def _at(config: LinearConfig, lam: float, **changes) -> LinearConfig:
    return replace(config, strengths=(lam,), switch_epoch=0, **changes)


def _conventions(c: LinearConfig, lam: float) -> Variants:
    """All by SGD: Adam would divide a factor before the loss out again. Where η is above what a config allows, it is left out."""
    factors = {"SGD on ½ · mean squared error + λ·½‖w‖²:": 1, "no ½ in the loss, same λ and η: our": 2}
    if c.batch_size > 1 and c.n_train % c.batch_size == 0:  # else the last batch of an epoch has another factor
        factors[f"sum over the batch of {c.batch_size}, same λ and η: our"] = c.batch_size
    return {
        f"{words} λ = {lam / factor:g}, η = {factor * c.lr:g}": _at(c, lam / factor, lr=factor * c.lr, optimizer="sgd")
        for words, factor in factors.items()
        if factor * c.lr <= 1000
    }


def _adams(c: LinearConfig, lam: float) -> Variants:
    adam = {"optimizer": "adam", "momentum": 0.0}
    return {
        "Adam, no decay": _at(c, 0.0, solver="sgd", **adam),
        f"Adam(weight_decay={lam:g}): in the gradient": _at(c, lam, solver="sgd", **adam),
        f"AdamW(weight_decay={lam:g}): on its own": _at(c, lam, solver="decoupled", **adam),
    }


def _bias(c: LinearConfig, lam: float) -> Variants:
    large = {"intercept": max(abs(c.intercept), 1.0)}
    return {
        f"bias free (true bias {large['intercept']:g})": _at(c, lam, penalize_bias=False, **large),
        f"bias decayed (true bias {large['intercept']:g})": _at(c, lam, penalize_bias=True, **large),
    }


def _learning_rates(c: LinearConfig, lam: float) -> Variants:
    """Half of the learning rate that is safe with λ and without, and ten times the one that is safe without."""
    from regdemo.data import draw_linear
    from regdemo.stability import sharpest

    plain = {"optimizer": "sgd", "momentum": 0.0, "solver": "sgd"}
    lam, curvature = lam or 3.0, sharpest(c, draw_linear(c))
    return {
        f"η = {rate:.2g}, λ = {strength:g}": _at(c, strength, lr=float(f"{rate:.2g}"), **plain)
        for rate in (1 / (curvature + lam), 20 / curvature)
        for strength in (0.0, lam)
    }


def _rising(c: LinearConfig, lam: float) -> Variants:
    return {f"λ = {s:g}": _at(c, s, solver="sgd") for s in dict.fromkeys((0.0, lam / 10, lam or 0.1))}


def _which_diverge(runs: Sequence[Figures]) -> int:
    gone = tuple(run["seeds diverged"] > 0 for run in runs)  # small η: λ = 0, λ; large η: λ = 0, λ
    known: dict[tuple[bool, ...], int] = {
        (False,) * 4: 0,
        (False, False, True, True): 1,
        (True, False, True, False): 2,
        (False, False, True, False): 3,
    }
    return known.get(gone, 4)


def _what_broke(runs: Mapping[str, Figures]) -> str:
    said = (
        "Read the last column. The small η is half of what is safe, the large one at least ten times as much as is safe, each without λ "
        "and with it. Safe is what lies below 2/(largest curvature + λ). In full batches that curvature is the largest eigenvalue of "
        "[X 1]ᵀ[X 1]/n, in smaller ones max‖x‖² + 1. Above it a step can lead away from the minimum."
    )
    if _which_diverge(list(runs.values())) == 1:
        return f"{said} Here the step size decides, not λ."
    return (
        f"{said} It need not: a batch averages over its examples, some steps are harmless, and λ shrinks w in between. "
        "And a few steps may not carry w far enough to be noticed."
    )


WEIGHT_DECAY = (
    Confusion(
        3, "λ, weight_decay, the ½, the division by n: which is which?",
        "Somebody leaves the ½ out of the loss and keeps λ and η. How long is their w, compared with ours?",
        ("as long, within 1 %", "longer", "shorter"),
        _conventions, lambda runs: compared(runs[0]["‖w‖₂"], runs[1]["‖w‖₂"]),
        "With ½ · *mean* squared error, λ is `weight_decay` of torch's SGD, and scikit-learn's `Ridge` calls n·λ `alpha`. "
        "Without the ½, or with a sum in place of the mean, the same λ and η are another λ and another η. "
        "So compare a λ with somebody else's only after comparing the objectives.",
    ),
    Confusion(
        4, "Is Adam's weight_decay the same as AdamW's?",
        "Adam and AdamW get the same λ. Whose w ends up shorter?",
        ("neither: equal within 1 %", "Adam’s", "AdamW’s"),
        _adams, lambda runs: compared(runs[1]["‖w‖₂"], runs[2]["‖w‖₂"]),
        "Compare the two ‖w‖₂. In Adam the pull λw is part of the gradient, and Adam divides gradients by their own size: a pull "
        "that is always there is scaled like everything else. AdamW shrinks w by the factor 1 − ηλ, whatever the gradients are. "
        "One λ, two algorithms: tune it for each.",
    ),
    Confusion(
        5, "Is the bias decayed too?",
        "The penalty sees the bias too. Where does the bias end, compared with the free one?",
        ("in the same place, within 1 %", "further from 0", "closer to 0"),
        _bias, lambda runs: compared(runs[0]["|bias|"], runs[1]["|bias|"]),
        "It need not be: the bias moves all predictions alike, so of the noise it can fit the mean alone. A λ above 0 pulls it toward 0, "
        "and at the minimum the training loss pays for it: compare the two |bias|. `weight_decay` in an optimizer decays every parameter "
        "that it is given.",
    ),
    Confusion(
        6, "My loss is NaN since I raised the learning rate: is it λ?",
        "A small η and a large η, each without λ and with it. Which of the four runs diverge?",
        ("none", "both with the large η", "both without λ", "only the large η without λ", "another combination"),
        _learning_rates, _which_diverge,
        _what_broke,
    ),
    Confusion(
        7, "My training loss rose when I added L2: is it broken?",
        "λ goes up from 0. Where does the training loss end?",
        ("in the same place, within 1 %", "higher", "lower"),
        _rising, lambda runs: compared(runs[0]["train loss"], runs[-1]["train loss"]),
        "No. Training minimises loss + penalty. At the minimum of that sum the loss is higher than at the loss's own minimum, "
        "and the larger λ, the higher. Runs that end before they have converged can show it the other way round: give them more epochs. "
        "What should fall is the loss on data that was not trained on, and it does so only while the model overfits.",
    ),
)  # fmt: skip


def _zeros_by_subgradient(runs: Sequence[Figures]) -> int | None:
    subgradient, proximal = (run["exactly zero"] for run in runs)
    if not math.isfinite(subgradient + proximal):
        return None
    return 0 if subgradient == 0 else 1 if subgradient < proximal else 2


def _who_gives_zeros(runs: Sequence[Figures]) -> int | None:
    if not all(math.isfinite(run["exactly zero"]) for run in runs):
        return None
    l1, l2 = (run["exactly zero"] > 0 for run in runs)
    return {(True, False): 0, (False, True): 1, (True, True): 2, (False, False): 3}[l1, l2]


def _zeros(c: LinearConfig, share: float) -> Variants:
    return {
        "L1 by subgradient, as tutorials write it": _at(c, share, penalty="l1", solver="sgd"),
        "L1 by the proximal step": _at(c, share, penalty="l1", solver="proximal"),
    }


def _snap(c: LinearConfig, share: float) -> Variants:
    return {
        "L1: each step subtracts ηλ, and stops at 0": _at(c, share, penalty="l1", solver="proximal"),
        "L2: each step divides by 1 + ηλ": _at(c, share, penalty="l2", solver="proximal"),
    }


def _rising_l1(c: LinearConfig, share: float) -> Variants:
    shares = dict.fromkeys((c.strengths[-1], share, 1.0))
    return {f"L1, λ = {s:g} of λ_max": _at(c, s, penalty="l1", solver="proximal") for s in shares}


SPARSITY = (
    Confusion(
        1, "I added L1 and no weight is exactly zero. Why?",
        "L1 is trained by subgradient steps, as tutorials write it, and by proximal steps. How many weights does the subgradient set to exactly 0?",
        ("none", "some, but fewer than the proximal steps", "as many or more"),
        _zeros, _zeros_by_subgradient, sparsity_words.why_no_zeros,
    ),
    Confusion(
        2, "Why does L1 snap to zero and L2 not?",
        "Both penalties shrink w in every step. Which of them gives weights that are exactly 0?",
        ("only L1", "only L2", "both", "neither"),
        _snap, _who_gives_zeros, sparsity_words.why_l1_snaps,
    ),
    Confusion(
        7, "My training loss rose when I added a penalty: is it broken?",
        "λ goes up to λ_max. Where does the training loss end, compared with the smallest λ?",
        ("in the same place, within 1 %", "higher", "lower"),
        _rising_l1, lambda runs: compared(runs[0]["train loss"], runs[-1]["train loss"]), sparsity_words.what_rose,
    ),
)  # fmt: skip


#: A quick network on scikit-learn's digits: half a second, and no file to download.
_DIGITS = NetworkConfig(
    dataset="digits", hidden=(128, 128), dropout=(0.5,), init="torch", n_train=1000, n_test=360, lr=0.05, momentum=0.9, batch_size=64, epochs=8,
)  # fmt: skip


def _rate(p: float) -> float:
    """The page's rate where it drops some and keeps some, else one half."""
    return p if 0 < p < 1 else 0.5


def _modes(config: Any, p: float) -> Variants:
    return {f"a network on 1,000 digits, p = {_rate(p):g}": replace(_DIGITS, dropout=(_rate(p),))}


def _train_or_test(runs: Sequence[Figures]) -> int:
    seen, test = runs[0]["train accuracy, while training"], runs[0]["test accuracy"]
    return 0 if abs(seen - test) <= 0.005 else 1 if seen > test else 2


def _masks(config: Any, p: float) -> Variants:
    return {f"the numbers 0 … 15, p = {_rate(p):g}": Masks(_rate(p))}


def _what_mean(runs: Sequence[Figures]) -> int:
    """Which of the three explanations the measured mean lies closest to."""
    run = runs[0]
    whole, kept = run["mean in eval mode"], 1 - run["p"]
    means = (whole, whole * kept, whole / kept if kept else float("inf"))
    return min(range(3), key=lambda i: abs(run["mean without the factor"] - means[i]))


def _where_it_helps(config: Any, p: float) -> Variants:
    small = replace(_DIGITS, hidden=(16, 16), epochs=15)
    large = replace(_DIGITS, hidden=(256, 256), n_train=100, lr=0.1, epochs=100)
    return {
        f"{words}, p = {rate:g}": replace(network, dropout=(rate,))
        for words, network in (("16 units a layer, 1,000 images", small), ("256 units a layer, 100 images", large))
        for rate in (0.0, _rate(p))
    }


DROPOUT = (
    Confusion(
        8, "Validation beats training with dropout: is that a bug?",
        "A network trains with dropout. Which accuracy is higher at the end: on the training images as printed while it trains, or on "
        "the test images?",
        ("equal, within half a point", "training", "test"),
        _modes, _train_or_test,
        "The figure printed while training is measured with units missing, and it is a mean over an epoch in which the network was "
        "still learning. Look at the column “train accuracy, eval mode”: the same network on the same training images, with nothing "
        "missing. Compare like with like.",
    ),
    Confusion(
        9, "Where does the 1/(1 − p) go, and what does eval() change?",
        "Sixteen numbers go through dropout in train mode, but the code forgets the factor 1/(1 − p). What is the mean of the output, "
        "over many masks?",
        ("the mean of the input", "(1 − p) times that", "1/(1 − p) times that"),
        _masks, _what_mean,
        "A share p of the numbers is missing, so a share p of the sum is. The factor 1/(1 − p) puts it back while training, and then eval "
        "mode has nothing to correct: compare the means. `model.eval()` switches modules like `nn.Dropout`. A call of `F.dropout(x, p)` "
        "knows nothing of it: its `training` is True unless you say otherwise, and it goes on dropping.",
    ),
    Confusion(
        10, "Dropout did not help. Why?",
        "A small network, 16 units in each layer, trains on 1,000 digits. What does dropout do to its test loss?",
        ("nothing, within 1 %", "it raises it", "it lowers it"),
        _where_it_helps, lambda runs: compared(runs[0]["test loss"], runs[1]["test loss"]),
        dropout_words.loss_and_gap,
    ),
)  # fmt: skip

#: page -> its questions
QUESTIONS: dict[str, tuple[Confusion, ...]] = {"Weight decay": WEIGHT_DECAY, "L1 versus L2": SPARSITY, "Dropout": DROPOUT}
