"""Takes the pictures of the control room that the docs show, of the demo's data: ``make screenshots``."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PIL import Image
from playwright.sync_api import sync_playwright

from processes import start_process
from tools import tool

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

__all__ = ["main"]

_FOLDER: Final = Path(__file__).parents[2] / "docs" / "images"
_SIZES: Final = {"wide": (1280, 860), "narrow": (400, 860)}
_COLOURS: Final = 192
_LARGEST: Final = 150 * 1024
_CHARTS: Final = 12_000
"""Milliseconds until the charts have something to show."""

_DEAD: Final = "#last a[href^='/events/']"


def main() -> None:
    """Start the demo, take every picture, and stop the demo."""
    command = [sys.executable, "-u", "-m", "hookline", "demo", "--keep"]
    demo = start_process(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        url = _address(demo)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=tool("chromium"), args=["--no-sandbox"])
            for name, page in _pages(browser, url):
                _keep(page, name)
                page.context.close()
            browser.close()
    finally:
        demo.terminate()
        demo.wait()


def _address(demo: subprocess.Popen[bytes]) -> str:
    assert demo.stdout is not None
    for line in demo.stdout:
        if found := re.match(r"Control room: (\S+)/", line.decode()):
            return found[1]
    raise SystemExit("the demo did not say where its control room is")


def _pages(browser: Browser, url: str) -> Iterator[tuple[str, Page]]:
    """Each picture's name, and the page as it is to be shown."""
    page = _opened(browser, url, "/")
    page.wait_for_timeout(_CHARTS)
    dead = page.locator(_DEAD).first.get_attribute("href") or "/"
    yield "overview", page
    yield "overview-dark", _charts(_opened(browser, url, "/", colours="dark"))
    yield "overview-narrow", _charts(_opened(browser, url, "/", size="narrow"))
    yield "events", _opened(browser, url, "/events?since=1h&type=dispute")
    yield "event", _opened(browser, url, dead)
    yield "event-dark", _opened(browser, url, dead, colours="dark")
    yield "event-narrow", _opened(browser, url, dead, size="narrow")
    yield "rejected", _opened(browser, url, "/rejected")
    yield "rejected-request", _rejected(_opened(browser, url, "/rejected?source=transactions&code=signature_mismatch"))
    yield "replay-plan", _replay(_opened(browser, url, dead))
    yield "queues", _opened(browser, url, "/queues")
    yield "queues-dark", _opened(browser, url, "/queues", colours="dark")
    yield "queues-narrow", _opened(browser, url, "/queues", size="narrow")
    yield "dead-letters", _opened(browser, url, "/queues/disputes-dlq")
    yield "sources", _opened(browser, url, "/sources")
    yield "source", _opened(browser, url, "/sources/transactions")
    yield "routes", _tried(_opened(browser, url, "/routes"))
    yield "audit", _redriven(_opened(browser, url, "/queues/disputes-dlq/redrive"))


def _opened(browser: Browser, url: str, path: str, *, size: str = "wide", colours: str = "light") -> Page:
    width, height = _SIZES[size]
    context = browser.new_context(
        base_url=url,
        viewport={"width": width, "height": height},
        color_scheme="dark" if colours == "dark" else "light",
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.goto(path)
    page.wait_for_load_state("load")
    return page


def _charts(page: Page) -> Page:
    page.locator("canvas").first.wait_for()
    page.wait_for_timeout(500)
    return page


def _rejected(page: Page) -> Page:
    page.locator("[aria-labelledby=requests] a.row").first.click()
    page.locator(".verdict").wait_for()
    return page


def _replay(page: Page) -> Page:
    page.locator(".page-head a.primary").click()
    page.get_by_label("Reason").fill("the ledger knows the currency now")
    return page


def _tried(page: Page) -> Page:
    body = '{"event_id": "evt_1", "transaction_type": "refund", "timestamp": "2026-03-01T12:00:00Z", "amount": "12.50"}'
    page.get_by_label("Body", exact=True).fill(body)
    page.get_by_role("button", name="Try it").click()
    page.get_by_text("routed", exact=True).wait_for()
    return page


def _redriven(page: Page) -> Page:
    page.get_by_label("Reason").fill("the ledger is up again")
    page.get_by_role("button", name="Put them back").click()
    page.locator(".run").wait_for()
    for path, reason, verb in (
        ("/queues/refunds/pause", "its consumer is being deployed", "Pause it"),
        ("/queues/refunds/resume", "", "Resume it"),
    ):
        page.goto(path)
        page.get_by_label("Reason").fill(reason)
        page.get_by_role("button", name=verb).click()
        page.locator(".run").wait_for()
    page.goto("/audit")
    return page


def _keep(page: Page, name: str) -> None:
    """The picture with few colours, so that a clone stays small."""
    file = _FOLDER / f"{name}.png"
    page.screenshot(path=file)
    few = Image.open(file).convert("RGB").quantize(_COLOURS, dither=Image.Dither.NONE)
    few.save(file, optimize=True)
    assert file.stat().st_size < _LARGEST, f"{file} is too large"


if __name__ == "__main__":
    main()
