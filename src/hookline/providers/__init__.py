"""Senders' dialects: how each signs, and where its id, type and time are. Pure, and nothing is imported that is not configured."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookline.providers import keyed_hash, standard_webhooks, unsigned

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hookline.providers.scheme import Provider

__all__ = ["PROVIDERS"]

PROVIDERS: Mapping[str, Provider] = {
    provider.name: provider for provider in (keyed_hash.PROVIDER, standard_webhooks.PROVIDER, unsigned.PROVIDER)
}
"""Every scheme that ``verify = { scheme = … }`` may name."""
