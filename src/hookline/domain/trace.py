"""The trace that an event is part of: W3C Trace Context, and the same in the format of AWS X-Ray."""

from __future__ import annotations

from typing import Final

__all__ = ["TRACE_ATTRIBUTES", "TRACE_PARENT", "aws_trace_header"]

TRACE_PARENT: Final = "traceparent"
TRACE_ATTRIBUTES: Final = (TRACE_PARENT, "tracestate")
"""The attributes of CloudEvents' extension for distributed tracing; an event's metadata uses the same names."""


def aws_trace_header(trace_parent: str) -> str:
    """The value of ``AWSTraceHeader`` that names the same trace and parent (X-Ray's tracing header)."""
    _, trace, parent, flags = trace_parent.split("-")[:4]
    return f"Root=1-{trace[:8]}-{trace[8:]};Parent={parent};Sampled={int(flags, 16) & 1}"
