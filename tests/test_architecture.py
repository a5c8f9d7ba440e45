"""The table of rooms, held by reading imports: which file may know of what."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
# room -> what it must never import, at any depth of its own source
FORBIDDEN = {
    "regdemo/spec.py": {"torch", "streamlit", "altair", "regdemo"},
    "regdemo/data.py": {
        "streamlit",
        "altair",
        "regdemo.linear",
        "regdemo.exact",
        "regdemo.charts",
        "regdemo.runs",
        "regdemo.ui",
    },
    "regdemo/optimizers.py": {
        "streamlit",
        "altair",
        "regdemo.linear",
        "regdemo.layers",
        "regdemo.networks",
        "regdemo.ui",
    },
    "regdemo/linear.py": {"streamlit", "altair", "regdemo.charts", "regdemo.networks", "regdemo.ui"},
    "regdemo/reference.py": {
        "streamlit",
        "altair",
        "regdemo.exact",
        "regdemo.charts",
        "regdemo.runs",
        "regdemo.networks",
        "regdemo.ui",
    },
    "regdemo/ways.py": {"streamlit", "altair", "regdemo.linear", "regdemo.ui"},
    "regdemo/exact.py": {"streamlit", "altair", "torch", "regdemo.linear", "regdemo.ui"},
    "regdemo/choosing.py": {"streamlit", "altair", "torch", "regdemo.linear", "regdemo.ui"},
    "regdemo/support.py": {"streamlit", "altair", "torch", "sklearn", "regdemo"},
    "regdemo/geometry.py": {"streamlit", "altair", "torch", "sklearn", "regdemo"},
    "regdemo/tables.py": {"streamlit", "altair", "torch", "regdemo"},
    "regdemo/real.py": {"streamlit", "altair", "torch", "sklearn", "regdemo.linear", "regdemo.exact", "regdemo.ui"},
    "regdemo/layers.py": {
        "streamlit",
        "altair",
        "torchvision",
        "regdemo.linear",
        "regdemo.networks",
        "regdemo.charts",
        "regdemo.ui",
    },
    "regdemo/examples.py": {
        "streamlit",
        "altair",
        "torchvision",
        "regdemo.linear",
        "regdemo.networks",
        "regdemo.charts",
        "regdemo.ui",
    },
    "regdemo/networks.py": {
        "streamlit",
        "altair",
        "torchvision",
        "regdemo.linear",
        "regdemo.charts",
        "regdemo.runs",
        "regdemo.ui",
    },
    "regdemo/export.py": {"torch", "streamlit", "altair", "regdemo.ui"},
    "regdemo/export_linear.py": {"torch", "streamlit", "altair", "regdemo.ui"},
    "regdemo/export_steps.py": {"torch", "streamlit", "altair", "regdemo.ui"},
    "regdemo/export_networks.py": {"torch", "streamlit", "altair", "regdemo.ui"},
    "regdemo/export_layers.py": {"torch", "streamlit", "altair", "regdemo.ui"},
    "regdemo/export_examples.py": {"torch", "streamlit", "altair", "regdemo.ui"},
    "regdemo/bench.py": {"streamlit", "altair", "regdemo.linear", "regdemo.networks", "regdemo.charts", "regdemo.ui"},
    "regdemo/images.py": {"streamlit", "altair", "torch", "regdemo"},
    "regdemo/charts.py": {"torch", "streamlit", "regdemo.linear", "regdemo.networks", "regdemo.ui"},
    "regdemo/runs.py": {"streamlit", "altair", "torch"},
    "regdemo/frames.py": {"torch", "streamlit", "altair", "regdemo.networks", "regdemo.ui"},
    "regdemo/stability.py": {"torch", "streamlit", "altair", "regdemo.networks", "regdemo.ui"},
    "regdemo/linear_words.py": {"torch", "streamlit", "altair", "regdemo.networks", "regdemo.ui"},
    "regdemo/ghosts.py": {"torch", "streamlit", "altair", "regdemo.networks", "regdemo.ui"},
    "regdemo/sparsity_frames.py": {"torch", "streamlit", "altair", "regdemo.networks", "regdemo.ui"},
    "regdemo/sparsity_charts.py": {"torch", "streamlit", "regdemo.linear", "regdemo.networks", "regdemo.ui"},
    "regdemo/study.py": {"streamlit", "altair", "regdemo.linear", "regdemo.charts", "regdemo.ui"},
    "regdemo/study_frames.py": {"torch", "streamlit", "altair", "regdemo.networks", "regdemo.ui"},
    "regdemo/study_charts.py": {"torch", "streamlit", "regdemo.linear", "regdemo.networks", "regdemo.ui"},
    "regdemo/exercises.py": {"torch", "streamlit", "altair", "regdemo"},
    "regdemo/confusions.py": {"torch", "streamlit", "altair"},
    **{  # another program than the core, so that it can check it
        f"regdemo/{name}.py": {"streamlit", "altair", "regdemo.linear", "regdemo.networks", "regdemo.optimizers", "regdemo.ui"}
        for name in ("microscope", "microscope_dropout")
    },
    "regdemo/microscope_words.py": {"torch", "streamlit", "altair", "regdemo.linear", "regdemo.networks", "regdemo.ui"},
    "regdemo/ui_microscope.py": {"torch"},
    **{
        f"regdemo/{name}.py": {"torch"}
        for name in (
            "ui",
            "ui_controls",
            "ui_pins",
            "ui_take",
            "ui_questions",
            "ui_pictures",
            "ui_study",
            "ui_linear",
            "ui_sparsity",
            "ui_bench",
            "ui_dropout",
            "ui_training",
        )
    },
    "streamlit_app.py": {"torch", "sklearn"},
    "pages": {"torch", "sklearn", "pages"},
}


def imported(path: Path) -> set[str]:
    """Every module that a file imports, in any form, with the names it takes from packages."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module or "")
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def files() -> list[tuple[Path, set[str]]]:
    found = []
    for room, forbidden in FORBIDDEN.items():
        path = ROOT / room
        found += [(f, forbidden) for f in (sorted(path.rglob("*.py")) if path.is_dir() else [path]) if f.exists()]
    return found


@pytest.mark.parametrize(("path", "forbidden"), files(), ids=lambda v: v.name if isinstance(v, Path) else "")
def test_a_room_does_not_import_what_it_must_not_know(path, forbidden):
    names = imported(path)
    assert not {n for n in names for f in forbidden if n == f or n.startswith(f + ".")}


def test_no_file_grows_past_one_subject():
    sources = [f for d in ("regdemo", "pages") for f in (ROOT / d).rglob("*.py")]
    assert not {f.name: n for f in sources if (n := len(f.read_text(encoding="utf-8").splitlines())) > 350}


def test_nothing_in_the_app_allows_unsafe_html_or_pickle():
    sources = [f for d in ("regdemo", "pages") for f in (ROOT / d).rglob("*.py")] + [ROOT / "streamlit_app.py"]
    for f in sources:
        if f.exists():
            text = f.read_text(encoding="utf-8")
            assert "unsafe_allow_html" not in text
            assert not {"pickle", "dill"} & imported(f)
