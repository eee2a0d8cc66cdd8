"""What an operator does on the pages, the same on both homes: each flow begins on a page of its own and leaves its result in view."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from browser.watching import expect

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from browser.watching import Room

__all__ = [
    "MATCHED",
    "NOT_MATCHED",
    "VERIFIED",
    "expect_audited",
    "find_by_amount",
    "open_rejected",
    "purge",
    "redrive",
    "retry",
]

VERIFIED = "The signature matches the received bytes, with the secret TRANSACTIONS_SECRET."
MATCHED = 'matched because type is "payment"'
NOT_MATCHED = 'did not match: type is "payment", wanted "refund"'


def find_by_amount(room: Room, amount: str, event: str, *, since: str = "") -> Page:
    """The page of the event with this amount, which says that it was genuine and why it went where it went."""
    page = room.open("/events")
    page.get_by_label("Amount").fill(amount)
    page.get_by_label("Received since").fill(since)
    page.get_by_role("button", name="Find").click()
    page.get_by_role("link", name=event, exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(f"transactions:{event}")
    expect(page.get_by_text(VERIFIED)).to_be_visible()
    expect(page.get_by_text(MATCHED)).to_be_visible()
    expect(page.get_by_text(NOT_MATCHED)).to_be_visible()
    return page


def open_rejected(room: Room, source: str) -> Page:
    """The page of the source's request whose signature does not fit: why, what the doctor found, and the exact bytes."""
    page = room.open(f"/rejected?source={source}")
    page.get_by_role("link", name="The signature does not match").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("The signature does not match")
    expect(page.locator(".verdict")).to_contain_text("the source transactions")  # signed with that source's secret
    expect(page.locator("#panel-text pre")).to_contain_text(f'"event_id": "{source}_1"')
    page.get_by_role("tab", name="Bytes as hex").click()
    expect(page.locator("#panel-hex pre")).to_contain_text("00000000  7b 22 65 76")
    return page


def retry(page: Page, *, reason: str = "") -> None:
    """Try the request again that ``page`` shows, once its secret is right."""
    expect(page.locator(".verdict")).to_contain_text("It would be accepted now")
    page.get_by_role("link", name=re.compile("^Retry")).click()
    dialog = page.get_by_role("dialog")
    expect(dialog.locator(".plan")).to_contain_text("would be accepted")
    if reason:
        dialog.get_by_label("Reason").fill(reason)
    dialog.get_by_role("button", name="Try again").click()
    expect(page.locator(".run")).to_contain_text("The request was accepted.")


def redrive(page: Page, *, letters: str, most: int, reason: str) -> None:
    """Put some dead letters of payments back, from their queue's page: the plan says how many, and without a reason nothing happens."""
    page.get_by_role("link", name="Redrive").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.locator(".plan")).to_contain_text(letters)
    dialog.get_by_label("At most").fill(str(most))
    dialog.get_by_role("button", name="Update the plan").click()
    expect(dialog.locator(".question")).to_have_text(f"Put {most} messages back on payments?")
    dialog.get_by_role("button", name="Put them back").click()
    expect(dialog).to_be_visible()  # the browser asks for the reason
    dialog.get_by_label("Reason").fill(reason)
    dialog.get_by_role("button", name="Put them back").click()
    expect(page.locator(".run")).to_contain_text(f"Moved {most} messages from payments-dlq to payments.")


def purge(page: Page, *, question: str, reason: str) -> None:
    """Remove the messages of a queue, from its page."""
    page.get_by_role("link", name="Purge").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text(question)
    dialog.get_by_label("Reason").fill(reason)
    dialog.get_by_role("button", name="Remove them").click()


def expect_audited(page: Page, action: str, *texts: str) -> None:
    """The newest entry of this action in the audit log has all of these texts."""
    page.goto(f"/audit?action={action}")
    for text in texts:
        expect(page.locator("tbody tr").first).to_contain_text(text)
