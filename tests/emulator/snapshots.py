"""The contents of tables, queues and buckets, kept under a name, so that a test gets its empty ones in one call and not in fifteen."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from ministack.core.responses import AccountRegionScopedDict, AccountScopedDict  # type: ignore[import-untyped] # MiniStack carries no types
from ministack.services import dynamodb, s3, sqs  # type: ignore[import-untyped] # as above

__all__ = ["keep", "restore"]

_KEPT: dict[str, dict[str, Any]] = {}


def keep(name: str) -> None:
    """Remember what is in the three services now."""
    _KEPT[name] = {place: deepcopy(state._data) for place, state in _states().items()}


def restore(name: str) -> None:
    """Put a copy of it back."""
    states = _states()
    for place, kept in _KEPT[name].items():
        states[place]._data.clear()
        states[place]._data.update(deepcopy(kept))


def _states() -> dict[str, Any]:
    """Every place where a service keeps what it was given, by its name."""
    return {
        f"{module.__name__}.{name}": state
        for module in (dynamodb, s3, sqs)
        for name, state in vars(module).items()
        if isinstance(state, AccountScopedDict | AccountRegionScopedDict)
    }
