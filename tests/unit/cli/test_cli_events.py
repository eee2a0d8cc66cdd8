"""``events list`` and ``events show``."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import TYPE_CHECKING

import pytest

from unit.cli.projects import event

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result

    from hookline.domain.event import Event
    from unit.cli.projects import Store


@pytest.fixture
def accepted(store: Store) -> Store:
    """Two payments and one event that no route wants."""
    store.accept(event("one"), event("two"), event("odd", type_="strange"))
    return store


def ids(result: Result) -> list[str]:
    """The delivery ids that a listing shows."""
    return [row["id"].removeprefix("transactions:") for row in json.loads(result.stdout)]


@pytest.mark.usefixtures("accepted")
@pytest.mark.parametrize(
    ("words", "found"),
    [
        ([], ["odd", "two", "one"]),
        (["--status", "unmatched"], ["odd"]),
        (["--type", "payment"], ["two", "one"]),
        (["--source", "other"], []),
        (["--limit", "1"], ["odd"]),
        (["--before", "transactions:two"], ["one"]),
    ],
)
def test_events_are_listed_newest_first_and_narrowed(
    words: list[str], found: list[str], run: Callable[..., Result]
) -> None:
    """A search for one event among millions starts from what is known about it."""
    assert ids(run("events", "list", "--json", *words)) == found


@pytest.mark.usefixtures("accepted")
def test_a_page_ends_with_the_command_for_the_next_one(run: Callable[..., Result]) -> None:
    """On stderr, so that only the table goes through a pipe."""
    result = run("events", "list", "--limit", "2")
    assert result.stderr == "There may be more: --before 'transactions:two'\n"
    assert "transactions:one" not in result.stdout


@pytest.mark.usefixtures("accepted")
def test_a_page_after_an_unknown_event_is_an_error(run: Callable[..., Result]) -> None:
    """An empty list would say that there are no more."""
    result = run("events", "list", "--before", "transactions:nope")
    assert (result.exit_code, result.stderr.splitlines()[0]) == (
        1,
        "error [not_found]: there is no event transactions:nope",
    )


@pytest.mark.usefixtures("accepted")
def test_a_table_keeps_ids_whole_where_nobody_watches(run: Callable[..., Result]) -> None:
    """``hookline events list | grep ID`` must find the id, however long it is."""
    assert any(line.startswith("transactions:two ") for line in run("events", "list").stdout.splitlines())


def test_show_gives_all_fields_as_json(failed: Event, run: Callable[..., Result]) -> None:
    """The body is the text that came in: its amounts are not read as numbers, and its digest can be compared."""
    document = json.loads(run("events", "show", failed.id, "--json").stdout)
    assert hashlib.sha256(document["body"].encode()).hexdigest() == document["sha256"]
    expected = {
        "id": "transactions:fell",
        "source": "transactions",
        "type": "payment",
        "time": "2026-01-02T03:04:05Z",
        "status": "failed",
        "content_type": "application/json",
        "size": len(failed.body),
        "metadata": {"secret": "TRANSACTIONS_SECRET"},
        "expires_at": None,
        "conflicts": 0,
        "set_aside": [],
        "body": failed.body.decode(),
    }
    assert document.items() >= expected.items()
    assert document["attempt"].keys() == {"since", "count", "next_at", "reason"}
    assert document["received_at"].endswith("Z")


def test_a_body_that_is_not_text_is_shown_in_base64(store: Store, run: Callable[..., Result]) -> None:
    """Bytes that are decoded with replacements are other bytes."""
    store.accept(event("raw", body=b"\xff\x00", content_type="application/octet-stream"))
    document = json.loads(run("events", "show", "transactions:raw", "--json").stdout)
    assert base64.b64decode(document["body_base64"]) == b"\xff\x00"
    assert "body" not in document
    assert "(2 bytes that are not text" in run("events", "show", "transactions:raw").stdout


def test_second_bodies_are_shown(store: Store, run: Callable[..., Result]) -> None:
    """A person decides about a conflict, and has to see both bodies."""
    store.accept(event("twice", body=b'{"amount":"1.00"}'))
    store.accept(event("twice", body=b'{"amount":"9.00"}'))
    document = json.loads(run("events", "show", "transactions:twice", "--json").stdout)
    assert document["conflicts"] == 1
    assert [second["body"] for second in document["set_aside"]] == ['{"amount":"9.00"}']
    shown = run("events", "show", "transactions:twice").stdout
    assert '\nbody:\n{"amount":"1.00"}\n' in shown
    assert "second body, received 2" in shown


def test_what_a_sender_wrote_cannot_control_the_terminal(store: Store, run: Callable[..., Result]) -> None:
    """An id, a type or a body with escape sequences could clear the screen or rewrite the lines above it."""
    item = event(
        "x\u202ey", type_="pay\u200bment[bold]", body=b'"\x1b]0;title\x07 \xe2\x80\xae"', content_type="text/plain"
    )
    store.accept(item)
    shown = run("events", "list").stdout + run("events", "show", item.id).stdout
    assert all(character not in shown for character in "\x1b\x07\u202e\u200b")
    assert "pay\ufffdment[bold]" in shown
    assert '"\ufffd]0;title\ufffd \ufffd"' in shown


def test_an_unknown_event_is_a_failure(store: Store, run: Callable[..., Result]) -> None:  # noqa: ARG001 -- the data it looks at
    """Not wrong usage: the same command may succeed in a minute."""
    result = run("events", "show", "transactions:nope", "--json")
    assert (result.exit_code, result.stdout) == (1, "")
    assert json.loads(result.stderr)["error"]["code"] == "not_found"


@pytest.mark.parametrize(
    "words",
    [
        ["events", "list"],
        ["events", "show", "a:b"],
        ["queues", "list"],
        ["queues", "peek", "q"],
        ["queues", "receive", "q"],
        ["replay", "a:b"],
        ["backup", "copy.db"],
    ],
)
def test_a_folder_without_a_hookline_is_wrong_usage(
    words: list[str], project: Path, run: Callable[..., Result]
) -> None:
    """A user would believe an empty answer from the wrong folder; and a look must not create a database."""
    result = run(*words)
    assert result.exit_code == 2
    assert result.stderr.startswith("error [data_directory_unusable]: ")
    assert not (project / "data").exists()


def test_a_payment_is_found_by_what_support_knows_of_it(store: Store, run: Callable[..., Result]) -> None:
    """A customer names an amount and a day, the bank a reference; nobody knows the event id."""
    paid = {"transactionreference": "pi_7", "transactionamount": "12.50"}
    store.accept(event("a", metadata=paid), event("b", body=b'{"note":"late"}'))

    def found(*words: str) -> list[str]:
        return [one["id"].partition(":")[2] for one in json.loads(run("events", "list", *words, "--json").stdout)]

    assert found("--reference", "pi_7") == ["a"]
    assert found("--amount", "12.5") == ["a"]
    assert found("--id", "ions:b") == ["b"]
    assert found("--since", "1h", "--text", "late") == ["b"]
    assert found("--since", "1h") == ["b", "a"]
    assert found("--until", "1h") == []
    assert found("--since", "1h", "--reference", "pi_8") == []


@pytest.mark.parametrize(
    ("words", "warns"),
    [
        (("--amount", "1"), True),
        (("--amount", "1", "--since", "1h"), False),
        (("--reference", "x"), False),
        ((), False),
    ],
)
def test_a_search_that_looks_at_everything_warns(
    store: Store, run: Callable[..., Result], words: tuple[str, ...], *, warns: bool
) -> None:
    """A user must know why it takes seconds on a full store, and what to do instead."""
    store.accept(event("a"))
    assert ("reads events until" in run("events", "list", *words).stderr) == warns


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize("words", [("--since", "soon"), ("--text", "x")])
def test_a_search_that_cannot_be_meant_is_wrong_usage(run: Callable[..., Result], words: tuple[str, ...]) -> None:
    """A search with a wrong time must not look at all events."""
    assert run("events", "list", *words).exit_code == 2
