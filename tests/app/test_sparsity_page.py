"""The sparsity page through Streamlit's AppTest: the whole script, without a browser."""

from typing import Any

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from regdemo.app.controls import OWN
from regdemo.app.sweeps import kept_runs
from tests.helpers.links import controls
from tests.helpers.pages import charts, drawn, metrics, opened, said, sound

PAGE = "pages/l1_vs_l2.py"
CHARTS = 7
QUICK = {"n_train": "50", "n_features": "20", "n_informative": "5", "epochs": "100", "seeds": "2"}
REAL = {"source": "diabetes", "epochs": "100", "seeds": "2"}
STANDARDISED = "standardised with the mean and standard deviation of the training rows alone"


def sparsity(**link: Any) -> AppTest:
    return opened(PAGE, **link)


def told(at: AppTest) -> list[str]:
    """What the charts say to who cannot see them."""
    return [chart.alt for chart in drawn(at)]


def zeros(at: AppTest) -> pd.DataFrame:
    """The table of zeros: a way of fitting -> exactly zero, …"""
    (table,) = [t.value for t in at.table if "exactly zero" in t.value.columns and "kept" in t.value.columns]
    return table


@pytest.fixture(scope="module")
def default() -> AppTest:
    return sparsity()


def test_the_page_opens_with_the_figures_of_its_first_start(default):
    assert default.selectbox(key="app.start").value == "sparse"
    shown = metrics(default)
    assert float(shown["L1: test loss"]) < 0.5 * float(shown["L2: test loss"])
    assert float(shown["Distance to the exact lasso"]) < 1e-3


def test_subgradient_steps_give_no_exact_zero_the_proximal_step_as_many_as_the_exact_solution(default):
    table = zeros(default)
    exactly = table["exactly zero"].astype(float)
    subgradient, cut, proximal, exact, ridge = exactly
    assert subgradient == ridge == 0
    assert cut == float(table["|w| < 0.001"].iloc[1]) > 0
    assert cut == pytest.approx(200 - float(table["kept"].iloc[1]), abs=0.5)
    assert proximal == pytest.approx(exact, abs=1)
    assert proximal > 100
    assert table["F1"].astype(float).iloc[2] > table["F1"].astype(float).iloc[0]
    assert any("subgradient’s sweep, 0 are exactly zero" in m.value for m in default.markdown)


def test_moving_lambda_trains_nothing_and_moves_figures_and_every_linked_chart():
    at = sparsity(**QUICK)
    before, words, trained = metrics(at), told(at), kept_runs().computed
    sound(at.select_slider(key="share").set_value(0.49).run())
    assert kept_runs().computed == trained
    assert metrics(at) != before
    assert charts(at) == CHARTS
    changed = [a != b for a, b in zip(words, told(at), strict=True)]
    assert sum(changed) == CHARTS - 1  # choosing by folds has no part in the chosen λ
    sound(at.select_slider(key="share").set_value(0.16).run())
    assert metrics(at) == before
    assert told(at) == words


def test_at_lambda_max_l1_keeps_nothing():
    kept = [
        float(metrics(sparsity(**QUICK, share=share))["Weights that L1 keeps"].split()[0]) for share in ("1", "0.49", "0.05")
    ]
    assert kept[0] == 0 < kept[1] < kept[2]
    at = sparsity(**QUICK, share="1", net="true")
    assert [words.split(": ")[1] for words in told(at)[:2]] == ["all 20 are exactly zero."] * 2
    assert zeros(at).loc[["L1 by the proximal step", "L1, the exact solution"], "kept"].tolist() == ["0", "0"]


@pytest.mark.parametrize(
    ("start", "settings"),
    [
        ("dense", {"n_train": 50, "n_informative": 200, "coefficient": 0.01, "share": 0.29, "net": False}),
        ("correlated", {"n_features": 50, "correlation": 0.95, "block_size": 2, "share": 0.1, "net": True}),
    ],
)
def test_a_start_moves_every_control_to_its_settings_and_stays_chosen(start, settings):
    at = sparsity(**QUICK)
    assert at.selectbox(key="app.start").value == OWN
    sound(at.selectbox(key="app.start").set_value(start).run())
    assert at.selectbox(key="app.start").value == start
    assert controls(at).items() >= settings.items()
    assert charts(at) == CHARTS
    together = [m.value for m in at.markdown if m.value.startswith("**Correlated features.**")]
    if not settings["net"]:
        assert together == []
        assert float(metrics(at)["L2: test loss"]) < float(metrics(at)["L1: test loss"])  # L2's own ground
    else:
        (text,) = together
        apart, with_net = (float(text.split(" apart with L1 and ")[i].split()[i - 1]) for i in (0, 1))
        assert with_net < apart


def test_elastic_net_takes_the_place_of_l2_everywhere():
    at = sparsity(**QUICK, net="true")
    assert "elastic net: test loss" in metrics(at)
    assert "elastic net" in zeros(at).index
    assert not [words for words in told(at)[:-1] if "L2" in words]  # the last chart is the plane of two weights


def test_the_subgradient_as_l1s_solver_keeps_every_weight():
    at = sparsity(**QUICK, solver="subgradient")
    assert metrics(at)["Weights that L1 keeps"] == "20 of 20"
    assert ": 0 of 20 are exactly zero." in told(at)[0]


EDGES = {
    "tiny": {"n_train": "10", "n_features": "2"},
    "one seed": {"seeds": "1"},
    "no informative feature": {"n_informative": "0"},
    "more informative features than there are": {"n_informative": "500"},
    "blocks that do not fit": {"n_features": "5", "block_size": "10", "correlation": "0.9", "lr": "0.1"},
    "no noise": {"noise": "0"},
    "the path of the other penalty, on linear axes": {"path_of": "other", "norm": "true", "log": "false"},
    "a tilted plane": {"tilt": "-0.9", "angle": "180"},
}


@pytest.mark.parametrize("link", EDGES.values(), ids=list(EDGES))
def test_settings_at_the_edge_give_a_whole_page(link):
    at = sparsity(**QUICK | link)
    assert len(at.warning) + len(at.error) == 0
    assert charts(at) == CHARTS
    assert len(at.metric) == 4
    assert not [v for v in metrics(at).values() if "nan" in v]


def test_where_every_run_diverged_the_page_says_so_and_offers_a_rate_that_works():
    at = sparsity(**QUICK | {"n_features": "200", "lr": "1"})
    assert [e.value.split(" diverged")[0] for e in at.error] == [
        f"{name} at 0.16 λ_max: 2 of 2 seeds" for name in ("L1", "L2")
    ]  # each for itself: one control for both
    assert {m.delta for m in at.metric} >= {"diverged at every λ"}
    words = " ".join(chart.alt for chart in drawn(at))
    assert "L1 diverged at" in words
    assert "are exactly zero" not in words
    assert "The runs that diverged are left out." in " ".join(c.value for c in at.caption)
    assert metrics(at)["Weights that L1 keeps"] == "– of 200"
    assert charts(at) == CHARTS
    (better,) = [b for b in at.button if b.label.startswith("Use η = ")]
    sound(better.click().run())
    assert len(at.error) == 0
    assert float(metrics(at)["L1: test loss"]) < 100


@pytest.mark.parametrize("interactions", [False, True])
def test_diabetes_has_named_coefficients_and_no_truth(interactions):
    at = sparsity(**REAL, interactions=str(interactions).lower())
    assert charts(at) == CHARTS
    assert said(at).endswith(f"{STANDARDISED}.")
    kept = metrics(at)["Weights that L1 keeps"]
    assert kept.endswith(f" of {64 if interactions else 10}")
    assert any("no truth known" in m.delta for m in at.metric)
    assert list(zeros(at)) == ["exactly zero", "|w| < 0.001", "kept"]
    assert "Largest at 0.05 λ_max: " in told_of(at, "Coefficient paths of L1")
    assert "unknown" not in drawn(at)[2].rows.to_csv()
    assert at.selectbox(key="target").value == "progression"
    sound(at.selectbox(key="target").set_value("bmi").run())
    assert charts(at) == CHARTS


UNUSABLE = {"source": "diabetes", "target": "sex", "n_train": "10", "seeds": "1", "seed": "815", "epochs": "50"}
CONSTANT = "“sex” is constant in the 10 training rows of seed 815: take more rows or another seed."


def test_a_link_whose_target_is_constant_is_answered_in_a_sentence():
    at = sparsity(**UNUSABLE)
    assert [e.value for e in at.error] == [CONSTANT]
    assert charts(at) == 0
    sound(at.number_input(key="seed").set_value(0).run())
    assert len(at.error) == 0
    assert charts(at) == CHARTS


def test_a_pinned_run_whose_target_is_constant_is_a_sentence_in_the_table_of_pins():
    at = sparsity(**QUICK, pin="~".join(["1", *(part for pair in UNUSABLE.items() for part in pair)]))
    assert charts(at) == CHARTS
    assert f"pin 1: {CONSTANT}" in [c.value for c in at.caption]


NOTHING = {"noise": "0", "n_informative": "0"}


def test_without_noise_and_without_an_informative_feature_the_page_says_why_there_is_nothing_to_see():
    at = sparsity(**QUICK | NOTHING)
    (told,) = [i.value for i in at.info]
    assert told.startswith("There is nothing to see here")
    assert charts(at) == len(at.metric) == 0
    sound(at.select_slider(key="noise").set_value(0.5).run())
    assert len(at.info) == 0
    assert charts(at) == CHARTS
    pinned = sparsity(**QUICK, pin="1~noise~0~n_informative~0")
    assert [c.value for c in pinned.caption if c.value.startswith("pin 1: There is nothing to see here")]


def test_the_elastic_nets_lambda_is_the_same_share_of_its_own_lambda_max():
    at = sparsity(**QUICK, net="true", l1_ratio="0.1")
    (told,) = [c.value for c in at.caption if c.value.startswith("λ_max is the smallest")]
    first, net = (float(told.split(name)[0].split("λ = ")[-1]) for name in (" for L1 and", " for the elastic net."))
    assert net == pytest.approx(10 * first, rel=0.01)
    assert f"λ = {net:.3g}:" in told_of(at, "elastic net estimates")
    assert f"λ = {first:.3g}:" in told_of(at, "L1 estimates")
    assert not [c for c in sparsity(**QUICK).caption if c.value.startswith("λ_max is the smallest")]


def told_of(at: AppTest, begin: str) -> str:
    (one,) = [words for words in told(at) if words.startswith(begin)]
    return one


def test_with_no_informative_feature_nothing_is_scored_anywhere():
    at = sparsity(**QUICK | {"n_informative": "0"})
    assert list(zeros(at)) == ["exactly zero", "|w| < 0.001", "kept"]
    assert [m.delta for m in at.metric if m.label == "Weights that L1 keeps"] == ["mean of 2 seeds; no feature is informative"]
    assert not [c.value for c in at.caption if "Green: the truth" in c.value or "F1 is" in c.value]


@pytest.mark.parametrize(
    ("link", "said_of_blocks"),
    [
        ({"block_size": "2"}, ""),  # in blocks, but not correlated
        ({"block_size": "2", "correlation": "0.95", "share": "0.05", "lr": "0.1", "n_informative": "10"}, "chance decides"),
        ({"block_size": "2", "correlation": "0.95", "share": "1", "lr": "0.1", "epochs": "400"}, "L1 keeps none of them"),
    ],
)
def test_near_copies_are_spoken_of_where_features_are_correlated_and_as_the_figures_are(link, said_of_blocks):
    at = sparsity(**QUICK | link)
    found = [m.value for m in at.markdown if m.value.startswith("**Correlated features.**")]
    assert len(found) == bool(said_of_blocks)
    if found:
        apart, rival = (float(found[0].split(words)[0].split()[-1]) for words in (" apart with L1", " with L2 ("))
        assert said_of_blocks in found[0]
        assert (apart > rival) == ("chance decides" in found[0])


def test_where_the_subgradient_diverged_no_weight_of_it_is_counted():
    at = sparsity(**QUICK | {"n_features": "200", "lr": "1"})
    assert [m for m in at.markdown if m.value.startswith("Every run of the subgradient’s sweep diverged")]
    assert not [m for m in at.markdown if "are exactly zero" in m.value]


def test_a_weight_whose_feature_is_constant_stays_at_zero_and_the_page_says_why():
    at = sparsity(source="diabetes", n_train="10", init_scale="0", seeds="1", seed="815", epochs="50")
    assert [m for m in at.markdown if "30 are exactly zero. They were 0 at the start and stayed there" in m.value]


def test_a_weight_that_is_nearly_zero_is_not_printed_as_zero():
    at = sparsity(**QUICK, angle="75", tilt="-0.9", share="0.11")
    (told,) = [m.value for m in at.markdown if m.value.startswith("**L2** lands")]
    assert float(told.split("(")[1].split(",")[0]) == pytest.approx(-1.38e-4, rel=1e-3)


@pytest.mark.parametrize(
    ("link", "rest"),
    [
        ({}, {"target", "interactions"}),
        (REAL, {"n_features", "n_informative", "noise", "correlation", "block_size", "coefficient", "intercept"}),
    ],
)
def test_controls_that_mean_nothing_for_the_data_rest_apart_from_the_others(link, rest):
    at = sparsity(**link)
    (panel,) = [e for e in at.sidebar.expander if e.label == "Not used with this data"]
    kinds = ("select_slider", "selectbox", "toggle", "number_input")
    inside = {w.key: w for kind in kinds for w in panel.get(kind)}
    assert set(inside) == rest
    assert all(w.disabled for w in inside.values())
    everywhere = {w.key: w for kind in kinds for w in at.sidebar.get(kind)}
    assert {key for key, w in everywhere.items() if w.disabled} == rest | {"switch_from"}


def test_more_rows_than_the_table_has_are_as_many_as_it_has():
    assert metrics(sparsity(**REAL, n_train="10")) != metrics(sparsity(**REAL, n_train="300"))
    assert charts(sparsity(**REAL, n_train="300")) == CHARTS


def table_of(rows: int = 60) -> str:
    """A file whose target is 3 · size − length, plus a column of text."""
    lines = ["size,length,colour,price"]
    for i in range(rows):
        size, length = (i * 7) % 11, (i * 5) % 13
        lines.append(f"{size},{length},red,{3 * size - length}")
    return "\n".join(lines)


def test_a_file_of_ones_own_gives_its_columns_and_says_what_was_left_out():
    at = sparsity(source="csv", epochs="400", seeds="2")
    assert said(at).startswith("Choose a CSV file")
    assert charts(at) == 0
    sound(at.file_uploader[0].upload("prices.csv", table_of().encode(), "text/csv").run())
    assert charts(at) == CHARTS
    assert at.selectbox(key="file.target").options == ["size", "length", "price"]
    (left_out,) = [t.value for t in at.main.text if "colour" in t.value]
    assert left_out == "Column “colour” is left out: text in 60 of 60 rows, such as “red”."
    assert not [t for panel in at.expander for t in panel.text if "colour" in t.value]
    assert metrics(at)["Weights that L1 keeps"] == "2 of 2"
    sound(at.selectbox(key="file.target").set_value("size").run())
    assert charts(at) == CHARTS


BAD_FILES = {
    "empty": (b"", "The file is empty"),
    "one column": (b"a\n" + b"1\n" * 30, "The file has one column"),
    "text alone": (b"a,b\n" + b"x,y\n" * 30, "no usable column of numbers"),
    "few rows": (b"a,b\n1,2\n3,4\n", "at least 10 are needed"),
    "a picture": (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(range(256)), "This is not a text file"),
    "above 1 MB": (b"a,b\n" + b"1,2\n" * 300_000, "at most 1 MB can be read"),
}


@pytest.mark.parametrize(("content", "message"), BAD_FILES.values(), ids=list(BAD_FILES))
def test_a_file_that_cannot_be_used_is_answered_in_a_sentence(content, message):
    at = sparsity(source="csv", epochs="50", seeds="1")
    sound(at.file_uploader[0].upload("table.csv", content, "text/csv").run())
    assert len(at.error) == 1
    assert message in said(at)
    assert charts(at) == 0


@pytest.mark.parametrize("number", [1, 2, 7])
def test_each_question_is_answered_by_a_table_of_runs(number):
    at = sparsity(**QUICK)
    tables = len(at.table)
    sound(at.button(key=f"question.l1_vs_l2.{number}.show").click().run())
    assert len(at.table) == tables + 1
    table = at.table[tables].value
    none, some = table["exactly zero"].astype(float).iloc[:2]
    if number == 1:  # subgradient against proximal
        assert none == 0 < some
    if number == 2:  # L1 against L2
        assert some == 0 < none
    if number == 7:  # the training loss rises with λ
        losses = table["train loss"].astype(float)
        assert losses.is_monotonic_increasing
    sound(at.button(key=f"question.l1_vs_l2.{number}.again").click().run())
    assert len(at.table) == tables


def test_l2_diverges_aloud_where_l1_does_not():
    at = sparsity(lr="0.35", share="0.05")
    assert [e.value.split(":")[0] for e in at.error] == ["L2 at 0.05 λ_max"]
    assert "2/L = " in at.error[0].value
