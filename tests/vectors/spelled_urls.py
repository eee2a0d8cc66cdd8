"""Queries as senders write them in URLs that they sign, and as API Gateway hands them over."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode

__all__ = ["CASES", "as_passed", "grouped"]

CASES = (
    "who=O'Brien",
    "name=J%20Doe",
    "name=J+Doe",
    "mail=a@b.c",
    "t=10:30",
    "a=1&b=2&a=3",
    "flag",
    "p=x/y",
    "u=%c3%a7",
    "u=%C3%A7",
    "x=(1)",
    "x=a,b",
)


def grouped(query: str) -> dict[str, list[str]]:
    """``multiValueQueryStringParameters``: decoded, the values of one name together."""
    fields: dict[str, list[str]] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        fields.setdefault(name, []).append(value)
    return fields


def as_passed(query: str) -> str:
    """The query that hookline makes of them."""
    return urlencode([(name, value) for name, values in grouped(query).items() for value in values])
