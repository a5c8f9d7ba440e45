"""What the sparsity page's panels say: plain figures in, whole sentences out."""

from collections.abc import Mapping, Sequence

import numpy as np

from regdemo.config.phrases import figure
from regdemo.content.say import say


def seeds_used(used: int, seeds: int) -> str:
    """Which seeds a mean is over: those whose runs finished."""
    if used == seeds:
        return say("sparsity.seeds.all", seeds=seeds)
    return say("sparsity.seeds.some", used=used, seeds=seeds) if used else say("sparsity.seeds.none", seeds=seeds)


def elastic_net_lam(share: float, l1_ratio: float, lam: tuple[float, float], seed: int) -> str:
    """What one share of λ_max means for L1 and for the elastic net; `lam`: L1's λ and the elastic net's."""
    first, net = lam
    return say(
        "sparsity.numbers.elastic_net_lam", share=share, ratio=l1_ratio, times=1 / l1_ratio, seed=seed, first=first, net=net
    )


def lowest_at(losses: np.ndarray, shares: Sequence[float]) -> str:
    """The lowest of these losses (strengths) and where it is; a dash where every run diverged."""
    if np.isnan(losses).all():
        return figure(None)
    best = int(np.nanargmin(losses))
    return say("sparsity.numbers.lowest_at", loss=losses[best], share=shares[best])


def distance_words(size: np.ndarray) -> str:
    """What the distance to exact solutions of these norms (seeds) is divided by."""
    if (size > 0).all():
        return say("sparsity.numbers.distance_of")
    return say("sparsity.numbers.distance_some_zero") if size.any() else say("sparsity.numbers.distance_zero")


def choosing_told(
    shares: np.ndarray, error: np.ndarray, test: np.ndarray, kept: np.ndarray, marks: tuple[int, int], folds: int, seed: int
) -> tuple[str, str]:
    """What cross-validation chose: a sentence on the curve, and one on the two λ. `marks`: the indices of λ_min and λ_1se."""
    low, one = marks

    def told(i: int) -> str:
        return say("sparsity.choosing.at", share=shares[i], kept=int(kept[i]), test=test[i])

    if low == one:
        chosen, ends = say("sparsity.choosing.same", at=told(low)), say("sparsity.choosing.test_same", test=test[low])
    else:
        chosen = say("sparsity.choosing.two", low=told(low), one=told(one))
        ends = say("sparsity.choosing.test_two", low=test[low], one=test[one])
    edge = {shares.min(): "smallest", shares.max(): "largest"}.get(shares[low])
    if edge:
        chosen += f" {say(f'sparsity.choosing.beyond_{edge}')}"
    where = {"error": error[low], "low": shares[low], "one": shares[one]}
    alt = say(f"sparsity.choosing.alt_{edge}", **where) if edge else say("sparsity.choosing.alt", **where)
    return f"{alt} {ends}", say("sparsity.choosing.caption", folds=folds, seed=seed, chosen=chosen)


def found_told(shares: np.ndarray, kept: np.ndarray, f1: np.ndarray, informative: int, marks: tuple[int, int]) -> str:
    """How well the chosen λ find the informative features, of which there is at least one."""
    low, one = marks
    best = int(f1.argmax())
    said = say(
        "sparsity.choosing.one_kept" if kept[best] == 1 else "sparsity.choosing.some_kept",
        informative=informative,
        low=f1[low],
        one=f1[one],
        best=f1[best],
        share=shares[best],
        kept=kept[best],
    )
    too_many = kept[low] > max(kept[best], informative) and f1[low] < f1[best]
    return f"{said} {say('sparsity.choosing.too_many')}" if too_many else said


def subgradient_told(weights: np.ndarray, still: np.ndarray) -> str:
    """How many weights (seeds, strengths, features) subgradient steps leave at exactly zero.

    `still` marks those that were 0 at the start and at every later look.
    """
    ended = np.isfinite(weights).all(2)
    if not ended.any():
        return say("sparsity.zeros.every_diverged")
    zero = (weights == 0) & ended[:, :, None]
    n, total = int(zero.sum()), int(ended.sum()) * weights.shape[2]
    among = say("sparsity.zeros.among_all" if ended.all() else "sparsity.zeros.among_finished", total=total)
    said = say("sparsity.zeros.one_zero" if n == 1 else "sparsity.zeros.zeros", among=among, zeros=n)
    if n and not (zero & ~still).any():
        return f"{said} {say('sparsity.zeros.stayed')}"
    return said


def together_told(apart: float, other_apart: float, kept: bool, other: str) -> str:
    """Of correlated features with one true weight: how far apart L1 and the other penalty put them; `kept`: whether L1 keeps any.

    Empty where there are none, or no run to see it in.
    """
    if not np.isfinite(apart + other_apart):
        return ""
    said = say("sparsity.together.apart", apart=apart, other_apart=other_apart, other=other)
    if not kept:
        return f"{said} {say('sparsity.together.none_kept')}"
    if apart <= other_apart:
        return f"{said} {say('sparsity.together.not_further', other=other)}"
    return f"{said} {say('sparsity.together.chance' if other == 'L2' else 'sparsity.together.chance_net')}"


def diverged_rows(ways: Mapping[str, np.ndarray]) -> str:
    """Which rows of the table of zeros leave seeds out; `ways`: name -> (seeds, features)."""
    gone = {name: int(np.isnan(w).any(1).sum()) for name, w in ways.items()}
    seeds = len(next(iter(ways.values())))
    rows = "; ".join(say("sparsity.zeros.row", way=name, finished=seeds - n, seeds=seeds) for name, n in gone.items() if n)
    return say("sparsity.zeros.means_some", seeds=seeds, rows=rows) if rows else say("sparsity.zeros.means", seeds=seeds)
