"""Calls that only check whether the receiver is up."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hookline.domain.handshake import Reply
from hookline.providers.handshakes.handshake import Form, Guarded, Kind, echoed, json_reply, member
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hookline.domain.reads import Path
    from hookline.domain.request import Request
    from hookline.domain.secret import Secret

__all__ = ["DiscordPing", "FixedAnswer", "FormPing", "Heartbeat", "Presence"]

_PONG = {"type": 1}
_LONGEST_HEARTBEAT = (
    1024  # bytes: a longer body is an event, and is not parsed here, so that large events are not parsed twice
)


@record
class Presence(Guarded):
    """Every call with a method, usually HEAD, answered with ``status`` and nothing else."""

    method: str = "HEAD"
    status: int = 200

    def answer(self, request: Request, secrets: Sequence[Secret]) -> Reply:  # noqa: ARG002 -- required by Handshake
        """An answer with only the status."""
        return Reply(status=self.status)


@record
class FixedAnswer(Guarded):
    """Every call with a method, answered with a text from the sender's settings, such as Vercel's in ``x-vercel-verify``.

    If no text is given here, it is the value of the secret that ``option`` names. For ``reply`` and ``under`` see ``Echo``.
    """

    method: str = "GET"
    text: str = ""
    reply: str = "text"
    under: str = ""

    def answer(self, request: Request, secrets: Sequence[Secret]) -> Reply:  # noqa: ARG002 -- required by Handshake
        """An answer with the text."""
        text = self.text or secrets[0].value.decode("utf-8", "replace")
        return Form(kind=self.reply, name=self.under).reply(echoed(text, "the text of this source"))


@record
class Heartbeat(Kind):
    """A signed call whose list of events is empty: nothing is stored, and the sender expects 200."""

    is_signed: bool = True
    member: str = "events"

    @property
    def members(self) -> tuple[Path, ...]:
        """The member with the list of events."""
        return ((self.member,),)

    def is_one(self, request: Request) -> bool:
        """A body with an empty list."""
        return len(request.body) <= _LONGEST_HEARTBEAT and member(request, self.member) == []


@record
class FormPing(Kind):
    """An unsigned form that contains only a number, such as WooCommerce's at creation: answered with 200 and not stored."""

    name: str

    def is_one(self, request: Request) -> bool:
        """Whether the body is exactly ``name=123``."""
        return re.fullmatch(rb"%s=[0-9]{1,20}" % self.name.encode(), request.body) is not None


@record
class DiscordPing(Kind):
    """Discord's two pings: an interaction of type 1 without an event expects its type back, a webhook event of type 0 expects 204.

    https://discord.com/developers/docs/interactions/overview and https://discord.com/developers/docs/events/webhook-events
    """

    is_signed: bool = True

    @property
    def members(self) -> tuple[Path, ...]:
        """The type, and the event that must be missing."""
        return (("type",), ("event",))

    def is_one(self, request: Request) -> bool:
        """A body of type 0, or of type 1 without an event."""
        kind = member(request, "type") if b'"event"' not in request.body else None
        return type(kind) is int and kind in (0, 1)

    def answer(self, request: Request, secrets: Sequence[Secret]) -> Reply:  # noqa: ARG002 -- required by Handshake
        """An answer with the same type, or an empty one."""
        return json_reply(_PONG) if member(request, "type") == 1 else Reply(status=204)
