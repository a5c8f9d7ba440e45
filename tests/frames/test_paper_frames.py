"""The paper's figures from a file of runs: bands and sentences against NumPy, links that train the very point, charts."""

from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlparse

import numpy as np
import pandas as pd
import pytest
import vl_convert
from streamlit.testing.v1 import AppTest

from regdemo import PRESETS, NetworkConfig
from regdemo.app.dropout.controls import control_values, query
from regdemo.app.dropout.paper_words import FINDINGS, damage, provenance
from regdemo.app.links import LINK_VERSION
from regdemo.charts import paper as paper_charts
from regdemo.config.configs import from_text
from regdemo.core.networks import images
from regdemo.core.networks import train as network_training
from regdemo.frames import paper as paper_frames
from regdemo.frames.paper import QUANTITIES, bands, observations
from regdemo.paper import grid
from regdemo.paper.grid import FIGURES, KS, jobs
from tests.paper.test_grid import DAMAGED

ROOT = Path(__file__).parents[2]
MADE = {"date": "2014-06-01", "python": "3.11", "torch": "2", "numpy": "2", "machine": "abacus, cpu, 1 cores"}


def made_up(measure: str, config: NetworkConfig) -> dict[str, Any]:
    """Figures with known shapes: the best rate is 0.4, dropout helps from 1,000 images on, ten thinned networks are enough."""
    p, n, spread = config.dropout[0], config.n_train, 0.002 * (config.seed - 1.5)
    error = 0.2 + (p - 0.4) ** 2 + spread
    if config.hidden == (256, 256) and n != 1000:
        error = 0.3 - 0.01 * np.log10(n) + p * (0.1 if n < 1000 else -0.02) + spread
    if measure == "averaging":
        thinned = [0.2 + 0.1 / k + 2 * spread for k in KS]
        return {
            "k": list(KS),
            "error": thinned,
            "loss": thinned,
            "scaling_error": 0.211 + spread,
            "scaling_loss": 0.211 + spread,
        }
    return {
        "first_test_loss": 2.0, "test_error": error, "test_loss": 2 * error, "train_error": 0.01, "train_loss": 0.1,
        "zero": [0.4 + 0.4 * p, 0.3], "mean": [1 - p, 0.5],
    }  # fmt: skip


RUNS = {job: {"found": made_up(*job), "made": MADE} for job in jobs(FIGURES)}
ALL = [(name, quantity) for name in FIGURES for quantity in QUANTITIES[name]]


def of(name: str, quantity: str) -> pd.DataFrame:
    observed = observations(name, RUNS)
    return observed[observed["quantity"] == quantity]


def said(name: str, quantity: str) -> str:
    return FINDINGS[name](of(name, quantity), quantity)


def test_bands_are_mean_and_standard_deviation_over_seeds():
    rows = bands(of("rate", "test error")).set_index(["line", "x"])
    for line, configs in FIGURES["rate"].lines.items():
        for config in configs:
            values = [RUNS["end", replace(config, seed=seed)]["found"]["test_error"] for seed in range(4)]
            row = rows.loc[(line, config.dropout[0])]
            mean, sd = np.mean(values), np.std(values, ddof=1)
            assert list(row[["mean", "sd", "low", "high"]]) == pytest.approx([mean, sd, mean - sd, mean + sd])
            assert row["seeds"] == 4


def test_a_single_seed_has_a_band_of_no_width_and_missing_runs_are_left_out():
    few = {job: line for job, line in RUNS.items() if job[1].seed == 0 and job[1].dropout[0] < 0.5}
    rows = bands(observations("rate", few))
    assert (rows["sd"] == 0).all()
    assert rows["x"].max() == 0.4
    assert observations("rate", {}).empty


def test_the_sentences_say_what_the_numbers_are():
    assert "With 256 units, the test error is lowest at p = 0.4: 20.0%." in said("rate", "test error")
    assert "At p = 0 it is 36.0%, at p = 0.9 45.0%." in said("rate", "test error")
    size = said("size", "test error")
    assert "p = 0.5 has the lower test error in every seed at 2,000, 5,000, 10,000 images." in size.replace(
        "1,000, 2,000", "2,000"
    )
    assert "largest at 1,000 images (+15.0 percentage points) and smallest at 100 (-5.0 percentage points)" in size
    assert "At no size has p = 0.2 the lower train error in every seed." in said("size", "train error")
    averages = said("averaging", "test error")
    assert "One thinned network has a test error of 30.0%, 100 averaged have 20.1%, and weight scaling has 21.1%." in averages
    # above weight scaling by 0.1/k - 0.011, standard deviation 0.0026: at k = 7 by 0.0033, at 10 below it
    assert "the average's test error is at most one standard deviation above it from k = 10 on." in averages
    assert averages.endswith("Its mean is no higher from k = 10 on.")
    zeros = said("sparsity", "share of exact zeros")
    assert zeros.startswith("In hidden layer 1 the share of exact zeros goes from 40.0% at p = 0 to 60.0% at p = 0.5.")
    assert provenance(RUNS) == (
        f"{len(RUNS)} runs, each 40 epochs of Adam, 10,000 test images. "
        "Computed on 2014-06-01 with torch 2, NumPy 2 and Python 3.11 on abacus, cpu, 1 cores."
    )


def test_rates_within_one_standard_deviation_of_the_best_are_named():
    flat = of("rate", "test error").assign(
        value=lambda rows: rows["value"].where(rows["x"] > 0.65, 0.2 + 0.001 * (rows["seed"] % 2))
    )
    assert "from p = 0 to 0.6 it is within one standard deviation of that" in _first(FINDINGS["rate"](flat, "test error"))


@pytest.mark.parametrize("ahead", [0.01, -0.01])
def test_an_average_that_is_better_than_weight_scaling_is_not_said_to_fall_short(ahead):
    rows = of("averaging", "test loss")
    above = rows["line"].eq(paper_frames.THINNED) * np.where(rows["x"] < 5, 0.1, ahead)
    found = FINDINGS["averaging"](rows.assign(value=0.2 + 0.001 * (rows["seed"] % 2) + above), "test loss")
    assert ("Its mean is no higher from k = 5 on." in found) == (ahead < 0)
    assert ("at most one standard deviation above it from k = 5 on" in found) == (ahead < 0)


@pytest.mark.parametrize(("name", "quantity"), ALL)
def test_a_file_that_is_still_being_computed_says_what_it_can(name, quantity):
    for some in (
        lambda c: c.dropout[0] < 0.4,
        lambda c: c.dropout[0] > 0.3,
        lambda c: c.dropout[0] == 0,
        lambda c: c.n_train == 1000,
    ):
        observed = observations(name, {job: line for job, line in RUNS.items() if some(job[1])})
        rows = observed[observed["quantity"] == quantity]
        if not rows.empty:
            assert "nan" not in FINDINGS[name](rows, quantity)


def _first(text: str) -> str:
    return text.split(". ")[0]


LINKED = list(dict.fromkeys(replace(config, seed=0) for _, config in jobs(FIGURES) if control_values(config) is not None))


def test_most_points_of_every_figure_can_be_run_and_no_link_names_a_default():
    for figure in FIGURES.values():
        for configs in figure.lines.values():
            assert sum(config in LINKED for config in configs) > len(configs) / 2
    assert control_values(PRESETS["few-images"]) == {}
    assert control_values(replace(PRESETS["few-images"], seed=3, hidden=(64, 64))) == {"width": 64, "seed": 3}


@pytest.mark.parametrize(
    "changes",
    [
        {"hidden": (51, 51)}, {"hidden": (64, 128)}, {"hidden": (256,) * 4, "dropout": (0.5,)}, {"hidden": (), "dropout": ()},
        {"dropout": (0.15, 0.5)}, {"hidden": (64,) * 3, "dropout": (0.5, 0.5, 0.2)}, {"n_train": 1234}, {"n_test": 500},
        {"lr": 0.07}, {"seed": 10_000}, {"momentum": 0.1}, {"dataset": "curve"}, {"weight_decay": 0.5}, {"model": "cnn", "hidden": (8, 16)},
    ],
    ids=str,
)  # fmt: skip
def test_a_run_that_the_controls_cannot_name_has_no_link(changes):
    assert control_values(replace(PRESETS["few-images"], **changes)) is None


class Asked(Exception):
    """Training has been asked for."""


@pytest.mark.parametrize("config", LINKED, ids=grid.label)
def test_a_points_link_is_taken_whole_and_trains_that_very_point(config, monkeypatch):
    from streamlit.runtime.scriptrunner_utils.exceptions import StopException

    asked: list[list[NetworkConfig]] = []

    def trained(configs: list[NetworkConfig], **_: Any) -> None:
        asked.append(configs)
        raise StopException

    digits = images.load("digits")
    monkeypatch.setattr(
        images, "load", lambda name, progress=None: digits
    )  # the page only wants to know that there is something
    monkeypatch.setattr(network_training, "train_networks", trained)
    monkeypatch.setenv("REGDEMO_UNLIMITED", "1")  # else it asks before it trains the longest
    at = AppTest.from_file(ROOT / "streamlit_app.py", default_timeout=60)
    at.switch_page("pages/dropout.py")
    at.query_params.update({"v": "1", **(query(config) or {})})
    at.run()
    assert [e.message for e in at.exception] == []
    assert len(at.warning) == 0
    ((_, second),) = asked
    assert second == replace(config, n_watched=second.n_watched)  # a page looks at fewer test images on the way


@pytest.mark.parametrize(("name", "quantity"), ALL)
def test_every_figure_is_drawn_with_its_lines_and_its_links(name, quantity):
    rows = bands(of(name, quantity))
    links = {text: "dropout?seed=1" if control_values(from_text(text)) is not None else "" for text in rows["config"].unique()}
    rows = rows.assign(link=rows["config"].map(links))
    lines = tuple(rows["line"].unique())
    chart = paper_charts.banded(
        rows, lines=lines, x="where", y=quantity, log=rows["x"].min() > 0, percent=quantity in paper_frames.SHARES
    )
    svg = vl_convert.vegalite_to_svg(chart.to_json())
    for text in (*lines, "where", quantity):
        assert text in svg
    assert svg.count("dropout?seed=1") == (rows["link"] != "").sum()


def section(quantity: str, activity: str) -> None:
    import streamlit as st

    st.session_state.update(paper=quantity, paper_activity=activity)
    st.session_state.update({f"panel.figure_{name}": True for name in ("rate", "size", "averaging", "sparsity")})
    from regdemo.app.dropout.paper import study_section

    study_section()


def shown(quantity: str, activity: str) -> AppTest:
    """The section alone on a page."""
    at = AppTest.from_function(section, default_timeout=60, args=(quantity, activity)).run()
    assert [e.message for e in at.exception] == []
    return at


def addresses(at: AppTest) -> list[dict[str, str]]:
    """The parameters of the links that train a point."""
    urls = [urlparse(button.proto.url) for button in at.get("link_button")]
    assert all((url.scheme, url.netloc, url.path) == ("", "", "dropout") for url in urls)
    return [dict(parse_qsl(url.query)) for url in urls]


@pytest.mark.parametrize(
    ("quantity", "activity"),
    [("test error", "mean activation"), ("test loss", "share of exact zeros"), ("train error", "share of exact zeros")],
)
def test_the_section_draws_every_figure_of_the_kept_file_with_a_run_for_its_points(quantity, activity):
    at = shown(quantity, activity)
    assert len(at.get("vega_lite_chart")) == len(FIGURES)
    assert len(at.info) == 0
    runs = {job: line for job, line in grid.read().items() if job in RUNS}
    text = "\n".join(m.value for m in (*at.markdown, *at.caption))
    assert provenance(runs) in at.markdown[0].help
    for name in FIGURES:
        wanted = activity if name == "sparsity" else quantity if quantity in QUANTITIES[name] else "test error"
        observed = observations(name, runs)
        assert FINDINGS[name](observed[observed["quantity"] == wanted], wanted) in text
    links = addresses(at)
    assert len(links) == len(FIGURES)
    assert all(link["v"] == str(LINK_VERSION) and link["optimizer"] == "Adam" for link in links)
    at.selectbox[1].set_value("p = 0.2, 256 units, 5,000 images").run()
    assert {"n_train": "5000", "p1": "0.2"}.items() <= addresses(at)[1].items()


@pytest.mark.parametrize(("text", "lost"), DAMAGED.values(), ids=list(DAMAGED))
def test_whatever_a_damaged_file_still_holds_can_be_said(text, lost, tmp_path):
    path = tmp_path / "study.jsonl"
    path.write_bytes(text)
    runs, wrong = grid.salvage(path)
    assert damage(wrong).startswith(f"{lost} lines" if lost > 1 else "Line 1 " if lost else "")
    assert bool(damage(wrong)) == (lost > 0)
    for name in FIGURES:
        for quantity, rows in observations(name, runs).groupby("quantity"):
            assert "nan" not in FINDINGS[name](rows, quantity)
            assert np.isfinite(bands(rows)[["mean", "sd"]]).all(axis=None)
    assert not runs or provenance(runs).startswith(f"{len(runs)} run")


@pytest.mark.parametrize("name", ["empty", "one torn line", "garbage in front", "no found", "conflict"])
def test_a_damaged_file_costs_its_lines_not_the_lab(name, monkeypatch, tmp_path):
    text, lost = DAMAGED[name]
    path = tmp_path / "study.jsonl"
    monkeypatch.setattr(grid, "KEPT", path)
    path.write_bytes(text)
    at = shown("test error", "mean activation")
    assert len(at.warning) == (lost > 0)
    assert all("left out" in w.value for w in at.warning)
    runs, _ = grid.salvage(path)
    assert len(at.get("vega_lite_chart")) == sum(not observations(name, runs).empty for name in FIGURES)
    assert ("holds no run" in "".join(i.value for i in at.info)) == (not runs)


def test_with_one_line_gone_the_others_are_drawn(monkeypatch, tmp_path):
    path = tmp_path / "study.jsonl"
    lines = grid.KEPT.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines[:3], b"garbage\n", *lines[4:]]))
    monkeypatch.setattr(grid, "KEPT", path)
    at = shown("test error", "mean activation")
    assert [w.value.split(".")[0] for w in at.warning] == ["Line 4 of the figures' file is not a run and is left out"]
    assert len(at.get("vega_lite_chart")) == len(FIGURES)
    assert f"{len(RUNS) - 1} runs, each" in at.markdown[0].help


def test_a_folder_in_the_files_place_is_said(monkeypatch, tmp_path):
    monkeypatch.setattr(grid, "KEPT", tmp_path)
    assert "cannot be read: Is a directory." in shown("test error", "mean activation").warning[0].value


def test_a_missing_file_is_said(monkeypatch, tmp_path):
    monkeypatch.setattr(grid, "KEPT", tmp_path / "none.jsonl")
    at = shown("test error", "mean activation")
    assert "python -m regdemo.paper" in at.info[0].value
