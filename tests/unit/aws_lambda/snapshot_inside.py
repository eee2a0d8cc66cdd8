"""What a fresh validator holds when Lambda is about to save its process, as JSON. Its variables say that it has SnapStart."""

from __future__ import annotations

import enum
import functools
import gc
import json
import socket
import sys
import types
from datetime import UTC, datetime
from importlib import import_module
from typing import Any  # objects may be of any kind

MODULE = "hookline.runtimes.aws_lambda.handlers.validator"
FOLLOWED = (
    *(dict, list, tuple, set, frozenset, types.MappingProxyType),
    *(types.MethodType, types.CellType, functools.partial, functools._lru_cache_wrapper),
)
FAR = datetime(9999, 1, 1, tzinfo=UTC)
MARK = "a mark that must be gone"
FORGETFUL = (
    "AwsSecrets",
    "Validator",
    "SourcePauses",
    "HttpsKeys",
    "KeySets",
    "_Sender",
    "HttpsConfirmations",
    "FreezableClock",
)


def reached(start: object) -> list[Any]:
    """Every object that ``start`` reaches through hookline's objects, containers and closures."""
    seen: dict[int, object] = {}
    queue = [start]
    while queue:
        one = queue.pop()
        if id(one) in seen or isinstance(one, type | types.ModuleType):
            continue
        seen[id(one)] = one
        if isinstance(one, types.FunctionType):
            queue += [*(one.__closure__ or ()), *(one.__defaults__ or ())]
        elif is_ours(one) or isinstance(one, FOLLOWED):
            queue += gc.get_referents(one)
    return list(seen.values())


def is_ours(one: object) -> bool:
    """Whether hookline wrote its class."""
    return type(one).__module__.startswith("hookline.")


def can_change(one: object) -> bool:
    """Whether its fields can be set: those of records and enumerations cannot."""
    return is_ours(one) and type(one).__setattr__ is object.__setattr__ and not isinstance(one, enum.Enum)


def globals_of_ours() -> list[tuple[str, object]]:
    """The global objects of hookline's modules, by module and name."""
    return [
        (f"{name.rpartition('.')[2]}.{key}", value)
        for name, module in sorted(sys.modules.items())
        if name.startswith("hookline")
        for key, value in vars(module).items()
        if not isinstance(value, functools._lru_cache_wrapper) or value.__module__ == name
    ]


def fill(one: Any) -> None:
    """Mark every list, table, set and time in it."""
    for name in getattr(one, "__dict__", None) or type(one).__slots__:
        value = getattr(one, name)
        if isinstance(value, dict) and name != "_senders":
            value[MARK] = MARK
        elif isinstance(value, set):
            value.add(MARK)
        elif isinstance(value, datetime):
            setattr(one, name, FAR)


def main() -> None:
    """Look, then fill everything that a snapshot must not keep, forget it, and look again."""
    called: list[object] = []
    socket.socket.connect = lambda *address: called.append(address)  # type: ignore[method-assign]  # nothing calls it
    opened = import_module(MODULE)._validator
    validator, objects = opened.get(), reached(opened)
    objects += [value for _, value in globals_of_ours()]
    clients = next(one for one in objects if type(one).__name__ == "Clients")
    found = {
        "objects": sorted({type(one).__name__ for one in objects if can_change(one)}),
        "caches": {
            name: cached.cache_info().currsize
            for name, cached in globals_of_ours()
            if isinstance(cached, functools._lru_cache_wrapper)
        },
        "clients": sorted(clients._clients),
        "called": bool(called),
    }
    filled = [one for one in objects if type(one).__name__ in FORGETFUL]
    for one in filled:
        fill(one)
    validator.forget()
    marked = [one for one in reached(opened) if isinstance(one, str | datetime) and one in (MARK, FAR)]
    sys.stdout.write(
        json.dumps(found | {"filled": sorted({type(one).__name__ for one in filled}), "left": len(marked) * [MARK]})
    )


main()
