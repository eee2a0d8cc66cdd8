"""Fields that a source masks: a viewer finds them nowhere, an operator finds them where they are needed."""

from __future__ import annotations

import hashlib
import json
import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from acceptance.people import users
from acceptance.sender import sign, transaction
from acceptance.server import Server, until
from browser.watching import logged_in
from hookline.runtimes.embedded.wiring.commands import open_home

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

    from browser.watching import Room

MAIL, OTHER_MAIL = "ada.lovelace@example.com", "grace.hopper@example.com"
AMOUNT = "4711.17"
LIVE_MAIL, LIVE_AMOUNT = "emmy.noether@example.com", "1729.42"
TOKEN = "a-token-that-lets-in"
FIRST = transaction("evt_1", kind="dispute", amount=AMOUNT, customer={"email": MAIL, "name": "Ada"})
SECOND = transaction("evt_1", kind="dispute", amount=AMOUNT, customer={"email": OTHER_MAIL, "name": "Ada"})
HIDDEN = (MAIL, OTHER_MAIL, AMOUNT, TOKEN, *(hashlib.sha256(body).hexdigest() for body in (FIRST, SECOND)))
ROUTE = """
[[routes]]
match = { type = ["dispute"], data = { amount = [{ prefix = "47" }] } }
queues = ["refunds"]
"""
PAGES = (
    "/",
    "/events",
    "/events?id=evt_1",
    "/events/transactions:evt_1",
    "/rejected",
    "/rejected?source=transactions&code=signature_mismatch",
    "/rejected/1",
    "/queues",
    "/queues/disputes-dlq",
    "/queues/refunds",
    "/sources/transactions",
    "/routes",
    "/audit",
    "/tail",
)
ANSWERS = (
    "/api/events",
    "/api/events/transactions%3Aevt_1",
    "/api/events/transactions%3Aevt_1/story",
    "/api/events.jsonl",
    "/api/events.csv",
    "/api/rejected",
    "/api/rejected/1",
    "/api/queues/disputes-dlq",
    "/api/queues/disputes-dlq/messages",
    "/api/queues/refunds/messages",
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A conflict, a dead letter whose consumer repeated a masked field, and a rejected request with a token in it."""
    running = Server(tmp_path_factory.mktemp("masked"), more=users(vera="viewer", otto="operator") + ROUTE)
    toml = running.project / "hookline.toml"
    mask = '[sources.transactions]\nmask = ["customer.email", "amount"]\n'
    toml.write_text(toml.read_text().replace("[sources.transactions]\n", mask, 1))
    with running:
        with running.sender() as sender:
            assert sender.post(FIRST, headers=sign(FIRST)).status == 202
            assert sender.post(SECOND, headers=sign(SECOND)).status == 409
            forged = {**sign(FIRST, delivery="x", key=b"k" * 24), "Authorization": f"Bearer {TOKEN}"}
            assert sender.post(FIRST, path=f"/webhook?token={TOKEN}", headers=forged).status == 401
        until(lambda: running.rows("SELECT id FROM rejected"), seconds=30)
        with open_home(running.data_dir, event_retention=timedelta(days=30)) as home:
            for _ in range(3):
                (one,) = home.queues.receive("disputes", visibility_timeout=timedelta(minutes=5))
                home.queues.failed("disputes", one.receipt, reason=f"no account for {MAIL}")
                home.queues.extend("disputes", [one.receipt], visibility_timeout=timedelta())
            assert home.queues.receive("disputes", visibility_timeout=timedelta()) == []
        yield running


@pytest.fixture(scope="module")
def address(server: Server) -> str:
    """Where the control room is."""
    return str(server.wait_for("serving")["control_room"])


def shown(page: Page, path: str) -> str:
    """What the server answers there to this person."""
    answer = page.request.get(path)
    assert answer.status == 200, (path, answer.text())
    return answer.text()


def bytes_on(page: Page) -> bytes:
    """The bytes that the hex view shows."""
    lines = (page.locator("#body-hex").text_content() or "").splitlines()
    return bytes.fromhex("".join(re.sub(r"\s", "", line[8:60].partition("|")[0]) for line in lines))


def test_a_viewer_finds_what_is_masked_on_no_page_and_in_no_answer(room: Room) -> None:
    """One page that was forgotten gives away what all others hide. An operator finds it, so the search can find it."""
    vera, otto = logged_in(room, "vera"), logged_in(room, "otto")
    seen = {path: shown(vera, path) for path in (*PAGES, *ANSWERS)}
    known = {path: shown(otto, path) for path in (*PAGES, *ANSWERS)}

    assert [(path, word) for path, text in seen.items() for word in HIDDEN if word in text] == []
    assert {word for word in HIDDEN if any(word in text for text in known.values())} == set(HIDDEN)
    for path in ("/events/transactions:evt_1", "/rejected/1", "/queues/disputes-dlq", *ANSWERS[1:4]):
        assert MAIL in known[path], path


def test_a_viewer_sees_that_something_is_masked(room: Room) -> None:
    """An empty field would be taken for what the sender sent."""
    page = logged_in(room, "vera")
    page.goto("/events/transactions:evt_1")

    expect(page.locator("#body-pretty")).to_contain_text('"email": "[masked]"')
    expect(page.locator("#body-pretty")).to_contain_text('"name": "Ada"')
    page.get_by_role("tab", name="Hex").click()
    assert json.loads(bytes_on(page))["customer"] == {"email": "[masked]", "name": "Ada"}
    expect(page.locator(".diff .removed, .diff .added")).to_have_count(0)  # both bodies differ in what is hidden
    expect(page.get_by_text("fields that are hidden from you")).to_be_visible()
    page.goto("/rejected/1")
    expect(page.locator(".verdict")).to_contain_text("parts of it are hidden from you")
    page.goto("/queues/disputes-dlq")
    expect(page.get_by_role("table").first).to_contain_text("[masked]")


def test_an_operator_sees_the_bytes(room: Room) -> None:
    """The test above looks for masked fields: these views show that they are there without the mask."""
    page = logged_in(room, "otto")
    page.goto("/events/transactions:evt_1")
    page.get_by_role("tab", name="Hex").click()

    assert bytes_on(page) == FIRST
    expect(page.locator(".diff .removed")).to_contain_text(MAIL)


@pytest.mark.parametrize("query", [f"amount={AMOUNT}", "text=ada.lovelace&since=1h", f"text={AMOUNT}&since=1h"])
def test_a_filter_does_not_confirm_a_guess(room: Room, query: str) -> None:
    """A user who may guess and see whether the list is empty reads a masked field, a digit at a time."""
    for name, rows in (("otto", 1), ("vera", 0)):
        page = logged_in(room, name)
        page.goto(f"/events?{query}")
        expect(page.locator("a.row")).to_have_count(rows)
        assert len(json.loads(shown(page, f"/api/events?{query}"))["events"]) == rows
        assert len(shown(page, f"/api/events.jsonl?{query}").splitlines()) == rows
        assert len(shown(page, f"/api/events.csv?{query}").splitlines()) == rows + 1


def test_the_live_tail_shows_a_viewer_nothing_that_is_masked(room: Room, server: Server) -> None:
    """The live tail must not show what the event's page hides."""
    page = logged_in(room, "vera")
    page.goto("/tail")
    expect(page.locator("#tail-state")).to_have_text("live")
    body = transaction("evt_live", amount=LIVE_AMOUNT, customer={"email": LIVE_MAIL})
    with (
        page.expect_response(lambda answer: "watch=" in answer.url and "evt_live" in answer.text()) as polled,
        server.sender() as sender,
    ):
        assert sender.post(body, headers=sign(body, delivery="live")).status == 202

    expect(page.locator("#tail")).to_contain_text("evt_live")
    masked = (LIVE_MAIL, LIVE_AMOUNT, *HIDDEN)
    assert not [word for word in masked if word in polled.value.text() or word in page.content()]
