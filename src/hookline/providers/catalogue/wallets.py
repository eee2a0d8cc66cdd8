"""Senders for payments by wallet, bank transfer, instalments and coins."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from hookline.domain.source import SuccessAnswer
from hookline.providers.provider import FORM, JSON, Evidence, Proves, Provider, Sample

__all__ = ["SENDERS"]

SENDERS: Final = (
    Provider(
        name="affirm",
        title="Affirm",
        signed_with="the private API key",
        verify={
            "scheme": "hmac",
            "header": "X-Affirm-Signature",
            "algorithm": "sha512",
            "fields": {"timestamp": "t", "signature": "v0"},
            "template": "{timestamp}.{body}",
        },
        find_id="content-hash",
        find_type="form:event",
        media_types=FORM | JSON,
        retries="never",
        notes="Checkout events are forms and prequalification events are JSON. Affirm enables webhooks for each merchant by hand; pages of third parties name another hash.",
        evidence=Evidence.UNSURE,
        documentation="https://docs.affirm.com/developers/docs/webhooks",
        sample=Sample(
            body="checkout_token=5I97HK0EREM38YHK3&created=2019-02-27T22%3A50%3A52.601851&event=opened",
            media_type="application/x-www-form-urlencoded",
        ),
    ),
    Provider(
        name="bolt",
        title="Bolt",
        signed_with="the merchant division's signing secret",
        verify={
            "scheme": "hmac",
            "header": ["X-Bolt-Hmac-Sha256", "X-Bolt-Hmac-Sha256-Pending"],
            "encoding": "base64",
        },
        find_id="content-hash",
        find_type="type",
        answer=SuccessAnswer(),
        retries="with growing pauses until the answer is 200 and JSON",
        notes="While the secret is replaced, a second header carries the signature by the new one. A call has no id, and a repeat is recognised by its bytes: if a transaction is captured twice with the same amount, ask the API what was captured.",
        documentation="https://help.bolt.com/developers/webhooks/hook-verification/",
        sample=Sample(
            body='{"id": "TAhGRg2T3jvwY", "reference": "MZHV-XXVN-Q7KT", "type": "payment", "processor": "vantiv", "display_id": "100000007"}'
        ),
    ),
    Provider(
        name="btcpay-server",
        title="BTCPay Server",
        signed_with="the webhook's secret",
        verify={"scheme": "hmac", "header": "BTCPay-Sig", "prefix": "sha256="},
        find_id="originalDeliveryId",
        find_type="type",
        find_time="timestamp",
        keeps_id=True,
        retries="after 10 seconds, after a minute, and up to 6 times after 10 minutes, where the webhook says so",
        documentation="https://docs.btcpayserver.org/API/Greenfield/v1/#tag/Webhooks",
        sample=Sample(
            body='{"deliveryId": "AK6jaXsKzQfYUcLYPcFYkY", "webhookId": "HkD8VGUb1tjPrYqZcuZFtT", "originalDeliveryId": "AK6jaXsKzQfYUcLYPcFYkY", "isRedelivery": false, "type": "InvoiceSettled", "timestamp": 1592312018, "storeId": "9CiNzKoANXxmk5ayZngSXrHTiVvvgCrwrpFQd4m2K776", "invoiceId": "C3iMRGCXr6EVvBqBLpZFRL"}'
        ),
    ),
    # Payments and refunds; payouts and Secure ID use other forms.
    Provider(
        name="cashfree",
        title="Cashfree Payments",
        signed_with="the client secret",
        verify={
            "scheme": "hmac",
            "header": "x-webhook-signature",
            "encoding": "base64",
            "timestamp_header": "x-webhook-timestamp",
            "timestamp_format": "milliseconds",
            "template": "{timestamp}{body}",
            "tolerance": timedelta(hours=1),
        },
        find_id="content-hash",
        find_type="type",
        find_time="event_time",
        notes="Cashfree documents no tolerance, and its time is when the webhook was generated: hookline tolerates an hour, so that later attempts still fit.",
        evidence=Evidence.SDK,
        documentation="https://www.cashfree.com/docs/payments/online/webhooks/signature-verification",
        sample=Sample(
            body='{"data": {"order": {"order_id": "order_OFR_2", "order_amount": 2, "order_currency": "INR"}, "payment": {"cf_payment_id": "1453002795", "payment_status": "SUCCESS", "payment_amount": 1, "payment_currency": "INR", "payment_time": "2025-01-15T12:20:29+05:30"}}, "event_time": "2025-01-15T11:16:10+05:30", "type": "PAYMENT_SUCCESS_WEBHOOK"}'
        ),
    ),
    # Version 2: wallets, contracts, gateway, CPN and StableFX; Circle Mint signs in another way.
    Provider(
        name="circle",
        title="Circle",
        signed_with="the public key in base64 that Circle's API names for the call's `X-Circle-Key-Id` (`/v2/notifications/publicKey/{id}`, and `/v2/cpn/…` and `/v2/stablefx/…`)",
        verify={
            "scheme": "public-key",
            "algorithm": "ecdsa-sha256",
            "header": "X-Circle-Signature",
            "encoding": "base64",
        },
        find_id="notificationId",
        find_type="notificationType",
        find_time="timestamp",
        answer=SuccessAnswer(),
        retries="of CPN: up to 11 times, after 1, 10 and 30 seconds, 1 and 15 minutes, 1, 3, 5, 6, 10 and 11 hours, each after the one before; 6 of them in tests",
        notes="A key of a given id never changes. When calls arrive with another `X-Circle-Key-Id`, add that key to the secrets.",
        handshake_kinds=(("ping.Presence", {}),),
        documentation="https://developers.circle.com/api-reference/verify-webhook-signatures",
        sample=Sample(
            body='{"notificationId": "2a7f0c8e-6b1d-4f9a-8c3e-1e2d3c4b5a60", "notificationType": "cpn.payment.completed", "notification": {"id": "66c56b6a-fc79-338b-8b94-aacc4f0f18de", "status": "completed"}, "timestamp": "2026-04-12T20:13:39.000000Z", "version": 2}',
            headers={"X-Circle-Key-Id": "879dc113-5ca4-4ff7-a6b7-54652083fcf8"},
        ),
    ),
    Provider(
        name="coinbase-commerce",
        title="Coinbase Commerce",
        signed_with="the webhook shared secret",
        verify={"scheme": "hmac", "header": "X-CC-Webhook-Signature"},
        find_id="event.id",
        find_type="event.type",
        find_time="event.created_at",
        answer=SuccessAnswer(),
        retries="for up to three days with growing pauses of at most an hour",
        evidence=Evidence.SDK,
        documentation="https://docs.cdp.coinbase.com/commerce/api-arcitecture/webhooks-security",
        sample=Sample(
            body='{"id": "24934862-d980-46cb-9402-43c81b0cabd5", "scheduled_for": "2018-05-31T19:03:16Z", "event": {"id": "053b96aa-868f-4d8f-8ac6-6b96644da340", "resource": "event", "type": "charge:confirmed", "api_version": "2018-03-22", "created_at": "2023-08-30T19:29:20Z", "data": {"id": "2aee9dd1-67b8-43ef-8dfe-977959850f27", "code": "XA6G6ZFR", "pricing": {"local": {"amount": "20.00", "currency": "USD"}}}}}'
        ),
    ),
    Provider(
        name="fintoc",
        title="Fintoc",
        signed_with="the webhook endpoint's secret",
        verify={
            "scheme": "hmac",
            "header": "Fintoc-Signature",
            "fields": {"timestamp": "t", "signature": "v1"},
            "template": "{timestamp}.{body}",
        },
        find_id="id",
        find_type="type",
        find_time="created_at",
        documentation="https://docs.fintoc.com/docs/webhooks-walkthrough",
        sample=Sample(
            body='{"id": "evt_a4xK32BanKWYn", "object": "event", "type": "payment_intent.succeeded", "mode": "live", "created_at": "2021-10-20T12:00:00.000Z", "data": {"id": "pi_BO381oEATXonG6bj", "object": "payment_intent", "amount": 1000, "currency": "CLP", "status": "succeeded"}}'
        ),
    ),
    # Version 4 of its API.
    Provider(
        name="flutterwave",
        title="Flutterwave",
        signed_with="the secret hash of the webhook settings",
        verify={"scheme": "hmac", "header": "flutterwave-signature", "encoding": "base64"},
        find_id="webhook_id || content-hash",
        find_type="type",
        find_time="timestamp",
        documentation="https://developer.flutterwave.com/docs/webhooks",
        sample=Sample(
            body='{"webhook_id": "wbk_pA0VIwdnf6KQFcRoeFZ3", "timestamp": 1739456704200, "type": "charge.completed", "data": {"id": "chg_l4vdW0LPMf", "amount": 12.34, "currency": "USD", "reference": "ex95e6f3", "status": "succeeded"}}',
            fresh="webhook_id",
        ),
    ),
    Provider(
        name="flutterwave-v3",
        title="Flutterwave (version 3)",
        signed_with="the secret hash of the webhook settings",
        verify={"scheme": "token", "header": "verif-hash"},
        proves=Proves.SENDER,
        covers="nothing: the secret itself is in a header of each call",
        find_id="content-hash",
        find_type="event",
        documentation="https://developer.flutterwave.com/v3.0/docs/webhooks",
        sample=Sample(
            body='{"event": "charge.completed", "data": {"id": 285959875, "tx_ref": "Links-616626414629", "flw_ref": "PeterEkene/FLW270177170", "amount": 100, "currency": "NGN", "status": "successful", "created_at": "2020-07-06T19:17:04.000Z"}, "event.type": "CARD_TRANSACTION"}'
        ),
    ),
    Provider(
        name="monnify",
        title="Monnify",
        signed_with="the secret key of the account",
        verify={"scheme": "hmac", "header": "monnify-signature", "algorithm": "sha512"},
        find_id="content-hash",
        find_type="eventType",
        answer=SuccessAnswer(),
        notes="The body has no id of the event: a repeat is recognised by its bytes.",
        documentation="https://developers.monnify.com/docs/webhooks",
        sample=Sample(
            body='{"eventType": "SUCCESSFUL_TRANSACTION", "eventData": {"transactionReference": "MNFY|76|20211117154810|000001", "paymentReference": "MNFY|76|20211117154810|000001", "amountPaid": 78000, "totalPayable": 78000, "currency": "NGN", "paymentStatus": "PAID", "paidOn": "2021-11-17 15:48:10.0"}}'
        ),
    ),
    Provider(
        name="moonpay",
        title="MoonPay",
        signed_with="the webhook API key of the account",
        verify={
            "scheme": "hmac",
            "header": "Moonpay-Signature-V2",
            "fields": {"timestamp": "t", "signature": "s"},
        },
        find_id="content-hash",
        find_type="type",
        find_time="data.updatedAt",
        deadline=5,
        retries="with growing pauses",
        notes="A call has no id: a repeat is recognised by its bytes.",
        documentation="https://dev.moonpay.com/api-reference/widget/webhooks/signature",
        sample=Sample(
            body='{"data": {"id": "bda09e91-559f-4e7a-807a-cdec1a903d9d", "createdAt": "2022-08-31T10:00:03.640Z", "updatedAt": "2022-08-31T10:00:31.251Z", "baseCurrencyAmount": 295.45, "quoteCurrencyAmount": 0.1819, "feeAmount": 3.99, "status": "completed"}, "type": "transaction_updated", "externalCustomerId": null}'
        ),
    ),
    Provider(
        name="omise",
        title="Omise",
        signed_with="the webhook secret, in base64",
        verify={
            "scheme": "hmac",
            "header": "Omise-Signature",
            "secret_encoding": "base64",
            "timestamp_header": "Omise-Signature-Timestamp",
            "template": "{timestamp}.{body}",
        },
        find_id="id",
        find_type="key",
        find_time="created_at",
        notes="While the secret is replaced, the header holds two signatures.",
        documentation="https://docs.omise.co/api-webhooks",
        sample=Sample(
            body='{"object": "event", "id": "evnt_test_5vxs0ajpo78g4zc7v0z", "livemode": false, "key": "charge.complete", "created_at": "2023-05-30T02:42:08Z", "data": {"object": "charge", "id": "chrg_test_5vxs0ajjz9k4zc7v0zt", "amount": 100000, "currency": "THB", "status": "successful"}}'
        ),
    ),
    # Calls of live mode; those of test mode are signed in another field.
    Provider(
        name="paymongo",
        title="PayMongo",
        signed_with="the webhook's secret_key",
        verify={
            "scheme": "hmac",
            "header": "Paymongo-Signature",
            "fields": {"timestamp": "t", "signature": "li"},
            "template": "{timestamp}.{body}",
        },
        find_id="data.id",
        find_type="data.attributes.type",
        find_time="data.attributes.created_at",
        keeps_id=True,
        retries="up to 12 times in 136.5 minutes with growing pauses; after three events in a row of which every try failed, the webhook is disabled",
        notes="A call of test mode has its signature in the field `te`: the provider `paymongo-test` verifies it, so that no live source accepts a test payment.",
        documentation="https://developers.paymongo.com/docs/creating-webhook",
        sample=Sample(
            body='{"data": {"id": "evt_GM8dJ2aXTYZBNcZFbDTwGrHP", "type": "event", "attributes": {"type": "payment.paid", "livemode": true, "data": {"id": "pay_aRR6jKgSFcYnJVcNMTvzEzUe", "type": "payment", "attributes": {"amount": 10000, "currency": "PHP", "status": "paid"}}, "created_at": 1613722456}}}'
        ),
    ),
    Provider(
        name="paymongo-test",
        title="PayMongo (test mode)",
        signed_with="the test webhook's secret_key",
        verify={
            "scheme": "hmac",
            "header": "Paymongo-Signature",
            "fields": {"timestamp": "t", "signature": "te"},
            "template": "{timestamp}.{body}",
        },
        find_id="data.id",
        find_type="data.attributes.type",
        find_time="data.attributes.created_at",
        keeps_id=True,
        retries="up to 12 times in 136.5 minutes with growing pauses; after three events in a row of which every try failed, the webhook is disabled",
        notes="For calls of test mode only; `paymongo` is for calls of live mode.",
        documentation="https://developers.paymongo.com/docs/creating-webhook",
        sample=Sample(
            body='{"data": {"id": "evt_GM8dJ2aXTYZBNcZFbDTwGrHP", "type": "event", "attributes": {"type": "payment.paid", "livemode": false, "data": {"id": "pay_aRR6jKgSFcYnJVcNMTvzEzUe", "type": "payment", "attributes": {"amount": 10000, "currency": "PHP", "status": "paid"}}, "created_at": 1613722456}}}'
        ),
    ),
    Provider(
        name="transfi",
        title="TransFi",
        signed_with="the webhook secret key",
        verify={"scheme": "hmac", "header": "X-Transfi-Hmac-Hash"},
        find_id="content-hash",
        find_type="join('.', [entityType, status])",
        answer=SuccessAnswer(),
        retries="up to 8 times, 15 minutes apart",
        notes="The body has no id of the event: a repeat is recognised by its bytes.",
        documentation="https://docs.transfi.com/docs/webhook-signature",
        sample=Sample(
            body='{"entityType": "order", "entityId": "OR-2023091011265837000", "status": "fund_settled", "order": {"orderId": "OR-2023091011265837000", "type": "payin", "fiatAmount": 100, "fiatTicker": "EUR"}}'
        ),
    ),
    Provider(
        name="xendit",
        title="Xendit",
        signed_with="the webhook verification token",
        verify={"scheme": "token", "header": "x-callback-token"},
        proves=Proves.SENDER,
        covers="nothing: the secret itself is in a header of each call",
        find_id="header:webhook-id || content-hash",
        find_type="event",
        find_time="created",
        keeps_id=True,
        deadline=30,
        retries="up to 6 times with growing pauses, the first of 15 minutes",
        documentation="https://docs.xendit.co/webhook/delivery-attempts-and-retries/",
        sample=Sample(
            body='{"event": "payment.capture", "business_id": "5f27a14a9bf05c73dd040bc8", "created": "2023-08-28T08:24:46.031Z", "data": {"payment_id": "py-1402feb0-bb79-47ae-9d1e-e69394d3949c", "status": "SUCCEEDED", "currency": "IDR", "request_amount": 10000}}',
            headers={"webhook-id": "{id}"},
        ),
    ),
    Provider(
        name="zero-hash",
        title="Zero Hash",
        signed_with="the HMAC shared secret that Zero Hash issued",
        verify={
            "scheme": "hmac",
            "header": "x-zh-hook-signature",
            "timestamp_header": "x-zh-hook-timestamp",
            "timestamp_format": "milliseconds",
            "template": "{body}{timestamp}",
        },
        find_id="header:x-zh-hook-notification-id",
        find_type="header:x-zh-hook-payload-type",
        retries="up to 4 times after 250 milliseconds each, then up to 3 times with growing pauses",
        notes="Zero Hash does not document the unit of its time: hookline expects milliseconds. The id and the type are in headers, which are not signed. hookline does not read the older header `x-zh-hook-signature-256`, which has no time, nor signatures by RSA.",
        evidence=Evidence.UNSURE,
        documentation="https://docs.zerohash.com/reference/webhook-security",
        sample=Sample(
            body='{"trade_id": "b7c2f4e0-1d3a-4b6c-8e9f-0a1b2c3d4e5f", "status": "terminated", "symbol": "BTC/USD", "quantity": "0.5", "price": "60000.00", "side": "buy"}',
            headers={"x-zh-hook-notification-id": "{id}", "x-zh-hook-payload-type": "trade_status_changed"},
        ),
    ),
)
