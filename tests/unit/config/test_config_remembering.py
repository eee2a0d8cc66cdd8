"""A sender's signature decides what a source remembers of its calls; the operator need not know the rules."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from hookline.config import parse
from hookline.domain.claim import IfRepeated, Remembering

LONG = timedelta(days=400)
MINUTES = timedelta(minutes=10)
HMAC = 'scheme = "hmac", secrets = ["S"], header = "X-Signature"'
TIMED = f'{HMAC}, timestamp_header = "X-Time"'
KEPT = timedelta(days=30)


def remembered(verify: str, lines: str = "", events: str = "") -> Remembering | None:
    """What the source of this text remembers."""
    text = f"[events]\n{events}\n[sources.s]\nverify = {{ {verify} }}\n{lines}\n[queues.q]\n"
    return parse(text, base=Path()).sources[0].remembering


@pytest.mark.parametrize(
    ("verify", "lines"),
    [
        ('scheme = "standard-webhooks", secrets = ["S"]', ""),
        ('scheme = "standard-webhooks", secrets = ["S"]', 'id = "event_id"'),
        ('scheme = "stripe", secrets = ["S"]', ""),
        ('scheme = "twitch", secrets = ["S"]', ""),
        (TIMED, 'id = "id"'),
        (TIMED, 'id = "content-hash"'),
        (HMAC, 'id = "id"\ntime = "at"\nmax_age = "1h"'),
        (HMAC, 'id = "each-call"'),
        ('scheme = "dropbox", secrets = ["S"]', ""),
        ('scheme = "none"', 'id = "header:X-Id"'),
    ],
)
def test_senders_that_sign_a_time_and_an_id_pay_nothing(verify: str, lines: str) -> None:
    """Their hot path does not change: no claim, no look-up."""
    assert remembered(verify, lines) is None


@pytest.mark.parametrize(
    ("verify", "lines", "wanted"),
    [
        (HMAC, 'id = "id"', Remembering(ids=LONG)),
        (HMAC, 'id = "content-hash"', Remembering(ids=LONG)),
        (HMAC, 'id = "header:X-Id"', Remembering(bodies=LONG)),
        (TIMED, 'id = "header:X-Id"', Remembering(bodies=MINUTES)),
        (TIMED, 'id = "content-hash"\ntype = "header:X-Type"', Remembering(bodies=MINUTES)),
        (
            HMAC,
            'id = "header:X-Id"\nrepeated_body = "set-aside"',
            Remembering(bodies=LONG, if_repeated=IfRepeated.SET_ASIDE),
        ),
        ('scheme = "standard-webhooks", secrets = ["S"]', 'id = "header:webhook-id"', Remembering(bodies=MINUTES)),
        ('scheme = "adyen", secrets = ["S"]', "", Remembering(ids=LONG)),
        ('scheme = "github", secrets = ["S"]', "", Remembering(bodies=LONG)),
        ('scheme = "gitlab", secrets = ["S"], form = "signature"', "", Remembering(bodies=MINUTES)),
        ('scheme = "paypal", secrets = ["S"]', "", Remembering(signed=timedelta(days=8))),
        ('scheme = "mailgun", secrets = ["S"]', "", Remembering(signed=MINUTES)),
        ('scheme = "mercado-pago", secrets = ["S"]', "", Remembering(signed=MINUTES)),
        (
            'scheme = "linear", secrets = ["S"]',
            "",
            Remembering(bodies=timedelta(minutes=2), if_repeated=IfRepeated.DUPLICATE),
        ),
        ('scheme = "square", secrets = ["S"]', 'public_url = "https://a.example/b"', Remembering(ids=LONG)),
    ],
)
def test_what_is_not_signed_is_remembered_for_as_long_as_a_call_verifies(
    verify: str, lines: str, wanted: Remembering
) -> None:
    """Each row is one reason."""
    assert remembered(verify, lines) == wanted


def test_retention_that_is_shorter_than_a_tolerance_is_made_up_for() -> None:
    """An event that is kept for a minute is gone while its call still verifies."""
    queue = '[queues.q]\nretention = "1m"\ndead_letter_retention = "1m"\n'
    text = f'[events]\nretention = "1m"\n[sources.s]\nverify = {{ {TIMED} }}\nid = "id"\n{queue}'

    found = parse(text, base=Path()).sources[0].remembering

    assert found == Remembering(ids=MINUTES)


@pytest.mark.parametrize(
    ("verify", "retention", "wanted"),
    [
        ('scheme = "standard-webhooks", secrets = ["S"]', "6h", Remembering(ids=KEPT)),
        ('scheme = "standard-webhooks", secrets = ["S"]', "90d", None),
        (HMAC, "6h", Remembering(ids=LONG)),
        (HMAC, "500d", None),
    ],
)
def test_a_source_that_keeps_events_for_less_knows_repeats_for_as_long_as_others(
    verify: str, retention: str, wanted: Remembering | None
) -> None:
    """A sender that repeats a call after a day with a new signature must not book the payment twice because its body was kept for hours."""
    assert remembered(verify, f'id = "id"\nretention = "{retention}"') == wanted


@pytest.mark.parametrize(
    ("verify", "lines", "wanted"),
    [
        ('scheme = "none"', 'id = "id"', Remembering(ids=KEPT)),
        (TIMED, 'id = "header:X-Id"', Remembering(ids=KEPT, bodies=MINUTES)),
        (HMAC, 'id = "header:X-Id"', Remembering(ids=KEPT, bodies=LONG)),
        (
            'scheme = "linear", secrets = ["S"]',
            "",
            Remembering(ids=KEPT, bodies=timedelta(minutes=2), if_repeated=IfRepeated.DUPLICATE),
        ),
        ('scheme = "none"', 'id = "each-call"', None),
    ],
)
def test_an_id_that_is_not_signed_is_known_for_as_long_as_those_of_other_sources(
    verify: str, lines: str, wanted: Remembering | None
) -> None:
    """A sender that signs again repeats its id, wherever that is: the event must not be booked twice once its body is gone."""
    assert remembered(verify, f'{lines}\nretention = "6h"') == wanted


@pytest.mark.parametrize(("dedupe", "wanted"), [("0s", None), ("30d", None), ("90d", timedelta(days=90))])
def test_how_long_digests_are_kept_is_a_setting(dedupe: str, wanted: timedelta | None) -> None:
    """What the events' own retention covers is not kept twice."""
    found = remembered(HMAC, 'id = "id"', f'dedupe = "{dedupe}"')

    assert (None if found is None else found.ids) == wanted
