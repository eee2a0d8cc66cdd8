"""``fifo = { group = … }``: what is taken, and what is refused at load."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from hookline.config import parse
from hookline.config.groups import group_expression
from hookline.domain.fifo import Fifo
from hookline.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

    from hookline.config import Config


def config(fifo: str, base: Path) -> Config:
    """A configuration with one queue, whose ``fifo`` is this."""
    return parse(
        f"""
[sources.shop]
path = "/webhook"
verify = {{ scheme = "none" }}
id = "id"
[queues.orders]
fifo = {fifo}
[queues.mail]
[[routes]]
match = {{ type = ["webhook"] }}
queues = ["orders"]
""",
        base=base,
    )


def complaint(fifo: str, base: Path) -> str:
    """The complaints about it."""
    with pytest.raises(ConfigError) as caught:
        config(fifo, base)
    (said,) = caught.value.complaints
    return str(said)


def test_a_queue_says_what_keeps_its_order(tmp_path: Path) -> None:
    """All other queues stay standard queues."""
    queues = {queue.name: queue.fifo for queue in config('{ group = "data.customer" }', tmp_path).queues}

    assert queues == {"orders": Fifo(group="data.customer"), "mail": None, "unrouted": None}


@pytest.mark.parametrize(
    "group", ["source", "transactionpayment || data.account", "'all'", "to_string(data.number)", "data.*.id | [0]"]
)
def test_whatever_can_find_text_is_taken(group: str, tmp_path: Path) -> None:
    """Also one group for the whole queue, and numbers as text."""
    assert config(f'{{ group = "{group}" }}', tmp_path).queue("orders").fifo == Fifo(group=group)


@pytest.mark.parametrize(
    ("fifo", "why"),
    [
        ('{ group = "customer" }', "write data.customer"),
        ('{ group = "data.customer || customer" }', "a message has no attribute 'customer'"),
        ('{ group = "header:X-Customer" }', "which does not contain headers and forms"),
        ('{ group = "data[*].id" }', "gives a list, but a group is text"),
        ('{ group = "data.a == data.b" }', "gives true or false"),
        ('{ group = "`5`" }', "a group is text"),
        ('{ group = "data." }', "is not JMESPath"),
        ('{ group = "" }', "must be a JMESPath into the CloudEvent"),
        ("{ group = 5 }", "must be a JMESPath into the CloudEvent"),
        ("{}", "write what defines its groups"),
        ("true", "must be a table"),
        ('{ group = "source", groups = 1 }', "unknown key 'groups'"),
    ],
)
def test_what_could_never_find_a_group_is_refused(fifo: str, why: str, tmp_path: Path) -> None:
    """Each event would silently be a group of its own, and no order would be kept."""
    said = complaint(fifo, tmp_path)

    assert "queues.orders.fifo" in said
    assert why in said


def test_members_that_name_a_group_must_not_occur_twice(tmp_path: Path) -> None:
    """Two readers of the body could see two groups."""
    (source,) = config('{ group = "data.customer.id" }', tmp_path).sources

    customer = source.reads.members.of("customer")
    assert customer is not None
    assert customer.of("id") is not None


def test_a_hostile_body_has_no_group() -> None:
    """The expression is evaluated on what strangers sent."""
    find = group_expression("join('-', data.names)").find

    assert find({"data": {"names": ["a", "b"]}}) == "a-b"
    assert find({"data": {"names": [1, None]}}) is None
    assert find({"data": 5}) is None
    assert find({}) is None
