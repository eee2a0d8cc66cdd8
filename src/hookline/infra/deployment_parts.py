"""What a deployment of an API is made of, remembered as it is made, so that no part can be left out of its trigger."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, TypeVar

import pulumi

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["Parts"]

R = TypeVar("R", bound=pulumi.Resource)


class Parts:
    """The parts of one API.

    API Gateway serves a snapshot that is taken when a deployment is made: what changes later is not served until there is another.
    So a deployment's trigger is a digest of all that the snapshot holds.
    """

    def __init__(self, parent: pulumi.Resource) -> None:
        self._parent = parent
        self._content: dict[str, Mapping[str, object]] = {}
        self.made: list[pulumi.Resource] = []

    def note(self, key: str, content: Mapping[str, object]) -> None:
        """Let ``content`` count, of something that is made elsewhere. ``key`` identifies the part and stays the same."""
        self._content[key] = content

    def add(
        self, key: str, kind: Callable[..., R], name: str, *, content: Mapping[str, object], **references: object
    ) -> R:
        """Make a part. Its content counts; ids do not, since AWS draws them anew for every API."""
        self.note(f"{kind.__name__} {key}", content)
        made = kind(name, **content, **references, opts=pulumi.ResourceOptions(parent=self._parent))
        self.made.append(made)
        return made

    @property
    def digest(self) -> pulumi.Output[str]:
        """The same for equal parts, in whatever order they were made; another one after any change."""
        return pulumi.Output.from_input(self._content).apply(_digest)


def _digest(content: object) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
