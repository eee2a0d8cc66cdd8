"""Reading the options that describe a signed text: every mistake is an OptionError with the option's name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, TypedDict

from hookline.providers.general.signed_text import NUMBER
from hookline.providers.general.template import BODIES, PLACEHOLDER, headers_of, is_known
from hookline.providers.primitives import ENCODINGS, TIMES
from hookline.providers.scheme import OptionError, choice_of, tolerance_of, url_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import timedelta

__all__ = ["SIGNED_TEXT_OPTIONS", "header_names", "signed_text", "text_of"]

SIGNED_TEXT_OPTIONS: Final = frozenset(
    {
        "encoding",
        "fields",
        "header",
        "id_header",
        "prefix",
        "separator",
        "template",
        "timestamp_body",
        "timestamp_format",
        "timestamp_header",
        "tolerance",
    }
)
"""The options of every scheme whose signature is in a header."""

_TOKEN: Final = frozenset(
    "!#$%&'*+.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-"
)  # RFC 9110 section 5.6.2
_PATH: Final = r"[^.\s{}]+(?:\.[^.\s{}]+)*"  # compiled only for a source that uses it
_FIELDS: Final = frozenset({"signature", "timestamp"})
_FIELD_NAME: Final = r"[^\s=,;\"]+"
_MOST_PLACES: Final = 16
_MOST_HEADERS: Final = 8
_MOST_PREFIXES: Final = 8
_LONGEST_SEPARATOR: Final = 3


class Described(TypedDict):
    """The options as fields of ``SignedText``."""

    headers: tuple[str, ...]
    encoding: str
    prefixes: tuple[str, ...]
    separator: str
    signature_field: str | int
    timestamp_header: str
    timestamp_field: str | int
    timestamp_body: str
    timestamp_format: str
    tolerance: timedelta
    id_header: str
    template: str
    public_url: str


def signed_text(options: Mapping[str, object], *, holds_secret: bool = False) -> Described:
    """The fields of a ``SignedText`` from the options; ``holds_secret`` if the secret is a part of the text."""
    headers = header_names(options)
    signature_field, timestamp_field = _fields(options)
    timestamp_header = _header(options, "timestamp_header", headers)
    timestamp_body = _path(options, "timestamp_body")
    places = {
        "timestamp_header": timestamp_header,
        "fields": timestamp_field,
        "timestamp_body": timestamp_body,
    }
    written = [name for name, value in places.items() if value]
    if len(written) > 1:
        raise OptionError(written[-1], f"names a second place of the time, in addition to {written[0]}")
    if not written and "timestamp_format" in options:
        raise OptionError(
            "timestamp_format",
            "the place of the time is missing: write timestamp_header, timestamp_body or fields.timestamp",
        )
    if timestamp_field and options.get("timestamp_format") == "http-date":
        raise OptionError(
            "timestamp_format", "cannot be http-date in a field: such a date contains the comma that separates fields"
        )
    id_header = _header(options, "id_header", headers)
    separator = _separator(options)
    template = _template(
        options,
        written[0] if written else "",
        [*headers, timestamp_header, id_header],
        has_id=bool(id_header),
        holds_secret=holds_secret,
    )
    return Described(
        headers=headers,
        encoding=choice_of(options, "encoding", "hex", ENCODINGS),
        prefixes=_prefixes(options, separator),
        separator=separator,
        signature_field=signature_field,
        timestamp_header=timestamp_header,
        timestamp_field=timestamp_field,
        timestamp_body=timestamp_body,
        timestamp_format=choice_of(options, "timestamp_format", "seconds", TIMES),
        tolerance=tolerance_of(options),
        id_header=id_header,
        template=template,
        public_url=url_of(options) if "{url}" in template or "{path}" in template else "",
    )


def text_of(options: Mapping[str, object], option: str, default: str) -> str:
    """The option, which must be printable ASCII text or a line break; raises OptionError."""
    value = options.get(option, default)
    if not isinstance(value, str) or not (value.isascii() and value.replace("\n", "").isprintable()):
        raise OptionError(option, "must be printable ASCII text")
    return value


def header_names(options: Mapping[str, object]) -> tuple[str, ...]:
    """The headers of the signature: the option ``header``, one name or several."""
    value = options.get("header")
    if value is None:
        raise OptionError("header", "must name the header that carries the signature")
    names = value if isinstance(value, list | tuple) and value else [value]
    if len(names) > _MOST_HEADERS:
        raise OptionError("header", f"has {len(names)} headers, but at most {_MOST_HEADERS} are possible")
    for name in names:
        if not isinstance(name, str) or not _is_header_name(name.replace(NUMBER, "1", 1)):
            raise OptionError("header", "must be a header's name, or a list of such names")
    if len({str(name).lower() for name in names}) < len(names):
        raise OptionError("header", "names one header twice")
    return tuple(names)


def _is_header_name(name: str) -> bool:
    return bool(name) and _TOKEN.issuperset(name)


def _header(options: Mapping[str, object], option: str, others: tuple[str, ...]) -> str:
    value = options.get(option, "")
    if value == "" and option not in options:
        return ""
    if not isinstance(value, str) or not _is_header_name(value):
        raise OptionError(option, "must be a header's name")
    if value.lower() in [name.lower() for name in others]:
        raise OptionError(option, "must be another header than the signature's")
    return value


def _path(options: Mapping[str, object], option: str) -> str:
    value = options.get(option)
    if value is None:
        return ""
    if not isinstance(value, str) or not re.fullmatch(_PATH, value):
        raise OptionError(
            option, 'must be the name of a member of the JSON body, or several joined by dots: "meta.time"'
        )
    return value


def _fields(options: Mapping[str, object]) -> tuple[str | int, str | int]:
    """The signature's field and the time's: both names, or both positions; empty where the header has signatures and no fields."""
    value = options.get("fields")
    if value is None:
        return "", ""
    if not isinstance(value, dict) or "signature" not in value or not value.keys() <= _FIELDS:
        raise OptionError("fields", 'must be a table such as { timestamp = "t", signature = "v1" }')
    signature, timestamp = value["signature"], value.get("timestamp", "")
    if all(type(place) is int and 1 <= place <= _MOST_PLACES for place in value.values()):
        if signature == timestamp:
            raise OptionError("fields", "has the time and the signature at the same position")
        return signature, timestamp
    for name in value.values():
        if not isinstance(name, str) or not name.isascii() or not re.fullmatch(_FIELD_NAME, name):
            raise OptionError("fields", f"must contain names of fields, or positions from 1 to {_MOST_PLACES}")
    if signature == timestamp:
        raise OptionError("fields", "has the time and the signature under the same name")
    return signature, timestamp


def _separator(options: Mapping[str, object]) -> str:
    separator = text_of(options, "separator", ",")
    if not 1 <= len(separator) <= _LONGEST_SEPARATOR or separator.isalnum():
        raise OptionError("separator", f"must be 1 to {_LONGEST_SEPARATOR} characters other than letters and digits")
    if "=" in separator and "fields" in options:
        raise OptionError("separator", "must not contain the = between the name of a field and its value")
    return separator


def _prefixes(options: Mapping[str, object], separator: str) -> tuple[str, ...]:
    """The texts that may precede a signature, the longest first, so that the empty one comes last."""
    value = options.get("prefix", "")
    listed = value if isinstance(value, list | tuple) and value else [value]
    if len(listed) > _MOST_PREFIXES:
        raise OptionError("prefix", f"has {len(listed)} texts, but at most {_MOST_PREFIXES} are possible")
    prefixes = [text_of({"prefix": one}, "prefix", "") for one in listed]
    if any(prefix.startswith(" ") for prefix in prefixes):
        raise OptionError("prefix", "must not begin with a space, or no signature could match")
    is_parted = any("," in prefix or separator in prefix for prefix in prefixes)
    if is_parted and len(prefixes) > 1:
        raise OptionError("prefix", "with a comma or the separator in it must be the only one")
    if is_parted and "fields" in options:
        raise OptionError("prefix", "must not contain a comma or the separator if the header has fields")
    return tuple(sorted(prefixes, key=len, reverse=True))


def _template(
    options: Mapping[str, object], time: str, taken: Sequence[str], *, has_id: bool, holds_secret: bool
) -> str:
    signs_time = bool(time) and time != "timestamp_body"
    parts = ["{id}"] * has_id + ["{timestamp}"] * signs_time
    default = "{secret}{body}" if holds_secret else ".".join([*parts, "{body}"])
    template = text_of(options, "template", default)
    names = PLACEHOLDER.findall(template)
    if unknown := [name for name in names if not is_known(name)]:
        raise OptionError("template", f"has no placeholder {{{unknown[0]}}}")
    if not BODIES.intersection(names):
        raise OptionError(
            "template",
            "must contain {body}, {form} or a digest such as {body_sha256}, or no part of the body is proved",
        )
    if names.count("body") > 1:
        raise OptionError("template", "must contain {body} only once")
    _check_headers(template, taken)
    _check_times(names, time)
    _check_pairs(names, {"id": has_id, "secret": holds_secret})
    return template


def _check_headers(template: str, taken: Sequence[str]) -> None:
    """Complain of an invalid header name, and of a header that another option names: it would be signed twice, or not exist yet."""
    named = frozenset(name.lower() for name in taken)
    for name in headers_of(template):
        if not _is_header_name(name):
            raise OptionError("template", f"has {{header:{name}}}, which is not the name of a header")
        if named.intersection([name.lower()]):
            raise OptionError(
                "template", f"has {{header:{name}}}, which another option names: write {{timestamp}} or {{id}} instead"
            )


def _check_times(names: list[str], time: str) -> None:
    if time and "timestamp" not in names and time != "timestamp_body":
        raise OptionError("template", "must contain {timestamp}, or the timestamp proves nothing")
    if not time and "timestamp" in names:
        raise OptionError(
            "template",
            "contains {timestamp}, so timestamp_header, timestamp_body or fields.timestamp must say where it is",
        )


_WHY: Final = {
    "id": ("contains {id}, so id_header must say where it is", "must contain {id}, or the id proves nothing"),
    "secret": (
        'contains {secret}, which is only for a plain digest (algorithm = "sha256-plain")',
        "must contain {secret}: a plain digest without it can be made by anyone",
    ),
}


def _check_pairs(names: list[str], wanted: Mapping[str, bool]) -> None:
    """Complain of a placeholder without a value, and of one that is missing."""
    for name, is_wanted in wanted.items():
        if bool(names.count(name)) is not is_wanted:
            raise OptionError("template", _WHY[name][is_wanted])
