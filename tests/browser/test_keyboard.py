"""The control room without a pointer: every step of what an operator does at night, with the keys of a keyboard."""

from __future__ import annotations

import re
import signal
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from acceptance.people import PASSWORD, users
from acceptance.sender import SECRET, sign, transaction
from acceptance.server import Server, until
from hookline.runtimes.embedded.wiring.commands import open_home

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Locator, Page

    from browser.watching import Room

MORE = """
[sources.shop]
path = "/shop"
verify = { scheme = "standard-webhooks", secrets = ["SHOP_SECRET"] }
id = "event_id"
type = "transaction_type"
"""
MOST_TABS = 80
HAS_RING = """() => {
    const one = document.activeElement;
    const shows = (element) => {
        const style = getComputedStyle(element);
        return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1.5;
    };
    return one === document.body || shows(one) || (one.closest("tr") !== null && shows(one.closest("tr")));
}"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A payment, two refunds, two dead disputes, and a request that was refused because the secret of its source was wrong."""
    running = Server(tmp_path_factory.mktemp("keys"), more=MORE + users(otto="operator"))
    secrets = running.project / ".env"
    secrets.write_text(f"SHOP_SECRET=whsec_{'Z' * 32}\n")
    with running:
        with running.sender() as sender:
            body = transaction("evt_1", amount="12.50")
            assert sender.post(body, headers=sign(body)).status == 202
            for number in range(2):
                for kind in ("dispute", "refund"):
                    body = transaction(f"{kind}_{number}", kind=kind)
                    assert sender.post(body, headers=sign(body, delivery=f"{kind}{number}")).status == 202
            genuine = transaction("shop_1")
            assert sender.post(genuine, path="/shop", headers=sign(genuine, delivery="s1")).status == 401
        with open_home(running.data_dir, event_retention=timedelta(days=30)) as home:
            for _ in range(3 + 1):
                home.queues.receive("disputes", max_messages=10, visibility_timeout=timedelta())
        until(lambda: running.rows("SELECT id FROM rejected"), seconds=30)
        secrets.write_text(f"SHOP_SECRET={SECRET}\n")
        running.signal(signal.SIGHUP)
        running.wait_for("reloaded")
        yield running


@pytest.fixture(scope="module")
def address(server: Server) -> str:
    """Where the control room is."""
    return str(server.wait_for("serving")["control_room"])


@pytest.fixture
def page(room: Room) -> Page:
    """A page of an operator, who logged in with the keyboard."""
    opened = room.open("/login")
    expect(opened.get_by_label("Name")).to_be_focused()
    opened.keyboard.type("otto")
    opened.keyboard.press("Tab")
    opened.keyboard.type(PASSWORD)
    opened.keyboard.press("Enter")
    opened.wait_for_url(lambda url: "/login" not in url)
    return opened


def has_focus(one: Locator) -> bool:
    """Whether the keys go there."""
    return bool(one.evaluate("(element) => element === document.activeElement"))


def tab_to(page: Page, one: Locator, key: str = "Tab") -> None:
    """Press Tab until the keys go there; where the focus is must be seen at each step."""
    for _ in range(MOST_TABS):
        page.keyboard.press(key)
        assert page.evaluate(HAS_RING), page.evaluate("document.activeElement.outerHTML")
        if has_focus(one):
            return
    raise AssertionError(f"{MOST_TABS} presses of {key} did not reach {one}")


def go(page: Page, letter: str, path: str) -> None:
    """To a page by its two keys."""
    page.keyboard.press("g")
    page.keyboard.press(letter)
    page.wait_for_url(f"**{path}")


def test_an_event_is_found_and_replayed(page: Page) -> None:
    """The test finds a payment and puts it through again, with its reason, from the first key to the last."""
    go(page, "e", "/events")
    tab_to(page, page.get_by_label("Amount"))
    page.keyboard.type("12.5")
    page.keyboard.press("Enter")
    page.wait_for_url("**/events?amount=12.5")
    page.keyboard.press("j")
    expect(page.locator("a.row").first).to_be_focused()
    assert page.evaluate(HAS_RING)
    page.keyboard.press("Enter")
    page.wait_for_url("**/events/transactions:evt_1")
    tab_to(page, page.get_by_role("link", name="Replay", exact=True).and_(page.locator(".button")))
    page.keyboard.press("Enter")
    expect(page.get_by_label("Reason")).to_be_focused()
    page.keyboard.type("the consumer lost it")
    page.keyboard.press("Enter")

    expect(page.locator(".run")).to_contain_text("Replayed: its message is on payments.")
    go(page, "a", "/audit")
    expect(page.locator("tbody tr").first).to_contain_text("the consumer lost it")


def test_a_rejected_request_is_retried(page: Page) -> None:
    """After the secret was fixed, the refused request is accepted."""
    go(page, "r", "/rejected")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/rejected/\d+$"))
    expect(page.locator(".verdict")).to_contain_text("It would be accepted now")
    tab_to(page, page.get_by_role("link", name="Retry", exact=True))
    page.keyboard.press("Enter")
    expect(page.get_by_label(re.compile("^Reason"))).to_be_focused()
    page.keyboard.press("Enter")

    expect(page.locator(".run")).to_contain_text("The request was accepted.")


def test_dead_letters_are_put_back(page: Page, server: Server) -> None:
    """A redrive with its reason and its button. A form without a reason is not sent."""
    go(page, "q", "/queues")
    tab_to(page, page.get_by_role("link", name="Redrive dead letters of disputes"))
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Reason")).to_be_focused()
    page.keyboard.press("Enter")
    expect(dialog).to_be_visible()
    assert dialog.get_by_label("Reason").evaluate("(one) => one.validity.valueMissing")
    page.keyboard.type("the ledger works again")
    tab_to(page, dialog.get_by_role("button", name="Put them back"))
    page.keyboard.press("Space")

    expect(page.locator(".run")).to_contain_text("Moved 2 messages from disputes-dlq to disputes.")
    with open_home(server.data_dir, event_retention=timedelta(days=30)) as home:
        assert home.queues.depth("disputes").visible == 2


def test_a_period_is_replayed(page: Page) -> None:
    """From the navigation: say which events, look at the plan, say why."""
    go(page, "p", "/replay")
    tab_to(page, page.get_by_label("Received since"))
    page.keyboard.type("1h")
    tab_to(page, page.get_by_label("Type"))
    page.keyboard.type("refund")
    page.keyboard.press("Enter")
    expect(page.locator(".plan")).to_contain_text("2 events")
    expect(page.get_by_label("Reason")).to_be_focused()
    page.keyboard.type("a consumer dropped them")
    page.keyboard.press("Enter")

    expect(page.locator(".run")).to_contain_text("Replayed 2 events")
    go(page, "a", "/audit")
    expect(page.locator("tbody tr").first).to_contain_text("a consumer dropped them")


@pytest.mark.parametrize("leave", ["Escape", "Cancel"])
def test_a_dialog_keeps_the_keys_and_gives_them_back(page: Page, leave: str) -> None:
    """A user whose Tab key leaves a dialog presses buttons that are behind it; and must not start from the top afterwards."""
    page.goto("/queues/payments")
    opener = page.get_by_role("link", name="Purge")
    tab_to(page, opener)
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Reason")).to_be_focused()
    for key in ("Tab", "Shift+Tab"):
        for _ in range(8):
            page.keyboard.press(key)
            assert page.evaluate(
                "document.activeElement === document.body || document.activeElement.closest('dialog') !== null"
            )
    page.keyboard.press("g")  # no key of the page works behind it
    page.keyboard.press("e")
    if leave == "Escape":
        page.keyboard.press("Escape")
    else:
        tab_to(page, dialog.get_by_role("link", name="Cancel"))
        page.keyboard.press("Enter")

    expect(dialog).to_be_hidden()
    expect(opener).to_be_focused()
    assert page.url.endswith("/queues/payments")


def test_every_stop_of_the_keys_can_be_seen(page: Page) -> None:
    """The ring around the focused element is the pointer of people who use no mouse."""
    for path in (
        "/",
        "/events",
        "/events/transactions:evt_1",
        "/rejected",
        "/sources",
        "/sources/shop",
        "/routes",
        "/audit",
        "/tail",
    ):
        page.goto(path)
        for _ in range(30):
            page.keyboard.press("Tab")
            assert page.evaluate(HAS_RING), (path, page.evaluate("document.activeElement.outerHTML"))
