"""``public-key``: a signature in a header that the sender's public key verifies: Ed25519, ECDSA or RSA."""

from __future__ import annotations

from dataclasses import field, replace
from typing import TYPE_CHECKING, Final, Self

from hookline.domain.secret import Secret
from hookline.domain.source import KeyReference, OnConflict
from hookline.errors import UnavailableError
from hookline.providers.asymmetric import (
    ALGORITHMS,
    FORMATS,
    check_installed,
    decoded,
    is_for,
    public_key_of,
    signature_by,
    verifies,
)
from hookline.providers.general.options import SIGNED_TEXT_OPTIONS, signed_text
from hookline.providers.general.signed_text import SignedText
from hookline.providers.key_url import keys_url_of
from hookline.providers.primitives import ENCODINGS
from hookline.providers.provider import Evidence, Provider
from hookline.providers.published_keys import keys_in
from hookline.providers.scheme import OptionError, choice_of
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hookline.domain.request import Request
    from hookline.domain.source import Verified

__all__ = ["PROVIDER", "FetchedPublicKey", "PublicKey"]

_OPTIONS: Final = SIGNED_TEXT_OPTIONS | {"algorithm", "keys_url", "signature_format"}
_MOST_SIGNATURES: Final = 4
"""The most signatures in one call: each costs a public-key operation."""
_MOST_KEYS: Final = 4
"""The most keys of one set, whose keys are not chosen by name: the same cost."""
_SOMEONE: Final = Secret(name="", value=b"")
"""Represents the owner of a fetched key, who has no secret."""


@record
class PublicKey(SignedText):
    """The scheme. A "secret" is the sender's public key, in any form that ``public_key_of`` reads.

    ``hookline send`` needs the private key instead, which only a test has.
    """

    algorithm: str = "ed25519"
    signature_format: str = "der"

    @property
    def is_asymmetric(self) -> bool:
        """See ``hookline.providers.scheme.has_key_pair``."""
        return True

    @property
    def most_signatures(self) -> int:
        """The most signatures that are compared."""
        return _MOST_SIGNATURES

    def fitting(
        self, request: Request, time: str, delivery_id: str, candidates: Sequence[bytes], secrets: Sequence[Secret]
    ) -> Secret | None:
        """See ``SignedText.fitting``."""
        signed = self.text(request, time, delivery_id)
        for secret in secrets:
            key = public_key_of(secret.value)
            for candidate in candidates:
                if verifies(self.algorithm, key, candidate, signed, form=self.signature_format):
                    return secret
        return None

    def signature(self, secret: bytes, request: Request, time: str, delivery_id: str) -> bytes:
        """See ``SignedText.signature``, with a private key."""
        signed = self.text(request, time, delivery_id)
        return ENCODINGS[self.encoding](signature_by(self.algorithm, secret, signed, form=self.signature_format))

    def compared(self, text: str) -> bytes:
        """The bytes of the signature."""
        return decoded(text, self.encoding)

    def secret_complaint(self, value: bytes) -> str | None:
        """It must be a public key of the algorithm's kind."""
        key = public_key_of(value)
        if key is None:
            return "is not a public key in a form that this sender uses: PEM, JWK, or hex or base64"
        return None if is_for(key, self.algorithm) else f"is a public key of another kind than {self.algorithm} needs"


@record
class FetchedPublicKey(PublicKey):
    """The scheme with the keys at ``keys_url``: see ``hookline.providers.scheme.NeedsKey``. A call does not name its key."""

    owner: str = field(default="public-key", compare=False)
    keys_url: str = ""
    key: bytes = b""
    is_unproved: bool = False
    """Whether any text is a possible signature, so that the other parts of the call can be checked without a key."""

    def check_before_key(self, request: Request) -> None:
        """See ``NeedsKey.check_before_key``."""
        replace(self, is_unproved=True).verify(request, ())

    def wanted_key(self, request: Request) -> KeyReference:  # noqa: ARG002 -- required by Scheme; a call names no key
        """All keys at the URL."""
        return KeyReference(provider=self.owner, name="", place=self.keys_url)

    def with_key(self, key: bytes) -> Self:
        """The scheme that verifies with these keys."""
        return replace(self, key=key)

    def owned_by(self, name: str) -> Self:
        """See ``hookline.providers.scheme.FetchesFromSet``."""
        return replace(self, owner=name)

    def verify(self, request: Request, secrets: Sequence[Secret]) -> Verified:
        """Prove the sender by any of the fetched keys."""
        return replace(PublicKey.verify(self, request, secrets), secret=None)

    def fitting(
        self, request: Request, time: str, delivery_id: str, candidates: Sequence[bytes], secrets: Sequence[Secret]
    ) -> Secret | None:
        """See ``SignedText.fitting``."""
        del secrets  # a fetched key has no secret
        tried = [candidate for candidate in candidates[:_MOST_SIGNATURES] if candidate]
        if self.is_unproved or not tried:
            return _SOMEONE if tried else None
        if not self.key:
            raise UnavailableError("keys_unavailable", f"the public key of {self.owner} was not fetched")
        signed = self.text(request, time, delivery_id)
        keys = [one.key for one in keys_in(self.key) if is_for(one.key, self.algorithm)][:_MOST_KEYS]
        fits = (verifies(self.algorithm, key, one, signed, form=self.signature_format) for key in keys for one in tried)
        return _SOMEONE if any(fits) else None


class DescribedPublicKey(PublicKey):
    """The scheme before its options are known."""

    __slots__ = ()

    @property
    def options(self) -> frozenset[str]:
        """All its options."""
        return _OPTIONS

    def configured(self, options: Mapping[str, object]) -> PublicKey:
        """The scheme that the options describe. Raises OptionError, also where the library is not installed."""
        check_installed()
        algorithm = choice_of(options, "algorithm", "ed25519", ALGORITHMS)
        if "signature_format" in options and not algorithm.startswith("ecdsa"):
            raise OptionError("signature_format", "is for ECDSA only: other signatures have one form")
        form, url = choice_of(options, "signature_format", "der", FORMATS), keys_url_of(options)
        if url is None:
            return PublicKey(**signed_text(options), algorithm=algorithm, signature_format=form)
        return FetchedPublicKey(**signed_text(options), algorithm=algorithm, signature_format=form, keys_url=url)


PROVIDER = Provider(
    name="public-key",
    title="Any sender with a key pair",
    signed_with="the sender's public key: PEM, JWK, or hex or base64",
    on_conflict=OnConflict.REJECT,
    evidence=Evidence.VECTOR,
    scheme=DescribedPublicKey(headers=("",)),
)
