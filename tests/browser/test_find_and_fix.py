"""What the control room is for, in one walk through a real browser: an event is found, a refusal explained, and both put through."""

from __future__ import annotations

import re
import signal
from typing import TYPE_CHECKING

import pytest

from acceptance.sender import SECRET, sign, transaction
from acceptance.server import Server, until
from browser.watching import expect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from browser.watching import Room

MORE = """
[sources.shop]
path = "/shop"
verify = { scheme = "standard-webhooks", secrets = ["SHOP_SECRET"] }
id = "event_id"
type = "transaction_type"
"""
WRONG = "whsec_" + "Z" * 32


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with payments, and with a genuine request that it has refused, because its own secret is wrong."""
    running = Server(tmp_path_factory.mktemp("found"), more=MORE)
    (running.project / ".env").write_text(f"SHOP_SECRET={WRONG}\n")
    with running:
        with running.sender() as sender:
            for number in range(3):
                body = transaction(f"evt_{number}", amount=f"{number}.50")
                assert sender.post(body, headers=sign(body, delivery=f"m{number}")).status == 202
            genuine = transaction("shop_1")
            assert sender.post(genuine, path="/shop", headers=sign(genuine, delivery="s1")).status == 401
        until(lambda: running.rows("SELECT id FROM rejected"), seconds=30)
        yield running


@pytest.fixture(scope="module")
def address(server: Server) -> str:
    """Where the control room is."""
    return str(server.wait_for("serving")["control_room"])


def test_a_payment_is_found_by_its_amount_and_replayed(room: Room) -> None:
    """A customer names an amount. The page says that it was genuine and where it is, and puts it through once more."""
    page = room.open("/events")
    page.get_by_label("Amount").fill("1.5")
    page.get_by_role("button", name="Find").click()
    page.get_by_role("link", name="evt_1").click()
    expect(page.get_by_text('matched because type is "payment"')).to_be_visible()

    page.locator("#content").get_by_role("link", name="Replay").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Reason").fill("the ledger lost it")
    dialog.get_by_role("button", name=re.compile("Replay|Put")).click()

    expect(page.locator(".run")).to_contain_text("1 ")
    page.goto("/audit?action=replay")
    expect(page.locator("tbody tr").first).to_contain_text("the ledger lost it")


def test_a_refused_request_is_explained_and_accepted_once_its_secret_is_right(room: Room, server: Server) -> None:
    """The whole path of a missing payment: why it was refused, the fix, and putting it through."""
    page = room.open("/rejected?source=shop")
    page.get_by_role("link", name="The signature does not match").click()
    expect(page.locator(".verdict")).to_contain_text("the source transactions")  # it was signed with that one's secret

    secret = server.project / ".env"
    secret.write_text(secret.read_text().replace(WRONG, SECRET))
    server.signal(signal.SIGHUP)
    server.wait_for("reloaded", seconds=30)
    page.reload()
    page.get_by_role("link", name=re.compile("^Retry")).click()
    page.get_by_role("dialog").get_by_role("button", name="Try again").click()

    expect(page.locator(".run")).to_contain_text("The request was accepted.")
