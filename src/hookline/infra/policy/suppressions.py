"""Every demand of a vendor's rules that hookline does not meet, each with its reason. There are no others."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hookline.infra.policy.rule import Finding

__all__ = ["SUPPRESSIONS", "Suppression"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppression:
    """Lifts the findings of one rule about hookline's own resources.

    Where it has them, only those that name ``resource`` (a pattern over kind and name) and say ``says``.
    """

    rule: str
    reason: str
    resource: str = "*"
    says: str = ""

    def lifts(self, finding: Finding) -> bool:
        """Whether this suppression is about ``finding``."""
        return (
            finding.rule == self.rule
            and finding.resource.is_ours
            and fnmatchcase(finding.resource.address, self.resource)
            and self.says in finding.fix
        )


SUPPRESSIONS: tuple[Suppression, ...] = (
    Suppression(
        rule="method-authorization",
        reason="A webhook's authenticity is a signature over its raw body, which an authorizer never sees. The validator checks it "
        "before anything is stored, and refuses what it cannot prove.",
    ),
    Suppression(
        rule="method-metrics",
        reason="Each method would have five metrics at $0.30 a month that no alarm and no dashboard uses: the stage's own are free, and "
        "hookline counts by source. CKV2_AWS_4 wants a log level too, which is set; AwsSolutions-APIG6 and APIGateway.1 want only that.",
    ),
    Suppression(
        rule="stage-client-certificate",
        reason="The backend is a Lambda function, which API Gateway invokes by IAM. There is no HTTP server to show a certificate to.",
    ),
    Suppression(
        rule="stage-cache",
        reason="Each webhook is a fact of its own; an answer kept from an earlier one would acknowledge what nobody stored.",
    ),
    Suppression(
        rule="function-in-network",
        reason="The functions talk only to AWS's own services, over TLS. A VPC would add endpoints and costs and shield nothing.",
    ),
    Suppression(
        rule="function-dead-letters",
        reason="The router has an on-failure destination, which keeps the error as well as the payload. The validator is invoked "
        "synchronously, and the recoverer is run again every minute.",
    ),
    Suppression(
        rule="function-signed",
        reason="Code signing needs a signing profile of the account's. Archives are the same bytes from the same inputs instead, so that "
        "what runs can be compared with what was built.",
    ),
    Suppression(
        rule="mapping-failure-destination",
        reason="Lambda takes no such destination for SQS: what fails goes to the queue's own dead-letter queue.",
    ),
    Suppression(
        rule="table-backup-plan",
        reason="Point-in-time recovery covers 35 days, longer than an event is kept. If you need copies elsewhere, add a plan of your "
        "own for the table that the stack names.",
    ),
    Suppression(
        rule="topic-delivery-status",
        reason="The topic sends people e-mail about alarms, whose state stands in CloudWatch whatever becomes of the message.",
    ),
    Suppression(
        rule="subscription-dead-letters",
        reason="An alarm whose e-mail failed is still an alarm in CloudWatch; a copy on a queue would be read by nobody.",
    ),
    Suppression(
        rule="log-year",
        reason="Logs hold ids and outcomes, no events. 30 days match the events' own; logRetentionDays makes it a year.",
    ),
    Suppression(
        rule="bucket-access-logs",
        reason="Two roles can reach the bucket, and both log each request by its event. Access logs would need a second bucket, with the "
        "same question again.",
    ),
    Suppression(
        rule="bucket-replication",
        reason="Queues, table and functions stand in one region; a copy of only the large bodies elsewhere would serve nothing.",
    ),
    Suppression(
        rule="bucket-events",
        reason="The router reads a body when its event says so. Nothing acts on objects as such.",
    ),
    Suppression(
        rule="secret-rotation",
        reason="The sender issues the secret, so that AWS cannot change it. hookline takes two at once while one follows the other.",
    ),
    Suppression(
        rule="policy-no-wildcards",
        resource="iam.RolePolicy *",
        says="name the resources of xray:PutTraceSegments and xray:PutTelemetryRecords",
        reason="X-Ray's two actions know no resources: IAM takes nothing but * for them.",
    ),
    Suppression(
        rule="policy-no-wildcards",
        resource="iam.RolePolicy *-api-account",
        says="name the resources of logs:CreateLogGroup",
        reason="With manageApiGatewayAccount on, this is the one role by which API Gateway writes the logs of all APIs of the account and "
        "region; AWS's own policy for it names even fewer.",
    ),
    Suppression(
        rule="queue-dead-letters",
        resource="sqs.Queue *failures*",
        reason="Lambda writes what the router could not do to this queue. It is the last stop itself; nothing receives from it by count.",
    ),
)
