"""The names that hookline reads in a request: if such a name appears twice, other readers could take the other value."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from collections.abc import Set as AbstractSet

__all__ = ["EACH", "EVERYTHING", "NOTHING", "NO_MEMBERS", "Members", "Path", "Reads", "Step", "members_of"]


class Step(Enum):
    """A step of a path that does not name one member."""

    EACH = "each"
    EVERYTHING = "everything"


EACH: Final = Step.EACH
"""Every member of an object."""

EVERYTHING: Final = Step.EVERYTHING
"""The whole value, with all levels: only as the last step of a path."""

Path: TypeAlias = "tuple[str | Step, ...]"
"""The names of members, from the document downwards. Arrays are not a step: a path through an array applies to each of its elements."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Members:
    """The members of a JSON value that are read: ``each`` says what is read of a member that ``named`` does not contain."""

    named: Mapping[str, Members] = field(default_factory=dict)
    each: Members | None = None
    everything: bool = False

    def of(self, name: str) -> Members | None:
        """What is read below the member ``name``; None when that member is not read."""
        return self if self.everything else self.named.get(name, self.each)

    def may_hold(self, names: AbstractSet[str]) -> bool:
        """Whether a member with any of ``names`` is read, at any level."""
        if self.everything or self.each is not None or not names.isdisjoint(self.named):
            return True
        return any(inner.may_hold(names) for inner in self.named.values())

    def __or__(self, other: Members) -> Members:
        """Everything that either of the two reads."""
        if self.everything or other.everything:
            return Members(everything=True)
        each = _either(self.each, other.each)
        names = self.named.keys() | other.named.keys()
        named = {name: _either(self.of(name), other.of(name)) or Members() for name in names}
        return Members(named=named, each=each)


NO_MEMBERS: Final = Members()
"""The value where nothing is read."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Reads:
    """Everything that is read of a source's requests.

    ``members`` are those of a JSON body; ``signed_json`` is whether verification reads some of them, whatever the media type is. ``form``
    names fields of a form; ``whole_form`` means all of its fields. ``headers`` and ``query`` are the names of headers and of query
    parameters.
    """

    members: Members = field(default_factory=Members)
    signed_json: bool = False
    form: frozenset[str] = frozenset()
    whole_form: bool = False
    headers: tuple[str, ...] = ()
    query: frozenset[str] = frozenset()


NOTHING: Final = Reads()
"""The value for a source that refuses no repeated name."""


def members_of(paths: Iterable[Path]) -> Members:
    """The tree of all these paths."""
    inner: dict[str | Step, list[Path]] = {}
    for path in paths:
        if path:
            inner.setdefault(path[0], []).append(path[1:])
    if EVERYTHING in inner:
        return Members(everything=True)
    each = inner.pop(EACH, None)
    named = {name: members_of([*rests, *(each or ())]) for name, rests in inner.items() if isinstance(name, str)}
    return Members(named=named, each=None if each is None else members_of(each))


def _either(one: Members | None, other: Members | None) -> Members | None:
    if one is None or other is None:
        return one or other
    return one | other
