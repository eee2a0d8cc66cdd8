"""A proposal: a source that verifies the request, what its scheme leaves unsigned, and how strong it is."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hookline.config import parse
from hookline.config.provider_page import overheard_words, signed_words, window_words
from hookline.config.toml_text import toml_lines
from hookline.errors import ConfigError, Rejected, UnavailableError
from hookline.pipeline.proposals.names import expressions_of
from hookline.pipeline.proposals.sightings import headers_of, written_name
from hookline.pipeline.scheme_notes import weakness_of
from hookline.providers import GENERAL, PROVIDERS
from hookline.providers.coverage import IdPlace, exposure_of, id_places, settled, window_of
from hookline.providers.general.signed_text import SignedText
from hookline.providers.provider import FORM, Proves
from hookline.providers.scheme import OptionError
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from hookline.domain.event import Json
    from hookline.domain.request import Request
    from hookline.domain.secret import Secret
    from hookline.providers.provider import Provider
    from hookline.providers.scheme import Scheme

__all__ = ["Call", "Candidate", "Proposal", "proposal_of"]

_QUEUES: Final = "\n[queues.all]\n"
_STRENGTHS: Final = ("ed25519", "rsa-pss", "ecdsa", "rsa", "sha512", "sha384", "sha256", "sha1", "md5")
_PROVED: Final = {Proves.BODY: 0, Proves.CHECKSUM: 1, Proves.FIELDS: 1}
_NO_BODY: Final = "no part of the body is signed"
_FORM_TYPE: Final = min(FORM)


@record
class Call:
    """The request for which sources are proposed, at the public ``url`` if that is known, and the name for the sources."""

    request: Request
    url: str | None
    name: str
    members: Mapping[str, Json]

    @property
    def is_form(self) -> bool:
        """Whether the body came as a form."""
        return (self.request.headers.get("content-type") or "").lower().startswith(_FORM_TYPE)


@record
class Candidate:
    """A scheme with its options, as ``verify`` has them, that may explain the request as of ``moment``."""

    scheme: str
    options: Mapping[str, object]
    secret: Secret
    moment: datetime
    likeness: int = 0
    notes: Sequence[str] = ()


@record
class Proposal:
    """One proposed source. ``block`` is its text for hookline.toml; ``same`` names other senders with the same signatures.

    ``unsigned`` are the parts of the call that can be changed without detection, ``overheard`` what an attacker can do with them,
    ``verifies_for`` for how long. ``moment`` is when the request was signed, as it states itself. ``weakness`` is why the scheme is weak;
    empty if it is not. ``notes`` are facts that one request does not show.
    """

    scheme: str
    options: Mapping[str, object]
    secret: str
    verifier: Scheme
    block: str
    proves: str
    moment: datetime
    unsigned: Sequence[str]
    overheard: str
    verifies_for: str
    weakness: str
    notes: Sequence[str]
    rank: tuple[int, ...]
    same: Sequence[str] = ()

    @property
    def verify_line(self) -> str:
        """``verify`` in one line."""
        return toml_lines({"verify": _verify(self.scheme, self.options, self.secret)}).rstrip("\n")


def proposal_of(call: Call, candidate: Candidate) -> Proposal | None:
    """The proposal for the candidate, if its own scheme verifies the request and its source can be loaded; else None."""
    provider = PROVIDERS[candidate.scheme]
    asked = {**candidate.options, **({"public_url": call.url} if call.url else {})}
    try:
        scheme = provider.build(asked)
    except OptionError:
        return None
    at = replace(call.request, received_at=candidate.moment)
    if not _verifies(scheme, at, candidate.secret):
        return None
    entry = settled(provider, scheme)
    if entry.proves is not provider.proves:
        entry = replace(entry, covers="")
    proves_body = not any(_verifies(scheme, changed, candidate.secret) for changed in _other_bodies(at))
    if entry.proves is Proves.BODY and not proves_body:
        return None
    source = _source(call, candidate, entry, scheme)
    block = _block(call, candidate, entry, source)
    with suppress(ConfigError):
        parse(block + _QUEUES, base=Path())
        id_ = source.get("id")
        return _judged(candidate, scheme, replace(entry, find_id=id_) if isinstance(id_, str) else entry, at, block)
    return None


def _judged(candidate: Candidate, scheme: Scheme, provider: Provider, at: Request, block: str) -> Proposal:
    places = id_places(provider, scheme, None if provider.carries_id else provider.find_id)
    exposure = exposure_of(provider, scheme)
    weak = [weakness_of(scheme), _NO_BODY if provider.proves is Proves.SENDER else None]
    complaint = scheme.secret_complaint(candidate.secret.value) if provider.needs_secret else None
    weak.append(f"the secret {candidate.secret.name} {complaint}" if complaint else None)
    weakness = "; ".join(why for why in weak if why)
    needs_url = _needs_url(provider, scheme)
    signed = signed_words(provider, scheme)
    rank = (
        bool(weakness),
        _PROVED.get(provider.proves, 2),
        -candidate.likeness,
        exposure.window is None,
        IdPlace.HEADER in places or not places,
        not needs_url,
        _is_described(candidate) == (provider.proves is not Proves.SENDER),
        _strength(scheme),
        len(candidate.options),
    )
    unsigned = list(_unsigned(candidate, scheme, provider, at))
    return Proposal(
        scheme=candidate.scheme,
        options=candidate.options,
        secret=candidate.secret.name,
        verifier=scheme,
        block=block,
        proves=f"{signed}, the URL" if needs_url and not provider.needs_url else signed.partition(";")[0],
        moment=candidate.moment,
        unsigned=unsigned,
        overheard=overheard_words(provider, exposure),
        verifies_for=window_words(exposure),
        weakness=weakness,
        notes=candidate.notes,
        rank=tuple(map(int, rank)),
    )


def _is_described(candidate: Candidate) -> bool:
    """Whether only the user's own options describe it, without a sender's name."""
    return candidate.scheme in GENERAL and candidate.scheme != "standard-webhooks"


def _strength(scheme: Scheme) -> int:
    algorithm = str(getattr(scheme, "algorithm", "sha256"))
    return next((place for place, name in enumerate(_STRENGTHS) if algorithm.startswith(name)), len(_STRENGTHS))


def _verifies(scheme: Scheme, request: Request, secret: Secret) -> bool:
    try:
        scheme.verify(request, [secret])
    except (Rejected, UnavailableError):
        return False
    except Exception:  # noqa: BLE001 -- if a scheme fails on a strange request, others must still be tried
        return False
    return True


def _other_bodies(request: Request) -> Iterator[Request]:
    """The request with one byte of its body changed, in the middle and at the end; with one byte added if the body is empty."""
    body = request.body
    if not body:
        yield replace(request, body=b"0")
    for place in sorted({len(body) // 2, len(body) - 1} if body else ()):
        changed = b"1" if body[place : place + 1] == b"0" else b"0"
        yield replace(request, body=body[:place] + changed + body[place + 1 :])


def _unsigned(candidate: Candidate, scheme: Scheme, provider: Provider, at: Request) -> Iterator[str]:
    """The parts of the call that can be changed: the scheme is tried on each."""

    def fits(changed: Request) -> bool:
        return _verifies(scheme, changed, candidate.secret)

    if provider.proves is not Proves.BODY:
        yield (
            "the body"
            if provider.proves is Proves.SENDER
            else f"the body, except for {provider.covers or provider.proves.value}"
        )
    if window_of(scheme, provider.max_age) is None:
        yield "the time"
    free = [name for name, value in headers_of(at) if fits(_with_header(at, name, value))]
    ids = [name for name in free if f"header:{name}" in str(provider.find_id).lower().split(" || ")]
    yield from (f"the delivery id (header {written_name(name)})" for name in ids)
    if fits(replace(at, query=f"{at.query}&x=1" if at.query else "x=1")):
        yield "the query"
    if not _needs_url(provider, scheme):
        yield "the URL"
    if rest := [written_name(name) for name in free if name not in ids]:
        yield f"the headers {', '.join(rest)}"


def _with_header(request: Request, name: str, value: str) -> Request:
    changed = value[:-1] + ("1" if value[-1] == "0" else "0")
    fields = [
        (key.encode("latin-1"), (changed if key == name else text).encode("latin-1"))
        for key, text in request.headers.items()
    ]
    return replace(request, headers=type(request.headers)(fields))


def _needs_url(provider: Provider, scheme: Scheme) -> bool:
    return provider.needs_url or bool(getattr(scheme, "needs_url", False))


def _source(call: Call, candidate: Candidate, provider: Provider, scheme: Scheme) -> dict[str, object]:
    """The keys outside ``verify``, without those that a named sender has already."""
    source: dict[str, object] = {"public_url": call.url} if _needs_url(provider, scheme) else {}
    if candidate.scheme not in GENERAL:
        return source
    if call.is_form:
        source["media_types"] = [_FORM_TYPE]
    found = expressions_of(call.request, call.members, is_form=call.is_form, carries_id=provider.carries_id)
    return {**found, **source}


def _verify(scheme: str, options: Mapping[str, object], secret: str) -> dict[str, object]:
    return {"scheme": scheme, **({"secrets": [secret]} if PROVIDERS[scheme].needs_secret else {}), **options}


def _block(call: Call, candidate: Candidate, provider: Provider, source: Mapping[str, object]) -> str:
    verify = _verify(candidate.scheme, candidate.options, candidate.secret.name)
    if len(candidate.options) <= 1 and not isinstance(provider.scheme, SignedText):
        return f"[sources.{call.name}]\n{toml_lines({'verify': verify, **source})}"
    return f"[sources.{call.name}]\n{toml_lines(source)}\n[sources.{call.name}.verify]\n{toml_lines(verify)}"
