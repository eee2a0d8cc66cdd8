"""``fetch`` of a source: which sources have it, which need it, and which secrets follow from it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from hookline.config import parse
from hookline.errors import ConfigError

if TYPE_CHECKING:
    from hookline.config import Config

MERCADO_PAGO = '[sources.mp]\nverify = { scheme = "mercado-pago", secrets = ["MP_SECRET"] }\n'
STRIPE = '[sources.s]\nverify = { scheme = "stripe", secrets = ["S"] }\n'
GOCARDLESS = '[sources.g]\nverify = { scheme = "gocardless", secrets = ["S"] }\n'
MOLLIE = '[sources.mollie]\nverify = { scheme = "mollie-classic" }\n'
QUEUE = "[queues.q]\n"


def read(source: str, *more: str) -> Config:
    """A project with this source."""
    return parse("\n".join((source, *more, QUEUE)), base=Path())


def complaints(source: str, *more: str) -> list[str]:
    """What is wrong with it."""
    with pytest.raises(ConfigError) as refused:
        read(source, *more)
    return [f"{one.where}: {one.why}" for one in refused.value.complaints]


def test_a_source_names_the_secret_of_the_api() -> None:
    """The function that takes calls must not have it: it calls no API."""
    config = read(MERCADO_PAGO, 'fetch = { secret = "MP_TOKEN" }')

    (source,) = config.sources
    assert source.fetch is not None
    assert (source.fetch.secret_name, source.fetch.place) == ("MP_TOKEN", "live")
    assert config.secret_names == ("MP_SECRET",)
    assert config.fetch_secret_names == ("MP_TOKEN",)
    assert set(config.local_secret_names) == set(config.aws_secret_names) == {"MP_SECRET", "MP_TOKEN"}


def test_without_it_nothing_is_fetched() -> None:
    """It is opt-in: for some users the token is worth more than the record."""
    config = read(MERCADO_PAGO)

    assert config.sources[0].fetch is None
    assert config.fetch_secret_names == ()


def test_gocardless_has_a_sandbox() -> None:
    """The sandbox has its own tokens."""
    config = read(GOCARDLESS, 'fetch = { secret = "T", environment = "sandbox" }')

    assert config.sources[0].fetch is not None
    assert config.sources[0].fetch.place == "sandbox"


@pytest.mark.parametrize(
    ("source", "more", "said"),
    [
        (
            STRIPE,
            'fetch = { secret = "T" }',
            "sources.s.fetch (line 4): cannot be used with the scheme stripe; hookline can fetch records from the APIs of",
        ),
        (MERCADO_PAGO, "fetch = true", "sources.mp.fetch (line 4): must be a table"),
        (MERCADO_PAGO, "fetch = {}", "sources.mp.fetch.secret (line 4): name the variable that holds the API's token"),
        (MERCADO_PAGO, 'fetch = { secret = "T", token = "T" }', "sources.mp.fetch.token (line 4): unknown key"),
        (MERCADO_PAGO, 'fetch = { secret = "APP_USR-7434 1" }', "is not the name of a secret"),
        (MERCADO_PAGO, 'fetch = { secret = "T", environment = "sandbox" }', "must be"),
        (MOLLIE, "", 'only its API can confirm them: write fetch = { secret = "NAME" }'),
    ],
    ids=["does not know its API", "no table", "no secret", "a slip", "a token itself", "no such place", "needed"],
)
def test_what_is_wrong_is_said(source: str, more: str, said: str) -> None:
    """The complaint comes before anything is served."""
    found = complaints(source, more)

    assert any(said in one for one in found), found


@pytest.mark.parametrize(
    ("value", "is_good"),
    [
        (b"APP_USR-7434", True),
        (None, False),
        (b"", False),
        (b"short", False),
        (b"a token with spaces", False),
        (b"a-token-of-a-file\n", False),
        (b"a-token\r\nx-header: 1", False),
        ("schl\u00fcssel-wort".encode(), False),
    ],
)
def test_a_token_that_no_header_can_hold_is_refused(value: bytes | None, *, is_good: bool) -> None:
    """A line's end in it would be a header of its own."""
    config = read(MERCADO_PAGO, 'fetch = { secret = "MP_TOKEN" }')

    found = config.secret_complaints(
        {"MP_SECRET": b"a-secret-of-some-length", **({} if value is None else {"MP_TOKEN": value})}
    )

    assert (found == ()) == is_good
    assert all("MP_TOKEN" in one.why and (not value or value.decode() not in one.why) for one in found)


def test_unsigned_calls_are_limited_by_themselves() -> None:
    """Anyone can make them, and each causes a call to the API."""
    assert read(MOLLIE, 'fetch = { secret = "T" }').sources[0].rate_limit == 10
    assert read(MOLLIE, 'fetch = { secret = "T" }', 'rate_limit = "50/s"').sources[0].rate_limit == 50
    assert read(MERCADO_PAGO).sources[0].rate_limit is None


def test_routes_may_match_on_what_is_fetched() -> None:
    """The calls themselves have no record of that kind."""
    route = (
        '[[routes]]\nmatch = { transactiontype = ["refund"], transactionamount = [{ prefix = "9" }] }\nqueues = ["q"]'
    )

    assert read(MOLLIE, 'fetch = { secret = "T" }', route).routes
