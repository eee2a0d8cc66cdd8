"""The senders' own samples that ship with the package, and ways to change them."""

from __future__ import annotations

from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, cast
from urllib.parse import quote

import orjson

import hookline.providers
from hookline.providers.transactions import mapper_of

if TYPE_CHECKING:
    from hookline.domain.event import Json
    from hookline.domain.transaction import Transaction
    from hookline.providers.transactions.mapper import MappedType, Mapper

__all__ = ["SAMPLES", "changed", "every_type", "mapped", "mapper", "sample"]

SAMPLES = Path(hookline.providers.__file__).parent / "samples"


@cache
def sample(provider: str, name: str) -> bytes:
    """The sample of this type, as it would be sent. A file's name cannot have a colon everywhere."""
    return (SAMPLES / provider / f"{quote(name)}.json").read_bytes()


def mapper(provider: str, **chosen: str) -> Mapper:
    """The provider's mapper, which there is, with the chosen value of each option."""
    found = mapper_of(provider, chosen)
    assert found is not None
    return found


def every_type(provider: str) -> dict[str, MappedType]:
    """Every type that the provider's mapper knows, whatever is chosen."""
    found = mapper(provider)
    chosen = (types for values in found.choices.values() for types in values.values())
    return dict(found.types) | {name: mapped for types in chosen for name, mapped in types.items()}


def mapped(provider: str, body: bytes, **chosen: str) -> Transaction | None:
    """The mapper's result for ``body``, parsed as requests are."""
    finder = mapper(provider, **chosen)
    return finder(finder.document_of(body, orjson.loads(body)))


def changed(provider: str, name: str, pointer: str, value: Json) -> bytes:
    """The sample with another value at the JSON pointer; None takes the field away."""
    document = deepcopy(orjson.loads(sample(provider, name)))
    *path, last = pointer.removeprefix("/").split("/")
    place = document
    for step in path:
        place = place[int(step)] if isinstance(place, list) else cast("dict[str, object]", place).setdefault(step, {})
    if value is None:
        place.pop(last, None)
    else:
        place[last] = value
    return orjson.dumps(document)
