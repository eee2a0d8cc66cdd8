"""The queues of an environment, found by their names."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

from hookline.adapters.aws import names
from hookline.adapters.aws.clients import opened
from hookline.adapters.aws.errors import translated
from hookline.adapters.aws.pages import pages
from hookline.domain.queue import Queue

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hookline.adapters.aws.clients import LazyClient

__all__ = ["DeployedQueues"]

_PER_PAGE = 1000


class DeployedQueues:
    """What SQS says of the queues whose names end as this environment's do."""

    def __init__(self, client: LazyClient, *, environment: str) -> None:
        self._client = opened(client)
        self._environment = environment

    def urls(self) -> tuple[dict[str, str], dict[str, str]]:
        """The URLs of the queues and of their dead-letter queues, by the names that hookline.toml gives them."""
        live, dead = names.queue("", self._environment), names.dead_letter_queue("", self._environment)
        found = pages(self._client().list_queues, MaxResults=_PER_PAGE)
        urls = {url.rpartition("/")[2]: url for page in found for url in page.get("QueueUrls", ())}
        return _named(urls, live), _named(urls, dead)

    def attributes(self, url: str | None) -> Mapping[str, str]:
        """All attributes of a queue; none where there is no queue."""
        if url is None:
            return {}
        with translated():
            answer = self._client().get_queue_attributes(QueueUrl=url, AttributeNames=["All"])
        attributes: Mapping[str, str] = answer["Attributes"]
        return attributes

    def settings(self, name: str, own: Mapping[str, str], letters: Mapping[str, str]) -> Queue:
        """The queue as it is deployed, by its attributes and its dead-letter queue's; what is not there has hookline's own defaults."""
        usual = Queue(name=name)
        policy = json.loads(own.get("RedrivePolicy", "{}"))
        return Queue(
            name=name,
            max_receives=int(policy.get("maxReceiveCount", usual.max_receives)),
            visibility_timeout=_seconds(own, "VisibilityTimeout", usual.visibility_timeout),
            retention=_seconds(own, "MessageRetentionPeriod", usual.retention),
            dead_letter_retention=_seconds(letters, "MessageRetentionPeriod", usual.dead_letter_retention),
        )


def _named(urls: Mapping[str, str], suffix: str) -> dict[str, str]:
    return {name.removesuffix(suffix): url for name, url in urls.items() if name.endswith(suffix) and name != suffix}


def _seconds(attributes: Mapping[str, str], name: str, usual: timedelta) -> timedelta:
    return timedelta(seconds=int(attributes[name])) if name in attributes else usual
