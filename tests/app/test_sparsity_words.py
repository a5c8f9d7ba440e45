"""What the sparsity page says follows its figures: another run, another sentence."""

import numpy as np
import pytest

from regdemo.app.sparsity import panel_words, words

NAN = np.nan
SHARES = (0.1, 0.5, 1.0)


def test_where_no_feature_moves_with_the_target_there_is_nothing_to_see():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(2, 9, 3)).astype(np.float32), rng.normal(size=(2, 9)).astype(np.float32)

    def said(x, y):
        pull = np.abs(np.einsum("snp,sn->sp", x - x.mean(1, keepdims=True), y - y.mean(1, keepdims=True))).max(1) / 9
        return words.nothing_to_see(x, y, pull, range(5, 5 + len(x)))

    assert said(x, y) == ""
    assert "seed 6" in said(np.stack([x[0], np.ones_like(x[1])]), y)
    apart = np.array([1, 1, -1, -1], np.float32), np.array([1, -1, 1, -1], np.float32)
    assert "seed 5" in said(apart[0][None, :, None], apart[1][None])


def kept(all: int | None, informative: int = 0) -> words.Kept:
    return words.Kept(all, informative)


@pytest.mark.parametrize(
    ("first", "second", "p", "informative", "said"),
    [
        (kept(12, 10), kept(200, 10), 200, 10, "L1 keeps 12 of 200 weights, all 10 informative ones among them; L2 keeps all 200 weights."),
        (kept(10, 10), kept(200, 10), 200, 10, "L1 keeps 10 of 200 weights: exactly the 10 informative ones; L2 keeps all 200 weights."),
        (kept(7, 6), kept(199, 9), 200, 10, "L1 keeps 7 of 200 weights, 6 of the 10 informative ones among them; L2 keeps 199 of 200 weights."),
        (kept(7, 0), kept(20, 2), 20, 2, "L1 keeps 7 of 20 weights, none of the 2 informative ones among them; L2 keeps all 20 weights."),
        (kept(0), kept(0), 20, 2, "L1 keeps none of 20 weights; L2 keeps none of 20 weights."),
        (kept(20, 2), kept(20, 2), 20, 2, "L1 keeps all 20 weights; L2 keeps all 20 weights."),
        (kept(3, 3), kept(20, 20), 20, 20, "L1 keeps 3 of 20 weights, though all 20 features are informative; L2 keeps all 20 weights."),
        (kept(3), kept(20), 20, 0, "L1 keeps 3 of 20 weights, though no feature is informative; L2 keeps all 20 weights."),
        (kept(3), kept(20), 20, None, "L1 keeps 3 of 20 weights; L2 keeps all 20 weights."),
        (kept(1, 1), kept(1, 1), 1, 1, "L1 keeps all 1 weight; L2 keeps all 1 weight."),
        (kept(None), kept(20, 2), 20, 2, "L1 diverges; L2 keeps all 20 weights."),
        (kept(2, 2), kept(None), 20, 2, "L1 keeps 2 of 20 weights: exactly the 2 informative ones; L2 diverges."),
        (kept(None), kept(None), 20, 2, "training diverges, for L1 and for L2."),
    ],
)  # fmt: skip
def test_the_lead_counts_what_both_keep_and_what_of_it_is_informative(first, second, p, informative, said):
    assert words.leads([0.16], [first], [second], "L2", p, informative) == [f"At 0.16 λ_max {said}"]


def test_what_a_run_keeps_is_counted_among_all_and_among_the_informative():
    w, truth = np.array([0.0, 0.3, -0.1, 0.0]), np.array([1.0, 1.0, 0.0, 0.0])
    assert words.kept_of(w, truth) == kept(2, 1)
    assert words.kept_of(w, None) == kept(2)
    assert words.kept_of(w * NAN, truth) == kept(None)


def test_the_lowest_loss_is_named_with_its_strength_and_a_run_without_one_says_why():
    losses = {"L1": np.array([2.0, NAN, 1.0]), "L2": np.full(3, NAN)}
    assert words.lowest(losses, SHARES) == "Lowest test loss: L1 1 at 1 λ_max, L2 none, as it diverged at every λ."
    assert panel_words.lowest_at(losses["L2"], SHARES) == "–"


def test_features_are_named_in_the_order_in_which_they_enter():
    w = np.array([[0.3, 0.2, 0.1, 0.0], [0.2, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0]])  # from the weakest λ to the strongest
    names = ["a", "**b**", "c", "d"]
    assert words.enters("L1", w, None, names) == "As λ falls, these enter first: `a`, `**b**`, `c`."
    assert words.enters("L1", w, np.array([1.0, 0, 0, 0]), names) == (
        "As λ falls, all 1 informative features enter L1 before any other."
    )
    assert words.enters("L1", w, np.array([1.0, 0, 1, 0]), names).startswith("As λ falls, 1 of the 2 informative features")
    assert words.enters("L1", w, np.zeros(4), names).startswith("No feature is informative")
    assert words.enters("L2", np.ones((3, 4)), None, names) == "L2 keeps every weight at every λ."
    for nothing in (0 * w, NAN * w, np.ones((3, 4)) * [0, 1, 1, 1]):  # nothing kept, nothing known, nothing enters by itself
        assert words.enters("L1", nothing, None, names) == ""
    assert words.enters("L1", w, np.ones(4), names) == ""


def test_the_corner_is_named_from_where_on_l1_stays_there():
    away = np.array([[0.8, 0.2], [0.5, 0.1], [0.3, 0.1]])
    first = np.array([[0.7, 0.1], [0.4, 0.0], [0.0, 0.0]])
    assert words.corner(first, away, SHARES) == (
        "From 0.5 λ_max on, L1 lands on a corner: one weight is exactly zero. L2 never does."
    )
    assert words.corner(first, away * [1, 0], SHARES).endswith("exactly zero.")
    assert words.corner(first * [1, 0], away, SHARES).startswith("At every λ here")
    assert words.corner(away, away, SHARES) == ""


def test_estimates_are_counted_at_the_weakest_and_strongest_lambda_that_did_not_diverge():
    w = np.array([[0.5, 2.0], [0.0, 2.0], [0.0, 0.0]])
    assert words.stems_told("L1", w, SHARES) == (
        "L1 estimates. Exactly zero of 2 weights: 0 at 0.1 λ_max, 1 at 0.5 λ_max, 2 at 1 λ_max."
    )
    assert words.stems_told("L1", np.where([[True], [False], [False]], NAN, w), SHARES) == (
        "L1 estimates. Exactly zero of 2 weights: 1 at 0.5 λ_max, 2 at 1 λ_max."
    )
    assert "no estimates" in words.stems_told("L1", w * NAN, SHARES)


def test_the_truth_is_named_only_where_there_is_some():
    some, none = np.array([1.0, 0, 0]), np.zeros(3)
    assert "Black ticks" in words.stems_seen(0, some, 0, 3)
    for truth in (none, None):
        assert "Black ticks" not in words.stems_seen(0, truth, 0, 3)
    assert "informative" in words.stems_seen(0, some, 5, 3)
    for truth in (np.ones(8), none, None):  # more informative ones than are drawn, or none
        assert words.stems_seen(0, truth, 5, 3).endswith("Drawn: the 3 largest along the paths.")


def test_a_path_names_its_largest_weights_so_that_nothing_is_rendered():
    w = np.array([[0.1, 0.0, -2.0], [0.0, 0.0, NAN], [0.0, 0.0, 0.0]])
    said = words.path_told("L1", w, SHARES, ["a", "b", "**c**"])
    assert "Weights that are not zero: 2 at 0.1 λ_max, 0 at 1 λ_max. Diverged: at 0.5 λ_max." in said
    assert said.endswith("Largest at 0.1 λ_max: `**c**` -2, `a` 0.1.")
    assert words.path_told("L1", w * NAN, SHARES, None) == "Coefficient paths of L1. Diverged: at 0.1, 0.5, 1 λ_max."
    assert "Largest" not in words.path_told("L1", w, SHARES, None)
    assert "Largest" not in words.path_told("L1", 0 * np.nan_to_num(w), SHARES, ["a", "b", "c"])


def test_the_gap_along_a_path_covers_every_run_that_finished_and_divides_by_no_zero():
    size = np.array([[0.0, 2.0], [0.0, 4.0]])
    assert words.gap_told(np.array([[1e-7, 0.2], [2e-7, 0.2]]), size) == (
        "Along the path they differ by at most 0.1 of ‖w_exact‖₂. Where w_exact is 0, trained ‖w‖₂ is at most 2e-07."
    )
    assert words.gap_told(np.array([[NAN, NAN], [NAN, 0.2]]), size) == (
        "Along the path they differ by at most 0.05 of ‖w_exact‖₂. The runs that diverged are left out."
    )
    assert "Every trained run diverged" in words.gap_told(np.full((2, 2), NAN), size)
    assert panel_words.distance_words(size[:, 0]) == "‖w‖₂, as w_exact is 0"
    assert panel_words.distance_words(size[:, 1]) == "‖w − w_exact‖₂ ÷ ‖w_exact‖₂"


def test_zeros_are_counted_among_the_seeds_that_finished():
    w = np.zeros((2, 3, 4))
    w[:, 0] = 1
    w[0, 0, 0] = 0
    assert words.histogram_told("L1", w, SHARES) == "L1: exactly zero are 12% at 0.1 λ_max and 100% at 1 λ_max."
    w[1] = NAN
    assert words.histogram_told("L1", w, SHARES) == "L1: exactly zero are 25% at 0.1 λ_max and 100% at 1 λ_max."
    assert words.histogram_told("L1", NAN * w, SHARES) == "L1 diverged at every λ."


def test_the_subgradients_zeros_are_counted_among_runs_that_finished():
    w = np.ones((2, 3, 10))
    still = np.zeros(w.shape, bool)
    assert panel_words.subgradient_told(w, still) == "Among all 60 weights of the subgradient’s sweep, 0 are exactly zero."
    w[0, 0] = NAN
    w[1, 1, 4] = 0
    assert panel_words.subgradient_told(w, still) == (
        "Among the 50 weights of the subgradient’s runs that finished, 1 is exactly zero."
    )
    still[1, 1, 4] = True
    assert panel_words.subgradient_told(w, still).endswith(
        "They were 0 at the start and stayed there: the loss never pulled at them."
    )
    assert "diverged" in panel_words.subgradient_told(np.full(w.shape, NAN), still)


def test_near_copies_are_explained_only_where_l1_puts_them_further_apart():
    assert "chance decides. L2 pulls them together." in panel_words.together_told(0.5, 0.1, True, "L2")
    assert "A share of L2 pulls them together." in panel_words.together_told(0.5, 0.1, True, "elastic net")
    for apart, kept in ((0.05, True), (0.0, False)):
        assert "chance" not in panel_words.together_told(apart, 0.1, kept, "L2")


def test_the_end_of_the_grid_is_said_and_one_weight_is_one():
    shares, error, test = np.array([1.0, 0.5, 0.1]), np.array([3.0, 2.0, 1.0]), np.array([3.5, 2.5, 1.5])
    kept = np.array([0, 1, 4])
    alt, text = panel_words.choosing_told(shares, error, test, kept, (2, 1), 2, 7)
    assert "λ_min is the smallest λ tried" in text
    assert "at 0.1 λ_max, the smallest λ tried;" in alt
    assert "keeps 1 weight," in text
    assert "test losses are 1.5 and 2.5" in alt
    for at in ((1, 1), (0, 0)):
        alt, text = panel_words.choosing_told(shares, error, test, kept, at, 2, 7)
        assert "λ_min = λ_1se = " in text
        assert ("tried" in text) == ("tried" in alt) == (at[0] == 0)


def test_too_many_are_selected_only_where_more_are_than_there_are():
    shares, marks = np.array([1.0, 0.5, 0.1]), (2, 1)
    many, few = np.array([0, 3, 9]), np.array([0, 40, 47])
    f1 = np.array([0.0, 1.0, 0.5])
    assert panel_words.found_told(shares, many, f1, 3, marks).endswith("selects too many.")
    assert "too many" not in panel_words.found_told(shares, few, f1, 50, marks)
    assert panel_words.found_told(shares, many, f1, 1, marks).startswith("1 feature is informative")


def test_rows_that_leave_seeds_out_are_named():
    w = np.ones((2, 3))
    half = np.array([[NAN] * 3, [1.0] * 3])
    assert panel_words.diverged_rows({"L1": w, "L2": w}) == "Means over 2 seeds."
    assert panel_words.diverged_rows({"L1": w, "L2": half}) == "Means over 2 seeds. Seeds that finished: “L2”: 1 of 2."
    assert panel_words.diverged_rows({"L1": w[:1]}) == "Means over 1 seed."


def test_the_elastic_nets_lambda_max_is_l1s_over_rho():
    said = panel_words.elastic_net_lam(0.16, 0.1, (0.3, 3.0), 4)
    assert "1/ρ = 10 times" in said
    assert "for seed 4 that is λ = 0.3 for L1 and λ = 3 for the elastic net" in said
