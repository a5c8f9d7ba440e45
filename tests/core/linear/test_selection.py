"""Scores of selected sets: against scikit-learn, and where nothing is selected, informative or finite."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.metrics import precision_recall_fscore_support

from regdemo.core.linear.selection import support

SMALL_WEIGHTS = arrays(np.float32, (3, 2, 6), elements=st.sampled_from([0.0, -0.0, 1e-4, -0.01, 0.5, -3.0]))
TRUTHS = arrays(np.float32, 6, elements=st.sampled_from([0.0, 1.0, -2.0]))


@settings(deadline=None)
@given(weights=SMALL_WEIGHTS, truth=TRUTHS)
def test_scores_equal_sklearns_for_any_weights_and_truth(weights, truth):
    got = support(weights, truth)
    for run in np.ndindex(3, 2):
        chosen = weights[run] != 0
        want = precision_recall_fscore_support(truth != 0, chosen, average="binary", zero_division=0)[:3]
        np.testing.assert_allclose([got.precision[run], got.recall[run], got.f1[run]], want)
        assert got.n_selected[run] == chosen.sum()


def test_exact_zeros_and_small_weights_are_counted_apart():
    got = support(np.array([0.0, -0.0, 1e-5, -0.0009, 0.001, 2.0]), epsilon=1e-3)
    assert (got.n_zero, got.n_below, got.n_selected) == (2, 4, 4)
    assert got.f1 is None


def test_a_diverged_run_scores_nan_and_leaves_the_others_alone():
    weights = np.array([[1.0, 0.0], [np.nan, np.nan], [0.0, 0.0]])
    got = support(weights, np.array([1.0, 0.0]))
    for scores in (got.precision, got.recall, got.f1):
        np.testing.assert_array_equal(scores, [1, np.nan, 0])
    np.testing.assert_array_equal(got.n_zero, [1, np.nan, 2])
    np.testing.assert_array_equal(got.n_below, [1, np.nan, 2])


@pytest.mark.parametrize("weights", [[0.0, 0.0], [1.0, 0.0]])
def test_an_empty_selection_and_an_empty_truth_score_zero(weights):
    got = support(np.array(weights), np.zeros(2))
    assert (got.precision, got.recall, got.f1) == (0, 0, 0)
