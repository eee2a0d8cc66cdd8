"""``hookline``: the group of all commands."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any  # Any: click's own signature

import click

from hookline import __version__
from hookline.cli.exit_codes import exit_code_of
from hookline.cli.lazy import Lazy, LazyGroup
from hookline.cli.options import example

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["main"]

_NAME = "hookline"


class _Root(LazyGroup):
    """The commands, and the one place where what goes wrong becomes words and an exit code."""

    lazy = {  # noqa: RUF012 -- read only, as its declaration in LazyGroup says
        "init": Lazy("hookline.cli.init", "Write a project that runs."),
        "check": Lazy("hookline.cli.check", "Say what hookline.toml comes to, or all that is wrong with it."),
        "serve": Lazy("hookline.cli.serve", "Receive webhooks until stopped."),
        "providers": Lazy("hookline.cli.providers", "List the senders that are known by name."),
        "verify": Lazy("hookline.cli.verify", "Say whether a recorded request verifies, without a server."),
        "send": Lazy("hookline.cli.send", "Send a correctly signed webhook."),
        "demo": Lazy("hookline.cli.demo", "Show the whole journey of some events."),
        "events": Lazy("hookline.cli.events", "Look at stored events."),
        "replay": Lazy("hookline.cli.replay", "Put stored events through the routes again."),
        "doctor": Lazy("hookline.cli.doctor", "Find why a signature does not fit."),
        "rejected": Lazy("hookline.cli.rejected", "Look at requests that were refused, and try them again."),
        "queues": Lazy("hookline.cli.queues", "Look at queues, and consume from them."),
        "storage": Lazy("hookline.cli.storage", "Say that the clock is right, when nothing expires because of it."),
        "backup": Lazy("hookline.cli.backup", "Copy the database while it is in use, and check the copy."),
        "secrets": Lazy("hookline.cli.secrets", "Keep signing secrets on AWS, and see which are in use."),
        "sources": Lazy("hookline.cli.sources", "Look at sources, and let a sender bring its secret."),
        "package": Lazy("hookline.cli.package", "Build the archives that the functions on AWS run from."),
        "plan": Lazy("hookline.cli.plan", "Say what a load on AWS needs and costs."),
        "completion": Lazy("hookline.cli.completion", "Print the script for your shell's completion."),
    }

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,  # noqa: FBT001, FBT002 -- click's shape
        **extra: Any,
    ) -> Any:
        """Run a command and exit: 0 good, 1 what was asked for failed, 2 wrong usage or configuration, 130 interrupted."""
        words = list(sys.argv[1:] if args is None else args)

        def run() -> object:
            return super(_Root, self).main(words, prog_name or _NAME, complete_var, standalone_mode=False, **extra)

        if not standalone_mode:
            return run()
        sys.exit(exit_code_of(run, as_json="--json" in words))


@click.group(_NAME, cls=_Root, epilog=example("hookline init payments-hooks", "cd payments-hooks", "hookline serve"))
@click.version_option(__version__, message="hookline %(version)s")
def main() -> None:
    """Receive webhooks, prove who sent them, keep every one, and put each on its queue."""
