"""Counts the deployed queues and secrets and the stored events of an environment, from outside of AWS."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from hookline.adapters.aws import names
from hookline.adapters.aws.deployed_queues import DeployedQueues
from hookline.adapters.aws.handshake_secrets import read_arming
from hookline.adapters.aws.items import FAILED_PARTITION
from hookline.adapters.aws.pages import pages
from hookline.adapters.aws.table import Table
from hookline.ports.inventory import StoredQueue, StoredSecret, StoredSource, StoredState

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from hookline.adapters.aws.clients import Clients
    from hookline.domain.queue import Queue
    from hookline.ports.clock import Clock

__all__ = ["SqsInventory"]

_PARAMETERS_PER_PAGE = 10
_COUNTS = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
)


class SqsInventory:
    """Inventory over one environment: reads queues by their names, events by the outbox's index, and secrets by their parameters.

    SQS does not report how often a message was received or how old it is: counts that need this are None when a setting is lowered.
    """

    def __init__(self, clients: Clients, *, environment: str, table: str, clock: Clock) -> None:
        self._clients = clients
        self._environment = environment
        self._table = Table(clients.dynamodb, table)
        self._clock = clock
        self._deployed = DeployedQueues(clients.sqs, environment=environment)

    def look(self, wanted: Sequence[Queue]) -> StoredState:
        """The counts, as exact as the services report them."""
        by_name = {queue.name: queue for queue in wanted}
        return StoredState(
            queues=tuple(self._queues(by_name)), sources=tuple(self._sources()), secrets=tuple(self._secrets())
        )

    def _queues(self, wanted: Mapping[str, Queue]) -> Iterator[StoredQueue]:
        for pair in self._deployed.pairs():
            own, letters = self._deployed.attributes(pair.url), self._deployed.attributes(pair.dead_letter_url)
            queue = self._deployed.settings(pair, own, letters)
            new = wanted.get(pair.name, queue)
            yield StoredQueue(
                queue=queue,
                replaced_by_other_kind=True,
                messages=_count(own),
                dead_letters=_count(letters),
                over_receives=_unknown(any_there=_count(own) > 0 and new.max_receives < queue.max_receives),
                over_retention=_unknown(any_there=_count(own) > 0 and new.retention < queue.retention),
                dead_over_retention=_unknown(
                    any_there=_count(letters) > 0 and new.dead_letter_retention < queue.dead_letter_retention
                ),
            )

    def _sources(self) -> Iterator[StoredSource]:
        waiting = Counter(self._indexed(map(str, range(names.OUTBOX_SHARDS))))
        failed = Counter(self._indexed([FAILED_PARTITION]))
        armed = {source for source in self._armed() if source}
        for name in sorted({*waiting, *failed, *armed}):
            yield StoredSource(name=name, waiting=waiting[name], failed=failed[name], armed=name in armed)

    def _indexed(self, partitions: Iterable[str]) -> Iterator[str]:
        """The source of each event in these partitions of the outbox's index."""
        for partition in partitions:
            found = self._table.query(
                IndexName=names.OUTBOX_INDEX,
                KeyConditionExpression=f"{names.OUTBOX_PARTITION} = :partition",
                ExpressionAttributeValues={":partition": {"S": partition}},
            )
            yield from (item[names.TABLE_KEY]["S"].partition(":")[0] for item in found)

    def _armed(self) -> Iterator[str]:
        prefix = names.arming("", self._environment)
        for one in self._parameters(prefix.rstrip("/")):
            source = one["Name"].removeprefix(prefix)
            expected = read_arming(source, one["Value"])
            if expected is not None and expected.until > self._clock.now():
                yield source

    def _secrets(self) -> Iterator[StoredSecret]:
        """The secrets under the environment's own path; parameters at other paths may not be hookline's and are not listed."""
        prefix = names.parameter("", self._environment)
        for one in self._parameters(prefix.rstrip("/")):
            name = one["Name"].removeprefix(prefix)
            if one["Type"] == "SecureString":
                yield StoredSecret(
                    name=name, source=None, kept_at=one["LastModifiedDate"], aliases=(f"ssm:{one['Name']}",)
                )

    def _parameters(self, path: str) -> Iterator[Mapping[str, Any]]:  # botocore's answer
        """The parameters directly below ``path``; their values are not decrypted."""
        call = self._clients.ssm().get_parameters_by_path
        for page in pages(call, Path=path, Recursive=False, WithDecryption=False, MaxResults=_PARAMETERS_PER_PAGE):
            yield from page["Parameters"]


def _count(attributes: Mapping[str, str]) -> int:
    return sum(int(attributes.get(name, 0)) for name in _COUNTS)


def _unknown(*, any_there: bool) -> int | None:
    return None if any_there else 0
