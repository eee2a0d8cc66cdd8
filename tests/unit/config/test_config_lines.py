"""The line that a complaint names must be the line to fix."""

from __future__ import annotations

import tomllib

from hypothesis import given
from hypothesis import strategies as st

from hookline.config.lines import line_of, lines_of_keys

TEXT = '''\
# [sources.comment]
title = "x"
[server] # here
port = 1
[sources."odd.name"]
verify = { scheme = "none" } # = 3
secrets = [
  "port = 2",   # [queues.no]
  "]",
  ["deep"],
]
text = """
[queues.inside]
retention = 3 \\"""
"""""
raw = \'\'\'
[queues.raw]\'\'\'
"quoted key" . b = 1
[[routes]]
match = 1
[[routes]]
  [routes.match]
  type = ["]"]
[[routes.inner]]
a = 1
[[routes.inner]]
a = 2
'''


def test_keys_and_headers_are_found_and_nothing_inside_strings_or_arrays_is() -> None:
    """A line inside a text that looks like TOML would send the reader to the wrong place."""
    assert lines_of_keys(TEXT) == {
        ("title",): 2,
        ("server",): 3,
        ("server", "port"): 4,
        ("sources", "odd.name"): 5,
        ("sources", "odd.name", "verify"): 6,
        ("sources", "odd.name", "secrets"): 7,
        ("sources", "odd.name", "text"): 12,
        ("sources", "odd.name", "raw"): 16,
        ("sources", "odd.name", "quoted key", "b"): 18,
        ("routes", 0): 19,
        ("routes", 0, "match"): 20,
        ("routes", 1): 21,
        ("routes", 1, "match"): 22,
        ("routes", 1, "match", "type"): 23,
        ("routes", 1, "inner", 0): 24,
        ("routes", 1, "inner", 0, "a"): 25,
        ("routes", 1, "inner", 1): 26,
        ("routes", 1, "inner", 1, "a"): 27,
    }
    assert tomllib.loads(TEXT)


def test_windows_line_ends_count_once() -> None:
    """Many editors write them."""
    assert lines_of_keys(TEXT.replace("\n", "\r\n")) == lines_of_keys(TEXT)


def test_what_has_no_line_of_its_own_takes_that_of_what_holds_it() -> None:
    """A missing key is looked for under its table; what is in no table is given no line."""
    lines = lines_of_keys(TEXT)
    assert line_of(("sources", "odd.name", "verify", "scheme"), lines) == 6
    assert line_of(("server", "host"), lines) == 3
    assert line_of(("queues",), lines) is None


@given(st.text(alphabet="ab.=[]{}\"'#\n\\ 1,", max_size=60))
def test_whatever_is_toml_can_be_located(text: str) -> None:
    """The locator only helps people: it must never be what fails. Each line it names must hold the key's last step."""
    try:
        tomllib.loads(text)
    except (ValueError, RecursionError):
        return
    for path, line in lines_of_keys(text).items():
        assert 1 <= line <= text.count("\n") + 1
        assert path
