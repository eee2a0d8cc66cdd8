"""Combines the given secrets with the secrets that senders have brought."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookline.adapters.local.secrets import LoadedSecrets

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hookline.config import Config
    from hookline.ports.handshake_secrets import Arming

__all__ = ["secrets_of"]


def secrets_of(config: Config, values: Mapping[str, bytes], handshake_secrets: Arming) -> LoadedSecrets:
    """The secrets in ``values``, and those that senders have brought under other names."""
    found = {name: handshake_secrets.reveal(name) for name in handshake_secrets.kept_at(config.learned_names)}
    brought = {name: value for name, value in found.items() if value is not None}
    return LoadedSecrets({**brought, **values}, may_be_missing=config.learned_names)
