"""The dropout paper's figures on a page: what the paper found, what this grid shows, and each point as a run of one's own."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from regdemo.app.drawing import draw
from regdemo.app.dropout import controls
from regdemo.app.dropout.controls import ACTIVITY, SHOWN
from regdemo.app.links import LINK_VERSION
from regdemo.charts import paper as paper_charts
from regdemo.config.configs import NetworkConfig, from_text
from regdemo.frames import paper as paper_frames
from regdemo.paper import grid


@dataclass(frozen=True)
class Told:
    """The words around a figure: its heading, what the paper did and found, and its axis."""

    heading: str
    paper: str
    x: str
    log: bool = False


TOLD = {
    "rate": Told(
        "Which rate is best?",
        "With the width fixed, the paper's error is high where few units are kept. It is flat between 40 % and 80 % kept, and rises again "
        "toward 100 %. The second line widens each layer as p grows, so that as many units are kept at every p. Strong dropout then costs less.",
        "dropout rate p",
    ),
    "size": Told(
        "How many images does dropout need?",
        "In the paper dropout does not help with 100 or 500 images: the network learns even those by heart. With more images the gain grows, "
        "and then falls again, because more data leave less to overfit.",
        "training images",
        True,
    ),
    "averaging": Told(
        "Is one pass as good as averaging many networks?",
        "Dropout trains many thinned networks at once. The honest prediction is their average. Weight scaling is the cheap way: one pass with "
        "nothing dropped. In the paper some 50 thinned networks are needed to match it.",
        "thinned networks averaged, k",
        True,
    ),
    "sparsity": Told(
        "Does dropout make units quieter?",
        "In the paper fewer hidden units have high activations with dropout, and the mean activation falls from about 2.0 to 0.7. That was an "
        "autoencoder, a network that redraws its input. Here it is the classifier of the first figure.",
        "dropout rate p",
    ),
}


@st.cache_data(max_entries=2, show_spinner=False)
def _kept(path: str, stamp: int) -> tuple[dict[str, Any], str, str]:
    """Every figure's observations, where they come from ("" without runs), and what is damaged. `stamp` is the file's time."""
    runs, wrong = grid.salvage(grid.KEPT)
    figures = {name: paper_frames.observations(name, runs) for name in grid.FIGURES}
    return figures, paper_frames.provenance(runs) if runs else "", paper_frames.damage(wrong)


def study_section() -> None:
    """All figures, one under the other. The page's open_link must know PAPER."""
    st.subheader("The dropout paper's figures")
    if not grid.KEPT.exists():
        st.info("The figures' file is not there. Compute it with `python -m regdemo.paper`.")
        return
    try:
        figures, made, damage = _kept(str(grid.KEPT), grid.KEPT.stat().st_mtime_ns)
    except OSError as error:
        st.warning(f"The figures' file cannot be read: {error.strerror}.")
        return
    if damage:
        st.warning(damage)
    if not made:
        st.info("The figures' file holds no run. Compute them with `python -m regdemo.paper`.")
        return
    st.markdown(
        "Srivastava and others, *Dropout: A Simple Way to Prevent Neural Networks from Overfitting*, JMLR 15, 2014, sections 7.2 to 7.5. "
        "**Their p is the probability of keeping a unit. Our p is the rate of dropping one: 1 minus theirs.** "
        "They trained wide networks on handwritten digits. Here networks of two hidden layers learn Fashion-MNIST, so the numbers differ."
    )
    shown = SHOWN.draw()
    for name, observed in figures.items():
        with st.container(border=True):
            _figure(name, observed, shown)
    st.caption(f"{made} Compute them again: `python -m regdemo.paper`.")


def _figure(name: str, observed: Any, shown: str) -> None:
    told, known = TOLD[name], paper_frames.QUANTITIES[name]
    st.markdown(f"#### {told.heading}")
    st.markdown(f"{told.paper} (Section {grid.FIGURES[name].section}.)")
    if observed.empty:
        st.info(f"The file has no run of this figure yet. Compute it with `python -m regdemo.paper {name}`.")
        return
    quantity = ACTIVITY.draw() if ACTIVITY.default in known else shown if shown in known else known[0]
    of_quantity = observed[observed["quantity"] == quantity]
    rows = paper_frames.bands(of_quantity)
    finding = paper_frames.FINDINGS[name](of_quantity, quantity) or "Runs to compare are still to be computed."
    links = {text: _address(from_text(text)) for text in rows["config"].unique()}
    draw(
        paper_charts.banded, rows.assign(link=rows["config"].map(links)), lines=tuple(rows["line"].unique()), x=told.x, y=quantity,
        log=told.log, percent=quantity in paper_frames.SHARES, title=told.heading, alt=f"{quantity} against {told.x}. {finding}",
        key=f"paper.{name}", words=False,
    )  # fmt: skip
    st.markdown(f"**Here:** {finding}")
    many = " or ".join(str(n) for n in sorted(rows["seeds"].unique())) + (" seed" if rows["seeds"].max() == 1 else " seeds")
    st.caption(f"Means over {many}, bands of ±1 standard deviation. A filled point opens as a run of its own.")
    points = {grid.label(from_text(text)): link for text, link in links.items() if link}
    if points:
        with st.container(horizontal=True, vertical_alignment="bottom"):
            chosen = st.selectbox("Run a point", list(points), key=f"paper.point.{name}", width=360)
            # a tab of its own: a page that is open already keeps its controls, whatever a link says
            st.link_button("Train it on the dropout page", points[chosen], help="Opens in a new tab.")


def _address(config: NetworkConfig) -> str:
    """Where the dropout page trains this config, relative to any page of the app; empty if its controls cannot name it."""
    found = controls.query(config)
    return "" if found is None else "dropout?" + urlencode({"v": LINK_VERSION, **found})
