"""Challenges that come back as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookline.providers.handshakes.handshake import Kind, echoed, json_reply, member, parameter, text_reply
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hookline.domain.handshake import Reply
    from hookline.domain.reads import Path
    from hookline.domain.request import Request
    from hookline.domain.secret import Secret

__all__ = ["EchoedHeader", "EchoedMember", "EchoedParameter"]


@record
class EchoedParameter(Kind):
    """A challenge in the query, echoed as plain text."""

    method: str = "GET"
    parameter: str

    def is_one(self, request: Request) -> bool:
        """A query with this field in it."""
        return self.parameter in request.query and parameter(request, self.parameter) is not None

    def answer(self, request: Request, secrets: Sequence[Secret]) -> Reply:  # noqa: ARG002 -- the Handshake protocol's shape
        """The decoded challenge."""
        return text_reply(echoed(parameter(request, self.parameter), self.parameter))


@record
class EchoedHeader(Kind):
    """A challenge in a header, echoed under ``name`` in JSON."""

    method: str = "GET"
    header: str
    name: str

    def is_one(self, request: Request) -> bool:
        """A call with this header."""
        return bool(request.headers.get(self.header))

    def answer(self, request: Request, secrets: Sequence[Secret]) -> Reply:  # noqa: ARG002 -- the Handshake protocol's shape
        """The challenge under its name."""
        return json_reply({self.name: echoed(request.headers.get(self.header), f"the header {self.header}")})


@record
class EchoedMember(Kind):
    """A challenge in the body's member ``name``, echoed as plain text, or ``as_json`` under the same name.

    ``told_by`` is a member and ``header`` a header with the value that says that this is one; where neither is given, the body must
    hold the challenge and nothing else.
    """

    name: str = "challenge"
    told_by: tuple[str, str] | None = None
    header: tuple[str, str] | None = None
    as_json: bool = False
    is_signed: bool = True

    @property
    def members(self) -> tuple[Path, ...]:
        """The challenge, and the member that says that this is one."""
        return ((self.name,), *(((self.told_by[0],),) if self.told_by else ()))

    def is_one(self, request: Request) -> bool:
        """A body that says so, or that holds only the challenge."""
        if self.header is not None:
            name, value = self.header
            return request.headers.get(name) == value
        if self.told_by is not None:
            name, value = self.told_by
            return value.encode() in request.body and member(request, name) == value
        return self.name.encode() in request.body and _holds_alone(member(request), self.name)

    def answer(self, request: Request, secrets: Sequence[Secret]) -> Reply:  # noqa: ARG002 -- the Handshake protocol's shape
        """The challenge."""
        challenge = echoed(member(request, self.name), f"{self.name} of the body")
        return json_reply({self.name: challenge}) if self.as_json else text_reply(challenge)


def _holds_alone(document: object, name: str) -> bool:
    found: Mapping[object, object] = document if isinstance(document, dict) else {}
    return found.keys() == {name}
