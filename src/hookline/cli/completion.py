"""``hookline completion``."""

from __future__ import annotations

import click
from click.shell_completion import ShellComplete, get_completion_class

from hookline.cli.options import example
from hookline.cli.output import shows
from hookline.pipeline.shown import Shown

__all__ = ["completion"]


@click.command(
    epilog=example(
        'eval "$(hookline completion bash)"', "hookline completion fish > ~/.config/fish/completions/hookline.fish"
    )
)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@shows
@click.pass_context
def completion(ctx: click.Context, *, shell: str) -> Shown:
    """Print the script with which your shell completes hookline's commands and options."""
    kind = get_completion_class(shell)
    assert kind is not None  # noqa: S101 -- click brings all three
    complete = kind(ctx.find_root().command, {}, "hookline", "_HOOKLINE_COMPLETE")
    # bash's own class starts bash to see its version, and then prints the same script
    script = ShellComplete.source(complete)
    return Shown(document={"shell": shell, "script": script}, parts=[script])
