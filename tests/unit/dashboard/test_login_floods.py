"""A flood of logins that fail: how many passwords are hashed for it, and which answers it gets."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any  # Any: ASGI messages are dictionaries with any values
from urllib.parse import urlencode

from starlette.applications import Starlette
from starlette.responses import PlainTextResponse

from hookline.dashboard.csrf import CSRF
from hookline.dashboard.sign_in import SignIn
from hookline.dashboard.sign_in.accounts import Accounts
from hookline.dashboard.sign_in.pages import SignInPages
from hookline.dashboard.sign_in.throttle import Throttle, device_mark
from hookline.domain.access import Role, User
from hookline.domain.password_hash import PasswordHash

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request
    from starlette.responses import Response

    from hookline.dashboard.sign_in.accounts import Account

PASSWORD = "nine quiet badgers"
ALICE = User(name="alice", password_hash=str(PasswordHash.of(PASSWORD, b"0" * 16, ln=14, r=1, p=1)), role=Role.VIEWER)
MOST = 50
"""Failures of all strangers together that are checked at the same time."""


class CountingAccounts(Accounts):
    """The accounts, which count the passwords that are hashed."""

    hashed = 0

    def check(self, name: str, password: str) -> Account | None:
        """Judge as they do."""
        self.hashed += 1
        return super().check(name, password)


class Login:
    """The login of one server, whose clock does not move."""

    def __init__(self) -> None:
        self.sign_in = SignIn()
        self.sign_in.throttle = Throttle(lambda: 0.0)
        self.accounts = self.sign_in.accounts = CountingAccounts([ALICE])
        self.rendered = 0
        self._app = Starlette(routes=[*SignInPages(self.sign_in, self._render).routes])

    def _render(
        self,
        request: Request,  # noqa: ARG002 -- the shape of Render
        template: str,
        document: Mapping[str, object],  # noqa: ARG002
        *,
        title: str,
        status: int = 200,
    ) -> Response:
        self.rendered += 1
        return PlainTextResponse(f"{template} {title}", status_code=status)

    async def log_in(self, name: str, password: str, *, address: str, cookie: str = "") -> tuple[int, bytes]:
        """Status and body of the answer."""
        body = urlencode({"name": name, "password": password}).encode()
        sent: list[Any] = []
        scope = {
            "type": "http",
            "method": "POST",
            "path": "/login",
            "raw_path": b"/login",
            "query_string": b"",
            "scheme": "http",
            "headers": [(b"cookie", cookie.encode())],
            "client": (address, 1),
            CSRF: "",
        }

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Any) -> None:  # as ASGI has it
            sent.append(message)

        await self._app(scope, receive, send)
        return sent[0]["status"], b"".join(one.get("body", b"") for one in sent[1:])


def test_a_flood_from_many_addresses_has_few_passwords_hashed() -> None:
    """A hash takes a fifth of a second of a processor, and senders need that processor."""
    login = Login()

    async def flood() -> list[tuple[int, bytes]]:
        return [
            await login.log_in(f"name{number}", "a wrong password", address=f"10.0.{number >> 8}.{number & 255}")
            for number in range(1000)
        ]

    answers = asyncio.run(flood())

    assert login.accounts.hashed == MOST
    assert login.rendered == MOST
    assert [status for status, _ in answers] == [401] * MOST + [429] * (1000 - MOST)
    assert max(len(body) for status, body in answers if status == 429) < 600


def test_logins_at_the_same_time_wait_in_a_short_line_on_one_thread() -> None:
    """Nine people log in at one moment; the tenth is asked to come again, and no failure is counted for it."""
    login = Login()

    async def crowd() -> list[tuple[int, bytes]]:
        calls = (login.log_in("alice", "a wrong password", address=f"10.0.1.{number}") for number in range(40))
        return await asyncio.gather(*calls)

    statuses = [status for status, _ in asyncio.run(crowd())]

    assert set(statuses) <= {401, 429, 503}
    assert statuses.count(401) == login.accounts.hashed <= 20


def test_the_owner_logs_in_during_a_flood_from_a_browser_that_is_known() -> None:
    """Strangers use up only their own attempts."""
    login = Login()
    account = login.accounts.find("alice")
    assert account is not None
    cookie = f"hookline-device={device_mark(account)}"

    async def flood() -> tuple[int, int]:
        for number in range(MOST):
            await login.log_in(f"name{number}", "a wrong password", address=f"10.0.2.{number}")
        stranger, _ = await login.log_in("alice", PASSWORD, address="10.0.3.1")
        owner, _ = await login.log_in("alice", PASSWORD, address="10.0.3.1", cookie=cookie)
        return stranger, owner

    assert asyncio.run(flood()) == (429, 303)
