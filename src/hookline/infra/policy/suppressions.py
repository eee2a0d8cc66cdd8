"""All demands of vendors' rules that hookline does not meet, each with its reason."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from hookline.infra.policy.rule import Option

if TYPE_CHECKING:
    from collections.abc import Collection

    from hookline.infra.policy.graph import Resource
    from hookline.infra.policy.rule import Finding

__all__ = ["SUPPRESSIONS", "Suppression"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppression:
    """Suppresses the findings of one rule, or of checkov's ``checks``, about hookline's own resources.

    If given, only findings that name ``resource`` (a pattern over kind and name) and contain ``says`` are suppressed, and only in stacks
    where the option ``unless`` is off. A suppression of checks has their demand, and their ids in other vendors' rules (``sources``).
    """

    reason: str
    rule: str = ""
    checks: tuple[str, ...] = ()
    demands: str = ""
    sources: tuple[str, ...] = ()
    resource: str = "*"
    says: str = ""
    unless: Option | None = None

    def lifts(self, finding: Finding) -> bool:
        """Whether this suppression covers ``finding``."""
        return finding.rule == self.rule and self._names(finding.resource) and self.says in finding.fix

    def lifts_check(self, check: str, resource: Resource, options: Collection[Option]) -> bool:
        """Whether it covers the finding of checkov's ``check`` about ``resource`` in a stack with ``options``."""
        return check in self.checks and self._names(resource) and self.unless not in options

    def _names(self, resource: Resource) -> bool:
        return resource.is_ours and fnmatchcase(resource.address, self.resource)


SUPPRESSIONS: tuple[Suppression, ...] = (
    Suppression(
        checks=("CKV_AWS_59",),
        demands="API Gateway authenticates callers",
        sources=("AwsSolutions-APIG4", "CKV2_AWS_70"),
        reason="A webhook's authenticity is a signature over its raw body, which an authorizer never sees. The validator checks it "
        "before anything is stored, and refuses what it cannot prove.",
    ),
    Suppression(
        checks=("CKV2_AWS_4",),
        demands="API Gateway counts every method separately",
        reason="Each method would have five metrics at $0.30 a month that no alarm and no dashboard uses: the stage's own are free, and "
        "hookline counts by source. CKV2_AWS_4 wants a log level too, which is set; AwsSolutions-APIG6 and APIGateway.1 want only that.",
    ),
    Suppression(
        checks=("CKV2_AWS_51",),
        demands="API Gateway shows a certificate to its backend",
        sources=("FSBP APIGateway.2",),
        reason="The backend is a Lambda function, which API Gateway invokes by IAM. There is no HTTP server to show a certificate to.",
    ),
    Suppression(
        checks=("CKV_AWS_120", "CKV_AWS_225"),
        demands="API Gateway caches answers",
        reason="Each webhook is a separate event; a cached answer would acknowledge an event that was not stored.",
    ),
    Suppression(
        checks=("CKV_AWS_117",),
        demands="a function runs inside a VPC",
        sources=("serverless LambdaInsideVPC", "FSBP Lambda.5"),
        reason="The functions talk only to AWS's own services, over TLS. A VPC would add endpoints and costs and shield nothing.",
    ),
    Suppression(
        checks=("CKV_AWS_116",),
        demands="a function has a dead-letter queue of its own",
        sources=("serverless LambdaDLQ",),
        reason="The router has an on-failure destination, which keeps the error as well as the payload. The validator is invoked "
        "synchronously, and the recoverer is run again every minute.",
    ),
    Suppression(
        checks=("CKV_AWS_272",),
        demands="a function's code is signed",
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
        reason="The topic sends people e-mail about alarms, whose state is visible in CloudWatch even if the message is lost.",
    ),
    Suppression(
        rule="subscription-dead-letters",
        reason="An alarm whose e-mail failed is still an alarm in CloudWatch; a copy on a queue would be read by nobody.",
    ),
    Suppression(
        checks=("CKV_AWS_338",),
        demands="logs are kept for a year",
        sources=("Security Hub CloudWatch.16",),
        reason="Logs hold ids and outcomes, no events. 30 days match the events' own; logRetentionDays makes it a year.",
    ),
    Suppression(
        checks=("CKV_AWS_18",),
        demands="every access to a bucket is logged to another bucket",
        sources=("FSBP S3.9", "AwsSolutions-S1"),
        reason="Two roles can reach the bucket, and both log each request by its event. Access logs would need a second bucket, with the "
        "same question again.",
    ),
    Suppression(
        checks=("CKV_AWS_144",),
        demands="a bucket is copied to another region",
        reason="Queues, table and functions are in one region; a copy of only the large bodies in another region would be useless.",
    ),
    Suppression(
        checks=("CKV2_AWS_62",),
        demands="a bucket reports its events",
        reason="The router reads a body when its event says so. Nothing acts on objects as such.",
    ),
    Suppression(
        checks=("CKV2_AWS_57",),
        demands="AWS rotates a secret at intervals",
        sources=("AwsSolutions-SMG4", "CKV_AWS_304", "FSBP SecretsManager.1, SecretsManager.4"),
        reason="The sender issues the secret, so that AWS cannot change it. hookline accepts two secrets during a rotation.",
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
        "region; AWS's own policy for it names no resource at all.",
    ),
    Suppression(
        rule="queue-dead-letters",
        resource="sqs.Queue *failures*",
        reason="Lambda writes the router's failed invocations to this queue. It is a dead-letter queue itself; no consumer receives "
        "from it.",
    ),
    Suppression(
        checks=("CKV_AWS_119", "CKV_AWS_145", "CKV_AWS_158", "CKV_AWS_173"),
        demands="table, bucket, logs and variables are encrypted by a key of one's own",
        unless=Option.CMK,
        reason="AWS encrypts all of them by keys of its own. A key of one's own costs $1 a month, and every use; cmk turns it on.",
    ),
    Suppression(
        checks=("CKV_AWS_297",),
        demands="a schedule is encrypted by a key of one's own",
        reason="The schedule has the name of a function and no data of an event: it has no input.",
    ),
    Suppression(
        checks=("CKV_AWS_115",),
        demands="a function has concurrency reserved",
        unless=Option.CONCURRENCY,
        reason="A new account has ten concurrent executions, and Lambda accepts no reservation that leaves fewer than that. "
        "validatorConcurrency and routerConcurrency reserve some.",
    ),
    Suppression(
        checks=("CKV_AWS_115",),
        demands="a function has concurrency reserved",
        resource="lambda.Function *recoverer",
        reason="The schedule runs the recoverer once a minute, and no sender can make it run more often.",
    ),
    Suppression(
        checks=("CKV2_AWS_29",),
        demands="a web ACL protects a stage",
        unless=Option.WAF,
        reason="A web ACL costs more than all else at a low rate; signatures and throttling hold without it. waf turns it on.",
    ),
    Suppression(
        checks=("CKV2_AWS_31",),
        demands="a web ACL logs what it sees",
        reason="Its log would hold signatures and tokens of senders, and it is charged by request. Its metrics count what it blocks.",
    ),
    Suppression(
        checks=("CKV2_AWS_77",),
        demands="a web ACL knows bad inputs, and blocks addresses of proxies and hosting providers",
        reason="The web ACL has the list of known bad inputs, which CKV_AWS_192 sees. Senders call from hosting providers, which the other "
        "list blocks.",
    ),
)
