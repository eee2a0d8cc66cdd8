"""``hookline``: the group of all commands. A command's module is imported when the command is used, so that help comes at once."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any  # Any: click's own signature

import click
from click.shell_completion import CompletionItem

from hookline import __version__
from hookline.cli.exit_codes import exit_code_of
from hookline.cli.homes import refusing
from hookline.cli.options import example

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["main"]

_NAME = "hookline"


_COMMANDS: Mapping[str, str] = {
    "init": "Write a project that runs.",
    "check": "Print the whole configuration, or all that is wrong with it.",
    "serve": "Receive webhooks until stopped.",
    "providers": "List the senders that are known by name.",
    "verify": "Say whether a recorded request verifies, without a server.",
    "send": "Send a correctly signed webhook.",
    "demo": "Show the whole journey of some events.",
    "events": "Look at stored events.",
    "replay": "Put stored events through the routes again.",
    "reconcile": "Compare what arrived with what the sender says it has sent.",
    "audit": "List who replayed, moved or removed what, and why.",
    "doctor": "Check an installation, or find why a signature does not fit.",
    "rejected": "Look at requests that were refused, and try them again.",
    "queues": "Look at queues, and consume from them.",
    "dashboard": "Open the control room of an environment on AWS.",
    "forward": "Deliver a queue to an HTTP endpoint.",
    "alerts": "See that alerts arrive where they should.",
    "tail": "Show events as they come.",
    "storage": "Say that the clock is right, when nothing expires because of it.",
    "backup": "Copy the database while it is in use, and check the copy.",
    "restore": "Make a copy the database, or bring lost events back on AWS.",
    "secrets": "Keep signing secrets on AWS, and see which are in use.",
    "users": "Add, list and remove the people who log in.",
    "access": "Make and list the keys for callers of the admin port.",
    "sources": "Look at sources, and let a sender bring its secret.",
    "package": "Build the archives that the functions on AWS run from.",
    "plan": "Say what a load on AWS needs and costs.",
    "completion": "Print the script for your shell's completion.",
}
"""Each command, with its line in the help. The module of the same name holds it, under the same name."""


class _Root(click.Group):
    """The commands, and the one place where what goes wrong becomes words and an exit code."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 -- click's shape
        """The names, without importing anything."""
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 -- click's shape
        """The command, imported now."""
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = getattr(import_module(f"hookline.cli.{cmd_name}"), cmd_name)
        return refusing(command, cmd_name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 -- click's shape
        """The list of commands in the help, without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem[str]]:
        """The commands and options that begin with ``incomplete``, without importing any."""
        found = [
            CompletionItem(name, help=summary) for name, summary in _COMMANDS.items() if name.startswith(incomplete)
        ]
        return found + click.Command.shell_complete(self, ctx, incomplete)

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
            try:
                return super(_Root, self).main(words, prog_name or _NAME, complete_var, standalone_mode=False, **extra)
            except UnicodeEncodeError:
                if all(map(_is_text, words)):
                    raise
                raise click.UsageError("a value on the command line is not UTF-8 text") from None

        if not standalone_mode:
            return run()
        _open_closed_streams()
        sys.exit(exit_code_of(run, as_json="--json" in words))


def _is_text(word: str) -> bool:
    """Whether the word came as UTF-8. A file's name need not; what is looked up or stored must."""
    return not any("\ud800" <= character <= "\udfff" for character in word)


def _open_closed_streams() -> None:
    """Where a shell has closed a stream (``>&-``), write to nowhere: Python has None there, which nothing can write to."""
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115, PTH123 -- open until the process ends
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115, PTH123 -- the same


@click.group(_NAME, cls=_Root, epilog=example("hookline init payments-hooks", "cd payments-hooks", "hookline serve"))
@click.version_option(__version__, message="hookline %(version)s")
def main() -> None:
    """Receive webhooks, prove who sent them, keep every one, and put each on its queue."""
