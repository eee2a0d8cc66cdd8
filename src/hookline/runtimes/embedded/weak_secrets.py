"""Finds secrets that others can read: published examples, and files that every user of the machine may open."""

from __future__ import annotations

import os
import stat
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

from hookline.config.secret_values import is_published
from hookline.config.server import is_loopback
from hookline.errors import Complaint, ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hookline.config import Config, ServerSettings

__all__ = ["exposed_hosts", "refuse_weak_secrets", "weak_secrets"]


def weak_secrets(config: Config, secrets: Mapping[str, bytes], env_file: Path | None) -> list[Complaint]:
    """Warnings for published values among ``secrets``, and for files with secrets or a key that every user may read; without values."""
    found = [
        Complaint(
            where=f"sources.{source.name}.verify.secrets",
            why=f"the secret {name} is a published example, with which anyone can sign: remove its line and run `hookline secrets fresh`",
        )
        for source in config.sources
        for name in source.all_secret_names
        if is_published(secrets.get(name, b""))
    ]
    found += [
        Complaint(
            where=f"access.{key.id}.secret",
            why=f"the secret {key.secret_name} is a published example, with which anyone can sign: make your own "
            "(`hookline secrets fresh`)",
        )
        for key in config.access
        if is_published(secrets.get(key.secret_name, b""))
    ]
    found += [
        Complaint(
            where="forwards, alerts",
            why=f"the secret {name} is a published example, with which anyone can sign: remove its line and run `hookline secrets fresh`",
        )
        for name in (*config.forward_secret_names, *config.alert_secret_names)
        if is_published(secrets.get(name, b""))
    ]
    token = config.server.metrics_token
    if token is not None and is_published(secrets.get(token, b"")):
        why = f"the secret {token} is a published example, with which anyone can read metrics: make your own"
        found.append(Complaint(where="server.metrics_token", why=f"{why} (`hookline secrets fresh`)"))
    key_file = config.server.admin_tls_key
    for file, held in ((env_file, "secrets"), (None if key_file is None else Path(key_file), "key")):
        if file is not None and _is_open_to_all(file):
            why = f"every user of this machine can read the {held} in it: chmod 600 {file}"
            found.append(Complaint(where=str(file), why=why))
    return found


def exposed_hosts(server: ServerSettings) -> list[str]:
    """The settings of addresses that other machines can reach, except the health port, which has nothing to protect."""
    hosts = [one.name for one in fields(server) if one.name.endswith("host") and one.name != "health_host"]
    return [name for name in hosts if not is_loopback(getattr(server, name))]


def refuse_weak_secrets(
    server: ServerSettings, config: Config, secrets: Mapping[str, bytes], env_file: Path | None
) -> list[Complaint]:
    """The warnings about secrets that others can read. Raises ConfigError with them when other machines can reach the server."""
    weak, exposed = weak_secrets(config, secrets, env_file), exposed_hosts(server)
    if weak and exposed:
        why = f"{' and '.join(exposed)} under [server] can be reached from other machines, so the secrets must be known to nobody else"
        raise ConfigError([*weak, Complaint(where="server", why=why)])
    return weak


def _is_open_to_all(file: Path) -> bool:
    """Whether other users may read the file; False when that is unknown, because the code that opens the file reports its errors."""
    if os.name != "posix":
        return False
    try:
        return bool(file.stat().st_mode & stat.S_IROTH)
    except OSError:
        return False
