"""``fifo = { group = … }``: a JMESPath that finds the group of an event in its CloudEvent."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from hookline.config.expressions import check_group
from hookline.config.extract import FORM, HEADER, compiled_expression, field_finder, plain_fields
from hookline.config.reads import paths_of_expression
from hookline.config.units import UnusableError, shown
from hookline.domain.message import VIEW
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from jmespath.parser import ParsedResult

__all__ = ["GroupExpression", "group_expression"]

Find: TypeAlias = "Callable[[Mapping[str, object]], object]"


@record
class GroupExpression:
    """A FIFO queue's expression: ``reads`` names the attributes of the CloudEvent that it uses; ``data`` is the body.

    ``find`` returns the group, None where the expression finds nothing. It never raises.
    """

    reads: frozenset[str]
    find: Find


def group_expression(value: object) -> GroupExpression:
    """The expression, ready to use. Raises UnusableError for one that could never find a group."""
    if not isinstance(value, str) or not value.strip():
        raise UnusableError(
            'must be a JMESPath into the CloudEvent, such as "data.customer_id" or "transactionpayment"'
        )
    if value.startswith((HEADER, FORM)):
        raise UnusableError("must be a JMESPath into the CloudEvent, which does not contain headers and forms")
    compiled = compiled_expression(value)
    check_group(compiled.parsed)
    steps = {path[0] for path in paths_of_expression(value) if path}
    names = {step for step in steps if isinstance(step, str)}
    if unknown := sorted(names - VIEW):
        raise UnusableError(
            f"a message has no attribute {shown(unknown[0])}; the body is under data: "
            f"write data.{unknown[0]} for a field of it"
        )
    fields = plain_fields(compiled.parsed)
    find = _search(compiled) if fields is None else field_finder(fields)
    return GroupExpression(reads=frozenset(names) if names == steps else VIEW, find=find)


def _search(compiled: ParsedResult) -> Find:
    """A group found by the JMESPath interpreter."""

    def find(event: Mapping[str, object]) -> object:
        try:
            return compiled.search(event)
        except Exception:  # noqa: BLE001 -- a hostile body may raise JMESPathError, RecursionError, OverflowError and more
            return None

    return find
