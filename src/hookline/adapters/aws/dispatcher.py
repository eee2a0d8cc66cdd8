"""Asking the router by an asynchronous invocation."""

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
"""Ids in one invocation: at most 300 characters each, and far from the 256 KiB up to which a request is charged as one."""


class LambdaDispatcher:
    """Dispatcher over one function. Lambda has taken the payload when a call returns; it answers nothing else."""

    def __init__(self, client: LazyClient, *, function: str) -> None:
        self._client = opened(client)
        self._function = function

    def dispatch(self, event: Event) -> None:
        """Hand over the event, or only its id where the body is in the bucket."""
        self._invoke(encode_ids([event.id]) if is_large(event) else encode_event(event))

    def dispatch_stored(self, event_ids: Sequence[str]) -> None:
        """Hand over ids, at most a hundred with each call. Raises at the first that nobody took."""
        for chunk in _chunks(event_ids):
            self._invoke(encode_ids(chunk))

    def resubmit(self, payload: bytes) -> None:
        """Hand over a payload that the router had before, as it is."""
        self._invoke(payload)

    def _invoke(self, payload: bytes) -> None:
        with translated():
            self._client().invoke(FunctionName=self._function, InvocationType="Event", Payload=payload)


def _chunks(event_ids: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(event_ids), _MOST_IDS):
        yield event_ids[start : start + _MOST_IDS]
