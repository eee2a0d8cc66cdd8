"""Senders for payments in single markets: gateways of Asia and Latin America."""

from __future__ import annotations

from typing import Final

from hookline.domain.source import SuccessAnswer
from hookline.providers.provider import Evidence, Provider, Sample

__all__ = ["SENDERS"]

SENDERS: Final = (
    Provider(
        name="ascend",
        title="Ascend",
        signed_with="the secret key that Ascend gives for the webhook",
        verify={
            "scheme": "hmac",
            "header": "X-Ascend-Signature",
            "fields": {"timestamp": "t", "signature": "v1"},
            "template": "{timestamp}:{body}",
        },
        find_id="id || event_id",
        find_type="type || event_name",
        answer=SuccessAnswer(),
        notes="`X-Ascend-Request-Timestamp` has the same time as the signature; hookline does not read it.",
        documentation="https://useascend.readme.io/docs/webhooks",
        sample=Sample(
            body='{"id": "ajskljfaklsjd0912132", "type": "invoice.paid", "data": {"id": "684c8c8e-75eb-4134-925a-cb3a30f23633", "status": "paid", "total_amount_cents": 600000, "invoice_number": "II2DH1HGHJ", "paid_at": "2023-10-01T23:51:37.507Z"}}',
            fresh="id",
        ),
    ),
    Provider(
        name="midtrans-payouts",
        title="Midtrans Payouts (Iris)",
        signed_with="the merchant key of Payouts",
        verify={
            "scheme": "hmac",
            "algorithm": "sha512-plain",
            "header": "Iris-Signature",
            "template": "{body}{secret}",
        },
        find_id="content-hash",
        find_type="status",
        find_time="updated_at || transaction_time",
        notes="It is not an HMAC, but SHA-512 of the body and the key. Notifications may arrive twice and out of order. Notifications of payments, which Midtrans signs inside the body, are not supported.",
        documentation="https://docs.midtrans.com/reference/notification-payload-1",
        sample=Sample(
            body='{"reference_no": "83hgf882", "amount": "10000.0", "status": "completed", "updated_at": "2016-06-17T06:57:22Z"}'
        ),
    ),
    Provider(
        name="portone",
        title="PortOne (version 2)",
        signed_with="the webhook secret of the mode (live or test), as the console shows it",
        verify={"scheme": "standard-webhooks"},
        carries_id=True,
        find_id="header:webhook-id",
        find_type="type",
        find_time="timestamp",
        evidence=Evidence.SDK,
        documentation="https://developers.portone.io/opi/ko/integration/webhook/readme-v2",
        sample=Sample(
            body='{"type": "Transaction.Paid", "timestamp": "2024-04-25T10:00:00.000Z", "data": {"paymentId": "example-payment-id", "storeId": "store-ae356798-3d20-4969-b739-14c6b0e1a667", "transactionId": "55451513-9763-4a7a-bb43-78a4c65be843"}}'
        ),
    ),
    Provider(
        name="utila",
        title="Utila",
        signs="RSA-PSS in `x-utila-signature`, base64 over the body",
        signed_with="Utila's public key, as the console shows it next to the webhook",
        verify={
            "scheme": "public-key",
            "algorithm": "rsa-pss-sha512",
            "header": "x-utila-signature",
            "encoding": "base64",
        },
        find_id="id",
        find_type="type",
        documentation="https://docs.utila.io/reference/webhooks",
        sample=Sample(
            body='{"id": "94ea3ce9-fb6d-41f3-91aa-8c42f17df1f6", "vault": "vaults/3bf247bc8ee2c", "type": "TRANSACTION_CREATED", "resourceType": "TRANSACTION", "resource": "vaults/3bf247bc8ee2c/transactions/b6e3cd32e827"}'
        ),
    ),
    Provider(
        name="woovi",
        title="Woovi (OpenPix)",
        signed_with="Woovi's public key, as its page shows it: the PEM file, or the base64 of its key in one line",
        verify={
            "scheme": "public-key",
            "algorithm": "rsa-sha256",
            "header": "x-webhook-signature",
            "encoding": "base64",
        },
        find_id="content-hash",
        find_type="event",
        find_time="charge.updatedAt",
        notes="The older header `X-OpenPix-Signature`, which Woovi has deprecated, is not read.",
        documentation="https://developers.woovi.com/docs/webhook/webhook-signature-validation",
        sample=Sample(
            body='{"event": "OPENPIX:CHARGE_COMPLETED", "charge": {"status": "COMPLETED", "value": 1000, "comment": "Pagamento Woovi", "transactionID": "ea83401ed4834b3ea6f1f283b389af29", "correlationID": "417bae21-3d08-4cdb-9c2d-fee63c89e9e4", "createdAt": "2021-03-12T12:43:54.528Z", "updatedAt": "2021-03-12T12:44:09.360Z"}}'
        ),
    ),
    Provider(
        name="yuno",
        title="Yuno",
        signed_with="the client secret of the webhook's HMAC authentication",
        verify={"scheme": "hmac", "header": "x-hmac-signature", "encoding": "base64"},
        find_id="join(':', [type_event, data.idempotency_key || data.payment.idempotency_key]) || content-hash",
        find_type="type_event",
        find_time="data.payment.updated_at",
        answer=SuccessAnswer(),
        retries="up to 6 more times, the last some days after the first",
        notes="The signature is sent if HMAC authentication is switched on. A repeat increases `retry` in the body, so events without an idempotency key, such as enrollments, become new events when they are repeated.",
        documentation="https://docs.y.uno/docs/verify-webhook-signatures-hmac",
        sample=Sample(
            body='{"type": "payment", "type_event": "payment.purchase", "account_id": "2c05976d-1234-1234-1234-6421883de48d", "retry": 0, "version": 2, "data": {"payment": {"id": "a546c566-1234-1234-1234-6421883de48d", "idempotency_key": "{id}", "status": "SUCCEEDED", "updated_at": "2022-05-09T20:46:54.786342Z"}}}',
            fresh="idempotency_key",
        ),
    ),
)
