"""Requests judged by the service's own model, which botocore carries.

botocore itself checks types, required members and minima, and leaves the rest to the service: patterns, greatest lengths, ranges and
enumerations. An emulator rarely checks these, so a request that AWS refuses would pass every test.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from hookline.adapters.aws.clients import Clients

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

__all__ = ["ServiceModelError", "faults", "judge_hookline", "judged"]

_CLASSES = {
    r"\p{L}": r"\w",
    r"\p{N}": r"\w",
    r"\p{Z}": r" \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000",
    r"\p{Print}": r"\x20-\x7e",
    r"\uD800\uDC00-\uDBFF\uDFFF": r"\U00010000-\U0010ffff",
    r"[\w-_]": r"[\w\-_]",
}
"""What the models' patterns, which are written for Java, have and Python has not. Each pattern with a class of letters or numbers also
allows the underscore, so that Python's class of word characters is the same set. A pattern with anything else raises re.error."""


class ServiceModelError(AssertionError):
    """A request that AWS would refuse."""


def judged(client: Any) -> Any:  # boto3 makes its clients' classes at run time
    """The client, which from now on raises ServiceModelError for a request that its service would refuse."""
    client.meta.events.register("provide-client-params", _judge)
    return client


@cache
def judge_hookline() -> None:
    """From now on, and until this process ends, the clients that hookline makes for itself are judged too."""
    create = Clients._create

    def create_judged(clients: Clients, *given: Any) -> Any:  # botocore's
        return judged(create(clients, *given))

    Clients._create = create_judged  # type: ignore[method-assign, assignment] # every client is made here


def _judge(params: Mapping[str, object], model: Any, **_: object) -> None:  # botocore's operation model
    if model.input_shape is not None and (found := list(faults(model.input_shape, params))):
        raise ServiceModelError(f"{model.service_model.service_name} {model.name}: {'; '.join(found)}")


def faults(shape: Any, value: object, where: str = "") -> Iterator[str]:  # botocore's shape
    """Each place in ``value`` that the service's model does not allow; what is of another type is for botocore to refuse."""
    match value:
        case str():
            yield from _text_faults(shape, value, where)
        case bool():
            return
        case int() | float():
            yield from _bound_faults(shape, value, f"{value:g}", where)
        case bytes() | bytearray():
            yield from _bound_faults(shape, len(value), f"{len(value)} bytes", where)
        case Mapping() | list() | tuple():
            yield from _inner_faults(shape, value, where)


def _inner_faults(shape: Any, value: Collection[Any], where: str) -> Iterator[str]:  # as above
    if shape.type_name == "structure" and isinstance(value, Mapping):
        for name in value.keys() & shape.members.keys():
            yield from faults(shape.members[name], value[name], f"{where}.{name}".lstrip("."))
    elif shape.type_name == "map" and isinstance(value, Mapping):
        yield from _bound_faults(shape, len(value), f"{len(value)} members", where)
        for key, each in value.items():
            yield from faults(shape.key, key, f"{where} key")
            yield from faults(shape.value, each, f"{where}[{key}]")
    elif shape.type_name == "list":
        yield from _bound_faults(shape, len(value), f"{len(value)} elements", where)
        for number, each in enumerate(value):
            yield from faults(shape.member, each, f"{where}[{number}]")


def _text_faults(shape: Any, value: str, where: str) -> Iterator[str]:  # as above
    if shape.type_name == "blob":
        yield from _bound_faults(shape, len(value.encode()), f"{len(value.encode())} bytes", where)
        return
    if shape.type_name != "string":
        return
    yield from _bound_faults(shape, len(value), f"{len(value)} characters", where)
    if shape.enum and value not in shape.enum:
        yield f"{where}: {value!r} is not one of {', '.join(shape.enum)}"
    pattern = shape.metadata.get("pattern")
    if pattern and not _compiled(pattern).fullmatch(value):
        yield f"{where}: {value!r} is not of the form {pattern}"


def _bound_faults(shape: Any, size: float, said: str, where: str) -> Iterator[str]:  # as above
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is not None and size < least:
        yield f"{where}: {said} is less than {least}"
    if most is not None and size > most:
        yield f"{where}: {said} is more than {most}"


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """The pattern for Python. Java's classes know ASCII only; those of Unicode begin with a backslash and p."""
    translated = pattern
    for theirs, ours in _CLASSES.items():
        translated = translated.replace(theirs, ours)
    return re.compile(translated, 0 if r"\p{" in pattern else re.ASCII)
