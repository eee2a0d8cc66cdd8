"""``hookline sources try``."""

from __future__ import annotations

import hashlib
import hmac
import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from hookline.cli import main
from hookline.config import parse
from hookline.domain.secret import Secret
from hookline.pipeline.request_file import read_request
from unit.builders import NOW

if TYPE_CHECKING:
    from collections.abc import Callable

    from click.testing import Result

KEY = "5f1a3c9e7b2d4f60aabbccdd"
AT = str(int(NOW.timestamp()))
URL = "https://hooks.example.com/webhook/shop"
BODY = '{"event_id": "evt_1", "type": "paid"}'


def signed(text: str) -> str:
    """The signature of a sender that nobody knows."""
    return hmac.new(KEY.encode(), text.encode(), hashlib.sha256).hexdigest()


@pytest.fixture
def tried(tmp_path: Path) -> Callable[..., Result]:
    """The command on a request with this signature, which was sent some time ago."""

    def run(signature: str, *words: str, name: str = "shop", **more: object) -> Result:
        document = {
            "method": "POST",
            "url": URL,
            "headers": {"Content-Type": "application/json", "X-Shop-Signature": signature, "X-Shop-Time": AT},
            "body": BODY,
            **more,
        }
        file = tmp_path / "request.json"
        file.write_text(json.dumps(document))
        arguments = ["sources", "try", name, "--request", str(file), "--secret-env", "SHOP_SECRET", *words]
        return CliRunner().invoke(main, arguments, env={"SHOP_SECRET": KEY, "OTHER": "another-secret"})

    return run


def test_what_is_printed_is_a_source_that_takes_the_request(tried: Callable[..., Result]) -> None:
    """A user copies it unchanged, comments included."""
    result = tried(signed(f"{AT}.{BODY}"))

    assert result.exit_code == 0, result.output
    source = parse(f"{result.stdout}\n[queues.q]\n", base=Path()).sources[0]
    request, _ = read_request(
        json.dumps({"headers": {"X-Shop-Signature": signed(f"{AT}.{BODY}"), "X-Shop-Time": AT}, "body": BODY}).encode(),
        name="",
        at=NOW,
    )
    assert source.verifier.verify(request, [Secret(name="SHOP_SECRET", value=KEY.encode())]).secret == "SHOP_SECRET"
    assert "# Not signed: the query; the URL." in result.stdout
    assert "It can be verified for 10m at most." in result.stdout


def test_json_holds_the_options_and_the_block(tried: Callable[..., Result]) -> None:
    """A program that writes the file needs both."""
    result = tried(signed(BODY), "--json")

    document = json.loads(result.stdout)
    (proposal,) = document["proposals"]
    assert (document["source"], document["limited"]) == ("shop", False)
    assert (proposal["scheme"], proposal["options"]) == ("hmac", {"header": "X-Shop-Signature"})
    assert proposal["secret"] == "SHOP_SECRET"
    assert proposal["weakness"] is None
    assert "the time" in proposal["unsigned"]
    assert proposal["toml"].startswith("[sources.shop]\n")


def test_where_nothing_fits_it_says_what_was_tried_and_fails(tried: Callable[..., Result]) -> None:
    """Scripts use the exit code, people the list."""
    result, as_json = tried("0" * 64), tried("0" * 64, "--json")

    assert (result.exit_code, as_json.exit_code) == (1, 1)
    assert result.stdout.startswith("No configuration matches. These were tried")
    assert "senders that are known by name" in result.stdout
    assert json.loads(as_json.stdout)["proposals"] == []


def test_the_url_is_that_of_the_file_or_of_the_option(tried: Callable[..., Result]) -> None:
    """A recorder behind a proxy knows another one."""
    other = "https://shop.example.com/in"

    own, given, unknown = (
        tried(signed(f"{URL}{BODY}")),
        tried(signed(f"{other}{BODY}"), "--url", other),
        tried(signed(f"{other}{BODY}")),
    )

    assert f'public_url = "{URL}"' in own.stdout
    assert f'public_url = "{other}"' in given.stdout
    assert unknown.exit_code == 1


def test_any_of_several_secrets_may_fit_and_is_named(tried: Callable[..., Result]) -> None:
    """While one is rotated nobody knows which."""
    result = tried(signed(BODY), "--secret-env", "OTHER")

    assert 'secrets = ["SHOP_SECRET"]' in result.stdout


def test_no_secret_and_no_signature_is_printed(tried: Callable[..., Result]) -> None:
    """People paste the output into tickets."""
    for signature in (signed(BODY), "0" * 64, KEY, f"Bearer {KEY}"):
        for words in ((), ("--json",)):
            result = tried(signature, *words)

            assert KEY not in result.output
            assert signature not in result.output


@pytest.mark.parametrize("text", ["", "[]", "null", '{"headers": 1}', '{"body": 5}', "[" * 100_000])
def test_a_file_that_is_no_request_is_refused(tmp_path: Path, text: str) -> None:
    """The error says what is wrong with it."""
    file = tmp_path / "request.json"
    file.write_text(text)

    arguments = ["sources", "try", "shop", "--request", str(file), "--secret-env", "S", "--json"]
    result = CliRunner().invoke(main, arguments, env={"S": KEY})

    assert result.exit_code == 2
    assert json.loads(result.stderr)


def test_wrong_usage_is_refused(tried: Callable[..., Result], tmp_path: Path) -> None:
    """A name that no source can have, a variable that is not set, and no secret at all."""
    (tmp_path / "r.json").write_text("{}")

    name = tried(signed(BODY), name="Shop!")
    unset = tried(signed(BODY), "--secret-env", "NOT_SET_ANYWHERE")
    none = CliRunner().invoke(main, ["sources", "try", "shop", "--request", str(tmp_path / "r.json")])

    assert [result.exit_code for result in (name, unset, none)] == [2, 2, 2]
    assert "NOT_SET_ANYWHERE" in unset.stderr
