"""Getting the public key that a request was signed with, for senders that publish theirs instead of sharing a secret."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hookline.providers.scheme import NeedsKey

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hookline.domain.request import Request
    from hookline.domain.source import Secret, Source
    from hookline.ports.keys import Keys

__all__ = ["needs_key", "with_key"]


def needs_key(source: Source) -> bool:
    """Whether a request to this source is verified by a key that has to be fetched."""
    return isinstance(source.verifier, NeedsKey)


def with_key(source: Source, request: Request, keys: Keys, credentials: Sequence[Secret] = ()) -> Source:
    """The source, with the key that ``request`` names; ``credentials`` are the source's secrets, which some senders want to see first.

    Raises Rejected when it names none of its sender's, UnavailableError when the key cannot be had now.
    """
    if not isinstance(source.verifier, NeedsKey):
        return source
    key = keys.fetch(source.verifier.wanted_key(request), credentials)
    return replace(source, verifier=source.verifier.with_key(key))
