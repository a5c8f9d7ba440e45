"""Each page through Streamlit's AppTest: the whole script, without a browser."""

import contextlib
import io
import json

import pytest
from streamlit.testing.v1 import AppTest

from regdemo.app.controls import OWN
from regdemo.app.sweeps import kept_runs
from regdemo.app.weight_decay.controls import STARTS
from regdemo.content.say import say
from tests.helpers.links import controls
from tests.helpers.pages import charts, drawn, metrics, opened, said, sound

CHARTS = 4
QUICK = {"n_features": "5", "epochs": "5", "seeds": "2"}


def test_the_page_shows_its_charts_and_the_figures_of_the_published_run():
    at = opened()
    assert at.selectbox(key="app.start").value == "20_examples"
    assert charts(at) == CHARTS
    shown = metrics(at)
    assert 0.03 < float(shown["‖w‖₂"]) < 0.05
    at_zero = {m.label: m.delta for m in at.metric}
    assert 13 < float(at_zero["‖w‖₂"].split()[0]) < 14
    assert "11.64, 13.36, 13.70" in at.table[0].value.to_string()


def test_moving_lambda_trains_nothing_and_changes_the_figures():
    at = opened(**QUICK)
    before, trained = metrics(at), kept_runs().computed
    for lam in (0.0, 0.5, 100.0):
        sound(at.select_slider(key="lam").set_value(lam).run())
        assert charts(at) == CHARTS
    assert metrics(at) != before
    assert kept_runs().computed == trained


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
    at = opened(**QUICK)
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
    assert len(at.metric) >= 3


def test_a_lambda_that_the_control_does_not_have_gives_the_default_and_a_word():
    at = opened(**QUICK, lam="1e6")
    assert controls(at)["lam"] == 3.0
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
    assert (now["lr"], now["n_train"], now["noise"]) == (0.003, 20, 0.1)


def test_a_link_cannot_train_anything_off_the_grid():
    opened(**QUICK)
    trained = kept_runs().computed
    for value in ("0.0123", "0.012300001", "1e-2000", "0x1"):
        opened(**QUICK, noise=value)
    assert kept_runs().computed == trained


def test_a_diverged_run_names_the_epoch_and_the_learning_rate_offered_works():
    at = opened(lr="0.03", n_features="200", epochs="20", seeds="2")
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
    late, never, always = (opened(seeds="2", epochs="50", **link) for link in ({"switch_epoch": "20"}, {"lam": "0"}, {}))
    words = json.dumps("λ: 0 → 3")
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
    at = opened(**QUICK)
    tables = len(at.table)
    sound(at.button(key=f"question.weight_decay.{number}.show").click().run())
    assert len(at.table) == tables + 1
    table = at.table[tables].value
    assert len(table) >= 2
    assert {"train loss", "test loss", "‖w‖₂"} <= set(table.columns)
    sound(at.button(key=f"question.weight_decay.{number}.again").click().run())
    assert len(at.table) == tables


def test_the_other_ways_of_writing_it_are_run_on_demand_and_the_table_stays():
    at = opened(**QUICK)
    tables = len(at.table)
    sound(at.button(key="app.ways").click().run(timeout=120))
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
    assert "At λ = 0 the training loss" in before
    sound(at.number_input(key="draw").set_value(5).run())
    assert drawn(at)[0].alt != before


def test_the_overview_ignores_what_it_does_not_know():
    at = opened("streamlit_app.py", draw="x", lam="3")
    assert len(at.warning) == 1
    assert "draw" in said(at)
    assert "lam" in said(at)
    assert at.number_input(key="draw").value == 0


def told(at: AppTest) -> str:
    """All running text of the page, what charts show included."""
    return "\n".join(e.value for kind in (at.markdown, at.caption, at.error, at.info) for e in kind)


def test_every_run_diverged_is_said_where_every_run_did_and_not_where_some_finished():
    some = opened(n_features="1", n_train="2", lr="1")
    assert "Every run diverged." not in told(some)
    assert "The lowest validation loss is at λ = " in told(some)
    assert "Best λ by validation" in metrics(some)
    assert " runs diverged: " in told(some)
    assert "seeds that finished)" in told(some)
    every = opened(**QUICK, lr="10")
    assert "Every run diverged." in told(every)
    assert "Best λ by validation" not in metrics(every)


def test_no_figure_of_a_run_that_diverged_is_that_of_its_start():
    at = opened(lr="10", epochs="20", seeds="2")
    assert "ends at" not in told(at)
    assert "they lie between" not in told(at)
    assert "(here" not in told(at)
    assert "so there is no final loss" in told(at)
    assert [v for k, v in metrics(at).items() if k in ("Test loss", "Train loss", "‖w‖₂")] == ["–"] * 3


def test_one_seed_and_one_epoch_are_not_plural():
    text = told(opened(seeds="1", epochs="1", n_features="1", n_train="2", batch_size="2"))
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
