"""Finds, before any resource is created, names, sizes and sources that AWS would refuse or that cannot work there."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from hookline.adapters.aws import names
from hookline.config.units import duration_text
from hookline.domain.fifo import Fifo
from hookline.errors import Complaint
from hookline.infra import permissions
from hookline.infra.gateway_permissions import FUNCTION_POLICY, permitted, policy_size
from hookline.infra.queue_policies import MOST_POLICIES, QUEUES_A_POLICY
from hookline.infra.request_models import largest_body, model_name, model_schema
from hookline.infra.watch.alarm_subjects import Watched
from hookline.infra.watch.alarm_table import alarms
from hookline.infra.watch.dashboard import dashboard_body
from hookline.providers import PROVIDERS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from hookline.config import Config
    from hookline.domain.canary import Canary
    from hookline.domain.queue import Queue
    from hookline.domain.source import Source
    from hookline.infra.settings import Settings

__all__ = ["canary_timeout", "complaints", "former_queues", "physical_names", "queues_fit_roles", "watched"]

_ACCOUNT = "123456789012"
_AROUND_A_FLIGHT = 20
_LONGEST_ORDINARY_REGION = "ap-southeast-1"
_MOST_RESOURCES = 300
_ROLE_POLICY = 10_240
_MODEL = 400_000
_PARAMETER = 1011
_PARAMETER_LEVELS = 15
_SECRET = 512
_WIDGETS, _LINES_OF_A_GRAPH, _LINES = 500, 500, 2500
"""The limits of one dashboard: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html"""
_LONGEST: Mapping[str, int] = {
    "function": 64,
    "role": 64,
    "schedule": 64,
    "queue": 80,
    "table": 255,
    "bucket": 63,
    "API": 255,
    "model": 255,
    "topic": 256,
    "log group": 512,
    "layer": 140,
    "firewall": 128,
    "alias": 256,
    "alarm": 255,
    "dashboard": 255,
}


def complaints(config: Config, settings: Settings) -> list[Complaint]:
    """All problems that prevent the deployment of this project in this environment."""
    return [
        *_names(config, settings),
        *_retention(config, settings),
        *_draining(config, settings),
        *(complaint for source in config.sources for complaint in _source(source)),
        *_models(config, settings),
        *_policies(config, settings),
        *_paths(config),
        *_dashboard(config, settings),
        *_secret_names(config, settings),
    ]


def watched(config: Config, settings: Settings) -> Watched:
    """The subjects of alarms and the dashboard."""
    return Watched(
        environment=settings.environment,
        queues=config.queues,
        draining=former_queues(config, settings),
        fetches=bool(config.fetch_secret_names),
        canary=config.canary,
        timeouts={
            "validator": settings.validator_timeout,
            "router": settings.router_timeout,
            "recoverer": settings.recoverer_timeout,
        },
    )


def canary_timeout(canary: Canary) -> int:
    """Seconds that the canary's function may take: the wait for an event, and the time for the rest."""
    return round(canary.patience.total_seconds()) + _AROUND_A_FLIGHT


def former_queues(config: Config, settings: Settings) -> tuple[Queue, ...]:
    """The queues that stay until they are empty, each with the settings of the present queue with its name."""
    return tuple(
        replace(queue, fifo=None if queue.fifo else Fifo(group=""))
        for queue in config.queues
        if queue.name in (settings.draining or ())
    )


def queues_fit_roles(config: Config, settings: Settings) -> bool:
    """Whether the names of all queues fit into the policies inside the functions' roles."""
    queues = _queue_arns(config, settings)
    return (
        _size(_router_policy(config, settings, queues)) <= _ROLE_POLICY
        and _size(_validator_policy(config, settings, queues)) <= _ROLE_POLICY
    )


def physical_names(config: Config, settings: Settings) -> Iterator[tuple[str, str]]:
    """Every name whose length a service limits, with the kind of its resource; the account number is an example."""
    environment, region = settings.environment, settings.region or _LONGEST_ORDINARY_REGION
    functions = [names.validator(environment), names.router(environment), names.recoverer(environment)]
    if config.canary is not None:
        functions.append(names.canary(environment))
        yield "schedule", names.canary(environment)
        yield "role", names.role(names.canary_schedule_role(environment), region=region)
    for function in functions:
        yield "function", function
        yield "role", names.role(function, region=region)
        yield "log group", names.log_group(function)
    yield "schedule", names.schedule(environment)
    yield "role", names.role(names.schedule_role(environment), region=region)
    yield "role", names.role(names.api(environment), region=region)
    yield "layer", names.layer(environment)
    yield "log group", names.access_log(environment)
    yield "firewall", names.firewall(environment)
    yield "alias", names.key_alias(environment)
    yield "alias", f"alias/{names.topic(environment)}"
    yield "table", names.table(environment)
    yield "table", names.rejected_table(environment)
    yield "bucket", names.bucket(environment, account=_ACCOUNT, region=region)
    yield "API", names.api(environment)
    yield "topic", names.topic(environment)
    yield "queue", names.router_failure_queue(environment)
    for queue in (*config.queues, *former_queues(config, settings)):
        fifo = queue.fifo is not None
        yield "queue", names.queue(queue.name, environment, fifo=fifo)
        yield "queue", names.dead_letter_queue(queue.name, environment, fifo=fifo)
    for source in config.sources:
        yield "model", model_name(source, environment)
    for alarm in alarms(watched(config, settings)):
        yield "alarm", alarm.name
    yield "dashboard", names.dashboard(environment)


def _names(config: Config, settings: Settings) -> Iterator[Complaint]:
    for kind, name in physical_names(config, settings):
        if len(name) > _LONGEST[kind]:
            yield Complaint(
                where="hookline:environmentSuffix",
                why=f"the {kind} {name} would have {len(name)} characters, and AWS accepts {_LONGEST[kind]}",
            )


def _retention(config: Config, settings: Settings) -> Iterator[Complaint]:
    if settings.ttl_days is not None and timedelta(days=settings.ttl_days) != config.event_retention:
        yield Complaint(
            where="hookline:ttlDays",
            why=f"is {settings.ttl_days}, and hookline.toml says {duration_text(config.event_retention)} "
            "(retention under [events]), which both homes follow: set the same value here, or remove this setting",
        )


def _draining(config: Config, settings: Settings) -> Iterator[Complaint]:
    known = {queue.name for queue in config.queues}
    for name in settings.draining or ():
        if name not in known:
            yield Complaint(where="hookline:draining", why=f"names {name}, which is not a queue of hookline.toml")


def _source(source: Source) -> Iterator[Complaint]:
    where = f"sources.{source.name}"
    if source.max_body > (most := largest_body(source)) and source.max_body != PROVIDERS[source.scheme].max_body:
        yield Complaint(
            where=f"{where}.max_body",
            why=f"is {source.max_body}, and no more than {most} bytes surely fit the 6 MB that Lambda is called with",
        )
    if source.learns_secret and any(name.startswith("secretsmanager:") for name in source.secret_names):
        yield Complaint(
            where=f"{where}.verify.secrets",
            why="is in Secrets Manager, but a secret that its sender brings must be an SSM parameter: a plain name or ssm:/path",
        )
    if len((model_schema(source) or "").encode()) > _MODEL:
        yield Complaint(
            where=f"{where}.schema", why=f"requires too many fields: API Gateway takes a model of {_MODEL} bytes"
        )
    if "~" in source.path:
        yield Complaint(where=f"{where}.path", why='has "~", which API Gateway does not accept in a path')


def _models(config: Config, settings: Settings) -> Iterator[Complaint]:
    found = [(source.name, model_name(source, settings.environment)) for source in config.sources]
    times = Counter(model for _, model in found)
    for name, model in found:
        if times[model] > 1:
            others = ", ".join(other for other, its in found if its == model and other != name)
            yield Complaint(
                where=f"sources.{name}",
                why=f"would have the same model {model} as {others}: API Gateway takes only letters and digits",
            )


def _policies(config: Config, settings: Settings) -> Iterator[Complaint]:
    """Policies that would be too long, measured as AWS does, without white space. Queues may have separate policies."""
    secrets = max(_size(_validator_policy(config, settings, [])), _size(_router_policy(config, settings, [])))
    sources = policy_size(permitted(config.sources, settings), settings)
    for what, size, most in (("secrets", secrets, _ROLE_POLICY), ("sources", sources, FUNCTION_POLICY)):
        if size > most:
            yield Complaint(
                where=what,
                why=f"are too many: a policy that names them all would have {size} characters, and AWS takes {most}",
            )
    most_queues, found = MOST_POLICIES * QUEUES_A_POLICY, len(_queue_arns(config, settings))
    if found > most_queues and not queues_fit_roles(config, settings):
        yield Complaint(
            where="queues",
            why=f"are too many: there are {found}, and the {MOST_POLICIES} policies that a role may have name {most_queues}",
        )


def _dashboard(config: Config, settings: Settings) -> Iterator[Complaint]:
    """Dashboards with too many lines or widgets: each queue has four lines and two alarms."""
    where = _where(settings)
    widgets = json.loads(dashboard_body(watched(config, settings), runbook=settings.runbook, **where))["widgets"]
    lines = [len(widget["properties"].get("metrics", ())) for widget in widgets]
    for what, found, most in (
        ("widgets", len(widgets), _WIDGETS),
        ("lines in one graph", max(lines), _LINES_OF_A_GRAPH),
        ("lines", sum(lines), _LINES),
    ):
        if found > most:
            yield Complaint(
                where="queues",
                why=f"are too many: the dashboard would have {found} {what}, and CloudWatch takes {most}",
            )


def _secret_names(config: Config, settings: Settings) -> Iterator[Complaint]:
    """Secrets whose names their store would refuse."""
    for name in dict.fromkeys((*config.secret_names, *config.fetch_secret_names)):
        kind, _, rest = name.partition(":")
        if kind == "secretsmanager" and len(rest.rpartition(":secret:")[2]) > _SECRET:
            yield Complaint(where=name, why=f"has more than {_SECRET} characters, which Secrets Manager does not take")
        path = names.parameter(name, settings.environment)
        arn = _arn("ssm", f"parameter{path}", settings)
        if kind != "secretsmanager" and (len(arn) > _PARAMETER or path.count("/") > _PARAMETER_LEVELS):
            yield Complaint(
                where=name,
                why=f"is too long or too deep: a parameter's ARN has at most {_PARAMETER} characters and {_PARAMETER_LEVELS} levels",
            )


def _paths(config: Config) -> Iterator[Complaint]:
    parts = {
        path.rsplit("/", depth)[0]
        for path in (source.path for source in config.sources)
        for depth in range(path.count("/"))
    }
    if len(parts) >= _MOST_RESOURCES:
        yield Complaint(where="sources", why=f"have {len(parts)} different parts of paths, and API Gateway takes 299")


def _arn(service: str, name: str, settings: Settings) -> str:
    where = _where(settings)
    return f"arn:{where['partition']}:{service}:{where['region']}:{where['account']}:{name}"


def _where(settings: Settings) -> Mapping[str, str]:
    region = settings.region or _LONGEST_ORDINARY_REGION
    return {"account": _ACCOUNT, "region": region, "partition": permissions.partition_of(region)}


def _bucket_arn(settings: Settings) -> str:
    where = _where(settings)
    bucket = names.bucket(settings.environment, account=where["account"], region=where["region"])
    return f"arn:{where['partition']}:s3:::{bucket}"


def _validator_policy(config: Config, settings: Settings, queues: list[str]) -> str:
    environment = settings.environment
    delivers = any(queue.fifo for queue in config.queues)
    secrets = permissions.secret_arns(config.secret_names, environment, **_where(settings))
    return permissions.document(
        permissions.validator_statements(
            table=_arn("dynamodb", f"table/{names.table(environment)}", settings),
            rejected=_arn("dynamodb", f"table/{names.rejected_table(environment)}", settings),
            bucket=_bucket_arn(settings),
            router=_arn("lambda", f"function:{names.router(environment)}", settings),
            log_group=_arn("logs", f"log-group:{names.log_group(names.validator(environment))}", settings),
            secrets=secrets,
            learned=permissions.secret_arns(sorted(config.learned_names), environment, **_where(settings)),
            armings=permissions.arming_arns(config.learning_sources, environment, **_where(settings)),
            queues=queues if delivers else [],
            delivers=delivers,
            secret_keys=settings.secret_keys,
            key=_arn("kms", f"key/{'0' * 36}", settings),
        )
    )


def _queue_arns(config: Config, settings: Settings) -> list[str]:
    return [
        _arn("sqs", names.queue(queue.name, settings.environment, fifo=queue.fifo is not None), settings)
        for queue in (*config.queues, *former_queues(config, settings))
    ]


def _router_policy(config: Config, settings: Settings, queues: list[str]) -> str:
    environment = settings.environment
    secrets = permissions.secret_arns(config.fetch_secret_names, environment, **_where(settings))
    return permissions.document(
        permissions.router_statements(
            table=_arn("dynamodb", f"table/{names.table(environment)}", settings),
            bucket=_bucket_arn(settings),
            queues=queues,
            failures=_arn("sqs", names.router_failure_queue(environment), settings),
            log_group=_arn("logs", f"log-group:{names.log_group(names.router(environment))}", settings),
            secrets=secrets,
            keeps_order=bool(secrets),
            secret_keys=settings.secret_keys,
            key=_arn("kms", f"key/{'0' * 36}", settings),
        )
    )


def _size(document: str) -> int:
    return len("".join(document.split()))
