"""Stores rejected requests after the answer is decided, within a time limit, and rarely during a flood.

Lambda freezes a process after it has answered. So a thread stores the request before that, and the answer waits for it only a moment.
A write that is not finished by then continues during the next call, and no other request is stored in between.
"""

from __future__ import annotations

import random
from functools import partial
from threading import Thread
from time import monotonic
from typing import TYPE_CHECKING, Final

from hookline.domain.quarantine import QUARANTINED, NoRoom, proves_sender
from hookline.errors import HooklineError
from hookline.pipeline.rejected import hands_over_a_secret, shows_secret
from hookline.runtimes.aws_lambda.redaction import described

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from hookline.config import Config
    from hookline.domain.quarantine import RejectedRequest
    from hookline.ports.quarantine import BudgetedQuarantine

__all__ = ["PATIENCE", "QuarantineWriter"]

PATIENCE: Final = 0.3
"""Seconds that an answer waits for the write, at most. A warm function needs about ten milliseconds."""

_BURST, _RATE = 60, 2.0
"""Requests of one source and code that one process tries to store in a burst, and per second after that."""
_FIRST_PAUSE, _LONGEST_PAUSE = 5.0, 320.0
"""Seconds for which a process does not try again after a refusal, doubled each time: hundreds of processes share the budget."""
_OPEN = "none"
_THREAD = "hookline-quarantine"

Share = tuple[str, str]


class _Pause:
    """The pause before the next attempt, longer after each refusal."""

    __slots__ = ("_length", "_until")

    def __init__(self) -> None:
        self._length = 0.0
        self._until = 0.0

    def is_over(self, now: float) -> bool:
        return now >= self._until

    def begin(self, now: float) -> None:
        """Begin the pause, with a slightly different length in each process."""
        self._length = min(max(self._length * 2, _FIRST_PAUSE), _LONGEST_PAUSE)
        self._until = now + self._length * random.uniform(0.75, 1.25)  # noqa: S311 -- no secret

    def end(self) -> None:
        self._length = self._until = 0.0


class _Bucket:
    """How many requests may be tried now."""

    __slots__ = ("_at", "_left")

    def __init__(self, now: float) -> None:
        self._left = float(_BURST)
        self._at = now

    def take(self, now: float) -> bool:
        self._left = min(float(_BURST), self._left + (now - self._at) * _RATE)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True


class _Work:
    """One request that is being stored: its id, or why it was not stored, once known. None means that it contains a secret."""

    __slots__ = ("result",)

    def __init__(self) -> None:
        self.result: int | NoRoom | Exception | None = None


class QuarantineWriter:
    """Stores one request after another. It catches every fault."""

    def __init__(
        self,
        open_: Callable[[], BudgetedQuarantine],
        config: Config,
        *,
        secret_values: Callable[[], Iterable[bytes]],
        patience: float = PATIENCE,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        """``open_`` opens the quarantine for the first request. No stored request may contain one of ``secret_values``."""
        self._open = open_
        self._opened: BudgetedQuarantine | None = None
        self._secret_values = secret_values
        self._patience = patience
        self._clock = clock
        self._unkept = frozenset(name for name, scheme in config.schemes.items() if shows_secret(scheme))
        self._open_sources = frozenset(source.name for source in config.sources if source.scheme == _OPEN)
        self._buckets: dict[Share, _Bucket] = {}
        self._pauses: dict[Share | str, _Pause] = {}
        self._late = _Pause()
        self._thread: Thread | None = None

    def keep(self, rejected: RejectedRequest) -> Mapping[str, object]:
        """Store the request if its kind is stored; returns fields for the log: ``rejected`` with its id or ``not_kept`` with the reason."""
        if rejected.code not in QUARANTINED or rejected.source in self._unkept:
            return {}
        try:
            return self._kept(rejected)
        except Exception as fault:  # noqa: BLE001 -- the sender's answer is decided, whatever goes wrong here
            return {"not_kept": described(fault)["fault"]}

    def _kept(self, rejected: RejectedRequest) -> Mapping[str, object]:
        share, proved = (rejected.source, rejected.code), self._is_proved(rejected)
        if self._thread is not None and self._thread.is_alive():
            return {"not_kept": "busy"}
        if not self._may_ask(share, proved=proved):
            return {"not_kept": "sampled"}
        work = _Work()
        self._thread = Thread(target=partial(self._run, rejected, work, proved=proved), name=_THREAD, daemon=True)
        self._thread.start()
        self._thread.join(self._patience)
        if self._thread.is_alive():
            self._late.begin(self._clock())
            return {"not_kept": "late"}
        return self._learned(work.result, share, proved=proved)

    def _is_proved(self, rejected: RejectedRequest) -> bool:
        return proves_sender(rejected.code) and rejected.source not in self._open_sources

    def _may_ask(self, share: Share, *, proved: bool) -> bool:
        now = self._clock()
        pauses = (self._late, self._pause(_everything(proved=proved)), self._pause(share))
        if not all(pause.is_over(now) for pause in pauses):
            return False
        if share not in self._buckets:
            self._buckets[share] = _Bucket(now)
        return self._buckets[share].take(now)

    def _pause(self, what: Share | str) -> _Pause:
        """The pause of one source and code, or of all requests with, or without, a proved sender."""
        if what not in self._pauses:
            self._pauses[what] = _Pause()
        return self._pauses[what]

    def _learned(self, result: int | NoRoom | Exception | None, share: Share, *, proved: bool) -> Mapping[str, object]:
        """The log's fields for a finished attempt; begins or ends pauses by its result."""
        self._late.end()
        if result is None:
            return {"not_kept": "secret"}
        if isinstance(result, NoRoom):
            if result is not NoRoom.SIZE:
                everything = _everything(proved=proved)
                self._pause(everything if result is NoRoom.ALL else share).begin(self._clock())
            return {"not_kept": result.value}
        if not isinstance(result, int):
            self._pause(share).begin(self._clock())
            return {"not_kept": result.code if isinstance(result, HooklineError) else type(result).__name__}
        self._pause(_everything(proved=proved)).end()
        self._pause(share).end()
        return {"rejected": result}

    def _run(self, rejected: RejectedRequest, work: _Work, *, proved: bool) -> None:
        try:
            work.result = self._written(rejected, proved=proved)
        except Exception as fault:  # noqa: BLE001 -- reported by the code that waits for the thread
            work.result = fault

    def _written(self, rejected: RejectedRequest, *, proved: bool) -> int | NoRoom | None:
        """The request's id, or the reason why it was not stored; None for one that contains a secret."""
        if hands_over_a_secret(rejected.request) or rejected.holds_any(self._secret_values()):
            return None
        if self._opened is None:
            self._opened = self._open()
        return self._opened.keep_within_budget(rejected, proved=proved)


def _everything(*, proved: bool) -> str:
    """The name of the common budget of requests with a proved sender, or of all others."""
    return "proved" if proved else "unproved"
