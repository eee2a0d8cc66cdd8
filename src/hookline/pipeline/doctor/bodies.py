"""The body: changes that proxies, frameworks and editors make to its bytes."""

from __future__ import annotations

import zlib
from dataclasses import replace
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl, quote, quote_plus, urlencode

from hookline.pipeline.doctor.case import Trial
from hookline.pipeline.doctor.json_spellings import spellings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from hookline.pipeline.doctor.case import Case

__all__ = ["characters_recoded", "compressed", "form_rewritten", "json_rewritten", "line_end", "line_ends", "mark"]

_BOM = b"\xef\xbb\xbf"
_GZIP = b"\x1f\x8b"
_LARGEST_UNPACKED = 8 * 1024 * 1024
_MOST_FIELDS = 2000
_RAW = "Pass on the body byte for byte: nothing between the sender and hookline may parse or change it."

_ENDS: Final[Mapping[str, Callable[[bytes], bytes]]] = {
    "The body was signed with a line break at its end, which was removed on the way.": lambda body: body + b"\n",
    "The body was signed with CR LF at its end, which was removed on the way.": lambda body: body + b"\r\n",
    "The body was signed without the line break at its end.": lambda body: body.removesuffix(b"\n").removesuffix(b"\r"),
    "The body was signed without the line breaks at its end.": lambda body: body.rstrip(b"\r\n"),
    "The body was signed without the white space at its end.": lambda body: body.rstrip(),
    "The body was signed without the white space around it.": lambda body: body.strip(),
}
_LINE_ENDS: Final[Mapping[str, Callable[[bytes], bytes]]] = {
    "The body was signed with LF at the end of each line, and arrived with CR LF.": lambda body: body.replace(
        b"\r\n", b"\n"
    ),
    "The body was signed with CR LF at the end of each line, and arrived with LF.": lambda body: body.replace(
        b"\r\n", b"\n"
    ).replace(b"\n", b"\r\n"),
    "The body was signed with LF at the end of each line, and arrived with CR.": lambda body: body.replace(
        b"\r", b"\n"
    ),
}
_MARKS: Final[Mapping[str, Callable[[bytes], bytes]]] = {
    "The body was signed without the byte order mark at its beginning.": lambda body: body.removeprefix(_BOM),
    "The body was signed with a byte order mark at its beginning, which was removed on the way.": lambda body: (
        _BOM + body
    ),
}
_CODES: Final[Mapping[str, tuple[str, str]]] = {
    "The body was signed in Latin-1, and arrived in UTF-8.": ("utf-8", "latin-1"),
    "The body was signed in UTF-8, and arrived in Latin-1.": ("latin-1", "utf-8"),
    "The body was signed in Windows-1252, and arrived in UTF-8.": ("utf-8", "cp1252"),
}


def line_end(case: Case) -> Iterator[Trial]:
    """Other white space at the end."""
    return _changed(case, _ENDS)


def line_ends(case: Case) -> Iterator[Trial]:
    """Every change of the line breaks."""
    return _changed(case, _LINE_ENDS)


def mark(case: Case) -> Iterator[Trial]:
    """With or without the byte order mark."""
    return _changed(case, _MARKS)


def characters_recoded(case: Case) -> Iterator[Trial]:
    """Trials of the body's characters in another encoding."""
    for what, (came_in, signed_in) in _CODES.items():
        try:
            yield from _with_body(case, what, case.request.body.decode(came_in).encode(signed_in))
        except UnicodeError:
            continue


def json_rewritten(case: Case) -> Iterator[Trial]:
    """Trials of the JSON document, as other programs write it."""
    for words, body in spellings(case.request.body):
        what = f"The body is JSON that was parsed and written again on the way: it was signed {words}."
        yield from _with_body(case, what, body)


def form_rewritten(case: Case) -> Iterator[Trial]:
    """Trials of the form's fields, as other programs write them."""
    try:
        text = case.request.body.decode("ascii")
        pairs = parse_qsl(text, keep_blank_values=True, strict_parsing=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        return
    what = "The body is a form that was parsed and written again on the way."
    for fields in (pairs, sorted(pairs)):
        for spelled in (quote_plus, quote):
            written = urlencode(fields, quote_via=spelled)
            yield from _with_body(case, what, written.encode())
            yield from _with_body(case, what, written.replace("%2A", "*").replace("~", "%7E").encode())


def compressed(case: Case) -> Iterator[Trial]:
    """Trials of the body after decompression."""
    body = case.request.body
    if body.startswith(_GZIP):
        try:
            unpacked = zlib.decompressobj(wbits=31).decompress(body, _LARGEST_UNPACKED)
        except zlib.error:
            return
        yield from _with_body(case, "The body was compressed after it was signed.", unpacked)


def _changed(case: Case, changes: Mapping[str, Callable[[bytes], bytes]]) -> Iterator[Trial]:
    for what, change in changes.items():
        yield from _with_body(case, what, change(case.request.body))


def _with_body(case: Case, what: str, body: bytes) -> Iterator[Trial]:
    if body != case.request.body:
        yield Trial(what=what, fix=_RAW, request=replace(case.request, body=body))
