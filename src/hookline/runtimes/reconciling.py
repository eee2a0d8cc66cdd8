"""Compares the events of a source with those in its sender's API, for commands of both homes."""

from __future__ import annotations

import time
from contextlib import nullcontext
from functools import partial
from typing import TYPE_CHECKING, Any  # Any: each option has its own type

from hookline.config import load
from hookline.config.units import UnusableError
from hookline.domain.secret import Secret
from hookline.errors import NotFoundError, OperatorError
from hookline.pipeline.audited import Note, audited
from hookline.pipeline.backfill import Intake
from hookline.pipeline.reconcile import (
    CREDENTIALS,
    Reconciliation,
    Wanted,
    comparison,
    gap_document,
    gap_row,
    listing_of,
    window_of,
)
from hookline.pipeline.shown import Lines, Shown, Table
from hookline.record import record
from hookline.runtimes.aws_lambda.wiring import commands as aws
from hookline.runtimes.embedded.settings import find_values
from hookline.runtimes.embedded.wiring import commands as embedded
from hookline.runtimes.env_file import env_file_beside
from hookline.runtimes.operator import fresh_run

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from pathlib import Path

    from hookline.config import Config
    from hookline.domain.source import Source
    from hookline.pipeline.audited import Run
    from hookline.pipeline.reconcile import Gap
    from hookline.runtimes.control_room_api import Api
    from hookline.runtimes.opened import Where
    from hookline.runtimes.talk import Talk

__all__ = ["AskedComparison", "Comparison", "reconcile", "reconcile_remote"]


def reconcile(talk: Talk, *, place: Where, **given: Any) -> None:
    """``hookline reconcile`` on a data directory or on AWS. Raises UnusableError."""

    def opened(config: Config) -> AbstractContextManager[Intake]:
        if place.environment is not None:
            return aws.open_intake(place.environment, config)
        return embedded.open_intake(place.data_dir, config)

    _compare(talk, opened, **given)


def reconcile_remote(api: Api, talk: Talk, *, place: Where, **given: Any) -> None:  # noqa: ARG001 -- it is not for --url
    """``hookline reconcile`` over the API of a control room, which has the events. Raises UnusableError."""
    if given["backfill"]:
        raise UnusableError("--backfill is not for --url: run it where the data directory is, or with --target")
    _compare(talk, lambda _: nullcontext(Intake(known=api.has_event)), **given)


def _compare(
    talk: Talk,
    opened: Callable[[Config], AbstractContextManager[Intake]],
    *,
    config_path: Path,
    env_file: Path | None,
    **asked: Any,
) -> None:
    config = load(config_path)
    run, env = fresh_run(asked["reason"]), env_file_beside(config_path, env_file)
    found = Comparison(config, AskedComparison(**asked), run, env)
    if found.note:
        talk.note(found.note)
    try:
        with opened(config) as intake:
            found.look(intake)
    except BaseException:
        talk.show(found.shown())  # the gaps found so far are shown even if a later request failed
        raise
    talk.show(found.shown(failed=not found.is_closed))


@record
class AskedComparison:
    """The options of the command."""

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
    """One comparison. ``gaps`` are those found so far, even if it ended with an error."""

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
                f"the list of {source.scheme} does not contain the events' bodies: --backfill cannot be used",
            )
        kept = config.retention.of(source.name)
        window = window_of(self.listing, asked.since, asked.until, run.at, undelivered=asked.undelivered, kept=kept)
        self._wanted = Wanted(window=window, types=asked.types, resume=asked.resume)
        self._asked, self._run = asked, run
        if asked.report is not None:
            api = embedded.report_file(asked.report)
        else:
            place = getattr(config.schemes[source.name], "place", "")
            api = embedded.sender_api(source.scheme, _credentials(source, asked.credentials_env, env_file), place)
        self.done = Reconciliation(source=source, listing=self.listing, api=api, now=run.at, wait=time.sleep)

    @property
    def note(self) -> str:
        """Notes that a person needs to understand the result."""
        return "" if self._wanted.types or self._wanted.window.undelivered else self.listing.note

    @property
    def is_closed(self) -> bool:
        """Whether all found gaps are filled."""
        return all(gap.is_closed for gap in self.gaps)

    def shown(self, *, failed: bool = False) -> Shown:
        """The gaps that were found, and how many were closed."""
        document = {**self.done.summary(), "missing": [gap_document(gap) for gap in self.gaps]}
        columns = ("missing", "type", "sent", "the sender thinks", "done")
        table = [Table(columns=columns, rows=[*map(gap_row, self.gaps)])] if self.gaps else []
        is_cut = not self.done.is_whole and self.done.resume
        notes = [f"not everything was compared: continue with --resume '{self.done.resume}'"] if is_cut else []
        return Shown(
            document=document,
            parts=[*table, Lines(lines=[comparison(self.gaps, self.done)])],
            notes=notes,
            failed=failed,
        )

    def look(self, intake: Intake) -> None:
        """Find the gaps, and do the chosen action for each. Raises HooklineError, with the page to continue from in its detail."""
        act, word = self._action(intake)
        with self._noted(intake, word) as note:
            for gap in self.done.gaps(self._wanted, intake.known):
                self.gaps.append(act(gap))
                note.affected += self.gaps[-1].is_closed

    def _action(self, intake: Intake) -> tuple[Callable[[Gap], Gap], str]:
        """The function for each gap, and the audit log's word for it; None where nothing is done."""
        if self._asked.backfill and intake.take is not None:
            return partial(self.done.backfill, take=intake.take), "backfill"
        return (self.done.redeliver, "redeliver") if self._asked.redeliver else (self.done.nothing, "")

    def _noted(self, intake: Intake, word: str) -> AbstractContextManager[Note]:
        if not word or intake.audit is None:
            return nullcontext(Note())
        details = {"since": self._asked.since, "until": self._asked.until or "now"}
        return audited(intake.audit, self._run.entry(word, f"source {self._asked.source}", **details))


def _credentials(source: Source, name: str | None, env_file: Path | None) -> Secret:
    """The credentials for the sender's API. Raises UnusableError."""
    usual = CREDENTIALS[source.scheme] if source.confirmation is None else source.confirmation.secret_name
    name = name or usual
    found = find_values([name], env_file)
    if name not in found:
        raise UnusableError(
            f"neither the environment nor the env file has {name}: name the variable with --credentials-env"
        )
    return Secret(name=name, value=found[name])
