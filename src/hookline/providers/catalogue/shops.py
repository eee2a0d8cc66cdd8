"""Senders for shops, warehouses, parcels and letters."""

from __future__ import annotations

from typing import Final

from hookline.domain.source import SuccessAnswer
from hookline.providers.provider import JSON, Evidence, Proves, Provider, Sample

__all__ = ["SENDERS"]

SENDERS: Final = (
    # Tracking and Shipping write one header, Returns and Warranty the other.
    Provider(
        name="aftership",
        title="AfterShip",
        signed_with="the webhook secret",
        verify={
            "scheme": "hmac",
            "header": ["Aftership-Hmac-Sha256", "As-Signature-Hmac-Sha256"],
            "encoding": "base64",
        },
        find_id="event_id || id || content-hash",
        find_type="event || event_type",
        find_time="ts || created_at || date_time",
        retries="up to 13 more times, the first after 30 seconds and each pause twice the one before, about 68 hours in all",
        documentation="https://www.aftership.com/docs/tracking/webhook/webhook-signature",
        sample=Sample(
            body='{"event": "tracking_update", "event_id": "94dadd60-ed26-46d0-aa52-3ced925a50ff", "is_tracking_first_tag": true, "msg": {"id": "vebix4hfu3sr3kac0epve01n", "tracking_number": "1111111111111", "slug": "usps", "tag": "InTransit", "subtag": "InTransit_001"}, "ts": 1712741696}',
            headers={"As-Webhook-Version": "2026-07"},
            fresh="event_id",
        ),
    ),
    # Standard Webhooks, whose key is the client secret as it is.
    Provider(
        name="bigcommerce",
        title="BigCommerce",
        signed_with="the app's client secret",
        verify={"scheme": "standard-webhooks", "secret_encoding": "utf8"},
        carries_id=True,
        find_id="header:webhook-id",
        find_type="scope",
        find_time="created_at",
        keeps_id=True,
        answer=SuccessAnswer(),
        retries="for about 48 hours, from a minute to a day apart, then the webhook is deactivated",
        notes="A call names what changed; the API has the details. A host that answers fewer than 90 % of the calls of two minutes with success gets no calls for three minutes.",
        documentation="https://docs.bigcommerce.com/developer/docs/integrations/webhooks/overview",
        sample=Sample(
            body='{"store_id": "1000", "producer": "stores/abc123", "scope": "store/order/statusUpdated", "data": {"type": "order", "id": 173331}, "hash": "3f9ea420af83450d7ef9f78b08c8af25b2213637", "created_at": 1561479335}'
        ),
    ),
    # Cloudprinter.com's webhooks.
    Provider(
        name="cloudsignal",
        title="CloudSignal (Cloudprinter.com)",
        signed_with="the webhook's API key, which is not the account's",
        verify={"scheme": "token", "body": "apikey"},
        proves=Proves.SENDER,
        covers="nothing: the secret itself is in each body",
        find_id="content-hash",
        find_type="type",
        find_time="datetime",
        answer=SuccessAnswer(),
        retries="up to 100 times in 7 days, until 200 or 204",
        notes="The key is in the body and is stored and forwarded with it. The form is as Hookdeck describes it.",
        evidence=Evidence.UNSURE,
        documentation="https://docs.cloudprinter.com/client/cloudsignal-webhooks-v2-0",
        sample=Sample(
            body='{"apikey": "0f3a8c51d2e7469b", "type": "ItemShipped", "order": "1234567890", "item": "1234567890-1", "order_reference": "ref-1", "item_reference": "item-1", "datetime": "2026-01-02T03:04:05+00:00", "tracking": "TRACK1", "shipping_option": "postal"}'
        ),
    ),
    Provider(
        name="commercelayer",
        title="Commerce Layer",
        signed_with="the webhook's shared secret",
        verify={"scheme": "hmac", "header": "X-CommerceLayer-Signature", "encoding": "base64"},
        find_id="content-hash",
        find_type="header:X-CommerceLayer-Topic",
        find_time="data.attributes.updated_at",
        media_types=JSON | {"application/vnd.api+json"},
        deadline=5,
        retries="up to 10 times; after 30 failures in a row the webhook is disabled",
        notes="The topic is in a header, which is not signed.",
        documentation="https://docs.commercelayer.io/core/callbacks-security",
        sample=Sample(
            body='{"data": {"id": "yzkWXfWDnu", "type": "orders", "attributes": {"number": 1234, "status": "placed", "payment_status": "authorized", "currency_code": "USD", "total_amount_cents": 10000, "updated_at": "2018-01-01T12:00:00.000Z"}}}',
            headers={"X-CommerceLayer-Topic": "orders.place"},
        ),
    ),
    Provider(
        name="easypost",
        title="EasyPost",
        signed_with="the webhook_secret, in ASCII",
        verify={"scheme": "hmac", "header": "X-Hmac-Signature", "prefix": "hmac-sha256-hex="},
        find_id="id",
        find_type="description",
        find_time="created_at",
        notes="EasyPost normalises the secret (NFKD) before it signs: an ASCII secret stays the same.",
        evidence=Evidence.SDK,
        documentation="https://docs.easypost.com/guides/webhooks-guide",
        sample=Sample(
            body='{"id": "evt_d0f8f1b0b0b911eda2b6ac1f6bc539aa", "object": "Event", "mode": "production", "description": "tracker.updated", "created_at": "2023-02-23T15:47:20Z", "status": "completed", "result": {"id": "trk_30cb0a1dbbd947e8b98b4c5e9ee9a3b3", "object": "Tracker", "status": "delivered", "tracking_code": "EZ4000004000"}}'
        ),
    ),
    Provider(
        name="enode",
        title="Enode",
        signed_with="the webhook's secret",
        verify={"scheme": "hmac", "header": "X-Enode-Signature", "algorithm": "sha1", "prefix": "sha1="},
        find_id="header:X-Enode-Delivery",
        find_type="[0].event",
        find_time="[0].createdAt",
        notes="One call carries a list of events, stored and queued as one event; type and time are those of the first. The id is in a header, which is not signed.",
        documentation="https://developers.enode.com/docs/webhooks",
        sample=Sample(
            body='[{"event": "user:vehicle:updated", "createdAt": "2020-04-07T17:04:26Z", "version": "2024-10-01", "user": {"id": "ae2c7f6e-4d5c-4a3b-9a27-4c5a6d7e8f90"}, "vehicle": {"id": "f6c1a7d2-0b5e-4b3e-8f5b-2b6f3a1d9c47"}}]',
            headers={"X-Enode-Delivery": "{id}"},
        ),
    ),
    Provider(
        name="faundit",
        title="Faundit",
        signed_with="the signing secret that Faundit gives",
        verify={
            "scheme": "hmac",
            "header": "X-Faundit-Signature-Next",
            "template": "v1:{header:X-Faundit-Timestamp}:{body}",
        },
        find_id="content-hash",
        find_type='"event-type"',
        find_time="data.timestamp",
        notes="The time in `X-Faundit-Timestamp` is signed but not compared with the current time, because Faundit does not document its form. The older header `X-Faundit-Signature`, which does not cover the body, is not read. The form is as Hookdeck describes it.",
        evidence=Evidence.UNSURE,
        documentation="https://faundit.gitbook.io/faundit-api-v2/webhooks",
        sample=Sample(
            body='{"event-type": "item-status", "data": {"id": 12345, "timestamp": "2026-01-15T10:30:00Z", "status": "delivered", "locationID": "loc_abc123"}}'
        ),
    ),
    Provider(
        name="flexport",
        title="Flexport",
        signed_with="the endpoint's secret token",
        verify={"scheme": "hmac", "header": "X-Hub-Signature-256", "prefix": "sha256="},
        find_id="id",
        find_type="type",
        find_time="occurred_at",
        answer=SuccessAnswer(),
        notes="The older header `X-Hub-Signature` with SHA-1 is not read.",
        documentation="https://apidocs.flexport.com/v2/tag/Webhook-Endpoints/",
        sample=Sample(
            body='{"_object": "/event", "id": 123456, "version": 2, "created_at": "2026-07-23T10:00:00Z", "occurred_at": "2026-07-23T09:59:00Z", "type": "/shipment#created", "data": {"_object": "/shipment#event", "shipment": {"id": 1}}}',
            fresh="id",
        ),
    ),
    Provider(
        name="lob",
        title="Lob",
        signed_with="the webhook's secret",
        verify={
            "scheme": "hmac",
            "header": "Lob-Signature",
            "template": "{header:Lob-Signature-Timestamp}.{body}",
        },
        find_id="id",
        find_type="event_type.id",
        find_time="date_created",
        notes="The signed time is not compared with the current time, because Lob does not document its unit: an id is processed once for as long as it is remembered.",
        documentation="https://docs.lob.com/#tag/Webhooks",
        sample=Sample(
            body='{"id": "evt_1b6f7a7e5c2d4a38", "object": "event", "reference_id": "psc_40d2f3a8c1b0d9e7", "event_type": {"id": "postcard.created", "enabled_for_test": true, "resource": "postcards", "object": "event_type"}, "date_created": "2019-08-12T00:16:00.361Z", "body": {"id": "psc_40d2f3a8c1b0d9e7", "object": "postcard"}}'
        ),
    ),
    Provider(
        name="nuvemshop",
        title="Nuvemshop (Tiendanube)",
        signed_with="the app's client secret",
        verify={"scheme": "hmac", "header": "x-linkedstore-hmac-sha256"},
        find_id="each-call",
        find_type="event",
        deadline=3,
        retries="immediately, after 5, 10 and 15 minutes and then with pauses that grow by 1.4, up to 18 times in 48 hours",
        notes="A call names only the store, the event and the object, so two changes of an order have the same body: each call is a separate event.",
        documentation="https://tiendanube.github.io/api-documentation/resources/webhook",
        sample=Sample(body='{"store_id": 123456, "event": "order/paid", "id": 999888}'),
    ),
    Provider(
        name="onfleet",
        title="Onfleet",
        signed_with="the webhook secret of the dashboard, in hex",
        verify={
            "scheme": "hmac",
            "header": "X-Onfleet-Signature",
            "algorithm": "sha512",
            "secret_encoding": "hex",
        },
        find_id="content-hash",
        find_type="triggerName",
        find_time="time",
        handshake_kinds=(("echo.EchoedParameter", {"parameter": "check"}),),
        documentation="https://docs.onfleet.com/reference/webhooks",
        sample=Sample(
            body='{"taskId": "B3F1a8LTyLD7gWaD8PNlA5wR", "workerId": "2rkpDXpCjpYuPvYLSYLeT8Wn", "actionContext": {"type": "WORKER", "id": "2rkpDXpCjpYuPvYLSYLeT8Wn"}, "triggerId": 3, "triggerName": "taskCompleted", "adminId": null, "data": {"task": {"id": "B3F1a8LTyLD7gWaD8PNlA5wR", "state": 3}}, "time": 1615396816000}'
        ),
    ),
    Provider(
        name="picqer",
        title="Picqer",
        signed_with="the secret of the hook",
        verify={"scheme": "hmac", "header": "X-Picqer-Signature", "encoding": "base64"},
        find_id="content-hash",
        find_type="event",
        deadline=10,
        retries="15 times in about 17 hours; a hook that fails 5 times so in 24 hours is deactivated",
        notes="`event_triggered_at` has no time zone.",
        documentation="https://picqer.com/en/api/webhooks",
        sample=Sample(
            body='{"idhook": 12345, "name": "Orders", "event": "orders.completed", "event_triggered_at": "2026-07-22 10:30:00", "data": {"idorder": 54321, "orderid": "O2026-1001", "status": "completed"}}'
        ),
    ),
    Provider(
        name="printify",
        title="Printify",
        signed_with="the secret that was given when the webhook was made",
        verify={"scheme": "hmac", "header": "X-Pfy-Signature", "prefix": "sha256="},
        find_id="id",
        find_type="type",
        documentation="https://developers.printify.com/#webhooks",
        sample=Sample(
            body='{"id": "653b6be8-2ff7-4ab5-a7a6-6889a8b3bbf5", "type": "order:shipment:created", "created_at": "2017-04-18 13:24:28+00:00", "resource": {"id": "5a96f649b2439217d070f507", "type": "order", "data": {"shop_id": 815256, "carrier": {"code": "USPS", "tracking_number": "9400110200828911663274"}}}}'
        ),
    ),
    Provider(
        name="sendcloud",
        title="Sendcloud",
        signed_with="the integration's webhook signature key, or its API secret key where it has none",
        verify={"scheme": "hmac", "header": "Sendcloud-Signature"},
        find_id="content-hash",
        find_type="action",
        find_time="timestamp",
        documentation="https://docs.sendcloud.sc/api/v2/shipping/#webhooks",
        sample=Sample(
            body='{"action": "parcel_status_changed", "timestamp": 1525271885993, "carrier_status_change_timestamp": 1525271885, "parcel": {"id": 19, "tracking_number": "3SYZXG192833973", "status": {"id": 11, "message": "Delivered"}, "order_number": "01_00001"}}'
        ),
    ),
    Provider(
        name="shipbob",
        title="ShipBob",
        signed_with="the webhook subscription's secret: whsec_…",
        verify={"scheme": "standard-webhooks"},
        carries_id=True,
        find_id="header:webhook-id",
        find_type="header:x-webhook-topic",
        keeps_id=True,
        deadline=15,
        retries="after 5 seconds, 5 and 30 minutes, 2, 5, 10 and 10 hours, each after the one before",
        notes="The topic is in a header, which is not signed.",
        documentation="https://developer.shipbob.com/2026-01/webhooks",
        sample=Sample(
            body='{"id": 100000001, "order_id": 200000001, "reference_id": "ORD-1001", "status": "Completed"}',
            headers={"x-webhook-topic": "order.shipped"},
        ),
    ),
    Provider(
        name="shippo",
        title="Shippo",
        signed_with="the HMAC secret that Shippo issues on request",
        verify={
            "scheme": "hmac",
            "header": "Shippo-Auth-Signature",
            "fields": {"timestamp": "t", "signature": "v1"},
            "template": "{timestamp}.{body}",
        },
        find_id="content-hash",
        find_type="event",
        notes="Shippo signs only for accounts that asked for it.",
        documentation="https://docs.goshippo.com/docs/tracking/webhooksecurity/",
        sample=Sample(
            body='{"event": "track_updated", "test": false, "data": {"carrier": "usps", "tracking_number": "9205590164917312751089", "tracking_status": {"object_id": "4b7bcc5a0b3d4a3f9d7f36f1b3b2b5f1", "status": "DELIVERED", "status_date": "2022-07-23T13:03:00Z"}}}'
        ),
    ),
    Provider(
        name="shopline",
        title="SHOPLINE",
        signed_with="the app secret",
        verify={"scheme": "hmac", "header": "X-Shopline-Hmac-Sha256", "encoding": "base64"},
        find_id="header:X-Shopline-Webhook-Id",
        find_type="header:X-Shopline-Topic",
        find_time="updated_at",
        keeps_id=True,
        answer=SuccessAnswer(),
        deadline=5,
        retries="up to 19 times in 48 hours, then the subscription is removed",
        notes="The id and the topic are in headers, which are not signed. SHOPLINE's pages show base64 in one place and hex in another; hookline expects base64.",
        evidence=Evidence.UNSURE,
        documentation="https://developer.shopline.com/docs/apps/api-instructions-for-use/generate-and-verify-signatures/",
        sample=Sample(
            body='{"id": "21057362786892286", "created_at": "2024-01-15T10:30:00+08:00", "updated_at": "2024-01-15T10:30:00+08:00", "currency": "USD", "total_price": "20.00"}',
            headers={
                "X-Shopline-Webhook-Id": "{id}",
                "X-Shopline-Topic": "orders/create",
                "X-Shopline-Shop-Domain": "my-store.myshopline.com",
            },
        ),
    ),
    Provider(
        name="squarespace",
        title="Squarespace",
        signed_with="the secret of the webhook subscription, in hex",
        verify={"scheme": "hmac", "header": "Squarespace-Signature", "secret_encoding": "hex"},
        find_id="id",
        find_type="topic",
        find_time="createdOn",
        documentation="https://developers.squarespace.com/commerce-apis/webhook-subscriptions-overview",
        sample=Sample(
            body='{"id": "6d9a2c3f-2a2a-4c3f-9a44-0a3f8d2f7c3d", "websiteId": "5b9b2d6d5417fc3b0a8d3b0f", "subscriptionId": "f0a9d2c6-6f4b-4c2f-8f5e-1c9b2a7d6e53", "topic": "order.create", "createdOn": "2020-12-09T15:29:19.121Z", "data": {"orderId": "585d498fdee9f31a60284a37"}}'
        ),
    ),
)
