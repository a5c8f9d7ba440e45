"""Each page through Streamlit's AppTest: the whole script, without a browser."""

import contextlib
import io
import json
import re

import pytest
import vl_convert
from streamlit.testing.v1 import AppTest

from regdemo.app.controls import OWN
from regdemo.app.sweeps import kept_runs
from regdemo.app.weight_decay.controls import STARTS, STRENGTHS
from regdemo.content.say import say
from regdemo.frames import weight_decay as frames
from tests.helpers.links import controls, move
from tests.helpers.pages import PAGE, charts, drawn, film, lead, metrics, open_panels, opened, said, sound

CHARTS = 4
QUICK = {"n_features": "5", "epochs": "5", "seeds": "2"}
W1 = {
    "lam": "3", "n_train": "20", "n_features": "200", "coefficient": "0.01", "noise": "0.01", "init_scale": "1", "intercept": "0.05",
    "lr": "0.003", "batch_size": "1", "epochs": "100",
}  # fmt: skip


def test_the_page_opens_where_weight_decay_helps():
    at = opened()
    assert at.selectbox(key="app.start").value == "helps"
    assert charts(at) == CHARTS
    assert lead(at).startswith("λ = 0.5 lowers the test loss from ")
    none, chosen, mean = (float(n) for n in re.findall(r"from (\S+) to (\S+); predicting the mean has (\S+)\.$", lead(at))[0])
    assert chosen < mean < none
    told = film(at)
    test = [float(v) for v in dict(told["figures"])["Test loss"]]
    assert (test[told["zero"]], test[told["at"]]) == (none, chosen)
    assert min(test) < min(test[0], test[-1])  # the validation curve is a U
    assert len(at.table) == 0  # the numbers are in a panel that is closed


def test_the_figures_of_the_published_run_are_those_that_tutorials_print():
    at = opened(PAGE, "numbers", **W1)
    assert at.selectbox(key="app.start").value == "20_examples"
    assert 0.03 < float(metrics(at)["‖w‖₂"]) < 0.05
    told = film(at)
    assert 13 < float(dict(told["figures"])["‖w‖₂"][told["zero"]]) < 14
    table = at.table[0].value
    assert table.loc["‖w‖₂ as tutorials print it"].tolist() == ["11.64, 13.36, 13.70", "0.033, 0.041, 0.052"]
    assert table.loc["‖w‖₂"].tolist() == [dict(told["figures"])["‖w‖₂"][k] for k in (told["zero"], told["at"])]
    assert all("random start" in sentence for sentence in told["leads"][-5:])


def test_moving_lambda_trains_nothing_draws_nothing_new_and_changes_the_figures():
    at = opened(**QUICK)
    before, trained, specs = metrics(at), kept_runs().computed, [c.proto.SerializeToString() for c in at.get("vega_lite_chart")]
    for lam in (0.0, 3.0, 100.0):
        move(at, lam)
        assert charts(at) == CHARTS
        assert [c.proto.SerializeToString() for c in at.get("vega_lite_chart")] == specs
    assert metrics(at) != before
    assert kept_runs().computed == trained


def test_a_sweeps_rows_are_made_once_for_everybody(monkeypatch):
    made = []
    for module, name in ((frames, "loss_rows"), (frames, "norm_rows"), (frames, "histogram_rows"), (frames, "validation_rows")):
        real = getattr(module, name)
        monkeypatch.setattr(module, name, lambda *of, real=real, name=name: made.append(name) or real(*of))
    at = opened(**QUICK, seed="22")
    assert sorted(made) == ["histogram_rows", "loss_rows", "norm_rows", "validation_rows"]
    move(at, 3.0)
    opened(**QUICK, seed="22", lam="7")
    assert len(made) == 4
    opened(**QUICK, seed="22", terms="true")  # other curves
    assert sorted(made)[1:3] == ["loss_rows", "loss_rows"]
    assert len(made) == 5


@pytest.mark.parametrize("lam", [0.0, 3.0])
def test_a_chart_that_is_taken_along_shows_the_chosen_strength_and_listens_to_nothing(lam):
    at = move(opened(**QUICK), lam)
    for chart in drawn(at):
        spec = chart.spec()
        assert "bind" not in json.dumps(spec["params"])
        values = {p["name"]: p["value"] for p in spec["params"] if "value" in p}
        assert values["hand"] == STRENGTHS.index(lam)
        assert values.get("moment", 5) == 5
    rule = vl_convert.vegalite_to_svg(next(d for d in drawn(at) if d.title == "Validation curve: final loss against λ").spec())
    move(at, 100.0)
    assert rule != vl_convert.vegalite_to_svg(
        next(d for d in drawn(at) if d.title == "Validation curve: final loss against λ").spec()
    )


def test_closed_panels_hold_nothing_and_open_ones_follow_the_hand():
    at = opened(**QUICK)
    assert (len(at.table), at.get("latex")) == (0, [])
    open_panels(at, "numbers", "update")
    assert at.table[0].value.columns.tolist() == ["λ = 0", "λ = 0.5"]
    move(at, 3.0)
    assert at.table[0].value.columns.tolist() == ["λ = 0", "λ = 3"]
    assert at.table[0].value["λ = 3"]["Test loss"] == metrics(at)["Test loss"]
    assert any("(1-0.01\\cdot3)" in formula.value for formula in at.latex)
    move(at, 0.0)
    assert at.table[0].value.columns.tolist() == ["λ = 0"]


def test_other_settings_are_trained_once():
    at = opened(**QUICK, seed="21")
    trained = kept_runs().computed
    sound(at.select_slider(key="noise").set_value(0.1).run())
    assert kept_runs().computed == trained + 1


@pytest.mark.parametrize(
    ("start", "settings"),
    [
        ("20_examples", (20, 200, 100, 0)),
        ("50_examples", (50, 200, 100, 0)),
        ("helps", (50, 30, 200, 0)),
        ("late", (20, 200, 100, 50)),
    ],
)
def test_a_start_moves_every_control_to_its_settings_and_stays_chosen(start, settings):
    at = opened(**QUICK)
    menu = at.selectbox(key="app.start")
    assert menu.value == OWN
    assert menu.options == [*(say(f"weight_decay.starts.{id}") for id in STARTS), say("common.controls.own")]
    sound(menu.set_value(start).run())
    assert at.selectbox(key="app.start").value == start
    now = controls(at)
    assert tuple(now[name] for name in ("n_train", "n_features", "epochs", "switch_epoch")) == settings
    assert charts(at) == CHARTS


def test_where_weight_decay_helps_the_chosen_lambda_beats_both_none_and_the_mean():
    at = opened(PAGE, "numbers", **QUICK)
    sound(at.selectbox(key="app.start").set_value("helps").run())
    table = at.table[0].value
    none, chosen = (float(v) for v in table.loc["Test loss ÷ constant baseline (predicting the mean)"])
    assert chosen < 0.8
    assert chosen < none


EDGES = {
    "two examples": {"n_train": "2"},
    "one feature": {"n_features": "1"},
    "no decay": {"lam": "0"},
    "the largest lambda": {"lam": "100"},
    "no noise": {"noise": "0"},
    "nothing to learn": {"noise": "0", "coefficient": "0", "intercept": "0", "init_scale": "0"},
    "a huge learning rate": {"lr": "10"},
    "one epoch": {"epochs": "1"},
    "one seed": {"seeds": "1"},
    "Adam": {"optimizer": "Adam"},
    "decoupled, with momentum": {"solver": "decoupled", "momentum": "0.9"},
    "bias decayed, on linear axes": {"penalize_bias": "true", "log": "false", "linear_w": "true", "terms": "true"},
}
EDGES["all together"] = {k: v for name in ("two examples", "one feature", "no noise", "a huge learning rate", "one epoch",
                                           "one seed") for k, v in EDGES[name].items()}  # fmt: skip


@pytest.mark.parametrize("link", EDGES.values(), ids=list(EDGES))
def test_settings_at_the_edge_give_a_whole_page(link):
    at = opened(**{"n_features": "20", "epochs": "20", "seeds": "2"} | link)
    assert len(at.warning) == 0
    assert charts(at) == CHARTS
    assert len(metrics(at)) == 3
    told = film(at)
    assert {len(texts) for texts in (told["labels"], told["leads"], *dict(told["figures"]).values())} == {len(STRENGTHS)}


def test_a_lambda_that_the_control_does_not_have_gives_the_default_and_a_word():
    at = opened(**QUICK, lam="1e6")
    assert controls(at)["lam"] == 0.5
    assert "lam = 1e6" in said(at)


def test_a_batch_larger_than_the_data_is_as_large_as_the_data():
    large, whole = (opened(**QUICK, n_train="5", batch_size=b) for b in ("500", "5"))
    assert metrics(large) == metrics(whole)
    assert said(large) == ""


def test_a_sweep_that_would_take_minutes_is_not_started_and_the_page_says_what_to_do():
    trained = kept_runs().computed
    at = opened(n_train="500", epochs="1000", n_features="1000", seeds="16")
    assert kept_runs().computed == trained
    assert "fewer epochs" in said(at)


def test_what_a_link_holds_is_never_rendered():
    at = opened(**QUICK, noise="<script>alert(1)</script>", solver="**bold**")
    assert not [m for m in (*at.markdown, *at.caption) if "<script>" in m.value or "**bold**" in m.value]
    (box,) = at.warning  # in it as code, which is not rendered
    assert "`noise = <script>alert(1)</script> (not on this control)`" in box.value
    assert "`solver = **bold** (not on this control)`" in box.value


def test_several_bad_parameters_are_named_in_one_message_and_the_good_ones_count():
    at = opened(**QUICK, lr="nan", n_train="1e99", noise="0.1", x="1")
    assert len(at.warning) == 1
    assert all(f"{name} = " in said(at) for name in ("lr", "n_train", "x"))
    now = controls(at)
    assert (now["lr"], now["n_train"], now["noise"]) == (0.01, 50, 0.1)


def test_a_link_cannot_train_anything_off_the_grid():
    opened(**QUICK)
    trained = kept_runs().computed
    for value in ("0.0123", "0.012300001", "1e-2000", "0x1"):
        opened(**QUICK, noise=value)
    assert kept_runs().computed == trained


def test_a_diverged_run_names_the_epoch_and_the_learning_rate_offered_works():
    at = opened(lr="0.03", n_features="200", epochs="20", seeds="2", batch_size="1")
    (message,) = [e.value for e in at.error]
    assert "diverged, the first in epoch " in message
    assert "2/(max‖x‖² + 1 + λ) = " in message
    (better,) = [b for b in at.button if b.label.startswith("Use η = ")]
    sound(better.click().run())
    assert f"Use η = {controls(at)['lr']:g}" == better.label
    assert len(at.error) == 0
    assert charts(at) == CHARTS


def test_momentum_rests_while_adam_is_chosen():
    at = opened(**QUICK, optimizer="Adam", momentum="0.9")
    assert at.select_slider(key="momentum").disabled
    assert metrics(at) == metrics(opened(**QUICK, optimizer="Adam"))


def test_a_new_random_seed_gives_another_run_and_is_part_of_the_link():
    at = opened(**QUICK)
    before = metrics(at)
    (button,) = [b for b in at.sidebar.button if b.label == "New random seed"]
    sound(button.click().run())
    assert controls(at)["seed"] not in (0, None)
    assert metrics(at) != before
    assert metrics(opened(**QUICK, seed=str(controls(at)["seed"]))) == metrics(at)


def test_a_change_of_lambda_in_mid_run_is_marked_and_keeps_what_was_before():
    late, never, always = (
        opened(**W1 | {"seeds": "2", "epochs": "50"} | link) for link in ({"switch_epoch": "20"}, {"lam": "0"}, {})
    )
    words = json.dumps("until here λ = 0")
    assert words in late.get("vega_lite_chart")[0].proto.spec
    assert words not in always.get("vega_lite_chart")[0].proto.spec
    norm = {name: float(metrics(at)["‖w‖₂"]) for name, at in (("late", late), ("never", never), ("always", always))}
    assert norm["always"] < norm["late"] < norm["never"]
    assert always.select_slider(key="switch_from").disabled
    assert not late.select_slider(key="switch_from").disabled


def test_a_change_after_the_last_epoch_comes_just_before_it():
    assert metrics(opened(**QUICK, switch_epoch="500")) == metrics(opened(**QUICK | {"switch_epoch": "5", "epochs": "5"}))


@pytest.mark.parametrize("number", [3, 4, 5, 6, 7])
def test_each_question_is_answered_by_a_table_of_runs(number):
    at = opened(PAGE, f"question.{number}", **QUICK)
    tables = len(at.table)
    sound(at.button(key=f"question.weight_decay.{number}.show").click().run())
    assert len(at.table) == tables + 1
    table = at.table[tables].value
    assert len(table) >= 2
    assert {"train loss", "test loss", "‖w‖₂"} <= {name.strip("*") for name in table.columns}
    sound(at.button(key=f"question.weight_decay.{number}.again").click().run())
    assert len(at.table) == tables


def test_the_other_ways_of_writing_it_are_run_on_demand_and_the_table_stays():
    at = opened(PAGE, "ways", **QUICK)
    tables = len(at.table)
    (button,) = [b for b in at.button if b.label == say("weight_decay.ways.train")]
    sound(button.click().run(timeout=120))
    assert len(at.table) == tables + 1
    table = at.table[tables].value
    assert any(text.startswith("**The penalty added to the loss.** Autograd finds") for text in table.index)
    same = table[table["so it is"] == "the same"]
    assert len(same) >= 2
    assert (same["largest difference"].astype(float) < 1e-4).all()
    assert (table["so it is"] == "another run").any()
    trained = kept_runs().computed
    sound(at.run())
    assert len(at.table) == tables + 1
    assert kept_runs().computed == trained


def test_the_overviews_experiment_draws_again_with_other_noise():
    at = opened("streamlit_app.py")
    before = drawn(at)[0].alt
    (again,) = [b for b in at.button if b.label == say("overview.controls.again")]
    sound(again.click().run())
    assert drawn(at)[0].alt != before


def test_the_overview_ignores_what_it_does_not_know():
    at = opened("streamlit_app.py", draw="x", noise="3")
    assert len(at.warning) == 1
    assert "draw" in said(at)
    assert "noise" in said(at)
    assert drawn(at)[0].alt == drawn(opened("streamlit_app.py"))[0].alt


def told(at: AppTest) -> str:
    """All running text of the page, what charts show included."""
    return "\n".join(e.value for kind in (at.markdown, at.caption, at.error, at.info) for e in kind)


def test_every_run_diverged_is_said_where_every_run_did_and_not_where_some_finished():
    some = opened(PAGE, "numbers", n_features="1", n_train="2", lr="1")
    assert "Every run diverged." not in told(some)
    assert "The lowest validation loss is at λ = " in told(some)
    assert "Validation would choose λ = " in told(some)
    assert " runs diverged: " in told(some)
    every = opened(PAGE, "numbers", **QUICK, lr="10")
    assert "Every run diverged." in told(every)
    assert "Validation would choose" not in told(every)


def test_no_figure_of_a_run_that_diverged_is_that_of_its_start():
    at = opened(PAGE, "numbers", lr="10", epochs="20", seeds="2")
    assert "they lie between" not in told(at)
    assert "(here" not in told(at)
    assert film(at)["leads"] == [f"At λ = {lam:g} no seed finished: training diverged." for lam in STRENGTHS]
    assert list(metrics(at).values()) == ["–"] * 3
    assert at.table[0].value.loc[["Test loss", "Train loss", "‖w‖₂"]].to_numpy().tolist() == [["–", "–"]] * 3


def test_a_message_below_the_bar_says_what_diverged_where_it_stands_and_only_there():
    at = opened(lr="0.02", seeds="2", epochs="20", lam="100")
    assert [e for e in at.error if "diverged" in e.value]
    assert lead(at) == "At λ = 100 no seed finished: training diverged."
    move(at, 0.5)
    assert at.error == []
    assert "diverge" not in lead(at)


def test_one_seed_and_one_epoch_are_not_plural():
    text = told(opened(PAGE, "numbers", "update", seeds="1", epochs="1", n_features="1", n_train="2", batch_size="2"))
    assert not [w for w in ("seeds", "epochs", "steps", "coefficients", "features", "weights") if f" 1 {w}" in f" {text}"]


def test_the_code_says_beside_it_what_it_will_print():
    at = opened(**QUICK)
    sound(at.toggle(key="taken.code").set_value(True).run())
    (said_of_it,) = [m.value for m in at.markdown if m.value.startswith("It will print, for the first seed: ")]
    script = next(c.value for c in at.code if "import torch" in c.value)
    printed = run_script(script)
    for word, name in (("λ", "lam"), ("test loss", "test_loss"), ("train loss", "train_loss"), ("‖w‖₂", "l2_norm")):
        assert float(said_of_it.split(f"{word} ")[1].split(",")[0].rstrip(".")) == pytest.approx(printed[name], rel=6e-3)


def run_script(script: str) -> dict[str, float]:
    """The last line that a program prints."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(script, "script", "exec"), {"__name__": "__main__"})
    return json.loads(out.getvalue().splitlines()[-1])
