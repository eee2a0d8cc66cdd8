"""The text of a new ``[[access]]`` that is added to hookline.toml."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["access_text", "secret_name_for"]

_NOT_IN_NAMES = re.compile(r"[^A-Z0-9]+")


def secret_name_for(key_id: str) -> str:
    """The usual name of a key's secret: ``PAYMENTS_CONSUMER_SECRET`` for ``payments-consumer``."""
    name = _NOT_IN_NAMES.sub("_", key_id.upper()).strip("_")
    return f"{name}_SECRET" if name[:1].isalpha() else f"ACCESS_{name}_SECRET"


def access_text(key_id: str, secret_name: str, rights: Sequence[str], queues: Sequence[str]) -> str:
    """The table as TOML. The values are not checked here: reading the file checks them."""
    return (
        "\n[[access]]\n"
        f"id = {json.dumps(key_id)}\n"
        f"secret = {json.dumps(secret_name)}\n"
        f"rights = {json.dumps(list(rights))}\n"
        f"queues = {json.dumps(list(queues))}\n"
    )
