"""The questions of the L1-versus-L2 page and the runs that decide them."""

import math
from collections.abc import Mapping, Sequence

from regdemo.config.configs import LinearConfig
from regdemo.content.questions.base import Confusion, Figures, Variants, _at, compared


def why_no_zeros(runs: Mapping[str, Mapping[str, float]]) -> str:
    """What a subgradient run and a proximal one, by name, say of exact zeros."""
    subgradient, proximal = (run["exactly zero"] for run in runs.values())
    said = (
        "Compare the column of exact zeros. The subgradient step adds −ηλ·sign(w): near zero it jumps over zero and back again. "
        "The proximal step stops at zero. The objective is the same; the solver decides. Compare the losses, too: what jumps does not settle."
    )
    if subgradient > 0:
        said += " The subgradient’s zeros here are weights that were 0 from the start and at which the loss never pulled, or that met 0 by chance."
    elif proximal == 0:
        said += " Here the proximal steps have no zeros either: at this λ, and after so few epochs, no weight has come to rest."
    return said


def why_l1_snaps(runs: Mapping[str, Mapping[str, float]]) -> str:
    """What a run of L1 and one of L2, by name, say of exact zeros."""
    l1, l2 = (run["exactly zero"] for run in runs.values())
    said = (
        "L1 pulls with the same force λ however small w is: if the loss pulls with less, w rests at zero. L2 pulls with λw, which "
        "fades as w does: it divides, and what is not zero stays so. The picture in two dimensions shows it for two weights."
    )
    if l2 > 0:
        said += (
            " L2’s zeros here are weights at which the loss never pulled: they were 0 from the start, or were divided until they were too "
            "small a number to be written."
        )
    elif l1 == 0:
        said += " Here L1 has no zeros either: at this λ, and after so few epochs, no weight has come to rest."
    return said


def what_rose(runs: Mapping[str, Mapping[str, float]]) -> str:
    """What runs of L1 from the smallest λ up to λ_max, by name, say of their losses."""
    names, figures = list(runs), list(runs.values())
    said = "No. At the minimum of loss + penalty the larger λ never has the smaller loss: training accepts loss for a smaller penalty."
    if figures[-1]["train loss"] < 0.99 * figures[0]["train loss"]:
        said += " These runs show it the other way round because they end before they have converged. Give them more epochs."
    if figures[-1]["‖w‖₂"] == 0:
        said += " At λ_max no weight is left, and the model predicts the mean."
    elif math.isfinite(figures[-1]["‖w‖₂"]):
        said += f" At λ_max the minimum has no weight left. These runs still have ‖w‖₂ = {figures[-1]['‖w‖₂']:.3g} there: they have not come to it yet."
    tested = [run["test loss"] for run in figures]
    if all(math.isfinite(loss) for loss in tested):
        said += f" Judge by the test loss: of these runs it is lowest in “{names[tested.index(min(tested))]}”."
    return said


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
        _zeros, _zeros_by_subgradient, why_no_zeros,
    ),
    Confusion(
        2, "Why does L1 snap to zero and L2 not?",
        "Both penalties shrink w in every step. Which of them gives weights that are exactly 0?",
        ("only L1", "only L2", "both", "neither"),
        _snap, _who_gives_zeros, why_l1_snaps,
    ),
    Confusion(
        7, "My training loss rose when I added a penalty: is it broken?",
        "λ goes up to λ_max. Where does the training loss end, compared with the smallest λ?",
        ("in the same place, within 1 %", "higher", "lower"),
        _rising_l1, lambda runs: compared(runs[0]["train loss"], runs[-1]["train loss"]), what_rose,
    ),
)  # fmt: skip
