"""What every creator is given and gives back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

    from e2e.inputs import Inputs
    from emulator.server import Emulator

__all__ = ["Aws", "Creator", "Made", "upper"]

Made: TypeAlias = "tuple[str, Mapping[str, object]]"
"""The physical id, and outputs by their camelCase names."""
Creator: TypeAlias = "Callable[[Aws, Inputs], Made]"


class Aws:
    """The account that a program is applied to."""

    def __init__(self, emulator: Emulator) -> None:
        self.endpoint = emulator.endpoint
        self.region = emulator.region
        self.account = emulator.account
        self.client = emulator.client

    def arn(self, service: str, rest: str, *, region: str | None = None) -> str:
        """The ARN of something of this account; a ``region`` of "" is for services without regions."""
        return f"arn:aws:{service}:{self.region if region is None else region}:{self.account}:{rest}"


def upper(value: Any) -> Any:  # inputs are of any shape
    """Nested inputs with the capital first letters that the APIs have: ``logFormat`` becomes ``LogFormat``."""
    if isinstance(value, Mapping):
        return {key[:1].upper() + key[1:]: upper(each) for key, each in value.items()}
    return [upper(each) for each in value] if isinstance(value, list) else value
