"""Files as people have them: each gives a table, or one sentence that says what to change."""

import numpy as np
import pytest
from hypothesis import given, settings

from regdemo.core.linear.tables import COLUMNS_MOST, Table, TableError, diabetes, read_csv
from tests.helpers.hostile import files


def lines(header: str, *row: str, rows: int = 12) -> str:
    """A CSV text; `{i}` and `{j}` in a row count 0, 1, 2, … and 0, 1, 4, …; other rows repeat the last."""
    return "\n".join([header, *(row[min(i, len(row) - 1)].format(i=i, j=i * i) for i in range(rows))]) + "\n"


def plain(columns: int = 2, rows: int = 12) -> str:
    body = [",".join(str((i * 7 + k * 3) % 11) for k in range(columns)) for i in range(rows)]
    return "\n".join([",".join(f"c{k}" for k in range(columns)), *body])


GOOD = lines("x,y,z", "{i},{j},1.5{i}")


def same(table: Table, other: Table) -> bool:
    return table.columns.equals(other.columns)


@pytest.mark.parametrize(
    "content",
    [
        GOOD.encode(),
        GOOD.encode("utf-8-sig"),
        GOOD.encode("utf-16"),
        GOOD.replace("\n", "\r\n").encode(),
        GOOD.replace("\n", "\r").encode(),
        GOOD.replace(",", ";").encode(),
        GOOD.replace(",", "\t").encode(),
        GOOD.replace(",", ";").replace(".", ",").encode(),
        GOOD.replace(",", " ,  ").encode(),
        ("\n\n" + GOOD + "\n\n").encode(),
        GOOD.replace("x,y,z", '"x","y","z"').encode(),
    ],
    ids=["utf-8", "bom", "utf-16", "crlf", "cr", "semicolons", "tabs", "decimal commas", "spaces", "blank lines", "quotes"],
)
def test_the_same_table_written_in_many_ways_is_read_as_the_same_numbers(content):
    table = read_csv(content)
    assert table.names == ["x", "y", "z"]
    np.testing.assert_array_equal(table.columns["y"], np.arange(12) ** 2)
    assert same(table, read_csv(GOOD.encode()))


def test_decimal_commas_and_separators_are_told():
    report = read_csv(GOOD.replace(",", ";").replace(".", ",").encode()).report
    assert report == ["The columns are separated by semicolons.", "Decimal commas are read in “z”."]


def test_a_comma_that_is_no_decimal_sign_stays_text():
    table = read_csv(lines("x;y;place", "{i};{j};10,2,{i}").encode())
    assert dict(table.left_out)["place"] == "text in 12 of 12 rows, such as “10,2,0”"


def test_a_semicolon_within_a_name_does_not_make_it_a_separator():
    assert read_csv(lines("price (usd; net),qty", "{i},{j}").encode()).names == ["price (usd; net)", "qty"]


def test_latin_1_is_read_and_told():
    table = read_csv(lines("größe,y", "{i},{j}").encode("latin-1"))
    assert table.names == ["größe", "y"]
    assert "Latin-1" in table.report[0]


def test_every_column_left_out_is_named_with_the_reason():
    text = lines("x,y,city,same,empty,sparse,mixed", "{i},{j},Bonn,3,,1,4", "{i},{j},Köln,3,,,5", "{i},{j},Köln,3,NA,,n 5")
    table = read_csv(text.encode())
    assert table.names == ["x", "y"]
    assert dict(table.left_out) == {
        "city": "text in 12 of 12 rows, such as “Bonn”",
        "same": "constant",
        "empty": "no number in any row",
        "sparse": "missing or infinite in 11 of 12 rows",
        "mixed": "text in 10 of 12 rows, such as “n 5”",
    }
    assert table.report[1] == "Column “same” is left out: constant."


@pytest.mark.parametrize("hole", ["", "NA", "nan", "NaN", "null", "?", "inf", "-inf", "Infinity", "1e400", "1e200"])
def test_rows_with_a_missing_or_infinite_value_are_left_out_and_counted(hole):
    table = read_csv(lines("x,y", "{i},{j}", f"{{i}},{hole}", "{i},{j}").encode())
    assert len(table.columns) == 11
    assert table.columns["x"].tolist() == [0, *range(2, 12)]
    assert table.report == ["1 of 12 rows are left out: a value is missing or infinite."]


def test_a_row_that_ends_early_counts_as_missing():
    assert read_csv(lines("x,y,z", "{i},{j},{i}5", "{i},{j}", "{i},{j},{i}5").encode()).rows_left_out == 1


def test_a_column_that_varies_only_in_rows_left_out_is_left_out_too():
    table = read_csv(lines("x,y,z", "{i},{j},1", "{i},,2", "{i},{j},1").encode())
    assert table.left_out == (("z", "constant in the complete rows"),)


def test_repeated_and_missing_names_are_made_unique():
    table = read_csv(lines("a,a,,a (2)," + "b" * 99, "{i},{j},1{i},2{i},3{i}").encode())
    assert table.names == ["a", "a (2)", "column 3", "a (2) (2)", "b" * 59 + "…"]
    assert "Columns of one name are told apart by a count: “a (2)”, “a (2) (2)”." in table.report


def test_a_file_without_a_header_loses_no_row():
    table = read_csv(GOOD.split("\n", 1)[1].encode())
    assert table.names == ["column 1", "column 2", "column 3"]
    assert table.rows == 12
    assert "no" not in table.left_out
    assert "numbered" in table.report[0]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "The file is empty"),
        (b"\n \n", "The file is empty"),
        (b"\xef\xbb\xbf", "The file is empty"),
        (lines("x", "{i}").encode(), "one column"),
        (lines("x y", "{i} {j}").encode(), "one column: separate columns by commas"),
        (b"x,y\n", "0 rows and at least 10"),
        (lines("x,y", "{i},{j}", rows=9).encode(), "9 rows and at least 10"),
        (lines("x,y", "{i},", "{i},{j}", "{i},", "{i},{j}", "{i},", "{i},{j}").encode(), "Only 9 of 12 rows .* “y”"),
        (lines("x,y", "a,b").encode(), "no usable column of numbers.*“x”: text in 12 of 12 rows"),
        (lines("x,y", "{i},b").encode(), "only one usable column of numbers, “x”"),
        (lines("x,y", "{i},3").encode(), "“y”: constant"),
        (b"PK\x03\x04" + bytes(50), "spreadsheet"),
        (bytes(range(256)) * 4, "not a text file"),
        (GOOD.encode("utf-16-le"), "not a text file"),
        (b"\xff\xfe\x00", "not a text file|empty|one column"),
        (lines("x,y", "{i},{j}", "{i},{j},7").encode(), "Line 3 has 3 fields where the first line has 2"),
        (lines("x,y", "{i},{j}", '"{i},{j}').encode(), "check the quotes"),
        (b"x" * (2**20 + 1), "1.0 MB and at most 1 MB"),
        (("," * 5000 + "\n").encode() * 12, "columns: keep at most 300"),
        (plain(COLUMNS_MOST + 1).encode(), "301 columns of numbers and at most 300"),
    ],
    ids=lambda v: v[:24] if isinstance(v, str) else "",
)  # fmt: skip
def test_what_cannot_be_used_is_refused_in_one_sentence(content, said):
    with pytest.raises(TableError, match=said) as caught:
        read_csv(content)
    assert str(caught.value).endswith(".")
    assert "\n" not in str(caught.value)


def test_a_full_megabyte_is_read():
    text = plain(20, 19_000)
    text += "\n" + ",".join(["5"] * 20) + "\n" * (2**20 - len(text) - 40)
    assert len(text) == 2**20
    assert read_csv(text.encode()).rows == 19_001


@settings(max_examples=150, deadline=None)
@given(files())
def test_whatever_is_uploaded_gives_finite_numbers_or_a_table_error(content):
    try:
        table = read_csv(content)
    except TableError:
        return
    assert np.isfinite(table.columns.to_numpy()).all()
    assert table.columns.shape[1] >= 2
    assert len(table.columns) >= 10
    assert len(set(table.names)) == len(table.names)


def test_the_diabetes_table_is_complete():
    table = diabetes()
    assert table.columns.shape == (442, 11)
    assert table.names[-1] == "progression"
    assert table.report == []
