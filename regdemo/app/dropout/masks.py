"""The dropout page's bench: the mask itself, on a few numbers."""

import pandas as pd
import streamlit as st

from regdemo.app.drawing import draw
from regdemo.app.dropout import words as dropout_words
from regdemo.app.pins import Ghost, Pinned
from regdemo.app.session import session
from regdemo.app.sweeps import get_ready
from regdemo.charts import dropout as dropout_charts


def bench_ghost(p: float, draws: int) -> Ghost:
    """What is left of a pinned bench: the running mean in train mode."""
    get_ready()
    from regdemo.core.networks.masks import running

    seen = running(p, draws)
    train = seen[seen["column"] == "train"]
    return Ghost({"mean in train mode": float(train["mean"].iloc[-1])}, {"running": train[["draw", "mean"]]})


def bench_lab(p: float, draws: int, pins: Pinned) -> dict[str, float]:
    """Dropout on 16 numbers, on ten thousand ones, and with the mask that a published table was made with."""
    get_ready()
    from regdemo.core.networks.masks import COLUMNS, PUBLISHED_D3, mask_bench, normal_mask, ones_demo, running

    here = session()

    def again() -> None:
        here.mask_draw += 1

    st.subheader("Sixteen numbers and a mask")
    st.button("Resample the mask", on_click=again)
    found = mask_bench(p, here.mask_draw)
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
        title="Running mean over draws",
        alt="Running mean over draws: " + "; ".join(f"{n}: {last['mean'][n]:.3f}, expected {last['expected'][n]:.3f}" for n in COLUMNS),
    )  # fmt: skip
    st.caption(dropout_words.bench(p, draws, *(last["expected"][name] for name in ("train", "unscaled", "eval"))))

    st.subheader("Ten thousand ones")
    demo = ones_demo(p, draws=3, first=3 * here.mask_draw)
    sums = {
        "train mode": demo.train, "without 1/(1 − p)": demo.unscaled, "left on in eval": demo.left_on, "eval mode": (demo.eval,) * 3,
    }  # fmt: skip
    st.table(
        pd.DataFrame({name: [f"{v:,.0f}" for v in values] for name, values in sums.items()}, index=["1st", "2nd", "3rd draw"])
    )
    st.markdown(dropout_words.ones(p, demo.mean, demo.sd))

    st.subheader("Find the bug")
    st.code("mask = (torch.randn(x.shape) < 1 - p).float()\nreturn mask * x / (1 - p)", language="python")
    with st.expander("What is wrong here?"):
        bug = normal_mask(p, seed=here.mask_draw)
        st.markdown(
            f"{dropout_words.bug(bug.meant, bug.true, bug.measured)} A published table was made with this mask, at p = 0.2 and 0.5:"
        )
        tables = {
            name: [f"{loss:.4f} · {train:.3f} / {test:.3f}" for loss, train, test in rows]
            for name, rows in PUBLISHED_D3.items()
        }
        st.table(pd.DataFrame(tables, index=[f"epoch {i}" for i in range(1, 6)]))
        st.caption("Published: mean cross-entropy ÷ 256 · train accuracy (train mode) / test accuracy.")
    return {"mean in train mode": float(last["mean"]["train"])}
