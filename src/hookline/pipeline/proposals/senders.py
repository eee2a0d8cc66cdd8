"""The senders that are known by name, each in all its forms."""

from __future__ import annotations

from contextlib import suppress
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from hookline.providers import GENERAL, PROVIDERS
from hookline.providers.provider import Proves
from hookline.providers.scheme import OptionError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hookline.domain.request import Request
    from hookline.providers.scheme import Scheme

__all__ = ["forms_of", "likeness", "named_senders"]

_OWN_OPTIONS: Final[Mapping[str, Sequence[Mapping[str, object]]]] = {
    "gitlab": ({"form": "signature"},),
    "hubspot": ({"version": "v1"}, {"version": "v2"}),
    "standard-webhooks": ({"secret_encoding": "utf8"}, {"version": "v1a"}),
}
"""The names of a provider's other forms."""


def named_senders() -> tuple[str, ...]:
    """Every name in the catalogue but those of the general schemes."""
    return tuple(name for name in PROVIDERS if name not in GENERAL)


@lru_cache(maxsize=1024)
def forms_of(name: str, url: str) -> Sequence[tuple[Mapping[str, object], Scheme]]:
    """The scheme in each of its forms, called at ``url``, unless it needs options that are not known here."""
    provider = PROVIDERS[name]
    if provider.proves is Proves.NOTHING:
        return ()
    own = {"public_url": url} if provider.needs_url else {}
    found = []
    for options in ({}, *_OWN_OPTIONS.get(name, ())):
        with suppress(OptionError):
            found.append((options, provider.build({**options, **own})))
    return found


def likeness(name: str, request: Request) -> int:
    """How many headers of the request, apart from the signature's, are known headers of this sender."""
    provider = PROVIDERS[name]
    expressions = [one or "" for one in (provider.find_id, provider.find_type, provider.find_time)]
    known = {*(provider.sample.headers if provider.sample else ()), *provider.headers}
    known |= {
        one.removeprefix("header:") for text in expressions for one in text.split(" || ") if one.startswith("header:")
    }
    return sum(request.headers.get(header) is not None for header in known)
