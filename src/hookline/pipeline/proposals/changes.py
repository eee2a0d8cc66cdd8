"""The changes to the options of a source that turn them into those of a proposal."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hookline.config.toml_text import toml_value
from hookline.errors import Rejected
from hookline.providers import PROVIDERS
from hookline.providers.general.signed_text import SignedText
from hookline.providers.scheme import OptionError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hookline.domain.request import Request
    from hookline.domain.secret import Secret
    from hookline.pipeline.proposals.proposal import Proposal
    from hookline.providers.scheme import Scheme

__all__ = ["changed_options"]

_NOTHING: tuple[object, ...] = ("", {}, None)


def changed_options(scheme: Scheme, proposal: Proposal, request: Request, secrets: Sequence[Secret]) -> str:
    """The fewest changed options, as hookline.toml has them; empty if none differs."""
    if not isinstance(scheme, SignedText) or not isinstance(proposal.verifier, SignedText):
        return ", ".join(f"{name} = {toml_value(value)}" for name, value in proposal.options.items())
    now, then = _described(scheme), _described(proposal.verifier)
    changed = {name: value for name, value in then.items() if now.get(name) != value}
    changed |= {name: "" for name in now if name not in then}
    at = replace(request, received_at=proposal.moment)
    for name in tuple(changed):
        fewer = {option: value for option, value in changed.items() if option != name}
        if fewer and _fits(proposal.scheme, {**now, **fewer}, at, secrets):
            changed = fewer
    return ", ".join(
        f"{name} = {toml_value(value)}" if value or name == "prefix" else f"no {name}"
        for name, value in changed.items()
    )


def _fits(name: str, options: Mapping[str, object], request: Request, secrets: Sequence[Secret]) -> bool:
    try:
        PROVIDERS[name].build({option: value for option, value in options.items() if value not in _NOTHING}).verify(
            request, secrets
        )
    except (OptionError, Rejected):
        return False
    return True


def _described(scheme: SignedText) -> dict[str, object]:
    """The options of this scheme, with defaults, in the order in which people look at them."""
    fields = {"timestamp": scheme.timestamp_field, "signature": scheme.signature_field}
    algorithm = str(getattr(scheme, "algorithm", ""))
    names = [name.lower() for name in scheme.headers]
    found: dict[str, object] = {
        "template": scheme.template,
        "algorithm": f"{algorithm}-plain" if getattr(scheme, "is_plain_digest", False) else algorithm,
        "encoding": scheme.encoding,
        "prefix": scheme.prefixes[0] if len(scheme.prefixes) == 1 else list(scheme.prefixes),
        "header": names[0] if len(names) == 1 else names,
        "separator": scheme.separator,
        "fields": {name: value for name, value in fields.items() if value} if scheme.signature_field else {},
        "timestamp_header": scheme.timestamp_header.lower(),
        "timestamp_body": scheme.timestamp_body,
        "timestamp_format": scheme.timestamp_format if scheme.signs_time else "",
        "id_header": scheme.id_header.lower(),
        "tolerance": scheme.tolerance,
        "public_url": scheme.public_url,
        "signature_format": getattr(scheme, "signature_format", "") if algorithm.startswith("ecdsa") else "",
        "secret_encoding": getattr(scheme, "secret_encoding", ""),
        "secret_prefix": getattr(scheme, "secret_prefix", ""),
        "shortest_secret": getattr(scheme, "shortest_secret", ""),
    }
    return {name: value for name, value in found.items() if value not in _NOTHING or name == "prefix"}
