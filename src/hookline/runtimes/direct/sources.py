"""``hookline sources`` on a data directory or on AWS: the list, and secrets that senders bring themselves."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any  # Any: the options are the fields of an Expected

from hookline.config import load
from hookline.config.units import UnusableError, duration_text
from hookline.domain.moment import moment_text, readable
from hookline.pipeline import arm as arming
from hookline.pipeline.documents import source_document, source_row
from hookline.pipeline.shown import Shown, listed
from hookline.record import record
from hookline.runtimes.aws_lambda.wiring.commands import open_arming, open_audited_arming
from hookline.runtimes.aws_lambda.wiring.queues import deployed_pauses
from hookline.runtimes.embedded.settings import find_secrets
from hookline.runtimes.embedded.wiring.commands import paused_sources
from hookline.runtimes.env_file import env_file_beside
from hookline.runtimes.operator import fresh_run

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractContextManager
    from datetime import timedelta
    from pathlib import Path

    from hookline.config import Config
    from hookline.domain.handshake import Armed
    from hookline.ports.handshake_secrets import Arming
    from hookline.runtimes.opened import Where
    from hookline.runtimes.talk import Talk

__all__ = ["arm", "list_sources", "show_token"]

_TOKEN_BYTES = 24
_COLUMNS = ("source", "path", "scheme", "methods", "armed until", "brought", "paused")


@record
class Expected:
    """The options: how long a secret is expected, from which addresses, and why. Raises UnusableError if anyone could bring it."""

    length: timedelta
    networks: tuple[str, ...]
    no_token: bool
    reason: str | None

    def __post_init__(self) -> None:
        if self.no_token and not self.networks:
            why = "without a token anyone could bring the secret: say where the sender calls from (--from)"
            raise UnusableError(why)


def arm(talk: Talk, *, name: str, place: Where, config_path: Path, env_file: Path | None, **options: Any) -> None:
    """``hookline sources arm``; ``options`` are the fields of an Expected."""
    expected, config = Expected(**options), load(config_path)
    source, until = arming.learning_source(config, name), datetime.now(UTC) + expected.length
    token = "" if expected.no_token else secrets.token_urlsafe(_TOKEN_BYTES)
    given = find_secrets(config, env_file_beside(config_path, env_file)) if place.environment is None else {}
    run, networks = fresh_run(expected.reason), expected.networks
    with place.open(lambda home: (home.arming, home.audit), open_audited_arming) as (armed, log):
        secret = arming.arm(armed, source, log, run, given=given, until=until, token=token, networks=networks)
    address, length = arming.handshake_address(source, token), duration_text(expected.length)
    said = (
        f"{name} expects its secret for {length}, until {readable(until)}, and will store it as {secret}."
        f" Create the webhook at the sender now, with this address after your host:\n\n  {address}"
    )
    document = {"source": name, "secret": secret, "until": moment_text(until), "address": address, "from": networks}
    talk.show(Shown(document=document, parts=[said]))


def list_sources(*, config_path: Path, place: Where) -> Shown:
    """``hookline sources list``."""
    config = load(config_path)
    armed, arrived = _learned(config, place)
    states = paused_sources(place.data_dir) if place.environment is None else deployed_pauses(place.environment)
    each = [(source, armed.get(source.name), arrived, states) for source in config.sources]
    return listed(_COLUMNS, [source_row(*one) for one in each], [source_document(*one) for one in each])


def show_token(*, name: str, config_path: Path, place: Where) -> Shown:
    """``hookline sources token``. Raises NotFoundError where no secret has arrived."""
    source = arming.learning_source(load(config_path), name)
    with _opened(place) as found:
        token = arming.brought_secret(found, source).decode("utf-8", "replace")
    return Shown(document={"source": name, "token": token}, parts=[token])


def _learned(config: Config, place: Where) -> tuple[Mapping[str, Armed], Mapping[str, datetime]]:
    """The store of armed sources and arrived secrets; it is not opened where no sender brings its secret."""
    if not config.learning_sources:
        return {}, {}
    with _opened(place) as found:
        return arming.learned_state(found, config)


def _opened(place: Where) -> AbstractContextManager[Arming]:
    return place.open(lambda home: home.arming, open_arming)
