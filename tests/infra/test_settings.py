"""The configuration of a stack: read from text, checked as values, and everything that is wrong reported together."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from hookline.errors import ConfigError
from hookline.infra.settings import KEYS, RUNTIMES, Settings, read_settings

DOCUMENT = Path(__file__).parents[2] / "docs" / "reference" / "stack-settings.md"

WRONG = {
    "environmentSuffix": ("Dev_1", "cannot name an environment"),
    "region": ("Ireland", "a region such as eu-west-1"),
    "runtime": ("python3.11", "Amazon Linux 2"),
    "architecture": ("arm", "must be one of arm64, x86_64"),
    "bytecode": ("3.13", "an exact release"),
    "validatorMemory": ("64", "from 128 to 10240"),
    "routerMemory": ("256MB", "must be a whole number"),
    "recovererMemory": ("20000", "from 128 to 10240"),
    "validatorTimeout": ("10", "from 11 to 900"),
    "routerTimeout": ("901", "from 11 to 900"),
    "recovererTimeout": ("1m", "must be a whole number"),
    "validatorConcurrency": ("0", "from 1 to"),
    "routerConcurrency": ("-5", "from 1 to"),
    "throttleRate": ("0", "from 1 to"),
    "throttleBurst": ("0", "from 1 to"),
    "logLevel": ("info", "must be one of DEBUG, INFO"),
    "logRetentionDays": ("31", "must be one of 1, 3, 5"),
    "ttlDays": ("0", "from 1 to 3650"),
    "runbook": ("run book", "without spaces"),
    "alarmEmail": ("ops", "an e-mail address"),
    "protect": ("yes", "must be true or false"),
    "draining": ("payments,,refunds", "names of queues with commas"),
    "tags": ('{"aws:x": "1"}', "is not a tag"),
    "canary": ("1", "must be true or false"),
    "cmk": ("1", "must be true or false"),
    "secretKeys": ("alias/payments", "is not the ARN of a KMS key, and no alias"),
    "snapStart": ("on", "must be true or false"),
    "waf": ("True", "must be true or false"),
    "wafRate": ("5", "from 10 to"),
    "manageApiGatewayAccount": ("", "must be true or false"),
    "permissionsBoundary": ("arn:aws:iam::1:role/x", "the ARN of an IAM policy"),
    "layerArchive": ("", "the path of a file"),
    "functionArchive": ("", "the path of a file"),
    "project": ("", "the path of a file"),
}


def complaints(written: dict[str, str], stack: str = "dev") -> dict[str, str]:
    """What is said about each key."""
    with pytest.raises(ConfigError) as error:
        read_settings(written, stack=stack)
    said: dict[str, str] = {}
    for complaint in error.value.complaints:
        said.setdefault(complaint.where.removeprefix("hookline:"), complaint.why)
    return said


def test_every_key_has_a_wrong_value_here() -> None:
    """A key that nothing checks would fail in the middle of a deployment."""
    assert WRONG.keys() == KEYS.keys()


@pytest.mark.parametrize("key", sorted(WRONG))
def test_a_wrong_value_is_named_with_what_would_be_right(key: str) -> None:
    """Pulumi shows this text, and nothing else helps the operator who typed the value."""
    value, why = WRONG[key]

    said = complaints({key: value})

    assert why in said[key]


def test_everything_that_is_wrong_is_said_together() -> None:
    """With one fault at a time, each would cost a deployment."""
    said = complaints({key: value for key, (value, _) in WRONG.items()})

    assert said.keys() == WRONG.keys()


def test_an_unknown_key_is_refused_with_the_nearest_known_one() -> None:
    """A misspelt protection protects nothing."""
    said = complaints({"protekt": "true", "throttleRate": "many"})

    assert said["protekt"] == "unknown key; the most similar known key is hookline:protect"
    assert "throttleRate" in said


def test_a_stack_s_name_that_cannot_name_an_environment_is_refused() -> None:
    """It would be in every name, and AWS would refuse it one resource after another."""
    said = complaints({}, stack="Feature/Login")

    assert "environmentSuffix" in said


@pytest.mark.parametrize("name", ["queue", "queue-b", "b-dlq", "a-queue-b", "-a", "a-", "A", "a_b", "a" * 21, ""])
def test_an_environment_that_would_meet_another_s_names_is_refused(name: str) -> None:
    """The queue `a` of `queue-b` would be the queue `a-queue` of `b`: two stacks would take each other's messages."""
    assert "cannot name an environment" in complaints({"environmentSuffix": name})["environmentSuffix"]


@pytest.mark.parametrize("name", ["a", "queues", "pr-12", "dlqs-x", "a" * 20])
def test_an_ordinary_name_is_an_environment(name: str) -> None:
    """The rule must not refuse harmless names."""
    assert read_settings({}, stack=name).environment == name


def test_a_burst_below_a_second_s_requests_is_refused() -> None:
    """The gateway would then never let the rate through that was asked for."""
    said = complaints({"throttleRate": "500", "throttleBurst": "100"})

    assert "less than a second's worth" in said["throttleBurst"]


def test_bytecode_of_another_python_than_the_runtime_is_refused() -> None:
    """The functions would never read it, and start as slowly as without."""
    said = complaints({"bytecode": "3.12.7"})

    assert said["bytecode"] == "3.12.7 is not a release of Python 3.13, which the functions run on (runtime)"
    assert read_settings({"bytecode": "3.12.7", "runtime": "python3.12"}, stack="dev").bytecode == "3.12.7"
    assert read_settings({"bytecode": "none"}, stack="dev").bytecode == "none"


@pytest.mark.parametrize("bytecode", ["none", "3.13.5"])
def test_bytecode_is_not_asked_for_with_archives_that_are_there(bytecode: str) -> None:
    """A user would believe that a setting without effect changes something."""
    said = complaints({"bytecode": bytecode, "layerArchive": "layer.zip", "functionArchive": "function.zip"})

    assert "has no effect together with layerArchive" in said["bytecode"]


@pytest.mark.parametrize("region", ["ap-east-2", "ap-southeast-6"])
def test_a_region_without_snapshots_is_refused_before_anything_is_created(region: str) -> None:
    """AWS would refuse the function in the middle of a deployment."""
    said = complaints({"snapStart": "true", "region": region})

    assert region in said["snapStart"]
    assert read_settings({"region": region}, stack="dev").region == region
    assert read_settings({"snapStart": "true", "region": "eu-west-1"}, stack="dev").snap_start


def test_a_python_without_snapshots_is_refused_with_or_without_them() -> None:
    """SnapStart needs Python 3.12: no setting that is taken may be older."""
    assert "runtime" in complaints({"snapStart": "true", "runtime": "python3.11"})
    assert all(read_settings({"snapStart": "true", "runtime": runtime}, stack="dev").snap_start for runtime in RUNTIMES)


@pytest.mark.parametrize(
    ("given", "missing"), [("layerArchive", "functionArchive"), ("functionArchive", "layerArchive")]
)
def test_archives_come_in_pairs(given: str, missing: str) -> None:
    """A layer and a function of different builds may not fit each other."""
    assert "both archives" in complaints({given: "one.zip"})[missing]


def test_what_is_written_is_what_is_set() -> None:
    """Each key sets its own field, read as its type."""
    settings = read_settings(
        {
            "region": "eu-west-1",
            "runtime": "python3.14",
            "architecture": "x86_64",
            "validatorMemory": "512",
            "validatorConcurrency": "20",
            "throttleRate": "50",
            "throttleBurst": "60",
            "protect": "true",
            "tags": '{"team": "payments"}',
            "alarmEmail": "ops@example.com",
            "project": "../mine/hookline.toml",
            "permissionsBoundary": "arn:aws:iam::123456789012:policy/boundary",
        },
        stack="prod",
    )

    assert settings == Settings(
        environment="prod",
        region="eu-west-1",
        runtime="python3.14",
        architecture="x86_64",
        validator_memory=512,
        validator_concurrency=20,
        throttle_rate=50,
        throttle_burst=60,
        protect=True,
        tags={"team": "payments"},
        alarm_email="ops@example.com",
        project=Path("../mine/hookline.toml"),
        permissions_boundary="arn:aws:iam::123456789012:policy/boundary",
    )


def test_every_setting_has_a_key() -> None:
    """A stack's configuration can set everything that a program can set."""
    assert {key.field for key in KEYS.values()} == {field.name for field in fields(Settings)}


def test_values_are_checked_for_programs_too() -> None:
    """A program that uses the component writes values, not text; they can be as wrong."""
    with pytest.raises(ConfigError) as error:
        Settings(environment="dev", validator_memory=64, tags={"aws:x": "1"}, protect="yes")  # type: ignore[arg-type]  # on purpose

    assert {complaint.where for complaint in error.value.complaints} == {
        "hookline:validatorMemory",
        "hookline:tags",
        "hookline:protect",
    }


def test_every_key_is_documented_with_its_default() -> None:
    """A reader finds a key that is in no table only in the code."""
    table = DOCUMENT.read_text().partition("\n## ")[0]
    rows = [line.split("|") for line in table.splitlines() if line.startswith("| `")]
    documented = {row[1].strip().strip("`"): row[2].strip().strip("`") for row in rows}
    defaults = Settings(environment="dev")

    written = {name: documented.get(name) for name, key in KEYS.items() if key.field not in {"environment", "tags"}}

    assert documented.keys() == KEYS.keys()
    assert written == {name: shown(getattr(defaults, KEYS[name].field)) for name in written}


def test_the_example_of_a_stack_s_configuration_has_every_key() -> None:
    """People copy this example."""
    text = (DOCUMENT.parents[2] / "deploy" / "Pulumi.example.yaml").read_text()

    named = set(re.findall(r"hookline:(\w+):", text))

    assert named == KEYS.keys()


def shown(value: object) -> str:
    """A default as the table writes it."""
    if value is None or value == ():
        return "none"
    return str(value).lower() if isinstance(value, bool) else str(value)
