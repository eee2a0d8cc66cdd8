"""Getting the public key that a request was signed with, for senders that publish theirs instead of sharing a secret."""

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
    """Whether a request to this source is verified by a key that has to be fetched."""
    return isinstance(source.verifier, NeedsKey)


def with_key(source: Source, request: Request, keys: Keys, credentials: Sequence[Secret] = ()) -> Source:
    """The source, with the key that ``request`` names; ``credentials`` are the source's secrets, which some senders want to see first.

    Raises Rejected when it names none of its sender's, UnavailableError when the key cannot be had now.
    """
    if not isinstance(source.verifier, NeedsKey):
        return source
    return keyed(source, keys.fetch(source.verifier.wanted_key(request), credentials))


def wanted_key(source: Source, request: Request) -> KeyReference | None:
    """The key that ``request`` names, once nothing else speaks against the call; None where none is fetched.

    Raises Rejected for a call that no key could make good, so that it never causes a fetch.
    """
    if not isinstance(source.verifier, NeedsKey):
        return None
    check_head(request, source)
    check_size(len(request.body), source)
    source.verifier.check_before_key(request)
    return source.verifier.wanted_key(request)


def keyed(source: Source, key: bytes) -> Source:
    """The source that verifies by this key."""
    verifier = source.verifier
    return replace(source, verifier=verifier.with_key(key)) if isinstance(verifier, NeedsKey) else source
