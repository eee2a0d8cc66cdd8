"""Everything that hookline raises on purpose, by whose fault it is.

::

    HooklineError
    ├── Rejected               the sender's fault: a 4xx, or 501 and 505 for what HTTP/1.1 here does not have; reported to the sender
    ├── UnavailableError       ours, try again: a 503 with Retry-After
    │   └── DamagedError       the same to a sender; time does not help, an operator must restore a backup
    └── OperatorError          the operator's fault: said at start or on the command line
        ├── ConfigError        hookline.toml, with every complaint at once
        ├── PatternError       an event pattern, with every complaint at once
        ├── DataDirectoryError the data directory is in use, unreadable or newer than this code
        └── NotFoundError      an event, queue or source that does not exist

Each error carries a stable ``code`` (listed in docs/reference/errors.md), a sentence that is safe to show, and, where there is any,
evidence: which part of the input is meant, and why. None carries a secret, a signature or a body.
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
    """The root: carries a stable code and a sentence that is safe to show."""

    missing_right: str | None = None
    """The right that the caller's own credentials miss, such as ``sqs:ListQueues``; None where the fault is another."""

    codes: ClassVar[Mapping[str, ErrorCode]] = CODES
    """Where the codes of this class are; ``infra`` and ``cli`` have classes with codes of their own."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail

    @property
    def title(self) -> str:
        """A short, fixed name of the fault."""
        return self.codes[self.code].title

    @property
    def remedy(self) -> str:
        """What to do about it, in a sentence."""
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
        """The methods that would have been answered, where the method is what is wrong."""

    @property
    def status(self) -> int:
        """The HTTP status that the sender gets."""
        return self.codes[self.code].status or 400


class UnavailableError(HooklineError):
    """Ours, and worth another try: the sender gets 503 with Retry-After, and nothing that was acknowledged is touched."""

    def __init__(self, code: str, detail: str, *, retry_after: int = 5) -> None:
        super().__init__(code, detail)
        self.retry_after = retry_after
        """Seconds until another try makes sense."""

    @property
    def status(self) -> int:
        """The HTTP status that the sender gets."""
        return self.codes[self.code].status or 503


class DamagedError(UnavailableError):
    """The database is damaged: to a sender as unavailable as any other storage, at start a reason not to begin."""


class OperatorError(HooklineError):
    """The operator's fault: reported at start or on the command line, never to a sender."""


class _ManyComplaintsError(OperatorError):
    """An operator's error that lists everything that is wrong in one go."""

    def __init__(self, code: str, complaints: Sequence[Complaint]) -> None:
        super().__init__(code, "\n".join(map(str, complaints)))
        self.complaints = tuple(complaints)


class ConfigError(_ManyComplaintsError):
    """The configuration is not right; ``complaints`` has all that is wrong with it."""

    def __init__(self, complaints: Sequence[Complaint]) -> None:
        super().__init__("config_invalid", complaints)


class PatternError(_ManyComplaintsError):
    """An event pattern is not right; ``complaints`` has all that is wrong with it, by JSON pointer."""

    def __init__(self, complaints: Sequence[Complaint]) -> None:
        super().__init__("pattern_invalid", complaints)


class DataDirectoryError(OperatorError):
    """The data directory is in use, cannot be used, or is newer than this code."""


class NotFoundError(OperatorError):
    """An event, queue or source that does not exist."""

    def __init__(self, detail: str) -> None:
        super().__init__("not_found", detail)
