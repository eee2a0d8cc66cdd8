"""Handshakes at the embedded endpoint: answered on the path of events, and never in quarantine or log."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from contract.builders import CALLER, armed
from hookline.adapters.local.secrets import LoadedSecrets
from hookline.config import parse
from unit.embedded.endpoint import Endpoint
from unit.embedded.fakes import Sender

TOML = """
[sources.meta]
verify = { scheme = "meta", secrets = ["META"], verify_token = "META_TOKEN" }
[sources.shop]
verify = { scheme = "woocommerce", secrets = ["SHOP"] }
[sources.tasks]
verify = { scheme = "asana", secrets = ["TASKS"] }
[sources.pages]
verify = { scheme = "notion", secrets = ["PAGES"] }
[queues.payments]
"""
CONFIG = parse(TOML, base=Path())
SECRETS = {
    "META": b"the-secret-of-an-app",
    "META_TOKEN": b"a-token-of-the-operators",
    "SHOP": b"the-secret-of-a-webhook",
}
HOOK_SECRET = b"b537207f20cbfa02357cf448134da559"


@pytest.fixture
def endpoint() -> Endpoint:
    """The sources of these senders."""
    return Endpoint(*CONFIG.sources, secrets=LoadedSecrets(SECRETS, may_be_missing=CONFIG.learned_names))


def _get(token: str) -> Sender:
    query = f"hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token={token}".encode()
    return Sender(method="GET", path="/webhook/meta", query_string=query, headers=[])


def _post(path: str, *parts: bytes, **more: Any) -> Sender:
    headers = [(b"content-type", b"application/json"), *more.pop("headers", [])]
    return Sender(*parts, path=f"/webhook/{path}", headers=headers, **more)


def test_a_get_is_answered_with_its_challenge(endpoint: Endpoint) -> None:
    """The log says that it was a handshake."""
    sender = _get("a-token-of-the-operators")

    endpoint.post(sender)

    assert sender.status == 200
    assert sender.sent[1]["body"] == b"1158201444"
    assert endpoint.log.requests == [(200, "handshake", None)]
    assert endpoint.stored == []


def test_a_wrong_token_is_refused_and_kept_nowhere(endpoint: Endpoint) -> None:
    """It may be the right token with a mistyped letter: the quarantine must not keep it."""
    sender = _get("a-token-of-the-operatorss")

    endpoint.post(sender)

    assert sender.status == 403
    assert endpoint.rejected == []


def test_a_handshake_in_a_media_type_of_its_own_may_come_in_parts(endpoint: Endpoint) -> None:
    """WooCommerce's form must not be refused because of its head, before the server knows that it is a handshake."""
    sender = Sender(
        b"webhook_", b"id=42", path="/webhook/shop", headers=[(b"content-type", b"application/x-www-form-urlencoded")]
    )

    endpoint.post(sender)

    assert sender.status == 200


def test_another_form_in_parts_is_refused_when_it_is_whole(endpoint: Endpoint) -> None:
    """What is no handshake gets the same answer as without handshakes."""
    sender = Sender(
        b"order_", b"id=42", path="/webhook/shop", headers=[(b"content-type", b"application/x-www-form-urlencoded")]
    )

    endpoint.post(sender)

    assert sender.status == 415


def test_a_secret_is_kept_while_its_source_is_armed(endpoint: Endpoint) -> None:
    """The log contains the secret's name and never its value."""
    endpoint.handshake_secrets.arm(armed("tasks", "TASKS", endpoint.memory.clock.now() + timedelta(minutes=1)))
    query = f"arm={CALLER.token}".encode()
    sender = _post("tasks", b"{}", headers=[(b"x-hook-secret", HOOK_SECRET)], query_string=query)

    endpoint.post(sender)

    assert (sender.status, sender.headers["x-hook-secret"]) == (200, HOOK_SECRET.decode())
    assert endpoint.handshake_secrets.reveal("TASKS") == HOOK_SECRET
    (line,) = endpoint.log.lines
    assert line.fields == {"source": "tasks", "secret": "TASKS"}


@pytest.mark.parametrize("sender", [
    _post("tasks", b"{}", headers=[(b"x-hook-secret", HOOK_SECRET)]),
    _post("pages", b'{"verification_token": "%s"}' % HOOK_SECRET),
], ids=["asana", "notion"])  # fmt: skip
def test_a_secret_that_nobody_expects_leaves_no_trace_but_a_warning(endpoint: Endpoint, sender: Sender) -> None:
    """It may be the real secret, sent too late, so neither the quarantine nor the log may contain it."""
    endpoint.post(sender)

    assert sender.status == 403
    assert endpoint.rejected == []
    assert endpoint.stored == []
    (line,) = endpoint.log.lines
    assert (line.level, "not armed" in line.text) == ("warning", True)
    assert HOOK_SECRET.decode() not in f"{line} {sender.sent}"


def test_a_forged_heartbeat_is_kept_for_the_doctor(endpoint: Endpoint) -> None:
    """A forged heartbeat is one of the calls whose signature does not fit."""
    endpoint.handshake_secrets.arm(armed("tasks", "TASKS", endpoint.memory.clock.now() + timedelta(minutes=1)))
    sender = _post("tasks", b'{"events": []}', headers=[(b"x-hook-signature", b"00" * 32)])

    endpoint.post(sender)

    assert [one.code for one in endpoint.rejected] == ["signature_mismatch"]
