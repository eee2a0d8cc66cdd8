"""The pages of ``hookline dashboard --target aws:ENV`` in a real browser, over a system that is deployed to an emulator of AWS."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from acceptance.sender import SECRET, sign, transaction
from acceptance.server import until
from browser import flows
from browser.watching import NARROW, Room, expect
from e2e.deployed import ENVIRONMENT, deployed, package
from processes import start_process

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

    from e2e.deployed import Deployed, Project

SHOP = """
[sources.shop]
path = "/shop"
verify = { scheme = "standard-webhooks", secrets = ["SHOP_SECRET"] }
id = "event_id"
type = "transaction_type"
"""
WRONG = "whsec_" + "Z" * 32
PAYMENTS = 6
DEAD = 3
PAGES = (
    "/",
    "/events",
    "/queues",
    "/queues/payments-dlq",
    "/rejected",
    "/sources",
    "/sources/shop",
    "/routes",
    "/audit",
)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The example project with a second source, packaged."""
    return package(tmp_path_factory.mktemp("pages-on-aws"), more=SHOP)


@pytest.fixture(scope="module")
def stack(project: Project) -> Iterator[Deployed]:
    """A system that has seen payments, some of which are dead letters, and a request that was refused for a wrong secret."""
    with deployed(project, secrets={"SHOP_SECRET": WRONG}) as running:
        for number in range(DEAD):
            body = transaction(f"dead_{number}", amount=f"{number}.10")
            assert running.post(body, headers=sign(body, delivery=f"d{number}")).status == 202
        running.settle(seconds=120)
        _die(running, DEAD)
        for number in range(PAYMENTS):
            body = transaction(f"evt_{number}", amount=f"{number}.50")
            assert running.post(body, headers=sign(body, delivery=f"m{number}")).status == 202
        refused = transaction("shop_1")
        assert running.post(refused, path="/shop", headers=sign(refused, delivery="s1")).status == 401
        running.settle(seconds=120)
        yield running


@pytest.fixture(scope="module")
def address(stack: Deployed, project: Project) -> Iterator[str]:
    """The address of one control room for all tests."""
    with _dashboard(stack, project) as printed:
        yield printed


@contextmanager
def _dashboard(stack: Deployed, project: Project) -> Iterator[str]:
    """What ``hookline dashboard`` prints: the address with its token."""
    arguments = ["--target", f"aws:{ENVIRONMENT}", "--port", "0", "--config", str(project.toml)]
    arguments += ["--api-endpoint", stack.outputs["api_endpoint"]]
    credentials = {
        "AWS_ACCESS_KEY_ID": stack.emulator.account,
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": stack.emulator.region,
        "AWS_ENDPOINT_URL": stack.emulator.endpoint,
    }
    process = start_process(
        [sys.executable, "-u", "-m", "hookline", "dashboard", *arguments],
        env={**os.environ, **credentials},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    try:
        found = re.search(r"http://\S+", process.stdout.readline())
        assert found
        yield found[0]
    finally:
        process.terminate()
        process.wait(timeout=30)
        process.stdout.close()


def _die(stack: Deployed, messages: int) -> None:
    """Receive every payment until it is dead."""
    sqs, url = stack.client("sqs"), stack.queue_url("payments")
    for _ in range(4 * messages):
        sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0)
    until(lambda: len(stack.standing("payments-dlq")) == messages, seconds=60)


@pytest.fixture(scope="module")
def letters(stack: Deployed) -> list[str]:
    """The messages of the dead letters."""
    return [one["Body"] for one in stack.emulator.standing(stack.queue_name("payments-dlq"))]


@pytest.fixture
def _dead(stack: Deployed, letters: list[str]) -> None:
    """Exactly these dead letters, whatever another test did with them."""
    sqs, url = stack.client("sqs"), stack.queue_url("payments-dlq")
    sqs.purge_queue(QueueUrl=url)
    for letter in letters:
        sqs.send_message(QueueUrl=url, MessageBody=letter)


def test_a_missing_payment_is_found_by_its_amount_and_the_page_says_what_aws_knows(room: Room) -> None:
    """It came, it was genuine, and it was put on its queue. SQS does not say what happened to it there, and the page must not guess."""
    page = flows.find_by_amount(room, "3.5", "evt_3", since="1h")

    row = page.get_by_role("row").filter(has_text="payments").filter(has_text="sent")
    expect(row).to_contain_text("sent there; its later state is not known here")
    expect(row).to_contain_text("not known here")
    expect(page.locator(".timeline")).to_contain_text("Put on payments")
    expect(page.get_by_text("SQS does not say where a single message is")).to_be_visible()


@pytest.mark.usefixtures("_dead")
def test_no_message_is_received_before_an_operator_asks_for_a_look(
    stack: Deployed, project: Project, browser: Browser
) -> None:
    """On SQS a look is a receive: a page that is only opened must not count one."""
    with _dashboard(stack, project) as address:
        room = Room.at(address, browser)
        page = room.open("/queues/payments-dlq")
        expect(page.get_by_text("On AWS each look is a receive")).to_be_visible()
        page.goto("/")
        expect(page.get_by_text("On SQS, looking at a message is a receive.")).to_be_visible()
        room.close()

    assert [one["ReceiveCount"] for one in stack.emulator.standing(stack.queue_name("payments-dlq"))] == [0] * DEAD


@pytest.mark.usefixtures("_dead")
def test_a_dead_letter_that_was_looked_at_is_known_on_its_events_page(room: Room) -> None:
    """Only a look shows which of the dead letters belong to an event: so the result of a look is remembered."""
    page = room.open("/queues/payments-dlq")
    page.get_by_role("link", name=re.compile("Look at up to")).click()
    page.get_by_role("link", name="transactions:dead_1").click()
    row = page.get_by_role("row").filter(has_text="payments-dlq")
    expect(row).to_contain_text("dead")
    expect(row).to_contain_text("seen there")
    expect(page.locator(".timeline")).to_contain_text("Seen as a dead letter on payments-dlq")
    page.goto("/")

    expect(page.locator("#last")).to_contain_text("dead_1")
    expect(page.locator(".verdict h2")).to_contain_text(f"{DEAD} dead letters on payments-dlq")


def test_the_counts_of_the_table_are_on_the_overview(room: Room) -> None:
    """An index counts what waits, has failed or is held; CloudWatch counts accepted and rejected requests, with their time."""
    page = room.open("/")

    expect(page.locator(".stat").filter(has_text="Not on their queues")).to_contain_text("0 wait; none failed; 0 held")
    expect(page.locator(".stat").filter(has_text="Accepted")).to_contain_text("until")


def test_the_url_of_each_source_is_shown(room: Room, stack: Deployed) -> None:
    """An operator has to paste it at the sender, and nobody remembers it."""
    page = room.open("/sources/transactions")

    expect(page.locator("main")).to_contain_text(stack.outputs["api_endpoint"])
    page.goto("/sources/shop")
    expect(page.locator("main")).to_contain_text(stack.outputs["api_endpoint"].removesuffix("/webhook") + "/shop")


def test_a_rejected_request_is_explained_and_accepted_once_its_secret_is_right(room: Room, stack: Deployed) -> None:
    """The whole path of a missing payment: why it was refused, the fix, and putting it through."""
    page = flows.open_rejected(room, "shop")
    stack.set_secret("SHOP_SECRET", SECRET)
    page.reload()
    flows.retry(page, reason="the secret is right now")
    stack.settle(seconds=120)

    assert stack.standing("payments", of="shop:") == ["shop:shop_1"]
    flows.expect_audited(page, "retry", "rejected ", "the secret is right now")


@pytest.mark.usefixtures("_dead")
def test_dead_letters_go_back_by_a_plan_with_a_reason(room: Room, stack: Deployed) -> None:
    """Each is sent again and then deleted; the person and the reason are recorded before."""
    page = room.open("/queues/payments-dlq")
    flows.redrive(page, letters=f"{DEAD} dead letters", most=DEAD - 1, reason="the ledger works again")

    assert len(stack.standing("payments", of="transactions:dead_")) == DEAD - 1
    assert len(stack.standing("payments-dlq")) == 1
    flows.expect_audited(page, "redrive", "the ledger works again", f"max: {DEAD - 1}")


def test_a_purge_asks_and_needs_a_reason(room: Room, stack: Deployed) -> None:
    """Messages that are removed are gone."""
    body = transaction("refund_1", kind="refund")
    assert stack.post(body, headers=sign(body, delivery="r1")).status == 202
    stack.settle(seconds=120)
    page = room.open("/queues/refunds")
    flows.purge(page, question="Remove 1 message for good?", reason="a test")
    expect(page.locator(".run")).to_contain_text("refunds")
    until(lambda: stack.standing("refunds") == [], seconds=60)

    flows.expect_audited(page, "purge", "refunds", "a test")


def test_an_event_is_replayed_with_a_reason(room: Room, stack: Deployed) -> None:
    """The router that is deployed puts it through again; the message has the same event id."""
    page = room.open("/events/transactions:evt_5")
    page.locator("#content").get_by_role("link", name="Replay").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.locator(".plan")).to_contain_text("payments")
    expect(dialog).to_contain_text("It was delivered before: its consumers get it again.")
    dialog.get_by_label("Reason").fill("the consumer lost it")
    dialog.get_by_role("button", name="Replay it").click()
    expect(page.locator(".run")).to_contain_text("Replayed")
    stack.settle(seconds=120)

    assert stack.standing("payments", of="transactions:evt_5") == ["transactions:evt_5"] * 2
    flows.expect_audited(page, "replay", "transactions:evt_5", "the consumer lost it")


def test_a_queue_is_paused_and_resumed(room: Room) -> None:
    """An operator who may not stop a harmful consumer's process can stop the consumer immediately."""
    page = room.open("/queues/disputes")
    page.get_by_role("link", name="Pause").click()
    page.get_by_role("dialog").get_by_label("Reason").fill("a wrong ledger")
    page.get_by_role("dialog").get_by_role("button", name="Pause it").click()
    expect(page.locator(".run")).to_contain_text("disputes is paused")
    expect(page.locator(".lead")).to_contain_text("a wrong ledger")
    flows.expect_audited(page, "pause", "disputes", "a wrong ledger")
    page.goto("/queues/disputes")
    page.get_by_role("link", name="Resume").click()
    page.get_by_role("dialog").get_by_role("button", name="Resume it").click()

    expect(page.locator(".run")).to_contain_text("disputes is resumed.")


def test_a_form_without_its_token_is_refused(room: Room, stack: Deployed) -> None:
    """A page of another site could send the form with the operator's cookie, and act with the operator's credentials."""
    room.expected = ("status of 403",)
    page = room.open("/queues/payments")
    before = len(stack.standing("payments"))
    answer = page.evaluate(
        """async () => {
            const body = new URLSearchParams({reason: "because"});
            return (await fetch("/queues/payments/purge", {method: "POST", body, redirect: "manual"})).status;
        }"""
    )

    assert answer == 403
    assert len(stack.standing("payments")) == before > 0


def test_an_event_is_tried_against_the_routes(room: Room) -> None:
    """Whether a changed rule does what is meant should be seen before it is deployed."""
    page = room.open("/routes")
    page.get_by_label("Body").fill(transaction("tried", amount="9.10").decode())
    page.get_by_role("button", name="Try it").click()

    expect(page.get_by_role("heading", name="A payment event goes to payments")).to_be_visible()


@pytest.mark.parametrize("path", PAGES)
def test_nothing_is_wider_than_a_phone(room: Room, path: str) -> None:
    """An operator who is called at night looks at a phone first, at this home too."""
    page = room.open(path, size=NARROW)

    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW[0]
