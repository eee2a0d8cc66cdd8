"""Finds the names of what a reload changed, without values of secrets and settings."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import fields
from typing import TYPE_CHECKING

from hookline.config.schema import Schema
from hookline.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hookline.config import Config
    from hookline.domain.access import AccessKey
    from hookline.ports.secrets import Secrets

__all__ = ["changed_secrets", "changes", "needs_restart"]


_TAKEN_OVER = ("client_address_header", "metrics_token", "trusted_proxies")
"""The keys of ``[server]`` that a reload applies."""


def needs_restart(old: Config, new: Config) -> list[str]:
    """The changed keys that a running server cannot apply: how it listens, and how it uses the disk."""
    return [
        f"[{table}] {one.name}"
        for table, before, after in (("server", old.server, new.server), ("storage", old.storage, new.storage))
        for one in fields(before)
        if one.name not in _TAKEN_OVER and getattr(before, one.name) != getattr(after, one.name)
    ]


def changes(old: Config, new: Config) -> dict[str, list[str]]:
    """The names of added, removed and changed sources, queues, access keys, schemas and settings; empty kinds are left out.

    A route has no name: it is listed by the queues that it sends to, and a forward by its queue.
    """
    found: dict[str, list[str]] = {}
    for kind in ("sources", "queues"):
        before, after = _written(old, kind), _written(new, kind)
        found[f"{kind}_added"] = sorted(after.keys() - before.keys())
        found[f"{kind}_removed"] = sorted(before.keys() - after.keys())
        found[f"{kind}_changed"] = sorted(name for name in before.keys() & after.keys() if before[name] != after[name])
    was, now = _keys(old), _keys(new)
    found["access_added"] = sorted(now.keys() - was.keys())
    found["access_removed"] = sorted(was.keys() - now.keys())
    found["access_changed"] = sorted(key for key in was.keys() & now.keys() if was[key] != now[key])
    found["schemas_changed"] = _changed_schemas(old, new)
    found["routes_added"] = _missing(new, old)
    found["routes_removed"] = _missing(old, new)
    found["forwards_added"] = [one.queue for one in new.forwards if one not in old.forwards]
    found["forwards_removed"] = [one.queue for one in old.forwards if one not in new.forwards]
    found["alerts_added"] = [one.url.partition("?")[0] for one in new.alerts if one not in old.alerts]
    found["alerts_removed"] = [one.url.partition("?")[0] for one in old.alerts if one not in new.alerts]
    found["settings_changed"] = [
        f"[{table}] {key}"
        for table in ("canary", "events", "quarantine")
        for key in sorted(_written(old, table).keys() | _written(new, table).keys())
        if _written(old, table).get(key) != _written(new, table).get(key)
    ]
    found["settings_changed"] += ["[canary]"] if (old.canary is None) != (new.canary is None) else []
    found["settings_changed"] += [
        f"[server] {key}" for key in _TAKEN_OVER if getattr(old.server, key) != getattr(new.server, key)
    ]
    return {kind: names for kind, names in found.items() if names}


def changed_secrets(names: tuple[str, ...], old: Secrets, new: Secrets) -> list[str]:
    """The secrets whose values have changed."""
    return sorted(name for name in names if _values(old, name) != _values(new, name))


def _values(secrets: Secrets, name: str) -> list[bytes]:
    with suppress(UnavailableError):
        return [secret.value for secret in secrets.read([name])]
    return []


def _written(config: Config, table: str) -> Mapping[str, object]:
    found = config.written.get(table)
    return found if isinstance(found, dict) else {}


def _keys(config: Config) -> Mapping[str, AccessKey]:
    return {key.id: key for key in config.access}


def _changed_schemas(old: Config, new: Config) -> list[str]:
    """The schema files whose content has changed, of sources that stayed."""
    before, after = ({source.name: source.schema for source in one.sources} for one in (old, new))
    found = set()
    for name, schema in after.items():
        was = before.get(name)
        if isinstance(schema, Schema) and isinstance(was, Schema) and schema.document != was.document:
            found.add(schema.name)
    return sorted(found)


def _missing(config: Config, other: Config) -> list[str]:
    """The routes of ``config`` that ``other`` does not have, by their queues."""
    routes, others = (one.written.get("routes", ()) for one in (config, other))
    assert isinstance(routes, list | tuple)  # noqa: S101 -- the configuration was read
    assert isinstance(others, list | tuple)  # noqa: S101 -- as above
    known = {_text(route) for route in others}
    return [", ".join(route["queues"]) for route in routes if _text(route) not in known]


def _text(route: object) -> str:
    """A key that equal routes share, so that ten thousand routes need no comparison of each with each."""
    return json.dumps(route, sort_keys=True, default=str)
