"""Prepares a process that Lambda saves as a snapshot, from which many other processes continue.

https://docs.aws.amazon.com/lambda/latest/dg/snapstart-uniqueness.html. All these processes have the content of the snapshot, so it must
not contain secrets or values that must be unique. docs/adr/0019-snapstart.md lists everything that a validator has in memory.
"""

from __future__ import annotations

import os
import random
import ssl
from typing import TYPE_CHECKING, Protocol

from hookline.runtimes.aws_lambda.settings import starts_from_snapshot

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Forgetful", "register_hooks", "reseed"]

_SEED_BYTES = 64


class Forgetful(Protocol):
    """An object whose state belongs to one process or one point in time."""

    def forget(self) -> None:
        """Return to the state after creation."""
        ...


def register_hooks(*, before: Callable[[], object], after: Callable[[], object]) -> None:
    """Register ``before``, which Lambda calls before it saves this process, and ``after``, which it calls in each restored process.

    In a process that Lambda does not save, neither is called. An exception of ``before`` ends the deployment. ``after`` must not raise,
    because Lambda would then answer a sender with its own error.
    """
    if not starts_from_snapshot():
        return
    try:
        from snapshot_restore_py import (  # type: ignore[import-untyped]  # noqa: PLC0415 -- see below; it carries no types
            register_after_restore,
            register_before_snapshot,
        )
    except ModuleNotFoundError:
        return  # the module is part of Lambda's Python from 3.12 on, not of the layer; no unique or secret value was created before this
    register_before_snapshot(before)
    register_after_restore(after)


def reseed() -> None:
    """Let this process draw other random numbers than other processes from the same snapshot.

    Functions that use the kernel (``os.urandom``, ``secrets``, ``uuid4``) need no change: the kernel gets another seed.
    """
    random.seed()
    ssl.RAND_add(os.urandom(_SEED_BYTES), _SEED_BYTES)
