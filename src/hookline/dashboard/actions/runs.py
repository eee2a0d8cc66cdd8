"""Runs actions on separate threads, so that a page does not wait for a slow redrive, and keeps their results for some time."""

from __future__ import annotations

import logging
from collections import OrderedDict
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING, Final

from hookline.domain.counted import counted
from hookline.errors import HooklineError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from hookline.dashboard.actions.action import Advance, Result
    from hookline.pipeline.audited import Run

__all__ = ["Runs"]

_MOST_AT_ONCE: Final = 4
_MOST_KEPT: Final = 200
_logger = logging.getLogger(__name__)


class _Running:
    """One run and its progress."""

    def __init__(self, run: Run, heading: str, total: int | None) -> None:
        self.run = run
        self.heading = heading
        self.total = total
        self.done = 0
        self.result: Result | None = None
        self.fault: HooklineError | None = None
        self.ended = Event()

    def advance(self, count: int) -> None:
        """Add to the number of finished items."""
        self.done += count


class Runs:
    """The runs of one process, each on a separate thread. Their audit entries are kept longer."""

    def __init__(self, *, most_at_once: int = _MOST_AT_ONCE) -> None:
        self._most = most_at_once
        self._kept: OrderedDict[str, _Running] = OrderedDict()
        self._guard = Lock()

    def start(
        self, run: Run, work: Callable[[Advance], Result], *, heading: str, total: int | None = None, wait: float = 0.0
    ) -> None:
        """Start a run, and wait up to ``wait`` seconds for its end. Raises UnavailableError where too many already run."""
        running = _Running(run, heading, total)
        with self._guard:
            if sum(not one.ended.is_set() for one in self._kept.values()) >= self._most:
                raise UnavailableError(
                    "overloaded",
                    f"{counted(self._most, 'action runs', 'actions run')} already; wait for one",
                    retry_after=5,
                )
            self._kept[run.id] = running
            self._forget()
        Thread(target=_work, args=(running, work), name="hookline-action", daemon=True).start()
        if wait:
            running.ended.wait(wait)

    def shown(self, run_id: str, actor: str, *, may_operate: bool) -> dict[str, object] | None:
        """The progress of the run; None where the run is unknown. Secrets in its result are shown only to the person who started it.

        The lines and the detail of a fault may contain masked data: they are only for callers with the right to operate.
        """
        running = self._kept.get(run_id)
        if running is None:
            return None
        result, fault = running.result, running.fault
        return {
            "id": running.run.id,
            "heading": running.heading,
            "state": _state(running),
            "done": running.done,
            "total": running.total,
            "said": None if result is None else result.said,
            "lines": list(result.lines) if result is not None and may_operate else [],
            "secret_line": None if result is None or actor != running.run.actor else result.secret_line,
            "fault": None if fault is None else _fault(fault, may_operate=may_operate),
        }

    def result(self, run_id: str, actor: str, *, may_operate: bool) -> Mapping[str, object] | None:
        """The result as a JSON object, if the run has ended, as this caller may see it. Raises the error of the run."""
        running = self._kept[run_id]
        if running.fault is not None:
            raise running.fault
        if running.result is None or not may_operate:
            return None
        secret = running.result.secret_document if actor == running.run.actor else {}
        return {**running.result.document, **secret}

    def _forget(self) -> None:
        """Forget the oldest ended runs."""
        for name in [name for name, one in self._kept.items() if one.ended.is_set()]:
            if len(self._kept) <= _MOST_KEPT:
                return
            del self._kept[name]


def _work(running: _Running, work: Callable[[Advance], Result]) -> None:
    try:
        running.result = work(running.advance)
    except HooklineError as fault:
        running.fault = fault
    except Exception:
        _logger.exception("an action failed")
        running.fault = UnavailableError("internal_fault", "the action failed; see the log")
    finally:
        running.ended.set()


def _fault(fault: HooklineError, *, may_operate: bool) -> dict[str, str]:
    return {"code": fault.code, "detail": fault.detail if may_operate else fault.title, "remedy": fault.remedy}


def _state(running: _Running) -> str:
    if running.fault is not None:
        return "failed"
    if running.result is None:
        return "running"
    return "done" if running.result.is_whole else "partly done"
