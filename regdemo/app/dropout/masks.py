"""The dropout page's mask demo: the mask itself, on a few numbers."""

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


def demo_ghost(p: float, draws: int) -> Ghost:
    """What is left of a pinned mask demo: the running mean in train mode."""
    get_ready()
    from regdemo.core.networks.masks import running

    seen = running(p, draws)
    train = seen[seen["column"] == "train"]
    return Ghost({"dropout.demo.figure": float(train["mean"].iloc[-1])}, {"running": train[["draw", "mean"]]})


@dataclass(frozen=True, eq=False)
class Demo:
    """A mask's rate, how many draws the running mean takes in, which draw is shown, and pinned demos."""

    p: float
    draws: int
    pins: Pinned
    draw: int = field(default_factory=lambda: session().mask_draw)


def sixteen_numbers(demo: Demo) -> dict[str, float]:
    """Dropout of a few numbers in four ways, and their mean over many draws; the figures that pinned demos are compared by."""
    get_ready()
    from regdemo.core.networks.masks import COLUMNS, mask_demo, running

    here = session()

    def again() -> None:
        here.mask_draw += 1

    st.subheader(say("dropout.demo.heading"))
    st.button(say("dropout.demo.resample"), on_click=again)
    ways = {way: say(f"dropout.demo.ways.{way}") for way in COLUMNS}
    columns = mask_demo(demo.p, demo.draw).columns
    for column, name in zip(st.columns(4), COLUMNS, strict=True):
        with column, st.container(border=True):
            st.markdown(f"**{ways[name]}**")
            st.table(
                pd.DataFrame([[f"{v:g}" for v in row] for row in columns[name].T], columns=list(several("dropout.demo.rows")))
            )
    means = running(demo.p, demo.draws)
    last = means[means["draw"] == demo.draws].set_index("column")
    lines = {way: say(f"dropout.demo.lines.{way}") for way in COLUMNS}
    draw(
        dropout_charts.running, means, labels=lines, ghosts=demo.pins.rows(lambda g: g.drawn.get("running")),
        title=say("dropout.demo.title"),
        alt=say("dropout.demo.alt", each="; ".join(
            say("dropout.demo.mean", way=lines[n], mean=last["mean"][n], expected=last["expected"][n]) for n in COLUMNS
        )),
    )  # fmt: skip
    st.caption(dropout_words.demo(demo.p, demo.draws, *(last["expected"][name] for name in ("train", "unscaled", "eval"))))
    return {"dropout.demo.figure": float(last["mean"]["train"])}


def ten_thousand_ones(demo: Demo) -> None:
    """Sums of many ones after dropout: the mean stays, the sum does not."""
    from regdemo.core.networks.masks import ones_demo

    st.subheader(say("dropout.ones.heading"))
    ones = ones_demo(demo.p, draws=3, first=3 * demo.draw)
    sums = zip(several("dropout.ones.ways"), (ones.train, ones.unscaled, ones.left_on, (ones.eval,) * 3), strict=True)
    cells = {way: [f"{v:,.0f}" for v in values] for way, values in sums}
    st.table(pd.DataFrame(cells, index=several("dropout.ones.draws")))
    st.markdown(dropout_words.ones(demo.p, ones.mean, ones.sd))


def find_the_bug(demo: Demo) -> None:
    """The mask that a published table was made with, to be found out by the reader."""
    from regdemo.core.networks.masks import PUBLISHED_D3, normal_mask

    st.subheader(say("dropout.bug.heading"))
    st.code("mask = (torch.randn(x.shape) < 1 - p).float()\nreturn mask * x / (1 - p)", language="python")
    with st.expander(say("dropout.bug.question")):
        bug = normal_mask(demo.p, seed=demo.draw)
        st.markdown(joined(dropout_words.bug(bug.meant, bug.true, bug.measured), say("dropout.bug.published")))
        st.table(dropout_frames.published_table(PUBLISHED_D3))
        st.caption(say("dropout.bug.caption"))
