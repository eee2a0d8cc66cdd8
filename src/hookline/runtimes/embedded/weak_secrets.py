"""Secrets that others can read: published as an example, or in a file that every user of the machine may open."""

from __future__ import annotations

import ipaddress
import os
import stat
from dataclasses import fields
from typing import TYPE_CHECKING

from hookline.config.secret_values import is_published
from hookline.errors import Complaint, ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from hookline.config import Config, ServerSettings

__all__ = ["exposed_hosts", "refuse_weak_secrets", "weak_secrets"]


def weak_secrets(config: Config, secrets: Mapping[str, bytes], env_file: Path | None) -> list[Complaint]:
    """What is known to others among ``secrets``, by source and name, and the mode of the file that they come from. No value is repeated."""
    found = [
        Complaint(
            where=f"sources.{source.name}.verify.secrets",
            why=f"the secret {name} is a published example, with which anyone can sign: make your own (`hookline secrets fresh`)",
        )
        for source in config.sources
        for name in (*source.secret_names, *source.token_names)
        if is_published(secrets.get(name, b""))
    ]
    if env_file is not None and _is_open_to_all(env_file):
        why = f"every user of this machine can read the secrets in it: chmod 600 {env_file}"
        found.append(Complaint(where=str(env_file), why=why))
    return found


def exposed_hosts(server: ServerSettings) -> list[str]:
    """The settings of addresses that others than this machine can reach."""
    hosts = [one.name for one in fields(server) if one.name.endswith("host")]
    return [name for name in hosts if not _is_loopback(getattr(server, name))]


def refuse_weak_secrets(
    server: ServerSettings, config: Config, secrets: Mapping[str, bytes], env_file: Path | None
) -> list[Complaint]:
    """What others know, to warn of it. Raises ConfigError with it when the server can be reached from elsewhere."""
    weak, exposed = weak_secrets(config, secrets, env_file), exposed_hosts(server)
    if weak and exposed:
        why = f"{' and '.join(exposed)} under [server] can be reached from other machines, so the secrets must be known to nobody else"
        raise ConfigError([*weak, Complaint(where="server", why=why)])
    return weak


def _is_loopback(host: str | None) -> bool:
    if not host or host == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return (mapped or address).is_loopback


def _is_open_to_all(file: Path) -> bool:
    """Whether others may read it; what cannot be asked is read, or refused, by the code that opens it."""
    if os.name != "posix":
        return False
    try:
        return bool(file.stat().st_mode & stat.S_IROTH)
    except OSError:
        return False
