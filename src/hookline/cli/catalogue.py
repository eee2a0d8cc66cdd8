"""What the catalogue says of a provider: as one document for programs, and as rows for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookline.providers.transactions import MAPPED

if TYPE_CHECKING:
    from hookline.providers.scheme import Provider

__all__ = ["provider_document", "provider_rows"]


def provider_document(provider: Provider) -> dict[str, object]:
    """All that is known of the provider."""
    answer = provider.answer
    return {
        "name": provider.name,
        "title": provider.title,
        "signed_with": provider.signed_with or None,
        "proves": provider.proves.value,
        "options": sorted(provider.options),
        "needs_secret": provider.needs_secret,
        "needs_public_url": provider.needs_url,
        "needs_fetched_key": provider.needs_keys,
        "id": provider.find_id,
        "type": provider.find_type,
        "time": provider.find_time,
        "media_types": sorted(provider.media_types),
        "redelivery_keeps_id": provider.keeps_id,
        "on_conflict": provider.on_conflict.value,
        "answer": None if answer is None else {"status": answer.status, "body": _text(answer.body)},
        "deadline_seconds": provider.deadline,
        "retries": provider.retries or None,
        "handshakes": sorted({kind.method for kind in provider.handshakes}),
        "handshake_options": sorted(provider.token_options),
        "transactions": provider.name in MAPPED,
        "evidence": provider.evidence.value,
        "documentation": provider.documentation or None,
        "notes": provider.notes or None,
    }


def provider_rows(provider: Provider) -> list[tuple[str, str]]:
    """The same in words, without what nobody knows."""
    rows = (
        ("scheme", provider.name),
        ("sender", provider.title),
        ("secret", provider.signed_with),
        ("proves", provider.proves.value),
        ("options", ", ".join(sorted(provider.options))),
        ("needs", _needs(provider)),
        ("id", provider.find_id),
        ("type", provider.find_type),
        ("time", provider.find_time),
        ("media types", ", ".join(sorted(provider.media_types))),
        ("redelivery", _redelivery(provider)),
        ("answer", _answer(provider)),
        ("deadline", f"{provider.deadline:g} seconds" if provider.deadline else None),
        ("retries", provider.retries),
        ("handshake", _handshake(provider)),
        ("transactions", "mapped" if provider.name in MAPPED else None),
        ("evidence", provider.evidence.value),
        ("documentation", provider.documentation),
        ("notes", provider.notes),
    )
    return [(name, value) for name, value in rows if value]


def _needs(provider: Provider) -> str:
    needs = {"public_url": provider.needs_url, "a key that is fetched": provider.needs_keys}
    return ", ".join(name for name, is_needed in needs.items() if is_needed)


def _handshake(provider: Provider) -> str:
    methods = ", ".join(sorted({kind.method for kind in provider.handshakes}))
    options = ", ".join(sorted(provider.token_options))
    return f"{methods}, with {options}" if options else methods


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
