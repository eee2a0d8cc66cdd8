"""Zoom: ``x-zm-signature: v0=…`` over the time and the body (https://developers.zoom.us/docs/api/webhooks/)."""

from __future__ import annotations

from hookline.domain.source import SuccessAnswer
from hookline.providers.handshakes.signed_answer import PlainToken
from hookline.providers.keyed_hash import KeyedHash
from hookline.providers.provider import Evidence, Provider, Sample

__all__ = ["PROVIDER"]

PROVIDER = Provider(
    name="zoom",
    title="Zoom",
    signed_with="the app's secret token",
    scheme=KeyedHash(
        header="x-zm-signature",
        prefix="v0=",
        timestamp_header="x-zm-request-timestamp",
        template="v0:{timestamp}:{body}",
    ),
    find_id="content-hash",
    find_type="event",
    find_time="event_ts",
    answer=SuccessAnswer(),
    deadline=3,
    retries="3 times: after 5, 20 and 60 minutes",
    notes="Zoom names no tolerance for the time; hookline's is 300 seconds.",
    handshakes=(PlainToken(),),
    evidence=Evidence.DOCUMENTATION,
    documentation="https://developers.zoom.us/docs/api/webhooks/",
    sample=Sample(
        body='{"event": "meeting.started", "event_ts": 1626230691572, "payload": {"account_id": "AAAAAABBBB", "object": {"id": "1234567890", "uuid": "4444AAAiAAAAAiAiAiiAii==", "host_id": "x1yCzABCDEfg23HiJKl4mN", "topic": "My Meeting"}}}'
    ),
)
