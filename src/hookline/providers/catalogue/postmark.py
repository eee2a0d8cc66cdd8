"""Postmark: user and password in ``Authorization`` (https://postmarkapp.com/developer/webhooks/webhooks-overview)."""

from __future__ import annotations

from hookline.domain.source import SuccessAnswer
from hookline.providers.provider import Evidence, Proves, Provider, Sample
from hookline.providers.shared_token import SharedToken

__all__ = ["PROVIDER"]

PROVIDER = Provider(
    name="postmark",
    title="Postmark",
    signed_with="user:password, as they stand in the webhook's URL or settings",
    scheme=SharedToken(header="Authorization", is_basic=True),
    proves=Proves.SENDER,
    covers="nothing: the secret itself stands in a header of each call",
    find_id="content-hash",
    find_type="RecordType || 'Inbound'",
    max_body=48 * 1024 * 1024,  # 35 MB of attachments in base64, and the text
    max_body_source="https://postmarkapp.com/support/article/1056-what-are-the-attachment-and-email-size-limits",
    answer=SuccessAnswer(),
    retries="until 200 and no other answer, up to 10 times with growing pauses; 403 stops them",
    notes="With RawEmailEnabled a body holds the attachments twice: write a `max_body` of twice the default, and raise `max_in_flight_bytes` under `[server]`.",
    evidence=Evidence.DOCUMENTATION,
    documentation="https://postmarkapp.com/developer/webhooks/webhooks-overview",
    sample=Sample(
        body='{"RecordType": "Delivery", "ServerID": 23, "MessageStream": "outbound", "MessageID": "00000000-0000-0000-0000-000000000000", "Recipient": "john@example.com", "DeliveredAt": "2014-08-01T13:28:10.2735393-04:00"}'
    ),
)
