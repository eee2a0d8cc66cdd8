"""Hygraph's webhooks: a JSON text of the body, the environment and the time is signed (https://hygraph.com/docs/api-reference/basics/webhooks).

Its form is that of ``verifyWebhookSignature`` of @hygraph/utils.
"""

from __future__ import annotations

import json
import re
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

from hookline.domain.source import Verified
from hookline.errors import Rejected
from hookline.providers.primitives import ENCODINGS, check_timestamp, fitting, mac, mismatch, required, written_time
from hookline.providers.provider import Evidence, Provider, Sample
from hookline.providers.scheme import DEFAULT_TOLERANCE, ConfiguredScheme
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta

    from hookline.domain.request import Request
    from hookline.domain.secret import Secret

__all__ = ["PROVIDER", "SignedEnvelope"]

_HEADER = "gcms-signature"
_WHERE = f"t of the header {_HEADER}"
_SIGNED = re.compile(r"sign=([A-Za-z0-9+/]+=*), env=([^,=]*), t=([0-9]+)")
_MOST = 4
"""The most signatures that are tried in one call."""


@record
class SignedEnvelope(ConfiguredScheme):
    """The scheme of this sender."""

    tolerance: timedelta = DEFAULT_TOLERANCE

    def verify(self, request: Request, secrets: Sequence[Secret]) -> Verified:
        """Prove the sender. A repeated header has several signatures, each with an environment and a time."""
        refused = mismatch(_HEADER)
        for found in islice(_SIGNED.finditer(required(request, _HEADER)), _MOST):
            signature, environment, time = found.groups()
            try:
                check_timestamp(time, _WHERE, request.received_at, self.tolerance, "milliseconds")
            except Rejected as refusal:
                refused = refusal
                continue
            made = partial(_signature, signed=_text(request.body, environment, time))
            if secret := fitting(secrets, made, [signature.encode("latin-1")]):
                return Verified(secret=secret.name)
        raise refused

    def sign(self, body: bytes, *, secret: bytes, delivery_id: str, at: datetime) -> dict[str, str]:  # noqa: ARG002 -- required by Scheme; no id is signed
        """The signature for the environment ``master``."""
        time = written_time(at, "milliseconds")
        made = _signature(secret, _text(body, "master", time)).decode()
        return {_HEADER: f"sign={made}, env=master, t={time}"}


def _signature(key: bytes, signed: bytes) -> bytes:
    return ENCODINGS["base64"](mac(key, signed, "sha256"))


def _text(body: bytes, environment: str, time: str) -> bytes:
    """The signed text. Raises Rejected for a body that is not UTF-8: decoded as text, it would no longer be the same bytes."""
    try:
        document = {"Body": body.decode(), "EnvironmentName": environment, "TimeStamp": int(time)}
    except UnicodeDecodeError:
        raise Rejected("signature_mismatch", "the body is not UTF-8, and is signed as a text") from None
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


PROVIDER = Provider(
    name="hygraph",
    title="Hygraph",
    signs="`gcms-signature: sign=…, env=…, t=…`, HMAC-SHA256 in base64 over a JSON text of the body, the environment and the time",
    signed_with="the webhook's secret key",
    scheme=SignedEnvelope(),
    find_id="content-hash",
    find_type="operation",
    find_time="data.updatedAt",
    evidence=Evidence.SDK,
    documentation="https://hygraph.com/docs/api-reference/basics/webhooks",
    sample=Sample(
        body='{"operation": "publish", "data": {"__typename": "Post", "id": "ckxq1n5qg0000ad01v6qk5q1d", "title": "Hello", "stage": "PUBLISHED", "updatedAt": "2021-12-28T10:00:00.000000+00:00"}}'
    ),
)
