"""The purpose of a transaction: one rule sends every sender's refunds to one queue."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import orjson
import pytest

from hookline.config import parse
from hookline.domain.invocation import decode, encode_event
from hookline.domain.message import message_of
from hookline.domain.source import Verified
from hookline.domain.transaction import ATTRIBUTES
from hookline.infra.packaging.imported_modules import module_files
from hookline.pipeline.identify import identify
from hookline.providers import PROVIDERS, modules_of
from hookline.providers.transactions import MAPPED, mapper_of
from hookline.testing import MemoryHome
from processes import run_process
from unit.builders import event, request, source
from unit.transactions.samples import mapped, sample

PROJECT = """
[sources.stripe]
verify = { scheme = "stripe", secrets = ["STRIPE_SECRET"] }

[sources.adyen]
verify = { scheme = "adyen", secrets = ["ADYEN_KEY"] }

[sources.shop]
verify = { scheme = "none" }
id = "id"

[queues.refunds]
[queues.dollars]
[queues.others]

[[routes]]
match = { transactiontype = ["refund"] }
queues = ["refunds"]

[[routes]]
match = { transactiontype = [{ exists = true }], transactioncurrency = ["USD"] }
queues = ["dollars"]

[[routes]]
match = { transactiontype = [{ exists = false }] }
queues = ["others"]
"""

STRIPE_REFUND = {
    "transactiontype": "refund",
    "transactionamount": "10.99",
    "transactioncurrency": "USD",
    "transactionreference": "ch_3MmlLrLkdIwHu7ix0snN0B15:1099",
    "transactiontime": "2023-03-17T22:10:00Z",
    "originaltype": "charge.refunded",
    "transactionpayment": "pi_3MmlLrLkdIwHu7ix0Yd3Sh6b",
    "transactionstatus": "succeeded",
}


SECRETS = {
    "STRIPE_SECRET": b"whsec_made-up-for-tests-0123456789",
    "ADYEN_KEY": b"00112233445566778899AABBCCDDEEFF00112233445566778899AABBCCDDEEFF",
}


@pytest.fixture
def home() -> MemoryHome:
    """A system with a source of each kind; every request is signed as its sender signs."""
    return MemoryHome(parse(PROJECT, base=Path()), SECRETS)


def messages(home: MemoryHome, queue: str) -> list[dict[str, object]]:
    """The messages that are on the queue."""
    return [json.loads(delivery.body) for delivery in home.queues.peek(queue)]


def test_refunds_of_all_senders_land_on_one_queue(home: MemoryHome) -> None:
    """A bookkeeper does not care which sender paid the money back."""
    home.send("stripe", sample("stripe", "charge.refunded"))
    home.send("adyen", sample("adyen", "REFUND"))
    home.send("stripe", sample("stripe", "charge.succeeded"))

    found = messages(home, "refunds")

    assert [message["source"] for message in found] == ["hookline/stripe", "hookline/adyen"]
    assert [message["transactionamount"] for message in found] == ["10.99", "10.00"]
    assert len(messages(home, "dollars")) == 2
    assert messages(home, "others") == []


def test_routes_match_on_the_payment_and_on_how_a_dispute_ended() -> None:
    """One team works on lost disputes, and a person asks for the movements of one payment."""
    project = (
        PROJECT.split("[queues.refunds]", maxsplit=1)[0]
        + """
[queues.work]
[queues.charge]
[queues.claims]
[[routes]]
match = { transactionstatus = ["opened", "lost"] }
queues = ["work"]
[[routes]]
match = { transactionpayment = [{ prefix = "ch_1AZ" }] }
queues = ["charge"]
[[routes]]
match = { transactionclaimed = ["10.00"], transactionamount = ["0.00"] }
queues = ["claims"]
"""
    )
    home = MemoryHome(parse(project, base=Path()), SECRETS)
    for name in ("charge.dispute.updated", "charge.dispute.closed", "charge.refunded"):
        home.send("stripe", sample("stripe", name))

    assert [message["transactionstatus"] for message in messages(home, "work")] == ["opened"]
    assert [message["transactionstatus"] for message in messages(home, "charge")] == ["opened", "won"]
    assert [message["transactionstatus"] for message in messages(home, "claims")] == ["won"]


def test_a_source_counts_as_its_options_say() -> None:
    """The option reaches the messages, not only the configuration."""
    chosen = PROJECT.replace("[sources.adyen]", 'transactions = { refunds = "refund" }\n\n[sources.adyen]')
    home = MemoryHome(parse(chosen, base=Path()), SECRETS)
    home.send("stripe", sample("stripe", "refund.updated"))

    (message,) = messages(home, "refunds")

    assert (message["transactionreference"], message["transactionamount"]) == ("re_1Nispe2eZvKYlo2Cd31jOCgZ", "10.00")


def test_a_sender_without_a_mapper_has_no_transaction(home: MemoryHome) -> None:
    """The same body under another scheme has no documented meaning."""
    home.send("shop", sample("stripe", "charge.refunded"))

    (message,) = messages(home, "others")

    assert message.keys().isdisjoint(ATTRIBUTES)


def test_an_event_that_is_not_mapped_is_still_accepted(home: MemoryHome) -> None:
    """A type that no source proves is still an event, and only the record is missing."""
    answer = home.send("stripe", b'{"id":"evt_1","type":"customer.created"}')

    assert answer.status == 202
    assert len(messages(home, "others")) == 1


def test_the_message_carries_the_transaction_and_the_body_as_it_came(home: MemoryHome) -> None:
    """The message has the record in addition to the sender's body."""
    body = sample("stripe", "charge.refunded")
    home.send("stripe", body)

    (delivery,) = home.queues.peek("refunds")
    message = json.loads(delivery.body)

    assert {name: message[name] for name in ATTRIBUTES if name in message} == STRIPE_REFUND
    assert delivery.body.endswith(f',"data":{body.decode()}}}')
    assert delivery.attributes.keys() == {"event_type", "source"}


def test_the_event_keeps_the_transaction_in_its_metadata() -> None:
    """It is found once, at acceptance, so a replay after a year reports the same."""
    body = sample("stripe", "charge.refunded")
    stripe = replace(source(), find_transaction=mapper_of("stripe"))

    refund = identify(
        request(body),
        stripe,
        document=orjson.loads(body),
        verified=Verified(secret="A"),
        content_type="application/json",
    )

    assert refund.metadata == {"secret": "A", **STRIPE_REFUND}


def test_what_the_sender_does_not_say_is_on_no_message() -> None:
    """GoCardless gives no amount here, and a null could be taken for one."""
    body = sample("gocardless", "payments.confirmed")
    gocardless = replace(source(), find_transaction=mapper_of("gocardless"))

    paid = identify(
        request(body), gocardless, document=orjson.loads(body), verified=Verified(), content_type="application/json"
    )
    message = json.loads(message_of(paid).body)

    assert message.keys() & set(ATTRIBUTES) == set(ATTRIBUTES) - {
        "transactionamount",
        "transactioncurrency",
        "transactionclaimed",
        "transactionidonly",
    }


def test_a_claim_check_carries_the_transaction_too() -> None:
    """A consumer that only counts money does not need to fetch a large body."""
    large = replace(event(), metadata=STRIPE_REFUND)

    message = json.loads(message_of(large, dataref="s3://bucket/key").body)

    assert {name: message[name] for name in ATTRIBUTES if name in message} == STRIPE_REFUND
    assert "data" not in message


def test_the_router_function_is_handed_the_transaction() -> None:
    """On AWS another function routes: without the record it could match on no field of it."""
    accepted = replace(event(), metadata=STRIPE_REFUND)

    assert decode(orjson.loads(encode_event(accepted))) == accepted


def test_a_body_that_is_not_json_is_no_transaction() -> None:
    """A source may take forms as well as JSON, and then there is no document."""
    found = mapper_of("stripe")

    assert found is not None
    assert found(None) is None
    assert mapped("stripe", b"null") is None


def loaded(schemes: str) -> set[str]:
    """The modules about transactions that a process has once it has read a configuration with these sources."""
    script = (
        "import sys; from pathlib import Path; from hookline.config import parse;"
        f"parse({schemes + '[queues.all]'!r}, base=Path()); print(*sys.modules)"
    )
    modules = run_process([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    return {name for name in modules if name.startswith("hookline.providers.transactions.") or name.endswith(".money")}


def test_a_project_loads_no_mapping_but_its_own() -> None:
    """A function that starts cold pays for every import, and most projects have no payments."""
    others = loaded('[sources.shop]\nverify = { scheme = "none" }\nid = "id"\n')
    stripe = loaded('[sources.shop]\nverify = { scheme = "stripe", secrets = ["SHOP_SECRET"] }\n')

    assert others == set()
    assert {name.rpartition(".")[2] for name in stripe} == {"mapper", "money", "reading", "stripe"}


@pytest.mark.parametrize("provider", sorted(name for name in MAPPED if name in PROVIDERS))
def test_the_functions_archive_carries_the_mapping_of_its_project(provider: str) -> None:
    """It is imported by name: left out of the archive, the function could not start."""
    files = module_files("hookline.runtimes.aws_lambda.handlers", *modules_of(provider))

    assert f"hookline/providers/transactions/{provider.replace('-', '_')}.py" in files
    assert {"hookline/domain/money.py", "hookline/providers/transactions/mapper.py"} <= files.keys()
    assert {name for name in files if name.endswith(".json")} == set()
