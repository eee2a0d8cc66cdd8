"""``hookline doctor``."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast

import click

from hookline.cli.exit_codes import FAILED
from hookline.cli.options import (
    config_option,
    data_dir_option,
    env_file_beside,
    env_file_option,
    example,
    json_option,
)
from hookline.cli.output import print_fields, print_json
from hookline.cli.terminal import safe
from hookline.config import load
from hookline.domain.source import Secret
from hookline.errors import Complaint, ConfigError, HooklineError, NotFoundError, UnavailableError
from hookline.pipeline.doctor import Case, Neighbour, diagnose
from hookline.pipeline.public_keys import with_key
from hookline.pipeline.request_file import read_request
from hookline.providers.scheme import NeedsKey
from hookline.runtimes.embedded.settings import find_secrets
from hookline.runtimes.embedded.wiring.commands import open_home, public_keys, secrets_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hookline.config import Config
    from hookline.domain.request import Request
    from hookline.domain.source import Source
    from hookline.pipeline.doctor import Diagnosis
    from hookline.providers.scheme import Scheme

__all__ = ["doctor"]

_LATEST = 253_402_300_799  # seconds since 1970, at the end of the year 9999


@click.command(
    epilog=example(
        "hookline doctor --rejected 17",
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
    type=click.IntRange(0, _LATEST),
    metavar="UNIX_SECONDS",
    help="When the file's request was received. [default: now in the file, else when it was signed]",
)
@click.option(
    "--key",
    type=click.Path(dir_okay=False, exists=True, path_type=Path),
    metavar="FILE",
    help="The sender's public key or certificate, for senders whose key is fetched. [default: fetch it]",
)
@config_option
@data_dir_option
@env_file_option
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
    config_path: Path,
    data_dir: Path,
    env_file: Path | None,
    as_json: bool,
) -> None:
    """Find why the signature of a request to SOURCE does not fit: the first cause that explains it, and what mends it.

    Nothing is stored or changed, and no secret and no signature is printed. A sender's public key is fetched where there is one.
    """
    if (file is None) == (number is None):
        raise click.UsageError("name either a file (--request) or a rejected request (--rejected)")
    config = load(config_path)
    secrets = find_secrets(config, env_file_beside(config_path, env_file))
    if number is not None:
        source, request = _kept(config, data_dir, number, source, secrets)
        case, is_time_known = _case(config, secrets, source, request, None), True
    else:
        assert file is not None  # noqa: S101 -- one of the two, as said above
        if source is None:
            raise click.UsageError("name the source that the request was sent to")
        text = file.read()
        at = _now_in(text) if at is None else at
        request, url = read_request(text, name=file.name, at=datetime.fromtimestamp(at or 0, UTC))
        case, is_time_known = _case(config, secrets, source, request, url), at is not None
    case = _with_fetched_key(case) if key is None else _with_key(case, key.read_bytes())
    diagnosis = diagnose(case, is_time_known=is_time_known)
    notes = [*diagnosis.notes, *_complaints(config, case.source, secrets)]
    if as_json:
        print_json(_document(case.source, diagnosis, notes))
    else:
        _print(case.source, diagnosis, notes)
    if diagnosis.finding is None:
        ctx.exit(FAILED)


def _kept(
    config: Config, data_dir: Path, number: int, source: str | None, values: dict[str, bytes]
) -> tuple[str, Request]:
    """The request, and the source whose fault is looked for: the one that it was sent to unless another is named.

    ``values`` gets the secrets that senders have brought.
    """
    with open_home(data_dir) as home:
        kept = home.quarantine.get(number)
        known = secrets_of(config, values, home.arming)
        for name in config.learned_names:
            with suppress(UnavailableError):
                values.update({secret.name: secret.value for secret in known.read([name])})
    if kept is None:
        raise NotFoundError(f"there is no rejected request {number}")
    return source or kept.rejected.source, kept.rejected.request


def _case(config: Config, values: Mapping[str, bytes], name: str, request: Request, url: str | None) -> Case:
    source = next((one for one in config.sources if one.name == name), None)
    if source is None:
        known = ", ".join(one.name for one in config.sources)
        raise NotFoundError(f"there is no source {name}; there are {known}")
    if missing := [secret for secret in source.secret_names if secret not in values]:
        where = f"sources.{name}.verify.secrets"
        raise ConfigError([Complaint(where=where, why=f"the secret {secret} is missing") for secret in missing])
    return Case(
        request=request if url is None else replace(request, path=source.path),
        source=source,
        scheme=config.schemes[name],
        secrets=_secrets(source, values),
        neighbours=[
            Neighbour(name=one.name, path=one.path, scheme=config.schemes[one.name], secrets=_secrets(one, values))
            for one in config.sources
            if one.name != name
        ],
        called=url,
    )


def _with_fetched_key(case: Case) -> Case:
    """With the key that the request names, where its sender publishes keys and it can be had."""
    with suppress(HooklineError):
        source = with_key(case.source, case.request, public_keys(), case.secrets)
        if source is not case.source:
            return replace(
                case, source=source, scheme=cast("Scheme", source.verifier)
            )  # a key makes a scheme of a scheme
    return case


def _with_key(case: Case, key: bytes) -> Case:
    if not isinstance(case.scheme, NeedsKey):
        raise click.UsageError(f"{case.source.scheme} signs with a secret, and needs no key")
    scheme = case.scheme.with_key(key)
    return replace(case, scheme=scheme, source=replace(case.source, verifier=scheme))


def _secrets(source: Source, values: Mapping[str, bytes]) -> list[Secret]:
    return [Secret(name=name, value=values[name]) for name in source.secret_names if name in values]


def _now_in(text: bytes) -> int | None:
    """When the file says that its request was received. What else is wrong with it is reported when the request is read."""
    with suppress(ValueError, RecursionError):
        document = json.loads(text)
        now = document.get("now") if isinstance(document, dict) else None
        return now if type(now) is int and 0 <= now <= _LATEST else None
    return None


def _complaints(config: Config, source: Source, values: Mapping[str, bytes]) -> list[str]:
    """What would keep a server from starting with the source's secrets."""
    scheme = config.schemes[source.name]
    found = ((name, scheme.secret_complaint(values[name])) for name in source.secret_names)
    return [f"The secret {name} {why}." for name, why in found if why is not None]


def _document(source: Source, diagnosis: Diagnosis, notes: list[str]) -> dict[str, object]:
    refusal, finding = diagnosis.refusal, diagnosis.finding
    return {
        "source": source.name,
        "refusal": None if refusal is None else {"code": refusal.code, "detail": refusal.detail},
        "finding": None
        if finding is None
        else {"cause": finding.cause, "what": finding.what, "fix": finding.fix, "secret": finding.secret},
        "checked": list(diagnosis.checked),
        "notes": notes,
    }


def _print(source: Source, diagnosis: Diagnosis, notes: list[str]) -> None:
    refusal, finding = diagnosis.refusal, diagnosis.finding
    said = "accepted" if refusal is None else f"refused [{refusal.code}]: {refusal.detail}"
    fields: list[tuple[str, object]] = [("source", source.name), ("request", said)]
    if finding is not None:
        fields += [("cause", finding.cause), ("what", finding.what), ("fix", finding.fix)]
    print_fields([*fields, *(("note", note) for note in notes)])
    if finding is None:
        click.echo("\nNothing explains it. This was looked for, and is not the cause:")
        for words in diagnosis.checked:
            click.echo(safe(f"  {words}"))
        click.echo(
            "What is left: a secret that this project does not have, or a body that was changed beyond recognition."
        )
