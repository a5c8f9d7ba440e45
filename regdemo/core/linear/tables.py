"""Real data: a CSV of one's own, given as bytes, or the bundled diabetes table; what was left out is told by name.

A `Table` is what could be read; `regdemo.real.problem` makes standardised data of it. Nothing is stored.
"""

import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass
from io import StringIO

import numpy as np
import pandas as pd

BYTES_MOST = 2**20
COLUMNS_MOST = 300
ROWS_LEAST = 10
FINITE_MOST = 1e100  # above it a square overflows: counted as infinite
NAME_MOST = 60
MISSING = {"", "na", "n/a", "#n/a", "nan", "null", "none", "-", "--", "?", "."}
SEPARATORS = {"\t": "tabs", ";": "semicolons", ",": "commas"}  # in the order of trust: a comma may be a decimal sign
DECIMAL_COMMA = r"[+-]?\d*,\d+(?:[eE][+-]?\d+)?|[+-]?\d+(?:[eE][+-]?\d+)?"


class TableError(ValueError):
    """The table cannot be used; one sentence says why and what to change."""


@dataclass(frozen=True, eq=False)
class Table:
    """Numeric columns without gaps, and what did not become one of them."""

    columns: pd.DataFrame  # float64, one column a name; only complete, finite rows
    left_out: tuple[tuple[str, str], ...]  # (name of a column, why it is not here)
    rows: int  # rows the source has below its header
    notes: tuple[str, ...] = ()  # how the source was read, where that was not plain

    @property
    def names(self) -> list[str]:
        """Each of them can be the target; the others are then the features."""
        return list(self.columns)

    @property
    def rows_left_out(self) -> int:
        """Rows with a missing or infinite value in one of the columns kept."""
        return self.rows - len(self.columns)

    @property
    def report(self) -> list[str]:
        """Everything that was left out or read in a special way, a sentence each."""
        sentences = [f"Column “{name}” is left out: {why}." for name, why in self.left_out]
        if self.rows_left_out:
            sentences.append(f"{self.rows_left_out} of {self.rows} rows are left out: a value is missing or infinite.")
        return [*sentences, *self.notes]


def read_csv(content: bytes) -> Table:
    """The numeric columns of a CSV file: commas, semicolons or tabs; UTF-8, UTF-16 or Latin-1; TableError where that fails.

    A column with a single cell that is neither a number nor a sign for "missing" is text. Without a header (a first line of
    numbers only) columns are numbered.
    """
    if len(content) > BYTES_MOST:
        raise TableError(
            f"The file has {len(content) / 2**20:.1f} MB and at most 1 MB can be read: keep fewer rows or columns."
        )
    text, notes = _decoded(content)
    lines = [line for line in text.splitlines() if line.strip()]
    if not lines:
        raise TableError("The file is empty: give a CSV file with a header and at least 10 rows of numbers.")
    separator = _separator(lines[:20])
    if lines[0].count(separator) >= 4 * COLUMNS_MOST:
        raise TableError(f"The first line has over {4 * COLUMNS_MOST} columns: keep at most {COLUMNS_MOST} of them.")
    try:
        raw = pd.read_csv(StringIO(text), sep=separator, header=None, dtype=str, keep_default_na=False, skipinitialspace=True)
    except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise TableError(_ragged(str(error))) from None
    raw = raw.fillna("").apply(lambda column: column.str.strip().str.replace("−", "-"))
    if raw.shape[1] == 1:
        raise TableError(
            "The file has one column: separate columns by commas, semicolons or tabs, one for the target at least."
        )
    decimal_comma = separator != ","
    first = [str(cell) for cell in raw.iloc[0]]
    if all(np.isfinite(_numbers(pd.Series([cell]), decimal_comma)[0]).all() for cell in first):
        first = [""] * len(first)
        notes.append("The first line holds numbers, so it is taken as data and the columns are numbered.")
    else:
        raw = raw.iloc[1:]
    if separator != ",":
        notes.append(f"The columns are separated by {SEPARATORS[separator]}.")
    wanted = _wanted(first)
    names = told_apart(wanted)
    if again := [name for name, base in zip(names, wanted, strict=True) if name != base]:
        notes.append(f"Columns of one name are told apart by a count: {', '.join(f'“{name}”' for name in again)}.")
    parsed = {name: _numbers(raw[column], decimal_comma) for name, column in zip(names, raw.columns, strict=True)}
    if commas := [name for name, (_, comma) in parsed.items() if comma]:
        notes.append(f"Decimal commas are read in {', '.join(f'“{name}”' for name in commas)}.")
    texts = {name: _text_cells(raw[column], parsed[name][0]) for name, column in zip(names, raw.columns, strict=True)}
    return _table(pd.DataFrame({name: numbers for name, (numbers, _) in parsed.items()}), texts, notes)


def diabetes() -> Table:
    """scikit-learn's bundled diabetes table: 442 patients, ten measurements, progression of the disease one year later.

    Efron, Hastie, Johnstone & Tibshirani 2004, Least Angle Regression. In the measurements' own units.
    """
    from sklearn.datasets import load_diabetes

    frame = load_diabetes(as_frame=True, scaled=False).frame.rename(columns={"target": "progression"})
    return _table(frame.astype(np.float64), {}, [])


def _decoded(content: bytes) -> tuple[str, list[str]]:
    """The text, and a note where it was not UTF-8."""
    if content.startswith(b"PK\x03\x04"):
        raise TableError("This is a spreadsheet or a zip archive: save the sheet as CSV and give that.")
    notes = []
    try:
        text = content.decode("utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("latin-1")
        notes.append("The file is not UTF-8 and was read as Latin-1: check the names for wrong letters.")
    if re.search(r"[\x00-\x08\x0e-\x1f]", text):
        raise TableError("This is not a text file in UTF-8, UTF-16 or Latin-1: save the table as CSV in UTF-8.")
    return text, notes


def _separator(lines: list[str]) -> str:
    """The first of tab, semicolon and comma that cuts all lines into equally many fields, else what cuts the first most.

    By hand: `csv.Sniffer`, which is pandas' `sep=None` too, takes decimal commas for separators and gives up where a line ends early.
    """
    counts = {}
    for separator in SEPARATORS:
        try:
            counts[separator] = [len(row) for row in csv.reader(lines, delimiter=separator)]
        except csv.Error:
            counts[separator] = [1]
        if min(counts[separator]) == max(counts[separator]) > 1:
            return separator
    return max(reversed(SEPARATORS), key=lambda s: counts[s][0])


def _ragged(complaint: str) -> str:
    if match := re.search(r"Expected (\d+) fields in line (\d+), saw (\d+)", complaint):
        want, line, saw = match.groups()
        return f"Line {line} has {saw} fields where the first line has {want}: give every line the same number of columns."
    return "The lines cannot be cut into columns, perhaps because a quotation mark is never closed: check the quotes."


def _wanted(cells: list[str]) -> list[str]:
    """Names for columns: a number where there is none, and shortened."""
    headers = [" ".join(cell.split()) or f"column {k}" for k, cell in enumerate(cells, 1)]
    return [name if len(name) <= NAME_MOST else name[: NAME_MOST - 1] + "…" for name in headers]


def told_apart(names: Iterable[str]) -> list[str]:
    """The names, a repeated one with a count that makes it another: a, a (2)."""
    distinct: dict[str, None] = {}
    for base in names:
        name, again = base, 1
        while name in distinct:
            again += 1
            name = f"{base} ({again})"
        distinct[name] = None
    return list(distinct)


def _numbers(cells: pd.Series, decimal_comma: bool) -> tuple[np.ndarray, bool]:
    """(float64 numbers, NaN where a cell is none; whether the commas were decimal signs).

    By hand: pandas' `decimal` and `na_values` hold for a whole file and do not tell which cells are text.
    """
    comma = decimal_comma and bool(cells.str.contains(",").any())
    if comma:
        comma = bool((cells.str.fullmatch(DECIMAL_COMMA) | cells.str.lower().isin(MISSING)).all())
    numbers = pd.to_numeric(cells.str.replace(",", ".") if comma else cells, errors="coerce")
    return numbers.to_numpy(np.float64), comma


def _text_cells(cells: pd.Series, numbers: np.ndarray) -> str:
    """Why a column is text: how many of its cells, and the first of them; "" where all are numbers or missing."""
    strange = cells[np.isnan(numbers) & ~cells.str.lower().isin(MISSING)]
    if strange.empty:
        return ""
    first = strange.iloc[0]
    return f"text in {len(strange)} of {len(cells)} rows, such as “{first if len(first) <= 30 else first[:29] + '…'}”"


def _table(frame: pd.DataFrame, texts: dict[str, str], notes: list[str]) -> Table:
    """Keep what can be used of numeric columns; `texts` says which are text, and why."""
    frame = frame.where(frame.abs() <= FINITE_MOST)
    reasons: dict[str, str] = {}
    for name, column in frame.items():
        missing = int(column.isna().sum())
        if texts.get(str(name)):
            reasons[str(name)] = texts[str(name)]
        elif missing == len(frame):
            reasons[str(name)] = "no number in any row"
        elif missing > len(frame) / 2:
            reasons[str(name)] = f"missing or infinite in {missing} of {len(frame)} rows"
        elif column.min() == column.max():
            reasons[str(name)] = "constant"
    usable = frame.drop(columns=list(reasons))
    complete = usable.dropna()
    if len(frame) < ROWS_LEAST:
        raise TableError(f"The table has {len(frame)} rows and at least {ROWS_LEAST} are needed: add rows.")
    if usable.empty or usable.shape[1] < 2:
        have = f"only one usable column of numbers, “{usable.columns[0]}”" if usable.shape[1] else "no usable column of numbers"
        why_left_out = "; ".join(f"“{name}”: {why}" for name, why in list(reasons.items())[:5])
        raise TableError(
            f"The table has {have}, and a target and a feature are needed{f' ({why_left_out})' if why_left_out else ''}: add numbers."
        )
    if len(complete) < ROWS_LEAST:
        worst = usable.isna().sum().idxmax()
        raise TableError(
            f"Only {len(complete)} of {len(frame)} rows are complete, {ROWS_LEAST} are needed: fill or drop “{worst}” first."
        )
    fixed = complete.columns[complete.min() == complete.max()]
    reasons |= {str(name): "constant in the complete rows" for name in fixed}
    complete = complete.drop(columns=fixed).reset_index(drop=True)
    if complete.shape[1] < 2:
        raise TableError("In the complete rows fewer than two columns of numbers vary: fill the missing values first.")
    if complete.shape[1] > COLUMNS_MOST:
        raise TableError(
            f"The table has {complete.shape[1]} columns of numbers and at most {COLUMNS_MOST} can be used: leave some out."
        )
    return Table(complete, tuple(reasons.items()), len(frame), tuple(notes))
