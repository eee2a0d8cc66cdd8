"""The common part of senders whose public key is fetched: reading keys, and verifying by RSA or ECDSA."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import replace
from typing import TYPE_CHECKING, Final, Self

from hookline.errors import UnavailableError
from hookline.providers.asymmetric import check_installed, public_key_of, signature_by, verifies
from hookline.providers.scheme import ConfiguredScheme
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hookline.domain.request import Request
    from hookline.domain.source import KeyReference
    from hookline.providers.scheme import Scheme

__all__ = ["FetchedKeyScheme", "own_and_private", "signed_by", "verified_by"]

_KINDS: Final = ("rsa", "ecdsa")


@record
class FetchedKeyScheme(ConfiguredScheme):
    """A base for schemes of senders whose public key is fetched: see ``hookline.providers.scheme.NeedsKey``."""

    key: bytes = b""

    @abstractmethod
    def check_before_key(self, request: Request) -> None:
        """See ``NeedsKey.check_before_key``."""

    @abstractmethod
    def wanted_key(self, request: Request) -> KeyReference:
        """See ``NeedsKey.wanted_key``."""

    def with_key(self, key: bytes) -> Self:
        """The scheme that verifies with this key."""
        return replace(self, key=key)

    def configured(self, options: Mapping[str, object]) -> Scheme:
        """The configured scheme; only where the library is installed."""
        check_installed()
        return ConfiguredScheme.configured(self, options)

    def key_for(self, request: Request) -> bytes:
        """The fetched key, once ``request`` names one that may be fetched. Raises UnavailableError if it was not fetched."""
        provider = self.wanted_key(request).provider
        if not self.key:
            raise UnavailableError("keys_unavailable", f"the public key of {provider} was not fetched")
        return self.key


def verified_by(published: bytes, signature: bytes, signed: bytes, digest: str) -> bool:
    """Whether the owner of the key made the signature, by RSA (PKCS #1 v1.5) or ECDSA (DER) over ``digest``, "sha1" or "sha256"."""
    key = public_key_of(published)
    return any(verifies(f"{kind}-{digest}", key, signature, signed) for kind in _KINDS)


def signed_by(private: bytes, signed: bytes, digest: str) -> bytes:
    """The signature by a private key in PEM, for tests: in production only the sender has the key."""
    made = [signature_by(f"{kind}-{digest}", private, signed) for kind in _KINDS]
    return made[0] or made[1]


def own_and_private(secret: bytes) -> tuple[bytes, bytes]:
    """The value for ``sign``: the source's own secret, if it has one, followed by a private key in PEM."""
    own, mark, rest = secret.partition(b"-----BEGIN")
    return own.strip(), mark + rest
