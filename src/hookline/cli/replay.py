"""``hookline replay``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from hookline.cli.faults import FAILED
from hookline.cli.options import config_option, data_dir_option, example, json_option
from hookline.cli.output import print_json, print_table
from hookline.config import load
from hookline.errors import HooklineError, NotFoundError, UnavailableError
from hookline.pipeline.replay import reopened
from hookline.pipeline.route import Router
from hookline.runtimes.embedded.wiring import open_home

if TYPE_CHECKING:
    from pathlib import Path

    from hookline.domain.route import RoutedEvent
    from hookline.runtimes.embedded.wiring import Home

__all__ = ["replay"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Result:
    event_id: str
    routed: RoutedEvent | None = None
    fault: HooklineError | None = None


@click.command(
    epilog=example(
        "hookline replay transactions:evt_1 transactions:evt_2",
        "hookline events list --status failed --json | jq -r '.[].id' | xargs -d '\\n' hookline replay",
    )
)
@click.argument("event_ids", metavar="EVENT_ID...", nargs=-1, required=True)
@config_option
@data_dir_option
@json_option
@click.pass_context
def replay(ctx: click.Context, *, event_ids: tuple[str, ...], config_path: Path, data_dir: Path, as_json: bool) -> None:
    """Put stored events through the routes again, each on its queues at once, with or without a server running.

    Consumers get them once more: every message carries the event id, by which they can tell.
    """
    config = load(config_path)
    router = Router(config.routes)
    with open_home(data_dir, event_retention=config.event_retention) as home:
        results = [_replay(home, router, event_id) for event_id in dict.fromkeys(event_ids)]
    if as_json:
        print_json([_document(result) for result in results])
    else:
        print_table(("event", "result", "queues"), map(_row, results))
    if any(result.fault for result in results):
        ctx.exit(FAILED)


def _replay(home: Home, router: Router, event_id: str) -> _Result:
    """One event's fault is that event's alone: the others are replayed."""
    try:
        return _Result(event_id=event_id, routed=_routed_again(home, router, event_id))
    except HooklineError as fault:
        return _Result(event_id=event_id, fault=fault)


def _routed_again(home: Home, router: Router, event_id: str) -> RoutedEvent:
    """Everything that can be refused is refused before the event is touched."""
    stored = home.events.get(event_id)
    if stored is None:
        raise NotFoundError(f"there is no event {event_id}")
    routed = router.route(reopened(stored.event))
    _check_queues_exist(home, routed)
    if not home.events.reopen(event_id):
        raise NotFoundError(f"there is no event {event_id}")
    _deliver(home, routed)
    return routed


def _check_queues_exist(home: Home, routed: RoutedEvent) -> None:
    known = {row.name for row in home.database.queues.rows()}
    if unknown := [name for name in routed.queues if name not in known]:
        raise NotFoundError(
            f"the data directory does not know the queue {unknown[0]} yet: serve this configuration first"
        )


def _deliver(home: Home, routed: RoutedEvent) -> None:
    try:
        home.outbox.deliver([routed])
    except UnavailableError as error:
        detail = f"{error.detail}; the event waits in the outbox, and a running server brings it to its queues"
        raise UnavailableError(error.code, detail) from error


def _document(result: _Result) -> dict[str, object]:
    if result.fault is not None:
        error = {"code": result.fault.code, "detail": result.fault.detail, "remedy": result.fault.remedy}
        return {"event_id": result.event_id, "replayed": False, "error": error}
    routed = result.routed
    assert routed is not None  # noqa: S101 -- a result has one of the two
    return {
        "event_id": result.event_id,
        "replayed": True,
        "status": routed.status.value,
        "queues": list(routed.queues),
    }


def _row(result: _Result) -> tuple[str, str, str]:
    if result.fault is not None:
        return result.event_id, f"failed [{result.fault.code}]: {result.fault.detail}", ""
    return result.event_id, "replayed", ", ".join(result.routed.queues if result.routed else ())
