"""The translation of the graph: complete, by the provider's schema, and with an error for whatever it cannot say."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any  # Any: Terraform's JSON

import pytest

from hookline.infra.policy.graph import Graph, Resource
from infra.changing import EVERY_OPTION
from infra.graph import ACCOUNT, graph, stack
from terraform import binary
from terraform.record import recorded_types
from terraform.schema import recorded
from terraform.too_old import TOO_OLD
from terraform.translate import TranslationError, address, terraform_json

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from infra.graph import Registered
    from terraform.too_old import TooOld

REFERENCE = re.compile(r"\$\{(aws_\w+\.[\w-]+)\.\w+\}")
NOT_IN_THE_SCHEMA = [entry for entry in TOO_OLD if not entry.refused]


def made() -> list[Registered]:
    """All that the provider makes under every option."""
    return [one for one in stack(EVERY_OPTION).resources if one.type.startswith("aws:")]


def resources(graph_: Graph, **options: Any) -> dict[str, dict[str, Any]]:  # Terraform's JSON
    """The translated resources by their addresses."""
    said = terraform_json(graph_, **options)["resource"]
    return {f"{kind}.{name}": body for kind, named in said.items() for name, body in named.items()}


def queue(**inputs: object) -> Resource:
    """A queue that needs no other resource."""
    return Resource(type="aws:sqs/queue:Queue", name="q", urn="q", inputs=inputs, outputs={"arn": "<Queue q.arn>"})


def waited_for(body: dict[str, Any]) -> set[str]:
    """The resources that must be there before this one."""
    return {*REFERENCE.findall(json.dumps(body)), *body.get("depends_on", ())}


def test_everything_that_is_declared_is_translated() -> None:
    """A resource that was left out would be checked by no provider."""
    assert set(resources(graph(EVERY_OPTION))) == {address(one) for one in made()}
    assert len(made()) > 120


def test_terraform_waits_for_what_pulumi_waits_for() -> None:
    """A method that is made after the deployment is not served: the order has to be the program's own, and no other."""
    urns = {one.urn: address(one) for one in made()}

    found = {name: waited_for(body) for name, body in resources(graph(EVERY_OPTION)).items()}

    assert found == {address(one): {urns[urn] for urn in one.depends_on if urn in urns} for one in made()}


def test_what_another_resource_gives_is_a_reference() -> None:
    """An ARN that was written out would be right in one account and region only, and hide that a resource is missing."""
    said = resources(graph(), account=ACCOUNT)

    allowed = json.loads(said["aws_sqs_queue_redrive_allow_policy.hookline-payments-dlq"]["redrive_allow_policy"])
    permission = said["aws_lambda_permission.hookline-api_webhook"]
    assert allowed["sourceQueueArns"] == ["${aws_sqs_queue.hookline-payments-queue.arn}"]
    assert permission["source_arn"] == "${aws_api_gateway_rest_api.hookline-api.execution_arn}/prod/POST/webhook"
    assert permission["source_account"] == "${data.aws_caller_identity.current.account_id}"
    assert ACCOUNT not in json.dumps(said["aws_s3_bucket.hookline-bodies"])


def test_blocks_and_lists_are_as_the_schema_has_them() -> None:
    """pulumi-aws flattens what can be there once, and puts lists into the plural."""
    said = resources(graph(EVERY_OPTION))

    table = said["aws_dynamodb_table.hookline-events"]
    assert table["ttl"] == [{"enabled": True, "attribute_name": "expires_at"}]
    assert [index["hash_key"] for index in table["global_secondary_index"]] == ["outbox", "arrival"]
    assert said["aws_api_gateway_rest_api.hookline-api"]["endpoint_configuration"] == [{"types": ["REGIONAL"]}]
    assert said["aws_wafv2_web_acl.hookline-firewall"]["default_action"] == [{"allow": [{}]}]


def test_tags_protection_and_order_of_replacement_are_kept() -> None:
    """They are options of the program, not inputs."""
    said = terraform_json(graph(EVERY_OPTION))

    assert said["provider"]["aws"]["default_tags"] == [
        {"tags": {"hookline:environment": "dev", "managed-by": "hookline"}}
    ]
    assert said["resource"]["aws_dynamodb_table"]["hookline-events"]["lifecycle"] == {"prevent_destroy": True}
    assert said["resource"]["aws_api_gateway_deployment"]["hookline-api"]["lifecycle"] == {
        "create_before_destroy": True
    }


def test_archives_are_files_and_outputs_are_references(tmp_path: Path) -> None:
    """Terraform reads a function's code from a file, and compares its digest."""
    made_ = stack()
    archives = {name: tmp_path / name for name in ("layer.zip", "function.zip")}

    said = terraform_json(made_.graph, archives=archives, outputs=made_.outputs)

    function = said["resource"]["aws_lambda_function"]["hookline-router"]
    assert function["filename"] == str(tmp_path / "function.zip")
    assert function["source_code_hash"] == f'${{filebase64sha256("{tmp_path / "function.zip"}")}}'
    assert said["output"]["payments_queue_url"] == {"value": "${aws_sqs_queue.hookline-payments-queue.url}"}


def test_secrets_are_unwrapped_and_text_stays_text() -> None:
    """Text that looks like one of Terraform's expressions is not one."""
    wrapped = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "value": "${a} %{b}"}

    said = resources(Graph(resources=(queue(name=wrapped),)))

    assert said["aws_sqs_queue.q"] == {"name": "$${a} %%{b}"}


@pytest.mark.parametrize(
    ("graph_", "why"),
    [
        (Graph(resources=(queue(colour="red"),)), "sqs.Queue q: colour is not in the provider's schema"),
        (Graph(resources=(queue(arn="arn:aws:sqs"),)), "arn is not in the provider's schema"),
        (
            Graph(resources=(queue(name="q"), replace(queue(name="p"), urn="p"))),
            "two resources are called aws_sqs_queue.q",
        ),
        (Graph(resources=(queue(name="<Topic t.arn>"),)), "<Topic t.arn> is an output"),
        (Graph(resources=(replace(queue(), type="aws:sqs/pipe:Pipe"),)), "the provider's schema has no aws_sqs_pipe"),
    ],
    ids=["unknown input", "output as an input", "two of a name", "output of nobody", "unknown type"],
)
def test_what_cannot_be_said_is_an_error(graph_: Graph, why: str) -> None:
    """The provider would never see an ignored input."""
    with pytest.raises(TranslationError, match=re.escape(why)):
        terraform_json(graph_)


@pytest.mark.parametrize("entry", NOT_IN_THE_SCHEMA, ids=lambda entry: f"{entry.kind} {entry.key}")
def test_nothing_is_translated_by_hand_that_the_schema_knows(entry: TooOld) -> None:
    """With a newer provider an entry has to go, since it would hide what the provider says of the real input."""
    others = [each for each in TOO_OLD if each is not entry]

    with pytest.raises(TranslationError, match=rf"{entry.key} is not in the provider's schema"):
        terraform_json(graph(EVERY_OPTION), too_old=others)


def test_the_recorded_schema_has_the_types_that_are_declared() -> None:
    """Write it again with `make terraform-schema` when the program declares another type."""
    assert frozenset(recorded().resources) == recorded_types()


@pytest.fixture(name="nothing_known")
def forgetting() -> Iterator[None]:
    """What was found before is looked for again, and afterwards too."""
    binary.missing.cache_clear()
    yield
    binary.missing.cache_clear()


@pytest.mark.usefixtures("nothing_known")
def test_the_variable_names_the_mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No other folder is looked through then; without a provider for this machine the reason names the variable."""
    for name in ("terraform", "provider"):
        (tmp_path / name).touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv(binary.PLUGINS, str(tmp_path))

    assert binary.PLUGINS in binary.missing()

    for machine in ("linux_amd64", "linux_arm64", "darwin_amd64", "darwin_arm64"):
        (tmp_path / "registry.terraform.io/hashicorp/aws/5.99.0" / machine).mkdir(parents=True)
    binary.missing.cache_clear()
    assert binary.missing() == ""
    assert (binary.find().plugins, binary.find().version) == (tmp_path, "5.99.0")


@pytest.mark.usefixtures("nothing_known")
def test_without_terraform_the_reason_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Most machines have no Terraform, and their developers have to see why tests did not run."""
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(pytest.skip.Exception, match="terraform is not installed"):
        binary.installed()
