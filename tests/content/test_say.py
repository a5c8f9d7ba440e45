"""Words: every id that the code names has a text, every text is said somewhere, and both know the same figures."""

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from regdemo.content.say import ENGLISH, FOLDER, fields, languages, say, several, texts

ROOT = Path(__file__).parents[2]
FILES = [ROOT / "streamlit_app.py", *sorted((ROOT / "pages").glob("*.py")), *sorted((ROOT / "regdemo").rglob("*.py"))]
BEGINS = tuple(f"{file.stem}." for file in sorted((FOLDER / "en").rglob("*.toml")))


@dataclass(frozen=True)
class Call:
    """One place in the code that asks for a text: its id as a pattern (a part that is computed is anything), and its figures."""

    function: str  # "say" or "several"
    place: str
    id: str
    figures: frozenset[str]
    more: bool  # whether figures are handed over in a mapping too

    @property
    def ids(self) -> list[str]:
        return [id for id in texts(ENGLISH) if re.fullmatch(self.id + (r"\.\d+" if self.function == "several" else ""), id)]


def named(expression: ast.expr) -> Iterator[str]:
    """The ids in an expression, as patterns: "a.b", f"a.{x}", "a.b" if c else "a.d"."""
    if isinstance(expression, ast.JoinedStr):
        parts = [re.escape(p.value) if isinstance(p, ast.Constant) else ".+" for p in expression.values]
        yield "".join(str(part) for part in parts)
    elif isinstance(expression, ast.Constant):
        if isinstance(expression.value, str) and expression.value.startswith(BEGINS):
            yield re.escape(expression.value)
    else:
        for child in ast.iter_child_nodes(expression):
            if isinstance(child, ast.expr):
                yield from named(child)


def calls() -> Iterator[Call]:
    for file in FILES:
        text = file.read_text(encoding="utf-8")
        if "regdemo.content.say" not in text and "Control(" not in text:
            continue
        for node in ast.walk(ast.parse(text)):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args):
                continue
            place, names = f"{file.relative_to(ROOT)}:{node.lineno}", {k.arg for k in node.keywords}
            if node.func.id in ("say", "several"):
                for id in named(node.args[0]):
                    yield Call(node.func.id, place, id, frozenset(n for n in names if n), None in names)
            elif node.func.id == "Control":  # which says its label and its help by itself
                for id in (id for argument in node.args for id in named(argument)):
                    if id.startswith(tuple(map(re.escape, BEGINS))):
                        yield Call("say", place, id, frozenset(), False)


CALLS = list(calls())


@pytest.mark.parametrize("call", CALLS, ids=lambda c: c.place)
def test_an_id_in_the_code_has_a_text_with_the_figures_that_the_code_gives(call):
    assert not call.id.startswith(".+"), "an id begins with the name of its file"
    assert call.ids, f"no text {call.id}"
    for id in call.ids:
        assert call.figures <= fields(texts(ENGLISH)[id]) if call.more else call.figures == fields(texts(ENGLISH)[id]), id


def strings(files: Iterable[Path]) -> set[str]:
    """Every string in the code; ids of charts may have room after them."""
    return {
        node.value.rstrip()
        for file in files
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def test_charts_name_texts_that_there_are():
    named = {text for text in strings((ROOT / "regdemo" / "charts").glob("*.py")) if text.startswith("charts.")}
    assert len(named) > 20
    assert named - set(texts(ENGLISH)) == set()


def test_every_text_is_said_somewhere():
    every = strings(FILES)
    said = {id for call in CALLS for id in call.ids} | {id for id in texts(ENGLISH) if id in every}
    assert set(texts(ENGLISH)) - said == set()


@pytest.mark.parametrize("language", languages())
def test_a_language_has_every_text_with_its_figures(language):
    words = texts(language)
    assert {id: fields(text) for id, text in words.items()} == {id: fields(text) for id, text in texts(ENGLISH).items()}
    assert [id for id, text in words.items() if not text or text != text.strip()] == []


def test_an_unknown_id_a_missing_figure_and_one_too_many_are_errors():
    for id, figures in (("common.nothing", {}), ("common.open_page", {}), ("common.open_page", {"page": "x", "more": 1})):
        with pytest.raises(KeyError):
            say(id, **figures)
    with pytest.raises(KeyError):
        several("common.nothing")
