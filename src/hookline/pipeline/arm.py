"""Arming a source, so that its sender can bring the secret in a handshake."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from hookline.domain.handshake import TOKEN_NAME, Armed
from hookline.domain.moment import moment_text
from hookline.errors import NotFoundError, OperatorError
from hookline.pipeline.audited import audited

if TYPE_CHECKING:
    from collections.abc import Container, Mapping
    from datetime import datetime

    from hookline.config import Config
    from hookline.domain.source import Source
    from hookline.pipeline.audited import Run
    from hookline.ports.audit import AuditLog
    from hookline.ports.handshake_secrets import Arming

__all__ = ["arm", "brought_secret", "handshake_address", "learned_state", "learning_source"]


def learning_source(config: Config, name: str) -> Source:
    """The source with this name. Raises OperatorError if its sender brings no secret, NotFoundError if there is no such source."""
    for source in config.sources:
        if source.name == name and source.learns_secret:
            return source
        if source.name == name:
            raise OperatorError("not_armable", f"the sender of {name} ({source.scheme}) brings no secret")
    raise NotFoundError(f"there is no source {name!r}; there are {', '.join(one.name for one in config.sources)}")


def learned_state(arming: Arming, config: Config) -> tuple[Mapping[str, Armed], Mapping[str, datetime]]:
    """The secrets that are expected, by source, and when those that have arrived were stored, by name."""
    armed = {one.source: one for one in arming.armed(config.learning_sources)}
    return armed, arming.kept_at(sorted(config.learned_names))


def arm(
    arming: Arming,
    source: Source,
    log: AuditLog,
    run: Run,
    *,
    given: Container[str],
    until: datetime,
    token: str,
    networks: tuple[str, ...],
) -> str:
    """Expect the source's secret until ``until``, and return the name under which it will be stored: the first one without a value.

    ``given`` are names that have a value elsewhere. Only a call with ``token`` is accepted (any call if it is empty), and only one from
    ``networks`` (from anywhere if there are none). Raises OperatorError if every name has a value.
    """
    secret = _free(source, given, arming)
    digest = hashlib.sha256(token.encode()).digest() if token else b""
    entry = run.entry("arm", f"source {source.name}", until=str(moment_text(until)), networks=" ".join(networks))
    with audited(log, entry):
        arming.arm(Armed(source=source.name, secret=secret, until=until, token_digest=digest, networks=networks))
    return secret


def handshake_address(source: Source, token: str) -> str:
    """Path and query of the address to give to the sender."""
    return f"{source.path}?{TOKEN_NAME}={token}" if token else source.path


def brought_secret(arming: Arming, source: Source) -> bytes:
    """The first of the source's secrets that its sender has brought. Raises NotFoundError."""
    found = (arming.reveal(secret) for secret in source.secret_names)
    value = next((value for value in found if value is not None), None)
    if value is None:
        raise NotFoundError(f"no secret has arrived for {source.name}")
    return value


def _free(source: Source, given: Container[str], arming: Arming) -> str:
    kept = arming.kept_at(source.secret_names)
    for name in source.secret_names:
        if name not in given and name not in kept:
            return name
    raise OperatorError(
        "not_armable",
        f"every secret of {source.name} has a value ({', '.join(source.secret_names)}): write a new name before "
        "them in hookline.toml",
    )
