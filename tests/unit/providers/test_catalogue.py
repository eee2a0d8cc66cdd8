"""What every sender of the catalogue promises: it takes what it signs, refuses everything else, and raises only Rejected."""

from __future__ import annotations

import base64
import importlib
import json
import sys
from dataclasses import replace
from datetime import UTC
from functools import cache, partial
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, note, settings
from hypothesis import strategies as st

import hookline.providers
from effort import examples
from hookline.config import parse
from hookline.domain.request import Headers, Request
from hookline.domain.secret import Secret
from hookline.domain.source import OnConflict
from hookline.error_codes import CODES
from hookline.errors import ConfigError, Rejected
from hookline.providers import GENERAL, PROVIDERS
from hookline.providers.catalogue import TABLES
from hookline.providers.provider import DEFAULT_MAX_BODY
from hookline.providers.scheme import OptionError, SignsInside, SignsQuery
from hookline.testing import MemoryHome
from processes import run_process
from unit.builders import NOW, attempt, secret
from vectors import senders as schemes
from vectors.catalogue_page import example_of
from vectors.senders import CLIENT_ID, KEYS, NAMES, OWN_TOML, URL, secret_of, signing_secret_of

if TYPE_CHECKING:
    from datetime import datetime

FOLDER = Path(hookline.providers.__file__).parent
every_sender = pytest.mark.parametrize("name", NAMES)
LONG = "A" * 65_536
"""A server refuses headers of this size (431): none that verification sees is longer."""
SIGNED_INSIDE: dict[str, dict[str, object]] = {
    "adobe-io": {"recipientclientid": CLIENT_ID},
    "aikido": {"dispatched_at": int(NOW.timestamp())},
    "favro": {"payloadId": "PiNg0=="},
    "infisical": {"timestamp": int(NOW.timestamp() * 1000)},
    "linear": {"webhookTimestamp": int(NOW.timestamp() * 1000)},
    "orum-io": {"created_at": NOW.isoformat()},
    "plain": {"webhookMetadata": {"webhookDeliveryAttemptTimestamp": NOW.isoformat()}},
}
"""What the body must contain, because it is signed by name: a time, or an id."""
REPEATING = frozenset(
    [
        "acuity",
        "alertmanager",
        "constant-contact",
        "cronofy",
        "dropbox",
        "grafana",
        "microsoft-graph",
        "mixpanel",
        "nuvemshop",
        "openclaw",
        "plaid",
        "pylon",
        "revolut",
        "storyblok",
        "vapi",
        "woocommerce",
        "zapier",
    ]
)
"""The senders whose calls only name what changed, or repeat earlier calls."""


built = cache(schemes.built)
"""Each scheme is built once, because that takes longer than most verifications."""


@cache
def call(name: str) -> Request:
    """The sender's sample, signed now."""
    scheme, sample = built(name), PROVIDERS[name].sample
    assert sample
    body, headers = sample.filled("delivery-1", NOW)
    if isinstance(scheme, SignsInside):
        body = scheme.signed_body(body, secret=signing_secret_of(name), at=NOW)
    signed = scheme.sign(body, secret=signing_secret_of(name), delivery_id="delivery-1", at=NOW)
    fields = [(key.encode(), value.encode("latin-1")) for key, value in (headers | signed).items()]
    query = scheme.signed_query(body, secret=signing_secret_of(name), at=NOW) if isinstance(scheme, SignsQuery) else ""
    return Request(method="POST", path="/", query=query, headers=Headers(fields), body=body, received_at=NOW)


def signed_call(name: str, body: bytes, headers: dict[str, str]) -> Request:
    """A call of a sender that signs in its headers, for the source ``s``."""
    signed = built(name).sign(body, secret=signing_secret_of(name), delivery_id="delivery-1", at=NOW)
    fields = [(key.encode(), value.encode("latin-1")) for key, value in (headers | signed).items()]
    return Request(method="POST", path="/webhook/s", headers=Headers(fields), body=body, received_at=NOW)


def outcome(name: str, sent: Request) -> str:
    """The code of the refusal, or "ok" when there is none: any other exception is a fault."""
    verified = attempt(lambda: built(name).verify(sent, (secret(secret_of(name)),)))
    if isinstance(verified, Rejected):
        assert verified.status == 401
        return verified.code
    return "ok"


def signature_fields(sent: Request) -> list[tuple[bytes, bytes]]:
    """The headers that verification may look at."""
    return [(name.encode(), value.encode("latin-1")) for name, value in sent.headers.items() if name != "content-type"]


def test_every_entry_is_where_it_is_looked_for() -> None:
    """No configuration can use an entry that the list of tables does not name."""
    tables = {path.stem for path in (FOLDER / "catalogue").glob("*.py")} - {"__init__"}
    entries = {
        entry.name: table
        for table in tables
        for entry in importlib.import_module(f"hookline.providers.catalogue.{table}").SENDERS
    }
    bespoke = {path.stem.replace("_", "-") for path in (FOLDER / "bespoke").glob("*.py")} - {"--init--"}

    assert len(NAMES) >= 50
    assert entries == TABLES
    unsigned = {"mollie-classic"}
    assert sorted([*NAMES, *unsigned]) == sorted([*entries, *bespoke])
    assert [*PROVIDERS] == sorted({*NAMES, *GENERAL, *unsigned})
    assert len(PROVIDERS) == len(NAMES) + len(GENERAL) + len(unsigned)


@every_sender
def test_a_sender_s_own_largest_body_has_its_source_and_room(name: str, tmp_path: Path) -> None:
    """A reader must be able to check the number, and a short source must load unchanged."""
    provider = PROVIDERS[name]

    config = parse(f"{example_of(provider)}\n[queues.q]\n", base=tmp_path)

    assert config.sources[0].max_body == provider.max_body <= config.server.max_in_flight_bytes
    assert (provider.max_body > DEFAULT_MAX_BODY) == provider.max_body_source.startswith("https://")


@pytest.mark.parametrize(
    ("name", "size"),
    [
        pytest.param("slack", 4 * 1024**2, id="what its own library takes"),
        pytest.param("shopify", 5 * 1024**2, id="several times the largest that was reported"),
        pytest.param("sentry", 6 * 1024**2, id="an event of 1 MB, each byte written in six"),
        pytest.param("sanity", 32 * 1024**2, id="a document of 32 MB"),
    ],
)
def test_a_call_as_large_as_its_sender_documents_is_accepted_and_a_larger_one_is_not(name: str, size: int) -> None:
    """A sender stops after its last attempt: an event that was refused for its size is lost."""
    home = MemoryHome(parse(f"{source_of(name)}[queues.q]\n", base=Path()), {"S": secret_of(name)}, start=NOW)
    sample = PROVIDERS[name].sample
    assert sample

    body, headers = sample.filled("delivery-1", NOW)
    answers = [home.post(signed_call(name, body.ljust(length), headers)) for length in (size, size + 1)]

    assert [answer.outcome for answer in answers] == ["accepted", "body_too_large"]


def test_github_s_pushes_of_25_mb_are_taken_and_the_operator_s_word_comes_first(tmp_path: Path) -> None:
    """GitHub tries once: a push that is too large is lost."""
    source = '[sources.code]\nverify = { scheme = "github", secrets = ["S"] }\n'

    assert parse(f"{source}[queues.q]\n", base=tmp_path).sources[0].max_body == 25 * 1024 * 1024
    assert parse(f'{source}max_body = "1mb"\n[queues.q]\n', base=tmp_path).sources[0].max_body == 1024 * 1024
    with pytest.raises(ConfigError, match="Write a smaller max_body"):
        parse(f'[server]\nmax_in_flight_bytes = "16mb"\n{source}[queues.q]\n', base=tmp_path)


@every_sender
def test_every_sender_says_all_that_an_operator_needs(name: str) -> None:
    """An operator would have to look up a missing line elsewhere, at night."""
    provider = PROVIDERS[name]

    assert provider.name == name
    assert provider.title
    assert provider.signed_with
    assert provider.find_id
    assert provider.documentation.startswith("https://")
    assert provider.sample
    assert provider.on_conflict is OnConflict.ACKNOWLEDGE
    assert provider.deadline is None or provider.deadline > 0


@pytest.mark.parametrize(
    "name", ["", "Stripe", "stripe ", "../stripe", "catalogue", "__init__", "str", "stripe-", "a" * 500, "é"]
)
def test_a_name_that_no_file_has_is_no_sender(name: str) -> None:
    """The name comes from a configuration file: it must not reach any other module."""
    assert name not in PROVIDERS
    with pytest.raises(KeyError):
        PROVIDERS[name]


def source_of(name: str) -> str:
    """A source of this sender, as hookline.toml has it."""
    provider = PROVIDERS[name]
    secrets = ', secrets = ["S"]' if provider.needs_secret else ""
    own = OWN_TOML.get(name, "")
    url = f'public_url = "{URL}"\n' if provider.needs_url else ""
    return f'[sources.s]\nverify = {{ scheme = "{name}"{secrets}{own} }}\n{url}'


@every_sender
def test_what_a_sender_signs_is_accepted_and_named(name: str) -> None:
    """The whole way: configuration, signature, id, type and time, and the answer that the sender wants."""
    provider = PROVIDERS[name]
    config = parse(
        f'{source_of(name)}\n[queues.q]\n[[routes]]\nmatch = {{ source = ["hookline/s"] }}\nqueues = ["q"]\n',
        base=Path(),
    )
    home = MemoryHome(config, {"S": secret_of(name)}, start=NOW, keys=KEYS)
    sent = replace(call(name), path="/webhook/s")

    first, again = home.post(sent), home.post(sent)

    wanted = provider.answer
    assert (first.outcome, again.outcome) == ("accepted", "duplicate") or provider.find_id == "each-call"
    assert first.status == (wanted.status if wanted else 202)
    assert wanted is None or wanted.body is None or first.body == wanted.body
    (message, *_) = home.queues.peek("q")
    assert message.attributes["event_type"]


@pytest.mark.parametrize("name", [name for name in NAMES if not isinstance(built(name), SignsInside | SignsQuery)])
def test_a_call_that_says_less_than_others_is_taken(name: str) -> None:
    """A test call or a new kind of event is the sender's too: after a refusal the sender would come again for days."""
    config = parse(f'{source_of(name)}media_types = ["application/json"]\n[queues.q]\n', base=Path())
    times = SIGNED_INSIDE.get(name, {})
    for body in (
        b'{"other": 1}',
        b'{"id": [], "type": {}, "created": "soon", "timestamp": "31 May"}',
        b'{"id": "", "created_at": -1}',
    ):
        home = MemoryHome(config, {"S": secret_of(name)}, start=NOW, keys=KEYS)

        answers = home.post(signed_call(name, json.dumps({**json.loads(body), **times}).encode(), {}))

        assert answers.outcome == "accepted", body


@every_sender
def test_the_time_of_receipt_is_part_of_an_id_only_where_calls_repeat_themselves(name: str) -> None:
    """A retry of another sender would become a second event."""
    assert (PROVIDERS[name].find_id == "each-call") == (name in REPEATING)


@pytest.mark.parametrize("name", ["dropbox", "postmark", "quickbooks", "shopify", "trello", "zoom"])
def test_senders_that_take_only_200_get_200(name: str) -> None:
    """To them 202 is a failure: they send again, and some give up."""
    answer = PROVIDERS[name].answer

    assert answer
    assert answer.status == 200


@pytest.mark.parametrize(
    "name",
    [name for name in NAMES if not PROVIDERS[name].needs_keys and PROVIDERS[name].verify.get("scheme") != "jwt"],
)
def test_one_signature_of_several_is_enough(name: str) -> None:
    """While a secret is rotated the header comes twice, or a proxy has joined both (RFC 9110 section 5.3)."""
    sent = call(name)
    signed = [(key, value, foreign(name, key)) for key, value in signature_fields(sent)]
    for theirs_first, joint in product((True, False), (b", ", b",", None)):
        fields: list[tuple[bytes, bytes]] = []
        for key, value, other in signed:
            several = [value] if other is None else [value, other] if theirs_first else [other, value]
            fields += [(key, joint.join(several))] if joint else [(key, one) for one in several]

        assert outcome(name, replace(sent, headers=Headers(fields))) == "ok", (theirs_first, joint)


def foreign(name: str, header: bytes) -> bytes | None:
    """The header's claim about another body at the same time; None when it does not cover the body."""
    scheme, key = built(name), signing_secret_of(name)
    one, other = (
        {
            field.lower(): value
            for field, value in scheme.sign(body, secret=key, delivery_id="delivery-1", at=NOW).items()
        }
        for body in (json.dumps({"number": number, **SIGNED_INSIDE.get(name, {})}).encode() for number in (1, 2))
    )
    field = header.decode()
    return None if one.get(field) == other.get(field) else other[field].encode("latin-1")


HOSTILE_VALUES = (
    b"",
    b" ",
    b",",
    b"=",
    b"\xff\xfe",
    "é\u0151".encode(),
    b"v1,",
    b"t=1,v1=",
    b"sha256=",
    b"null",
    b"\x00",
    LONG.encode(),
    b"," * len(LONG),
    b"t=1,v1=a," * (len(LONG) // 9),
)


@every_sender
def test_hostile_headers_are_refused_with_a_code(name: str) -> None:
    """Any header gets a 401, and soon."""
    sent = call(name)
    fields = signature_fields(sent)
    for value in HOSTILE_VALUES:
        said = f"{value[:12]!r}, {len(value)} bytes"
        for index, (key, _) in enumerate(fields):
            one = [*fields[:index], (key, value), *fields[index + 1 :]]
            two = [*fields[:index], (key, value), *fields[index:]]
            assert outcome(name, replace(sent, headers=Headers(one))) in CODES.keys() | {"ok"}, said
            assert outcome(name, replace(sent, headers=Headers(two))) in CODES.keys() | {"ok"}, said
        everything = Headers([(key, value) for key, _ in fields])
        if fields and any("ignature" in key.decode() for key, _ in fields):
            assert outcome(name, replace(sent, headers=everything)) in CODES, said


HOSTILE_BODIES = (
    b"",
    b"null",
    b"[]",
    b"{}",
    b'{"notificationItems": [1, {"NotificationRequestItem": []}]}',
    b'{"signature": 1}',
    b"\xff",
    b"[" * 100_000,
    b"a&" * 100_000,
    b'{"webhookTimestamp": 1e400}',
)


@every_sender
def test_hostile_bodies_are_refused_with_a_code(name: str) -> None:
    """For senders that sign inside the body, the body is read before it is proved."""
    sent = call(name)
    expected = CODES.keys() | ({"ok"} if name in UNSIGNED_BODIES else set())

    for body in HOSTILE_BODIES:
        assert outcome(name, replace(sent, body=body)) in expected, repr(body[:20])


UNSIGNED_BODIES = {name for name in NAMES if PROVIDERS[name].proves.value == "only the sender"}

names = st.sampled_from(
    [*sorted({key for name in NAMES for key, _ in signature_fields(call(name))}), b"x-docusign-signature-2", b"svix-id"]
)
seconds = str(int(NOW.timestamp())).encode()
values = (
    st.sampled_from(
        [b"", seconds, seconds + b"000", b"v1,AAAA v1,", b"v0=ab,v0=", b"9" * 13, b"-1", b"2026-01-02T03:04:05Z"]
    )
    | st.sampled_from(
        [b"t=%s,v1=00" % seconds, b"ts=%s;h1=0" % seconds, b"t=%s,h=a b,v1=00" % seconds, b"2026-02-30T03:04:05Z"]
    )
    | st.binary(max_size=60)
    | st.binary(max_size=20).map(base64.b64encode)
)
fields = st.lists(st.tuples(names, values), max_size=6)
bodies = st.binary(max_size=40) | st.sampled_from(
    [b"bt_signature=a|b&bt_payload=AAAA", b'{"signature": {"timestamp": "1"}}', b'{"data": {"id": 1}}']
)
moments = st.sampled_from([NOW]) | st.datetimes(timezones=st.just(UTC))
queries = st.sampled_from(["", "data.id=1", "bodySHA256=" + "0" * 64]) | st.text(max_size=20)
secrets = st.lists(
    st.builds(
        Secret, name=st.text(max_size=3), value=st.binary(max_size=40) | st.sampled_from([b"whsec_", b"a|b", b"00"])
    ),
    max_size=3,
)


@settings(max_examples=examples(200))
@given(fields=fields, body=bodies, at=moments, secrets=secrets, query=queries, method=st.text(max_size=5))
def test_no_request_and_no_secret_raise_anything_but_rejected(
    fields: list[tuple[bytes, bytes]],
    body: bytes,
    at: datetime,
    secrets: list[Secret],
    query: str,
    method: str,
) -> None:
    """Outside input that raises anything else is a 503 that the sender repeats for days. Each example is shown to every sender."""
    sent = Request(method=method, path="/", query=query, headers=Headers(fields), body=body, received_at=at)

    for name in NAMES:
        note(f"sender: {name}")
        verified = attempt(partial(built(name).verify, sent, secrets))

        if isinstance(verified, Rejected):
            assert verified.status == 401
        else:
            assert verified.secret in {one.name for one in secrets} | (
                {None} if not PROVIDERS[name].needs_secret else set()
            )


@every_sender
def test_a_useless_secret_is_refused_when_the_configuration_is_loaded(name: str) -> None:
    """Verification accepts any secret, so a bad one would refuse each event or accept a forged one."""
    if not PROVIDERS[name].needs_secret:
        assert built(name).secret_complaint(b"anything at all")
        return
    config = parse(f"{source_of(name)}\n[queues.q]\n", base=Path())

    assert built(name).secret_complaint(secret_of(name)) is None
    assert config.secret_complaints({"S": b""}) or config.sources[0].learns_secret
    if name != "sanity":
        (complaint,) = config.secret_complaints({"S": b"short"})
        assert complaint.where == "sources.s.verify.secrets"
        assert "short" not in complaint.why.replace("too short", "")


@every_sender
def test_an_option_that_no_sender_has_is_an_error(name: str) -> None:
    """A misspelt option would otherwise apply a default that nobody chose."""
    with pytest.raises(ConfigError) as refused:
        parse(f"{source_of(name)}\n[queues.q]\n".replace("scheme =", 'colour = "red", scheme ='), base=Path())

    assert "unknown key" in str(refused.value)


@pytest.mark.parametrize("name", [name for name in NAMES if PROVIDERS[name].needs_url])
def test_a_sender_that_signs_its_url_needs_the_public_one(name: str) -> None:
    """The caller chooses the Host header, so it cannot prove the URL."""
    with pytest.raises(ConfigError, match=r"sources\.s\.public_url.*signs the URL"):
        parse(f'[sources.s]\nverify = {{ scheme = "{name}", secrets = ["S"] }}\n[queues.q]\n', base=Path())
    with pytest.raises(OptionError):
        PROVIDERS[name].build({})


def test_only_what_is_configured_is_imported() -> None:
    """A function's cold start must not import fifty senders or a library for public keys."""
    script = (
        "import sys; from hookline.config import parse; from pathlib import Path;"
        'parse(\'[sources.s]\\nverify = { scheme = "stripe", secrets = ["S"] }\\n[queues.q]\\n\', base=Path());'
        "print(*[name for name in sys.modules if 'rs.catalogue.' in name or 'rs.bespoke' in name or name in ('cryptography', 'pkgutil')])"
    )

    loaded = run_process([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()

    assert loaded == ["hookline.providers.catalogue.commerce"]
