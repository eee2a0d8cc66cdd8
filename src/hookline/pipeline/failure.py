"""An error in the one form in which all commands report it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from hookline.error_codes import CODES
from hookline.errors import ConfigError, DataDirectoryError, PatternError, Rejected
from hookline.record import record

if TYPE_CHECKING:
    from hookline.errors import Complaint, HooklineError

__all__ = ["Failure"]

_WRONG_USAGE = (ConfigError, PatternError, DataDirectoryError)


@record
class Failure:
    """An error with its code and remedy; ``is_usage`` if the command or the configuration is wrong."""

    code: str
    detail: str
    remedy: str
    complaints: tuple[Complaint, ...] = ()
    is_usage: bool = False

    @classmethod
    def of(cls, error: HooklineError | OSError) -> Failure:
        """The failure for this error."""
        if isinstance(error, OSError):
            return cls(code="system", detail=str(error), remedy=CODES["system"].remedy)
        many = isinstance(error, ConfigError | PatternError)
        return cls(
            code=error.code,
            detail=error.title if many else error.detail,
            remedy=error.remedy,
            complaints=error.complaints if isinstance(error, ConfigError | PatternError | Rejected) else (),
            is_usage=isinstance(error, _WRONG_USAGE),
        )

    def lines(self) -> list[str]:
        """The failure as lines for a person."""
        complaints = [f"  {complaint}" for complaint in self.complaints]
        return [f"error [{self.code}]: {self.detail}", *complaints, self.remedy]

    def as_json(self) -> str:
        """The failure as a document for a program."""
        error = {"code": self.code, "detail": self.detail, "remedy": self.remedy}
        complaints = [{"where": complaint.where, "why": complaint.why} for complaint in self.complaints]
        return json.dumps({"error": error | ({"complaints": complaints} if complaints else {})})
