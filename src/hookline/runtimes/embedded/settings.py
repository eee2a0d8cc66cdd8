"""The settings of an embedded hookline: data directory, ports and log."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from hookline.config.units import UnusableError
from hookline.errors import Complaint, ConfigError
from hookline.providers import PROVIDERS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hookline.config import Config, ServerSettings
    from hookline.domain.source import Source

__all__ = [
    "LOG_FORMATS",
    "Settings",
    "environment_values",
    "find_secrets",
    "find_values",
    "fixed_secrets",
    "given_keys",
    "overridden",
    "read_env_file",
    "read_secrets",
    "signing_secret",
]

LOG_FORMATS = ("auto", "json", "pretty")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The options of ``hookline serve`` in addition to its configuration. ``log_format`` auto means pretty on a terminal, otherwise JSON.

    ``public_keys`` are used instead of fetched ones, by scheme. ``env_file`` is the file with secrets, if it exists; None means
    that secrets are read from the environment only.
    """

    data_dir: Path
    server: ServerSettings
    log_format: str = "auto"
    public_keys: Mapping[str, bytes] = field(default_factory=lambda: MappingProxyType({}))
    env_file: Path | None = None


def overridden(server: ServerSettings, **given: str | int | None) -> ServerSettings:
    """The configuration's settings, replaced by those of the command line that are not None."""
    said: dict[str, str | int | None] = {key: value for key, value in given.items() if value is not None}
    if not said.keys().isdisjoint(("admin_host", "admin_port")):
        said["admin_socket"] = None  # an address on the command line replaces the file's socket
    return replace(server, **said)  # type: ignore[arg-type]  # keys and types match by construction


def read_secrets(config: Config, env_file: Path | None = None, *, serving: bool = False) -> dict[str, bytes]:
    """The values of every secret that the sources name, from the env file first and the environment second.

    With ``serving``, also those of the access keys and the forwards: only a server needs them. Raises ConfigError with all missing
    and unusable secrets.
    """
    found = find_values(
        config.local_secret_names if serving else (*config.secret_names, *config.fetch_secret_names), env_file
    )
    complaints = config.secret_complaints(found)
    if serving:
        complaints += (
            *config.access_complaints(found),
            *config.forward_secret_complaints(found),
            *config.storage_key_complaints(found),
        )
    if complaints:
        raise ConfigError(complaints)
    return found


def signing_secret(config: Config, source: Source, env_file: Path | None = None) -> bytes:
    """The first secret of the source, with which its sender signs; empty where it has none. Others may be missing. Raises ConfigError."""
    signing = replace(config, sources=(replace(source, secret_names=source.secret_names[:1]),))
    return next(iter(read_secrets(signing, env_file).values()), b"")


def find_secrets(config: Config, env_file: Path | None = None) -> dict[str, bytes]:
    """The values of the secrets that exist, usable or not, from the env file first and the environment second."""
    return find_values(config.local_secret_names, env_file)


def find_values(names: Sequence[str], env_file: Path | None = None) -> dict[str, bytes]:
    """The values of the names that exist, from the env file first and the environment second."""
    values = {**os.environ, **(read_env_file(env_file) if env_file else {})}
    return {name: values[name].encode("utf-8", "surrogateescape") for name in names if values.get(name)}


def fixed_secrets(config: Config, env_file: Path | None = None) -> list[str]:
    """The secrets that only the environment has, not the env file: they stay as they were when the process started."""
    written = read_env_file(env_file) if env_file is not None and env_file.is_file() else {}
    return [name for name in config.local_secret_names if os.environ.get(name) and not written.get(name)]


def given_keys(values: Sequence[str]) -> dict[str, bytes]:
    """The content of the files of ``SCHEME=FILE`` texts, by the scheme whose sender publishes its key. Raises UnusableError."""
    keys = {}
    for value in values:
        scheme, equals, file = value.partition("=")
        if not equals or scheme not in PROVIDERS or not _may_fetch(scheme):
            fetched = ", ".join(name for name in PROVIDERS if _may_fetch(name))
            raise UnusableError(f"{value!r} is not SCHEME=FILE with one of {fetched}")
        keys[scheme] = Path(file).read_bytes()
    return keys


def _may_fetch(scheme: str) -> bool:
    """Whether the keys of sources of this scheme are fetched."""
    return PROVIDERS[scheme].needs_keys or "keys_url" in PROVIDERS[scheme].options


def environment_values(names: Sequence[str]) -> dict[str, bytes]:
    """The values of these environment variables, empty ones too. Raises ConfigError with all that are not set."""
    if missing := [name for name in names if name not in os.environ]:
        raise ConfigError([Complaint(where=name, why="is not set in the environment") for name in missing])
    return {name: os.environ[name].encode("utf-8", "surrogateescape") for name in names}


def read_env_file(path: Path) -> Mapping[str, str]:
    """The values of ``NAME=value`` lines; blank lines, ``#`` comments, ``export`` and quotes around a value are as in shells."""
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError([Complaint(where=str(path), why=f"cannot be read: {error}")]) from error
    values: dict[str, str] = {}
    complaints: list[Complaint] = []
    for number, line in enumerate(text.splitlines(), 1):
        entry = line.strip().removeprefix("export ").strip()
        if not entry or entry.startswith("#"):
            continue
        name, equals, value = entry.partition("=")
        if not equals or not name.strip().isidentifier():
            complaints.append(Complaint(where=f"{path} (line {number})", why="must be NAME=value"))
        values[name.strip()] = _unquoted(value.strip())
    if complaints:
        raise ConfigError(complaints)
    return values


def _unquoted(value: str) -> str:
    quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "'\""
    return value[1:-1] if quoted else value
