"""What the dropout page says of its runs: plain values in, sentences out. Which sentence holds is decided here; a sentence holds for the
run it is given, or is left out. The words lie in content."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from regdemo.config.configs import NetworkConfig
from regdemo.config.phrases import joined
from regdemo.content.say import say
from regdemo.frames.dropout import LOSSES

Row = Mapping[str, Any]  # one epoch of one run: Record.row()


def share(value: float) -> str:
    """A share in per cent: 0% and 100% are exact."""
    if 0 < value < 0.01:
        return say("dropout.activity.under")
    return say("dropout.activity.over") if 0.99 < value < 1 else f"{value:.0%}"


def _at(epoch: int) -> str:
    return say("dropout.when.epoch", epoch=epoch) if epoch else say("dropout.when.start")


def progress(done: float, total: int, seconds: float) -> str:
    """How far a training is after `seconds`. Time left is promised once half an epoch has been seen."""
    if done < 0.5:
        return say("dropout.progress.early", done=done, total=total)
    return say("dropout.progress.left", done=done, total=total, seconds=seconds * (total - done) / done)


def diverged(name: str, last: Row, ended: Row | None) -> str:
    """`ended`: the figures that are shown of the run (dropout_frames.ended)."""
    shown = say("dropout.diverged.nothing") if ended is None else say("dropout.diverged.until", epoch=ended["epoch"])
    return joined(say("dropout.diverged.run", run=name, epoch=last["epoch"]), shown)


def _late(config: NetworkConfig) -> str:
    """What changes after the config's switch_epoch: "dropout", "l2", "both" or nothing; all other settings hold from the start."""
    if not config.switch_epoch:
        return ""
    rates = any(rate != config.dropout_before for rate in config.dropout)
    if config.weight_decay != config.weight_decay_before:
        return "both" if rates else "l2"
    return "dropout" if rates else ""


def from_here(config: NetworkConfig) -> str:
    """The words at a chart's rule where settings change in mid-run; empty where none do."""
    late = _late(config)
    if late and config.dropout_before:  # the curve lab goes from one rate to another
        return say("dropout.change.rate", p=config.dropout[0])
    return {
        "dropout": say("dropout.change.dropout"), "l2": say("dropout.change.l2"), "both": say("dropout.change.both"),
    }.get(late, "")  # fmt: skip


def stopped_early(name: str, config: NetworkConfig, last: Row) -> str:
    """Of a run that patience ended."""
    late = _late(config)
    never = (
        say(f"dropout.change.never.{late}", late=config.switch_epoch) if late and last["epoch"] <= config.switch_epoch else ""
    )
    return joined(say("dropout.stopped.run", run=name, when=_at(last["epoch"]), best=_at(last["best_epoch"] or 0)), never)


def everything_dropped(config: NetworkConfig, epoch: int) -> str:
    """What p = 1 does to a run that has come to `epoch`; empty where no layer is dropped whole."""
    if max(config.in_force(epoch)[0]) < 1:
        return ""
    if config.switch_epoch and config.dropout_before < 1:
        return say("dropout.dropped.late", epoch=config.switch_epoch)
    return say("dropout.dropped.always")


def outcome(names: Sequence[str], first: Sequence[Row], second: Sequence[Row]) -> str:
    """What two finished runs came to: final test loss and accuracy, and the lowest test loss on the way. Nothing of diverged runs."""
    a, b = first[-1], second[-1]
    if a["diverged"] or b["diverged"]:
        return ""
    if [row["test_loss"] for row in first] == [row["test_loss"] for row in second]:
        return say("dropout.outcome.equal")
    one, two = names
    low, low_b = (min(rows, key=lambda row: row["test_loss"]) for rows in (first, second))
    stopping = low["test_loss"] < low_b["test_loss"] and low["epoch"] < a["epoch"]
    return joined(
        _final(two, a["test_loss"], b["test_loss"]),
        "" if b["test_accuracy"] is None else _accuracy(a["test_accuracy"], b["test_accuracy"]),
        say(
            "dropout.outcome.lowest", one=one, one_loss=low["test_loss"], one_when=_at(low["epoch"]),
            two=two, two_loss=low_b["test_loss"], two_when=_at(low_b["epoch"]),
        ),
        say("dropout.outcome.stopping", one=one, two=two, when=_at(low["epoch"])) if stopping else "",
    )  # fmt: skip


def _final(two: str, a: float, b: float) -> str:
    if f"{a:.3g}" == f"{b:.3g}":
        return say("dropout.outcome.loss.same", run=two, loss=b)
    return say("dropout.outcome.loss.lower" if b < a else "dropout.outcome.loss.higher", run=two, loss=b, other=a)


def _accuracy(a: float, b: float) -> str:
    if f"{a:.1%}" == f"{b:.1%}":
        return say("dropout.outcome.accuracy.same", accuracy=b)
    return say("dropout.outcome.accuracy.higher" if b > a else "dropout.outcome.accuracy.lower", accuracy=b, other=a)


def lines() -> dict[str, str]:
    """What charts of networks call what their tables hold: id -> word. Runs go by their names."""
    return {id: say(f"dropout.curves.lines.{id}") for id in (*LOSSES.values(), "truth")}


def curves(what: str, shown: Mapping[str, tuple[Row, Row | None]]) -> str:
    """What the learning curves of `what` ("loss", "accuracy") show; run -> its last row, and the one whose figures are given."""
    most = max(last["epoch"] for last, _ in shown.values())

    def of(name: str, row: Row | None) -> str:
        if row is None:
            return say("dropout.curves.run.diverged", run=name)
        test, train = row[f"test_{what}"], row[f"train_{what}_eval"]
        if row["epoch"] == most:
            return say("dropout.curves.run.last", run=name, test=test, train=train)
        return say("dropout.curves.run.earlier", run=name, test=test, train=train, epoch=row["epoch"])

    head = say(f"dropout.curves.over.{what}", epochs=most) if most else say(f"dropout.curves.start.{what}")
    return joined(head, *(of(name, row) for name, (_, row) in shown.items()))


def spreads(kind: str, layer: str, found: Mapping[str, Mapping[int, float]]) -> str:
    """Of histograms over time; run -> epoch -> standard deviation, the first and the last that are drawn."""

    def each(at: Mapping[int, float]) -> str:
        first, *more = (say("dropout.histograms.spread", sd=sd, when=_at(epoch)) for epoch, sd in at.items())
        return say("dropout.histograms.both", first=first, last=more[0]) if more else first

    return joined(
        say(f"dropout.histograms.of.{kind}", layer=layer),
        *(say("dropout.histograms.spreads", run=name, spreads=each(at)) for name, at in found.items()),
    )


def activity(layer: str, zero: Mapping[str, float], epochs: Mapping[str, int]) -> str:
    """Of the hidden units in eval mode; run -> share of exact zeros, and the epoch, where that is not the run's last."""
    each = ", ".join(
        say("dropout.activity.share_earlier", run=n, share=share(value), when=_at(epochs[n]))
        if n in epochs
        else say("dropout.activity.share", run=n, share=share(value))
        for n, value in zero.items()
    )
    return say("dropout.activity.said", layer=layer, each=each)


def modes(config: NetworkConfig, epoch: int, variances: Mapping[str, float]) -> str:
    """What dropout does to the hidden layers' mean and variance from eval to train mode, after `epoch` of a run.

    variances: layer -> variance in eval mode.
    """
    layers = list(variances)
    rates, _ = config.in_force(epoch)
    normed = say("dropout.modes.normed") if config.batch_norm else ""
    first = next((i for i, rate in enumerate(rates) if rate), None)
    if first is None:
        return normed or say("dropout.modes.nothing")
    if config.drop == "weights":
        if first + 1 == len(layers):
            return normed or say("dropout.modes.output")
        return joined(say("dropout.modes.weights", layer=layers[first + 1]), normed or say("dropout.modes.before"))
    if not variances[layers[first]]:
        return say("dropout.modes.constant", layer=layers[first])
    if rates[first] == 1:
        return say("dropout.modes.zeros", layer=layers[first])
    later = say("dropout.modes.later") if first + 1 < len(layers) else ""
    return joined(normed or say("dropout.modes.mean", layer=layers[first]), later)


def averages(tests: int, k: int, one: float, many: float, scaling: float, whole: bool) -> str:
    """Test errors of one thinned network, of k averaged, and of one pass in eval mode. `whole`: a layer is dropped whole."""
    errors = say("dropout.averages.errors", tests=tests, k=k, one=one, many=many, scaling=scaling)
    if whole:
        return joined(errors, say("dropout.averages.whole"))
    points = 100 * (scaling - many)
    if f"{abs(points):.1f}" == "0.0":
        return joined(errors, say("dropout.averages.same"))
    how = say("dropout.averages.worse" if points > 0 else "dropout.averages.better", points=abs(points))
    return joined(errors, how)


def fits(names: Sequence[str], losses: Mapping[str, float | None]) -> str:
    """The curve lab's picture; run -> test loss, None where it diverged and is not drawn."""
    each = ", ".join(
        say("dropout.fits.diverged", run=n) if (loss := losses[n]) is None else say("dropout.fits.loss", run=n, loss=loss)
        for n in names
    )
    return say("dropout.fits.data", each=each)


def over_seeds(names: Sequence[str], losses: Sequence[tuple[float | None, float | None]]) -> str:
    """Test losses of a pair, seed after seed; None where a run diverged."""
    both = [(a, b) for a, b in losses if a is not None and b is not None]
    if not both:
        return say("dropout.seeds.none")
    n = len(both)
    rest = "" if n == len(losses) else say("dropout.seeds.diverged", seeds=len(losses) - n)
    if all(a == b for a, b in both):
        return joined(say("dropout.seeds.same", seeds=n), rest)
    one, two = (math.fsum(values) / n for values in zip(*both, strict=True))
    lower = say("dropout.seeds.lower", run=names[1], lower=sum(b < a for a, b in both), seeds=n, one=one, two=two)
    return joined(lower, rest, say("dropout.seeds.more"))


def demo(p: float, draws: int, train: float, unscaled: float, eval_mode: float) -> str:
    """Of the mask demo's running means; the exact expectations of three ways."""
    if p == 0:
        which = say("dropout.demo.none", eval_mode=eval_mode)
    elif p == 1:
        which = say("dropout.demo.everything", eval_mode=eval_mode)
    else:
        which = say("dropout.demo.aims", train=train, unscaled=unscaled)
    return joined(say("dropout.demo.caption", draws=draws), which)


def ones(p: float, mean: float, sd: float) -> str:
    """Of the sums of ten thousand ones."""
    return say("dropout.ones.everything") if p == 1 else say("dropout.ones.moments", mean=mean, sd=sd)


def bug(meant: float, true: float, measured: float) -> str:
    """Of the mask drawn with `randn`: the share it is meant to keep, the share it keeps, and that among 100,000 draws."""
    shares = say("dropout.bug.shares", meant=meant, true=true, measured=measured)
    if meant == 0:
        return joined(shares, say("dropout.bug.infinite"))
    factor = true / meant
    return joined(shares, say("dropout.bug.grows" if factor > 1 else "dropout.bug.shrinks", meant=meant, factor=factor))
