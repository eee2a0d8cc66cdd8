"""``public-key`` with ``keys_url``: the same as with secrets, by keys that are fetched."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from hookline.adapters.local.keys import HttpsKeys
from hookline.adapters.memory.clock import MemoryClock
from hookline.config import parse
from hookline.domain.source import KeyReference
from hookline.errors import ConfigError, UnavailableError
from hookline.pipeline.public_keys import wanted_key
from hookline.providers import PROVIDERS
from hookline.providers.scheme import NeedsKey, OptionError, has_key_pair
from hookline.testing import MemoryHome
from unit.builders import NOW, refusal, request, secret
from unit.local.test_keys import Hosts
from unit.providers.web_tokens import jwk_of, pem_of, private_of

if TYPE_CHECKING:
    from hookline.domain.request import Request

URL = "https://keys.example.com/webhooks.json"
OPTIONS: dict[str, object] = {"header": "X-Signature", "timestamp_header": "X-Time", "algorithm": "ecdsa-sha256"}
TOML = f"""
[sources.s]
id = "id"
verify = {{ scheme = "public-key", header = "X-Signature", timestamp_header = "X-Time", algorithm = "ecdsa-sha256", keys_url = "{URL}" }}
[queues.q]
"""


def built(**options: object) -> Any:
    """The scheme with these options."""
    return PROVIDERS["public-key"].build({**OPTIONS, "keys_url": URL, **options})


def sent(body: bytes = b'{"id": 1}', key: int = 0) -> Request:
    """A call that is signed now, by our key of this number."""
    headers = built().sign(body, secret=private_of("ES256", key), delivery_id="d", at=NOW)
    return request(body, {"content-type": "application/json", **headers}, path="/webhook/s")


def test_a_call_is_verified_by_any_key_of_the_set_and_by_no_other() -> None:
    """The set has two keys while one is replaced; a key of another kind is no obstacle."""
    published = {"keys": [jwk_of("RS256"), jwk_of("ES256", 1), jwk_of("ES256")]}
    scheme = built().with_key(json.dumps(published).encode())

    verified = scheme.verify(sent(), ())

    assert verified.secret is None
    assert built().with_key(pem_of("ES256")).verify(sent(), ()) == verified
    for key in (pem_of("ES256", 1), pem_of("RS256"), b"no key", b"{}"):
        assert refusal(lambda key=key: built().with_key(key).verify(sent(), ())) == "signature_mismatch"  # type: ignore[misc]  # bound immediately
    assert refusal(lambda: scheme.verify(replace(sent(), body=b"{}"), ())) == "signature_mismatch"
    assert refusal(lambda: scheme.verify(sent(key=2), [secret(pem_of("ES256", 2))])) == "signature_mismatch"


def test_without_its_key_it_lets_nothing_through_and_blames_nobody() -> None:
    """A home that did not fetch the key must answer neither 401 nor 200."""
    with pytest.raises(UnavailableError) as unavailable:
        built().verify(sent(), ())

    assert unavailable.value.code == "keys_unavailable"


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"x-signature": ""}, "signature_missing"),
        ({"x-signature": "not hex"}, "signature_mismatch"),
        ({"x-time": ""}, "timestamp_missing"),
        ({"x-time": "soon"}, "timestamp_invalid"),
        ({"x-time": str(int(NOW.timestamp()) - 301)}, "timestamp_outside_tolerance"),
    ],
)
def test_a_call_that_no_key_could_verify_causes_no_fetch(headers: dict[str, str], code: str) -> None:
    """Anyone can send such a call and make hookline fetch."""
    source = parse(TOML, base=Path()).sources[0]
    genuine = sent()
    own = {**dict(genuine.headers.items()), **headers}

    assert refusal(lambda: wanted_key(source, request(genuine.body, own))) == code
    assert wanted_key(source, genuine) == KeyReference(provider="public-key", name="", place=URL)


def test_the_whole_way_from_the_url_to_the_queue() -> None:
    """One fetch serves both calls, and a new key is found within five minutes."""
    clock = MemoryClock(NOW)
    hosts = Hosts((200, pem_of("ES256")), (200, pem_of("ES256", 1)))
    keys = HttpsKeys(clock, send=hosts)
    home = MemoryHome(parse(TOML, base=Path()), {}, start=NOW, keys=keys)

    statuses = [home.post(call).status for call in (sent(), sent(b'{"id": 2}'), sent(b'{"id": 3}', key=1))]
    clock.advance(timedelta(minutes=5))
    later = home.post(sent(b'{"id": 3}', key=1)).status

    assert (statuses, later) == ([202, 202, 401], 202)
    assert len(hosts.asked) == 2


def test_what_needs_a_key_is_known_as_such() -> None:
    """Such a scheme costs more, and only a test can sign for it."""
    assert isinstance(built(), NeedsKey)
    assert has_key_pair(built())
    assert not isinstance(PROVIDERS["public-key"].build(OPTIONS), NeedsKey)


@pytest.mark.parametrize("url", ["http://keys.example.com/", "https://10.0.0.1/", "keys.example.com", 7])
def test_a_url_that_must_not_be_asked_is_refused(url: object) -> None:
    """The URLs of keys for tokens have the same limits."""
    with pytest.raises(OptionError) as refused:
        built(keys_url=url)

    assert refused.value.option == "keys_url"


def test_secrets_with_a_url_are_a_complaint() -> None:
    """It would be unclear which of the two proves a call."""
    with pytest.raises(ConfigError) as caught:
        parse(TOML.replace("keys_url", 'secrets = ["S"], keys_url'), base=Path())

    assert "sources.s.verify.secrets" in str(caught.value)
