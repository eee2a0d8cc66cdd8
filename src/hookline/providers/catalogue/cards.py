"""Senders for card payments: payment service providers and gateways."""

from __future__ import annotations

from typing import Final

from hookline.domain.source import SuccessAnswer
from hookline.providers.provider import Evidence, Provider, Sample

__all__ = ["SENDERS"]

SENDERS: Final = (
    Provider(
        name="airwallex",
        title="Airwallex",
        signed_with="the webhook's secret",
        verify={
            "scheme": "hmac",
            "header": "x-signature",
            "timestamp_header": "x-timestamp",
            "timestamp_format": "milliseconds",
            "template": "{timestamp}{body}",
        },
        find_id="id",
        find_type="name",
        find_time="created_at",
        keeps_id=True,
        answer=SuccessAnswer(),
        retries="for about three days with growing pauses",
        documentation="https://www.airwallex.com/docs/developer-tools/webhooks/listen-for-webhook-events",
        sample=Sample(
            body='{"id": "evt_hkdmr7v9rg1j58ky8re", "name": "payment_intent.succeeded", "account_id": "acct_D1jd2WkYNIbNWTcWEI6Crw", "data": {"object": {"id": "int_hkdmr7v9rg1j58ky8re", "amount": 100.0, "currency": "USD", "status": "SUCCEEDED"}}, "created_at": "2026-07-24T12:34:56+00:00"}'
        ),
    ),
    Provider(
        name="authorize-net",
        title="Authorize.net",
        signed_with="the merchant's Signature Key, as it is shown: 128 hex digits with capital letters",
        verify={"scheme": "hmac", "header": "X-ANET-Signature", "algorithm": "sha512", "prefix": "sha512="},
        find_id="notificationId",
        find_type="eventType",
        find_time="eventDate",
        answer=SuccessAnswer(),
        notes="The key is the text of the Signature Key, not the bytes that its digits encode: these are the key of transaction hashes, which are not webhooks.",
        evidence=Evidence.VECTOR,
        documentation="https://developer.authorize.net/api/reference/features/webhooks.html",
        sample=Sample(
            body='{"notificationId": "d0e8e7fe-c3e7-4add-a480-27bc5ce28a18", "eventType": "net.authorize.payment.authcapture.created", "eventDate": "2017-03-29T20:48:02.0080095Z", "webhookId": "63d6fea2-aa13-4b1d-a204-f5fbc15942b7", "payload": {"responseCode": 1, "authCode": "LZ6I19", "avsResponse": "Y", "authAmount": 45.00, "entityName": "transaction", "id": "60020981676"}}'
        ),
    ),
    Provider(
        name="checkout-com",
        title="Checkout.com",
        signed_with="the signature key of the workflow's webhook action",
        verify={"scheme": "hmac", "header": "Cko-Signature"},
        find_id="id",
        find_type="type",
        find_time="created_on || timestamp",
        keeps_id=True,
        deadline=10,
        retries="up to 8 times, each after the one before: 5, 10, 15 and 30 minutes, 1, 4, 12 and 12 hours",
        documentation="https://www.checkout.com/docs/developer-resources/event-notifications/receive-webhooks",
        sample=Sample(
            body='{"id": "evt_caxmnvuvbe4elkbdx2imwbnjxu", "type": "payment_approved", "version": "1.0.29", "created_on": "2023-05-22T11:56:04.8821546Z", "data": {"id": "pay_griq7wyqkggu7mnk7ecm6ysrl4", "action_id": "act_gl5cpqgccxeulozrvaassd4lta", "reference": "ORD-5023-4E89", "amount": 20, "currency": "USD", "response_code": "10000"}}'
        ),
    ),
    Provider(
        name="coinify",
        title="Coinify",
        signed_with="the shared secret of the webhook URL",
        verify={"scheme": "hmac", "header": "X-Coinify-Webhook-Signature"},
        find_id="id",
        find_type="event",
        find_time="time",
        keeps_id=True,
        evidence=Evidence.VECTOR,
        documentation="https://coinify.readme.io/docs/webhook-signature",
        sample=Sample(
            body='{"id": "aeb7475b-39c4-41ae-8237-d74a7379c355", "time": "2020-04-01T12:47:02.147Z", "event": "payment-intent.completed", "context": {"id": "3589cb4a-0830-497d-a92d-c5178eb2ab9f", "customerId": "42", "amount": "7145.02", "currency": "EUR"}}'
        ),
    ),
    Provider(
        name="creem",
        title="Creem",
        signed_with="the webhook's secret",
        verify={"scheme": "hmac", "header": "creem-signature"},
        find_id="id",
        find_type="eventType",
        find_time="created_at",
        documentation="https://docs.creem.io/code/webhooks",
        sample=Sample(
            body='{"id": "evt_5WHHcZPv7VS0YUsberIuOz", "eventType": "checkout.completed", "created_at": 1728734325927, "object": {"id": "ch_4l0N34kxo16AhRKUHFUuXr", "object": "checkout", "status": "completed", "order": {"id": "ord_4aDwWXjMLpes4Kj4XqNnUA", "amount": 1000, "currency": "EUR", "status": "paid"}}}'
        ),
    ),
    Provider(
        name="dodo-payments",
        title="Dodo Payments",
        signed_with="the webhook's secret key",
        verify={"scheme": "standard-webhooks"},
        carries_id=True,
        find_id="header:webhook-id",
        find_type="type",
        find_time="timestamp",
        keeps_id=True,
        evidence=Evidence.SDK,
        documentation="https://docs.dodopayments.com/developer-resources/webhooks",
        sample=Sample(
            body='{"business_id": "bus_P3SXLi0MteMdbhVcIrLVm", "type": "payment.succeeded", "timestamp": "2024-08-04T06:30:49.000000Z", "data": {"payload_type": "Payment", "payment_id": "pay_2IjeQm4hqU6RA4Z4kwDee", "total_amount": 400, "currency": "USD", "status": "succeeded"}}'
        ),
    ),
    Provider(
        name="finix",
        title="Finix",
        signed_with="the webhook's secret_signing_key",
        verify={
            "scheme": "hmac",
            "header": "Finix-Signature",
            "fields": {"timestamp": "timestamp", "signature": "sig"},
            "template": "{timestamp}:{body}",
        },
        find_id="id",
        find_type="join('.', [entity, type])",
        find_time="occurred_at",
        documentation="https://docs.finix.com/additional-resources/developers/webhooks",
        sample=Sample(
            body='{"id": "event_8wuy9wDBzoXDhS1ZZtX4yD", "type": "created", "entity": "transfer", "occurred_at": "2022-10-10T04:10:27.234Z", "_embedded": {"transfers": [{"id": "TRkB8vjUeZbvfpMsZGDYp7Q3", "amount": 100, "currency": "USD", "state": "SUCCEEDED", "type": "DEBIT"}]}}'
        ),
    ),
    Provider(
        name="primer",
        title="Primer",
        signed_with="the webhook's signing secret",
        verify={
            "scheme": "hmac",
            "header": ["X-Signature-Primary", "X-Signature-Secondary"],
            "encoding": "base64",
        },
        find_id="join(':', [eventType, date, payment.id, payment.status]) || content-hash",
        find_type="eventType",
        find_time="date",
        notes="`signedAt` of the body is the time of signing, so a repeat may have other bytes: the id is made of the fields that identify the event. While the secret is replaced, a second header carries the signature by the old one.",
        documentation="https://primer.io/docs/payments/webhooks",
        sample=Sample(
            body='{"eventType": "PAYMENT.STATUS", "date": "2021-02-21T15:36:16.367687", "payment": {"id": "DdRZ6YY0", "status": "SETTLED", "orderId": "order-123", "currencyCode": "GBP", "amount": 42}, "notificationConfig": {"id": "55bfdd48-1e35-4dc8-9ff1-f09b4a6c4ae9", "description": "Payment status"}, "version": "2.1", "signedAt": "1613921776"}',
            fresh="id",
        ),
    ),
    Provider(
        name="quickpay",
        title="Quickpay",
        signed_with="the merchant's private key (not an API key)",
        verify={"scheme": "hmac", "header": "QuickPay-Checksum-Sha256"},
        find_id="content-hash",
        find_type="header:QuickPay-Resource-Type",
        find_time="updated_at",
        notes="A call is the whole payment after each change, and has no id: a repeat is recognised by its bytes. The type is in a header, which is not signed.",
        documentation="https://learn.quickpay.net/tech-talk/api/callback/",
        sample=Sample(
            body='{"id": 7, "merchant_id": 1, "order_id": "Order7", "accepted": true, "type": "Payment", "currency": "DKK", "state": "processed", "operations": [{"id": 2, "type": "capture", "amount": 123, "pending": false, "qp_status_code": "20000"}], "test_mode": false, "created_at": "2015-03-05T10:06:18Z", "updated_at": "2015-03-05T10:07:25Z"}',
            headers={"QuickPay-Resource-Type": "Payment", "QuickPay-Account-ID": "1"},
        ),
    ),
    # For the Merchant, Business and Crypto Ramp APIs.
    Provider(
        name="revolut",
        title="Revolut",
        signed_with="the webhook's signing secret: wsk_…",
        verify={
            "scheme": "hmac",
            "header": "Revolut-Signature",
            "prefix": "v1=",
            "timestamp_header": "Revolut-Request-Timestamp",
            "timestamp_format": "milliseconds",
            "template": "v1.{timestamp}.{body}",
        },
        find_id="each-call",
        find_type="event",
        find_time="timestamp",
        retries="up to 3 more times, 10 minutes apart",
        notes="A call of the Merchant API names only the event and the order, so two declined payments of an order have the same body: each call is a separate event. Ask the API for the order's state.",
        documentation="https://developer.revolut.com/docs/guides/merchant/monitor-and-observe/webhooks/verify-the-payload-signature",
        sample=Sample(
            body='{"event": "ORDER_COMPLETED", "order_id": "6516e61c-d279-a454-a837-bc52ce55ed49", "merchant_order_ext_ref": "Order #2937"}'
        ),
    ),
    Provider(
        name="squad",
        title="Squad",
        signed_with="the secret key of the account",
        verify={"scheme": "hmac", "header": "x-squad-encrypted-body", "algorithm": "sha512"},
        find_id="content-hash",
        find_type="Event",
        notes="Despite the header's name, nothing is encrypted. The body has no id of the event: a repeat is recognised by its bytes.",
        documentation="https://docs.squadco.com/Payments/webhook-redirect-url",
        sample=Sample(
            body='{"Event": "charge_successful", "TransactionRef": "SQTEST6389244672037000001", "Body": {"amount": 11000, "transaction_ref": "SQTEST6389244672037000001", "transaction_status": "Success", "currency": "NGN", "transaction_type": "Card", "merchant_amount": 10900, "created_at": "2023-02-01T09:39:54.000Z"}}'
        ),
    ),
    Provider(
        name="tebex",
        title="Tebex",
        signed_with="the webhook secret of the creator panel",
        verify={"scheme": "hmac", "header": "X-Signature", "template": "{body_sha256}"},
        find_id="id",
        find_type="type",
        find_time="date",
        notes="Tebex calls only from 18.209.80.3 and 54.87.231.232. The first call, `validation.webhook`, is answered with its id.",
        handshake_kinds=(
            ("echo.EchoedMember", {"path": "id", "when": (("body:type", "validation.webhook"),), "reply": "json"}),
        ),
        documentation="https://docs.tebex.io/developers/webhooks/overview",
        sample=Sample(
            body='{"id": "7003c0b8-5a2e-4f7a-9d3e-4f21c8e1f0aa", "type": "payment.completed", "date": "2024-05-01T12:00:00.000Z", "subject": {"transaction_id": "tbx-24d6b8a5c3", "price": {"amount": 10.0, "currency": "USD"}}}'
        ),
    ),
    # Worldline Direct and the platforms of the same libraries (ANZ Worldline, Crédit Agricole, …).
    Provider(
        name="worldline",
        title="Worldline",
        signed_with="the webhooks secret key, whose id the header X-GCS-KeyId names",
        verify={"scheme": "hmac", "header": "X-GCS-Signature", "encoding": "base64"},
        find_id="id",
        find_type="type",
        find_time="created",
        handshake_kinds=(("echo.EchoedHeader", {"header": "X-GCS-Webhooks-Endpoint-Verification"}),),
        evidence=Evidence.SDK,
        documentation="https://docs.direct.worldline-solutions.com/en/integration/api-developer-guide/webhooks",
        sample=Sample(
            body='{"apiVersion": "v1", "id": "34b8a607-1fce-4003-b3ae-a4d29e92b232", "created": "2020-12-09T11:20:40.3744722+01:00", "merchantId": "YourMerchantId", "type": "payment.captured", "payment": {"id": "3066019730_0", "status": "CAPTURED", "paymentOutput": {"amountOfMoney": {"currencyCode": "EUR", "amount": 1000}}}}',
            headers={"X-GCS-KeyId": "dummy-key-id"},
        ),
    ),
)
