"""Senders for subscriptions, bills and metered use."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from hookline.domain.source import SuccessAnswer
from hookline.providers.provider import FORM, Evidence, Proves, Provider, Sample

__all__ = ["SENDERS"]

SENDERS: Final = (
    # Maxio Advanced Billing, which was Chargify.
    Provider(
        name="chargify",
        title="Maxio (Chargify)",
        signed_with="the site's shared key",
        verify={"scheme": "hmac", "header": "X-Chargify-Webhook-Signature-Hmac-Sha-256"},
        find_id="form:id || content-hash",
        find_type="form:event",
        media_types=FORM,
        keeps_id=True,
        answer=SuccessAnswer(),
        notes="The header `X-Chargify-Webhook-Id` has the same id and is not signed: it is not read.",
        documentation="https://docs.maxio.com/hc/en-us/articles/24266143173901-Webhooks-Reference",
        sample=Sample(
            body="id={id}&event=payment_success&payload%5Bsite%5D%5Bid%5D=13&payload%5Bsite%5D%5Bsubdomain%5D=acme&payload%5Btransaction%5D%5Bamount_in_cents%5D=1000",
            media_type="application/x-www-form-urlencoded",
            fresh="id",
        ),
    ),
    Provider(
        name="fastspring",
        title="FastSpring",
        signed_with="the webhook's HMAC SHA256 secret",
        verify={"scheme": "hmac", "header": "X-FS-Signature", "encoding": "base64"},
        find_id="content-hash",
        answer=SuccessAnswer(),
        retries="until the answer is 200",
        notes="One call carries several events of several types, stored and queued as one event. FastSpring signs only if a secret is set.",
        documentation="https://developer.fastspring.com/reference/message-security",
        sample=Sample(
            body='{"events": [{"id": "cWz2bqJQSFyk4Tj2_Zo1Pw", "type": "order.completed", "live": true, "processed": false, "created": 1700000000000, "data": {"order": "vAzCYQCgRcyYhxDwTq4cIQ", "reference": "FAS200416-7474-66112", "currency": "USD", "total": 20}}]}'
        ),
    ),
    # The webhook's signature must be set to HMAC; the other kind is a token.
    Provider(
        name="lago",
        title="Lago",
        signed_with="the organisation's HMAC key",
        verify={"scheme": "hmac", "header": "X-Lago-Signature", "encoding": "base64"},
        find_id="header:X-Lago-Unique-Key",
        find_type="webhook_type",
        keeps_id=True,
        notes="The webhook's signature algorithm must be HMAC: with JWT the same header holds a token. The id is in a header, which is not signed.",
        documentation="https://getlago.com/docs/api-reference/webhooks/format---signature",
        sample=Sample(
            body='{"webhook_type": "invoice.created", "object_type": "invoice", "organization_id": "1a901a90-1a90-1a90-1a90-1a901a901a90", "invoice": {"lago_id": "1a901a90-1a90-1a90-1a90-1a901a901a91", "number": "LAG-1234-001-002", "status": "finalized", "currency": "EUR", "total_amount_cents": 120}}',
            headers={"X-Lago-Unique-Key": "{id}", "X-Lago-Signature-Algorithm": "hmac"},
        ),
    ),
    Provider(
        name="memberful",
        title="Memberful",
        signed_with="the webhook's secret",
        verify={"scheme": "hmac", "header": "X-Memberful-Webhook-Signature"},
        find_id="content-hash",
        find_type="event",
        documentation="https://memberful.com/help/custom-development-and-api/webhooks/",
        sample=Sample(
            body='{"event": "subscription.created", "subscription": {"id": 1, "active": true, "autorenew": true, "created_at": "2023-10-02T19:23:46Z", "price": 4000, "member": {"id": 1, "email": "ada@example.com"}}}'
        ),
    ),
    Provider(
        name="metronome",
        title="Metronome",
        signed_with="the webhook's secret",
        verify={
            "scheme": "hmac",
            "header": "Metronome-Webhook-Signature",
            "timestamp_header": "X-Metronome-Date",
            "timestamp_format": "http-date",
            "template": "{timestamp}\n{body}",
        },
        find_id="id",
        find_type="type",
        keeps_id=True,
        retries="with growing pauses of up to 15 minutes, for two days",
        evidence=Evidence.SDK,
        documentation="https://docs.metronome.com/guides/platform-configuration/setup-webhooks",
        sample=Sample(
            body='{"id": "fc00bd44-8d4b-4913-9b7c-fd1f8da61e62", "properties": {"invoice_id": "de99894e-f9ce-4b6c-92b0-f4ec0d09b6f1", "customer_id": "3c9e87ba-0e49-44a3-9aa9-6917f8da3491", "invoice_finalized_date": "2024-02-20T15:50:07.457Z"}, "type": "invoice.finalized"}'
        ),
    ),
    Provider(
        name="orb",
        title="Orb",
        signed_with="the webhook's secret",
        verify={
            "scheme": "hmac",
            "header": "X-Orb-Signature",
            "prefix": "v1=",
            "separator": " ",
            "timestamp_header": "X-Orb-Timestamp",
            "timestamp_format": "rfc3339",
            "template": "v1:{timestamp}:{body}",
        },
        find_id="id",
        find_type="type",
        find_time="created_at",
        evidence=Evidence.VECTOR,
        documentation="https://docs.withorb.com/integrations-and-exports/webhooks",
        sample=Sample(
            body='{"id": "o4mmewpfNNTnjfZc", "created_at": "2024-03-27T15:42:29+00:00", "type": "resource_event.test", "properties": {"message": "A test webhook from Orb. Happy testing!"}}'
        ),
    ),
    Provider(
        name="patreon",
        title="Patreon",
        signed_with="the webhook's secret",
        verify={"scheme": "hmac", "header": "X-Patreon-Signature", "algorithm": "md5"},
        find_id="content-hash",
        find_type="header:X-Patreon-Event",
        notes="Patreon supports only HMAC-MD5. The type is in a header, which is not signed.",
        documentation="https://docs.patreon.com/#webhooks",
        sample=Sample(
            body='{"data": {"id": "03ca69c3-ebea-4b9a-8fac-e4a837873254", "type": "member", "attributes": {"full_name": "Ada", "patron_status": "active_patron", "last_charge_date": "2018-04-01T21:28:06.000+00:00", "last_charge_status": "Paid", "currently_entitled_amount_cents": 400}}, "links": {"self": "https://www.patreon.com/api/oauth2/v2/members/03ca69c3-ebea-4b9a-8fac-e4a837873254"}}',
            headers={"X-Patreon-Event": "members:pledge:create"},
        ),
    ),
    Provider(
        name="qonversion",
        title="Qonversion",
        signed_with="the authorization token of the webhook",
        verify={"scheme": "token", "header": "Authorization", "prefix": "Basic "},
        proves=Proves.SENDER,
        covers="nothing: the secret itself is in a header of each call",
        find_id="content-hash",
        find_type="event_name",
        find_time="time",
        answer=SuccessAnswer(),
        notes="The body has no id of the event: a repeat is recognised by its bytes.",
        documentation="https://documentation.qonversion.io/docs/webhooks",
        sample=Sample(
            body='{"event_name": "trial_converted", "user_id": "3YjIDEUDaf_5g4IdWw6zcMlLgfg_YQp2", "custom_user_id": "", "time": 1600000000, "created_at": 1600000000, "product_id": "com.myapp.subs.9.99.trial", "revenue": {"value": 7.99, "value_usd": 9.99, "currency": "GBP"}}'
        ),
    ),
    Provider(
        name="recharge",
        title="Recharge",
        signed_with="the API client secret of the API token",
        verify={
            "scheme": "hmac",
            "header": "X-Recharge-Webhook-Signature",
            "fields": {"timestamp": "t", "signature": "v1"},
            "template": "{timestamp}.{body}",
            "tolerance": timedelta(days=1),
        },
        find_id="content-hash",
        find_type="header:X-Recharge-Topic",
        answer=SuccessAnswer(),
        deadline=5,
        retries="20 times in 48 hours, then the subscription is deleted",
        notes="The topic is in a header, which is not signed. Recharge tolerates 48 hours for the time; hookline tolerates a day. The older header `X-Recharge-Hmac-Sha256` (`recharge-legacy`) does not sign a time.",
        documentation="https://docs.getrecharge.com/docs/webhooks-overview",
        sample=Sample(
            body='{"charge": {"id": 377749210, "customer_id": 87475383, "status": "success", "total_price": "42.00", "currency": "USD"}}',
            headers={"X-Recharge-Topic": "charge/paid"},
        ),
    ),
    Provider(
        name="recharge-legacy",
        title="Recharge (older signature)",
        signed_with="the API client secret of the API token",
        verify={"scheme": "hmac", "header": "X-Recharge-Hmac-Sha256", "algorithm": "sha256-plain"},
        find_id="content-hash",
        find_type="header:X-Recharge-Topic",
        answer=SuccessAnswer(),
        deadline=5,
        retries="20 times in 48 hours, then the subscription is deleted",
        notes="Despite the header's name it is not an HMAC, but SHA-256 of the secret and the body. Recharge recommends its newer signature, which `recharge` verifies. The topic is in a header, which is not signed.",
        documentation="https://docs.getrecharge.com/docs/webhooks-overview",
        sample=Sample(
            body='{"charge": {"id": 377749210, "customer_id": 87475383, "status": "success", "total_price": "42.00", "currency": "USD"}}',
            headers={"X-Recharge-Topic": "charge/paid"},
        ),
    ),
    # JSON endpoints only: XML is not signed.
    Provider(
        name="recurly",
        title="Recurly",
        signed_with="the webhook endpoint's secret key",
        verify={
            "scheme": "hmac",
            "header": "recurly-signature",
            "fields": {"timestamp": 1, "signature": 2},
            "timestamp_format": "milliseconds",
            "template": "{timestamp}.{body}",
        },
        find_id="header:recurly-notification-id || content-hash",
        find_type="join('.', [object_type, event_type])",
        find_time="event_time",
        keeps_id=True,
        deadline=5,
        retries="up to 10 times, the pause before number x (from 0) being 10 + x · 2^(x + 5) seconds",
        notes="Set the endpoint to JSON: XML is not signed. The id is in a header, which is not signed; `id` of the body names the changed object.",
        documentation="https://docs.recurly.com/recurly-subscriptions/docs/signature-verification",
        sample=Sample(
            body='{"id": "qhh6lmrvxdwn", "object_type": "account", "site_id": "qhh5xkqbkbfg", "event_type": "created", "event_time": "2022-08-04T19:37:31Z", "account_code": "ada"}',
            headers={"recurly-notification-id": "{id}"},
        ),
    ),
    Provider(
        name="revenuecat",
        title="RevenueCat",
        signed_with="the whole value of the Authorization field, as it was written at RevenueCat",
        verify={"scheme": "token", "header": "Authorization"},
        proves=Proves.SENDER,
        covers="nothing: the secret itself is in a header of each call",
        find_id="event.id",
        find_type="event.type",
        find_time="event.event_timestamp_ms",
        keeps_id=True,
        answer=SuccessAnswer(),
        deadline=60,
        retries="up to 5 times: after 5, 10, 20, 40 and 80 minutes",
        documentation="https://www.revenuecat.com/docs/integrations/webhooks",
        sample=Sample(
            body='{"api_version": "1.0", "event": {"id": "12345678-1234-1234-1234-123456789012", "type": "INITIAL_PURCHASE", "event_timestamp_ms": 1658726378679, "product_id": "com.subscription.weekly", "period_type": "NORMAL", "purchased_at_ms": 1658726374000, "environment": "PRODUCTION", "app_user_id": "1234567890", "transaction_id": "123456789012345"}}'
        ),
    ),
    Provider(
        name="whop",
        title="Whop",
        signed_with="the webhook's signing secret, as Whop shows it (ws_…)",
        verify={"scheme": "standard-webhooks", "secret_encoding": "utf8"},
        carries_id=True,
        find_id="header:webhook-id",
        find_type="type",
        find_time="timestamp",
        evidence=Evidence.SDK,
        documentation="https://docs.whop.com/developer/guides/webhooks",
        sample=Sample(
            body='{"api_version": "v1", "id": "msg_xxxxxxxxxxxxxxxxxxxxxxxx", "timestamp": "2025-01-01T00:00:00.000Z", "type": "payment.succeeded", "company_id": "biz_xxxxxxxxxxxxxx", "data": {"id": "pay_xxxxxxxxxxxxxx", "status": "paid", "total": 6.9, "currency": "usd"}}'
        ),
    ),
)
