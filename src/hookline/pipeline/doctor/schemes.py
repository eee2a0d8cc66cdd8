"""The scheme: another sender's, another source's, or the right one with a wrong option."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache
from itertools import product
from typing import TYPE_CHECKING, Final

from hookline.domain.request import Headers
from hookline.pipeline.doctor.case import Trial
from hookline.providers import GENERAL, PROVIDERS
from hookline.providers.general.hmac import KeyedHash
from hookline.providers.primitives import ENCODINGS
from hookline.providers.provider import Proves
from hookline.providers.scheme import OptionError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from hookline.domain.request import Request
    from hookline.pipeline.doctor.case import Case
    from hookline.providers.scheme import Scheme

__all__ = ["another_scheme", "another_source", "header_renamed", "senders_by_headers", "wrong_option"]

_OWN_OPTIONS: Final[Mapping[str, Sequence[Mapping[str, object]]]] = {
    "gitlab": ({"form": "signature"},),
    "hubspot": ({"version": "v1"}, {"version": "v2"}),
}
"""What a provider's other forms are called."""

_ANY_URL = "https://example.com/webhook"
_SOME_TIME = datetime(2026, 1, 1, tzinfo=UTC)
_COMMON = frozenset({"authorization", "content-type"})
_ALGORITHMS = ("sha256", "sha1", "sha512")
_TEMPLATES = (
    "{timestamp}.{body}",
    "{timestamp}{body}",
    "{timestamp}:{body}",
    "v0:{timestamp}:{body}",
    "{body}{timestamp}",
    "{body}.{timestamp}",
    "{timestamp}\n{body}",
    "{body}",
)
_PREFIX = re.compile(r"\s*([A-Za-z0-9_-]{1,16}[=: ])[A-Za-z0-9+/_-]{16}")
_MOST_HEADERS = 200


def another_source(case: Case) -> Iterator[Trial]:
    """Every other source of the project, by its own scheme and secrets."""
    for neighbour in case.neighbours:
        if neighbour.secrets:
            yield Trial(
                what=f"This is a request for the source {neighbour.name}: it fits its scheme and its secret {{secret}}.",
                fix=f"Let the sender post to {neighbour.path} instead of {case.source.path}.",
                scheme=neighbour.scheme,
                secrets=neighbour.secrets,
            )


def another_scheme(case: Case) -> Iterator[Trial]:
    """Every scheme of the catalogue, with all secrets of the project."""
    secrets = (*case.secrets, *(secret for neighbour in case.neighbours for secret in neighbour.secrets))
    url = getattr(case.scheme, "public_url", "") or case.called or _ANY_URL
    for name in (*GENERAL, *PROVIDERS):
        for options, scheme in _built(name, url):
            if scheme != case.scheme:
                written = "".join(f', {option} = "{value}"' for option, value in options.items())
                yield Trial(
                    what=f'The signature is that of the scheme "{name}", and the source says "{case.source.scheme}".',
                    fix=f'Write verify = {{ scheme = "{name}"{written}, secrets = ["{{secret}}"] }} under [sources.{case.source.name}].',
                    scheme=scheme,
                    secrets=secrets,
                )


def header_renamed(case: Case) -> Iterator[Trial]:
    """Every header that came, under each name that the scheme reads and that did not come."""
    fields = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in case.request.headers.items()]
    for wanted in _headers_of(case.scheme):
        if case.request.headers.get(wanted) is None:
            for name, value in fields[:_MOST_HEADERS]:
                came = name.decode("latin-1")
                yield Trial(
                    what=f"What the scheme reads from the header {wanted} came in the header {came}.",
                    fix=f"Let nothing rename headers on the way, or read {came} (`header` of the scheme hmac).",
                    request=_with_headers(case.request, [*fields, (wanted.encode(), value)]),
                )


def wrong_option(case: Case) -> Iterator[Trial]:
    """Every other way to hash and to write, where the source itself says how (the scheme hmac)."""
    scheme = case.scheme
    if case.source.scheme != "hmac" or not isinstance(scheme, KeyedHash):
        return
    templates = [scheme.template, *_TEMPLATES] if scheme.signs_time else [scheme.template]
    choices = product(dict.fromkeys(templates), _ALGORITHMS, ENCODINGS, _prefixes(case, scheme))
    now = {"template": scheme.template, "algorithm": scheme.algorithm, "encoding": scheme.encoding}
    for template, algorithm, encoding, prefix in choices:
        options = {"template": template, "algorithm": algorithm, "encoding": encoding, "prefix": prefix}
        changed = {key: value for key, value in options.items() if (now | {"prefix": scheme.prefixes[0]})[key] != value}
        if changed:
            written = ", ".join(f"{key} = {_quoted(value)}" for key, value in changed.items())
            yield Trial(
                what=f"The sender signs or writes in another way than the options say: {written} fits.",
                fix=f"Write {written} in verify under [sources.{case.source.name}].",
                scheme=replace(scheme, template=template, algorithm=algorithm, encoding=encoding, prefixes=(prefix,)),
            )


def senders_by_headers(request: Request, scheme: str) -> tuple[str, ...]:
    """The schemes but ``scheme`` whose headers came, all of them; those with the most headers."""
    came = {name for name, _ in request.headers.items()}
    found = {
        name: len(headers)
        for name in (*GENERAL, *PROVIDERS)
        if name not in (scheme, "none", "hmac") and (headers := _headers_of_provider(name)) and headers <= came
    }
    most = max(found.values(), default=0)
    return tuple(name for name, count in found.items() if count == most)


def _prefixes(case: Case, scheme: KeyedHash) -> Sequence[str]:
    found = _PREFIX.match(case.request.headers.get(scheme.header) or "")
    return tuple(dict.fromkeys((*scheme.prefixes, "", *([found[1]] if found else []))))


def _quoted(text: str) -> str:
    return '"' + text.replace("\n", "\\n") + '"'


def _built(name: str, url: str) -> Iterator[tuple[Mapping[str, object], Scheme]]:
    """The scheme in each of its forms, unless it needs more than is known here."""
    provider = PROVIDERS[name]
    if provider.proves is Proves.NOTHING:
        return
    for options in ({}, *_OWN_OPTIONS.get(name, ())):
        try:
            yield options, provider.build({**options, **({"public_url": url} if provider.needs_url else {})})
        except OptionError:
            continue


@lru_cache(maxsize=256)
def _headers_of_provider(name: str) -> frozenset[str]:
    schemes = [scheme for _, scheme in _built(name, _ANY_URL)]
    return frozenset(_headers_of(schemes[0])) - _COMMON if schemes else frozenset()


def _headers_of(scheme: Scheme) -> Sequence[str]:
    """The names of the headers that this scheme's sender writes, in lower case."""
    try:
        signed = scheme.sign(b"{}", secret=b"0123456789abcdef", delivery_id="any", at=_SOME_TIME)
    except Exception:  # noqa: BLE001 -- a scheme that signs with a key of another kind gives no names
        return ()
    return [name.lower() for name in signed]


def _with_headers(request: Request, fields: Sequence[tuple[bytes, bytes]]) -> Request:
    return replace(request, headers=Headers(fields))
