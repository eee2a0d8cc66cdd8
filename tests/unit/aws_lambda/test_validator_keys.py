"""Senders whose public key is fetched, at the validator: they are verified with it, and get a 503 while it is not available."""

from __future__ import annotations

import json
import socket
import ssl
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from hookline.adapters.aws.clients import Deadline
from hookline.adapters.local import https
from hookline.adapters.local.keys import HttpsKeys
from hookline.adapters.memory.clock import MemoryClock
from hookline.adapters.memory.confirmations import MemoryConfirmations
from hookline.adapters.memory.keys import MemoryKeys
from hookline.config import parse
from hookline.domain.request import Headers
from hookline.domain.source import KeyReference
from unit.aws_lambda.fakes import Home, Invocation, KeptSecrets, body_of, proxy_event
from unit.builders import NOW
from unit.local.tls_host import certified, serving
from vectors.senders import OWN_TOML, VECTORS

if TYPE_CHECKING:
    import threading
    from collections.abc import Sequence

    from hookline.adapters.local.https import HttpsRequest
    from hookline.domain.secret import Secret
    from hookline.ports.keys import Keys

TOML = """
[sources.paypal]
verify = { scheme = "paypal", secrets = ["PAYPAL_WEBHOOK_ID"] }

[queues.all]
"""
CALL = next(one for one in VECTORS if one.name == "paypal-recorded")


def _answer(keys: Keys | None, body: bytes | None = None) -> tuple[Home, dict[str, Any]]:
    secrets = KeptSecrets({"PAYPAL_WEBHOOK_ID": CALL.secret.encode()})
    home = Home(config=parse(TOML, base=Path()), secrets=secrets, keys=keys)
    request, _ = CALL.request()
    sent = replace(request, path="/webhook/paypal", body=request.body if body is None else body)
    return home, home.validator(proxy_event(sent), Invocation())


def _certificate() -> MemoryKeys:
    request, _ = CALL.request()
    name = request.headers.get("paypal-cert-url")
    assert name
    return MemoryKeys({KeyReference(provider="paypal", name=name): str(CALL.document["key"]).encode()})


def test_a_call_is_judged_by_the_key_that_it_names() -> None:
    """The key is the sender's only proof."""
    home, answer = _answer(_certificate())
    _, forged = _answer(_certificate(), body=b'{"id": "WH-0"}')

    assert (answer["statusCode"], len(home.state.events)) == (200, 1)
    assert (forged["statusCode"], body_of(forged)["code"]) == (401, "signature_mismatch")


class Counted(MemoryKeys):
    """Keys that count how often they are asked for."""

    asked = 0

    def fetch(self, reference: KeyReference, credentials: Sequence[Secret] = ()) -> bytes:
        """The key."""
        self.asked += 1
        return super().fetch(reference, credentials)


def test_a_request_that_no_key_could_verify_never_causes_a_fetch() -> None:
    """A fetch takes seconds of a function's time, and anyone can send a call that names a key."""
    request, _ = CALL.request()
    keys = Counted({})
    home = Home(
        config=parse(TOML, base=Path()),
        secrets=KeptSecrets({"PAYPAL_WEBHOOK_ID": b"8PT597110X687430LKGECATA"}),
        keys=keys,
    )
    headers = Headers(
        (name.encode(), value.encode()) for name, value in request.headers.items() if name != "paypal-auth-algo"
    )
    stale = replace(request, path="/webhook/paypal", headers=headers)

    answer = home.validator(proxy_event(stale), Invocation())

    assert (answer["statusCode"], keys.asked) == (401, 0)


def test_while_a_key_is_not_available_nothing_is_accepted_and_nothing_is_lost() -> None:
    """A 401 would make the sender give up a true event; and nothing is accepted without proof."""
    for keys in (MemoryKeys({}), None):
        home, answer = _answer(keys)

        assert (answer["statusCode"], body_of(answer)["code"]) == (503, "keys_unavailable")
        assert not home.state.events


CONFIRMED = TOML.replace('["PAYPAL_WEBHOOK_ID"]', '["PAYPAL_WEBHOOK_ID"], confirm = "PAYPAL_CLIENT"')


@pytest.mark.parametrize(
    ("genuine", "status", "code"), [(None, 503, "confirmation_unavailable"), ((), 401, "signature_mismatch")]
)
def test_a_call_that_paypal_does_not_confirm_is_not_taken(
    genuine: tuple[bytes, ...] | None, status: int, code: str
) -> None:
    """It fails closed here too: nothing is put in the table without PayPal's yes."""
    request, _ = CALL.request()
    asked = MemoryConfirmations(genuine)
    secrets = {"PAYPAL_WEBHOOK_ID": CALL.secret.encode(), "PAYPAL_CLIENT": b"client:secret-of-some-length"}
    home = Home(
        config=parse(CONFIRMED, base=Path()), secrets=KeptSecrets(secrets), keys=_certificate(), confirmations=asked
    )

    answer = home.validator(proxy_event(replace(request, path="/webhook/paypal")), Invocation())

    assert (answer["statusCode"], body_of(answer)["code"]) == (status, code)
    assert (len(home.state.events), len(asked.asked)) == (0, 1)


def test_a_call_that_paypal_confirms_is_taken() -> None:
    """PayPal answers yes, to a call with the credentials that the source names."""
    request, _ = CALL.request()
    secrets = {"PAYPAL_WEBHOOK_ID": CALL.secret.encode(), "PAYPAL_CLIENT": b"client:secret-of-some-length"}
    config = parse(CONFIRMED, base=Path())
    question = config.schemes["paypal"].question(request, CALL.secret.encode())  # type: ignore[attr-defined]
    home = Home(
        config=config,
        secrets=KeptSecrets(secrets),
        keys=_certificate(),
        confirmations=MemoryConfirmations({question}),
    )

    answer = home.validator(proxy_event(replace(request, path="/webhook/paypal")), Invocation())

    assert (answer["statusCode"], len(home.state.events)) == (200, 1)


def test_a_key_host_that_drips_does_not_outlast_the_function_s_own_deadline(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """API Gateway waits ten seconds: whatever a sender's host does, the sender has to get 503 before that."""
    certificate = certified(tmp_path, "api.paypal.com")
    context = ssl.create_default_context(cafile=str(certificate))
    monkeypatch.setattr(https, "_context", lambda: context)

    def drips(connection: ssl.SSLSocket, over: threading.Event) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n")
        while not over.wait(0.05):
            connection.sendall(b"x")

    with serving(certificate, drips) as host:
        where = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", host.port))]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: where)
        deadline = Deadline()
        deadline.start(3.0)
        keys = HttpsKeys(MemoryClock(NOW), seconds_left=deadline.left)
        started = time.monotonic()
        _, answer = _answer(keys)
        elapsed = time.monotonic() - started

    assert (answer["statusCode"], body_of(answer)["code"]) == (503, "keys_unavailable")
    assert elapsed < 60
    assert host.calls == 1


PUSHED = next(one for one in VECTORS if one.name == "google-pubsub-recorded")
PUSH = f"""
[sources.push]
verify = {{ scheme = "google-pubsub"{OWN_TOML["google-pubsub"]} }}

[queues.all]
"""


@pytest.mark.parametrize(("turned", "status"), [(False, 202), (True, 401)])
def test_a_token_is_judged_by_a_key_of_the_set_that_its_source_names(turned: bool, status: int) -> None:  # noqa: FBT001 -- a case of the table
    """The function fetches the set itself, as the server does."""
    request, _ = PUSHED.request()
    asked: list[HttpsRequest] = []
    kid = "7d680d8c70d44e947133cbd499ebc1a61c3d5abc"

    def answers(request: HttpsRequest) -> tuple[int, bytes]:
        asked.append(request)
        return 200, json.dumps({kid: PUSHED.document["key"]}).encode()

    keys = HttpsKeys(MemoryClock(PUSHED.at), send=answers, seconds_left=lambda: 5.0)
    home = Home(config=parse(PUSH, base=Path()), secrets=KeptSecrets({}), keys=keys)
    home.clock.advance(PUSHED.at - home.clock.now())
    value = request.headers.get("authorization") or ""
    headers = Headers(
        [
            (b"content-type", b"application/json"),
            (b"authorization", (value[:-8] + "AAAAAAAA" if turned else value).encode()),
        ]
    )

    answer = home.validator(proxy_event(replace(request, path="/webhook/push", headers=headers)), Invocation())

    assert (answer["statusCode"], len(home.state.events)) == (status, 0 if turned else 1)
    assert [(one.host, one.path, one.only_public) for one in asked] == [
        ("www.googleapis.com", "/oauth2/v3/certs", True)
    ]
