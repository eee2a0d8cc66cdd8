"""``answer``: the answer that a sender requires for success."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from hookline.config.reader import read_table
from hookline.config.units import UnusableError, whole
from hookline.domain.json_text import NotJsonError, read_json
from hookline.domain.source import SuccessAnswer

if TYPE_CHECKING:
    from hookline.config.reader import Table

__all__ = ["ANSWER_KEYS", "read_answer"]

ANSWER_KEYS: Final = frozenset({"body", "status"})
"""The keys of ``answer`` in ``[sources.NAME]``."""

_STATUS = whole(200, 299)
_BODY = re.compile(r"[\t\n\r\x20-\x7e]{0,1024}")
_NO_BODY: Final = frozenset({204, 205})
"""Statuses without a body (RFC 9110 sections 15.3.5 and 15.3.6)."""


def read_answer(source: Table, default: SuccessAnswer | None) -> SuccessAnswer:
    """The success answer that ``answer`` describes; the key is present.

    Refusals are answered as in the sender's own answer, ``default``.
    """
    written = source.values["answer"]
    is_terse = default is not None and default.is_terse
    if not isinstance(written, dict):
        return _answer(source.read("answer", _STATUS, 200), None, is_terse=is_terse)
    table = read_table(source.at("answer"), written, ANSWER_KEYS)
    status, body = table.read("status", _STATUS, 200), table.read("body", _text, None)
    if not written:
        table.place.complain('write the answer, such as answer = 200 or answer = { body = "[accepted]" }')
    if body and status in _NO_BODY:
        table.at("body").complain(f"an answer of {status} has no body")
    return _answer(status, body, is_terse=is_terse)


def _answer(status: int, body: str | None, *, is_terse: bool) -> SuccessAnswer:
    if status in _NO_BODY:
        return SuccessAnswer(status=status, body=b"", is_terse=is_terse)
    if not body:
        return SuccessAnswer(status=status, body=None if body is None else b"", is_terse=is_terse)
    return SuccessAnswer(status=status, body=body.encode(), media_type=_media_type(body), is_terse=is_terse)


def _text(value: object) -> str:
    if not isinstance(value, str) or not _BODY.fullmatch(value):
        raise UnusableError("must be text of at most 1024 printable ASCII characters")
    return value


def _media_type(body: str) -> str:
    """JSON for an object or an array, else plain text: a sender that wants ``true`` or a number wants it as text."""
    try:
        document = read_json(body.encode())
    except NotJsonError:
        document = None
    return "application/json" if isinstance(document, dict | list) else "text/plain; charset=utf-8"
