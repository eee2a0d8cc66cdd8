"""Writes one structured line for each request and for each event of the server, without secrets, signatures and bodies."""

from __future__ import annotations

import logging
import os
import sys
import threading
import traceback
from collections import deque
from datetime import UTC, datetime
from time import perf_counter
from typing import TYPE_CHECKING, Any  # Any: the ASGI scope is a dictionary with values of any type

import orjson

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from hookline.pipeline.receive import Call
    from hookline.ports.telemetry import Metric

__all__ = ["Log", "LogTelemetry", "json_line", "pretty_line"]

_MOST_WAITING = 20_000
"""The most waiting lines. If the reader of the log stops reading, further lines are dropped and counted: logging never blocks."""

_LONGEST_PATH = 256
"""Characters of a path in the log, because a stranger may send a very long one."""

_PAUSE = 0.05  # seconds between writes, so that lines are written in groups

_LIBRARIES = ("asyncio", "hookline", "uvicorn.error")

_AS_LINE = orjson.OPT_UTC_Z | orjson.OPT_APPEND_NEWLINE | orjson.OPT_PASSTHROUGH_DATACLASS
"""Records are written as their repr, which leaves out secrets and bodies; orjson would write all their fields."""

Fields = dict[str, object]


class Log:
    """Accepts lines from any thread without blocking, and writes them on a separate thread."""

    def __init__(self, descriptor: int, render: Callable[[Fields], bytes]) -> None:
        self._descriptor = descriptor
        self._render = render
        self._lines: deque[bytes] = deque()
        self._dropped = 0
        self.lines_dropped = 0
        """How many lines were dropped since the start."""
        self._forward = _Forward(self)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="hookline-log", daemon=True)

    @classmethod
    def on_stderr(cls, log_format: str) -> Log:
        """A log to standard error; ``auto`` is pretty on a terminal."""
        pretty = log_format == "pretty" or (log_format == "auto" and sys.stderr.isatty())
        return cls(sys.stderr.fileno(), pretty_line if pretty else json_line)

    def start(self) -> None:
        """Start writing, and include the log lines of libraries."""
        self._thread.start()
        for name in _LIBRARIES:
            logging.getLogger(name).addHandler(self._forward)

    def stop(self) -> None:
        """Write the waiting lines, and stop."""
        for name in _LIBRARIES:
            logging.getLogger(name).removeHandler(self._forward)
        self._stopping.set()
        self._thread.join(timeout=5)

    def request(self, scope: Mapping[str, Any], call: Call, status: int, outcome: str) -> None:
        """Write one line for a request."""
        if len(self._lines) >= _MOST_WAITING:
            self._dropped += 1
            return
        source, path = call.source, scope["path"]
        fields: Fields = {
            "at": datetime.now(UTC),
            "level": "info" if status < 500 else "error",  # noqa: PLR2004 -- 5xx is ours
            "event": "request",
            "method": scope["method"],
            "path": path if len(path) <= _LONGEST_PATH else path[:_LONGEST_PATH],
            "source": None if source is None else source.name,
            "status": status,
            "outcome": outcome,
            "event_id": call.event_id,
            "bytes": call.size,
            "ms": int((perf_counter() - call.started) * 100_000) / 100,  # round() would cost twice as much
            "client": call.address or None,
        }
        self._lines.append(self._render(fields))

    def say(self, level: str, text: str, **fields: object) -> None:
        """Write one line for the operator."""
        self._put(_said(level, text, fields))

    def fault(self, text: str, fault: BaseException) -> None:
        """Write a line with a traceback, for an unexpected error."""
        lines = traceback.format_exception(fault)
        self.say("error", text, fault=repr(fault), traceback="".join(lines))

    def _put(self, fields: Fields) -> None:
        if len(self._lines) < _MOST_WAITING:
            self._lines.append(self._render(fields))
        else:
            self._dropped += 1

    def _run(self) -> None:
        while not self._stopping.wait(_PAUSE):
            self._write()
        self._write()

    def _write(self) -> None:
        lines = [self._lines.popleft() for _ in range(len(self._lines))]
        if dropped := self._dropped:  # reported without the limit, which is reached whenever lines are dropped
            self._dropped -= dropped
            self.lines_dropped += dropped
            lines.append(self._render(_said("warning", "log lines dropped", {"count": dropped})))
        rest = b"".join(lines)
        while rest:
            try:
                rest = rest[os.write(self._descriptor, rest) :]
            except OSError:  # a closed terminal or a full disk of the log must not stop the accepting of events
                return


class LogTelemetry:
    """Telemetry as lines of a log, which contain the counts under the metrics' names."""

    def __init__(self, log: Log) -> None:
        self._log = log

    def record(
        self,
        event: str,
        metrics: Mapping[Metric, float] | None = None,
        fields: Mapping[str, object] | None = None,
        *,
        level: str = "info",
        code: str | None = None,
    ) -> None:
        """Write one line."""
        counted = {metric.value: value for metric, value in (metrics or {}).items()}
        given = {**(fields or {}), "code": code, **counted}
        self._log.say(level, event, **{name: value for name, value in given.items() if value is not None})


def _said(level: str, text: str, fields: Fields) -> Fields:
    return {"at": datetime.now(UTC), "level": level, "event": text, **fields}


def json_line(fields: Fields) -> bytes:
    """The line as one JSON object, for any content."""
    try:
        return orjson.dumps(fields, default=str, option=_AS_LINE)
    except TypeError:  # a lone surrogate, as in the name of a file that is not UTF-8, or a number beyond 64 bits
        legible = {_legible(key): _legible(value) for key, value in fields.items()}
        return orjson.dumps(legible, option=_AS_LINE)


def _legible(value: object) -> str:
    return str(value).encode("utf-8", "replace").decode()


def pretty_line(fields: Fields) -> bytes:
    """The line for a person at a terminal."""
    at, level, event = fields["at"], fields["level"], fields["event"]
    clock = at.strftime("%H:%M:%S.%f")[:-3] if isinstance(at, datetime) else str(at)
    rest = {key: value for key, value in fields.items() if key not in ("at", "level", "event", "traceback")}
    if event == "request":
        line = "{status} {outcome:<12} {method} {path} {ms} ms {event_id}".format(
            **{**rest, "event_id": rest["event_id"] or ""}
        )
    else:
        line = " ".join([f"{event}", *(f"{key}={value}" for key, value in rest.items())])
    mark = {"info": " ", "warning": "!", "error": "✗"}.get(str(level), " ")
    below = (f"    {_harmless(part)}\n" for part in str(fields.get("traceback", "")).splitlines())
    return f"{clock} {mark} {_harmless(line)}\n{''.join(below)}".encode("utf-8", "replace")


def _harmless(text: str) -> str:
    """The text without characters that move a terminal's cursor or begin a new line."""
    return "".join(character if character.isprintable() else "�" for character in text)


class _Forward(logging.Handler):
    """Writes the warnings of libraries into the same log."""

    def __init__(self, log: Log) -> None:
        super().__init__(logging.WARNING)
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        fields = {"fault": repr(record.exc_info[1])} if record.exc_info else {}
        self._log.say(record.levelname.lower(), record.getMessage(), logger=record.name, **fields)
