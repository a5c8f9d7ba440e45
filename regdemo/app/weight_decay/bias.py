"""The lab "bias and variance": forty fits to forty training sets, and what their expected error consists of at each λ."""

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from regdemo.app.bar import Film, bar
from regdemo.app.downloads import take_link
from regdemo.app.drawing import Drawn, Rows, draw, side_by_side
from regdemo.app.frame import panel
from regdemo.app.labs import lab_sidebar, worked_out
from regdemo.app.limits import Job
from regdemo.app.opening import present_values
from regdemo.app.sweeps import ROWS_BYTES, Kept
from regdemo.app.weight_decay.controls import ALL, BIAS, HAND, LAB, STRENGTHS
from regdemo.charts import weight_decay_labs as charts
from regdemo.config.costs import bias_seconds
from regdemo.config.phrases import figure
from regdemo.content.say import language, say
from regdemo.core.linear.bias_variance import DRAWN, MANY, Sets, bias_variance
from regdemo.frames import summaries
from regdemo.frames import weight_decay_labs as frames

if TYPE_CHECKING:
    from regdemo.core.linear.bias_variance import BiasVariance

NONE = 1e-9  # what is smaller is rounding


@dataclass(frozen=True, eq=False)
class Shown:
    """What the error consists of at all λ, and where the bar stands."""

    sets: Sets
    kept: Kept
    k: int

    @property
    def found(self) -> "BiasVariance":
        return self.kept.value

    @property
    def at(self) -> dict[str, int]:
        return {"hand": self.k}


def lab() -> None:
    """The whole lab."""
    sets = Sets(**lab_sidebar(BIAS, (LAB, HAND), ALL, say("weight_decay_labs.bias.new_seed")))
    st.markdown(say("weight_decay_labs.bias.idea", drawn=DRAWN))
    job = Job(("bias", sets), (), lambda _: bias_seconds(sets.degree, sets.fresh_x))
    kept = worked_out(job, partial(_decomposed, sets))
    if kept is None:
        return
    shown = Shown(sets, kept, STRENGTHS.index(present_values((HAND,))["lam"]))
    _hand(shown)
    for odd in odds(sets, shown.found):
        st.info(odd)
    side_by_side(shown, fits, error)
    _why(shown)
    _take(shown)


def _decomposed(sets: Sets) -> Kept:
    found = bias_variance(sets, STRENGTHS)
    return Kept(found, found.nbytes + ROWS_BYTES)


def odds(sets: Sets, found: "BiasVariance") -> list[str]:
    """What makes these settings a poor example, if something does."""
    zero, low = int(found.strengths.argmin()), float(found.bias.min())
    said = []
    if not sets.noise:
        said.append(say("weight_decay_labs.bias.odd.only_x" if sets.fresh_x else "weight_decay_labs.bias.odd.all_alike"))
    if sets.degree < 3:  # below the sine's turns
        said.append(say("weight_decay_labs.bias.odd.too_stiff", degree=sets.degree, bias=low))
    if sets.noise and sets.degree + 1 >= sets.n_points:
        said.append(say("weight_decay_labs.bias.odd.through_all", degree=sets.degree, variance=found.variance[zero]))
    return said


def leads(found: "BiasVariance") -> list[str]:
    """The sentence that says, at each λ, what the expected error consists of, and whether another λ has less of it."""
    total = found.total
    best = int(total.argmin())

    def lead(k: int, lam: float) -> str:
        figures = {"lam": lam, "total": total[k], "bias": _clean(found.bias[k]), "variance": _clean(found.variance[k])}
        if figure(total[k]) == figure(total[best]):
            return say("weight_decay_labs.bias.lead.best", **figures)
        figures |= {"best": found.strengths[best], "lowest": total[best]}
        scatters = found.variance[k] > found.bias[k]
        if scatters and k < best:
            return say("weight_decay_labs.bias.lead.little", **figures)
        if not scatters and k > best:
            return say("weight_decay_labs.bias.lead.much", **figures)
        return say("weight_decay_labs.bias.lead.other", **figures)

    return [lead(k, lam) for k, lam in enumerate(found.strengths)]


def _clean(value: float) -> float:
    return float(value) if value > NONE else 0.0


def take_away(found: "BiasVariance") -> str:
    """Where the sum is lowest, and where bias² overtakes variance, if it does."""
    best, over = int(found.total.argmin()), found.bias > found.variance
    first = int(over.argmax())
    if over[0] or not over.any():
        return say("weight_decay_labs.bias.error.lowest", lam=found.strengths[best])
    if best in (first - 1, first):
        return say("weight_decay_labs.bias.error.there", lam=found.strengths[best])
    return say("weight_decay_labs.bias.error.apart", lam=found.strengths[best], over=found.strengths[first])


def _hand(shown: Shown) -> None:
    """The bar: what the expected error consists of at each λ."""

    def film() -> Film:
        found = shown.found
        named = {"bias": found.bias, "variance": found.variance, "total": found.total}
        return Film(
            labels=[say("linear.at.lam", lam=lam) for lam in STRENGTHS],
            leads=leads(found),
            figures=[
                (say(f"weight_decay_labs.bias.figures.{name}"), [figure(_clean(v)) for v in of]) for name, of in named.items()
            ],
            zero=STRENGTHS.index(0.0),
        )

    bar(HAND, shown.kept.once(("film", language.get()), film))


def fits(shown: Shown) -> Drawn:
    """The fits to the first training sets, their mean and the truth."""
    found, title = shown.found, say("weight_decay_labs.bias.fits.title", drawn=DRAWN)
    st.subheader(title, help=say("weight_decay_labs.bias.fits.how", drawn=DRAWN))
    off = np.abs(found.mean - found.truth).max(1)
    wide = found.fits.std(1).max(1)  # of what is drawn
    first, last = STRENGTHS.index(0.0), len(STRENGTHS) - 1
    return draw(
        charts.many_fits,
        shown.kept.once("fits", lambda: Rows(frames.fit_rows(found))),
        points=len(found.x[::2]),
        title=title,
        labels={id: say(f"weight_decay_labs.bias.fits.lines.{id}") for id in (frames.FIT, frames.MEAN, frames.TRUTH)},
        at=shown.at,
        alt=say(
            "weight_decay_labs.bias.fits.alt",
            lam=STRENGTHS[last],
            wide=_clean(wide[first]),
            off=_clean(off[first]),
            wide_last=_clean(wide[last]),
            off_last=off[last],
        ),
    )


def error(shown: Shown) -> Drawn:
    """Noise, bias² and variance against λ, and what was measured."""
    found, title = shown.found, say("weight_decay_labs.bias.error.title")
    st.subheader(title, help=say("weight_decay_labs.bias.error.how", many=MANY))
    best, zero, last = int(found.total.argmin()), STRENGTHS.index(0.0), len(STRENGTHS) - 1
    ids = (frames.NOISE, frames.BIAS, frames.VARIANCE, frames.MEASURED)
    return draw(
        charts.bias_variance,
        shown.kept.once("error", lambda: Rows(frames.error_rows(found))),
        top=frames.error_top(found),
        zero_at=summaries.zero_place(STRENGTHS),
        title=title,
        labels={id: say(f"weight_decay_labs.bias.error.parts.{id}") for id in ids},
        at=shown.at,
        take_away=take_away(found),
        alt=say(
            "weight_decay_labs.bias.error.alt",
            variance=_clean(found.variance[zero]),
            bias=found.bias[last],
            last=STRENGTHS[last],
            lam=STRENGTHS[best],
            lowest=found.total[best],
            measured=found.measured[best],
        ),
    )


def _why(shown: Shown) -> None:
    """Why the three add up, the closed form, and what was measured; closed until asked for."""
    with panel("why", say("weight_decay_labs.why")) as is_open:
        if not is_open:
            return
        found, k, lam = shown.found, shown.k, STRENGTHS[shown.k]
        st.markdown(say("weight_decay_labs.bias.why.adds_up"))
        st.latex(
            r"\mathbb E\bigl(y-\hat f(x)\bigr)^2 = \underbrace{\bigl(\mathbb E\hat f(x)-f(x)\bigr)^2}_{\text{bias}^2}"
            r" + \underbrace{\mathbb E\bigl(\hat f(x)-\mathbb E\hat f(x)\bigr)^2}_{\text{variance}} + \underbrace{\sigma^2}_{\text{noise}}"
        )
        st.markdown(say("weight_decay_labs.bias.why.linear"))
        figures = {"lam": lam, "total": found.total[k], "measured": found.measured[k], "error": found.error[k]}
        st.markdown(say("weight_decay_labs.bias.why.measured", many=MANY, **figures))
        if shown.sets.fresh_x:
            st.markdown(
                say("weight_decay_labs.bias.why.of_x", lam=lam, of_x=_clean(found.of_x[k]), variance=_clean(found.variance[k]))
            )
        st.markdown(say("weight_decay_labs.bias.why.other_bias"))
        st.caption(say("weight_decay_labs.bias.why.source"))


def _take(shown: Shown) -> None:
    """The link, and a program that draws the same training sets."""
    found, k = shown.found, shown.k

    def code(style: str, kind: str) -> str:
        from regdemo.export.program import as_notebook, bias_variance_script

        program = bias_variance_script(vars(shown.sets), STRENGTHS[k])
        return program if kind == "py" else as_notebook(program)

    figures = {"bias": _clean(found.bias[k]), "variance": _clean(found.variance[k]), "measured": found.measured[k]}
    take_link(ALL, code=code, prints=say("weight_decay_labs.bias.code", many=MANY, **figures))
