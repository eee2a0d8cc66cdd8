"""What a client does, written once and sent to every server; what it sees, in a form that can be compared."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from botocore import xform_name  # type: ignore[import-untyped] # botocore carries no types
from botocore.exceptions import ClientError  # type: ignore[import-untyped] # botocore carries no types

from acceptance.sqs import START
from differential.servers import DECLARED, TICK
from hookline.domain.fifo import FIFO_SUFFIX

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from differential.servers import Server

__all__ = [
    "Arn",
    "At",
    "Call",
    "Drain",
    "Receipt",
    "Run",
    "Seen",
    "Step",
    "Text",
    "Unique",
    "Wait",
    "group_of",
    "is_fifo",
    "number_of",
]

Outcome = dict[str, Any]  # JSON of any shape


@dataclass(frozen=True, slots=True)
class At:
    """The URL of a queue."""

    queue: str


@dataclass(frozen=True, slots=True)
class Arn:
    """The ARN of a queue."""

    queue: str


@dataclass(frozen=True, slots=True)
class Text:
    """A body: ``words`` with a number that no other body has. Without words it is empty."""

    words: str


@dataclass(frozen=True, slots=True)
class Unique:
    """An id that comes only once."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """The receipt of what was received ``back`` receives ago: the latest of a message that was not deleted, or any.

    ``queue`` is where it is used, which is the queue that gave it out where that is None.
    """

    back: int = 0
    latest: bool = True
    queue: str | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """One call of ``action``. A receipt's own queue is the ``QueueUrl`` where that is not given."""

    action: str
    arguments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Drain:
    """Receive from a queue, at most ``most`` at a time, until nothing is visible: which come first is not promised."""

    queue: str
    most: int
    arguments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Wait:
    """Let ``seconds`` seconds pass."""

    seconds: int


Step = Call | Drain | Wait


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a server answered to a call about ``queue``, or to one entry of a batch.

    ``receipt`` is the state of the receipt that was used: ``latest``, ``visible`` (its time is over), ``old`` (received again
    since), ``gone`` (moved to the dead-letter queue, or expired), ``deleted``, ``foreign`` (of another queue), ``garbage``, or nothing.
    ``repeated`` says of a message that its queue was sent its deduplication id before.
    """

    action: str
    queue: str
    arguments: Mapping[str, Any]
    receipt: str
    entry: bool
    outcome: Outcome
    repeated: bool = False


@dataclass(slots=True, kw_only=True)
class _Held:
    """A receive of a message, in its group where it has one: the receipt that each server returned for it."""

    queue: str
    body: str
    group: str
    until: datetime
    receipts: dict[str, str]
    deleted: bool = False
    gone: bool = False


class Run:
    """One sequence on several servers that have just begun. ``do`` brings what each of them answered, by its name."""

    def __init__(self, servers: Sequence[Server]) -> None:
        self.servers = {server.name: server for server in servers}
        self._now = START
        self._bodies = dict.fromkeys(self.servers, 0)
        self._unique = dict.fromkeys(self.servers, 0)
        self._deduplicated: set[tuple[str, str]] = set()
        self._held: list[_Held] = []
        self._ids: dict[str, dict[str, str]] = {name: {} for name in self.servers}
        self._numbers: dict[str, dict[str, str]] = {name: {} for name in self.servers}

    def drop(self, name: str) -> None:
        """Send no further call to this server: its state has become another one."""
        del self.servers[name]

    def do(self, step: Step) -> dict[str, list[Seen]]:
        """What each server answers; for a batch that was done, once for each entry."""
        if isinstance(step, Wait):
            self._pass(timedelta(seconds=step.seconds))
            return {}
        seen = self._drained(step) if isinstance(step, Drain) else self._called(step)
        self._pass(TICK)
        return seen

    def _pass(self, span: timedelta) -> None:
        self._now += span
        for server in self.servers.values():
            server.advance(span)

    def _called(self, call: Call) -> dict[str, list[Seen]]:
        used = list(_receipts_in(call.arguments))
        held = [self._pick(one) for one in used]
        filled = {name: self._filled(call, name, iter(held)) for name in self.servers}
        raw = {name: _call(server, call.action, filled[name]) for name, server in self.servers.items()}
        states = self._states(call, held)
        if call.action == "ReceiveMessage":
            self._hold(call.arguments, raw)
        seen = {name: self._seen(call, name, states, answer) for name, answer in raw.items()}
        self._note(call, held, seen)
        return seen

    def _drained(self, drain: Drain) -> dict[str, list[Seen]]:
        """All that is visible, and how many came at a time."""
        found: dict[str, Outcome] = {}
        arguments = {"QueueUrl": At(drain.queue), "MaxNumberOfMessages": drain.most, **drain.arguments}
        for name, server in self.servers.items():
            sizes, messages = [], []
            filled = {**drain.arguments, "QueueUrl": self._url(name, drain.queue), "MaxNumberOfMessages": drain.most}
            while True:
                answer = _call(server, "ReceiveMessage", filled)
                if "error" in answer or not answer.get("Messages"):
                    break
                sizes.append(len(answer["Messages"]))
                messages += answer["Messages"]
            found[name] = {"Messages": messages, "sizes": sizes} if "error" not in answer else answer
        self._hold(arguments, found)
        call = Call("ReceiveMessage", arguments)
        return {name: self._seen(call, name, [], answer) for name, answer in found.items()}

    # What is sent

    def _filled(self, call: Call, name: str, held: Any) -> dict[str, Any]:  # an iterator that all levels share
        filled: dict[str, Any] = self._value(call.arguments, name, held)
        if "QueueUrl" not in filled and ("ReceiptHandle" in filled or "Entries" in filled):
            filled["QueueUrl"] = self._url(name, self._queue_of(call))
        return filled

    def _value(self, value: Any, name: str, held: Any) -> Any:  # noqa: PLR0911 -- any argument of boto3's: one line for each kind
        match value:
            case At(queue):
                return self._url(name, queue)
            case Arn(queue):
                return f"arn:aws:sqs:us-east-1:{_account(self.servers[name])}:{queue}"
            case Receipt():
                found = next(held)
                return found.receipts[name] if found is not None and name in found.receipts else "no-such-receipt"
            case Text(words):
                self._bodies[name] += 1
                return f"{words} {self._bodies[name]}" if words else ""
            case Unique():
                self._unique[name] += 1
                return f"unique-{self._unique[name]}"
            case dict():
                return {key: self._value(one, name, held) for key, one in value.items()}
            case list():
                return [self._value(one, name, held) for one in value]
            case _:
                return value

    def _url(self, name: str, queue: str) -> str:
        server = self.servers[name]
        return f"{server.client.meta.endpoint_url}/{_account(server)}/{queue}"

    def _pick(self, receipt: Receipt) -> _Held | None:
        held = self._held
        if receipt.latest:
            newest = {one.body: one for one in self._held}
            held = [one for one in newest.values() if not one.deleted]
        return held[-1 - receipt.back] if receipt.back < len(held) else None

    def _queue_of(self, call: Call) -> str:
        """The queue that a call is about: its own, otherwise the one that its first receipt names or belongs to."""
        if isinstance(at := call.arguments.get("QueueUrl"), At):
            return at.queue
        first = next(_receipts_in(call.arguments), Receipt(queue=DECLARED[0].name))
        held = self._pick(first)
        return first.queue or (held.queue if held else DECLARED[0].name)

    def _states(self, call: Call, held: Sequence[_Held | None]) -> list[str]:
        """The state of each receipt when it is used: an entry of a batch may have used it just before."""
        states = [self._state(one, self._queue_of(call)) for one in held]
        for index, found in enumerate(held):
            before = [number for number in range(index) if found is not None and held[number] is found]
            if before and states[index] in ("latest", "visible"):
                states[index] = self._state_after(call, before[-1], states[before[-1]])
        return states

    def _state_after(self, call: Call, entry: int, state: str) -> str:
        """The state of an entry's receipt when the entry is done."""
        if call.action == "DeleteMessageBatch":
            return state if state == "visible" and is_fifo(self._queue_of(call)) else "deleted"
        timeout = call.arguments["Entries"][entry]["VisibilityTimeout"]
        return "visible" if timeout == 0 and state == "latest" else state

    def _state(self, held: _Held | None, queue: str) -> str:
        if held is None or held.queue != queue:
            return "garbage" if held is None else "foreign"
        same = [one for one in self._held if one.body == held.body]
        if any(one.deleted for one in same):
            return "deleted"
        if held.gone or same[-1].queue != held.queue:
            return "gone"
        latest = "visible" if held.until <= self._now else "latest"
        return latest if same[-1] is held else "old"

    # What comes back

    def _hold(self, arguments: Mapping[str, Any], answers: Mapping[str, Outcome]) -> None:
        """Note the receipts of what was received, if all servers brought the same."""
        queue = arguments["QueueUrl"].queue
        timeout = arguments.get("VisibilityTimeout")
        until = self._now + (_default_timeout(queue) if timeout is None else timedelta(seconds=timeout))
        sorted_ = {
            name: sorted(answer.get("Messages", []), key=lambda one: one["Body"]) for name, answer in answers.items()
        }
        bodies = {name: [one["Body"] for one in messages] for name, messages in sorted_.items()}
        if "error" not in answers["hookline"]:
            self._miss(queue, sorted_["hookline"])
        for index, body in enumerate(bodies["hookline"]):
            receipts = {
                name: messages[index]["ReceiptHandle"]
                for name, messages in sorted_.items()
                if bodies[name] == bodies["hookline"]
            }
            group = group_of(sorted_["hookline"][index])
            self._held.append(_Held(queue=queue, body=body, group=group, until=until, receipts=receipts))

    def _miss(self, queue: str, received: Sequence[Outcome]) -> None:
        """Note messages that are gone: this receive could have returned them, and did not."""
        bodies = {one["Body"] for one in received}
        for one in self._held:
            if one.queue == queue and one.until <= self._now and one.body not in bodies:
                one.gone |= not self._waits(one, received)

    def _waits(self, held: _Held, received: Sequence[Outcome]) -> bool:
        """Whether a message of a FIFO queue is still there: one of its group is in flight, and none behind it came."""
        same = [one["Body"] for one in received if group_of(one) == held.group]
        if not is_fifo(held.queue) or any(number_of(body) > number_of(held.body) for body in same):
            return False
        busy = [one for one in self._held if one.group == held.group and one.queue == held.queue]
        return bool(same) or any(one.until > self._now and not one.deleted for one in busy)

    def _note(self, call: Call, held: Sequence[_Held | None], seen: Mapping[str, list[Seen]]) -> None:
        """Note what hookline did with the messages."""
        self._deduplicated |= {
            (one.queue, one.arguments["MessageDeduplicationId"])
            for one in seen["hookline"]
            if "error" not in one.outcome and isinstance(one.arguments.get("MessageDeduplicationId"), str)
        }
        if call.action == "PurgeQueue" and "error" not in seen["hookline"][0].outcome:
            for standing in self._held:
                standing.gone |= standing.queue == self._queue_of(call)
        if len(held) != len(seen["hookline"]):
            return
        for found, one in zip(held, seen["hookline"], strict=True):
            if found is None or "error" in one.outcome:
                continue
            if call.action.startswith("DeleteMessage") and one.receipt in ("latest", "visible"):
                found.deleted = True
            if call.action.startswith("ChangeMessageVisibility"):
                found.until = self._now + timedelta(seconds=one.arguments["VisibilityTimeout"])

    def _seen(self, call: Call, name: str, states: Sequence[str], answer: Outcome) -> list[Seen]:
        if call.action.endswith("Batch") and "error" not in answer:
            return self._entries(call, name, states, answer)
        state = states[0] if len(states) == 1 else ""
        outcome = self._comparable(call, name, answer)
        return [self._answered(call, call.arguments, state, outcome, entry=False)]

    def _answered(
        self, call: Call, arguments: Mapping[str, Any], receipt: str, outcome: Outcome, *, entry: bool
    ) -> Seen:
        queue, entries = self._queue_of(call), call.arguments.get("Entries", [])
        sent = (queue, arguments.get("MessageDeduplicationId"))
        before = [one.get("MessageDeduplicationId") for one in entries[: entries.index(arguments)]] if entry else []
        return Seen(
            action=call.action,
            queue=queue,
            arguments=arguments,
            receipt=receipt,
            entry=entry,
            outcome=outcome,
            repeated=isinstance(sent[1], str) and (sent in self._deduplicated or sent[1] in before),
        )

    def _entries(self, call: Call, name: str, states: Sequence[str], answer: Outcome) -> list[Seen]:
        """An outcome for each entry: an entry that failed looks like a call that failed."""
        found: dict[str, Outcome] = {one["Id"]: {} for one in call.arguments["Entries"]}
        for one in answer.get("Successful", []):
            found[one["Id"]] = self._comparable(call, name, {key: value for key, value in one.items() if key != "Id"})
        for one in answer.get("Failed", []):
            found[one["Id"]] = {"error": one["Code"], "sender_fault": one["SenderFault"]}
        seen = []
        for index, entry in enumerate(call.arguments["Entries"]):
            state = states[index] if states else ""
            seen.append(self._answered(call, entry, state, found[entry["Id"]], entry=True))
        return seen

    def _comparable(self, call: Call, name: str, answer: Outcome) -> Outcome:
        """Without what every server invents: ids, receipts, hosts and accounts."""
        if "error" in answer:
            return answer
        found = {key: value for key, value in answer.items() if key not in ("MessageId", "Messages")}
        if "MessageId" in answer:
            found |= self._sent(name, self._queue_of(call), answer)
        if "Messages" in answer:
            order = group_of if is_fifo(self._queue_of(call)) else _body
            found["Messages"] = [self._message(name, one) for one in sorted(answer["Messages"], key=order)]
        for key in ("QueueUrl", "TaskHandle", "NextToken"):
            if key in found:
                found[key] = found[key].rpartition("/")[2] if key == "QueueUrl" else "given"
        for key in ("QueueUrls", "queueUrls"):
            if key in found:
                found[key] = sorted(url.rpartition("/")[2] for url in found[key])
        if call.action == "GetQueueAttributes" and "Attributes" in found:
            policies = {key: json.loads(one) for key, one in found["Attributes"].items() if one.startswith("{")}
            found["Attributes"] = {**found["Attributes"], **policies}
        return {key: _without_account(value) for key, value in found.items()}

    def _sent(self, name: str, queue: str, answer: Outcome) -> Outcome:
        """What is comparable of an id and a sequence number: whether they are new, and whether the number is behind the others."""
        message_id, ids, numbers = answer["MessageId"], self._ids[name], self._numbers[name]
        shown = {"MessageId": "that of an earlier message" if message_id in ids.values() else "a new id"}
        ids[answer["MD5OfMessageBody"]] = message_id
        if (number := answer.get("SequenceNumber")) is None:
            return shown
        known = numbers.get(message_id) == number
        numbers[message_id] = number
        last = numbers.get(queue, "")
        numbers[queue] = max(last, number)
        place = "that of an earlier message" if known else "the next" if number > last else "none in order"
        return {**shown, "SequenceNumber": f"{len(number)} digits, {place}"}

    def _message(self, name: str, message: Outcome) -> Outcome:
        sent = self._ids[name].get(message["MD5OfBody"])
        shown = {key: value for key, value in message.items() if key not in ("MessageId", "ReceiptHandle")}
        invented = {}
        if "SenderId" in shown.get("Attributes", {}):
            invented["SenderId"] = "a sender"
        if (number := shown.get("Attributes", {}).get("SequenceNumber")) is not None:
            invented["SequenceNumber"] = "as sent" if number == self._numbers[name].get(str(sent)) else "another"
        if invented:
            shown["Attributes"] = {**shown["Attributes"], **invented}
        return {**shown, "MessageId": "as sent" if message["MessageId"] == sent else "another"}


def _receipts_in(value: Any) -> Any:  # any argument of boto3's
    if isinstance(value, Receipt):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from _receipts_in(one)
    elif isinstance(value, list):
        for one in value:
            yield from _receipts_in(one)


def _call(server: Server, action: str, arguments: Mapping[str, Any]) -> Outcome:
    try:
        answer: Outcome = getattr(server.client, xform_name(action))(**arguments)
    except ClientError as error:
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        return {"error": error.response["Error"]["Code"], "status": status, "exception": type(error).__name__}
    status = answer.pop("ResponseMetadata")["HTTPStatusCode"]
    return answer if status == 200 else {**answer, "status": status}


def _account(server: Server) -> str:
    return "000000000000" if server.name == "hookline" else "123456789012"


_ACCOUNT = re.compile(r"(arn:aws:sqs:[a-z0-9-]+:)[0-9]{12}:")


def _without_account(value: Any) -> Any:  # JSON of any shape
    if isinstance(value, dict):
        return {key: _without_account(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_without_account(one) for one in value]
    return _ACCOUNT.sub(r"\1ACCOUNT:", value) if isinstance(value, str) else value


def _default_timeout(queue: str) -> timedelta:
    name = queue.removesuffix(FIFO_SUFFIX)
    return next((one.visibility_timeout for one in DECLARED if one.name == name), timedelta(seconds=30))


def is_fifo(queue: str) -> bool:
    """Whether the queue of this name keeps the order of its groups."""
    return queue.endswith(FIFO_SUFFIX)


def group_of(message: Outcome) -> str:
    """The group of a received message, by which the messages of a FIFO queue are compared, each group in its order."""
    group: str = message.get("Attributes", {}).get("MessageGroupId", "")
    return group


def _body(message: Outcome) -> str:
    body: str = message["Body"]
    return body


def number_of(body: str) -> int:
    """The number of the message in the sequence."""
    return int(body.rpartition(" ")[2])
