"""The request that a sender would make at a given time, signed by its scheme."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from hookline.domain.request import Headers, Request
from hookline.providers.scheme import SignsInside, SignsQuery

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from hookline.domain.source import Source
    from hookline.providers.scheme import Scheme

__all__ = ["NO_HEADERS", "signed_request"]

NO_HEADERS: Mapping[str, str] = MappingProxyType({})


def signed_request(
    source: Source,
    scheme: Scheme,
    secret: bytes,
    body: bytes,
    *,
    delivery_id: str,
    at: datetime,
    headers: Mapping[str, str] = NO_HEADERS,
) -> Request:
    """The call that the real sender would make, signed and received ``at`` (aware).

    ``delivery_id`` is the id that the scheme itself carries. ``headers`` are added last and replace headers with the same name, also the
    signature's own. If the sender signs inside the body, the request's body differs from ``body``.
    """
    media_type = "application/json" if "application/json" in source.media_types else min(source.media_types)
    if isinstance(scheme, SignsInside):
        body = scheme.signed_body(body, secret=secret, at=at)
    signed = scheme.sign(body, secret=secret, delivery_id=delivery_id, at=at)
    fields = {name.lower(): value for name, value in ({"content-type": media_type} | signed | dict(headers)).items()}
    return Request(
        method="POST",
        path=source.path,
        query=scheme.signed_query(body, secret=secret, at=at) if isinstance(scheme, SignsQuery) else "",
        headers=Headers((name.encode(), value.encode("latin-1")) for name, value in fields.items()),
        body=body,
        received_at=at,
    )
