"""``[[alerts]]`` in hookline.toml."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from hookline.config import parse
from hookline.domain.alert import AlertKind
from hookline.errors import ConfigError

BASE = """
[sources.shop]
verify = { scheme = "none" }
id = "id"
[queues.payments]
[[routes]]
match = { source = ["hookline/shop"] }
queues = ["payments"]
"""
ALERT = '[[alerts]]\nurl = "https://chat.example.com/hooks"\nsecrets = ["ALERTS"]\n'


def test_an_alert_reports_everything_unless_it_says_otherwise() -> None:
    """Three lines are enough for an alert."""
    (alert,) = parse(BASE + ALERT, base=Path()).alerts

    assert (alert.url, alert.secret_names) == ("https://chat.example.com/hooks", ("ALERTS",))
    assert alert.on == frozenset(AlertKind)
    assert (alert.queues, alert.sources, alert.dead_letters, alert.rejected_share) == ((), (), 1, 0.2)
    assert alert.after == timedelta(minutes=2)


def test_everything_can_be_said() -> None:
    """The operator chooses the thresholds."""
    more = (
        'on = ["silent_source", "oldest_age"]\nqueues = ["payments", "unrouted"]\nsources = ["shop"]\ndead_letters = 5\n'
        'rejected_share = 1\noldest_age = "1h"\nsilent_for = "30m"\nafter = "0s"\nallow_private = true\n'
    )
    (alert,) = parse(BASE + ALERT + more, base=Path()).alerts

    assert alert.on == {AlertKind.SILENT_SOURCE, AlertKind.OLDEST_AGE}
    assert (alert.queues, alert.sources) == (("payments", "unrouted"), ("shop",))
    assert (alert.dead_letters, alert.rejected_share, alert.allow_private) == (5, 1.0, True)
    assert (alert.oldest_age, alert.silent_for, alert.after) == (
        timedelta(hours=1),
        timedelta(minutes=30),
        timedelta(0),
    )


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ('[[alerts]]\nsecrets = ["A"]\n', "alerts[0].url"),
        ('[[alerts]]\nurl = "https://a.example.com"\n', "alerts[0].secrets"),
        ('[[alerts]]\nurl = "http://a.example.com"\nsecrets = ["A"]\n', "https://"),
        ('[[alerts]]\nurl = "https://10.0.0.1"\nsecrets = ["A"]\n', "private address"),
        (ALERT + 'on = ["dead_leters"]\n', "dead_letters"),
        (ALERT + "on = []\n", "at least one of"),
        (ALERT + 'queues = ["paymnets"]\n', "payments"),
        (ALERT + 'sources = ["shopp"]\n', "shop"),
        (ALERT + "rejected_share = 0\n", "must be a number above 0"),
        (ALERT + "rejected_share = true\n", "must be a number above 0"),
        (ALERT + "dead_letters = 0\n", "alerts[0].dead_letters"),
        (ALERT + 'after = "2d"\n', "alerts[0].after"),
        (ALERT + 'for = "2m"\n', "unknown key"),
        (ALERT + ALERT, "as another [[alerts]]: remove"),
        ("alerts = 3\n", "alerts"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_place(text: str, part: str) -> None:
    """Otherwise an operator would notice the silent alert on the night when it should have fired."""
    with pytest.raises(ConfigError) as caught:
        parse((text + BASE) if text.startswith("alerts =") else (BASE + text), base=Path())

    assert part in "\n".join(str(one) for one in caught.value.complaints)


def test_its_secret_may_not_be_a_source_s_own() -> None:
    """The receiver of alerts could sign events as that sender."""
    text = BASE.replace(
        'verify = { scheme = "none" }', 'verify = { scheme = "standard-webhooks", secrets = ["ALERTS"] }'
    )
    with pytest.raises(ConfigError) as caught:
        parse(text + ALERT, base=Path())

    assert "also verifies the source shop" in str(caught.value.complaints)


def test_only_the_server_needs_the_secret_of_an_alert() -> None:
    """The functions on AWS do not get it."""
    config = parse(BASE + ALERT, base=Path())

    assert "ALERTS" in config.local_secret_names
    assert "ALERTS" not in config.aws_secret_names
    assert [one.where for one in config.forward_secret_complaints({})] == ["alerts[0].secrets"]
