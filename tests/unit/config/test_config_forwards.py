"""``[[forwards]]``: what is right is read whole, and each mistake is reported with its key and line."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from hookline.config import parse
from hookline.domain.forward import Forward
from hookline.errors import ConfigError

if TYPE_CHECKING:
    from hookline.config import Config

BASE = """[sources.a]
verify = { scheme = "standard-webhooks", secrets = ["A_SECRET"] }
[queues.payments]
"""
URL, SECRETS = 'url = "https://ledger.example.com/hooks?tenant=1"', 'secrets = ["LEDGER_SECRET"]'


def read(*lines: str, base: str = BASE) -> Config:
    """The configuration with a forward of these lines."""
    return parse("\n".join([base, "[[forwards]]", *lines, ""]), base=Path())


def complaints(*lines: str) -> dict[str, str]:
    """What is wrong with a forward, by its key."""
    with pytest.raises(ConfigError) as caught:
        read(*lines)
    return {one.where.partition(" ")[0].removeprefix("forwards[0]."): one.why for one in caught.value.complaints}


def test_a_forward_needs_a_queue_a_url_and_a_secret() -> None:
    """Everything else has a default that suits a usual endpoint."""
    assert read('queue = "payments"', URL, SECRETS).forwards == (
        Forward(queue="payments", url="https://ledger.example.com/hooks?tenant=1", secret_names=("LEDGER_SECRET",)),
    )
    assert complaints().keys() == {"queue", "url", "secrets"}


def test_every_setting_is_read() -> None:
    """A setting that is taken and not used is worse than an unknown one."""
    config = read(
        'queue = "payments-dlq"',
        'url = "http://127.0.0.1:9000/"',
        'secrets = ["NEW_SECRET", "OLD_SECRET"]',
        "concurrency = 2",
        'timeout = "2s"',
        'min_backoff = "3s"',
        'max_backoff = "4m"',
        "breaker_failures = 5",
        'breaker_pause = "6s"',
        "allow_private = true",
    )

    assert config.forwards == (
        Forward(
            queue="payments-dlq",
            url="http://127.0.0.1:9000/",
            secret_names=("NEW_SECRET", "OLD_SECRET"),
            concurrency=2,
            timeout=timedelta(seconds=2),
            min_backoff=timedelta(seconds=3),
            max_backoff=timedelta(minutes=4),
            breaker_failures=5,
            breaker_pause=timedelta(seconds=6),
            allow_private=True,
        ),
    )


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("ledger.example.com", "must be a whole URL"),
        ("ftp://ledger.example.com/", "must be a whole URL"),
        ("https://", "must be a whole URL"),
        ("https://h:port/", "must be a whole URL"),
        ("https://[::1/", "must be a whole URL"),
        ("https://ledger.example.com/ä", "in ASCII"),
        ("https://ledger.example.com/ x", "without spaces"),
        ("https://user:word@ledger.example.com/", "must not have a user name"),
        ("https://ledger.example.com/#x", "or a fragment"),
        ("http://ledger.example.com/", "must begin with https://"),
        ("https://127.0.0.1/", "127.0.0.1 is a private address"),
        ("https://[::ffff:10.0.0.1]/", "::ffff:10.0.0.1 is a private address"),
        ("https://169.254.169.254/latest", "is a private address"),
        ("https://localhost:8080/", "localhost is a private address"),
        ("https://api.localhost/", "is a private address"),
    ],
)
def test_a_url_that_nothing_may_be_sent_to_is_refused_at_load(url: str, why: str) -> None:
    """The operator must learn of it before the first message, and a URL with a password must not be in the file."""
    found = complaints('queue = "payments"', f'url = "{url}"', SECRETS)

    assert why in found["url"]
    assert "word" not in found["url"].replace("password", "")


@pytest.mark.parametrize(
    ("line", "key", "why"),
    [
        ('queue = "payment"', "queue", "the nearest is 'payments'"),
        ("queue = 1", "queue", "there is no queue 1"),
        ("secrets = []", "secrets", "at least one"),
        ('secrets = "LEDGER_SECRET"', "secrets", "must be a list"),
        (
            'secrets = ["whsec_RVhBTVBMRS1vbmx5LW5ldmVyLWluLXByb2R1Y3Rpb24h"]',
            "secrets[0]",
            "looks like a secret itself",
        ),
        ('secrets = ["A_SECRET"]', "secrets[0]", "also verifies the source a"),
        ("concurrency = 0", "concurrency", "from 1 to 256"),
        ('timeout = "6m"', "timeout", "from 1s to 5m"),
        ('min_backoff = "0s"', "min_backoff", "from 1s to 11h50m"),
        ('max_backoff = "2s"', "max_backoff", "must not be shorter than min_backoff"),
        ("breaker_failures = 0", "breaker_failures", "from 1"),
        ('breaker_pause = "2h"', "breaker_pause", "from 1s to 1h"),
        ('allow_private = "yes"', "allow_private", "true or false"),
        ('secret = "LEDGER_SECRET"', "secret", "the nearest known one is 'secrets'"),
    ],
)
def test_a_mistake_is_reported_at_its_key(line: str, key: str, why: str) -> None:
    """All of them together, before anything is delivered."""
    lines = [one for one in ('queue = "payments"', URL, SECRETS) if one.split()[0] != line.split(maxsplit=1)[0]]

    found = complaints(*lines, line)

    assert why in found[key], found


def test_a_queue_is_forwarded_once() -> None:
    """Two forwards of a queue would share its messages, which nobody means."""
    again = ["[[forwards]]", 'queue = "payments"', URL, SECRETS]

    with pytest.raises(ConfigError, match="only one of the two"):
        read('queue = "payments"', URL, SECRETS, *again)


def test_forwards_must_be_a_list() -> None:
    """Users often write ``[forwards]``."""
    with pytest.raises(ConfigError, match=r"write \[\[forwards\]\]"):
        parse(f"{BASE}[forwards]\n", base=Path())


def test_what_a_forward_signs_with_is_checked_like_every_secret() -> None:
    """Without its secret a forward could only send what nobody can trust."""
    config = read('queue = "payments"', URL, 'secrets = ["ONE", "TWO"]')

    found = config.forward_secret_complaints({"ONE": b"short"})

    assert [(one.where, one.why) for one in found] == [
        ("forwards[0].secrets", "the secret ONE is not base64, with or without whsec_ before it"),
        ("forwards[0].secrets", "the secret TWO is missing"),
    ]
    assert config.secret_names == ("A_SECRET",)
    assert config.aws_secret_names == ("A_SECRET", "ONE", "TWO")
