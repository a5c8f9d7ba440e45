"""The README tells the truth: its commands, code, figures and tables are checked against what is there."""

import io
import re
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from regdemo import PRESETS, train_linear
from regdemo.app.frame import PAGES, page_title
from regdemo.config.configs import NetworkConfig, ranges_table
from regdemo.config.presets import LINEAR_PRESETS, NETWORK_PRESETS
from tests.helpers.browser import WIDE
from tests.screenshots import BYTES_MOST, SCREENS

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def test_the_first_screen_has_both_commands_each_one_line_with_its_windows_form():
    first_screen = README.split("\n## ")[0]
    for shell, bin_ in (("sh", ".venv/bin/"), ("powershell", ".venv\\Scripts\\")):
        start, tests = (b.strip() for b in blocks(shell)[:2])
        assert start.endswith(
            f"{bin_}pip install -r requirements.txt{' &&' if shell == 'sh' else ';'} {bin_}streamlit run streamlit_app.py"
        )
        assert tests.endswith(f"{bin_}pip install -r requirements-dev.txt{' &&' if shell == 'sh' else ';'} {bin_}pytest")
        assert start in first_screen
        assert tests in first_screen
        assert "\n" not in start + tests


def test_the_python_example_prints_what_the_readme_says(capsys):
    (code,), (said,) = blocks("python"), blocks("text")
    assert len([line for line in code.splitlines() if line]) <= 5
    exec(compile(code, "README.md", "exec"), {})
    printed = capsys.readouterr().out
    numbers = r"\d+(?:\.\d+)?"
    assert re.sub(numbers, "#", printed).split() == re.sub(numbers, "#", said).split()
    # three digits, and the last one may round the other way on another processor
    assert [float(n) for n in re.findall(numbers, printed)] == pytest.approx(
        [float(n) for n in re.findall(numbers, said)], rel=0.01
    )


def test_the_table_of_ranges_is_the_one_the_config_generates():
    assert ranges_table() in README
    assert ranges_table(NetworkConfig) in README


@pytest.mark.parametrize("name", NETWORK_PRESETS)
def test_a_network_presets_row_shows_its_settings(name):
    assert network_row(name) in README


def network_row(name: str) -> str:
    c = NETWORK_PRESETS[name]
    settings = (
        c.dataset, c.model, "-".join(map(str, c.hidden)), ", ".join(f"{p:g}" for p in c.dropout), c.init,
        c.n_train, f"{c.lr:g}", f"{c.momentum:g}", c.batch_size, c.epochs,
    )  # fmt: skip
    return f"| {name} | {' | '.join(map(str, settings))} |"


@pytest.mark.parametrize("name", LINEAR_PRESETS)
def test_a_presets_row_shows_its_settings(name):
    assert preset_row(name) in README


def preset_row(name: str) -> str:
    c = PRESETS[name]
    truth = f"{min(c.n_informative, c.n_features)} × {c.coefficient:g}"
    lam = ", ".join(f"{s:g}" for s in c.strengths)
    if c.relative:
        lam = f"{len(c.strengths)} from {min(c.strengths):g} to {max(c.strengths):g} λ_max"
    settings = (
        c.n_train, c.n_features, truth, f"{c.intercept:g}", f"{c.noise:g}", f"{c.init_scale:g}",
        c.penalty, c.solver, c.batch_size, f"{c.lr:g}", c.epochs, lam,
    )  # fmt: skip
    return f"| {name} | {' | '.join(map(str, settings))} |"


def test_the_norms_beside_the_published_ones_are_what_a_run_gives():
    c = replace(PRESETS["W1"], seeds=8)
    norms = train_linear(c, device="cpu").history.query(f"epoch == {c.epochs}").groupby("strength").l2_norm
    for lam, low, high in zip(c.strengths, norms.min(), norms.max(), strict=True):
        assert re.search(rf"^\| {lam:g} \| .* \| {low:.3g} to {high:.3g} \|$", README, re.MULTILINE)


def test_every_page_dependency_benchmark_and_folder_is_named():
    required = [
        line for file in ("requirements.txt", "requirements-dev.txt") for line in (ROOT / file).read_text().splitlines()
    ]
    packages = [match[0] for line in required if (match := re.match(r"[a-z][\w-]*", line))]
    assert packages
    wanted = {
        *(f"| {page_title(page)} |" for page in PAGES),
        *(f"| `{package}` |" for package in packages),
        *(f"python -m benchmarks.{f.stem}`" for f in (ROOT / "benchmarks").glob("[a-z]*.py")),
        *(
            f"`{folder.relative_to(ROOT).as_posix()}/`"
            for folder in {f.parent for f in (ROOT / "regdemo").rglob("[a-z]*.py")} - {ROOT / "regdemo"}
        ),
    }
    assert not {text for text in wanted if text not in README}


def test_every_variable_that_serving_a_class_reads_is_explained():
    read = set(re.findall(r"\$\{([A-Z_]+):-", (ROOT / "deploy/serve").read_text(encoding="utf-8")))
    assert read >= {"PROCESSES", "PORT"}
    assert not {name for name in read if f"`{name}`" not in README}


def test_every_link_into_the_repository_leads_somewhere():
    targets = re.findall(r"\]\((?!https?:)([^)]+)\)", README)
    headings = {
        "#" + re.sub(r"[^\w -]", "", h).lower().replace(" ", "-") for h in re.findall(r"^#+ (.+)$", README, re.MULTILINE)
    }
    assert targets
    assert not [t for t in targets if t not in headings and not (ROOT / t).exists()]


def test_the_gallery_shows_every_screen_as_a_small_png():
    shown = re.findall(r"!\[[^\]]+\]\(assets/screens/(\w+)\.png\)", README)
    assert sorted(shown) == sorted(SCREENS)
    for name in shown:
        data = (ROOT / f"assets/screens/{name}.png").read_bytes()
        assert len(data) <= BYTES_MOST
        picture = Image.open(io.BytesIO(data))
        assert (picture.format, picture.size) == ("PNG", (WIDE["width"], WIDE["height"]))
