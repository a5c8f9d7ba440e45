"""What tests of pages share: opening one through AppTest, and reading what it shows."""

from pathlib import Path
from typing import Any

from streamlit.testing.v1 import AppTest

from regdemo.app.drawing import Drawn

ROOT = Path(__file__).parents[2]
PAGE = "pages/weight_decay.py"


def opened(page: str = PAGE, **link: Any) -> AppTest:
    """The page as the link opens it."""
    at = AppTest.from_file(ROOT / "streamlit_app.py", default_timeout=60)
    at.switch_page(page)
    at.query_params.update(link)
    return sound(at.run())


def sound(at: AppTest) -> AppTest:
    assert [e.message for e in at.exception] == []
    return at


def metrics(at: AppTest) -> dict[str, str]:
    return {m.label: m.value for m in at.metric}


def said(at: AppTest) -> str:
    """Every message of the page that is no running text."""
    return "\n".join(e.value for kind in (at.warning, at.text, at.error, at.info) for e in kind)


def charts(at: AppTest) -> int:
    return len(at.get("vega_lite_chart"))


def drawn(at: AppTest) -> list[Drawn]:
    """The charts of the page as they stand, in their order (tests/conftest.py has them noted)."""
    return list(at.session_state[NOTED].values())


NOTED = "tests.drawn"
