"""Reads which parts of a deployed environment exist, their states, and which alarms are firing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError  # type: ignore[import-untyped] # botocore carries no types

from hookline.adapters.aws import names
from hookline.adapters.aws.deployed_queues import DeployedQueues
from hookline.adapters.aws.errors import translated
from hookline.adapters.aws.pages import pages
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from hookline.adapters.aws.clients import Clients
    from hookline.config import Config

__all__ = ["DeployedParts", "Part"]

_NOT_THERE = "ResourceNotFoundException"
_ACTIVE = "Active"
_LAST_UPDATE = frozenset({"Successful", None})
_TABLE_ACTIVE = "ACTIVE"
_PER_PAGE = 100


@record
class Part:
    """One part, named as its stack output. ``value`` is the output's value, None for a missing part; ``fault`` says what is wrong."""

    output: str
    name: str
    value: str | None
    fault: str | None = None


class DeployedParts:
    """The parts of one environment, as the AWS services report them."""

    def __init__(self, clients: Clients, *, environment: str) -> None:
        self._clients = clients
        self._environment = environment

    def functions(self, config: Config) -> Iterator[Part]:
        """Validator, router and recoverer, and the canary where ``config`` has one."""
        at = self._environment
        yield self._function("validator_lambda_arn", names.validator(at))
        yield self._function("router_lambda_arn", names.router(at))
        yield self._function("the recoverer", names.recoverer(at))
        if config.canary is not None:
            yield self._function("the canary", names.canary(at))

    def table(self) -> Part:
        """The table of the events."""
        name = names.table(self._environment)
        try:
            with translated(but=(_NOT_THERE,)):
                found = self._clients.dynamodb().describe_table(TableName=name)["Table"]
        except ClientError:
            return Part(output="dynamodb_table_name", name=name, value=None)
        fault = None if found["TableStatus"] == _TABLE_ACTIVE else f"is {found['TableStatus']}"
        return Part(output="dynamodb_table_name", name=name, value=name, fault=fault)

    def queues(self, config: Config) -> Iterator[Part]:
        """The queues of ``config`` and their dead-letter queues."""
        pairs = {
            (pair.name, pair.fifo): pair
            for pair in DeployedQueues(self._clients.sqs, environment=self._environment).pairs()
        }
        for queue in config.queues:
            fifo = queue.fifo is not None
            pair = pairs.get((queue.name, fifo))
            name = names.queue(queue.name, self._environment, fifo=fifo)
            yield Part(output=f"{queue.name}_queue_url", name=name, value=None if pair is None else pair.url)
            dead = names.dead_letter_queue(queue.name, self._environment, fifo=fifo)
            there = None if pair is None else pair.dead_letter_url
            yield Part(output=f"the dead-letter queue of {queue.name}", name=dead, value=there)

    def endpoint(self, *, region: str | None) -> Part:
        """The URL of the API's stage."""
        name = names.api(self._environment)
        client = self._clients.apigateway()
        with translated():
            found = pages(client.get_rest_apis, next_page="position", limit=_PER_PAGE)
            api = next((one["id"] for page in found for one in page.get("items", ()) if one["name"] == name), None)
        place = region or client.meta.region_name
        value = None if api is None else f"https://{api}.execute-api.{place}.amazonaws.com/{names.STAGE}"
        return Part(output="api_endpoint", name=name, value=value)

    def firing_alarms(self) -> Mapping[str, str]:
        """The alarms of this environment that are firing, with their descriptions."""
        with translated():
            found = pages(self._clients.cloudwatch().describe_alarms, StateValue="ALARM", AlarmNamePrefix="webhook-")
            return {
                one["AlarmName"]: one.get("AlarmDescription", "")
                for page in found
                for one in page["MetricAlarms"]
                if one["AlarmName"].endswith(f"-alarm-{self._environment}")
            }

    def has_canary(self) -> bool:
        """Whether the validator accepts the canary's source; False where there is no validator."""
        try:
            with translated(but=(_NOT_THERE,)):
                found = self._clients.invoker().get_function_configuration(
                    FunctionName=names.validator(self._environment)
                )
        except ClientError:
            return False
        return bool(found.get("Environment", {}).get("Variables", {}).get(names.VAR_CANARY) == "true")

    def _function(self, output: str, name: str) -> Part:
        try:
            with translated(but=(_NOT_THERE,)):
                found = self._clients.invoker().get_function_configuration(FunctionName=name)
        except ClientError:
            return Part(output=output, name=name, value=None)
        state, update = found.get("State", _ACTIVE), found.get("LastUpdateStatus")
        sound = state == _ACTIVE and update in _LAST_UPDATE
        reason = found.get("StateReason") or found.get("LastUpdateStatusReason") or ""
        fault = None if sound else f"is {state}, last update {update}: {reason}"
        return Part(output=output, name=name, value=found["FunctionArn"], fault=fault)
