"""``hmac``: a keyed hash in a header, or a plain digest of the secret and the body, in all forms that senders use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hookline.domain.source import OnConflict
from hookline.providers.general.options import SIGNED_TEXT_OPTIONS, signed_text, text_of
from hookline.providers.general.signed_text import SignedText
from hookline.providers.primitives import ALGORITHMS, ENCODINGS, SHORTEST_SECRET, any_equal, mac, too_short
from hookline.providers.provider import Evidence, Provider
from hookline.providers.scheme import OptionError, choice_of
from hookline.providers.secret_encodings import SECRET_ENCODINGS, as_it_is
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hookline.domain.request import Request
    from hookline.domain.secret import Secret

__all__ = ["PROVIDER", "KeyedHash", "PlainDigest"]

_PLAIN: Final = "-plain"
_OPTIONS: Final = SIGNED_TEXT_OPTIONS | {"algorithm", "secret_encoding", "secret_prefix", "shortest_secret"}
_LONGEST_SHORTEST: Final = 64


@record
class KeyedHash(SignedText):
    """The scheme: an HMAC over the text; ``secret_encoding`` says how the key is derived from the secret without ``secret_prefix``."""

    algorithm: str = "sha256"
    secret_encoding: str = "utf8"  # noqa: S105 -- how a secret is written, not a secret
    secret_prefix: str = ""
    shortest_secret: int = SHORTEST_SECRET

    def fitting(
        self, request: Request, time: str, delivery_id: str, candidates: Sequence[bytes], secrets: Sequence[Secret]
    ) -> Secret | None:
        """See ``SignedText.fitting``."""
        signed = self.text(request, time, delivery_id)
        encode = ENCODINGS[self.encoding]
        for secret in secrets:
            key = self.key_of(secret.value)
            if key and any_equal(encode(mac(key, signed, self.algorithm)).rstrip(b"="), candidates):
                return secret
        return None

    def signature(self, secret: bytes, request: Request, time: str, delivery_id: str) -> bytes:
        """See ``SignedText.signature``. A secret that cannot be decoded gives a signature that never fits."""
        signed = self.text(request, time, delivery_id)
        return ENCODINGS[self.encoding](mac(self.key_of(secret) or b"", signed, self.algorithm))

    def secret_complaint(self, value: bytes) -> str | None:
        """A secret must be written as ``secret_encoding`` says and be long enough."""
        key = self.key_of(value)
        if key is None:
            return f"is not written in {self.secret_encoding}"
        return too_short(key if self.secret_encoding in _DECODED else value, self.shortest_secret)

    def key_of(self, secret: bytes) -> bytes | None:
        """The key; None if the secret is not written as it should be, and empty for an empty secret."""
        if SECRET_ENCODINGS[self.secret_encoding] is as_it_is and not self.secret_prefix:
            return secret
        bare = secret.removeprefix(self.secret_prefix.encode("latin-1"))
        try:
            return SECRET_ENCODINGS[self.secret_encoding](bare) if bare else b""
        except ValueError:
            return None


_DECODED: Final = frozenset({"utf8", "hex", "base64", "base64url"})


@record
class PlainDigest(KeyedHash):
    """The scheme without HMAC: the signature is the digest of a text that contains the key itself."""

    @property
    def is_plain_digest(self) -> bool:
        """Whether the hash is weak because it is not an HMAC."""
        return True

    def fitting(
        self, request: Request, time: str, delivery_id: str, candidates: Sequence[bytes], secrets: Sequence[Secret]
    ) -> Secret | None:
        """See ``SignedText.fitting``."""
        for secret in secrets:
            if secret.value and any_equal(
                self.signature(secret.value, request, time, delivery_id).rstrip(b"="), candidates
            ):
                return secret
        return None

    def signature(self, secret: bytes, request: Request, time: str, delivery_id: str) -> bytes:
        """See ``SignedText.signature``."""
        text = self.text(request, time, delivery_id, self.key_of(secret) or b"")
        return ENCODINGS[self.encoding](ALGORITHMS[self.algorithm](text).digest())


class DescribedHash(KeyedHash):
    """A keyed hash before its options are known."""

    __slots__ = ()

    @property
    def options(self) -> frozenset[str]:
        """All its options."""
        return _OPTIONS

    def configured(self, options: Mapping[str, object]) -> KeyedHash:
        """The keyed hash that the options describe. Raises OptionError."""
        known = [*ALGORITHMS, *(f"{algorithm}{_PLAIN}" for algorithm in ALGORITHMS)]
        algorithm = choice_of(options, "algorithm", "sha256", known)
        is_plain = algorithm.endswith(_PLAIN)
        made = PlainDigest if is_plain else KeyedHash
        return made(
            **signed_text(options, holds_secret=is_plain),
            algorithm=algorithm.removesuffix(_PLAIN),
            secret_encoding=choice_of(options, "secret_encoding", "utf8", SECRET_ENCODINGS),
            secret_prefix=text_of(options, "secret_prefix", ""),
            shortest_secret=_shortest(options),
        )


def _shortest(options: Mapping[str, object]) -> int:
    value = options.get("shortest_secret", SHORTEST_SECRET)
    if type(value) is not int or not 1 <= value <= _LONGEST_SHORTEST:
        raise OptionError("shortest_secret", f"must be a whole number of bytes, 1 to {_LONGEST_SHORTEST}")
    return value


PROVIDER = Provider(
    name="hmac",
    title="Any sender with a keyed hash",
    signed_with="whatever the sender signs with",
    on_conflict=OnConflict.REJECT,
    evidence=Evidence.VECTOR,
    scheme=DescribedHash(headers=("",)),
)
