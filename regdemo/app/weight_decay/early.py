"""The lab "early stopping": descent that is stopped early beside ridge with as many degrees of freedom."""

from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

from regdemo.app.bar import Film, bar
from regdemo.app.downloads import take_with_you, write_code
from regdemo.app.drawing import Drawn, Rows, draw, side_by_side
from regdemo.app.frame import panel
from regdemo.app.labs import lab_sidebar, worked_out
from regdemo.app.limits import solution
from regdemo.app.linear_figures import chart_words
from regdemo.app.opening import present_values
from regdemo.app.sweeps import ROWS_BYTES, Kept
from regdemo.app.weight_decay.controls import ALL, EARLY, HAND, LAB, OWN_EPOCH, STRENGTHS, lab_config
from regdemo.charts import weight_decay_labs as charts
from regdemo.config.costs import early_seconds
from regdemo.config.fields import EPOCHS_MOST
from regdemo.config.phrases import figure
from regdemo.content.say import language, say
from regdemo.frames import weight_decay_labs as frames

if TYPE_CHECKING:
    from regdemo.config.configs import LinearConfig
    from regdemo.core.linear.early_stopping import Stopping


@dataclass(frozen=True, eq=False)
class Shown:
    """Ridge and descent on one data set, where the bar stands, and whether descent has an epoch of its own."""

    config: "LinearConfig"
    kept: Kept
    k: int
    own_epoch: bool

    @property
    def found(self) -> "Stopping":
        return self.kept.value

    @property
    def at(self) -> dict[str, int]:
        return {"hand": self.k, "moment": int(self.found.epochs[-1])}

    @property
    def labels(self) -> dict[str, str]:
        ways = (frames.RIDGE, frames.DESCENT)
        return chart_words() | {way: say(f"weight_decay_labs.early.ways.{way}") for way in ways}

    @cached_property
    def lowest(self) -> dict[str, tuple[float, float, float]]:
        """Each way's lowest test loss along its curve: λ or t, degrees of freedom, loss."""
        best = {way: (place, curve, int(curve.losses["test"].argmin())) for way, (place, curve) in self.found.curves.items()}
        return {way: (place[i], curve.freedom[i], curve.losses["test"][i]) for way, (place, curve, i) in best.items()}


def lab() -> None:
    """The whole lab."""
    st.markdown(say("weight_decay_labs.early.idea"))
    config = lab_config(lab_sidebar(EARLY, (LAB, HAND, OWN_EPOCH), ALL, say("weight_decay_labs.new_seed")))
    kept = worked_out(solution("early stopping", early_seconds, config), partial(_stopping, config))
    if kept is None:
        return
    if isinstance(kept.value, float):
        st.warning(say("weight_decay_labs.early.refused.too_fast", lr=config.lr, most=kept.value))
        return
    view = present_values((HAND, OWN_EPOCH))
    shown = Shown(config, kept, STRENGTHS.index(view["lam"]), view["own_epoch"])
    _hand(shown)
    for odd in odds(config):
        st.info(odd)
    drawn = side_by_side(shown, freedom, directions)
    OWN_EPOCH.draw()
    _why(shown)
    _take(shown, drawn)


def _stopping(config: "LinearConfig") -> Kept:
    """Both ways on the config's data; in their place the bound on the learning rate where a step overshoots."""
    from regdemo.core.linear.data import draw_linear
    from regdemo.core.linear.early_stopping import early_stopping

    data = draw_linear(config)
    most = float(1 / data.curvature[0])
    if config.lr >= most:
        return Kept(most, 1000)
    splits = {name: tuple(part[0].astype(np.float64) for part in data.split(name)) for name in ("train", "test")}
    found = early_stopping(splits, STRENGTHS, config.lr)
    return Kept(found, found.nbytes + ROWS_BYTES)


def odds(config: "LinearConfig") -> list[str]:
    """What makes these settings a poor example, if something does."""
    found = {
        "one": config.n_features == 1,
        "no_noise": not config.noise and config.n_train > config.n_features,
        "no_signal": not config.coefficient and config.noise > 0,
    }
    return [say(f"weight_decay_labs.early.odd.{odd}") for odd, holds in found.items() if holds]


def leads(found: "Stopping") -> list[str]:
    """The sentence that says, at each λ, how many degrees of freedom are left, and when descent has as many."""
    most = len(found.directions.curvature)

    def lead(k: int, lam: float) -> str:
        freedom, steps, ridge = found.ridge.freedom[k], found.steps[k], found.ridge.losses["test"][k]
        if not lam:
            return say("weight_decay_labs.early.lead.none", all=most, ridge=ridge)
        figures = {"lam": lam, "freedom": freedom, "all": most, "ridge": ridge}
        if steps < 1:
            return say("weight_decay_labs.early.lead.first", **figures)
        stopped = found.stopped.losses["test"][k]
        return say("weight_decay_labs.early.lead.equal", steps=round(steps), stopped=stopped, **figures)

    return [lead(k, lam) for k, lam in enumerate(found.strengths)]


def both(found: "Stopping", lam: float) -> str:
    """Whether stopping early helps at a λ; empty where descent on ridge's objective overshoots."""
    if (ends := found.both(lam)) is None:
        return ""
    steps, lowest, end = ends
    if figure(lowest) == figure(end):
        return say("weight_decay_labs.early.why.enough" if lam else "weight_decay_labs.early.why.unneeded", lam=lam, end=end)
    figures = {"lam": lam, "lowest": lowest, "steps": round(steps), "end": end}
    return say("weight_decay_labs.early.why.both" if lam else "weight_decay_labs.early.why.unregularized", **figures)


def _hand(shown: Shown) -> None:
    """The bar: the λ, and the step that is its equal."""
    found = shown.found

    def film() -> Film:
        with np.errstate(divide="ignore"):
            inverse = 1 / (found.lr * found.steps)
        figures = {"ridge": found.ridge.losses["test"], "stopped": found.stopped.losses["test"], "inverse": inverse}
        return Film(
            labels=[say("linear.at.lam", lam=lam) for lam in STRENGTHS],
            leads=leads(found),
            figures=[(say(f"weight_decay_labs.early.figures.{name}"), [figure(v) for v in of]) for name, of in figures.items()],
            epochs=[int(epoch) for epoch in found.epochs] if shown.own_epoch else (),
        )

    bar(HAND, shown.kept.once(("film", language.get(), shown.own_epoch), film))


def freedom(shown: Shown) -> Drawn:
    """Losses of both ways against their degrees of freedom."""
    title = say("weight_decay_labs.early.loss.title")
    st.subheader(title, help=say("weight_decay_labs.early.loss.how"))
    (lam, ridge_freedom, ridge), (steps, stopped_freedom, stopped) = (shown.lowest[way] for way in ("ridge", "descent"))
    rows = shown.kept.once("freedom", lambda: Rows(frames.freedom_rows(shown.found)))
    return draw(
        charts.freedom,
        rows,
        own_epoch=shown.own_epoch,
        floor=float(rows.frame.loc[rows.frame["split"] == "test", "loss"].min()) / 100,
        title=title,
        labels=shown.labels,
        at=shown.at,
        take_away=say("weight_decay_labs.early.loss.lowest", ridge=ridge, stopped=stopped),
        alt=say(
            "weight_decay_labs.early.loss.alt",
            lam=lam,
            ridge=ridge,
            ridge_freedom=ridge_freedom,
            steps=round(steps),
            stopped=stopped,
            stopped_freedom=stopped_freedom,
        ),
    )


def directions(shown: Shown) -> Drawn:
    """What is kept of each direction."""
    found, title = shown.found, say("weight_decay_labs.early.directions.title")
    st.subheader(title, help=say("weight_decay_labs.early.directions.how"))
    apart = np.abs(found.ridge.kept - found.stopped.kept)
    k, i = np.unravel_index(int(apart.argmax()), apart.shape)
    return draw(
        charts.directions,
        shown.kept.once("directions", lambda: Rows(frames.direction_rows(found))),
        reach=(float(found.directions.curvature[-1]), float(found.directions.curvature[0])),
        own_epoch=shown.own_epoch,
        title=title,
        labels=shown.labels,
        at=shown.at,
        alt=say(
            "weight_decay_labs.early.directions.alt",
            lam=STRENGTHS[k],
            ridge=found.ridge.kept[k, i],
            stopped=found.stopped.kept[k, i],
        ),
    )


def _why(shown: Shown) -> None:
    """The formula, what it gives at the bar's λ, and whether both together help; closed until asked for."""
    with panel("why", say("weight_decay_labs.why")) as is_open:
        if not is_open:
            return
        found, lam, steps = shown.found, STRENGTHS[shown.k], shown.found.steps[shown.k]
        st.markdown(say("weight_decay_labs.early.why.kept"))
        st.latex(
            r"\underbrace{\frac{d^2}{d^2+n\lambda}}_{\text{ridge}}\qquad\underbrace{1-\Bigl(1-\frac{\eta d^2}{n}\Bigr)^t}_{\text{descent}}"
        )
        st.markdown(say("weight_decay_labs.early.why.sum"))
        if lam:
            st.markdown(say("weight_decay_labs.early.why.here", lam=lam, steps=steps, inverse=1 / (found.lr * steps)))
        st.markdown(both(found, lam))
        st.markdown(say("weight_decay_labs.early.why.bias"))
        st.caption(say("weight_decay_labs.early.why.source"))


def _take(shown: Shown, drawn: list[Drawn]) -> None:
    """The link, the charts, and the code that trains without λ and stops where the bar's λ has its equal."""
    found, steps = shown.found, shown.found.steps[shown.k]
    epochs = round(steps) if 0.5 < steps <= EPOCHS_MOST else 0
    config = replace(shown.config, epochs=max(epochs, 1))
    stopped = found.way(found.directions.descent(found.lr, np.array([float(epochs)])))
    ways = {"ridge": found.ridge, "stopped": found.stopped}
    figures = {say("linear.figures.lam"): f"{STRENGTHS[shown.k]:g}"}
    figures |= {say(f"weight_decay_labs.early.figures.{n}"): figure(of.losses["test"][shown.k]) for n, of in ways.items()}
    code: Any = (lambda style, kind: write_code(config, style, kind, 0.0)) if epochs else None
    take_with_you(
        "weight_decay", ALL, config, figures, {}, drawn, code=code,
        prints=say("weight_decay_labs.early.code.prints", steps=epochs, loss=stopped.losses["test"][0]) if epochs else "",
        note="" if epochs else say("weight_decay_labs.early.code.none", most=EPOCHS_MOST),
    )  # fmt: skip
