"""``hookline demo``: a real server, every kind of call, and a count of what came of each."""

from __future__ import annotations

import asyncio
import signal
from collections import Counter
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import TYPE_CHECKING

import click

from hookline.cli.demo_report import Findings, show_findings, show_how_to_reach, tell
from hookline.cli.exit_codes import FAILED
from hookline.cli.options import example, json_option
from hookline.cli.send_report import progress_bar
from hookline.config import load
from hookline.demo.mix import mix
from hookline.demo.queues import first_message, settled_depths
from hookline.demo.server import running_server, write_project
from hookline.demo.tally import Tally
from hookline.demo.traffic import fire, post, session
from hookline.runtimes.embedded.settings import read_secrets

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from types import FrameType

    from hookline.demo.mix import Mix, Shot
    from hookline.demo.server import DemoServer

__all__ = ["demo"]

_FEWEST = 10
_MOST = 100_000
_CONCURRENCY = 64
_SETTLE_SECONDS = 10.0
_SHOWN_QUEUE = "payments"


@click.command(epilog=example("hookline demo", "hookline demo --keep"))
@click.option("--keep", is_flag=True, help="Leave the server running until Ctrl-C, and say how to reach it.")
@click.option(
    "--count", type=click.IntRange(_FEWEST, _MOST), default=2000, show_default=True, help="How many good transactions."
)
@json_option
@click.pass_context
def demo(ctx: click.Context, *, keep: bool, count: int, as_json: bool) -> None:
    """Start a real server in a temporary folder, send it good and bad webhooks, and count what came of each.

    The exit code is 0 only when every answer and every queue is exactly as it must be. Nothing is left behind.
    """
    with _stopped_by_signals(), TemporaryDirectory(prefix="hookline-demo-") as folder:
        project = Path(folder) / "project"
        tell(f"Writing an example project to {project}")
        write_project(project)
        tell("Starting `hookline serve` there")
        with running_server(project) as server:
            findings = _findings(project, server, count)
            show_findings(findings, as_json=as_json)
            if keep:
                show_how_to_reach(server, project)
                _wait_for_ctrl_c(server)
            exit_code = server.stop()
    tell(f"The server stopped with exit code {exit_code}, and the folder is gone.")
    ctx.exit(0 if findings.all_as_expected and exit_code == 0 else FAILED)


def _findings(project: Path, server: DemoServer, count: int) -> Findings:
    config = load(project / "hookline.toml")
    (secret,) = read_secrets(config, project / ".env").values()
    planned = mix(config, secret, count)
    tell(f"Sending {len(planned.shots):,} calls to {server.url}, {count:,} of them good")
    with progress_bar(len(planned.shots)) as advance:
        return asyncio.run(_measured(planned, server, advance=advance, queues=config.queue_names))


async def _measured(
    planned: Mix, server: DemoServer, *, advance: Callable[[], None], queues: Sequence[str]
) -> Findings:
    """What came of it, by the answers that the client got and by what a consumer then finds on every queue."""
    answers: Counter[tuple[int | None, str]] = Counter()
    tally = Tally()
    async with session() as client:

        async def act(shot: Shot, _due: float) -> None:
            request = shot.build()
            answer = await post(client, f"{server.url}{request.path}", request)
            answers[answer.status, answer.outcome] += 1
            tally.add(answer)
            advance()

        started = perf_counter()
        await fire(planned.shots, act, concurrency=_CONCURRENCY)
        seconds = perf_counter() - started
        expected = dict.fromkeys(queues, 0) | dict(planned.queues)
        depths = await settled_depths(client, server.admin, expected, seconds=_SETTLE_SECONDS)
        message = await first_message(client, server.admin, _SHOWN_QUEUE)
    return Findings(
        answers=answers,
        expected_answers=Counter((shot.status, shot.outcome) for shot in planned.shots),
        queues=depths,
        expected_queues=expected,
        tally=tally,
        seconds=seconds,
        message=message,
    )


def _wait_for_ctrl_c(server: DemoServer) -> None:
    with suppress(KeyboardInterrupt):
        server.process.wait()


@contextmanager
def _stopped_by_signals() -> Iterator[None]:
    """SIGTERM and a closed terminal end the block as Ctrl-C does, so that no server is left behind."""
    before = {number: signal.signal(number, _interrupt) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _interrupt(_number: int, frame: FrameType | None) -> None:
    """What Ctrl-C does at this moment: asyncio has its own way while a loop runs."""
    ctrl_c = signal.getsignal(signal.SIGINT)
    if not callable(ctrl_c):  # ignored, as in the background of a script
        raise KeyboardInterrupt
    ctrl_c(signal.SIGINT, frame)
