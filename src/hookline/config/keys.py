"""Every table of hookline.toml and every key in it; docs/reference/configuration.md has a line for each, and a test compares."""

from __future__ import annotations

import re
from dataclasses import fields
from types import MappingProxyType
from typing import TYPE_CHECKING

from hookline.config.model import ServerSettings, StorageSettings
from hookline.domain.canary import Canary
from hookline.domain.fifo import Fifo
from hookline.domain.quarantine import QuarantineBounds
from hookline.domain.queue import Queue

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["FIFO_KEYS", "KEYS", "NAME", "NAME_RULE"]


def _fields_of(settings: type) -> frozenset[str]:
    return frozenset(each.name for each in fields(settings))


KEYS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "": frozenset(
            {
                "access",
                "alerts",
                "canary",
                "events",
                "forwards",
                "oidc",
                "quarantine",
                "queues",
                "routes",
                "server",
                "sources",
                "storage",
                "users",
            }
        ),
        "alerts": frozenset(
            {
                "after",
                "allow_private",
                "dead_letters",
                "oldest_age",
                "on",
                "queues",
                "rejected_share",
                "secrets",
                "silent_for",
                "sources",
                "url",
            }
        ),
        "canary": _fields_of(Canary),
        "access": frozenset({"id", "queues", "rights", "secret"}),
        "users": frozenset({"name", "password_hash", "role"}),
        "oidc": frozenset(
            {
                "client_id",
                "client_secret",
                "issuer",
                "label",
                "name_claim",
                "operators",
                "role_claim",
                "scopes",
                "viewers",
            }
        ),
        "server": _fields_of(ServerSettings),
        "events": frozenset({"dedupe", "retention"}),
        "quarantine": _fields_of(QuarantineBounds) - {"of_source"},
        "storage": _fields_of(StorageSettings),
        "sources": frozenset(
            {
                "allow_from",
                "answer",
                "failed_rate_limit",
                "fetch",
                "handshake",
                "headers",
                "id",
                "mask",
                "max_age",
                "max_body",
                "media_types",
                "on_ambiguous",
                "on_conflict",
                "path",
                "public_url",
                "rate_limit",
                "repeated_body",
                "retention",
                "schema",
                "time",
                "transactions",
                "type",
                "verify",
            }
        ),
        "fetch": frozenset({"environment", "secret"}),
        "verify": frozenset({"scheme", "secrets"}),
        "queues": _fields_of(Queue) - {"name"},
        "routes": frozenset({"match", "queues"}),
        "forwards": frozenset(
            {
                "allow_private",
                "breaker_failures",
                "breaker_pause",
                "concurrency",
                "max_backoff",
                "min_backoff",
                "queue",
                "secrets",
                "timeout",
                "url",
            }
        ),
    }
)
"""The keys by table: "" is the file itself, "sources" and "queues" each named table, "verify" the keys that every scheme has."""

FIFO_KEYS = _fields_of(Fifo)
"""The keys of ``fifo`` in ``[queues.NAME]``."""

NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")
NAME_RULE = "a name has 1 to 40 characters of a-z, 0-9 and -, and does not begin or end with -"
