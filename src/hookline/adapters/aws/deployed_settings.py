"""Reads the settings of a deployed environment that a person can change in the console, and the counts of its dead letters."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError  # type: ignore[import-untyped] # botocore carries no types

from hookline.adapters.aws import names
from hookline.adapters.aws.deployed_queues import DeployedQueues
from hookline.adapters.aws.errors import translated
from hookline.adapters.aws.pages import pages

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hookline.adapters.aws.clients import Clients

__all__ = ["DeployedSettings"]

_ON = frozenset({"ENABLED", "ENABLING"})
_NOT_THERE = "ResourceNotFoundException"
_VERSION = re.compile(re.escape(names.VERSION_NOTE).replace(re.escape("{}"), r"([^)\s]+)"))


class DeployedSettings:
    """The settings of one environment, read from AWS. Every method is one call; AWS may allow some of them and refuse others."""

    def __init__(self, clients: Clients, *, environment: str) -> None:
        self._clients = clients
        self._environment = environment

    def tables(self) -> tuple[str, ...]:
        """The tables: of events, and of rejected requests."""
        return names.table(self._environment), names.rejected_table(self._environment)

    def version(self) -> str | None:
        """The version of hookline that was deployed last, from the validator's description; None where the description has none."""
        function = names.validator(self._environment)
        with translated():
            found = self._clients.invoker().get_function_configuration(FunctionName=function)
        said = _VERSION.search(found.get("Description", ""))
        return None if said is None else said[1]

    def expires(self, table: str) -> bool:
        """Whether expired items are removed."""
        with translated():
            found = self._clients.dynamodb().describe_time_to_live(TableName=table)["TimeToLiveDescription"]
        return found["TimeToLiveStatus"] in _ON and found.get("AttributeName") == names.TTL_ATTRIBUTE

    def can_be_recovered(self, table: str) -> bool:
        """Whether the table can be restored to an earlier state (point-in-time recovery)."""
        with translated():
            found = self._clients.dynamodb().describe_continuous_backups(TableName=table)
        recovery = found["ContinuousBackupsDescription"].get("PointInTimeRecoveryDescription", {})
        return recovery.get("PointInTimeRecoveryStatus") in _ON

    def schedule_state(self) -> str | None:
        """The state of the schedule that runs the recoverer; None where it is missing."""
        name = names.schedule(self._environment)
        try:
            with translated(but=(_NOT_THERE,)):
                found = self._clients.scheduler().get_schedule(Name=name, GroupName=name)
        except ClientError:
            return None
        return str(found["State"])

    def dead_letters(self) -> Iterator[tuple[str, int]]:
        """Each dead-letter queue and the router's failure queue, by operators' names, with the number of messages on it."""
        deployed = DeployedQueues(self._clients.sqs, environment=self._environment)
        for pair in deployed.pairs():
            if pair.dead_letter_url is not None:
                yield f"{pair.name}-dlq", _waiting(deployed, pair.dead_letter_url)
        failures = names.router_failure_queue(self._environment)
        with translated():
            found = self._clients.sqs().list_queues(QueueNamePrefix=failures)
        for url in found.get("QueueUrls", ()):
            yield names.ROUTER_FAILURES, _waiting(deployed, url)

    def log_retention(self, group: str) -> int | None:
        """How many days a log group keeps its lines; None means without an end. Raises LookupError where there is no such group."""
        with translated():
            found = pages(self._clients.logs().describe_log_groups, next_page="nextToken", logGroupNamePrefix=group)
            one = next((one for page in found for one in page["logGroups"] if one["logGroupName"] == group), None)
        if one is None:
            raise LookupError(group)
        days: int | None = one.get("retentionInDays")
        return days

    def log_groups(self) -> tuple[str, ...]:
        """The names of the log groups of the functions and of the API."""
        at = self._environment
        functions = names.validator(at), names.router(at), names.recoverer(at)
        return (*map(names.log_group, functions), names.access_log(at))


def _waiting(deployed: DeployedQueues, url: str) -> int:
    attributes = deployed.attributes(url)
    return int(attributes["ApproximateNumberOfMessages"]) + int(attributes["ApproximateNumberOfMessagesNotVisible"])
