"""What ``hookline providers`` shows of the senders that are known by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookline.config.provider_block import provider_block
from hookline.config.provider_page import provider_document, provider_rows
from hookline.config.reader import nearest
from hookline.config.redelivery_text import outage_document, outage_row
from hookline.config.units import UnusableError
from hookline.pipeline.shown import Fields, Shown, listed
from hookline.providers import PROVIDERS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import timedelta

__all__ = ["show_providers"]

_SHOW = "show"


def show_providers(words: Sequence[str], *, as_toml: bool, outage: timedelta) -> Shown:
    """All senders, or what an outage does to the events of each; or the one that ``words`` name. Raises UnusableError."""
    names = words[1:] if words[:1] == (_SHOW,) else words
    if len(names) > 1 or (words and not names):
        raise UnusableError("name one sender: hookline providers show NAME")
    if names and outage:
        raise UnusableError("--outage is for the list, without NAME")
    if names:
        return _one(names[0], as_toml=as_toml)
    if as_toml:
        raise UnusableError("--toml needs the NAME of a sender")
    return _outages(outage.total_seconds()) if outage else _all()


def _one(name: str, *, as_toml: bool) -> Shown:
    if name not in PROVIDERS:
        said = f"there is no {name!r}; the nearest known one is {nearest(name, PROVIDERS)!r}"
        raise UnusableError(said, option="NAME")
    provider = PROVIDERS[name]
    if as_toml:
        block = provider_block(provider)
        return Shown(document={"name": name, "toml": block}, parts=[block])
    return Shown(document=provider_document(provider), parts=[Fields(pairs=[*provider_rows(provider)])])


def _all() -> Shown:
    found = [PROVIDERS[name] for name in PROVIDERS]
    rows = [(provider.name, provider.title, provider.proves.value, provider.evidence.value) for provider in found]
    return listed(("scheme", "sender", "proves", "evidence"), rows, map(provider_document, found))


def _outages(seconds: float) -> Shown:
    found = [PROVIDERS[name] for name in PROVIDERS]
    rows = [outage_row(one, seconds) for one in found]
    columns = ("scheme", "tries", "an event of its first moment", "pauses")
    return listed(columns, rows, [outage_document(one, seconds) for one in found])
