"""Getting the public key that a request was signed with, for senders that publish a key instead of sharing a secret."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hookline.pipeline.receive import check_head, check_size
from hookline.providers.scheme import NeedsKey

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hookline.domain.request import Request
    from hookline.domain.secret import Secret
    from hookline.domain.source import KeyReference, Source
    from hookline.ports.keys import Keys

__all__ = ["keyed", "needs_key", "wanted_key", "with_key"]


def needs_key(source: Source) -> bool:
    """Whether requests to this source are verified with a key that must be fetched."""
    return isinstance(source.verifier, NeedsKey)


def with_key(source: Source, request: Request, keys: Keys, credentials: Sequence[Secret] = ()) -> Source:
    """The source, with the key that ``request`` names; ``credentials`` are the source's secrets, which some senders require for the key.

    Raises Rejected when it does not name a key of its sender, UnavailableError when the key cannot be fetched now.
    """
    if not isinstance(source.verifier, NeedsKey):
        return source
    return keyed(source, keys.fetch(source.verifier.wanted_key(request), credentials))


def wanted_key(source: Source, request: Request) -> KeyReference | None:
    """The key that ``request`` names, after all checks that need no key; None where no key is fetched.

    Raises Rejected for a call that would be refused with any key, so that such a call never causes a fetch.
    """
    if not isinstance(source.verifier, NeedsKey):
        return None
    check_head(request, source)
    check_size(len(request.body), source)
    source.verifier.check_before_key(request)
    return source.verifier.wanted_key(request)


def keyed(source: Source, key: bytes) -> Source:
    """The source that verifies with this key."""
    verifier = source.verifier
    return replace(source, verifier=verifier.with_key(key)) if isinstance(verifier, NeedsKey) else source
