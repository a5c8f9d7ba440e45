"""The overview's experiment."""

import streamlit as st

from regdemo.app.drawing import Drawn, draw
from regdemo.charts import overview as charts
from regdemo.content.say import say
from regdemo.core.linear.polynomial import POLYNOMIAL_STRENGTHS, polynomial_fits
from regdemo.frames import overview as frames


def polynomial(noise_seed: int) -> Drawn:
    """A polynomial through noisy points, at every strength of λ."""
    fits = polynomial_fits(noise_seed)
    points, best = len(fits["x"]), int(fits["test"].argmin())
    labels = [
        say("overview.polynomial.label", lam=lam, train=train, test=test)
        for lam, train, test in zip(POLYNOMIAL_STRENGTHS, fits["train"], fits["test"], strict=True)
    ]
    lines = {line: say(f"overview.polynomial.lines.{line}") for line in ("truth", "train", "test", "fit")}
    st.subheader(say("overview.polynomial.heading"))
    drawn = draw(
        charts.polynomial, frames.polynomial_rows(fits, labels), labels=lines, strengths=len(POLYNOMIAL_STRENGTHS),
        title=say("overview.polynomial.title"),
        alt=say(
            "overview.polynomial.alt", train=fits["train"][0], test=fits["test"][0], best=fits["test"][best], lam=POLYNOMIAL_STRENGTHS[best],
        ),
    )  # fmt: skip
    st.markdown(say("overview.polynomial.text", points=points))
    return drawn
