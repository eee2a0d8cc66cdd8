"""Senders of card payments, wallets and coins: payment service providers and gateways."""

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
        notes="Checkout events are forms and prequalification events are JSON. Affirm enables webhooks for each merchant by hand; pages of others name another hash.",
        evidence=Evidence.UNSURE,
        documentation="https://docs.affirm.com/developers/docs/webhooks",
        sample=Sample(
            body="checkout_token=5I97HK0EREM38YHK3&created=2019-02-27T22%3A50%3A52.601851&event=opened",
            media_type="application/x-www-form-urlencoded",
        ),
    ),
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
        signed_with="the merchant's Signature Key, as it is shown: 128 hex digits, the letters among them capitals",
        verify={"scheme": "hmac", "header": "X-ANET-Signature", "algorithm": "sha512", "prefix": "sha512="},
        find_id="notificationId",
        find_type="eventType",
        find_time="eventDate",
        answer=SuccessAnswer(),
        notes="The text of the Signature Key is the key, not the bytes that its digits stand for: those are the key of transaction hashes, which are not webhooks.",
        evidence=Evidence.VECTOR,
        documentation="https://developer.authorize.net/api/reference/features/webhooks.html",
        sample=Sample(
            body='{"notificationId": "d0e8e7fe-c3e7-4add-a480-27bc5ce28a18", "eventType": "net.authorize.payment.authcapture.created", "eventDate": "2017-03-29T20:48:02.0080095Z", "webhookId": "63d6fea2-aa13-4b1d-a204-f5fbc15942b7", "payload": {"responseCode": 1, "authCode": "LZ6I19", "avsResponse": "Y", "authAmount": 45.00, "entityName": "transaction", "id": "60020981676"}}'
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
        retries="with growing pauses until it is answered with 200 and JSON",
        notes="While the secret is replaced, a second header carries the signature by the new one. A call has no id of its own, and a repeat is known by its bytes: where a transaction is captured twice over the same amount, ask the API for what was captured.",
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
    # Payments and refunds; payouts and Secure ID have forms of their own.
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
        notes="Cashfree names no tolerance, and its time is when the webhook was generated: hookline tolerates an hour, so that later attempts still fit.",
        evidence=Evidence.SDK,
        documentation="https://www.cashfree.com/docs/payments/online/webhooks/signature-verification",
        sample=Sample(
            body='{"data": {"order": {"order_id": "order_OFR_2", "order_amount": 2, "order_currency": "INR"}, "payment": {"cf_payment_id": "1453002795", "payment_status": "SUCCESS", "payment_amount": 1, "payment_currency": "INR", "payment_time": "2025-01-15T12:20:29+05:30"}}, "event_time": "2025-01-15T11:16:10+05:30", "type": "PAYMENT_SUCCESS_WEBHOOK"}'
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
        retries="up to 8 times, each so long after the one before: 5, 10, 15 and 30 minutes, 1, 4, 12 and 12 hours",
        documentation="https://www.checkout.com/docs/developer-resources/event-notifications/receive-webhooks",
        sample=Sample(
            body='{"id": "evt_caxmnvuvbe4elkbdx2imwbnjxu", "type": "payment_approved", "version": "1.0.29", "created_on": "2023-05-22T11:56:04.8821546Z", "data": {"id": "pay_griq7wyqkggu7mnk7ecm6ysrl4", "action_id": "act_gl5cpqgccxeulozrvaassd4lta", "reference": "ORD-5023-4E89", "amount": 20, "currency": "USD", "response_code": "10000"}}'
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
        notes="A key of a given id never changes. When calls come with another `X-Circle-Key-Id`, add that key to the secrets.",
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
        covers="nothing: the secret itself stands in a header of each call",
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
        notes="The body has no id of the event itself: a repeat is known by its bytes.",
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
        notes="A call has no id of its own: a repeat is known by its bytes.",
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
        retries="up to 12 times in 136.5 minutes with growing pauses; after three events in a row that failed each time the webhook is disabled",
        notes="A call of test mode has its signature in the field `te`: the provider `paymongo-test` takes it, so that no live source takes a test payment.",
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
        retries="up to 12 times in 136.5 minutes with growing pauses; after three events in a row that failed each time the webhook is disabled",
        notes="For calls of test mode only; `paymongo` takes those of live mode.",
        documentation="https://developers.paymongo.com/docs/creating-webhook",
        sample=Sample(
            body='{"data": {"id": "evt_GM8dJ2aXTYZBNcZFbDTwGrHP", "type": "event", "attributes": {"type": "payment.paid", "livemode": false, "data": {"id": "pay_aRR6jKgSFcYnJVcNMTvzEzUe", "type": "payment", "attributes": {"amount": 10000, "currency": "PHP", "status": "paid"}}, "created_at": 1613722456}}}'
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
        notes="`signedAt` of the body is the time of signing, so that a repeat may have other bytes: the id is made of what names the event. While the secret is replaced, a second header carries the signature by the old one.",
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
        notes="A call is the whole payment after each change, and has no id of its own: a repeat is known by its bytes. The type stands in a header, which is not signed.",
        documentation="https://learn.quickpay.net/tech-talk/api/callback/",
        sample=Sample(
            body='{"id": 7, "merchant_id": 1, "order_id": "Order7", "accepted": true, "type": "Payment", "currency": "DKK", "state": "processed", "operations": [{"id": 2, "type": "capture", "amount": 123, "pending": false, "qp_status_code": "20000"}], "test_mode": false, "created_at": "2015-03-05T10:06:18Z", "updated_at": "2015-03-05T10:07:25Z"}',
            headers={"QuickPay-Resource-Type": "Payment", "QuickPay-Account-ID": "1"},
        ),
    ),
    # The Merchant, Business and Crypto Ramp APIs alike.
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
        notes="A call of the Merchant API names only the event and the order, so that two declined payments of an order have the same body: each call is its own event. Ask the API for the order's state.",
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
        notes="Despite the header's name nothing is encrypted. The body has no id of the event itself: a repeat is known by its bytes.",
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
    Provider(
        name="transfi",
        title="TransFi",
        signed_with="the webhook secret key",
        verify={"scheme": "hmac", "header": "X-Transfi-Hmac-Hash"},
        find_id="content-hash",
        find_type="join('.', [entityType, status])",
        answer=SuccessAnswer(),
        retries="up to 8 times, 15 minutes apart",
        notes="The body has no id of the event itself: a repeat is known by its bytes.",
        documentation="https://docs.transfi.com/docs/webhook-signature",
        sample=Sample(
            body='{"entityType": "order", "entityId": "OR-2023091011265837000", "status": "fund_settled", "order": {"orderId": "OR-2023091011265837000", "type": "payin", "fiatAmount": 100, "fiatTicker": "EUR"}}'
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
    Provider(
        name="xendit",
        title="Xendit",
        signed_with="the webhook verification token",
        verify={"scheme": "token", "header": "x-callback-token"},
        proves=Proves.SENDER,
        covers="nothing: the secret itself stands in a header of each call",
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
        notes="Zero Hash does not say in which unit its time is: hookline expects milliseconds. The id and the type stand in headers, which are not signed. The older header `x-zh-hook-signature-256`, without a time, and the signatures by RSA are not read.",
        evidence=Evidence.UNSURE,
        documentation="https://docs.zerohash.com/reference/webhook-security",
        sample=Sample(
            body='{"trade_id": "b7c2f4e0-1d3a-4b6c-8e9f-0a1b2c3d4e5f", "status": "terminated", "symbol": "BTC/USD", "quantity": "0.5", "price": "60000.00", "side": "buy"}',
            headers={"x-zh-hook-notification-id": "{id}", "x-zh-hook-payload-type": "trade_status_changed"},
        ),
    ),
)
