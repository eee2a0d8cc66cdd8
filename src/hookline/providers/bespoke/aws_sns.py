"""AWS SNS's webhooks.

https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html. Signature version 1 (SHA-1) only where a source asks for it.
Anyone can make SNS sign a message, so the source names the topics that may send here, and all others are refused.
"""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from hookline.domain.source import KeyReference, Verified
from hookline.errors import Rejected
from hookline.providers.asymmetric import check_installed, decoded
from hookline.providers.bodies import parsed
from hookline.providers.fetched_key import FetchedKeyScheme, own_and_private, signed_by, verified_by
from hookline.providers.primitives import ENCODINGS, any_equal
from hookline.providers.provider import JSON, Proves, Provider, Sample
from hookline.providers.scheme import OptionError, Signed
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from hookline.domain.request import Request
    from hookline.domain.secret import Secret
    from hookline.providers.scheme import Scheme

__all__ = ["PROVIDER", "SignedMessage"]

_PINNED = re.compile(
    r"https://sns\.[a-z]{2}(?:-[a-z]{1,16}){1,3}-[0-9]{1,2}\.amazonaws\.com(?:\.cn)?/SimpleNotificationService-[A-Za-z0-9]{1,64}\.pem"
)
"""The hosts of SNS: only a region may follow ``sns.``, because sns.s3-us-west-2.amazonaws.com is a bucket that anyone can own."""
_CERTIFICATE = "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-00000000000000000000000000000000.pem"
_TOPIC = re.compile(r"arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_.-]{1,256}")
_FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    "SubscriptionConfirmation": ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
    "UnsubscribeConfirmation": ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
}
_HOW: Final = ("Signature", "SignatureVersion", "SigningCertURL")
_TYPE = "x-amz-sns-message-type"
_DIGESTS: Final = {"1": "sha1", "2": "sha256"}


@record
class SignedMessage(FetchedKeyScheme):
    """The scheme; ``version`` is the lowest accepted signature version."""

    topics: tuple[str, ...] = ()
    version: str = "2"

    @property
    def options(self) -> frozenset[str]:
        """The topics, and the lowest accepted signature version."""
        return frozenset({"topics", "version"})

    def configured(self, options: Mapping[str, object]) -> Scheme:
        """The scheme with the topics that may send here."""
        check_installed()
        topics = options.get("topics")
        if not isinstance(topics, list) or not topics:
            raise OptionError(
                "topics", 'must list the ARNs of the topics that may send here, such as ["arn:aws:sns:…"]'
            )
        if not all(isinstance(topic, str) and _TOPIC.fullmatch(topic) for topic in topics):
            raise OptionError("topics", "must contain only ARNs of topics: arn:aws:sns:REGION:ACCOUNT:NAME")
        version = options.get("version", "2")
        if version not in ("1", "2"):
            raise OptionError("version", 'must be "1" (SHA-1) or "2" (SHA-256)')
        return SignedMessage(topics=tuple(topics), version=str(version))

    @property
    def signed(self) -> Signed:
        """The fields that are signed, and those that describe the signature."""
        names = {*_HOW, *(name for fields in _FIELDS.values() for name in fields)}
        return Signed(members=tuple((name,) for name in sorted(names)))

    def check_before_key(self, request: Request) -> None:
        """Refuse another topic, another signature version, a contradicting header, and a signature that is not valid base64."""
        self._check(request, _message(request.body))

    def wanted_key(self, request: Request) -> KeyReference:
        """The certificate that the message names, after a check that its URL belongs to SNS."""
        url = _text(_message(request.body), "SigningCertURL")
        if not _PINNED.fullmatch(url):
            raise Rejected("signature_mismatch", "SigningCertURL is not the URL of a certificate of SNS")
        return KeyReference(provider="aws-sns", name=url)

    def verify(self, request: Request, secrets: Sequence[Secret]) -> Verified:  # noqa: ARG002 -- required by Scheme; there are none
        """Prove that SNS sent the message, for one of the topics."""
        message = _message(request.body)
        written = self._check(request, message)
        key = self.key_for(request)
        signature = decoded(_text(message, "Signature"), "base64")
        if not verified_by(key, signature, _signed(message), _DIGESTS[written]):
            raise Rejected("signature_mismatch", "Signature does not match the message's own fields")
        return Verified(delivery_id=_text(message, "MessageId"), signed_at=_written(message, "Timestamp"))

    def _check(self, request: Request, message: Mapping[str, object]) -> str:
        """The signature's version, after all checks that need no certificate."""
        if not any_equal(_text(message, "TopicArn").encode("utf-8", "replace"), map(str.encode, self.topics)):
            raise Rejected("signature_mismatch", "TopicArn is not a topic of this source")
        kind = request.headers.get(_TYPE) or ""
        if not any_equal(_text(message, "Type").encode("utf-8", "replace"), [kind.encode("utf-8")]):
            raise Rejected("signature_mismatch", f"the header {_TYPE} is not the message's own Type")
        written = _text(message, "SignatureVersion")
        if written != "2" and (written != "1" or self.version != "1"):
            raise Rejected("signature_mismatch", "SignatureVersion is not one that this source accepts")
        if not decoded(_text(message, "Signature"), "base64"):
            raise Rejected("signature_mismatch", "Signature is not written in base64")
        return written

    def sign(self, body: bytes, *, secret: bytes, delivery_id: str, at: datetime) -> dict[str, str]:  # noqa: ARG002 -- as above; the signature is in the body
        """The headers that repeat parts of the message: see ``signed_body``."""
        message = _message(body)
        names = {
            _TYPE: "Type",
            "x-amz-sns-message-id": "MessageId",
            "x-amz-sns-topic-arn": "TopicArn",
        }
        return {header: value for header, name in names.items() if (value := _written(message, name)) is not None}

    def signed_body(self, body: bytes, *, secret: bytes, at: datetime) -> bytes:  # noqa: ARG002 -- required by Scheme; the message has its own time
        """The message for the first topic, signed with ``secret``, a private key in PEM."""
        own = {"TopicArn": self.topics[0], "SignatureVersion": self.version, "SigningCertURL": _CERTIFICATE}
        message = _message(body) | own
        signature = signed_by(own_and_private(secret)[1], _signed(message), _DIGESTS[self.version])
        return json.dumps(message | {"Signature": ENCODINGS["base64"](signature).decode()}).encode()

    def secret_complaint(self, value: bytes) -> str | None:  # noqa: ARG002 -- as above
        """Any secret is refused, because this scheme uses none."""
        return "the scheme aws-sns does not use a secret"


def _message(body: bytes) -> dict[str, object]:
    document = parsed(body)
    if not isinstance(document, dict):
        raise Rejected("signature_missing", "the body is not a message of SNS")
    return document


def _written(message: Mapping[str, object], name: str) -> str | None:
    value = message.get(name)
    return value if isinstance(value, str) else None


def _text(message: Mapping[str, object], name: str) -> str:
    value = _written(message, name)
    if not value:
        raise Rejected("signature_missing", f"{name} is missing from the message")
    return value


def _signed(message: Mapping[str, object]) -> bytes:
    """Names and values, one on each line; absent fields are left out."""
    names = _FIELDS.get(_text(message, "Type"), ())
    lines = [f"{name}\n{value}\n" for name in names if (value := _written(message, name)) is not None]
    return "".join(lines).encode("utf-8", "surrogatepass")


PROVIDER = Provider(
    name="aws-sns",
    title="AWS SNS",
    signs="RSA over the message's own fields, by a certificate of SNS's own hosts",
    signed_with="nothing: SNS signs with its own certificate",
    scheme=SignedMessage(),
    needs_secret=False,
    needs_keys=True,
    proves=Proves.FIELDS,
    covers="Message, MessageId, Subject, Timestamp, TopicArn and Type; of confirmations SubscribeURL and Token too",
    carries_id=True,
    media_types=JSON | {"text/plain"},
    find_id="header:x-amz-sns-message-id",
    find_type="header:x-amz-sns-message-type",
    keeps_id=True,
    signed_time="Timestamp, when the message was published",
    max_age=timedelta(days=1),
    max_body=2 * 1024 * 1024,  # 256 KiB of message over HTTP; JSON may use six bytes for each
    max_body_source="https://docs.aws.amazon.com/sns/latest/dg/large-message-payloads.html",
    deadline=15,
    retries="by the topic's delivery policy: by default 3 times, with pauses of 20 seconds; at most an hour in total",
    notes='Set `SignatureVersion` 2 on the topic, or write `version = "1"` to accept SHA-1 too. Messages are '
    "text/plain, so that their body is kept as text. A SubscriptionConfirmation for one of the topics is "
    "answered by fetching its SubscribeURL.",
    handshake_kinds=(("subscription.SubscriptionConfirmation", {}),),
    documentation="https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html",
    sample=Sample(
        fresh="MessageId",
        body='{"Type": "Notification", "MessageId": "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324", "TopicArn": "arn:aws:sns:us-east-1:123456789012:MyTopic", "Subject": "My First Message", "Message": "Hello world!", "Timestamp": "{rfc3339}", "UnsubscribeURL": "https://sns.us-east-1.amazonaws.com/?Action=Unsubscribe"}',
        media_type="text/plain",
    ),
)
