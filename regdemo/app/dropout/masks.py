"""The mask demo: a drawn network whose units drop out, the numbers that a mask lets through, and what a wrong mask does."""

from dataclasses import dataclass

import pandas as pd
import streamlit as st

from regdemo.app.bar import Film, bar
from regdemo.app.drawing import Drawn, Rows, draw
from regdemo.app.dropout import words as dropout_words
from regdemo.app.dropout.controls import HAND, RATES
from regdemo.app.frame import panel
from regdemo.app.pins import Ghost, Pinned
from regdemo.app.session import session
from regdemo.app.sweeps import Kept, get_ready, kept_runs
from regdemo.charts import dropout as dropout_charts
from regdemo.config.phrases import joined
from regdemo.content.say import say, several
from regdemo.frames import dropout as dropout_frames


def demo_ghost(p: float, draws: int) -> Ghost:
    """What is left of a pinned demo: the running mean in train mode."""
    get_ready()
    from regdemo.core.networks.masks import running

    seen = running(p, draws)
    train = seen[seen["column"] == "train"]
    return Ghost({"dropout.demo.figure": float(train["mean"].iloc[-1])}, {"running": train[["draw", "mean"]]})


@dataclass(frozen=True, eq=False)
class Demo:
    """A rate, how many masks there are, and pinned demos; the masks themselves are drawn at every rate, once for everybody."""

    p: float
    draws: int
    pins: Pinned
    net: Rows
    means: Rows

    @property
    def k(self) -> int:
        return RATES.index(self.p)

    @property
    def at(self) -> dict[str, int]:
        """Where the bar stands as the page is drawn."""
        return {"hand": self.k, "moment": self.draws}

    @property
    def mean(self) -> float:
        """The mean in train mode over all masks."""
        rows = self.means.frame
        return float(rows.loc[(rows["k"] == self.k) & (rows["draw"] == self.draws), "mean"].iloc[0])

    @property
    def dropped(self) -> int:
        """How many hidden units the last mask drops."""
        rows = self.net.frame
        return int(((rows["kind"] == "unit") & (rows["draw"] == self.draws) & (rows["k"] <= self.k)).sum())


def demo_of(p: float, draws: int, pins: Pinned) -> Demo:
    """The demo at a rate."""
    get_ready()
    from regdemo.core.networks.masks import dropped_from, small_tensor

    def draw_masks() -> Kept:
        dropped, values = dropped_from(RATES, draws), small_tensor()
        rows = (
            Rows(dropout_frames.net_rows(dropped, values)),
            Rows(dropout_frames.mean_rows(dropped, values, RATES)),
        )
        return Kept(rows, sum(each.nbytes for each in rows))

    return Demo(p, draws, pins, *kept_runs().get(("masks", draws), draw_masks).value)


def hand(demo: Demo) -> None:
    """The bar: what each rate does, in a sentence and figures; its film goes from mask to mask."""
    from regdemo.core.networks.masks import expectation, small_tensor

    units = small_tensor().size
    film = Film(
        labels=[say("dropout.names.rate", p=p) for p in RATES],
        leads=[dropout_words.mask(p, units) for p in RATES],
        figures=[(say("dropout.demo.expected"), [f"{expectation(p, 'train')[0]:.3g}" for p in RATES])],
        epochs=range(1, demo.draws + 1),
        time={"epoch": say("dropout.demo.mask"), "play": say("dropout.demo.play")},
    )

    session().panels.add("demo")  # the page's other parts are of this rate too
    bar(HAND, film)


def network(demo: Demo) -> Drawn:
    """The network with its units crossed out."""
    title = say("dropout.demo.network")
    st.subheader(title, help=say("dropout.demo.network_help"))
    return draw(
        dropout_charts.network,
        demo.net,
        layers=several("dropout.demo.layers"),
        title=title,
        at=demo.at,
        alt=say("dropout.demo.network_alt", draws=demo.draws, p=demo.p, dropped=demo.dropped),
    )


def sixteen_numbers(demo: Demo) -> Drawn:
    """What the same mask does to sixteen numbers."""
    title = say("dropout.demo.heading")
    st.subheader(title, help=say("dropout.demo.numbers_help"))
    return draw(
        dropout_charts.strip,
        demo.net,
        layers=several("dropout.demo.layers"),
        parts=several("dropout.demo.parts"),
        rates=RATES,
        told=say("dropout.demo.told"),
        title=title,
        at=demo.at,
        alt=say("dropout.demo.numbers_alt", kept=16 - demo.dropped, p=demo.p),
    )


def running_mean(demo: Demo) -> Drawn:
    """The mean of what the masks let through, which comes to what eval mode gives."""
    title = say("dropout.demo.title")
    st.subheader(title, help=say("dropout.demo.band"))
    return draw(
        dropout_charts.means,
        demo.means,
        ghosts=demo.pins.rows(lambda g: g.drawn.get("running")),
        title=title,
        at=demo.at,
        alt=say("dropout.demo.mean_alt", draws=demo.draws, p=demo.p, mean=demo.mean, eval=demo.means.frame["eval"].iloc[0]),
    )


def other_ways(demo: Demo) -> None:
    """Without the factor, in eval mode, and left on in eval mode by mistake; closed until asked for."""
    with panel("ways", say("dropout.demo.others")) as is_open:
        if not is_open:
            return
        from regdemo.core.networks.masks import COLUMNS, running

        means = running(demo.p, demo.draws)
        last = means[means["draw"] == demo.draws].set_index("column")
        lines = {way: say(f"dropout.demo.lines.{way}") for way in COLUMNS}
        draw(
            dropout_charts.running,
            means,
            labels=lines,
            title=say("dropout.demo.others"),
            alt=say(
                "dropout.demo.alt",
                each="; ".join(
                    say("dropout.demo.mean", way=lines[n], mean=last["mean"][n], expected=last["expected"][n]) for n in COLUMNS
                ),
            ),
        )
        st.caption(dropout_words.demo(demo.p, demo.draws, *(last["expected"][name] for name in ("train", "unscaled", "eval"))))


def ten_thousand_ones(demo: Demo) -> None:
    """Sums of many ones after dropout: the mean stays, the sum does not; closed until asked for."""
    with panel("ones", say("dropout.ones.heading")) as is_open:
        if not is_open:
            return
        from regdemo.core.networks.masks import ones_demo

        ones = ones_demo(demo.p, draws=3)
        sums = zip(several("dropout.ones.ways"), (ones.train, ones.unscaled, ones.left_on, (ones.eval,) * 3), strict=True)
        cells = {way: [f"{v:,.0f}" for v in values] for way, values in sums}
        st.table(pd.DataFrame(cells, index=several("dropout.ones.draws")))
        st.markdown(dropout_words.ones(demo.p, ones.mean, ones.sd))


def find_the_bug(demo: Demo) -> None:
    """The mask that a published table was made with, to be found out by the reader."""
    with panel("bug", say("dropout.bug.heading")) as is_open:
        if not is_open:
            return
        from regdemo.core.networks.masks import PUBLISHED_D3, normal_mask

        st.code("mask = (torch.randn(x.shape) < 1 - p).float()\nreturn mask * x / (1 - p)", language="python")
        if st.toggle(say("dropout.bug.question"), key="bug.shown"):
            bug = normal_mask(demo.p)
            st.markdown(joined(dropout_words.bug(bug.meant, bug.true, bug.measured), say("dropout.bug.published")))
            st.table(dropout_frames.published_table(PUBLISHED_D3))
            st.caption(say("dropout.bug.caption"))
