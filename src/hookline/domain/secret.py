"""A signing secret: its name is shown, its value never."""

from __future__ import annotations

from hookline.record import record

__all__ = ["Secret"]


@record
class Secret:
    """A signing secret: the name for configuration and logs, and the value, which ``repr`` leaves out."""

    name: str
    value: bytes

    def __repr__(self) -> str:
        return f"Secret({self.name})"
