"""The login in a real browser: cookies as Chromium keeps them, forms of another site, and the keyboard only."""

from __future__ import annotations

import http.server
import threading
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect, sync_playwright

from acceptance.people import PASSWORD, users
from acceptance.server import Server
from tools import tool

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

ATTACK = """<!doctype html><title>attack</title>
<form id="logout" method="post" action="ADMIN/logout"><input name="csrf_token" value="guessed"></form>
<iframe id="frame" src="ADMIN/account"></iframe>
<a id="link" href="ADMIN/account">a link in a mail</a>"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for the whole file."""
    with Server(tmp_path_factory.mktemp("browser"), more=users(alice="operator")) as server:
        yield server


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser for the whole file."""
    path = tool("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A window without cookies."""
    context = chromium.new_context()
    yield context.new_page()
    context.close()


@pytest.fixture(scope="module")
def site(server: Server) -> Iterator[str]:
    """A web site of a stranger, under another name."""

    class Answering(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = ATTACK.replace("ADMIN", server.admin).encode()
            self.send_response(200)
            self.send_header("content-type", "text/html")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_words: object) -> None:
            """Log nothing."""

    listener = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    listener.daemon_threads = True
    threading.Thread(target=listener.serve_forever, args=(0.02,), daemon=True).start()
    yield f"http://localhost:{listener.server_port}"
    listener.shutdown()
    listener.server_close()


def log_in(page: Page, server: Server) -> None:
    """With the keyboard only: the first field gets the focus, which can be later than the page's load event."""
    page.goto(f"{server.admin}/account")
    expect(page.get_by_label("Name")).to_be_focused()
    page.keyboard.type("alice")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Account").wait_for()


def test_somebody_logs_in_and_out_with_the_keyboard(page: Page, server: Server) -> None:
    """No script sees the session, nothing breaks the policy, and after the logout the page is gone."""
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    log_in(page, server)
    scripts_see = page.evaluate("document.cookie")
    page.get_by_role("main").get_by_role("button", name="Log out", exact=True).press("Enter")
    page.wait_for_url("**/login")
    page.goto(f"{server.admin}/account")

    assert scripts_see == ""
    assert page.url.endswith("/login?next=/account")
    assert [text for text in said if "Clear-Site-Data" not in text] == []


def test_another_site_can_link_to_a_page_and_do_nothing_else(page: Page, server: Server, site: str) -> None:
    """Its form changes nothing, its frame shows nothing, and its link opens the page without another login."""
    log_in(page, server)
    page.goto(site)
    framed = page.frame_locator("#frame").locator("body").inner_text()
    page.evaluate("document.getElementById('logout').submit()")
    page.wait_for_url("**/logout")
    refused = page.content()
    page.goto(site)
    page.click("#link")
    page.get_by_role("heading", name="Account").wait_for()

    assert "alice" not in framed
    assert "alice" not in refused


def test_logging_out_everywhere_ends_another_browser(chromium: Browser, page: Page, server: Server) -> None:
    """The other window is at the login page with its next click."""
    context = chromium.new_context()
    other = context.new_page()
    log_in(other, server)
    log_in(page, server)
    page.get_by_role("button", name="Log out everywhere").click()
    page.wait_for_url("**/login")
    other.reload()

    assert "/login" in other.url
    context.close()
