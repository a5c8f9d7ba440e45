"""The questions of the weight-decay page and the runs that decide them."""

from collections.abc import Mapping, Sequence

from regdemo.config.configs import LinearConfig
from regdemo.content.questions.base import Confusion, Figures, Variants, _at, compared


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


def _learning_rates(c: LinearConfig, lam: float, curvature: float) -> Variants:
    """Half of the learning rate that is safe with λ and without, and ten times the one that is safe without."""
    plain = {"optimizer": "sgd", "momentum": 0.0, "solver": "sgd"}
    lam = lam or 3.0
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
        _what_broke, needs_curvature=True,
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
