"""Names of secrets, and how to detect a secret that was written in place of its name."""

from __future__ import annotations

import re
from itertools import pairwise

from hookline.config.units import UnusableError

__all__ = ["secret_name"]

_NAME = re.compile(
    r"[A-Za-z_][A-Za-z0-9_]{0,127}|ssm:/[A-Za-z0-9_.\-]+(?:/[A-Za-z0-9_.\-]+)*|secretsmanager:[A-Za-z0-9/_+=.@:\-]{1,2048}"
)
_ELSEWHERE = ("ssm:", "secretsmanager:")
_VENDOR_PREFIX = re.compile(
    r"whsec_|v1,|[srp]k_|ghp_|github_pat_|xox[a-z]|shp[a-z]{2}_|gl[a-z]{2,4}-|SG\.|AKIA|eyJ|-----"
)
_HEX = re.compile(r"(?=.*[0-9])[0-9a-fA-F]{16,}")
_DIGITS = re.compile(r"[0-9]+")
_SHORTEST_RANDOM = 20
_MOST_RUNS_OF_DIGITS = 3
_MOST_CHANGES = 0.45
"""The share of neighbouring characters of different kinds (capital, small, digit): about 0.65 in base64, below 0.4 in names."""


def secret_name(value: object) -> str:
    """The name of a secret. Raises UnusableError, which never contains the value, because that may be the secret itself."""
    if isinstance(value, str) and _NAME.fullmatch(value) and not _looks_like_a_secret(value):
        return value
    if isinstance(value, str) and _looks_like_a_secret(value):
        raise UnusableError(
            "this looks like a secret itself: name an environment variable that holds it, never the value"
        )
    raise UnusableError(
        "is not the name of a secret: name an environment variable such as TRANSACTIONS_SECRET, "
        'or write "ssm:/path" or "secretsmanager:id"'
    )


def _looks_like_a_secret(value: str) -> bool:
    """Whether the value looks random, not written by a person."""
    if value.startswith(_ELSEWHERE):
        return any(_looks_like_a_secret(part) for part in re.split(r"[:/]", value)[1:])
    if _VENDOR_PREFIX.match(value) or _HEX.fullmatch(value):
        return True
    letters = re.sub(r"[^A-Za-z0-9]", "", value)
    return len(letters) >= _SHORTEST_RANDOM and (
        len(_DIGITS.findall(letters)) > _MOST_RUNS_OF_DIGITS or _changes(letters) > _MOST_CHANGES
    )


def _changes(letters: str) -> float:
    kinds = [(character.isdigit(), character.isupper()) for character in letters]
    return sum(left != right for left, right in pairwise(kinds)) / (len(kinds) - 1)
