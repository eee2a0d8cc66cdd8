"""Values for tests of the core: a request, a source and an event with as little to say as possible."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar

import pytest

from hookline.domain.event import Event, Status
from hookline.domain.request import Headers, Request
from hookline.domain.secret import Secret
from hookline.domain.source import Source
from hookline.error_codes import CODES
from hookline.errors import Rejected
from hookline.providers.general.none import Unsigned

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from hookline.domain.event import Json
    from hookline.domain.source import Extractor

__all__ = ["NOW", "Finds", "attempt", "event", "latin_1", "refusal", "request", "secret", "source"]

Result = TypeVar("Result")

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def request(
    body: bytes = b"{}",
    headers: Mapping[str, str] | Iterable[tuple[str, str]] = (),
    *,
    method: str = "POST",
    path: str = "/webhook",
    at: datetime = NOW,
) -> Request:
    """A call received at ``at``; a list of headers may repeat names."""
    fields = headers if not hasattr(headers, "items") else headers.items()
    return Request(
        method=method,
        path=path,
        headers=Headers((name.encode("latin-1"), value.encode("latin-1")) for name, value in fields),
        body=body,
        received_at=at,
    )


def secret(value: bytes, name: str = "A_SECRET") -> Secret:
    """A secret that its name distinguishes from others."""
    return Secret(name=name, value=value)


def latin_1(raw: bytes) -> str:
    """The bytes of a header as ``Headers`` reads them."""
    return raw.decode("latin-1")


@dataclass(frozen=True)
class Finds:
    """An extractor that finds the same thing everywhere."""

    value: object

    def __call__(self, request: Request, document: Json) -> object:  # noqa: ARG002 -- the Extractor protocol's shape
        """The value."""
        return self.value


def source(
    *,
    find_id: Extractor | None = Finds("evt_1"),
    find_type: Extractor | None = None,
    find_time: Extractor | None = None,
) -> Source:
    """A source that takes anything from anyone."""
    return Source(
        name="transactions",
        path="/webhook",
        scheme="none",
        verifier=Unsigned(),
        secret_names=(),
        find_id=find_id,
        find_type=find_type,
        find_time=find_time,
    )


def event(
    body: bytes = b'{"amount":1.10}', *, content_type: str = "application/json", status: Status = Status.RECEIVED
) -> Event:
    """An event that its body distinguishes from others."""
    return Event(
        id="transactions:evt_1",
        source="transactions",
        type="payment",
        time="2026-01-02T03:04:05Z",
        received_at=NOW,
        content_type=content_type,
        body=body,
        body_sha256=hashlib.sha256(body).digest(),
        metadata={"secret": "A_SECRET"},
        status=status,
    )


def refusal(call: Callable[[], object]) -> str:
    """The code that ``call`` is refused with."""
    with pytest.raises(Rejected) as refused:
        call()
    assert refused.value.status == CODES[refused.value.code].status
    return refused.value.code


def attempt(call: Callable[[], Result]) -> Result | Rejected:
    """The result of ``call``, or the refusal: anything else that it raises is a fault."""
    try:
        return call()
    except Rejected as refused:
        return refused
