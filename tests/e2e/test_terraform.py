"""The real AWS provider judges what the program declares: Terraform validates, plans, applies and destroys it on an emulator.

pulumi-aws is made from that provider, so that its checks of inputs, its defaults and its order of calls are those of ``pulumi up``.
Skipped where Terraform or the provider is not at hand: docs/how-to/run-the-tests.md says what is looked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from emulator.server import emulator
from infra.changing import put
from infra.graph import graph, stack
from infra.projects import project
from terraform import record
from terraform.binary import Workspace, installed
from terraform.schema import FILE
from terraform.stacks import EVERYTHING, empty_archives, on
from terraform.too_old import TOO_OLD

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from emulator.server import Emulator
    from hookline.infra.policy.graph import Graph
    from terraform.too_old import TooOld

FIFO = '[queues.payments]\nfifo = { group = "data.merchant_id" }'


@pytest.fixture(name="aws", scope="module")
def empty() -> Iterator[Emulator]:
    """An emulator for what only plans: it answers who the caller is, and nothing is created."""
    with emulator() as running:
        yield running


@pytest.fixture(name="place", scope="module")
def initialised(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Where Terraform has found the provider, for one configuration after another."""
    place = Workspace(installed(), tmp_path_factory.mktemp("terraform"))
    place.write({"terraform": {"required_providers": {"aws": {"source": "hashicorp/aws"}}}})
    place.initialise()
    return place


def shown(place: Workspace, aws: Emulator, graph_: Graph, **options: Any) -> None:  # as `on` takes them
    """Put the graph before Terraform."""
    place.write(on(aws, graph_, archives=empty_archives(place.folder), **options))


def test_the_recorded_schema_is_the_providers_own() -> None:
    """`make terraform-schema` writes it anew; the translation must not go by another version than is asked here."""
    installed()

    assert FILE.read_text() == record.asked()


@pytest.mark.parametrize("config", [{}, EVERYTHING], ids=["default", "every option"])
def test_a_stack_is_planned_by_the_real_provider(
    place: Workspace, aws: Emulator, tmp_path: Path, config: Mapping[str, str]
) -> None:
    """Every resource is created, none is changed, and the provider has nothing to say against any."""
    written = project(tmp_path, "[queues.payments]", FIFO) if config else None
    made = stack(config, project=written)
    shown(place, aws, made.graph)

    before = place.validated()
    plan = place.planned()

    assert (before, plan.said) == ((), ())
    assert len(plan.changes) == sum(one.type.startswith("aws:") for one in made.resources)
    assert set(plan.changes.values()) == {"create"}


def test_the_provider_refuses_what_is_wrong(place: Workspace, aws: Emulator) -> None:
    """The same look at a queue that keeps messages for longer than 14 days, so that the look itself is one."""
    change = put("sqs.Queue", "messageRetentionSeconds", 1_209_601, name="payments-queue")
    shown(place, aws, change(graph()))

    (found,) = place.validated()

    assert (found.severity, found.address) == ("error", "aws_sqs_queue.hookline-payments-queue")


@pytest.mark.parametrize(
    "entry", [entry for entry in TOO_OLD if entry.refused], ids=lambda entry: f"{entry.kind} {entry.key}"
)
def test_what_is_translated_by_hand_is_refused_otherwise(place: Workspace, aws: Emulator, entry: TooOld) -> None:
    """With a newer provider an entry has to go, since it would hide what the provider says of the real value."""
    shown(place, aws, graph(), too_old=[each for each in TOO_OLD if each is not entry])

    found = place.validated()

    assert {entry.refused in f"{one.summary} {one.detail}" for one in found} == {True}
