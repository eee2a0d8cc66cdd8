"""``jwt``: a JSON web token that the sender signs, with a shared key or with a key pair (RFC 7519)."""

from __future__ import annotations

from datetime import timedelta
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final  # Any: a class of a module that few sources need

from hookline.domain.source import OnConflict
from hookline.providers.key_url import keys_url_of
from hookline.providers.primitives import ENCODINGS
from hookline.providers.provider import Evidence, Proves, Provider
from hookline.providers.scheme import OptionError, choice_of, tolerance_of
from hookline.providers.secret_encodings import SECRET_ENCODINGS
from hookline.providers.token_place import BEARER, PLACE_OPTIONS, at_its_place, place_of
from hookline.providers.web_token import DEFAULT_LIFETIME, DEFAULT_SKEW, KEYED, BodyHash, SharedKeyToken
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hookline.providers.scheme import Scheme
    from hookline.providers.web_token import WebToken

__all__ = ["PROVIDER", "DescribedWebToken"]

_PAIRED: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
_OPTIONS: Final = PLACE_OPTIONS | {
    "algorithms",
    "audience",
    "body_hash",
    "claims",
    "issuer",
    "key_encoding",
    "keys_url",
    "max_lifetime",
    "tolerance",
}
_LEAST, _MOST = -(2**63), 2**64 - 1  # the whole numbers of a token that are read exactly
_HASHES: Final = ("sha256", "sha384", "sha512", "sha1")
_OWN_CLAIMS: Final = MappingProxyType(
    {"iss": "issuer", "aud": "audience", "exp": "max_lifetime", "iat": "max_lifetime", "nbf": "max_lifetime"}
)
"""Claims that have their own option."""
_KEY_PAIRS: Final = "hookline.providers.key_pair_token"
"""The module for key pairs, imported only for a source that needs it: it brings the cryptography library into a package for Lambda."""


@record
class DescribedWebToken(SharedKeyToken):
    """The scheme before its options are known."""

    @property
    def options(self) -> frozenset[str]:
        """All its options."""
        return _OPTIONS

    def configured(self, options: Mapping[str, object]) -> Scheme:
        """The scheme that the options describe. Raises OptionError."""
        algorithms = _algorithms(options)
        place = place_of(options, usual=BEARER)
        body_hash = _body_hash(options)
        described: dict[str, Any] = {
            "algorithms": algorithms,
            "place": place,
            "issuers": _texts(options, "issuer"),
            "audiences": _texts(options, "audience"),
            **_times(options, is_of_body=body_hash is not None),
            "tolerance": tolerance_of(options, DEFAULT_SKEW),
            "body_hash": body_hash,
            "claims": _claims(options),
        }
        if body_hash is not None and place.body:
            raise OptionError(
                "body_hash", "cannot be checked: the token is in the body, so it cannot contain the digest of that body"
            )
        url = keys_url_of(options)
        if algorithms[0] in KEYED:
            if url is not None:
                raise OptionError(
                    "keys_url", f"has public keys, but {algorithms[0]} needs a secret that only the sender has"
                )
            encoding = choice_of(options, "key_encoding", "utf8", SECRET_ENCODINGS)
            return at_its_place(SharedKeyToken, place)(**described, key_encoding=encoding)
        if "key_encoding" in options:
            raise OptionError("key_encoding", f"is for shared keys, but {algorithms[0]} has a public key")
        return _of_key_pair(described, url)


def _of_key_pair(described: dict[str, Any], url: str | None) -> WebToken:
    """The scheme for a sender that has a private key."""
    module: Any = import_module(_KEY_PAIRS)
    module.check_installed()
    if url is None:
        scheme: WebToken = at_its_place(module.KeyPairToken, described["place"])(**described)
        return scheme
    if not (described["audiences"] or described["claims"] or described["body_hash"]):
        raise OptionError(
            "audience",
            "must be written, or claims or body_hash: the owner of these keys signs tokens for others too, which "
            "would all be accepted",
        )
    fetched: WebToken = at_its_place(module.FetchedKeyToken, described["place"])(**described, owner="jwt", url=url)
    return fetched


def _algorithms(options: Mapping[str, object]) -> tuple[str, ...]:
    value = options.get("algorithms")
    known = (*KEYED, *_PAIRED)
    if not isinstance(value, list) or not value:
        raise OptionError("algorithms", f'must be a list such as ["RS256"]; known are {", ".join(known)}')
    for one in value:
        if one not in known:
            why = ": an unsigned token proves nothing" if str(one).lower() == "none" else ""
            raise OptionError("algorithms", f"may contain {', '.join(known)}, but not {one!r}{why}")
    shared = [one in KEYED for one in value]
    if any(shared) and not all(shared):
        raise OptionError(
            "algorithms",
            "has an algorithm with a shared key and one with a key pair: a public key, which anyone may have, "
            "could be used as a shared key",
        )
    return tuple(dict.fromkeys(value))


def _texts(options: Mapping[str, object], option: str) -> tuple[str, ...]:
    """A text, or a list of texts."""
    value = options.get(option)
    listed = value if isinstance(value, list) else [] if value is None else [value]
    if (value is not None and not listed) or not all(isinstance(one, str) and one for one in listed):
        raise OptionError(option, "must be a text, or a list of texts")
    return tuple(listed)


def _times(options: Mapping[str, object], *, is_of_body: bool) -> dict[str, object]:
    """How long a token may be valid; tokens without a time are possible only if they contain a digest of the body."""
    value = options.get("max_lifetime", DEFAULT_LIFETIME)
    if value == "none":
        if not is_of_body:
            raise OptionError(
                "max_lifetime", 'may be "none" only with body_hash: a token without an end would be valid for any body'
            )
        return {"signs_time": False}
    if not isinstance(value, timedelta) or value <= timedelta(0):
        raise OptionError("max_lifetime", 'must be a duration above zero, or "none"')
    return {"max_lifetime": value}


def _body_hash(options: Mapping[str, object]) -> BodyHash | None:
    value = options.get("body_hash")
    if value is None:
        return None
    if not isinstance(value, dict) or not isinstance(value.get("claim"), str) or not value["claim"]:
        raise OptionError("body_hash", 'must be a table that names a claim, such as { claim = "request_body_sha256" }')
    if unknown := sorted(value.keys() - {"claim", "algorithm", "encoding"}):
        raise OptionError("body_hash", f"has only claim, algorithm and encoding, not {unknown[0]}")
    algorithm, encoding = value.get("algorithm", "sha256"), value.get("encoding", "hex")
    if algorithm not in _HASHES or encoding not in ENCODINGS:
        raise OptionError(
            "body_hash",
            f"may have one of the algorithms {', '.join(_HASHES)} and one of the encodings {', '.join(ENCODINGS)}",
        )
    return BodyHash(claim=value["claim"], algorithm=algorithm, encoding=encoding)


def _claims(options: Mapping[str, object]) -> Mapping[str, object]:
    value = options.get("claims", {})
    if not isinstance(value, dict) or not all(isinstance(one, str | int) for one in value.values()):
        raise OptionError(
            "claims", 'must be a table of texts, whole numbers and switches, such as { email = "a@example.com" }'
        )
    for name, one in value.items():
        if name in _OWN_CLAIMS:
            raise OptionError("claims", f"{name} has its own option: {_OWN_CLAIMS[name]}")
        if isinstance(one, int) and not _LEAST <= one <= _MOST:
            raise OptionError("claims", f"{name} is a number of more than 64 bits, which hookline cannot compare")
    return MappingProxyType(dict(value))


PROVIDER = Provider(
    name="jwt",
    title="Any sender that signs a JSON web token",
    signed_with="the key that only both sides know, or the sender's public key",
    scheme=DescribedWebToken(algorithms=("HS256",)),
    proves=Proves.SENDER,
    covers="the token, for some time; with `body_hash` the whole body",
    on_conflict=OnConflict.REJECT,
    evidence=Evidence.VECTOR,
)
