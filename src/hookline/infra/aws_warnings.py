"""Warnings about limits of AWS that the embedded home does not have. They do not prevent a deployment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookline.adapters.aws import names
from hookline.errors import Complaint
from hookline.infra.homes import NOT_ON_AWS
from hookline.infra.request_models import largest_body
from hookline.pipeline.spelling import MOST_REORDERED, MOST_SPELLINGS, signs_url
from hookline.providers import PROVIDERS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hookline.config import Config
    from hookline.domain.source import Source

__all__ = ["aws_warnings"]


def aws_warnings(config: Config) -> list[Complaint]:
    """All limits that senders of this project may notice on AWS."""
    return [
        *(warning for source in config.sources for warning in _of(source)),
        *_fifo(config),
        *_without_effect(config),
    ]


def _fifo(config: Config) -> Iterator[Complaint]:
    for queue in config.queues:
        if queue.fifo is not None:
            yield Complaint(
                where=f"queues.{queue.name}.fifo",
                why=f"makes a queue of its own on AWS ({names.queue(queue.name, 'ENV', fifo=True)}). Where {queue.name} is deployed as a "
                f"standard queue, set hookline:draining to {queue.name} before you deploy: the former queue then stays until its messages "
                "are consumed. Its consumers need the new URL",
            )


def _without_effect(config: Config) -> Iterator[Complaint]:
    """The tables of the project that have no effect on AWS. Tables about running a server are left out, because that is obvious."""
    written = {
        "access": config.access,
        "users": config.users,
        "oidc": config.oidc,
        "forwards": config.forwards,
        "alerts": config.alerts,
    }
    for name, value in written.items():
        if value:
            yield Complaint(where=name, why=f"has no effect on AWS: {NOT_ON_AWS[name]}")
    if config.storage.key:
        yield Complaint(where="storage.key", why=f"has no effect on AWS: {NOT_ON_AWS['storage']}")


def _of(source: Source) -> Iterator[Complaint]:
    provider = PROVIDERS[source.scheme]
    if source.max_body == provider.max_body > (most := largest_body(source)):
        yield Complaint(
            where=f"sources.{source.name}.max_body",
            why=f"is {source.max_body} bytes, as much as {provider.title} may send, and AWS surely takes {most}: API Gateway "
            "takes 10 MB, and calls Lambda with at most 6 MB. A larger body is refused there, and the embedded home takes it",
        )
    if signs_url(source):
        yield Complaint(
            where=f"sources.{source.name}.public_url",
            why="is signed together with its query, which API Gateway passes as decoded fields. hookline tries up to "
            f"{MOST_SPELLINGS} usual spellings of them, fewer for bodies over 8 KiB. It cannot recover a query of more than "
            f"{MOST_REORDERED} fields in which a name is repeated with other fields in between, bytes that are not UTF-8, and "
            "a ? or & with nothing after it. A URL without a query needs none of this",
        )
    if source.rate_limit is not None:
        yield Complaint(
            where=f"sources.{source.name}.rate_limit",
            why="is counted by API Gateway before any code runs, so that forged calls count too, and a flood of them blocks the "
            "source. If that matters, remove it, and let the firewall (hookline:waf) limit each address. The embedded home counts "
            "verified calls only",
        )
