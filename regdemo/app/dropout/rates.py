"""The lab "all rates": one network at ten rates, a hand on p, and what the masks say that were left on."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

from regdemo.app.bar import Film, bar
from regdemo.app.downloads import take_with_you, write_code
from regdemo.app.drawing import Drawn, Rows, draw, side_by_side
from regdemo.app.dropout.controls import ALL, CURVE, LAB, LEFT_ON, RATE
from regdemo.app.frame import panel
from regdemo.app.labs import lab_sidebar
from regdemo.app.limits import NETWORKS, batched, may_train
from regdemo.app.opening import present_values
from regdemo.app.sweeps import ROWS_BYTES, Kept, failures_said
from regdemo.app.trainings import train_together
from regdemo.charts import rates as charts
from regdemo.config.configs import NetworkConfig
from regdemo.config.constants import TRAIN_NOISE
from regdemo.config.phrases import figure
from regdemo.config.presets import PRESETS
from regdemo.content.say import language, say
from regdemo.frames import rates as frames

if TYPE_CHECKING:
    from regdemo.core.networks.rates import RateSweep

SEEDS = 3
OWN = tuple(control for control in CURVE if control.name in ("curve_n", "steps", "seed"))
LEFT_ON_BY_MISTAKE = """\
model.train()   # or F.dropout(h, p), without training=self.training
answers = torch.stack([model(x) for _ in range(100)])   # on purpose: Monte-Carlo dropout
mean = answers.mean(0)
low, high = answers.quantile(torch.tensor([0.05, 0.95]), 0)"""


@dataclass(frozen=True, eq=False)
class Shown:
    """The networks of all rates, and where the bar stands."""

    kept: Kept
    k: int
    left_on: bool

    @property
    def found(self) -> "RateSweep":
        return self.kept.value

    @property
    def at(self) -> dict[str, int]:
        return {"hand": self.k}

    @property
    def labels(self) -> dict[str, str]:
        names = ("train", "test", "eval", "mean", "left_on", "truth", "fresh", "noise", "start", "end")
        return {name: say(f"dropout_rates.lines.{name}") for name in names}


def lab() -> None:
    """The whole lab."""
    st.markdown(say("dropout_rates.idea"))
    base = rates_base(lab_sidebar(OWN, (LAB, RATE, LEFT_ON), ALL, say("dropout_rates.new_seed")))
    kept = _swept(base)
    if kept is None:
        return
    view = present_values((RATE, LEFT_ON))
    shown = Shown(kept, RATE.options.index(view["rate"]), view["left_on"])
    bar(RATE, kept.once(("film", language.get()), lambda: _film(shown.found)))
    drawn = [*side_by_side(shown, band, rates_loss), *side_by_side(shown, coverage, rates_weights)]
    _why(shown)
    _take(shown, drawn)


def rates_base(values: dict[str, Any]) -> NetworkConfig:
    """The network that is trained at every rate: small, for thirty at once, and with Adam, whose steps no rate makes too long."""
    n = values["curve_n"]
    shape: dict[str, Any] = {"hidden": (32, 32, 32), "dropout": (0.0,), "optimizer": "adam", "lr": 0.003, "momentum": 0.0}
    return replace(PRESETS["D4"], **shape, n_train=n, batch_size=n, epochs=values["steps"], seed=values["seed"])


def _swept(base: NetworkConfig) -> Kept | None:
    """The networks of all rates, kept or trained now; None where that would take too long."""
    from regdemo.core.networks.rates import rate_configs, sweep_rates

    configs = rate_configs(base, RATE.options, SEEDS)
    if not may_train([batched(configs)], NETWORKS):
        return None

    def make(on_step: Any) -> Kept:
        found = sweep_rates(base, RATE.options, SEEDS, on_step)
        return Kept(found, found.nbytes + ROWS_BYTES)

    with failures_said("networks"):
        return train_together(configs, make)


def leads(found: "RateSweep") -> list[str]:
    """The sentence that says, at each rate, what the masks cost when they are left on, and what their band holds."""

    def lead(k: int, p: float) -> str:
        test, left = found.test[k].mean(), found.left_on[k].mean()
        if not p:
            return say("dropout_rates.lead.none", test=test, seeds=found.seeds)
        return say("dropout_rates.lead.some", p=p, test=test, left=left, seeds=found.seeds, inside=found.inside[k])

    return [lead(k, p) for k, p in enumerate(found.rates)]


def lowest(found: "RateSweep") -> str:
    """Whether some rate ends lower than none."""
    test = found.test.mean(1)
    k = int(test.argmin())
    if not k:
        return say("dropout_rates.losses.lowest.none", zero=test[0])
    return say("dropout_rates.losses.lowest.some", p=found.rates[k], test=test[k], zero=test[0])


def held(found: "RateSweep") -> str:
    """What the bands hold at their best and at their worst, beside what a calibrated interval would hold."""
    from regdemo.core.networks.rates import LEVEL

    some = np.flatnonzero(found.rates)
    best, worst = (int(some[pick(found.inside[some])]) for pick in (np.argmax, np.argmin))
    figures = {"most": found.inside[best], "p": found.rates[best], "level": LEVEL}
    if found.inside[best] < LEVEL:
        return say("dropout_rates.coverage.under", **figures)
    return say("dropout_rates.coverage.over", **figures, least=found.inside[worst], other=found.rates[worst])


def wider(found: "RateSweep") -> str:
    """At how many rates the band is wider where there are no data than amid them."""
    middle, end = (_widths(found, x)[1:] for x in (0.0, 2.0))
    return say("dropout_rates.band.wider", wider=int((end > middle).sum()), rates=len(end))


def _widths(found: "RateSweep", x: float) -> np.ndarray:
    """The band's width at x, at each rate."""
    i = int(np.abs(found.x - x).argmin())
    return found.high[:, i] - found.low[:, i]


def _film(found: "RateSweep") -> Film:
    figures = {
        "test": found.test.mean(1),
        "left_on": found.left_on.mean(1),
        "middle": _widths(found, 0.0),
        "end": _widths(found, 2.0),
    }
    return Film(
        labels=[say("dropout.names.rate", p=p) for p in found.rates],
        leads=leads(found),
        figures=[(say(f"dropout_rates.figures.{name}"), [figure(value) for value in of]) for name, of in figures.items()],
    )


def band(shown: Shown) -> Drawn:
    """The fit in eval mode with the masks' mean and band; or what comes out where eval() is forgotten."""
    found, title = shown.found, say("dropout_rates.band.title")
    st.subheader(title, help=say("dropout_rates.band.how"))
    drawn = draw(
        charts.band,
        shown.kept.once("band", lambda: Rows(frames.band_rows(found))),
        left_on=shown.left_on,
        end=float(found.x[-1]),
        title=title,
        labels=shown.labels,
        at=shown.at,
        take_away=wider(found),
        alt=say("dropout_rates.band.alt", rates=len(found.rates), n=len(found.points[0])),
    )
    LEFT_ON.draw()
    return drawn


def rates_loss(shown: Shown) -> Drawn:
    """Losses against the rate, in eval mode and with the masks left on."""
    found, title = shown.found, say("dropout_rates.losses.title")
    st.subheader(title, help=say("dropout_rates.losses.how", seeds=found.seeds))
    most = int(found.left_on.mean(1).argmax())
    return draw(
        charts.losses,
        shown.kept.once("losses", lambda: Rows(frames.loss_rows(found))),
        rates=found.rates,
        title=title,
        labels=shown.labels,
        at=shown.at,
        take_away=lowest(found),
        alt=say("dropout_rates.losses.alt", p=found.rates[most], left=found.left_on[most].mean()),
    )


def coverage(shown: Shown) -> Drawn:
    """What the band holds of fresh data, beside what a calibrated interval would."""
    from regdemo.core.networks.rates import FRESH, LEVEL

    found, title = shown.found, say("dropout_rates.coverage.title")
    st.subheader(title, help=say("dropout_rates.coverage.how", fresh=FRESH * int(found.within.sum())))
    some = found.with_noise[1:]
    return draw(
        charts.coverage,
        shown.kept.once("coverage", lambda: Rows(frames.coverage_rows(found))),
        rates=found.rates,
        level=LEVEL,
        name=say("dropout_rates.coverage.calibrated", level=LEVEL),
        title=title,
        labels=shown.labels,
        at=shown.at,
        take_away=held(found),
        alt=say("dropout_rates.coverage.alt", low=some.min(), high=some.max()),
    )


def rates_weights(shown: Shown) -> Drawn:
    """All weights before and after training."""
    found, title = shown.found, say("dropout_rates.weights.title")
    st.subheader(title, help=say("dropout_rates.weights.how"))
    shares = np.vstack([found.started, found.counts]) / found.started.sum()
    return draw(
        charts.weights,
        shown.kept.once("weights", lambda: Rows(frames.weight_rows(found))),
        most=float(shares.max()),
        far=float(found.edges[-1]),
        title=title,
        labels=shown.labels,
        at=shown.at,
        alt=say("dropout_rates.weights.alt", count=int(found.started.sum()), reach=float(found.edges[-1])),
    )


def _why(shown: Shown) -> None:
    """What the band is and what it is not, and the same masks as a mistake; closed until asked for."""
    with panel("why", say("dropout_rates.why.heading")) as is_open:
        if not is_open:
            return
        found, k = shown.found, shown.k
        st.markdown(say("dropout_rates.why.band"))
        st.latex(
            r"\hat y(x) = \frac1T\sum_{t=1}^T f(x; m_t),\qquad s^2(x) = \frac1T\sum_{t=1}^T \bigl(f(x; m_t)-\hat y(x)\bigr)^2"
        )
        st.markdown(say("dropout_rates.why.not"))
        if p := found.rates[k]:
            shares = {"inside": found.inside[k], "truth": found.truth_inside[k], "noise": found.with_noise[k]}
            st.markdown(say("dropout_rates.why.here", p=p, sigma=TRAIN_NOISE, **shares))
        st.markdown(say("dropout_rates.why.bug"))
        st.code(LEFT_ON_BY_MISTAKE, language="python")
        left, averaged = found.left_on[k].mean(), found.averaged[k].mean()
        st.markdown(say("dropout_rates.why.sum", left=left, averaged=averaged, spread=left - averaged))
        st.caption(say("dropout_rates.why.source"))


def _take(shown: Shown, drawn: list[Drawn]) -> None:
    """The link, the charts, every rate's losses, and the code that trains the network of the bar's rate alone."""
    found, config = shown.found, shown.found.configs[shown.k]
    figures = {say("dropout_rates.figures.rate"): f"{found.rates[shown.k]:g}"}
    figures |= {
        say(f"dropout_rates.figures.{n}"): figure(of[shown.k].mean())
        for n, of in (("test", found.test), ("left_on", found.left_on))
    }
    losses = shown.kept.once("losses", lambda: Rows(frames.loss_rows(found)))
    take_with_you(
        "dropout", ALL, config, figures, {"rates.csv": lambda: losses.frame.query("kind == 'seed'").to_csv(index=False)}, drawn,
        code=lambda style, kind: write_code(config, style, kind),
        prints=say("dropout_rates.code.prints", p=found.rates[shown.k], loss=found.test[shown.k, 0]),
    )  # fmt: skip
