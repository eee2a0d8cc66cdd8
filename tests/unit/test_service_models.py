"""The judge of requests: what it refuses beyond botocore, and that the clients of the tests and of hookline pass through it."""

from __future__ import annotations

import re
from contextlib import closing
from typing import TYPE_CHECKING

import botocore.session  # type: ignore[import-untyped] # botocore carries no types
import pytest
from botocore.exceptions import ParamValidationError  # type: ignore[import-untyped] # as above

from emulator.server import Emulator
from hookline.adapters.aws.clients import Clients
from service_models import ServiceModelError, faults, judge_hookline

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

SERVICES = (
    "apigateway",
    "cloudwatch",
    "dynamodb",
    "iam",
    "kms",
    "lambda",
    "logs",
    "s3",
    "scheduler",
    "sns",
    "sqs",
    "wafv2",
)
MODELS = {name: botocore.session.Session().get_service_model(name) for name in (*SERVICES, "ssm", "secretsmanager")}


def found(service: str, operation: str, **params: object) -> list[str]:
    """The faults of a request."""
    return list(faults(MODELS[service].operation_model(operation).input_shape, params))


@pytest.mark.parametrize(
    ("service", "operation", "params", "fault"),
    [
        ("iam", "CreateRole", {"RoleName": "r" * 65}, "RoleName: 65 characters is more than 64"),
        ("iam", "CreateRole", {"RoleName": "a role"}, "RoleName: 'a role' is not of the form [\\w+=,.@-]+"),
        ("iam", "CreateRole", {"RoleName": "role\n"}, "RoleName: 'role\\n' is not of the form [\\w+=,.@-]+"),
        ("iam", "CreateRole", {"RoleName": "rôle"}, "RoleName: 'rôle' is not of the form [\\w+=,.@-]+"),
        ("lambda", "CreateFunction", {"MemorySize": 127}, "MemorySize: 127 is less than 128"),
        ("scheduler", "CreateSchedule", {"State": "ON"}, "State: 'ON' is not one of ENABLED, DISABLED"),
        ("dynamodb", "BatchWriteItem", {"RequestItems": {"t": []}}, "RequestItems[t]: 0 elements is less than 1"),
        ("ssm", "GetParameters", {"Names": ["n"] * 11}, "Names: 11 elements is more than 10"),
        ("logs", "CreateLogGroup", {"tags": {}}, "tags: 0 members is less than 1"),
        ("kms", "Encrypt", {"Plaintext": b"x" * 4097}, "Plaintext: 4097 bytes is more than 4096"),
        ("kms", "Encrypt", {"Plaintext": "é" * 2049}, "Plaintext: 4098 bytes is more than 4096"),
    ],
)
def test_what_the_model_does_not_allow_is_a_fault(
    service: str, operation: str, params: Mapping[str, Any], fault: str
) -> None:
    """One of each kind of constraint, at any depth; all but minima pass botocore."""
    assert found(service, operation, **params) == [fault]


@pytest.mark.parametrize(
    ("service", "operation", "params"),
    [
        ("iam", "CreateRole", {"RoleName": "r" * 64, "Tags": [{"Key": "équipe", "Value": "支付 1"}]}),
        ("kms", "Encrypt", {"Plaintext": b"x" * 4096}),
        ("ssm", "GetParameters", {"Names": ["n"] * 10}),
        (
            "lambda",
            "TagResource",
            {"Resource": "arn:aws:lambda:eu-west-1:123456789012:function:f", "Tags": {"a b": "c_d"}},
        ),
    ],
)
def test_what_the_model_just_allows_has_no_fault(service: str, operation: str, params: Mapping[str, Any]) -> None:
    """Java's patterns match ASCII words and Unicode letters, so names are strict and tags are not."""
    assert found(service, operation, **params) == []


def patterns(service: str) -> Iterator[str]:
    """The patterns of all requests of a service."""
    seen: set[str] = set()

    def below(shape: Any) -> Iterator[str]:  # botocore's
        if shape is None or shape.name in seen:
            return
        seen.add(shape.name)
        if "pattern" in shape.metadata:
            yield shape.metadata["pattern"]
        inner = [getattr(shape, name, None) for name in ("member", "key", "value")]
        for each in [*getattr(shape, "members", {}).values(), *(one for one in inner if hasattr(one, "type_name"))]:
            yield from below(each)

    for operation in MODELS[service].operation_names:
        yield from below(MODELS[service].operation_model(operation).input_shape)


@pytest.mark.parametrize("service", SERVICES)
def test_every_pattern_of_a_service_can_be_judged(service: str) -> None:
    """Patterns are written for Java: one that Python does not take would end a test with an error that does not name the request."""
    shape = MODELS["iam"].shape_for("roleNameType")

    for pattern in patterns(service):
        shape.metadata["pattern"] = pattern
        assert isinstance(list(faults(shape, "text")), list)


def test_a_client_of_the_emulator_refuses_what_aws_would() -> None:
    """Before anything is sent: nothing listens at this address."""
    with (
        closing(Emulator("http://127.0.0.1:9", auth=False).client("iam")) as iam,
        pytest.raises(ServiceModelError, match=r"^iam CreateRole: RoleName: 'a role' is not of the form"),
    ):
        iam.create_role(RoleName="a role", AssumeRolePolicyDocument="{}")


def test_a_client_of_hooklines_own_refuses_what_aws_would(monkeypatch: pytest.MonkeyPatch) -> None:
    """Requests of functions and commands are checked like those that create the stack, retried clients and others."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    judge_hookline()

    with Clients("eu-west-1", endpoint="http://127.0.0.1:9") as clients:
        for client in (clients.ssm(), clients.once("ssm", connect=1, read=1)):
            with pytest.raises(
                ServiceModelError, match=re.escape("ssm GetParameters: Names: 11 elements is more than 10")
            ):
                client.get_parameters(Names=["name"] * 11)
            with pytest.raises(ParamValidationError):
                client.get_parameters(Names="name")
