"""A service that answers as a test says, behind the SDK's own serialisation and signing: no socket is opened."""

from __future__ import annotations

from dataclasses import dataclass, field
from io import BytesIO
from typing import TYPE_CHECKING, Any

from botocore.awsrequest import AWSResponse  # type: ignore[import-untyped] # botocore carries no types

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Stub"]


class _Raw(BytesIO):
    """A body as urllib3 gives it."""

    def stream(self, **_: object) -> Iterator[bytes]:
        """All of it."""
        yield self.getvalue()


@dataclass(slots=True)
class Stub:
    """Takes every request of the clients it is put before; ``answers`` are (status, body) in turn, the last one again and again."""

    answers: list[tuple[int, bytes]] = field(default_factory=lambda: [(200, b"{}")])
    requests: list[Any] = field(default_factory=list)  # botocore's prepared requests

    def before(self, client: Any) -> Any:  # botocore's clients are made at run time
        """The client, with its service replaced."""
        client.meta.events.register_last("before-send", self._answer)
        return client

    def _answer(self, request: Any, **_: object) -> AWSResponse:  # as above
        self.requests.append(request)
        status, body = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return AWSResponse(request.url, status, {}, _Raw(body))
