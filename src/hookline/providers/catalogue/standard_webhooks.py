"""Senders that sign by the Standard Webhooks specification."""

from __future__ import annotations

from typing import Final

from hookline.providers.provider import Evidence, Provider, Sample

__all__ = ["SENDERS"]


def member(  # noqa: PLR0913 -- the facts that an entry may state
    name: str,
    *,
    title: str,
    documentation: str,
    sample: Sample,
    signed_with: str = "the endpoint's signing secret, whsec_…",
    svix: bool = False,
    is_plain: bool = False,
    find_type: str = "type",
    find_time: str = "timestamp",
    retries: str = "",
    notes: str = "",
    evidence: Evidence = Evidence.DOCUMENTATION,
) -> Provider:
    """A sender that follows the specification: ``svix`` where it writes svix-… headers, ``is_plain`` where the secret is the key itself."""
    verify = {"scheme": "standard-webhooks"}
    verify |= {"spelling": "svix"} if svix else {}
    verify |= {"secret_encoding": "utf8"} if is_plain else {}
    return Provider(
        name=name,
        title=title,
        signed_with=signed_with,
        verify=verify,
        carries_id=True,
        find_id=f"header:{'svix' if svix else 'webhook'}-id",
        find_type=find_type,
        find_time=find_time,
        keeps_id=True,
        retries=retries,
        notes=notes,
        evidence=evidence,
        documentation=documentation,
        sample=sample,
    )


SENDERS: Final = (
    member(
        "brex",
        title="Brex",
        find_type="event_type",
        documentation="https://developer.brex.com/docs/webhooks/",
        sample=Sample(
            body='{"event_type": "TRANSFER_PROCESSED", "transfer_id": "dptx_cktkqtxlf000401qnmcp1cpqm", "payment_type": "ACH", "company_id": "cuacc_1"}'
        ),
    ),
    member(
        "clerk",
        title="Clerk",
        svix=True,
        documentation="https://clerk.com/docs/webhooks/overview",
        sample=Sample(
            body='{"data": {"id": "user_29w83sxmDNGwOuEthce5gg56FcC", "object": "user"}, "object": "event", "type": "user.created", "timestamp": 1654012591835}'
        ),
    ),
    member(
        "etsy",
        title="Etsy",
        find_type="event_type || 'webhook'",
        evidence=Evidence.UNSURE,
        documentation="https://developer.etsy.com/documentation/essentials/webhooks",
        sample=Sample(
            body='{"event_type": "order.paid", "resource_url": "https://api.etsy.com/v3/application/shops/1/receipts/2", "shop_id": 1}'
        ),
    ),
    member(
        "guesty",
        title="Guesty",
        signed_with="the endpoint's signing secret, whsec_…, as `GET /v1/webhooks-v2/secret` gives it",
        svix=True,
        find_type="event || 'webhook'",
        documentation="https://open-api-docs.guesty.com/docs/webhooks",
        sample=Sample(
            body='{"event": "reservation.new", "reservation": {"_id": "5f3e8f0b6a0b2c002d7f1c11", "status": "confirmed", "listingId": "5f3e8f0b6a0b2c002d7f1c22", "checkInDateLocalized": "2026-02-01"}}'
        ),
    ),
    member(
        "incident-io",
        title="incident.io",
        svix=True,
        find_type="event_type",
        documentation="https://docs.incident.io/integrations/webhooks",
        sample=Sample(
            body='{"event_type": "public_incident.incident_created_v2", "public_incident.incident_created_v2": {"id": "01FDAG4SAP5TYPT98WGR2N7W91", "name": "Our database is sad"}}'
        ),
    ),
    member(
        "increase",
        title="Increase",
        find_type="category",
        find_time="created_at",
        documentation="https://increase.com/documentation/webhooks",
        sample=Sample(
            body='{"id": "event_001dzz0r20rzr4zrhrr1364hy80", "associated_object_id": "account_in71c4amph0vgo2qllky", "associated_object_type": "account", "category": "account.created", "created_at": "2020-01-31T23:59:59Z", "type": "event"}'
        ),
    ),
    member(
        "loops",
        title="Loops",
        find_type="eventName",
        find_time="eventTime",
        documentation="https://loops.so/docs/webhooks",
        sample=Sample(
            body='{"eventName": "email.delivered", "eventTime": 1734425918, "webhookSchemaVersion": "1.0.0", "contactIdentity": {"id": "cm4t1suns001uw6atri87v54s", "email": "test@example.com"}}'
        ),
    ),
    member(
        "nash",
        title="Nash",
        svix=True,
        find_type="join('.', [type, event])",
        documentation="https://docs.usenash.com/reference/webhooks",
        sample=Sample(
            body='{"type": "delivery", "event": "dropoff_complete", "data": {"id": "job_R7FXJrfB99bpvpzf6CriJC", "isBatch": false, "status": "dropoff_complete"}}'
        ),
    ),
    member(
        "openai",
        title="OpenAI",
        find_time="created_at",
        retries="for up to 72 hours with growing pauses",
        evidence=Evidence.VECTOR,
        documentation="https://platform.openai.com/docs/guides/webhooks",
        sample=Sample(
            body='{"id": "evt_685343a1381c819085d44c354e1b330e", "object": "event", "created_at": 1750287018, "type": "response.completed", "data": {"id": "resp_685343a0610c8190a1d5c1d2a7b5d0f0"}}'
        ),
    ),
    member(
        "pleo",
        title="Pleo",
        find_type="eventType",
        find_time="data.createdAt",
        notes="Pleo also offers basic authentication or a header of your choice instead of the signature: subscribe with the signature.",
        documentation="https://developers.pleo.io/reference/webhooks-authentication-authorisation",
        sample=Sample(
            body='{"data": {"companyId": "b5fdaec1-1b43-4b62-996a-b0471c3bb336", "createdAt": "2025-05-23T15:21:32Z", "id": "b4c4d068-ebbe-45b7-b562-2f16f0deb8b9", "numberOfItems": 1, "status": "pending"}, "eventId": "a257a31e-e8a6-4c36-a98d-451250e5b5c4", "eventType": "v1.export-job.created"}'
        ),
    ),
    member(
        "polar",
        title="Polar",
        signed_with="the endpoint's signing secret",
        is_plain=True,
        notes="Polar's own SDK uses the secret's text as the key, not the bytes that it encodes.",
        evidence=Evidence.UNSURE,
        documentation="https://docs.polar.sh/integrate/webhooks/delivery",
        sample=Sample(
            body='{"type": "order.paid", "timestamp": "2025-02-11T23:25:48.183Z", "data": {"id": "ord_1", "status": "paid", "total_amount": 1000, "currency": "usd"}}'
        ),
    ),
    member(
        "psi-fi",
        title="PSI.fi",
        svix=True,
        find_type="event || type || 'webhook'",
        notes="This is known from Svix, which sends its calls, and from receivers of its calls.",
        evidence=Evidence.UNSURE,
        documentation="https://docs.svix.com/ingest",
        sample=Sample(
            body='{"event": "order.complete", "order_id": "ord_1", "order": {"externalId": "1001", "status": "complete", "totalAmount": 1000}}'
        ),
    ),
    member(
        "render",
        title="Render",
        documentation="https://render.com/docs/webhooks",
        sample=Sample(
            body='{"type": "deploy_ended", "timestamp": "2025-02-11T23:25:48.183Z", "data": {"id": "evt-cumdqnggj3ls73b8pjq0", "serviceId": "srv-cukouhrtq21c73e9scng", "status": "succeeded"}}'
        ),
    ),
    member(
        "replicate",
        title="Replicate",
        find_type="status || 'webhook'",
        find_time="created_at",
        documentation="https://replicate.com/docs/topics/webhooks/verify-webhook",
        sample=Sample(
            body='{"id": "ufawqhfynnddngldkgtslldrkq", "version": "5c7d5dc6dd8bf75c1acaa8565735e7986bc5b66206b55cca93cb72c9bf15ccaa", "created_at": "2022-04-26T22:13:06.224088Z", "status": "succeeded", "output": null}'
        ),
    ),
    member(
        "resend",
        title="Resend",
        svix=True,
        find_time="created_at",
        documentation="https://resend.com/docs/dashboard/webhooks/verify-webhooks-requests",
        sample=Sample(
            body='{"type": "email.delivered", "created_at": "2024-11-22T23:41:12.126Z", "data": {"email_id": "56761188-7520-42d8-8898-ff6fc54ce618", "to": ["delivered@resend.dev"]}}'
        ),
    ),
    member(
        "stytch",
        title="Stytch",
        svix=True,
        find_type="action || 'webhook'",
        documentation="https://stytch.com/docs/guides/implementation/webhooks",
        sample=Sample(
            body='{"project_id": "project-live-1", "event_id": "event-live-1", "action": "CREATE", "object_type": "user", "source": "DIRECT", "id": "user-live-1", "timestamp": "2024-03-05T18:11:53Z"}'
        ),
    ),
    member(
        "supabase",
        title="Supabase Auth hooks",
        signed_with="the secret of the hook, whole: v1,whsec_…",
        find_type="type || 'webhook'",
        notes="A hook that needs a decision as its answer is not a webhook: hookline only acknowledges it.",
        documentation="https://supabase.com/docs/guides/auth/auth-hooks",
        sample=Sample(
            body='{"user": {"id": "8484b834-f29e-4af2-bf42-80644d154f76", "email": "user@example.com"}, "sms": {"otp": "561166"}}'
        ),
    ),
    member(
        "vanta",
        title="Vanta",
        svix=True,
        find_type="type || 'webhook'",
        evidence=Evidence.UNSURE,
        documentation="https://developer.vanta.com/docs/webhooks",
        sample=Sample(body='{"type": "test.failed", "timestamp": "2026-01-02T03:04:05Z", "data": {}}'),
    ),
)
