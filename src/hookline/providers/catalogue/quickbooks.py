"""QuickBooks (Intuit): ``intuit-signature``, base64 over the body (https://developer.intuit.com/app/developer/qbo/docs/develop/webhooks)."""

from __future__ import annotations

from hookline.domain.source import SuccessAnswer
from hookline.providers.keyed_hash import KeyedHash
from hookline.providers.provider import Evidence, Provider, Sample

__all__ = ["PROVIDER"]

PROVIDER = Provider(
    name="quickbooks",
    title="QuickBooks",
    signed_with="the app's webhooks verifier token",
    scheme=KeyedHash(header="intuit-signature", encoding="base64"),
    find_id="content-hash",
    answer=SuccessAnswer(),
    deadline=3,
    notes="One call names many entities; what changed is read from the API.",
    evidence=Evidence.DOCUMENTATION,
    documentation="https://developer.intuit.com/app/developer/qbo/docs/develop/webhooks",
    sample=Sample(
        body='{"eventNotifications": [{"realmId": "1185883450", "dataChangeEvent": {"entities": [{"name": "Payment", "id": "1", "operation": "Create", "lastUpdated": "2015-10-05T14:42:19-0700"}]}}]}'
    ),
)
