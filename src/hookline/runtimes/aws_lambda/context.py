"""What Lambda tells about one invocation."""

from __future__ import annotations

from typing import Protocol

__all__ = ["Context"]


class Context(Protocol):
    """The part of Lambda's context object that is used.

    https://docs.aws.amazon.com/lambda/latest/dg/python-context.html
    """

    @property
    def aws_request_id(self) -> str:
        """The id under which Lambda logs the invocation."""
        ...

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until Lambda stops the function."""
        ...
