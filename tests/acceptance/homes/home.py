"""What an acceptance scenario may do with a home, whichever it is."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from contextlib import AbstractContextManager

    from acceptance.sender import Answer

__all__ = ["Home", "Taken", "needs_config", "taken_from"]


@dataclass(frozen=True, slots=True)
class Taken:
    """A message that a consumer has received."""

    body: str
    receipt: str
    attributes: dict[str, str]
    receives: int

    @property
    def event(self) -> dict[str, Any]:  # CloudEvents' data is whatever the sender sent
        """The CloudEvent."""
        event: dict[str, Any] = json.loads(self.body)
        return event


class Home(Protocol):
    """What an acceptance scenario may do: send, consume, look, and take the storage away.

    ``behind_a_gateway`` says that API Gateway is in front and answers some requests itself.
    """

    behind_a_gateway: bool

    def post(
        self, body: bytes, *, path: str = ..., headers: Mapping[str, str] | None = ..., method: str = ...
    ) -> Answer:
        """The answer to a request; signed for the source ``transactions`` unless headers are given."""
        ...

    def receive(self, queue: str) -> list[Taken]:
        """Up to ten messages of ``queue``, with the few seconds' patience that a queue may take."""
        ...

    def give_back(self, queue: str, taken: Taken) -> None:
        """Let the message be received again immediately."""
        ...

    def fetch(self, dataref: str) -> tuple[bytes, str]:
        """What is at the address that a message names, and its media type."""
        ...

    def delete(self, queue: str, taken: Taken) -> None:
        """The message was consumed."""
        ...

    def status(self, event_id: str) -> tuple[str, int]:
        """The event's status, and how many other bodies came under its id."""
        ...

    def arm(self, source: str) -> str:
        """Let the source's sender bring its secret, as an operator does: with ``hookline sources arm``. The address to give it."""
        ...

    def operate(self, *words: str) -> str:
        """What ``hookline`` prints when an operator of this home says these words."""
        ...

    def said(self) -> str:
        """The newest lines of its log, for a person who reads why a test failed."""
        ...

    def let_released_go(self) -> None:
        """Do what the home does on its own at intervals for events that a source held back."""
        ...

    def without_storage(self) -> AbstractContextManager[None]:
        """A block in which nothing can be stored."""
        ...


def needs_config(words: Sequence[str]) -> bool:
    """Whether a command is to be given the home's hookline.toml: the others have no such option."""
    if words[0] == "sources":
        return words[1] != "resume"
    return words[0] in {"doctor", "replay"} or tuple(words[:2]) in {("rejected", "retry"), ("secrets", "status")}


def taken_from(answer: Mapping[str, Any]) -> list[Taken]:  # boto3's answer
    """The messages of a ReceiveMessage call."""
    return [
        Taken(
            body=message["Body"],
            receipt=message["ReceiptHandle"],
            attributes={key: value["StringValue"] for key, value in message["MessageAttributes"].items()},
            receives=int(message["Attributes"]["ApproximateReceiveCount"]),
        )
        for message in answer.get("Messages", [])
    ]
