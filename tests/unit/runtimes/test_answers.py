"""The answers that senders get."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any  # Any: a JSON document

import pytest

from hookline.domain.event import Outcome
from hookline.domain.handshake import Reply
from hookline.domain.source import OnConflict, SuccessAnswer
from hookline.error_codes import CODES
from hookline.errors import Complaint, Rejected, UnavailableError
from hookline.runtimes.answers import answer_to, handshake_answer, problem
from unit.embedded.fakes import source

if TYPE_CHECKING:
    from hookline.runtimes.answers import Answer

ANSWERED = sorted(code for code, meaning in CODES.items() if meaning.status is not None)


def _error(code: str) -> Rejected | UnavailableError:
    return (
        UnavailableError(code, "SQLite: /secret/path") if CODES[code].status == 503 else Rejected(code, "that is why")
    )


def _document(answer: Answer) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(answer.body)
    return document


def _headers(answer: Answer) -> dict[str, str]:
    names = [name for name, _ in answer.headers]
    assert len(names) == len(set(names))
    return {name.decode(): value.decode() for name, value in answer.headers}


@pytest.mark.parametrize("code", ANSWERED)
def test_every_code_is_a_problem_document(code: str) -> None:
    """RFC 9457: a sender's program reads the code, a person the title and the remedy."""
    answer = problem(_error(code))

    document = _document(answer)
    assert answer.status == document["status"] == CODES[code].status
    assert answer.outcome == document["code"] == code
    assert document["type"] == f"urn:hookline:error:{code}"
    assert document["title"] == CODES[code].title
    assert document["remedy"] == CODES[code].remedy
    assert set(document) == {"type", "title", "status", "code", "detail", "remedy"}


@pytest.mark.parametrize("code", ANSWERED)
def test_every_problem_says_how_long_it_is_and_what(code: str) -> None:
    """Without its length the client of a kept-alive connection could not see where the answer ends."""
    answer = problem(_error(code))

    headers = _headers(answer)
    assert headers["content-type"] == "application/problem+json"
    assert headers["content-length"] == str(len(answer.body))


@pytest.mark.parametrize("code", ANSWERED)
def test_each_status_has_the_headers_that_http_asks_for(code: str) -> None:
    """RFC 9110: Allow with 405, WWW-Authenticate with 401, and Retry-After where a retry is useful."""
    headers = _headers(problem(_error(code)))

    status = CODES[code].status
    assert headers.get("allow") == ("POST" if status == 405 else None)
    assert ("www-authenticate" in headers) == (status == 401)
    assert ("retry-after" in headers) == (status in (429, 503))


def test_retry_after_is_what_the_error_says() -> None:
    """Overload ends within a second, but a disk fault does not."""
    soon = problem(UnavailableError("overloaded", "", retry_after=1))
    later = problem(UnavailableError("storage_unavailable", ""))

    assert _headers(soon)["retry-after"] == "1"
    assert _headers(later)["retry-after"] == "5"


def test_a_fault_of_ours_is_explained_in_the_log_and_not_to_the_world() -> None:
    """Paths, versions and SQLite's sentences help an attacker, and not a sender."""
    answer = problem(UnavailableError("storage_unavailable", "SQLite: /var/lib/hookline is full"))

    assert b"SQLite" not in answer.body
    assert b"/var" not in answer.body
    assert _document(answer)["detail"] == CODES["storage_unavailable"].title


def test_the_senders_fault_is_explained_to_the_sender() -> None:
    """The answer names each place that is wrong."""
    complaints = [Complaint(where="/amount", why="is not text"), Complaint(where="", why="has no currency")]

    answer = problem(Rejected("schema_mismatch", "it does not fit", complaints=complaints))

    document = _document(answer)
    assert document["detail"] == "it does not fit"
    assert document["errors"] == [
        {"pointer": "/amount", "reason": "is not text"},
        {"pointer": "", "reason": "has no currency"},
    ]


def test_a_problem_names_the_event_where_it_is_known() -> None:
    """The operator must find the event in the log when its sender asks about a 503."""
    answer = problem(UnavailableError("deadline_reached", ""), event_id="transactions:evt_1")

    assert _document(answer)["event_id"] == "transactions:evt_1"


@pytest.mark.parametrize(
    ("outcome", "on_conflict", "status", "word"),
    [
        (Outcome.NEW, OnConflict.REJECT, 202, "accepted"),
        (Outcome.DUPLICATE, OnConflict.REJECT, 200, "duplicate"),
        (Outcome.CONFLICT, OnConflict.ACKNOWLEDGE, 200, "conflict"),
    ],
)
def test_what_was_kept_is_acknowledged_with_its_id(
    outcome: Outcome, on_conflict: OnConflict, status: int, word: str
) -> None:
    """Both sides can name the event by its id afterwards."""
    answer = answer_to(outcome, "transactions:é_1", source(on_conflict=on_conflict))

    assert (answer.status, answer.outcome) == (status, word)
    assert _document(answer) == {"event_id": "transactions:é_1", "status": word}
    assert _headers(answer) == {"content-type": "application/json", "content-length": str(len(answer.body))}


@pytest.mark.parametrize("delivery", ['a"b', "a\\b", "ä€"])
def test_an_answer_is_json_whatever_the_id_holds(delivery: str) -> None:
    """A delivery id may hold any readable character; its sender reads the answer with a parser."""
    answer = answer_to(Outcome.NEW, f"transactions:{delivery}", source())

    assert json.loads(answer.body) == {"event_id": f"transactions:{delivery}", "status": "accepted"}


def test_a_conflict_is_answered_with_its_id() -> None:
    """The sender must know which id it used for two bodies."""
    answer = answer_to(Outcome.CONFLICT, "transactions:evt_1", source())

    assert (answer.status, answer.outcome) == (409, "delivery_conflict")
    assert _document(answer)["event_id"] == "transactions:evt_1"


def test_the_answer_to_a_wrong_method_names_the_right_ones() -> None:
    """RFC 9110 section 15.5.6: the answer lists the methods, and some sources allow GET."""
    answer = problem(Rejected("method_not_allowed", "", allowed=("GET", "POST")))

    assert _headers(answer)["allow"] == "GET, POST"


def test_a_sender_that_takes_no_body_is_refused_without_one() -> None:
    """Xero disables a subscription when a refusal has more than its status."""
    terse = source(answer=SuccessAnswer(body=b"", is_terse=True))

    answer = problem(Rejected("signature_mismatch", "why"), source=terse)

    assert (answer.status, answer.body, answer.outcome) == (401, b"", "signature_mismatch")
    assert _headers(answer) == {"content-length": "0", "www-authenticate": "Signature"}


def test_a_fault_of_ours_has_its_document_for_every_sender() -> None:
    """A sender that has to come again reads when."""
    terse = source(answer=SuccessAnswer(body=b"", is_terse=True))

    answer = problem(UnavailableError("storage_unavailable", ""), source=terse)

    assert _document(answer)["code"] == "storage_unavailable"


def test_a_handshake_is_answered_as_its_reply_says() -> None:
    """The reply decides headers, type and length, and its outcome is logged."""
    answer = handshake_answer(Reply(body=b"abc", media_type="text/plain", headers=(("x-hook-secret", "s"),)))

    assert (answer.status, answer.body, answer.outcome) == (200, b"abc", "handshake")
    assert _headers(answer) == {"x-hook-secret": "s", "content-type": "text/plain", "content-length": "3"}


def test_an_answer_without_content_has_no_length() -> None:
    """RFC 9110 section 8.6 forbids one with 204."""
    answer = handshake_answer(Reply(status=204))

    assert (answer.status, answer.headers, answer.body) == (204, [], b"")
