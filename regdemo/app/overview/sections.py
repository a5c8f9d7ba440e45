"""The overview's experiment."""

import streamlit as st

from regdemo.app.bar import Film, bar
from regdemo.app.controls import set_controls
from regdemo.app.drawing import Drawn, draw
from regdemo.app.overview import words
from regdemo.app.overview.controls import HAND, NOISE_SEED
from regdemo.charts import overview as charts
from regdemo.config.phrases import figure
from regdemo.content.say import say
from regdemo.core.linear.polynomial import POLYNOMIAL_STRENGTHS, polynomial_fits
from regdemo.frames import overview as frames


def polynomial(noise_seed: int, lam: float) -> Drawn:
    """A polynomial through noisy points, at every strength of λ."""
    fits, strengths = polynomial_fits(noise_seed), POLYNOMIAL_STRENGTHS
    best = int(fits["test"].argmin())
    film = Film(
        labels=[say("linear.at.lam", lam=value) for value in strengths],
        leads=words.leads(strengths, fits["train"].tolist(), fits["test"].tolist()),
        figures=[
            (say(f"overview.figures.{split}"), [figure(value if value > words.EXACT else 0) for value in fits[split]])
            for split in ("test", "train")
        ],
        zero=0,
    )
    bar(HAND, film)
    drawn = draw(
        charts.polynomial,
        frames.polynomial_rows(fits),
        title=say("overview.polynomial.title"),
        labels={line: say(f"overview.polynomial.lines.{line}") for line in ("truth", "train", "test", "fit")},
        at={"hand": strengths.index(lam)},
        alt=say(
            "overview.polynomial.alt",
            train=fits["train"][0],
            test=fits["test"][0],
            best=fits["test"][best],
            lam=strengths[best],
        ),
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            say("overview.controls.again"),
            icon=":material/casino:",
            on_click=lambda: set_controls({NOISE_SEED.name: (st.session_state[NOISE_SEED.name] + 1) % len(NOISE_SEED.options)}),
        )
        st.caption(say("overview.polynomial.text", points=len(fits["x"])))
    return drawn
