"""The handler of the validator's function."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookline.runtimes.aws_lambda.lazy import Lazy
from hookline.runtimes.aws_lambda.snapshots import register_hooks
from hookline.runtimes.aws_lambda.validator import unopened
from hookline.runtimes.aws_lambda.wiring.functions import (
    open_validator,
    start_again,
    telemetry_of,
    try_again,
)

if TYPE_CHECKING:
    from hookline.runtimes.aws_lambda.context import Context

__all__ = ["handler"]

_validator = Lazy(open_validator)
register_hooks(before=lambda: _validator.get().forget(), after=lambda: start_again(_validator.get()))


def handler(event: object, context: Context) -> dict[str, object]:
    """The answer to a REST proxy event, or to an operator who retries a rejected request. Never raises."""
    try:
        validator = _validator.get()
    except Exception as fault:  # noqa: BLE001 -- whatever keeps it from starting, the sender is asked to come again
        return unopened(fault, telemetry_of("validator"), context)
    if isinstance(event, dict) and (answer := try_again(validator, event, context)) is not None:
        return answer
    return validator(event, context)
