"""``reconcile``: the project's events compared with what the sender's API says, which a real HTTPS host answers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any  # Any: JSON documents

import pytest

from contract.aws import ENVIRONMENT
from hookline.runtimes.control_room_api import Api
from sender_host import Replied, sender_host
from sent_events import ago, github_delivery, github_detail, paypal_event, stripe_event, stripe_page
from unit.cli.projects import event

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from click.testing import Result

    from sender_host import Asked, SenderHost
    from unit.cli.projects import Served, Store

SOURCES = """
[sources.stripe]
path = "/webhook/stripe"
verify = { scheme = "stripe", secrets = ["STRIPE_SECRET"] }

[sources.hub]
path = "/webhook/hub"
verify = { scheme = "github", secrets = ["GITHUB_SECRET"] }

[sources.paypal]
path = "/webhook/paypal"
verify = { scheme = "paypal", secrets = ["PAYPAL_SECRET"], environment = "sandbox" }

[sources.shop]
path = "/webhook/shop"
verify = { scheme = "shopify", secrets = ["SHOP_SECRET"] }

[sources.adyen]
path = "/webhook/adyen"
verify = { scheme = "adyen", secrets = ["ADYEN_SECRET"] }

[[routes]]
match = { transactiontype = ["payment"] }
queues = ["payments"]
"""
HOOK = "repos/acme/shop/hooks/42"
SECRET = "STRIPE_SECRET=whsec_0123456789abcdef0123456789abcdef\nGITHUB_SECRET=0123456789abcdef0123456789abcdef\n"
TARGET = f"aws:{ENVIRONMENT}"
CREDENTIALS = {"STRIPE_API_KEY": "sk_test_1", "GITHUB_TOKEN": "ghp_1", "PAYPAL_CREDENTIALS": "client:secret-1"}


@pytest.fixture
def senders(project: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The project with sources of several senders, and credentials for their APIs."""
    config = project / "hookline.toml"
    config.write_text(config.read_text() + SOURCES)
    with (project / ".env").open("a") as lines:
        lines.write(
            SECRET
            + "PAYPAL_SECRET=8PT597110X687430LKGECATA\nSHOP_SECRET=hush-0123456789abcdef012345678\nADYEN_SECRET="
            + "ab" * 32
            + "\n"
        )
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    return project


@pytest.fixture
def host(
    senders: Path,  # noqa: ARG001 -- it is the working folder
    store: Store,  # noqa: ARG001 -- it is there
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Iterator[SenderHost]:
    """All senders' APIs."""
    with sender_host(tmp_path, monkeypatch) as found:
        yield found


def reported(result: Result) -> Any:
    """The document that was printed."""
    assert result.stdout, result.output
    return json.loads(result.stdout)


def missing(result: Result) -> list[str]:
    """The ids of the gaps."""
    return [one["event_id"] for one in reported(result)["missing"]]


def stored(run: Callable[..., Result], event_id: str) -> Any:
    """The event as the store has it."""
    return json.loads(run("events", "show", event_id, "--json").stdout)


def test_what_did_not_arrive_is_listed(host: SenderHost, store: Store, run: Callable[..., Result]) -> None:
    """The ones that are there are not; exit code 1 says that something is missing."""
    events = [stripe_event(number, ago(hours=number)) for number in (1, 2, 3)]
    host.answer = stripe_page(events)
    for one in (events[0], events[2]):
        store.keep(event(one["id"], id=f"stripe:{one['id']}", source="stripe"))

    result = run("reconcile", "stripe", "--since", "1d", "--json")
    said = run("reconcile", "stripe", "--since", "1d")

    assert (result.exit_code, said.exit_code) == (1, 1)
    (gap,) = reported(result)["missing"]
    assert (reported(result)["compared"], reported(result)["whole"]) == (3, True)
    assert (gap["event_id"], gap["type"]) == (f"stripe:{events[1]['id']}", "charge.succeeded")
    assert gap["delivered"] is False
    assert said.stdout.splitlines()[-1] == "3 compared, 1 missing"
    assert "--type" in said.stderr


def test_what_is_missing_is_taken_in_as_the_api_has_it(host: SenderHost, run: Callable[..., Result]) -> None:
    """Byte for byte, with its transaction, on the queues of its routes, marked, and in the audit log."""
    given = stripe_event(7, ago(hours=7))
    host.answer = stripe_page([given])

    result = run("reconcile", "stripe", "--since", "1d", "--backfill", "--reason", "outage", "--json")

    assert result.exit_code == 0, result.output
    (gap,) = reported(result)["missing"]
    assert gap["result"] == "backfilled"
    (message,) = json.loads(run("queues", "peek", "payments", "--json").stdout)
    body = json.loads(message["body"])
    assert message["body"].endswith(f',"data":{json.dumps(given, indent=2)}}}')
    assert body["backfilled"] == "true"
    assert (body["id"], body["transactionamount"], body["transactiontype"]) == (gap["event_id"], "20.00", "payment")
    (entry,) = json.loads(run("audit", "--json").stdout)
    assert (entry["action"], entry["subject"], entry["reason"], entry["affected"]) == (
        "backfill",
        "source stripe",
        "outage",
        1,
    )


def test_nothing_is_missing_after_a_backfill(host: SenderHost, run: Callable[..., Result]) -> None:
    """A second run changes nothing."""
    host.answer = stripe_page([stripe_event(number, ago(hours=1)) for number in range(5)])
    words = ("reconcile", "stripe", "--since", "1d", "--backfill", "--reason", "outage", "--json")

    first, second = run(*words), run(*words)

    assert len(missing(first)) == 5
    assert missing(second) == []
    assert second.exit_code == 0
    assert len(json.loads(run("queues", "peek", "payments", "--json").stdout)) == 5


def test_pages_are_followed_to_the_end(host: SenderHost, run: Callable[..., Result]) -> None:
    """A gap on the oldest page counts too."""
    host.answer = stripe_page([stripe_event(number, ago(hours=number)) for number in range(1, 24)], size=5)

    result = run("reconcile", "stripe", "--since", "1d", "--json")

    assert reported(result)["compared"] == 23
    assert len(host.asked) == 5
    assert {one.headers["authorization"] for one in host.asked} == {"Bearer sk_test_1"}


def test_an_event_that_is_still_arriving_is_not_missing(host: SenderHost, run: Callable[..., Result]) -> None:
    """An event of a moment ago may arrive while the list is read."""
    host.answer = stripe_page([stripe_event(1, ago(minutes=1)), stripe_event(2, ago(minutes=6))])

    result = run("reconcile", "stripe", "--since", "1d", "--json")

    assert missing(result) == ["stripe:evt_1NG8Du2eZvKYlo2C00000002"]
    assert reported(result)["too_new"] == 1


def test_types_and_the_senders_own_word_narrow_it(host: SenderHost, run: Callable[..., Result]) -> None:
    """Stripe also lists events that no endpoint asked for: those are no gaps."""
    host.answer = stripe_page(
        [
            stripe_event(1, ago(hours=1), kind="charge.succeeded"),
            stripe_event(2, ago(hours=1), kind="invoice.paid", pending=0),
            stripe_event(3, ago(hours=1), kind="charge.refunded", pending=0),
        ]
    )

    by_type = run("reconcile", "stripe", "--since", "1d", "--type", "charge.*", "--json")
    by_word = run("reconcile", "stripe", "--since", "1d", "--undelivered", "--json")

    assert [one["type"] for one in reported(by_type)["missing"]] == ["charge.refunded", "charge.succeeded"]
    assert [one["type"] for one in reported(by_word)["missing"]] == ["charge.succeeded"]


def github(deliveries: list[dict[str, Any]], details: dict[int, bytes], *, size: int = 2) -> Callable[[Asked], Replied]:
    """Its API, newest first, with a cursor in the header Link."""

    def answer(asked: Asked) -> Replied:
        path, _, query = asked.path.partition("?")
        if asked.method == "POST":
            return Replied(status=202)
        if not path.endswith("/deliveries"):
            return Replied(body=details[int(path.rpartition("/")[2])])
        start = int(dict(word.split("=") for word in query.split("&")).get("cursor", "0"))
        link = f'<https://api.github.com/repositories/456/hooks/42/deliveries?per_page=100&cursor={start + size}>; rel="next"'
        headers = {"Link": link} if start + size < len(deliveries) else {}
        return Replied(body=json.dumps(deliveries[start : start + size]).encode(), headers=headers)

    return answer


def test_github_is_asked_to_send_again(host: SenderHost, run: Callable[..., Result]) -> None:
    """GitHub never does so on its own."""
    host.answer = github([github_delivery(9, "0b989ba4-242f-11e5-81e1-c7b6966d2516", ago(hours=1))], {})

    result = run("reconcile", "hub", "--since", "1d", "--hook", HOOK, "--redeliver", "--reason", "outage", "--json")

    assert result.exit_code == 0, result.output
    assert reported(result)["missing"][0]["result"] == "asked for again"
    assert host.paths() == [
        f"GET /{HOOK}/deliveries?per_page=100",
        f"POST /{HOOK}/deliveries/9/attempts",
    ]
    assert host.asked[0].headers["x-github-api-version"] == "2022-11-28"
    assert host.asked[0].headers["user-agent"].startswith("hookline/")


def test_a_delivery_of_github_is_taken_in_with_its_numbers_as_they_are_written(
    host: SenderHost, run: Callable[..., Result]
) -> None:
    """Its payload is inside of a larger document, and must be taken from it byte for byte."""
    payload = '{"action": "opened",  "amount": 1.10, "big": 12345678901234567890.50, "text": "}\\u00e9\\"{"}'
    delivery = github_delivery(9, "0b989ba4-242f-11e5-81e1-c7b6966d2516", ago(hours=1))
    host.answer = github([delivery], {9: github_detail(delivery, payload)})

    result = run("reconcile", "hub", "--since", "1d", "--hook", HOOK, "--backfill", "--reason", "outage", "--json")

    assert result.exit_code == 0, result.output
    found = stored(run, "hub:0b989ba4-242f-11e5-81e1-c7b6966d2516")
    assert found["body"] == payload
    assert found["type"] == "issues"


def test_a_delivery_that_was_repeated_is_one_gap(host: SenderHost, run: Callable[..., Result]) -> None:
    """GitHub lists each try of it; the cursor is taken from its link, and the path is not."""
    guids = ["a-1", "a-1", "b-2", "a-1", "c-3"]
    host.answer = github([github_delivery(9 - n, guid, ago(hours=n + 1)) for n, guid in enumerate(guids)], {})

    result = run("reconcile", "hub", "--since", "1d", "--hook", HOOK, "--json")

    assert missing(result) == ["hub:a-1", "hub:b-2", "hub:c-3"]
    assert host.paths()[1:] == [f"GET /{HOOK}/deliveries?per_page=100&cursor={n}" for n in (2, 4)]


def test_github_is_read_no_further_than_the_window(host: SenderHost, run: Callable[..., Result]) -> None:
    """Its list has no filter by time."""
    host.answer = github([github_delivery(99 - n, f"d-{n}", ago(hours=n)) for n in range(1, 90)], {})

    result = run("reconcile", "hub", "--since", "150m", "--hook", HOOK, "--json")

    assert missing(result) == ["hub:d-1", "hub:d-2"]
    assert len(host.asked) == 2


def paypal(events: list[dict[str, Any]], *, size: int = 2, link: str = "https://api-m.sandbox.paypal.com") -> Any:
    """Its API, with a link to the next page."""
    by_id = {one["id"]: one for one in events}

    def answer(asked: Asked) -> Replied:
        path, _, query = asked.path.partition("?")
        if path == "/v1/oauth2/token":
            return Replied(body=b'{"access_token": "A21AA", "expires_in": 32400}')
        if path.endswith("/resend"):
            return Replied(status=202)
        if path != "/v1/notifications/webhooks-events":
            return Replied(body=json.dumps(by_id[path.rpartition("/")[2]]).encode())
        start = int(dict(word.split("=") for word in query.split("&")).get("start_index", "0"))
        href = f"{link}/v1/notifications/webhooks-events?page_size=2&start_index={start + size}"
        links = [{"href": href, "rel": "next", "method": "GET"}] if start + size < len(events) else []
        document = {"events": events[start : start + size], "count": len(events), "links": links}
        return Replied(body=json.dumps(document).encode())

    return answer


def test_paypal_is_compared_taken_in_and_asked_again(host: SenderHost, run: Callable[..., Result]) -> None:
    """Its token is got once, and its pages are followed by the query of its own links."""
    events = [paypal_event(number, ago(hours=number)) for number in (1, 2, 3)]
    host.answer = paypal(events)

    taken = run("reconcile", "paypal", "--since", "1d", "--backfill", "--reason", "outage", "--json")
    host.answer = paypal([*events, paypal_event(4, ago(hours=4))])
    asked = run("reconcile", "paypal", "--since", "1d", "--redeliver", "--reason", "outage", "--json")

    assert (len(missing(taken)), taken.exit_code) == (3, 0), taken.output
    assert missing(asked) == ["paypal:WH-0G2756385H040842W-00000000000000004"]
    assert host.paths().count("POST /v1/oauth2/token") == 2
    assert host.asked[0].headers["authorization"] == "Basic Y2xpZW50OnNlY3JldC0x"
    assert host.asked[-1].path.endswith("00000000000000004/resend")
    assert len(json.loads(run("queues", "peek", "payments", "--json").stdout)) == 3


@pytest.mark.parametrize(("source", "word"), [("shop", "Admin API"), ("adyen", "--report"), ("transactions", "no API")])
def test_a_sender_that_lists_nothing_is_named(
    host: SenderHost, run: Callable[..., Result], source: str, word: str
) -> None:
    """One sentence says what there is in its place, and nobody is asked."""
    result = run("reconcile", source, "--since", "1d", "--json")

    error = json.loads(result.stderr)["error"]
    assert error["code"] == "reconcile_unsupported"
    assert word in error["detail"]
    assert host.asked == []


def test_a_rate_limit_is_waited_for(
    host: SenderHost, run: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As long as the API asks, and then the page is asked for again."""
    waited: list[float] = []
    monkeypatch.setattr("hookline.runtimes.reconciling.time.sleep", waited.append)
    good = stripe_page([stripe_event(1, ago(hours=1))])
    replies = iter([Replied(status=429, headers={"Retry-After": "17"}), Replied(status=503)])
    host.answer = lambda asked: next(replies, None) or good(asked)

    result = run("reconcile", "stripe", "--since", "1d", "--json")

    assert len(missing(result)) == 1
    assert waited == [17, 2]


def test_an_error_names_the_page_to_continue_with(
    host: SenderHost, run: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was found until then is printed, and nothing has to be compared twice."""
    monkeypatch.setattr("hookline.runtimes.reconciling.time.sleep", lambda _: None)
    good = stripe_page([stripe_event(number, ago(hours=number)) for number in range(1, 8)], size=3)
    host.answer = lambda asked: Replied(status=500) if "starting_after" in asked.path else good(asked)

    broken = run("reconcile", "stripe", "--since", "1d", "--json")
    page = json.loads(broken.stdout)["resume"]
    host.answer = good
    rest = run("reconcile", "stripe", "--since", "1d", "--json", "--resume", page)

    assert json.loads(broken.stderr)["error"]["code"] == "sender_api_unavailable"
    assert page in json.loads(broken.stderr)["error"]["detail"]
    assert (len(missing(broken)), len(missing(rest))) == (3, 4)


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (("reconcile", "stripe", "--since", "60d"), "events are kept for 30d"),
        (("reconcile", "stripe", "--since", "1d", "--backfill"), "--reason"),
        (("reconcile", "stripe", "--since", "1d", "--backfill", "--redeliver", "--reason", "r"), "not both"),
        (("reconcile", "paypal", "--since", "1d", "--undelivered"), "does not say"),
        (("reconcile", "stripe", "--since", "1h", "--until", "2h"), "empty"),
        (("reconcile", "stripe", "--since", "1d", "--credentials-env", "NOT_THERE"), "NOT_THERE"),
    ],
)
def test_wrong_usage_asks_nobody(
    host: SenderHost, run: Callable[..., Result], words: tuple[str, ...], part: str
) -> None:
    """It is said before anything is asked or changed."""
    result = run(*words)

    assert result.exit_code == 2
    assert part in result.stderr
    assert host.asked == []


def written(folder: Path, document: object) -> str:
    """A file with this document."""
    path = folder / "call.json"
    path.write_text(json.dumps(document))
    return str(path)


def test_a_call_that_comes_after_the_backfill_is_a_duplicate(
    host: SenderHost, served: Served, senders: Path, run: Callable[..., Result]
) -> None:
    """Stripe's call has the event in other words than its API: no conflict, and no second message."""
    late = stripe_event(8, ago(hours=8))
    host.answer = stripe_page([late | {"pending_webhooks": 0}])
    taken = run("reconcile", "stripe", "--since", "1d", "--backfill", "--reason", "outage", "--json")

    sent = run("send", "stripe", written(senders, late), "--url", served.url)

    assert taken.exit_code == 0, taken.output
    assert sent.stdout == f"stripe:{late['id']} duplicate\n", sent.output
    assert stored(run, f"stripe:{late['id']}")["conflicts"] == 0
    story = Api(served.admin, None).get("events", f"stripe:{late['id']}", "story")
    assert "no signature proves it" in story["verification"]["words"]
    assert len(json.loads(run("queues", "peek", "payments", "--json").stdout)) == 1


def test_a_call_that_came_before_is_not_missing(
    host: SenderHost, served: Served, senders: Path, run: Callable[..., Result]
) -> None:
    """It works over the network too, without a file of the server."""
    came, lost = stripe_event(1, ago(hours=1)), stripe_event(2, ago(hours=2))
    assert run("send", "stripe", written(senders, came), "--url", served.url).exit_code == 0
    host.answer = stripe_page([came, lost])

    here = run("reconcile", "stripe", "--since", "1d", "--json")
    there = run("reconcile", "stripe", "--since", "1d", "--json", "--url", served.admin)
    refused = run("reconcile", "stripe", "--since", "1d", "--url", served.admin, "--backfill", "--reason", "r")

    assert missing(here) == missing(there) == [f"stripe:{lost['id']}"]
    assert refused.exit_code == 2
    assert "--target" in refused.stderr


@pytest.mark.usefixtures("deployed")
def test_an_environment_on_aws_is_compared_and_filled(host: SenderHost, run: Callable[..., Result]) -> None:
    """Through the same ports: its table has the event, and its router received it."""
    host.answer = stripe_page([stripe_event(1, ago(hours=1))])
    words = ("reconcile", "stripe", "--since", "1d", "--target", TARGET, "--json")

    before = run(*words)
    taken = run(*words, "--backfill", "--reason", "outage")
    after = run(*words)

    (id_,) = missing(before)
    assert (taken.exit_code, missing(after)) == (0, []), taken.output
    event_there = json.loads(run("events", "show", id_, "--target", TARGET, "--json").stdout)
    assert event_there["type"] == "charge.succeeded"
    (entry,) = json.loads(run("audit", "--target", TARGET, "--json").stdout)[:1]
    assert (entry["action"], entry["affected"]) == ("backfill", 1)


EVENT = stripe_event(1, ago(hours=1))
HOSTILE = {
    "not JSON": b"<html>",
    "empty": b"",
    "a list": b"[]",
    "a number": b"7",
    "no data": b'{"has_more": false}',
    "data of another kind": b'{"has_more": false, "data": {}}',
    "has_more of another kind": b'{"has_more": "false", "data": []}',
    "an event that is none": b'{"has_more": false, "data": [7]}',
    "an id with a path": json.dumps({"has_more": False, "data": [EVENT | {"id": "../../v1/refunds"}]}).encode(),
    "an id that is long": json.dumps({"has_more": False, "data": [EVENT | {"id": "e" * 5000}]}).encode(),
    "a type with a line break": json.dumps({"has_more": False, "data": [EVENT | {"type": "a\nb"}]}).encode(),
    "a time of another kind": json.dumps({"has_more": False, "data": [EVENT | {"created": True}]}).encode(),
    "a time before all": json.dumps({"has_more": False, "data": [EVENT | {"created": -(2**62)}]}).encode(),
    "a time after all": json.dumps({"has_more": False, "data": [EVENT | {"created": 2**62}]}).encode(),
    "deep": b'{"has_more": false, "data": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "many": json.dumps({"has_more": False, "data": [EVENT] * 1001}).encode(),
    "huge": b" " * (16 * 1024 * 1024 + 1),
    "an end that never comes": json.dumps({"has_more": True, "data": [EVENT]}).encode(),
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE)
def test_an_answer_that_is_none_of_the_senders_changes_nothing(
    host: SenderHost, run: Callable[..., Result], body: bytes
) -> None:
    """Whatever answers there: the command prints one sentence, stores nothing, and ends."""
    host.answer = lambda _: Replied(body=body)

    result = run("reconcile", "stripe", "--since", "1d", "--json", "--type", "no.such", "--backfill", "--reason", "r")

    assert result.exit_code == 1
    assert json.loads(result.stderr)["error"]["code"] == "sender_api_wrong", result.stderr
    assert json.loads(run("events", "list", "--json").stdout) == []
    assert len(host.asked) <= 2


@pytest.mark.parametrize(
    "link",
    ["https://evil.example", "//evil.example", "https://api-m.sandbox.paypal.com/v1/payments", "http://[", "", "\n"],
)
def test_no_link_leads_anywhere_else(host: SenderHost, run: Callable[..., Result], link: str) -> None:
    """The command never calls a link's host, and uses of its path only the list's own: credentials are sent with each call."""
    host.answer = paypal([paypal_event(number, ago(hours=1)) for number in range(5)], link=link)

    run("reconcile", "paypal", "--since", "1d", "--json")

    lists = [path for path in host.paths() if not path.endswith("token")]
    assert {path.partition("?")[0] for path in lists} == {"GET /v1/notifications/webhooks-events"}


@pytest.mark.parametrize(
    "link",
    [
        '<https://api.github.com/x>; rel="next"',
        '<https://api.github.com/x?cursor=../../y>; rel="next"',
        '<https://api.github.com/x?cursor=a%0d%0aHost:b>; rel="next"',
    ],
)
def test_a_cursor_that_is_none_is_refused(host: SenderHost, run: Callable[..., Result], link: str) -> None:
    """It becomes a part of the next call."""
    body = json.dumps([github_delivery(9, "a-1", ago(hours=1))]).encode()
    host.answer = lambda _: Replied(body=body, headers={"Link": link})

    result = run("reconcile", "hub", "--since", "1d", "--hook", HOOK, "--json")

    assert json.loads(result.stderr)["error"]["code"] == "sender_api_wrong"
    assert len(host.asked) == 1


def test_a_redirection_is_not_followed(host: SenderHost, run: Callable[..., Result]) -> None:
    """The credentials would be sent along."""
    host.answer = lambda _: Replied(status=302, headers={"Location": f"https://localhost:{host.port}/elsewhere"})

    result = run("reconcile", "stripe", "--since", "1d", "--json")

    assert json.loads(result.stderr)["error"]["code"] == "sender_api_refused"
    assert len(host.asked) == 1


def test_an_event_that_is_not_the_one_that_was_asked_for_is_not_taken_in(
    host: SenderHost, run: Callable[..., Result]
) -> None:
    """Its gap stays open, with the reason, and the others are closed."""
    right, wrong = stripe_event(1, ago(hours=1)), stripe_event(2, ago(hours=2))
    good = stripe_page([right, wrong])
    other = json.dumps(stripe_event(3, ago(hours=3))).encode()
    host.answer = lambda asked: Replied(body=other) if asked.path.endswith(wrong["id"]) else good(asked)

    result = run("reconcile", "stripe", "--since", "1d", "--backfill", "--reason", "outage", "--json")

    closed, open_ = reported(result)["missing"]
    assert (closed["result"], open_["result"], open_["error"]["code"]) == ("backfilled", None, "sender_api_wrong")
    assert result.exit_code == 1


def test_credentials_are_never_printed(host: SenderHost, run: Callable[..., Result]) -> None:
    """They are not printed even when the API's refusal repeats them."""
    host.answer = lambda _: Replied(status=401, body=b'{"error": {"message": "Invalid API Key provided: sk_test_1"}}')

    result = run("reconcile", "stripe", "--since", "1d")

    assert "sender_api_refused" in result.stderr
    assert "sk_test_1" not in result.output


def test_a_source_that_makes_its_ids_of_the_body_cannot_be_compared(
    host: SenderHost, senders: Path, run: Callable[..., Result]
) -> None:
    """The list has no bodies: every event would look missing."""
    config = senders / "hookline.toml"
    scheme = 'verify = { scheme = "github", secrets = ["GITHUB_SECRET"] }\n'
    config.write_text(config.read_text().replace(scheme, scheme + 'id = "content-hash"\n'))
    host.answer = github([github_delivery(9, "a-1", ago(hours=1))], {})

    result = run("reconcile", "hub", "--since", "1d", "--hook", HOOK, "--json")

    assert json.loads(result.stderr)["error"]["code"] == "reconcile_unsupported"


def test_a_report_of_adyen_is_compared(
    host: SenderHost, senders: Path, store: Store, run: Callable[..., Result]
) -> None:
    """It is compared part by part, from its beginning, without a call to the API."""
    at = ago(hours=2).strftime("%Y-%m-%d %H:%M:%S")
    head = "Company Account,Merchant Account,Psp Reference,Merchant Reference,Payment Method,Booking Date,TimeZone,Record Type"
    kinds = ["Authorised" if number % 250 == 7 else "Received" for number in range(2500)]
    rows = [f"Co,Shop,{number:016d},Order {number},visa,{at},UTC,{kind}" for number, kind in enumerate(kinds)]
    file = senders / "payments_accounting_report.csv"
    file.write_text("\n".join([head, *rows]) + "\n")
    for number in (257, 507, 757, 1007, 1257, 1507, 1757, 2007):
        store.keep(event("x", id=f"adyen:{number:016d}:AUTHORISATION:true", source="adyen"))

    result = run("reconcile", "adyen", "--since", "1d", "--report", file, "--json")
    refused = run("reconcile", "adyen", "--since", "1d", "--report", file, "--backfill", "--reason", "r", "--json")
    elsewhere = run("reconcile", "stripe", "--since", "1d", "--report", file, "--json")

    assert missing(result) == [f"adyen:{number:016d}:AUTHORISATION:true" for number in (7, 2257)]
    assert (reported(result)["compared"], reported(result)["whole"]) == (10, True)
    assert json.loads(refused.stderr)["error"]["code"] == "reconcile_unsupported"
    assert json.loads(elsewhere.stderr)["error"]["code"] == "reconcile_unsupported"
    assert host.asked == []


def test_a_line_without_an_end_is_no_report(host: SenderHost, senders: Path, run: Callable[..., Result]) -> None:
    """A user can name any file; none is read into memory whole."""
    file = senders / "disk.img"
    file.write_bytes(b"x" * 200_000)

    result = run("reconcile", "adyen", "--since", "1d", "--report", file, "--json")

    assert json.loads(result.stderr)["error"]["code"] == "sender_api_wrong"
    assert host.asked == []
