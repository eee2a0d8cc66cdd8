"""The secret: another source's, or the right one, written or decoded in another way."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Final

from hookline.domain.secret import Secret
from hookline.pipeline.doctor.case import Trial

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from hookline.pipeline.doctor.case import Case

__all__ = ["SPELLINGS", "another_sources_secret", "secret_spelled_otherwise"]

_SET_ANEW = "Copy the whole secret from the sender's page again, without spaces or quotes, and set it again."
_ENCODED = "Configure the encoding of the secret (`secret_encoding` of the scheme hmac), or use the form that this scheme expects."
_PREFIX = (
    "Use the secret exactly as the sender shows it, with its prefix, and check that the scheme is the sender's own."
)


def another_sources_secret(case: Case) -> Iterator[Trial]:
    """Every secret of the other sources, with this source's scheme."""
    for neighbour in case.neighbours:
        for secret in neighbour.secrets:
            yield Trial(
                what=f"The request is signed with the secret {secret.name}, which belongs to the source {neighbour.name}.",
                fix=f"Name {secret.name} in the secrets of {case.source.name}, or exchange the two values if they were confused.",
                secrets=[secret],
            )


def secret_spelled_otherwise(case: Case) -> Iterator[Trial]:
    """Every secret of the source, changed as people and programs change secrets."""
    for what, fix, spell in SPELLINGS:
        for secret in case.secrets:
            for value in _spelled(spell, secret.value):
                if value and value != secret.value:
                    yield Trial(what=what, fix=fix, secrets=[Secret(name=secret.name, value=value)])


def _spelled(spell: Callable[[bytes], Sequence[bytes]], value: bytes) -> Sequence[bytes]:
    try:
        return spell(value)
    except ValueError:  # it is not written in this way
        return ()


def _decoded(value: bytes) -> bytes:
    return base64.b64decode(
        value + b"=" * (-len(value) % 4), altchars=b"-_" if b"-" in value or b"_" in value else None, validate=True
    )


def _unprefixed(value: bytes) -> bytes:
    """The text after ``whsec_``, ``sk_live_`` and similar prefixes."""
    return value.rpartition(b"_")[2] if b"_" in value else b""


def _after_first_prefix(value: bytes) -> bytes:
    return value.partition(b"_")[2]


def _base64(value: bytes) -> bytes:
    return base64.b64encode(value)


_PREFIXES: Final = (b"whsec_", b"whsk_")

SPELLINGS: Final[Sequence[tuple[str, str, Callable[[bytes], Sequence[bytes]]]]] = (
    (
        "The value of {secret} has spaces or a line break around it, which the sender's secret does not have.",
        _SET_ANEW,
        lambda value: [value.strip()],
    ),
    (
        "The value of {secret} has quotes around it, which the sender's secret does not have.",
        _SET_ANEW,
        lambda value: [value.strip(b"'\"")],
    ),
    (
        "The sender's secret ends with a line break, which the value of {secret} does not have: it was probably written with echo.",
        "Set the secret again at the sender, without the line break (printf instead of echo).",
        lambda value: [value + b"\n", value + b"\r\n"],
    ),
    (
        "{secret} is bytes in hex. The sender signs with the bytes, and this source uses the text.",
        _ENCODED,
        lambda value: [binascii.unhexlify(value.strip())],
    ),
    (
        "{secret} is bytes in base64. The sender signs with the bytes, and this source uses the text.",
        _ENCODED,
        lambda value: [_decoded(value.strip())],
    ),
    (
        "The sender signs with the text of {secret} unchanged, and this source decodes it first.",
        _ENCODED,
        lambda value: [_base64(value), binascii.hexlify(value)],
    ),
    (
        "The sender signs with {secret} without its prefix, and this source uses it with the prefix.",
        _PREFIX,
        lambda value: [_unprefixed(value), _after_first_prefix(value)],
    ),
    (
        "{secret} is bytes in base64 after its prefix. The sender signs with the bytes, and this source uses the text.",
        _PREFIX,
        lambda value: [_decoded(_after_first_prefix(value))],
    ),
    (
        "The sender signs with the text of {secret} after its prefix, and this source decodes it first.",
        _PREFIX,
        lambda value: [_base64(_after_first_prefix(value))],
    ),
    (
        "The sender's secret has a prefix that the value of {secret} lacks.",
        _PREFIX,
        lambda value: [prefix + value for prefix in _PREFIXES] + [_base64(prefix + value) for prefix in _PREFIXES],
    ),
    (
        "The sender signs with the hex digits of the bytes that {secret} is in base64, or the other way round.",
        _ENCODED,
        lambda value: [binascii.hexlify(_decoded(value)), _base64(binascii.hexlify(_decoded(value)))],
    ),
    (
        "The value of {secret} has upper and lower case letters that differ from the sender's.",
        _SET_ANEW,
        lambda value: [value.lower(), value.upper()],
    ),
)
"""What may be wrong with a secret, how to fix it, and the values that the sender would then sign with."""
