"""Senders for identity checks and risk scores."""

from __future__ import annotations

from typing import Final

from hookline.providers.provider import Evidence, Provider, Sample

__all__ = ["SENDERS"]

SENDERS: Final = (
    Provider(
        name="aiprise",
        title="AiPrise",
        signed_with="the API's private key",
        verify={"scheme": "hmac", "header": "X-HMAC-SIGNATURE"},
        find_id="content-hash",
        find_type="event_type || aiprise_summary.verification_result || 'webhook'",
        find_time="created_at",
        notes="`verification_session_id` names the verification, not the callback.",
        evidence=Evidence.VECTOR,
        documentation="https://docs.aiprise.com/docs/callbacks-authentication",
        sample=Sample(
            body='{"verification_session_id": "123408f2-2bbb-415f-aafc-92212341234", "template_id": "123456-3434-2342-3453-b4218a4fb333", "client_reference_id": null, "aiprise_summary": {"tags": [], "reasons": [], "notes": [], "verification_result": "APPROVED"}, "created_at": 1668974142818}'
        ),
    ),
    Provider(
        name="checkr",
        title="Checkr",
        signed_with="the account's API key",
        verify={"scheme": "hmac", "header": "X-Checkr-Signature"},
        find_id="id",
        find_type="type",
        find_time="created_at",
        documentation="https://docs.checkr.com/#section/Webhooks",
        sample=Sample(
            body='{"id": "507f1f77bcf86cd799439011", "object": "event", "type": "report.completed", "created_at": "2014-01-18T12:34:00Z", "data": {"object": {"id": "4722c07dd9a10c3985ae432a", "object": "report", "status": "clear", "package": "driver_pro", "candidate_id": "e44aa283528e6fde7d542194"}}}'
        ),
    ),
    Provider(
        name="complycube",
        title="ComplyCube",
        signed_with="the webhook's secret",
        verify={"scheme": "hmac", "header": "complycube-signature"},
        find_id="id",
        find_type="type",
        find_time="createdAt",
        deadline=15,
        retries="up to 10 times with growing pauses, which begin with 60, 120 and 480 seconds; then the webhook is disabled",
        evidence=Evidence.SDK,
        documentation="https://docs.complycube.com/documentation/guides/webhooks",
        sample=Sample(
            body='{"id": "5eb04fcd0f3e360008035eb1", "type": "check.completed.clear", "resourceType": "check", "payload": {"id": "5eb04fcd0f3e360008035eb2", "clientId": "5eb04fcd0f3e360008035eb3", "type": "identity_check", "status": "complete"}, "createdAt": "2021-01-01T17:24:29.146Z"}'
        ),
    ),
    Provider(
        name="onfido",
        title="Onfido (Entrust)",
        signed_with="the webhook's token",
        verify={"scheme": "hmac", "header": "X-SHA2-Signature"},
        find_id="content-hash",
        find_type="payload.action",
        find_time="payload.object.completed_at_iso8601",
        evidence=Evidence.SDK,
        documentation="https://documentation.onfido.com/api/latest/#webhooks",
        sample=Sample(
            body='{"payload": {"resource_type": "check", "action": "check.completed", "object": {"id": "12345-23122-32123", "status": "complete", "completed_at_iso8601": "2020-05-01T15:47:20Z", "href": "https://api.onfido.com/v3.6/checks/12345-23122-32123"}}}'
        ),
    ),
    Provider(
        name="persona",
        title="Persona",
        signed_with="the webhook's secret: wbhsec_…",
        verify={
            "scheme": "hmac",
            "header": "Persona-Signature",
            "fields": {"timestamp": "t", "signature": "v1"},
            "separator": " ",
            "template": "{timestamp}.{body}",
        },
        find_id="data.id",
        find_type="data.attributes.name",
        find_time='data.attributes."created-at"',
        keeps_id=True,
        deadline=5,
        retries="up to 7 more times with growing pauses",
        notes="While a secret is replaced, Persona writes two groups of fields with a space between them, and hookline reads both.",
        documentation="https://docs.withpersona.com/webhooks-best-practices",
        sample=Sample(
            body='{"data": {"type": "event", "id": "evt_XGuMoDnQ2WeLPvTdgUfJQPyw", "attributes": {"name": "inquiry.completed", "created-at": "2026-07-22T12:00:00.000Z", "payload": {"data": {"type": "inquiry", "id": "inq_qoKJeJSTLMgFXnBQUyQVHaCD", "attributes": {"status": "completed"}}}}}}'
        ),
    ),
    Provider(
        name="sardine",
        title="Sardine",
        signed_with="the webhook's signing secret: whsec_…",
        verify={"scheme": "standard-webhooks"},
        carries_id=True,
        find_id="header:webhook-id",
        find_type="type",
        find_time="timestamp",
        keeps_id=True,
        documentation="https://docs.sardine.ai/guides/webhooks",
        sample=Sample(
            body='{"id": "5ee2a3bb-9b6e-4f0f-a3a0-6c4b4a1d3a52", "type": "case.status", "timestamp": "2024-02-05T16:36:41Z", "data": {"action": {"source": "dashboard", "value": "approve"}, "case": {"sessionKey": "2a9e5a5d", "customerID": "ada", "status": "resolved"}}}'
        ),
    ),
    # Smile API (getsmileapi.com), which is neither Smile.io nor Smile ID.
    Provider(
        name="smile-api",
        title="Smile API",
        signed_with="the secret of the webhook",
        verify={"scheme": "hmac", "algorithm": "sha512", "header": "Smile-Signature"},
        find_id="id || content-hash",
        find_type="type",
        retries="twice, a few seconds apart, until any 2xx",
        notes="For webhooks of docs.getsmileapi.com, not of Smile.io. The form of the signature is as Hookdeck describes it.",
        evidence=Evidence.UNSURE,
        documentation="https://docs.getsmileapi.com/reference/webhooks",
        sample=Sample(
            body='{"id": "evt-8c5a2b90", "type": "ACCOUNT_CONNECTED", "data": {"userId": "user-1", "accountId": "a-1"}}',
            fresh="id",
        ),
    ),
    # The digest of the webhook's settings must be HMAC SHA256, which is the default.
    Provider(
        name="sumsub",
        title="Sumsub",
        signed_with="the webhook's secret key",
        verify={"scheme": "hmac", "header": "X-Payload-Digest"},
        find_id="content-hash",
        find_type="type",
        notes="`X-Payload-Digest-Alg` names the hash that was chosen for the webhook: hookline accepts HMAC_SHA256_HEX, which is the default.",
        documentation="https://docs.sumsub.com/docs/webhook-manager",
        sample=Sample(
            body='{"applicantId": "5c9e177b0a975a6eeccf5960", "inspectionId": "5c9e177b0a975a6eeccf5961", "correlationId": "req-63f92830-4d68-4eee-98d5-875d53a12258", "levelName": "basic-kyc-level", "externalUserId": "12672", "type": "applicantReviewed", "reviewResult": {"reviewAnswer": "GREEN"}, "reviewStatus": "completed", "createdAtMs": "2020-02-21 13:23:19.321"}'
        ),
    ),
    Provider(
        name="veriff",
        title="Veriff",
        signed_with="the integration's shared secret key",
        verify={"scheme": "hmac", "header": "X-HMAC-SIGNATURE"},
        find_id="content-hash",
        find_type="action || verification.status",
        documentation="https://devdocs.veriff.com/docs/hmac-authentication-and-endpoint-security",
        sample=Sample(
            body='{"status": "success", "verification": {"id": "12df6045-3846-3e45-946a-14fa6136d78b", "code": 9001, "status": "approved", "decisionTime": "2021-05-24T14:43:13.023Z", "vendorData": "12345678", "person": {"firstName": "SARAH", "lastName": "MORGAN"}}, "technicalData": {"ip": "186.186.186.186"}}',
            headers={"X-AUTH-CLIENT": "6b1b0b6f-9a6c-4a8e-9d27-8c2e37f5a0b1"},
        ),
    ),
)
