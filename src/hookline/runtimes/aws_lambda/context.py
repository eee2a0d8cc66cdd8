"""Lambda's information about one invocation."""

from __future__ import annotations

from typing import Protocol

__all__ = ["Context", "margin"]

_LONGEST_MARGIN = 10_000

"""Milliseconds that one step takes at most when AWS is slow and every call needs all its attempts."""


class Context(Protocol):
    """The part of Lambda's context object that hookline uses.

    https://docs.aws.amazon.com/lambda/latest/dg/python-context.html
    """

    @property
    def aws_request_id(self) -> str:
        """The id under which Lambda logs the invocation."""
        ...

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until Lambda stops the function."""
        ...


def margin(context: Context) -> int:
    """Milliseconds to reserve at the end for finishing the begun step: ten seconds, or a third of a shorter time."""
    return min(_LONGEST_MARGIN, context.get_remaining_time_in_millis() // 3)
