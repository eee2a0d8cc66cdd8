"""The validator: accepts and stores one webhook from API Gateway, sends it to the router, and answers."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING, Protocol

from hookline.domain.event import Outcome, Status
from hookline.domain.handshake import Reply
from hookline.domain.quarantine import RejectedRequest
from hookline.errors import Rejected, UnavailableError
from hookline.pipeline.ambiguous import AMBIGUOUS
from hookline.pipeline.public_keys import keyed, wanted_key
from hookline.pipeline.receive import Call, Endpoint, PublicKey, Slow, receive, run
from hookline.pipeline.spelling import accept_spelled
from hookline.ports.secrets import Secrets
from hookline.ports.telemetry import Metric
from hookline.runtimes.answers import answer_to, handshake_answer, problem
from hookline.runtimes.aws_lambda.proxy import caller_address, gateway_request_id, proxy_answer, read_request
from hookline.runtimes.aws_lambda.redaction import described

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from hookline.config import Config
    from hookline.domain.event import Event
    from hookline.domain.request import Request
    from hookline.domain.secret import Secret
    from hookline.domain.source import Source
    from hookline.pipeline.handshake import HandshakeEffects
    from hookline.pipeline.receive import Need
    from hookline.ports.clock import Clock
    from hookline.ports.confirmations import Confirmations
    from hookline.ports.dispatcher import Dispatcher
    from hookline.ports.event_store import EventStore
    from hookline.ports.keys import Keys
    from hookline.ports.telemetry import Telemetry
    from hookline.runtimes.answers import Answer
    from hookline.runtimes.aws_lambda.context import Context
    from hookline.runtimes.aws_lambda.fifo_delivery import FifoDelivery
    from hookline.runtimes.aws_lambda.snapshots import Forgetful
    from hookline.runtimes.aws_lambda.source_pauses import SourcePauses

__all__ = ["DEADLINE_SECONDS", "FreshSecrets", "Line", "Validator", "unopened"]

DEADLINE_SECONDS = 8.0
"""Seconds from the entry to the answer; API Gateway waits 10 seconds."""

_REFUSED = 400  # answers from this status on are problem documents
_UNAUTHORIZED = 401
_OURS = 500

_NOT_KEPT = "not_kept"
_NEVER_KEPT = "secret"
_NO_LOSS = frozenset({_NEVER_KEPT, "late"})
"""The reasons without a warning: a request with a secret is never stored; a slow write usually ends during the next call."""

_COUNTED: Mapping[Outcome, tuple[Metric, ...]] = {
    Outcome.NEW: (Metric.ACCEPTED,),
    Outcome.DUPLICATE: (Metric.DUPLICATE,),
    Outcome.CONFLICT: (Metric.CONFLICT,),
    Outcome.REPEATED: (Metric.ACCEPTED, Metric.REPEATED_BODY),
    Outcome.REUSED: (Metric.CONFLICT,),
}
_TO_LOOK_AT = frozenset({Metric.NOT_DISPATCHED, Metric.CONFLICT, Metric.REPEATED_BODY})
"""Fields that make a log line a warning."""


class FreshSecrets(Secrets, Protocol):
    """Secrets that are cached and can be read again."""

    def refresh(self, names: Sequence[str], *, at_once: bool = False) -> bool:
        """Read these again, unless they were read a moment ago; returns whether any has changed. Raises UnavailableError.

        With ``at_once`` they are read in any case.
        """
        ...


class Line:
    """The telemetry record of one call, while it is collected."""

    __slots__ = ("call", "fields", "metrics", "started")

    def __init__(self) -> None:
        self.started = perf_counter()
        self.call: Call | None = None
        self.metrics: dict[Metric, float] = {}
        self.fields: dict[str, object] = {}

    @property
    def source(self) -> Source | None:
        """The source, once it is known."""
        return None if self.call is None else self.call.source

    @property
    def event_id(self) -> str | None:
        """The event of the call, once it is known."""
        return None if self.call is None else self.call.event_id


def _keep_nothing(_rejected: RejectedRequest) -> Mapping[str, object]:
    return {}


class Validator:
    """Answers one proxy event after another. It catches every fault, and each call writes one line of telemetry."""

    def __init__(  # noqa: PLR0913 -- all that one request needs, each given by its name
        self,
        *,
        config: Config,
        secrets: FreshSecrets,
        store: EventStore,
        dispatcher: Dispatcher,
        telemetry: Telemetry,
        clock: Clock,
        begin_deadline: Callable[[float], None],
        effects: HandshakeEffects,
        pauses: SourcePauses,
        keys: Keys | None = None,
        confirmations: Confirmations | None = None,
        fifo: FifoDelivery | None = None,
        keep: Callable[[RejectedRequest], Mapping[str, object]] = _keep_nothing,
        forgetful: Sequence[Forgetful] = (),
    ) -> None:
        """``begin_deadline`` is called at each entry with the seconds for the adapters' calls.

        ``keys`` may be None where no source needs any. ``fifo`` is needed where a queue is FIFO. ``keep`` stores a refused request after
        its answer is decided, and returns fields for the log. ``forgetful`` are the objects with a state between two calls.
        """
        self._config = config
        self._secrets = secrets
        self._store = store
        self._dispatcher = dispatcher
        self._telemetry = telemetry
        self._clock = clock
        self._begin_deadline = begin_deadline
        self._pauses = pauses
        self._keys = keys
        self._confirmations = confirmations
        self._fifo = fifo
        self._keep = keep
        self._forgetful = forgetful
        self._usable: set[tuple[str, Secret]] = set()
        self._endpoint = Endpoint.of(
            config.sources,
            lambda source: partial(self._read, source),
            effects=effects,
            confirmations=confirmations,
            accept=accept_spelled,
            refresh=self._refreshed,
            proxies=config.server.proxies,
        )

    def __call__(self, event: object, context: Context) -> dict[str, object]:
        """The answer to a proxy event; if it is 2xx, the event is durable."""
        line = Line()
        try:
            self._begin_deadline(DEADLINE_SECONDS)
            answer = self._answer(event, line)
        except Rejected as refused:
            answer = _refused(refused, line)
            self._keep_rejected(refused.code, line)
        except Exception as fault:  # noqa: BLE001 -- the last line of defence: a sender gets 503, the operator what is safe to know
            answer = _failed(fault, line)
        self._tell(line, answer, event, context)
        return proxy_answer(answer)

    def forget(self) -> None:
        """Forget the state that belongs to one process or time: secrets, connections, times, and cached look-ups."""
        self._usable.clear()
        for part in self._forgetful:
            part.forget()

    def read_ahead(self, seconds: float) -> None:
        """Read every secret, for at most this many seconds. The first request reads failed ones again and reports faults."""
        self._begin_deadline(seconds)
        with suppress(UnavailableError):
            self._secrets.read(self._config.secret_names)

    def _answer(self, event: object, line: Line) -> Answer:
        request = read_request(event, self._clock.now())
        line.fields["bytes"] = len(request.body)
        call = line.call = Call(request=request, address=caller_address(event))
        found = run(receive(call, self._endpoint, self._pauses), lambda need: self._met(need, call))
        assert call.source is not None  # noqa: S101 -- found, or the sequence has raised
        if isinstance(found, Reply):
            line.fields["secret"] = call.secret
            line.metrics[Metric.HANDSHAKES] = 1
            return handshake_answer(found)
        outcome = self._stored(found, line)
        if outcome is Outcome.REUSED:
            self._keep_rejected("delivery_reused", line)
        return answer_to(outcome, found.id, call.source)

    def accept_again(self, rejected: RejectedRequest, find: Callable[..., Event], line: Line) -> tuple[Event, Outcome]:
        """Accept a rejected request with the present secrets, store its event and send it to the router. Raises a HooklineError."""
        found = self.found_again(rejected, find)
        return found, self._stored(found, line)

    def found_again(
        self,
        rejected: RejectedRequest,
        find: Callable[..., Event],
        by: Callable[[Sequence[Source]], Sequence[Source]] = tuple,
    ) -> Event:
        """The event of a rejected request, not stored. ``by`` changes the sources by which the request is verified.

        ``find`` is ``pipeline.rejected.accept_again``, passed as an argument so that a cold start does not import it.
        """
        self._begin_deadline(DEADLINE_SECONDS)
        for source in self._config.sources:
            if source.name == rejected.source:
                self._refreshed(source, at_once=True)  # the operator has probably just corrected the secret
        return find(
            rejected,
            by(self._config.sources),
            self._secrets.read,
            self._keys,
            self._confirmations,
            accept=accept_spelled,
        )

    def record(self, what: str, line: Line, fields: Mapping[str, object], *, level: str) -> None:
        """Write a line of telemetry."""
        self._telemetry.record(what, line.metrics, {**fields, **line.fields}, level=level)

    def _stored(self, event: Event, line: Line) -> Outcome:
        """Store the event and send it to the router, unless its source holds it."""
        is_held = self._pauses.holds(event.source)
        outcome = self._store.add([replace(event, held=True) if is_held else event])[0]
        line.metrics |= dict.fromkeys(_COUNTED[outcome], 1)
        if is_held:
            line.fields["held"] = True
            return outcome
        is_there = self._fifo is not None and self._delivered(self._fifo, event, outcome, line)
        if (
            outcome.is_stored and not is_there
        ):  # a duplicate was already sent to the router, or the recoverer handles it
            self._dispatch(event, line, is_marked=outcome is Outcome.REPEATED)
        return outcome

    def _keep_rejected(self, code: str, line: Line) -> None:
        """Store the refused request, so that a person can read it later. The query of another method may contain the operator's token."""
        call = line.call
        if call is None or call.source is None or call.request.method != "POST":
            return
        kept = self._keep(RejectedRequest(source=call.source.name, code=code, request=call.request))
        line.fields |= kept
        if kept.get(_NOT_KEPT, _NEVER_KEPT) not in _NO_LOSS:
            line.metrics[Metric.QUARANTINE_DROPPED] = 1

    def _met(self, need: Need, call: Call) -> object:
        """Get what ``receive`` needs. Waiting delays no other call, because a process answers one at a time. Bodies arrive complete."""
        if isinstance(need, PublicKey):
            return self._keyed(need, call.request)
        assert isinstance(need, Slow)  # noqa: S101 -- as above
        return need.work()

    def _keyed(self, need: PublicKey, request: Request) -> Source:
        """The source with its sender's key. A call that no key could verify is refused before a key is fetched."""
        source = need.source
        reference = wanted_key(source, request)
        if reference is None or self._keys is None:
            return source
        return keyed(source, self._keys.fetch(reference, need.read(source.secret_names)))

    def _refreshed(self, source: Source, *, at_once: bool = False) -> bool:
        try:
            return self._secrets.refresh((*source.secret_names, *source.token_names), at_once=at_once)
        except UnavailableError:
            return False  # the call stays refused, by the secrets that were valid a moment ago

    def _read(self, source: Source, names: Sequence[str]) -> Sequence[Secret]:
        """The secrets, checked to be usable: with an unusable one, a sender would be refused because of the operator's mistake."""
        secrets = self._secrets.read(names)
        for secret in secrets:
            if (source.name, secret) not in self._usable:
                self._check(source, secret)
        return secrets

    def _check(self, source: Source, secret: Secret) -> None:
        if complaint := self._config.secret_complaint(source, secret.name, secret.value):
            raise UnavailableError("secrets_unavailable", f"the secret {secret.name} {complaint}")
        self._usable.add((source.name, secret))

    def _delivered(self, fifo: FifoDelivery, event: Event, outcome: Outcome, line: Line) -> bool:
        """Whether the event is on its queues. Raises UnavailableError where its order would be lost: the sender then retries."""
        routed = fifo.deliver(event, outcome)
        if routed is not None and outcome.is_stored:
            line.metrics[Metric.UNMATCHED if routed.status is Status.UNMATCHED else Metric.ROUTED] = 1
            line.fields["queues"] = list(routed.queues)
        return routed is not None

    def _dispatch(self, event: Event, line: Line, *, is_marked: bool) -> None:
        """Send the event to the router. It is stored: if this fails, the recoverer puts it on its queues.

        If the store has marked the event, the router has to read it from the store.
        """
        try:
            if is_marked:
                self._dispatcher.dispatch_stored([event.id])
            else:
                self._dispatcher.dispatch(event)
        except Exception as fault:  # noqa: BLE001 -- as above
            line.metrics[Metric.NOT_DISPATCHED] = 1
            line.fields["not_dispatched"] = described(fault)

    def _tell(self, line: Line, answer: Answer, event: object, context: Context) -> None:
        fields: dict[str, object] = {
            "request_id": context.aws_request_id,
            "gateway_request_id": gateway_request_id(event),
            "source": None if line.source is None else line.source.name,
            "event_id": line.event_id,
            "status": answer.status,
            "outcome": answer.outcome,
            "ms": round((perf_counter() - line.started) * 1000, 2),
            **line.fields,
        }
        code = answer.outcome if answer.status >= _REFUSED else None
        self._telemetry.record("request", line.metrics, fields, level=_level(line, answer), code=code)


def unopened(fault: Exception, telemetry: Telemetry, context: Context) -> dict[str, object]:
    """The answer of a validator that could not be created: 503 for the sender, who retries, and a log line for the operator."""
    line = Line()
    answer = _failed(fault, line)
    fields = {"request_id": context.aws_request_id, "status": answer.status, **line.fields}
    telemetry.record("cannot start", line.metrics, fields, level="error", code=answer.outcome)
    return proxy_answer(answer)


def _refused(refused: Rejected, line: Line) -> Answer:
    line.metrics[Metric.REJECTED] = 1
    if refused.status == _UNAUTHORIZED:
        line.metrics[Metric.SIGNATURE_FAILURES] = 1
    return problem(refused, event_id=line.event_id, source=line.source)


def _failed(fault: Exception, line: Line) -> Answer:
    line.metrics[Metric.UNAVAILABLE] = 1
    line.fields.update(described(fault))
    if not isinstance(fault, UnavailableError):
        fault = UnavailableError("internal_fault", "an unexpected error")
    return problem(fault, event_id=line.event_id)


def _level(line: Line, answer: Answer) -> str:
    if answer.status >= _OURS:
        return "error"
    is_warning = answer.outcome == AMBIGUOUS or not _TO_LOOK_AT.isdisjoint(line.metrics)
    return "warning" if is_warning else "info"
