"""``fetch`` of a source: its sender's API completes the records of its events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hookline.config.keys import KEYS
from hookline.config.reader import one_of, read_table
from hookline.config.secret_names import secret_name
from hookline.domain.source import Fetch
from hookline.providers.fetches import APIS, api_of
from hookline.providers.provider import Proves

if TYPE_CHECKING:
    from hookline.config.reader import Table
    from hookline.providers.provider import Provider

__all__ = ["read_fetch"]

_EXAMPLE: Final = 'fetch = { secret = "NAME" }'


def read_fetch(source: Table, provider: Provider) -> Fetch | None:
    """How the source's sender is asked for records; complains if it has no known API, or if a fetch is required and missing."""
    api = api_of(provider.name)
    if not source.has("fetch"):
        if api is not None and provider.proves is Proves.NOTHING:
            source.at("fetch").complain(
                f"this sender does not sign its calls; only its API can confirm them: write {_EXAMPLE}"
            )
        return None
    if api is None:
        source.at("fetch").complain(
            f"cannot be used with the scheme {provider.name}; hookline can fetch records from the APIs of "
            f"{', '.join(sorted(APIS))}"
        )
        return None
    table = read_table(source.at("fetch"), source.values["fetch"], KEYS["fetch"])
    place = table.read("environment", one_of(api.places), api.places[0])
    if not table.has("secret"):
        table.at("secret").complain(f"name the variable that holds the API's token, such as {_EXAMPLE}")
        return None
    name = table.read("secret", secret_name, None)
    return None if name is None else Fetch(secret_name=name, place=place, find=api.find)
