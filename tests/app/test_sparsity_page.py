"""The sparsity page through Streamlit's AppTest: the whole script, without a browser."""

import json
import re
from typing import Any

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from regdemo.app.controls import OWN
from regdemo.app.sparsity.controls import SHARES
from regdemo.app.sweeps import kept_runs
from regdemo.frames import sparsity as frames
from tests.helpers.links import controls, hand_of, move, widgets
from tests.helpers.pages import charts, drawn, film, lead, metrics, open_panels, opened, said, sound

PAGE = "pages/l1_vs_l2.py"
CHARTS = 6
PANELS = ("numbers", "choosing", "zeros", "why")
QUICK = {"n_train": "50", "n_features": "20", "n_informative": "5", "epochs": "100", "seeds": "2"}
REAL = {"source": "diabetes", "epochs": "100", "seeds": "2"}
STANDARDISED = "standardised with the mean and standard deviation of the training rows alone"
LOSS_1, LOSS_2 = "Medians of 2 seeds: test loss of L1", "test loss of L2"


def sparsity(*panels: str, **link: Any) -> AppTest:
    return opened(PAGE, *panels, **link)


def told(at: AppTest) -> list[str]:
    """What the charts say to who cannot see them."""
    return [chart.alt for chart in drawn(at)]


def zeros(at: AppTest) -> pd.DataFrame:
    """The table of zeros: a way of fitting -> exactly zero, …"""
    (table,) = [t.value for t in at.table if "exactly zero" in t.value.columns and "kept" in t.value.columns]
    return table


def numbers(at: AppTest) -> pd.DataFrame:
    """The table of numbers: figure -> L1, the other penalty."""
    (table,) = [t.value for t in at.table if "Test loss" in t.value.index]
    return table


@pytest.fixture(scope="module")
def default() -> AppTest:
    return sparsity("zeros")


def test_the_page_opens_with_the_picture_of_its_first_start(default):
    assert default.selectbox(key="app.start").value == "sparse"
    assert charts(default) == CHARTS
    shown = metrics(default)
    assert float(shown["Medians of 8 seeds: test loss of L1"]) < 0.5 * float(shown[LOSS_2])
    assert lead(default) == (
        "At 0.16 λ_max L1 keeps 10 of 200 weights: exactly the 10 informative ones; L2 keeps all 200 weights."
    )
    assert float(shown["weights kept by L1"]) < 20


def test_at_the_default_l1_sits_on_its_corner_and_l2_does_not():
    at = sparsity()
    plane = drawn(at)[2].rows
    now = plane[(plane["kind"] == "point") & (plane["k"] == SHARES.index(0.16))].set_index("penalty")
    assert now.loc["L1", "w2"] == 0 < now.loc["L1", "w1"]
    assert now.loc["L2", "w2"] > 0.1
    assert len(plane[plane["kind"] == "contour"]["penalty"].unique()) >= 5
    weaker = plane[(plane["kind"] == "point") & (plane["k"] == SHARES.index(0.14)) & (plane["penalty"] == "L1")]
    assert weaker["w2"].item() > 0
    assert any(
        m.value == "From 0.16 λ_max on, L1 lands on a corner: one weight is exactly zero. L2 never does." for m in at.markdown
    )


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


def test_moving_lambda_trains_nothing_draws_nothing_new_and_changes_the_figures():
    at = sparsity(**QUICK)
    before, words, trained = metrics(at), told(at), kept_runs().computed
    specs = [c.proto.SerializeToString() for c in at.get("vega_lite_chart")]
    for share in (0.49, 1.0, 0.02):
        move(at, share)
        assert charts(at) == CHARTS
        assert [c.proto.SerializeToString() for c in at.get("vega_lite_chart")] == specs
        assert lead(at).startswith(f"At {share:g} λ_max ")
    assert told(at) == words
    assert metrics(at) != before
    assert kept_runs().computed == trained
    move(at, 0.16)
    assert metrics(at) == before


def test_every_chart_has_rows_of_every_lambda_under_the_index_of_the_hand():
    at = sparsity("choosing", **QUICK)
    for chart in drawn(at):
        assert set(range(len(SHARES))) <= set(chart.rows["k"]), chart.title
        if "share" in chart.rows and "left" not in chart.rows:
            cursor = chart.rows[chart.rows["kind"] == "cursor"]
            assert cursor.set_index("k")["share"].to_dict() == pytest.approx(dict(enumerate(SHARES)))
    assert film(at)["labels"] == [f"{share:g} λ_max" for share in SHARES]


def test_a_sweeps_rows_are_made_once_for_everybody(monkeypatch):
    made = []
    for name in ("stem_rows", "path_rows", "plane_rows"):
        real = getattr(frames, name)
        monkeypatch.setattr(frames, name, lambda *of, real=real, name=name: made.append(name) or real(*of))
    link = QUICK | {"seed": "23", "angle": "55"}
    at = sparsity(**link)
    assert sorted(made) == ["path_rows", "plane_rows", "stem_rows", "stem_rows"]
    move(at, 0.29)
    sparsity(**link, share="0.5")
    sparsity(**link, log="false")
    assert len(made) == 4
    sparsity(**link, net="true")  # another pair
    assert made.count("plane_rows") == 1
    assert made.count("stem_rows") == 4


@pytest.mark.parametrize("share", [0.16, 1.0])
def test_a_chart_that_is_taken_along_shows_the_chosen_strength_and_listens_to_nothing(share):
    at = move(sparsity(**QUICK), share)
    for chart in drawn(at):
        spec = chart.spec()
        assert "bind" not in json.dumps(spec["params"])
        values = {p["name"]: p["value"] for p in spec["params"] if "value" in p}
        assert values["hand"] == SHARES.index(share)


def test_at_lambda_max_l1_keeps_nothing():
    at = sparsity(**QUICK)
    kept = [float(text) for text in dict(film(at)["figures"])["weights kept by L1"]]
    assert kept[-1] == 0 < kept[SHARES.index(0.49)] < kept[0]
    net = sparsity("zeros", **QUICK, share="1", net="true")
    assert lead(net) == "At 1 λ_max L1 keeps none of 20 weights; elastic net keeps none of 20 weights."
    assert zeros(net).loc[["L1 by the proximal step", "L1, the exact solution"], "kept"].tolist() == ["0", "0"]


def test_closed_panels_hold_nothing_and_open_ones_follow_the_hand():
    at = sparsity(**QUICK, seed="24")
    trained = kept_runs().computed
    assert (len(at.table), at.get("latex")) == (0, [])
    open_panels(at, *PANELS)
    assert kept_runs().computed == trained + 2  # the subgradient's sweep and the folds, asked for now
    assert charts(at) == CHARTS + 1
    assert len(at.get("latex")) == 2
    assert numbers(at)["L1"]["Test loss"] == metrics(at)[LOSS_1]
    before = zeros(at)
    move(at, 0.49)
    assert numbers(at)["L1"]["Test loss"] == metrics(at)[LOSS_1]
    assert not zeros(at).equals(before)
    assert any(c.value.startswith("At 0.49 λ_max; medians") for c in at.caption)


def test_the_numbers_say_where_along_lambda_the_test_loss_is_lowest():
    at = sparsity("numbers", **QUICK)
    loss, share = re.fullmatch(r"(\S+) at (\S+) λ_max", numbers(at)["L1"]["Lowest test loss along λ"]).groups()
    along = dict(film(at)["figures"])[LOSS_1]
    assert along[SHARES.index(float(share))] == loss == min(along, key=float)


def test_lambda_min_and_lambda_1se_are_a_click_away_on_the_bars_own_grid():
    at = sparsity("choosing", **QUICK)
    (told,) = [c.value for c in at.caption if "λ_min = " in c.value and "folds" in c.value]
    for name in ("λ_min", "λ_1se"):
        (share,) = re.findall(rf"{name} = (?:λ_1se = )?(\S+) λ_max", told)
        button = at.button(key=f"choosing.{name}")
        assert button.label == f"Use {name}: {share} λ_max"
        assert not button.disabled
        sound(button.click().run())
        assert film(at)["labels"][film(at)["at"]] == f"{share} λ_max"
        assert at.query_params.get("share", "0.16") == share


def test_where_the_best_lambda_lies_below_the_bars_its_button_rests():
    at = sparsity(
        "choosing", n_train="100", n_features="20", n_informative="20", coefficient="2", noise="0.01", epochs="50", seeds="1"
    )
    button = at.button(key="choosing.λ_min")
    assert button.label == "Use λ_min: 0.01 λ_max"
    assert button.disabled


@pytest.mark.parametrize(
    ("start", "settings"),
    [
        ("dense", {"n_train": 50, "n_informative": 200, "coefficient": 0.01, "share": 0.29, "net": False}),
        ("correlated", {"n_features": 50, "correlation": 0.95, "block_size": 2, "share": 0.1, "net": True}),
    ],
)
def test_a_start_moves_every_control_to_its_settings_and_stays_chosen(start, settings):
    at = sparsity("zeros", **QUICK)
    assert at.selectbox(key="app.start").value == OWN
    sound(at.selectbox(key="app.start").set_value(start).run())
    assert at.selectbox(key="app.start").value == start
    assert controls(at).items() >= settings.items()
    assert charts(at) == CHARTS
    together = [m.value for m in at.markdown if m.value.startswith("**Correlated features.**")]
    if not settings["net"]:
        assert together == []
        first, second = (
            float(dict(film(at)["figures"])[name][film(at)["at"]]) for name in ("Medians of 8 seeds: test loss of L1", LOSS_2)
        )
        assert second < first  # L2's own ground
    else:
        (text,) = together
        apart, with_net = (float(text.split(" apart with L1 and ")[i].split()[i - 1]) for i in (0, 1))
        assert with_net < apart


def test_elastic_net_takes_the_place_of_l2_everywhere():
    at = sparsity("zeros", "numbers", **QUICK, net="true")
    assert "test loss of elastic net" in metrics(at)
    assert "elastic net" in zeros(at).index
    assert list(numbers(at)) == ["L1", "elastic net"]
    assert [chart.title for chart in drawn(at) if "L2" in chart.alt] == ["Two weights, one picture"]
    assert not [sentence for sentence in film(at)["leads"] if "L2" in sentence]


def test_the_subgradient_as_l1s_solver_keeps_every_weight():
    at = sparsity(**QUICK, solver="subgradient")
    assert set(dict(film(at)["figures"])["weights kept by L1"]) == {"20"}
    assert "Exactly zero of 20 weights: 0 at " in told(at)[0]
    assert any(m.value == "L1 keeps every weight at every λ." for m in at.markdown)


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
    at = sparsity(*PANELS, **QUICK | link)
    assert len(at.warning) + len(at.error) == 0
    assert charts(at) == CHARTS + 1
    assert not [text for texts in dict(film(at)["figures"]).values() for text in texts if "nan" in text]
    assert len(set(film(at)["leads"])) == len(SHARES)


def test_where_every_run_diverged_the_page_says_so_and_offers_a_rate_that_works():
    at = sparsity(**QUICK | {"n_features": "200", "lr": "1"})
    assert [e.value.split(" diverged")[0] for e in at.error] == [
        f"{name} at 0.16 λ_max: 2 of 2 seeds" for name in ("L1", "L2")
    ]  # each for itself: one control for both
    assert lead(at) == "At 0.16 λ_max training diverges, for L1 and for L2."
    words = " ".join(chart.alt for chart in drawn(at))
    assert "L2 diverged at every λ" in words
    assert "are exactly zero" not in words
    assert set(metrics(at).values()) == {"–"}
    assert charts(at) == CHARTS
    open_panels(at, "numbers")
    assert numbers(at)["L2"]["Lowest test loss along λ"] == "–"
    assert set(numbers(at).loc["Seeds"]) == {"none of 2 finished"}
    (better,) = [b for b in at.button if b.label.startswith("Use η = ")]
    sound(better.click().run())
    assert len(at.error) == 0
    assert float(metrics(at)[LOSS_1]) < 100


@pytest.mark.parametrize("interactions", [False, True])
def test_diabetes_has_named_coefficients_and_no_truth(interactions):
    at = sparsity("zeros", **REAL, interactions=str(interactions).lower())
    assert charts(at) == CHARTS
    assert said(at).endswith(f"{STANDARDISED}.")
    assert f" of {64 if interactions else 10} weights; L2 keeps all" in lead(at)
    assert "informative" not in " ".join(film(at)["leads"])
    assert not [name for name, _ in film(at)["figures"] if "F1" in name]
    assert list(zeros(at)) == ["exactly zero", "|w| < 0.001", "kept"]
    assert "Largest at 0.02 λ_max: " in told_of(at, "Coefficient paths of L1")
    path = drawn(at)[3].rows
    assert set(path["group"]) == {""}
    (entering,) = [m.value for m in at.markdown if m.value.startswith("As λ falls, these enter first: ")]
    strongest = path[(path["kind"] == "trained") & (path["w"] != 0)].groupby("feature")["k"].max().sort_values(ascending=False)
    assert set(re.findall("`([^`]+)`", entering)[:2]) <= set(strongest.index[:3])
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
    assert charts(at) == 0
    assert hand_of(at) is None
    sound(at.select_slider(key="noise").set_value(0.5).run())
    assert len(at.info) == 0
    assert charts(at) == CHARTS
    pinned = sparsity(**QUICK, pin="1~noise~0~n_informative~0")
    assert [c.value for c in pinned.caption if c.value.startswith("pin 1: There is nothing to see here")]


def test_the_elastic_nets_lambda_is_the_same_share_of_its_own_lambda_max():
    at = sparsity("numbers", **QUICK, net="true", l1_ratio="0.1")
    (told,) = [c.value for c in at.caption if c.value.startswith("For the elastic net λ_max")]
    first, net = (float(told.split(name)[0].split("λ = ")[-1]) for name in (" for L1 and", " for the elastic net."))
    assert net == pytest.approx(10 * first, rel=0.01)
    for chart, lam in zip(drawn(at), (first, net), strict=False):
        assert f"{chart.rows[chart.rows['k'] == SHARES.index(0.16)]['lam'].iloc[0]:.3g}" == f"{lam:.3g}"
    assert not [c for c in sparsity("numbers", **QUICK).caption if c.value.startswith("For the elastic net λ_max")]


def told_of(at: AppTest, begin: str) -> str:
    (one,) = [words for words in told(at) if words.startswith(begin)]
    return one


def test_with_no_informative_feature_nothing_is_scored_anywhere():
    at = sparsity(*PANELS, **QUICK | {"n_informative": "0"})
    assert list(zeros(at)) == ["exactly zero", "|w| < 0.001", "kept"]
    assert "though no feature is informative" in film(at)["leads"][0]
    assert not [row for row in numbers(at).index if "F1" in row]
    assert not [c.value for c in at.caption if "F1 is" in c.value]


@pytest.mark.parametrize(
    ("link", "said_of_blocks"),
    [
        ({"block_size": "2"}, ""),  # in blocks, but not correlated
        ({"block_size": "2", "correlation": "0.95", "share": "0.05", "lr": "0.1", "n_informative": "10"}, "chance decides"),
        ({"block_size": "2", "correlation": "0.95", "share": "1", "lr": "0.1", "epochs": "400"}, "L1 keeps none of them"),
    ],
)
def test_near_copies_are_spoken_of_where_features_are_correlated_and_as_the_figures_are(link, said_of_blocks):
    at = sparsity("zeros", **QUICK | link)
    found = [m.value for m in at.markdown if m.value.startswith("**Correlated features.**")]
    assert len(found) == bool(said_of_blocks)
    if found:
        apart, rival = (float(found[0].split(words)[0].split()[-1]) for words in (" apart with L1", " with L2 ("))
        assert said_of_blocks in found[0]
        assert (apart > rival) == ("chance decides" in found[0])


def test_where_the_subgradient_diverged_no_weight_of_it_is_counted():
    at = sparsity("zeros", **QUICK | {"n_features": "200", "lr": "1"})
    assert [m for m in at.markdown if m.value.startswith("Every run of the subgradient’s sweep diverged")]
    assert not [m for m in at.markdown if "are exactly zero" in m.value]


def test_a_weight_whose_feature_is_constant_stays_at_zero_and_the_page_says_why():
    at = sparsity("zeros", source="diabetes", n_train="10", init_scale="0", seeds="1", seed="815", epochs="50")
    assert [m for m in at.markdown if f"{len(SHARES)} are exactly zero. They were 0 at the start and stayed there" in m.value]


def test_a_weight_that_is_nearly_zero_is_not_printed_as_zero():
    at = sparsity("why", **QUICK, angle="75", tilt="-0.9", share="0.11")
    (told,) = [m.value for m in at.markdown if m.value.startswith("**L2** lands")]
    assert float(told.split("(")[1].split(",")[0]) == pytest.approx(-1.38e-4, rel=1e-3)


@pytest.mark.parametrize(
    ("link", "rest"),
    [
        ({}, {"target", "interactions"}),
        (REAL, {"n_features", "n_informative", "noise", "correlation", "block_size", "coefficient", "intercept"}),
    ],
)
def test_controls_that_mean_nothing_for_the_data_are_not_shown_and_keep_their_values(link, rest):
    moved = {"n_features": "20", "noise": "1"} if link else {"target": "bmi"}
    at = sparsity(**link | moved)
    assert rest & controls(at).keys() == set()
    kept = {name: at.query_params[name] for name in moved}
    other = "synthetic" if link else "diabetes"
    sound(widgets(at)["source"].set_value(other).run())
    shown = controls(at)
    assert rest <= shown.keys()
    assert {name: at.query_params[name] for name in moved} == kept
    assert {name: str(shown[name]).removesuffix(".0") for name in moved} == moved


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
    assert " 2 weights; L2 keeps all 2 weights." in lead(at)
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
    at = sparsity(f"question.{number}", **QUICK)
    tables = len(at.table)
    sound(at.button(key=f"question.l1_vs_l2.{number}.show").click().run())
    assert len(at.table) == tables + 1
    table = at.table[tables].value
    assert table.columns[0] == ("**train loss**" if number == 7 else "**exactly zero**")  # what decides
    first = table[table.columns[0]].str.strip("*").astype(float)
    none, some = first.iloc[:2]
    if number == 1:  # subgradient against proximal
        assert none == 0 < some
    if number == 2:  # L1 against L2
        assert some == 0 < none
    if number == 7:  # the training loss rises with λ
        assert first.is_monotonic_increasing
    sound(at.button(key=f"question.l1_vs_l2.{number}.again").click().run())
    assert len(at.table) == tables


def test_l2_diverges_aloud_where_l1_does_not():
    at = sparsity(lr="0.35", share="0.05")
    assert [e.value.split(":")[0] for e in at.error] == ["L2 at 0.05 λ_max"]
    assert "2/L = " in at.error[0].value
