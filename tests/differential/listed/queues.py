"""Queues: their attributes, lists, purges and move tasks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from differential.difference import (
    ALL,
    API,
    BOTH,
    INVALID_VALUE,
    MINISTACK,
    MOTO,
    Difference,
    accepts,
    codes,
    given,
    without,
)
from differential.steps import Arn, At, Call

if TYPE_CHECKING:
    from differential.steps import Outcome

__all__ = ["QUEUES"]

_MOVE = ("StartMessageMoveTask", "ListMessageMoveTasks", "CancelMessageMoveTask")


def _whole_seconds(outcome: Outcome) -> Outcome:
    attributes = outcome.get("Attributes", {})
    times = {name: value.partition(".")[0] for name, value in attributes.items() if name.endswith("Timestamp")}
    return {**outcome, "Attributes": {**attributes, **times}} if times else outcome


QUEUES: tuple[Difference, ...] = (
    # Queues
    Difference(
        name="unknown attribute of a queue",
        others=(MINISTACK,),
        hookline="`InvalidAttributeName`",
        elsewhere="leaves it out",
        why=f"it is one of the action's errors ([GetQueueAttributes]({API}GetQueueAttributes.html))",
        actions=("GetQueueAttributes",),
        shown=(Call("GetQueueAttributes", {"QueueUrl": At("payments"), "AttributeNames": ["Nothing"]}),),
        matches=accepts("InvalidAttributeName", when=given("AttributeNames")),
    ),
    Difference(
        name="no attribute names",
        others=(MINISTACK,),
        hookline="no attributes",
        elsewhere="all attributes",
        why=f"without names the result is empty ([GetQueueAttributes]({API}GetQueueAttributes.html))",
        actions=("GetQueueAttributes",),
        shown=(Call("GetQueueAttributes", {"QueueUrl": At("payments"), "AttributeNames": []}),),
        matches=lambda ours, theirs: not ours.arguments["AttributeNames"] and "error" not in theirs.outcome,
    ),
    Difference(
        name="no value of an attribute",
        others=(MINISTACK,),
        hookline="no `Attributes` if the queue has none of the requested attributes",
        elsewhere="an empty object",
        why="SQS leaves the map out",
        actions=("GetQueueAttributes",),
        shown=(Call("GetQueueAttributes", {"QueueUrl": At("payments"), "AttributeNames": ["Policy"]}),),
        mask=without(inside="Attributes"),
    ),
    Difference(
        name="redrive allow policy",
        others=BOTH,
        hookline="`RedriveAllowPolicy` of a dead-letter queue: only its own queue",
        elsewhere="none, like an SQS queue that was created without this policy",
        why=f"hookline's deployment sets it on AWS, so that both homes show the same ([SetQueueAttributes]({API}SetQueueAttributes.html))",
        actions=("GetQueueAttributes",),
        shown=(Call("GetQueueAttributes", {"QueueUrl": At("payments-dlq"), "AttributeNames": ALL}),),
        mask=without("RedriveAllowPolicy", inside="Attributes"),
        matches=lambda ours, theirs: (
            ours.arguments["AttributeNames"] == ["RedriveAllowPolicy"]
            and theirs.outcome.get("error") == "InvalidAttributeName"
        ),
    ),
    Difference(
        name="no tags",
        others=BOTH,
        hookline="no `Tags`",
        elsewhere="an empty object",
        why="SQS leaves the map out",
        actions=("ListQueueTags",),
        shown=(Call("ListQueueTags", {"QueueUrl": At("payments")}),),
        mask=lambda outcome: {} if outcome == {"Tags": {}} else outcome,
    ),
    Difference(
        name="no queues",
        others=(MINISTACK,),
        hookline="no `QueueUrls`",
        elsewhere="an empty list",
        why="SQS leaves the list out",
        actions=("ListQueues",),
        shown=(Call("ListQueues", {"QueueNamePrefix": "none"}),),
        mask=lambda outcome: {} if outcome == {"QueueUrls": []} else outcome,
    ),
    Difference(
        name="encryption",
        others=BOTH,
        hookline="`SqsManagedSseEnabled` is `false`",
        elsewhere="moto says `true`, MiniStack leaves it out",
        why="SQS encrypts a new queue; the encryption of hookline's file is not managed by SQS",
        actions=("GetQueueAttributes",),
        shown=(Call("GetQueueAttributes", {"QueueUrl": At("payments"), "AttributeNames": ALL}),),
        mask=without("SqsManagedSseEnabled", inside="Attributes"),
    ),
    Difference(
        name="fractions of a second",
        others=(MOTO,),
        hookline="`CreatedTimestamp` and `LastModifiedTimestamp` in whole seconds",
        elsewhere="with a fraction",
        why=f"they are epoch time in seconds ([GetQueueAttributes]({API}GetQueueAttributes.html))",
        actions=("GetQueueAttributes",),
        shown=(Call("GetQueueAttributes", {"QueueUrl": At("payments"), "AttributeNames": ALL}),),
        mask=_whole_seconds,
    ),
    Difference(
        name="sources of dead letters",
        others=(MINISTACK,),
        hookline="`ListDeadLetterSourceQueues`",
        elsewhere="does not have it",
        why=f"it is an action of SQS ([ListDeadLetterSourceQueues]({API}ListDeadLetterSourceQueues.html))",
        actions=("ListDeadLetterSourceQueues",),
        shown=(Call("ListDeadLetterSourceQueues", {"QueueUrl": At("payments-dlq")}),),
        matches=lambda _ours, theirs: theirs.outcome.get("error") == "InvalidAction",
    ),
    Difference(
        name="pages of queues",
        others=BOTH,
        hookline="`InvalidParameterValue` for more than 1000 queues a page",
        elsewhere="accept every number",
        why=f"1 to 1000 are valid ([ListQueues]({API}ListQueues.html))",
        actions=("ListQueues",),
        shown=(Call("ListQueues", {"MaxResults": 1001}),),
        matches=accepts(INVALID_VALUE, when=given("MaxResults")),
    ),
    Difference(
        name="second purge in a minute",
        others=(MINISTACK,),
        hookline="`PurgeQueueInProgress`",
        elsewhere="purges again",
        why=f"a queue can be purged once in 60 seconds ([PurgeQueue]({API}PurgeQueue.html))",
        actions=("PurgeQueue",),
        shown=(Call("PurgeQueue", {"QueueUrl": At("payments")}), Call("PurgeQueue", {"QueueUrl": At("payments")})),
        matches=codes("AWS.SimpleQueueService.PurgeQueueInProgress", None),
        splits=True,
    ),
    Difference(
        name="move tasks",
        others=BOTH,
        hookline="starts, lists and cancels them",
        elsewhere="have none: moto answers 500, MiniStack `InvalidAction`",
        why=f"they are actions of SQS ([StartMessageMoveTask]({API}StartMessageMoveTask.html)); "
        "tests compare hookline's tasks with AWS's documentation",
        actions=_MOVE,
        shown=(Call("StartMessageMoveTask", {"SourceArn": Arn("payments-dlq")}),),
        matches=lambda _ours, theirs: theirs.outcome.get("error") in ("500", "InvalidAction"),
        splits=True,
    ),
)
