"""What every Secrets does."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import pytest

from contract.aws import ENVIRONMENT, shared_cloud
from contract.builders import START
from hookline.adapters.aws.names import parameter
from hookline.adapters.aws.secrets import AwsSecrets
from hookline.adapters.local.secrets import LoadedSecrets
from hookline.adapters.memory.clock import MemoryClock
from hookline.domain.secret import Secret
from hookline.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from hookline.ports.secrets import Secrets

Keep: TypeAlias = "Callable[[Mapping[str, bytes]], Secrets]"
"""Puts secrets where a backend looks for them, and opens it."""


def _in_parameters(values: Mapping[str, bytes]) -> AwsSecrets:
    cloud = shared_cloud()
    cloud.emulator.reset()
    for name, value in values.items():
        path = parameter(name, ENVIRONMENT)
        cloud.emulator.client("ssm").put_parameter(Name=path, Value=value.decode(), Type="SecureString")
    return AwsSecrets(cloud.clients, environment=ENVIRONMENT, clock=MemoryClock(START))


@pytest.fixture(params=[LoadedSecrets, _in_parameters], ids=["memory", "aws"])
def keep(request: pytest.FixtureRequest) -> Keep:
    """A backend for secrets."""
    opener: Keep = request.param
    return opener


def test_secrets_come_in_the_order_they_are_asked_for(keep: Keep) -> None:
    """During rotation the current secret is tried first, then the old one."""
    secrets = keep({"OLD": b"1", "NEW": b"2", "OTHER": b"3"})

    found = secrets.read(["NEW", "OLD"])

    assert found == (Secret(name="NEW", value=b"2"), Secret(name="OLD", value=b"1"))


def test_a_missing_secret_fails_closed_and_says_which(keep: Keep) -> None:
    """Half of the secrets is not enough: the sender comes again, and the operator learns the name, never a value."""
    secrets = keep({"NEW": b"hidden"})

    with pytest.raises(UnavailableError) as caught:
        secrets.read(["NEW", "OLD"])

    assert caught.value.code == "secrets_unavailable"
    assert "OLD" in caught.value.detail
    assert "hidden" not in str(caught.value)


def test_no_names_are_no_secrets(keep: Keep) -> None:
    """A source whose scheme needs no secret is no special case."""
    secrets = keep({"NEW": b"1"})

    found = secrets.read([])

    assert found == ()


def test_an_empty_secret_is_a_secret_in_memory() -> None:
    """The scheme decides whether a value can be used; a value that exists is found. A parameter is never empty."""
    secrets = LoadedSecrets({"EMPTY": b""})

    found = secrets.read(["EMPTY"])

    assert found == (Secret(name="EMPTY", value=b""),)


def test_later_changes_to_the_mapping_do_not_reach_in() -> None:
    """The values that were read at the start are used until the next start."""
    values = {"NEW": b"1"}
    secrets = LoadedSecrets(values)
    values.clear()

    found = secrets.read(["NEW"])

    assert found == (Secret(name="NEW", value=b"1"),)


def test_a_secret_that_may_be_missing_is_left_out_until_it_is_learned() -> None:
    """A source that waits for its sender's secret accepts nothing, and that is no fault."""
    secrets = LoadedSecrets({"OLD": b"1"}, may_be_missing=["NEW", "OLD"])
    before = secrets.read(["NEW", "OLD"])

    secrets.learn("NEW", b"2")

    assert before == (Secret(name="OLD", value=b"1"),)
    assert secrets.read(["NEW", "OLD"]) == (Secret(name="NEW", value=b"2"), Secret(name="OLD", value=b"1"))
