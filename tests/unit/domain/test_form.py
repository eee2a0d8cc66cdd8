"""Forms: the pairs that the standard library finds, in time that no body can stretch."""

from __future__ import annotations

import time
from contextlib import suppress
from urllib.parse import parse_qsl

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hookline.domain.form import FormError, fields_of

MIB = 1024 * 1024
PIECES = st.sampled_from(
    [b"a", b"=", b"&", b"+", b"%", b"%41", b"%3D", b"%26", b"%0a", b"%zz", b"\n", b"\r", b"%c3%a9", b"\xe9", b"_", b" "]
)


def expected(body: bytes) -> list[tuple[bytes, bytes]]:
    """By the standard library, which hookline used before."""
    pairs = parse_qsl(body.decode("utf-8", "surrogateescape"), keep_blank_values=True, errors="surrogateescape")
    return [
        (name.encode("utf-8", "surrogateescape"), value.encode("utf-8", "surrogateescape")) for name, value in pairs
    ]


@given(st.lists(PIECES, max_size=40).map(b"".join) | st.binary(max_size=60))
@example(b"a=%")
@example(b"a=%4")
@example(b"a=%%41")
@example(b"a=%=%41")
@example(b"a=b=c&&=x&y&")
@example(b"a=%0A%\n")
def test_the_pairs_are_those_of_the_standard_library(body: bytes) -> None:
    """A signature is made over them: one byte more or less, and a genuine call is refused."""
    assert fields_of(body, most=1000) == expected(body)


@pytest.mark.parametrize("fields", [0, 1, 19, 20, 21])
def test_fields_are_bounded(fields: int) -> None:
    """As many as are allowed, and not one more."""
    body = b"&".join([b"a=b"] * fields)

    if fields > 20:
        with pytest.raises(FormError):
            fields_of(body, most=20)
    else:
        assert len(fields_of(body, most=20)) == fields


@pytest.mark.parametrize(
    "body",
    [
        b"a=" + b"%41" * (MIB // 3),
        b"a=" + b"%3D%26" * (MIB // 6),
        b"a=" + b"%" * MIB,
        b"a=" + b"%4" * (MIB // 2),
        b"a=" + b"%zz" * (MIB // 3),
        b"a=%zz" + b"%41" * (MIB // 3),
        b"a=" + b"%0a%\n" * (MIB // 5),
        b"a=" + b"+" * MIB,
        b"&" * MIB,
        b"=" * MIB,
        b"\xff" * MIB,
    ],
    ids=lambda body: repr(body[:8]),
)
def test_no_body_of_a_mebibyte_takes_long(body: bytes) -> None:
    """Anyone can send one to the address of a sender that signs forms, and it is read before the signature is known to fit."""
    best = 10.0
    for _ in range(3):
        started = time.process_time()
        with suppress(FormError):
            fields_of(body, most=2000)
        best = min(best, time.process_time() - started)

    assert (
        best < 0.15
    )  # the standard library takes 0.1 to 0.8 seconds for most of these on a machine that does nothing else
