"""The rights to look and to act: what a viewer finds on the pages of queues, sources and rejected requests."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from acceptance.people import users
from acceptance.sender import sign, transaction
from acceptance.server import Server
from browser.watching import logged_in
from hookline.dashboard.api.table import OPERATIONS
from hookline.dashboard.pages.action_routes import ACTIONS
from hookline.domain.access import Right

if TYPE_CHECKING:
    from collections.abc import Iterator

    from browser.watching import Room


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with a viewer and an operator, a payment and a rejected request."""
    with Server(tmp_path_factory.mktemp("roles"), more=users(vera="viewer", otto="operator")) as running:
        with running.sender() as sender:
            body = transaction("evt_1")
            assert sender.post(body, headers=sign(body)).status == 202
            assert sender.post(body, headers=sign(body, delivery="x", key=b"k" * 24)).status == 401
        yield running


@pytest.fixture(scope="module")
def address(server: Server) -> str:
    """Where the control room is."""
    return str(server.wait_for("serving")["control_room"])


ACTION = re.compile(r"^(Redrive|Purge|Pause|Resume|Retry|Replay|Arm)\b")
EXAMPLES = {
    "{queue}": "payments",
    "{source}": "transactions",
    "{number:int}": "1",
    "{number}": "1",
    "{event_id:path}": "transactions:evt_1",
    "{event_id}": "transactions:evt_1",
}
PAGES = (
    "/",
    "/events",
    "/events/transactions:evt_1",
    "/rejected",
    "/rejected/1",
    "/queues",
    "/queues/payments",
    "/queues/payments-dlq",
    "/sources",
    "/sources/transactions",
    "/routes",
    "/audit",
    "/tail",
)
SEND = """async ([path, method, type]) => {
    const token = JSON.parse(document.body.getAttribute("hx-headers"));
    const words = {reason: "because", csrf_token: token["X-CSRF-Token"]};
    const body = method === "GET" ? undefined : type.endsWith("json") ? JSON.stringify(words) : new URLSearchParams(words);
    const headers = body ? {...token, "Content-Type": type} : {};
    const answer = await fetch(path, {method, body, headers, redirect: "manual"});
    return [answer.status, await answer.text()];
}"""


def filled(path: str) -> str:
    """The path of a route with examples in the place of its parameters."""
    for name, value in EXAMPLES.items():
        path = path.replace(name, value)
    return path


def test_a_viewer_sees_no_actions(room: Room) -> None:
    """The page does not offer actions that a viewer may not do; an operator finds them on the same pages."""
    found: dict[str, set[str]] = {}
    for name in ("vera", "otto"):
        page = logged_in(room, name)
        found[name] = set()
        for path in PAGES:
            page.goto(path)
            buttons = [one.inner_text().strip() for one in page.locator("main a.button, main button, .nav a").all()]
            found[name] |= {text for text in buttons if ACTION.match(text)}

    assert found["vera"] == set()
    assert {"Replay", "Pause", "Purge", "Retry"} <= found["otto"]


def test_a_viewer_is_refused_every_action(room: Room) -> None:
    """A button that is only hidden is no protection: each address behind one refuses too, with its code, and says no more."""
    room.expected = ("status of 403",)
    page = logged_in(room, "vera")
    calls = [
        (filled(path), method, "application/x-www-form-urlencoded") for path in ACTIONS for method in ("GET", "POST")
    ]
    calls += [(filled(one.path), one.method, "application/json") for one in OPERATIONS if one.right is Right.OPERATE]
    assert len(calls) > len(ACTIONS) * 3

    for call in calls:
        status, text = page.evaluate(SEND, list(call))
        assert (status, "access_denied" in text, "Traceback" in text) == (403, True, False), (call, text[:300])
    page.goto("/queues/payments")
    expect(page.locator(".stats")).to_contain_text("1")


def test_an_operator_acts_under_the_own_name(room: Room) -> None:
    """The audit log helps only when it names the person."""
    page = logged_in(room, "otto")
    page.goto("/queues/payments")
    page.get_by_role("link", name="Pause").click()
    page.get_by_role("dialog").get_by_label("Reason").fill("a look")
    page.get_by_role("dialog").get_by_role("button", name="Pause it").click()
    expect(page.locator(".run")).to_contain_text("payments is paused")

    page.goto("/audit")
    expect(page.locator("tbody tr").first).to_contain_text("user:otto")


def test_a_form_without_its_token_is_refused(room: Room) -> None:
    """A page of another site could send the form, but cannot read the token."""
    room.expected = ("status of 403",)
    page = logged_in(room, "otto")
    page.goto("/queues/payments")
    answer = page.evaluate(
        """async () => {
            const body = new URLSearchParams({reason: "because"});
            return (await fetch("/queues/payments/purge", {method: "POST", body, redirect: "manual"})).status;
        }"""
    )

    assert answer == 403
