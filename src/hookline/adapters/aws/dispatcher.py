"""Invokes the router asynchronously."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookline.adapters.aws.bodies import is_large
from hookline.adapters.aws.clients import opened
from hookline.adapters.aws.errors import translated
from hookline.domain.invocation import encode_event, encode_ids

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from hookline.adapters.aws.clients import LazyClient
    from hookline.domain.event import Event

__all__ = ["LambdaDispatcher"]

_MOST_IDS = 100
"""Ids in one invocation, at most 300 characters each: far below 256 KiB, up to which an invocation is charged as one request."""


class LambdaDispatcher:
    """Dispatcher that invokes one function. When a call returns, Lambda has queued the payload; there is no other answer."""

    def __init__(self, client: LazyClient, *, function: str) -> None:
        self._client = opened(client)
        self._function = function

    def dispatch(self, event: Event) -> None:
        """Send the event to the router, or only its id where the body is in the bucket."""
        self._invoke(encode_ids([event.id]) if is_large(event) else encode_event(event))

    def dispatch_stored(self, event_ids: Sequence[str]) -> None:
        """Send ids to the router, at most a hundred in each invocation. Raises the first fault; later ids are not sent then."""
        for chunk in _chunks(event_ids):
            self._invoke(encode_ids(chunk))

    def resubmit(self, payload: bytes) -> None:
        """Send the router an earlier payload again, unchanged."""
        self._invoke(payload)

    def _invoke(self, payload: bytes) -> None:
        with translated():
            self._client().invoke(FunctionName=self._function, InvocationType="Event", Payload=payload)


def _chunks(event_ids: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(event_ids), _MOST_IDS):
        yield event_ids[start : start + _MOST_IDS]
