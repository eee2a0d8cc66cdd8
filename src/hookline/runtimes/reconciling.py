"""Comparing a source with what its sender's API says, for commands of both homes."""

from __future__ import annotations

import time
from contextlib import nullcontext
from functools import partial
from typing import TYPE_CHECKING

from hookline.config.units import UnusableError
from hookline.domain.secret import Secret
from hookline.errors import NotFoundError, OperatorError
from hookline.pipeline.audited import Note, audited
from hookline.pipeline.reconcile import CREDENTIALS, Reconciliation, Wanted, listing_of, window_of
from hookline.record import record
from hookline.runtimes.embedded.settings import find_values
from hookline.runtimes.embedded.wiring.commands import report_file, sender_api

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from pathlib import Path

    from hookline.config import Config
    from hookline.domain.source import Source
    from hookline.pipeline.audited import Run
    from hookline.pipeline.backfill import Intake
    from hookline.pipeline.reconcile import Gap

__all__ = ["AskedComparison", "Comparison"]


@record
class AskedComparison:
    """What an operator asks for, in the words of the command line."""

    source: str
    since: str
    until: str | None = None
    types: tuple[str, ...] = ()
    undelivered: bool = False
    hook: str | None = None
    report: Path | None = None
    credentials_env: str | None = None
    backfill: bool = False
    redeliver: bool = False
    reason: str | None = None
    resume: str | None = None


class Comparison:
    """One comparison. ``gaps`` are those found so far, also when it ends with an error."""

    def __init__(self, config: Config, asked: AskedComparison, run: Run, env_file: Path | None) -> None:
        """Raises UnusableError, NotFoundError, and OperatorError ``reconcile_unsupported``; no call is made yet."""
        if (asked.backfill or asked.redeliver) and not asked.reason:
            raise UnusableError("--reason is needed to change anything: it is kept in the audit log")
        if asked.backfill and asked.redeliver:
            raise UnusableError("give --backfill or --redeliver, not both")
        source = next((one for one in config.sources if one.name == asked.source), None)
        if source is None:
            raise NotFoundError(f"hookline.toml has no source {asked.source}")
        self.gaps: list[Gap] = []
        self.listing = listing_of(source, asked.hook, has_report=asked.report is not None)
        if asked.backfill and not self.listing.has_events:
            raise OperatorError(
                "reconcile_unsupported",
                f"what {source.scheme} lists does not contain the events themselves: --backfill cannot be used",
            )
        kept = config.retention.of(source.name)
        window = window_of(self.listing, asked.since, asked.until, run.at, undelivered=asked.undelivered, kept=kept)
        self._wanted = Wanted(window=window, types=asked.types, resume=asked.resume)
        self._asked, self._run = asked, run
        if asked.report is not None:
            api = report_file(asked.report)
        else:
            place = getattr(config.schemes[source.name], "place", "")
            api = sender_api(source.scheme, _credentials(source, asked.credentials_env, env_file), place)
        self.done = Reconciliation(source=source, listing=self.listing, api=api, now=run.at, wait=time.sleep)

    @property
    def note(self) -> str:
        """What one has to know to read the result."""
        return "" if self._wanted.types or self._wanted.window.undelivered else self.listing.note

    @property
    def is_closed(self) -> bool:
        """Whether nothing that was found is missing any more."""
        return all(gap.is_closed for gap in self.gaps)

    def look(self, intake: Intake) -> None:
        """Find the gaps, and do about each what was asked for. Raises HooklineError, with the page to go on with in its detail."""
        act, word = self._action(intake)
        with self._noted(intake, word) as note:
            for gap in self.done.gaps(self._wanted, intake.known):
                self.gaps.append(act(gap))
                note.affected += self.gaps[-1].is_closed

    def _action(self, intake: Intake) -> tuple[Callable[[Gap], Gap], str]:
        """What is done about a gap, and the audit log's word for it; none where nothing is done."""
        if self._asked.backfill and intake.take is not None:
            return partial(self.done.backfill, take=intake.take), "backfill"
        return (self.done.redeliver, "redeliver") if self._asked.redeliver else (self.done.nothing, "")

    def _noted(self, intake: Intake, word: str) -> AbstractContextManager[Note]:
        if not word or intake.audit is None:
            return nullcontext(Note())
        details = {"since": self._asked.since, "until": self._asked.until or "now"}
        return audited(intake.audit, self._run.entry(word, f"source {self._asked.source}", **details))


def _credentials(source: Source, name: str | None, env_file: Path | None) -> Secret:
    """What the sender's API is asked with. Raises UnusableError."""
    usual = CREDENTIALS[source.scheme] if source.confirmation is None else source.confirmation.secret_name
    name = name or usual
    found = find_values([name], env_file)
    if name not in found:
        raise UnusableError(
            f"neither the environment nor the env file has {name}: name the variable with --credentials-env"
        )
    return Secret(name=name, value=found[name])
