"""The AWS home as one component for any Pulumi program: all resources that a hookline.toml needs, under one name."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pulumi

from hookline.adapters.aws import names
from hookline.config.canary import CANARY, CANARY_PATH, CANARY_SECRET
from hookline.errors import ConfigError
from hookline.infra import permissions, service_limits
from hookline.infra.encryption import StackKey
from hookline.infra.endpoint import Endpoint, EndpointArgs
from hookline.infra.firewall import Firewall
from hookline.infra.functions import Bundle, Function, FunctionArgs, on_failure
from hookline.infra.layer import Layer, code
from hookline.infra.location import Location
from hookline.infra.queue_policies import QueuePolicies
from hookline.infra.queues import FailureQueue, QueuePair, pair_name
from hookline.infra.schedule import CANARY as RUNS_CANARY
from hookline.infra.schedule import EveryMinute
from hookline.infra.storage import Bodies, Events, RejectedRequests
from hookline.infra.watch.alarms import Alarms, AlarmsArgs
from hookline.infra.watch.dashboard import Dashboard

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from hookline.domain.canary import Canary
    from hookline.domain.queue import Queue
    from hookline.infra.layer import Code
    from hookline.infra.pipeline_args import PipelineArgs

__all__ = ["WebhookPipeline"]

_CANARY_MEMORY = 256
_MINUTE = timedelta(minutes=1)


class WebhookPipeline(pulumi.ComponentResource):
    """Receives webhooks and puts them on queues. ``outputs`` has the values that consumers and operators need."""

    endpoint: Endpoint
    events: Events
    rejected: RejectedRequests
    bodies: Bodies
    queues: Mapping[str, QueuePair]
    """The queues by their names in hookline.toml, with ``unrouted``."""
    draining: Mapping[str, QueuePair]
    """The former queues, by name in hookline.toml, of queues that became FIFO, or standard again."""
    failures: FailureQueue
    validator: Function
    router: Function
    recoverer: Function
    canary: Function | None
    """The canary's function, where hookline.toml has a ``[canary]``."""
    alarms: Alarms

    def __init__(self, name: str, args: PipelineArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        archives = code(args.settings, out=args.build)  # these checks fail before any resource is declared
        super().__init__("hookline:infra:WebhookPipeline", name, None, opts)
        self._name, self._args, self._settings = name, args, args.settings
        self._inside = pulumi.ResourceOptions(parent=self)
        self._bundle = self._bundled(archives, Location.of(self))
        self._store()
        self._queue()
        self.router = self._router()
        self.validator = self._validator()
        self.recoverer = self._recoverer()
        self.endpoint = Endpoint(
            f"{name}-api",
            EndpointArgs(sources=args.config.sources, validator=self.validator, bundle=self._bundle),
            self._inside,
        )
        self.canary = None if args.config.canary is None else self._canary(args.config.canary)
        if self._settings.waf:
            Firewall(f"{name}-firewall", settings=self._settings, stage_arn=self.endpoint.stage_arn, opts=self._inside)
        self._watch()
        self.register_outputs(self.outputs)

    @property
    def outputs(self) -> dict[str, pulumi.Output[str]]:
        """The outputs of a stack, by name."""
        return {
            "api_endpoint": self.endpoint.url,
            "validator_lambda_arn": self.validator.arn,
            "router_lambda_arn": self.router.arn,
            **{f"{queue}_queue_url": pair.url for queue, pair in self.queues.items()},
            **{f"{queue}_former_queue_url": pair.url for queue, pair in self.draining.items()},
            "dynamodb_table_name": self.events.name,
        }

    def _bundled(self, archives: Code, location: Location) -> Bundle:
        key = (
            StackKey(f"{self._name}-key", settings=self._settings, location=location, opts=self._inside).arn
            if self._settings.cmk
            else None
        )
        layer = Layer(f"{self._name}-layer", settings=self._settings, archive=archives.layer, opts=self._inside)
        return Bundle(code=archives.function, layer=layer.arn, settings=self._settings, location=location, key=key)

    def _store(self) -> None:
        self.events = Events(f"{self._name}-events", bundle=self._bundle, opts=self._inside)
        self.rejected = RejectedRequests(f"{self._name}-rejected", bundle=self._bundle, opts=self._inside)
        self.bodies = Bodies(
            f"{self._name}-bodies",
            bundle=self._bundle,
            retention=self._args.config.retention,
            sources=[
                source.name for source in self._args.config.sources if source.name != CANARY
            ],  # the canary's bodies are small
            longest_stay=max(queue.longest_stay for queue in self._declared_queues()),
            opts=self._inside,
        )

    def _declared_queues(self) -> Sequence[Queue]:
        return (*self._args.config.queues, *service_limits.former_queues(self._args.config, self._settings))

    def _queue(self) -> None:
        self.queues = self._pairs(self._args.config.queues)
        self.draining = self._pairs(service_limits.former_queues(self._args.config, self._settings))
        self.failures = FailureQueue(f"{self._name}-router-failures", bundle=self._bundle, opts=self._inside)
        self._policies = self._queue_policies()

    def _queue_policies(self) -> Sequence[pulumi.Output[str]]:
        """The ARNs of the policies that name the queues, where there are too many for the policies inside the roles."""
        if service_limits.queues_fit_roles(self._args.config, self._settings):
            return ()
        return QueuePolicies(
            f"{self._name}-queues",
            environment=self._settings.environment,
            queues=[pair.arn for pair in self._all_pairs()],
            location=self._bundle.location,
            opts=self._inside,
        ).arns

    def _pairs(self, queues: Iterable[Queue]) -> Mapping[str, QueuePair]:
        return {
            queue.name: QueuePair(pair_name(self._name, queue), queue=queue, bundle=self._bundle, opts=self._inside)
            for queue in queues
        }

    def _watch(self) -> None:
        settings, location = self._settings, self._bundle.location
        watched = service_limits.watched(self._args.config, settings)
        self.alarms = Alarms(
            f"{self._name}-alarms",
            AlarmsArgs(
                watched=watched,
                location=location,
                email=settings.alarm_email,
                runbook=settings.runbook,
                key=self._bundle.key,
            ),
            self._inside,
        )
        Dashboard(
            f"{self._name}-dashboard", watched=watched, location=location, runbook=settings.runbook, opts=self._inside
        )

    def _validator(self) -> Function:
        settings, config = self._settings, self._args.config
        ordered = [names.VAR_QUEUE_URL_PREFIX] if any(queue.fifo for queue in config.queues) else []
        where = self._bundle.location.known
        secrets = where.apply(lambda at: permissions.secret_arns(config.secret_names, settings.environment, **at))
        learned = where.apply(
            lambda at: permissions.secret_arns(sorted(config.learned_names), settings.environment, **at)
        )
        armings = where.apply(lambda at: permissions.arming_arns(config.learning_sources, settings.environment, **at))
        return Function(
            f"{self._name}-validator",
            FunctionArgs(
                function=names.validator(settings.environment),
                handler=names.HANDLERS["validator"],
                description="Proves who sent a webhook, stores it, and asks the router",
                memory=settings.validator_memory,
                timeout=settings.validator_timeout,
                concurrency=settings.validator_concurrency,
                variables=self._variables(names.VAR_BUCKET, names.VAR_ROUTER, *ordered),
                statements=permissions.validator_statements,
                grants={
                    "table": self.events.arn,
                    "rejected": self.rejected.arn,
                    "bucket": self.bodies.arn,
                    "router": self.router.arn,
                    "secrets": secrets,
                    "learned": learned,
                    "armings": armings,
                    "queues": self._queue_arns() if ordered else [],
                    "delivers": bool(ordered),
                    "secret_keys": self._secret_keys(),
                },
                bundle=self._bundle,
                policies=self._policies if ordered else (),
                snap_start=settings.snap_start,
            ),
            self._inside,
        )

    def _router(self) -> Function:
        settings, config = self._settings, self._args.config
        secrets = self._bundle.location.known.apply(
            lambda at: permissions.secret_arns(config.fetch_secret_names, settings.environment, **at)
        )
        router = Function(
            f"{self._name}-router",
            FunctionArgs(
                function=names.router(settings.environment),
                handler=names.HANDLERS["router"],
                description="Puts events on their queues",
                memory=settings.router_memory,
                timeout=settings.router_timeout,
                concurrency=settings.router_concurrency,
                variables=self._variables(names.VAR_BUCKET, names.VAR_QUEUE_URL_PREFIX),
                statements=permissions.router_statements,
                grants={
                    "table": self.events.arn,
                    "bucket": self.bodies.arn,
                    "queues": self._queue_arns(),
                    "failures": self.failures.arn,
                    "secrets": secrets,
                    "keeps_order": any(queue.fifo is not None for queue in config.queues),
                    "secret_keys": self._secret_keys(),
                },
                bundle=self._bundle,
                policies=self._policies,
            ),
            self._inside,
        )
        on_failure(f"{self._name}-router", function=router, queue_arn=self.failures.arn, parent=self)
        return router

    def _queue_arns(self) -> pulumi.Output[list[str]]:
        """The queues that a policy inside a role must name: none where managed policies name them."""
        return pulumi.Output.all(*(() if self._policies else (pair.arn for pair in self._all_pairs())))

    def _all_pairs(self) -> Iterable[QueuePair]:
        """The queues for messages, including former ones that functions of the last deployment may still use until they are replaced."""
        return (*self.queues.values(), *self.draining.values())

    def _secret_keys(self) -> pulumi.Output[Sequence[str]]:
        """The keys that secrets are encrypted with, after the check that they are in the provider's region."""

        def checked(region: str) -> Sequence[str]:
            try:
                return permissions.keys_of_region(self._settings.secret_keys, region)
            except ConfigError as error:  # without this, Pulumi would show a traceback for this error
                raise pulumi.RunError(str(error)) from None

        return self._bundle.location.region.apply(checked)

    def _recoverer(self) -> Function:
        settings = self._settings
        recoverer = Function(
            f"{self._name}-recoverer",
            FunctionArgs(
                function=names.recoverer(settings.environment),
                handler=names.HANDLERS["recoverer"],
                description="Finishes what the outbox still holds",
                memory=settings.recoverer_memory,
                timeout=settings.recoverer_timeout,
                concurrency=None,
                variables=self._variables(names.VAR_ROUTER),
                statements=permissions.recoverer_statements,
                grants={"table": self.events.arn, "rejected": self.rejected.arn, "router": self.router.arn},
                bundle=self._bundle,
            ),
            self._inside,
        )
        EveryMinute(f"{self._name}-schedule", function=recoverer, bundle=self._bundle, opts=self._inside)
        return recoverer

    def _canary(self, canary: Canary) -> Function:
        settings, queue = self._settings, self.queues[CANARY]
        function = Function(
            f"{self._name}-canary",
            FunctionArgs(
                function=names.canary(settings.environment),
                handler=names.HANDLERS["canary"],
                description="Sends an event of hookline's own, and measures its way",
                memory=_CANARY_MEMORY,
                timeout=service_limits.canary_timeout(canary),
                concurrency=None,
                variables={
                    names.VAR_ENVIRONMENT: settings.environment,
                    names.VAR_CANARY_URL: pulumi.Output.concat(self.endpoint.stage_url, CANARY_PATH),
                    names.VAR_CANARY_QUEUE_URL: queue.url,
                },
                statements=permissions.canary_statements,
                grants={
                    "queue": queue.arn,
                    "secrets": self._bundle.location.known.apply(
                        lambda at: permissions.secret_arns([CANARY_SECRET], settings.environment, **at)
                    ),
                },
                bundle=self._bundle,
            ),
            self._inside,
        )
        EveryMinute(
            f"{self._name}-canary-schedule",
            function=function,
            bundle=self._bundle,
            runs=RUNS_CANARY,
            minutes=canary.every // _MINUTE,
            opts=self._inside,
        )
        return function

    def _variables(self, *wanted: str) -> dict[str, pulumi.Input[str]]:
        """A function's environment variables: its environment, the table, and the other ``wanted`` ones."""
        known = {
            names.VAR_BUCKET: lambda: self.bodies.name,
            names.VAR_ROUTER: lambda: self.router.name,
            names.VAR_QUEUE_URL_PREFIX: lambda: next(iter(self.queues.values())).url.apply(_up_to_the_name),
        }
        return {
            names.VAR_ENVIRONMENT: self._settings.environment,
            names.VAR_TABLE: self.events.name,
            **({names.VAR_CANARY: "true"} if self._args.has_canary else {}),
            **{variable: known[variable]() for variable in wanted},
        }


def _up_to_the_name(url: str) -> str:
    return f"{url.rpartition('/')[0]}/"
