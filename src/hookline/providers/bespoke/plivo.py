"""Plivo's callbacks, signatures of version 3.

The URL, its query and the form's fields, each sorted, and a nonce are signed
(https://www.plivo.com/docs/voice/concepts/signature-validation; plivo-python, ``utils/signature_v3.py``). A subaccount's token signs one
header, the main account's the other.
"""

from __future__ import annotations

import hashlib
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from hookline.domain.form import FormError, fields_of
from hookline.domain.source import SuccessAnswer, Verified
from hookline.errors import Rejected
from hookline.providers.primitives import ENCODINGS, fitting, mac, mismatch, missing_signature, required
from hookline.providers.provider import FORM, Evidence, Provider, Sample
from hookline.providers.scheme import ConfiguredScheme, Signed
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from hookline.domain.request import Request
    from hookline.domain.secret import Secret

__all__ = ["PROVIDER", "Plivo"]

_HEADER = "X-Plivo-Signature-V3"
_HEADERS = (_HEADER, "X-Plivo-Signature-Ma-V3")
_NONCE = "X-Plivo-Signature-V3-Nonce"
_MOST_FIELDS = 2000


@record
class Plivo(ConfiguredScheme):
    """The scheme; ``public_url`` is the URL that Plivo calls."""

    public_url: str = ""

    @property
    def signed(self) -> Signed:
        """All fields of a form, sorted: the order of two values of one name is not signed."""
        return Signed(whole_form=True)

    def verify(self, request: Request, secrets: Sequence[Secret]) -> Verified:
        """Prove the sender by either header."""
        values = [request.headers.get(header) for header in _HEADERS]
        candidates = [part.strip(" \t").encode("latin-1") for value in values if value for part in value.split(",")]
        if not candidates:
            raise missing_signature(_HEADER)
        nonce = required(request, _NONCE)
        called = self._called(request.query, request.body)
        secret = fitting(secrets, partial(_signature, called=called, nonce=nonce), candidates)
        if secret is None:
            raise mismatch(_HEADER)
        return Verified(secret=secret.name, content=hashlib.sha256(called).digest())

    def sign(self, body: bytes, *, secret: bytes, delivery_id: str, at: datetime) -> dict[str, str]:  # noqa: ARG002 -- required by Scheme; no time is signed
        """The signature over the URL and a form, with a nonce from the delivery's id."""
        nonce = hashlib.sha256(delivery_id.encode()).hexdigest()[:32]
        return {_HEADER: _signature(secret, self._called("", body), nonce).decode(), _NONCE: nonce}

    def _called(self, query: str, body: bytes) -> bytes:
        """The URL with all fields: the query joined by ``=`` and ``&``, then a dot and the form without separators."""
        parts = urlsplit(self.public_url)
        url = f"{parts.scheme}://{parts.netloc}{parts.path}".encode("utf-8", "replace")
        asked = b"&".join(name + b"=" + value for name, value in _sorted(query.encode("utf-8", "replace")))
        form = b"".join(name + value for name, value in _sorted(body))
        mark = b"?" if asked or form else b""
        return url + mark + asked + (b"." if asked and form else b"") + form


def _sorted(written: bytes) -> list[tuple[bytes, bytes]]:
    try:
        return sorted(fields_of(written, most=_MOST_FIELDS))
    except FormError as error:
        raise Rejected("signature_mismatch", f"the form or the query cannot be read: {error}") from None


def _signature(token: bytes, called: bytes, nonce: str) -> bytes:
    return ENCODINGS["base64"](mac(token, called + b"." + nonce.encode("latin-1"), "sha256"))


PROVIDER = Provider(
    name="plivo",
    title="Plivo",
    signs="`X-Plivo-Signature-V3`, HMAC-SHA256 in base64 over the URL, the sorted fields of query and form, and a nonce",
    signed_with="the auth token of the account or the subaccount",
    scheme=Plivo(),
    media_types=FORM,
    find_id="content-hash",
    answer=SuccessAnswer(body=b"<Response/>", media_type="text/xml"),
    notes="The form's fields are signed, sorted: their order in the body is not.",
    evidence=Evidence.SDK,
    documentation="https://www.plivo.com/docs/voice/concepts/signature-validation",
    sample=Sample(
        body="From=14155552671&MessageIntent=&MessageUUID=e9bfb6ce-1f1f-11ec-a6d4-0242ac110004&Status=delivered&To=12025550123&Type=sms&Units=1",
        media_type="application/x-www-form-urlencoded",
    ),
)
