"""What the sparsity page says follows its figures: another run, another sentence."""

import numpy as np
import pytest

from regdemo.app.sparsity import words

NAN = np.nan
SHARES = (1.0, 0.5, 0.1)


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


@pytest.mark.parametrize(
    ("used", "seeds", "said"),
    [
        (1, 1, "mean of 1 seed"),
        (8, 8, "mean of 8 seeds"),
        (3, 8, "mean of the 3 of 8 seeds that finished"),
        (0, 8, "no seed of 8 finished"),
    ],
)
def test_a_mean_says_of_how_many_seeds_it_is(used, seeds, said):
    assert words.seeds_used(used, seeds) == said


def test_the_card_of_a_loss_is_the_mean_of_the_seeds_that_finished():
    losses = np.array([[2.0, 1.0, 4.0], [4.0, 3.0, NAN]])
    assert words.loss_card(losses, 0, SHARES, 1)[:2] == ("3", "lowest 2 at 0.5 λ_max")
    value, lowest, told = words.loss_card(losses, 2, SHARES, 2)
    assert (value, lowest) == ("4", "lowest 4 at 0.1 λ_max, the smallest, 1 of 2 seeds")
    assert "the 1 of 2 seeds that finished" in told
    gone = words.loss_card(np.full((2, 3), NAN), 0, SHARES, None)
    assert gone[:2] == ("–", "diverged at every λ")


def test_f1_is_told_only_where_a_feature_is_informative():
    n, f1 = np.array([3.0, 5.0, NAN]), np.array([0.5, 0.7, NAN])
    value, said, _ = words.kept_card(n, f1, 9, 2)
    assert value == "4 of 9"
    assert said == "mean of the 2 of 3 seeds that finished, F1 0.6"
    for informative in (0, None):
        _, said, told = words.kept_card(n, f1, 9, informative)
        assert "F1" not in said + told


def test_estimates_are_counted_in_the_right_number():
    def told(*w):
        return words.stems_told("L1", np.array(w), np.ones(len(w)), 0.5, 0.25, "λ_max")

    assert (
        told(0.0, 2.0)
        == "L1 estimates at 0.5 of λ_max, λ = 0.25: 1 of 2 is exactly zero. The largest is 2, where the truth is 1."
    )
    assert told(0.0, 0.0) == "L1 estimates at 0.5 of λ_max, λ = 0.25: all 2 are exactly zero."
    assert "0 of 2 are exactly zero" in told(3.0, 2.0)
    assert told(0.0).endswith("the only weight is exactly zero, where the truth is 1.")
    assert told(0.5).endswith("the only weight is 0.5, where the truth is 1.")
    assert "no estimates" in told(NAN, NAN)


def test_green_is_the_truth_only_where_there_is_some():
    some, none = np.array([1.0, 0, 0]), np.zeros(3)
    assert "Green" in words.stems_seen(0, some, 0, 3)
    for truth in (none, None):
        assert "Green" not in words.stems_seen(0, truth, 0, 3)
    assert "informative" in words.stems_seen(0, some, 5, 3)
    for truth in (np.ones(8), none, None):  # more informative ones than are drawn, or none
        assert words.stems_seen(0, truth, 5, 3).endswith("Drawn: the 3 largest along the paths.")


def test_a_path_names_its_largest_weights_so_that_nothing_is_rendered():
    w = np.array([[0.0, 0.0, 0.0], [0.0, 0.0, NAN], [0.1, 0.0, -2.0]])
    said = words.path_told("L1", w, SHARES, (0, 1, 2, 2), ["a", "b", "**c**"])
    assert "Weights that are not zero: 0 at 1 λ_max, 2 at 0.1 λ_max. Diverged: at 0.5 λ_max." in said
    assert said.endswith("Largest at 0.1 λ_max: `**c**` -2, `a` 0.1.")
    assert words.path_told("L1", w * NAN, SHARES, (0, 2), None) == "Coefficient paths of L1. Diverged: at 1, 0.1 λ_max."
    assert "Largest" not in words.path_told("L1", w, SHARES, (0,), None)
    assert "Largest" not in words.path_told("L1", 0 * np.nan_to_num(w), SHARES, (0,), ["a", "b", "c"])


def test_the_gap_along_a_path_covers_every_run_that_finished_and_divides_by_no_zero():
    size = np.array([[0.0, 2.0], [0.0, 4.0]])
    assert words.gap_told(np.array([[1e-7, 0.2], [2e-7, 0.2]]), size) == (
        "Along the path they differ by at most 0.1 of ‖w_exact‖₂. Where w_exact is 0, trained ‖w‖₂ is at most 2e-07."
    )
    assert words.gap_told(np.array([[NAN, NAN], [NAN, 0.2]]), size) == (
        "Along the path they differ by at most 0.05 of ‖w_exact‖₂. The runs that diverged are left out."
    )
    assert "Every trained run diverged" in words.gap_told(np.full((2, 2), NAN), size)
    assert words.distance_words(size[:, 0]) == "‖w‖₂: w_exact is 0"
    assert words.distance_words(size[:, 1]) == "‖w − w_exact‖₂ ÷ ‖w_exact‖₂"


def test_losses_are_medians_of_the_seeds_that_finished():
    test, train = np.array([1.0, NAN, 3.0]), np.array([0.5, NAN, 0.7])
    assert words.loss_told("L2", test, train) == (
        "L2 ends at a median test loss of 2 and a train loss of 0.6, over the 2 of 3 seeds that finished."
    )
    assert words.loss_told("L2", test[:1], train[:1]) == "L2 ends at a test loss of 1 and a train loss of 0.5."
    assert words.loss_told("L2", test[1:2], train[1:2]) == "L2 diverged."


def test_all_are_zero_only_where_all_are():
    w = np.zeros((2, 500))
    assert words.histogram_told("L1", w) == "L1: all 1,000 weights are exactly zero."
    w[0, 3] = 0.14
    assert words.histogram_told("L1", w) == "L1: 999 of 1,000 weights are exactly zero, all lie between 0 and 0.14."
    w[1] = NAN
    assert words.histogram_told("L1", w) == (
        "L1: 499 of 500 weights are exactly zero (1 of 2 seeds finished), all lie between 0 and 0.14."
    )


def test_the_subgradients_zeros_are_counted_among_runs_that_finished():
    w = np.ones((2, 3, 10))
    still = np.zeros(w.shape, bool)
    assert words.subgradient_told(w, still) == "Among all 60 weights of the subgradient’s sweep, 0 are exactly zero."
    w[0, 0] = NAN
    w[1, 1, 4] = 0
    assert words.subgradient_told(w, still) == (
        "Among the 50 weights of the subgradient’s runs that finished, 1 is exactly zero."
    )
    still[1, 1, 4] = True
    assert words.subgradient_told(w, still).endswith(
        "They were 0 at the start and stayed there: the loss never pulled at them."
    )
    assert "diverged" in words.subgradient_told(np.full(w.shape, NAN), still)


def test_near_copies_are_explained_only_where_l1_puts_them_further_apart():
    assert "chance decides. L2 pulls them together." in words.together_told(0.5, 0.1, True, "L2")
    assert "A share of L2 pulls them together." in words.together_told(0.5, 0.1, True, "elastic net")
    for apart, kept in ((0.05, True), (0.0, False)):
        assert "chance" not in words.together_told(apart, 0.1, kept, "L2")


def test_the_end_of_the_grid_is_said_and_one_weight_is_one():
    shares, error, test = np.array([1.0, 0.5, 0.1]), np.array([3.0, 2.0, 1.0]), np.array([3.5, 2.5, 1.5])
    kept = np.array([0, 1, 4])
    alt, text = words.choosing_told(shares, error, test, kept, (2, 1), 2, 7)
    assert "λ_min is the smallest λ tried" in text
    assert "at 0.1 λ_max, the smallest λ tried;" in alt
    assert "keeps 1 weight," in text
    assert "test errors are 1.5 and 2.5" in alt
    for at in ((1, 1), (0, 0)):
        alt, text = words.choosing_told(shares, error, test, kept, at, 2, 7)
        assert "λ_min = λ_1se = " in text
        assert ("tried" in text) == ("tried" in alt) == (at[0] == 0)


def test_too_many_are_selected_only_where_more_are_than_there_are():
    shares, marks = np.array([1.0, 0.5, 0.1]), (2, 1)
    many, few = np.array([0, 3, 9]), np.array([0, 40, 47])
    f1 = np.array([0.0, 1.0, 0.5])
    assert words.found_told(shares, many, f1, 3, marks).endswith("selects too many.")
    assert "too many" not in words.found_told(shares, few, f1, 50, marks)
    assert words.found_told(shares, many, f1, 1, marks).startswith("1 feature is informative")


def test_rows_that_leave_seeds_out_are_named():
    w = np.ones((2, 3))
    half = np.array([[NAN] * 3, [1.0] * 3])
    assert words.diverged_rows({"L1": w, "L2": w}) == "Means over 2 seeds."
    assert words.diverged_rows({"L1": w, "L2": half}) == "Means over 2 seeds. Seeds that finished: “L2”: 1 of 2."
    assert words.diverged_rows({"L1": w[:1]}) == "Means over 1 seed."


def test_the_elastic_nets_lambda_max_is_l1s_over_rho():
    said = words.elastic_net_lam(0.16, 0.1, (0.3, 3.0), 4)
    assert "1/ρ = 10 times" in said
    assert "for seed 4 that is λ = 0.3 for L1 and λ = 3 for the elastic net" in said
