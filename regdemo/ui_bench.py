"""The dropout page's bench: the mask itself, on a few numbers."""

import pandas as pd
import streamlit as st

from regdemo import dropout_charts
from regdemo.ui import draw, get_ready
from regdemo.ui_pins import Ghost, Pinned


def bench_ghost(p: float, draws: int) -> Ghost:
    """What is left of a pinned bench: the running mean in train mode."""
    get_ready()
    from regdemo.bench import running

    seen = running(p, draws)
    train = seen[seen["column"] == "train"]
    return Ghost({"mean in train mode": float(train["mean"].iloc[-1])}, {"running": train[["draw", "mean"]]})


def bench_lab(p: float, draws: int, pins: Pinned) -> dict[str, float]:
    """Dropout on 16 numbers, on ten thousand ones, and with the mask that a published table was made with."""
    get_ready()
    from regdemo.bench import COLUMNS, PUBLISHED_D3, mask_bench, normal_mask, ones_demo, running

    state = st.session_state
    state.setdefault("draw_number", 0)
    st.subheader("Sixteen numbers and a mask")
    st.button("Resample the mask", on_click=lambda: state.update(draw_number=state["draw_number"] + 1))
    found = mask_bench(p, state["draw_number"])
    words = {
        "train": "train mode: kept values × 1/(1 − p)", "unscaled": "train mode without the 1/(1 − p)",
        "eval": "eval mode: nothing happens", "left on": "functional dropout left on in eval",
    }  # fmt: skip
    for column, name in zip(st.columns(4), COLUMNS, strict=True):
        with column, st.container(border=True):
            st.markdown(f"**{words[name]}**")
            st.table(pd.DataFrame([[f"{v:g}" for v in row] for row in found.columns[name].T], columns=["row 1", "row 2"]))
    seen = running(p, draws)
    last = seen[seen["draw"] == draws].set_index("column")
    draw(
        dropout_charts.running, seen, ghosts=pins.rows(lambda g: g.drawn.get("running")),
        alt="Running mean over draws: " + "; ".join(f"{n}: {last['mean'][n]:.3f}, expected {last['expected'][n]:.3f}" for n in COLUMNS),
    )  # fmt: skip
    st.caption(
        f"Mean of the 16 entries over {draws} draws, with ±1 standard error. Thin lines: the exact expectations. Train mode with the factor "
        f"1/(1 − p) aims at {last['expected']['train']:g}, the same as eval mode. Without it, at {last['expected']['unscaled']:g}."
    )

    st.subheader("Ten thousand ones")
    demo = ones_demo(p, draws=3, first=3 * state["draw_number"])
    sums = {
        "train mode": demo.train, "without 1/(1 − p)": demo.unscaled, "left on in eval": demo.left_on, "eval mode": (demo.eval,) * 3,
    }  # fmt: skip
    st.table(
        pd.DataFrame({name: [f"{v:,.0f}" for v in values] for name, values in sums.items()}, index=["1st", "2nd", "3rd draw"])
    )
    st.markdown(
        f"The sum of 10,000 ones after dropout. In train mode its mean is {demo.mean:,.0f} and its standard deviation "
        f"√(10,000 · p/(1 − p)) = {demo.sd:.4g}. Tutorials print 9938, 10052 and 9894 at p = 0.5, and exactly 10,000 in eval mode."
        if p < 1
        else "At p = 1 everything is dropped: every sum in train mode is 0, and there is nothing left to scale."
    )

    st.subheader("Find the bug")
    st.code("mask = (torch.randn(x.shape) < 1 - p).float()\nreturn mask * x / (1 - p)", language="python")
    with st.expander("What is wrong here?"):
        bug = normal_mask(p, seed=state["draw_number"])
        st.markdown(
            f"`randn` draws from a normal distribution, `rand` from the uniform one. Meant to keep 1 − p = {bug.meant:.3g}, this mask keeps "
            f"Φ(1 − p) = {bug.true:.4f}; among 100,000 draws here {bug.measured:.4f}. What is kept is still divided by {bug.meant:.3g}, so a "
            f"layer's mean grows by the factor {bug.inflation:.3g}. The code runs, and the network learns: nothing warns you. A published table "
            "was made with it:"
        )
        tables = {
            name: [f"{loss:.4f} · {train:.3f} / {test:.3f}" for loss, train, test in rows]
            for name, rows in PUBLISHED_D3.items()
        }
        st.table(pd.DataFrame(tables, index=[f"epoch {i}" for i in range(1, 6)]))
        st.caption("Published: mean cross-entropy ÷ 256 · train accuracy (train mode) / test accuracy.")
    with st.expander("Where does the 1/(1 − p) go, and what does eval() change?"):
        st.markdown(
            "The factor makes the expected output in train mode equal to the input, so that eval mode has nothing to correct: it is the "
            f"identity. See the running means above: train mode {last['mean']['train']:.3f}, eval mode {last['mean']['eval']:.3f}, without the "
            f"factor {last['mean']['unscaled']:.3f}. `model.eval()` switches modules like `nn.Dropout`. A call of `F.dropout(x, p)` knows "
            "nothing of it: its `training` is True unless you say otherwise, and it goes on dropping."
        )
    return {"mean in train mode": float(last["mean"]["train"])}
