"""Keeps rejected requests after the answer is decided: within a time of its own, and as seldom as a flood needs.

Lambda freezes a process once it has answered, so that the request is kept before that, on a thread that is waited for only a moment.
What is not done by then goes on with the next call, and nothing else is kept in between.
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
"""Seconds that an answer waits for it, at most. A warm function needs about ten milliseconds."""

_BURST, _RATE = 60, 2.0
"""Requests of one source and code that one process tries to keep at once, and in a second after that."""
_FIRST_PAUSE, _LONGEST_PAUSE = 5.0, 320.0
"""Seconds for which a process does not ask again after it was refused, doubled each time: hundreds of them ask the same budget."""
_OPEN = "none"
_THREAD = "hookline-quarantine"

Share = tuple[str, str]


class _Pause:
    """How long not to ask, longer after each refusal."""

    __slots__ = ("_length", "_until")

    def __init__(self) -> None:
        self._length = 0.0
        self._until = 0.0

    def is_over(self, now: float) -> bool:
        return now >= self._until

    def begin(self, now: float) -> None:
        """Begin it, of a length that is a little different in each process."""
        self._length = min(max(self._length * 2, _FIRST_PAUSE), _LONGEST_PAUSE)
        self._until = now + self._length * random.uniform(0.75, 1.25)  # noqa: S311 -- no secret

    def end(self) -> None:
        self._length = self._until = 0.0


class _Bucket:
    """Requests that may be tried now."""

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
    """One request that is being kept: the id, or why it was not kept, once that is known. None: it holds a secret."""

    __slots__ = ("result",)

    def __init__(self) -> None:
        self.result: int | NoRoom | Exception | None = None


class QuarantineWriter:
    """Keeps one request after another. No fault gets past it."""

    def __init__(
        self,
        open_: Callable[[], BudgetedQuarantine],
        config: Config,
        *,
        secret_values: Callable[[], Iterable[bytes]],
        patience: float = PATIENCE,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        """``open_`` opens the quarantine when the first request is to be kept. ``secret_values`` are what no kept request may hold."""
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
        """Keep the request if it is of the kind that is kept. What the log says of it: ``rejected``, its id, or ``not_kept``, why."""
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
        """The pause of one source and code, or of all requests whose senders are proved, or are not."""
        if what not in self._pauses:
            self._pauses[what] = _Pause()
        return self._pauses[what]

    def _learned(self, result: int | NoRoom | Exception | None, share: Share, *, proved: bool) -> Mapping[str, object]:
        """What to say of a finished try, and whether to ask again soon."""
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
        except Exception as fault:  # noqa: BLE001 -- reported by whoever waits for the thread
            work.result = fault

    def _written(self, rejected: RejectedRequest, *, proved: bool) -> int | NoRoom | None:
        """The request's id, or why there is no room; None for one that holds a secret."""
        if hands_over_a_secret(rejected.request) or rejected.holds_any(self._secret_values()):
            return None
        if self._opened is None:
            self._opened = self._open()
        return self._opened.keep_within_budget(rejected, proved=proved)


def _everything(*, proved: bool) -> str:
    """What all requests whose senders are proved have together, or all others."""
    return "proved" if proved else "unproved"
