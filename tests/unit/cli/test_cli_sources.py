"""``sources``: which secret is expected from which sender, and what has come."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from contract.builders import CALLER, armed
from hookline.adapters.sqlite import SqliteHandshakeSecrets
from hookline.domain.handshake import Caller

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result

    from unit.cli.projects import Store

SOURCES = """
[sources.tasks]
verify = { scheme = "asana", secrets = ["FIRST_TASKS", "SECOND_TASKS"] }

[sources.pages]
verify = { scheme = "notion", secrets = ["PAGES"] }

[sources.meta]
verify = { scheme = "meta", secrets = ["META"], verify_token = "META_TOKEN" }
"""
VALUE = b"secret_tMrlL1qK5vuQAh1b6cZGhFCh"


@pytest.fixture(name="here")
def with_data(project: Path, store: Store) -> Path:
    """A project with such sources, whose server has run once."""
    toml = project / "hookline.toml"
    toml.write_text(f"{toml.read_text()}\n{SOURCES}")
    with store.open():
        pass
    return project


@pytest.fixture(name="bring")
def that_comes(store: Store, here: Path) -> Callable[..., str | None]:  # noqa: ARG001 -- it writes the sources
    """The steps of a server when a sender brings its secret."""

    def brought(source: str, name: str, caller: Caller | None = None) -> str | None:
        with store.open() as database:
            handshake_secrets = SqliteHandshakeSecrets(database)
            if caller is None:  # the sender's own, which has the address that the operator gave it
                handshake_secrets.arm(armed(source, name, datetime.now(UTC) + timedelta(minutes=5)))
            return handshake_secrets.keep(source, [name], VALUE, caller or CALLER)

    return brought


def test_a_source_is_armed_for_its_first_secret_without_a_value(
    here: Path, run: Callable[..., Result], bring: Callable[..., str | None]
) -> None:
    """The operator reads for how long and for which secret, and then the first value that comes is kept as that secret."""
    env = here / ".env"
    env.write_text(f"{env.read_text()}\nFIRST_TASKS=known-from-the-environment\n")

    result = run("sources", "arm", "tasks", "--for", "5m")

    assert result.exit_code == 0, result.output
    assert "5m" in result.output
    assert "SECOND_TASKS" in result.output
    token = result.output.rpartition("/webhook/tasks?arm=")[2].strip()
    assert bring("tasks", "SECOND_TASKS", Caller(token=token[:-1])) is None
    assert bring("tasks", "SECOND_TASKS", Caller(token=token)) == "SECOND_TASKS"


@pytest.mark.usefixtures("here")
def test_each_arming_has_a_token_that_cannot_be_guessed(run: Callable[..., Result]) -> None:
    """A person who was given an old address, or tries addresses, must not be the first."""
    result = [json.loads(run("sources", "arm", "tasks", "--json").stdout) for _ in range(2)]

    tokens = [one["address"].removeprefix("/webhook/tasks?arm=") for one in result]
    assert tokens[0] != tokens[1]
    assert min(len(token) for token in tokens) >= 32
    assert result[0]["secret"] == "FIRST_TASKS"


@pytest.mark.usefixtures("here")
def test_a_secret_can_be_expected_from_some_addresses_only(
    run: Callable[..., Result], bring: Callable[..., str | None]
) -> None:
    """In addition to the token or, for a sender that cannot have one in its address, instead of it."""
    result = run(
        "sources", "arm", "tasks", "--from", "203.0.113.7/24", "--from", "2001:db8::/32", "--no-token", "--json"
    )

    document = json.loads(result.stdout)
    assert (document["address"], document["from"]) == ("/webhook/tasks", ["203.0.113.0/24", "2001:db8::/32"])
    (listed,) = [one for one in json.loads(run("sources", "list", "--json").stdout) if one["name"] == "tasks"]
    assert listed["armed_from"] == ["203.0.113.0/24", "2001:db8::/32"]
    assert bring("tasks", "FIRST_TASKS", Caller(address="198.51.100.1")) is None
    assert bring("tasks", "FIRST_TASKS", Caller(address="203.0.113.200")) == "FIRST_TASKS"


@pytest.mark.parametrize("words", [("--no-token",), ("--from", "anywhere"), ("--from", "300.1.1.1/8")])
@pytest.mark.usefixtures("here")
def test_a_source_is_never_armed_for_everybody(run: Callable[..., Result], words: tuple[str, ...]) -> None:
    """The first caller would set the secret."""
    assert run("sources", "arm", "tasks", *words).exit_code == 2


@pytest.mark.usefixtures("here")
def test_by_default_it_expects_a_secret_for_ten_minutes(run: Callable[..., Result]) -> None:
    """To create a webhook at a sender takes about that long."""
    run("sources", "arm", "pages")

    (found,) = [one for one in json.loads(run("sources", "list", "--json").stdout) if one["name"] == "pages"]

    left = datetime.fromisoformat(found["armed_until"]) - datetime.now(UTC)
    assert timedelta(minutes=9) < left <= timedelta(minutes=10)


def test_the_list_says_what_has_come_and_never_its_value(
    run: Callable[..., Result], bring: Callable[..., str | None]
) -> None:
    """Somebody who looks over a shoulder learns only that a secret is there."""
    run("sources", "arm", "pages")
    bring("pages", "PAGES")

    table, document = run("sources", "list"), run("sources", "list", "--json")

    (found,) = [one for one in json.loads(document.stdout) if one["name"] == "pages"]
    assert found["armed_until"] is None
    assert list(found["brought"]) == ["PAGES"]
    assert "PAGES" in table.output
    assert VALUE.decode() not in table.output + document.output


@pytest.mark.usefixtures("here")
def test_the_list_says_by_which_methods_a_source_is_called(run: Callable[..., Result]) -> None:
    """A proxy in front has to allow them."""
    found = {one["name"]: one["methods"] for one in json.loads(run("sources", "list", "--json").stdout)}

    assert found == {"transactions": ["POST"], "tasks": ["POST"], "pages": ["POST"], "meta": ["GET", "POST"]}


@pytest.mark.usefixtures("project")
def test_the_list_needs_no_data_where_no_sender_brings_a_secret(run: Callable[..., Result]) -> None:
    """Before the first start there is no data directory."""
    listed = run("sources", "list")

    assert listed.exit_code == 0
    assert "transactions" in listed.output


def test_a_token_that_came_can_be_shown_for_its_sender(
    run: Callable[..., Result], bring: Callable[..., str | None]
) -> None:
    """Notion wants it typed into its own page."""
    run("sources", "arm", "pages")
    bring("pages", "PAGES")

    assert run("sources", "token", "pages").output == f"{VALUE.decode()}\n"


@pytest.mark.parametrize(("words", "code"), [
    (("arm", "transactions"), "not_armable"),
    (("arm", "nobody"), "not_found"),
    (("token", "transactions"), "not_armable"),
    (("token", "pages"), "not_found"),
])  # fmt: skip
@pytest.mark.usefixtures("here")
def test_what_cannot_be_done_is_reported(run: Callable[..., Result], words: tuple[str, ...], code: str) -> None:
    """The error has its code, and the exit code is 1."""
    result = run("sources", *words)

    assert result.exit_code == 1
    assert f"[{code}]" in result.output


def test_a_source_whose_secrets_are_all_there_is_not_armed(
    run: Callable[..., Result], bring: Callable[..., str | None]
) -> None:
    """Nothing is overwritten: the error asks the operator to name another."""
    run("sources", "arm", "pages")
    bring("pages", "PAGES")

    result = run("sources", "arm", "pages")

    assert result.exit_code == 1
    assert "[not_armable]" in result.output
    assert "PAGES" in result.output


@pytest.mark.parametrize("length", ["2d", "soon", "-5m"])
@pytest.mark.usefixtures("here")
def test_nothing_is_armed_for_longer_than_a_day(run: Callable[..., Result], length: str) -> None:
    """People forget a source that stays open."""
    result = run("sources", "arm", "pages", "--for", length)

    assert result.exit_code == 2
