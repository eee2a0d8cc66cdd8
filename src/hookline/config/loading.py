"""Reads the file and builds the configuration."""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from hookline.config.keys import KEYS
from hookline.config.model import Config
from hookline.config.queues import check_retention, read_queues, with_unrouted
from hookline.config.rare import rare
from hookline.config.reader import Place, read_table
from hookline.config.reads import with_routes
from hookline.config.route_checks import possible_events
from hookline.config.routes import read_routes
from hookline.config.server import (
    check_health_path,
    check_room,
    open_to_others,
    passwords_in_the_clear,
    read_keeping,
    read_quarantine,
    read_server,
    read_storage,
)
from hookline.config.sources import read_sources
from hookline.domain.queue import DEAD_LETTER_SUFFIX, UNROUTED
from hookline.errors import Complaint, ConfigError
from hookline.patterns.doubles import WrittenFloat

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import timedelta
    from pathlib import Path

    from hookline.config.model import ServerSettings
    from hookline.config.reader import Table
    from hookline.domain.access import AccessKey, User
    from hookline.domain.alert import Alert
    from hookline.domain.canary import Canary
    from hookline.domain.forward import Forward
    from hookline.domain.oidc import OidcSettings
    from hookline.domain.queue import Queue
    from hookline.domain.source import Source

__all__ = ["load", "parse"]

_FILE = "hookline.toml"
_POSITION = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)")


def load(path: Path) -> Config:
    """The configuration from the file at ``path``, with the schemas in its folder. Raises ConfigError, which lists every complaint."""
    try:
        text = path.read_bytes().decode()
    except OSError as error:
        raise _unreadable(path.name, f"{path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise _unreadable(f"{path.name} (line {line})", "is not UTF-8") from None
    return parse(text, base=path.parent, name=path.name)


def parse(text: str, *, base: Path, name: str = _FILE) -> Config:
    """The configuration from ``text``; ``base`` is the folder of the schemas that it names. Raises ConfigError as ``load`` does."""
    try:
        written = tomllib.loads(text, parse_float=WrittenFloat)
    except (ValueError, RecursionError) as error:
        raise _not_toml(name, text, error) from None
    place = Place(source=text)
    config = _config(read_table(place, written, KEYS[""]), base)
    if place.complaints:
        raise ConfigError([complaint for _, complaint in sorted(place.complaints, key=lambda noted: noted[0])])
    return config


def _config(table: Table, base: Path) -> Config:
    values, root = table.values, table.place
    server = read_server(table.at("server"), values.get("server", {}), base)
    keeping = read_keeping(table.at("events"), values.get("events", {}))
    event_retention = keeping.retention
    quarantine = read_quarantine(table.at("quarantine"), values.get("quarantine", {}))
    storage = read_storage(table.at("storage"), values.get("storage", {}))
    queues = read_queues(table.at("queues"), values.get("queues", {}))
    check_retention(queues, event_retention)
    sources = read_sources(table.at("sources"), values.get("sources", {}), base, keeping)
    check_room(root, server, [source for source, _ in sources])
    check_health_path(root, server, [source for source, _ in sources])
    names = [*(queue.name for queue, _ in queues), UNROUTED]
    access = _access(table, names)
    users, oidc = _people(table, server)
    _check_admin_host(table, server)
    events = possible_events([source for source, _ in sources], values.get("sources", {}))
    routes = tuple(read_routes(table.at("routes"), values.get("routes", []), names, events))
    every_queue = with_unrouted([queue for queue, _ in queues], event_retention)
    config = Config(
        sources=with_routes([source for source, _ in sources], routes, every_queue),
        queues=every_queue,
        routes=routes,
        schemes=MappingProxyType({source.name: scheme for source, scheme in sources}),
        forwards=_forwards(table, every_queue, [source for source, _ in sources]),
        alerts=_alerts(table, names, [source for source, _ in sources]),
        canary=_canary(table, every_queue, [source for source, _ in sources]),
        server=server,
        event_retention=event_retention,
        dedupe=keeping.dedupe,
        quarantine=replace(quarantine, of_source=_own_retention([source for source, _ in sources])),
        storage=storage,
        access=access,
        users=users,
        oidc=oidc,
        written=values,
    )
    if config.canary is not None:
        rare("canary").check_canary_secret(root, config)
    return config


def _own_retention(sources: Sequence[Source]) -> dict[str, timedelta]:
    """The retention of each source that sets one."""
    return {source.name: source.retention for source in sources if source.retention is not None}


def _access(table: Table, names: list[str]) -> tuple[AccessKey, ...]:
    """The access keys. ``names`` are the queues; each has a dead-letter queue, which a key may name too."""
    if not table.has("access"):
        return ()
    from hookline.config.access import read_access  # noqa: PLC0415 -- the functions on AWS have no access keys, and start cold

    dead_letters = [f"{name}{DEAD_LETTER_SUFFIX}" for name in names]
    return read_access(table.at("access"), table.values["access"], [*names, *dead_letters])


def _people(table: Table, server: ServerSettings) -> tuple[tuple[User, ...], OidcSettings | None]:
    """The users, and the identity provider."""
    if not table.has("users") and not table.has("oidc"):
        return (), None
    from hookline.config.users import read_oidc, read_users  # noqa: PLC0415 -- nobody logs in at the functions on AWS, which start cold

    users = read_users(table.at("users"), table.values["users"]) if table.has("users") else ()
    return users, read_oidc(table.at("oidc"), table.values["oidc"], server) if table.has("oidc") else None


def _check_admin_host(table: Table, server: ServerSettings) -> None:
    """Complain of an admin address that other machines reach. A login table with mistakes counts as a login: it has its own complaint."""
    written, values = table.values.get("server"), table.values
    if not isinstance(written, dict) or "admin_host" not in written:
        return
    people = bool(values.get("users") or values.get("oidc"))
    why = passwords_in_the_clear(server) if people else open_to_others(server, [*_listed(values.get("access"))])
    if why is not None:
        table.at("server").at("admin_host").complain(why)


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else [value] if value else []


def _forwards(table: Table, queues: Sequence[Queue], sources: Sequence[Source]) -> tuple[Forward, ...]:
    if not table.has("forwards"):
        return ()
    written: list[Forward] = rare("forwards").read_forwards(
        table.at("forwards"), table.values["forwards"], queues, sources
    )
    return tuple(written)


def _alerts(table: Table, queue_names: list[str], sources: Sequence[Source]) -> tuple[Alert, ...]:
    if not table.has("alerts"):
        return ()
    written: tuple[Alert, ...] = rare("alerts").read_alerts(
        table.at("alerts"), table.values["alerts"], queue_names, sources
    )
    return written


def _canary(table: Table, queues: Sequence[Queue], sources: Sequence[Source]) -> Canary | None:
    if not table.has("canary"):
        return None
    written: Canary = rare("canary").read_canary(table.place, table.values["canary"], sources, queues)
    return written


def _not_toml(name: str, text: str, error: Exception) -> ConfigError:
    """The message of tomllib, with the line number where hookline reports it."""
    why = "is nested too deeply" if isinstance(error, RecursionError) else str(error)
    position = _POSITION.search(why)
    if position is None:
        return _unreadable(name, f"is not TOML: {why}")
    line = f"line {position[1]}, column {position[2]}" if position[1] else f"line {text.count(chr(10)) + 1}, the last"
    return _unreadable(f"{name} ({line})", f"is not TOML: {_POSITION.sub('', why)}")


def _unreadable(where: str, why: str) -> ConfigError:
    return ConfigError([Complaint(where=where, why=why)])
