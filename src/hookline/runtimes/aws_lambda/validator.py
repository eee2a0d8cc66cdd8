"""The validator: takes one webhook from API Gateway, has it accepted and stored, hands it to the router, and answers."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING, Protocol, TypeVar

from hookline.domain.event import Outcome
from hookline.domain.handshake import Caller
from hookline.errors import Rejected, UnavailableError
from hookline.pipeline.ambiguous import AMBIGUOUS
from hookline.pipeline.confirm import confirm
from hookline.pipeline.handshake import answer_handshake
from hookline.pipeline.public_keys import keyed, wanted_key
from hookline.pipeline.receive import find_source
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
    from hookline.domain.handshake import Reply
    from hookline.domain.request import Request
    from hookline.domain.secret import Secret
    from hookline.domain.source import Source
    from hookline.pipeline.handshake import HandshakeEffects
    from hookline.ports.clock import Clock
    from hookline.ports.confirmations import Confirmations
    from hookline.ports.dispatcher import Dispatcher
    from hookline.ports.event_store import EventStore
    from hookline.ports.keys import Keys
    from hookline.ports.telemetry import Telemetry
    from hookline.runtimes.answers import Answer
    from hookline.runtimes.aws_lambda.context import Context

__all__ = ["DEADLINE_SECONDS", "FreshSecrets", "Validator", "unopened"]

T = TypeVar("T")

DEADLINE_SECONDS = 8.0
"""From entry to answer; API Gateway waits 10 for it."""

_BY_SECRETS = frozenset({"signature_mismatch", "handshake_refused"})
_REFUSED = 400  # from there on answers are problems
_UNAUTHORIZED = 401
_OURS = 500

_COUNTED: Mapping[Outcome, tuple[Metric, ...]] = {
    Outcome.NEW: (Metric.ACCEPTED,),
    Outcome.DUPLICATE: (Metric.DUPLICATE,),
    Outcome.CONFLICT: (Metric.CONFLICT,),
    Outcome.REPEATED: (Metric.ACCEPTED, Metric.REPEATED_BODY),
    Outcome.REUSED: (Metric.CONFLICT,),
}
_TO_LOOK_AT = frozenset({Metric.NOT_DISPATCHED, Metric.CONFLICT, Metric.REPEATED_BODY})
"""What makes a line a warning."""


class FreshSecrets(Secrets, Protocol):
    """Secrets that are kept for a while, and can be read anew."""

    def refresh(self, names: Sequence[str]) -> bool:
        """Read these again, unless that was done a moment ago; whether any has changed. Raises UnavailableError."""
        ...


class _Call:
    """What is known of one call while it is answered."""

    __slots__ = ("event_id", "fields", "metrics", "sender", "source", "started")

    def __init__(self) -> None:
        self.started = perf_counter()
        self.sender: Source | None = None
        self.source: str | None = None
        self.event_id: str | None = None
        self.metrics: dict[Metric, float] = {}
        self.fields: dict[str, object] = {}


class Validator:
    """Answers one proxy event after another. No fault gets past it, and each call is one line of telemetry."""

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
        keys: Keys | None = None,
        confirmations: Confirmations | None = None,
    ) -> None:
        """``begin_deadline`` is told at each entry how many seconds the adapters have; ``keys`` may be None where no source needs any."""
        self._sources = config.sources_by_path
        self._config = config
        self._secrets = secrets
        self._store = store
        self._dispatcher = dispatcher
        self._telemetry = telemetry
        self._clock = clock
        self._begin_deadline = begin_deadline
        self._effects = effects
        self._keys = keys
        self._confirmations = confirmations
        self._usable: set[tuple[str, Secret]] = set()

    def __call__(self, event: object, context: Context) -> dict[str, object]:
        """The answer to a proxy event; after a 2xx its event is durable."""
        call = _Call()
        try:
            self._begin_deadline(DEADLINE_SECONDS)
            answer = self._answer(event, call)
        except Rejected as refused:
            answer = _refused(refused, call)
        except Exception as fault:  # noqa: BLE001 -- the last line of defence: a sender gets 503, the operator what is safe to know
            answer = _failed(fault, call)
        self._tell(call, answer, event, context)
        return proxy_answer(answer)

    def _answer(self, event: object, call: _Call) -> Answer:
        request = read_request(event, self._clock.now())
        call.fields["bytes"] = len(request.body)
        source = find_source(request.path, self._sources)
        call.sender, call.source = source, source.name
        if self._keys is not None and request.method == "POST":
            source = self._with_key(source, request, self._keys)
        if source.handshakes and (reply := self._greet(request, source)) is not None:
            return self._greeted(reply, source, call, Caller.of(request, caller_address(event)))
        accepted = self._accept(request, source)
        if self._confirmations is not None:
            confirm(request, source, accepted, lambda names: self._read(source, names), self._confirmations)
        call.event_id = accepted.id
        outcome = self._store.add([accepted])[0]
        call.metrics |= dict.fromkeys(_COUNTED[outcome], 1)
        if outcome.is_stored:  # a duplicate is on its way already, or the recoverer's
            self._dispatch(accepted, call, is_marked=outcome is Outcome.REPEATED)
        return answer_to(outcome, accepted.id, source)

    def _with_key(self, source: Source, request: Request, keys: Keys) -> Source:
        """The source with its sender's key. What no key could make good is refused before one is fetched."""
        reference = wanted_key(source, request)
        if reference is None:
            return source
        return keyed(source, keys.fetch(reference, self._read(source, source.secret_names)))

    def _greet(self, request: Request, source: Source) -> Reply | None:
        return self._twice(source, lambda: answer_handshake(request, source, lambda names: self._read(source, names)))

    def _greeted(self, reply: Reply, source: Source, call: _Call, caller: Caller) -> Answer:
        """The answer to a handshake, once done what it asks for."""
        call.fields["secret"] = self._effects.apply(reply, source, caller)
        call.metrics[Metric.HANDSHAKES] = 1
        return handshake_answer(reply)

    def _accept(self, request: Request, source: Source) -> Event:
        return self._twice(source, lambda: accept_spelled(request, source, self._read(source, source.secret_names)))

    def _twice(self, source: Source, attempt: Callable[[], T]) -> T:
        """What comes of it; a signature or a token that does not fit is looked at once more when its secret has just been changed."""
        try:
            return attempt()
        except Rejected as refused:
            if refused.code not in _BY_SECRETS or not self._refreshed(source):
                raise
        return attempt()

    def _refreshed(self, source: Source) -> bool:
        try:
            return self._secrets.refresh((*source.secret_names, *source.token_names))
        except UnavailableError:
            return False  # the refusal stands by the secrets that were good a moment ago

    def _read(self, source: Source, names: Sequence[str]) -> Sequence[Secret]:
        """The secrets, each known to be usable: with one that is not, a sender would be refused for our mistake."""
        secrets = self._secrets.read(names)
        for secret in secrets:
            if (source.name, secret) not in self._usable:
                self._check(source, secret)
        return secrets

    def _check(self, source: Source, secret: Secret) -> None:
        if complaint := self._config.secret_complaint(source, secret.name, secret.value):
            raise UnavailableError("secrets_unavailable", f"the secret {secret.name} {complaint}")
        self._usable.add((source.name, secret))

    def _dispatch(self, event: Event, call: _Call, *, is_marked: bool) -> None:
        """Hand the event to the router. It is stored: whatever goes wrong here, the recoverer brings it to its queues.

        Where the store has marked it, the router has to read it there.
        """
        try:
            if is_marked:
                self._dispatcher.dispatch_stored([event.id])
            else:
                self._dispatcher.dispatch(event)
        except Exception as fault:  # noqa: BLE001 -- as above
            call.metrics[Metric.NOT_DISPATCHED] = 1
            call.fields["not_dispatched"] = described(fault)

    def _tell(self, call: _Call, answer: Answer, event: object, context: Context) -> None:
        fields: dict[str, object] = {
            "request_id": context.aws_request_id,
            "gateway_request_id": gateway_request_id(event),
            "source": call.source,
            "event_id": call.event_id,
            "status": answer.status,
            "outcome": answer.outcome,
            "ms": round((perf_counter() - call.started) * 1000, 2),
            **call.fields,
        }
        code = answer.outcome if answer.status >= _REFUSED else None
        self._telemetry.record("request", call.metrics, fields, level=_level(call, answer), code=code)


def unopened(fault: Exception, telemetry: Telemetry, context: Context) -> dict[str, object]:
    """The answer of a validator that could not be put together: the sender comes again, and the operator reads why."""
    call = _Call()
    answer = _failed(fault, call)
    fields = {"request_id": context.aws_request_id, "status": answer.status, **call.fields}
    telemetry.record("cannot start", call.metrics, fields, level="error", code=answer.outcome)
    return proxy_answer(answer)


def _refused(refused: Rejected, call: _Call) -> Answer:
    call.metrics[Metric.REJECTED] = 1
    if refused.status == _UNAUTHORIZED:
        call.metrics[Metric.SIGNATURE_FAILURES] = 1
    return problem(refused, event_id=call.event_id, source=call.sender)


def _failed(fault: Exception, call: _Call) -> Answer:
    call.metrics[Metric.UNAVAILABLE] = 1
    call.fields.update(described(fault))
    if not isinstance(fault, UnavailableError):
        fault = UnavailableError("internal_fault", "a fault that hookline does not know")
    return problem(fault, event_id=call.event_id)


def _level(call: _Call, answer: Answer) -> str:
    if answer.status >= _OURS:
        return "error"
    is_warning = answer.outcome == AMBIGUOUS or not _TO_LOOK_AT.isdisjoint(call.metrics)
    return "warning" if is_warning else "info"
