"""A missing system tool skips a test on a developer's machine, and fails it in CI."""

from __future__ import annotations

import pytest

from tools import tool

_MISSING = "no-such-tool-anywhere"


def test_a_tool_that_is_there_is_found() -> None:
    """Tests call the tool by the path that was found."""
    assert tool("sh").endswith("/sh")


def test_a_missing_tool_skips_with_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """A developer without the tool still runs everything else, and reads why this test did not run."""
    monkeypatch.delenv("HOOKLINE_TESTS_NEED_TOOLS", raising=False)

    with pytest.raises(pytest.skip.Exception, match=_MISSING):
        tool(_MISSING)


def test_where_tools_are_required_a_missing_one_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """A skip in CI would hide for months that a test never runs."""
    monkeypatch.setenv("HOOKLINE_TESTS_NEED_TOOLS", "1")

    with pytest.raises(pytest.fail.Exception, match=_MISSING):
        tool(_MISSING)
