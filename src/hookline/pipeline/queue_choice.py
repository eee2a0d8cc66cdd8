"""Chooses the queues of a list that a person named."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from hookline.domain.queue import DEAD_LETTER_SUFFIX
from hookline.errors import NotFoundError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

__all__ = ["chosen"]

_Listed = TypeVar("_Listed")


def chosen(found: Iterable[_Listed], names: Collection[str], *, name_of: Callable[[_Listed], str]) -> list[_Listed]:
    """Those of ``found`` that ``names`` has, in the order of ``found``; all where ``names`` is empty. Raises NotFoundError.

    A list has no row for a dead-letter queue, so its name chooses the row of its queue.
    """
    listed = [(one, {name_of(one), name_of(one) + DEAD_LETTER_SUFFIX}) for one in found]
    for name in names:
        if not any(name in known for _one, known in listed):
            raise NotFoundError(f"there is no queue {name}")
    return [one for one, known in listed if not names or not known.isdisjoint(names)]
