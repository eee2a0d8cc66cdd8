"""Reads ``[[routes]]``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookline.config.keys import KEYS
from hookline.config.reader import hint, read_names, read_table
from hookline.config.route_checks import check_match, check_repeats
from hookline.config.units import UnusableError, shown
from hookline.domain.route import Route
from hookline.errors import PatternError
from hookline.patterns import compile_pattern

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from hookline.config.possible import Possible
    from hookline.config.reader import Place, Table
    from hookline.domain.route import Match

__all__ = ["read_routes"]


def read_routes(
    place: Place, value: object, queue_names: Collection[str], events: Sequence[Possible] = ()
) -> list[Route]:
    """Every usable route, in the order of the file.

    ``queue_names`` are those that exist; ``events`` are the possible events of all sources.
    """
    if not isinstance(value, list):
        place.complain("must be a list of tables: write [[routes]] above each")
        return []
    found = [_route(place.at(index), written, queue_names, events) for index, written in enumerate(value)]
    check_repeats(place, [(route, route and value[index]["match"]) for index, route in enumerate(found)])
    return [route for route in found if route is not None]


def _route(place: Place, written: object, queue_names: Collection[str], events: Sequence[Possible]) -> Route | None:
    table = read_table(place, written, KEYS["routes"])
    if not isinstance(written, dict):
        return None
    match = _match(table, events)
    queues = _queues(table, queue_names)
    return None if match is None else Route(match=match, queues=queues)


def _match(table: Table, events: Sequence[Possible]) -> Match | None:
    place = table.at("match")
    if not table.has("match"):
        place.complain('write which events this route is for, such as match = { type = ["payment"] }')
        return None
    written = table.values["match"]
    try:
        match = compile_pattern(written)
    except PatternError as error:
        for complaint in error.complaints:
            place.at(*_steps(complaint.where)).complain(complaint.why)
        return None
    if isinstance(written, dict):
        check_match(place, written, events)
    return match


def _steps(pointer: str) -> list[str | int]:
    """The steps of a JSON pointer (RFC 6901); a number is read as a position in a list."""
    steps = [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]
    return [int(step) if step.isascii() and step.isdigit() else step for step in steps]


def _queues(table: Table, queue_names: Collection[str]) -> tuple[str, ...]:
    place = table.at("queues")
    if not table.has("queues"):
        place.complain('write where the events go, such as queues = ["payments"]')
        return ()

    def declared(value: object) -> str:
        if isinstance(value, str) and value in queue_names:
            return value
        raise UnusableError(f"there is no queue {shown(value)}{hint(value, queue_names)}")

    return read_names(place, table.values["queues"], "names of queues", declared)
