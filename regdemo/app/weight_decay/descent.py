"""The lab "double descent": the test loss from few features to many, at λ = 0, at the bar's λ and at the best λ of each p."""

from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from regdemo.app.bar import Film, bar
from regdemo.app.downloads import take_link
from regdemo.app.drawing import Drawn, Rows, draw, side_by_side
from regdemo.app.frame import panel
from regdemo.app.labs import lab_sidebar, worked_out
from regdemo.app.limits import solution
from regdemo.app.opening import present_values
from regdemo.app.sweeps import ROWS_BYTES, Kept
from regdemo.app.weight_decay.controls import ALL, DESCENT, HAND, LAB, STRENGTHS, descent_config
from regdemo.charts import weight_decay_labs as charts
from regdemo.config.costs import descent_seconds
from regdemo.config.phrases import figure
from regdemo.content.say import language, say
from regdemo.frames import summaries
from regdemo.frames import weight_decay_labs as frames

if TYPE_CHECKING:
    from regdemo.config.configs import LinearConfig
    from regdemo.core.linear.double_descent import DoubleDescent


@dataclass(frozen=True, eq=False)
class Shown:
    """The losses of all p and λ, and where the bar stands."""

    config: "LinearConfig"
    kept: Kept
    k: int

    @property
    def found(self) -> "DoubleDescent":
        return self.kept.value

    @property
    def at(self) -> dict[str, int]:
        return {"hand": self.k}

    @cached_property
    def middle(self) -> np.ndarray:
        """Medians over the seeds, (k, m)."""
        return np.median(self.found.losses, 0)

    @property
    def equal(self) -> int:
        """Which p is n."""
        return self.found.features.tolist().index(self.found.n)

    @cached_property
    def best(self) -> np.ndarray:
        """The loss at the best λ of each p, (m)."""
        return self.middle[frames.best_strengths(self.found), np.arange(len(self.found.features))]


def lab() -> None:
    """The whole lab."""
    config = descent_config(lab_sidebar(DESCENT, (LAB, HAND), ALL, say("weight_decay_labs.new_seed")))
    st.markdown(say("weight_decay_labs.descent.idea", features=config.n_features))
    if not config.coefficient and not config.noise:
        st.warning(say("weight_decay_labs.descent.refused.nothing"))
        return
    kept = worked_out(solution("double descent", descent_seconds, config), partial(_descent, config))
    if kept is None:
        return
    shown = Shown(config, kept, STRENGTHS.index(present_values((HAND,))["lam"]))
    _hand(shown)
    if not config.coefficient:
        st.info(say("weight_decay_labs.descent.odd.no_signal"))
    elif not config.noise:
        st.info(say("weight_decay_labs.descent.odd.no_noise"))
    side_by_side(shown, double_descent, ridge)
    _why(shown)
    take_link(ALL)


def _descent(config: "LinearConfig") -> Kept:
    from regdemo.core.linear.data import draw_linear
    from regdemo.core.linear.double_descent import double_descent

    found = double_descent(draw_linear(config), config.noise, np.array(STRENGTHS))
    return Kept(found, found.nbytes + ROWS_BYTES)


def peak(losses: np.ndarray, ratios: np.ndarray) -> int | None:
    """Where the loss has a peak between p = n/2 and p = 2n, higher by three digits than at both; None where it has none."""
    inside = np.flatnonzero((ratios >= 0.5) & (ratios <= 2))
    top = inside[losses[inside].argmax()]
    ends = losses[inside[[0, -1]]]
    return int(top) if losses[top] > ends.max() and figure(losses[top]) not in map(figure, ends) else None


def leads(found: "DoubleDescent", middle: np.ndarray, equal: int) -> list[str]:
    """The sentence that says, at each λ, whether a peak is left."""
    zero, least, ratios = int(found.strengths.argmin()), int(found.features[0]), found.features / found.n

    def lead(k: int, lam: float) -> str:
        many = middle[k, -1]
        figures = {"few": middle[k, 0], "least": least, "many": many}
        if k == zero:
            return say("weight_decay_labs.descent.lead.none", peak=middle[k, equal], **figures)
        if (top := peak(middle[k], ratios)) is None:
            return say("weight_decay_labs.descent.lead.flat", lam=lam, **figures)
        at = int(found.features[top])
        peaks = {"peak": middle[k, top], "at": at, "none": middle[zero, top]}
        return say("weight_decay_labs.descent.lead.peak", lam=lam, many=many, **peaks)

    return [lead(k, lam) for k, lam in enumerate(found.strengths)]


def _hand(shown: Shown) -> None:
    """The bar: what each λ leaves of the peak."""

    def film() -> Film:
        least = int(shown.found.features[0])
        named = {
            say("weight_decay_labs.descent.figures.few", p=least): shown.middle[:, 0],
            say("weight_decay_labs.descent.figures.equal"): shown.middle[:, shown.equal],
            say("weight_decay_labs.descent.figures.many"): shown.middle[:, -1],
        }
        return Film(
            labels=[say("linear.at.lam", lam=lam) for lam in STRENGTHS],
            leads=leads(shown.found, shown.middle, shown.equal),
            figures=[(name, [figure(v) for v in of]) for name, of in named.items()],
            zero=STRENGTHS.index(0.0),
        )

    bar(HAND, shown.kept.once(("film", language.get()), film))


def double_descent(shown: Shown) -> Drawn:
    """The test loss against p/n."""
    found, title, none = shown.found, say("weight_decay_labs.descent.loss.title"), shown.middle[STRENGTHS.index(0.0)]
    st.subheader(title, help=say("weight_decay_labs.descent.loss.how"))
    rows = shown.kept.once("descent", lambda: Rows(frames.descent_rows(found)))
    top = peak(shown.best, found.features / found.n)
    ids = (summaries.PLAIN, summaries.CHOSEN, frames.BEST, frames.MEASURED, frames.LIMIT)
    return draw(
        charts.double_descent,
        rows,
        reach=(float(found.losses.min()) * 0.95, float(summaries.quantiles(found.losses)[2].max()) * 1.05),
        title=title,
        labels={id: say(f"weight_decay_labs.descent.runs.{id}") for id in ids},
        at=shown.at,
        take_away=(
            say("weight_decay_labs.descent.loss.flat")
            if top is None
            else say("weight_decay_labs.descent.loss.peak", at=int(found.features[top]))
        ),
        alt=say(
            "weight_decay_labs.descent.loss.alt",
            least=int(found.features[0]),
            few=none[0],
            peak=none[shown.equal],
            many=none[-1],
            best_few=shown.best[0],
            best_peak=shown.best[shown.equal],
            best_many=shown.best[-1],
        ),
    )


def ridge(shown: Shown) -> Drawn:
    """The test loss against λ at p = n/2, n and 2n."""
    found, title = shown.found, say("weight_decay_labs.descent.ridge.title")
    st.subheader(title, help=say("weight_decay_labs.descent.ridge.how"))
    features = (found.n // 2, found.n, 2 * found.n)
    at_n = shown.middle[:, shown.equal]
    best = int(at_n.argmin())
    return draw(
        charts.ridge,
        shown.kept.once("ridge", lambda: Rows(frames.ridge_rows(found, features))),
        zero_at=summaries.zero_place(STRENGTHS),
        title=title,
        labels={str(i): say("weight_decay_labs.descent.ridge.part", p=p) for i, p in enumerate(features)},
        at=shown.at,
        alt=say("weight_decay_labs.descent.ridge.alt", none=at_n[STRENGTHS.index(0.0)], low=at_n[best], lam=STRENGTHS[best]),
    )


def _why(shown: Shown) -> None:
    """Why there is a peak, and the formula of the dashed lines; closed until asked for."""
    with panel("why", say("weight_decay_labs.why")) as is_open:
        if not is_open:
            return
        c = shown.config
        st.markdown(say("weight_decay_labs.descent.why.why"))
        st.markdown(say("weight_decay_labs.descent.why.limit"))
        st.latex(
            r"\tfrac12\Bigl(s^2 + s^2\frac{\gamma}{1-\gamma}\Bigr)\ (\gamma<1),\qquad"
            r"\tfrac12\Bigl(s^2 + \lVert w\rVert^2\bigl(1-\tfrac1\gamma\bigr) + \frac{s^2}{\gamma-1}\Bigr)\ (\gamma>1)"
        )
        if c.coefficient:
            rest = (c.n_features - c.n_train) * c.coefficient**2 + c.noise**2
            st.markdown(say("weight_decay_labs.descent.why.best", lam=rest / (c.n_train * c.coefficient**2)))
        st.markdown(say("weight_decay_labs.descent.why.no_bias"))
        st.caption(say("weight_decay_labs.descent.why.source"))
