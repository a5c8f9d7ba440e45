"""The dropout paper's figures on a page: what the paper found, what this grid shows, and each point as a run of one's own."""

from functools import reduce
from urllib.parse import urlencode

import pandas as pd
import streamlit as st

from regdemo.app.drawing import draw
from regdemo.app.dropout import controls, paper_words
from regdemo.app.dropout.controls import ACTIVITY, SHOWN
from regdemo.app.frame import panel
from regdemo.app.links import LINK_VERSION
from regdemo.app.opening import keep_aside
from regdemo.charts import paper as paper_charts
from regdemo.config.configs import NetworkConfig, from_text
from regdemo.config.phrases import joined
from regdemo.content.say import language, say
from regdemo.frames import paper as paper_frames
from regdemo.paper import grid

FIRST = "rate"  # the figure that is open at first
LOG = ("size", "averaging")  # figures whose axis is logarithmic


@st.cache_data(max_entries=2, show_spinner=False)
def _kept(path: str, stamp: int, spoken: str) -> tuple[dict[str, pd.DataFrame], str, str]:
    """Every figure's observations, where they come from ("" without runs), and what is damaged. `stamp` is the file's time, `spoken`
    the language."""
    kept, wrong = grid.salvage(grid.KEPT)
    measures = {figure.measure for figure in grid.FIGURES.values()}
    runs = {job: line for job, line in kept.items() if job[0] in measures}
    figures = {name: paper_frames.observations(name, runs) for name in grid.FIGURES}
    return figures, paper_words.provenance(runs) if runs else "", paper_words.damage(wrong)


def study_section() -> None:
    """All figures, one under the other. The page's open_link must know PAPER."""
    if not grid.KEPT.exists():
        st.info(say("dropout.paper.none"))
        return
    try:
        figures, made, damage = _kept(str(grid.KEPT), grid.KEPT.stat().st_mtime_ns, language.get())
    except OSError as error:
        st.warning(say("dropout.paper.unreadable", why=error.strerror))
        return
    if damage:
        st.warning(damage)
    if not made:
        st.info(say("dropout.paper.empty"))
        return
    again = say("dropout.paper.again", provenance=made)
    st.markdown(say("dropout.paper.introduction"), help=joined(say("dropout.paper.differs"), again))
    shown = SHOWN.draw(bare=True)
    for name, observed in figures.items():
        heading = say(f"dropout.paper.{name}.heading")
        with panel(f"figure_{name}", heading, expanded=name == FIRST) as is_open:
            if is_open:
                _figure(name, heading, observed, shown)
            elif ACTIVITY.default in paper_frames.QUANTITIES[name]:
                keep_aside((ACTIVITY,))


def _figure(name: str, heading: str, observed: pd.DataFrame, shown: str) -> None:
    known, x = paper_frames.QUANTITIES[name], say(f"dropout.paper.{name}.x")
    if observed.empty:
        st.info(say("dropout.paper.no_run", name=name))
        return
    quantity = ACTIVITY.draw() if ACTIVITY.default in known else shown if shown in known else known[0]
    of_quantity = observed[observed["quantity"] == quantity]
    rows = paper_frames.bands(of_quantity)
    finding = paper_words.FINDINGS[name](of_quantity, quantity) or say("dropout.paper.to_come")
    links = {text: _address(from_text(text)) for text in rows["config"].unique()}
    draw(
        paper_charts.banded,
        rows.assign(link=rows["config"].map(links)),
        lines=tuple(rows["line"].unique()),
        x=x,
        y=quantity,
        log=name in LOG,
        percent=quantity in paper_frames.SHARES,
        title=heading,
        alt=say("dropout.paper.alt", quantity=quantity, x=x, finding=finding),
        key=f"paper.{name}",
        words=False,
    )
    st.markdown(say("dropout.paper.here", finding=finding))
    st.markdown(say("dropout.paper.section", text=say(f"dropout.paper.{name}.text"), section=grid.FIGURES[name].section))
    numbers = sorted(rows["seeds"].unique())
    many = reduce(lambda first, second: say("dropout.paper.either", first=first, second=second), numbers)
    seeds = say("dropout.paper.seed" if numbers[-1] == 1 else "dropout.paper.seeds", n=many)
    st.caption(say("dropout.paper.means", seeds=seeds))
    points = {grid.label(from_text(text)): link for text, link in links.items() if link}
    if points:
        with st.container(horizontal=True, vertical_alignment="bottom"):
            chosen = st.selectbox(say("dropout.paper.point"), list(points), key=f"paper.point.{name}", width=360)
            # a tab of its own: a page that is open already keeps its controls, whatever a link says
            st.link_button(say("dropout.paper.train"), points[chosen], help=say("dropout.paper.tab"))


def _address(config: NetworkConfig) -> str:
    """Where the dropout page trains this config, relative to any page of the app; empty if its controls cannot name it."""
    found = controls.query(config)
    return "" if found is None else "dropout?" + urlencode({"v": LINK_VERSION, **found})
