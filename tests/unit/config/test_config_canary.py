"""``[canary]``."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from hookline.config import parse
from hookline.config.canary import CANARY, CANARY_SECRET, with_canary, with_wanted_canary
from hookline.domain.canary import Canary
from hookline.errors import ConfigError

PROJECT = """
[sources.shop]
verify = { scheme = "standard-webhooks", secrets = ["SHOP_SECRET"] }
[queues.orders]
[[routes]]
match = { source = [{ prefix = "hookline/" }] }
queues = ["orders"]
"""


def complaints(more: str) -> list[str]:
    """What is wrong with the project."""
    with pytest.raises(ConfigError) as caught:
        parse(PROJECT + more, base=Path())
    return [str(one) for one in caught.value.complaints]


def test_there_is_no_canary_unless_somebody_wants_one() -> None:
    """It is one more public path, and on AWS it costs money."""
    config = parse(PROJECT, base=Path())

    assert config.canary is None
    assert with_wanted_canary(config) is config


def test_an_empty_table_is_a_canary_with_the_defaults() -> None:
    """A user who wants a canary need not choose numbers."""
    config = parse(f"{PROJECT}[canary]\n", base=Path())

    assert config.canary == Canary(every=timedelta(minutes=1), late_after=timedelta(seconds=30))


def test_both_numbers_can_be_written() -> None:
    """A disk that syncs in a millisecond is late sooner than a function that starts cold."""
    config = parse(f'{PROJECT}[canary]\nevery = "5m"\nlate_after = "2s"\n', base=Path())

    assert config.canary == Canary(every=timedelta(minutes=5), late_after=timedelta(seconds=2))


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ('[canary]\nevery = "90s"', "whole minutes"),
        ('[canary]\nevery = "30s"', "from 1m to 1h"),
        ('[canary]\nlate_after = "500ms"', "must be a duration"),
        ('[canary]\nlate_after = "31s"', "at most half of every (1m)"),
        ('[canary]\nqueue = "payments"', "unknown key"),
        ("canary = true", "must be a table"),
    ],
)
def test_a_number_that_cannot_work_is_refused(written: str, why: str) -> None:
    """EventBridge knows whole minutes, and an event is waited for until the next one is sent."""
    (said,) = complaints(f"{written}\n") if not written.startswith("canary") else _complaints_at_the_top(written)

    assert why in said


def _complaints_at_the_top(line: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        parse(f"{line}\n{PROJECT}", base=Path())
    return [str(one) for one in caught.value.complaints]


@pytest.mark.parametrize(
    "taken",
    [
        f"[queues.{CANARY}]",
        f'[sources.{CANARY}]\nverify = {{ scheme = "standard-webhooks", secrets = ["X"] }}',
        f'[sources.other]\npath = "/webhook/{CANARY}"\nverify = {{ scheme = "standard-webhooks", secrets = ["X"] }}',
    ],
)
def test_a_name_of_the_canary_s_is_refused_with_its_line(taken: str) -> None:
    """`hookline check` says it, before anything is started."""
    (said,) = complaints(f"{taken}\n[canary]\n")

    assert "belongs to hookline's canary" in said
    assert "(line" in said


@pytest.mark.parametrize(
    "taken",
    [
        f'[sources.other]\nverify = {{ scheme = "standard-webhooks", secrets = ["{CANARY_SECRET}"] }}',
        f'[[access]]\nid = "AKIAEXAMPLE0000000A1"\nsecret = "{CANARY_SECRET}"\nrights = ["consume"]\nqueues = ["*"]',
        f'[[forwards]]\nqueue = "orders"\nurl = "https://a.example/"\nsecrets = ["{CANARY_SECRET}"]',
        f'[[alerts]]\nurl = "https://a.example/"\nsecrets = ["{CANARY_SECRET}"]',
    ],
)
def test_the_name_of_its_secret_is_refused(taken: str) -> None:
    """A server would check that sender's calls with the canary's own secret, and refuse all of them."""
    (said,) = complaints(f"{taken}\n[canary]\n")

    assert f"its own secret with the name {CANARY_SECRET}" in said


def test_the_name_of_its_secret_is_refused_where_a_stack_adds_the_canary() -> None:
    """A stack may have the canary without a table in hookline.toml: both would share one parameter."""
    with pytest.raises(ConfigError) as caught:
        with_canary(parse(PROJECT.replace("SHOP_SECRET", CANARY_SECRET), base=Path()))

    assert CANARY_SECRET in caught.value.complaints[0].why


def test_the_canary_is_added_once() -> None:
    """The server has it already when the control room asks for its routes."""
    once = with_wanted_canary(parse(f"{PROJECT}[canary]\n", base=Path()))

    assert (once.retention.of("shop"), once.retention.of(CANARY)) == (timedelta(days=30), timedelta(days=1))
    assert once.secret_names == ("SHOP_SECRET", CANARY_SECRET)
    assert [queue.name for queue in once.queues] == ["orders", "unrouted", CANARY]
    assert with_wanted_canary(once) is once
