"""``hookline doctor``."""

from __future__ import annotations

from pathlib import Path
from typing import IO, TYPE_CHECKING

import click

from hookline.cli.checkup import print_checkup
from hookline.cli.exit_codes import FAILED
from hookline.cli.homes import HomeOption
from hookline.cli.options import (
    config_option,
    data_dir_option,
    env_file_beside,
    env_file_option,
    example,
    json_option,
    key_option,
)
from hookline.cli.output import print_fields, print_json
from hookline.cli.targets import target_option
from hookline.cli.terminal import safe
from hookline.config import load
from hookline.domain.moment import LATEST_SECOND
from hookline.pipeline.doctor import diagnose
from hookline.pipeline.doctor.case import case_of, secret_notes, with_fetched_key, with_given_key
from hookline.pipeline.documents import diagnosis_document, diagnosis_fields, unexplained_lines
from hookline.pipeline.request_file import recorded
from hookline.providers.scheme import NeedsKey
from hookline.runtimes.checkup import Installed
from hookline.runtimes.embedded.settings import find_secrets
from hookline.runtimes.embedded.wiring.commands import public_keys
from hookline.runtimes.kept_case import kept_case

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hookline.domain.source import Source
    from hookline.pipeline.doctor import Case, Diagnosis

__all__ = ["doctor"]


@click.command(
    epilog=example(
        "hookline doctor",
        "hookline doctor --target aws:prod --json",
        "hookline doctor --rejected 17",
        "hookline doctor --rejected 1796000000000000 --target aws:prod",
        "hookline doctor shop --request request.json",
        "hookline doctor shop --request -",
    )
)
@click.argument("source", required=False)
@click.option(
    "--request",
    "file",
    type=click.File("rb"),
    metavar="FILE",
    help="A request as JSON with method, url, headers and body or form; - is standard input.",
)
@click.option(
    "--rejected", "number", metavar="ID", type=int, help="A rejected request that is kept, instead of a file."
)
@click.option(
    "--at",
    type=click.IntRange(0, LATEST_SECOND - 1),
    metavar="UNIX_SECONDS",
    help="When the file's request was received. [default: now in the file, else when it was signed]",
)
@key_option
@click.option(
    "--clock-from",
    metavar="URL",
    cls=HomeOption,
    home="embedded",
    why="functions on AWS have no clock of their own to be wrong",
    help="Without a request: compare the clock with that of this host, such as https://example.com.",
)
@click.option(
    "--backups",
    type=click.Path(file_okay=False, path_type=Path),
    cls=HomeOption,
    home="embedded",
    why="DynamoDB keeps every state of the table by itself, in no folder",
    help="Without a request: the folder of the backups, to see how old the newest is.",
)
@config_option
@data_dir_option
@env_file_option
@target_option
@click.option(
    "--api-endpoint",
    metavar="URL",
    cls=HomeOption,
    home="aws",
    why="hookline.toml says where the server of the embedded home listens",
    help="With --target: the stack's output api_endpoint. [default: as API Gateway names it]",
)
@json_option
@click.pass_context
def doctor(
    ctx: click.Context,
    *,
    source: str | None,
    file: IO[bytes] | None,
    number: int | None,
    at: int | None,
    key: Path | None,
    clock_from: str | None,
    backups: Path | None,
    config_path: Path,
    data_dir: Path,
    env_file: Path | None,
    environment: str | None,
    api_endpoint: str | None,
    as_json: bool,
) -> None:
    """Check an installation: what is wrong with it, and how to fix it. With a request, find why its signature does not fit.

    Without --request and --rejected it looks at the configuration, the secrets, the machine and the running server; with --target at
    what is deployed, with an event of hookline's own where the stack has the canary. Exit code 1 when it found a problem.

    With a request to SOURCE it finds the first cause that explains the refusal. Nothing is stored or changed, and no secret and
    no signature is printed. A sender's public key is fetched where there is one. With --target a rejected request is that of an
    environment on AWS, and so are the secrets, which you need the right to read.

    `hookline rejected` lists the requests that were refused, and tries them again once the cause is fixed. `hookline verify` checks a
    recorded request by one scheme, without hookline.toml.
    """
    if source is None and file is None and number is None:
        _refuse("is about a request (--request or --rejected)", {"--at": at, "--key": key})
        installed = Installed(
            config_path=config_path,
            data_dir=data_dir,
            env_file=env_file_beside(config_path, env_file),
            environment=environment,
            api_endpoint=api_endpoint,
            clock_from=clock_from,
            backups=backups,
        )
        ctx.exit(0 if print_checkup(installed, as_json=as_json) else FAILED)
    whole = {"--api-endpoint": api_endpoint, "--clock-from": clock_from, "--backups": backups}
    _refuse("is for a whole installation, without a request", whole)
    _refuse("is for a rejected request or a whole installation", {"--target": environment if number is None else None})
    if (file is None) == (number is None):
        raise click.UsageError("name either a file (--request) or a rejected request (--rejected)")
    config = load(config_path)
    secrets: Mapping[str, bytes]
    if number is not None:
        env = env_file_beside(config_path, env_file)
        case, secrets = kept_case(config, source, number, environment, data_dir, env)
        is_time_known = True
    else:
        secrets = find_secrets(config, env_file_beside(config_path, env_file))
        assert file is not None  # noqa: S101 -- one of the two, as said above
        if source is None:
            raise click.UsageError("name the source that the request was sent to")
        request, url, is_time_known = recorded(file.read(), name=file.name, at=at)
        case = case_of(config, secrets, source, request, url)
    case = with_fetched_key(case, public_keys()) if key is None else _with_key(case, key)
    diagnosis = diagnose(case, is_time_known=is_time_known)
    notes = [*diagnosis.notes, *secret_notes(config, case.source, secrets)]
    _print(case.source, diagnosis, notes, as_json=as_json)
    if diagnosis.finding is None:
        ctx.exit(FAILED)


def _refuse(why: str, given: Mapping[str, object]) -> None:
    for option, value in given.items():
        if value is not None:
            raise click.UsageError(f"{option} {why}")


def _with_key(case: Case, key: Path) -> Case:
    if not isinstance(case.scheme, NeedsKey):
        raise click.UsageError(f"{case.source.scheme} signs with a secret, and needs no key")
    return with_given_key(case, case.scheme, key.read_bytes())


def _print(source: Source, diagnosis: Diagnosis, notes: list[str], *, as_json: bool) -> None:
    if as_json:
        print_json(diagnosis_document(source, diagnosis, notes))
        return
    print_fields([*diagnosis_fields(source, diagnosis), *(("note", note) for note in notes)])
    for line in unexplained_lines(diagnosis):
        click.echo(safe(line))
