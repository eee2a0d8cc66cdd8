"""The HTTP endpoint that a forward delivers to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["EndpointAnswer", "ForwardEndpoint"]


@record
class EndpointAnswer:
    """What the endpoint answered: the status, the value of Retry-After, and the first characters of the body."""

    status: int
    retry_after: str | None = None
    excerpt: str = ""


class ForwardEndpoint(Protocol):
    """One endpoint. Any thread may post to it, several at a time."""

    def post(self, headers: Mapping[str, str], body: bytes) -> EndpointAnswer:
        """Post ``body`` once, following no redirection, within the timeout of the endpoint.

        Raises UnavailableError: ``forward_unreachable`` without an answer, ``forward_address_refused`` where the address may not be
        connected to, ``forward_aborted`` after ``abort``.
        """
        ...

    def abort(self) -> None:
        """End every request that is under way and every later one: ``post`` raises ``forward_aborted`` for it."""
        ...

    def close(self) -> None:
        """End every request as ``abort`` does, and close the connections."""
        ...
