"""The package that `pip install .` makes: what lies in it, and that its command starts the app from anywhere."""

import os
import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from playwright.sync_api import Browser

import regdemo
from regdemo.__main__ import USAGE, main
from regdemo.app.frame import PAGES
from regdemo.config.places import ROOT
from tests.helpers.browser import WIDE, serving, settled, watched

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
#: What git keeps, or would: no test depends on a clean folder.
FILES = {
    path
    for path in subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    if (ROOT / path).exists()
}


def build(root: Path, folder: Path, kind: str) -> Path:
    """Without a network: the build backend is one of the development requirements."""
    command = [sys.executable, "-m", "hatchling", "build", "--target", kind, "--directory", folder]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    (made,) = folder.iterdir()
    return made


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(ROOT, tmp_path_factory.mktemp("wheel"), "wheel")


def contents(wheel: Path) -> dict[str, bytes]:
    """Every file of a wheel but its own records."""
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist() if ".dist-info/" not in name}


def test_the_wheel_holds_the_package_and_what_the_app_needs_and_nothing_else(wheel):
    packed = contents(wheel)
    site = {"streamlit_app.py", ".streamlit/config.toml", *(f for f in FILES if f.startswith(("pages/", "assets/")))}
    assert set(packed) == {f for f in FILES if f.startswith("regdemo/")} | {f"regdemo/site/{f}" for f in site}
    assert {"regdemo/py.typed", *(f"regdemo/site/{page}" for page in PAGES.values())} <= set(packed)
    for name, data in packed.items():
        assert data == (ROOT / name.removeprefix("regdemo/site/")).read_bytes(), name


def test_the_source_distribution_makes_the_same_wheel(wheel, tmp_path):
    with tarfile.open(build(ROOT, tmp_path / "sdist", "sdist")) as archive:
        archive.extractall(tmp_path, filter="data")
    (unpacked,) = tmp_path.glob("regdemo-*")
    assert {str(path.relative_to(unpacked)) for path in unpacked.rglob("*") if path.is_file()} == {*FILES, "PKG-INFO"}
    assert contents(build(unpacked, tmp_path / "wheel", "wheel")) == contents(wheel)


def test_what_is_installed_with_it_is_what_the_requirements_say(wheel):
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        metadata = Parser().parsestr(archive.read(name).decode())
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    assert {Requirement(line) for line in metadata.get_all("Requires-Dist")} == {Requirement(line) for line in lines}
    assert metadata["Version"] == regdemo.__version__


def test_the_tests_have_what_builds_the_package():
    lines = (ROOT / "requirements-dev.txt").read_text().splitlines()
    assert set(PROJECT["build-system"]["requires"]) <= set(lines)


def test_the_version_stands_in_one_place():
    assert re.fullmatch(r"\d+\.\d+\.\d+", regdemo.__version__)
    assert "version" not in PROJECT["project"]
    assert PROJECT["tool"]["hatch"]["version"] == {"path": "regdemo/__init__.py"}


def test_the_command_answers_its_version_and_its_use(capsys):
    main(["--version"])
    assert capsys.readouterr().out == f"regdemo {regdemo.__version__}\n"
    for help_ in ("--help", "-h"):
        main([help_])
        assert capsys.readouterr().out == f"{USAGE}\n"


def test_the_command_hands_streamlit_the_apps_script_and_every_option(monkeypatch, tmp_path):
    seen = []
    monkeypatch.setattr("streamlit.web.cli.main", lambda: seen.append((sys.argv, Path.cwd())))
    monkeypatch.setattr(sys, "argv", ["regdemo"])
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit):
        main(["--server.port", "8502"])
    assert seen == [(["streamlit", "run", str(ROOT / "streamlit_app.py"), "--server.port", "8502"], tmp_path)]


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory) -> Path:
    """A folder with the wheel installed into it; what it requires is here already."""
    folder = tmp_path_factory.mktemp("installed")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target", folder, wheel]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    return folder


def elsewhere(installed: Path, home: Path) -> dict[str, str]:
    """The environment of someone who starts the app for the first time."""
    return {**os.environ, "PYTHONPATH": str(installed), "HOME": str(home)}


def test_the_installed_command_answers_from_anywhere(installed, tmp_path):
    done = subprocess.run(
        [installed / "bin" / "regdemo", "--version"],
        cwd=tmp_path, env=elsewhere(installed, tmp_path), capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    assert done.stdout == f"regdemo {regdemo.__version__}\n"


LINKS = {  # every page, at settings that train in no time -> its charts
    "/": 1,
    "/weight_decay?n_features=5&epochs=5&seeds=2": 4,
    "/l1_vs_l2?n_train=20&n_features=10&n_informative=5&epochs=50&seeds=2": 6,
    "/dropout?lab=bench": 3,
}


@pytest.mark.browser
def test_the_installed_command_serves_every_page_from_anywhere(browser: Browser, installed, tmp_path):
    with serving([installed / "bin" / "regdemo"], cwd=tmp_path, env=elsewhere(installed, tmp_path)) as server:
        for link, charts in LINKS.items():
            context = browser.new_context(viewport=WIDE)
            page = context.new_page()
            errors = watched(page)
            page.goto(server.url + link)
            settled(page, charts)
            assert page.locator("[data-testid=stSidebarNav]").count() == 0  # the app's own settings are in force
            assert errors == []
            context.close()
        assert "Traceback" not in server.log.read_text()
    assert list(tmp_path.iterdir()) == []  # nothing is left where it was started


def test_the_citation_is_one_in_the_citation_file_format():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["cff-version"] == "1.2.0"
    assert {"message", "title", "authors"} <= set(citation)  # what the format asks for
    assert set(citation) <= {
        "cff-version",
        "message",
        "title",
        "type",
        "abstract",
        "authors",
        "license",
        "keywords",
        "repository-code",
    }
    assert citation["type"] == "software"
    assert citation["license"] == PROJECT["project"]["license"]
    assert all(set(author) in ({"name"}, {"family-names", "given-names"}) for author in citation["authors"])
    assert all(isinstance(word, str) and word for word in citation["keywords"])
