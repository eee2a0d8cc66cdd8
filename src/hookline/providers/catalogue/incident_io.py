"""incident.io: Standard Webhooks; both spellings of the headers are read (https://docs.incident.io/integrations/webhooks)."""

from __future__ import annotations

from dataclasses import replace

from hookline.providers.provider import Sample
from hookline.providers.standard_webhooks import member

__all__ = ["PROVIDER"]

PROVIDER = replace(
    member(
        "incident-io",
        title="incident.io",
        documentation="https://docs.incident.io/integrations/webhooks",
        sample=Sample(
            body='{"event_type": "public_incident.incident_created_v2", "public_incident.incident_created_v2": {"id": "01FDAG4SAP5TYPT98WGR2N7W91", "name": "Our database is sad"}}'
        ),
        svix=True,
    ),
    find_type="event_type",
)
