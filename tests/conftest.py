"""What tests share: one thread for torch, and one browser and one server for all tests that need them."""

import gc
import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import streamlit as st
import torch
from playwright.sync_api import Browser, BrowserContext, sync_playwright
from xdist.scheduler import LoadScopeScheduling

from regdemo.app import drawing, frame
from regdemo.app.cache import Runs
from regdemo.app.pins import kept_ghosts
from regdemo.app.sweeps import CACHE_BYTES, kept_runs
from regdemo.config.configs import NetworkConfig
from regdemo.config.costs import PROBE_SECONDS
from regdemo.core import speed
from regdemo.core.networks import train
from tests.helpers.browser import PHONE, SHELL, WIDE, Server, chromium, forget, launch, serving
from tests.helpers.pages import NOTED

torch.set_num_threads(1)
speed.probed = lambda: PROBE_SECONDS  # what pages ask before they train must not depend on the machine


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Where many tests are run: one for what needs no browser, two for what does. Else all in this process."""
    if getattr(config.option, "file_or_dir", None):
        return 0
    return {"browser": 0, "not browser": 2}.get(config.option.markexpr, 3)


HALF = ("bar", "links", "sparsity")  # of the browser's tests, by processor time


class ByFile(LoadScopeScheduling):
    """Tests are dealt out by file; those of the browser, which mostly wait, half to one process and half to another, and first."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.split("::")[0]
        return f"browser, {any(name in file for name in HALF)}" if "/browser/" in file else file


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: "/browser/" not in item.nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFile:
    return ByFile(config, log)


def pytest_collection_finish() -> None:
    """What is imported stays: the collector need not look through it again and again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def _the_main_module_stays() -> Iterator[None]:
    """Streamlit's AppTest leaves its script as the main module, which processes started later would run again."""
    main = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = main


@pytest.fixture(autouse=True)
def _charts_are_noted() -> Iterator[None]:
    """Note what a page draws, each place once, in the session of the page that draws it: helpers.pages.drawn reads it."""
    make, opened = drawing.Drawn.__init__, frame.page

    def note(chart: drawing.Drawn, *args: Any, **options: Any) -> None:
        make(chart, *args, **options)
        cursor = getattr(chart.slot[0], "_cursor", None) if chart.slot else None
        st.session_state.setdefault(NOTED, {})[tuple(cursor.delta_path) if cursor else chart.title] = chart

    def page(id: str) -> None:
        st.session_state[NOTED] = {}
        opened(id)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(drawing.Drawn, "__init__", note)
        patch.setattr(frame, "page", page)
        yield


@pytest.fixture
def nothing_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """No run and no pinned one is kept yet, and what this test keeps others do not find."""
    for kept in (kept_runs(), kept_ghosts()):
        monkeypatch.setattr(kept, "_kept", Runs(CACHE_BYTES)._kept)


@pytest.fixture
def short_training(monkeypatch: pytest.MonkeyPatch) -> None:
    """Curves and clothes are learned for a few epochs only, whatever their configs say: what they come to is not the subject.

    Such runs are kept for this test alone.
    """
    train_networks, kept = train.train_networks, Runs(CACHE_BYTES)._kept
    kept.update(kept_runs()._kept.items())
    monkeypatch.setattr(kept_runs(), "_kept", kept)

    def short(config: NetworkConfig) -> NetworkConfig:
        if config.dataset == "fashion-mnist":
            return replace(config, n_train=100, n_test=500, epochs=1, switch_epoch=0)
        return replace(config, epochs=20, switch_epoch=config.switch_epoch // 20) if config.dataset == "curve" else config

    def shortened(configs: list[NetworkConfig], *rest: Any, **options: Any) -> Iterator[Any]:
        return train_networks([short(config) for config in configs], *rest, **options)

    monkeypatch.setattr(train, "train_networks", shortened)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if chromium() is None:
        if os.environ.get("CI"):
            pytest.fail("no Chromium on this machine, and CI must run these tests")
        pytest.skip("no Chromium on this machine")
    with sync_playwright() as playwright:
        browser = launch(playwright, "--process-per-site", path=chromium(SHELL))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def server(browser: Browser) -> Iterator[Server]:
    with serving() as server:
        yield server
        assert "Traceback" not in server.log.read_text()


def profile(browser: Browser, server: Server, **options: Any) -> Iterator[BrowserContext]:
    """A page that stays open keeps what others have compiled: with it, opening one takes two thirds of the work."""
    context = browser.new_context(**options)
    context.new_page().goto(f"{server.url}/_stcore/health")
    yield context
    context.close()


def as_new(profile: BrowserContext) -> Iterator[BrowserContext]:
    """No page of the profile is left open afterwards, and nothing is remembered."""
    yield profile
    for page in profile.pages[1:]:
        page.close()
    forget(profile)


@pytest.fixture(scope="session")
def _wide(browser: Browser, server: Server) -> Iterator[BrowserContext]:
    yield from profile(browser, server, viewport=WIDE)


@pytest.fixture(scope="session")
def _phone(browser: Browser, server: Server) -> Iterator[BrowserContext]:
    yield from profile(browser, server, viewport=PHONE, device_scale_factor=2, is_mobile=True, has_touch=True)


@pytest.fixture
def context(_wide: BrowserContext) -> Iterator[BrowserContext]:
    yield from as_new(_wide)


@pytest.fixture
def phone(_phone: BrowserContext) -> Iterator[BrowserContext]:
    yield from as_new(_phone)
