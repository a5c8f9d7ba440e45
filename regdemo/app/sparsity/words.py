"""What the sparsity page says of its runs: plain figures in, whole sentences out."""

from collections.abc import Mapping, Sequence

import numpy as np

from regdemo.app.names import as_code
from regdemo.config.phrases import figure
from regdemo.content.say import say

FIRST_NAMED = 5  # coefficients whose names a sentence repeats


def nothing_drawn() -> str:
    """Why there is nothing to see in data without noise and without an informative feature."""
    return say("sparsity.nothing.drawn")


def share_of(run: str) -> str:
    """What strengths are a share of."""
    return say("sparsity.stems.its_lam_max") if run == "elastic net" else say("sparsity.stems.lam_max")


def nothing_to_see(x: np.ndarray, y: np.ndarray, lam_max: np.ndarray, seeds: Sequence[int]) -> str:
    """Why λ has nothing to act on, where no feature moves with the target in some seed's training data; else empty.

    x (seeds, n, features), y (seeds, n), λ_max (seeds).
    """
    most = x.std(1, dtype=np.float64).max(1) * y.std(1, dtype=np.float64)  # λ_max of a feature that follows the target
    gone = [seed for seed, top, full in zip(seeds, lam_max, most, strict=True) if top <= 1e-6 * full]
    if not gone:
        return ""
    return say("sparsity.nothing.varies", seed=gone[0])


def seeds_used(used: int, seeds: int) -> str:
    """Which seeds a mean is over: those whose runs finished."""
    if used == seeds:
        return say("sparsity.seeds.all", seeds=seeds)
    return say("sparsity.seeds.some", used=used, seeds=seeds) if used else say("sparsity.seeds.none", seeds=seeds)


def elastic_net_lam(share: float, l1_ratio: float, lam: tuple[float, float], seed: int) -> str:
    """What one share of λ_max means for L1 and for the elastic net; `lam`: L1's λ and the elastic net's."""
    first, net = lam
    return say(
        "sparsity.cards.elastic_net_lam", share=share, ratio=l1_ratio, times=1 / l1_ratio, seed=seed, first=first, net=net
    )


def loss_card(losses: np.ndarray, k: int, shares: Sequence[float], best: int | None) -> tuple[str, str, str]:
    """A card of test losses (seeds, strengths): the figure at strength k, where along the path it is lowest, what it is."""
    ended = np.isfinite(losses)
    used, seeds = int(ended[:, k].sum()), len(losses)
    value = figure(losses[ended[:, k], k].mean()) if used else "–"
    help = say("sparsity.cards.loss_help", seeds=seeds_used(used, seeds))
    if best is None:
        return value, say("sparsity.cards.diverged"), help
    some = int(ended[:, best].sum())
    lowest = say("sparsity.cards.lowest", loss=losses[ended[:, best], best].mean(), share=shares[best])
    if shares[best] == min(shares):
        lowest += say("sparsity.cards.smallest")
    if some < seeds:
        lowest += say("sparsity.cards.of_seeds", some=some, seeds=seeds)
    return value, lowest, help


def kept_card(n_selected: np.ndarray, f1: np.ndarray | None, p: int, informative: int | None) -> tuple[str, str, str]:
    """A card of the weights kept by each seed (NaN where it diverged); `informative`: how many features are, if that is known."""
    ended = np.isfinite(n_selected)
    used, seeds = int(ended.sum()), len(n_selected)
    value = say("sparsity.cards.of", kept=figure(n_selected[ended].mean()) if used else "–", p=p)
    of = seeds_used(used, seeds)
    if informative is None:
        return value, say("sparsity.cards.no_truth", of=of), say("sparsity.cards.kept_help")
    if informative == 0:
        return value, say("sparsity.cards.none_informative", of=of), say("sparsity.cards.kept_help_none")
    if used and f1 is not None:
        of = say("sparsity.cards.f1", of=of, f1=f1[ended].mean())
    return value, of, say("sparsity.cards.kept_help_f1")


def stems_told(run: str, w: np.ndarray, truth: np.ndarray | None, share: float, lam: float, of: str) -> str:
    """What estimates w (features) of one seed show; `of`: what λ is a share of."""
    told = {"run": run, "share": share, "of": of, "lam": lam}
    zeros, p, top = int((w == 0).sum()), len(w), int(np.abs(w).argmax())
    if np.isnan(w).any():
        return say("sparsity.stems.diverged", **told)
    if p == 1:
        value = figure(w[0]) if w[0] else say("sparsity.stems.zero")
        if truth is None:
            return say("sparsity.stems.one", value=value, **told)
        return say("sparsity.stems.one_true", value=value, truth=truth[0], **told)
    if zeros == p:
        return say("sparsity.stems.all_zero", p=p, **told)
    counted = say("sparsity.stems.one_zero" if zeros == 1 else "sparsity.stems.zeros", zeros=zeros, p=p, **told)
    if truth is None:
        return say("sparsity.stems.largest", told=counted, value=w[top])
    return say("sparsity.stems.largest_true", told=counted, value=w[top], truth=truth[top])


def stems_seen(seed: int, truth: np.ndarray | None, hidden: int, shown: int) -> str:
    """What the marks of the estimates are, and which features are drawn."""
    said = [say("sparsity.stems.seed", seed=seed)]
    if truth is not None and truth.any():
        said.append(say("sparsity.stems.green"))
    if hidden and truth is not None and 0 < (truth != 0).sum() <= shown:
        said.append(say("sparsity.stems.informative_drawn", shown=shown))
    elif hidden:
        said.append(say("sparsity.stems.largest_drawn", shown=shown))
    return " ".join(said)


def path_told(run: str, weights: np.ndarray, shares: Sequence[float], at: Sequence[int], names: Sequence[str] | None) -> str:
    """How many weights of one seed (strengths, features) are not zero at some strengths; the largest by name, where they have one."""
    ended = np.isfinite(weights).all(1)
    there = [i for i in dict.fromkeys(at) if ended[i]]
    said = [say("sparsity.path.of", run=run)]
    if there:
        counts = (say("sparsity.path.count", count=(weights[i] != 0).sum(), share=shares[i]) for i in there)
        said.append(say("sparsity.path.not_zero", counts=", ".join(counts)))
    if gone := ", ".join(f"{shares[i]:g}" for i in dict.fromkeys(at) if not ended[i]):
        said.append(say("sparsity.path.diverged", gone=gone))
    last = weights[-1]
    if names is not None and ended[-1] and last.any():
        large = [j for j in np.argsort(-np.abs(last), kind="stable")[:FIRST_NAMED] if last[j] != 0]
        named = ", ".join(f"{as_code(names[j])} {figure(last[j])}" for j in large)
        said.append(say("sparsity.path.largest", share=shares[-1], named=named))
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


def distance_words(size: np.ndarray) -> str:
    """What the distance to exact solutions of these norms (seeds) is divided by."""
    if (size > 0).all():
        return say("sparsity.cards.distance_of")
    return say("sparsity.cards.distance_some_zero") if size.any() else say("sparsity.cards.distance_zero")


def loss_told(run: str, test: np.ndarray, train: np.ndarray) -> str:
    """Where the losses of each seed end, NaN for a seed that diverged."""
    ended = np.isfinite(test) & np.isfinite(train)
    if not ended.any():
        return say("sparsity.loss.diverged_seeds", run=run) if len(test) > 1 else say("sparsity.loss.diverged", run=run)
    told = {"run": run, "test": np.median(test[ended]), "train": np.median(train[ended])}
    if not ended.all():
        return say("sparsity.loss.ends_some", finished=int(ended.sum()), seeds=len(test), **told)
    return say("sparsity.loss.ends" if len(test) == 1 else "sparsity.loss.ends_median", **told)


def histogram_told(run: str, weights: np.ndarray) -> str:
    """How many of the weights (seeds, features) are exactly zero, and how far the others reach."""
    ended = np.isfinite(weights).all(1)
    if not ended.any():
        return (
            say("sparsity.histogram.diverged_seeds", run=run)
            if len(weights) > 1
            else say("sparsity.histogram.diverged", run=run)
        )
    w = weights[ended]
    zeros = int((w == 0).sum())
    of = "" if ended.all() else f" {say('sparsity.histogram.of', finished=int(ended.sum()), seeds=len(weights))}"
    if zeros == w.size:
        return say("sparsity.histogram.all_zero", run=run, weights=w.size, of=of)
    return say(
        "sparsity.histogram.one_zero" if zeros == 1 else "sparsity.histogram.zeros",
        run=run, zeros=zeros, weights=w.size, of=of, low=w.min(), high=w.max(),
    )  # fmt: skip


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
        informative=informative, low=f1[low], one=f1[one], best=f1[best], share=shares[best], kept=kept[best],
    )  # fmt: skip
    too_many = kept[low] > max(kept[best], informative) and f1[low] < f1[best]
    return f"{said} {say('sparsity.choosing.too_many')}" if too_many else said


def diverged_rows(ways: Mapping[str, np.ndarray]) -> str:
    """Which rows of the table of zeros leave seeds out; `ways`: name -> (seeds, features)."""
    gone = {name: int(np.isnan(w).any(1).sum()) for name, w in ways.items()}
    seeds = len(next(iter(ways.values())))
    rows = "; ".join(say("sparsity.zeros.row", way=name, finished=seeds - n, seeds=seeds) for name, n in gone.items() if n)
    return say("sparsity.zeros.means_some", seeds=seeds, rows=rows) if rows else say("sparsity.zeros.means", seeds=seeds)
