"""A browser page that notices what a person would not: errors in the console, requests to elsewhere, and breaches of the policy."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from acceptance.people import PASSWORD

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Dialog, Page, Request, expect
else:

    def expect(looked_at: object) -> object:
        """Playwright's own, imported only by the processes that have a browser: each process imports this module."""
        from playwright.sync_api import expect as expect_of_playwright  # noqa: PLC0415 -- as above

        return expect_of_playwright(looked_at)


__all__ = ["NARROW", "PATIENCE", "WIDE", "Room", "expect", "logged_in"]

WIDE = (1280, 900)
NARROW = (400, 800)

PATIENCE = 30_000.0
"""Milliseconds: how long a busy machine may take for what a page does."""


@dataclass  # Playwright puts what it keeps of a handler on its object
class Room:
    """The control room at ``url``, looked at in a context of its own: nothing is kept from one test to the next."""

    browser: Browser
    url: str
    faults: list[str] = field(default_factory=list)
    expected: tuple[str, ...] = ()
    """Texts of the console that a test has caused on purpose."""
    entrance: str = ""
    """The path that lets a browser in, where there is one: it is opened first."""

    @classmethod
    def at(cls, address: str, browser: Browser) -> Room:
        """The control room at the address that a server or ``hookline dashboard`` prints, with or without a token."""
        url, question_mark, token = address.partition("?")
        return cls(browser, url.rstrip("/"), entrance=f"/?{token}" if question_mark else "")

    def open(
        self,
        path: str = "/",
        *,
        size: tuple[int, int] = WIDE,
        dark: bool = False,
        still: bool = True,
        script: bool = True,
    ) -> Page:
        """A page at this path. With ``still`` it is asked for as little motion as can be."""
        context = self.browser.new_context(
            base_url=self.url,
            viewport={"width": size[0], "height": size[1]},
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce" if still else "no-preference",
            java_script_enabled=script,
        )
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.faults.append(f"error: {error}"))
        page.on("dialog", self._opened)
        page.on("request", self._asked)
        if self.entrance:
            page.goto(self.entrance)
        page.goto(path)
        return page

    def close(self) -> None:
        """Close what was opened, and fail on what was noticed."""
        for context in list(self.browser.contexts):
            context.close()
        assert self.faults == []

    def _opened(self, dialog: Dialog) -> None:
        self.faults.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not any(text in message.text for text in self.expected):
            self.faults.append(f"{message.type}: {message.text}")

    def _asked(self, request: Request) -> None:
        if not request.url.startswith((f"{self.url}/", "data:")):
            self.faults.append(f"request to {request.url}")


def logged_in(room: Room, name: str, *, size: tuple[int, int] = WIDE) -> Page:
    """A page of somebody who has just logged in."""
    page = room.open("/login", size=size)
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(lambda url: "/login" not in url)
    return page
