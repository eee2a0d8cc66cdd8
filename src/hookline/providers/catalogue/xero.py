"""Xero: ``x-xero-signature``, base64 over the body; the answer's body must be empty (https://developer.xero.com/documentation/guides/webhooks/overview/)."""

from __future__ import annotations

from hookline.domain.source import SuccessAnswer
from hookline.providers.handshakes.ping import Heartbeat
from hookline.providers.keyed_hash import KeyedHash
from hookline.providers.provider import Evidence, Provider, Sample

__all__ = ["PROVIDER"]

PROVIDER = Provider(
    name="xero",
    title="Xero",
    signed_with="the webhook's signing key",
    scheme=KeyedHash(header="x-xero-signature", encoding="base64"),
    find_id="content-hash",
    answer=SuccessAnswer(body=b"", is_terse=True),
    deadline=5,
    retries="with growing pauses for 24 hours, then the subscription is disabled",
    notes="The intent to receive is checked with signed and wrongly signed calls: 200 and 401, both without a body.",
    handshakes=(Heartbeat(),),
    evidence=Evidence.DOCUMENTATION,
    documentation="https://developer.xero.com/documentation/guides/webhooks/overview/",
    sample=Sample(
        body='{"events": [{"resourceUrl": "https://api.xero.com/api.xro/2.0/Contacts/717f2bfc-c6d4-41fd-b238-3f2f0c0cf777", "resourceId": "717f2bfc-c6d4-41fd-b238-3f2f0c0cf777", "eventDateUtc": "2017-06-21T01:15:39.902", "eventType": "UPDATE", "eventCategory": "CONTACT", "tenantId": "c2cc9b6e-9458-4c7d-93cc-f02b81b0594f", "tenantType": "ORGANISATION"}], "firstEventSequence": 1, "lastEventSequence": 1, "entropy": "S0m3r4Nd0mt3xt"}'
    ),
)
