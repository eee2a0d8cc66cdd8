"""A project that AWS would refuse, or could not carry, is refused before anything is created."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from hookline.config import parse
from hookline.domain.source import Source
from hookline.errors import ConfigError
from hookline.infra import PipelineArgs, Settings
from hookline.infra.aws_warnings import aws_warnings
from hookline.infra.request_models import largest_body
from hookline.infra.service_limits import complaints
from hookline.providers import PROVIDERS
from infra.projects import EXAMPLE, project
from vectors.catalogue_page import example_of
from vectors.senders import NAMES

if TYPE_CHECKING:
    from pathlib import Path

ANYTHING = 'verify = { scheme = "none" }\nid = "content-hash"\n'


def said(toml: str, **settings: object) -> dict[str, str]:
    """What is said about a project, by key."""
    given = {"environment": "dev", "region": "eu-west-1", **settings}
    config = parse(f'{toml}\n[[routes]]\nmatch = {{ type = ["a"] }}\nqueues = ["q"]\n[queues.q]\n', base=EXAMPLE)
    return {complaint.where: complaint.why for complaint in complaints(config, Settings(**given))}  # type: ignore[arg-type]  # by keyword


def source(name: str, *lines: str) -> str:
    """A source that takes anything."""
    return "\n".join([f"[sources.{name}]", ANYTHING, *lines, ""])


def test_an_ordinary_project_has_nothing_to_complain_of() -> None:
    """Operators switch off a check with false alarms."""
    assert said(source("one")) == {}


def test_a_sender_s_own_largest_body_is_deployed_with_a_warning() -> None:
    """It is no mistake: GitHub's source must work on AWS up to the limit of AWS, and the operator must know the limit."""
    toml = '[sources.code]\nverify = { scheme = "github", secrets = ["S"] }\n'
    config = parse(f"{toml}[queues.q]\n", base=EXAMPLE)

    found = {warning.where: warning.why for warning in aws_warnings(config)}

    assert config.sources[0].max_body == 25 * 1024 * 1024
    assert said(toml) == {}
    assert str(largest_body(config.sources[0])) in found["sources.code.max_body"]
    assert "sources.code.max_body" in said(f'{toml}max_body = "24mb"\n')
    assert aws_warnings(parse(f'{toml}max_body = "2mb"\n[queues.q]\n', base=EXAMPLE)) == []


@pytest.mark.parametrize("name", NAMES)
def test_every_sender_whose_bodies_are_too_large_for_aws_is_warned_about(name: str) -> None:
    """The sender's limit is the default, so that nobody wrote the number that does not fit."""
    toml = example_of(PROVIDERS[name])
    config = parse(f"{toml}[queues.q]\n", base=EXAMPLE)
    (one,) = config.sources

    found = [warning.why for warning in aws_warnings(config) if warning.where == f"sources.{name}.max_body"]

    assert bool(found) == (one.max_body > largest_body(one))
    assert all(f"as much as {PROVIDERS[name].title} may send" in why for why in found)
    assert f"sources.{name}.max_body" not in said(toml)


def test_a_body_that_lambda_could_not_be_given_is_refused() -> None:
    """The sender would get a 413 by a limit that hookline.toml does not know."""
    text = said(source("one", 'max_body = "3mb"'))
    binary = said(source("one", 'max_body = "5mb"', 'media_types = ["application/cbor"]'))

    assert "6 MB" in text["sources.one.max_body"]
    assert "6 MB" in binary["sources.one.max_body"]
    assert said(source("one", 'max_body = "4mb"', 'media_types = ["application/cbor"]')) == {}


@pytest.mark.parametrize(
    ("media_types", "grown"),
    [(["application/json"], lambda body: body * 2), (["application/cbor"], lambda body: -(-body // 3) * 4)],
    ids=["text, all of it escaped", "base64"],
)
def test_the_largest_body_fits_with_its_headers(media_types: list[str], grown: object) -> None:
    """The promise must hold at its worst: every character escaped, and all the headers that the gateway takes."""
    config = parse(source("one", f"media_types = {media_types}") + "[queues.q]\n", base=EXAMPLE)

    body = largest_body(config.sources[0])

    assert callable(grown)
    assert isinstance(config.sources[0], Source)
    assert grown(body) + 10 * 10_240 <= 6 * 1024 * 1024


def test_a_path_that_the_gateway_does_not_take_is_refused() -> None:
    """A tilde is right for the embedded home, and API Gateway has no such resource."""
    assert "API Gateway" in said(source("one", 'path = "/~me/hook"'))["sources.one.path"]


def test_sources_whose_models_would_share_a_name_are_refused() -> None:
    """Both become A1 without their hyphens, and one would silently check for both."""
    found = said(source("a1") + source("a-1"))

    assert set(found) == {"sources.a1", "sources.a-1"}
    assert "WebhookModelDevA1" in found["sources.a1"]


def test_more_queues_than_a_role_can_name_are_refused() -> None:
    """A role may have ten managed policies, and the router's name every queue."""
    queues = [f"[queues.{'x' * 36}-{number}]\n" for number in range(100, 550)]

    found = said(source("one") + "".join(queues))

    assert "10 policies that a role may have name 450" in found["queues"]
    assert "queues" not in said(source("one") + "".join(queues[2:]))


def test_more_secrets_than_a_role_can_name_are_refused() -> None:
    """The same holds for the validator and its secrets."""
    names = ", ".join(f'"SECRET_OF_SENDER_NUMBER_{number}"' for number in range(150))
    verify = f'verify = {{ scheme = "standard-webhooks", secrets = [{names}] }}'

    found = said(f"[sources.one]\n{verify}\n")

    assert "10240" in found["secrets"]


def test_more_paths_than_a_function_can_be_called_from_are_refused() -> None:
    """Paths without a common part are a statement each in the validator's policy, which may have 20,480 characters."""
    apart = "".join(source(f"sender-number-{number}", f'path = "/{number}/hook"') for number in range(60))

    assert "20480" in said(apart)["sources"]
    assert "sources" not in said("".join(source(f"sender-number-{number}") for number in range(60)))


def test_the_alias_counts_in_the_policy_of_the_gateway_s_rights() -> None:
    """Lambda writes `:live` behind the function's name in each statement: a policy that fits without it may not fit with it."""
    toml = "".join(source(f"sender-number-{number}", f'path = "/{number}/hook"') for number in range(60))

    sizes = [
        int(said(toml, snap_start=on)["sources"].partition("would have ")[2].partition(" ")[0]) for on in (False, True)
    ]

    assert sizes[1] - sizes[0] == 60 * len(":live")


def test_more_parts_of_paths_than_an_api_has_are_refused() -> None:
    """An API has at most 300 resources, the root among them."""
    deep = "/" + "/".join("abcdefghijklmnopqrstuvwxyz")

    found = said("".join(source(f"s{number}", f'path = "/{number}{deep}"') for number in range(12)))

    assert "API Gateway takes 299" in found["sources"]


def test_a_retention_that_contradicts_the_project_is_refused() -> None:
    """Both homes use hookline.toml; a second setting would be in force in one of them."""
    assert "30d" in said(source("one"), ttl_days=7)["hookline:ttlDays"]
    assert said(source("one"), ttl_days=30) == {}


def test_names_that_are_too_long_for_aws_are_refused() -> None:
    """A bucket has the account, the region and the environment in its 63 characters."""
    found = said(source("one"), environment="a" * 20, region="us-isof-southwest-1")

    assert "bucket" in found["hookline:environmentSuffix"]
    assert said(source("one"), environment="a" * 20, region="ap-southeast-1") == {}


def test_the_component_refuses_before_it_creates(tmp_path: Path) -> None:
    """Arguments are checked when they are made, where the program's author sees it."""
    written = project(tmp_path, 'path = "/webhook"', 'path = "/~webhook"')

    with pytest.raises(ConfigError) as error:
        PipelineArgs(settings=Settings(environment="dev", project=written))

    assert [complaint.where for complaint in error.value.complaints] == ["sources.transactions.path"]


def test_a_rate_limit_that_forged_calls_use_up_is_reported(tmp_path: Path) -> None:
    """The gateway counts before any code runs, so that the same setting is weaker there: nobody should learn that from an attacker."""
    toml = '[sources.shop]\nverify = {{ scheme = "github", secrets = ["S"] }}\n{}[queues.q]\n'

    (warning,) = aws_warnings(parse(toml.format('rate_limit = 5\nmax_body = "1mb"\n'), base=tmp_path))

    assert warning.where == "sources.shop.rate_limit"
    assert "forged calls" in warning.why
    assert aws_warnings(parse(toml.format('max_body = "1mb"\n'), base=tmp_path)) == []
