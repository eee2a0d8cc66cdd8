"""``handshake``: what is wrong with one is said at its place, and nothing that could lose events or open a source is taken."""

from __future__ import annotations

from pathlib import Path

import pytest

from hookline.config import parse
from hookline.config.written_handshakes import HANDSHAKE_KEYS
from hookline.errors import ConfigError

IT = '[sources.it]\nverify = { scheme = "hmac", header = "X-Signature", secrets = ["IT"] }\nid = "content-hash"\n'
LOOK = '{ method = "GET" }'
PAGE = (Path(__file__).parents[3] / "docs" / "reference" / "configuration.md").read_text()
SECTION = PAGE.partition("\n## `handshake`\n")[2].partition("\n## ")[0]


def _complaints(toml: str) -> list[str]:
    with pytest.raises(ConfigError) as raised:
        parse(f"{toml}\n[queues.all]\n", base=Path())
    return [f"{one.where.partition(' ')[0]}: {one.why}" for one in raised.value.complaints]


@pytest.mark.parametrize(
    ("handshake", "why"),
    [
        ("5", ": must be a list of handshakes, at least one"),
        ("[]", ": must be a list of handshakes, at least one"),
        ("[5]", "[0]: must be a table such as"),
        ('"webpush"', ".kind: must be one of websub, cloudevents, event-grid"),
        ("{}", ": has no answer"),
        ("{ signed = true }", ": has no answer"),
        ('{ echo = "a", topics = ["b"] }', ".topics: unknown key"),
        ('{ echo = "" }', ".echo: must be a name"),
        ('{ echo = "a b" }', ".echo: must be a name"),
        ("{ echo = 5 }", ".echo: must be a name"),
        ('{ echo = "a", in = "path" }', ".in: must be one of body, header, query"),
        ('{ echo = "a:b", in = "header" }', ".echo: 'a:b' is not the name of a header"),
        ('{ echo = "a", method = "PUT" }', ".method: must be one of GET, HEAD, OPTIONS, POST"),
        ('{ echo = "a", method = "HEAD" }', ".method: an answer to HEAD has no body"),
        ('{ text = "a", method = "HEAD" }', ".method: an answer to HEAD has no body"),
        ('{ echo = "a", in = "body", method = "GET" }', '.method: a challenge in the body needs method = "POST"'),
        ('{ echo = "a.b", in = "body" }', ".echo: write which calls have a challenge at a.b"),
        ('{ echo = "a", signed = "no" }', ".signed: must be true or false"),
        ('{ echo = "a", as = "xml" }', ".as: must be one of text, json, header"),
        ('{ echo = "a", name = "b" }', '.name: has no effect for an answer as = "text"'),
        ('{ echo = "a", as = "header" }', ".name: write the name of the header of the answer"),
        ('{ text = "a", as = "json" }', ".name: write the name of the member of the answer"),
        ('{ echo = "a", as = "header", name = "X Y" }', ".name: 'X Y' is not the name of a header"),
        ('{ echo = "a", when = {} }', ".when: must be a table of names and values"),
        ('{ echo = "a", when = { b = 5 } }', ".when: query:b must be compared with text"),
        ('{ echo = "a", in = "body", when = { b = [1] } }', ".when: body:b must be compared with text, a whole number"),
        ('{ echo = "a", in = "body", when = { b = 1.5 } }', ".when: body:b must be compared with text, a whole number"),
        ('{ echo = "a", when = { "header:b;c" = "d" } }', ".when.'header:b;c': 'b;c' is not the name of a header"),
        ('{ echo = "a", encoding = "hex" }', ".encoding: has no effect without answer"),
        ('{ echo = "a", answer = "md5" }', ".answer: must be one of hmac-sha1"),
        ('{ echo = "a", answer = "hmac-sha256", encoding = "utf8" }', ".encoding: must be one of hex"),
        ('{ echo = "a", answer = "hmac-sha256", repeat = "b" }', '.repeat: is only for an answer as = "json"'),
        ('{ echo = "a", answer = "hmac-sha256", token = "b", token_secret = "T" }', ".token_secret: cannot be combined with answer"),
        ('{ echo = "a", token = "b" }', ".token_secret: name the secret whose value the token must have"),
        ('{ echo = "a", token_secret = "T" }', ".token: write where the token is"),
        ('{ echo = "a", token = "b", token_secret = "IT" }', ".token_secret: IT signs the events of this source"),
        ('{ echo = "a", token = "b", token_secret = "not a name!" }', ".token_secret"),
        ('{ token = "a" }', ".token_secret: name the secret whose value the token must have"),
        ('{ token = "a", token_secret = "T", status = 404 }', ".status: must be a whole number from 200 to 299"),
        ('{ text = "" }', ".text: must be text of at most 1024"),
        ('{ text = "a\\nb" }', ".text: must be text of at most 1024"),
        ('{ text = "a", method = "POST" }', ".method: events are POST requests too"),
        ('{ method = "POST" }', ".method: events are POST requests too"),
        ('{ method = "GET", status = 302 }', ".status: must be a whole number from 200 to 299"),
        ('{ kind = "websub" }', ".topics: name the topics that the source subscribes to"),
        ('{ kind = "websub", topics = [] }', ".topics: must be a list of topics"),
        ('{ kind = "websub", topics = ["a b"] }', ".topics[0]: must be the URL of a topic"),
        ('{ kind = "websub", topics = ["a"], token_secret = "IT" }', ".token_secret: IT signs the events of this source"),
        ('{ kind = "cloudevents" }', ".origins: name the senders that may deliver"),
        ('{ kind = "cloudevents", origins = ["https://a.example"] }', ".origins[0]: must be a DNS name"),
        ('{ kind = "cloudevents", origins = ["a.example"], rate = 0 }', ".rate: must be a rate above zero"),
        ('{ kind = "cloudevents", origins = ["a.example"], rate = "0.5/m" }', ".rate: must be at least one request a minute"),
        ('{ secret_header = "a b" }', ".secret_header: 'a b' is not the name of a header"),
        ('{ secret_member = "" }', ".secret_member: must be a name"),
        (f"[{', '.join([LOOK] * 11)}]", ": lists more than 10 handshakes"),
    ],
)  # fmt: skip
def test_a_handshake_that_cannot_be_meant_is_complained_of(handshake: str, why: str) -> None:
    """The complaint names its key."""
    found = _complaints(f"{IT}handshake = {handshake}")

    assert any(one.startswith(f"sources.it.handshake{why}") for one in found), found


@pytest.mark.parametrize(
    "name",
    [
        "Location", "Set-Cookie", "content-type", "Content-Length", "Content-Security-Policy", "Access-Control-Allow-Origin", "Refresh",
        "Transfer-Encoding", "Connection", "Link", "Clear-Site-Data", "X-Content-Type-Options", "Strict-Transport-Security",
        "WWW-Authenticate", "Sec-WebSocket-Accept", "Proxy-Authenticate", "X-Accel-Redirect", "X-Sendfile", "X-Reproxy-URL", "Status",
        "Cross-Origin-Resource-Policy", "Service-Worker-Allowed", "Referrer-Policy", "Permissions-Policy", "NEL", "CDN-Cache-Control",
        "Surrogate-Control", "Timing-Allow-Origin", "Speculation-Rules", "Public-Key-Pins", "X-XSS-Protection", "Accept-CH",
    ],
)  # fmt: skip
def test_no_challenge_is_answered_in_a_header_with_a_meaning(name: str) -> None:
    """A stranger could send a browser elsewhere, leave it a cookie of this site, or have nginx answer with a file (X-Accel-Redirect)."""
    written = _complaints(f'{IT}handshake = {{ echo = "a", as = "header", name = "{name}" }}')
    own = _complaints(f'{IT}handshake = {{ echo = "{name}", in = "header", as = "header" }}')

    brought = _complaints(f'{IT}handshake = {{ secret_header = "{name}" }}')

    assert written[0].startswith(f"sources.it.handshake.name: {name} has a special meaning")
    assert brought[0].startswith(f"sources.it.handshake.secret_header: {name} has a special meaning")
    assert own[0].startswith(f"sources.it.handshake.echo: {name} has a special meaning")


def test_a_template_without_the_body_signs_no_challenge_of_strangers() -> None:
    """A digest of the body is as short as a challenge: a stranger could obtain its signature."""
    verify = '[sources.it]\nverify = {{ scheme = "hmac", header = "X-S", secrets = ["IT"], template = "{0}" }}\nid = "content-hash"\n'
    hashed = 'handshake = { echo = "a", answer = "hmac-sha256" }'

    found = _complaints(f"{verify.format('{body_sha256}')}{hashed}")

    assert any(
        one.startswith("sources.it.handshake.answer: the template of this source does not sign {body} itself")
        for one in found
    )


def test_a_named_sender_that_shakes_hands_takes_no_other_handshake() -> None:
    """It would bypass the handshake that was reviewed."""
    (complaint,) = _complaints(
        '[sources.it]\nverify = { scheme = "slack", secrets = ["IT"] }\nhandshake = { echo = "a" }'
    )

    assert complaint == "sources.it.handshake: slack has its own handshakes, which hookline answers without this key"


def test_a_named_sender_that_does_not_may_have_one() -> None:
    """The catalogue may not know of it yet."""
    toml = '[sources.it]\nverify = { scheme = "github", secrets = ["IT"] }\nhandshake = { echo = "a" }\n[queues.all]\n'

    assert parse(toml, base=Path()).sources[0].methods == ("GET", "POST")


def test_a_secret_is_brought_to_a_scheme_that_has_one() -> None:
    """Otherwise it would be kept without a use."""
    toml = '[sources.it]\nverify = { scheme = "none" }\nid = "content-hash"\nhandshake = { secret_header = "X-Hook-Secret" }'

    assert _complaints(toml) == ["sources.it.handshake: brings a secret, but the scheme of this source has none"]


def test_a_token_is_a_secret_of_the_source() -> None:
    """So it is read, checked and refused when it is missing, as the others are."""
    config = parse(f'{IT}handshake = {{ echo = "a", token = "b", token_secret = "T" }}\n[queues.all]\n', base=Path())

    assert config.secret_names == ("IT", "T")
    assert [one.why for one in config.secret_complaints({"IT": b"long-enough-secret", "T": b"short"})] == [
        "the secret T has 5 bytes; at least 8 are needed"
    ]


def test_every_option_is_in_the_reference() -> None:
    """Nobody can use an option that is not documented."""
    assert {key for key in HANDSHAKE_KEYS if f"`{key}`" not in SECTION and f"`{key} = " not in SECTION} == set()
