"""`python -m tests.screenshots` takes the README's pictures again: each page as it opens, in a real browser (needs Chromium)."""

import io
import sys
from collections.abc import Sequence
from urllib.parse import urlparse

from PIL import Image
from playwright.sync_api import sync_playwright

from tests.helpers.browser import CHARTS, ROOT, WIDE, launch, serving, visit

FOLDER = ROOT / "assets/screens"
BYTES_MOST = 150_000
SCREENS = {  # file -> link, scheme, the heading that is brought to the top
    "overview": ("/", "light", None),
    "weight_decay": ("/weight_decay", "light", None),
    "l1_vs_l2": ("/l1_vs_l2", "dark", None),
    "dropout": ("/dropout", "light", None),
}


def main(names: Sequence[str]) -> None:
    """Write the named screens, or all of them."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with serving() as server, sync_playwright() as playwright:
        browser = launch(playwright)
        for name in names or SCREENS:
            link, scheme, heading = SCREENS[name]
            context = browser.new_context(viewport=WIDE, color_scheme=scheme, reduced_motion="reduce")
            page = visit(context, server, link, CHARTS[urlparse(link).path])
            if heading:
                page.get_by_role("heading", name=heading).first.evaluate("e => e.scrollIntoView()")
            shot = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
            shot.quantize(256, kmeans=1).save(FOLDER / f"{name}.png", optimize=True)
            print(f"{name}: {(FOLDER / f'{name}.png').stat().st_size:,} bytes")
            context.close()
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1:])
