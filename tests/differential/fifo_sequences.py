"""Random sequences of what clients of a FIFO queue do: few groups, so that messages wait for each other, and ids that come twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from differential.sequences import ATTRIBUTES, BODY, CHANGE, HANDLE, NAMES, batch, often, some
from differential.steps import At, Call, Drain, Unique, Wait

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

    from differential.steps import Step

__all__ = ["FIFO_SEQUENCES"]

Arguments = dict[str, Any]  # of boto3's methods

_QUEUE = st.sampled_from(["orders.fifo"] * 5 + ["orders-dlq.fifo"])
_URL = _QUEUE.map(At)

_GROUP = st.sampled_from(["a", "a", "b", "c", "customer-\x7e!#%"])
_DEDUPLICATION = often((9, st.just(Unique())), (1, st.sampled_from(["d-x", "d-y"])))
_MESSAGE = st.fixed_dictionaries(
    {
        "MessageBody": BODY,
        "MessageAttributes": ATTRIBUTES,
        "MessageGroupId": _GROUP,
        "MessageDeduplicationId": _DEDUPLICATION,
    }
)
_WRONG: SearchStrategy[Arguments] = st.sampled_from(
    [
        {"MessageBody": "no group", "MessageDeduplicationId": "d"},
        {"MessageBody": "no id", "MessageGroupId": "a"},
        {"MessageBody": "late", "MessageGroupId": "a", "MessageDeduplicationId": "d", "DelaySeconds": 5},
        {"MessageBody": "two words", "MessageGroupId": "a group", "MessageDeduplicationId": "d"},
        {"MessageBody": "long", "MessageGroupId": "a", "MessageDeduplicationId": "d" * 129},
    ]
)
_DRAFT = often((16, _MESSAGE), (1, _WRONG))
_SEND = st.builds(lambda url, draft: Call("SendMessage", {"QueueUrl": url, **draft}), _URL, _DRAFT)

_SYSTEM = st.sampled_from(
    [["All"], ["MessageGroupId", "SequenceNumber"], ["MessageGroupId", "ApproximateReceiveCount"]]
)
"""The group is always among them: messages are compared group by group."""
_RECEIVE = st.builds(
    lambda system, more: {"MessageSystemAttributeNames": system, **more},
    _SYSTEM,
    some(MessageAttributeNames=NAMES, VisibilityTimeout=st.sampled_from([1, 30, 120])),
)
_DRAIN = st.builds(Drain, _QUEUE, st.sampled_from([10, 10, 1, 1, 3]), _RECEIVE)
_ATTRIBUTES_CALL = st.builds(
    lambda url, names: Call("GetQueueAttributes", {"QueueUrl": url, "AttributeNames": names}),
    _URL,
    st.sampled_from(
        [
            ["All"],
            ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
            ["FifoQueue", "DeduplicationScope", "FifoThroughputLimit"],
            ["RedrivePolicy"],
        ]
    ),
)
_OTHERS = st.sampled_from(
    [
        Call("GetQueueUrl", {"QueueName": "orders.fifo"}),
        Call("ListQueues", {"QueueNamePrefix": "orders"}),
        Call("ListDeadLetterSourceQueues", {"QueueUrl": At("orders-dlq.fifo")}),
        Call("PurgeQueue", {"QueueUrl": At("orders.fifo")}),
        Call("SendMessage", {"QueueUrl": At("orders.fifo"), "MessageBody": "x"}),
    ]
)
_WAIT = st.sampled_from([1, 29, 61, 61, 299, 301]).map(Wait)

_STEPS: SearchStrategy[Step] = often(
    (16, _SEND),
    (8, batch("SendMessageBatch", _URL, _MESSAGE)),
    (1, batch("SendMessageBatch", _URL, _DRAFT)),
    (28, _DRAIN),
    (14, _WAIT),
    (16, st.builds(lambda handle: Call("DeleteMessage", handle), HANDLE)),
    (10, st.builds(lambda change: Call("ChangeMessageVisibility", change), CHANGE)),
    (6, batch("DeleteMessageBatch", None, HANDLE)),
    (3, batch("ChangeMessageVisibilityBatch", None, CHANGE)),
    (4, _ATTRIBUTES_CALL),
    (2, _OTHERS),
)

_BEGIN = st.builds(
    lambda sent, drain: [
        Call(
            "SendMessageBatch",
            {"QueueUrl": At("orders.fifo"), "Entries": [{"Id": str(n), **one} for n, one in enumerate(sent)]},
        ),
        drain,
    ],
    st.lists(_MESSAGE, min_size=3, max_size=6),
    st.builds(Drain, st.just("orders.fifo"), st.sampled_from([10, 1]), _RECEIVE),
)

FIFO_SEQUENCES: SearchStrategy[list[Step]] = st.builds(
    lambda begin, rest: [*begin, *rest], _BEGIN, st.lists(_STEPS, min_size=6, max_size=24)
)
"""Some groups have messages, some of them are in flight, and then anything."""
