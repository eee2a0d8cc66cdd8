"""The handshakes of a source: those of its sender for which hookline.toml says what they need."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hookline.config.secret_names import secret_name
from hookline.domain.handshake import Agreed
from hookline.domain.message import is_json_media_type

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hookline.config.reader import Table
    from hookline.providers.handshakes.handshake import Kind
    from hookline.providers.provider import Provider

__all__ = ["check_media_types", "read_handshakes"]


def read_handshakes(
    verify: Table, source: Table, provider: Provider, secret_names: tuple[str, ...], public_url: str | None
) -> tuple[Agreed, ...]:
    """Every handshake that this source can answer, in the catalogue's order."""
    found = (_agreed(verify, source, kind, secret_names, public_url) for kind in provider.handshakes)
    return tuple(agreed for agreed in found if agreed is not None)


def check_media_types(source: Table, provider: Provider, media_types: Iterable[str]) -> None:
    """Complain of bodies that are not JSON where a handshake signs text: a challenge could be sent as such a body."""
    others = sorted(kind for kind in media_types if not is_json_media_type(kind))
    if others and any(kind.signs_text for kind in provider.handshakes):
        source.at("media_types").complain(
            f"{provider.name} has challenges signed with the key of its bodies: anyone could have a body of {others[0]} signed as one"
        )


def _agreed(
    verify: Table, source: Table, kind: Kind, secret_names: tuple[str, ...], public_url: str | None
) -> Agreed | None:
    if not kind.option:
        return Agreed(handshake=kind, secret_names=secret_names if kind.uses_secrets else ())
    name = verify.read(kind.option, secret_name, None)
    if name is None:
        return None
    if kind.needs_url and public_url is None:
        if not source.has("public_url"):
            source.at("public_url").complain(
                "this sender's handshake needs the URL that it calls, as its settings have it"
            )
        return None
    return Agreed(handshake=replace(kind, public_url=public_url or ""), secret_names=(name,))
