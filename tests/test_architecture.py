"""The shape of the house: one import rule, held by import-linter (its contracts stand in pyproject.toml), and what is found where."""

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers.pages import ROOT

LINT = Path(sys.executable).parent / "lint-imports"
SOURCES = sorted([*(ROOT / "regdemo").rglob("*.py"), *(ROOT / "pages").rglob("*.py"), ROOT / "streamlit_app.py"])


def lint(root: Path) -> subprocess.CompletedProcess[str]:
    command = [LINT, "--config", ROOT / "pyproject.toml", "--no-cache", "--no-logo"]
    return subprocess.run(
        command, cwd=root, env={**os.environ, "PYTHONPATH": str(root)}, capture_output=True, text=True, check=False, timeout=120
    )


def test_a_file_imports_only_what_lies_below_it():
    report = lint(ROOT)
    assert report.returncode == 0, report.stdout


BREACHES = {
    "core/linear/train.py": "from regdemo.app.pins import Ghost",
    "core/linear/exact.py": "from regdemo.charts.sparsity import stem_plot",
    "config/configs.py": "import torch",
    "charts/theme.py": "import torch",
    "frames/summaries.py": "import altair",
    "replay/linear.py": "import streamlit",
    "content/exercises.py": "from regdemo.frames.summaries import finals",
    "paper/grid.py": "from regdemo.content.exercises import EXERCISES",
}


def test_each_breach_of_the_rule_is_found(tmp_path):
    for folder in ("regdemo", "pages"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for file, line in BREACHES.items():
        path = tmp_path / "regdemo" / file
        path.write_text(f"{path.read_text(encoding='utf-8')}\n{line}\n", encoding="utf-8")
    report = lint(tmp_path)
    assert report.returncode == 1
    for file, line in BREACHES.items():
        importer = f"regdemo.{file.removesuffix('.py').replace('/', '.')}"
        imported = line.split()[1]
        assert any(f"{importer} -> {imported}" in row for row in report.stdout.splitlines()), (file, report.stdout)


def test_in_the_package_itself_lie_only_its_name_its_command_and_its_promise_of_types():
    assert {path.name for path in (ROOT / "regdemo").iterdir() if path.is_file()} == {"__init__.py", "__main__.py", "py.typed"}


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_has_one_subject(path):
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= LINES_MOST
    assert "unsafe_allow_html" not in text
    assert not {"pickle", "dill"} & imported(path)


LINES_MOST = 300


def imported(path: Path) -> set[str]:
    """Every module that a file imports, in any form."""
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return plain | {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}


@pytest.mark.parametrize(
    "module", ["regdemo", "regdemo.config.configs", "regdemo.export", "regdemo.frames.weight_decay", "regdemo.frames.paper"]
)
def test_what_needs_no_torch_does_not_load_it(module):
    heavy = {"torch", "streamlit", "altair", "sklearn"}
    code = f"import sys, {module}; print(sorted({heavy} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout == "[]\n"
