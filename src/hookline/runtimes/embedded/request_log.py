"""Limits the log lines that strangers can cause, so that a flood of unknown paths or invalid requests cannot fill the disk.

Calls that fail verification have a separate limit (``failed_calls``).
"""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING, Final

from hookline.runtimes.embedded.bucket import Bucket

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hookline.pipeline.receive import Call
    from hookline.runtimes.embedded.log import Log

__all__ = ["RequestLog"]

_RATE: Final = 1.0  # lines a second, once those of the burst are used up
_BURST: Final = 100
_REPORT_SECONDS: Final = 10.0


class RequestLog:
    """Logs as many requests of unknown senders as the limit allows, and counts the others. Use it only on the loop."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._bucket = Bucket(_RATE, depth=_BURST)
        self._folded: Counter[tuple[int, str, str | None]] = Counter()

    def request(self, scope: Mapping[str, object], call: Call, status: int, outcome: str) -> None:
        """Log this request, or count it for the next report."""
        if self._bucket.take():
            self._log.request(scope, call, status, outcome)
            return
        if not self._folded:
            asyncio.get_running_loop().call_later(_REPORT_SECONDS, self.report)
        self._folded[status, outcome, call.source.name if call.source is not None else None] += 1

    def fault(self, text: str, fault: BaseException) -> None:
        """Log a traceback, within the same limit; the request's own line, or its count, follows in any case."""
        if self._bucket.take():
            self._log.fault(text, fault)

    def report(self) -> None:
        """Write one line for each kind of request that was only counted."""
        for (status, outcome, source), count in self._folded.items():
            text = "requests not logged one by one"
            self._log.say("warning", text, status=status, outcome=outcome, source=source, count=count)
        self._folded.clear()
