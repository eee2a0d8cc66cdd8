"""``hookline verify`` and ``hookline sources try``: a recorded request, tried by one scheme or by all, with secrets of the environment."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING

from hookline.config.keys import NAME, NAME_RULE
from hookline.config.units import UnusableError
from hookline.domain.secret import Secret
from hookline.pipeline.proposals import propose
from hookline.pipeline.proposals.words import proposals_document, proposals_lines
from hookline.pipeline.recorded import check_answer, scheme_for, verify_recorded, written_options
from hookline.pipeline.request_file import read_answer, read_request, recorded
from hookline.pipeline.shown import Lines, Shown
from hookline.providers import PROVIDERS
from hookline.record import record
from hookline.runtimes.embedded.settings import environment_values
from hookline.runtimes.embedded.wiring.commands import public_keys

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path

    from hookline.providers.provider import Provider

__all__ = ["RecordedCall", "proposed", "verified"]

_HANDSHAKES = {"x-crc": "x"}
"""Recorded handshakes that have a name of their own, each with its sender."""


@record
class RecordedCall:
    """The options of the command: a file with a request, and what is known about its sender."""

    scheme: str
    names: tuple[str, ...]
    file: IO[bytes]
    at: datetime
    options: Mapping[str, str]
    key: Path | None


def verified(call: RecordedCall) -> Shown:
    """Verify the request, and show which secret verified it. Raises Rejected, ConfigError and UnusableError."""
    provider = _provider(_HANDSHAKES.get(call.scheme, call.scheme))
    text, where = call.file.read(), getattr(call.file, "name", "standard input")
    request, url = read_request(text, name=where, at=call.at)
    if call.scheme in _HANDSHAKES:
        check_answer(provider, request, lambda: _secrets(provider, call), wanted=read_answer(text, where))
        return _ok(provider, None)
    built = scheme_for(provider, request, url, _written(provider, call.options))
    read_key = public_keys().fetch if (key := call.key) is None else lambda *_: key.read_bytes()
    return _ok(provider, verify_recorded(built, request, _secrets(provider, call), read_key).secret)


def proposed(*, name: str, file: IO[bytes], names: tuple[str, ...], url: str | None) -> Shown:
    """Sources called ``name`` that would verify the request. ``failed`` where there is none. Raises ConfigError and UnusableError."""
    if not NAME.fullmatch(name):
        raise UnusableError(NAME_RULE, option="NAME")
    request, called, _ = recorded(file.read(), name=getattr(file, "name", "standard input"))
    secrets = [Secret(name=one, value=value) for one, value in environment_values(names).items()]
    found = propose(request, secrets, url=url or called, name=name)
    parts = [Lines(lines=proposals_lines(found))]
    return Shown(document=proposals_document(name, found), parts=parts, failed=not found.found)


def _ok(provider: Provider, secret: str | None) -> Shown:
    said = f"ok: signed with the secret of {secret}" if secret else "ok"
    return Shown(document={"ok": True, "scheme": provider.name, "secret": secret}, parts=[Lines(lines=[said])])


def _provider(name: str) -> Provider:
    if name in PROVIDERS:
        return PROVIDERS[name]
    raise UnusableError(f"there is no scheme {name!r}; `hookline providers` lists all schemes", option="SCHEME")


def _secrets(provider: Provider, call: RecordedCall) -> list[Secret]:
    """The secrets of the environment. Raises ConfigError for one that is not set; one that cannot be used fits nothing."""
    is_fetched = provider.needs_keys or "keys_url" in call.options
    if provider.needs_secret and not is_fetched and not call.names:
        raise UnusableError(f"{provider.name} needs a secret: name its environment variable with --secret-env")
    return [Secret(name=name, value=value) for name, value in environment_values(call.names).items()]


def _written(provider: Provider, options: Mapping[str, str]) -> dict[str, object]:
    try:
        return written_options(provider, options)
    except UnusableError as fault:
        raise UnusableError(str(fault), option="--option") from None
