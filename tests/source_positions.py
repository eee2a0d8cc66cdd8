"""Where in the program each resource was made: Pulumi's engine shows it, and to find it out takes a quarter of the time of a run."""

from __future__ import annotations

from pulumi.runtime import resource
from pulumi.runtime.proto.source_pb2 import StackTrace

__all__ = ["leave_out_source_positions"]


def leave_out_source_positions() -> None:
    """Have Pulumi record none, from now on and in this process: nothing here reads them."""
    resource._get_stack_trace = StackTrace
