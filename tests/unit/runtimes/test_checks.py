"""What check, doctor and verify decide, without a command line."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any  # Any: options and JSON documents

import pytest

from hookline.config.units import UnusableError
from hookline.errors import Complaint
from hookline.pipeline.shown import Lines, Marked, Shown
from hookline.runtimes.direct.check import Check, checked
from hookline.runtimes.direct.doctor import Question, answered

if TYPE_CHECKING:
    from pathlib import Path

NOTHING: dict[str, Any] = {
    "source": None,
    "file": None,
    "number": None,
    "at": None,
    "key": None,
    "clock_from": None,
    "backups": None,
    "env_file": None,
    "environment": None,
    "api_endpoint": None,
}


def check(project: Path, **options: Any) -> Check:
    """A check of the project."""
    usual: dict[str, Any] = {"tried": None, "source": None, "secrets": False, "env_file": None, "data_dir": None}
    return Check(**{"config_path": project / "hookline.toml", "environment": None} | usual | options)


def question(project: Path, **options: Any) -> Question:
    """A question about the project."""
    places = {"config_path": project / "hookline.toml", "data_dir": project / "data"}
    return Question(**NOTHING | places | options)


def lines(shown: Shown) -> list[str]:
    """All lines that may hold text from outside."""
    return [line for part in shown.parts if isinstance(part, Lines) for line in part.lines]


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"data_dir": "data", "environment": "prod"}, "cannot be used together"),
        ({"env_file": ".env"}, "only with --secrets"),
        ({"source": "shop"}, "only with --try"),
    ],
)
def test_options_that_would_be_ignored_are_refused(project: Path, options: dict[str, Any], why: str) -> None:
    """A user who gives one believes that it was used."""
    with pytest.raises(UnusableError, match=why):
        check(project, **options)


def test_a_check_says_what_aws_accepts_less_of(project: Path) -> None:
    """Both in the document and for a person, and left out where it does not apply."""
    warning = Complaint(where="sources.a", why="is larger there")

    quiet, warned = checked(check(project), lambda _: []), checked(check(project), lambda _: [warning])

    assert (lines(quiet), lines(warned)) == ([], ["on AWS: sources.a is larger there."])
    assert isinstance(warned.document, dict)
    assert warned.document["on_aws"] == [{"where": "sources.a", "why": "is larger there"}]
    assert (warned.document["secrets_checked"], warned.document["stored"]) == (None, None)


def test_a_tried_body_goes_to_the_only_source_without_its_name(project: Path) -> None:
    """Most projects begin with one source."""
    body = json.dumps({"event_id": "e", "transaction_type": "refund", "amount": 1, "timestamp": "2026-01-01T00:00:00Z"})

    shown = checked(check(project, tried=io.BytesIO(body.encode())), lambda _: [])

    assert lines(shown)[0] == "type: refund"
    assert isinstance(shown.document, dict)
    assert shown.document["source"] == "transactions"
    with pytest.raises(UnusableError, match="name one of the sources with --source: transactions"):
        checked(check(project, tried=io.BytesIO(body.encode()), source="shop"), lambda _: [])


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"at": 1}, "--at is about a request"),
        ({"source": "shop", "number": 1, "backups": "x"}, "--backups is for a whole installation"),
        ({"source": "shop", "file": io.BytesIO(), "environment": "prod"}, "--target is for a rejected request"),
        ({"source": "shop"}, "name either a file"),
        ({"source": "shop", "file": io.BytesIO(), "number": 1}, "name either a file"),
    ],
)
def test_a_question_is_about_one_thing(project: Path, options: dict[str, Any], why: str) -> None:
    """An option that does not fit the question is reported, and names the option."""
    with pytest.raises(UnusableError, match=why):
        question(project, **options)


def test_each_finding_is_shown_before_the_next_is_looked_for(tmp_path: Path) -> None:
    """A check of a whole installation may take a minute, and the user must see its progress."""
    found = answered(question(tmp_path))
    assert not isinstance(found, Shown)

    first = next(found)
    *_, last = found

    assert isinstance(first, Marked)
    assert (first.color, "configuration_missing" in first.text) == ("red", True)
    assert isinstance(last, Shown)
    assert last.failed
