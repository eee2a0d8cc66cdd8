"""Reads ``[sources.NAME]``."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from hookline.config.expressions import id_of, time_of, type_of
from hookline.config.extract import (
    CONTENT_HASH,
    EACH_CALL,
    FORM,
    HEADER,
    content_hash,
    extractor,
    hash_with_type,
    id_extractor,
    or_else,
    readable_time,
)
from hookline.config.fetch import read_fetch
from hookline.config.handshakes import check_media_types, check_shared_secrets
from hookline.config.kept_headers import read_kept_headers
from hookline.config.keys import KEYS, NAME, NAME_RULE
from hookline.config.mask import read_mask
from hookline.config.rare import rare
from hookline.config.reader import hint, one_of, read_named, read_names, read_table
from hookline.config.reads import source_reads
from hookline.config.remembering import EVENT_RETENTION, Finding, read_max_age, remembering_of
from hookline.config.units import UnusableError, rate, shown, size, text, url_path
from hookline.config.verification import ENOUGH, read_verification
from hookline.domain.event import DEFAULT_TYPE
from hookline.domain.message import is_json_media_type
from hookline.domain.reads import NOTHING
from hookline.domain.source import DEFAULT_FAILED_RATE, OnConflict, Source
from hookline.providers import GENERAL
from hookline.providers.provider import DEFAULT_MAX_BODY, JSON
from hookline.providers.transactions import mapper_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from hookline.config.reader import Place, Table
    from hookline.config.remembering import Keeping
    from hookline.config.schema import Schema
    from hookline.config.verification import Verification
    from hookline.domain.address import Network
    from hookline.domain.reads import Reads
    from hookline.domain.source import Extractor, SuccessAnswer
    from hookline.domain.transaction import TransactionFinder
    from hookline.providers.provider import Provider
    from hookline.providers.scheme import Scheme

__all__ = ["read_sources"]

_MEDIA_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]+/[a-z0-9!#$&^_.+-]+")  # RFC 6838 section 4.2
_ON_CONFLICT = one_of(choice.value for choice in OnConflict)
_REJECT, _ACCEPT = "reject", "accept"  # values of on_ambiguous


def read_sources(place: Place, value: object, base: Path, keeping: Keeping) -> list[tuple[Source, Scheme]]:
    """Every usable source, with its scheme, in the order of the file."""
    tables = read_named(place, value, NAME.fullmatch, NAME_RULE)
    if value == {}:
        place.complain("at least one source is needed: write a table [sources.NAME]")
    taken: dict[str, str] = {}
    found = []
    for name, inner, written in tables:
        table = read_table(inner, written, KEYS["sources"])
        path = _free_path(table, name, taken)
        found.append(_source(table, name, path, base, keeping) if isinstance(written, dict) else None)
    check_shared_secrets(place, [source for one in found if one is not None for source in one[:1]])
    return [one for one in found if one is not None]


def _source(table: Table, name: str, path: str, base: Path, keeping: Keeping) -> tuple[Source, Scheme] | None:
    """The source; its whole table is read even after a mistake, so that all complaints are reported together."""
    verification = read_verification(table)
    media_types = _media_types(table, JSON if verification is None else verification.provider.media_types)
    schema = table.read("schema", lambda value: _read_schema(base, text(value)), None)
    _check_bodies_are_json(table, media_types)
    finding = _finding(table, None if verification is None else verification.provider)
    explicit = {"type": table.read("type", type_of, None), "time": table.read("time", time_of, None)}
    on_conflict = table.read("on_conflict", lambda value: OnConflict(_ON_CONFLICT(value)), None)
    on_ambiguous = table.read("on_ambiguous", _on_ambiguous, _REJECT)
    largest = DEFAULT_MAX_BODY if verification is None else verification.provider.max_body
    max_body = table.read("max_body", size(1, 1024**3), largest)
    rate_limit = table.read("rate_limit", rate, None if verification is None else verification.provider.rate_limit)
    failed_rate_limit = table.read("failed_rate_limit", rate, DEFAULT_FAILED_RATE)
    if verification is None:
        table.read("id", id_of, None)
        read_mask(table)
        table.read("retention", EVENT_RETENTION, None)
        _answer(table, None)
        _networks(table, None)
        return None
    provider = verification.provider
    find_type = explicit["type"] or _default_type(provider)
    digest = hash_with_type(find_type) if find_type is not None and finding.hashes_type else content_hash
    find_id = table.read("id", lambda value: id_of(value, digest), None)
    masked = read_mask(table)
    retention = table.read("retention", EVENT_RETENTION, None)
    allow_from = _networks(table, provider)
    max_age = read_max_age(table, provider, finding)
    _check_there_is_an_id(table, provider)
    check_media_types(table, verification.handshakes, media_types)
    return Source(
        name=name,
        path=path,
        scheme=provider.name,
        verifier=verification.scheme,
        secret_names=verification.secret_names,
        find_id=find_id or _default_id(provider, digest),
        find_type=find_type,
        find_time=explicit["time"] or _default_time(provider),
        schema=schema,
        on_conflict=on_conflict or provider.on_conflict,
        max_body=max_body,
        media_types=media_types,
        rate_limit=rate_limit,
        failed_rate_limit=failed_rate_limit,
        answer=_answer(table, provider.answer),
        handshakes=verification.handshakes,
        find_transaction=_transactions(table, provider.name),
        reads=NOTHING
        if on_ambiguous == _ACCEPT
        else _reads(table, finding, {**explicit, "id": find_id}, verification, schema),
        remembering=remembering_of(
            table,
            replace(provider, media_types=media_types),
            verification.scheme,
            finding,
            keeping=keeping if retention is None else replace(keeping, retention=retention, known=keeping.retention),
            max_age=max_age,
        ),
        max_age=max_age,
        confirmation=verification.confirmation,
        fetch=read_fetch(table, provider),
        retention=retention,
        kept_headers=read_kept_headers(table, verification.scheme, provider.headers),
        masked=masked,
        allow_from=allow_from,
        reads_either=len({is_json_media_type(one) for one in media_types}) > 1 and finding.looks_into_json,
    ), verification.scheme


def _answer(table: Table, default: SuccessAnswer | None) -> SuccessAnswer | None:
    """The answer in ``answer``, or the sender's own."""
    if not table.has("answer"):
        return default
    written: SuccessAnswer = rare("answer").read_answer(table, default)
    return written


def _networks(table: Table, provider: Provider | None) -> tuple[Network, ...]:
    """The networks in ``allow_from``."""
    verify = table.values.get("verify")
    if not table.has("allow_from") and not (isinstance(verify, dict) and ENOUGH in verify):
        return ()
    written: tuple[Network, ...] = rare("allow_from").read_allowed(table, provider)
    return written


def _read_schema(base: Path, file: str) -> Schema:
    """The schema in this file, imported only when needed: the validation library takes longer to import than the rest of this package."""
    read: Schema = rare("schema").read_schema(base, file)
    return read


def _reads(
    table: Table,
    finding: Finding,
    explicit: Mapping[str, Extractor | None],
    verification: Verification,
    schema: Schema | None,
) -> Reads:
    """What this source reads by name, with the scheme's own expressions where the source has none."""
    found = {"id": finding.id, "type": finding.type, "time": finding.time}
    return source_reads(
        [text for key, text in found.items() if explicit[key] is not None or not table.has(key)],
        scheme=verification.scheme,
        handshakes=verification.handshakes,
        schema=None if schema is None else schema.document,
    )


def _finding(table: Table, provider: Provider | None) -> Finding:
    """The expressions in use: those of the file, or the catalogue's where the file has none."""

    def text_of(key: str, default: str | None) -> str | None:
        written = table.values.get(key, default)
        return written if isinstance(written, str) else None

    if provider is None:
        return Finding(id=None, type=None, time=None)
    return Finding(
        id=text_of("id", None if provider.carries_id else provider.find_id),
        type=text_of("type", provider.find_type),
        time=text_of("time", provider.find_time),
    )


def _free_path(table: Table, name: str, taken: dict[str, str]) -> str:
    """The path, after a complaint if another source listens on it."""
    path = table.read("path", url_path, f"/webhook/{name}")
    owner = taken.setdefault(path, name)
    if owner != name:
        table.at("path").complain(f"the source {owner} listens on {path} already")
    return path


def _media_types(table: Table, default: frozenset[str]) -> frozenset[str]:
    if not table.has("media_types"):
        return default
    return frozenset(read_names(table.at("media_types"), table.values["media_types"], "media types", _media_type))


def _media_type(value: object) -> str:
    if not isinstance(value, str) or not _MEDIA_TYPE.fullmatch(value.lower()):
        raise UnusableError('must be a media type without parameters, such as "application/json"')
    return value.lower()


def _check_bodies_are_json(table: Table, media_types: frozenset[str]) -> None:
    """Complain of a schema that would refuse every body of another type, and of JMESPaths into bodies that are never parsed."""
    others = sorted(media_type for media_type in media_types if not is_json_media_type(media_type))
    if table.has("schema") and others:
        table.at("schema").complain(f"checks only JSON, but media_types accepts {others[0]} too")
    for key in ("id", "type", "time"):
        if len(others) == len(media_types) > 0 and _is_into_the_body(table.values.get(key)):
            table.at(key).complain("reads a JSON body, but no media type of this source is JSON")
        if not others and media_types and _is_into_a_form(table.values.get(key)):
            table.at(key).complain("reads a form, but every media type of this source is JSON")


def _is_into_the_body(value: object) -> bool:
    return isinstance(value, str) and not value.startswith((HEADER, FORM, CONTENT_HASH, EACH_CALL))


def _is_into_a_form(value: object) -> bool:
    """Whether the expression reads only a form's fields: then it can find nothing in any other body."""
    if not isinstance(value, str) or not value.startswith((HEADER, FORM)):
        return False
    return all(one.startswith(FORM) for one in value.split(" || "))


def _on_ambiguous(value: object) -> str:
    if value not in (_REJECT, _ACCEPT):
        raise UnusableError(f'must be "{_REJECT}" or "{_ACCEPT}", not {shown(value)}{hint(value, (_REJECT, _ACCEPT))}')
    return str(value)


def _transactions(source: Table, scheme: str) -> TransactionFinder | None:
    """The function that reads the source's payment events, None for senders without a mapping."""
    mapper = mapper_of(scheme)
    choices = {} if mapper is None else mapper.choices
    if not source.has("transactions"):
        return mapper
    if not choices:
        source.at("transactions").complain(f"the scheme {scheme} has no options for transactions")
        return mapper
    table = read_table(source.at("transactions"), source.values["transactions"], choices)
    found = {option: table.read(option, one_of(sorted(values)), None) for option, values in choices.items()}
    return mapper_of(scheme, {option: value for option, value in found.items() if value is not None})


def _check_there_is_an_id(table: Table, provider: Provider) -> None:
    if not table.has("id") and provider.find_id is None:
        table.at("id").complain(
            'write where the delivery id is, such as id = "event_id" or id = "header:X-Event-Id", or id = "content-hash"'
        )


def _default_id(provider: Provider, digest: Extractor) -> Extractor | None:
    """How the id is found; None where verification itself finds it.

    A call of a named sender without an id in the usual place is identified by its bytes, because it was verified nevertheless.
    """
    if provider.carries_id or provider.find_id is None:
        return None
    find = id_extractor(provider.find_id, digest)
    return find if provider.name in GENERAL else or_else(find, digest)


def _default_type(provider: Provider) -> Extractor | None:
    """Where the type is found; a call of a named sender without one gets the default type."""
    if provider.find_type is None:
        return None
    find = extractor(provider.find_type)
    return find if provider.name in GENERAL else or_else(find, lambda request, document: DEFAULT_TYPE)  # noqa: ARG005 -- required by Extractor


def _default_time(provider: Provider) -> Extractor | None:
    """Where the time is found; if a named sender's call has no usable time there, the time of receipt is used."""
    if provider.find_time is None:
        return None
    find = extractor(provider.find_time)
    return find if provider.name in GENERAL else readable_time(find)
