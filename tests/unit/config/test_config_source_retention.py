"""``retention`` of a source."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from hookline.config import parse
from hookline.errors import ConfigError

REST = '[queues.q]\nretention = "1h"\ndead_letter_retention = "1h"\n'


def source(name: str, lines: str = "") -> str:
    """A source of this name with these lines more."""
    return f'[sources.{name}]\nverify = {{ scheme = "none" }}\nid = "id"\n{lines}\n'


def test_a_source_keeps_its_events_for_its_own_time_or_that_of_all() -> None:
    """Both homes, the quarantine and the prices use this one value."""
    sources = source("a", 'retention = "1m"') + source("b") + source("c", 'retention = "3650d"')
    text = f'[events]\nretention = "20d"\n{sources}{REST}'

    config = parse(text, base=Path())

    kept = {name: config.retention.of(name) for name in "abc"}
    assert kept == {"a": timedelta(minutes=1), "b": timedelta(days=20), "c": timedelta(days=3650)}
    assert (config.retention.shortest, config.retention.longest) == (kept["a"], kept["c"])
    assert {name: config.quarantine.kept_for(name) for name in "abc"} == {
        "a": timedelta(minutes=1),
        "b": timedelta(days=7),
        "c": timedelta(days=7),
    }


@pytest.mark.parametrize("value", ['"59s"', '"3651d"', "30", '"30 days"', '""'])
def test_a_time_that_no_home_could_keep_is_refused(value: str) -> None:
    """With the line of the key, and together with the source's other complaints."""
    with pytest.raises(ConfigError, match=r"sources\.a\.retention"):
        parse(f"{source('a', f'retention = {value}')}{REST}", base=Path())


def test_a_source_that_cannot_be_used_has_its_retention_read_too() -> None:
    """All complaints come together."""
    with pytest.raises(ConfigError) as raised:
        parse(f'[sources.a]\nverify = {{ scheme = "no-such" }}\nretention = "1s"\n{REST}', base=Path())

    assert any("sources.a.retention" in complaint.where for complaint in raised.value.complaints)
    assert len(raised.value.complaints) > 1
