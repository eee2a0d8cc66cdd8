"""``hookline demo``: a project is written, served, sent good and bad calls, counted, and removed."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from hookline.config import load
from hookline.demo.aftermath import add_stripe, leave_traces, send_stripe_payment
from hookline.demo.interrupts import stopped_by_signals
from hookline.demo.mix import mix
from hookline.demo.run import run
from hookline.demo.server import running_server, write_project
from hookline.record import record
from hookline.runtimes.embedded.settings import read_secrets

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from hookline.demo.findings import Findings
    from hookline.demo.server import DemoServer
    from hookline.pipeline.shown import Shown

__all__ = ["Audience", "play"]


@record
class Audience:
    """Who watches the demo: ``note`` says what it does now, ``show`` gets the counts, ``progress`` counts answers while a block runs."""

    note: Callable[[str], None]
    show: Callable[[Shown], None]
    progress: Callable[[int], AbstractContextManager[Callable[[], None]]]


def play(audience: Audience, *, keep: bool, count: int) -> bool:
    """Run the demo with this number of good transactions, and return whether every count is right.

    With ``keep`` the server runs until Ctrl-C, with something to look at. Raises OperatorError.
    """
    with stopped_by_signals(), TemporaryDirectory(prefix="hookline-demo-") as folder:
        project = Path(folder) / "project"
        audience.note(f"Writing an example project to {project}")
        write_project(project)
        if keep:
            add_stripe(project)
        audience.note("Starting `hookline serve` there")
        with running_server(project) as server:
            findings = _findings(project, server, count, audience)
            audience.show(findings.as_shown())
            if keep:
                _wait(project, server, audience)
            exit_code = server.stop()
    audience.note(f"The server stopped with exit code {exit_code}, and the folder is gone.")
    return findings.all_as_expected and exit_code == 0


def _findings(project: Path, server: DemoServer, count: int, audience: Audience) -> Findings:
    config = load(project / "hookline.toml")
    secret = read_secrets(config, project / ".env")["TRANSACTIONS_SECRET"]
    planned = mix(config, secret, count)

    async def sent() -> Findings:  # the note is in the loop: asyncio handles an interruption from here on
        audience.note(f"Sending {len(planned.shots):,} calls to {server.url}, {count:,} of them good")
        with audience.progress(len(planned.shots)) as advance:
            return await run(planned, server, advance=advance, queues=config.queue_names)

    return asyncio.run(sent())


def _wait(project: Path, server: DemoServer, audience: Audience) -> None:
    """Leave something to look at, say where it is, and wait for Ctrl-C or the end of the server."""
    config = load(project / "hookline.toml")
    leave_traces(project / "data", config)
    send_stripe_payment(server.url, config, read_secrets(config, project / ".env")["STRIPE_SECRET"])
    for line in server.how_to_reach(project):
        audience.note(line)
    with suppress(KeyboardInterrupt):
        server.process.wait()
