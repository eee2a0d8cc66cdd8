"""A Lambda function with its log group, role, policy, and the queue for its failed invocations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi
from pulumi_aws import cloudwatch, iam, lambda_

from hookline import __version__
from hookline.adapters.aws import names
from hookline.infra import permissions

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from hookline.infra.location import Location
    from hookline.infra.permissions import Statement
    from hookline.infra.settings import Settings

__all__ = [
    "ROUTER_EVENT_AGE",
    "Bundle",
    "Function",
    "FunctionArgs",
    "log_group",
    "on_failure",
    "role_name",
]

_ROUTER_RETRIES = 2
ROUTER_EVENT_AGE = 300
"""Seconds for which Lambda retries; after that the recoverer handles the event, which has waited in the outbox for this time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """The inputs that all functions share: the archives, the stack's settings, its location, and its own key if it has one."""

    code: pulumi.Archive
    layer: pulumi.Input[str]
    settings: Settings
    location: Location
    key: pulumi.Output[str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionArgs:
    """One function.

    ``statements`` makes its policy from ``grants``, the ARNs by the words it calls them, with those of its log group and the key.
    ``policies`` are ARNs of managed policies that its role gets too.
    With ``snap_start`` callers reach a published version of it, which starts from a snapshot, through the alias ``live``.
    """

    function: str
    handler: str
    description: str
    memory: int
    timeout: int
    concurrency: int | None
    variables: Mapping[str, pulumi.Input[str]]
    statements: Callable[..., Sequence[Statement]]
    grants: Mapping[str, pulumi.Input[object]]
    bundle: Bundle
    policies: Sequence[pulumi.Input[str]] = ()
    snap_start: bool = False


class Function(pulumi.ComponentResource):
    """The function and its log group, role and policy; resources that rely on the rights must depend on ``policy``.

    ``invoke_arn`` is for API Gateway: the alias ``alias`` of a published version where there is one, or the function.
    """

    arn: pulumi.Output[str]
    invoke_arn: pulumi.Output[str]
    name: pulumi.Output[str]
    alias: pulumi.Output[str] | None
    policy: iam.RolePolicy

    def __init__(self, name: str, args: FunctionArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("hookline:infra:Function", name, None, opts)
        self._name = name
        # Created before the function: otherwise Lambda would create a log group that is kept forever.
        logs = log_group(name, names.log_group(args.function), args.bundle, parent=self)
        role = self._role(args)
        attached = self._attached(args, role)
        self.policy = self._policy(args, role, logs, after=attached)
        function = self._function(args, role, logs)
        self.arn, self.name = function.arn, function.name
        called = self._live(function) if args.snap_start else None
        self.invoke_arn = function.invoke_arn if called is None else called.invoke_arn
        self.alias = None if called is None else called.name
        self.register_outputs({"arn": self.arn, "name": self.name})

    def _role(self, args: FunctionArgs) -> iam.Role:
        return iam.Role(
            self._name,
            name=role_name(args.function, args.bundle.location),
            description=f"What {args.function} may do",
            assume_role_policy=permissions.trust(permissions.LAMBDA),
            permissions_boundary=args.bundle.settings.permissions_boundary,
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _attached(self, args: FunctionArgs, role: iam.Role) -> list[pulumi.Resource]:
        """The managed policies of its role."""
        return [
            iam.RolePolicyAttachment(
                f"{self._name}-{number}",
                role=role.name,
                policy_arn=policy,
                opts=pulumi.ResourceOptions(parent=self),
            )
            for number, policy in enumerate(args.policies, start=1)
        ]

    def _policy(
        self, args: FunctionArgs, role: iam.Role, logs: cloudwatch.LogGroup, *, after: list[pulumi.Resource]
    ) -> iam.RolePolicy:
        """The role's own policy, changed ``after`` the managed policies, so that a right that moves there is allowed at every moment."""
        grants = pulumi.Output.all(log_group=logs.arn, key=args.bundle.key, **args.grants)
        return iam.RolePolicy(
            self._name,
            name=args.function,
            role=role.name,
            policy=grants.apply(lambda arns: permissions.document(args.statements(**arns))),
            opts=pulumi.ResourceOptions(parent=self, depends_on=after or None),
        )

    def _function(self, args: FunctionArgs, role: iam.Role, logs: cloudwatch.LogGroup) -> lambda_.Function:
        settings = args.bundle.settings
        return lambda_.Function(
            self._name,
            name=args.function,
            description=f"{args.description} {names.VERSION_NOTE.format(__version__)}",
            handler=args.handler,
            runtime=settings.runtime,
            architectures=[settings.architecture],
            code=args.bundle.code,
            layers=[args.bundle.layer],
            role=role.arn,
            memory_size=args.memory,
            timeout=args.timeout,
            reserved_concurrent_executions=args.concurrency,
            environment=lambda_.FunctionEnvironmentArgs(variables=args.variables),
            kms_key_arn=args.bundle.key,
            logging_config=_logging(settings, logs),
            tracing_config=lambda_.FunctionTracingConfigArgs(mode="Active"),
            publish=args.snap_start or None,
            snap_start=lambda_.FunctionSnapStartArgs(apply_on="PublishedVersions") if args.snap_start else None,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[logs, self.policy]),
        )

    def _live(self, function: lambda_.Function) -> lambda_.Alias:
        """The alias that callers use. A deployment publishes a version, waits for its snapshot, and then moves the alias to it."""
        return lambda_.Alias(
            self._name,
            name=names.LIVE,
            description="The version that answers senders",
            function_name=function.name,
            function_version=function.version,
            opts=pulumi.ResourceOptions(parent=self),
        )


def on_failure(name: str, *, function: Function, queue_arn: pulumi.Input[str], parent: pulumi.Resource) -> None:
    """Lets Lambda retry an invocation of ``function`` twice within five minutes, and then put it on the failure queue.

    Lambda ends a loop of functions that would call each other endlessly.
    """
    lambda_.FunctionEventInvokeConfig(
        name,
        function_name=function.name,
        maximum_retry_attempts=_ROUTER_RETRIES,
        maximum_event_age_in_seconds=ROUTER_EVENT_AGE,
        destination_config=lambda_.FunctionEventInvokeConfigDestinationConfigArgs(
            on_failure=lambda_.FunctionEventInvokeConfigDestinationConfigOnFailureArgs(destination=queue_arn)
        ),
        # Lambda refuses a destination that the function's role has no right to write to.
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[function.policy]),
    )
    lambda_.FunctionRecursionConfig(
        name,
        function_name=function.name,
        recursive_loop="Terminate",
        opts=pulumi.ResourceOptions(parent=parent),
    )


def log_group(name: str, group: pulumi.Input[str], bundle: Bundle, *, parent: pulumi.Resource) -> cloudwatch.LogGroup:
    """A log group with the stack's retention, encrypted with its key."""
    return cloudwatch.LogGroup(
        name,
        name=group,
        retention_in_days=bundle.settings.log_retention_days,
        kms_key_id=bundle.key,
        opts=pulumi.ResourceOptions(parent=parent),
    )


def role_name(owner: str, location: Location) -> pulumi.Output[str]:
    """The name of the role of ``owner``."""
    return location.region.apply(lambda region: names.role(owner, region=region))


def _logging(settings: Settings, logs: cloudwatch.LogGroup) -> lambda_.FunctionLoggingConfigArgs:
    """JSON lines. Lambda's own lines for each invocation cost as much as hookline's and say little, so only DEBUG has them."""
    return lambda_.FunctionLoggingConfigArgs(
        log_format="JSON",
        log_group=logs.name,
        application_log_level=settings.log_level,
        system_log_level="DEBUG" if settings.log_level == "DEBUG" else "WARN",
    )
