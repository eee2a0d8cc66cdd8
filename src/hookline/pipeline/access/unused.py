"""Access keys that nobody uses: each lets a caller in, and no consumer needs it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from hookline.pipeline.stored_state import Difference

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from hookline.config import Config
    from hookline.ports.key_uses import KeyUse

__all__ = ["unused_keys"]

_IDLE: Final = timedelta(days=30)
_ADVICE: Final = "Take its [[access]] out of hookline.toml if nobody needs it."


def unused_keys(config: Config, uses: Mapping[str, KeyUse], now: datetime) -> Iterator[Difference]:
    """The configured keys that no caller has proved for 30 days. One that was never served is not among them."""
    for key in config.access:
        use = uses.get(key.id)
        if use is None or now - (use.last_used_at or use.first_seen_at) < _IDLE:
            continue
        days = (now - (use.last_used_at or use.first_seen_at)).days
        what = f"has not been used for {days} days"
        if use.last_used_at is None:
            what = f"has never been used in the {days} days since it was configured"
        yield Difference(code="access_key_unused", subject="access key", name=key.id, what=what, advice=_ADVICE)
