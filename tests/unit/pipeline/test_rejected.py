"""What may be kept of a rejected request, and how it is tried again with the current configuration."""

from __future__ import annotations

import base64
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from hookline.adapters.local.secrets import LoadedSecrets
from hookline.adapters.memory.keys import MemoryKeys
from hookline.config import parse
from hookline.domain.quarantine import RejectedRequest
from hookline.errors import NotFoundError, Rejected, UnavailableError
from hookline.pipeline.rejected import accept_again, hands_over_a_secret, shows_secret
from hookline.providers import PROVIDERS
from hookline.testing import signed_request
from unit.builders import NOW, request
from vectors.senders import KEYS, TOPIC, built, signing_secret_of

if TYPE_CHECKING:
    from hookline.config import Config

RIGHT, WRONG = b"the-right-secret", b"another-secret-altogether"


def config(verify: str = 'scheme = "hmac", header = "X-Signature", timestamp_header = "X-Time"') -> Config:
    """A project with one source."""
    return parse(
        f'[sources.shop]\nid = "id"\nverify = {{ {verify}, secrets = ["SHOP_SECRET"] }}\n[queues.all]\n', base=Path()
    )


def sent(project: Config, secret: bytes) -> RejectedRequest:
    """A request that was signed with ``secret`` and refused a while ago."""
    source = project.sources[0]
    signed = signed_request(source, project.schemes["shop"], secret, b'{"id": "evt_1"}', at=NOW - timedelta(days=2))
    return RejectedRequest(source="shop", code="signature_mismatch", request=signed)


def test_a_request_is_verified_at_the_time_when_it_was_received() -> None:
    """Two days later its timestamp would be far too old, and no refusal could ever be corrected."""
    project = config()

    event = accept_again(
        sent(project, RIGHT), project.sources, LoadedSecrets({"SHOP_SECRET": RIGHT}).read, MemoryKeys({})
    )

    assert event.id == "shop:evt_1"
    assert event.received_at == NOW - timedelta(days=2)
    assert event.metadata["secret"] == "SHOP_SECRET"


def test_a_request_that_is_forged_stays_refused() -> None:
    """A retry must not accept a forgery."""
    project = config()

    with pytest.raises(Rejected, match="no signature"):
        accept_again(sent(project, WRONG), project.sources, LoadedSecrets({"SHOP_SECRET": RIGHT}).read, MemoryKeys({}))


def test_a_handshake_is_no_event_by_being_tried_again() -> None:
    """Its sender no longer waits, and a consumer cannot use its challenge."""
    project = config('scheme = "slack"')
    source = project.sources[0]
    body = b'{"type": "url_verification", "challenge": "abc"}'
    signed = signed_request(source, project.schemes["shop"], RIGHT, body, at=NOW)

    with pytest.raises(Rejected, match="have the sender repeat it"):
        accept_again(
            RejectedRequest(source="shop", code="signature_mismatch", request=signed),
            project.sources,
            LoadedSecrets({"SHOP_SECRET": RIGHT}).read,
            MemoryKeys({}),
        )


def test_a_source_that_is_gone_is_named() -> None:
    """After a rename the operator must read that the source is gone, not that a signature does not fit."""
    project = config()

    with pytest.raises(NotFoundError, match="shop"):
        accept_again(sent(project, RIGHT), (), LoadedSecrets({"SHOP_SECRET": RIGHT}).read, MemoryKeys({}))


def test_a_request_whose_key_is_fetched_is_verified_by_the_key_that_it_names() -> None:
    """What came while the sender's keys could not be read, or by a key that was changed, is accepted as it would be now."""
    verify = f'scheme = "aws-sns", topics = ["{TOPIC}"]'
    project = parse(f"[sources.shop]\nverify = {{ {verify} }}\n[queues.all]\n", base=Path())
    sample = PROVIDERS["aws-sns"].sample
    assert sample is not None
    body, _ = sample.filled("msg_1", NOW)
    request = signed_request(project.sources[0], project.schemes["shop"], signing_secret_of("aws-sns"), body, at=NOW)
    kept = RejectedRequest(source="shop", code="signature_mismatch", request=request)

    event = accept_again(kept, project.sources, LoadedSecrets({}).read, KEYS)

    assert event.source == "shop"
    with pytest.raises(UnavailableError, match="no key"):
        accept_again(kept, project.sources, LoadedSecrets({}).read, MemoryKeys({}))


@pytest.mark.parametrize(
    ("verify", "shown"),
    [
        ('scheme = "gitlab"', True),
        ('scheme = "microsoft-graph"', True),
        ('scheme = "okta"', True),
        ('scheme = "hmac", header = "X-Signature"', False),
        ('scheme = "standard-webhooks"', False),
        ('scheme = "github"', False),
    ],
)
def test_senders_that_write_their_secret_into_each_request_are_known(verify: str, shown: bool) -> None:  # noqa: FBT001 -- the case
    """No request of these senders is kept: it would contain the secret."""
    assert shows_secret(config(verify).schemes["shop"]) is shown


@pytest.mark.parametrize(
    ("headers", "body", "passes"),
    [
        ({"X-Hook-Secret": "b537207f20cb"}, b"", True),
        ({}, b'{"verification_token": "secret_tMrlL1"}', True),
        ({}, b'{"type": "page.updated"}', False),
    ],
)
def test_handshakes_that_bring_a_secret_are_known(headers: dict[str, str], body: bytes, passes: bool) -> None:  # noqa: FBT001 -- the case
    """They are refused while no secret is expected, and must not be stored in the quarantine."""
    assert hands_over_a_secret(request(body=body, headers=headers)) is passes


@pytest.mark.parametrize("name", sorted(name for name in PROVIDERS if PROVIDERS[name].sample is not None))
def test_no_kept_request_of_any_sender_holds_its_secret(name: str) -> None:
    """Over the whole catalogue: senders that show their secret are known, and no other sender's secret could be kept."""
    scheme, secret, sample = built(name), signing_secret_of(name), PROVIDERS[name].sample
    assert sample is not None
    body, _ = sample.filled("msg_1", NOW)
    signed = signed_request(config().sources[0], scheme, secret, body, at=NOW)
    values = [secret, base64.b64encode(secret)] if secret else []

    holds = RejectedRequest(source=name, code="signature_mismatch", request=signed).holds_any(values)

    assert holds is shows_secret(scheme)
