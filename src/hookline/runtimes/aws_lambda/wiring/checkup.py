"""Checks a deployed environment: its parts, secrets and alarms, and the delivery of an event of the canary."""

from __future__ import annotations

import base64
import json
import secrets
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from hookline import __version__
from hookline.adapters.aws import names
from hookline.adapters.local.asking import post
from hookline.config.canary import CANARY, CANARY_PATH, canary_config, with_canary
from hookline.config.secret_values import is_published
from hookline.errors import OperatorError, UnavailableError
from hookline.pipeline.checkup.deployment import (
    CanaryFlight,
    alarms_firing,
    canary_flight,
    deployed_version,
    log_group,
    part,
    recoverer_schedule,
    secret_keys,
    table_expiry,
    table_recovery,
    waiting_dead_letters,
)
from hookline.pipeline.checkup.finding import Finding
from hookline.providers.signing import signed_request
from hookline.runtimes.aws_lambda.settings import operator_region
from hookline.runtimes.aws_lambda.wiring.commands import operators_clients, stage_url

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from hookline.adapters.aws.canary_run import CanaryTrail
    from hookline.adapters.aws.clients import Clients
    from hookline.adapters.aws.deployed_parts import DeployedParts, Part
    from hookline.adapters.aws.deployed_settings import DeployedSettings
    from hookline.config import Config

__all__ = ["look_at_environment"]

_PATIENCE = timedelta(seconds=60)
"""Seconds to wait for the message: a failed invocation of the router is retried after a minute."""
_ATTEMPTS = 6
_AGAIN_SECONDS = 2.0
_ACCEPTED, _UNAVAILABLE = 202, 503


def look_at_environment(environment: str, config: Config, *, api_endpoint: str | None) -> Iterator[Finding]:
    """Every finding, the most basic first. Raises OperatorError only where AWS cannot be called at all.

    A call that the operator's role may not make is a finding. The canary's event is removed again. Nothing else is changed, except that
    a missing secret of the canary is created.
    """
    with operators_clients(environment) as clients:
        from hookline.adapters.aws.deployed_parts import DeployedParts
        from hookline.adapters.aws.deployed_settings import DeployedSettings
        from hookline.adapters.aws.deployment import read_deployment

        deployed = read_deployment(clients.invoker(), environment)
        parts = DeployedParts(clients, environment=environment)
        settings = DeployedSettings(clients, environment=environment)
        has_canary = parts.has_canary()
        for look in _parts(parts, with_canary(config) if has_canary else config, api_endpoint):
            yield from _asked("stack", look)
        yield from _settings(settings)
        yield from _asked("secrets", _secrets(clients, environment, config))
        yield from _asked("secrets", _secret_keys(clients, environment, config))
        yield from _asked("alarms", _alarms(parts))
        yield from _asked("dead letters", _dead_letters(settings))
        if not has_canary:
            yield Finding(check="canary", code="canary_absent", text="this environment has no canary")
            return
        from hookline.adapters.aws.canary_run import CanaryTrail

        trail = CanaryTrail(
            clients, environment=environment, table=deployed.table, queue_url_prefix=deployed.queue_url_prefix
        )
        yield from _asked("canary", _canary(trail, parts, config, api_endpoint))


def _settings(settings: DeployedSettings) -> Iterator[Finding]:
    """Each setting is checked separately: a role that may not read one may read the others."""

    def one(check: str, look: Callable[[], Finding]) -> Iterator[Finding]:
        yield from _asked(check, (made() for made in (look,)))

    yield from one("version", lambda: deployed_version(settings.version(), own=__version__))
    for table in settings.tables():
        yield from one("expiry", partial(_expiry, settings, table))
        yield from one("recovery", partial(_recovery, settings, table))
    yield from one("schedule", lambda: recoverer_schedule(settings.schedule_state()))
    for group in settings.log_groups():
        yield from one("logs", partial(_log, settings, group))


def _expiry(settings: DeployedSettings, table: str) -> Finding:
    return table_expiry(table, expires=settings.expires(table))


def _recovery(settings: DeployedSettings, table: str) -> Finding:
    return table_recovery(table, is_on=settings.can_be_recovered(table))


def _log(settings: DeployedSettings, group: str) -> Finding:
    try:
        return log_group(group, days=settings.log_retention(group))
    except LookupError:
        return part("the log", group, value=None, fault=None)


def _dead_letters(settings: DeployedSettings) -> Iterator[Finding]:
    yield from waiting_dead_letters(dict(settings.dead_letters()))


def _asked(check: str, findings: Iterable[Finding]) -> Iterator[Finding]:
    """The findings. If AWS refuses a call, the last finding reports the refusal."""
    try:
        with _operators_words():
            yield from findings
    except (OperatorError, UnavailableError) as error:
        yield Finding(check=check, code="look_refused", text=error.detail, facts={"error": error.code})


@contextmanager
def _operators_words() -> Iterator[None]:
    from hookline.adapters.aws.operator_errors import as_operator_errors

    with as_operator_errors():
        yield


def _parts(parts: DeployedParts, project: Config, api_endpoint: str | None) -> Iterator[Iterator[Finding]]:
    """The findings about the parts, grouped by the AWS calls that they need."""

    def shown(found: Callable[[], Iterable[Part]]) -> Iterator[Finding]:
        for one in found():
            yield part(one.output, one.name, value=one.value, fault=one.fault)

    yield shown(lambda: parts.functions(project))
    yield shown(lambda: [parts.table()])
    yield shown(lambda: parts.queues(project))
    if api_endpoint is None:
        yield shown(lambda: [parts.endpoint(region=operator_region())])


def _alarms(parts: DeployedParts) -> Iterator[Finding]:
    yield from alarms_firing(parts.firing_alarms())


def _secrets(clients: Clients, environment: str, config: Config) -> Iterator[Finding]:
    """Whether each secret exists, can be used, and is not a published one. Values are read, but not shown."""
    from hookline.adapters.aws.secrets import AwsSecrets
    from hookline.adapters.local import SystemClock

    wanted = (*config.secret_names, *config.fetch_secret_names)
    reader = AwsSecrets(clients, environment=environment, clock=SystemClock(), may_be_missing=wanted)
    values = {secret.name: secret.value for secret in reader.read([*dict.fromkeys(wanted)])}
    complaints = config.secret_complaints(values)
    for one in complaints:
        yield Finding(check="secrets", code="secret_unusable", text=str(one))
    for name, value in values.items():
        if is_published(value):
            text = f"{name} is a published example, with which anyone can sign"
            yield Finding(check="secrets", code="secret_published", text=text)
    if not complaints:
        text = f"{'the only one is' if len(values) == 1 else f'all {len(values)} are'} there and usable"
        yield Finding(check="secrets", text=text)


def _secret_keys(clients: Clients, environment: str, config: Config) -> Iterator[Finding]:
    """Whether each function may use the keys that encrypt its secrets: the operator's rights may differ from the function's."""
    from hookline.adapters.aws.secret_keys import SecretKeys

    keys = SecretKeys(clients, environment=environment)
    for function, wanted in (
        (names.validator(environment), config.secret_names),
        (names.router(environment), config.fetch_secret_names),
    ):
        if used := keys.used(wanted):
            yield from secret_keys(used, keys.granted(function), function=function)


def _canary(trail: CanaryTrail, parts: DeployedParts, config: Config, api_endpoint: str | None) -> Iterator[Finding]:
    url = stage_url(api_endpoint, config) or parts.endpoint(region=operator_region()).value
    if url is None:
        return
    secret = trail.secret(lambda: f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}")
    try:
        flight = _fly(trail, f"{url}{CANARY_PATH}", secret)
    except OSError as error:  # the endpoint cannot be reached from here
        yield Finding(check="canary", code="canary_refused", text=str(error))
    else:
        yield from canary_flight(flight)


def _fly(trail: CanaryTrail, url: str, secret: bytes) -> CanaryFlight:
    canary, delivery_id = canary_config(), f"canary_{secrets.token_hex(8)}"
    (source,), event_id = canary.sources, f"{CANARY}:{delivery_id}"
    body = json.dumps({"type": "canary", "sent": delivery_id}, sort_keys=True).encode()
    started = time.monotonic()

    def send() -> tuple[int, str | None]:
        request = signed_request(
            source, canary.schemes[CANARY], secret, body, delivery_id=delivery_id, at=datetime.now(UTC)
        )
        heard = post(url, body, dict(request.headers.items()))
        code = heard.document.get("code")
        return heard.status, str(code) if code is not None else None

    answer, code = _sent(send)
    accepted = stored = delivered = None
    is_whole, fault = True, None
    try:
        if answer == _ACCEPTED:
            accepted = time.monotonic() - started
            stored = time.monotonic() - started if trail.status(event_id) is not None else None
            data = trail.message(event_id, within=_PATIENCE)
            delivered = None if data is None else time.monotonic() - started
            is_whole = data is None or data.encode() == body
    finally:
        fault = _removed(trail, event_id)
    return CanaryFlight(
        answer=answer, code=code, accepted=accepted, stored=stored, delivered=delivered, is_whole=is_whole, fault=fault
    )


def _sent(send: Callable[[], tuple[int, str | None]]) -> tuple[int, str | None]:
    """The answer to the canary's event; it is sent again if the validator cannot read the just created secret yet."""
    heard = send()
    for _ in range(_ATTEMPTS):
        if heard[0] != _UNAVAILABLE:
            break
        time.sleep(_AGAIN_SECONDS)
        heard = send()
    return heard


def _removed(trail: CanaryTrail, event_id: str) -> str | None:
    """Remove the event; returns the reason if that failed."""
    try:
        trail.forget(event_id)
    except UnavailableError as error:
        return f"the event {event_id} could not be removed: {error.detail}"
    return None
