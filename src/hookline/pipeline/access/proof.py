"""Who calls: the access key that a request proves, by a signature (SigV4) or by id and secret (HTTP Basic)."""

from __future__ import annotations

import base64
import hmac
import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final

from hookline.errors import Rejected
from hookline.pipeline.access.sigv4 import (
    ALGORITHM,
    TERMINATOR,
    canonical_request,
    signature,
    signed_by,
    string_to_sign,
)
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hookline.domain.access import AccessKey, Principal
    from hookline.pipeline.access.sigv4 import Head, SignedBy

__all__ = ["KnownKey", "SignedRequest", "principal_by_password", "signed_request"]

TOLERANCE: Final = timedelta(minutes=5)
_SERVICE: Final = "sqs"
_REGION: Final = re.compile(r"[a-z0-9-]{1,32}")
_STAMP: Final = re.compile(r"\d{8}T\d{6}Z", re.ASCII)
_FORMAT: Final = "%Y%m%dT%H%M%SZ"
_NO_SECRET: Final = b"\x00" * 32


@record
class KnownKey:
    """An access key with the value of its secret, which ``repr`` leaves out."""

    key: AccessKey
    secret: bytes

    def __repr__(self) -> str:
        return f"KnownKey({self.key.id})"


@record
class SignedRequest:
    """A request whose head is valid and names a known key; its body has not arrived yet."""

    head: Head
    by: SignedBy
    stamp: str
    known: KnownKey

    def principal(self, body: bytes) -> Principal:
        """The principal, once the signature over head and body is verified. Raises Rejected ``credentials_mismatch``."""
        canonical = canonical_request(self.head, self.by.signed_headers, body)
        expected = signature(self.known.secret, self.by, string_to_sign(self.stamp, self.by.scope, canonical))
        if not hmac.compare_digest(expected.encode(), self.by.signature.encode("latin-1")):
            raise Rejected(
                "credentials_mismatch",
                "the request signature we calculated does not match the signature you provided. "
                "Check your AWS Secret Access Key and signing method, and that no proxy changed the Host, which hookline "
                f"received as {_shown_host(self.head)}",
            )
        return self.known.key.principal


def signed_request(head: Head, keys: Mapping[str, KnownKey], now: datetime) -> SignedRequest:
    """Check everything in a signed request that can be checked without its body. Raises Rejected.

    Any region is accepted: hookline has none, and a consumer keeps the region of its queues on AWS. Session tokens are ignored, because an
    access key of hookline has no session.
    """
    authorization = head.values(b"authorization")
    if not authorization:
        raise Rejected("credentials_missing", "the request is missing Authentication Token")
    text = authorization[0].decode("latin-1")
    if len(authorization) > 1 or not text.startswith(f"{ALGORITHM} "):
        raise Rejected(
            "credentials_incomplete", f"there must be one Authorization header, and it must begin with {ALGORITHM}"
        )
    by = signed_by(text)
    stamp, signed_at = _signing_time(head)
    _check_signed_headers(head, by)
    known = keys.get(by.key_id)
    if known is None:
        raise Rejected("access_key_unknown", "the security token included in the request is invalid")
    _check_age(stamp, signed_at, now)
    _check_scope(by, stamp)
    return SignedRequest(head=head, by=by, stamp=stamp, known=known)


def principal_by_password(head: Head, keys: Mapping[str, KnownKey]) -> Principal:
    """The principal whose id and secret are in an Authorization header for HTTP Basic (RFC 7617). Raises Rejected."""
    text = head.value(b"authorization") or ""
    try:
        key_id, _, password = base64.b64decode(text.partition(" ")[2].strip(), validate=True).partition(b":")
    except ValueError:  # not base64, or not ASCII
        raise Rejected("credentials_incomplete", "Authorization header is not base64 of id:secret") from None
    known = keys.get(key_id.decode("utf-8", "replace"))
    # The check takes the same time for an unknown id as for a known one.
    fits = hmac.compare_digest(known.secret if known is not None else _NO_SECRET, password)
    if known is None or not fits:
        raise Rejected("credentials_mismatch", "no access key has this id and this secret")
    return known.key.principal


def _signing_time(head: Head) -> tuple[str, datetime]:
    """The time of signing as the text that is signed, and as a time: ``x-amz-date``, or ``date`` if that is missing."""
    written = head.values(b"x-amz-date") or head.values(b"date")
    if not written:
        raise Rejected(
            "credentials_incomplete",
            "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header",
        )
    text = written[0].decode("latin-1").strip()
    if len(written) > 1:
        raise Rejected("credentials_incomplete", "the request has two dates")
    try:
        if _STAMP.fullmatch(text):
            return text, datetime.fromisoformat(text)
        signed_at = parsedate_to_datetime(text)
        signed_at = signed_at.replace(tzinfo=UTC) if signed_at.tzinfo is None else signed_at.astimezone(UTC)
    except (ValueError, OverflowError):
        raise Rejected(
            "credentials_incomplete", "Date must be in ISO-8601 'basic format', such as 20260131T235959Z"
        ) from None
    return signed_at.strftime(_FORMAT), signed_at


def _check_signed_headers(head: Head, by: SignedBy) -> None:
    """Refuse a signature that does not cover everything that decides the meaning of a request: others could change it."""
    dated = "x-amz-date" if head.values(b"x-amz-date") else "date"
    needed = ["host", dated, *(name for name in ("content-type", "x-amz-target") if head.values(name.encode()))]
    for name in needed:
        if name not in by.signed_headers:
            raise Rejected("credentials_incomplete", f"'{name}' must be a 'SignedHeader' in the AWS Authorization")


def _check_age(stamp: str, signed_at: datetime, now: datetime) -> None:
    """Refuse a signature that was made more than five minutes before or after ``now``."""
    if abs(now - signed_at) <= TOLERANCE:
        return
    earliest, latest, here = ((now + span).strftime(_FORMAT) for span in (-TOLERANCE, TOLERANCE, timedelta()))
    why = f"Signature expired: {stamp} is now earlier than {earliest} ({here} - 5 min.)"
    if signed_at > now:
        why = f"Signature not yet current: {stamp} is still later than {latest} ({here} + 5 min.)"
    raise Rejected("credentials_expired", why)


def _check_scope(by: SignedBy, stamp: str) -> None:
    why = None
    if by.terminator != TERMINATOR:
        why = f"Credential should be scoped with a valid terminator: '{TERMINATOR}'"
    elif by.service != _SERVICE:
        why = f"Credential should be scoped to correct service: '{_SERVICE}'"
    elif by.day != stamp[:8]:
        why = f"Date in Credential scope does not match YYYYMMDD of the request's date, {stamp}"
    elif not _REGION.fullmatch(by.region):
        why = "Credential should be scoped to a valid region"
    if why is not None:
        raise Rejected("credentials_mismatch", why)


def _shown_host(head: Head) -> str:
    host = head.value(b"host") or "nothing"
    return host if host.isprintable() else "something unprintable"
