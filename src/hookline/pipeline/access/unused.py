"""Access keys and their last use. An unused key accepts a caller that no consumer needs."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from hookline.domain.moment import moment_text
from hookline.pipeline.stored_state import Difference

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from hookline.config import Config
    from hookline.domain.access import AccessKey
    from hookline.ports.key_uses import KeyUse

__all__ = ["key_document", "unused_keys"]

_IDLE: Final = timedelta(days=30)
_ADVICE: Final = "Remove its [[access]] from hookline.toml if nobody needs it."


def key_document(key: AccessKey, use: KeyUse | None) -> dict[str, object]:
    """A key with its rights, queues and last use, for a program."""
    return {
        "id": key.id,
        "rights": sorted(right.value for right in key.rights),
        "queues": sorted(key.queues),
        "secret": key.secret_name,
        "last_used_at": None if use is None else moment_text(use.last_used_at),
    }


def unused_keys(config: Config, uses: Mapping[str, KeyUse], now: datetime) -> Iterator[Difference]:
    """The configured keys that no caller has proved for 30 days. A key that was never configured on a running server is left out."""
    for key in config.access:
        use = uses.get(key.id)
        if use is None or now - (use.last_used_at or use.first_seen_at) < _IDLE:
            continue
        days = (now - (use.last_used_at or use.first_seen_at)).days
        what = f"has not been used for {days} days"
        if use.last_used_at is None:
            what = f"has never been used in the {days} days since it was configured"
        yield Difference(code="access_key_unused", subject="access key", name=key.id, what=what, advice=_ADVICE)
