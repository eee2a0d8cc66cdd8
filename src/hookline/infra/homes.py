"""The settings that only one of the two homes has, with the reason: for docs/reference/homes.md and warnings before a deployment."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["DIFFERENT", "NOT_EMBEDDED", "NOT_ON_AWS", "TAKEN_ON_AWS"]

NOT_ON_AWS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "server": "API Gateway and Lambda listen there: the stack's settings and AWS's own limits take its place",
        "access": "IAM decides there who may use the queues. Give consumers a role instead",
        "storage": "there is no disk to fill, and the services encrypt what they store: with `hookline:cmk` they use a KMS key of your own",
        "users": "IAM manages people there: `hookline dashboard --target` works with the AWS credentials of the person who runs it",
        "oidc": "IAM manages people there: `hookline dashboard --target` works with the AWS credentials of the person who runs it",
        "forwards": "no function waits for endpoints there: `hookline forward QUEUE URL --target` runs on any machine",
        "alerts": "CloudWatch alarms report there what is wrong, to the address in `hookline:alarmEmail`",
        "sources.failed_rate_limit": "API Gateway counts calls before any code runs: `hookline:waf` limits each address instead",
    }
)
"""The reason why a table or key of hookline.toml has no effect on AWS, and what AWS has instead. A table includes its keys."""

TAKEN_ON_AWS: Final = frozenset({"server.trusted_proxies", "server.client_address_header"})
"""Keys of these tables that AWS nevertheless uses."""

DIFFERENT: Final[Mapping[str, str]] = MappingProxyType(
    {
        "server.trusted_proxies": "on AWS for a proxy in front of API Gateway, such as CloudFront",
        "server.client_address_header": "on AWS for a proxy in front of API Gateway, such as CloudFront",
        "sources.retention": "on AWS second bodies and large bodies are kept for as long again, at least 14 days",
        "sources.rate_limit": "on AWS API Gateway counts every call, before any code runs; the embedded home counts verified calls only",
        "sources.max_body": "on AWS at most 2.8 MiB of JSON or a form, 4.3 MiB of other bodies: Lambda is called with at most 6 MB",
        "sources.public_url": "API Gateway passes a query on in decoded form: on AWS its usual spellings are tried where it is signed",
        "sources.path": "on AWS without `~`, which API Gateway does not accept",
        "sources.verify": "on AWS values of secrets are in SSM or Secrets Manager, not in the environment",
        "quarantine.max_requests": "on AWS requests above it are deleted within two minutes, and a budget limits the writes",
        "quarantine.max_bytes": "on AWS at most 380 KB of one request, after compression",
        "queues.fifo": "on AWS the queue's name ends in `.fifo`, and a sender is answered after its message is on the queue",
    }
)
"""The difference between the homes, by table and key, for settings that both have."""

_EDGE: Final = (
    "the server accepts calls without API Gateway: `max_connections`, `max_in_flight` and `rate_limit` limit its load"
)
_PROCESS: Final = "one process does all the work, with the resources of the machine"
_INSTALLED: Final = "nothing is packaged: the server runs what is installed"
_ALERTS: Final = (
    "`[[alerts]]` posts problems to a URL; [Prometheus rules](../how-to/watch-with-prometheus.md) watch metrics"
)

NOT_EMBEDDED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "environmentSuffix": "one data directory is one environment",
        "project": "`--config` names the hookline.toml",
        "region": "it runs on its machine",
        "runtime": _INSTALLED,
        "architecture": _INSTALLED,
        "validatorMemory": _PROCESS,
        "routerMemory": _PROCESS,
        "recovererMemory": _PROCESS,
        "validatorTimeout": "`storage_timeout` of `[server]` says when a sender is answered 503",
        "routerTimeout": "an event is routed in the transaction that stores it",
        "recovererTimeout": "the server's keeper has no timeout: it works in short steps",
        "validatorConcurrency": _EDGE,
        "routerConcurrency": _PROCESS,
        "throttleRate": _EDGE,
        "throttleBurst": _EDGE,
        "logLevel": "the log has one level: a line for each request and each fault",
        "logRetentionDays": "the log goes to standard output; journald or the container platform stores it",
        "ttlDays": "`retention` of `[events]` sets it in both homes",
        "runbook": _ALERTS,
        "alarmEmail": _ALERTS,
        "protect": "only its owner deletes the data directory",
        "draining": "a queue that becomes FIFO stays the same queue, with its messages",
        "tags": "there are no resources to tag",
        "canary": "`[canary]` of hookline.toml switches it on",
        "cmk": "`[storage] key` of hookline.toml seals bodies with a key that is not on the disk",
        "waf": "`failed_rate_limit` and `allow_from` of a source limit what strangers can do",
        "wafRate": "`failed_rate_limit` and `allow_from` of a source limit what strangers can do",
        "manageApiGatewayAccount": "there is no API Gateway",
        "permissionsBoundary": "there are no roles",
        "snapStart": "the process is started once",
        "layerArchive": _INSTALLED,
        "functionArchive": _INSTALLED,
        "bytecode": _INSTALLED,
        "secretKeys": "the environment or .env has the secrets, and no key of KMS encrypts them",
    }
)
"""The reason why the embedded home does not have a key of a stack's configuration, and what it has instead."""
