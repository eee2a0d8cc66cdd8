"""Secrets that senders bring: the first one is kept while an operator expects it, and otherwise none is."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from contract.builders import CALLER, armed
from unit.handshakes.homes import SECRET, call, home, post

if TYPE_CHECKING:
    from hookline.testing import MemoryHome

ARMED = f"arm={CALLER.token}"
HOOK_SECRET = "b537207f20cbfa02357cf448134da559e8bd39d61597dcd5631b8012eae53e81"


def _armed(scheme: str, **secrets: bytes) -> MemoryHome:
    at = home(scheme, secrets=secrets)
    at.handshake_secrets.arm(armed("it", "IT_SECRET", at.clock.now() + timedelta(minutes=10)))
    return at


def test_asana_s_secret_is_kept_and_echoed_while_armed() -> None:
    """The answer must contain the secret, and from then on the secret proves Asana's events."""
    at = _armed("asana")

    answer = post(at, b"{}", ARMED, x_hook_secret=HOOK_SECRET)

    assert (answer.status, answer.outcome) == (200, "handshake")
    assert answer.headers["x-hook-secret"] == HOOK_SECRET
    assert at.send("it", b'{"events": [{"action": "changed"}]}').event_id is not None


def test_an_unarmed_source_takes_no_secret() -> None:
    """Anyone can make this call, and could then forge every event."""
    at = home("asana", secrets={})

    answer = post(at, b"{}", ARMED, x_hook_secret=HOOK_SECRET)

    assert (answer.status, answer.outcome) == (403, "handshake_refused")
    assert "x-hook-secret" not in answer.headers
    assert HOOK_SECRET.encode() not in answer.body
    assert at.handshake_secrets.reveal("IT_SECRET") is None


def test_the_first_secret_wins_and_disarms() -> None:
    """An attacker who comes second must change nothing; one who comes first is seen, since the sender's own call then fails."""
    at = _armed("asana")
    post(at, b"{}", ARMED, x_hook_secret=HOOK_SECRET)

    second = post(at, b"{}", ARMED, x_hook_secret="another-secret-of-somebody")

    assert (second.status, second.outcome) == (403, "handshake_refused")
    assert at.handshake_secrets.reveal("IT_SECRET") == HOOK_SECRET.encode()
    assert at.handshake_secrets.armed(["it"]) == []


def test_a_secret_that_is_there_is_never_overwritten() -> None:
    """The source was armed again by mistake: the secret's name is taken."""
    at = _armed("asana")
    post(at, b"{}", ARMED, x_hook_secret=HOOK_SECRET)
    at.handshake_secrets.arm(armed("it", "IT_SECRET", at.clock.now() + timedelta(minutes=10)))

    again = post(at, b"{}", ARMED, x_hook_secret="another-secret-of-somebody")

    assert again.status == 403
    assert at.handshake_secrets.reveal("IT_SECRET") == HOOK_SECRET.encode()


@pytest.mark.parametrize(
    "query",
    ["", "arm=", "arm=a-token-of-somebody", f"arm={CALLER.token}x", f"ARM={CALLER.token}", f"x=arm={CALLER.token}"],
)
@pytest.mark.parametrize("scheme", ["asana", "notion"])
def test_who_does_not_know_the_token_brings_nothing(scheme: str, query: str) -> None:
    """Anyone can guess the path, and the first caller would own the source; the sender's own call is still taken afterwards."""
    at = _armed(scheme)
    theirs = {
        "asana": (b"{}", {"x_hook_secret": HOOK_SECRET}),
        "notion": (b'{"verification_token": "%s"}' % HOOK_SECRET.encode(), {}),
    }
    body, headers = theirs[scheme]

    early = post(at, body, query, **headers)
    own = post(at, body, ARMED, **headers)

    assert (early.status, early.outcome) == (403, "handshake_refused")
    assert own.status == 200
    assert at.handshake_secrets.reveal("IT_SECRET") == HOOK_SECRET.encode()


def test_the_time_to_bring_one_ends() -> None:
    """A source that stays armed without an end is one that anybody can take over."""
    at = _armed("asana")
    at.clock.advance(timedelta(minutes=10))

    answer = post(at, b"{}", ARMED, x_hook_secret=HOOK_SECRET)

    assert answer.status == 403


@pytest.mark.parametrize("secret", ["", "short", "a b c d e f g h i j", "x" * 257, "é" * 20])
def test_what_is_no_secret_is_not_kept(secret: str) -> None:
    """It is echoed in a header and used as a key: not every text can be used for both."""
    at = _armed("asana")

    answer = post(at, b"{}", ARMED, x_hook_secret=secret)

    assert (answer.status, answer.outcome) == (400, "handshake_invalid")
    assert at.handshake_secrets.reveal("IT_SECRET") is None
    assert at.handshake_secrets.armed(["it"]) != []


def test_before_any_secret_has_come_nothing_is_accepted() -> None:
    """Without a secret no signature proves anything."""
    answer = post(home("asana", secrets={}), b'{"events": [1]}', x_hook_signature="00" * 32)

    assert (answer.status, answer.outcome) == (401, "signature_mismatch")


def test_notion_s_token_is_kept_while_armed() -> None:
    """It comes once, unsigned, as the only member of its body; then it signs."""
    at = _armed("notion")

    answer = post(at, b'{"verification_token": "secret_tMrlL1qK5vuQAh1b6cZGhFChZTSYJlce98V0pYn7yBl"}', ARMED)

    assert (answer.status, answer.outcome) == (200, "handshake")
    assert at.handshake_secrets.reveal("IT_SECRET") == b"secret_tMrlL1qK5vuQAh1b6cZGhFChZTSYJlce98V0pYn7yBl"
    assert at.send("it", b'{"id": "e1", "type": "page.created"}').event_id == "it:e1"


def test_notion_s_token_is_refused_unarmed_and_kept_nowhere() -> None:
    """The token is stored neither as a secret nor as an event."""
    at = home("notion", secrets={})

    answer = post(at, b'{"verification_token": "secret_tMrlL1qK5vuQAh1b6cZGhFChZTSYJlce98V0pYn7yBl"}', ARMED)

    assert (answer.status, answer.outcome) == (403, "handshake_refused")
    assert at.handshake_secrets.reveal("IT_SECRET") is None
    assert at.queues.peek("unrouted") == []


@pytest.mark.parametrize(
    "body", [b'{"verification_token": 5}', b'{"verification_token": "a"}', b'{"verification_token": ""}']
)
def test_notion_s_token_has_a_form(body: bytes) -> None:
    """A part of a token would never prove a call."""
    answer = post(_armed("notion"), body)

    assert (answer.status, answer.outcome) == (400, "handshake_invalid")


def test_an_event_with_a_token_in_it_is_an_event() -> None:
    """A member of that name with others is part of somebody's page."""
    answer = post(
        _armed("notion", IT_SECRET=SECRET), b'{"id": "e1", "verification_token": "secret_tMrlL1qK5vuQAh1b6cZGhFCh"}'
    )

    assert (answer.status, answer.outcome) == (401, "signature_missing")


def test_asana_s_heartbeat_is_answered_once_the_secret_is_there() -> None:
    """Asana deletes a webhook whose heartbeats are not answered."""
    at = _armed("asana")
    post(at, b"{}", ARMED, x_hook_secret=HOOK_SECRET)

    answer = at.send("it", b'{"events": []}')

    assert (answer.status, answer.outcome) == (200, "handshake")
    assert at.post(call("POST", b'{"events": []}', x_hook_signature="00" * 32)).status == 401
