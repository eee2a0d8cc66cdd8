"""docs/reference/homes.md is right about every command: where it says yes the command works, where it says no it says why."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from contract.aws import BUCKET, ENVIRONMENT, TABLE, shared_cloud
from contract.builders import event as stored_event
from homes_page import commands
from hookline.adapters.aws import names
from hookline.adapters.aws.bodies import S3Bodies
from hookline.adapters.aws.event_store import DynamoEventStore
from hookline.adapters.local import SystemClock
from hookline.cli.homes import HomeOption
from hookline.domain.event import Status
from unit.cli.projects import event

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from click.testing import Result

    from emulator.server import Emulator
    from hookline.domain.event import Event
    from unit.cli.projects import Store

COMMANDS = dict(commands())
TARGET = ("--target", f"aws:{ENVIRONMENT}")
ASK = ("--reason", "a test", "--yes")

WORDS: Mapping[str, Sequence[str]] = {
    "check": (),
    "events erase": ("--where", '{"type": ["nobody"]}', *ASK),
    "events list": ("--since", "2h", "--until", "0s"),
    "events show": ("{id}",),
    "replay": ("{id}", "--reason", "a test"),
    "audit": (),
    "doctor": (),
    "rejected list": (),
    "rejected retry": ("--dry-run",),
    "queues list": (),
    "queues move": ("payments", "refunds", "--reason", "a test", "--yes"),
    "queues pause": ("payments",),
    "queues peek": ("payments-dlq",),
    "queues purge": ("payments", *ASK),
    "queues receive": ("payments", "--ack"),
    "queues redrive": ("payments", "--max", "5", *ASK),
    "secrets status": (),
    "sources list": (),
    "sources pause": ("transactions",),
}
"""By command: its arguments in addition to the home; with them it ends with 0."""

ELSEWHERE = {
    # run until they are stopped, or call a sender's API
    "forward": "unit/cli/test_cli_forward.py",
    "tail": "unit/cli/test_cli_tail.py",
    "dashboard": "unit/cli/test_cli_dashboard.py",
    "reconcile": "unit/cli/test_cli_reconcile.py",
    "restore": "unit/cli/test_cli_aws_restore.py",
    # need a request that is kept, a pause, or a source that learns its secret
    "rejected show": "acceptance/test_contract.py",
    "queues resume": "acceptance/test_operations.py",
    "sources resume": "acceptance/test_operations.py",
    "sources arm": "acceptance/homes/aws.py",
    "sources token": "unit/cli/test_cli_homes.py",
}
"""Commands of both homes that other tests run on AWS."""


def refusal(words: str) -> HomeOption | None:
    """What a command of one home says about the other."""
    return next((one for one in COMMANDS[words].params if isinstance(one, HomeOption) and one.hidden), None)


def takes(words: str, option: str) -> bool:
    """Whether a command has the option, does not refuse it, and can do without it: a command that needs ``--target`` is for AWS only."""
    return any(
        option in one.opts and not getattr(one, "hidden", False) and not one.required for one in COMMANDS[words].params
    )


def test_every_command_of_both_homes_is_run_in_both() -> None:
    """A new command is not assumed to work on AWS because it has the option."""
    assert {words for words in COMMANDS if takes(words, "--target")} == {*WORDS, *ELSEWHERE}


@pytest.mark.parametrize(("words", "file"), ELSEWHERE.items())
def test_a_command_that_is_run_elsewhere_is_run_there(words: str, file: str) -> None:
    """A file that was renamed, or lost the test, would leave a "yes" that nobody tried."""
    text = (Path(__file__).parents[2] / file).read_text()

    assert ", ".join(f'"{word}"' for word in words.split()) in re.sub(r",\s+", ", ", text)
    assert any(way in text for way in ("--target", "TARGET", "home.operate("))


@pytest.mark.parametrize("words", WORDS)
def test_a_yes_works_on_a_data_directory(words: str, store: Store, run: Callable[..., Result]) -> None:
    """The embedded home's side of the page."""
    store.accept(event("one"))

    result = run(*words.split(), *_given(words, "transactions:one"))

    assert result.exit_code in ((0, 1) if words == "doctor" else (0,)), result.output


@pytest.mark.parametrize("words", WORDS)
def test_a_yes_works_on_an_environment(words: str, deployed: Emulator, run: Callable[..., Result]) -> None:
    """AWS's side: with --target the same words do the same there."""
    del deployed
    _keep(one := stored_event("one", received_at=datetime.now(UTC), status=Status.FAILED))

    result = run(*words.split(), *_given(words, one.id), *TARGET)

    assert result.exit_code in ((0, 1) if words == "doctor" else (0,)), result.output
    assert "not_in_this_home" not in result.output


def test_the_secret_that_a_sender_brought_is_printed_on_aws_too(
    deployed: Emulator, project: Path, run: Callable[..., Result]
) -> None:
    """Notion wants it repeated by hand."""
    with (project / "hookline.toml").open("a") as toml:
        toml.write('\n[sources.pages]\nverify = { scheme = "notion", secrets = ["PAGES"] }\n')
    missing = run("sources", "token", "pages", *TARGET)
    deployed.client("ssm").put_parameter(
        Name=names.parameter("PAGES", ENVIRONMENT), Value="secret_of_notion", Type="SecureString"
    )

    found = run("sources", "token", "pages", *TARGET)

    assert (missing.exit_code, found.stdout) == (1, "secret_of_notion\n")


@pytest.mark.parametrize("words", [words for words in COMMANDS if refusal(words)])
def test_a_no_is_refused_with_its_reason(words: str, run: Callable[..., Result]) -> None:
    """A user who tries it reads what to do instead, before anything is asked or changed."""
    option = refusal(words)
    assert option is not None
    value = TARGET[1] if option.home == "embedded" else "data"

    said = run(*words.split(), option.opts[0], value)
    coded = run(*words.split(), option.opts[0], value, "--json")

    assert said.exit_code == 2
    assert "error [not_in_this_home]" in said.stderr
    assert option.why in said.stderr
    if takes(words, "--json"):
        assert json.loads(coded.stderr)["error"]["code"] == "not_in_this_home"


@pytest.mark.parametrize(
    ("words", "option"),
    [
        (words, one)
        for words, command in COMMANDS.items()
        for one in command.params
        if isinstance(one, HomeOption) and not one.hidden
    ],
)
def test_an_option_of_the_other_home_is_refused(words: str, option: HomeOption, run: Callable[..., Result]) -> None:
    """A user would believe that an option without effect has one."""
    where = TARGET if option.home == "embedded" else ()
    value = () if option.is_flag else ("x",)
    needed = ("payments",) if words == "queues peek" else ()

    result = run(*words.split(), *needed, option.opts[0], *value, *where)

    assert result.exit_code == 2
    assert f"error [not_in_this_home]: {option.opts[0]} is for the" in result.stderr


def _given(words: str, event_id: str) -> list[str]:
    return [word.format(id=event_id) if "{id}" in word else word for word in WORDS[words]]


def _keep(*events: Event) -> None:
    """Store events as the router leaves them."""
    cloud, clock = shared_cloud(), SystemClock()
    bodies = S3Bodies(cloud.clients.s3, bucket=BUCKET)
    DynamoEventStore(
        cloud.clients.dynamodb, table=TABLE, bodies=bodies, clock=clock, event_retention=timedelta(days=30)
    ).add(events)
