"""Every mistake in hookline.toml is reported, all together, with its key and its line."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from hookline.config import load, parse
from hookline.domain.request import Headers, Request
from hookline.domain.source import OnConflict
from hookline.errors import ConfigError, NotFoundError
from hookline.providers.general.hmac import KeyedHash

if TYPE_CHECKING:
    from hookline.config import Config

HERE = Path(__file__).parent
SOURCE = '[sources.a]\nverify = { scheme = "standard-webhooks", secrets = ["A_SECRET"] }\n'
QUEUE = "[queues.q]\n"
HMAC = (
    QUEUE
    + """[sources.a]
id = "id"
[sources.a.verify]
algoritm = "sha1"
scheme = "hmac"
secrets = ["A_SECRET"]
header = "X"
"""
)
REQUEST = Request(
    method="POST",
    path="/",
    headers=Headers.of(x_event_id="evt_1"),
    body=b"{}",
    received_at=None,  # type: ignore[arg-type]  # no test here looks at the time
)


def good(text: str = SOURCE + QUEUE, base: Path = HERE) -> Config:
    """The configuration that a text without faults is."""
    return parse(text, base=base)


def complaints(text: str, base: Path = HERE) -> dict[str, str]:
    """What is wrong with a text, by place."""
    with pytest.raises(ConfigError) as caught:
        parse(text, base=base)
    return {complaint.where: complaint.why for complaint in caught.value.complaints}


def only(text: str, base: Path = HERE) -> tuple[str, str]:
    """The one thing that is wrong with a text."""
    ((where, why),) = complaints(text, base).items()
    return where, why


def source(*lines: str, verify: str = '{ scheme = "standard-webhooks", secrets = ["A_SECRET"] }') -> str:
    """A file with one source of these lines, which start on line 5; verify is on line 4."""
    return "\n".join([QUEUE, "[sources.a]", f"verify = {verify}", *lines])


def test_the_smallest_file_gets_the_documented_defaults() -> None:
    """Two tables are enough to start; the defaults must be those of the reference."""
    config = good()
    (a,) = config.sources
    assert (a.path, a.max_body, a.rate_limit, a.on_conflict) == ("/webhook/a", 1024 * 1024, None, OnConflict.REJECT)
    assert a.media_types == {"application/json"}
    assert [queue.name for queue in config.queues] == ["q", "unrouted"]
    queue = config.queue("q")
    assert (queue.max_receives, queue.visibility_timeout) == (5, timedelta(seconds=30))
    assert (queue.retention, queue.dead_letter_retention) == (timedelta(days=7), timedelta(days=14))
    assert config.routes == ()
    server = config.server
    assert (server.host, server.port, server.admin_port) == ("127.0.0.1", 8080, 8081)
    assert (server.max_in_flight, server.max_in_flight_bytes) == (1024, 64 * 1024 * 1024)
    assert [server.read_timeout, server.storage_timeout, server.shutdown_timeout, server.keep_alive_timeout] == [
        timedelta(seconds=seconds) for seconds in (10, 5, 8, 620)
    ]
    assert (server.max_connections, server.max_connections_per_address) == (8192, None)


def test_every_setting_arrives_where_it_belongs() -> None:
    """A key that is read into the wrong field would pass every other test."""
    config = good(
        """
        [server]
        host = "::1"
        port = 1
        admin_port = 2
        read_timeout = "3s"
        max_in_flight = 4
        max_in_flight_bytes = "5mb"
        storage_timeout = "6s"
        shutdown_timeout = "7s"
        [events]
        retention = "20d"
        [sources.a]
        path = "/in/a"
        verify = { scheme = "hmac", secrets = ["ONE", "ssm:/two"], header = "X-Sig", timestamp_header = "X-T", tolerance = "1m" }
        id = "header:X-Event-Id"
        type = "a.b"
        time = "t"
        on_conflict = "acknowledge"
        max_body = "64kb"
        media_types = ["Application/JSON", "application/cloudevents+json"]
        rate_limit = "6000/m"
        [queues.q]
        max_receives = 1
        visibility_timeout = "0s"
        retention = "1m"
        dead_letter_retention = "2m"
        [queues.unrouted]
        retention = "3m"
        [[routes]]
        match = { type = ["x"] }
        queues = ["q", "unrouted"]
        """
    )
    server, (a,), (q, unrouted) = config.server, config.sources, config.queues
    assert (server.host, server.port, server.admin_port, server.max_in_flight) == ("::1", 1, 2, 4)
    assert server.max_in_flight_bytes == 5 * 1024 * 1024
    assert [server.read_timeout, server.storage_timeout, server.shutdown_timeout] == [
        timedelta(seconds=seconds) for seconds in (3, 6, 7)
    ]
    assert config.event_retention == timedelta(days=20)
    assert (a.path, a.scheme, a.secret_names, a.on_conflict) == ("/in/a", "hmac", ("ONE", "ssm:/two"), "acknowledge")
    assert (a.max_body, a.rate_limit) == (64 * 1024, 100.0)
    assert a.media_types == {"application/json", "application/cloudevents+json"}
    assert a.find_id
    assert a.find_type
    assert a.find_time
    assert a.find_id(REQUEST, None) == "evt_1"
    assert a.find_type(REQUEST, {"a": {"b": 1}}) == 1
    assert a.find_time(REQUEST, {"t": 2}) == 2
    assert isinstance(a.verifier, KeyedHash)
    assert a.verifier.tolerance == timedelta(minutes=1)
    assert (q.max_receives, q.visibility_timeout) == (1, timedelta(0))
    assert (q.retention, q.dead_letter_retention) == (timedelta(minutes=1), timedelta(minutes=2))
    assert unrouted.retention == timedelta(minutes=3)
    assert [(rule.queues, rule.match.matches({"type": "x"})) for rule in config.routes] == [(("q", "unrouted"), True)]


def test_a_file_with_a_dozen_faults_reports_all_of_them_in_order() -> None:
    """One fix per start would cost an evening."""
    text = """\
[server]
prot = 1
admin_port = true
[sources.transactions]
path = "webhook"
verify = { scheme = "standard-webhok", secrets = ["whsec_c2VjcmV0IHNlY3JldCE="] }
id = "a..b"
max_body = "1 gb"
[sources.other]
schema = "missing.json"
[queues.q]
retention = "15d"
[[routes]]
match = { type = "payment" }
queues = ["p"]
[[routes]]
queues = ["q", "q"]
"""
    with pytest.raises(ConfigError) as caught:
        parse(text, base=HERE)
    assert [complaint.where for complaint in caught.value.complaints] == [
        "server.prot (line 2)",
        "server.admin_port (line 3)",
        "sources.transactions.path (line 5)",
        "sources.transactions.verify.scheme (line 6)",
        "sources.transactions.verify.secrets[0] (line 6)",
        "sources.transactions.id (line 7)",
        "sources.transactions.max_body (line 8)",
        "sources.other.verify (line 9)",
        "sources.other.schema (line 10)",
        "queues.q.retention (line 12)",
        "routes[0].match.type (line 14)",
        "routes[0].queues[0] (line 15)",
        "routes[1].match (line 16)",
        "routes[1].queues[1] (line 17)",
    ]
    assert "c2Vjcm" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "where", "near"),
    [
        ("[sorces]\n" + SOURCE + QUEUE, "sorces (line 1)", "sources"),
        ("[events]\nretenton = '1d'\n" + SOURCE + QUEUE, "events.retenton (line 2)", "retention"),
        (source("typ = 'a'"), "sources.a.typ (line 5)", "type"),
        (HMAC, "sources.a.verify.algoritm (line 5)", "algorithm"),
        ("[queues.q]\nretentio = '1d'\n" + SOURCE, "queues.q.retentio (line 2)", "retention"),
        (SOURCE + QUEUE + "[[routes]]\nmatch = { type = ['x'] }\nqueues = ['q']\nqueue = 'q'", "routes[0].queue (line 7)", "queues"),
        (source(verify='{ scheme = "standrd-webhooks" }'), "sources.a.verify.scheme (line 4)", "standard-webhooks"),
        (source('on_conflict = "acknowlege"'), "sources.a.on_conflict (line 5)", "acknowledge"),
        (SOURCE + QUEUE + "[[routes]]\nmatch = { type = ['x'] }\nqueues = ['qq']", "routes[0].queues[0] (line 6)", "'q'"),
    ],
)  # fmt: skip
def test_an_unknown_word_is_an_error_that_names_the_nearest(text: str, where: str, near: str) -> None:
    """A misspelt key that is silently ignored leaves its default in force, which nobody sees until it hurts."""
    found_where, why = only(text)
    assert found_where == where
    assert near in why


@pytest.mark.parametrize(
    ("text", "where", "why"),
    [
        (QUEUE, "sources", "at least one source"),
        (SOURCE, "queues", "at least one queue"),
        ("sources = 1\n" + QUEUE, "sources (line 1)", "table of named tables"),
        ("[sources]\na = 1\n" + QUEUE, "sources.a (line 2)", "must be a table"),
        ("queues = 1\n" + SOURCE, "queues (line 1)", "table of named tables"),
        ("server = 1\n" + SOURCE + QUEUE, "server (line 1)", "must be a table"),
        ("[routes]\nmatch = 1\n" + SOURCE + QUEUE, "routes (line 1)", "[[routes]]"),
        ("routes = [1]\n" + SOURCE + QUEUE, "routes[0] (line 1)", "must be a table"),
        (SOURCE.replace("[sources.a]", "[sources.A]") + QUEUE, "sources.A (line 1)", "1 to 40 characters"),
        (SOURCE.replace("[sources.a]", "[sources.a-]") + QUEUE, "sources.a- (line 1)", "1 to 40 characters"),
        (SOURCE.replace("[sources.a]", '[sources."a\\n"]') + QUEUE, "sources.'a\\n' (line 1)", "1 to 40 characters"),
        (SOURCE + "[queues.Q]", "queues.Q (line 3)", "1 to 40 characters"),
        (SOURCE + QUEUE + "[queues.q-dlq]", "queues.q-dlq (line 4)", "end in -dlq"),
        (SOURCE + QUEUE + "[queues.q-queue-prod]", "queues.q-queue-prod (line 4)", "a name of the queue q on AWS"),
        (SOURCE + QUEUE + "[queues.q-dlq-a1]", "queues.q-dlq-a1 (line 4)", "a name of the queue q on AWS"),
        (SOURCE + QUEUE + "[queues.unrouted-queue-b]", "queues.unrouted-queue-b (line 4)", "of the queue unrouted on AWS"),
        (SOURCE + "[queues.q]\nmax_receives = 0", "queues.q.max_receives (line 4)", "from 1 to 1000"),
        (SOURCE + "[queues.q]\nmax_receives = 1001", "queues.q.max_receives (line 4)", "from 1 to 1000"),
        (SOURCE + "[queues.q]\nmax_receives = true", "queues.q.max_receives (line 4)", "from 1 to 1000"),
        (SOURCE + "[queues.q]\nvisibility_timeout = '12h1s'", "queues.q.visibility_timeout (line 4)", "from 0s to 12h"),
        (
            SOURCE + "[queues.q]\nvisibility_timeout = '1h'\nretention = '1h'",
            "queues.q.visibility_timeout (line 4)",
            "would never be received again",
        ),
        (
            SOURCE + "media_types = ['text/json', 'text/json']\n" + QUEUE,
            "sources.a.media_types[1] (line 3)",
            "text/json appears twice",
        ),
        (SOURCE + "[queues.q]\nretention = '59s'", "queues.q.retention (line 4)", "from 1m to 14d"),
        (SOURCE + "[queues.q]\ndead_letter_retention = '15d'", "queues.q.dead_letter_retention (line 4)", "to 14d"),
        ("[server]\nport = 8081\n" + SOURCE + QUEUE, "server.port (line 2)", "both 8081"),
        ("[server]\nadmin_port = 8080\n" + SOURCE + QUEUE, "server.admin_port (line 2)", "both 8080"),
        ("[server]\nhost = ''\n" + SOURCE + QUEUE, "server.host (line 2)", "must be text"),
        ("[server]\nhost = 'a\\nb'\n".replace("'", '"') + SOURCE + QUEUE, "server.host (line 2)", "must be text"),
        ("[server]\nread_timeout = '0s'\n" + SOURCE + QUEUE, "server.read_timeout (line 2)", "from 1s"),
        ("[server]\nmax_in_flight_bytes = 1024\n" + SOURCE + QUEUE, "sources.a.max_body (line 3)", "always be refused"),
    ],
)  # fmt: skip
def test_each_wrong_table_is_reported(text: str, where: str, why: str) -> None:
    """A rule of the reference that is not enforced would only be text."""
    found_where, found_why = only(text)
    assert found_where == where
    assert why in found_why


@pytest.mark.parametrize(
    ("lines", "key", "why"),
    [
        ("path = 1", "path", "begins with"),
        ("path = 'webhook'", "path", "begins with"),
        ("path = '/webhook/'", "path", "must not end with"),
        ("path = '/'", "path", "must not end with"),
        ("path = '/a?b=c'", "path", "without a query"),
        ("path = '/a#b'", "path", "without a query"),
        ("path = '/a b'", "path", "may hold only"),
        ("path = '/a//b'", "path", "may hold only"),
        ("path = '/a/../b'", "path", "may hold only"),
        ("path = '/%41'", "path", "may hold only"),
        (f"path = '/{'a' * 200}'", "path", "more than 200"),
        ("schema = 1", "schema", "must be text"),
        ("schema = 'no.json'", "schema", "cannot be read"),
        ("schema = '../no.json'", "schema", "or in a subfolder"),
        ("schema = '/etc/no.json'", "schema", "or in a subfolder"),
        ("id = 1", "id", "JMESPath"),
        ("id = ''", "id", "JMESPath"),
        ("id = 'a['", "id", "at character"),
        ("id = 'a.'", "id", "at character"),
        ("id = 'lenght(@)'", "id", "Unknown function"),
        ("id = 'length(@, @)'", "id", "Expected 1 argument"),
        ("id = 'header:'", "id", "name a header"),
        ("id = 'header:a b'", "id", "name a header"),
        ("type = 'content-hash'", "type", "only be used for id"),
        ("time = 'a b'", "time", "at character"),
        ("on_conflict = 1", "on_conflict", "one of reject, acknowledge"),
        ("max_body = 0", "max_body", "from 1"),
        ("max_body = '1gb'", "max_body", "must be a size"),
        ("media_types = []", "media_types", "at least one"),
        ("media_types = 'application/json'", "media_types", "must be a list"),
        ("media_types = ['application/json; charset=utf-8']", "media_types[0]", "without parameters"),
        ("media_types = [1]", "media_types[0]", "without parameters"),
        ("media_types = ['text/plain']\ntype = 'a'", "type", "no media type of this source is JSON"),
        ("rate_limit = 0", "rate_limit", "above zero"),
        ("max_age = '1h'\ntime = 'header:X-Time'", "max_age", "signature covers"),
        ("max_age = 60", "max_age", "must be a duration"),
        ("repeated_body = 'accept'", "repeated_body", "has no effect"),
        ("on_ambiguous = 'acept'", "on_ambiguous", "the nearest is 'accept'"),
        ("repeated_body = 'set_aside'\nid = 'header:X-Id'", "repeated_body", "the nearest is 'set-aside'"),
        ("id = 'form:a'", "id", "reads a form"),
        ("type = 'form:a || form:b'", "type", "reads a form"),
        ("repeated_body = 'drop'\nid = 'header:X-Id'", "repeated_body", "one of accept, set-aside"),
        ("rate_limit = '1/h'", "rate_limit", "above zero"),
    ],
)  # fmt: skip
def test_each_wrong_key_of_a_source_is_reported(lines: str, key: str, why: str) -> None:
    """What a source says decides what is accepted: no part of it may be guessed."""
    line = 5 + lines[: lines.rindex(key.partition("[")[0] + " =")].count("\n")
    where, found = only(source(lines))
    assert where == f"sources.a.{key} (line {line})"
    assert why in found


@pytest.mark.parametrize(
    ("verify", "key", "why"),
    [
        ("'none'", "", "must be a table with a scheme"),
        ("{}", "", "must be a table with a scheme"),
        ("{ scheme = 1 }", ".scheme", "unknown scheme 1"),
        ("{ scheme = 'standard-webhooks' }", ".secrets", "at least one environment variable"),
        ("{ scheme = 'standard-webhooks', secrets = [] }", ".secrets", "at least one"),
        ("{ scheme = 'standard-webhooks', secrets = 'A' }", ".secrets", "must be a list"),
        ("{ scheme = 'standard-webhooks', secrets = [1] }", ".secrets[0]", "not the name of a secret"),
        ("{ scheme = 'standard-webhooks', secrets = ['A', 'B', 'A'] }", ".secrets[2]", "appears twice"),
        ("{ scheme = 'standard-webhooks', secrets = ['A'], tolerance = 300 }", ".tolerance", "must be a duration"),
        ("{ scheme = 'standard-webhooks', secrets = ['A'], tolerance = '0s' }", ".tolerance", "from 1s to 1d"),
        ("{ scheme = 'hmac', secrets = ['A'] }", ".header", "must name the header"),
        ("{ scheme = 'hmac', secrets = ['A'], header = 'X', algorithm = 'md4' }", ".algorithm", "sha256"),
        ("{ scheme = 'none', secrets = ['A'] }", ".secrets", "does not use a secret"),
    ],
)  # fmt: skip
def test_each_wrong_verify_is_reported(verify: str, key: str, why: str) -> None:
    """Verification that is not what its author meant accepts what it should not."""
    where, found = only(source("id = 'id'", verify=verify))
    assert where == f"sources.a.verify{key} (line 4)"
    assert why in found


def test_leaving_verify_away_is_an_error_that_says_how_to_take_anything() -> None:
    """Nobody may get an open source by forgetting a line."""
    where, why = only("[sources.a]\nid = 'id'\n" + QUEUE)
    assert where == "sources.a.verify (line 1)"
    assert why == 'verify is missing; write verify = { scheme = "none" } to accept requests without proof'


def test_all_wrong_options_of_a_scheme_are_reported() -> None:
    """A provider stops at its first wrong option; the file's author wants the others too."""
    verify = "{ scheme = 'hmac', secrets = ['A'], header = 'X', algorithm = 'md4', encoding = 'rot13', tolerance = 1 }"
    found = complaints(source("id = 'id'", verify=verify))
    assert list(found) == [f"sources.a.verify.{key} (line 4)" for key in ("tolerance", "algorithm", "encoding")]


def test_a_source_must_say_where_its_id_is() -> None:
    """Without an id a retry cannot be distinguished from a new event."""
    where, why = only(source(verify="{ scheme = 'none' }"))
    assert where == "sources.a.id (line 3)"
    assert 'id = "content-hash"' in why


def test_content_hash_makes_an_id_of_the_body() -> None:
    """For senders without ids: the same bytes are the same delivery."""
    config = good(source("id = 'content-hash'", "media_types = ['text/plain']", verify="{ scheme = 'none' }"))
    find_id = config.sources[0].find_id
    assert find_id
    assert find_id(REQUEST, None) == "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
    assert config.sources[0].secret_names == ()
    assert config.sources[0].find_type is None


def test_the_id_of_standard_webhooks_is_left_to_verification() -> None:
    """Svix writes svix-id where others write webhook-id: only verification knows which of them was signed."""
    (a,) = good().sources
    assert a.find_id is None
    assert a.find_type
    assert a.find_type(REQUEST, {"type": "invoice.paid"}) == "invoice.paid"
    assert a.find_time
    assert a.find_time(REQUEST, {"timestamp": 5}) == 5


def test_two_sources_cannot_share_a_path() -> None:
    """One of the two would never get an event."""
    text = SOURCE + SOURCE.replace("[sources.a]", "[sources.b]\npath = '/webhook/a'") + QUEUE
    assert only(text) == ("sources.b.path (line 4)", "the source a listens on /webhook/a already")


def test_a_schema_judges_only_json(tmp_path: Path) -> None:
    """A form has no JSON to check: with a schema every form would be refused."""
    (tmp_path / "s.json").write_text("{}")
    text = source("schema = 's.json'", "media_types = ['application/json', 'text/plain']")
    assert only(text, tmp_path) == (
        "sources.a.schema (line 5)",
        "checks only JSON, but media_types accepts text/plain too",
    )


def test_events_must_outlive_their_messages() -> None:
    """A message whose event is gone cannot be looked up, replayed or deduplicated any more."""
    text = "[events]\nretention = '10d'\n" + SOURCE + "[queues.q]\nretention = '11d'\n"
    found = complaints(text)
    assert list(found) == ["queues.q.dead_letter_retention (line 5)", "queues.q.retention (line 6)"]
    assert "14d by default" in found["queues.q.dead_letter_retention (line 5)"]


def test_the_queue_nobody_declared_keeps_nothing_longer_than_events() -> None:
    """Short event retention must not force anyone to declare `unrouted`."""
    config = good(
        "[events]\nretention = '1d'\n" + SOURCE + "[queues.q]\nretention = '1d'\ndead_letter_retention = '1d'"
    )
    unrouted = config.queue("unrouted")
    assert (unrouted.retention, unrouted.dead_letter_retention) == (timedelta(days=1), timedelta(days=1))


def test_a_pattern_is_complained_of_at_its_own_place() -> None:
    """The pointer inside the pattern continues the key of the file, escapes undone."""
    text = SOURCE + QUEUE + '[[routes]]\nqueues = ["q"]\n[routes.match]\n"a/b~c" = [{ prefx = "x" }]'
    where, _ = only(text)
    assert where == "routes[0].match.'a/b~c'[0] (line 7)"


@pytest.mark.parametrize(
    ("content", "where", "why"),
    [
        (b"a = 1\nb = [", "hookline.toml (line 2", "is not TOML"),
        (b"a = 1\nb 1", "hookline.toml (line 2, column 3)", "is not TOML"),
        (b"a = 1\na = 2", "hookline.toml (line 2, the last)", "is not TOML"),
        (b"a = 1\n# \xff", "hookline.toml (line 2)", "is not UTF-8"),
        (b"a = " + b"[" * 5000, "hookline.toml", "nested too deeply"),
        (b"a = " + b"9" * 5000, "hookline.toml", "is not TOML"),
    ],
)  # fmt: skip
def test_a_file_that_is_not_toml_is_reported_with_its_line(
    tmp_path: Path, content: bytes, where: str, why: str
) -> None:
    """The most common mistake is a missing quote: the line is all that is needed."""
    path = tmp_path / "hookline.toml"
    path.write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        load(path)
    (complaint,) = caught.value.complaints
    assert complaint.where.startswith(where)
    assert why in complaint.why


def test_a_missing_file_is_a_complaint(tmp_path: Path) -> None:
    """The first thing that goes wrong for a newcomer is the wrong folder: the path is named."""
    with pytest.raises(ConfigError) as caught:
        load(tmp_path / "hookline.toml")
    assert str(tmp_path) in caught.value.detail
    assert "No such file" in caught.value.detail


def test_an_unknown_queue_is_not_found() -> None:
    """A dead-letter queue has no settings of its own, so it is not found either."""
    config = good()
    with pytest.raises(NotFoundError, match="there are q, unrouted"):
        config.queue("q-dlq")


def test_secrets_are_judged_by_source_and_name_and_never_shown() -> None:
    """A missing or weak secret is reported at the start, where somebody reads it, not at the first webhook."""
    config = good(
        QUEUE
        + '[sources.a]\nverify = { scheme = "standard-webhooks", secrets = ["ONE", "TWO"] }\n'
        + '[sources.b]\nid = "id"\nverify = { scheme = "hmac", header = "X-Sig", secrets = ["TWO", "THREE"] }\n'
    )
    found = config.secret_complaints(
        {"ONE": b"whsec_c2hvcnQ=", "TWO": b"bG9uZyBlbm91Z2ggdG8gYmUgdXNlZA==", "THREE": b""}
    )
    assert config.secret_names == ("ONE", "TWO", "THREE")
    assert [complaint.where for complaint in found] == ["sources.a.verify.secrets", "sources.b.verify.secrets"]
    assert [complaint.why.split()[2] for complaint in found] == ["ONE", "THREE"]
    assert found[1].why == "the secret THREE is missing"
    assert "c2hvcnQ" not in str(found)
