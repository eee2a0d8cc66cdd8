"""``hookline demo``: a real server, every kind of call, and a count of the results."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import click

from hookline.cli.error_codes import CommandFailedError
from hookline.cli.exit_codes import FAILED
from hookline.cli.options import example, json_option
from hookline.cli.output import print_json, print_table, progress_bar
from hookline.cli.terminal import safe_lines
from hookline.config import load
from hookline.demo.aftermath import add_stripe, leave_traces, send_stripe_payment
from hookline.demo.errors import DemoError
from hookline.demo.interrupts import stopped_by_signals
from hookline.demo.mix import mix
from hookline.demo.run import run
from hookline.demo.server import running_server, write_project
from hookline.runtimes.embedded.settings import read_secrets

if TYPE_CHECKING:
    from hookline.demo.findings import Findings
    from hookline.demo.server import DemoServer

__all__ = ["demo"]

_FEWEST = 10
_MOST = 100_000


@click.command(epilog=example("hookline demo", "hookline demo --keep"))
@click.option(
    "--keep",
    is_flag=True,
    help="Leave the server running until Ctrl-C, with something to look at, and say where its control room is.",
)
@click.option(
    "--count", type=click.IntRange(_FEWEST, _MOST), default=2000, show_default=True, help="How many good transactions."
)
@json_option
@click.pass_context
def demo(ctx: click.Context, *, keep: bool, count: int, as_json: bool) -> None:
    """Start a real server in a temporary folder, send it good and bad webhooks, and count the result of each.

    The exit code is 0 only when every answer and every queue is exactly as it must be. Nothing is left behind.
    """
    try:
        is_good = _demo(keep=keep, count=count, as_json=as_json)
    except DemoError as error:
        raise CommandFailedError("demo_failed", str(error)) from None
    ctx.exit(0 if is_good else FAILED)


def _demo(*, keep: bool, count: int, as_json: bool) -> bool:
    with stopped_by_signals(), TemporaryDirectory(prefix="hookline-demo-") as folder:
        project = Path(folder) / "project"
        _tell(f"Writing an example project to {project}")
        write_project(project)
        if keep:
            add_stripe(project)
        _tell("Starting `hookline serve` there")
        with running_server(project) as server:
            findings = _findings(project, server, count)
            _show(findings, as_json=as_json)
            if keep:
                config = load(project / "hookline.toml")
                leave_traces(project / "data", config)
                send_stripe_payment(server.url, config, read_secrets(config, project / ".env")["STRIPE_SECRET"])
                _tell("\n".join(server.how_to_reach(project)))
                with suppress(KeyboardInterrupt):
                    server.process.wait()
            exit_code = server.stop()
    _tell(f"The server stopped with exit code {exit_code}, and the folder is gone.")
    return findings.all_as_expected and exit_code == 0


def _findings(project: Path, server: DemoServer, count: int) -> Findings:
    config = load(project / "hookline.toml")
    secret = read_secrets(config, project / ".env")["TRANSACTIONS_SECRET"]
    planned = mix(config, secret, count)

    async def sent() -> Findings:  # it says so in the loop: an interruption while that is made would end in a traceback
        _tell(f"Sending {len(planned.shots):,} calls to {server.url}, {count:,} of them good")
        with progress_bar(len(planned.shots)) as advance:
            return await run(planned, server, advance=advance, queues=config.queue_names)

    return asyncio.run(sent())


def _tell(progress: str) -> None:
    click.echo(progress, err=True)


def _show(findings: Findings, *, as_json: bool) -> None:
    if as_json:
        print_json(findings.as_document())
        return
    print_table(("answer", "", "expected", "found", ""), findings.answer_rows())
    print_table(("queue", "expected", "found", ""), findings.queue_rows())
    if findings.message is not None:
        click.echo("One message, as a consumer gets it:\n")
        click.echo(safe_lines(json.dumps(json.loads(findings.message), indent=2, ensure_ascii=False)))
    click.echo(f"\n{findings.summary()}\n{findings.verdict()}")
