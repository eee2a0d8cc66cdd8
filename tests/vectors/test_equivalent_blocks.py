"""The block that `hookline providers show NAME --toml` prints says the same as the name: both verify alike."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from hookline.config import parse
from hookline.config.handshake_block import handshake_table
from hookline.config.provider_block import provider_block
from hookline.domain.request import Headers
from hookline.domain.secret import Secret
from hookline.errors import Rejected
from hookline.providers import PROVIDERS
from hookline.providers.scheme import NeedsKey
from hookline.testing import MemoryHome
from unit.builders import NOW
from unit.providers.test_catalogue import call, source_of
from vectors.senders import KEYS, NAMES, PROVED_BY_KEY, SERVICE_ACCOUNT, URL, VECTORS, secret_of

if TYPE_CHECKING:
    from vectors.senders import Recorded

DATA = [name for name in NAMES if PROVIDERS[name].verify]
SAID = ("id", "source", "type", "time", "data", "data_base64")
ROUTE = '[queues.q]\n[[routes]]\nmatch = { source = ["hookline/s"] }\nqueues = ["q"]\n'


def block_of(name: str) -> str:
    """The block as a source ``s`` with the secret ``S``, called at the URL of the tests."""
    secret = f"{name.upper().replace('-', '_')}_SECRET"
    text = provider_block(PROVIDERS[name]).replace(f"[sources.{name}", "[sources.s").replace(f'"{secret}"', '"S"')
    text = text.replace(f"https://hooks.example.com/webhook/{name}", URL).replace("YOUR_AUDIENCE", URL)
    return text.replace("YOUR_SERVICE_ACCOUNT", SERVICE_ACCOUNT)


@pytest.mark.parametrize("name", DATA)
def test_the_block_makes_the_same_scheme(name: str) -> None:
    """A user who starts from the block must get the same protection as with the name."""
    named = parse(f"{source_of(name)}{ROUTE}", base=Path()).sources[0]

    written = parse(f"{block_of(name)}{ROUTE}", base=Path()).sources[0]

    assert written.verifier == named.verifier
    assert (written.max_body, written.media_types) == (named.max_body, named.media_types)
    assert written.answer == (named.answer and replace(named.answer, is_terse=False))
    assert (written.on_conflict, written.max_age) == (named.on_conflict, named.max_age)


@pytest.mark.parametrize("name", [name for name in DATA if PROVIDERS[name].handshakes])
def test_the_block_shakes_hands_as_the_name_does(name: str) -> None:
    """The comment above the block says what options cannot, and the block has everything else."""
    provider, text = PROVIDERS[name], block_of(name)
    coded = [kind for kind in provider.handshakes if handshake_table(kind, "T") is None]
    said = [kind for kind in provider.handshakes if kind not in coded]

    written = parse(f"{text}{ROUTE}", base=Path()).sources[0]

    assert [agreed.handshake for agreed in written.handshakes] == [replace(kind, option="") for kind in said]
    assert [bool(agreed.secret_names) for agreed in written.handshakes] == [
        bool(kind.option) or kind.uses_secrets for kind in said
    ]
    note = text.partition("\n")[0]
    assert ("a handshake" in note) is bool(coded)


@pytest.mark.parametrize("name", DATA)
def test_both_take_the_same_call_as_the_same_event_and_refuse_the_same_forgeries(name: str) -> None:
    """The whole path, with the sender's sample, and with each header and the body changed by one character."""
    sent = replace(call(name), path="/webhook/s")
    forged = [replace(sent, body=sent.body + b" ")]
    for index, (header, value) in enumerate(sent.headers.items()):
        fields = [(key.encode(), text.encode("latin-1")) for key, text in sent.headers.items()]
        changed = value[:-2] + chr(ord(value[-2]) ^ 1) + value[-1:] if len(value) > 1 else value + "0"
        fields[index] = (header.encode(), changed.encode("latin-1"))
        forged.append(replace(sent, headers=Headers(fields)))

    seen = []
    for text in (source_of(name), block_of(name)):
        config = parse(f"{text}{ROUTE}", base=Path())
        secrets = dict.fromkeys(config.secret_names, b"a-token-of-the-operators") | {"S": secret_of(name)}
        home = MemoryHome(config, secrets, start=NOW, keys=KEYS)
        outcomes = [home.post(request).outcome for request in (*forged, sent)]
        if PROVIDERS[name].unique_body:
            outcomes = ["duplicate" if outcome == "repeated" else outcome for outcome in outcomes]
        messages = [json.loads(one.body) for one in home.queues.peek("q")]
        messages = messages[:1] if PROVIDERS[name].unique_body else messages
        seen.append((outcomes, [{key: message.get(key) for key in SAID} for message in messages]))

    assert seen[0] == seen[1]
    assert "accepted" in seen[0][0]
    assert seen[0][0][0] != "accepted" or PROVIDERS[name].proves.value == "only the sender"


@pytest.mark.parametrize("vector", [one for one in VECTORS if PROVIDERS[one.provider].verify], ids=lambda one: one.name)
def test_what_the_sender_signed_fits_its_block(vector: Recorded) -> None:
    """The recorded call of the sender's own library is the proof that the options are the sender's."""
    request, url = vector.request()
    text = block_of(vector.provider).replace(URL, url or URL)
    scheme = parse(f"{text}{ROUTE}", base=Path()).sources[0].verifier
    if isinstance(scheme, NeedsKey):
        scheme = scheme.with_key(str(vector.document["key"]).encode())
    try:
        proved = scheme.verify(request, [Secret(name="THEIRS", value=vector.secret.encode())])
    except Rejected as refusal:
        pytest.fail(f"{vector.name}: {refusal.code}")

    assert proved.secret == (None if vector.provider in PROVED_BY_KEY else "THEIRS")
