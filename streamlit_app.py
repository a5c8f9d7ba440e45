"""The overview: what this is, an experiment of thirty seconds, and where to go. It appears before torch is imported."""

import streamlit as st

from regdemo.app.drawing import draw
from regdemo.app.frame import card, page, warm_up
from regdemo.app.opening import open_link, present_values
from regdemo.app.overview.controls import NOISE_SEED
from regdemo.app.questions import exercises, overview
from regdemo.charts import overview as overview_charts
from regdemo.core.linear.polynomial import POLYNOMIAL_STRENGTHS, polynomial_fits
from regdemo.frames import overview as overview_frames

page("overview")
open_link((NOISE_SEED,))

st.title("Regularization explorer")
st.markdown(
    "A model that fits its training data perfectly may predict badly. Regularization is what keeps it from that. "
    "Here you move the strength yourself and see what it does. Baselines show how good is good, and where there is an exact "
    "solution, it stands beside the trained one."
)

st.subheader("Thirty seconds")
fits = polynomial_fits(present_values((NOISE_SEED,))["draw"])
best = int(fits["test"].argmin())
draw(
    overview_charts.polynomial, overview_frames.polynomial_rows(fits, POLYNOMIAL_STRENGTHS), strengths=len(POLYNOMIAL_STRENGTHS),
    title="A polynomial through twelve points",
    alt=f"Twelve noisy points and a polynomial of degree 11. At λ = 0 the training loss is {fits['train'][0]:.2g} and the test loss "
    f"{fits['test'][0]:.2g}; the lowest test loss is {fits['test'][best]:.2g}, at λ = {POLYNOMIAL_STRENGTHS[best]:g}.",
)  # fmt: skip
st.markdown(
    f"A polynomial with {len(fits['x'])} free numbers goes through {len(fits['x'])} noisy points, and swings between them. "
    "Move **λ** to the right: the swings go first, the shape stays. Too far, and the shape goes too. "
    "Every curve is the exact solution of ½ · mean squared error + λ·½‖w‖²."
)
NOISE_SEED.draw()

st.subheader("Go on")
columns = st.columns(3)
with columns[0]:
    card(
        "weight_decay",
        "Too much λ, too little λ, and what weight decay cannot do: a linear model with 200 weights and 20 examples.",
        "Final train, validation and test loss against λ, with the best λ marked.",
    )  # fmt: skip
with columns[1]:
    card(
        "l1_vs_l2",
        "Why L1 selects features and L2 shrinks them all, why your own L1 gave no zeros, and how to choose λ. Your own CSV too.",
        "Coefficients of the lasso as λ falls: trained, and exact (dashed).",
    )  # fmt: skip
with columns[2]:
    card(
        "dropout",
        "What the mask does to sixteen numbers, to a curve, and to networks on images; where dropout helps, and where it hurts.",
        "Test and training loss on 1,000 images, with and without dropout.",
    )  # fmt: skip
overview()
exercises()
warm_up()
