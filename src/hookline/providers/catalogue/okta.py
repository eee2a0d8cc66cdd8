"""Okta event hooks: the secret in ``Authorization`` (https://developer.okta.com/docs/concepts/event-hooks/)."""

from __future__ import annotations

from hookline.domain.source import SuccessAnswer
from hookline.providers.handshakes.echo import EchoedHeader
from hookline.providers.provider import Evidence, Proves, Provider, Sample
from hookline.providers.shared_token import SharedToken

__all__ = ["PROVIDER"]

PROVIDER = Provider(
    name="okta",
    title="Okta event hooks",
    signed_with="the whole value of the Authorization field, as it was written at Okta",
    scheme=SharedToken(header="Authorization"),
    proves=Proves.SENDER,
    covers="nothing: the secret itself stands in a header of each call",
    find_id="eventId",
    find_type="data.events[0].eventType || eventType",
    find_time="eventTime",
    answer=SuccessAnswer(),
    deadline=3,
    retries="once, after a timeout or 5xx",
    notes="One call may carry several events; the type is that of the first.",
    handshakes=(EchoedHeader(header="X-Okta-Verification-Challenge", name="verification"),),
    evidence=Evidence.DOCUMENTATION,
    documentation="https://developer.okta.com/docs/concepts/event-hooks/",
    sample=Sample(
        body='{"eventType": "com.okta.event_hook", "eventTypeVersion": "1.0", "cloudEventsVersion": "0.1", "source": "https://example.okta.com/api/v1/eventHooks/who1", "eventId": "b5a188b9-5ece-4636-b041-482ffda96311", "eventTime": "2019-03-27T16:59:53.032Z", "data": {"events": [{"uuid": "f790999f-fe87-467a-9880-6982a583986c", "published": "2018-03-28T22:23:07.777Z", "eventType": "user.session.start", "version": "0"}]}}'
    ),
)
