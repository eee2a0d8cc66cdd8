"""The scheme: another sender's, another source's, or the right one with a wrong option."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from hookline.domain.request import Headers
from hookline.pipeline.doctor.case import Trial
from hookline.pipeline.proposals import propose
from hookline.pipeline.proposals.changes import changed_options
from hookline.pipeline.proposals.senders import forms_of, likeness, named_senders
from hookline.providers import GENERAL, PROVIDERS
from hookline.providers.provider import Evidence

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from hookline.domain.request import Request
    from hookline.pipeline.doctor.case import Case
    from hookline.pipeline.proposals import Proposal
    from hookline.providers.scheme import Scheme

__all__ = [
    "another_scheme",
    "another_source",
    "header_renamed",
    "senders_by_headers",
    "signed_otherwise",
    "wrong_option",
]

_ANY_URL = "https://example.com/webhook"
_SOME_TIME = datetime(2026, 1, 1, tzinfo=UTC)
_COMMON = frozenset({"authorization", "content-type"})
_MOST_HEADERS = 200
_EVIDENCE = list(Evidence)  # in order, the best evidence first


def another_source(case: Case) -> Iterator[Trial]:
    """Trials with every other source of the project: its scheme and its secrets."""
    for neighbour in case.neighbours:
        if neighbour.secrets:
            yield Trial(
                what=f"This is a request for the source {neighbour.name}: it matches its scheme and its secret {{secret}}.",
                fix=f"Have the sender post to {neighbour.path} instead of {case.source.path}.",
                scheme=neighbour.scheme,
                secrets=neighbour.secrets,
            )


def another_scheme(case: Case) -> Iterator[Trial]:
    """Every scheme of the catalogue, with all secrets of the project; first senders whose other headers are present, then the best known.

    Several senders sign in the same way. The other headers of the call show which of them it was.
    """
    secrets = (*case.secrets, *(secret for neighbour in case.neighbours for secret in neighbour.secrets))
    url = getattr(case.scheme, "public_url", "") or case.called or _ANY_URL
    named = sorted(
        named_senders(), key=lambda name: (-likeness(name, case.request), _EVIDENCE.index(PROVIDERS[name].evidence))
    )
    for name in (*GENERAL, *named):
        for options, scheme in forms_of(name, url):
            if scheme != case.scheme:
                written = "".join(f', {option} = "{value}"' for option, value in options.items())
                yield Trial(
                    what=f'The signature belongs to the scheme "{name}", and the source says "{case.source.scheme}".',
                    fix=f'Write verify = {{ scheme = "{name}"{written}, secrets = ["{{secret}}"] }} under [sources.{case.source.name}].',
                    scheme=scheme,
                    secrets=secrets,
                )


def header_renamed(case: Case) -> Iterator[Trial]:
    """Every received header, under each name that the scheme reads and that is missing."""
    fields = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in case.request.headers.items()]
    for wanted in _headers_of(case.scheme):
        if case.request.headers.get(wanted) is None:
            for name, value in fields[:_MOST_HEADERS]:
                came = name.decode("latin-1")
                yield Trial(
                    what=f"The value for the header {wanted}, which the scheme reads, arrived in the header {came}.",
                    fix=f"Make sure that no proxy renames headers, or read {came} (`header` of the scheme hmac).",
                    request=_with_headers(case.request, [*fields, (wanted.encode(), value)]),
                )


def wrong_option(case: Case) -> Iterator[Trial]:
    """Every other way of hashing and encoding that the options of the source's scheme can express, if it is a general scheme."""
    if case.source.scheme not in GENERAL:
        return
    for one in _proposed(case, [case.source.scheme]):
        written = changed_options(case.scheme, one, case.request, case.secrets)
        if written:
            yield Trial(
                what=f"The sender signs or encodes differently from the options: {written} matches.",
                fix=f"Write {written} in verify under [sources.{case.source.name}].",
                request=replace(case.request, received_at=one.moment),
                scheme=one.verifier,
                as_written=True,
            )


def signed_otherwise(case: Case) -> Iterator[Trial]:
    """Every way of signing that options can express, with the secrets of the source."""
    for one in _proposed(case, [name for name in GENERAL if name != case.source.scheme]):
        warning = f" It is weak: {one.weakness}." if one.weakness else ""
        yield Trial(
            what=f'The sender signs with {one.secret}, in another way than the scheme "{case.source.scheme}".{warning}',
            fix=f"Write {one.verify_line} under [sources.{case.source.name}], or see `hookline sources try`.",
            request=replace(case.request, received_at=one.moment),
            scheme=one.verifier,
            as_written=True,
        )


def _proposed(case: Case, schemes: Sequence[str]) -> Sequence[Proposal]:
    url = getattr(case.scheme, "public_url", "") or case.called
    return propose(case.request, case.secrets, url=url or None, name=case.source.name, named=(), schemes=schemes).found


def senders_by_headers(request: Request, scheme: str) -> tuple[str, ...]:
    """The schemes other than ``scheme`` of which all headers are present; those with the most headers."""
    came = {name for name, _ in request.headers.items()}
    found = {
        name: len(headers)
        for name in (*GENERAL, *PROVIDERS)
        if name not in (scheme, "none", "hmac") and (headers := _headers_of_provider(name)) and headers <= came
    }
    most = max(found.values(), default=0)
    return tuple(name for name, count in found.items() if count == most)


@lru_cache(maxsize=256)
def _headers_of_provider(name: str) -> frozenset[str]:
    schemes = [scheme for _, scheme in forms_of(name, _ANY_URL)]
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
