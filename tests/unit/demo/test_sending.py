"""What ``hookline send`` decides before anything is sent, and what it shows of answers."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any  # Any: options

import pytest

from hookline.demo.errors import CannotSendError
from hookline.demo.sending import Sending, sent
from hookline.pipeline.shown import Shown

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

EXAMPLE = Path(__file__).parents[3] / "examples" / "senders" / "hookline.toml"
NOBODY = "http://127.0.0.1:9"
"""Nothing listens on the port of the discard protocol."""


def sending(**options: Any) -> Sending:
    """One sample of Zoom, with these options."""
    usual: dict[str, Any] = {
        **dict.fromkeys(("file", "kind", "url", "env_file", "private_key_env", "rate")),
        **dict.fromkeys(("duplicates", "tamper", "stale", "as_real", "fast", "dry_run"), False),
    }
    amounts = {"count": 1, "concurrency": 32, "outage": timedelta(), "headers": {}}
    return Sending(**usual | amounts | {"source": "zoom", "config_path": EXAMPLE} | options)


def progress(_total: int) -> AbstractContextManager[Callable[[], None]]:
    """Nobody watches."""
    return nullcontext(lambda: None)


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"outage": timedelta(hours=1)}, "are for --as-real"),
        ({"fast": True}, "are for --as-real"),
        ({"dry_run": True}, "are for --as-real"),
        ({"as_real": True, "count": 2}, "follows one event"),
        ({"as_real": True, "duplicates": True}, "follows one event"),
        ({"as_real": True, "rate": 5.0}, "follows one event"),
    ],
)
def test_options_that_exclude_each_other_are_refused(options: dict[str, Any], why: str) -> None:
    """A person who gives both would believe that both were used."""
    with pytest.raises(CannotSendError, match=why):
        sending(**options)


def test_a_dry_run_needs_no_server_and_no_secret() -> None:
    """It shows the sender's schedule before anything is set up."""
    shown = sent(sending(as_real=True, dry_run=True, outage=timedelta(hours=1)), progress)
    assert not isinstance(shown, Shown)

    *lines, last = shown

    assert len(lines) > 3
    assert isinstance(last, Shown)
    assert not last.failed
    assert isinstance(last.document, dict)
    assert (last.document["scheme"], last.document["arrived"]) == ("zoom", True)


def test_an_unknown_source_is_named_as_the_argument_that_is_wrong() -> None:
    """The command line says which of its words to correct."""
    with pytest.raises(CannotSendError, match="there is no source 'shop'") as refused:
        sent(sending(source="shop"), progress)

    assert refused.value.option == "SOURCE"


@pytest.mark.parametrize("count", [1, 3])
def test_a_server_that_does_not_answer_is_a_failure(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A script must not continue as if the events had arrived."""
    monkeypatch.setenv("ZOOM_SECRET", "long enough for a test")

    shown = sent(sending(url=NOBODY, count=count), progress)

    assert isinstance(shown, Shown)
    assert (shown.failed, shown.interrupted) == (True, False)
    assert isinstance(shown.document, dict)
    if count == 1:
        assert shown.parts == ()
        assert any("127.0.0.1:9" in note for note in shown.notes)
    else:
        assert (shown.document["asked"], shown.document["accepted"]) == (3, 0)
