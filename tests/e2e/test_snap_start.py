"""A stack whose validator starts from snapshots is deployed, called, rolled back and cleaned up as the page says."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from acceptance.sender import transaction
from e2e.deployed import ENVIRONMENT, deployed
from hookline.adapters.aws import names
from processes import run_process

if TYPE_CHECKING:
    from collections.abc import Iterator

    from e2e.deployed import Deployed, Project

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "start-from-a-snapshot.md"
VALIDATOR = names.validator(ENVIRONMENT)


@pytest.fixture(scope="module")
def stack(project: Project) -> Iterator[Deployed]:
    """The system with snapshots."""
    with deployed(project, more={"snapStart": "true"}) as made:
        yield made


def versions(stack: Deployed) -> list[str]:
    """The published versions."""
    found = stack.client("lambda").list_versions_by_function(FunctionName=VALIDATOR)["Versions"]
    return [one["Version"] for one in found if one["Version"] != "$LATEST"]


def live(stack: Deployed) -> str:
    """The version that answers."""
    version: str = stack.client("lambda").get_alias(FunctionName=VALIDATOR, Name=names.LIVE)["FunctionVersion"]
    return version


def test_the_version_with_the_snapshot_answers_and_its_events_arrive(stack: Deployed) -> None:
    """The gateway may call the alias, the hooks have run, and the secrets were read after them."""
    answer = stack.post(transaction("restored"))
    stack.settle()

    found = stack.client("lambda").get_function_configuration(FunctionName=VALIDATOR, Qualifier=names.LIVE)
    assert answer.status == 202
    assert stack.standing("payments", of="transactions:restored") == ["transactions:restored"]
    assert found["SnapStart"] == {"ApplyOn": "PublishedVersions", "OptimizationStatus": "On"}
    assert found["State"] == "Active"


def test_the_version_with_the_snapshot_keeps_what_it_refuses(stack: Deployed) -> None:
    """The modules for it are in the snapshot, and the table is the same."""
    refused = stack.post(transaction("refused"), headers={"content-type": "application/json"})

    shown = stack.hookline("rejected", "list", "--target", f"aws:{ENVIRONMENT}", "--json")

    assert refused.status == 401
    assert "signature_missing" in shown


def test_old_versions_stay_until_the_page_s_commands_delete_them(stack: Deployed) -> None:
    """Each costs a dollar a month; the one that answers and the one before it have to stay."""
    client = stack.client("lambda")
    for memory in (300, 310, 320):
        client.update_function_configuration(FunctionName=VALIDATOR, MemorySize=memory)
        client.publish_version(FunctionName=VALIDATOR)
    client.update_alias(FunctionName=VALIDATOR, Name=names.LIVE, FunctionVersion="4")
    before = versions(stack)

    tidied = commands(stack, "Delete old versions")

    assert tidied == 0
    assert (before, versions(stack), live(stack)) == (["1", "2", "3", "4"], ["3", "4"], "4")
    assert stack.post(transaction("after tidying up")).status == 202


def commands(stack: Deployed, section: str) -> int:
    """Run what the page says in a section, with the stack's names; its exit status."""
    text = PAGE.read_text().partition(f"## {section}\n")[2]
    block = re.search(r"```sh\n(.*?)```", text, re.DOTALL)
    assert block is not None
    script = block[1].replace("webhook-validator-prod", VALIDATOR)
    place = {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "AWS_ACCESS_KEY_ID": stack.emulator.account,
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": stack.emulator.region,
        "AWS_ENDPOINT_URL": stack.emulator.endpoint,
    }
    return run_process(["bash", "-euo", "pipefail", "-c", script], env=place, timeout=120).returncode
