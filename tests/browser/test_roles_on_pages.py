"""Who may look and who may act: what a viewer finds on the pages of queues, sources and rejected requests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from acceptance.sender import sign, transaction
from acceptance.server import Server
from hookline.domain.password_hash import PasswordHash

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

    from browser.watching import Room

PASSWORD = "correct horse battery staple"


def _user(name: str, role: str) -> str:
    hashed = PasswordHash.of(PASSWORD, name.encode() * 8, ln=14)
    return f'[[users]]\nname = "{name}"\npassword_hash = "{hashed}"\nrole = "{role}"\n'


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with a viewer and an operator, a payment and a rejected request."""
    more = "\n".join([_user("vera", "viewer"), _user("otto", "operator")])
    with Server(tmp_path_factory.mktemp("roles"), more=more) as running:
        with running.sender() as sender:
            body = transaction("evt_1")
            assert sender.post(body, headers=sign(body)).status == 202
            assert sender.post(body, headers=sign(body, delivery="x", key=b"k" * 24)).status == 401
        yield running


@pytest.fixture(scope="module")
def address(server: Server) -> str:
    """Where the control room is."""
    return str(server.wait_for("serving")["control_room"])


def logged_in(room: Room, name: str) -> Page:
    """A page of somebody who has just logged in."""
    page = room.open("/login")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(lambda url: "/login" not in url)
    return page


def test_a_viewer_sees_no_actions_and_is_refused_them(room: Room) -> None:
    """A button that is only hidden is no protection: the address behind it must refuse too."""
    room.expected = ("status of 403",)
    page = logged_in(room, "vera")
    for path in ("/queues", "/queues/payments", "/sources", "/sources/transactions", "/rejected"):
        page.goto(path)
        for name in ("Redrive", "Purge", "Pause", "Retry", "Retry all", "Arm"):
            assert page.get_by_role("link", name=name, exact=True).count() == 0, (path, name)
    assert page.goto("/queues/payments/purge").status == 403  # type: ignore[union-attr]  # it has an answer
    answer = page.evaluate(
        """async () => {
            const token = JSON.parse(document.body.getAttribute("hx-headers") ?? "{}");
            const body = new URLSearchParams({reason: "because", csrf_token: token["X-CSRF-Token"] ?? ""});
            return (await fetch("/queues/payments/purge", {method: "POST", body, redirect: "manual"})).status;
        }"""
    )
    assert answer == 403
    page.goto("/queues/payments")
    expect(page.locator(".stats")).to_contain_text("1")


def test_an_operator_acts_under_the_own_name(room: Room) -> None:
    """The audit log is of use only when it says who."""
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
