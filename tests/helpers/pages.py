"""What tests of pages share: opening one through AppTest, and reading what it shows."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from streamlit.components.v2 import manifest_scanner
from streamlit.components.v2.bidi_component.main import _make_trigger_id
from streamlit.testing.v1 import AppTest

from regdemo.app.drawing import Drawn

ROOT = Path(__file__).parents[2]
PAGE = "pages/weight_decay.py"
# each AppTest asks every installed package whether it brings components: 0.1 s a page
manifest_scanner.scan_component_manifests = cache(manifest_scanner.scan_component_manifests)


def opened(page: str = PAGE, *panels: str, **link: Any) -> AppTest:
    """The page as the link opens it, with these panels open and the one that shows the link."""
    at = AppTest.from_file(ROOT / "streamlit_app.py", default_timeout=60)
    at.switch_page(page)
    at.query_params.update(link)
    return open_panels(at, "take", *panels)


def open_panels(at: AppTest, *names: str) -> AppTest:
    """The page once these of its panels have been opened."""
    for name in names:
        at.session_state[f"panel.{name}"] = True
    return sound(at.run())


def sound(at: AppTest) -> AppTest:
    assert [e.message for e in at.exception] == []
    return at


def film(at: AppTest) -> dict[str, Any]:
    """All that the page's bar tells, at every strength."""
    (bar,) = _bars(at)
    return json.loads(bar.proto.json)


def _bars(at: AppTest) -> list[Any]:
    return [c for c in at.get("bidi_component") if c.proto.component_name == "bar"]


def lead(at: AppTest) -> str:
    """The sentence on top of the page, at the strength where its bar stands."""
    told = film(at)
    return told["leads"][told["at"]]


def metrics(at: AppTest) -> dict[str, str]:
    """The figures in large print and those of the bar, at the strength where it stands."""
    shown = {m.label: m.value for m in at.metric}
    for told in map(film, [at] if _bars(at) else []):
        shown |= {name: texts[told["at"]] for name, texts in told["figures"]}
    return shown


def released(at: AppTest, k: Any) -> AppTest:
    """The page after its bar has said that the hand let go at the strength k, whatever k is."""
    (bar,) = _bars(at)
    states = at._tree.get_widget_states()
    said = states.widgets.add()
    said.id, said.json_trigger_value = _make_trigger_id(bar.proto.id, "events"), json.dumps([{"event": "k", "value": k}])
    return sound(at._run(states))


def said(at: AppTest) -> str:
    """Every message of the page that is no running text."""
    return "\n".join(e.value for kind in (at.warning, at.text, at.error, at.info) for e in kind)


def charts(at: AppTest) -> int:
    return len(at.get("vega_lite_chart"))


def drawn(at: AppTest) -> list[Drawn]:
    """The charts of the page as they stand, in their order (tests/conftest.py has them noted)."""
    return list(at.session_state[NOTED].values())


NOTED = "tests.drawn"
