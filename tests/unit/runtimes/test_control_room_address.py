"""The address and the key of a control room, as operators give them."""

from __future__ import annotations

from pathlib import Path

import pytest

from hookline.config.units import UnusableError
from hookline.errors import OperatorError
from hookline.runtimes.control_room_api import api_at

SECRET = "HOOKLINE_ACCESS_SECRET"


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8081", "https://hooks.example.com", "https://[::1]:8081/", "http://a_b-c.d:1"]
)
def test_an_admin_port_is_an_address(url: str) -> None:
    """The address is only checked, not called."""
    api_at(url, None, SECRET, None)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "hooks.example.com:8081",
        "ftp://hooks",
        "https://hooks/api",
        "https://user:word@hooks",
        "https://h?a=b",
        "http://h\n",
    ],
)
def test_anything_else_is_refused_with_the_option(url: str) -> None:
    """A password in a URL, or a path, would be ignored without a word."""
    with pytest.raises(UnusableError, match="a host and a port") as refused:
        api_at(url, None, SECRET, None)

    assert refused.value.option == "--url"


def test_a_key_without_its_secret_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The server would refuse the call with a less helpful error."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(SECRET, raising=False)

    with pytest.raises(OperatorError, match=SECRET) as refused:
        api_at("http://127.0.0.1:8081", "operator", SECRET, None)

    assert refused.value.code == "api_secret_missing"


def test_the_secret_of_a_key_may_be_in_the_env_file_of_the_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Every other secret may be there too."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(SECRET, raising=False)
    Path(".env").write_text(f"{SECRET}=long-enough\n")

    api_at("http://127.0.0.1:8081", "operator", SECRET, None)
