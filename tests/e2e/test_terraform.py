"""The real AWS provider judges what the program declares: Terraform validates, plans, applies and destroys it on an emulator.

pulumi-aws is made from that provider, so that its checks of inputs, its defaults and its order of calls are those of ``pulumi up``.
Skipped where Terraform or the provider is not at hand: docs/how-to/run-the-tests.md says what is looked for.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from e2e.changing_stack import BANK, ORDERED, arrives, arrives_from_the_bank, left
from e2e.conftest import SECRET_KEY
from e2e.deployed import package
from e2e.mutations import MUTATIONS, mutated
from emulator.server import emulator
from hookline.infra.policy.graph import Graph
from infra.changing import put
from infra.graph import graph, stack
from infra.projects import project
from infra.test_large_stacks import LONGEST, LONGEST_REGION, written
from terraform import record
from terraform.binary import Workspace, installed
from terraform.deployments import Deployment
from terraform.schema import FILE
from terraform.stacks import EVERYTHING, empty_archives, on
from terraform.too_old import TOO_OLD

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from e2e.mutations import Mutation
    from emulator.server import Emulator
    from terraform.too_old import TooOld

OF_THE_BANK = (
    "aws_api_gateway_resource.hookline-api_webhook_bank",
    "aws_api_gateway_method.hookline-api_webhook_bank",
    "aws_api_gateway_integration.hookline-api_webhook_bank",
    "aws_lambda_permission.hookline-api_webhook_bank_live",
)
FIFO_AND_CANARY = '[canary]\n[queues.payments]\nfifo = { group = "data.merchant_id" }'


@pytest.fixture(name="aws", scope="module")
def empty() -> Iterator[Emulator]:
    """An emulator for plans: it answers who the caller is, and nothing is created."""
    with emulator() as running:
        yield running


@pytest.fixture(name="place", scope="module")
def initialised(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Where Terraform has found the provider, for one configuration after another."""
    place = Workspace(installed(), tmp_path_factory.mktemp("terraform"))
    place.write({"terraform": {"required_providers": {"aws": {"source": "hashicorp/aws"}}}})
    place.initialise()
    return place


def shown(place: Workspace, aws: Emulator, graph_: Graph, too_old: Iterable[TooOld] = TOO_OLD) -> None:
    """Put the graph before Terraform."""
    place.write(on(aws, graph_, archives=empty_archives(place.folder), too_old=too_old))


def test_the_recorded_schema_is_the_providers_own() -> None:
    """`make terraform-schema` writes it again; the translation must not use another version than this test asks for."""
    installed()

    assert FILE.read_text() == record.asked()


@pytest.mark.parametrize("config", [{}, EVERYTHING], ids=["default", "every option"])
def test_a_stack_is_planned_by_the_real_provider(
    place: Workspace, aws: Emulator, tmp_path: Path, config: Mapping[str, str]
) -> None:
    """Every resource is created, none is changed, and the provider reports nothing."""
    written = project(tmp_path, "[queues.payments]", FIFO_AND_CANARY) if config else None
    made = stack(config, project=written)
    shown(place, aws, made.graph)

    before = place.validated()
    plan = place.planned()

    assert (before, plan.said) == ((), ())
    assert len(plan.changes) == sum(one.type.startswith("aws:") for one in made.resources)
    assert set(plan.changes.values()) == {"create"}


def test_the_provider_refuses_what_is_wrong(place: Workspace, aws: Emulator) -> None:
    """The same plan with a queue that keeps messages for longer than 14 days fails, so the plan proves something."""
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


def test_two_hundred_queues_and_sixty_sources_of_the_longest_names_are_planned(
    place: Workspace, aws: Emulator, tmp_path: Path
) -> None:
    """In the region with the longest name: what hookline does not refuse must be accepted by the provider too."""
    path = written(tmp_path, 200, 60, longest=True)
    made = stack({**LONGEST, "region": LONGEST_REGION}, project=path)
    shown(place, aws, made.graph)

    plan = place.planned()

    assert plan.said == ()
    assert len(plan.changes) == sum(one.type.startswith("aws:") for one in made.resources) > 1600


@pytest.mark.timeout(900)
def test_the_plan_sees_of_the_wrong_programs_what_it_is_said_to_see(place: Workspace, aws: Emulator) -> None:
    """The plan sees no more than that: the provider judges values, and not what belongs together, so there are rules over the graph."""
    said = complaints_of_each(place, aws, MUTATIONS)

    seen = [one for one in MUTATIONS if one.seen_by_plan]
    assert set(said) == {one.name for one in seen}
    assert [one.name for one in seen if not any(one.seen_by_plan in text for text in said[one.name])] == []


def complaints_of_each(place: Workspace, aws: Emulator, mutations: Sequence[Mutation]) -> dict[str, list[str]]:
    """What a plan says of each wrong program. All are planned as modules of one configuration, because the provider starts slowly."""
    modules: dict[str, str] = {}
    for number, mutation in enumerate(mutations):
        said = on(aws, without_bystanders(mutated(graph(), mutation)), archives=empty_archives(place.folder))
        folder = place.folder / f"wrong-{number}"
        folder.mkdir(exist_ok=True)
        (folder / "main.tf.json").write_text(json.dumps({key: part for key, part in said.items() if key != "provider"}))
        modules[f"wrong-{number}"] = mutation.name
    found: dict[str, list[str]] = {}
    nothing = Graph(resources=tuple(one for one in graph().resources if one.type == "pulumi:providers:aws"))
    while True:  # Terraform continues with what only a plan shows when validation finds nothing more
        sources = {name: {"source": f"./{name}"} for name in modules}
        place.write(on(aws, nothing, archives={}) | {"module": sources})
        place.initialise()
        said_now = place.planned().said
        if not said_now:
            return found
        for one in said_now:
            assert one.file.partition("/")[0] in modules, one
            found.setdefault(modules[one.file.partition("/")[0]], []).append(str(one))
        modules = {name: mutation for name, mutation in modules.items() if mutation not in found}


def without_bystanders(whole: Graph) -> Graph:
    """Without the kinds that are half of a stack, and that no wrong program is about."""
    bystanders = {"cloudwatch.MetricAlarm", "cloudwatch.Dashboard", "apigateway.Response"}
    return Graph(resources=tuple(one for one in whole.resources if one.kind not in bystanders))


@pytest.mark.timeout(1800)
def test_a_stack_is_deployed_changed_and_removed(place: Workspace, tmp_path: Path) -> None:
    """With every option: it works, it stays unchanged, it takes another source without losing the first, and no part of it is left."""
    with emulator(auth=True) as aws:
        deployment = Deployment(place=place, emulator=aws, settings={**EVERYTHING, "secretKeys": SECRET_KEY})
        first = package(tmp_path / "first", more=ORDERED)

        declared = deployment.shown(first)
        plan, said = deployment.carry_out()
        assert (said, len(plan.changes)) == ((), len(declared))
        stack = deployment.reached()
        assert arrives(stack, "first")
        assert place.planned().changes == {}

        deployment.shown(package(tmp_path / "second", more=ORDERED + BANK))
        plan, said = deployment.carry_out()
        assert said == ()
        assert plan.changes["aws_api_gateway_deployment.hookline-api"] == "replace"
        assert {plan.changes.get(name) for name in OF_THE_BANK} == {"create"}
        assert arrives(stack, "second")
        assert arrives_from_the_bank(stack)
        assert place.planned().changes == {}

        assert {one.summary for one in place.destroyed()} <= {"Resource Destruction"}
        assert (place.state(), left(aws)) == ([], {})
