"""Brex: Standard Webhooks (https://developer.brex.com/docs/webhooks/)."""

from __future__ import annotations

from dataclasses import replace

from hookline.providers.provider import Sample
from hookline.providers.standard_webhooks import member

__all__ = ["PROVIDER"]

PROVIDER = replace(
    member(
        "brex",
        title="Brex",
        documentation="https://developer.brex.com/docs/webhooks/",
        sample=Sample(
            body='{"event_type": "TRANSFER_PROCESSED", "transfer_id": "dptx_cktkqtxlf000401qnmcp1cpqm", "payment_type": "ACH", "company_id": "cuacc_1"}'
        ),
    ),
    find_type="event_type",
)
