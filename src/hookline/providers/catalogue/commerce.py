"""Senders for payments, orders and bills, which sign with a keyed hash."""

from __future__ import annotations

from typing import Final

from hookline.domain.source import SuccessAnswer
from hookline.providers.provider import Evidence, Provider, Sample

__all__ = ["SENDERS"]

SENDERS: Final = (
    # Adyen's platform webhooks.
    Provider(
        name="adyen-header",
        title="Adyen (platform webhooks)",
        signs="`HmacSignature`, base64 over the body, the key in hex",
        signed_with="the webhook's HMAC key in hex",
        verify={"scheme": "hmac", "header": "HmacSignature", "encoding": "base64", "secret_encoding": "hex"},
        find_id="content-hash",
        find_type="type",
        find_time="timestamp || createdAt",
        deadline=10,
        evidence=Evidence.VECTOR,
        documentation="https://docs.adyen.com/development-resources/webhooks/verify-hmac-signatures/",
        sample=Sample(
            body='{"data": {"balancePlatform": "YOUR_BALANCE_PLATFORM", "accountHolder": {"id": "AH32272223222B5CTDQPM6W2H", "status": "active"}}, "environment": "test", "timestamp": "2024-12-15T15:42:03+01:00", "type": "balancePlatform.accountHolder.created"}',
            headers={"Protocol": "HmacSHA256"},
        ),
    ),
    Provider(
        name="gocardless",
        title="GoCardless",
        signs="`Webhook-Signature`, hex over the body, which holds a list of events",
        signed_with="the webhook endpoint's secret",
        verify={"scheme": "hmac", "header": "Webhook-Signature"},
        find_id="content-hash",
        deadline=10,
        notes="One call carries up to 250 events of several types, stored and queued as one event. GoCardless documents 498 as the answer to a wrong signature; hookline answers 401.",
        evidence=Evidence.VECTOR,
        documentation="https://developer.gocardless.com/getting-started/staying-up-to-date-with-webhooks",
        sample=Sample(
            body='{"events": [{"id": "EV00BD05S5VM2T", "created_at": "2018-07-05T09:13:51.404Z", "resource_type": "payments", "action": "confirmed", "links": {"payment": "PM0003JJQ2MR06"}, "details": {"origin": "gocardless", "cause": "payment_confirmed", "description": "Payment was confirmed as collected"}, "metadata": {}}]}'
        ),
    ),
    Provider(
        name="lemon-squeezy",
        title="Lemon Squeezy",
        signs="`X-Signature`, hex over the body",
        signed_with="the webhook's signing secret, as it was chosen (6 to 40 characters; hookline needs at least 8)",
        verify={"scheme": "hmac", "header": "X-Signature"},
        find_id="content-hash",
        find_type="meta.event_name",
        answer=SuccessAnswer(),
        retries="up to 3 more times: after about 5, 25 and 125 seconds",
        documentation="https://docs.lemonsqueezy.com/help/webhooks/signing-requests",
        sample=Sample(
            body='{"meta": {"event_name": "order_created", "custom_data": {"customer_id": 25}}, "data": {"type": "orders", "id": "1", "attributes": {"store_id": 1, "identifier": "104e18a2-d755-4d4b-80c4-a6c1dcbe1c10", "currency": "USD", "total": 1199, "status": "paid"}}}',
            headers={"X-Event-Name": "order_created"},
        ),
    ),
    # Mollie's next-generation webhooks.
    Provider(
        name="mollie",
        title="Mollie",
        signs="`X-Mollie-Signature`, hex over the body, with or without `sha256=` before it",
        signed_with="the webhook's signing secret",
        verify={"scheme": "hmac", "header": "X-Mollie-Signature", "prefix": ["sha256=", ""]},
        find_id="id",
        find_type="type",
        find_time="createdAt",
        answer=SuccessAnswer(),
        notes="For 24 hours after a rotation the header is sent twice. Classic webhooks contain only an id and are not signed: use the provider `mollie-classic` for them.",
        evidence=Evidence.SDK,
        documentation="https://docs.mollie.com/reference/webhooks-new",
        sample=Sample(
            body='{"resource": "event", "id": "event_GvJ8WHrp5isUdRub9CJyH", "type": "payment-link.paid", "entityId": "pl_qng5gbbv8NAZ5gpM5ZYgx", "createdAt": "2024-12-16T15:57:04.000Z"}'
        ),
    ),
    # Paddle Billing.
    Provider(
        name="paddle",
        title="Paddle",
        signs="`Paddle-Signature: ts=…;h1=…` over the time and the body",
        signed_with="the notification destination's secret key: pdl_ntfset_…",
        verify={
            "scheme": "hmac",
            "header": "Paddle-Signature",
            "fields": {"timestamp": "ts", "signature": "h1"},
            "separator": ";",
            "template": "{timestamp}:{body}",
        },
        find_id="event_id",
        find_type="event_type",
        find_time="occurred_at",
        keeps_id=True,
        answer=SuccessAnswer(),
        deadline=5,
        retries="60 times in three days for live accounts, 3 times in 15 minutes in the sandbox",
        notes="Paddle's own SDKs tolerate 5 seconds; hookline tolerates 300 unless `tolerance` is set.",
        evidence=Evidence.VECTOR,
        documentation="https://developer.paddle.com/webhooks/signature-verification",
        sample=Sample(
            body='{"event_id": "evt_01hv8x2acma2gz7he8kg2s0hna", "event_type": "transaction.completed", "occurred_at": "2024-04-12T10:18:49.621022Z", "notification_id": "ntf_01hv8x2af22vrrz37fw8m97jnk", "data": {"id": "txn_01hv8wptq8987qeep44cyrewp9", "status": "completed", "currency_code": "USD", "details": {"totals": {"total": "180000", "currency_code": "USD"}}}}'
        ),
    ),
    Provider(
        name="paystack",
        title="Paystack",
        signs="`x-paystack-signature`, HMAC-SHA512 in hex over the body",
        signed_with="the account's secret key: sk_live_… or sk_test_…",
        verify={"scheme": "hmac", "header": "x-paystack-signature", "algorithm": "sha512"},
        find_id="content-hash",
        find_type="event",
        answer=SuccessAnswer(),
        retries="live: every 3 minutes for the first 4 tries, then every hour for 72 hours; test: every hour for 10 hours",
        notes="The body has no id of the event: a repeat is recognised by its bytes.",
        documentation="https://paystack.com/docs/payments/webhooks/",
        sample=Sample(
            body='{"event": "charge.success", "data": {"id": 302961, "domain": "live", "status": "success", "reference": "qTPrJoy9Bx", "amount": 10000, "paid_at": "2016-09-30T21:10:19.000Z", "currency": "NGN"}}'
        ),
    ),
    # QuickBooks (Intuit).
    Provider(
        name="quickbooks",
        title="QuickBooks",
        signs="`intuit-signature`, base64 over the body",
        signed_with="the app's webhooks verifier token",
        verify={"scheme": "hmac", "header": "intuit-signature", "encoding": "base64"},
        find_id="content-hash",
        answer=SuccessAnswer(),
        deadline=3,
        notes="One call names many entities: read the changes from the API.",
        documentation="https://developer.intuit.com/app/developer/qbo/docs/develop/webhooks",
        sample=Sample(
            body='{"eventNotifications": [{"realmId": "1185883450", "dataChangeEvent": {"entities": [{"name": "Payment", "id": "1", "operation": "Create", "lastUpdated": "2015-10-05T14:42:19-0700"}]}}]}'
        ),
    ),
    Provider(
        name="razorpay",
        title="Razorpay",
        signs="`X-Razorpay-Signature`, hex over the body",
        signed_with="the webhook's secret, as it was chosen",
        verify={"scheme": "hmac", "header": "X-Razorpay-Signature"},
        find_id="header:x-razorpay-event-id || content-hash",
        find_type="event",
        find_time="created_at",
        keeps_id=True,
        deadline=5,
        retries="for 24 hours with growing pauses, then the webhook is disabled",
        evidence=Evidence.VECTOR,
        documentation="https://razorpay.com/docs/webhooks/validate-test/",
        sample=Sample(
            body='{"entity": "event", "account_id": "acc_BFQ7uQEaa7j2z7", "event": "payment.captured", "contains": ["payment"], "payload": {"payment": {"entity": {"id": "pay_DESlfW9H8K9uqM", "entity": "payment", "amount": 100, "currency": "INR", "status": "captured"}}}, "created_at": 1567674599}',
            headers={"x-razorpay-event-id": "{id}"},
        ),
    ),
    Provider(
        name="shopify",
        title="Shopify",
        signs="`X-Shopify-Hmac-Sha256`, base64 over the body",
        signed_with="the app's client secret",
        verify={"scheme": "hmac", "header": "X-Shopify-Hmac-Sha256", "encoding": "base64"},
        find_id="header:X-Shopify-Webhook-Id || content-hash",
        find_type="header:X-Shopify-Topic",
        headers=("X-Shopify-Shop-Domain", "X-Shopify-API-Version"),
        find_time="header:X-Shopify-Triggered-At",
        keeps_id=True,
        max_body=5 * 1024 * 1024,  # several times the largest reported body
        max_body_source="https://community.shopify.com/c/Shopify-APIs-SDKs/Webhook-requests-exceed-max-size/m-p/144434",
        answer=SuccessAnswer(),
        deadline=5,
        retries="8 times in 4 hours, then the subscription may be deleted",
        notes="Id, type and time are in headers, which are not signed. Shopify documents no largest body, but its staff say that some are over 1 MB: the default leaves room for them. Write a larger `max_body` if your products or orders need it.",
        documentation="https://shopify.dev/docs/apps/build/webhooks/subscribe/https",
        sample=Sample(
            body='{"id": 820982911946154508, "email": "jon@example.com", "created_at": "2021-12-31T19:00:00-05:00", "currency": "USD", "financial_status": "paid", "total_price": "403.00"}',
            headers={
                "X-Shopify-Webhook-Id": "{id}",
                "X-Shopify-Topic": "orders/create",
                "X-Shopify-Shop-Domain": "example.myshopify.com",
                "X-Shopify-API-Version": "2024-10",
            },
        ),
    ),
    Provider(
        name="square",
        title="Square",
        signs="`x-square-hmacsha256-signature` over the notification URL and the body",
        signed_with="the subscription's signature key",
        verify={
            "scheme": "hmac",
            "header": "x-square-hmacsha256-signature",
            "encoding": "base64",
            "template": "{url}{body}",
        },
        find_id="event_id",
        find_type="type",
        find_time="created_at",
        keeps_id=True,
        deadline=10,
        retries="for up to 24 hours with growing pauses, until any 2xx",
        notes="The public URL must be the notification URL of the subscription, character for character.",
        evidence=Evidence.VECTOR,
        documentation="https://developer.squareup.com/docs/webhooks/step3validate",
        sample=Sample(
            body='{"merchant_id": "6SSW7HV8K2ST5", "type": "payment.updated", "event_id": "6a8f5f28-54a1-4eb0-a98a-3111513fd4fc", "created_at": "2020-02-06T21:27:34.308Z", "data": {"type": "payment", "id": "hYy9pRFVxpDsO1FB05SunFWUe9JZY", "object": {"payment": {"id": "hYy9pRFVxpDsO1FB05SunFWUe9JZY", "amount_money": {"amount": 100, "currency": "USD"}, "status": "COMPLETED"}}}}'
        ),
    ),
    # `v0` is skipped.
    Provider(
        name="stripe",
        title="Stripe",
        signs="`Stripe-Signature: t=…,v1=…` over the time and the body",
        signed_with="the endpoint's signing secret, whole: whsec_…",
        verify={"scheme": "hmac", "header": "Stripe-Signature", "fields": {"timestamp": "t", "signature": "v1"}},
        find_id="id",
        find_type="type",
        find_time="created",
        keeps_id=True,
        retries="for up to three days with growing pauses, until any 2xx; redirects count as failures",
        evidence=Evidence.SDK,
        documentation="https://docs.stripe.com/webhooks/signature",
        sample=Sample(
            body='{"id": "evt_1NG8Du2eZvKYlo2CUI79vXWy", "object": "event", "api_version": "2019-02-19", "created": 1686089970, "data": {"object": {"id": "pi_3MtwBwLkdIwHu7ix28a3tqPa", "object": "payment_intent", "amount": 2000, "currency": "usd", "status": "succeeded"}}, "livemode": false, "type": "payment_intent.succeeded"}'
        ),
    ),
    Provider(
        name="woocommerce",
        title="WooCommerce",
        signs="`X-WC-Webhook-Signature`, base64 over the body",
        signed_with="the webhook's secret",
        verify={"scheme": "hmac", "header": "X-WC-Webhook-Signature", "encoding": "base64"},
        find_id="each-call",
        find_type="header:X-WC-Webhook-Topic",
        headers=("X-WC-Webhook-Source",),
        answer=SuccessAnswer(),
        deadline=60,
        retries="never; after 5 failures in a row the webhook is disabled",
        notes="X-WC-Webhook-Delivery-ID is the same for two deliveries in one second, so it does not identify a delivery, and a deletion names only a number, in the same body for a product and a customer: each call is a separate event, since none is repeated. At creation an unsigned form with only webhook_id comes first: it is answered and not stored.",
        handshake_kinds=(("ping.FormPing", {"name": "webhook_id"}),),
        documentation="https://woocommerce.com/document/webhooks/",
        sample=Sample(
            body='{"id": 727, "number": "727", "status": "processing", "currency": "USD", "date_modified_gmt": "2017-03-22T16:28:08", "total": "29.35"}',
            headers={
                "X-WC-Webhook-Topic": "order.updated",
                "X-WC-Webhook-Resource": "order",
                "X-WC-Webhook-Event": "updated",
                "X-WC-Webhook-ID": "1",
            },
        ),
    ),
    Provider(
        name="xero",
        title="Xero",
        signs="`x-xero-signature`, base64 over the body; the answer's body must be empty",
        signed_with="the webhook's signing key",
        verify={"scheme": "hmac", "header": "x-xero-signature", "encoding": "base64"},
        find_id="content-hash",
        answer=SuccessAnswer(body=b"", is_terse=True),
        deadline=5,
        retries="with growing pauses for 24 hours, then the subscription is disabled",
        notes="The intent to receive is checked with signed and wrongly signed calls: 200 and 401, both without a body.",
        handshake_kinds=(("ping.Heartbeat", {}),),
        documentation="https://developer.xero.com/documentation/guides/webhooks/overview/",
        sample=Sample(
            body='{"events": [{"resourceUrl": "https://api.xero.com/api.xro/2.0/Contacts/717f2bfc-c6d4-41fd-b238-3f2f0c0cf777", "resourceId": "717f2bfc-c6d4-41fd-b238-3f2f0c0cf777", "eventDateUtc": "2017-06-21T01:15:39.902", "eventType": "UPDATE", "eventCategory": "CONTACT", "tenantId": "c2cc9b6e-9458-4c7d-93cc-f02b81b0594f", "tenantType": "ORGANISATION"}], "firstEventSequence": 1, "lastEventSequence": 1, "entropy": "S0m3r4Nd0mt3xt"}'
        ),
    ),
)
