"""What every AuditLog does."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from contract.builders import START
from hookline.ports.audit import AuditEntry

if TYPE_CHECKING:
    from contract.homes import Home

SECOND = timedelta(seconds=1)


def entry(id_: str = "one", *, seconds: int = 0) -> AuditEntry:
    """An action that has begun and not ended."""
    return AuditEntry(
        id=id_, at=START + SECOND * seconds, action="replay", subject="events", actor="ann@desk", reason="bug 7"
    )


def ids(home: Home, *, limit: int = 100, before: str | None = None) -> list[str]:
    """The ids of a page."""
    return [one.id for one in home.audit.newest(limit=limit, before=before)]


def test_an_entry_comes_back_as_it_was_written(home: Home) -> None:
    """An auditor reads the person, the action, the time, the reason and the number: none of them may be cut or guessed."""
    whole = replace(entry(), affected=12, details={"replay": "r1", "where": '{"type":["é"]}'})
    bare = replace(entry("two"), reason=None)
    home.audit.write(whole)
    home.audit.write(bare)

    found = home.audit.newest(limit=10)

    assert list(found) == [bare, whole]


def test_the_end_of_an_action_replaces_its_beginning(home: Home) -> None:
    """One action is one line of the list; while it runs, or when it was killed, its count is open."""
    home.audit.write(entry())
    begun = list(home.audit.newest(limit=10))
    home.audit.write(replace(entry(), affected=0))

    ended = list(home.audit.newest(limit=10))

    assert [one.affected for one in begun] == [None]
    assert [one.affected for one in ended] == [0]


def test_the_newest_come_first_and_pages_follow_each_other(home: Home) -> None:
    """The last action is what is asked for first, in whatever order entries were written; a page's last id leads to the next page."""
    for number in (3, 1, 4, 0, 2):
        home.audit.write(entry(f"e{number}", seconds=number))

    pages = [ids(home, limit=2), ids(home, limit=2, before="e3"), ids(home, limit=2, before="e1")]

    assert pages == [["e4", "e3"], ["e2", "e1"], ["e0"]]


def test_entries_of_one_moment_are_all_listed(home: Home) -> None:
    """Two actions at the same time must not hide each other at the end of a page."""
    for name in "bca":
        home.audit.write(entry(name))

    pages = [ids(home, limit=2), ids(home, limit=2, before="b")]

    assert pages == [["c", "b"], ["a"]]


def test_nothing_comes_before_an_unknown_entry(home: Home) -> None:
    """A wrong id ends the list instead of starting it over."""
    home.audit.write(entry())

    found = ids(home, before="gone")

    assert found == []


def test_entries_survive_a_restart_and_do_not_expire(home: Home) -> None:
    """The record of a purge is of use when everything else about it is gone."""
    home.audit.write(entry())
    home.clock.advance(timedelta(days=4000))

    again = home.restart()

    assert ids(again) == ["one"]


def test_entries_are_no_events(home: Home) -> None:
    """Where both are kept in one table, a count or a listing must not mix them up."""
    home.audit.write(entry())

    counts = home.events.count()

    assert sum(counts.values()) == 0
