"""Queues, rejected requests, sources, routes, audit and tail in a real browser: what an operator does there at three in the morning."""

from __future__ import annotations

import re
import signal
import time
from typing import TYPE_CHECKING, Any  # Any: boto3 has no types here

import boto3  # type: ignore[import-untyped] # it carries no types
import pytest
from playwright.sync_api import expect

from acceptance.sender import SECRET, sign, transaction
from acceptance.server import Server, until
from browser import flows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Route

    from browser.watching import Room

HOSTILE = '"><img src=x onerror="window.pwned=1"><script>window.pwned=1</script>{{7*7}}'
MORE = """
[sources.shop]
path = "/shop"
verify = { scheme = "standard-webhooks", secrets = ["SHOP_SECRET"] }
id = "event_id"
type = "transaction_type"

[sources.lost]
path = "/lost"
verify = { scheme = "standard-webhooks", secrets = ["LOST_SECRET"] }
id = "event_id"
type = "transaction_type"

[sources.tasks]
path = "/tasks"
verify = { scheme = "asana", secrets = ["TASKS_SECRET"] }

[[routes]]
match = { type = ["payment"], data = { amount = [{ prefix = "99" }] } }
queues = ["disputes"]
"""
WRONG = "whsec_" + "Z" * 32
PAYMENTS = 8


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with dead letters on payments, and two sources whose secret is wrong."""
    running = Server(tmp_path_factory.mktemp("subjects"), more=MORE)
    (running.project / ".env").write_text(f"SHOP_SECRET={WRONG}\nLOST_SECRET={WRONG}\n")
    with running:
        with running.sender() as sender:
            for number in range(PAYMENTS):
                body = transaction(f"evt_{number}", amount=f"{number}.50")
                assert sender.post(body, headers=sign(body, delivery=f"m{number}")).status == 202
            for number in range(30):
                forged = transaction(f"forged_{number}", note=HOSTILE)
                headers = {**sign(forged, delivery=f"f{number}", key=b"k" * 24), "X-Note": HOSTILE}
                assert sender.post(forged, headers=headers).status == 401
            for source in ("shop", "lost"):
                genuine = transaction(f"{source}_1")
                assert sender.post(genuine, path=f"/{source}", headers=sign(genuine, delivery=source)).status == 401
        _die(running, PAYMENTS)
        until(lambda: len(running.rows("SELECT id FROM rejected")) >= 32, seconds=30)
        yield running


@pytest.fixture(scope="module")
def address(server: Server) -> str:
    """Where the control room is."""
    return str(server.wait_for("serving")["control_room"])


def queues_of(server: Server) -> Any:  # boto3 has no types here
    """A consumer's client."""
    return boto3.client(
        "sqs",
        endpoint_url=server.wait_for("serving")["admin"],
        region_name="us-east-1",
        aws_access_key_id="any",
        aws_secret_access_key="any",
    )


def _die(server: Server, messages: int) -> None:
    """Receive every payment until it is dead."""
    sqs = queues_of(server)
    url = sqs.get_queue_url(QueueName="payments")["QueueUrl"]
    for _ in range(4 * messages):
        sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0)
    until(lambda: depth(server, "payments-dlq") == messages)


def depth(server: Server, queue: str) -> int:
    """How many messages can be received there."""
    sqs = queues_of(server)
    url = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
    found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])
    return int(found["Attributes"]["ApproximateNumberOfMessages"])


def empty(server: Server, queue: str) -> None:
    """Delete what other tests have left there, as a consumer does: a queue is purged at most once a minute."""
    sqs = queues_of(server)
    url = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
    while found := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        for message in found:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])


def test_a_flood_of_forgeries_is_one_row(room: Room) -> None:
    """Thirty forgeries must not hide the one genuine request whose secret is wrong here."""
    page = room.open("/rejected")

    rows = page.locator("tbody tr")
    expect(rows.filter(has_text="lost")).to_contain_text("The signature does not match")
    forgeries = rows.filter(has_text="transactions").filter(has_text="The signature does not match")
    expect(forgeries).to_have_count(1)
    expect(forgeries).to_contain_text(re.compile(r"\b3\d\b"))


def test_a_rejected_request_is_explained_and_accepted_once_its_secret_is_right(room: Room, server: Server) -> None:
    """The whole path of a missing payment: why it was refused, the fix, and putting it through."""
    page = flows.open_rejected(room, "shop")

    secret = server.project / ".env"
    secret.write_text(secret.read_text().replace(f"SHOP_SECRET={WRONG}", f"SHOP_SECRET={SECRET}"))
    server.signal(signal.SIGHUP)
    server.wait_for("reloaded")
    page.reload()
    flows.retry(page)
    expect(page.locator(".run")).to_contain_text("shop:shop_1 is on payments")
    page.goto("/audit?action=retry")
    expect(page.locator("tbody tr").first).to_contain_text("rejected ")


def test_dead_letters_go_back_by_a_plan_with_a_reason(room: Room, server: Server) -> None:
    """A redrive without a question would be done by accident, and without a reason nobody would understand it a week later."""
    room.expected = ("status of 400",)
    before = depth(server, "payments")
    page = room.open("/queues/payments-dlq")
    expect(page.get_by_role("table").first).to_contain_text("received 3 times and never deleted")
    flows.redrive(page, letters=f"{PAYMENTS} dead letters", most=3, reason="the ledger works again")

    assert depth(server, "payments") == before + 3
    page.locator(".run").get_by_role("link", name="audit log").click()
    row = page.locator("tbody tr").first
    expect(row).to_contain_text("redrive")
    expect(row).to_contain_text("the ledger works again")
    expect(row).to_contain_text("max: 3")


def test_only_letters_that_a_pattern_matches_go_back(room: Room) -> None:
    """One kind of event may be fixed, and another not yet; a pattern with a fault must not mean all of them."""
    page = room.open("/queues/payments/redrive")
    page.get_by_label("Only those that match").fill('{"type": ["refund"]}')
    page.get_by_role("button", name="Update the plan").click()
    expect(page.locator(".notice")).to_contain_text("There is nothing to put back.")
    expect(page.get_by_role("button", name="Put them back")).to_have_count(0)
    page.get_by_label("Only those that match").fill("{type")
    room.expected = ("status of 400",)
    page.get_by_role("button", name="Update the plan").click()
    expect(page.get_by_role("alert")).to_contain_text("the pattern is not JSON")
    expect(page.get_by_role("button", name="Put them back")).to_have_count(0)


def test_a_purge_asks_and_cancel_changes_nothing(room: Room, server: Server) -> None:
    """Messages that are removed are gone."""
    empty(server, "refunds")
    with server.sender() as sender:
        body = transaction("refund_1", kind="refund")
        assert sender.post(body, headers=sign(body, delivery="r1")).status == 202
    page = room.open("/queues/refunds")
    page.get_by_role("link", name="Purge").click()
    expect(page.get_by_role("dialog")).to_contain_text("Remove 1 message for good?")
    page.get_by_role("dialog").get_by_role("link", name="Cancel").click()
    expect(page.get_by_role("dialog")).to_be_hidden()
    assert depth(server, "refunds") == 1
    page.get_by_role("link", name="Purge").click()
    page.get_by_role("dialog").get_by_label("Reason").fill("a test")
    page.get_by_role("dialog").get_by_role("button", name="Remove them").click()

    expect(page.locator(".run")).to_contain_text("Removed 1 message from refunds.")
    assert depth(server, "refunds") == 0


def test_everything_works_without_scripts(room: Room, server: Server) -> None:
    """A page that needs a script cannot be used in a text browser over a serial line, nor when the script is at fault."""
    page = room.open("/queues/disputes", script=False)
    page.get_by_role("link", name="Pause").click()
    expect(page.get_by_role("heading", name="Pause disputes")).to_be_visible()
    page.get_by_label("Reason").fill("without scripts")
    page.get_by_role("button", name="Pause it").click()
    expect(page.locator(".run")).to_contain_text("disputes is paused")
    expect(page.locator(".lead")).to_contain_text("without scripts")
    with server.sender() as sender:
        body = transaction("dispute_1", kind="dispute")
        assert sender.post(body, headers=sign(body, delivery="d1")).status == 202
    sqs = queues_of(server)
    url = sqs.get_queue_url(QueueName="disputes")["QueueUrl"]
    assert "Messages" not in sqs.receive_message(QueueUrl=url)

    page.get_by_role("link", name="Resume").click()
    page.get_by_role("button", name="Resume it").click()
    expect(page.locator(".run")).to_contain_text("disputes is resumed.")
    assert sqs.receive_message(QueueUrl=url)["Messages"]


def test_a_source_is_held_and_its_events_continue_when_it_is_resumed(room: Room, server: Server) -> None:
    """The purpose of a hold: no sender notices it, and no consumer gets the events."""
    empty(server, "refunds")
    page = room.open("/sources/transactions")
    page.get_by_role("link", name="Pause").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Accept events and hold them").check()
    dialog.get_by_role("button", name="Update the plan").click()
    dialog.get_by_label("Reason").fill("the routes change")
    dialog.get_by_role("button", name="Hold its events").click()
    expect(page.locator(".run")).to_contain_text("its events are accepted and held")
    server.wait_for("source paused: its events are accepted and held")
    with server.sender() as sender:
        body = transaction("held_1", kind="refund")
        assert sender.post(body, headers=sign(body, delivery="h1")).status == 202
    page.goto("/sources/transactions")
    expect(page.locator(".notice")).to_contain_text("accepted and held: 1 so far")
    page.get_by_role("link", name="Resume").click()
    page.get_by_role("dialog").get_by_role("button", name="Resume it").click()

    expect(page.locator(".run")).to_contain_text("1 held event goes to their queues first")
    until(lambda: depth(server, "refunds") == 1, seconds=20)


def test_a_reason_that_was_typed_is_kept_when_the_plan_is_updated(room: Room) -> None:
    """Operators type while the request is running; a reason that disappears is typed again, or left shorter."""
    page = room.open("/sources/transactions")
    page.get_by_role("link", name="Pause").click()
    dialog = page.get_by_role("dialog")
    reason = dialog.get_by_label("Reason")
    reason.fill("before")
    asked: list[Route] = []
    page.route(re.compile(r"/pause\?"), lambda route: asked.append(route))  # noqa: PLW0108 -- Playwright marks what it calls
    dialog.get_by_label("Accept events and hold them").check()
    with page.expect_request(re.compile(r"/pause\?")):
        dialog.get_by_role("button", name="Update the plan").click()
    reason.press("End")
    reason.press_sequentially(" and after")
    (update,) = asked
    update.continue_()

    expect(dialog.locator(".plan")).to_contain_text("202 as usual")
    expect(reason).to_have_value("before and after")


def test_only_the_plan_that_is_shown_can_be_agreed_to(room: Room, server: Server) -> None:
    """An operator who ticks "hold" and agrees to the plan that was shown before would have every event answered with 503."""
    page = room.open("/sources/transactions")
    page.get_by_role("link", name="Pause").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Reason").fill("the routes change")
    agree = dialog.locator("form.agree").get_by_role("button")
    expect(agree).to_be_enabled()
    dialog.get_by_label("Accept events and hold them").check()

    expect(agree).to_be_disabled()
    outdated = dialog.get_by_text("The options were changed: update the plan first.")
    expect(outdated).to_be_visible()
    dialog.get_by_label("Reason").press("Enter")
    with server.sender() as sender:
        body = transaction("not_paused", kind="payment")
        assert sender.post(body, headers=sign(body, delivery="n1")).status == 202
    dialog.get_by_role("button", name="Update the plan").click()
    expect(agree).to_be_enabled()
    expect(agree).to_have_text("Hold its events")
    expect(outdated).to_be_hidden()


def test_the_reason_of_a_cancelled_dialog_is_in_no_other_dialog(room: Room) -> None:
    """It would be stored in the audit log as the reason for another action."""
    page = room.open("/queues/disputes")
    for leave in ("Cancel", "Escape"):
        page.get_by_role("link", name="Pause").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("Reason").fill("of a pause")
        if leave == "Cancel":
            dialog.get_by_role("link", name=leave).click()
        else:
            page.keyboard.press(leave)
        expect(dialog).to_be_hidden()
    page.get_by_role("link", name="Pause").click()

    expect(page.get_by_role("dialog").get_by_label("Reason")).to_have_value("")


def test_arming_shows_the_address_once_and_counts_down(room: Room) -> None:
    """The token in the address lets its holder bring the secret: it is for the one who armed the source."""
    page = room.open("/sources/tasks")
    page.get_by_role("link", name="Arm").click()
    page.get_by_role("dialog").get_by_label("Reason").fill("a new webhook")
    page.get_by_role("dialog").get_by_role("button", name="Arm it").click()

    expect(page.locator(".run code").first).to_contain_text(re.compile(r"/tasks\?.*token=|/tasks\?"))
    expect(page.locator("[data-countdown]")).to_have_text(re.compile(r"within (09:\d\d|10:00)"))
    page.goto("/sources/tasks")
    expect(page.locator("body")).not_to_contain_text("token=")


def test_an_event_is_tried_against_the_routes(room: Room) -> None:
    """Whether a changed rule does what is meant should be seen before the next payment comes."""
    page = room.open("/routes")
    expect(page.get_by_role("img", name="Sources, rules and queues")).to_be_visible()
    page.get_by_label("Body").fill(transaction("tried", amount="99.10").decode())
    page.get_by_role("button", name="Try it").click()

    expect(page.get_by_role("heading", name="A payment event goes to payments, disputes")).to_be_visible()
    rules = page.locator(".rules li")
    expect(rules.nth(1)).to_contain_text('type is "payment", wanted "refund"')
    expect(rules.nth(3)).to_contain_text('data.amount is "99.10", which begins with "99"')
    page.get_by_label("Body").fill("{")
    page.get_by_role("button", name="Try it").click()
    expect(page.get_by_role("alert")).to_contain_text("This body would be refused")


def test_the_tail_shows_events_and_refused_calls_as_they_come(room: Room, server: Server) -> None:
    """A person who asks a sender to "try again now" watches this page."""
    page = room.open("/tail")
    expect(page.locator("#tail-state")).to_have_text("live")
    with server.sender() as sender:
        body = transaction("seen_live", note=HOSTILE)
        assert sender.post(body, headers=sign(body, delivery="l1")).status == 202
        assert sender.post(body, headers=sign(body, delivery="l2", key=b"z" * 24)).status == 401

    row = page.locator("#tail tbody tr").filter(has_text="transactions:seen_live")
    expect(row.first).to_contain_text("payments")
    expect(page.locator("#tail tbody tr").filter(has_text="signature_mismatch").first).to_be_visible()
    page.get_by_role("button", name="Hold").click()
    with server.sender() as sender:
        body = transaction("while_held")
        assert sender.post(body, headers=sign(body, delivery="l3")).status == 202
    time.sleep(1.5)
    expect(page.locator("#tail")).not_to_contain_text("while_held")
    page.get_by_role("button", name="Hold").click()
    expect(page.locator("#tail")).to_contain_text("while_held")


def test_what_a_sender_wrote_stays_text(room: Room, server: Server) -> None:
    """A forged request is shown byte for byte to somebody who may redrive and purge."""
    (newest,) = server.rows(
        "SELECT max(id) FROM rejected WHERE source = 'transactions' AND code = 'signature_mismatch'"
    )[0]
    hostile = transaction(HOSTILE, kind="payment")
    with server.sender() as sender:
        assert sender.post(hostile, headers=sign(hostile, delivery="hostile")).status in (202, 400)
    for path in (f"/rejected/{newest}", "/rejected", "/queues/payments", "/audit", "/tail", "/sources"):
        page = room.open(path)
        page.wait_for_load_state()
        assert page.evaluate("window.pwned") is None
        assert page.locator("img").count() == 0
    page = room.open("/rejected?source=transactions&code=signature_mismatch")
    page.locator("tbody a.row").nth(3).click()
    expect(page.locator(".facts")).to_contain_text("onerror")
