"""The dropout page's bench: the mask itself, on a few numbers."""

from dataclasses import dataclass, field

import pandas as pd
import streamlit as st

from regdemo.app.drawing import draw
from regdemo.app.dropout import words as dropout_words
from regdemo.app.pins import Ghost, Pinned
from regdemo.app.session import session
from regdemo.app.sweeps import get_ready
from regdemo.charts import dropout as dropout_charts
from regdemo.config.phrases import joined
from regdemo.content.say import say, several
from regdemo.frames import dropout as dropout_frames


def bench_ghost(p: float, draws: int) -> Ghost:
    """What is left of a pinned bench: the running mean in train mode."""
    get_ready()
    from regdemo.core.networks.masks import running

    seen = running(p, draws)
    train = seen[seen["column"] == "train"]
    return Ghost({"dropout.bench.figure": float(train["mean"].iloc[-1])}, {"running": train[["draw", "mean"]]})


@dataclass(frozen=True, eq=False)
class Bench:
    """A mask's rate, how many draws the running mean takes in, which draw is shown, and pinned benches."""

    p: float
    draws: int
    pins: Pinned
    draw: int = field(default_factory=lambda: session().mask_draw)


def sixteen_numbers(bench: Bench) -> dict[str, float]:
    """Dropout of a few numbers in four ways, and their mean over many draws; the figures that pinned benches are compared by."""
    get_ready()
    from regdemo.core.networks.masks import COLUMNS, mask_bench, running

    here = session()

    def again() -> None:
        here.mask_draw += 1

    st.subheader(say("dropout.bench.heading"))
    st.button(say("dropout.bench.resample"), on_click=again)
    ways = {
        "train": say("dropout.bench.ways.train"), "unscaled": say("dropout.bench.ways.unscaled"),
        "eval": say("dropout.bench.ways.eval"), "left on": say("dropout.bench.ways.left_on"),
    }  # fmt: skip
    columns = mask_bench(bench.p, bench.draw).columns
    for column, name in zip(st.columns(4), COLUMNS, strict=True):
        with column, st.container(border=True):
            st.markdown(f"**{ways[name]}**")
            st.table(
                pd.DataFrame([[f"{v:g}" for v in row] for row in columns[name].T], columns=list(several("dropout.bench.rows")))
            )
    means = running(bench.p, bench.draws)
    last = means[means["draw"] == bench.draws].set_index("column")
    draw(
        dropout_charts.running, means, ghosts=bench.pins.rows(lambda g: g.drawn.get("running")),
        title=say("dropout.bench.title"),
        alt=say("dropout.bench.alt", each="; ".join(
            say("dropout.bench.mean", way=n, mean=last["mean"][n], expected=last["expected"][n]) for n in COLUMNS
        )),
    )  # fmt: skip
    st.caption(dropout_words.bench(bench.p, bench.draws, *(last["expected"][name] for name in ("train", "unscaled", "eval"))))
    return {"dropout.bench.figure": float(last["mean"]["train"])}


def ten_thousand_ones(bench: Bench) -> None:
    """Sums of many ones after dropout: the mean stays, the sum does not."""
    from regdemo.core.networks.masks import ones_demo

    st.subheader(say("dropout.ones.heading"))
    demo = ones_demo(bench.p, draws=3, first=3 * bench.draw)
    sums = zip(several("dropout.ones.ways"), (demo.train, demo.unscaled, demo.left_on, (demo.eval,) * 3), strict=True)
    cells = {way: [f"{v:,.0f}" for v in values] for way, values in sums}
    st.table(pd.DataFrame(cells, index=several("dropout.ones.draws")))
    st.markdown(dropout_words.ones(bench.p, demo.mean, demo.sd))


def find_the_bug(bench: Bench) -> None:
    """The mask that a published table was made with, to be found out by the reader."""
    from regdemo.core.networks.masks import PUBLISHED_D3, normal_mask

    st.subheader(say("dropout.bug.heading"))
    st.code("mask = (torch.randn(x.shape) < 1 - p).float()\nreturn mask * x / (1 - p)", language="python")
    with st.expander(say("dropout.bug.question")):
        bug = normal_mask(bench.p, seed=bench.draw)
        st.markdown(joined(dropout_words.bug(bug.meant, bug.true, bug.measured), say("dropout.bug.published")))
        st.table(dropout_frames.published_table(PUBLISHED_D3))
        st.caption(say("dropout.bug.caption"))
