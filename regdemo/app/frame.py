"""Every page's frame: its title, the links to all pages, the overview's cards, imports made ready beside the reader."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import streamlit as st

from regdemo.app.class_view import hidden
from regdemo.app.promptness import send_at_once
from regdemo.app.session import session
from regdemo.app.sweeps import get_ready
from regdemo.config.places import ASSETS
from regdemo.content.say import language, languages, say, texts

_HERE = Path(__file__).parent

#: id -> file; a page is listed here once it exists. Links, answers, pins and words know a page by its id.
PAGES = {
    "overview": "streamlit_app.py",
    "weight_decay": "pages/weight_decay.py",
    "l1_vs_l2": "pages/l1_vs_l2.py",
    "dropout": "pages/dropout.py",
}


# On a narrow screen the side panel lies over the page: once another page was chosen in it, it has done its work.
_CLOSES = st.components.v2.component(
    "closes",
    js="""export default function({data, parentElement}) {
        const panel = parentElement.closest('[data-testid=stSidebar]')
        const before = document.body.dataset.page
        document.body.dataset.page = data.page
        if (panel && before && before !== data.page && innerWidth < 768)
            panel.querySelector('[data-testid=stSidebarCollapseButton] button')?.click()
    }""",
    isolate_styles=False,
)


def page_title(page: str) -> str:
    """What a page is called."""
    return say(f"common.pages.{page}")


def page(id: str) -> None:
    """Set up the page and draw the links to all pages on top of the sidebar."""
    send_at_once()
    here = session()
    given = st.query_params.get_all("lang")
    if len(given) == 1 and given[0] in languages():
        here.language = given[0]
    speak()
    st.set_page_config(page_title=say("common.browser_title", page=page_title(id)), page_icon="📉", layout="wide")
    here.entered = here.entered or here.page != id
    if here.entered:
        here.file = None  # the field that holds a file of one's own empties itself
        here.pins_seen.pop(id, None)  # a link followed to the page brings its pinned runs once more
    here.page, here.panels, here.spent = id, set(), {}
    st.html(_HERE / "frame.css")
    with st.sidebar:
        _CLOSES(key="app.closes", data={"page": id})
        for other, file in PAGES.items():
            st.page_link(file, label=page_title(other))
        for other in set(languages()) - {here.language}:
            st.page_link(
                PAGES[id], label=texts(other)["common.language"], query_params={"lang": other}, icon=":material/translate:"
            )


def speak() -> None:
    """Say what follows in the visitor's language: each run of a page or of a fragment begins in English."""
    language.set(session().language)


@contextmanager
def panel(id: str, title: str, expanded: bool = False) -> Iterator[bool]:
    """A panel, closed at first; what stands in it costs nothing while it is closed, if it is drawn only where this gives True."""
    if hidden(id):
        yield False
        return
    box = st.expander(title, expanded=expanded, key=f"panel.{id}", on_change="rerun")
    if is_open := bool(box.open):
        session().panels.add(id)
    with box:
        yield is_open


def card(page: str, text: str, alt: str) -> None:
    """A page's card: its picture from a real run, what one sees there, and the way to it."""
    with st.container(border=True, height="stretch"):
        st.subheader(page_title(page))
        st.image(f"{ASSETS}/{page}.svg", caption=alt, alt=alt, width="stretch")
        st.markdown(text)
        st.page_link(PAGES[page], label=say("common.open_page", page=page_title(page)), icon="➡️")


@st.cache_resource
def warm_up() -> None:
    """Import torch beside the reader, so that the next page need not wait for it."""
    Thread(target=get_ready, daemon=True).start()
