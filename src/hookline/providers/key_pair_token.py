"""JSON web tokens that a sender signs with a private key: verified by its public keys, which the source names or which are fetched.

A separate module, so that tokens with a shared key do not bring the cryptography library into a package for Lambda.
"""

from __future__ import annotations

import json
import re
from dataclasses import field, replace
from typing import TYPE_CHECKING, Final, Self

from hookline.domain.source import KeyReference, new_verified
from hookline.errors import UnavailableError
from hookline.providers.asymmetric import check_installed, private_key_of
from hookline.providers.fetched_key import own_and_private
from hookline.providers.published_keys import fits, is_private, keys_in, signed_by_pair, suits
from hookline.providers.web_token import WebToken
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hookline.domain.request import Request
    from hookline.domain.secret import Secret
    from hookline.domain.source import Verified
    from hookline.providers.web_token import ReadToken

__all__ = ["FetchedKeyToken", "KeyPairToken", "check_installed"]

_KEY_NAME: Final = re.compile(r"[!-~]{1,256}")


@record
class KeyPairToken(WebToken):
    """A token that is signed with a private key; the "secret" is the public key.

    ``hookline send`` needs the private key, which only a test has.
    """

    @property
    def is_asymmetric(self) -> bool:
        """See ``hookline.providers.scheme.has_key_pair``."""
        return True

    def verify(self, request: Request, secrets: Sequence[Secret]) -> Verified:
        """Prove the sender by any of the public keys."""
        return self.first_good(request, lambda token: self._proved(token, request, secrets))

    def _proved(self, token: ReadToken, request: Request, secrets: Sequence[Secret]) -> Verified:
        for secret in secrets:
            if fits(keys_in(secret.value), token.algorithm, token.signature, token.signed):
                self.check(token, request)
                return new_verified(secret=secret.name)
        raise self._unproved()

    def secret_complaint(self, value: bytes) -> str | None:
        """It must be a public key for one of the algorithms."""
        if is_private(value):
            return "is a private key: hookline needs only the public one, and only the sender may have the private one"
        keys = keys_in(value)
        if not keys:
            return "is not a public key: a PEM, or a JWK"
        if not any(suits(key, algorithm) for key in keys for algorithm in self.algorithms):
            return f"is not a public key for {' or '.join(self.algorithms)}; one of RSA needs at least 2048 bits"
        return None

    def _head_for(self, secret: bytes) -> Mapping[str, str]:
        text = secret.strip()
        name = json.loads(text).get("kid") if text.startswith(b"{") and private_key_of(text) is not None else None
        return {"kid": name} if isinstance(name, str) else {}

    def _signature(self, secret: bytes, signed: bytes) -> bytes:
        return signed_by_pair(_private_part(secret), self.algorithms[0], signed)


@record
class FetchedKeyToken(KeyPairToken):
    """A token that is signed with a key of the set at ``url``; it names the key (``kid``). See ``hookline.providers.scheme.NeedsKey``."""

    owner: str = field(compare=False)
    url: str
    key: bytes = b""

    def check_before_key(self, request: Request) -> None:
        """Refuse a token that is not for this source, for this body or for the current time, without checking who signed it."""
        self.wanted_key(request)

    def wanted_key(self, request: Request) -> KeyReference:
        """The key that the token names, in the set that the source names."""
        name = self.first_good(request, lambda token: self._named_key(token, request))
        return KeyReference(provider=self.owner, name=name, place=self.url)

    def owned_by(self, name: str) -> Self:
        """See ``hookline.providers.scheme.FetchesFromSet``."""
        return replace(self, owner=name)

    def with_key(self, key: bytes) -> Self:
        """The scheme that verifies with this key."""
        return replace(self, key=key)

    def verify(self, request: Request, secrets: Sequence[Secret]) -> Verified:  # noqa: ARG002 -- required by Scheme; there are none
        """Prove the sender by the fetched key."""
        return self.first_good(request, lambda token: self._proved_by_key(token, request))

    def _proved_by_key(self, token: ReadToken, request: Request) -> Verified:
        self._named_key(token, request)
        if not self.key:
            raise UnavailableError("keys_unavailable", f"the public key of {self.owner} was not fetched")
        if not fits(keys_in(self.key), token.algorithm, token.signature, token.signed):
            raise self._unproved()
        return new_verified()

    def _named_key(self, token: ReadToken, request: Request) -> str:
        """The name of the token's key, after all other checks; "" if it names none."""
        name = token.head.get("kid", "")
        if not isinstance(name, str) or (name and not _KEY_NAME.fullmatch(name)):
            raise self.refused("has a key id (kid) that is not valid")
        self.check(token, request)
        return name


def _private_part(secret: bytes) -> bytes:
    """The private key in the value for ``sign``: a JWK, or PEM after the source's own secret."""
    text = secret.strip()
    return text if text.startswith(b"{") else own_and_private(text)[1]
