"""Sessions end by themselves, keep to their account, and are not kept alive by a page that is left open."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from contract.builders import START
from hookline.dashboard.sign_in.accounts import Accounts
from hookline.dashboard.sign_in.browsers import browser_name
from hookline.dashboard.sign_in.gate import SESSION, SignIn, address_of
from hookline.dashboard.sign_in.sessions import Sessions
from hookline.dashboard.sign_in.throttle import Throttle, device_mark, is_own_device
from hookline.domain.access import Role, User
from hookline.domain.password_hash import PasswordHash

if TYPE_CHECKING:
    from hookline.dashboard.sign_in.sessions import Session

HASH = str(PasswordHash.of("seven quiet otters", b"0123456789abcdef", ln=14, r=1, p=1))
ALICE, BOB = (User(name=name, password_hash=HASH, role=Role.VIEWER) for name in ("alice", "bob"))
ACCOUNTS = Accounts([ALICE, BOB])
MINUTE = timedelta(minutes=1)


class Clock:
    """A time that a test moves."""

    def __init__(self) -> None:
        self.now = START
        self.seconds = 0.0


def sessions(clock: Clock) -> Sessions:
    """Sessions that end after an hour without use, and after twelve."""
    return Sessions(now=lambda: clock.now, idle=60 * MINUTE, lifetime=12 * 60 * MINUTE)


def begin(known: Sessions, name: str = "alice") -> tuple[str, Session]:
    """A login."""
    account = ACCOUNTS.find(name)
    assert account is not None
    return known.begin(account, address="192.0.2.1", agent="browser\x1b[31m\n" + "x" * 1000)


def test_a_session_ends_without_use() -> None:
    """A laptop was left open in a café."""
    clock = Clock()
    known = sessions(clock)
    token, _ = begin(known)
    for _ in range(3):
        clock.now += 59 * MINUTE
        assert known.find(token, address="192.0.2.2") is not None
    clock.now += 61 * MINUTE

    assert known.find(token, address="192.0.2.2") is None
    assert known.known() == []


def test_a_session_ends_though_it_is_used() -> None:
    """A stolen cookie is useful for a day at most."""
    clock = Clock()
    known = sessions(clock)
    token, _ = begin(known)
    for _ in range(24):
        clock.now += 30 * MINUTE
        assert known.find(token, address="192.0.2.2") is not None
    clock.now += MINUTE

    assert known.find(token, address="192.0.2.2") is None


def test_a_page_that_refreshes_itself_keeps_no_session_alive() -> None:
    """The overview asks every second, and its session would never end."""
    clock = Clock()
    gate = SignIn(now=lambda: clock.now)
    gate.use([ALICE])
    account = gate.accounts.find("alice")
    assert account is not None
    token, session = gate.sessions.begin(account, address="192.0.2.1", agent="")

    def ask(*more: tuple[bytes, bytes]) -> object:
        cookie = (b"cookie", f"hookline-session={token}".encode())
        scope = {"type": "http", "scheme": "http", "path": "/", "headers": [cookie, *more], "client": ("192.0.2.9", 1)}
        gate.session_of(scope)
        return scope.get(SESSION)

    clock.now += 30 * MINUTE
    assert ask((b"x-automatic", b"1")) is session
    assert ask((b"accept", b"text/event-stream")) is session
    assert session.used_at == START
    assert ask() is session
    assert (session.used_at, session.used_from) == (clock.now, "192.0.2.9")
    clock.now += 61 * MINUTE
    assert ask((b"x-automatic", b"1")) is None


def test_one_account_has_a_bounded_number_of_sessions() -> None:
    """A script that logs in for each call fills no memory; the sessions of others stay."""
    clock = Clock()
    known = sessions(clock)
    other, _ = begin(known, "bob")
    first, _ = begin(known)
    for _ in range(25):
        clock.now += MINUTE
        begin(known)
    latest, _ = begin(known)

    assert len(known.known("user:alice")) == 20
    assert known.find(first) is None
    assert known.find(latest) is not None
    assert known.find(other) is not None


def test_what_a_browser_says_of_itself_is_kept_short_and_printable() -> None:
    """It is shown in a table, and could be anything."""
    _, session = begin(sessions(Clock()))

    assert session.agent == ("browser[31m" + "x" * 1000)[:200]


@pytest.mark.parametrize(
    "changed",
    [
        User(name="alice", password_hash=HASH, role=Role.OPERATOR),
        User(name="alice", password_hash=HASH.replace("$MDEy", "$MDEx"), role=Role.VIEWER),
        User(name="carol", password_hash=HASH, role=Role.VIEWER),
    ],
)
def test_sessions_of_changed_accounts_end(changed: User) -> None:
    """Also where the role became greater: the session shows what the configuration says, or ends."""
    known = sessions(Clock())
    alice, _ = begin(known)
    bob, _ = begin(known, "bob")

    ended = known.keep_only(Accounts([changed, BOB]).fingerprints)

    assert [one.account.name for one in ended] == ["user:alice"]
    assert (known.find(alice), known.find(bob) is not None) == (None, True)


def test_a_failure_is_made_up_for_by_time_and_by_success() -> None:
    """Ten together from one address, then one in thirty seconds."""
    clock = Clock()
    throttle = Throttle(lambda: clock.seconds)

    def wait() -> int:
        return throttle.seconds_to_wait("alice", address="192.0.2.1", device=None)

    for _ in range(10):
        assert wait() == 0
        attempt = throttle.begin("alice", address="192.0.2.1", device=None)
    assert 0 < wait() <= 30
    clock.seconds += 30
    assert wait() == 0
    attempt = throttle.begin("alice", address="192.0.2.1", device=None)
    assert wait() > 0
    attempt.succeeded()
    assert wait() == 0


def test_the_throttle_forgets_rather_than_grows() -> None:
    """A stranger may have more addresses than a server has memory."""
    throttle = Throttle(lambda: 0.0)
    for number in range(30_000):
        throttle.begin(f"name{number}", address=f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}", device=None)

    assert len(throttle._spent) <= 20_000  # looked at from inside: memory shows nowhere else


def test_a_known_browser_is_known_for_its_own_account_only() -> None:
    """It is known only as long as the password stays."""
    alice, bob = ACCOUNTS.find("alice"), ACCOUNTS.find("bob")
    changed = Accounts([User(name="alice", password_hash=HASH, role=Role.OPERATOR)]).find("alice")
    assert alice is not None
    mark = device_mark(alice)

    assert is_own_device(alice, mark)
    assert device_mark(alice, mark) == mark
    assert not any(is_own_device(one, mark) for one in (bob, changed, None))
    assert not is_own_device(alice, mark[:-1] + ("0" if mark[-1] != "0" else "1"))


@pytest.mark.parametrize(
    ("client", "forwarded", "address"),
    [
        (("192.0.2.1", 1), b"203.0.113.5", "192.0.2.1"),
        (("127.0.0.1", 1), b"203.0.113.5", "203.0.113.5"),
        (("127.0.0.1", 1), b"198.51.100.1, 203.0.113.5", "203.0.113.5"),
        (("127.0.0.1", 1), b"<script>", "127.0.0.1"),
        (None, b"", "this machine"),
    ],
)
def test_only_a_proxy_of_this_machine_says_where_a_browser_is(
    client: tuple[str, int] | None, forwarded: bytes, address: str
) -> None:
    """Anybody can write the header: only what the nearest proxy added counts."""
    scope = {"type": "http", "headers": [(b"x-forwarded-for", forwarded)], "client": client}

    assert address_of(scope) == address


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Safari/537.36",
            "Chrome on Linux",
        ),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0", "Firefox on Windows"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1 Version/18.0 Mobile Safari/604.1",
            "Safari on iPhone",
        ),
        ("curl/8.5.0", "curl/8.5.0"),
        ("", "Unknown"),
    ],
)
def test_a_browser_is_named_as_people_name_it(agent: str, name: str) -> None:
    """A person must see immediately which of five sessions is the lost telephone."""
    assert browser_name(agent) == name
