"""Sources that would verify one genuine request: found by search, checked with the schemes themselves, the strongest first."""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from hookline.errors import Rejected, UnavailableError
from hookline.pipeline.moments import moments_in
from hookline.pipeline.proposals.credentials import ALIKE, credentials
from hookline.pipeline.proposals.keys import keys_of
from hookline.pipeline.proposals.names import DELIVERY
from hookline.pipeline.proposals.proposal import Call, Candidate, Proposal, proposal_of
from hookline.pipeline.proposals.search import Budget, keyed, paired, public_keys_of
from hookline.pipeline.proposals.senders import forms_of, likeness, named_senders
from hookline.pipeline.proposals.sightings import (
    ALGORITHM_OF_SIZE,
    members_of,
    pieces_of,
    times_of,
    tokens_of,
)
from hookline.pipeline.proposals.texts import Parts, bodies_of, call_of
from hookline.providers import GENERAL, PROVIDERS
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from hookline.domain.request import Request
    from hookline.domain.secret import Secret
    from hookline.pipeline.proposals.search import Found
    from hookline.pipeline.proposals.sightings import Time, Token
    from hookline.providers.scheme import Scheme

__all__ = ["Proposal", "Proposals", "propose"]

_SPECIAL: Final = frozenset(b"+/")
_MOST_PROPOSALS: Final = 5
_MOST_MOMENTS: Final = 24
_TIME_CODES: Final = "timestamp_"
"""The beginnings of the codes of refusals that another moment may change: a token may also seem to be valid for too long."""
_ANY_URL: Final = "https://example.com/webhook"
_SHORTEST_PAIRED: Final = 40
_FRESH: Final = re.compile(r"(?:.*\.)?(?=[^.]*(?:webhook|dispatch|attempt))[^.]*(?:time|stamp|at)", re.IGNORECASE)
"""Names of body members that hold the time of the delivery. Other members hold the time of what happened, which is old in a retry."""


@record
class Proposals:
    """The proposals, the strongest first, and what was tried, in words. ``is_cut`` if the search reached its limit."""

    found: Sequence[Proposal]
    tried: Sequence[str]
    is_cut: bool


def propose(
    request: Request,
    secrets: Sequence[Secret],
    *,
    url: str | None = None,
    name: str = "sender",
    named: Collection[str] | None = None,
    schemes: Collection[str] = tuple(GENERAL),
    budget: Budget | None = None,
) -> Proposals:
    """The sources, called ``name``, that accept ``request`` with one of ``secrets``. Never raises, whatever the request is.

    ``url`` is the public URL that the sender called, without its query. ``named`` are the senders of the catalogue to try (by default all);
    ``schemes`` are the general ones. The request may be old: it is judged as of each time that it contains.
    """
    budget = budget or Budget()
    members = members_of(request.body)
    call = Call(request=request, url=url, name=name, members=members)
    search = _Search(call, secrets, budget)
    candidates = [
        *search.by_senders(named_senders() if named is None else named),
        *search.by_standard_webhooks(schemes),
        *search.by_options(schemes),
        *credentials(call, secrets, schemes),
    ]
    judged = [found for one in candidates if (found := proposal_of(call, one)) is not None]
    return Proposals(found=_folded(judged), tried=search.tried(), is_cut=budget.is_cut)


class _Search:
    """One search: what the request contains, and where to search."""

    def __init__(self, call: Call, secrets: Sequence[Secret], budget: Budget) -> None:
        self._call, self._secrets, self._budget = call, [one for one in secrets if one.value], budget
        self._pairs = public_keys_of(self._secrets)
        self._tokens = tokens_of(call.request, self._may_be_signature)
        self._times = times_of(call.request, call.members)
        fields = [time for token in self._tokens for time in token.times]
        self._all_times = _without_repeats([*fields, *self._times])
        moments = [call.request.received_at, *(time.moment for time in self._all_times), *moments_in(call.request)]
        self._moments = list(dict.fromkeys(moments))[:_MOST_MOMENTS]
        self._names = 0

    def _may_be_signature(self, raw: bytes) -> bool:
        return len(raw) in ALGORITHM_OF_SIZE or (bool(self._pairs) and len(raw) >= _SHORTEST_PAIRED)

    def by_senders(self, names: Collection[str]) -> Iterator[Candidate]:
        """Every named sender, as of every time that the request contains."""
        self._names = len(names)
        for name in names:
            if PROVIDERS[name].needs_keys:
                continue
            yield from self._in_its_forms(name, likeness(name, self._call.request))

    def by_standard_webhooks(self, schemes: Collection[str]) -> Iterator[Candidate]:
        """The scheme of the Standard Webhooks specification."""
        if "standard-webhooks" in schemes:
            yield from self._in_its_forms("standard-webhooks", 0)

    def _in_its_forms(self, name: str, likeness: int) -> Iterator[Candidate]:
        for options, scheme in forms_of(name, self._call.url or _ANY_URL):
            for secret in self._secrets:
                for moment in self._moments:
                    code = _refused(scheme, replace(self._call.request, received_at=moment), secret)
                    if code is None:
                        yield Candidate(scheme=name, options=options, secret=secret, moment=moment, likeness=likeness)
                    if code is None or not code.startswith(_TIME_CODES):
                        break

    def by_options(self, schemes: Collection[str]) -> Iterator[Candidate]:
        """Every text that the options can describe."""
        if not self._tokens or not self._secrets:
            return
        parts = self._parts()
        if "public-key" in schemes and self._pairs:
            for found in paired(self._tokens, parts, self._pairs, self._budget):
                yield from self._written(found)
        if "hmac" in schemes:
            for found in keyed(self._tokens, parts, keys_of(self._secrets), self._budget):
                yield from self._written(found)

    def _parts(self) -> Parts:
        bodies, digests = bodies_of(self._call.request)
        return Parts(
            bodies=bodies,
            digests=digests,
            times=self._all_times,
            others=pieces_of(self._call.request, self._tokens, self._call.members),
            calls=call_of(self._call.request, self._call.url),
            words=list(dict.fromkeys(word for token in self._tokens for word in token.words))[:6],
        )

    def _written(self, found: Found) -> Iterator[Candidate]:
        """The options for what was found, with the simplest reading of the header that fits."""
        time = found.text.time
        for token in sorted((one for one in self._tokens if one.raw == found.raw), key=_plainness):
            options = _options(token, found, time)
            if options is None:
                continue
            moment = time.moment if time else self._call.request.received_at
            notes = list(self._notes(token, options, time))
            candidate = Candidate(scheme=found.scheme, options=options, secret=found.secret, moment=moment, notes=notes)
            if proposal_of(self._call, candidate) is None:
                continue
            yield from self._with_time_inside(candidate, time)
            yield candidate
            return

    def _with_time_inside(self, candidate: Candidate, time: Time | None) -> Iterator[Candidate]:
        """The same candidate, with the time of the delivery in the signed body, if no other time is signed."""
        for inside in self._times if time is None else ():
            if _FRESH.fullmatch(str(inside.options.get("timestamp_body", ""))):
                options = {**candidate.options, **inside.options}
                yield replace(candidate, options=_in_order(options), moment=inside.moment, notes=candidate.notes[:-1])

    def _notes(self, token: Token, options: Mapping[str, object], time: Time | None) -> Iterator[str]:
        """What this one request does not show, in words."""
        if options.get("encoding") in ("base64", "base64url") and not _SPECIAL.intersection(b64encode(token.raw)):
            yield ALIKE
        if time is not None:
            places = [place for one in self._all_times if one.text == time.text for place in [_place(one)]]
            for place in dict.fromkeys(places):
                if place != _place(time):
                    yield f"{place} has the same time, and may be the signed one"
            return
        inside = (str(one.options["timestamp_body"]) for one in self._times if "timestamp_body" in one.options)
        if (path := next(inside, None)) is not None:
            yield (
                f'if {path} of the body is the time of each attempt, timestamp_body = "{path}" makes hookline '
                "compare it with the current time"
            )

    def tried(self) -> list[str]:
        """What was tried, in words."""
        known = bool(self._call.url)
        return [
            f"{self._names} senders that are known by name",
            f"{len({token.raw for token in self._tokens})} values that may be signatures",
            f"{len(self._all_times)} times in the request",
            f"{self._budget.tried:,} digests and signatures over parts of the request in many orders",
            "the URL among the parts that may be signed" if known else "not the URL, which was not given (--url)",
        ]


def _refused(scheme: Scheme, request: Request, secret: Secret) -> str | None:
    """The code of the refusal; None where there is none."""
    try:
        scheme.verify(request, [secret])
    except (Rejected, UnavailableError) as refusal:
        return refusal.code
    except Exception:  # noqa: BLE001 -- a scheme may fail in any way on a request that is not its own
        return "signature_mismatch"
    return None


def _place(time: Time) -> str:
    """The place of a time, in words."""
    if time.field:
        return f"the field {time.field} of {time.header}"
    return str(time.options.get("timestamp_header") or f"{time.options['timestamp_body']} of the body")


def _plainness(token: Token) -> tuple[int, ...]:
    """Readings that will also fit the next call come first: fields if the prefix would contain other fields, otherwise a prefix."""
    prefix = str(token.options.get("prefix") or "")
    is_odd = prefix.count("=") + prefix.count(",") + prefix.count(";") > 1
    has_places, has_separator = not isinstance(_field(token), str), "separator" in token.options
    return (is_odd, "fields" in token.options, has_places, has_separator, len(prefix), len(token.options))


def _field(token: Token) -> object:
    fields = token.options.get("fields")
    return fields["signature"] if isinstance(fields, dict) else ""


def _options(token: Token, found: Found, time: Time | None) -> dict[str, object] | None:
    """The options of ``verify``; None if the time that was found cannot be read together with this reading of the header."""
    options = {key: value for key, value in {**token.options, **found.options}.items() if value != ""}
    if options.get("encoding") == "hex":
        del options["encoding"]
    template = found.text.template
    if time is not None and time.field:
        matching = [
            one for one in token.times if (one.field, one.text, one.header) == (time.field, time.text, time.header)
        ]
        if not matching or token.options.get("separator", ",") != time.separator:
            return None
        options["fields"] = {"timestamp": time.field, "signature": _field(token)}
        options |= time.options
    elif time is not None:
        options |= time.options
    template, id_header = _with_id(template)
    if id_header:
        options["id_header"] = id_header
    if template != ("{secret}{body}" if "{secret}" in template else "{body}"):
        options["template"] = template
    return _in_order(options)


def _with_id(template: str) -> tuple[str, str]:
    """The template with ``{id}`` for the header that holds the id of the delivery, and the name of that header."""
    for part in template.split("{header:")[1:]:
        name = part.partition("}")[0]
        if DELIVERY.fullmatch(name) and template.count(f"{{header:{name}}}") == 1:
            return template.replace(f"{{header:{name}}}", "{id}"), name
    return template, ""


_ORDER: Final = (
    *("header", "algorithm", "signature_format", "encoding", "prefix", "separator", "fields"),
    *("secret_encoding", "secret_prefix", "shortest_secret"),
    *("timestamp_header", "timestamp_body", "timestamp_format", "id_header", "template"),
)
"""The order for people: where the signature is, what the key is, what else is signed."""


def _in_order(options: Mapping[str, object]) -> dict[str, object]:
    return {name: options[name] for name in _ORDER if name in options}


def _without_repeats(times: Sequence[Time]) -> list[Time]:
    """Each text once for each place."""
    found: dict[object, Time] = {}
    for time in times:
        found.setdefault((time.text, _place(time), time.separator), time)
    return list(found.values())[:_MOST_MOMENTS]


def _folded(proposals: Sequence[Proposal]) -> list[Proposal]:
    """The strongest of each kind: named senders with equal schemes are combined, and so are options that make equal schemes."""
    ranked = sorted(proposals, key=lambda one: one.rank)
    kept: list[Proposal] = []
    for one in ranked:
        twin = next(
            (
                at
                for at, other in enumerate(kept)
                if other.verifier == one.verifier and _is_named(other) == _is_named(one)
            ),
            None,
        )
        if twin is None:
            kept.append(one)
        elif kept[twin].scheme != one.scheme:
            kept[twin] = replace(kept[twin], same=[*kept[twin].same, one.scheme])
    return kept[:_MOST_PROPOSALS]


def _is_named(proposal: Proposal) -> bool:
    return proposal.scheme not in GENERAL
