"""Blocks of options that nobody would write: each is a complaint, or a scheme that accepts only what fits."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from effort import examples
from hookline.config import parse
from hookline.config.toml_text import toml_lines
from hookline.domain.request import Headers, Request
from hookline.domain.secret import Secret
from hookline.domain.source import Verified
from hookline.errors import ConfigError, Rejected
from hookline.providers import GENERAL, PROVIDERS
from hookline.providers.general.signed_text import SignedText
from hookline.providers.primitives import ALGORITHMS, ENCODINGS, TIMES
from hookline.providers.scheme import NeedsKey, OptionError
from unit.builders import NOW, attempt, secret

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from hookline.providers.scheme import Scheme

URL = "https://hooks.example.com/hook"
KEY = b"0123456789abcdef0123456789abcdef"

BODIES = ["{body}", "{form}", "{body_sha256}", "{body_md5:base64}", "{body_sha512:hex}"]
OTHERS = [
    "{method}",
    "{url}",
    "{path}",
    "{query}",
    "{query:a}",
    "{header:X-Other}",
    "{json:a.b}",
    ".",
    ":",
    "\n",
    "v0",
    "{",
    "}",
]
TIMES_AT: Mapping[str, Mapping[str, object]] = {
    "": {},
    "header": {"timestamp_header": "X-Time"},
    "field": {"fields": {"timestamp": "t", "signature": "v1"}},
    "place": {"fields": {"timestamp": 1, "signature": 2}},
    "body": {"timestamp_body": "time"},
}
texts = st.text(max_size=8) | st.sampled_from(
    ["", "t", "v1", "v1,", "sha256=", "HMAC ", "X-Signature", "X-Sig-{n}", "a.b"]
)
names = st.sampled_from(["X-Signature", "x-signature", "X-Sig-{n}"])
anything = (
    texts
    | st.integers(-5, 20)
    | st.booleans()
    | st.floats(allow_nan=False)
    | st.lists(texts, max_size=3)
    | st.dictionaries(st.sampled_from(["timestamp", "signature", "other"]), texts | st.integers(-1, 20), max_size=3)
)


@st.composite
def signed_texts(draw: st.DrawFn, algorithms: st.SearchStrategy[str]) -> dict[str, object]:
    """Options that describe a signed text, in any combination that means something together."""
    place, algorithm = draw(st.sampled_from(sorted(TIMES_AT))), draw(algorithms)
    has_id = draw(st.booleans())
    needed = [draw(st.sampled_from(BODIES)), *["{id}"] * has_id, *["{secret}"] * algorithm.endswith("-plain")]
    needed += ["{timestamp}"] if place in ("header", "field", "place") else []
    parts = draw(st.permutations([*needed, *draw(st.lists(st.sampled_from(OTHERS), max_size=3))]))
    options: dict[str, object] = {
        "header": draw(names | st.just(["X-Signature", "X-Sig-{n}"])),
        "algorithm": algorithm,
        "template": "".join(parts),
        "encoding": draw(st.sampled_from(sorted(ENCODINGS))),
        **TIMES_AT[place],
    }
    options |= {"id_header": "X-Id"} if has_id else {}
    options |= {"timestamp_format": draw(st.sampled_from(sorted(TIMES)))} if place else {}
    options |= {"prefix": draw(st.sampled_from(["", "sha256=", "HMAC ", ["v1=", ""]]))} if draw(st.booleans()) else {}
    options |= {"separator": draw(st.sampled_from([";", " ", "|", ", "]))} if draw(st.booleans()) else {}
    return options


PLACES: st.SearchStrategy[dict[str, object]] = st.sampled_from(
    [
        {"header": "Authorization"},
        {"header": ["X-Signature", "X-Time"], "prefix": "Token "},
        {"bearer": True},
        {"query": "a"},
        {"body": "a.b"},
    ]
)
JWTS: st.SearchStrategy[dict[str, object]] = st.builds(
    lambda place, options: place | options,
    PLACES,
    st.fixed_dictionaries(
        {"algorithms": st.sampled_from([["HS256"], ["HS512", "HS256"], ["RS256"], ["ES256", "EdDSA"], ["PS384"]])},
        optional={
            "issuer": st.just("https://issuer.example"),
            "audience": st.sampled_from(["us", ["us", "them"]]),
            "claims": st.just({"email": "a@example.com", "n": 1}),
            "max_lifetime": st.sampled_from([timedelta(minutes=5), timedelta(hours=2)]),
            "body_hash": st.just({"claim": "digest", "algorithm": "sha256", "encoding": "hex"}),
        },
    ),
)


LIKELY: Mapping[str, st.SearchStrategy[dict[str, object]]] = {
    "jwt": JWTS,
    "token": PLACES,
    "hmac": signed_texts(st.sampled_from([*ALGORITHMS, *(f"{name}-plain" for name in ALGORITHMS)])),
    "public-key": signed_texts(st.sampled_from(["ed25519", "ecdsa-sha256", "rsa-sha256", "rsa-pss-sha256"])),
}


@st.composite
def blocks(draw: st.DrawFn, name: str) -> dict[str, object]:
    """A block that mostly means something, in which now and then some options have any value at all."""
    options = draw(LIKELY.get(name, st.just({})))
    wild = st.dictionaries(st.sampled_from(sorted(PROVIDERS[name].options) or ["any"]), anything, max_size=2)
    return options | (draw(wild) if draw(st.integers(0, 2)) == 0 else {})


def scheme_of(name: str, options: Mapping[str, object]) -> Scheme | None:
    """The scheme, or None where the options are complained of."""
    try:
        return PROVIDERS[name].build({"public_url": URL, **options})
    except OptionError as complaint:
        if not complaint.why or complaint.option not in {*PROVIDERS[name].options, "public_url", "scheme"}:
            pytest.fail(f"a complaint of {complaint.option!r} helps nobody: {complaint.why!r}")
        return None


VALUES = [
    b"",
    b"t=1,v1=00",
    b"1700000000,ab",
    str(int(NOW.timestamp())).encode(),
    b"sha256=00",
    b"\xff",
    b"Bearer eyJhbGciOiJIUzI1NiJ9.e30.AAAA",
    b"Basic OjA=",
]
headers = st.lists(
    st.tuples(
        st.sampled_from([b"x-signature", b"x-sig-1", b"x-sig-2", b"x-time", b"x-id", b"authorization", b"webhook-id"]),
        st.sampled_from(VALUES) | st.binary(max_size=40),
    ),
    max_size=6,
)
bodies = st.binary(max_size=40) | st.sampled_from(
    [b'{"time": 1, "a": {"b": "c"}}', b"a=b&a=c", b"[" * 2000, b"%zz" * 2000]
)
moments = st.sampled_from([NOW]) | st.datetimes(timezones=st.just(UTC))
secrets = st.lists(st.builds(Secret, name=st.text(max_size=3), value=st.binary(max_size=40)), max_size=2)


@pytest.mark.parametrize("name", sorted(GENERAL))
@settings(max_examples=examples(150))
@given(data=st.data())
def test_every_block_is_a_complaint_or_a_scheme_that_raises_nothing_but_rejected(
    name: str, data: st.DataObject
) -> None:
    """Strangers decide what is sent, and people in a hurry write the options."""
    scheme = scheme_of(name, data.draw(blocks(name)))
    if scheme is None or isinstance(scheme, NeedsKey):
        return
    sent = Request(
        method=data.draw(st.sampled_from(["POST", "", "É"])),
        path="/hook",
        query=data.draw(st.sampled_from(["", "a=1&a=2", "%", "=" * 100])),
        headers=Headers(data.draw(headers)),
        body=data.draw(bodies),
        received_at=data.draw(moments),
    )

    verified = attempt(lambda: scheme.verify(sent, data.draw(secrets)))

    assert isinstance(verified, Rejected) or name == "none" or verified.secret is not None
    assert not isinstance(verified, Rejected) or verified.status == 401


@settings(max_examples=examples(200))
@given(options=blocks("hmac"), body=bodies, at=st.datetimes(timezones=st.just(UTC)).filter(lambda at: at.year > 1970))
def test_whatever_options_describe_what_is_signed_verifies_and_nothing_else_does(
    options: dict[str, object], body: bytes, at: datetime
) -> None:
    """A block that loads describes a sender whose calls can fit: one that nothing could fit would refuse every event."""
    scheme = scheme_of("hmac", options)
    if not isinstance(scheme, SignedText) or "{json:" in scheme.template or scheme.timestamp_body:
        return  # the body has to hold what is signed there
    form = "{form}" in scheme.template
    body = b"a=b&c=%C3%A9" if form else body
    try:
        signed = scheme.sign(body, secret=KEY.hex().encode(), delivery_id="id-1", at=at)
    except Rejected:
        return
    fields = Headers((name.encode(), value.encode("latin-1")) for name, value in signed.items())
    sent = Request(method="POST", path="/hook", headers=fields, body=body, received_at=at)
    own = (secret(KEY.hex().encode()),)

    verified = scheme.verify(sent, own)
    other = attempt(
        lambda: scheme.verify(
            Request(method="POST", path="/hook", headers=fields, body=body + b"&z=1", received_at=at), own
        )
    )

    assert verified.secret == "A_SECRET"
    assert verified.delivery_id == ("id-1" if scheme.id_header else None)
    assert isinstance(other, Rejected) or not isinstance(other, Verified)


@settings(max_examples=examples(60))
@given(data=st.data(), name=st.sampled_from(sorted(GENERAL)))
def test_a_file_with_any_block_loads_or_is_complained_of(data: st.DataObject, name: str) -> None:
    """A user must never see a traceback."""
    options = data.draw(blocks(name))
    secrets_line = '"S"' if name != "none" else ""
    lines = toml_lines({key: value for key, value in options.items() if not isinstance(value, float)})
    text = (
        f'[sources.s]\nid = "content-hash"\npublic_url = "{URL}"\n[sources.s.verify]\nscheme = "{name}"\n'
        f"{f'secrets = [{secrets_line}]' if secrets_line else ''}\n{lines}[queues.q]\n"
    )
    with suppress(ConfigError):
        parse(text, base=Path())
