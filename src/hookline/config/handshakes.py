"""The handshakes of a source: those of a known sender, or those that hookline.toml describes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hookline.config.rare import rare
from hookline.config.secret_names import secret_name
from hookline.domain.handshake import Agreed
from hookline.domain.message import is_json_media_type

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from hookline.config.reader import Place, Table
    from hookline.domain.source import Source
    from hookline.providers.handshakes.handshake import Kind
    from hookline.providers.provider import Provider

__all__ = ["check_media_types", "check_shared_secrets", "read_handshakes"]


def read_handshakes(
    verify: Table, source: Table, provider: Provider, secret_names: tuple[str, ...], public_url: str | None
) -> tuple[Agreed, ...]:
    """Every handshake that this source can answer, in the order of the catalogue or of the file."""
    found = (_agreed(verify, source, kind, secret_names, public_url) for kind in provider.handshakes)
    own = tuple(agreed for agreed in found if agreed is not None)
    if not source.has("handshake"):
        return own
    if provider.handshake_kinds:
        source.at("handshake").complain(
            f"{provider.name} has its own handshakes, which hookline answers without this key"
        )
        return own
    written: tuple[Agreed, ...] = rare("handshake").read_written(source, verify, provider, secret_names)
    return written


def check_media_types(source: Table, handshakes: Iterable[Agreed], media_types: Iterable[str]) -> None:
    """Complain of bodies that are not JSON where a handshake signs text: a caller could get such a body signed as a challenge."""
    others = sorted(kind for kind in media_types if not is_json_media_type(kind))
    if others and any(agreed.handshake.signs_text for agreed in handshakes):
        source.at("media_types").complain(
            "challenges are signed with the key that verifies this source's bodies: anyone could make hookline "
            f"sign a body of {others[0]}"
        )


def check_shared_secrets(place: Place, sources: Sequence[Source]) -> None:
    """Complain of a secret with which one source signs challenges and another verifies bodies that could be such challenges."""
    signing = [source for source in sources if source.takes_only_containers]
    for one in signing:
        for other in sources:
            shared = [name for name in other.secret_names if name in one.secret_names]
            if shared and not other.takes_only_containers:
                place.at(other.name, "verify", "secrets").complain(
                    f"the source {one.name} signs challenges from anyone with {shared[0]}: name another secret here"
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
                "this sender's handshake needs the URL that it calls, exactly as in its settings"
            )
        return None
    return Agreed(handshake=replace(kind, public_url=public_url or ""), secret_names=(name,))
