"""``mask`` of a source: which fields are hidden, and what cannot be a mask."""

from __future__ import annotations

from pathlib import Path

import pytest

from hookline.config import parse
from hookline.errors import ConfigError
from hookline.pipeline.masking import masked_body

PROJECT = """
[sources.shop]
verify = {{ scheme = "none" }}
id = "id"
mask = {mask}

[queues.orders]
"""


def shown(mask: str, body: bytes) -> bytes:
    """The body as a viewer sees it under this mask."""
    return masked_body(body, parse(PROJECT.format(mask=mask), base=Path()).sources[0].masked).body


@pytest.mark.parametrize(
    ("mask", "body", "left"),
    [
        ('["customer.email"]', b'{"customer": {"email": "a@b", "id": 1}}', b'{"customer":{"email":"[masked]","id":1}}'),
        ('["lines[*].name"]', b'{"lines": [{"name": "x"}, {"name": "y"}]}', b'{"lines":[{"name":"[masked]"},{"name":"[masked]"}]}'),
        ('["lines[0].name"]', b'{"lines": [{}, {"name": "y"}]}', b'{"lines":[{},{"name":"[masked]"}]}'),
        ('["people.*.email"]', b'{"people": {"a": {"email": 1}}}', b'{"people":{"a":{"email":"[masked]"}}}'),
        ("[\"lines[?kind == 'a'].name\"]", b'{"lines": [{"kind": "b", "name": "y"}]}', b'{"lines":[{"kind":"b","name":"[masked]"}]}'),
        ('["customer"]', b'{"customer": {"email": "a@b"}, "n": 1.10}', b'{"customer":"[masked]","n":1.10}'),
        ('["customer", "customer.email"]', b'{"customer": {"id": 1}}', b'{"customer":"[masked]"}'),
        ('["@"]', b'{"a": 1}', b'"[masked]"'),
        ('["email"]', b'{"email": "first", "email": "second"}', b'{"email":"[masked]"}'),
    ],
)  # fmt: skip
def test_a_mask_hides_what_its_expression_finds(mask: str, body: bytes, left: bytes) -> None:
    """A field that an operator named and a viewer still reads is a leak of personal data."""
    assert shown(mask, body) == left


@pytest.mark.parametrize("mask", ['"email"', "[1]", '["a["]', "[\"'text'\"]"])
def test_what_masks_nothing_is_refused_at_load(mask: str) -> None:
    """A mistyped mask would protect nobody."""
    with pytest.raises(ConfigError, match=r"sources\.shop\.mask"):
        parse(PROJECT.format(mask=mask), base=Path())
