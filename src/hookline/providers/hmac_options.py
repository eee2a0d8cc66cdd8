"""``hmac``: the scheme that most senders use in their own spelling, described by options instead of code.

``{ scheme = "hmac", secrets = […], header = "X-Signature", algorithm = "sha256", encoding = "hex", prefix = "sha256=",
timestamp_header = "X-Timestamp", template = "{timestamp}.{body}" }``
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hookline.domain.source import OnConflict
from hookline.providers.keyed_hash import SECRET_ENCODINGS, KeyedHash
from hookline.providers.primitives import ENCODINGS
from hookline.providers.provider import Evidence, Provider
from hookline.providers.scheme import OptionError, choice_of, tolerance_of

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["PROVIDER", "DescribedHash"]

_ALGORITHMS = ("sha1", "sha256", "sha512")
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")  # RFC 9110 section 5.6.2, token
_OPTIONS = frozenset(
    {
        "algorithm",
        "encoding",
        "header",
        "prefix",
        "secret_encoding",
        "template",
        "timestamp_header",
        "tolerance",
    }
)
_PLACEHOLDER = re.compile(r"\{(.*?)\}")


def _text(options: Mapping[str, object], option: str, default: str) -> str:
    value = options.get(option, default)
    if not isinstance(value, str) or not value.isascii() or not value.isprintable():
        raise OptionError(option, "must be printable ASCII text")
    return value


def _prefix(options: Mapping[str, object]) -> str:
    prefix = _text(options, "prefix", "")
    if "," in prefix or prefix.startswith(" "):
        raise OptionError("prefix", "must neither hold a comma nor begin with a space, or no signature could fit")
    return prefix


def _header(options: Mapping[str, object], option: str) -> str | None:
    value = options.get(option)
    if value is None:
        return None
    if not isinstance(value, str) or not _HEADER_NAME.fullmatch(value):
        raise OptionError(option, "must be a header's name")
    return value


def _template(options: Mapping[str, object], *, has_timestamp: bool) -> str:
    default = "{timestamp}.{body}" if has_timestamp else "{body}"
    template = _text(options, "template", default)
    names = _PLACEHOLDER.findall(template)
    if unknown := [name for name in names if name not in ("timestamp", "body")]:
        raise OptionError("template", f"knows {{timestamp}} and {{body}}, not {{{unknown[0]}}}")
    if names.count("body") != 1:
        raise OptionError("template", "must hold {body} exactly once")
    if ("timestamp" in names) != has_timestamp:
        raise OptionError(
            "template",
            "must hold {timestamp}, or the timestamp proves nothing"
            if has_timestamp
            else "holds {timestamp}, so timestamp_header must say where it is",
        )
    return template


class DescribedHash(KeyedHash):
    """A keyed hash before its options are known."""

    __slots__ = ()

    @property
    def options(self) -> frozenset[str]:
        """All that describe it."""
        return _OPTIONS

    def configured(self, options: Mapping[str, object]) -> KeyedHash:
        """The keyed hash that the options describe. Raises OptionError."""
        header = _header(options, "header")
        if header is None:
            raise OptionError("header", "must name the header that carries the signature")
        timestamp_header = _header(options, "timestamp_header")
        if timestamp_header is not None and timestamp_header.lower() == header.lower():
            raise OptionError("timestamp_header", "must be another header than the signature's")
        return KeyedHash(
            header=header,
            algorithm=choice_of(options, "algorithm", "sha256", _ALGORITHMS),
            encoding=choice_of(options, "encoding", "hex", ENCODINGS),
            prefix=_prefix(options),
            secret_encoding=choice_of(options, "secret_encoding", "utf8", SECRET_ENCODINGS),
            timestamp_header=timestamp_header or "",
            template=_template(options, has_timestamp=timestamp_header is not None),
            tolerance=tolerance_of(options),
        )


PROVIDER = Provider(
    name="hmac",
    title="Any sender with a keyed hash",
    signed_with="whatever the sender signs with",
    on_conflict=OnConflict.REJECT,
    evidence=Evidence.VECTOR,
    scheme=DescribedHash(header=""),
)
