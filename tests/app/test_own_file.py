"""A file of one's own on the sparsity page: its names are shown and never rendered, and nothing of it outlives it."""

import pytest
from streamlit.testing.v1 import AppTest

from regdemo.app.names import as_code
from tests.helpers.hostile import IMAGE, SPAN, TEX, evil, rendered
from tests.helpers.pages import metrics, opened, said, sound

PAGE = "pages/l1_vs_l2.py"
QUICK = {"source": "csv", "epochs": "50", "seeds": "2"}


def csv(*names: str, rows: int = 60) -> bytes:
    def cells(i: int) -> str:
        return ",".join(str((i * (k + 1)) % 11) for k in range(len(names)))

    return "\n".join([",".join(names), *(cells(i) for i in range(rows))]).encode()


def upload(at: AppTest, content: bytes) -> AppTest:
    return sound(at.file_uploader[0].set_value(("table.csv", content, "text/csv")).run())


def test_no_name_of_a_column_is_rendered_anywhere():
    at = upload(opened(PAGE, "why", **QUICK, interactions="true"), csv(IMAGE, SPAN, TEX, "price"))
    for key in ("updates.linear", "taken.files"):
        at.toggle(key=key).set_value(True)
    sound(at.run())
    assert as_code(IMAGE) in rendered(at)  # the microscope's table, by name
    assert evil(at) == []
    assert IMAGE in at.selectbox(key="file.target").options


@pytest.mark.parametrize(
    "content",
    [
        f"{IMAGE},b\n1,\n2,\n".encode() + b",3\n" * 30,
        f"{IMAGE},{SPAN}\n".encode() + b"evil ![](//evil),$evil$\n" * 30,
        f"a,{TEX}\n".encode() + b"\n".join(f"{i},5".encode() for i in range(30)),
    ],
    ids=["gaps", "text", "constant"],
)
def test_what_is_wrong_with_a_table_is_said_with_its_names_unrendered(content):
    at = upload(opened(PAGE, **QUICK), content)
    assert [e.value for e in at.error] == ["This table cannot be used as it is:"]
    assert "evil" in said(at)
    assert not [text for text in rendered(at) if "evil" in text]


def test_another_file_takes_the_place_of_the_first_also_after_one_that_cannot_be_used():
    at = upload(opened(PAGE, **QUICK), csv("a", "b", "y"))
    first = metrics(at)
    upload(at, b"a,b\nx,y\n")
    assert metrics(at) == {}
    assert at.session_state["regdemo"].file.table is None
    upload(at, csv("a", "b", "c", "y"))
    assert list(at.session_state["regdemo"].file.table.names) == ["a", "b", "c", "y"]
    assert metrics(at) != first


@pytest.mark.parametrize("leave", ["remove", "other data", "other page"])
def test_nothing_of_a_file_stays_in_the_session_once_it_is_gone(leave):
    at = upload(opened(PAGE, **QUICK), csv("a", "b", "y"))
    assert at.session_state["regdemo"].file is not None
    if leave == "remove":
        at.file_uploader[0].set_value(None)
    elif leave == "other data":
        next(w for w in at.get("button_group") if w.key == "source").set_value("synthetic")
    else:
        at.switch_page("pages/weight_decay.py")
    sound(at.run())
    assert at.session_state["regdemo"].file is None
