"""Random sequences of what clients do: mostly what is right, and some of everything that is not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from differential.steps import Arn, At, Call, Drain, Receipt, Text, Wait

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

    from differential.steps import Step

__all__ = ["ATTRIBUTES", "BODY", "CHANGE", "HANDLE", "NAMES", "SEQUENCES", "batch", "often", "some"]

Arguments = dict[str, Any]  # of boto3's methods


def often(*choices: tuple[int, SearchStrategy[Any]]) -> SearchStrategy[Any]:
    """One of the choices, each as often as its number says; ``one_of`` leaves repetitions out."""
    return st.sampled_from([choice for times, choice in choices for _ in range(times)]).flatmap(lambda chosen: chosen)


_QUEUE = st.sampled_from(["payments"] * 6 + ["payments-dlq"] * 2 + ["refunds", "refunds-dlq"])
_ANY_QUEUE = st.sampled_from(["payments"] * 12 + ["payments-dlq"] * 4 + ["refunds"] * 2 + ["nowhere"])
_URL = _ANY_QUEUE.map(At)

_GOOD_WORDS = st.sampled_from(
    ["plain", '{"a": 1.50}', "h\u00fc\U0001f600\u20ac", "<&>\"'", "tab\tline\r\n", "  spaces  "]
)
_BAD_WORDS = st.sampled_from(["", "\x00", "\x1b[2J", "\ufffe"])
BODY = often((24, _GOOD_WORDS), (1, _BAD_WORDS)).map(Text)


def _typed(data_type: str, value: str | bytes) -> Arguments:
    return {"DataType": data_type, "BinaryValue" if isinstance(value, bytes) else "StringValue": value}


ATTRIBUTES = st.sampled_from(
    [
        {},
        {},
        {},
        {"event_type": _typed("String", "payment")},
        {"a": _typed("String", "x"), "a.b": _typed("String.label", "\u00fc"), "B": _typed("Binary", b"\x00\xff")},
        {
            "amount": _typed("Number", "-12.50"),
            "amount.cents": _typed("Number.int", "1250"),
            "z": _typed("Binary.png", b"p"),
        },
    ]
)
_BAD_ATTRIBUTES = st.sampled_from(
    [
        {"AWS.x": _typed("String", "x")},
        {"a..b": _typed("String", "x")},
        {".a": _typed("String", "x")},
        {"a b": _typed("String", "x")},
        {"a": _typed("Text", "x")},
        {"a": _typed("", "x")},
        {"a": _typed("String", "")},
        {"a": _typed("Number", "twelve")},
        {"a": _typed("String", "\x01")},
        {f"a{index}": _typed("String", "x") for index in range(11)},
    ]
)
_DELAY = st.sampled_from([0, 1, 30, 900])
_TRACE = {"AWSTraceHeader": _typed("String", "Root=1-5759e988-bd862e3fe1be46a994272793")}
_TIMEOUT = st.sampled_from([0, 1, 30, 120] * 3 + [43000, 43200])


def some(**parts: SearchStrategy[Any]) -> SearchStrategy[Arguments]:
    """Each of the parts, or not, rarely."""
    return st.fixed_dictionaries({}, optional=parts)


_MESSAGE = st.fixed_dictionaries({"MessageBody": BODY, "MessageAttributes": ATTRIBUTES})
_UNUSUAL = often(
    (8, st.fixed_dictionaries({"DelaySeconds": _DELAY})),
    (2, st.just({"MessageSystemAttributes": _TRACE})),
    (1, st.just({"MessageGroupId": "group-1"})),
    (1, st.fixed_dictionaries({"MessageAttributes": _BAD_ATTRIBUTES})),
    (
        1,
        st.sampled_from(
            [
                {"DelaySeconds": -1},
                {"DelaySeconds": 901},
                {"MessageSystemAttributes": {"AWSTraceHeader": _typed("Number", "1")}},
                {"MessageGroupId": "a group"},
                {"MessageDeduplicationId": "d-1"},
            ]
        ),
    ),
)
_DRAFT = often((3, _MESSAGE), (1, st.builds(lambda message, more: {**message, **more}, _MESSAGE, _UNUSUAL)))
_SEND = st.builds(lambda url, draft: Call("SendMessage", {"QueueUrl": url, **draft}), _URL, _DRAFT)


def batch(action: str, url: SearchStrategy[At] | None, entry: SearchStrategy[Arguments]) -> SearchStrategy[Step]:
    """A batch of up to four entries, whose ids are rarely what they should not be."""
    ids = st.sampled_from([["a", "b", "c", "d"]] * 40 + [["a", "a", "c", "d"], ["a b", "b", "c", "d"], ["x" * 81] * 4])
    bodies = often(
        (40, st.lists(entry, min_size=1, max_size=4)),
        (1, st.just([])),
        (1, st.lists(entry, min_size=11, max_size=11)),
    )

    def call(given: list[Arguments], names: list[str], at: At | None) -> Call:
        numbered = [{"Id": (names + [str(n) for n in range(11)])[i], **one} for i, one in enumerate(given)]
        return Call(action, {"Entries": numbered} if at is None else {"Entries": numbered, "QueueUrl": at})

    return st.builds(call, bodies, ids, st.none() if url is None else url)


_RECEIPT = often(
    (30, st.builds(Receipt, st.integers(0, 2))),
    (2, st.builds(Receipt, st.integers(0, 6), st.just(False))),
    (1, st.builds(Receipt, st.integers(0, 2), st.just(True), st.sampled_from(["payments", "refunds"]))),
    (1, st.just(Receipt(1000))),
)
HANDLE = st.fixed_dictionaries({"ReceiptHandle": _RECEIPT})
CHANGE = st.fixed_dictionaries(
    {"ReceiptHandle": _RECEIPT, "VisibilityTimeout": often((30, _TIMEOUT), (1, st.sampled_from([-1, 43201])))}
)

_SYSTEM = st.sampled_from([["All"], ["All"], ["ApproximateReceiveCount", "SentTimestamp"], ["AWSTraceHeader"]])
NAMES = st.sampled_from([["All"], [".*"], ["a"], ["a.*"], ["event_type", "amount.*"], ["missing"]])
_RECEIVE = some(
    MessageSystemAttributeNames=_SYSTEM,
    MessageAttributeNames=NAMES,
    VisibilityTimeout=st.sampled_from([1, 30, 120, 43200]),
)
_DRAIN = st.builds(Drain, _QUEUE, st.sampled_from([10, 10, 10, 1, 3]), _RECEIVE)
_BAD_RECEIVE_ARGUMENTS: SearchStrategy[Arguments] = st.sampled_from(
    [
        {"MaxNumberOfMessages": 0},
        {"MaxNumberOfMessages": 11},
        {"VisibilityTimeout": -1},
        {"VisibilityTimeout": 43201},
        {"WaitTimeSeconds": -1},
        {"WaitTimeSeconds": 21},
        {"AttributeNames": ["Nothing"]},
    ]
)
_BAD_RECEIVE = _BAD_RECEIVE_ARGUMENTS.map(lambda more: Call("ReceiveMessage", {"QueueUrl": At("payments"), **more}))
_EMPTY_RECEIVE = st.just(Call("ReceiveMessage", {"QueueUrl": At("nowhere")}))

_COUNTS = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesDelayed"]
_ATTRIBUTE_NAMES = st.sampled_from(
    [["All"], _COUNTS, _COUNTS, ["QueueArn", "RedrivePolicy"], ["RedriveAllowPolicy"], ["Policy"], ["Nothing"], []]
)
_ATTRIBUTES_CALL = st.builds(
    lambda url, names: Call("GetQueueAttributes", {"QueueUrl": url, "AttributeNames": names}), _URL, _ATTRIBUTE_NAMES
)
_LISTS = st.sampled_from(
    [
        Call("ListQueues"),
        Call("ListQueues", {"QueueNamePrefix": "pay"}),
        Call("ListQueues", {"QueueNamePrefix": "none"}),
        Call("ListQueues", {"MaxResults": 10}),
        Call("ListQueues", {"MaxResults": 1001}),
        Call("GetQueueUrl", {"QueueName": "payments"}),
        Call("GetQueueUrl", {"QueueName": "nowhere"}),
        Call("ListDeadLetterSourceQueues", {"QueueUrl": At("payments-dlq")}),
        Call("ListDeadLetterSourceQueues", {"QueueUrl": At("payments")}),
        Call("ListQueueTags", {"QueueUrl": At("payments")}),
        Call("CreateQueue", {"QueueName": "payments"}),
        Call("CreateQueue", {"QueueName": "payments", "Attributes": {"VisibilityTimeout": "60"}}),
        Call("CreateQueue", {"QueueName": "payments", "Attributes": {"VisibilityTimeout": "61"}}),
    ]
)
_PURGE = st.builds(lambda url: Call("PurgeQueue", {"QueueUrl": url}), _URL)
_MOVES = st.sampled_from(
    [
        Call("StartMessageMoveTask", {"SourceArn": Arn("payments-dlq")}),
        Call("ListMessageMoveTasks", {"SourceArn": Arn("payments-dlq")}),
        Call("CancelMessageMoveTask", {"TaskHandle": "none"}),
    ]
)
_WAIT = st.sampled_from([1, 5, 29, 61, 121, 901, 86400]).map(Wait)

_STEPS: SearchStrategy[Step] = often(
    (20, _SEND),
    (28, _DRAIN),
    (14, _WAIT),
    (10, st.builds(lambda handle: Call("DeleteMessage", handle), HANDLE)),
    (10, st.builds(lambda change: Call("ChangeMessageVisibility", change), CHANGE)),
    (8, _ATTRIBUTES_CALL),
    (3, batch("SendMessageBatch", _URL, _DRAFT)),
    (4, batch("SendMessageBatch", _URL, _MESSAGE)),
    (4, batch("DeleteMessageBatch", None, HANDLE)),
    (4, batch("ChangeMessageVisibilityBatch", None, CHANGE)),
    (2, _BAD_RECEIVE),
    (1, _EMPTY_RECEIVE),
    (2, _LISTS),
    (2, _PURGE),
    (1, _MOVES),
)

_BEGIN = st.builds(
    lambda sent, more: [
        Call(
            "SendMessageBatch",
            {"QueueUrl": At("payments"), "Entries": [{"Id": str(n), **one} for n, one in enumerate(sent)]},
        ),
        Drain("payments", 10, more),
    ],
    st.lists(_MESSAGE, min_size=3, max_size=4),
    _RECEIVE,
)

SEQUENCES: SearchStrategy[list[Step]] = st.builds(
    lambda begin, rest: [*begin, *rest], _BEGIN, st.lists(_STEPS, min_size=6, max_size=24)
)
"""Some messages are in flight, and then anything: enough steps for a message to die and to be received as a dead letter."""
