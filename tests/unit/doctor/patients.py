"""Requests that were signed well and then broken, and the project that refuses them."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from hookline.config import parse
from hookline.domain.request import Headers
from hookline.domain.secret import Secret
from hookline.pipeline.doctor import Case, Neighbour
from hookline.testing import signed_request

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from hookline.config import Config
    from hookline.domain.request import Request

__all__ = ["BODY", "JSON_SCHEMES", "NOW", "SECRETS", "URL_SCHEMES", "case", "headers", "project", "signed"]

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
BODY = json.dumps(
    {"id": "evt_1", "type": "paid", "path": "a/b", "name": "Zoë <x>", "amount": 1.10, "items": [1, {"z": 2.0, "a": []}]}
).encode()

SECRETS: Mapping[str, bytes] = {
    "PLAIN": b"5f1a3c9e7b2d4f60",
    "WHSEC": b"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    "HEX": b"44782DEF547AAA06C910C43932B1EB0C71FC68D9D0C057550C48EC2ACF6BA056",
    "OTHER": b"a-secret-of-somebody-else",
}
"""Each in the form of a sender that has it."""

JSON_SCHEMES = {
    "stripe": "PLAIN",
    "github": "PLAIN",
    "shopify": "PLAIN",
    "slack": "PLAIN",
    "paddle": "PLAIN",
    "zendesk": "PLAIN",
    "standard-webhooks": "WHSEC",
    "clerk": "WHSEC",
    "adyen-header": "HEX",
    "square": "PLAIN",
    "hubspot": "PLAIN",
    "hmac": "PLAIN",
}
"""Schemes that sign the whole body, with a secret of the right form."""

URL_SCHEMES = ("square", "hubspot", "trello", "twilio")
_OPTIONS = {"hmac": ', header = "X-Signature", prefix = "sha256="'}


@lru_cache
def project(*schemes: str) -> Config:
    """A source for each of these schemes, called like it."""
    tables = [
        f'[sources.{scheme}]\nid = "content-hash"\ntype = "kind || \'any\'"\npublic_url = "https://hooks.example.com/prod/webhook/{scheme}"\n'
        f'media_types = ["application/json", "application/x-www-form-urlencoded"]\n'
        f'verify = {{ scheme = "{scheme}", secrets = ["{JSON_SCHEMES.get(scheme, "PLAIN")}"]{_OPTIONS.get(scheme, "")} }}\n'
        for scheme in schemes
    ]
    return parse("\n".join([*tables, "[queues.all]\n"]), base=Path())


def signed(
    scheme: str,
    *,
    body: bytes = BODY,
    secret: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    url: str | None = None,
) -> Request:
    """A request as the sender of this scheme signs it, by default with the secret of its source and the URL of its settings."""
    config = project(scheme)
    source, own = config.sources[0], config.schemes[scheme]
    if url is not None:
        own = replace(own, public_url=url)  # type: ignore[type-var]  # schemes that sign the URL are records
    value = SECRETS[source.secret_names[0]] if secret is None else secret
    return signed_request(source, own, value, body, delivery_id="msg_1", at=NOW, headers=headers or {})


def case(
    request: Request,
    scheme: str,
    *others: str,
    secrets: Mapping[str, bytes] = SECRETS,
    called: str | None = None,
) -> Case:
    """The request at the source of ``scheme``, in a project that has sources of ``others`` too."""
    config = project(scheme)
    source = config.sources[0]
    neighbours = [
        Neighbour(
            name=other.name,
            path=other.path,
            scheme=project(other.name).schemes[other.name],
            secrets=[Secret(name="OTHER", value=secrets["OTHER"])],
        )
        for name in others
        for other in project(name).sources
    ]
    return Case(
        request=request,
        source=source,
        scheme=config.schemes[scheme],
        secrets=[Secret(name=name, value=secrets[name]) for name in source.secret_names],
        neighbours=neighbours,
        called=called,
    )


def headers(request: Request, change: Callable[[list[tuple[str, str]]], list[tuple[str, str]]]) -> Request:
    """The request with its header fields changed."""
    fields = change(list(request.headers.items()))
    return replace(
        request, headers=Headers((name.encode("latin-1"), value.encode("latin-1")) for name, value in fields)
    )
