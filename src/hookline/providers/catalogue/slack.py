"""Slack: ``X-Slack-Signature: v0=…`` over the time and the body (https://api.slack.com/authentication/verifying-requests-from-slack)."""

from __future__ import annotations

from hookline.domain.source import SuccessAnswer
from hookline.providers.handshakes.echo import EchoedMember
from hookline.providers.keyed_hash import KeyedHash
from hookline.providers.provider import FORM, JSON, Evidence, Provider, Sample

__all__ = ["PROVIDER"]

PROVIDER = Provider(
    name="slack",
    title="Slack",
    signed_with="the app's signing secret",
    scheme=KeyedHash(
        header="X-Slack-Signature",
        prefix="v0=",
        timestamp_header="X-Slack-Request-Timestamp",
        template="v0:{timestamp}:{body}",
    ),
    media_types=JSON | FORM,
    find_id="event_id || content-hash",
    find_type="event.type || type || 'webhook'",
    find_time="event_time",
    keeps_id=True,
    max_body=4 * 1024 * 1024,  # what Slack's own library takes
    max_body_source="https://github.com/slackapi/bolt-js/pull/3057",
    answer=SuccessAnswer(body=b""),
    deadline=3,
    retries="up to 3 times: at once, after 1 minute, after 5",
    notes="Commands and interactions come as forms; they have no event id and are known by their bytes.",
    handshakes=(EchoedMember(told_by=("type", "url_verification")),),
    evidence=Evidence.VECTOR,
    documentation="https://api.slack.com/authentication/verifying-requests-from-slack",
    sample=Sample(
        fresh="event_id",
        body='{"token": "XXYYZZ", "team_id": "T123ABC456", "api_app_id": "A123ABC456", "event": {"type": "app_mention", "user": "U123ABC456", "text": "What is the hour of the pearl?", "ts": "1515449522.000016", "channel": "C123ABC456"}, "type": "event_callback", "event_id": "Ev123ABC456", "event_time": 1515449522}',
    ),
)
