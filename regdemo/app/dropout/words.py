"""What the dropout page says of its runs: plain values in, sentences out. Which sentence holds is decided here; a sentence holds for the
run it is given, or is left out. The words lie in content."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from regdemo.config.configs import NetworkConfig
from regdemo.config.constants import EXAMPLES
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
        "dropout": say("dropout.change.dropout"),
        "l2": say("dropout.change.l2"),
        "both": say("dropout.change.both"),
    }.get(late, "")


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
    """What two finished runs came to: final test loss, the gap from training to test data, test accuracy."""
    if _alike(first, second):
        return say("dropout.outcome.equal")
    a, b = first[-1], second[-1]
    gaps = [abs(row["test_loss"] - row["train_loss_eval"]) for row in (a, b)]
    return joined(
        _final(names[1], a["test_loss"], b["test_loss"]),
        _changed(*gaps),
        "" if b["test_accuracy"] is None else _accuracy(a, b),
    )


def _alike(first: Sequence[Row], second: Sequence[Row]) -> bool:
    return [row["test_loss"] for row in first] == [row["test_loss"] for row in second]


def _final(two: str, a: float, b: float) -> str:
    if f"{a:.3g}" == f"{b:.3g}":
        return say("dropout.outcome.loss.same", run=two, loss=b)
    return say("dropout.outcome.loss.lower" if b < a else "dropout.outcome.loss.higher", run=two, loss=b, other=a)


def _changed(a: float, b: float) -> str:
    if f"{a:.2g}" == f"{b:.2g}":
        return say("dropout.outcome.gap.same", gap=b)
    return say("dropout.outcome.gap.narrower" if b < a else "dropout.outcome.gap.wider", gap=b, other=a)


def _accuracy(first: Row, second: Row) -> str:
    """Accuracies within twice the standard error of their difference are not told apart: other test images could turn them round."""
    a, b = first["test_accuracy"], second["test_accuracy"]
    if f"{a:.1%}" == f"{b:.1%}":
        return say("dropout.outcome.accuracy.same", accuracy=b)
    if abs(a - b) < 2 * math.sqrt((a * (1 - a) + b * (1 - b)) / second["n_test"]):
        return say("dropout.outcome.accuracy.close", accuracy=b, other=a)
    return say("dropout.outcome.accuracy.higher" if b > a else "dropout.outcome.accuracy.lower", accuracy=b, other=a)


def stopping(names: Sequence[str], first: Sequence[Row], second: Sequence[Row]) -> str:
    """Of the lowest test losses on the way, where the first network had a lower one before its end than the second ever.

    Losses are compared on the same test images: where fewer are watched than there are, the last epoch, which has all, is left out.
    """
    n = min(row["n_test"] for row in (*first, *second))
    first, second = ([row for row in rows if row["n_test"] == n] for rows in (first, second))
    if not (first and second):
        return ""
    low, low_b = (min(rows, key=lambda row: row["test_loss"]) for rows in (first, second))
    if _alike(first, second) or low["test_loss"] >= low_b["test_loss"] or low["epoch"] == first[-1]["epoch"]:
        return ""
    return say("dropout.outcome.stopping", one=names[0], two=names[1], when=_at(low["epoch"]), loss=low["test_loss"])


def watched(config: NetworkConfig) -> str:
    """On how many test images a run is watched, where these are fewer than there are."""
    tests = min(config.n_test, EXAMPLES.get(config.dataset, (0, config.n_test))[1])
    if config.n_watched is None or config.n_watched >= tests:
        return ""
    return say("dropout.curves.watched", watched=config.n_watched, tests=tests)


def lines() -> dict[str, str]:
    """What charts of networks call what their tables hold: id -> word. Runs go by their names."""
    return {id: say(f"dropout.curves.lines.{id}") for id in (*LOSSES.values(), "truth")}


def gap(what: str, row: Row) -> str:
    """What a run's gap from training data, in eval mode, to test data is called in the chart of `what` ("loss", "accuracy")."""
    size = abs(row[f"test_{what}"] - row[f"train_{what}_eval"])
    return say("dropout.curves.gap.loss", gap=size) if what == "loss" else say("dropout.curves.gap.accuracy", gap=100 * size)


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


def averages(many: float, scaling: float, whole: bool) -> str:
    """Of the test errors of averaged thinned networks and of one pass in eval mode. `whole`: a layer is dropped whole."""
    if whole:
        return say("dropout.averages.whole")
    points = 100 * (scaling - many)
    if f"{abs(points):.1f}" == "0.0":
        return say("dropout.averages.same")
    return say("dropout.averages.worse" if points > 0 else "dropout.averages.better", points=abs(points))


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


def mask(p: float, units: int) -> str:
    """What masks at a rate do to so many hidden units."""
    if p == 0:
        return say("dropout.demo.lead.none")
    if p == 1:
        return say("dropout.demo.lead.everything", units=units)
    return say("dropout.demo.lead.some", p=p, dropped=p * units, units=units, factor=1 / (1 - p))


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
