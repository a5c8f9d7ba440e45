"""Sentences by their id, with a run's figures filled in. The words themselves lie in content/<language>/*.toml.

An id is a file's name and the keys in it: "weight_decay.loss.caption". A text is a whole sentence (or title, or label) with
`str.format` fields, and two format specs of its own:

    {loss:figure}          three digits, or a dash where there is no finite figure
    {seeds:seed|seeds}     "1 seed", "8 seeds", "1,000 seeds"
"""

import tomllib
from collections.abc import Mapping
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Any

from regdemo.config.phrases import counted, figure

FOLDER = Path(__file__).parent
ENGLISH = "en"
#: The language of the page that is being drawn.
language: ContextVar[str] = ContextVar("language", default=ENGLISH)


@cache
def languages() -> tuple[str, ...]:
    """Every language that there are words in: each is a folder here."""
    return tuple(sorted(folder.name for folder in FOLDER.iterdir() if (folder / "common.toml").exists()))


class _Words(Formatter):
    def format_field(self, value: Any, spec: str) -> str:
        if spec == "figure":
            return figure(value)
        if "|" in spec:
            return counted(value, *spec.split("|"))
        return super().format_field(value, spec)

    def check_unused_args(self, used: Any, args: Any, figures: Mapping[str, Any]) -> None:
        if unused := set(figures) - set(used):
            raise KeyError(f"the sentence has no place for {', '.join(sorted(unused))}")


@cache
def texts(words_in: str) -> Mapping[str, str]:
    """Every text of a language by its id."""
    found: dict[str, str] = {}

    def walk(prefix: str, entry: Any) -> None:
        if isinstance(entry, str):
            found[prefix] = entry
        elif isinstance(entry, list):
            for i, item in enumerate(entry):
                walk(f"{prefix}.{i}", item)
        else:
            for key, value in entry.items():
                walk(f"{prefix}.{key}", value)

    for file in sorted((FOLDER / words_in).rglob("*.toml")):
        walk(
            ".".join(file.relative_to(FOLDER / words_in).with_suffix("").parts), tomllib.loads(file.read_text(encoding="utf-8"))
        )
    return found


def fields(text: str) -> set[str]:
    """The names of the figures that a text takes."""
    return {name.split(".")[0].split("[")[0] for _, name, _, _ in Formatter().parse(text) if name}


def say(id: str, /, **figures: Any) -> str:
    """The text of an id in the page's language. Raises KeyError for an id or a figure that is not there, or one too many."""
    return _Words().vformat(texts(language.get())[id], (), figures)


def said(text: str, /) -> str:
    """The text of an id; what is no id, such as a name that a visitor gave, stands for itself."""
    return say(text) if text in texts(language.get()) else text


def several(id: str, /) -> tuple[str, ...]:
    """The texts of a list, such as a question's choices."""
    words = texts(language.get())
    found: list[str] = []
    while (key := f"{id}.{len(found)}") in words:
        found.append(words[key])
    if not found:
        raise KeyError(id)
    return tuple(found)
