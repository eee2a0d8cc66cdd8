"""The canary's secret: made once, by the first of those who need it, and read by the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from contract.aws import ENVIRONMENT, shared_cloud
from hookline.adapters.aws.canary_secret import canary_secret
from hookline.adapters.aws.names import parameter
from hookline.config.canary import CANARY_SECRET
from hookline.errors import UnavailableError

if TYPE_CHECKING:
    from contract.aws import Cloud

NAME = parameter(CANARY_SECRET, ENVIRONMENT)


@pytest.fixture
def cloud() -> Cloud:
    """An empty emulator."""
    cloud = shared_cloud()
    cloud.emulator.reset()
    return cloud


def test_the_first_who_needs_it_makes_it_and_everybody_reads_the_same(cloud: Cloud) -> None:
    """A doctor and the function must sign with the same secret."""
    ssm = cloud.clients.ssm()

    assert canary_secret(ssm, ENVIRONMENT, lambda: "whsec_first") == (b"whsec_first", True)
    assert canary_secret(ssm, ENVIRONMENT, lambda: "whsec_second") == (b"whsec_first", False)
    (kept,) = cloud.emulator.client("ssm").get_parameters(Names=[NAME])["Parameters"]
    assert kept["Type"] == "SecureString"


def test_of_two_that_create_it_at_the_same_time_the_first_counts(cloud: Cloud) -> None:
    """An existing secret is never overwritten: validators may know it."""
    ssm = cloud.clients.ssm()

    def slower() -> str:
        cloud.emulator.client("ssm").put_parameter(Name=NAME, Value="whsec_faster", Type="SecureString")
        return "whsec_slower"

    assert canary_secret(ssm, ENVIRONMENT, slower) == (b"whsec_faster", True)


def test_a_store_that_is_down_is_a_fault_and_makes_no_secret(cloud: Cloud) -> None:
    """A secret that cannot be read may exist."""
    cloud.emulator.fail("ssm", "GetParameters", status=400, code="AccessDeniedException")
    try:
        with pytest.raises(UnavailableError):
            canary_secret(cloud.clients.ssm(), ENVIRONMENT, lambda: "whsec_new")
    finally:
        cloud.emulator.heal()

    assert cloud.emulator.client("ssm").get_parameters(Names=[NAME])["Parameters"] == []
