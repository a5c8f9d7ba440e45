"""The floors of the house, held by reading imports: which file may know of what."""

import ast
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
DRAWING = {"streamlit", "altair"}
MODULES = sorted(f.stem for f in (ROOT / "regdemo").glob("*.py"))


@dataclass(frozen=True)
class Floor:
    """Files that know the same: of `regdemo` their own floor and those in `below`; of other packages all but `never`."""

    files: tuple[str, ...]  # names of modules, or patterns of names
    below: tuple[str, ...] = ()
    never: frozenset[str] = frozenset()


def floor(files: str, below: str = "", never: Iterable[str] = ()) -> Floor:
    return Floor(tuple(files.split()), tuple(below.split()), frozenset(never))


FLOORS = {
    "config": floor("spec", never={"torch", "torchvision", "sklearn", "numpy", "pandas", *DRAWING}),
    # each of these imports nothing of the package, and could be lifted out
    "tools": floor("names phrases failures runs exercises", never={"torch", "torchvision", "sklearn", *DRAWING}),
    "data": floor("images tables", never={"torch", *DRAWING}),
    "plane": floor("support geometry", never={"torch", "torchvision", "sklearn", *DRAWING}),
    "core": floor(
        "checks data optimizers linear exact choosing real layers examples networks bench stability", "config data", {"torchvision", *DRAWING}
    ),
    "replay": floor("microscope microscope_dropout ways reference", "config core", {"torchvision", *DRAWING}),
    "paper": floor("study", "config data core", {"torchvision", *DRAWING}),
    "export": floor("export export_*", "config data", {"torch", "torchvision", *DRAWING}),
    "frames": floor("frames ghosts *_frames", "config tools plane core paper", {"torch", "torchvision", "sklearn", *DRAWING}),
    "charts": floor("charts *_charts", "frames", {"torch", "torchvision", "sklearn", "streamlit"}),
    "words": floor("*_words confusions links", "config tools core replay", {"torch", "torchvision", "sklearn", *DRAWING}),
    "public": floor("__init__", "config core", {"torch", "torchvision", "sklearn", *DRAWING}),
    "app": floor(
        "ui ui_* gallery", "config tools data plane core replay paper export frames charts words public", {"torch", "torchvision"}
    ),
}  # fmt: skip
TOP = floor("", " ".join(FLOORS), {"torch", "torchvision", "sklearn", "pages"})  # streamlit_app.py and pages/
# within its floors: what a file must not know all the same
APART = {
    # another program than the core, so that it can check it
    "microscope": {"linear", "networks", "optimizers"},
    "microscope_dropout": {"linear", "networks", "optimizers"},
    "ways": {"linear", "networks", "optimizers"},
    "exact": {"linear", "networks", "optimizers"},
    "choosing": {"linear", "networks", "optimizers"},
    "reference": {"exact", "networks"},
    # the two trainers know nothing of each other
    "linear": {"networks", "layers", "examples", "exact"},
    "networks": {"linear", "exact"},
    "layers": {"linear", "networks"},
    "examples": {"linear", "networks"},
    "optimizers": {"linear", "networks", "layers"},
    "data": {"linear", "networks", "exact"},
    "real": {"linear", "networks", "exact"},
    "bench": {"linear", "networks"},
    "study": {"linear"},
    "frames": {"networks"},
    "ghosts": {"networks"},
    "sparsity_frames": {"networks"},
}
WITHOUT_TORCH = {"exact", "choosing", "real", "stability"}


def imported(source: str) -> set[str]:
    """Every module that a source imports, in any form, with the names that it takes from packages."""
    names = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            package = ".".join(["regdemo"] * (node.level > 0) + [node.module or ""] * (node.module is not None))
            names |= {f"{package}.{alias.name}" for alias in node.names}
    return names


def floors_of(module: str) -> list[str]:
    """The floors that a module of the package lies on: one, if all is well."""
    return [name for name, floor in FLOORS.items() if any(fnmatch(module, pattern) for pattern in floor.files)]


def known(names: set[str]) -> set[str]:
    """The modules of the package among imported names; what is no module is a name that the package itself gives."""
    firsts = {f"{name}.".split(".")[1] for name in names if name.split(".")[0] == "regdemo"}
    return {first if first in MODULES else "__init__" for first in firsts}


def forbidden(module: str, source: str) -> set[str]:
    """What a module of the package (or a page: "") imports and must not know."""
    names = imported(source)
    (here,) = floors_of(module) if module else ("",)
    floor = FLOORS[here] if module else TOP
    roots = {name.split(".")[0] for name in names}
    wrong = roots & (floor.never | ({"torch"} if module in WITHOUT_TORCH else set()))
    wrong |= {other for other in known(names) if not {here, *floor.below} & set(floors_of(other))}
    return wrong | (known(names) & APART.get(module, set()))


def test_every_module_lies_on_one_floor_and_no_rule_is_left_behind_by_a_file_that_was_renamed():
    assert {module: floors_of(module) for module in MODULES if len(floors_of(module)) != 1} == {}
    for floor in FLOORS.values():
        for pattern in floor.files:
            assert any(fnmatch(module, pattern) for module in MODULES), pattern
        assert set(floor.below) <= set(FLOORS)
    assert {*APART, *WITHOUT_TORCH, *set.union(*APART.values())} <= set(MODULES)


@pytest.mark.parametrize("module", MODULES)
def test_a_module_imports_from_its_own_floor_and_those_below(module):
    assert forbidden(module, (ROOT / f"regdemo/{module}.py").read_text(encoding="utf-8")) == set()


@pytest.mark.parametrize("page", ["streamlit_app.py", *(f"pages/{f.name}" for f in (ROOT / "pages").glob("*.py"))])
def test_a_page_knows_neither_torch_nor_other_pages(page):
    assert forbidden("", (ROOT / page).read_text(encoding="utf-8")) == set()


@pytest.mark.parametrize(
    ("module", "line", "found"),
    [
        ("linear", "from regdemo.ui_pins import Ghost", {"ui_pins"}),
        ("linear", "from regdemo.sparsity_charts import stems", {"sparsity_charts"}),
        ("linear", "from regdemo import ui, charts", {"ui", "charts"}),
        ("networks", "from . import ui_take", {"ui_take"}),
        ("networks", "from .dropout_charts import curves", {"dropout_charts"}),
        ("exact", "import regdemo.ui_linear as u", {"ui_linear"}),
        ("data", "def f():\n    import streamlit.runtime", {"streamlit"}),
        ("spec", "import torch.nn", {"torch"}),
        ("spec", "from regdemo.names import as_code", {"names"}),
        ("runs", "from regdemo.spec import LinearConfig", {"spec"}),
        ("frames", "from regdemo.charts import loss", {"charts"}),
        ("charts", "from regdemo.linear import LinearResult", {"linear"}),
        ("dropout_charts", "from regdemo.ui import draw", {"ui"}),
        ("dropout_frames", "import altair as alt", {"altair"}),
        ("links", "import streamlit as st", {"streamlit"}),
        ("export_steps", "from torch import nn", {"torch"}),
        ("microscope", "from regdemo.linear import train_linear", {"linear"}),
        ("exact", "import torch", {"torch"}),
        ("linear", "from regdemo import PRESETS", {"__init__"}),
        ("linear", "import regdemo", {"__init__"}),
        ("ui_pins", "import torch", {"torch"}),
        ("gallery", "import torch", {"torch"}),
        ("", "from sklearn import linear_model", {"sklearn"}),
        ("", "from pages import dropout", {"pages"}),
        ("ui_pins", "from regdemo.linear import train_linear\nimport streamlit", set()),
    ],
)  # fmt: skip
def test_an_import_that_runs_up_the_floors_is_found(module, line, found):
    assert forbidden(module, line) == found


def test_no_file_grows_past_one_subject():
    sources = [f for d in ("regdemo", "pages") for f in (ROOT / d).rglob("*.py")]
    assert not {f.name: n for f in sources if (n := len(f.read_text(encoding="utf-8").splitlines())) > 350}


def test_nothing_in_the_app_allows_unsafe_html_or_pickle():
    for f in [*(ROOT / "regdemo").rglob("*.py"), *(ROOT / "pages").rglob("*.py"), ROOT / "streamlit_app.py"]:
        text = f.read_text(encoding="utf-8")
        assert "unsafe_allow" not in text, f
        assert not {"pickle", "dill"} & imported(text), f
