"""What a process does that Lambda saves as a snapshot: many others go on from it, each as if it were the only one.

https://docs.aws.amazon.com/lambda/latest/dg/snapstart-uniqueness.html. What is in the snapshot is in all of them: so a secret must not
be, and neither may what has to differ between them. docs/adr/0019-snapstart.md lists all that a validator holds.
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
    """Something that remembers what belongs to one process, or to one moment."""

    def forget(self) -> None:
        """Be as it was when it was made."""
        ...


def register_hooks(*, before: Callable[[], object], after: Callable[[], object]) -> None:
    """Have Lambda call ``before`` when it is about to save this process, and ``after`` in each process that goes on from there.

    In a process that Lambda does not save, nothing is called. What ``before`` raises ends the deployment; after a fault of ``after``
    Lambda would answer a sender with a fault of its own, so that it must not raise.
    """
    if not starts_from_snapshot():
        return
    try:
        from snapshot_restore_py import (  # type: ignore[import-untyped]  # noqa: PLC0415 -- see below; it carries no types
            register_after_restore,
            register_before_snapshot,
        )
    except ModuleNotFoundError:
        return  # it is part of Lambda's Pythons from 3.12 on, and not of the layer; nothing unique or secret was made until now
    register_before_snapshot(before)
    register_after_restore(after)


def reseed() -> None:
    """Let this process draw other random numbers than those that go on from the same snapshot.

    What asks the kernel each time (``os.urandom``, ``secrets``, ``uuid4``) needs nothing: the kernel is given another seed.
    """
    random.seed()
    ssl.RAND_add(os.urandom(_SEED_BYTES), _SEED_BYTES)
