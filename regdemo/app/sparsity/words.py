"""What the sparsity page says of its runs: plain figures in, whole sentences out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from regdemo.app.names import as_code
from regdemo.app.sparsity.panel_words import lowest_at
from regdemo.config.phrases import figure
from regdemo.content.say import say

FIRST_NAMED = 5  # coefficients whose names a sentence repeats
ENTER_NAMED = 3


def nothing_drawn() -> str:
    """Why there is nothing to see in data without noise and without an informative feature."""
    return say("sparsity.nothing.drawn")


def nothing_to_see(x: np.ndarray, y: np.ndarray, lam_max: np.ndarray, seeds: Sequence[int]) -> str:
    """Why λ has nothing to act on, where no feature moves with the target in some seed's training data; else empty.

    x (seeds, n, features), y (seeds, n), λ_max (seeds).
    """
    most = x.std(1, dtype=np.float64).max(1) * y.std(1, dtype=np.float64)  # λ_max of a feature that follows the target
    gone = [seed for seed, top, full in zip(seeds, lam_max, most, strict=True) if top <= 1e-6 * full]
    if not gone:
        return ""
    return say("sparsity.nothing.varies", seed=gone[0])


def lowest(losses: Mapping[str, np.ndarray], shares: Sequence[float]) -> str:
    """Where along λ the final test loss of each run (strengths; NaN where every seed diverged) is lowest."""
    said = [
        say("sparsity.loss.diverged", run=run)
        if np.isnan(loss).all()
        else say("sparsity.loss.of", run=run, at=lowest_at(loss, shares))
        for run, loss in losses.items()
    ]
    return say("sparsity.loss.lowest", runs=", ".join(said))


@dataclass(frozen=True)
class Kept:
    """How many weights of one run are not exactly zero, of the informative ones too; `all` is None where it diverged."""

    all: int | None
    informative: int = 0


def kept_of(w: np.ndarray, truth: np.ndarray | None) -> Kept:
    """What one run (features) keeps."""
    if not np.isfinite(w).all():
        return Kept(None)
    return Kept(int((w != 0).sum()), 0 if truth is None else int((w[truth != 0] != 0).sum()))


def leads(
    shares: Sequence[float], first: Sequence[Kept], second: Sequence[Kept], other: str, p: int, informative: int | None
) -> list[str]:
    """The sentence that says what each λ does to the seed that is drawn; `informative`: how many features are, if that is known."""

    def lead(share: float, one: Kept, two: Kept) -> str:
        gone = [name for name, run in (("L1", one), (other, two)) if run.all is None]
        if len(gone) == 2:
            return say("sparsity.lead.both_gone", share=share, other=other)
        said = [_kept("L1", one, p), _found(one, p, informative), _kept(other, two, p)]
        return say("sparsity.lead.at", share=share, first=said[0], found=said[1], second=said[2])

    return [lead(*row) for row in zip(shares, first, second, strict=True)]


def _kept(run: str, kept: Kept, p: int) -> str:
    if kept.all is None:
        return say("sparsity.lead.gone", run=run)
    if not kept.all:
        return say("sparsity.lead.none", run=run, p=p)
    if kept.all == p:
        return say("sparsity.lead.all", run=run, p=p)
    return say("sparsity.lead.some", run=run, kept=kept.all, p=p)


def _found(kept: Kept, p: int, informative: int | None) -> str:
    """What of the informative features L1 keeps; empty where nothing is known or to be said."""
    if not kept.all or informative is None or (kept.all == p and informative):
        return ""
    if not informative:
        return say("sparsity.lead.found.noise")
    if informative == p:
        return say("sparsity.lead.found.all_are", p=p)
    if kept.informative == informative:
        return say("sparsity.lead.found.exactly" if kept.all == informative else "sparsity.lead.found.every", k=informative)
    if not kept.informative:
        return say("sparsity.lead.found.no", k=informative)
    return say("sparsity.lead.found.some", right=kept.informative, k=informative)


def stems_told(run: str, weights: np.ndarray, shares: Sequence[float]) -> str:
    """How many weights of one seed (strengths, features) are exactly zero at the weakest λ, in the middle and at the strongest."""
    counts = [say("sparsity.stems.count", zeros=int((weights[i] == 0).sum()), share=shares[i]) for i in _some(weights)]
    if not counts:
        return say("sparsity.stems.diverged", run=run)
    return say("sparsity.stems.zeros", run=run, p=weights.shape[1], counts=", ".join(counts))


def _some(weights: np.ndarray) -> list[int]:
    """The first, the middle and the last strength of those that did not diverge, weights (strengths, features)."""
    there = np.flatnonzero(np.isfinite(weights).all(1))
    return [int(there[i]) for i in dict.fromkeys((0, len(there) // 2, len(there) - 1))] if len(there) else []


def stems_seen(seed: int, truth: np.ndarray | None, hidden: int, shown: int) -> str:
    """What the marks of the estimates are, and which features are drawn."""
    said = [say("sparsity.stems.seed", seed=seed)]
    if truth is not None and truth.any():
        said.append(say("sparsity.stems.truth"))
    if hidden and truth is not None and 0 < (truth != 0).sum() <= shown:
        said.append(say("sparsity.stems.informative_drawn", shown=shown))
    elif hidden:
        said.append(say("sparsity.stems.largest_drawn", shown=shown))
    return " ".join(said)


def path_told(run: str, weights: np.ndarray, shares: Sequence[float], names: Sequence[str] | None) -> str:
    """How many weights of one seed (strengths, features) are not zero at some strengths; the largest by name, where they have one."""
    said, there = [say("sparsity.path.of", run=run)], _some(weights)
    if there:
        counts = (say("sparsity.path.count", count=(weights[i] != 0).sum(), share=shares[i]) for i in there)
        said.append(say("sparsity.path.not_zero", counts=", ".join(counts)))
    if gone := ", ".join(f"{share:g}" for share, w in zip(shares, weights, strict=True) if not np.isfinite(w).all()):
        said.append(say("sparsity.path.diverged", gone=gone))
    if names is not None and there and weights[there[0]].any():
        last = weights[there[0]]
        large = [j for j in np.argsort(-np.abs(last), kind="stable")[:FIRST_NAMED] if last[j] != 0]
        named = ", ".join(f"{as_code(names[j])} {figure(last[j])}" for j in large)
        said.append(say("sparsity.path.largest", share=shares[there[0]], named=named))
    return " ".join(said)


def gap_told(gap: np.ndarray, size: np.ndarray) -> str:
    """How far trained runs are from the exact solutions along a path: ‖w − w_exact‖₂ and ‖w_exact‖₂, (seeds, strengths)."""
    ended = np.isfinite(gap)
    if not ended.any():
        return say("sparsity.path.every_diverged")
    some, none = ended & (size > 0), ended & (size == 0)
    if not some.any():
        said = [say("sparsity.path.exact_zero", most=gap[none].max())]
    else:
        said = [say("sparsity.path.differ", most=(gap[some] / size[some]).max())]
        if none.any():
            said.append(say("sparsity.path.where_zero", most=gap[none].max()))
    return " ".join(said if ended.all() else [*said, say("sparsity.path.left_out")])


def enters(run: str, weights: np.ndarray, truth: np.ndarray | None, names: Sequence[str]) -> str:
    """Which features enter first as λ falls: weights (strengths, features) of one seed, from the weakest λ to the strongest.

    Empty where nothing enters one by one.
    """
    kept = weights[np.isfinite(weights).all(1)] != 0
    if len(kept) and kept.all():
        return say("sparsity.path.all", run=run)
    if not kept.any() or kept[-1].sum() > 1:
        return ""
    strongest = np.where(kept.any(0), len(kept) - 1 - kept[::-1].argmax(0), -1)  # at which each is still kept
    if truth is None:
        order = np.argsort(-strongest, kind="stable")
        least = max(0, strongest[order[: min(ENTER_NAMED, len(order))]].min())
        first = [as_code(names[j]) for j in order if strongest[j] >= least]
        return say("sparsity.path.enter_named", names=", ".join(first))
    informative = truth != 0
    if not informative.any():
        return say("sparsity.path.enter_noise")
    if informative.all():
        return ""
    before = int((strongest[informative] > strongest[~informative].max()).sum())
    if before == informative.sum():
        return say("sparsity.path.enter_all", run=run, k=before)
    return say("sparsity.path.enter", run=run, before=before, k=int(informative.sum()))


def corner(first: np.ndarray, second: np.ndarray, shares: Sequence[float]) -> str:
    """From which λ on L1 holds one of two weights at exactly zero, and whether L2 ever does; landing points (strengths, 2)."""
    on_axis = (first == 0).any(1)
    share = next((s for k, s in enumerate(shares) if on_axis[k:].all()), None)
    if share is None:
        return ""
    always = share == min(shares)
    said = say("sparsity.plane.corner_always") if always else say("sparsity.plane.corner_from", share=share)
    return said if (np.abs(second) <= 1e-12).any() else f"{said} {say('sparsity.plane.never')}"


def plane_told(landed: Mapping[str, np.ndarray], shares: Sequence[float]) -> str:
    """Where both penalties land at the weakest λ, in the middle and at the strongest; landing points (strengths, 2)."""
    some = (0, len(shares) // 2, len(shares) - 1)
    lands = (
        say("sparsity.plane.lands", share=shares[k], name=name, w1=points[k, 0], w2=points[k, 1])
        for k in some
        for name, points in landed.items()
    )
    return say("sparsity.plane.alt", lands=" ".join(lands))


def histogram_told(run: str, weights: np.ndarray, shares: Sequence[float]) -> str:
    """Which share of the weights (seeds, strengths, features) is exactly zero at the weakest and at the strongest λ."""
    ended = np.isfinite(weights).all(2)
    there = np.flatnonzero(ended.any(0))
    if not len(there):
        return say("sparsity.histogram.diverged", run=run)
    first, last = ((shares[k], float((weights[ended[:, k], k] == 0).mean())) for k in (there[0], there[-1]))
    return say("sparsity.histogram.zeros", run=run, low=first[1], weak=first[0], high=last[1], strong=last[0])
