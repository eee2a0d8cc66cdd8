"""Compares the stored state with a configuration: items that it no longer names, and items that it would remove earlier."""

from __future__ import annotations

from dataclasses import field, replace
from typing import TYPE_CHECKING

from hookline.config.canary import CANARY, CANARY_SECRET
from hookline.config.units import duration_text
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from hookline.config import Config
    from hookline.domain.queue import Queue
    from hookline.ports.inventory import StoredQueue, StoredSource, StoredState

__all__ = ["Difference", "differences"]


@record
class Difference:
    """One stored item that the configuration does not name, or would remove.

    ``code`` is stable. ``subject`` is the kind of item that ``name`` is (queue, source, secret). ``facts`` are counts and settings: a count
    of None is not known to the backend. ``advice`` is what the operator can do.
    """

    code: str
    subject: str
    name: str
    what: str
    advice: str
    facts: Mapping[str, int | str | None] = field(default_factory=dict)

    def __str__(self) -> str:
        facts = ", ".join(
            f"{_words(name)}: {'unknown' if value is None else value}" for name, value in self.facts.items()
        )
        return f"{self.subject} {self.name}: {self.what}{f' ({facts})' if facts else ''}. {self.advice}"


def differences(stored: StoredState, config: Config, *, empty_queues: bool = False) -> tuple[Difference, ...]:
    """Stored items that ``config`` does not use. Queues without messages are left out unless ``empty_queues``, and so is the canary."""
    stored = _without_canary(stored)
    return (
        *_queues_not_configured(stored, config, empty_queues=empty_queues),
        *_queues_of_another_kind(stored, config, empty_queues=empty_queues),
        *_lowered(stored, config),
        *_sources_not_configured(stored, config),
        *_secrets_not_named(stored, config),
        *_quarantine_over(stored, config),
    )


def _without_canary(stored: StoredState) -> StoredState:
    return replace(
        stored,
        queues=tuple(one for one in stored.queues if one.queue.name != CANARY),
        sources=tuple(one for one in stored.sources if one.name != CANARY),
        secrets=tuple(one for one in stored.secrets if one.name != CANARY_SECRET),
    )


def _queues_not_configured(stored: StoredState, config: Config, *, empty_queues: bool) -> Iterator[Difference]:
    configured = {queue.name for queue in config.queues}
    for one in stored.queues:
        if one.queue.name not in configured and (empty_queues or one.messages or one.dead_letters):
            yield Difference(
                code="queue_not_configured",
                subject="queue",
                name=one.queue.name,
                what="is stored, but hookline.toml no longer has it",
                advice=(
                    "It gets no new events. Consume its messages, move them (`hookline queues move`), or restore "
                    f"[queues.{one.queue.name}]; messages that remain expire by the stored retention."
                ),
                facts={
                    "messages": one.messages,
                    "dead_letters": one.dead_letters,
                    "retention": duration_text(one.queue.retention),
                    "dead_letter_retention": duration_text(one.queue.dead_letter_retention),
                },
            )


def _queues_of_another_kind(stored: StoredState, config: Config, *, empty_queues: bool) -> Iterator[Difference]:
    """Queues that changed between standard and FIFO, and FIFO queues with other groups."""
    configured = {queue.name: queue for queue in config.queues}
    for one in stored.queues:
        new = configured.get(one.queue.name)
        if new is None or not (empty_queues or one.messages or one.dead_letters):
            continue
        if not _is_same_kind(one.queue, new):
            yield _kind_changed(one, new)
        elif one.queue.fifo and new.fifo and one.queue.fifo.group not in ("", new.fifo.group):
            yield Difference(
                code="queue_group_changed",
                subject="queue",
                name=new.name,
                what=f"fifo.group is {new.fifo.group} instead of {one.queue.fifo.group}",
                advice="These messages keep their groups: their order relative to new messages of the same new group "
                "is not kept.",
                facts={"messages": one.messages, "dead_letters": one.dead_letters},
            )


def _kind_changed(one: StoredQueue, new: Queue) -> Difference:
    former, now = ("a standard", "a FIFO") if new.fifo else ("a FIFO", "a standard")
    what = f"is stored as {former} queue and is {now} queue in hookline.toml"
    if one.replaced_by_other_kind:
        what += ", which is another queue"
        advice = (
            "New events go to the new queue. If their order matters, consume the messages of the former one first. "
            f"On AWS keep {new.name} in hookline:draining until the former one is empty."
        )
    elif new.fifo:
        advice = (
            "These messages stay, each as a group of its own: their order relative to new messages is not kept. If "
            "order matters, empty the queue before you start with this configuration."
        )
    else:
        advice = "These messages stay, but their order is no longer kept."
    facts = {"messages": one.messages, "dead_letters": one.dead_letters}
    return Difference(code="queue_kind_changed", subject="queue", name=new.name, what=what, advice=advice, facts=facts)


def _is_same_kind(one: Queue, other: Queue) -> bool:
    return (one.fifo is None) == (other.fifo is None)


def _lowered(stored: StoredState, config: Config) -> Iterator[Difference]:
    configured = {queue.name: queue for queue in config.queues}
    for one in stored.queues:
        new = configured.get(one.queue.name)
        if new is not None and (_is_same_kind(one.queue, new) or not one.replaced_by_other_kind):
            yield from _lowered_settings(one, new)


def _lowered_settings(one: StoredQueue, new: Queue) -> Iterator[Difference]:
    old = one.queue
    if new.max_receives < old.max_receives and one.over_receives != 0:
        yield Difference(
            code="max_receives_lowered",
            subject="queue",
            name=old.name,
            what=f"max_receives is {new.max_receives} instead of {old.max_receives}",
            advice="These messages go to the dead-letter queue at their next receive.",
            facts={"messages": one.over_receives},
        )
    retentions = (
        ("retention", old.name, old.retention, new.retention, one.over_retention),
        (
            "dead_letter_retention",
            old.dead_letter_name,
            old.dead_letter_retention,
            new.dead_letter_retention,
            one.dead_over_retention,
        ),
    )
    for key, name, before, after, count in retentions:
        if after < before and count != 0:
            yield Difference(
                code="retention_lowered",
                subject="queue",
                name=name,
                what=f"{key} is {duration_text(after)} instead of {duration_text(before)}",
                advice=f"These messages can no longer be received and will be removed. To keep them, set {key} back now.",
                facts={"messages": count},
            )


def _sources_not_configured(stored: StoredState, config: Config) -> Iterator[Difference]:
    configured = {source.name for source in config.sources}
    for one in stored.sources:
        if one.name not in configured and (facts := _source_facts(one)):
            yield Difference(
                code="source_not_configured",
                subject="source",
                name=one.name,
                what="is stored, but hookline.toml no longer has it",
                advice=(
                    "Waiting events are still routed, failed ones can still be replayed. Rejected requests cannot "
                    f"be retried and no secret can arrive until [sources.{one.name}] is back."
                ),
                facts=facts,
            )


def _source_facts(one: StoredSource) -> dict[str, int | str | None]:
    counts = {"waiting": one.waiting, "failed": one.failed, "rejected": one.rejected, "armed": int(one.armed)}
    return {name: count for name, count in counts.items() if count}


def _secrets_not_named(stored: StoredState, config: Config) -> Iterator[Difference]:
    named = set(config.aws_secret_names)
    for one in stored.secrets:
        if named.isdisjoint((one.name, *one.aliases)):
            yield Difference(
                code="secret_not_named",
                subject="secret",
                name=one.name,
                what="is stored, but no source of hookline.toml names it",
                advice="Name it again in the secrets of its source, or ignore it: nothing is verified with it.",
                facts={
                    "kept_at": one.kept_at.isoformat(timespec="seconds"),
                    **({"source": one.source} if one.source else {}),
                },
            )


def _quarantine_over(stored: StoredState, config: Config) -> Iterator[Difference]:
    bounds = config.quarantine
    requests = sum(one.rejected for one in stored.sources)
    total = sum(one.rejected_bytes for one in stored.sources)
    if requests > bounds.max_requests or total > bounds.max_bytes:
        yield Difference(
            code="quarantine_lowered",
            subject="quarantine",
            name="rejected requests",
            what="are more than [quarantine] allows now",
            advice="The surplus is removed when the next request is rejected. To keep it, raise max_requests and max_bytes.",
            facts={
                "requests": requests,
                "max_requests": bounds.max_requests,
                "bytes": total,
                "max_bytes": bounds.max_bytes,
            },
        )


def _words(name: str) -> str:
    return name.replace("_", " ")
