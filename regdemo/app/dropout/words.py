"""What the dropout page says of its runs: plain values in, whole sentences out. A sentence holds for the run it is given, or is left out."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from regdemo.config.configs import NetworkConfig
from regdemo.config.phrases import counted

Row = Mapping[str, Any]  # one epoch of one run: Record.row()


def share(value: float) -> str:
    """A share in per cent: 0% and 100% are exact."""
    return "under 1%" if 0 < value < 0.01 else "over 99%" if 0.99 < value < 1 else f"{value:.0%}"


def _at(epoch: int) -> str:
    return f"in epoch {epoch}" if epoch else "before training"


def progress(done: float, total: int, seconds: float) -> str:
    """How far a training is after `seconds`. Time left is promised once half an epoch has been seen."""
    if done < 0.5:
        return f"Epoch {done:.1f} of {total}"
    return f"Epoch {done:.1f} of {total}, about {seconds * (total - done) / done:.0f} s left"


def diverged(name: str, last: Row, ended: Row | None) -> str:
    """`ended`: the figures that are shown of the run (dropout_frames.ended)."""
    said = f"{name} diverged in epoch {last['epoch']}: its loss is not finite or far above its start. Lower the learning rate."
    if ended is None:
        return f"{said} It has no finite figures after its start, so none are shown."
    return f"{said} Its figures here are its last finite ones, of epoch {ended['epoch']}."


_NEVER_MET = {
    ("dropout",): "Dropout was to come in after epoch {late}: it was never in force.",
    ("L2",): "L2 was to come in after epoch {late}: it was never in force.",
    ("dropout", "L2"): "Dropout and L2 were to come in after epoch {late}: they were never in force.",
}
_FROM_HERE = {("dropout",): "dropout from here", ("L2",): "L2 from here", ("dropout", "L2"): "dropout and L2 from here"}


def _late(config: NetworkConfig) -> tuple[str, ...]:
    """What changes after the config's switch_epoch; all other settings hold from the start."""
    if not config.switch_epoch:
        return ()
    rates = any(rate != config.dropout_before for rate in config.dropout)
    return ("dropout",) * rates + ("L2",) * (config.weight_decay != config.weight_decay_before)


def from_here(config: NetworkConfig) -> str:
    """The words at a chart's rule where settings change in mid-run; empty where none do."""
    late = _late(config)
    if late and config.dropout_before:  # the curve lab goes from one rate to another
        return f"p = {config.dropout[0]:g} from here"
    return _FROM_HERE.get(late, "")


def stopped_early(name: str, config: NetworkConfig, last: Row) -> str:
    """Of a run that patience ended."""
    said = f"{name} stopped early {_at(last['epoch'])}; its lowest validation loss was {_at(last['best_epoch'] or 0)}."
    late = _late(config)
    if late and last["epoch"] <= config.switch_epoch:
        return f"{said} {_NEVER_MET[late].format(late=config.switch_epoch)}"
    return said


def everything_dropped(config: NetworkConfig, epoch: int) -> str:
    """What p = 1 does to a run that has come to `epoch`; empty where no layer is dropped whole."""
    if max(config.in_force(epoch)[0]) < 1:
        return ""
    if config.switch_epoch and config.dropout_before < 1:
        return (
            f"At p = 1 a layer passes on nothing: after epoch {config.switch_epoch} the network sees nothing in train mode and learns "
            "nothing more from its inputs. What it knows in eval mode it learned before."
        )
    return (
        "At p = 1 a layer passes on nothing: in train mode the network sees nothing, its outputs rest on the biases alone, and it "
        "cannot learn."
    )


def outcome(names: Sequence[str], first: Sequence[Row], second: Sequence[Row]) -> str:
    """What two finished runs came to: final test loss and accuracy, and the lowest test loss on the way. Nothing of diverged runs."""
    a, b = first[-1], second[-1]
    if a["diverged"] or b["diverged"]:
        return ""
    if [row["test_loss"] for row in first] == [row["test_loss"] for row in second]:
        return "Both networks have the same test loss in every epoch: with these settings nothing tells them apart."
    one, two = names
    said = [_final(two, a["test_loss"], b["test_loss"])]
    if b["test_accuracy"] is not None:
        said.append(_accuracy(a["test_accuracy"], b["test_accuracy"]))
    low, low_b = (min(rows, key=lambda row: row["test_loss"]) for rows in (first, second))
    said.append(
        f"On the way the lowest test loss was {low['test_loss']:.3g} for {one}, {_at(low['epoch'])}, and {low_b['test_loss']:.3g} "
        f"for {two}, {_at(low_b['epoch'])}."
    )
    if low["test_loss"] < low_b["test_loss"] and low["epoch"] < a["epoch"]:
        said.append(
            f"So {one}, stopped {_at(low['epoch'])}, has a lower test loss than {two} in any epoch. That epoch is picked on the test "
            "data; early stopping has to find one on validation data."
        )
    return " ".join(said)


def _final(two: str, a: float, b: float) -> str:
    if f"{a:.3g}" == f"{b:.3g}":
        return f"{two} ends with the same test loss, {b:.3g}."
    return f"{two} ends with the {'lower' if b < a else 'higher'} test loss: {b:.3g} against {a:.3g}."


def _accuracy(a: float, b: float) -> str:
    if f"{a:.1%}" == f"{b:.1%}":
        return f"Its test accuracy is the same, {b:.1%}."
    return f"Its test accuracy is {'higher' if b > a else 'lower'}: {b:.1%} against {a:.1%}."


def curves(what: str, shown: Mapping[str, tuple[Row, Row | None]]) -> str:
    """What the learning curves of `what` ("loss", "accuracy") show; run -> its last row, and the one whose figures are given."""
    most = max(last["epoch"] for last, _ in shown.values())
    head = what.capitalize() + (" before training." if most == 0 else f" over {counted(most, 'epoch')}.")
    said = [head]
    for name, (_, row) in shown.items():
        if row is None:
            said.append(f"{name} diverged at once.")
            continue
        until = "" if row["epoch"] == most else f" in epoch {row['epoch']}"
        said.append(
            f"{name}: {row[f'test_{what}']:.3g} on test data, {row[f'train_{what}_eval']:.3g} on training data in eval mode{until}."
        )
    return " ".join(said)


def spreads(kind: str, layer: str, found: Mapping[str, Mapping[int, float]]) -> str:
    """Of histograms over time; run -> epoch -> standard deviation, the first and the last that are drawn."""
    said = [f"Histograms of the {kind} of layer {layer}."]
    for name, at in found.items():
        values = " and ".join(f"{sd:.3g} {_at(epoch)}" for epoch, sd in at.items())
        said.append(f"Standard deviation of {name}: {values}.")
    return " ".join(said)


def activity(layer: str, zero: Mapping[str, float], epochs: Mapping[str, int]) -> str:
    """Of the hidden units in eval mode; run -> share of exact zeros, and the epoch, where that is not the run's last."""
    each = ", ".join(f"{n} {share(value)}" + (f" ({_at(epochs[n])})" if n in epochs else "") for n, value in zero.items())
    return f"Mean activations of the units of {layer}. Exact zeros among all its activations in eval mode: {each}."


def modes(config: NetworkConfig, epoch: int, variances: Mapping[str, float]) -> str:
    """What dropout does to the hidden layers' mean and variance from eval to train mode, after `epoch` of a run.

    variances: layer -> variance in eval mode.
    """
    layers = list(variances)
    rates, _ = config.in_force(epoch)
    normed = "Batch normalisation in train mode takes the mean and variance of these images alone." if config.batch_norm else ""
    first = next((i for i, rate in enumerate(rates) if rate), None)
    if first is None:
        return normed or "Nothing was dropped, so both modes give the same figures."
    if config.drop == "weights":
        if first + 1 == len(layers):
            return normed or "Only weights into the output are dropped: the hidden layers' figures stay."
        said = f"The weights into {layers[first + 1]} are the first that are dropped."
        return f"{said} {normed}" if normed else f"{said} The layers before it keep their figures."
    if not variances[layers[first]]:
        return f"{layers[first]} passes on the same number everywhere."
    if rates[first] == 1:
        return f"At p = 1 {layers[first]} passes on nothing but zeros in train mode."
    said = (
        normed
        or f"The factor 1/(1 − p) keeps the mean of {layers[first]}, but for chance. It cannot keep its variance: what is "
        "kept is larger, what is dropped is 0."
    )
    return f"{said} Later layers read thinned inputs: their mean can move." if first + 1 < len(layers) else said


def averages(tests: int, k: int, one: float, many: float, scaling: float, whole: bool) -> str:
    """Test errors of one thinned network, of k averaged, and of one pass in eval mode. `whole`: a layer is dropped whole."""
    said = (
        f"On {tests} test images: one thinned network errs on {one:.1%}, {k} averaged on {many:.1%}, and one pass in eval mode, "
        f"with nothing dropped, on {scaling:.1%}."
    )
    if whole:
        return f"{said} At p = 1 no thinned network sees the image, and averaging them cannot help."
    points = 100 * (scaling - many)
    how = f"{abs(points):.1f} points {'worse' if points > 0 else 'better'}" if f"{abs(points):.1f}" != "0.0" else "as good"
    return f"{said} Eval mode is the cheap stand-in for the average. Here it is {how}."


def fits(names: Sequence[str], losses: Mapping[str, float | None]) -> str:
    """The curve lab's picture; run -> test loss, None where it diverged and is not drawn."""
    each = ", ".join(f"{n} diverged" if losses[n] is None else f"{n} has a test loss of {losses[n]:.3g}" for n in names)
    return f"The data and the fits: {each}."


def over_seeds(names: Sequence[str], losses: Sequence[tuple[float | None, float | None]]) -> str:
    """Test losses of a pair, seed after seed; None where a run diverged."""
    both = [(a, b) for a, b in losses if a is not None and b is not None]
    if not both:
        return "In no seed did both networks come to an end without diverging."
    n = len(both)
    of = counted(n, "seed")
    rest = "" if n == len(losses) else f" In {counted(len(losses) - n, 'other seed')} a network diverged."
    if all(a == b for a, b in both):
        return f"Both networks have the same test loss in {of}.{rest}"
    means = [math.fsum(values) / n for values in zip(*both, strict=True)]
    lower = sum(b < a for a, b in both)
    return (
        f"{names[1]} has the lower test loss in {lower} of {of} (means {means[0]:.3g} → {means[1]:.3g}).{rest} "
        "One seed shows nothing: look at all of them."
    )


def bench(p: float, draws: int, train: float, unscaled: float, eval_mode: float) -> str:
    """Of the bench's running means; the exact expectations of three ways."""
    said = f"Mean of the 16 entries over {draws} draws, with ±1 standard error. Thin lines: the exact expectations."
    if p == 0:
        return f"{said} At p = 0 nothing is dropped: all four lie at {eval_mode:g}."
    if p == 1:
        return f"{said} At p = 1 everything is dropped: the mean is 0 in train mode, with nothing left to scale, and {eval_mode:g} in eval mode."
    return f"{said} Train mode with the factor 1/(1 − p) aims at {train:g}, the same as eval mode. Without it, at {unscaled:g}."


def ones(p: float, mean: float, sd: float) -> str:
    """Of the sums of ten thousand ones."""
    if p == 1:
        return "At p = 1 everything is dropped: every sum in train mode is 0, and there is nothing left to scale."
    return (
        f"The sum of 10,000 ones after dropout. In train mode its mean is {mean:,.0f} and its standard deviation "
        f"√(10,000 · p/(1 − p)) = {sd:.4g}. Tutorials print 9938, 10052 and 9894 at p = 0.5, and exactly 10,000 in eval mode."
    )


def bug(meant: float, true: float, measured: float) -> str:
    """Of the mask drawn with `randn`: the share it is meant to keep, the share it keeps, and that among 100,000 draws."""
    said = (
        f"`randn` draws from a normal distribution, `rand` from the uniform one. Meant to keep 1 − p = {meant:.3g}, this mask keeps "
        f"Φ(1 − p) = {true:.4f}; among 100,000 draws here {measured:.4f}."
    )
    if meant == 0:
        return f"{said} What is kept is then divided by 1 − p = 0, which gives infinities, and 0/0 where it was dropped."
    factor = true / meant
    how = "grows" if factor > 1 else "shrinks"
    return (
        f"{said} What is kept is still divided by {meant:.3g}, so a layer's mean {how} by the factor {factor:.3g}. "
        "The code runs, and the network learns: nothing warns you."
    )
