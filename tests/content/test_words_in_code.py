"""Words lie in content, not in code: what is shown and knows Python alone holds no text of three words or more."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.pages import ROOT

FILES = [
    ROOT / "streamlit_app.py",
    *(file for folder in ("pages", *(f"regdemo/{f}" for f in ("app", "frames", "charts", "replay"))) for file in sorted((ROOT / folder).rglob("*.py"))),
]  # fmt: skip
#: LaTeX, expressions of Vega, HTML and scripts, names in Python
CODE = re.compile(r"\\|[][{}<>_]|==|\w\(|\w\.\w")
WORD = re.compile(r"[^\W\d]{2,}(?:[’'-][^\W\d]+)*")
#: What stays: what torch says, the log, a comment in a program that is shown, and values of options, which are part of links.
ALLOWED = {
    ("regdemo/app/failures.py", "out of memory"),
    ("regdemo/app/failures.py", "training broke off"),
    ("regdemo/replay/textbook.py", "  # with λ =  …  up to epoch "),
    ("regdemo/app/dropout/controls.py", "share of exact zeros"),
    ("regdemo/frames/paper.py", "share of exact zeros"),
}


def sentences(text: str) -> Iterator[tuple[int, str]]:
    """The texts of three words or more in a module, and their lines; no docstrings, and nothing that is raised."""
    tree = ast.parse(text)
    passed = {id(n.value) for n in ast.walk(tree) if isinstance(n, ast.Expr)}
    passed |= {id(part) for n in ast.walk(tree) if isinstance(n, ast.Raise) for part in ast.walk(n)}
    for node in ast.walk(tree):
        if id(node) in passed:
            continue
        if isinstance(node, ast.JoinedStr):
            passed |= {id(part) for part in node.values}
            said = " … ".join(str(p.value) for p in node.values if isinstance(p, ast.Constant))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            said = node.value
        else:
            continue
        if " " in said and len(WORD.findall(said)) >= 3 and not CODE.search(said):
            yield node.lineno, said


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_no_words_lie_in_code(file: Path):
    found = {(str(file.relative_to(ROOT)), said): line for line, said in sentences(file.read_text(encoding="utf-8"))}
    assert {key: line for key, line in found.items() if key not in ALLOWED} == {}


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ('st.caption("All seeds finished.")', ["All seeds finished."]),
        ('st.caption(f"All {n} seeds finished.")', ["All  …  seeds finished."]),
        ('"""What a module is about."""\nraise ValueError("this is no page\'s text")', []),
        (
            'st.latex(r"\\min_w \\quad \\text{of all the losses}"), say("common.pins.add"), "datum.k === preview || datum.k < now"',
            [],
        ),
    ],
)
def test_what_counts_as_words(code, found):
    assert [said for _, said in sentences(code)] == found
