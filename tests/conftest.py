"""What tests share: one thread for torch, and one browser and one server for all tests that need them."""

import os
import sys
from collections.abc import Iterator

import pytest
import torch
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from tests.helpers.browser import WIDE, Server, chromium, launch, serving

torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def _the_main_module_stays() -> Iterator[None]:
    """Streamlit's AppTest leaves its script as the main module, which processes started later would run again."""
    main = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = main


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if chromium() is None:
        if os.environ.get("CI"):
            pytest.fail("no Chromium on this machine, and CI must run these tests")
        pytest.skip("no Chromium on this machine")
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def server(browser: Browser) -> Iterator[Server]:
    with serving() as server:
        yield server
        assert "Traceback" not in server.log.read_text()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport=WIDE)
    yield context
    context.close()
