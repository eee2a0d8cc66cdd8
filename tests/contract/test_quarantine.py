"""What every Quarantine does."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contract.builders import QUARANTINE, START, rejected

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from contract.homes import Home
    from hookline.domain.quarantine import RejectedRequest

MOMENT = timedelta(microseconds=1)
HEADER = st.tuples(st.binary(min_size=1, max_size=20).map(bytes.lower), st.binary(max_size=40))


def keep(home: Home, *sent: Sequence[RejectedRequest]) -> None:
    """Keep requests, those of each lot together, and remove what is then above the bounds: some backends do it later."""
    for lot in sent:
        home.quarantine.keep(lot)
    while home.quarantine.sweep(limit=100):
        pass


def kept_until(home: Home, number: int) -> datetime:
    """When a kept request goes."""
    kept = home.quarantine.get(number)
    assert kept is not None
    return kept.expires_at


def bodies(home: Home, source: str | None = None) -> list[bytes]:
    """The bodies of what is kept, in the order of their coming."""
    kept = [home.quarantine.get(number) for number in home.quarantine.ids(source=source)]
    return [one.rejected.request.body for one in kept if one is not None]


def test_a_request_comes_back_byte_for_byte(home: Home) -> None:
    """A signature can only be checked over what was really sent, repeats, odd bytes, order and query included."""
    sent = rejected(
        b"\x00\xff{}\r\n",
        code="schema_mismatch",
        query="a=%20b&a=\xe9",
        headers=[(b"x-signature", b"one"), (b"x-other", b"\xe9\xff"), (b"x-signature", b"two")],
    )

    keep(home, [sent])

    (number,) = home.quarantine.ids()
    kept = home.quarantine.get(number)
    assert kept is not None
    assert kept.id == number
    assert timedelta(0) <= kept.expires_at - (START + QUARANTINE.retention) < home.expiry_times
    assert (kept.rejected.source, kept.rejected.code) == ("transactions", "schema_mismatch")
    back = kept.rejected.request
    assert back.headers.items() == sent.request.headers.items()
    assert (back.method, back.path, back.query, back.body) == ("POST", "/webhook", "a=%20b&a=\xe9", b"\x00\xff{}\r\n")
    assert back.received_at == START


def test_a_summary_has_everything_but_the_bytes(home: Home) -> None:
    """A page folds a flood into one row: it must not read the bodies of a thousand requests for it."""
    one, two = rejected(b"{}", code="schema_mismatch"), rejected(b"{....}", source="shop", code="signature_mismatch")

    keep(home, [one], [two])

    found = home.quarantine.summaries()
    assert [(each.source, each.code, each.size) for each in found] == [
        ("transactions", "schema_mismatch", one.size),
        ("shop", "signature_mismatch", two.size),
    ]
    assert [each.id for each in found] == home.quarantine.ids()
    assert [each.source for each in home.quarantine.summaries(source="shop")] == ["shop"]


def test_the_newest_come_first_with_all_but_headers_and_body(home: Home) -> None:
    """The first page shows the last few again and again: it must not read all that is kept, nor bodies of a megabyte."""
    old, one = rejected(b"{}"), rejected(b"{.}" * 50, source="shop", code="schema_mismatch", query="a=%20b&a=\xe9")

    keep(home, [old], [old], [one])

    ids = home.quarantine.ids()
    found = home.quarantine.newest(limit=2)
    assert [each.id for each in found] == [ids[2], ids[1]]
    kept = [home.quarantine.get(number) for number in (ids[2], ids[1])]
    assert found == [each.call for each in kept if each is not None]
    assert (found[0].query, found[0].body_size) == ("a=%20b&a=\xe9", 150)
    assert len(home.quarantine.newest(limit=10)) == 3


def test_what_has_expired_is_not_among_the_newest(home: Home) -> None:
    """A row whose request is gone would lead to a page that is not there."""
    keep(home, [rejected(b"old")])
    home.clock.advance(QUARANTINE.retention + home.expiry_times)
    home.quarantine.keep([rejected(b"new")])

    assert [each.body_size for each in home.quarantine.newest(limit=10)] == [3]
    assert len(home.quarantine.newest(limit=10)) == 1


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(body=st.binary(max_size=200), headers=st.lists(HEADER, max_size=5))
def test_any_bytes_come_back(home: Home, body: bytes, headers: list[tuple[bytes, bytes]]) -> None:
    """A stranger may send any bytes."""
    sent = rejected(body, headers=headers)

    keep(home, [sent])

    kept = home.quarantine.get(home.quarantine.ids()[-1])
    assert kept is not None
    assert kept.rejected.request.body == body
    assert kept.rejected.request.headers.items() == sent.request.headers.items()


def test_a_large_body_that_packs_well_comes_back_whole(home: Home) -> None:
    """How a backend packs a body is its own decision; the bounds count the received bytes."""
    keep(home, [rejected(b" " * QUARANTINE.max_bytes)])

    assert bodies(home) == [b" " * QUARANTINE.max_bytes]


def test_requests_are_listed_in_the_order_of_their_arrival(home: Home) -> None:
    """They are tried again in that order: a refund must not overtake its payment."""
    keep(home, [rejected(b"1"), rejected(b"2", source="bank")])
    keep(home, [rejected(b"3")])

    assert bodies(home) == [b"1", b"2", b"3"]
    assert bodies(home, "transactions") == [b"1", b"3"]
    assert bodies(home, "nobody") == []


def test_the_middle_goes_when_there_are_too_many(home: Home) -> None:
    """The disk is bounded whatever arrives, and a request from before a flood is as likely to be genuine as the last one."""
    keep(home, [rejected(b"%d" % number) for number in range(7)])

    assert bodies(home) == [b"0", b"1", b"5", b"6"]


def test_a_flood_pushes_out_neither_the_oldest_nor_the_newest(home: Home) -> None:
    """A genuine request that was refused for the same reason must still be there when the operator looks."""
    keep(home, [rejected(b"genuine")])
    for number in range(200):
        keep(home, [rejected(b"forged %d" % number)])

    keep(home, [rejected(b"genuine, sent again")])

    kept = bodies(home)
    assert len(kept) == 4
    assert (kept[0], kept[-1]) == (b"genuine", b"genuine, sent again")


def test_a_flood_of_large_requests_pushes_out_neither_small_end(home: Home) -> None:
    """A forger chooses the size: bytes must not be a way around the rule."""
    keep(home, [rejected(b"genuine 1"), rejected(b"genuine 2")])
    for number in range(20):
        keep(home, [rejected(b"%03d" % number * 200)])

    kept = bodies(home)
    assert kept[:2] == [b"genuine 1", b"genuine 2"]
    assert kept[-1] == b"019" * 200


def test_the_middle_goes_when_they_are_too_large_together(home: Home) -> None:
    """A few large bodies fill a disk as well as many small ones."""
    keep(home, [rejected(b"a" * 400), rejected(b"b" * 400)])
    keep(home, [rejected(b"c" * 300)])

    assert bodies(home) == [b"a" * 400, b"c" * 300]


def test_headers_and_query_count_too(home: Home) -> None:
    """A sender of requests without bodies would fill the disk with headers."""
    keep(home, [rejected(b"1", headers=[(b"x", b"y" * 500)]), rejected(b"2", query="z" * 500)])

    assert bodies(home) == [b"2"]


def test_one_that_does_not_fit_on_its_own_is_left_out(home: Home) -> None:
    """It must not push out everything else to no end."""
    keep(home, [rejected(b"1"), rejected(b"x" * (QUARANTINE.max_bytes + 1)), rejected(b"2")])

    assert bodies(home) == [b"1", b"2"]


def test_a_flood_pushes_out_only_its_own(home: Home) -> None:
    """Forgeries for one source must not remove the evidence of another's fault, nor what its sender did prove."""
    keep(home, [rejected(b"other", source="bank"), rejected(b"proved", code="schema_mismatch")])

    keep(home, [rejected(b"%d" % number) for number in range(50)])

    assert bodies(home) == [b"other", b"proved", b"0", b"49"]


def test_what_is_released_is_gone_and_its_id_is_not_used_again(home: Home) -> None:
    """Somebody may have written the id down: it must never name another request."""
    keep(home, [rejected(b"1"), rejected(b"2")])
    first, second = home.quarantine.ids()

    released = home.quarantine.release([first, second, second + 1000])
    keep(home, [rejected(b"3")])

    assert released == 2
    assert home.quarantine.get(second) is None
    assert home.quarantine.ids()[0] > second


def test_what_was_kept_for_its_time_is_gone(home: Home) -> None:
    """Exactly then, whether it was swept or not, and for its full time when the clock is set back."""
    keep(home, [rejected(b"1")])
    (number,) = home.quarantine.ids()
    end = kept_until(home, number)
    home.clock.step_back(timedelta(days=3))
    home.clock.advance(end - START - MOMENT)
    before = (home.quarantine.ids(), home.quarantine.sweep(limit=10))

    home.clock.advance(MOMENT)

    assert before == ([number], 0)
    assert home.quarantine.ids() == []
    assert home.quarantine.get(number) is None
    assert home.quarantine.sweep(limit=10) == 1
    assert home.quarantine.sweep(limit=10) == 0


def test_a_sweep_goes_in_steps_of_the_limit(home: Home) -> None:
    """A writer of events waits for no long sweep."""
    keep(home, [rejected(b"1"), rejected(b"2"), rejected(b"3")])
    home.clock.advance(QUARANTINE.retention + home.expiry_times)

    steps = [home.quarantine.sweep(limit=2) for _ in range(3)]

    assert steps == [2, 1, 0]


def test_a_sweep_removes_no_more_than_its_limit_of_what_is_above_the_bounds(home: Home) -> None:
    """The rest of a flood must not make one run of the recoverer endless."""
    for number in range(9):
        home.quarantine.keep([rejected(b"%d" % number)])

    removed = home.quarantine.sweep(limit=2)
    left = len(home.quarantine.ids())

    assert removed <= 2
    assert left == (9 - removed if removed else 4)


def test_it_outlives_a_restart(home: Home) -> None:
    """A wrong secret is fixed by a restart: what was refused before must still be there after it."""
    keep(home, [rejected(b"1")])

    again = home.restart()

    assert bodies(again) == [b"1"]
