"""``hookline replay``."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import click

from hookline.cli.options import config_option, example
from hookline.cli.over_network import acting, acts_at_url
from hookline.cli.values import rate_option, search_options
from hookline.infra.plan import read_prices, replay_cost
from hookline.runtimes.direct.replay import replay_events
from hookline.runtimes.remote import acts

if TYPE_CHECKING:
    from hookline.pipeline.bulk_replay import ReplayPlan

__all__ = ["replay"]


def _price(plan: ReplayPlan) -> float:
    """The dollars that AWS takes, which infra knows."""
    return replay_cost(plan.matched, plan.messages, plan.size, read_prices())


@click.command(
    epilog=example(
        "hookline replay transactions:evt_1 transactions:evt_2 --target aws:prod",
        "hookline replay --since 2h --type payment --queue payments --dry-run",
        "hookline replay --since 2h --type payment --queue payments --reason 'the consumer lost them'",
    )
)
@click.argument("event_ids", metavar="[EVENT_ID...]", nargs=-1)
@search_options
@click.option("--where", metavar="PATTERN", help="Only events whose message this event pattern (JSON) matches.")
@click.option("--queue", help="Only events that go to this queue; they are put on no other queue.")
@click.option(
    "--reason", help="The reason, which is stored in the audit log. Needed unless events are named by their ids."
)
@click.option("--dry-run", is_flag=True, help="Only print the plan.")
@rate_option("events")
@click.option("--resume", metavar="REPLAY_ID", help="Continue a replay that was stopped or killed.")
@click.option("--fresh", is_flag=True, help="Start from the beginning, even if the same replay was not finished.")
@click.option("--yes", is_flag=True, help="Do not ask at a terminal.")
@click.option("--keep-dead-letter", is_flag=True, help="Keep the dead letters of events that are named by their ids.")
@config_option
@acting(partial(replay_events, price=_price), acts_at_url(acts.replay))
def replay() -> None:
    """Put stored events through the routes again: those with these ids, or those that the options describe.

    Consumers get them once more; every message carries the event id, and the replay's id. Dead letters of events that are named by their
    ids are removed from the queues that get them again. Without ids the plan comes first. A replay that was stopped or killed is
    continued where it was when the same command is run again.
    """
