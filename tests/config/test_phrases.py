"""Numbers in words."""

import math

import pytest

from regdemo.config.phrases import counted, figure


@pytest.mark.parametrize(("n", "text"), [(0, "0 weights"), (1, "1 weight"), (2, "2 weights"), (48_000, "48,000 weights")])
def test_a_plural_is_said_of_all_counts_but_one(n, text):
    assert counted(n, "weight") == text


def test_a_plural_of_its_own_kind_is_given():
    assert [counted(n, "feature is", "features are") for n in (1, 3)] == ["1 feature is", "3 features are"]


@pytest.mark.parametrize(
    ("value", "text"), [(0.0, "0"), (12.345, "12.3"), (-1e-7, "-1e-07"), (math.nan, "–"), (math.inf, "–"), (None, "–")]
)
def test_a_figure_has_three_digits_and_is_a_dash_where_there_is_none(value, text):
    assert figure(value) == text
