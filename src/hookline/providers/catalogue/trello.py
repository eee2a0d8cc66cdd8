"""Trello: ``X-Trello-Webhook``, HMAC-SHA1 in base64 over the body and the callback URL (https://developer.atlassian.com/cloud/trello/guides/rest-api/webhooks/)."""

from __future__ import annotations

from hookline.domain.source import SuccessAnswer
from hookline.providers.handshakes.ping import Presence
from hookline.providers.keyed_hash import KeyedHash
from hookline.providers.provider import Evidence, Provider, Sample

__all__ = ["PROVIDER"]

PROVIDER = Provider(
    name="trello",
    title="Trello",
    signed_with="the application's OAuth secret",
    scheme=KeyedHash(header="X-Trello-Webhook", algorithm="sha1", encoding="base64", template="{body}{url}"),
    find_id="action.id",
    find_type="action.type",
    find_time="action.date",
    keeps_id=True,
    answer=SuccessAnswer(),
    retries="3 times: after 30, 60 and 120 seconds; 410 deletes the webhook",
    notes="SHA-1 is the only form that Trello has. The public URL must be the callback URL of the webhook, character for character.",
    handshakes=(Presence(),),
    evidence=Evidence.DOCUMENTATION,
    documentation="https://developer.atlassian.com/cloud/trello/guides/rest-api/webhooks/",
    sample=Sample(
        body='{"action": {"id": "51f9424bcd6e040f3c002412", "idMemberCreator": "4fc78a59a885233f4b349bd9", "data": {"board": {"id": "4d5ea62fd76aa1136000000c", "name": "Trello Development"}}, "type": "updateBoard", "date": "2013-07-31T16:58:51.949Z"}, "model": {"id": "4d5ea62fd76aa1136000000c"}}'
    ),
)
