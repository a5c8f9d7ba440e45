"""Links and files as nobody should send them, and whether a page renders what they hold: for tests and the hostile run."""

import re
from collections.abc import Iterator, Sequence

from google.protobuf.message import Message
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from streamlit.testing.v1 import AppTest

from regdemo.app.controls import Control
from regdemo.app.links import LINK_VERSION, OWN_WORDS

IMAGE, SPAN, TEX = "![evil](http://evil/x.png)", "`evil` <img src=//evil>", "$evil$ :red[evil] evil://x"
MARKUP = (IMAGE, SPAN, TEX, "<script>alert('evil')</script>", "``` evil", r"\(evil\) [evil](javascript:evil) **evil**")
V = str(LINK_VERSION)
WORDS = ("1", "5.0", "1e1", "true", "lam", "lam,lr", "large", V, "2", f"{V}~lam~1", "best-lambda")
ODD = ("nan", "-1", "1e999", "0x1", "١٢", "1,5", "9" * 5000, "../../etc/passwd", "%00", "\0", "~" * 500, "," * 500)
Params = dict[str, list[str]]


def links(controls: Sequence[Control]) -> SearchStrategy[Params]:
    """Any parameters at all, some of them by names that mean something."""
    words = st.text(max_size=12) | st.sampled_from(WORDS)
    names = st.sampled_from([*OWN_WORDS, *(c.name for c in controls), "later", ""]) | st.text(max_size=8)
    return st.dictionaries(names, st.lists(words, min_size=1, max_size=3), max_size=6)


def hostile_links(controls: Sequence[Control], sections: Sequence[str], free: Sequence[Control]) -> SearchStrategy[Params]:
    """Such parameters with more that asks to be run, rendered or trained: settings of some `free` controls, pins, what to hide."""
    setting = st.sampled_from(free).flatmap(lambda c: st.sampled_from(texts(c)).map(lambda text: (c.name, text)))
    odd = st.sampled_from([*MARKUP, *ODD])
    known = st.sampled_from([*(c.name for c in controls), *OWN_WORDS])
    anything = st.dictionaries(known | odd, st.lists(odd, min_size=1, max_size=2), max_size=3)
    pins = st.lists(
        st.lists(setting, max_size=3).map(lambda pairs: "~".join([V, *(part for pair in pairs for part in pair)])) | odd,
        min_size=1,
        max_size=3,
    )
    view = st.lists(st.sampled_from([*(c.name for c in controls), *sections]) | odd, min_size=1, max_size=5).map(
        lambda names: [",".join(names)]
    )
    own = st.fixed_dictionaries(
        {}, optional={"pin": pins, "hide": view, "lock": view, "ask": st.integers(0, 12).map(lambda n: [str(n)])}
    )
    settings = st.lists(setting, max_size=3).map(lambda pairs: {name: [text] for name, text in pairs})
    return st.builds(lambda *parts: {n: v for part in parts for n, v in part.items()}, links(controls), settings, own, anything)


def texts(control: Control) -> list[str]:
    """How links write the control's options; of very many some."""
    return [control.text(option) for option in list(control.options)[:: max(1, len(control.options) // 40)]]


def files() -> SearchStrategy[bytes]:
    """Anything that could be uploaded, some of it tables."""
    return (
        st.binary(max_size=300)
        | st.text(alphabet=',;\t\n\r"0123456789.-eENa \x00é', max_size=400).map(str.encode)
        | st.lists(st.lists(st.floats() | st.sampled_from(["", "x"]), min_size=3, max_size=3), min_size=10, max_size=14).map(
            lambda rows: table(["a", "b", "c"], rows)
        )
    )


def hostile_files() -> SearchStrategy[bytes]:
    """Such files, and tables whose names and cells ask to be rendered or run, in several encodings."""
    name = st.sampled_from([*MARKUP, "=cmd|'/C calc'!A0", "a", "", "a × b", "y²"]) | st.text(max_size=12)
    cell = st.integers(-99, 99).map(str) | st.floats().map(str) | st.sampled_from(["", "NA", "1,5", *MARKUP])
    number = st.integers(-99, 99).map(str)

    def tables(kinds: list[SearchStrategy[str]]) -> SearchStrategy[tuple[list[str], list[tuple[str, ...]]]]:
        names = st.lists(name, min_size=len(kinds), max_size=len(kinds))
        return st.tuples(names, st.lists(st.tuples(*kinds), min_size=10, max_size=40))

    rows = st.lists(st.sampled_from([number, number, number, cell]), min_size=2, max_size=5).flatmap(tables)
    code = st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "latin-1", "utf-16-le"])
    tabular = st.builds(lambda parts, code: table(*parts).decode().encode(code, "replace"), rows, code)
    return st.booleans().flatmap(lambda yes: tabular if yes else files())


def table(names: Sequence[str], rows: Sequence[Sequence[object]]) -> bytes:
    return "\n".join([",".join(names), *(",".join(map(str, row)) for row in rows)]).encode()


PLAIN = {"text", "code", "vega_lite_chart", "arrow_vega_lite_chart"}  # elements that render no Markdown
CHOICES = {"selectbox", "multiselect"}  # their options are plain text, their labels are not
CODE = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)", re.DOTALL)  # CommonMark 0.31, section 6.1


def strings(message: Message) -> Iterator[str]:
    for field, value in message.ListFields():
        for part in value if field.is_repeated else [value]:
            if isinstance(part, Message):
                yield from strings(part)
            elif isinstance(part, str):
                yield part


def rendered(at: AppTest) -> Iterator[str]:
    """Every text of the page that is taken for Markdown or HTML, and then some."""
    for block in (at.main, at.sidebar):
        for element in block:
            if element.type in ("table", "arrow_table"):
                cells = getattr(element, "value")  # noqa: B009 - of blocks no type says so
                yield from map(str, [*cells.index, *cells.columns, *cells.to_numpy().ravel()])
            elif element.type in CHOICES:
                yield from (element.proto.label, element.proto.help)
            elif element.type not in PLAIN and isinstance(getattr(element, "proto", None), Message):
                yield from strings(element.proto)


def evil(at: AppTest) -> list[str]:
    """What a page renders of the names above: nothing. Inside a code span they stand letter by letter."""
    return [text for text in rendered(at) if "evil" in CODE.sub("", text)]
