"""The HTTP endpoint that a forward delivers to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["EndpointAnswer", "ForwardEndpoint"]


@record
class EndpointAnswer:
    """The answer of the endpoint: the status, the value of Retry-After, and the first characters of the body."""

    status: int
    retry_after: str | None = None
    excerpt: str = ""


class ForwardEndpoint(Protocol):
    """One endpoint. Several threads may post to it at the same time."""

    def post(self, headers: Mapping[str, str], body: bytes) -> EndpointAnswer:
        """Post ``body`` once within the endpoint's timeout; redirections are not followed.

        Raises UnavailableError: ``forward_unreachable`` without an answer, ``forward_address_refused`` where the address may not be
        connected to, ``forward_aborted`` after ``abort``.
        """
        ...

    def abort(self) -> None:
        """End every running request and refuse every later one: ``post`` raises ``forward_aborted`` for it."""
        ...

    def close(self) -> None:
        """End every request as ``abort`` does, and close the connections."""
        ...
