"""Names that others chose: shown letter by letter, and run by nothing."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from regdemo.app.names import as_cell, as_code

HOSTILE = "`$*_[]()!<>:|~\\ab"


@given(st.text(HOSTILE, min_size=1, max_size=30).filter(str.strip))
@example("![E](http://host/x.png)")
@example("`` ` ``")
@example("a ``` b")
def test_a_code_span_holds_the_whole_name_and_closes_only_at_its_end(name):
    text = as_code(name)
    fence = re.match("`+", text).group()
    assert text.endswith(fence)
    inner = text[len(fence) : -len(fence)]
    assert fence not in re.findall("`+", inner)  # only a run of the same length closes a span
    assert not inner.startswith("`")  # else the fence would be longer than meant
    assert not inner.endswith("`")
    shown = inner[1:-1] if inner[0] == inner[-1] == " " else inner  # one space at each end belongs to the fence
    assert shown == " ".join(name.split())


@pytest.mark.parametrize("name", ["=cmd|'/C calc'!A0", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_a_formula_becomes_text(name):
    assert as_cell(name) == "'" + name


@pytest.mark.parametrize("name", ["bmi", "a = b", "’=1", "1", ""])
def test_other_cells_stay_as_they_are(name):
    assert as_cell(name) == name
