"""The pages of the control room in a real browser, over a real server: what a person finds there, and with what they can work."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from acceptance.sender import sign, transaction
from acceptance.server import Server
from browser import flows
from hookline.config import load
from hookline.dashboard.pages.page import NAVIGATION
from hookline.demo.aftermath import leave_traces

if TYPE_CHECKING:
    from collections.abc import Iterator

    from browser.watching import Room

HOSTILE = '"><img src=x onerror="window.pwned=1"><script>window.pwned=1</script>{{7*7}}\u202e'
OPEN = """
[sources.open]
path = "/open"
verify = { scheme = "none" }
id = "id"
type = "type"
"""
PAYMENTS = 60


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that has seen a day: payments, disputes that died, a conflict, rejections, and a hostile sender."""
    with Server(tmp_path_factory.mktemp("pages"), more=OPEN) as running:
        with running.sender() as sender:
            for number in range(PAYMENTS):
                body = transaction(f"evt_{number}", amount=f"{number}.50", reference=f"order-{number}")
                assert sender.post(body, headers=sign(body, delivery=f"m{number}")).status == 202
            for number in range(4):
                body = transaction(f"dispute_{number}", kind="dispute", amount="99.99")
                assert sender.post(body, headers=sign(body, delivery=f"d{number}")).status == 202
            assert sender.post(transaction("evt_7", amount="0.01", reference="order-7")).status == 409
            assert sender.post(transaction("evt_x"), headers=sign(b"other")).status == 401
            hostile = json.dumps({"id": HOSTILE, "type": HOSTILE, "amount": HOSTILE, HOSTILE: [HOSTILE]}).encode()
            headers = {"Content-Type": "application/json", "Content-Language": HOSTILE.replace("\u202e", "")}
            assert sender.post(hostile, path="/open", headers=headers).status == 202
            forged = {**headers, "webhook-id": HOSTILE.replace("\u202e", ""), "X-Hostile": "<script>alert(1)</script>"}
            assert sender.post(hostile, headers=forged).status == 401
        leave_traces(running.data_dir, load(running.project / "hookline.toml"))
        yield running


@pytest.fixture(scope="module")
def address(server: Server) -> str:
    """Where the log says that the control room is."""
    return str(server.wait_for("serving")["control_room"])


def test_a_missing_payment_is_found_by_its_amount(room: Room) -> None:
    """A customer names an amount and nothing else. The page answers: it came, it was genuine, where it is, and why."""
    page = flows.find_by_amount(room, "33.5", "evt_33")

    expect(page.locator("#body-pretty")).to_contain_text('"amount": "33.50"')


def test_the_address_is_the_view(room: Room) -> None:
    """A colleague who gets the address of a result sees the same."""
    page = room.open("/events")
    page.get_by_label("Amount").fill("99.99")
    page.get_by_label("Type").fill("dispute")
    page.get_by_role("button", name="Find").click()
    page.wait_for_url(re.compile("amount="))
    again = room.open(page.url)

    assert page.url.endswith("/events?amount=99.99&type=dispute")
    expect(again.locator("a.row")).to_have_count(4)
    again.get_by_label("Remove the filter amount").click()
    expect(again).to_have_url(re.compile(r"/events\?type=dispute$"))


def test_a_whole_id_is_found_immediately(room: Room) -> None:
    """The sender's own log has the delivery id, without the source before it."""
    page = room.open("/events?id=evt_12")

    expect(page.locator("a.row")).to_have_count(1)
    expect(page.locator("a.row")).to_have_text("evt_12")


def test_where_a_message_is_and_why_it_died_is_on_the_page(room: Room) -> None:
    """The overview leads to the event that died, and the event's page says on which queue and why."""
    page = room.open("/")
    expect(page.locator(".verdict h2")).to_contain_text("dead letter")
    page.get_by_role("link", name=re.compile("dispute_")).first.click()

    row = page.get_by_role("row").filter(has_text="disputes-dlq")
    expect(row).to_contain_text("dead")
    expect(row).to_contain_text("3\u00d7")
    expect(page.locator(".timeline")).to_contain_text("Moved to disputes-dlq")


def test_a_second_body_is_next_to_the_first(room: Room) -> None:
    """Which of the two amounts is right is decided by a person, who has to see what differs."""
    page = room.open("/events/transactions:evt_7")

    expect(page.locator(".diff .removed")).to_have_text('  "amount": "7.50",')
    expect(page.locator(".diff .added")).to_have_text('  "amount": "0.01",')


def test_the_body_is_shown_as_text_and_as_bytes(room: Room) -> None:
    """What cannot be seen in text can be seen in bytes; arrows move between the two."""
    page = room.open("/events/transactions:evt_1")
    page.get_by_role("tab", name="Pretty").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#body-raw")).to_contain_text('{"event_id": "evt_1"')
    page.keyboard.press("End")

    expect(page.locator("#body-hex")).to_contain_text("00000000  7b 22 65 76 65 6e 74 5f  69 64")
    expect(page.locator("#body-raw")).to_be_hidden()


def test_older_events_come_when_the_end_of_the_list_is_seen(room: Room) -> None:
    """A list of a million events has no pages to turn."""
    page = room.open("/events")
    expect(page.locator("a.row")).to_have_count(50)
    page.locator("#next").scroll_into_view_if_needed()

    expect(page.locator("a.row")).to_have_count(PAYMENTS + 5)
    expect(page.get_by_text("That was the oldest one.")).to_be_visible()


def test_without_scripts_pages_can_be_read_and_turned(room: Room) -> None:
    """A page must say what it knows even where a browser runs nothing."""
    page = room.open("/events", script=False)
    page.get_by_role("link", name="Show older events").click()

    expect(page.get_by_text("That was the oldest one.")).to_be_visible()


def test_everything_can_be_reached_with_the_keyboard(room: Room) -> None:
    """Some people have no pointer, and those who have one are faster without."""
    page = room.open("/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("g")
    page.keyboard.press("e")
    page.wait_for_url("**/events")
    page.keyboard.press("/")
    page.keyboard.type("evt_3")
    page.keyboard.press("Enter")
    page.wait_for_url("**/events?id=evt_3")
    page.keyboard.press("j")
    expect(page.locator("a.row").first).to_be_focused()
    page.keyboard.press("Enter")

    page.wait_for_url("**/events/transactions:evt_3")


def test_every_tab_is_a_page(room: Room) -> None:
    """Each page leads to all others."""
    page = room.open("/")
    addresses = [link.get_attribute("href") for link in page.locator(".nav a").all()]

    assert addresses == [tab.path for tab in NAVIGATION]


def test_the_chosen_colours_stay(room: Room) -> None:
    """A person who works at night chooses once."""
    page = room.open("/", dark=False)
    page.get_by_role("button", name="Dark colours").click()
    page.goto("/events")

    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    expect(page.get_by_role("button", name="Dark colours")).to_have_attribute("aria-pressed", "true")


def test_charts_are_drawn_of_what_was_sampled(room: Room) -> None:
    """The first sample comes five seconds after the start, and the page fetches it on its own."""
    page = room.open("/")

    expect(page.locator('[data-chart="depth"] canvas')).to_be_visible()
    expect(page.locator('[data-chart="depth"] .legend')).to_contain_text("disputes")


def test_what_a_sender_writes_stays_text(room: Room) -> None:
    """The page runs with the rights of an operator: a sender's script in it could replay, redrive and read everything."""
    page = room.open("/events?source=open")
    expect(page.locator("a.row")).to_have_count(1)
    shown = page.locator("#rows").inner_text()
    page.locator("a.row").click()
    page.get_by_role("tab", name="Raw").click()
    page.goto("/")
    page.goto(f"/events?{'&'.join(f'{name}={HOSTILE}' for name in ('id', 'reference', 'amount', 'type'))}")

    assert "<script>window.pwned=1</script>" in shown
    assert page.evaluate("window.pwned") is None
    assert page.locator("main script, main img").count() == 0
