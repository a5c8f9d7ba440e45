"""CONTRIBUTING.md tells the truth: the files that it names are there, and its rule on imports is the one that is held."""

import re
import tomllib
from types import SimpleNamespace

import pytest

from tests.conftest import ByFile, pytest_xdist_auto_num_workers
from tests.helpers.pages import ROOT

TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


def test_it_says_what_to_touch_for_each_kind_of_addition():
    kinds = re.findall(r"^## To add an? (\w+)$", TEXT, re.MULTILINE)
    assert kinds == ["penalty", "optimizer", "page", "question", "exercise", "language"]


def test_every_file_and_folder_that_it_names_is_there():
    named = {name for name in re.findall(r"`([^`\s]+)`", TEXT) if "/" in name and not name.startswith(".venv")}
    assert len(named) > 20
    assert not {name for name in named if not list(ROOT.glob(re.sub(r"<\w+>", "*", name).rstrip("/")))}


def test_its_rule_on_imports_is_the_one_that_is_held():
    (rule,) = re.findall(r"^`pages` → .*$", TEXT, re.MULTILINE)
    contract = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"][0]
    layers = [layer.removesuffix(" | regdemo.content") for layer in contract["layers"]]
    assert re.sub(r"[`()]", "", rule) == " → ".join(layers)


@pytest.mark.parametrize(
    ("marks", "files", "processes"),
    [("", [], 3), ("browser", [], 0), ("not browser", [], 2), ("not browser", ["tests/app"], 0)],
)
def test_many_tests_run_in_several_processes(marks, files, processes):
    config = SimpleNamespace(option=SimpleNamespace(markexpr=marks, file_or_dir=files))
    assert pytest_xdist_auto_num_workers(config) == processes


def test_the_browsers_tests_are_halved():
    files = ("tests/browser/test_labs_browser.py", "tests/browser/test_links_browser.py", "tests/app/test_pins.py")
    split = ByFile._split_scope
    assert [split(ByFile, f"{file}::test_it[a::b]") for file in files] == ["browser, False", "browser, True", files[2]]
