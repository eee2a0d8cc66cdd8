"""A stack that chooses everything there is to choose: each setting's resources can be created, and events still pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

from acceptance.sender import transaction
from e2e.deployed import ENVIRONMENT, deployed
from hookline.adapters.aws import names

if TYPE_CHECKING:
    from e2e.deployed import Project

EVERYTHING = {
    "alarmEmail": "operators@example.com",
    "cmk": "true",
    "logLevel": "DEBUG",
    "logRetentionDays": "365",
    "manageApiGatewayAccount": "true",
    "protect": "true",
    "recovererMemory": "1024",
    "routerConcurrency": "5",
    "routerTimeout": "45",
    "tags": '{"team": "payments"}',
    "throttleBurst": "200",
    "throttleRate": "100",
    "ttlDays": "30",
    "validatorConcurrency": "5",
    "validatorTimeout": "20",
    "waf": "true",
}


def test_a_stack_with_every_setting_takes_events(project: Project) -> None:
    """An input that only one setting uses may be wrong for years until somebody uses that setting."""
    with deployed(project, more=EVERYTHING) as stack:
        answer = stack.post(transaction("chosen"))
        large = stack.post(transaction("chosen large", metadata={"padding": "x" * 300_000}))
        stack.settle()
        came = stack.standing("payments")
        table = stack.client("dynamodb").describe_table(TableName=names.table(ENVIRONMENT))["Table"]

    assert (answer.status, large.status) == (202, 202)
    assert sorted(came) == ["transactions:chosen", "transactions:chosen large"]
    assert table["DeletionProtectionEnabled"]
