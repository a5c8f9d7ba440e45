"""A table made into training, validation and test data: what is standardised by what, split how, and named."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regdemo import PRESETS, train_linear
from regdemo.core.linear.exact import elastic_net
from regdemo.core.linear.standardized import FEATURES_MOST, ROWS_MOST, STANDARD_MOST, problem
from regdemo.core.linear.tables import Table, TableError, diabetes


def table(**columns) -> Table:
    return Table(pd.DataFrame(columns, dtype=np.float64), (("city", "text in 9 of 9 rows"),), 0)


RNG = np.random.default_rng(0)
SMALL = table(a=RNG.normal(3, 2, 50), b=RNG.integers(0, 2, 50), y=RNG.normal(100, 20, 50))


def test_features_and_target_are_standardised_by_the_training_rows_alone():
    p = problem(SMALL, "y", seeds=3, seed=5)
    np.testing.assert_allclose(p.data.x_train.mean(1), 0, atol=1e-6)
    np.testing.assert_allclose(p.data.x_train.std(1), 1, rtol=1e-6)
    np.testing.assert_allclose(p.data.y_train.std(1), 1, rtol=1e-6)
    assert (np.abs(p.data.x_test.mean(1)) > 1e-3).all()
    spoiled = SMALL.columns.copy()
    order = np.random.default_rng(5).permutation(50)
    spoiled.loc[order[:20], ["a", "y"]] = 1e5  # the first seed's test and validation rows
    other = problem(Table(spoiled, (), 50), "y", seed=5)
    np.testing.assert_array_equal(other.data.x_train[0], p.data.x_train[0])
    np.testing.assert_array_equal(other.data.y_train[0], p.data.y_train[0])


def test_the_splits_are_every_row_once():
    """Standardising is a line: some slope and shift give all the target's values back."""
    p = problem(SMALL, "y", seeds=2)
    for s in range(2):
        y = np.sort(np.concatenate([part[s] for part in (p.data.y_test, p.data.y_validation, p.data.y_train)]))
        assert np.corrcoef(y, np.sort(SMALL.columns["y"]))[0, 1] == pytest.approx(1, abs=1e-9)


def test_each_seed_has_its_own_split_and_the_same_seed_the_same():
    two, one = problem(SMALL, "y", seeds=2, seed=3), problem(SMALL, "y", seed=4)
    np.testing.assert_array_equal(two.data.x_test[1], one.data.x_test[0])
    assert not np.array_equal(two.data.x_test[0], two.data.x_test[1])
    assert two.data.digest == problem(SMALL, "y", seeds=2, seed=3).data.digest


def test_fewer_training_rows_leave_test_and_validation_rows_as_they_are():
    few, all_rows = problem(SMALL, "y", n_train=10), problem(SMALL, "y")
    assert (few.fields["n_train"], all_rows.fields["n_train"]) == (10, 30)
    for split in ("validation", "test"):  # the same rows, standardised by other training rows
        (_, a), (_, b) = few.data.split(split), all_rows.data.split(split)
        assert np.corrcoef(a[0], b[0])[0, 1] == pytest.approx(1, abs=1e-9)


def test_interactions_are_products_of_standardised_features_without_useless_squares():
    p = problem(SMALL, "y", interactions=True)
    assert p.data.names == ("a", "b", "a²", "a × b")
    a, b, _, both = p.data.x_train[0].astype(float).T
    want = a * b
    np.testing.assert_allclose(both, (want - want.mean()) / want.std(), atol=1e-5)
    assert (
        len(problem(diabetes(), "progression", interactions=True).data.names) == 64
    )  # 10 + 45 pairs + 9 squares, sex has two values


def test_an_interaction_with_the_name_of_a_column_gets_another():
    named = Table(SMALL.columns.rename(columns={"a": "c", "b": "c²"}), (), 50)
    p = problem(named, "y", interactions=True)
    assert p.data.names == ("c", "c²", "c² (2)", "c × c²")
    assert any("“c² (2)”" in note for note in p.notes)
    assert not any("(2)" in note for note in problem(named, "y").notes)


def test_a_config_is_made_to_fit_and_trains_without_diverging():
    for extra in ({}, {"interactions": True, "n_train": 50}):
        p = problem(diabetes(), "progression", seeds=2, **extra)
        config = p.configure(PRESETS["S-sparse"])
        result = train_linear(config, p.data, device="cpu")
        assert (result.diverged_at == -1).all()
        assert np.abs(result.weights[:, 0]).max() < 1e-4  # at λ_max itself the last weight only decays toward zero
        exact = elastic_net(p.data, result.lam)
        assert exact.losses["test"].min(1).max() < 0.5
        np.testing.assert_allclose(result.weights[:, :15], exact.weights[:, :15], atol=0.02)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 99), st.sampled_from([1e-300, 1e-9, 1.0, 1e9, 1e99]), st.booleans())
def test_numbers_of_any_size_stay_finite_and_a_feature_constant_in_training_becomes_zero(seed, size, interactions):
    rng = np.random.default_rng(seed)
    rare = np.zeros(20)
    rare[rng.integers(20)] = size
    p = problem(
        table(a=rng.normal(size=20) * size, rare=rare, y=rng.normal(size=20)), "y", interactions=interactions, seed=seed
    )
    for split in ("train", "validation", "test"):
        assert np.isfinite(p.data.split(split)[0]).all()
        assert np.abs(p.data.split(split)[0]).max() <= STANDARD_MOST
        if np.ptp(p.data.x_train[0, :, 1]) == 0:
            assert (p.data.split(split)[0][0, :, 1] == 0).all()
    assert p.data.x_train[0, :, 0].std() == pytest.approx(1, rel=1e-5)  # tiny numbers vary too
    assert any("“rare”" in note for note in p.notes) == bool(np.ptp(p.data.x_train[0, :, 1]) == 0)


@pytest.mark.parametrize("size", [1e-310, 1e-300, 1.0, 1e99])
def test_a_target_of_any_size_is_standardised(size):
    p = problem(table(a=RNG.normal(size=50), y=np.arange(50) * size), "y")
    assert p.data.y_train.std() == pytest.approx(1, rel=1e-5)
    assert p.data.lam_max[0] > 0


def test_features_that_are_all_constant_in_training_are_refused():
    one = np.zeros(60)
    one[np.random.default_rng(0).permutation(60)[0]] = 1  # a test row of seed 0
    with pytest.raises(TableError, match="Every feature is constant in the 36 training rows of seed 0"):
        problem(table(a=one, y=np.arange(60)), "y")


def test_of_a_long_table_each_seed_draws_its_rows():
    p = problem(table(a=np.arange(5000) % 97, y=np.arange(5000) % 89), "y")
    assert sum(p.fields[f"n_{s}"] for s in ("train", "validation", "test")) == ROWS_MOST
    assert "2000 of 5000" in p.notes[1]


@pytest.mark.parametrize(
    ("target", "extra", "said"),
    [
        ("city", {}, "“city” cannot be the target: text in 9 of 9 rows; choose one of “a”, “b”, “y”"),
        ("nothing", {}, "there is no such column"),
        ("y", {"n_train": 31}, "n_train = 31: allowed is a whole number from 2 to 30"),
        ("y", {"n_train": 1}, "n_train = 1"),
    ],
)
def test_a_choice_that_cannot_be_is_refused(target, extra, said):
    with pytest.raises(TableError, match=said):
        problem(SMALL, target, **extra)


def test_a_target_constant_in_training_and_too_many_interactions_are_refused():
    with pytest.raises(TableError, match="“y” is constant in the 2 training rows of seed 0"):
        problem(table(a=np.arange(20), y=np.arange(20) == 19), "y", n_train=2)
    wide = {f"c{k}": RNG.normal(size=20) for k in range(50)}
    with pytest.raises(TableError, match=f"at most {FEATURES_MOST}"):
        problem(table(**wide), "c0", interactions=True)
