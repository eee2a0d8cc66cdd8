"""``hookline check``."""

from __future__ import annotations

import tomllib
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING

import click

from hookline.cli.options import config_option, env_file_beside, env_file_option, example, json_option
from hookline.cli.output import print_aws_warnings, print_json, print_tables
from hookline.cli.targets import target_option
from hookline.cli.terminal import safe
from hookline.config import load
from hookline.infra.aws_warnings import aws_warnings
from hookline.pipeline.route_decision import decide_event, decision_document, decision_lines, tried_event
from hookline.pipeline.topology import topology
from hookline.pipeline.topology_tables import topology_tables
from hookline.runtimes.embedded.settings import read_secrets
from hookline.runtimes.embedded.weak_secrets import weak_secrets
from hookline.runtimes.opened import stored_differences

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hookline.config import Config
    from hookline.domain.source import Source
    from hookline.pipeline.stored_state import Difference

__all__ = ["check"]


@click.command(
    epilog=example(
        "hookline check",
        "hookline check --secrets --env-file .env",
        "hookline check --data-dir data",
        "hookline check --target aws:prod --json",
        "hookline check --try payment.json --source shop",
    )
)
@config_option
@click.option("--try", "tried", type=click.File("rb"), metavar="FILE", help="Say where a body would go, and why.")
@click.option(
    "--source",
    metavar="NAME",
    help="With --try: the source that the body is sent to. Not needed where there is one source.",
)
@click.option("--secrets", is_flag=True, help="Check the secrets' values too: that they are there and can be used.")
@env_file_option
@click.option(
    "--data-dir",
    type=click.Path(file_okay=False, path_type=Path),
    help="Compare the configuration with what is stored in this folder, with or without a server running.",
)
@target_option
@json_option
def check(
    *,
    config_path: Path,
    tried: IO[bytes] | None,
    source: str | None,
    secrets: bool,
    env_file: Path | None,
    data_dir: Path | None,
    environment: str | None,
    as_json: bool,
) -> None:
    """Print the whole configuration, every default filled in; or everything that is wrong with it, at once.

    With --data-dir or --target, report what is stored there and the configuration no longer has (queues with their messages,
    sources, secrets), and which messages lowered settings would remove. A last part says what AWS takes less of, where a source is
    affected.

    With --try, print what each route says of a webhook's body instead: which rules match it and why, and which do not and why not.
    """
    if data_dir is not None and environment is not None:
        raise click.UsageError("--data-dir and --target cannot be used together")
    if env_file is not None and not secrets:
        raise click.UsageError("--env-file is read only with --secrets")
    if tried is None and source is not None:
        raise click.UsageError("--source is used only with --try")
    config = load(config_path)
    if tried is not None:
        _print_decision(config, _source(config, source), tried.read(), as_json=as_json)
        return
    env = env_file_beside(config_path, env_file)
    found = read_secrets(config, env, serving=True) if secrets else None
    weak = [] if found is None else weak_secrets(config, found, env)
    for one in weak:
        click.echo(f"Warning: {one}", err=True)
    shape = topology(config, tomllib.loads(config_path.read_text("utf-8")))
    compared = stored_differences(config, data_dir, environment)
    if as_json:
        on_aws = [asdict(one) for one in aws_warnings(config)]
        secrets_checked = None if found is None else sorted(found)
        stored = None if compared is None else [{**asdict(one), "facts": dict(one.facts)} for one in compared]
        print_json({**asdict(shape), "secrets_checked": secrets_checked, "stored": stored, "on_aws": on_aws})
        return
    print_tables(topology_tables(shape))
    for note in shape.notes:
        click.echo(f"note: {safe(note)}")
    if found is not None:
        click.echo(f"secrets: {len(found)} of {len(config.local_secret_names)} there and usable")
    if compared is not None:
        _print_stored(compared)
    print_aws_warnings(aws_warnings(config))


def _source(config: Config, name: str | None) -> Source:
    """The source of this name, or the only one."""
    found = [one for one in config.sources if name in (None, one.name)]
    if len(found) == 1:
        return found[0]
    raise click.UsageError(f"name one of the sources with --source: {', '.join(one.name for one in config.sources)}")


def _print_decision(config: Config, source: Source, body: bytes, *, as_json: bool) -> None:
    event = tried_event(source, body, at=datetime.now(UTC))
    decision = decide_event(event, config.routes)
    if as_json:
        print_json({"source": source.name, "type": event.type, **decision_document(decision)})
        return
    for line in [f"type: {event.type}", *decision_lines(decision)]:
        click.echo(safe(line))


def _print_stored(compared: Sequence[Difference]) -> None:
    click.echo()
    if not compared:
        click.echo("stored: nothing that this configuration leaves behind")
    for one in compared:
        click.echo(f"warning [{one.code}]: {safe(str(one))}")
