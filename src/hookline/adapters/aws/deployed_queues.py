"""The queues of an environment, found by their names."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError  # type: ignore[import-untyped] # botocore carries no types

from hookline.adapters.aws import names
from hookline.adapters.aws.clients import opened
from hookline.adapters.aws.errors import translated
from hookline.adapters.aws.pages import pages
from hookline.domain.fifo import Fifo
from hookline.domain.queue import Queue
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from hookline.adapters.aws.clients import LazyClient

__all__ = ["DeployedPair", "DeployedQueues"]

_PER_PAGE = 1000
_UNKNOWN_GROUP = Fifo(group="")
"""The group expression of a deployed FIFO queue: only hookline.toml has it, not SQS."""


@record
class DeployedPair:
    """A queue and its dead-letter queue; None for a missing one. One name may have a standard pair and a FIFO pair."""

    name: str
    fifo: bool
    url: str | None
    dead_letter_url: str | None


class DeployedQueues:
    """Reads from SQS the queues whose names end with this environment's suffix."""

    def __init__(self, client: LazyClient, *, environment: str) -> None:
        self._client = opened(client)
        self._environment = environment

    def pairs(self) -> list[DeployedPair]:
        """Every queue with its dead-letter queue, by its name in hookline.toml; of two with one name the standard queue comes first."""
        found = pages(self._client().list_queues, MaxResults=_PER_PAGE)
        urls = {url.rpartition("/")[2]: url for page in found for url in page.get("QueueUrls", ())}
        pairs = [pair for fifo in (False, True) for pair in self._pairs(urls, fifo=fifo)]
        return sorted(pairs, key=lambda pair: (pair.name, pair.fifo))

    def queue(self, name: str) -> Queue:
        """The queue as its URL needs it: FIFO if a FIFO queue of this name exists, otherwise standard, even if there is none."""
        physical = names.queue(name, self._environment, fifo=True)
        try:
            with translated(but=("QueueDoesNotExist",)):
                self._client().get_queue_url(QueueName=physical)
        except ClientError:
            return Queue(name=name)
        return Queue(name=name, fifo=_UNKNOWN_GROUP)

    def attributes(self, url: str | None) -> Mapping[str, str]:
        """All attributes of a queue; empty where there is no queue."""
        if url is None:
            return {}
        with translated():
            answer = self._client().get_queue_attributes(QueueUrl=url, AttributeNames=["All"])
        attributes: Mapping[str, str] = answer["Attributes"]
        return attributes

    def settings(self, pair: DeployedPair, own: Mapping[str, str], letters: Mapping[str, str]) -> Queue:
        """The deployed queue, from its attributes and those of its dead-letter queue; a missing attribute has hookline's default.

        The group expression of a FIFO queue is empty here, because SQS does not store it.
        """
        usual = Queue(name=pair.name)
        policy = json.loads(own.get("RedrivePolicy", "{}"))
        return Queue(
            name=pair.name,
            fifo=_UNKNOWN_GROUP if pair.fifo else None,
            max_receives=int(policy.get("maxReceiveCount", usual.max_receives)),
            visibility_timeout=_seconds(own, "VisibilityTimeout", usual.visibility_timeout),
            retention=_seconds(own, "MessageRetentionPeriod", usual.retention),
            dead_letter_retention=_seconds(letters, "MessageRetentionPeriod", usual.dead_letter_retention),
        )

    def _pairs(self, urls: Mapping[str, str], *, fifo: bool) -> Iterator[DeployedPair]:
        live = _named(urls, names.queue("", self._environment, fifo=fifo))
        dead = _named(urls, names.dead_letter_queue("", self._environment, fifo=fifo))
        for name in {*live, *dead}:
            yield DeployedPair(name=name, fifo=fifo, url=live.get(name), dead_letter_url=dead.get(name))


def _named(urls: Mapping[str, str], suffix: str) -> dict[str, str]:
    return {name.removesuffix(suffix): url for name, url in urls.items() if name.endswith(suffix) and name != suffix}


def _seconds(attributes: Mapping[str, str], name: str, usual: timedelta) -> timedelta:
    return timedelta(seconds=int(attributes[name])) if name in attributes else usual
