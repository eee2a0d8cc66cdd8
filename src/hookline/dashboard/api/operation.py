"""The description of an operation of the API."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Any  # Any: a parameter's value has the type of its schema

from hookline.domain.access import Right
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from hookline.dashboard.control_room import ControlRoom
    from hookline.dashboard.schema import Schema

__all__ = ["Call", "Operation", "Parameter", "Stream"]


@record
class Parameter:
    """A parameter of the query. ``schema`` has its type: string, integer or boolean."""

    name: str
    schema: Schema
    description: str


@record
class Call:
    """One call: the room as the caller sees it, parameters of path and query by their names, and the body, if there is one.

    ``values`` has only the parameters that the caller gave. Every value matches its schema.
    """

    room: ControlRoom
    values: Mapping[str, Any]
    body: Mapping[str, Any] = field(default_factory=dict)


@record
class Stream:
    """An answer in parts, each created on the worker when the client can receive it. ``file_name`` is for saving it in a browser.

    With ``every``, the next part is requested repeatedly, every ``every`` seconds, and an empty part means that there is nothing new.
    ``open`` is called before the answer begins, and may refuse it by an exception. If it does not, ``close`` is always called at the end.
    """

    media_type: str
    parts: Iterator[bytes]
    file_name: str | None = None
    every: float = 0.0
    open: Callable[[], None] = lambda: None
    close: Callable[[], None] = lambda: None


@record
class Operation:
    """A method and a path, with the answer and the needed right.

    ``path`` has ``{names}`` of whole segments; each is a text, percent-encoded in the URL, so that an event id may contain slashes.
    ``answer`` is the schema of what ``act`` returns (of one line or one event where that is a ``Stream`` of ``media_type``), and
    ``schemas`` are the schemas that it refers to by name. ``act`` runs on the worker.
    The caller needs ``right`` on all queues, or on the queue that the parameter named ``queue`` of the path names.
    """

    name: str
    method: str
    path: str
    summary: str
    answer: Schema
    act: Callable[[Call], object]
    description: str = ""
    right: Right = Right.VIEW
    parameters: tuple[Parameter, ...] = ()
    body: Schema | None = None
    media_type: str = "application/json"
    schemas: Mapping[str, Schema] = field(default_factory=dict)

    @property
    def segments(self) -> tuple[str, ...]:
        """The segments of the path, in order."""
        return tuple(self.path.split("/")[1:])

    @property
    def path_names(self) -> tuple[str, ...]:
        """The names of the parameters in the path."""
        return tuple(one[1:-1] for one in self.segments if one.startswith("{"))

    @property
    def subject(self) -> str:
        """The subject: the first segment after ``/api``."""
        return self.segments[1]
