"""Makes new secrets in the format of each sender."""

from __future__ import annotations

import base64
import os
import secrets
from contextlib import suppress
from typing import TYPE_CHECKING

from hookline.errors import OperatorError
from hookline.providers.asymmetric import key_pair
from hookline.providers.general.public_key import PublicKey
from hookline.providers.general.standard_webhooks import StandardWebhooks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from hookline.config import Config
    from hookline.providers.scheme import Scheme

__all__ = ["OWNER_ONLY", "fresh_secret", "fresh_secrets", "write_new", "write_secrets"]

OWNER_ONLY = 0o600
_BYTES = 32
_KINDS_OF_PAIRS = ("ed25519", "ecdsa-sha256", "rsa-sha256")
_HEADING = b"# Made by hookline for this project only. Never commit it.\n"


def fresh_secrets(config: Config, there: Iterable[str]) -> dict[str, str]:
    """A new value, by name, for each secret that the configuration names as a variable and that is not in ``there``.

    If the sender signs with a key pair, the private key is included, because ``hookline send`` needs it.
    """
    known, found = set(there), dict[str, str]()
    for source in config.sources:
        for name in source.secret_names:
            if name.isidentifier() and name not in known and name not in found:
                found |= _fresh(name, config.schemes[source.name])
        for name in source.token_names:
            if name.isidentifier() and name not in known:
                found.setdefault(name, secrets.token_hex(_BYTES))
    others: tuple[tuple[Iterable[str], Callable[[], str]], ...] = (
        ([key.secret_name for key in config.access], lambda: secrets.token_hex(_BYTES)),
        (config.forward_secret_names, lambda: fresh_secret(StandardWebhooks())),
        (config.storage.key, lambda: base64.b64encode(secrets.token_bytes(_BYTES)).decode()),
    )
    for names, made in others:
        for name in names:
            if name.isidentifier() and name not in known and name not in found:
                found[name] = made()
    return found


def fresh_secret(scheme: Scheme) -> str:
    """A random secret that the scheme accepts."""
    for candidate in _candidates(scheme):
        if scheme.secret_complaint(candidate.encode()) is None:
            return candidate
    raise OperatorError("secret_unusable", "hookline cannot make a secret for this scheme: use the sender's own secret")


def write_secrets(file: Path, values: Mapping[str, str]) -> None:
    """Add these secrets to the file; a new file is readable only by its owner."""
    lines = "".join(f"{name}={value}\n" for name, value in values.items()).encode()
    with suppress(FileExistsError):
        write_new(file, _HEADING + lines, mode=OWNER_ONLY)
        return
    there = file.read_bytes()
    with file.open("ab") as opened:
        opened.write((b"" if not there or there.endswith(b"\n") else b"\n") + lines)


def write_new(path: Path, content: bytes, *, mode: int) -> None:
    """Write a new file; a file that another program has created meanwhile is an error and not overwritten."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(content)


def _fresh(name: str, scheme: Scheme) -> dict[str, str]:
    if getattr(scheme, "is_asymmetric", False):
        private, public = _fresh_pair(scheme)
        return {name: public, f"{name.removesuffix('_SECRET')}_PRIVATE_KEY": private}
    return {name: fresh_secret(scheme)}


def _fresh_pair(scheme: Scheme) -> tuple[str, str]:
    """A key pair of the type that the scheme accepts; schemes with their own code show their type by refusing others."""
    for kind in (scheme.algorithm,) if isinstance(scheme, PublicKey) else _KINDS_OF_PAIRS:
        private, public = key_pair(kind)
        if scheme.secret_complaint(public.encode()) is None:
            return private, public
    raise OperatorError("secret_unusable", "hookline cannot make a key pair for this scheme: use the sender's own key")


def _candidates(scheme: Scheme) -> Iterator[str]:
    """Random secrets in the formats of senders."""
    if isinstance(scheme, StandardWebhooks):
        yield f"whsec_{base64.b64encode(secrets.token_bytes(_BYTES)).decode()}"
    yield secrets.token_hex(_BYTES)
    yield base64.b64encode(secrets.token_bytes(_BYTES)).decode()
    yield f"hookline:{secrets.token_hex(_BYTES)}"
    yield f"{secrets.token_hex(8)}|{secrets.token_hex(_BYTES)}"
