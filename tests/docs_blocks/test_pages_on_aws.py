"""The commands of the how-to guides for an environment on AWS are entered as they are written, against one on the emulator."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from acceptance.sender import SECRET, transaction
from docs_blocks.places import Home
from docs_blocks.reader import Reader
from docs_blocks.scenarios import ON_AWS
from e2e.deployed import ENVIRONMENT, deployed, package

if TYPE_CHECKING:
    from collections.abc import Iterator

    from e2e.deployed import Deployed

MORE = """
[sources.shop]
verify = { scheme = "stripe", secrets = ["SHOP_SECRET"] }

[canary]
"""

ALARM = f"webhook-conflicts-alarm-{ENVIRONMENT}"


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    """The example project with a canary and a validator that starts from snapshots, deployed once for all pages."""
    project = package(tmp_path_factory.mktemp("pages"), more=MORE)
    with deployed(project, secrets={"SHOP_SECRET": SECRET}, more={"snapStart": "true"}) as made:
        yield made


@contextmanager
def dead_letters_move(stack: Deployed) -> Iterator[None]:
    """Move tasks move messages meanwhile: on the emulator a test lets them."""
    done = threading.Event()

    def move() -> None:
        while not done.wait(0.1):
            stack.emulator.move(limit=10)

    moving = threading.Thread(target=move)
    moving.start()
    try:
        yield
    finally:
        done.set()
        moving.join()


@pytest.mark.parametrize("page", sorted(ON_AWS))
def test_the_commands_of_the_page_do_what_it_shows(page: str, stack: Deployed, tmp_path: Path) -> None:
    """Somebody who was woken by an alarm copies them without a second look."""
    stack.reset()
    stack.set_secret("TRANSACTIONS_SECRET", SECRET)
    stack.client("cloudwatch").set_alarm_state(AlarmName=ALARM, StateValue="OK", StateReason="another page has set it")
    name = Path(page).stem
    for number in range(1, 4):
        assert stack.post(transaction(f"{name}_{number}")).status == 202
    stack.settle()
    environment = {
        "AWS_ACCESS_KEY_ID": stack.emulator.account,
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": stack.emulator.region,
        "AWS_DEFAULT_REGION": stack.emulator.region,
        "AWS_ENDPOINT_URL": stack.emulator.endpoint,
        "API_ENDPOINT": stack.outputs["api_endpoint"],
        "QUEUE_URL": stack.queue_url("payments"),
        "EVENT_ID": f"transactions:{name}_",
        "SIGNING_SECRET": SECRET,
    }
    with (
        dead_letters_move(stack),
        Reader(tmp_path, page, ON_AWS[page], home=Home.AWS, environment=environment) as reader,
    ):
        faults = reader.read()

    assert not faults, "\n".join(faults)
