"""What the validator keeps of rejected requests, and what it does when an operator tries one again."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Self  # Any: payloads are JSON of any shape

import pytest

from hookline.adapters.aws.acceptor import LambdaAcceptor
from hookline.adapters.memory.quarantine import MemoryQuarantine
from hookline.config import load
from hookline.domain.event import Status
from hookline.domain.quarantine import QuarantineBounds
from hookline.domain.retry_invocation import RETRY_KEY, RetryCall, decode_retry, encode_retry
from hookline.errors import HooklineError, NotFoundError, OperatorError, Rejected, UnavailableError
from hookline.ports.telemetry import Metric
from hookline.runtimes.aws_lambda.retry import retried
from hookline.runtimes.aws_lambda.wiring import functions
from hookline.runtimes.aws_lambda.wiring.functions import try_again
from unit.aws_lambda.fakes import PROJECT, SECRET, Home, Invocation, KeptSecrets, body_of, proxy_event
from unit.aws_lambda.test_validator import OTHER, payment
from unit.aws_lambda.test_validator import only as only_record

if TYPE_CHECKING:
    from hookline.domain.quarantine import NoRoom, RejectedRequest
    from hookline.ports.acceptor import Accepted


class Slow(MemoryQuarantine):
    """A quarantine that answers only when the test is over."""

    over = threading.Event()

    def keep_within_budget(self, rejected: RejectedRequest, *, proved: bool) -> int | NoRoom:
        """As in memory, but late."""
        self.over.wait(60)
        return super().keep_within_budget(rejected, proved=proved)


class Broken(MemoryQuarantine):
    """A quarantine that fails."""

    def keep_within_budget(self, rejected: RejectedRequest, *, proved: bool) -> int | NoRoom:  # noqa: ARG002 -- the port's shape
        """Nothing is kept."""
        raise UnavailableError("internal_fault", "AWS: PutItem: ResourceNotFoundException: there is no such table")


class Lambda:
    """Lambda's client: it hands the payload to the validator of a home, as the service does."""

    def __init__(self, home: Home) -> None:
        self.home = home

    def invoke(self, *, FunctionName: str, Payload: bytes) -> dict[str, Any]:  # noqa: ARG002, N803 -- botocore's names
        """The validator's answer."""
        answer = try_again(self.home.validator, json.loads(Payload), Invocation())
        assert answer is not None
        return {"Payload": _Stream(json.dumps(answer).encode())}


class _Stream:
    def __init__(self, content: bytes) -> None:
        self.read = lambda: content

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass


def kept(home: Home) -> list[RejectedRequest]:
    """The requests in the quarantine, in the order of their arrival."""
    found = [home.quarantine.get(number) for number in home.quarantine.ids()]
    return [one.rejected for one in found if one is not None]


def again(home: Home, rejected: RejectedRequest, *, accept_ambiguous: bool = False) -> Accepted:
    """The result of an operator's retry."""
    acceptor = LambdaAcceptor(lambda: Lambda(home), function="webhook-validator-dev")
    return acceptor.accept(rejected, accept_ambiguous=accept_ambiguous)


def refused(home: Home) -> RejectedRequest:
    """A request that the home has refused for its secret, and kept."""
    assert home.post(payment(), secret=OTHER)["statusCode"] == 401
    (rejected,) = kept(home)
    return rejected


def test_a_refused_request_is_kept_byte_for_byte_and_the_log_says_under_which_id() -> None:
    """Why a signature does not fit can only be found over what was really sent."""
    home = Home()
    sent = home.request(payment(), secret=OTHER)

    answer = home.validator(proxy_event(sent), Invocation())

    assert answer["statusCode"] == 401
    (rejected,) = kept(home)
    assert (rejected.source, rejected.code) == ("transactions", "signature_mismatch")
    assert rejected.request.body == sent.body
    assert rejected.request.headers.get("webhook-signature") == sent.headers.get("webhook-signature")
    assert only_record(home).fields["rejected"] == home.quarantine.ids()[0]


def test_neither_an_accepted_event_nor_a_duplicate_mentions_the_quarantine() -> None:
    """Nothing was refused."""
    home = Home()
    home.post(payment())
    home.post(payment())

    assert home.quarantine.ids() == []
    assert all({"rejected", "not_kept"}.isdisjoint(record.fields) for record in home.telemetry.records)


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT"])
def test_only_posts_are_kept(method: str) -> None:
    """The query of a handshake may hold the operator's own token."""
    home = Home()
    sent = replace(home.request(payment(), secret=OTHER), method=method)

    home.validator(proxy_event(sent), Invocation())

    assert kept(home) == []


@pytest.mark.parametrize("kind", [Slow, Broken])
def test_the_answer_is_the_same_where_nothing_can_be_kept(kind: type[MemoryQuarantine]) -> None:
    """The quarantine serves the operator; no sender may notice it."""
    plain, home = Home(), Home(patience=0.05)
    home.quarantine = kind(home.state, QuarantineBounds())

    expected = plain.post(payment(), secret=OTHER)
    began = time.monotonic()
    answer = home.post(payment(), secret=OTHER)
    took = time.monotonic() - began
    Slow.over.set()

    assert answer == expected
    assert took < 30
    lost = {"late": {}, "internal_fault": {Metric.QUARANTINE_DROPPED: 1}}[str(only_record(home).fields["not_kept"])]
    assert only_record(home).metrics == {**only_record(plain).metrics, **lost}


@pytest.mark.parametrize(
    ("not_kept", "counted"),
    [
        ("sampled", 1),
        ("busy", 1),
        ("all", 1),
        ("share", 1),
        ("size", 1),
        ("storage_unavailable", 1),
        ("secret", 0),
        ("late", 0),
    ],
)
def test_what_could_not_be_kept_is_counted(not_kept: str, counted: int) -> None:
    """In a flood the quarantine is a sample: a person who looks for one request has to know that. What is never kept is no loss."""
    home = Home(keep=lambda _rejected: {"not_kept": not_kept})

    home.post(payment(), secret=OTHER)

    assert only_record(home).metrics.get(Metric.QUARANTINE_DROPPED, 0) == counted


def test_nothing_is_counted_where_nothing_is_to_be_kept() -> None:
    """A refusal of a kind that is never kept, and a stack that keeps none, lose nothing."""
    home = Home(keep=lambda _rejected: {})

    home.post(payment(), secret=OTHER)

    assert Metric.QUARANTINE_DROPPED not in only_record(home).metrics


def test_a_retry_stores_the_event_and_hands_it_to_the_router() -> None:
    """A secret that was wrong for a day must not cost a payment."""
    wrong = Home(secrets=KeptSecrets({"TRANSACTIONS_SECRET": OTHER}))
    assert wrong.post(payment())["statusCode"] == 401
    home = Home()

    accepted = again(home, kept(wrong)[0])
    home.pass_on()

    assert (accepted.event_id, accepted.outcome, accepted.queues) == ("transactions:evt_1", "new", None)
    assert home.status("transactions:evt_1") is Status.ROUTED
    assert home.standing() == ["transactions:evt_1"]
    assert home.telemetry.records[0].metrics == {Metric.ACCEPTED: 1}


def test_a_retry_can_be_foreseen_and_nothing_is_stored() -> None:
    """A page shows the plan before anyone presses the button."""
    wrong = Home(secrets=KeptSecrets({"TRANSACTIONS_SECRET": OTHER}))
    wrong.post(payment())
    home = Home()
    acceptor = LambdaAcceptor(lambda: Lambda(home), function="webhook-validator-dev")

    foreseen = acceptor.foresee(kept(wrong)[0], accept_ambiguous=False)
    with pytest.raises(Rejected):
        acceptor.foresee(refused(home), accept_ambiguous=False)

    assert (foreseen.event_id, foreseen.outcome) == ("transactions:evt_1", "")
    assert home.status("transactions:evt_1") is None
    assert home.dispatcher.take() == []


def test_a_retry_verifies_at_the_time_of_receipt() -> None:
    """Retried a day later, a signed time would be outside of every tolerance."""
    wrong = Home(secrets=KeptSecrets({"TRANSACTIONS_SECRET": OTHER}))
    wrong.post(payment())
    home = Home()
    home.clock.advance(timedelta(days=3))

    assert again(home, kept(wrong)[0]).outcome == "new"


def test_a_retry_reads_the_secrets_again() -> None:
    """The secret was fixed a moment ago, and a function keeps the old one for minutes."""
    secrets = KeptSecrets({"TRANSACTIONS_SECRET": OTHER}, later={"TRANSACTIONS_SECRET": SECRET})
    secrets._later = None  # not yet: the first request is refused
    home = Home(secrets=secrets)
    home.post(payment())
    secrets._later = {"TRANSACTIONS_SECRET": SECRET}

    assert again(home, kept(home)[0]).outcome == "new"


def test_what_is_refused_again_is_reported_with_its_code_and_complaints() -> None:
    """The operator reads the same that the sender did."""
    home = Home()
    with pytest.raises(Rejected) as still_forged:
        again(home, refused(home))
    misshapen = Home()
    misshapen.post(b'{"event_id": 1}')
    (rejected,) = kept(misshapen)
    with pytest.raises(Rejected) as still_misshapen:
        again(misshapen, rejected)

    assert still_forged.value.code == "signature_mismatch"
    assert still_misshapen.value.code == "schema_mismatch"
    assert still_misshapen.value.complaints
    assert home.telemetry.records[-1].fields["fault_code"] == "signature_mismatch"


def test_a_retry_whose_source_is_gone_is_no_fault_of_the_request() -> None:
    """The request stays until the source is back."""
    home = Home()
    gone = replace(refused(home), source="another")

    with pytest.raises(NotFoundError):
        again(home, gone)


def test_a_retry_while_storage_is_down_says_so() -> None:
    """The rest of the list would fail too, and stays."""
    home = Home()
    rejected = replace(refused(home), request=home.request(payment()))

    class Down:
        def add(self, _events: object) -> object:
            raise UnavailableError("storage_unavailable", "AWS: throttled")

    home.validator._store = Down()  # type: ignore[assignment] # all that is called

    with pytest.raises(UnavailableError) as fault:
        again(home, rejected)
    assert fault.value.code == "storage_unavailable"


def test_an_ambiguous_body_is_taken_on_request_only() -> None:
    """Somebody has looked at it and decided."""
    home = Home()
    twice = payment().replace(b'"event_id": "evt_1"', b'"event_id": "evt_0", "event_id": "evt_1"')
    home.post(twice)
    (rejected,) = kept(home)

    with pytest.raises(Rejected) as refusal:
        again(home, rejected)
    accepted = again(home, rejected, accept_ambiguous=True)

    assert refusal.value.code == "body_ambiguous"
    assert accepted.event_id == "transactions:evt_1"


def test_a_payload_comes_back_as_it_was() -> None:
    """Exact bytes on both sides of the invocation, or no signature fits."""
    rejected = refused(Home())

    call = decode_retry(json.loads(encode_retry(RetryCall(rejected=rejected, accept_ambiguous=True))))
    back = call.rejected

    assert (call.accept_ambiguous, call.dry_run) == (True, False)
    assert (back.source, back.code) == (rejected.source, rejected.code)
    assert back.request.headers.items() == rejected.request.headers.items()
    assert replace(back.request, headers=rejected.request.headers) == rejected.request


@pytest.mark.parametrize(
    "document",
    [
        None,
        [],
        "x",
        {},
        {"v": 2},
        {"v": 1, "source": "transactions"},
        {"v": 1, "source": "s", "code": "c", "accept_ambiguous": False, "dry_run": False, "method": "POST", "path": "/", "query": "",
         "headers": [["x"]], "body": "", "received_at": "2026-01-02T03:04:05+00:00"},
        {"v": 1, "source": "s", "code": "c", "accept_ambiguous": False, "dry_run": False, "method": "POST", "path": "/", "query": "",
         "headers": [], "body": "?", "received_at": "2026-01-02T03:04:05+00:00"},
        {"v": 1, "source": "s", "code": "c", "accept_ambiguous": False, "dry_run": False, "method": "POST", "path": "/", "query": "",
         "headers": [], "body": "", "received_at": "2026-01-02T03:04:05"},
    ],
)  # fmt: skip
def test_a_payload_of_another_shape_is_the_operators_fault(document: object) -> None:
    """The deployed version of hookline may differ from the version of the command."""
    answer = retried(Home().validator, {RETRY_KEY: document}, Invocation())

    assert (answer["fault"], answer["code"]) == ("operator", "invocation_unknown")


def test_no_call_of_a_senders_is_taken_for_a_retry() -> None:
    """Whatever a sender writes is deeper in the event that API Gateway makes from it."""
    home = Home()
    body = encode_retry(RetryCall(rejected=refused(home)))
    event = proxy_event(home.request(body)) | {RETRY_KEY: json.loads(body)[RETRY_KEY]}

    assert try_again(home.validator, event, Invocation()) is None


def test_a_validator_that_knows_no_retry_is_named_as_such() -> None:
    """A newer command meets an older deployment."""

    class Old(Lambda):
        def invoke(self, *, FunctionName: str, Payload: bytes) -> dict[str, Any]:  # noqa: ARG002, N803 -- as above
            answer = self.home.validator(json.loads(Payload), Invocation())
            assert body_of(answer)["code"] == "malformed_request"
            return {"Payload": _Stream(json.dumps(answer).encode())}

    home = Home()

    with pytest.raises(OperatorError) as fault:
        LambdaAcceptor(lambda: Old(home), function="f").accept(refused(home), accept_ambiguous=False)
    assert fault.value.code == "environment_unknown"


def test_a_validator_that_ends_with_a_fault_is_not_taken_for_an_answer() -> None:
    """When memory or time runs out, the result is not known, and the request stays."""

    class Dying(Lambda):
        def invoke(self, *, FunctionName: str, Payload: bytes) -> dict[str, Any]:  # noqa: ARG002, N803 -- as above
            return {"FunctionError": "Unhandled", "Payload": _Stream(b'{"errorMessage": "timed out"}')}

    home = Home()

    with pytest.raises(HooklineError) as fault:
        LambdaAcceptor(lambda: Dying(home), function="f").accept(refused(home), accept_ambiguous=False)
    assert isinstance(fault.value, UnavailableError)


def test_a_quarantine_that_is_switched_off_keeps_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those who must not keep what they refused can say so."""
    config = load(PROJECT)
    off = replace(config, quarantine=replace(config.quarantine, max_requests=0))
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    keep = functions._keeper(off, None, Home().clock, None, "dev")  # type: ignore[arg-type] # nothing is opened

    assert keep(refused(Home())) == {}


def test_a_run_of_the_recoverer_keeps_the_bounds() -> None:
    """The table must not grow for as long as a flood lasts."""
    home = Home(config=replace(load(PROJECT), quarantine=QuarantineBounds(max_requests=2)))
    for number in range(5):
        home.post(payment(number), secret=OTHER)

    home.recoverer({}, Invocation())

    assert len(home.quarantine.ids()) == 2
    assert home.telemetry.records[-1].fields["rejected_removed"] == 3


def test_a_fault_in_keeping_the_bounds_costs_the_run_nothing() -> None:
    """The recoverer's main task is the outbox."""
    home = Home()

    def fail(_limit: int) -> int:
        raise UnavailableError("storage_unavailable", "AWS: throttled")

    home.recoverer._sweep = fail

    assert home.recoverer({}, Invocation()) == {"recovered": 0, "failed": 0}
    assert home.telemetry.records[-1].fields["rejected_fault"] == {
        "fault": "UnavailableError",
        "fault_code": "storage_unavailable",
        "detail": "AWS: throttled",
    }
