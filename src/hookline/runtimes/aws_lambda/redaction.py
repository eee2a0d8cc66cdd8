"""Redacts faults before they are logged or raised: a library's text may repeat its input, such as a body or a secret."""

from __future__ import annotations

import traceback
from pathlib import PurePath

from hookline.errors import HooklineError, OperatorError, UnavailableError

__all__ = ["clean", "described"]

_MOST_FRAMES = 8


def described(fault: Exception) -> dict[str, object]:
    """The text for the log: hookline's faults with code and sentence, other faults with their class and place in the code."""
    if isinstance(fault, HooklineError):
        return {"fault": type(fault).__name__, "fault_code": fault.code, "detail": fault.detail}
    frames = traceback.extract_tb(fault.__traceback__)[-_MOST_FRAMES:]
    places = [f"{PurePath(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]
    return {"fault": f"{type(fault).__module__}.{type(fault).__qualname__}", "at_line": places}


def clean(fault: Exception) -> HooklineError:
    """The fault to raise to Lambda, which logs it: hookline's faults on one line, of other faults only the class."""
    if not isinstance(fault, HooklineError):
        return UnavailableError("internal_fault", f"{type(fault).__qualname__}, see the log")
    return OperatorError(fault.code, "; ".join(fault.detail.splitlines())) if "\n" in fault.detail else fault
