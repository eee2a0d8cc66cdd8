"""JSON that is read before its sender is proved, because it contains the signature: no body can make it take longer than its limit."""

from __future__ import annotations

import json
import time

import pytest

from hookline.domain.json_text import NotJsonError, read_any, read_json

MIB = 1024 * 1024
MOST = 16_384


def _filled(unit: bytes, end: bytes = b"1]", begin: bytes = b"[") -> bytes:
    return begin + unit * ((MIB - len(begin) - len(end)) // len(unit)) + end


HOSTILE = {
    "numbers": _filled(b"1,"),
    "objects": _filled(b'{"a":1},'),
    "nested": _filled(b"[" * 100 + b"]" * 100 + b","),
    "texts": _filled(b'"a",'),
    "escaped texts": _filled(b'"\\"",'),
    "backslashes": _filled(b'"\\\\",'),
    "names": b"{" + b",".join(b'"k%06d":1' % number for number in range(90_000)) + b"}",
    "one name": _filled(b'"id":1,', b'"id":1}', b"{"),
    "an open text": b'[1,"' + b"\\" * (MIB // 2) + b'",' * (MIB // 8),
    "only quotation marks": b'"' * MIB,
    "escaped quotation marks": b'"' + b'\\"' * (MIB // 2),
    "brackets in a text": b'["' + b"[" * MIB + b'"]',
    "lone surrogates": b'["' + b"\\ud800" * (MIB // 6) + b'"]',
    "objects for the slow parser": b'["\\ud800"' + b',{"a":1}' * 30_000 + b"]",
    "numbers for the slow parser": b"[1e999" + b",1e999" * 40_000 + b"]",
    "not UTF-8": b'["' + b"\xff" * MIB + b'"]',
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE)
def test_no_body_of_a_mebibyte_takes_long(body: bytes) -> None:
    """Anyone can send one to the address of a sender that signs inside its body: others wait for the answer."""
    best = 10.0
    for _ in range(3):
        started = time.process_time()
        try:
            read_json(body)
        except NotJsonError as error:
            assert len(str(error)) < 100  # noqa: PT017 -- both outcomes are right, and no body is repeated
        best = min(best, time.process_time() - started)

    assert best < 0.25  # up to 0.6 seconds without the bound, on a machine that does nothing else


def test_the_number_of_values_is_what_is_bounded() -> None:
    """No body that a sender signs comes near the bound."""
    within = json.dumps([1] * (MOST - 1)).encode()

    assert len(read_json(within)) == MOST - 1  # type: ignore[arg-type]  # a list
    with pytest.raises(NotJsonError, match="16384 values"):
        read_json(json.dumps([1] * (MOST + 1)).encode())


def test_text_may_be_as_long_as_it_likes_and_hold_anything() -> None:
    """An SNS message may be a quarter of a mebibyte of JSON, as text."""
    message = json.dumps([{"a": [1, 2, 3], "b": "c"}] * 9000)
    body = json.dumps({"Type": "Notification", "Message": message}).encode()

    assert read_json(body) == {"Type": "Notification", "Message": message}


def test_a_proved_sender_may_send_more() -> None:
    """A large event is a normal event."""
    body = json.dumps([1] * 100_000).encode()

    assert len(read_any(body)[0]) == 100_000  # type: ignore[arg-type]  # a list


def test_what_only_the_slow_parser_takes_is_read_while_it_is_small() -> None:
    """A sender that signs inside its body may have cut a character in half."""
    body = b'{"name": "\\ud800", "items": [' + b",".join([b'{"a": 1}'] * 500) + b"]}"

    assert isinstance(read_json(body), dict)
    with pytest.raises(NotJsonError):
        read_json(body.replace(b'{"a": 1}', b"[1,2,3,4,5]"))
