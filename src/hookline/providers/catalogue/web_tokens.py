"""Senders that sign a JSON web token for each call."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from hookline.domain.source import SuccessAnswer
from hookline.providers.provider import Evidence, Proves, Provider, Sample

__all__ = ["SENDERS"]

SENDERS: Final = (
    Provider(
        name="fusionauth",
        title="FusionAuth",
        signs="`X-FusionAuth-Signature-JWT`, a JWT that holds the body's SHA-256",
        signed_with="the webhook's signing key: a shared key, or the public key",
        verify={
            "scheme": "jwt",
            "algorithms": ["HS256"],
            "header": "X-FusionAuth-Signature-JWT",
            "body_hash": {"claim": "request_body_sha256", "encoding": "base64"},
            "max_lifetime": "none",
        },
        takes=frozenset({"algorithms", "keys_url"}),
        find_id="event.id",
        find_type="event.type",
        find_time="event.createInstant",
        keeps_id=True,
        notes='FusionAuth signs with the key that the webhook has there. For a key pair write `algorithms = ["RS256"]` (or ES256, EdDSA …) with its public key, or with `keys_url = "https://YOUR_FUSIONAUTH/.well-known/jwks.json"`.',
        evidence=Evidence.SDK,
        documentation="https://fusionauth.io/docs/extend/events-and-webhooks/signing",
        sample=Sample(
            body='{"event": {"createInstant": 1505762615056, "id": "be33dd2d-4d0a-4b8c-9c5c-7f2d1c3e6a10", "type": "user.create", "tenantId": "e872a880-b14f-6d62-c312-cb40f22af465", "user": {"active": true, "email": "example@fusionauth.io", "id": "00000000-0000-0001-0000-000000000000", "verified": true}}}'
        ),
    ),
    # Cloud Pub/Sub's push subscriptions. Anyone can make Google sign a token for any audience with another service account, so only the
    # account's address proves the subscription.
    Provider(
        name="google-pubsub",
        title="Google Cloud Pub/Sub",
        signed_with="Google's own key, for the push subscription's service account",
        signs="an OpenID Connect token of the subscription's service account in `Authorization`, by Google's key",
        verify={
            "scheme": "jwt",
            "algorithms": ["RS256"],
            "keys_url": "https://www.googleapis.com/oauth2/v3/certs",
            "issuer": ["https://accounts.google.com", "accounts.google.com"],
        },
        takes=frozenset({"audience", "claims"}),
        demands=(
            ("audience", "must be written: the audience of the push subscription, or else its whole push endpoint"),
            (
                "claims",
                'must name the service account of the push subscription, such as { email = "push@PROJECT.iam.gserviceaccount.com", email_verified = true }: anyone can make Google sign a token for this audience with another account',
            ),
        ),
        needs_secret=False,
        needs_keys=True,
        proves=Proves.SENDER,
        covers="the token in the header, for an hour; no part of the body",
        find_id="message.messageId",
        find_type="message.attributes.eventType || 'message'",
        find_time="message.publishTime",
        keeps_id=True,
        max_body=14 * 1024 * 1024,  # 10 MB of a message in base64, and its attributes
        max_body_source="https://cloud.google.com/pubsub/quotas",
        deadline=10,
        retries="until it succeeds, or until the end of the message retention (7 days), with growing pauses",
        notes="Enable authentication for the push subscription. One token is used for many calls within its hour. With payload unwrapping the id is in `x-goog-pubsub-message-id`.",
        documentation="https://cloud.google.com/pubsub/docs/authenticate-push-subscriptions",
        sample=Sample(
            body='{"message": {"attributes": {"key": "value"}, "data": "SGVsbG8gQ2xvdWQgUHViL1N1YiEgSGVyZSBpcyBteSBtZXNzYWdlIQ==", "messageId": "2070443601311540", "message_id": "2070443601311540", "publishTime": "2021-02-26T19:13:55.749Z", "publish_time": "2021-02-26T19:13:55.749Z"}, "subscription": "projects/myproject/subscriptions/mysubscription"}'
        ),
    ),
    Provider(
        name="netlify",
        title="Netlify",
        signs="`X-Webhook-Signature`, a JWT (HS256) that holds the body's SHA-256",
        signed_with="the notification's JWS secret token",
        verify={
            "scheme": "jwt",
            "algorithms": ["HS256"],
            "header": "X-Webhook-Signature",
            "issuer": "netlify",
            "body_hash": {"claim": "sha256"},
            "max_lifetime": "none",
        },
        find_id="content-hash",
        find_type="state || form_name",
        find_time="updated_at || created_at",
        answer=SuccessAnswer(),
        notes="All calls about a deploy have the same id, so hookline treats each different body as a separate event.",
        documentation="https://docs.netlify.com/deploy/deploy-notifications/#payload-signature",
        sample=Sample(
            body='{"id": "5ebc34bf4fea0b01f02efa3a", "site_id": "fa4dd95a-994e-4f89-8a7a-2d9e9fc36a32", "build_id": "5ebc34bf4fea0b01f02efa38", "state": "ready", "name": "www-example", "url": "https://www.example.com", "created_at": "2020-05-13T17:56:15.346Z", "updated_at": "2020-05-13T17:58:56.738Z", "branch": "master", "context": "production"}'
        ),
    ),
    # Vonage's Messages, Dispatch, Verify and Voice.
    Provider(
        name="vonage",
        title="Vonage",
        signs="a JWT (HS256) in `Authorization` that holds the body's SHA-256 and its own time",
        signed_with="the account's signature secret",
        verify={
            "scheme": "jwt",
            "algorithms": ["HS256"],
            "issuer": "Vonage",
            "body_hash": {"claim": "payload_hash"},
            "max_lifetime": timedelta(days=1),
        },
        find_id="content-hash",
        find_type="status || message_type || event_type || 'webhook'",
        find_time="timestamp",
        answer=SuccessAnswer(),
        retries="for 24 hours",
        notes="There is a call for each status of a message, with the same message_uuid, so hookline treats each different body as a separate event. Set the webhooks to POST with JSON: the token covers a body, not a query. The token does not expire; Vonage repeats a call for a day.",
        documentation="https://developer.vonage.com/en/messages/concepts/signed-webhooks",
        sample=Sample(
            body='{"message_uuid": "aaaaaaaa-bbbb-4ccc-8ddd-0123456789ab", "to": "447700900000", "from": "447700900001", "timestamp": "2025-02-03T12:14:25Z", "status": "delivered", "channel": "sms"}'
        ),
    ),
)
