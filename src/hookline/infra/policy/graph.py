"""The graph of a stack's resources as plain records, independent of Pulumi."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Graph", "Resource", "at"]

_NOTHING: Mapping[str, object] = MappingProxyType({})
_OURS = "hookline:infra:"
"""A URN has the types of all components around a resource."""
_ADDRESSES = ("id", "arn", "url", "name", "bucket", "keyId")
"""The outputs and inputs by which other resources refer to a resource."""


def at(value: object, *path: str) -> object:
    """The value at ``path`` inside nested maps; None where the path ends early."""
    for key in path:
        if not isinstance(value, Mapping):
            return None
        value = value.get(key)
    return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """One resource: its type token, its logical name, and its inputs by their camelCase names.

    ``outputs`` is what the provider added (``id``, ``arn``, ``url`` …). ``depends_on`` has URNs.
    """

    type: str
    name: str
    inputs: Mapping[str, object]
    outputs: Mapping[str, object] = field(default_factory=dict)
    urn: str = ""
    depends_on: tuple[str, ...] = ()
    protect: bool = False
    delete_before_replace: bool = False

    @property
    def kind(self) -> str:
        """The short form of the type: ``sqs.Queue`` for ``aws:sqs/queue:Queue``."""
        _, _, rest = self.type.partition(":")
        module, _, name = rest.rpartition(":")
        return f"{module.partition('/')[0]}.{name}"

    @property
    def is_ours(self) -> bool:
        """Whether it is part of a WebhookPipeline, and not of the program around it. A resource without a URN counts as part."""
        return not self.urn or _OURS in self.urn

    @property
    def address(self) -> str:
        """The name of the resource in a finding."""
        return f"{self.kind} {self.name}"

    def at(self, *path: str) -> object:
        """The input at ``path``, as the program set it."""
        return at(self.inputs, *path)

    def text(self, *path: str) -> str:
        """The text at ``path``; empty where there is none."""
        found = self.at(*path)
        return found if isinstance(found, str) else ""

    def number(self, *path: str) -> float | None:
        """The number at ``path``."""
        found = self.at(*path)
        return float(found) if isinstance(found, int | float) and not isinstance(found, bool) else None

    def items(self, *path: str) -> tuple[object, ...]:
        """The list at ``path``; empty where there is none."""
        found = self.at(*path)
        return tuple(found) if isinstance(found, Sequence) and not isinstance(found, str) else ()

    def mapping(self, *path: str) -> Mapping[str, object]:
        """The map at ``path``; empty where there is none."""
        found = self.at(*path)
        return found if isinstance(found, Mapping) else _NOTHING

    def given(self, key: str) -> str:
        """An output of the provider, such as ``arn``, or else the input; empty where it is unknown."""
        found = self.outputs.get(key, self.inputs.get(key))
        return found if isinstance(found, str) else ""

    def is_called(self, value: object) -> bool:
        """Whether ``value`` is its id, ARN, URL or name, by which other resources refer to it."""
        return isinstance(value, str) and value != "" and any(self.given(key) == value for key in _ADDRESSES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph:
    """All resources of one stack, in the order in which they were registered."""

    resources: tuple[Resource, ...]
    _kinds: dict[str, tuple[Resource, ...]] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        for resource in self.resources:
            self._kinds[resource.kind] = (*self._kinds.get(resource.kind, ()), resource)

    @property
    def ours(self) -> Graph:
        """The resources that are parts of a WebhookPipeline."""
        return Graph(resources=tuple(resource for resource in self.resources if resource.is_ours))

    def of(self, *kinds: str) -> Iterator[Resource]:
        """The resources of these kinds."""
        for kind in kinds:
            yield from self._kinds.get(kind, ())

    def called(self, value: object, *kinds: str) -> Resource | None:
        """The resource of one of these kinds with this id, ARN, URL or name."""
        return next((resource for resource in self.of(*kinds) if resource.is_called(value)), None)
