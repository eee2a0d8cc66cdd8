"""The search: every text with every key, until each signature of the request is explained or the limit of work is reached."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

from hookline.pipeline.proposals.sightings import ALGORITHM_OF_SIZE
from hookline.pipeline.proposals.texts import STAGES, with_secret
from hookline.providers.asymmetric import ALGORITHMS as PAIRED
from hookline.providers.asymmetric import FORMATS, check_installed, is_for, public_key_of, verifies
from hookline.providers.primitives import ALGORITHMS, any_equal, mac
from hookline.providers.scheme import OptionError
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from hookline.domain.secret import Secret
    from hookline.pipeline.proposals.keys import Key
    from hookline.pipeline.proposals.sightings import Token
    from hookline.pipeline.proposals.texts import Parts, Text

Stage: TypeAlias = "Callable[[Parts], Iterator[Text]]"

__all__ = ["Budget", "Found", "keyed", "paired", "public_keys_of"]

_MOST_DIGESTS: Final = 500_000
_MOST_BYTES: Final = 768 * 1024 * 1024
_MOST_PAIRED: Final = 24_000
"""The most operations with a public key, each about 20 to 50 microseconds; Ed25519 and larger keys count as several."""

_CHEAP: Final[Mapping[str, int]] = {"ed25519": 256, "ecdsa": 256, "rsa": 2048}
"""The bits of a key whose operation counts as one."""

_COMMON: Final = 3
"""The stages whose texts are also tried as plain digests, and with rare keys."""

_ECDSA: Final = (64, 96, 132)
_DER: Final = 0x30
_ED25519: Final = 64


class Budget:
    """The limit of work for one search, and ``tried``: how much work it has done.

    ``is_spent`` once no further digest is allowed; ``is_cut`` once anything was left out.
    """

    def __init__(self, digests: int = _MOST_DIGESTS, size: int = _MOST_BYTES, paired: int = _MOST_PAIRED) -> None:
        self.tried = 0
        self._digests, self._bytes, self._paired = digests, size, paired
        self._half = size // 2
        self.is_spent = self.is_cut = False

    def allows(self, size: int) -> bool:
        """Whether one more digest of ``size`` bytes is allowed; it is counted."""
        self._digests -= 1
        self._bytes -= size
        self.is_spent = self.is_spent or self._digests < 0 or self._bytes < 0
        return self._counted(is_allowed=not self.is_spent)

    def allows_pair(self, size: int, cost: int) -> bool:
        """Whether one more signature over ``size`` bytes may be verified with a public key; it counts as ``cost`` operations.

        Public keys may use at most half of the bytes, so that shared keys are tried too: the bytes of a shared key may look like a public
        key.
        """
        self._paired -= cost
        self._bytes -= size
        return self._counted(is_allowed=self._paired >= 0 and self._bytes >= self._half)

    def _counted(self, *, is_allowed: bool) -> bool:
        self.tried += is_allowed
        self.is_cut = self.is_cut or not is_allowed
        return is_allowed


@record
class Found:
    """A signature that is explained: by which text, with which key and algorithm, and in which scheme."""

    scheme: str
    raw: bytes
    text: Text
    secret: Secret
    options: Mapping[str, object]


def keyed(
    tokens: Sequence[Token], parts: Parts, keys: tuple[Sequence[Key], Sequence[Key]], budget: Budget
) -> Iterator[Found]:
    """Signatures by a keyed hash, and plain digests of the secret and the text. Each is returned once, with its simplest text."""
    open_: dict[str, list[bytes]] = {}
    for raw in dict.fromkeys(token.raw for token in tokens):
        if algorithm := ALGORITHM_OF_SIZE.get(len(raw)):
            open_.setdefault(algorithm, []).append(raw)
    usual, rare = keys
    for stages, is_plain in ((STAGES[:_COMMON], False), (STAGES[:_COMMON], True), (STAGES[_COMMON:], False)):
        tried = (*usual, *rare) if stages == STAGES[:_COMMON] else usual
        for text in _each_once(parts, stages):
            yield from _plain(text, usual, open_, budget) if is_plain else _by_keys(text, tried, open_, budget)
            if budget.is_spent or not any(open_.values()):
                return


def _each_once(parts: Parts, stages: Sequence[Stage]) -> Iterator[Text]:
    """The texts of these stages, without those with the same bytes as an earlier one of the same stage."""
    for stage in stages:
        seen: set[bytes] = set()
        for text in stage(parts):
            if len(text.signed) <= _LARGEST_KNOWN:
                if text.signed in seen:
                    continue
                seen.add(text.signed)
            yield text


_LARGEST_KNOWN: Final = 4096
"""The most bytes of texts that are cached, so that each is hashed once."""


def _by_keys(text: Text, keys: Sequence[Key], open_: Mapping[str, list[bytes]], budget: Budget) -> Iterator[Found]:
    for algorithm, raws in open_.items():
        for key in keys if raws else ():
            if not budget.allows(len(text.signed)):
                return
            digest = mac(key.value, text.signed, algorithm)
            if any_equal(digest, raws):
                raws.remove(digest)
                options = {} if algorithm == "sha256" else {"algorithm": algorithm}
                yield Found(scheme="hmac", raw=digest, text=text, secret=key.secret, options={**options, **key.options})


def _plain(text: Text, keys: Sequence[Key], open_: Mapping[str, list[bytes]], budget: Budget) -> Iterator[Found]:
    for algorithm, raws in open_.items():
        for key in keys if raws else ():
            for with_it in with_secret(text, key.value):
                if not budget.allows(len(with_it.signed)):
                    return
                digest = ALGORITHMS[algorithm](with_it.signed).digest()
                if any_equal(digest, raws):
                    raws.remove(digest)
                    options = {"algorithm": f"{algorithm}-plain", **key.options}
                    yield Found(scheme="hmac", raw=digest, text=with_it, secret=key.secret, options=options)


def public_keys_of(secrets: Sequence[Secret]) -> list[tuple[Secret, object]]:
    """The secrets that are public keys; none if the library for them is not installed."""
    try:
        check_installed()
    except OptionError:
        return []
    found = ((secret, public_key_of(secret.value)) for secret in secrets)
    return [(secret, key) for secret, key in found if key is not None]


def paired(
    tokens: Sequence[Token], parts: Parts, keys: Sequence[tuple[Secret, object]], budget: Budget
) -> Iterator[Found]:
    """Signatures that a public key verifies."""
    ways = [
        (raw, secret, key, options)
        for raw in dict.fromkeys(token.raw for token in tokens)
        for secret, key in keys
        for options in _ways(raw, key)
    ]
    for text in _each_once(parts, STAGES) if ways else ():
        for raw, secret, key, options in ways:
            if not budget.allows_pair(len(text.signed), _cost(key)):
                return
            algorithm, form = options.get("algorithm", "ed25519"), options.get("signature_format", "der")
            if verifies(algorithm, key, raw, text.signed, form=form):
                ways = [way for way in ways if way[0] != raw]
                yield Found(scheme="public-key", raw=raw, text=text, secret=secret, options=options)
        if not ways:
            return


def _cost(key: object) -> int:
    """How many operations with a usual key take as long as one with this key: larger curves are not optimised for speed."""
    bits = getattr(getattr(key, "curve", key), "key_size", 256)
    kind = next(name for name in _CHEAP if is_for(key, name))
    if kind == "ed25519":
        return 3
    return 1 if bits <= _CHEAP[kind] else 60 if kind == "ecdsa" else (bits // _CHEAP[kind]) ** 2


def _ways(raw: bytes, key: object) -> Iterator[dict[str, str]]:
    """The algorithms with which ``raw`` can be a signature of the key's owner, by its length."""
    for algorithm in PAIRED:
        if not is_for(key, algorithm):
            continue
        if algorithm == "ed25519":
            if len(raw) == _ED25519:
                yield {}
        elif algorithm.startswith("rsa"):
            if len(raw) * 8 == (getattr(key, "key_size", 0) + 7) // 8 * 8:
                yield {"algorithm": algorithm}
        elif raw[:1] == bytes([_DER]) and len(raw) not in _ECDSA:
            yield {"algorithm": algorithm}
        elif len(raw) in _ECDSA:
            yield {"algorithm": algorithm, "signature_format": FORMATS[1]}
