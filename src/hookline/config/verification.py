"""``verify``: the scheme, its options and the names of its secrets."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from hookline.config.handshakes import read_handshakes
from hookline.config.keys import KEYS
from hookline.config.reader import Table, nearest, read, read_names, read_table
from hookline.config.secret_names import secret_name
from hookline.config.units import UnusableError, duration, public_url, shown
from hookline.domain.source import Confirmation
from hookline.providers import PROVIDERS
from hookline.providers.coverage import settled
from hookline.providers.provider import Proves
from hookline.providers.scheme import DEFAULT_TOLERANCE, Confirms, OptionError
from hookline.record import record

if TYPE_CHECKING:
    from hookline.domain.handshake import Agreed
    from hookline.providers.provider import Provider
    from hookline.providers.scheme import Scheme

__all__ = ["ENOUGH", "Verification", "read_verification"]

ENOUGH: Final = "allow_from_is_enough"
"""The option that says that only the address proves the sender, and that this is intended: see ``config.networks``."""

_ANY_URL = "https://example.com/"  # used in place of a URL that had a complaint
_TOLERANCE = duration(timedelta(seconds=1), timedelta(days=1))
_LIFETIME = duration(timedelta(seconds=1), timedelta(days=1))
_NO_LIFETIME = "none"
_KEYS_URL = "keys_url"


@record
class Verification:
    """How the calls of one source are verified."""

    provider: Provider
    scheme: Scheme
    secret_names: tuple[str, ...]
    handshakes: tuple[Agreed, ...]
    confirmation: Confirmation | None = None


def read_verification(source: Table) -> Verification | None:
    """The content of ``verify``, or None after a complaint."""
    place = source.at("verify")
    if not source.has("verify"):
        place.complain('verify is missing; write verify = { scheme = "none" } to accept requests without proof')
        return None
    written = source.values["verify"]
    if not isinstance(written, dict) or "scheme" not in written:
        place.complain('must be a table with a scheme, such as { scheme = "standard-webhooks", secrets = ["NAME"] }')
        return None
    provider = read(place.at("scheme"), _provider, written["scheme"], None)
    if provider is None:
        _named_secrets(Table(place=place, values=written))
        return None
    url = source.read("public_url", public_url, None)
    known = KEYS["verify"] | provider.options | provider.secret_options | _of_no_scheme(provider)
    return _verification(read_table(place, written, known), provider, source, url)


def _provider(value: object) -> Provider:
    if isinstance(value, str) and value in PROVIDERS:
        return PROVIDERS[value]
    hint = f"; the nearest known one is {nearest(value, PROVIDERS)!r}" if isinstance(value, str) else ""
    raise UnusableError(f"unknown scheme {shown(value)}{hint}")


def _verification(table: Table, provider: Provider, source: Table, url: str | None) -> Verification | None:
    names = _secret_names(table, provider)
    handshakes = read_handshakes(table, source, provider, names, url)
    scheme = _scheme(table, provider, source, url)
    if scheme is None:
        return None
    return Verification(
        provider=settled(provider, scheme),
        scheme=scheme,
        secret_names=names,
        handshakes=handshakes,
        confirmation=_confirmation(table, provider, scheme),
    )


def _of_no_scheme(provider: Provider) -> frozenset[str]:
    """The options that concern the source and not its scheme (see ``config.networks``)."""
    return frozenset({ENOUGH}) if provider.proves is Proves.NOTHING else frozenset()


def _confirmation(table: Table, provider: Provider, scheme: Scheme) -> Confirmation | None:
    """How the sender is asked whether a call is its own, where hookline.toml names credentials for that."""
    name = table.read(provider.confirm_option, secret_name, None) if provider.confirm_option else None
    return Confirmation(secret_name=name, place=scheme.place) if name and isinstance(scheme, Confirms) else None


def _secret_names(table: Table, provider: Provider) -> tuple[str, ...]:
    place = table.at("secrets")
    if not provider.needs_secret:
        if table.has("secrets"):
            place.complain(f"the scheme {provider.name} does not use a secret")
        return ()
    if table.has(_KEYS_URL):
        if table.has("secrets"):
            place.complain("has keys to verify with, but keys_url names keys too: write only one of them")
        return ()
    if not table.has("secrets"):
        place.complain('name at least one environment variable that holds a secret, such as secrets = ["NAME"]')
        return ()
    return _named_secrets(table)


def _named_secrets(table: Table) -> tuple[str, ...]:
    if not table.has("secrets"):
        return ()
    return read_names(table.at("secrets"), table.values["secrets"], "names of secrets", secret_name)


def _lifetime(value: object) -> object:
    """A reader of a duration or "none"."""
    return value if value == _NO_LIFETIME else _LIFETIME(value)


def _scheme(table: Table, provider: Provider, source: Table, url: str | None) -> Scheme | None:
    """The scheme; after a complaint it is built again without the option, to find all other complaints."""
    taken = KEYS["verify"] | provider.secret_options | _of_no_scheme(provider)
    options = {key: value for key, value in table.values.items() if key not in taken}
    if "tolerance" in options:
        options["tolerance"] = table.read("tolerance", _TOLERANCE, DEFAULT_TOLERANCE)
    if "max_lifetime" in options:
        options["max_lifetime"] = table.read("max_lifetime", _lifetime, DEFAULT_TOLERANCE)
    if (provider.needs_url or "template" in provider.options) and (url or source.has("public_url")):
        options["public_url"] = url or _ANY_URL
    reported: set[str] = set()
    while True:
        try:
            return provider.build(options)
        except OptionError as fault:
            owner = source if fault.option == "public_url" else table
            if fault.option not in reported:
                owner.at(fault.option).complain(fault.why)
            reported.add(fault.option)
            if fault.option not in options:
                return None
            del options[fault.option]
