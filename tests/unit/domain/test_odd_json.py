"""JSON that only the grammar allows, read by the fast parser as far as it can be: large bodies take about as long as any other."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hookline.config import parse
from hookline.domain.json_text import NotJsonError, double, read_any, read_exactly, simplified
from hookline.domain.secret import Secret
from hookline.pipeline.receive import accept
from unit.builders import NOW, request

if TYPE_CHECKING:
    from collections.abc import Callable

_HIGH, _LOW = r"u[dD][89abAB][0-9a-fA-F]{2}", r"u[dD][c-fC-F][0-9a-fA-F]{2}"
_ESCAPE = re.compile(rf"\\(?:{_HIGH}\\{_LOW}|(?P<lone>{_HIGH}|{_LOW})|.)", re.DOTALL)

pieces = st.sampled_from(
    [
        "\\\\",
        '\\"',
        "\\n",
        "\\u0041",
        "\\ud83d",
        "\\uD83D",
        "\\ude00",
        "\\uDE00",
        "\\udbff",
        "u",
        "ud83d",
        "a",
        "é",
        " ",
    ]
)
texts = st.lists(pieces, max_size=12).map("".join)


def _without_surrogates(text: str) -> str:
    """Escape by escape: slow, and easy to see through."""
    return _ESCAPE.sub(lambda found: r"\ufffd" if found["lone"] else found[0], text)


@given(texts=st.lists(texts, max_size=4))
@example(texts=["\\\\ud83d", "\\ud83d\\ud83d\\ude00\\ude00"])
def test_exactly_the_lone_surrogates_are_replaced(texts: list[str]) -> None:
    """A pair, and an escaped backslash before the letters of a surrogate, are ordinary text."""
    body = ("[1e400," + ",".join(f'"{text}"' for text in texts) + "]" if texts else "[1e400]").encode()

    document, text = read_any(body)

    assert text == body
    plain = _without_surrogates(body.decode())
    assert document == json.loads(plain, parse_float=double)
    assert simplified(body) == plain.encode()


@given(st.text('"\\ud83c0/n', max_size=24))
def test_whatever_is_in_a_string_is_taken_as_python_takes_it(inside: str) -> None:
    """Half escapes and open strings are no JSON; everything else is."""
    body = f'["{inside}"]'.encode()
    try:
        wanted = json.loads(_without_surrogates(body.decode()))
    except ValueError:
        with pytest.raises(NotJsonError):
            read_any(body)
        return

    assert read_any(body)[0] == wanted


@pytest.mark.parametrize(
    "number",
    ["0", "-0", "1.5", "-1.5e-3", "1e22", "1E+300", "9007199254740993", "123456789012345678", "9223372036854775807",
     "-9223372036854775808", "18446744073709551615", "18446744073709551616", "-9223372036854775809", "1" * 400, "0." + "3" * 400,
     "1e400", "-1E+400", "1e-400", "1e0000001"],
)  # fmt: skip
@pytest.mark.parametrize("text", ["[%s]", "%s", ' {"a" :\t%s }', "[0,\n%s,1]"])
def test_numbers_are_the_same_whichever_parser_reads_them(number: str, text: str) -> None:
    """An id or an amount must not depend on a surrogate somewhere else in the body."""
    body = (text % number).encode()

    found = read_exactly(body)

    assert repr(found) == repr(read_any(body)[0])


def _record(n: int) -> str:
    return f'{{"id":{n},"node":"MDQ6VXNlcjE=","url":"https://api.example.com/users/{n}","n":[1,2.5,true,null],"text":"h\\u00e9 \\"q\\""}}'


ODD = {
    "a lone surrogate": '"cut \\ud83d"',
    "a number beyond the doubles": "1e400",
}


@pytest.mark.parametrize("odd", ODD)
def test_one_odd_value_does_not_make_a_large_body_slow(odd: str) -> None:
    """GitHub sends up to 25 MB, once: reading it took longer than the deadline for storing it, so it was refused, and lost."""
    config = parse('[sources.s]\nverify = { scheme = "github", secrets = ["S"] }\n[queues.q]\n', base=Path())
    records = ",".join(map(_record, range(20_000)))
    body = f'{{"action":"opened","odd":{ODD[odd]},"records":[{records}]}}'.encode()
    headers = config.schemes["s"].sign(body, secret=b"k" * 32, delivery_id="d", at=NOW)
    call, secrets = request(body, headers), [Secret(name="S", value=b"k" * 32)]

    plain = _seconds(lambda: json.loads(body))
    odd_seconds = _seconds(lambda: accept(call, config.sources[0], secrets))

    assert odd_seconds < 6 * plain


def _seconds(work: Callable[[], object]) -> float:
    """The shortest of some runs: the machine may be busy."""
    found = []
    for _ in range(4):
        started = time.process_time()
        work()
        found.append(time.process_time() - started)
    return min(found)
