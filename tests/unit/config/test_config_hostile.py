"""Whatever hookline.toml contains, reading it ends in a Config or in a ConfigError."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from effort import examples
from hookline.config import KEYS, load, parse
from hookline.errors import ConfigError

EXAMPLE = Path(__file__).parents[3] / "examples" / "transactions"
TEXT = (EXAMPLE / "hookline.toml").read_text()
WORDS = sorted(
    {*(key for keys in KEYS.values() for key in keys), "a", "q", "tolerance", "header", "template", "$or", "x y"}
)
VALUES = [
    "5m", "1mb", "200/s", "/webhook", "a", "q", "none", "hmac", "standard-webhooks", "content-hash", "header:X", "a.b",
    "A_SECRET", "whsec_abc", "reject", "application/json", "transaction.schema.json", "", "{timestamp}.{body}", "unrouted",
]  # fmt: skip

scalars = (
    st.sampled_from(VALUES) | st.text(max_size=8) | st.integers() | st.booleans() | st.floats() | st.dates() | st.none()
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=5),
    max_leaves=12,
)
tables = st.dictionaries(
    st.sampled_from(["a", "q", "b-dlq", "X"]), st.dictionaries(st.sampled_from(WORDS), values, max_size=6), max_size=3
)
files = st.fixed_dictionaries(
    {},
    optional={
        "server": st.dictionaries(st.sampled_from(sorted(KEYS["server"])), values) | values,
        "events": st.dictionaries(st.just("retention"), values) | values,
        "sources": tables | values,
        "queues": tables | values,
        "routes": st.lists(st.dictionaries(st.sampled_from(sorted(KEYS["routes"])), values), max_size=3) | values,
        "other": values,
    },
)


def toml(value: object) -> str:
    """The value as inline TOML; None, which TOML has not, as a time."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {toml(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, date):
        return value.isoformat()
    return "07:32:00" if value is None else json.dumps(value).replace("\x7f", "\\u007F")


def ends_well(text: str) -> object:
    """A Config, or an empty list after complaints; None is neither."""
    try:
        return parse(text, base=EXAMPLE)
    except ConfigError as error:
        return [] if all(complaint.why for complaint in error.complaints) and error.complaints else None


@given(files)
@settings(max_examples=examples(300))
def test_any_tables_end_in_a_config_or_in_complaints(written: dict[str, object]) -> None:
    """Right keys with wrong values are where a traceback would hide."""
    assert ends_well("\n".join(f"{key} = {toml(value)}" for key, value in written.items())) is not None


@given(st.text())
def test_any_text_ends_in_a_config_or_in_complaints(text: str) -> None:
    """A file that is not TOML is an operator's error like any other."""
    assert ends_well(text) == []


@given(
    start=st.integers(0, len(TEXT)),
    length=st.integers(0, 30),
    patch=st.text(alphabet='abq=[]{}".,\n# 0159_-/', max_size=8),
)
@settings(max_examples=examples(300))
def test_any_slip_of_the_hand_ends_in_a_config_or_in_complaints(start: int, length: int, patch: str) -> None:
    """A piece of a good file is missing or mistyped: in this way files really go wrong."""
    assert ends_well(TEXT[:start] + patch + TEXT[start + length :]) is not None


@given(content=st.binary(max_size=40))
def test_any_bytes_end_in_complaints(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    """The bytes may not even be UTF-8."""
    path = tmp_path_factory.getbasetemp() / "hookline.toml"
    path.write_bytes(content)
    with pytest.raises(ConfigError):
        load(path)
