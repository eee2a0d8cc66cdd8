"""Decides which paths of the admin port belong to the control room. The server loads this module at its start, so it imports nothing."""

from __future__ import annotations

from typing import Final

__all__ = ["FIRST_SEGMENTS", "is_for_room", "is_queue_path"]

_DIGITS: Final = 12

FIRST_SEGMENTS: Final = frozenset(
    {
        "account",
        "api",
        "audit",
        "events",
        "login",
        "logout",
        "oidc",
        "queues",
        "rejected",
        "replay",
        "routes",
        "runs",
        "sessions",
        "sources",
        "static",
        "tail",
    }
)
"""The first segments of the paths of pages and API. An SQS client posts to ``/`` or to ``/{twelve digits}/{queue}``."""


def is_for_room(method: str, path: str) -> bool:
    """Whether the control room answers this path: it begins with one of its segments, or is the overview at ``/``."""
    return path[1:].partition("/")[0] in FIRST_SEGMENTS or (path == "/" and method in ("GET", "HEAD"))


def is_queue_path(path: str) -> bool:
    """Whether this is the path of a queue's URL: an account of twelve digits, and a queue."""
    account = path[1:].partition("/")[0]
    return len(account) == _DIGITS and account.isdecimal()
