"""``--where``: an event pattern that an operator gives on the command line, for events and for messages."""

from __future__ import annotations

import base64
import json
from contextlib import suppress
from typing import TYPE_CHECKING

from hookline.domain.event import Status
from hookline.domain.json_text import parse
from hookline.domain.message import VIEW, is_json_media_type
from hookline.domain.route import Route
from hookline.errors import Complaint, PatternError, Rejected
from hookline.patterns import compile_pattern
from hookline.pipeline.route import Router

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from hookline.domain.event import Event
    from hookline.domain.quarantine import RejectedRequest
    from hookline.patterns import Pattern

__all__ = ["read_message_where", "read_request_where", "read_where"]


def read_where(text: str | None) -> Callable[[Event], bool]:
    """Decides whether an event, in the form of its message, matches; without a pattern every event does.

    Raises PatternError for text that is not JSON, not an event pattern, or that uses an attribute which no message has.
    """
    if text is None:
        return lambda _: True
    router = Router([Route(match=_pattern(text), queues=("meant",))])
    return lambda event: router.route(event).status is Status.ROUTED


def read_message_where(text: str | None) -> Callable[[str], bool]:
    """Decides whether a message with this body matches. Raises as ``read_where`` does.

    A message that is not a CloudEvent has no attributes.
    """
    if text is None:
        return lambda _: True
    pattern = _pattern(text)
    return lambda body: pattern.matches(_view(body))


def read_request_where(text: str) -> Callable[[RejectedRequest], bool]:
    """Decides whether a rejected request matches: it has its source, and its body as ``data`` if the body is JSON.

    Raises as ``read_where`` does.
    """
    pattern = _pattern(text)

    def matches(rejected: RejectedRequest) -> bool:
        view: dict[str, object] = {"source": f"hookline/{rejected.source}"}
        with suppress(Rejected):
            view["data"] = parse(rejected.request.body)
        return pattern.matches(view)

    return matches


def _pattern(text: str) -> Pattern:
    try:
        written = json.loads(text)
    except ValueError as error:
        raise PatternError([Complaint(where="", why=f"the pattern is not JSON: {error}")]) from None
    except RecursionError:
        raise PatternError([Complaint(where="", why="the pattern is nested too deeply")]) from None
    pattern = compile_pattern(written)
    if unknown := sorted(pattern.reads - VIEW):
        known = ", ".join(sorted(VIEW))
        raise PatternError([Complaint(where=f"/{name}", why=f"a message has only {known}") for name in unknown])
    return pattern


def _view(body: str) -> Mapping[str, object]:
    """A message in the form that patterns read: JSON that is sent in base64 is ``data`` too."""
    try:
        document = parse(body.encode())
        if not isinstance(document, dict) or "specversion" not in document:
            return {}
        view = {name: value for name, value in document.items() if name in VIEW}
        encoded, media_type = document.get("data_base64"), document.get("datacontenttype")
        if isinstance(encoded, str) and isinstance(media_type, str) and is_json_media_type(media_type):
            view["data"] = parse(base64.b64decode(encoded))
    except (Rejected, ValueError):
        return {}
    return view
