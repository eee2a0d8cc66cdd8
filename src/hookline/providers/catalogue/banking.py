"""Senders for bank accounts, issued cards and payroll."""

from __future__ import annotations

from typing import Final

from hookline.domain.source import SuccessAnswer
from hookline.providers.provider import JSON, Evidence, Provider, Sample

__all__ = ["SENDERS"]

SENDERS: Final = (
    Provider(
        name="column",
        title="Column",
        signed_with="the webhook endpoint's signing secret",
        verify={"scheme": "hmac", "header": "Column-Signature"},
        find_id="id",
        find_type="type",
        find_time="created_at",
        keeps_id=True,
        notes="Column documents the hash but not its encoding; hookline expects hex.",
        evidence=Evidence.UNSURE,
        documentation="https://column.com/docs/workingwithapi/events-and-webhooks",
        sample=Sample(
            body='{"id": "evnt_1vEdMiZ5pmkmrKZfNZ8LeqF2KFP", "created_at": "2021-07-12T23:05:36Z", "type": "ach.outgoing_transfer.completed", "data": {"id": "acht_1vEdMiRjQWQYqRqaOppMfU7BWr1"}}'
        ),
    ),
    Provider(
        name="deel",
        title="Deel",
        signed_with="the webhook's signing key",
        verify={"scheme": "hmac", "header": "x-deel-signature", "template": "POST{body}"},
        find_id="content-hash",
        find_type="data.meta.event_type",
        find_time="timestamp",
        documentation="https://developer.deel.com/docs/webhooks",
        sample=Sample(
            body='{"data": {"meta": {"event_type": "contract.created", "event_type_id": "3fa85f64-5717-4562-b3fc-2c963f66afa6", "organization_id": 10092, "tracking_id": "2d5d2a24-7d3f-4e6b-8ee5-d1fcb8ecb1ff"}, "resource": {"id": "37nex2x", "status": "new", "type": "ongoing_time_based"}}, "timestamp": "2022-10-22T12:26:11.000Z"}'
        ),
    ),
    Provider(
        name="dwolla",
        title="Dwolla",
        signed_with="the secret of the webhook subscription",
        verify={"scheme": "hmac", "header": "X-Request-Signature-SHA-256"},
        find_id="id",
        find_type="topic",
        find_time="timestamp",
        documentation="https://developers.dwolla.com/docs/working-with-webhooks",
        sample=Sample(
            body='{"id": "80d8ff7d-7e5a-4975-ade8-9e97306d6c15", "resourceId": "b4cdac07-eeca-4059-a29a-48d8e0c9c6ce", "topic": "transfer_completed", "timestamp": "2022-06-30T19:27:10.000Z", "_links": {"resource": {"href": "https://api.dwolla.com/transfers/b4cdac07-eeca-4059-a29a-48d8e0c9c6ce"}}}'
        ),
    ),
    # As Standard Webhooks, with headers of its own names.
    Provider(
        name="finch",
        title="Finch",
        signed_with="the webhook secret, in base64",
        verify={
            "scheme": "hmac",
            "header": "Finch-Signature",
            "encoding": "base64",
            "prefix": "v1,",
            "separator": " ",
            "secret_encoding": "base64",
            "id_header": "Finch-Event-Id",
            "timestamp_header": "Finch-Timestamp",
            "template": "{id}.{timestamp}.{body}",
        },
        carries_id=True,
        find_id="header:Finch-Event-Id",
        find_type="event_type",
        evidence=Evidence.VECTOR,
        documentation="https://developer.tryfinch.com/api-reference/development-guides/Webhooks",
        sample=Sample(
            body='{"company_id": "720be419-0293-4d32-a707-32179b0827ab", "account_id": "fa872170-b49f-4a6e-b9d1-1e4f8bd4e4d5", "event_type": "individual.updated", "data": {"individual_id": "5d0b10a1-a09a-430f-81f1-20be735dc5e9"}}'
        ),
    ),
    # The static key; Fireblocks writes a second header with keys of a JWK set.
    Provider(
        name="fireblocks",
        title="Fireblocks",
        signed_with="Fireblocks' public key, as its page shows it for the workspace's region and for the sandbox: the PEM file, or its base64 in one line",
        verify={
            "scheme": "public-key",
            "algorithm": "rsa-sha512",
            "header": "Fireblocks-Signature",
            "encoding": "base64",
        },
        find_id="id || content-hash",
        find_type="eventType || type",
        find_time="createdAt || timestamp",
        answer=SuccessAnswer(),
        retries="after 10, 30 and 120 seconds, 5, 15 and 30 minutes, 1, 2 and 4 hours; not after 4xx but 408 and 429",
        notes="Fireblocks calls this signature the legacy one, and sends both while its users move. The newer header `Fireblocks-Webhook-Signature`, a detached JWS, is not read.",
        documentation="https://developers.fireblocks.com/reference/validate-requests-v2",
        sample=Sample(
            body='{"id": "6f8a4b1e-2f7c-4f2b-9a51-0f1d2c3b4a59", "resourceId": "c3b4a591-7e8f-4a0b-8c1d-2e3f4a5b6c7d", "webhookId": "9c1d2e3f-4a5b-4c6d-8e7f-8091a2b3c4d5", "workspaceId": "1a2b3c4d-5e6f-4a7b-8c9d-0e1f2a3b4c5d", "eventType": "transaction.created", "createdAt": 1754494189479, "data": {"id": "c3b4a591-7e8f-4a0b-8c1d-2e3f4a5b6c7d", "status": "SUBMITTED"}}',
            fresh="id",
        ),
    ),
    Provider(
        name="lithic",
        title="Lithic",
        signed_with="the event subscription's signing secret: whsec_…",
        verify={"scheme": "standard-webhooks"},
        carries_id=True,
        find_id="header:webhook-id",
        find_type="event_type",
        find_time="created",
        keeps_id=True,
        retries="with growing pauses; a subscription that fails for 5 days is disabled",
        evidence=Evidence.VECTOR,
        documentation="https://docs.lithic.com/docs/events-api",
        sample=Sample(
            body='{"token": "3b3d3a1c-6f8b-4d6c-9a5e-0c2f6a7b8c9d", "event_type": "card.created", "created": "2026-07-23T12:00:00Z", "payload": {"token": "00000000-0000-0000-0000-000000000000", "type": "VIRTUAL"}}'
        ),
    ),
    Provider(
        name="marqeta",
        title="Marqeta",
        signed_with="config.secret of the webhook",
        verify={"scheme": "hmac", "header": "X-Marqeta-Signature"},
        find_id="content-hash",
        find_type="keys(@)[0]",
        answer=SuccessAnswer(),
        retries="up to 10 times: after 4 seconds, then with pauses that are four times the one before, up to twelve days",
        notes="Set a secret and HMAC-SHA256 as the webhook's signature algorithm: without a secret only its basic authentication proves the sender, and the default is SHA-1. One call carries up to ten events of one kind, stored and queued as one event; the type is that of the list.",
        documentation="https://www.marqeta.com/docs/developer-guides/signature-verification",
        sample=Sample(
            body='{"threedstransitions": [{"acs_transaction_id": "ba6435a5-9ab4-4233-9d33-81021e276632", "type": "initialization", "state": "PENDING", "user_token": "my_user_01", "card_token": "my_card_01", "created_time": "2023-06-16T04:44:51.428Z", "network": "VISA"}]}'
        ),
    ),
    Provider(
        name="merge",
        title="Merge",
        signed_with="the webhook signature key",
        verify={"scheme": "hmac", "header": "X-Merge-Webhook-Signature", "encoding": "base64url"},
        find_id="content-hash",
        find_type="hook.event",
        notes="`hook.id` names the webhook, not the delivery.",
        documentation="https://docs.merge.dev/basics/webhooks/",
        sample=Sample(
            body='{"hook": {"id": "75ae49bc-2a4e-4a4b-a4f6-8c7b7b5b2f43", "event": "Employee.changed", "target": "https://hooks.example.com/webhook/provider"}, "linked_account": {"id": "0496d4c2-42b6-4072-80b3-7b69bfdc76fd", "integration": "BambooHR", "category": "hris"}, "data": {"id": "0958cbc6-6040-430a-848e-aafacbadf4ae", "first_name": "Dirna", "employment_status": "ACTIVE"}}'
        ),
    ),
    Provider(
        name="modern-treasury",
        title="Modern Treasury",
        signed_with="the organisation's webhook key",
        verify={"scheme": "hmac", "header": "X-Signature"},
        find_id="content-hash",
        find_type="event",
        evidence=Evidence.VECTOR,
        documentation="https://docs.moderntreasury.com/platform/reference/webhooks",
        sample=Sample(
            body='{"event": "completed", "data": {"id": "f6c2d8d4-6d3c-4a3c-8b6f-3a1c2f0f1f5e", "object": "payment_order", "live_mode": true, "amount": 1000, "currency": "USD", "direction": "credit", "status": "completed", "updated_at": "2022-03-01T21:48:37Z"}}'
        ),
    ),
    Provider(
        name="orum-io",
        title="Orum",
        signs="RSA in `Signature`, base64 over the body and its `created_at`",
        signed_with="the public key that `GET /webhooks/secret` gives",
        verify={
            "scheme": "public-key",
            "algorithm": "rsa-sha256",
            "header": "Signature",
            "encoding": "base64",
            "template": "{body}{json:created_at}",
        },
        find_id="event_id",
        find_type="event_type",
        find_time="created_at",
        retries="up to 15 times in 24 hours with growing pauses",
        documentation="https://docs.orum.io/api-reference/webhooks/secure-webhooks",
        sample=Sample(
            body='{"event_id": "2d51de32-3973-5297-bb32-be24f559ef81", "event_type": "external_account_created", "created_at": "{rfc3339}", "event_data": {"external_account": {"id": "95f3cb3d-a5c3-46b8-a7be-056b903bfd54", "customer_resource_type": "person", "account_type": "checking", "status": "created"}}}'
        ),
    ),
    # The Business API signs in another way.
    Provider(
        name="qonto-onboarding",
        title="Qonto (Onboarding API)",
        signed_with="the secret of the webhook subscription",
        verify={"scheme": "hmac", "header": "Qonto-SHA256-Signature"},
        find_id="id",
        find_type="event_type",
        find_time="created_at",
        evidence=Evidence.VECTOR,
        documentation="https://docs.qonto.com/api-reference/onboarding-api/webhooks",
        sample=Sample(
            body='{"id": "75341dcb-0376-474d-97d7-d2c03ff3973c", "event_type": "registrations.pending", "resource_type": "registration", "resource_id": "525817f7-93e8-4f31-a83d-20319778b4b0", "created_at": "2022-08-29T13:17:32Z"}'
        ),
    ),
    Provider(
        name="rutter",
        title="Rutter",
        signed_with="the client secret",
        verify={"scheme": "hmac", "header": "X-Rutter-Signature", "encoding": "base64", "prefix": "sha256="},
        find_id="content-hash",
        find_type="code",
        notes="Other integrations differ about the encoding of the signature.",
        evidence=Evidence.UNSURE,
        documentation="https://docs.rutter.com/webhooks/overview",
        sample=Sample(
            body='{"type": "ORDER", "code": "ORDER_CREATED", "connection_id": "bfc9ea8c-6f21-4ff0-9b3f-6a2d1f1a1c52", "order": {"id": "3d8a1c6e-6b4f-4a73-8a38-33f8f3a07b0a"}}'
        ),
    ),
    Provider(
        name="synctera",
        title="Synctera",
        signed_with="the webhook secret of the API (not the API key)",
        verify={
            "scheme": "hmac",
            "header": "Synctera-Signature",
            "separator": ".",
            "timestamp_header": "Request-Timestamp",
            "template": "{timestamp}.{body}",
        },
        find_id="id || content-hash",
        find_type="type",
        find_time="event_time",
        deadline=5,
        retries="for about 55 hours with growing pauses",
        notes="While the secret is replaced, the header holds two signatures.",
        documentation="https://docs.synctera.com/docs/webhooks-guide",
        sample=Sample(
            body='{"id": "b7b1c6c2-3a30-4b0e-8c8d-1a7d4b9d6f11", "type": "CUSTOMER.UPDATED", "event_time": "2022-06-30T19:27:10.000Z", "webhook_id": "7d943c51-e4ff-4e57-9558-08cab6b963c7"}',
            fresh="id",
        ),
    ),
    # Events V2.
    Provider(
        name="tink",
        title="Tink",
        signed_with="the secret of the webhook endpoint",
        verify={
            "scheme": "hmac",
            "header": "X-Tink-Signature",
            "fields": {"timestamp": "t", "signature": "v1"},
            "template": "{timestamp}.{body}",
        },
        find_id="content-hash",
        find_type="event",
        evidence=Evidence.VECTOR,
        documentation="https://docs.tink.com/resources/api-setup/webhook-signature-validation",
        sample=Sample(
            body='{"context": {"userId": "a16b4fa8f5254b2bbb72f4d46ab3bcb1", "externalUserId": "ada"}, "content": {"credentialsId": "21ae8d7a1c1f4b8b8f5b1f3a6c2f9d10", "credentialsStatus": "UPDATED", "finished": 1652430523000}, "event": "refresh:finished"}'
        ),
    ),
    Provider(
        name="token-io",
        title="Token.io",
        signed_with="the member's public key, as the dashboard shows it",
        verify={
            "scheme": "public-key",
            "algorithm": "ed25519",
            "header": "token-signature",
            "encoding": "base64url",
        },
        find_id="content-hash",
        find_type="eventType || 'webhook'",
        answer=SuccessAnswer(),
        retries="after about 10, 30, 70 and 150 minutes, for up to 72 hours",
        notes="The header `token-event`, which names the event as well, is not signed. The form of the signature is as Hookdeck describes it.",
        evidence=Evidence.UNSURE,
        documentation="https://docs.token.io/products/tpp/integration-considerations/webhooks",
        sample=Sample(
            body='{"eventType": "PAYMENT_STATUS_CHANGED", "payment": {"id": "pm2:1", "memberId": "m:1", "status": "INITIATION_COMPLETED", "bankPaymentStatus": "ACSC"}}',
            headers={"token-event": "PAYMENT_STATUS_CHANGED"},
        ),
    ),
    Provider(
        name="unit",
        title="Unit",
        signed_with="the webhook's token",
        verify={"scheme": "hmac", "header": "X-Unit-Signature", "algorithm": "sha1", "encoding": "base64"},
        find_id="content-hash",
        find_type="data[0].type",
        find_time="data[0].attributes.createdAt",
        media_types=JSON | {"application/vnd.api+json"},
        notes="One call may carry several events; type and time are those of the first.",
        evidence=Evidence.SDK,
        documentation="https://www.unit.co/docs/api/webhooks/",
        sample=Sample(
            body='{"data": [{"id": "53", "type": "customer.created", "attributes": {"createdAt": "2020-07-29T12:53:05.882Z"}, "relationships": {"customer": {"data": {"id": "10000", "type": "individualCustomer"}}}}]}'
        ),
    ),
    Provider(
        name="wise",
        title="Wise",
        signed_with="Wise's public key, as its page shows it for live accounts and for the sandbox: the PEM file, or its base64 in one line",
        verify={
            "scheme": "public-key",
            "algorithm": "rsa-sha256",
            "header": "X-Signature-SHA256",
            "encoding": "base64",
        },
        find_id="header:X-Delivery-Id || content-hash",
        find_type="event_type",
        find_time="sent_at || data.occurred_at",
        deadline=5,
        retries="up to 25 times in two weeks with growing pauses",
        notes="The id is in a header, which is not signed. Calls that only test the endpoint have the header `X-Test-Notification: true`.",
        evidence=Evidence.VECTOR,
        documentation="https://docs.wise.com/features/webhooks-notifications/event-handling",
        sample=Sample(
            body='{"data": {"resource": {"id": 111, "profile_id": 222, "account_id": 333, "type": "transfer"}, "current_state": "processing", "previous_state": "incoming_payment_waiting", "occurred_at": "2020-01-01T12:34:56Z"}, "subscription_id": "01234567-89ab-cdef-0123-456789abcdef", "event_type": "transfers#state-change", "schema_version": "2.0.0", "sent_at": "2020-01-01T12:34:56Z"}',
            headers={"X-Delivery-Id": "{id}"},
        ),
    ),
)
