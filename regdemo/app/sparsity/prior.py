"""The lab "prior": the plane's λ as a Laplace or a Gaussian prior, the posterior's mode beside its mean."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import streamlit as st

from regdemo.app.bar import Film, bar
from regdemo.app.downloads import take_link
from regdemo.app.drawing import Drawn, Rows, draw, side_by_side
from regdemo.app.frame import panel
from regdemo.app.labs import lab_sidebar, worked_out
from regdemo.app.limits import Job
from regdemo.app.opening import present_values
from regdemo.app.sparsity.controls import ALL, EVIDENCE, HAND, LAB, PLANE, SHARES, plane_of
from regdemo.app.sweeps import ROWS_BYTES, Kept
from regdemo.charts import prior as charts
from regdemo.config.costs import PRIOR_SECONDS
from regdemo.config.phrases import figure
from regdemo.content.say import language, say
from regdemo.core.linear.posterior import Posterior
from regdemo.core.linear.two_weights import PENALTIES, Plane
from regdemo.frames import prior as frames

OWN = (*PLANE, EVIDENCE)
NAMES = ("w₁", "w₂")


@dataclass(frozen=True, eq=False)
class Shown:
    """The posteriors of both priors at every share of λ_max, and where the bar stands."""

    kept: Kept
    k: int

    @property
    def found(self) -> Mapping[str, Sequence[Posterior]]:
        return self.kept.value


def lab() -> None:
    """The whole lab."""
    st.markdown(say("sparsity.prior.idea"))
    chosen = lab_sidebar(OWN, (LAB, HAND), ALL)
    asked = plane_of(chosen), chosen["evidence"]
    kept = worked_out(Job(("prior", *asked), (), lambda _: PRIOR_SECONDS["prior"]), partial(_posteriors, *asked))
    if kept is None:
        return
    shown = Shown(kept, SHARES.index(present_values((HAND,))[HAND.name]))
    bar(HAND, kept.once(("film", language.get()), lambda: _film(shown.found)))
    if (j := alike(shown.found["L1"])) is not None:
        st.info(say("sparsity.prior.symmetric", name=NAMES[j]))
    side_by_side(shown, laplace, gaussian)
    _why(shown)
    take_link(ALL)


def _posteriors(plane: Plane, evidence: int) -> Kept:
    """Both priors' posteriors at every share, worked out as far as they are shown."""
    kept = Kept(
        {of: [Posterior(plane, of, share * plane.lam_max, 1 / evidence) for share in SHARES] for of in PENALTIES}, ROWS_BYTES
    )
    for of in PENALTIES:
        _rows(kept, of)
    return kept


def _rows(kept: Kept, penalty: str) -> Rows:
    return kept.once(penalty, lambda: Rows(frames.prior_rows(kept.value[penalty])))


def alike(found: Sequence[Posterior]) -> int | None:
    """The weight that is as probable as its negative, so that its mean is 0 at every λ; None where there is none."""
    zero = np.all([each.mean == 0 for each in found], axis=0)
    return int(zero.argmax()) if zero.any() else None


def leads(found: Sequence[Posterior], shares: Sequence[float]) -> list[str]:
    """The sentence that says, at each λ, which weights the Laplace prior's mode has at zero, and what their means are."""
    j = alike(found)

    def lead(share: float, each: Posterior) -> str:
        zeros, (w1, w2) = np.flatnonzero(each.mode == 0), each.mean
        if not len(zeros):
            return say("sparsity.prior.lead.none", share=share)
        if len(zeros) == 2 and j is None:
            return say("sparsity.prior.lead.both", share=share, w1=w1, w2=w2)
        if len(zeros) == 2:
            return say("sparsity.prior.lead.both_alike", share=share, w1=w1, w2=w2, name=NAMES[j or 0])
        only = int(zeros[0])
        if only == j:
            return say("sparsity.prior.lead.one_alike", share=share, name=NAMES[only])
        return say("sparsity.prior.lead.one", share=share, name=NAMES[only], mean=each.mean[only])

    return [lead(*row) for row in zip(shares, found, strict=True)]


def take_away(found: Sequence[Posterior], shares: Sequence[float]) -> str:
    """From which λ on the Laplace prior's mode has a zero, and that its mean has none."""
    if alike(found) is not None:
        return say("sparsity.prior.take_away.symmetric")
    zero = [bool((each.mode == 0).any()) for each in found]
    first = next(k for k in range(len(zero)) if all(zero[k:]))
    if first == 0:
        return say("sparsity.prior.take_away.always")
    return say("sparsity.prior.take_away.from", share=shares[first])


def _film(found: Mapping[str, Sequence[Posterior]]) -> Film:
    """What the bar says at each λ: the priors' widths, and how far the means lie from the modes."""
    one = found["L1"]
    apart = {of: [float(np.linalg.norm(each.mean - each.mode).round(9)) for each in all_of] for of, all_of in found.items()}
    scale = [each.s / each.lam for each in one]
    deviation = [wide**0.5 for wide in scale]
    figures = {"scale": scale, "apart": apart["L1"], "deviation": deviation, "gaussian_apart": apart["L2"]}
    return Film(
        labels=[say("sparsity.at", share=share) for share in SHARES],
        leads=leads(one, SHARES),
        figures=[(say(f"sparsity.prior.figures.{name}"), [figure(value) for value in of]) for name, of in figures.items()],
    )


def laplace(shown: Shown) -> Drawn:
    """The posterior under a Laplace prior."""
    return _chart(shown, "L1", take_away(shown.found["L1"], SHARES))


def gaussian(shown: Shown) -> Drawn:
    """The posterior under a Gaussian prior."""
    return _chart(shown, "L2", say("sparsity.prior.take_away.gaussian"))


def _chart(shown: Shown, penalty: str, below: str) -> Drawn:
    title, found = say(f"sparsity.prior.titles.{penalty}"), shown.found[penalty]
    low, high = frames.REGIONS
    st.subheader(title, help=say("sparsity.prior.chart.how", low=low, high=high))
    places = (
        say(
            "sparsity.prior.chart.at", share=SHARES[k], mode1=found[k].mode[0], mode2=found[k].mode[1], mean1=found[k].mean[0],
            mean2=found[k].mean[1],
        )
        for k in (0, len(SHARES) // 2, len(SHARES) - 1)
    )  # fmt: skip
    return draw(
        charts.posterior,
        _rows(shown.kept, penalty),
        penalty=penalty,
        width="content",
        labels={id: say(f"sparsity.prior.words.{id}") for id in ("mode", "mean", "least squares")},
        title=title,
        at={"hand": shown.k},
        alt=say("sparsity.prior.chart.alt", places=" ".join(places)),
        take_away=below,
    )


def _why(shown: Shown) -> None:
    """Which priors the penalties are, and why the mean has no zero; closed until asked for."""
    with panel("why", say("sparsity.prior.why")) as is_open:
        if not is_open:
            return
        of = shown.found["L1"][shown.k]
        st.latex(
            r"P(w \mid \text{data}) \propto P(\text{data} \mid w)\, P(w) \propto"
            r" e^{-\frac{n}{\sigma^2}\,\text{loss}(w)} \; e^{-\frac{n}{\sigma^2}\,\lambda\,\text{penalty}(w)}"
        )
        st.markdown(say("sparsity.prior.meant", scale=of.s / of.lam, deviation=(of.s / of.lam) ** 0.5))
        j = int(np.abs(of.mode).argmin())
        st.markdown(say("sparsity.prior.mean", name=NAMES[j], positive=of.positive[j], negative=1 - of.positive[j]))
        st.caption(say("sparsity.prior.source"))
