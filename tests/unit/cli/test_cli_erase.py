"""``events erase``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from hookline.adapters.sqlite import scrub
from hookline.cli import main
from unit.cli.projects import event

if TYPE_CHECKING:
    from collections.abc import Callable

    from click.testing import Result

    from unit.cli.projects import Store

ANN = '{"data": {"email": ["ann@example.com"]}}'
ALL = '{"source": ["hookline/transactions"]}'


def of(name: str, email: str) -> bytes:
    """A body about a person."""
    return json.dumps({"event_id": name, "email": email}).encode()


@pytest.fixture
def people(store: Store) -> Store:
    """Two events about Ann, and one about Bob."""
    mails = {"a1": "ann@example.com", "b1": "bob@example.com", "a2": "ann@example.com"}
    store.accept(*(event(name, body=of(name, mail)) for name, mail in mails.items()))
    return store


@pytest.mark.usefixtures("people")
def test_a_plan_says_what_would_go_and_what_cannot_be_reached(run: Callable[..., Result]) -> None:
    """An erasure cannot be undone: so an operator reads the plan before."""
    done = run("events", "erase", "--where", ANN, "--dry-run")

    assert done.exit_code == 0
    for said in ("2 events of 3", "transactions:a1", "transactions:a2", "messages on payments", "hookline backup"):
        assert said in done.stdout
    assert "ann@example.com" in run("events", "show", "transactions:a1").stdout


@pytest.mark.usefixtures("people")
def test_what_is_erased_is_shown_without_a_body_and_not_replayed(run: Callable[..., Result]) -> None:
    """Programs find no body; people see which erasure removed it."""
    done = run("events", "erase", "--where", ANN, "--reason", "request 17", "--yes")
    shown = run("events", "show", "transactions:a1")
    document = json.loads(run("events", "show", "transactions:a1", "--json").stdout)
    replayed = run("replay", "transactions:a1", "--json")
    many = json.loads(run("replay", "--since", "2h", "--dry-run", "--json").stdout)

    assert done.exit_code == 0
    assert "erased 2 events" in done.stdout
    assert "erased" in shown.stdout
    assert "ann@example.com" not in shown.stdout
    assert "body" not in document
    assert document["metadata"]["erased"] in done.stdout
    assert json.loads(replayed.stdout)[0]["error"]["code"] == "event_erased"
    assert (replayed.exit_code, many["plan"]["matched"]) == (1, 1)


@pytest.mark.usefixtures("people")
def test_nothing_is_erased_without_a_reason_or_an_answer(run: Callable[..., Result]) -> None:
    """A script that forgets either must not delete."""
    for words in ((), ("--yes",), ("--reason", "request 17"), ("--reason", "request 17", "--json")):
        done = run("events", "erase", "--where", ANN, *words)

        assert done.exit_code == 2, words
    assert run("events", "erase", "--reason", "x", "--yes").exit_code == 2
    assert "ann@example.com" in run("events", "show", "transactions:a1").stdout


@pytest.mark.parametrize(
    ("where", "code", "exit_code"),
    [(ALL, "erasure_of_everything", 1), ("{", "pattern_invalid", 2), ('{"nobody": ["x"]}', "pattern_invalid", 2)],
)
@pytest.mark.usefixtures("people")
def test_a_slip_in_the_pattern_erases_nothing(
    run: Callable[..., Result], where: str, code: str, exit_code: int
) -> None:
    """Each has a code that a script can distinguish from others."""
    done = run("events", "erase", "--where", where, "--reason", "request 17", "--yes")

    assert (done.exit_code, f"[{code}]" in done.stderr) == (exit_code, True)
    assert "ann@example.com" in run("events", "show", "transactions:a1").stdout


def test_undelivered_events_are_refused_unless_that_is_said(people: Store, run: Callable[..., Result]) -> None:
    """Their ids are said, so that somebody can deliver them first."""
    people.keep(event("waits", body=of("waits", "ann@example.com")))

    refused = run("events", "erase", "--where", ANN, "--reason", "request 17", "--yes")
    planned = json.loads(run("events", "erase", "--where", ANN, "--dry-run", "--json").stdout)["plan"]
    done = json.loads(
        run("events", "erase", "--where", ANN, "--undelivered", "--reason", "request 17", "--yes", "--json").stdout
    )

    assert (refused.exit_code, "[events_undelivered]" in refused.stderr) == (1, True)
    assert "transactions:waits" in refused.stderr
    assert (planned["undelivered"], planned["undelivered_ids"]) == (1, ["transactions:waits"])
    assert done["erased"]["events"] == 3
    assert json.loads(run("events", "show", "transactions:waits", "--json").stdout)["status"] == "unmatched"


@pytest.mark.usefixtures("people")
def test_what_is_left_to_do_is_said_with_an_exit_code(
    run: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A script that reports a deletion must not report half of one."""
    monkeypatch.setattr(scrub, "QUICKLY_REWRITTEN", 0)
    words = ("events", "erase", "--where", ANN, "--reason", "request 17", "--yes")

    half, whole = run(*words), run(*words, "--rewrite")

    assert (half.exit_code, "--rewrite" in half.stdout) == (1, True)
    assert (whole.exit_code, "not done" in whole.stdout) == (0, False)


@pytest.mark.usefixtures("people")
def test_a_pattern_comes_from_standard_input_where_nobody_else_can_read_it() -> None:
    """Other users can read the shell's history and the list of processes."""
    words = ("events", "erase", "--where", "-", "--reason", "request 17", "--yes", "--json")

    done = CliRunner().invoke(main, words, input=ANN)

    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["erased"]["events"] == 2


@pytest.mark.usefixtures("people")
def test_a_restore_names_the_erasures_that_the_copy_does_not_have(run: Callable[..., Result]) -> None:
    """What a person had erased is stored again then, and the log that says so is replaced too."""
    erase = ("events", "erase", "--yes", "--reason", "request 17", "--json", "--everything", "--where")
    before = json.loads(run(*erase, '{"data": {"email": ["bob@example.com"]}}').stdout)["erased"]["id"]
    assert run("backup", "copy.db").exit_code == 0
    after = json.loads(run(*erase, ANN).stdout)["erased"]["id"]

    document = json.loads(run("restore", "copy.db", "--replace", "--json").stdout)
    audit = run("audit", "--json").stdout
    again = json.loads(run(*erase, ANN).stdout)

    assert document["erasures"] == [after]
    assert after != before
    assert after in audit
    assert again["erased"]["events"] == 2
    assert "replaced-" in again["erased"]["remains"][0]


@pytest.mark.usefixtures("people")
def test_a_restore_over_a_damaged_database_continues_without_its_erasures(
    run: Callable[..., Result], store: Store
) -> None:
    """The damage makes the restore necessary."""
    assert run("backup", "copy.db").exit_code == 0
    assert run("events", "erase", "--yes", "--reason", "request 17", "--where", ANN).exit_code == 0
    store.path.write_bytes(b"no database" * 1000)

    done = run("restore", "copy.db", "--replace")

    assert done.exit_code == 0
    assert "erasures" not in done.stdout
