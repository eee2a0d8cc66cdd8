"""Verifying a recorded request by a sender's scheme, without a configuration."""

from __future__ import annotations

import json
import tomllib
from datetime import timedelta
from typing import TYPE_CHECKING

from hookline.config.units import UnusableError, duration
from hookline.errors import Complaint, ConfigError, Rejected
from hookline.providers.scheme import NeedsKey, OptionError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from hookline.domain.request import Request
    from hookline.domain.secret import Secret
    from hookline.domain.source import KeyReference, Verified
    from hookline.providers.provider import Provider
    from hookline.providers.scheme import Scheme

__all__ = ["check_answer", "option_pairs", "scheme_for", "verify_recorded", "written_options"]

_TOLERANCE = duration(timedelta(seconds=1), timedelta(days=3650))
_DURATIONS = frozenset({"max_lifetime", "tolerance"})
_LISTS = frozenset({"algorithms", "client_ids", "topics"})
_HUBSPOT_VERSION = "x-hubspot-signature-version"


def option_pairs(values: Sequence[str]) -> dict[str, str]:
    """``KEY=VALUE`` texts by their keys. Raises UnusableError."""
    pairs = {}
    for value in values:
        key, equals, text = value.partition("=")
        if not key or not equals:
            raise UnusableError(f"{value!r} is not KEY=VALUE")
        pairs[key] = text
    return pairs


def written_options(provider: Provider, options: Mapping[str, str]) -> dict[str, object]:
    """The options in the form of hookline.toml. Raises UnusableError."""
    if unknown := options.keys() - provider.options:
        raise UnusableError(f"{provider.name} has no option {min(unknown)}")
    written: dict[str, object] = dict(options)
    for name in _DURATIONS & options.keys():
        try:
            written[name] = _TOLERANCE(options[name])
        except UnusableError as fault:
            raise UnusableError(f"{name} {fault}") from None
    for name in _LISTS & options.keys():
        written[name] = options[name].split(",")
    if options.get("bearer") == "true":
        written["bearer"] = True
    return {option: _toml(value) if isinstance(value, str) else value for option, value in written.items()}


def _toml(text: str) -> object:
    """A list, a table or a number if the text is written as one, else the text itself."""
    if not text[:1].isdigit() and text[:1] not in ("[", "{"):
        return text
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def scheme_for(provider: Provider, request: Request, url: str | None, options: Mapping[str, object]) -> Scheme:
    """The scheme with these options. HubSpot's older versions are named in a header, which is trusted here.

    Raises ConfigError for an invalid option.
    """
    written = dict(options)
    if "version" in provider.options and (version := request.headers.get(_HUBSPOT_VERSION)):
        written.setdefault("version", version)
    if (provider.needs_url or "template" in provider.options) and url:
        written["public_url"] = url
    try:
        return provider.build(written)
    except OptionError as fault:
        where = "url" if fault.option == "public_url" else fault.option
        raise ConfigError([Complaint(where=where, why=fault.why)]) from None


def verify_recorded(
    scheme: Scheme,
    request: Request,
    secrets: Sequence[Secret],
    read_key: Callable[[KeyReference, Sequence[Secret]], bytes],
) -> Verified:
    """The result of verification; ``read_key`` returns the sender's public key, for a scheme that needs one. Raises Rejected."""
    if isinstance(scheme, NeedsKey):
        scheme.check_before_key(request)
        scheme = scheme.with_key(read_key(scheme.wanted_key(request), secrets))
    return scheme.verify(request, secrets)


def check_answer(
    provider: Provider, request: Request, read_secrets: Callable[[], Sequence[Secret]], *, wanted: str
) -> None:
    """Refuse a handshake whose answer would differ from the recorded one (``wanted``)."""
    for handshake in provider.handshakes:
        if handshake.is_one(request):
            answer = handshake.answer(request, read_secrets())
            if wanted not in json.loads(answer.body).values():
                raise Rejected("signature_mismatch", "this is not the right answer to the challenge")
            return
    raise Rejected("handshake_invalid", f"this is not a handshake of {provider.name}")
