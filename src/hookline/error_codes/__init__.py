"""The stable codes: the HTTP status of each, a title, and what to do.

``infra`` and ``cli`` have codes of their own in a module of this name; docs/reference/errors.md has one row for each code of all three.
"""

from __future__ import annotations

from hookline.error_codes.answers import ANSWERS
from hookline.error_codes.code import ErrorCode
from hookline.error_codes.reports import REPORTS

__all__ = ["CODES", "ErrorCode"]

CODES: dict[str, ErrorCode] = ANSWERS | REPORTS
"""Every code that a caller is answered with, and those that hookline reports at start or from more than one part."""
