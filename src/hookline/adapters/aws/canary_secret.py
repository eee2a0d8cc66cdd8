"""The secret that the canary's events are signed with: a parameter that the first process that needs it creates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError  # type: ignore[import-untyped] # botocore carries no types

from hookline.adapters.aws import names
from hookline.adapters.aws.errors import translated
from hookline.config.canary import CANARY_SECRET

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any  # botocore's client

__all__ = ["canary_secret"]

_TAKEN = "ParameterAlreadyExists"


def canary_secret(client: Any, environment: str, fresh: Callable[[], str]) -> tuple[bytes, bool]:
    """The secret, and whether this call created it with ``fresh``, so that no validator knows it yet. Raises UnavailableError."""
    name = names.parameter(CANARY_SECRET, environment)
    if (known := _read(client, name)) is not None:
        return known, False
    value = fresh()
    try:
        with translated(but=(_TAKEN,)):
            client.put_parameter(Name=name, Value=value, Type="SecureString", Overwrite=False)
    except ClientError:  # another process created it first, and its value is the one to use
        return _read(client, name) or b"", True
    return value.encode(), True


def _read(client: Any, name: str) -> bytes | None:
    with translated():
        found = client.get_parameters(Names=[name], WithDecryption=True)
    return next((str(one["Value"]).encode() for one in found["Parameters"]), None)
