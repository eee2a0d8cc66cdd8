"""What the head says about a body, in the spelling that messages have."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hookline.domain.content_type import content_type, is_coded
from hookline.domain.message import is_json_media_type


@pytest.mark.parametrize(
    ("header", "media_type", "said"),
    [
        ("", "application/json", "application/json"),
        ("application/json", "application/json", "application/json"),
        ("Application/JSON ; Charset=UTF-8", "application/json", "application/json"),
        ('application/json;charset="utf-8"', "application/json", "application/json"),
        ("application/json; charset=iso-8859-1", "application/json", "application/json; charset=iso-8859-1"),
        (
            'application/ld+json; profile="http://a/b;c"',
            "application/ld+json",
            'application/ld+json; profile="http://a/b;c"',
        ),
        ("text/plain;charset=utf-8", "text/plain", "text/plain; charset=utf-8"),
        ("text/plain;;charset=us-ascii;", "text/plain", "text/plain; charset=us-ascii"),
        (
            "multipart/form-data; boundary=----Form7MA4YWx",
            "multipart/form-data",
            "multipart/form-data; boundary=----Form7MA4YWx",
        ),
        ('multipart/form-data; Boundary="a b\\"c"', "multipart/form-data", 'multipart/form-data; boundary="a b\\"c"'),
        ("text/plain; charset", "text/plain", "text/plain"),
        ("text/plain; charset=", "text/plain", "text/plain"),
        ("text/plain; a=b c", "text/plain", "text/plain"),
        ('text/plain; a="b', "text/plain", "text/plain"),
        ('text/plain; a="\xe9"', "text/plain", "text/plain"),
        ("text/plain; a=" + "b" * 2000, "text/plain", "text/plain"),
        ("application/x-www-form-urlencoded; charset=utf-8", "application/json", "application/json"),
    ],
)
def test_parameters_are_passed_on_in_one_spelling(header: str, media_type: str, said: str) -> None:
    """A value that no reader of media types takes (RFC 2046) must not be in a message, and must not cost the event."""
    assert content_type(header, media_type) == said


@given(st.text(st.characters(max_codepoint=255), max_size=60))
def test_whatever_is_sent_a_message_has_a_media_type(rest: str) -> None:
    """CloudEvents readers parse datacontenttype (RFC 2046)."""
    said = content_type(f"text/plain;{rest}", "text/plain")

    assert re.fullmatch(r'text/plain(; [!-~]+=([!-~]+|"[ -~\t]*"))*', said)


@pytest.mark.parametrize("media_type", ["application/json", "application/json; profile=x", "application/ld+json; a=b"])
def test_json_is_json_with_parameters(media_type: str) -> None:
    """It is embedded and parsed like any other."""
    assert is_json_media_type(media_type)
    assert not is_json_media_type("text/plain; a=b/json")


@pytest.mark.parametrize(
    ("header", "coded"),
    [
        ("", False),
        ("identity", False),
        ("IDENTITY", False),
        (" , identity,", False),
        ("gzip", True),
        ("identity,br", True),
        ("x", True),
    ],
)
def test_codings_are_found_among_any_number(header: str, *, coded: bool) -> None:
    """They are listed in the order in which they were applied, in any case (RFC 9110 section 8.4)."""
    assert is_coded(header) is coded
