"""What the sparsity page says of its runs: plain figures in, whole sentences out."""

from collections.abc import Mapping, Sequence

import numpy as np

from regdemo.app.names import as_code
from regdemo.config.phrases import counted, figure
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
    return (
        f"There is nothing to see here: in the training rows of seed {gone[0]} no feature varies together with the target. So λ_max is 0, "
        "and every share of it is λ = 0. Take more rows or another seed."
    )


def seeds_used(used: int, seeds: int, of: str) -> str:
    """Which seeds a mean (or another figure, `of`) is over: those whose runs finished."""
    if used == seeds:
        return f"{of} of {counted(seeds, 'seed')}"
    return f"{of} of the {used} of {counted(seeds, 'seed')} that finished" if used else f"no seed of {seeds} finished"


def elastic_net_lam(share: float, l1_ratio: float, lam: tuple[float, float], seed: int) -> str:
    """What one share of λ_max means for L1 and for the elastic net; `lam`: L1's λ and the elastic net's."""
    return (
        f"λ_max is the smallest λ at which nothing is kept. For the elastic net it is 1/ρ = {1 / l1_ratio:.3g} times L1’s, because only the share "
        f"ρ = {l1_ratio:g} of its λ pulls on |w|. Both are trained at {share:g} of their own λ_max: for seed {seed} that is λ = {lam[0]:.3g} "
        f"for L1 and λ = {lam[1]:.3g} for the elastic net."
    )


def loss_card(losses: np.ndarray, k: int, shares: Sequence[float], best: int | None) -> tuple[str, str, str]:
    """A card of test losses (seeds, strengths): the figure at strength k, where along the path it is lowest, what it is."""
    ended = np.isfinite(losses)
    used, seeds = int(ended[:, k].sum()), len(losses)
    value = figure(losses[ended[:, k], k].mean()) if used else "–"
    if best is None:
        lowest = "diverged at every λ"
    else:
        lowest = f"lowest {figure(losses[ended[:, best], best].mean())} at {shares[best]:g} λ_max"
        if shares[best] == min(shares):
            lowest += ", the smallest"
        if (some := int(ended[:, best].sum())) < seeds:
            lowest += f", {some} of {seeds} seeds"
    return value, lowest, f"½ · mean squared error: {seeds_used(used, seeds, 'mean')}."


def kept_card(n_selected: np.ndarray, f1: np.ndarray | None, p: int, informative: int | None) -> tuple[str, str, str]:
    """A card of the weights kept by each seed (NaN where it diverged); `informative`: how many features are, if that is known."""
    ended = np.isfinite(n_selected)
    used, seeds = int(ended.sum()), len(n_selected)
    value = f"{figure(n_selected[ended].mean()) if used else '–'} of {p}"
    said, help = seeds_used(used, seeds, "mean"), "Weights that are not exactly zero."
    if informative is None:
        return value, f"{said}; no truth known", help
    if informative == 0:
        return value, f"{said}; no feature is informative", f"{help} The truth is 0 everywhere, so keeping none is right."
    help += " F1 compares the kept set with the informative features: 1 is perfect, 0 is where no informative one is kept."
    return value, f"{said}, F1 {figure(f1[ended].mean())}" if used and f1 is not None else said, help


def stems_told(run: str, w: np.ndarray, truth: np.ndarray | None, share: float, lam: float, of: str) -> str:
    """What estimates w (features) of one seed show; `of`: what λ is a share of."""
    at = f"at {share:g} of {of}, λ = {lam:.3g}"
    if np.isnan(w).any():
        return f"{run} diverged {at}: there are no estimates."
    zeros, p, top = int((w == 0).sum()), len(w), int(np.abs(w).argmax())
    if p == 1:
        known = "" if truth is None else f", where the truth is {truth[0]:.3g}"
        return f"{run} estimates {at}: the only weight is {figure(w[0]) if w[0] else 'exactly zero'}{known}."
    if zeros == p:
        return f"{run} estimates {at}: all {p} are exactly zero."
    said = f"{run} estimates {at}: {zeros} of {p} {'is' if zeros == 1 else 'are'} exactly zero."
    if truth is None:
        return f"{said} The largest is {figure(w[top])}."
    return f"{said} The largest is {figure(w[top])}, where the truth is {truth[top]:.3g}."


def stems_seen(seed: int, truth: np.ndarray | None, hidden: int, shown: int) -> str:
    """What the marks of the estimates are, and which features are drawn."""
    said = [f"Seed {seed}.", "Grey dots: exactly zero."]
    if truth is not None and truth.any():
        said.append("Green: the truth.")
    if hidden and truth is not None and 0 < (truth != 0).sum() <= shown:
        said.append(f"Drawn: the informative features and the largest of the others, {shown} in all.")
    elif hidden:
        said.append(f"Drawn: the {shown} largest along the paths.")
    return " ".join(said)


def path_told(run: str, weights: np.ndarray, shares: Sequence[float], at: Sequence[int], names: Sequence[str] | None) -> str:
    """How many weights of one seed (strengths, features) are not zero at some strengths; the largest by name, where they have one."""
    ended = np.isfinite(weights).all(1)
    there = [i for i in dict.fromkeys(at) if ended[i]]
    said = f"Coefficient paths of {run}."
    if there:
        counts = ", ".join(f"{(weights[i] != 0).sum()} at {shares[i]:g} λ_max" for i in there)
        said += f" Weights that are not zero: {counts}."
    if gone := ", ".join(f"{shares[i]:g}" for i in dict.fromkeys(at) if not ended[i]):
        said += f" Diverged: at {gone} λ_max."
    last = weights[-1]
    if names is None or not ended[-1] or not last.any():
        return said
    large = [j for j in np.argsort(-np.abs(last), kind="stable")[:FIRST_NAMED] if last[j] != 0]
    return f"{said} Largest at {shares[-1]:g} λ_max: {', '.join(f'{as_code(names[j])} {figure(last[j])}' for j in large)}."


def gap_told(gap: np.ndarray, size: np.ndarray) -> str:
    """How far trained runs are from the exact solutions along a path: ‖w − w_exact‖₂ and ‖w_exact‖₂, (seeds, strengths)."""
    ended = np.isfinite(gap)
    if not ended.any():
        return "Every trained run diverged, so the exact ones are alone."
    some, none = ended & (size > 0), ended & (size == 0)
    runs = "" if ended.all() else " The runs that diverged are left out."
    if not some.any():
        return f"The exact solution is 0; trained ‖w‖₂ is at most {figure(gap[none].max())}.{runs}"
    said = f"Along the path they differ by at most {figure((gap[some] / size[some]).max())} of ‖w_exact‖₂."
    if none.any():
        said += f" Where w_exact is 0, trained ‖w‖₂ is at most {figure(gap[none].max())}."
    return said + runs


def distance_words(size: np.ndarray) -> str:
    """What the distance to exact solutions of these norms (seeds) is divided by."""
    if (size > 0).all():
        return "‖w − w_exact‖₂ ÷ ‖w_exact‖₂"
    return "‖w‖₂: w_exact is 0" if not size.any() else "‖w − w_exact‖₂ ÷ ‖w_exact‖₂; ‖w‖₂ where w_exact is 0"


def loss_told(run: str, test: np.ndarray, train: np.ndarray) -> str:
    """Where the losses of each seed end, NaN for a seed that diverged."""
    ended = np.isfinite(test) & np.isfinite(train)
    if not ended.any():
        return f"{run} diverged in every seed." if len(test) > 1 else f"{run} diverged."
    of = "" if ended.all() else f", over the {int(ended.sum())} of {len(test)} seeds that finished"
    median = "a" if len(test) == 1 else "a median"
    return f"{run} ends at {median} test loss of {figure(np.median(test[ended]))} and a train loss of {figure(np.median(train[ended]))}{of}."


def histogram_told(run: str, weights: np.ndarray) -> str:
    """How many of the weights (seeds, features) are exactly zero, and how far the others reach."""
    ended = np.isfinite(weights).all(1)
    if not ended.any():
        return f"{run}: every seed diverged." if len(weights) > 1 else f"{run}: the run diverged."
    w = weights[ended]
    zeros = int((w == 0).sum())
    of = "" if ended.all() else f" ({int(ended.sum())} of {len(weights)} seeds finished)"
    if zeros == w.size:
        return f"{run}: all {counted(w.size, 'weight')} are exactly zero{of}."
    return (
        f"{run}: {zeros:,} of {counted(w.size, 'weight')} {'is' if zeros == 1 else 'are'} exactly zero{of}, all lie between {figure(w.min())} "
        f"and {figure(w.max())}."
    )


def subgradient_told(weights: np.ndarray, still: np.ndarray) -> str:
    """How many weights (seeds, strengths, features) subgradient steps leave at exactly zero.

    `still` marks those that were 0 at the start and at every later look.
    """
    ended = np.isfinite(weights).all(2)
    if not ended.any():
        return "Every run of the subgradient’s sweep diverged: no weights are left to count."
    zero = (weights == 0) & ended[:, :, None]
    n, total = int(zero.sum()), int(ended.sum()) * weights.shape[2]
    among = f"Among all {total:,} weights of the subgradient’s sweep"
    if not ended.all():
        among = f"Among the {total:,} weights of the subgradient’s runs that finished"
    said = f"{among}, {n:,} {'is' if n == 1 else 'are'} exactly zero."
    if n and not (zero & ~still).any():
        said += " They were 0 at the start and stayed there: the loss never pulled at them."
    return said


def together_told(apart: float, rivals: float, kept: bool, other: str) -> str:
    """Of correlated features with one true weight: how far apart L1 and the other penalty put them; `kept`: whether L1 keeps any.

    Empty where there are none, or no run to see it in.
    """
    if not np.isfinite(apart + rivals):
        return ""
    said = (
        "**Correlated features.** Within a block of informative features all true weights are equal. The fitted ones lie "
        f"{figure(apart)} apart with L1 and {figure(rivals)} with {other} (largest − smallest, mean over blocks and seeds)."
    )
    if not kept:
        return f"{said} L1 keeps none of them at this λ, so there is nothing to tell apart."
    if apart <= rivals:
        return f"{said} At this λ L1 does not put them further apart than {other} does."
    return (
        f"{said} The more alike features are, the less L1 cares which of them carries the weight, and chance decides. "
        f"{'L2 pulls' if other == 'L2' else 'A share of L2 pulls'} them together."
    )


def choosing_told(
    shares: np.ndarray, error: np.ndarray, test: np.ndarray, kept: np.ndarray, marks: tuple[int, int], folds: int, seed: int
) -> tuple[str, str]:
    """What cross-validation chose: a sentence on the curve, and one on the two λ. `marks`: the indices of λ_min and λ_1se."""
    low, one = marks

    def told(i: int) -> str:
        return f"{shares[i]:g} λ_max, keeps {counted(int(kept[i]), 'weight')}, test error {test[i]:.3g}"

    chosen = f"λ_min = {told(low)}. λ_1se = {told(one)}." if low != one else f"λ_min = λ_1se = {told(low)}."
    end = {shares.min(): "smallest", shares.max(): "largest"}.get(shares[low])
    if end:
        chosen += f" λ_min is the {end} λ tried, so the error may be lower still beyond it."
    alt = f"Cross-validated error against λ: lowest, {error[low]:.3g}, at {shares[low]:g} λ_max"
    alt += f", the {end} λ tried" if end else ""
    alt += f"; within one standard error of it up to {shares[one]:g} λ_max. "
    alt += (
        f"There the test errors are {test[low]:.3g} and {test[one]:.3g}."
        if low != one
        else f"There the test error is {test[low]:.3g}."
    )
    return alt, f"{folds} folds of the training data of seed {seed}, exact lasso; bars are ±1 standard error. {chosen}"


def found_told(shares: np.ndarray, kept: np.ndarray, f1: np.ndarray, informative: int, marks: tuple[int, int]) -> str:
    """How well the chosen λ find the informative features, of which there is at least one."""
    low, one = marks
    best = int(f1.argmax())
    said = (
        f"{counted(informative, 'feature is', 'features are')} informative: F1 is {f1[low]:.2f} at λ_min, {f1[one]:.2f} at λ_1se, and best, "
        f"{f1[best]:.2f}, at {shares[best]:g} λ_max, where {kept[best]} {'is' if kept[best] == 1 else 'are'} kept."
    )
    too_many = kept[low] > max(kept[best], informative) and f1[low] < f1[best]
    return f"{said} The λ that predicts best selects too many." if too_many else said


def diverged_rows(ways: Mapping[str, np.ndarray]) -> str:
    """Which rows of the table of zeros leave seeds out; `ways`: name -> (seeds, features)."""
    gone = {name: int(np.isnan(w).any(1).sum()) for name, w in ways.items()}
    seeds = len(next(iter(ways.values())))
    rows = [f"“{name}”: {seeds - n} of {seeds}" for name, n in gone.items() if n]
    return f"Means over {counted(seeds, 'seed')}." + (f" Seeds that finished: {'; '.join(rows)}." if rows else "")
