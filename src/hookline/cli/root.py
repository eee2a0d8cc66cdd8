"""``hookline``: the group of all commands. A command's module is imported only when the command is used, so that help is fast."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any  # Any: click's signatures use it

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


_SECTIONS: Mapping[str, Mapping[str, str]] = {
    "First steps": {
        "init": "Write a project that is ready to run.",
        "check": "Print the whole configuration, or every error in it.",
        "serve": "Receive webhooks until stopped.",
        "send": "Send a correctly signed webhook.",
        "doctor": "Check an installation, or find why a signature does not fit.",
        "demo": "Start a server, send it good and bad events, and count the results.",
    },
    "Events": {
        "events": "List, show and erase stored events.",
        "tail": "Show events as they arrive.",
        "replay": "Put stored events through the routes again.",
        "reconcile": "Compare what arrived with what the sender says it has sent.",
        "audit": "List who replayed, moved or removed events and messages, and why.",
    },
    "Queues": {
        "queues": "List queues, consume from them, and move their messages.",
        "forward": "Deliver a queue to an HTTP endpoint.",
    },
    "Senders": {
        "providers": "List the senders that hookline knows by name.",
        "sources": "List sources, pause them, and propose one for a new sender.",
        "verify": "Say whether a recorded request verifies, without a server.",
        "rejected": "List requests that were refused, and try them again.",
        "secrets": "Store signing secrets on AWS, and see which are in use.",
    },
    "Operation": {
        "backup": "Copy the database while it is in use, and check the copy.",
        "restore": "Restore the database from a copy, or lost events on AWS.",
        "storage": "Confirm the clock, and change the key that encrypts bodies.",
        "alerts": "Post a test message to each URL of [[alerts]].",
        "users": "Add, list and remove the people who log in.",
        "access": "Create and list the keys for callers of the admin port.",
        "completion": "Print the script for your shell's completion.",
    },
    "AWS": {
        "dashboard": "Open the control room of an environment on AWS.",
        "package": "Build the archives that the functions on AWS run from.",
        "plan": "Calculate what a load on AWS needs and costs.",
    },
}
"""Each command by section, with its line in the help. The module of the same name contains it, under the same name."""

_COMMANDS: Mapping[str, str] = {name: line for section in _SECTIONS.values() for name, line in section.items()}
_WIDTH = max(map(len, _COMMANDS))
_FIRST = ("init", "check", "serve", "send", "doctor")
"""The commands that a new user needs, in this order."""


class _FirstStepsError(click.exceptions.NoArgsIsHelpError):
    """No command was named. The first five commands are shown, not the whole help."""

    def __init__(self, text: str, ctx: click.Context) -> None:
        click.UsageError.__init__(self, text, ctx)


class _Root(click.Group):
    """The commands, and the one place where an error becomes a message and an exit code."""

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
        """The commands in the help, by section, without importing any."""
        for title, commands in _SECTIONS.items():
            with formatter.section(title):
                formatter.write_dl([(f"{name:<{_WIDTH}}", line) for name, line in commands.items()])

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read ``args``. Without any, raise the error that shows the first five commands, and how to see the others."""
        if args or ctx.resilient_parsing:
            return super().parse_args(ctx, args)
        formatter = ctx.make_formatter()
        formatter.write_usage(_NAME, "COMMAND [OPTIONS] [ARGS]...")
        formatter.write_paragraph()
        formatter.write_text(self.help or "")
        with formatter.section("The five commands to start with"):
            formatter.write_dl([(name, _COMMANDS[name]) for name in _FIRST])
        formatter.write_paragraph()
        formatter.write_text(
            f"`hookline --help` lists all {len(_COMMANDS)} commands, `hookline COMMAND --help` explains one."
        )
        raise _FirstStepsError(formatter.getvalue().rstrip("\n"), ctx)

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
        """Run a command and exit: 0 success, 1 failure, 2 wrong usage or configuration, 130 interrupted."""
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
    """Whether the word is UTF-8 text. The name of a file need not be; names that are looked up or stored must be."""
    return not any("\ud800" <= character <= "\udfff" for character in word)


def _open_closed_streams() -> None:
    """Replace a stream that the shell has closed (``>&-``) by the null device: Python has None there, and printing would fail."""
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115, PTH123 -- open until the process ends
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115, PTH123 -- the same


@click.group(_NAME, cls=_Root, epilog=example("hookline init payments-hooks", "cd payments-hooks", "hookline serve"))
@click.version_option(__version__, message="hookline %(version)s")
def main() -> None:
    """Receive webhooks, prove who sent them, keep every one, and put each on its queue."""
