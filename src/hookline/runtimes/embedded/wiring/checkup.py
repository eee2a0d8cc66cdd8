"""Checks an installation of the embedded home: its configuration, machine and files, and the running server."""

from __future__ import annotations

import errno
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from hookline import __version__
from hookline.adapters.local import machine
from hookline.adapters.local.asking import ask, time_at
from hookline.adapters.local.disk_space import free_and_total
from hookline.adapters.sqlite import DataDirectory, engine_weakness
from hookline.adapters.sqlite.sealing import fingerprint
from hookline.config.server import is_loopback, open_to_others
from hookline.config.storage_key import storage_key
from hookline.errors import ConfigError, OperatorError, UnavailableError
from hookline.pipeline.checkup.finding import Finding, Level
from hookline.pipeline.checkup.machine import (
    backup_age,
    certificate_dates,
    clock_against,
    clock_of_database,
    clock_synchronized,
    disk_space,
    disk_speed,
    file_limit,
    file_system,
    measured_canary,
    open_mode,
)
from hookline.record import record
from hookline.runtimes.embedded.certificate import Certificate
from hookline.runtimes.embedded.files import raise_file_limit, share_files
from hookline.runtimes.embedded.room import reserve_of
from hookline.runtimes.embedded.settings import find_secrets, find_values
from hookline.runtimes.embedded.weak_secrets import exposed_hosts, weak_secrets
from hookline.runtimes.embedded.wiring.commands import open_home
from hookline.runtimes.embedded.wiring.secrets import secrets_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from hookline.adapters.local.asking import Heard
    from hookline.config import Config, ServerSettings

__all__ = ["Installation", "look_at_installation"]

_OK = 200


@record
class Installation:
    """The installation to check. ``clock_from`` is a URL of a host with a correct clock, ``backups`` a folder; None if unknown."""

    config: Config
    data_dir: Path
    env_file: Path | None = None
    clock_from: str | None = None
    backups: Path | None = None


def look_at_installation(found: Installation) -> Iterator[Finding]:
    """Every finding, in the order in which a person would fix them. Only some test files are created and removed again."""
    yield from _secrets(found)
    yield from _directory(found)
    yield from _clock(found)
    yield from _files(found)
    yield from _ports(found)
    yield from _certificate(found.config.server)
    yield from _server(found)
    yield _backup(found)
    yield _versions()


def _secrets(found: Installation) -> Iterator[Finding]:
    config = found.config
    try:
        values = find_secrets(config, found.env_file)
    except ConfigError as error:
        yield Finding(check="secrets", code="secret_unusable", text=error.detail)
        return
    known = {**_brought(found), **values}
    complaints = [
        *config.secret_complaints(known),
        *config.access_complaints(known),
        *config.forward_secret_complaints(known),
        *config.storage_key_complaints(known),
    ]
    for one in complaints:
        yield Finding(check="secrets", code="secret_unusable", text=str(one))
    exposed = exposed_hosts(config.server)
    level = Level.PROBLEM if exposed else None  # the server would refuse to start
    for one in weak_secrets(config, values, found.env_file):
        code = "secret_published" if "published" in one.why else "file_open_to_others"
        yield Finding(check="secrets", code=code, text=str(one), level=level)
    if not complaints:
        names = config.local_secret_names
        text = f"{'the only one is' if len(names) == 1 else f'all {len(names)} are'} there and usable"
        yield Finding(check="secrets", text=text, facts={"names": list(names)})


def _brought(found: Installation) -> dict[str, bytes]:
    """The secrets that senders have brought, if the data can be read."""
    config = found.config
    if not config.learned_names or not DataDirectory(found.data_dir).database.is_file():
        return {}
    try:
        with open_home(found.data_dir) as home:
            known = secrets_of(config, {}, home.arming)
            return {secret.name: secret.value for name in config.learned_names for secret in known.read([name])}
    except (OperatorError, UnavailableError):
        return {}


def _directory(found: Installation) -> Iterator[Finding]:
    folder = found.data_dir
    if not folder.is_dir():
        text = f"there is no folder {folder}"
        yield Finding(check="data directory", code="data_directory_missing", text=text)
        above = next(one for one in folder.absolute().parents if one.is_dir())
        with suppress(OSError):
            yield _space(found, above)
            yield file_system(machine.file_system_kind(above))
        return
    yield from filter(None, [_mode_of(folder, is_folder=True)])
    try:
        yield _space(found, folder)
        yield file_system(machine.file_system_kind(folder))
        yield disk_speed(machine.write_times(folder))
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            text = f"nothing can be written to {folder}: {error.strerror}"
            yield Finding(check="disk", code="disk_full", text=text)
            return
        text = f"{folder} cannot be written by this user: {error.strerror}"
        yield Finding(check="data directory", code="data_directory_unusable", text=text)
        return
    for file in sorted(folder.glob("hookline.*")):
        yield from filter(None, [_mode_of(file, is_folder=False)])


def _space(found: Installation, folder: Path) -> Finding:
    free, total = free_and_total(folder)
    return disk_space(free, reserve_of(found.config.storage.reserve, total))


def _mode_of(path: Path, *, is_folder: bool) -> Finding | None:
    try:
        return open_mode(str(path), path.stat().st_mode, is_folder=is_folder)
    except OSError:
        return None


def _clock(found: Installation) -> Iterator[Finding]:
    now = datetime.now(UTC)
    yield clock_synchronized(machine.clock_is_synchronized())
    database = DataDirectory(found.data_dir).database
    if database.is_file():
        try:
            with open_home(found.data_dir) as home:
                held_at = home.clock_doubt.held_at()
                yield from _keys_of_database(found, home.database.sealing.keys.values())
        except (OperatorError, UnavailableError) as error:
            yield Finding(check="database", code="database_unreadable", text=error.detail)
        else:
            written = machine.newest_write(database, database.with_name("hookline.db-wal"))
            yield from clock_of_database(now, held_at=held_at, newest_write=written)
    if found.clock_from is not None:
        try:
            yield clock_against(datetime.now(UTC), time_at(found.clock_from), found.clock_from)
        except OSError as error:
            yield Finding(check="clock", code="clock_unknown", text=str(error))


def _keys_of_database(found: Installation, needed: Iterable[tuple[bytes, str]]) -> Iterator[Finding]:
    """Findings about keys that bodies are sealed with but that the configuration does not give the server."""
    values = find_values(found.config.storage.key, found.env_file)
    given = {fingerprint(key) for value in values.values() if (key := storage_key(value)) is not None}
    for print_, name in needed:
        if print_ not in given:
            text = f"bodies are sealed with the key {print_.hex()}, which was the secret {name}, and hookline.toml does not name it"
            yield Finding(check="database", code="storage_key_missing", text=text)


def _files(found: Installation) -> Iterator[Finding]:
    shares = share_files(raise_file_limit(), wanted=found.config.server.max_connections)
    yield file_limit(shares.limit, shares.webhooks, found.config.server.max_connections)


def _ports(found: Installation) -> Iterator[Finding]:
    """Findings about who can reach each port, and whether it is free if no server runs."""
    server = found.config.server
    served = DataDirectory(found.data_dir).is_served()
    ports = [("webhooks", server.host, server.port)]
    if server.admin_socket is None:
        ports.append(("admin", server.admin_host, server.admin_port))
    if server.health_port is not None:
        ports.append(("health", server.health_host or server.host, server.health_port))
    for name, host, port in ports:
        if not served and not machine.is_here(host):
            yield Finding(
                check="ports", code="address_not_here", text=f"{name}: {host} is not an address of this machine"
            )
            continue
        taken = None if served or not port else machine.is_taken(host, port)
        if taken is not None:
            yield Finding(
                check="ports", code="port_taken", text=f"{name}: {host}:{port} cannot be listened on: {taken}"
            )
        else:
            reach = "this machine only" if is_loopback(host) else "other machines reach it"
            yield Finding(check="ports", text=f"{name}: {host}:{port}, {reach}", facts={"host": host, "port": port})
    yield from _reach(found.config, server)


def _reach(config: Config, server: ServerSettings) -> Iterator[Finding]:
    if not is_loopback(server.host):
        text = (
            f"webhooks arrive unencrypted at {server.host}:{server.port}, unless a proxy in front of it terminates TLS"
        )
        yield Finding(check="ports", code="webhooks_without_tls", text=text)
    if (why := open_to_others(server, config.access)) is not None:
        yield Finding(check="ports", code="admin_open", text=why)
    elif server.admin_socket is not None:
        if server.admin_socket_mode & 0o006 and not config.access:
            text = f"the admin socket has the mode {server.admin_socket_mode:04o}, and there is no [[access]]"
            yield Finding(check="ports", code="socket_open_to_all", text=text)
    elif not is_loopback(server.admin_host) and server.admin_tls_certificate is None:
        text = f"consumers call {server.admin_host}:{server.admin_port} without encryption"
        yield Finding(check="ports", code="admin_without_tls", text=text)


def _certificate(server: ServerSettings) -> Iterator[Finding]:
    if server.admin_tls_certificate is None:
        return
    try:
        Certificate.of(server)
        end = machine.certificate_end(Path(server.admin_tls_certificate))
    except (ConfigError, OSError, ValueError) as error:
        yield Finding(check="certificate", code="certificate_unusable", text=str(error))
    except ImportError:
        text = "its expiry date cannot be read without the package cryptography"
        yield Finding(check="certificate", code="certificate_unusable", level=Level.UNKNOWN, text=text)
    else:
        yield certificate_dates(server.admin_tls_certificate, not_after=end, now=datetime.now(UTC))


def _server(found: Installation) -> Iterator[Finding]:
    if not DataDirectory(found.data_dir).is_served():
        yield Finding(check="server", code="server_not_running", text=f"no server runs on {found.data_dir}")
        return
    try:
        ready, health = _heard(found, "/ready"), _heard(found, "/health")
    except OSError as error:
        yield Finding(check="server", code="server_unreachable", text=str(error))
        return
    if ready.status == _OK:
        yield Finding(check="server", text="runs, and can take events")
    else:
        reason = ready.document.get("reason") or f"it answered {ready.status}"
        yield Finding(check="server", code="server_not_ready", text=str(reason))
    yield from measured_canary(health.document.get("canary"))
    version = health.document.get("version")
    if version not in (None, __version__):
        text = f"the server runs {version}, and this command is {__version__}"
        yield Finding(check="server", code="server_other_version", text=text)


def _heard(found: Installation, path: str) -> Heard:
    server = found.config.server
    if server.admin_socket is not None:
        return ask(f"http://localhost{path}", unix_socket=found.data_dir / server.admin_socket)
    scheme = "http" if server.admin_tls_certificate is None else "https"
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(server.admin_host, server.admin_host)  # noqa: S104 -- not bound, but asked
    return ask(f"{scheme}://{f'[{host}]' if ':' in host else host}:{server.admin_port}{path}")


def _backup(found: Installation) -> Finding:
    if found.backups is None:
        return Finding(check="backup", code="backup_unknown", text="no folder of backups was given")
    try:
        made_at = machine.newest_backup(found.backups)
    except OSError as error:
        return Finding(check="backup", code="backup_missing", text=f"{found.backups}: {error.strerror}")
    return backup_age(made_at, folder=str(found.backups), now=datetime.now(UTC))


def _versions() -> Finding:
    if (weakness := engine_weakness()) is not None:
        return Finding(check="versions", code="sqlite_weak", text=weakness)
    return Finding(check="versions", text=f"hookline {__version__}", facts={"hookline": __version__})
