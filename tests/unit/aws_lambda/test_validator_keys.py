"""Senders whose public key is fetched, at the validator: judged by it, and told to come again when it cannot be had."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from hookline.adapters.memory.keys import MemoryKeys
from hookline.config import parse
from hookline.domain.source import KeyReference
from unit.aws_lambda.fakes import Home, Invocation, KeptSecrets, body_of, proxy_event
from vectors.senders import VECTORS

TOML = """
[sources.paypal]
verify = { scheme = "paypal", secrets = ["PAYPAL_WEBHOOK_ID"] }

[queues.all]
"""
CALL = next(one for one in VECTORS if one.name == "paypal-recorded")


def _answer(keys: MemoryKeys | None, body: bytes | None = None) -> tuple[Home, dict[str, Any]]:
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


def test_a_key_that_cannot_be_had_lets_nothing_in_and_loses_nothing() -> None:
    """A 401 would make the sender give up an event that was its own; nothing gets in without proof either."""
    for keys in (MemoryKeys({}), None):
        home, answer = _answer(keys)

        assert (answer["statusCode"], body_of(answer)["code"]) == (503, "keys_unavailable")
        assert not home.state.events
