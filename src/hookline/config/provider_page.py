"""What the catalogue says about a provider, as one document for programs and as rows for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookline.config.provider_block import asked_of
from hookline.config.redelivery_text import redelivery_document, redelivery_rows
from hookline.config.units import duration_text
from hookline.providers.coverage import Fate, IdPlace, exposure_of, id_places, is_in_header, window_of
from hookline.providers.scheme import OptionError
from hookline.providers.transactions import MAPPED

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hookline.providers.coverage import Exposure
    from hookline.providers.provider import Provider
    from hookline.providers.scheme import Scheme

__all__ = ["overheard_words", "provider_document", "provider_rows", "signed_words", "window_words"]

_TOPIC = "arn:aws:sns:us-east-1:123456789012:topic"
_UNTIL_CHANGED = "as long as the secret is in use; its digest is stored for `[events] dedupe` (400d)"
_REPEATED: Mapping[Fate, str] = {
    Fate.DUPLICATE: "repeated unchanged is a duplicate",
    Fate.EVENT: "repeated unchanged is a new event each time, because the sender itself repeats calls",
}
_RENAMED: Mapping[Fate, str] = {
    Fate.MARKED: "stored, queued and marked `repeatedbody`",
    Fate.DUPLICATE: "a duplicate, because each body is unique",
}
_ALTERED: Mapping[Fate, str] = {
    Fate.CONFLICT: "with any unsigned part changed is a conflict, and is never put on a queue",
    Fate.EVENT: "with any other body and id is a new event: anyone who overhears one call can make any other",
}


def provider_document(provider: Provider) -> dict[str, object]:
    """Everything that is known about the provider, as a document."""
    answer = provider.answer
    return {
        "name": provider.name,
        "title": provider.title,
        "signed_with": provider.signed_with or None,
        "proves": provider.proves.value,
        **{name.replace(" ", "_"): words for name, words in _overheard(provider)},
        "options": sorted(provider.options),
        "needs_secret": provider.needs_secret,
        "needs_public_url": provider.needs_url,
        "needs_fetched_key": provider.needs_keys,
        "id": provider.find_id,
        "type": provider.find_type,
        "time": provider.find_time,
        "media_types": sorted(provider.media_types),
        "max_body": provider.max_body,
        "max_body_source": provider.max_body_source or None,
        "redelivery_keeps_id": provider.keeps_id,
        "on_conflict": provider.on_conflict.value,
        "answer": None if answer is None else {"status": answer.status, "body": _text(answer.body)},
        "deadline_seconds": provider.deadline,
        "retries": provider.retries or None,
        "redelivery": redelivery_document(provider.redelivery),
        "handshakes": sorted({kind.method for kind in provider.handshakes}),
        "handshake_options": sorted(provider.token_options),
        "transactions": provider.name in MAPPED,
        "evidence": provider.evidence.value,
        "documentation": provider.documentation or None,
        "notes": provider.notes or None,
    }


def provider_rows(provider: Provider) -> list[tuple[str, str]]:
    """What is known about the provider, in words."""
    rows = (
        ("scheme", provider.name),
        ("sender", provider.title),
        ("secret", provider.signed_with),
        ("proves", provider.proves.value),
        *_overheard(provider),
        ("options", ", ".join(sorted(provider.options))),
        ("needs", _needs(provider)),
        ("id", provider.find_id),
        ("type", provider.find_type),
        ("time", provider.find_time),
        ("media types", ", ".join(sorted(provider.media_types))),
        ("largest body", _largest_body(provider)),
        ("redelivery", _redelivery(provider)),
        ("answer", _answer(provider)),
        ("deadline", f"{provider.deadline:g} seconds" if provider.deadline else None),
        ("retries", provider.retries),
        *redelivery_rows(provider),
        ("handshake", _handshake(provider)),
        ("transactions", "mapped" if provider.name in MAPPED else None),
        ("evidence", provider.evidence.value),
        ("documentation", provider.documentation),
        ("notes", provider.notes),
    )
    return [(name, value) for name, value in rows if value]


def _overheard(provider: Provider) -> list[tuple[str, str]]:
    """What is signed, what an attacker can do with an overheard call, and for how long; empty where the scheme cannot be built here."""
    try:
        scheme = provider.build(
            {"public_url": "https://example.com/", "topics": [_TOPIC], "client_ids": ["ID"], **asked_of(provider)}
        )
    except OptionError:
        return []
    exposure = exposure_of(provider, scheme)
    return [
        ("signed", signed_words(provider, scheme)),
        ("an overheard call", overheard_words(provider, exposure)),
        ("verifies for", window_words(exposure)),
    ]


def overheard_words(provider: Provider, exposure: Exposure) -> str:
    """What an attacker can do with an overheard call."""
    words = (
        _REPEATED[exposure.repeated],
        _renamed(provider, exposure.renamed),
        "" if exposure.altered is None else _ALTERED[exposure.altered],
    )
    return "; ".join(word for word in words if word)


def window_words(exposure: Exposure) -> str:
    """How long an overheard call can be verified."""
    return _UNTIL_CHANGED if exposure.window is None else f"{duration_text(exposure.window)} at most"


def _renamed(provider: Provider, fate: Fate | None) -> str:
    """What an overheard call can do under another id, if the id can be changed."""
    if fate is None:
        return ""
    how = "under another id, which is in an unsigned header,"
    return f"{how if is_in_header(provider.find_id) else 'with its form encoded in another way'} is {_RENAMED[fate]}"


def signed_words(provider: Provider, scheme: Scheme) -> str:
    """The parts of a call that are signed."""
    if provider.covers:
        return provider.covers
    places = id_places(provider, scheme, provider.find_id)
    has_id = provider.carries_id or IdPlace.SIGNED in places
    parts = {"its id": has_id, "the time": window_of(scheme) is not None, "the URL": provider.needs_url}
    return ", ".join(["the whole body", *(name for name, is_signed in parts.items() if is_signed)])


def _needs(provider: Provider) -> str:
    needs = {"public_url": provider.needs_url, "a key that is fetched": provider.needs_keys}
    return ", ".join(name for name, is_needed in needs.items() if is_needed)


def _handshake(provider: Provider) -> str:
    methods = ", ".join(sorted({kind.method for kind in provider.handshakes}))
    options = ", ".join(sorted(provider.token_options))
    return f"{methods}, with {options}" if options else methods


def _largest_body(provider: Provider) -> str | None:
    """The limit, only where the sender documents it, with the page."""
    if not provider.max_body_source:
        return None
    return f"{provider.max_body // 1024**2} MiB, the default of `max_body` ({provider.max_body_source})"


def _redelivery(provider: Provider) -> str | None:
    if provider.keeps_id is None:
        return None
    return "keeps the id" if provider.keeps_id else "has another id"


def _answer(provider: Provider) -> str | None:
    answer = provider.answer
    if answer is None:
        return None
    body = "" if answer.body is None else f" with {_text(answer.body)}" if answer.body else " with an empty body"
    return f"{answer.status}{body}"


def _text(body: bytes | None) -> str | None:
    return None if body is None else body.decode()
