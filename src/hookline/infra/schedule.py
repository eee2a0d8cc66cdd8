"""The schedules that run the recoverer and the canary, each with its own role."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi
from pulumi_aws import iam, lambda_, scheduler

from hookline.adapters.aws import names
from hookline.infra import permissions
from hookline.infra.functions import role_name

if TYPE_CHECKING:
    from hookline.infra.functions import Bundle, Function

__all__ = ["CANARY", "RECOVERER", "EveryMinute", "Runs"]

_LONGEST_LATE = 60
"""Seconds after which a late run is skipped, because the next one is due."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Runs:
    """A scheduled function: ``name`` is the name of the schedule and its group, ``role`` its role, ``what`` ends its permission's name."""

    name: names.Name
    role: names.Name
    what: str
    description: str


RECOVERER = Runs(
    name=names.schedule, role=names.schedule_role, what="Recoverer", description="Finishes what the outbox still holds"
)
CANARY = Runs(
    name=names.canary,
    role=names.canary_schedule_role,
    what="Canary",
    description="Sends an event of hookline's own through the environment",
)


class EveryMinute(pulumi.ComponentResource):
    """Runs a function every minute, or every few minutes.

    A failed or late run is not repeated: the next one finds the same work.
    """

    def __init__(
        self,
        name: str,
        *,
        function: Function,
        bundle: Bundle,
        runs: Runs = RECOVERER,
        minutes: int = 1,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("hookline:infra:EveryMinute", name, None, opts)
        self._name, self._function, self._bundle = name, function, bundle
        self._runs, self._minutes = runs, minutes
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
            name=role_name(self._runs.role(settings.environment), location),
            description=f"What the schedule {self._runs.name(settings.environment)} may do",
            assume_role_policy=location.account.apply(
                lambda account: permissions.trust(permissions.SCHEDULER, account=account)
            ),
            permissions_boundary=settings.permissions_boundary,
            opts=self._inside,
        )

    def _policy(self, role: iam.Role) -> iam.RolePolicy:
        return iam.RolePolicy(
            self._name,
            name=self._runs.name(self._bundle.settings.environment),
            role=role.name,
            policy=self._function.arn.apply(
                lambda arn: permissions.document(permissions.scheduler_statements(function=arn, what=self._runs.what))
            ),
            opts=self._inside,
        )

    def _schedule(self, role: iam.Role, policy: iam.RolePolicy) -> None:
        name = self._runs.name(self._bundle.settings.environment)
        # A separate group, because the scheduler counts its faults by group.
        group = scheduler.ScheduleGroup(self._name, name=name, opts=self._inside)
        scheduler.Schedule(
            self._name,
            name=name,
            group_name=group.name,
            description=self._runs.description,
            schedule_expression="rate(1 minute)" if self._minutes == 1 else f"rate({self._minutes} minutes)",
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
