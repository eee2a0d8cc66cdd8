"""Every error that hookline raises on purpose, grouped by who has to act.

::

    HooklineError
    ├── Rejected               the sender's fault: the sender gets a 4xx, or 501 or 505 for an unsupported part of HTTP
    ├── UnavailableError       our fault: the sender gets a 503 with Retry-After, and can try again
    │   └── DamagedError       the same answer, but it stays until an operator restores a backup
    └── OperatorError          the operator's fault: reported at start or by a command
        ├── ConfigError        hookline.toml is not valid; the error lists every complaint
        ├── PatternError       an event pattern is not valid; the error lists every complaint
        ├── DataDirectoryError the data directory is in use, unreadable or newer than this code
        └── NotFoundError      an event, queue or source that does not exist

Each error has a stable ``code`` (listed in docs/reference/errors.md), a sentence that is safe to show, and, if there is any,
evidence: which part of the input is wrong, and why. No error contains a secret, a signature or a body.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from hookline.error_codes import CODES
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hookline.error_codes import ErrorCode

__all__ = [
    "Complaint",
    "ConfigError",
    "DamagedError",
    "DataDirectoryError",
    "HooklineError",
    "NotFoundError",
    "OperatorError",
    "PatternError",
    "Rejected",
    "UnavailableError",
]


class HooklineError(Exception):
    """The base of all errors: has a stable code and a sentence that is safe to show."""

    missing_right: str | None = None
    """The permission that the caller's own credentials lack, such as ``sqs:ListQueues``; None for any other cause."""

    codes: ClassVar[Mapping[str, ErrorCode]] = CODES
    """Where the codes of this class are; ``infra`` has a class with codes of its own."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail

    @property
    def title(self) -> str:
        """A short, fixed name of the error."""
        return self.codes[self.code].title

    @property
    def remedy(self) -> str:
        """What to do about it."""
        return self.codes[self.code].remedy


@record
class Complaint:
    """One thing that is wrong: where (a JSON pointer, or a dotted key of hookline.toml) and why."""

    where: str
    why: str

    def __str__(self) -> str:
        return f"{self.where}: {self.why}" if self.where else self.why


class Rejected(HooklineError):  # noqa: N818 -- the design's word for it: a refusal, not a fault of ours
    """The sender's fault. The only thing that outside input can raise."""

    def __init__(
        self, code: str, detail: str, *, complaints: Sequence[Complaint] = (), allowed: Sequence[str] = ()
    ) -> None:
        super().__init__(code, detail)
        self.complaints = tuple(complaints)
        self.allowed = tuple(allowed)
        """The methods that the path allows, if the method was wrong; else empty."""

    @property
    def status(self) -> int:
        """The HTTP status that the sender gets."""
        return self.codes[self.code].status or 400


class UnavailableError(HooklineError):
    """Our fault, and temporary: the sender gets 503 with Retry-After. Acknowledged events are not affected."""

    def __init__(self, code: str, detail: str, *, retry_after: int = 5) -> None:
        super().__init__(code, detail)
        self.retry_after = retry_after
        """Seconds that the sender should wait before it tries again."""

    @property
    def status(self) -> int:
        """The HTTP status that the sender gets."""
        return self.codes[self.code].status or 503


class DamagedError(UnavailableError):
    """The database is damaged: senders get 503, and a server does not start."""


class OperatorError(HooklineError):
    """The operator's fault: reported at start or on the command line, never to a sender."""


class _ManyComplaintsError(OperatorError):
    """An operator's error that lists all complaints together."""

    def __init__(self, code: str, complaints: Sequence[Complaint]) -> None:
        super().__init__(code, "\n".join(map(str, complaints)))
        self.complaints = tuple(complaints)


class ConfigError(_ManyComplaintsError):
    """The configuration is not valid; ``complaints`` lists every problem."""

    def __init__(self, complaints: Sequence[Complaint]) -> None:
        super().__init__("config_invalid", complaints)


class PatternError(_ManyComplaintsError):
    """An event pattern is not valid; ``complaints`` lists every problem by JSON pointer."""

    def __init__(self, complaints: Sequence[Complaint]) -> None:
        super().__init__("pattern_invalid", complaints)


class DataDirectoryError(OperatorError):
    """The data directory is in use, cannot be used, or is newer than this code."""


class NotFoundError(OperatorError):
    """An event, queue or source that does not exist."""

    def __init__(self, detail: str) -> None:
        super().__init__("not_found", detail)
