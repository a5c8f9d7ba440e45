"""Names that somebody else chose, such as a file's columns, written so that nothing renders or runs them."""

import re

FORMULA = ("=", "+", "-", "@", "\t", "\r")  # how a cell begins that a spreadsheet runs


def as_code(name: str) -> str:
    """Markdown that shows `name` letter by letter: a code span, fenced by more backticks than it holds in a row.

    CommonMark 0.31, section 6.1. Inside, nothing is a link, an image, HTML, a formula or an emoji.
    """
    text = " ".join(name.split())
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", text)), default=0))
    room = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{room}{text}{room}{fence}"


def as_cell(name: str) -> str:
    """A cell of a CSV file that a spreadsheet shows and does not run: an apostrophe before what would begin a formula."""
    return f"'{name}" if name.startswith(FORMULA) else name
