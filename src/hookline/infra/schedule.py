"""What runs the recoverer: a schedule with a role of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pulumi
from pulumi_aws import iam, lambda_, scheduler

from hookline.adapters.aws import names
from hookline.infra import permissions
from hookline.infra.functions import role_name

if TYPE_CHECKING:
    from hookline.infra.functions import Bundle, Function

__all__ = ["EveryMinute"]

_LONGEST_LATE = 60
"""Seconds after which a run is not worth making: the next one is there."""


class EveryMinute(pulumi.ComponentResource):
    """Runs a function every minute.

    A run that fails or comes too late is not made up for: the next one finds the same work.
    """

    def __init__(
        self, name: str, *, function: Function, bundle: Bundle, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("hookline:infra:EveryMinute", name, None, opts)
        self._name, self._function, self._bundle = name, function, bundle
        self._inside = pulumi.ResourceOptions(parent=self)
        role = self._role()
        policy = self._policy(role)
        lambda_.FunctionEventInvokeConfig(
            name,
            function_name=function.name,
            maximum_retry_attempts=0,
            maximum_event_age_in_seconds=_LONGEST_LATE,
            opts=self._inside,
        )
        self._schedule(role, policy)
        self.register_outputs({})

    def _role(self) -> iam.Role:
        settings, location = self._bundle.settings, self._bundle.location
        return iam.Role(
            self._name,
            name=role_name(names.schedule_role(settings.environment), location),
            description=f"What the schedule {names.schedule(settings.environment)} may do",
            assume_role_policy=location.account.apply(
                lambda account: permissions.trust(permissions.SCHEDULER, account=account)
            ),
            permissions_boundary=settings.permissions_boundary,
            opts=self._inside,
        )

    def _policy(self, role: iam.Role) -> iam.RolePolicy:
        return iam.RolePolicy(
            self._name,
            name=names.schedule(self._bundle.settings.environment),
            role=role.name,
            policy=self._function.arn.apply(
                lambda arn: permissions.document(permissions.scheduler_statements(recoverer=arn))
            ),
            opts=self._inside,
        )

    def _schedule(self, role: iam.Role, policy: iam.RolePolicy) -> None:
        name = names.schedule(self._bundle.settings.environment)
        # Of its own, because the scheduler counts its faults by group.
        group = scheduler.ScheduleGroup(self._name, name=name, opts=self._inside)
        scheduler.Schedule(
            self._name,
            name=name,
            group_name=group.name,
            description="Finishes what the outbox still holds",
            schedule_expression="rate(1 minute)",
            flexible_time_window=scheduler.ScheduleFlexibleTimeWindowArgs(mode="OFF"),
            target=scheduler.ScheduleTargetArgs(
                arn=self._function.arn,
                role_arn=role.arn,
                retry_policy=scheduler.ScheduleTargetRetryPolicyArgs(
                    maximum_event_age_in_seconds=_LONGEST_LATE, maximum_retry_attempts=0
                ),
            ),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[policy]),
        )
