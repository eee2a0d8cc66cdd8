"""Debian's Chromium, driven by Playwright: one browser for each module, and what it noticed after each test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from browser.watching import PATIENCE, Room
from tools import tool

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The browser. It draws as any other, but shows no window."""
    from playwright.sync_api import expect, sync_playwright  # noqa: PLC0415 -- only by the processes that run such tests

    path = tool("chromium")
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def room(address: str, browser: Browser) -> Iterator[Room]:
    """The control room at the module's ``address``. A fault in the console fails the test that brought it about.

    The address comes first: a browser has an event loop on this thread, and no other can run there with it.
    """
    room = Room.at(address, browser)
    yield room
    room.close()
