"""Which rejected requests may be kept, and how they are tried again."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import unquote

from hookline.domain.event import Outcome
from hookline.domain.reads import NOTHING
from hookline.errors import NotFoundError, Rejected, UnavailableError
from hookline.pipeline.confirm import confirm
from hookline.pipeline.handshake import find_handshake
from hookline.pipeline.public_keys import with_key
from hookline.pipeline.receive import accept
from hookline.providers.scheme import SignsInside, SignsQuery

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from hookline.domain.event import Event
    from hookline.domain.quarantine import RejectedRequest
    from hookline.domain.request import Request
    from hookline.domain.secret import Secret
    from hookline.domain.source import Source
    from hookline.ports.confirmations import Confirmations
    from hookline.ports.keys import Keys
    from hookline.providers.scheme import Scheme

__all__ = ["accept_again", "hands_over_a_secret", "refuse_reused", "shows_secret", "unconfirmed"]

_PROBE = b"probe:0123456789abcdef0123456789abcdef"
_HANDSHAKE = 1024  # bytes: no handshake is longer
_SOME_TIME = datetime(2026, 1, 1, tzinfo=UTC)


def shows_secret(scheme: Scheme) -> bool:
    """Whether this sender writes its secret into each request, so that keeping a request would mean keeping the secret."""
    body = b'{"value": [{}]}'
    try:
        if isinstance(scheme, SignsInside):
            body = scheme.signed_body(body, secret=_PROBE, at=_SOME_TIME)
        headers = scheme.sign(body, secret=_PROBE, delivery_id="probe", at=_SOME_TIME)
        query = scheme.signed_query(body, secret=_PROBE, at=_SOME_TIME) if isinstance(scheme, SignsQuery) else ""
    except Exception:  # noqa: BLE001 -- a scheme that signs with a key of another kind writes no secret
        return False
    written = (body, unquote(query).encode(), *(value.encode("latin-1", "replace") for value in headers.values()))
    return any(probe in part for part in written for probe in (_PROBE, base64.b64encode(_PROBE)))


def hands_over_a_secret(request: Request) -> bool:
    """Whether the request is a handshake that brings a secret: Asana's does in a header, Notion's in the body."""
    return request.headers.get("x-hook-secret") is not None or b'"verification_token"' in request.body[:_HANDSHAKE]


def accept_again(
    rejected: RejectedRequest,
    sources: Iterable[Source],
    read_secrets: Callable[[Sequence[str]], Sequence[Secret]],
    keys: Keys | None,
    confirmations: Confirmations | None = None,
    *,
    accept_ambiguous: bool = False,
    accept: Callable[[Request, Source, Sequence[Secret]], Event] = accept,
) -> Event:
    """The event that the request reports with the current configuration and secrets, verified as of the time when it was received.

    ``keys`` may be None where no source needs public keys. ``accept`` is the home's own function where that gets a query in decoded form.
    With ``accept_ambiguous`` a repeated name is not a reason to refuse it: hookline reads the last one in JSON, the first in a form. Raises
    Rejected when it is refused again, and for a handshake, whose sender no longer waits; NotFoundError when its source is no longer
    configured; UnavailableError when a secret, a key or the sender's confirmation is not available.
    """
    for source in sources:
        if source.name == rejected.source:
            if find_handshake(rejected.request, source) is not None:
                raise Rejected("handshake_invalid", "a handshake is not an event: have the sender repeat it")
            secrets = read_secrets(source.secret_names)
            known = source if keys is None else with_key(source, rejected.request, keys, secrets)
            event = accept(rejected.request, replace(known, reads=NOTHING) if accept_ambiguous else known, secrets)
            if source.confirmation is not None:
                if confirmations is None:
                    raise UnavailableError(
                        "confirmation_unavailable", f"{source.scheme} cannot confirm calls to this command"
                    )
                confirm(rejected.request, known, event, read_secrets, confirmations)
            return event
    raise NotFoundError(f"hookline.toml no longer has the source {rejected.source}")


def unconfirmed(sources: Iterable[Source]) -> list[Source]:
    """The sources without confirmation by their senders: this run must not call anyone."""
    return [replace(source, confirmation=None) for source in sources]


def refuse_reused(outcome: Outcome) -> None:
    """Raise Rejected for an event whose delivery id belonged to an event that is no longer stored and had another body."""
    if outcome is Outcome.REUSED:
        raise Rejected("delivery_reused", "its delivery id belongs to an event with another body, which has expired")
