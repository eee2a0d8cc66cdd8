"""The source of a named sender, written with the options of its general scheme."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookline.config.handshake_block import handshake_table
from hookline.config.toml_text import toml_lines
from hookline.domain.source import OnConflict
from hookline.providers import PROVIDERS
from hookline.providers.provider import DEFAULT_MAX_BODY, JSON
from hookline.providers.transactions import MAPPED

if TYPE_CHECKING:
    from hookline.providers.provider import Provider

__all__ = ["asked_of", "provider_block"]

_PLACE = "https://hooks.example.com/webhook"
_MIB = 1024 * 1024


def provider_block(provider: Provider) -> str:
    """The tables with the same meaning as ``scheme = "NAME"``, as far as options can express it; comments in them name the rest.

    A sender with its own code cannot be written with options: its block names it.
    """
    secret = f"{provider.name.upper().replace('-', '_')}_SECRET"
    secrets = {"secrets": [secret]} if provider.needs_secret else {}
    table = f"[sources.{provider.name}]\n"
    if not provider.verify:
        named = toml_lines({"scheme": provider.name, **secrets, **asked_of(provider)})
        note = (
            f"# {provider.title} signs in a special way that needs its own code in hookline: no options describe it.\n"
        )
        return f"{note}{table}{_url(provider)}\n[sources.{provider.name}.verify]\n{named}"
    verify = {"scheme": provider.verify["scheme"], **secrets, **provider.verify}
    return (
        f"{_notes(provider)}{table}{_url(provider)}{toml_lines(_source(provider))}\n"
        f"[sources.{provider.name}.verify]\n{toml_lines({**verify, **asked_of(provider)})}"
    )


def _source(provider: Provider) -> dict[str, object]:
    """The keys outside ``verify``, where they differ from those of the general scheme."""
    general = PROVIDERS[str(provider.verify["scheme"])]
    found = {
        "id": None if provider.carries_id else provider.find_id,
        "type": provider.find_type,
        "time": provider.find_time,
        "media_types": None if provider.media_types == JSON else sorted(provider.media_types),
        "on_conflict": OnConflict(provider.on_conflict).value,
        "max_body": None if provider.max_body == DEFAULT_MAX_BODY else f"{provider.max_body // _MIB}mb",
        "max_age": provider.max_age,
        "headers": list(provider.headers),
        "answer": _answer(provider),
        "handshake": _handshakes(provider),
    }
    return {key: value for key, value in found.items() if value != getattr(general, f"find_{key}", None)}


def _answer(provider: Provider) -> object:
    """The answer that the sender expects, as hookline.toml writes it."""
    answer = provider.answer
    if answer is None:
        return None
    return answer.status if answer.body is None else {"status": answer.status, "body": answer.body.decode()}


def _handshakes(provider: Provider) -> object:
    """``handshake``: the kinds that options can express."""
    name = provider.name.upper().replace("-", "_")
    tables = [handshake_table(kind, f"{name}_{kind.option.upper()}") for kind in provider.handshakes]
    found = [table for table in tables if table is not None]
    return found[0] if len(found) == 1 else found


def asked_of(provider: Provider) -> dict[str, object]:
    """The options that every user sets: each with a placeholder."""
    return {option: _EXAMPLES[option] for option in sorted(provider.takes) if option in _EXAMPLES}


_EXAMPLES: dict[str, object] = {
    "audience": "YOUR_AUDIENCE",
    "claims": {"email": "YOUR_SERVICE_ACCOUNT", "email_verified": True},
}


def _url(provider: Provider) -> str:
    return toml_lines({"public_url": f"{_PLACE}/{provider.name}"}) if provider.needs_url else ""


def _notes(provider: Provider) -> str:
    """A comment about what the block does not express."""
    left = {
        "a handshake": any(handshake_table(kind, "") is None for kind in provider.handshakes),
        "refusals without a body": provider.answer is not None and provider.answer.is_terse,
        "the records of transactions": provider.name in MAPPED,
        "the rule that no two of its bodies are the same": bool(provider.unique_body),
    }
    words = [word for word, is_left in left.items() if is_left]
    return f'# scheme = "{provider.name}" has in addition: {", ".join(words)}.\n' if words else ""
