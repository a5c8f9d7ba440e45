"""Questions that students ask again and again, each with the runs that decide it. Data alone: no torch, no Streamlit."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from regdemo.spec import LinearConfig

Variants = dict[str, LinearConfig]  # what the table calls a run -> its config, one strength each


@dataclass(frozen=True)
class Confusion:
    """A question, the runs whose figures decide it (made from the page's config at one λ), and what to see in them."""

    number: int
    question: str
    variants: Callable[[LinearConfig, float], Variants]
    answer: str


def _at(config: LinearConfig, lam: float, **changes) -> LinearConfig:
    return replace(config, strengths=(lam,), **changes)


def _conventions(c: LinearConfig, lam: float) -> Variants:
    return {
        f"½ · mean squared error + λ·½‖w‖², λ = {lam:g}": _at(c, lam),
        f"no ½ in the loss, same λ and η: our λ = {lam / 2:g}, η = {2 * c.lr:g}": _at(c, lam / 2, lr=2 * c.lr),
        f"sum over the batch of {c.batch_size}, same λ and η: our λ = {lam / c.batch_size:g}, η = {c.batch_size * c.lr:g}": _at(
            c, lam / c.batch_size, lr=c.batch_size * c.lr
        ),
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
    """Half of the safe rate and ten times it, where ‖x‖² is taken as its mean p plus two standard deviations √(2p)."""
    plain = {"optimizer": "sgd", "momentum": 0.0, "solver": "sgd"}
    safe = 2 / (c.n_features + 2 * (2 * c.n_features) ** 0.5 + 1 + lam)
    return {
        f"η = {rate:.2g}, λ = {strength:g}": _at(c, strength, lr=float(f"{rate:.2g}"), **plain)
        for rate in (safe / 2, 10 * safe)
        for strength in (0.0, lam or 3.0)
    }


def _rising(c: LinearConfig, lam: float) -> Variants:
    return {f"λ = {s:g}": _at(c, s) for s in dict.fromkeys((0.0, lam / 10, lam or 0.1))}


WEIGHT_DECAY = (
    Confusion(
        3, "λ, weight_decay, the ½, the division by n: which is which?", _conventions,
        "With ½ · *mean* squared error, λ is `weight_decay` of torch's SGD, and scikit-learn's `Ridge` calls n·λ `alpha`. "
        "Without the ½, or with a sum in place of the mean, the same λ and η are another λ and another η. "
        "So compare a λ with somebody else's only after comparing the objectives.",
    ),
    Confusion(
        4, "Is Adam's weight_decay the same as AdamW's?", _adams,
        "Compare the two ‖w‖₂. In Adam the pull λw is part of the gradient, and Adam divides gradients by their own size: a pull "
        "that is always there is scaled like everything else. AdamW shrinks w by 1 − ηλ, whatever the gradients are. "
        "One λ, two algorithms: tune it for each.",
    ),
    Confusion(
        5, "Is the bias decayed too?", _bias,
        "It need not be: the bias moves all predictions alike and cannot fit noise. Decayed, it is pulled below the true value, "
        "and the loss pays for it: compare the two biases. `weight_decay` in an optimizer decays every parameter that it is given.",
    ),
    Confusion(
        6, "My loss is NaN since I raised the learning rate: is it λ?", _learning_rates,
        "Read the last column. The small η is half of what is safe, the large one ten times too much, each with λ and without: "
        "the step size decides. Below 2/(max‖x‖² + λ) no step on any example overshoots. Above it, a large batch or some decay may "
        "still save a run, but λ is not what breaks it unless it is as large as ‖x‖² itself.",
    ),
    Confusion(
        7, "My training loss rose when I added L2: is it broken?", _rising,
        "No. Training minimises loss + penalty. At the minimum of that sum the loss is higher than at the loss's own minimum, "
        "and the larger λ, the higher. "
        "What should fall is the loss on data that was not trained on, and it does so only while the model overfits.",
    ),
)  # fmt: skip


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
        1, "I added L1 and no weight is exactly zero. Why?", _zeros,
        "Compare the column of exact zeros. The subgradient step adds −ηλ·sign(w): near zero it jumps over zero and back again, and "
        "lands on it never. The proximal step stops at zero. The objective is the same; the solver decides.",
    ),
    Confusion(
        2, "Why does L1 snap to zero and L2 not?", _snap,
        "L1 pulls with the same force λ however small w is: if the loss pulls with less, w rests at zero. L2 pulls with λw, which "
        "fades as w does: it divides, and nothing divided is zero. The picture in two dimensions shows it for two weights.",
    ),
    Confusion(
        7, "My training loss rose when I added a penalty: is it broken?", _rising_l1,
        "No. The larger λ, the more loss training accepts for a smaller penalty. At λ_max every weight is zero, and the model "
        "predicts the mean. Judge by the test loss: somewhere between it is lowest.",
    ),
)  # fmt: skip
