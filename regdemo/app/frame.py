"""Every page's frame: its title, the links to all pages, the overview's cards, imports made ready beside the reader."""

from threading import Thread

import streamlit as st

from regdemo.app.sweeps import get_ready
from regdemo.config.places import ASSETS

PAGES = {  # file -> label; a page is listed here once it exists
    "streamlit_app.py": "Overview",
    "pages/weight_decay.py": "Weight decay",
    "pages/l1_vs_l2.py": "L1 versus L2",
    "pages/dropout.py": "Dropout",
}


def page(title: str) -> None:
    """Set up the page and draw the links to all pages on top of the sidebar."""
    st.set_page_config(page_title=f"{title} · Regularization explorer", page_icon="📉", layout="wide")
    state = st.session_state
    state["_entered"] = state.get("_entered", False) or state.get("_page") != title
    if state["_entered"]:
        state.pop("_file", None)  # the field that holds a file of one's own empties itself
        state.get("_pins_seen", {}).pop(title, None)  # a link followed to the page brings its pinned runs once more
    state["_page"], state["_charts"], state["_compared"] = title, [], None
    with st.sidebar:
        for file, label in PAGES.items():
            st.page_link(file, label=label)


def card(file: str, picture: str, text: str, alt: str) -> None:
    """A page's card: its picture from a real run, what one sees there, and the way to it."""
    with st.container(border=True):
        st.subheader(PAGES[file])
        st.image(f"{ASSETS}/{picture}.svg", caption=alt, alt=alt, width="stretch")
        st.markdown(text)
        st.page_link(file, label=f"Open {PAGES[file]}", icon="➡️")


@st.cache_resource
def warm_up() -> None:
    """Import torch beside the reader, so that the next page need not wait for it."""
    Thread(target=get_ready, daemon=True).start()
