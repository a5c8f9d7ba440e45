"""What is said of linear runs holds for the runs it is said of."""

import re
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from regdemo import LinearConfig, LinearResult, train_linear
from regdemo.app import linear_words
from regdemo.app.weight_decay import words
from regdemo.frames import summaries
from regdemo.frames import weight_decay as weight_decay_frames

WIDE = LinearConfig(
    n_train=6, n_features=12, n_informative=12, coefficient=0.3, noise=0.1, lr=0.01, strengths=(0.0, 0.5), seeds=3, batch_size=2, epochs=60,
)  # fmt: skip
TALL = replace(WIDE, n_train=12)
KINDS = {
    "SGD": {},
    "decoupled": {"solver": "decoupled"},
    "momentum": {"momentum": 0.9},
    "decoupled with momentum": {"momentum": 0.9, "solver": "decoupled"},
    "Adam": {"optimizer": "adam"},
    "AdamW": {"optimizer": "adam", "solver": "decoupled"},
    "a change of λ": {"switch_epoch": 20, "switch_from": 3.0},
}


@cache
def trained(config: LinearConfig) -> LinearResult:
    return train_linear(config, device="cpu")


def hidden(config: LinearConfig, k: int) -> tuple[float, float]:
    """The median size of w's part in the null space of X before and after training, by least squares."""
    result = trained(config)
    sizes = []
    for w in (np.repeat(result.initial_weights[:, None], 2, 1), result.weights):
        outside = [
            v[k].astype(float) - x.T.astype(float) @ np.linalg.lstsq(x.T.astype(float), v[k].astype(float), rcond=None)[0]
            for x, v in zip(result.data.x_train, w, strict=True)
        ]
        sizes.append(float(np.median(np.linalg.norm(outside, axis=1))))
    return sizes[0], sizes[1]


def seen(config: LinearConfig, k: int) -> tuple[float, float]:
    run = summaries.CHOSEN if k else summaries.PLAIN
    return weight_decay_frames.part(
        weight_decay_frames.norm_rows(trained(config), k), run, weight_decay_frames.NORMS[2], config.epochs
    )


@pytest.mark.parametrize("changes", KINDS.values(), ids=list(KINDS))
@pytest.mark.parametrize("k", [0, 1])
def test_the_null_space_part_is_that_of_least_squares(changes, k):
    config = replace(WIDE, **changes)
    assert seen(config, k) == pytest.approx(hidden(config, k), rel=1e-4)


@pytest.mark.parametrize("changes", KINDS.values(), ids=list(KINDS))
def test_what_is_said_to_remain_is_what_remains(changes):
    config = replace(WIDE, **changes)
    start, end = hidden(config, 1)
    said = words.update_words(config, 0.5, seen(config, 1))
    if remains := re.search(r"after training (\S+) of it remains", said):
        assert float(remains[1]) == pytest.approx(end / start, rel=0.06)  # printed with two digits
    else:
        figures = re.search(r"goes from (\S+) to (\S+)\.$", said)
        assert figures
        assert [float(v) for v in figures.groups()] == pytest.approx([start, end], rel=6e-3)


@pytest.mark.parametrize("name", ["momentum", "Adam", "AdamW"])
def test_one_factor_a_step_is_told_of_no_optimizer_that_has_none(name):
    config = replace(WIDE, **KINDS[name])
    told = (words.update_words(config, 0.5, seen(config, 1)), words.null_space_fades(config, 0.5, seen(config, 1)))
    assert not any("remains" in said for said in told)
    assert "factor 1 − ηλ" not in told[1]
    assert "0.995" not in told[0] or name == "AdamW"  # which does shrink by it, before Adam's step
    assert "(1-\\eta\\lambda)" not in words.update_formula(config, 0.5) or name == "AdamW"


@pytest.mark.parametrize("changes", KINDS.values(), ids=list(KINDS))
def test_what_is_said_to_stay_for_ever_stays(changes):
    config = replace(WIDE, **changes)
    start, end = hidden(config, 0)
    said = words.null_space_stays(config, seen(config, 0))
    if config.optimizer == "adam":
        assert "for ever" not in said
        assert f"goes from {start:.3g} to {end:.3g}." in said
    elif config.switch_from:
        assert said.endswith("stays for ever.")
        assert end < start
    else:
        assert end == pytest.approx(start, rel=1e-4)
        assert said.endswith(f"stays for ever (here {end:.3g}).")


def test_where_there_is_no_null_space_or_nothing_in_it_nothing_is_said_to_stay():
    assert (
        words.null_space_stays(TALL, seen(TALL, 0)) == "With n ≥ p the rows of X span every direction: the data see all of w."
    )
    assert words.null_space_fades(TALL, 0.5, seen(TALL, 1)) == ""
    assert "remains" not in words.update_words(TALL, 0.5, seen(TALL, 1))
    zero = replace(WIDE, init_scale=0.0)
    assert words.null_space_stays(zero, seen(zero, 0)).endswith("Training starts at w = 0, so w has no such part.")
    assert words.null_space_fades(zero, 0.5, seen(zero, 1)) == ""
    assert "remains" not in words.update_words(zero, 0.5, seen(zero, 1))


def test_of_runs_that_diverged_no_figures_are_told():
    config = replace(WIDE, lr=1.0)
    assert (trained(config).diverged_at >= 0).all()
    path = seen(config, 1)
    assert "here" not in words.null_space_stays(config, seen(config, 0))
    assert not any(c.isdigit() for c in words.null_space_fades(replace(config, momentum=0.9), 0.5, path).replace("0.5", ""))
    assert "remains" not in words.update_words(config, 0.5, path)


def test_the_steps_at_another_strength_before_a_change_are_told_too():
    config = replace(WIDE, switch_epoch=20, switch_from=3.0)
    assert words.null_space_fades(config, 0.5, seen(config, 1)).endswith("λ has 120 steps, after 60 steps at λ = 3.")
    assert words.null_space_fades(replace(config, switch_from=0.0), 0.5, seen(config, 1)).endswith("λ has 120 steps.")
    assert words.null_space_fades(WIDE, 0.5, seen(WIDE, 1)).endswith("λ has 180 steps.")


def test_without_decay_nothing_is_said_to_shrink():
    assert words.update_words(WIDE, 0.0, seen(WIDE, 0)).endswith("Where the data say nothing, w stays as it was.")
    late = replace(WIDE, switch_epoch=20, switch_from=3.0)
    said = words.update_words(late, 0.0, seen(late, 0))
    start, end = hidden(late, 0)
    assert said.startswith("From the change of λ on nothing shrinks")
    assert float(said.split("after training ")[1].split()[0]) == pytest.approx(end / start, rel=0.06)


@pytest.mark.parametrize(("eta_lam", "words_of_it"), [(0.5, "shrinks every weight"), (1.5, "past zero"), (3.0, "past zero")])
def test_a_factor_below_zero_is_no_shrinking(eta_lam, words_of_it):
    assert words_of_it in words.update_words(replace(WIDE, lr=0.1), eta_lam / 0.1, (1.0, 1.0))


def test_figures_say_over_which_seeds_they_are_medians():
    assert (
        words.ends_at(3.0, 0.5, 0.1, 8, 8) == "λ = 3 ends at a test loss of 0.5 and a train loss of 0.1 (median over 8 seeds)."
    )
    assert "(median over the 6 of 8 seeds that finished)" in words.ends_at(3.0, 0.5, 0.1, 6, 8)
    assert [linear_words.whose(*of) for of in ((0, 1), (0, 8), (1, 1))] == ["the run diverged", "no seed finished", "one seed"]
    assert words.ends_at(3.0, np.nan, np.nan, 0, 8) == "At λ = 3 no seed finished, so there is no final loss."
    assert words.ends_at(3.0, 0.5, 0.1, 1, 1).endswith("(one seed).")
    assert words.ends_at(3.0, np.nan, np.nan, 0, 1) == "At λ = 3 the run diverged, so there is no final loss."


def test_every_run_diverged_is_said_only_where_every_run_did():
    assert words.best_is(None, np.nan, 0, 8) == "Every run diverged."
    assert words.best_is(0.5, 0.25, 8, 8) == "The lowest validation loss is at λ = 0.5, where the test loss is 0.25."
    assert words.best_is(0.5, 0.25, 2, 8).endswith("0.25, median over the 2 of 8 seeds that finished.")


def test_the_range_of_coefficients_is_that_of_the_seeds_that_finished():
    w = np.array([[-1.0, 2.0], [np.nan, np.nan], [0.5, 3.0]])
    assert words.coefficients_lie(3.0, w, 3) == "At λ = 3 they lie between -1 and 3 in the 2 of 3 seeds that finished."
    assert words.coefficients_lie(3.0, w[[0]], 1) == "At λ = 3 they lie between -1 and 2."
    assert words.coefficients_lie(3.0, w[[1]], 1) == "At λ = 3 the run diverged."


def test_norms_of_a_run_that_diverged_are_its_last_ones_and_say_so():
    parts = {"norm": 1e9, "row_space": 1e9}
    assert (
        words.norms_end(summaries.PLAIN, parts, 4, 0, 8) == "λ = 0: no seed finished; its lines end in epoch 4 at ‖w‖₂ 1e+09."
    )
    assert words.norms_end(summaries.PLAIN, parts, 0, 0, 8) == "λ = 0: no seed finished."
    assert words.norms_end(summaries.PLAIN, parts, 60, 8, 8) == "λ = 0: ‖w‖₂ 1e+09, row-space part 1e+09 (median over 8 seeds)."


def test_the_histograms_words_follow_its_axis():
    assert "logarithmic" in words.histogram_shows(False)
    assert "logarithmic" not in words.histogram_shows(True)
    assert not any("shrink" in words.histogram_shows(linear) for linear in (True, False))


def test_the_trouble_that_is_told_is_that_of_the_shape_of_the_data():
    assert "more weights than examples" in words.intro(20, 200)
    assert "more weights" not in words.intro(30, 30) + words.intro(50, 30)


def test_a_script_of_a_run_that_diverged_prints_no_figures():
    assert linear_words.will_print({"test loss": 0.5}, -1).startswith("It will print, for the first seed: test loss 0.5.")
    assert linear_words.will_print({"test loss": np.nan}, 7).startswith("The first seed diverged in epoch 7")
