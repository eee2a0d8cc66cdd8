"""Signatures that senders published, through the general schemes: each must be taken, and nothing that differs by a bit."""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from hookline.config import parse
from hookline.domain.request import Headers, Request
from hookline.domain.secret import Secret
from hookline.errors import Rejected
from hookline.providers import GENERAL, PROVIDERS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from hookline.domain.source import Verified
    from hookline.providers.scheme import Scheme

_ANY_TIME = 1_700_000_000


@dataclass(frozen=True, kw_only=True)
class Vector:
    """One published request; ``now`` is when it was fresh, in seconds, None where the sender does not sign a time."""

    name: str
    source: str
    verify: dict[str, str]
    secret: str
    headers: dict[str, str]
    body: str
    now: int | None

    @property
    def scheme(self) -> Scheme:
        """The scheme with the options that describe this sender."""
        options = {option: value for option, value in self.verify.items() if option != "scheme"}
        return PROVIDERS[self.verify["scheme"]].build(options)

    @property
    def fields(self) -> list[tuple[bytes, bytes]]:
        """The headers as they are on the wire."""
        return [(name.encode(), value.encode()) for name, value in self.headers.items()]

    @property
    def signature_header(self) -> str:
        """The header that carries the signature."""
        return next(name for name in self.headers if "signature" in name.lower())

    def verified(
        self,
        fields: Iterable[tuple[bytes, bytes]] | None = None,
        *,
        body: bytes | None = None,
        secret: bytes | None = None,
    ) -> Verified:
        """The scheme's answer to the request, with the arguments' replacements."""
        sent = Request(
            method="POST",
            path="/",
            headers=Headers(self.fields if fields is None else fields),
            body=self.body.encode() if body is None else body,
            received_at=datetime.fromtimestamp(self.now or _ANY_TIME, UTC),
        )
        return self.scheme.verify(
            sent, [Secret(name="THEIRS", value=self.secret.encode() if secret is None else secret)]
        )

    def refuses(
        self,
        fields: Iterable[tuple[bytes, bytes]] | None = None,
        *,
        body: bytes | None = None,
        secret: bytes | None = None,
    ) -> bool:
        """Whether the request, with what the arguments replace, is Rejected."""
        try:
            self.verified(fields, body=body, secret=secret)
        except Rejected:
            return True
        return False


REFERENCE = (Path(__file__).parents[2] / "docs" / "reference" / "verification.md").read_text()
EXAMPLES = re.findall(r"```toml\n(.*?)```", REFERENCE, re.DOTALL)
VECTORS = [Vector(**one) for one in json.loads((Path(__file__).parent / "spellings.json").read_text())]
BY_NAME = {one.name: one for one in VECTORS}

every_vector = pytest.mark.parametrize("vector", VECTORS, ids=BY_NAME)
with_standard_webhooks = pytest.mark.parametrize(
    "vector", [one for one in VECTORS if one.verify["scheme"] == "standard-webhooks"], ids=lambda one: one.name
)


def flipped(content: bytes) -> Iterator[bytes]:
    """The content with each of its bits turned over, one at a time."""
    for bit in range(len(content) * 8):
        copy = bytearray(content)
        copy[bit // 8] ^= 1 << bit % 8
        yield bytes(copy)


def same_signature(vector: Vector, value: bytes, original: bytes) -> bool:
    """Whether two spellings are one signature: hex digits have no case, and base64's padding says nothing."""
    if vector.verify["scheme"] != "hmac":
        return value == original
    if vector.verify.get("encoding", "hex") == "hex":
        prefix = vector.verify.get("prefix", "").encode()
        return value.startswith(prefix) and value.lower() == original.lower()
    return value.rstrip(b"=") == original.rstrip(b"=")


@every_vector
def test_what_the_sender_published_verifies(vector: Vector) -> None:
    """The sender's own vector proves that the scheme is right."""
    assert vector.source
    assert vector.verified().secret == "THEIRS"


@every_vector
def test_what_the_scheme_signs_is_what_the_sender_published(vector: Vector) -> None:
    """`hookline send` and `hookline.testing` must send what the sender does."""
    delivery_id = vector.headers.get("webhook-id", "")
    at = datetime.fromtimestamp(vector.now or _ANY_TIME, UTC)

    signed = vector.scheme.sign(vector.body.encode(), secret=vector.secret.encode(), delivery_id=delivery_id, at=at)

    written = {name.lower(): value.rstrip("=") for name, value in signed.items()}
    assert written == {name.lower(): value.rstrip("=") for name, value in vector.headers.items()}


@every_vector
def test_no_bit_of_the_body_can_be_turned(vector: Vector) -> None:
    """One changed bit may change an amount."""
    assert [body for body in flipped(vector.body.encode()) if not vector.refuses(body=body)] == []


@every_vector
def test_the_body_can_be_neither_cut_nor_lengthened(vector: Vector) -> None:
    """White space around JSON means nothing to a parser and everything to a signature."""
    body = vector.body.encode()

    for other in (b"", body[:-1], body[1:], body + b"\n", b" " + body, body + body):
        assert vector.refuses(body=other)


@every_vector
def test_no_bit_of_any_header_can_be_turned(vector: Vector) -> None:
    """The id and the time are signed too; only another spelling of the same signature is accepted."""
    for index, (name, value) in enumerate(vector.fields):
        for other in flipped(value):
            if name.decode() == vector.signature_header and same_signature(vector, other, value):
                continue
            fields = [*vector.fields]
            fields[index] = (name, other)
            assert vector.refuses(fields), (name, other)


@every_vector
@pytest.mark.parametrize("other", VECTORS, ids=lambda one: f"with_{one.name}")
def test_a_secret_that_is_not_theirs_fits_nothing(vector: Vector, other: Vector) -> None:
    """Each sender's secret proves only that sender."""
    assert vector.refuses(secret=other.secret.encode()) == (vector.secret != other.secret)
    assert vector.refuses(secret=b"")
    assert vector.refuses(secret=other.secret.encode() + b"BBBB")


@every_vector
@pytest.mark.parametrize("case", [str.lower, str.upper, str.title, str.swapcase])
def test_the_case_of_header_names_means_nothing(vector: Vector, case: object) -> None:
    """HTTP/2 writes names in lower case, and HTTP/1.1 in any case (RFC 9110 section 5.1)."""
    assert callable(case)
    fields = [(case(name).encode(), value.encode()) for name, value in vector.headers.items()]

    assert vector.verified(fields).secret == "THEIRS"


@every_vector
@pytest.mark.parametrize("theirs_first", [True, False])
@pytest.mark.parametrize("separator", [",", ", ", None])
def test_one_signature_of_several_is_enough(vector: Vector, theirs_first: bool, separator: str | None) -> None:  # noqa: FBT001 -- a case of the table
    """While a sender rotates its secret the header comes twice, or a proxy has joined both with a comma."""
    name = vector.signature_header
    theirs = vector.headers[name]
    other = theirs[:-8] + "AAAAAAA="
    both = [theirs, other] if theirs_first else [other, theirs]
    values = both if separator is None else [separator.join(both)]

    rest = [(key, value) for key, value in vector.fields if key.decode() != name]
    fields = [*rest, *((name.encode(), value.encode()) for value in values)]

    assert vector.verified(fields).secret == "THEIRS"


@every_vector
def test_a_missing_header_is_refused(vector: Vector) -> None:
    """Verification refuses what it cannot prove."""
    for missing in vector.fields:
        assert vector.refuses([one for one in vector.fields if one != missing])
    assert vector.refuses([])


@with_standard_webhooks
def test_svix_header_names_carry_the_same_signature(vector: Vector) -> None:
    """Svix's own senders (Clerk, Resend and others) write svix-… and not webhook-…."""
    fields = [(name.replace(b"webhook-", b"svix-"), value) for name, value in vector.fields]

    verified = vector.verified(fields)

    assert verified.delivery_id == vector.headers["webhook-id"]


@every_vector
def test_a_signed_time_expires_after_five_minutes(vector: Vector) -> None:
    """An overheard request is useless later, where the sender signs the time."""
    late = Vector(**{**vars(vector), "now": (vector.now or _ANY_TIME) + 301})
    early = Vector(**{**vars(vector), "now": (vector.now or _ANY_TIME) - 301})

    assert late.refuses() == early.refuses() == (vector.now is not None)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda text: text[: text.index("]") + 1])
def test_every_example_of_the_reference_can_be_used(example: str) -> None:
    """Users copy the examples."""
    config = parse(example + "\n[queues.all]\n", base=Path())

    assert len(config.sources) == 1


@pytest.mark.parametrize("name", ["github", "gocardless", "slack", "square"])
def test_the_reference_describes_each_sender_as_its_vector_does(name: str) -> None:
    """The page claims that these options are the sender's own; the published signature is the proof."""
    written = {key: value for text in EXAMPLES for key, value in tomllib.loads(text)["sources"].items()}[name]["verify"]
    vector = next(one for one in VECTORS if one.name.startswith(name))

    assert written.pop("secrets")
    url = "https://hooks.example.com/webhook/square"
    theirs = {option: re.sub(r"^https://[^{]*", url, value) for option, value in vector.verify.items()}
    assert written == theirs


def test_every_option_of_the_general_schemes_is_in_the_reference() -> None:
    """Nobody can use an undocumented option, and somebody may misuse it."""
    for name in GENERAL:
        provider = PROVIDERS[name]
        section = REFERENCE.partition(f"\n## `{name}`\n")[2].partition("\n## ")[0]
        assert set(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)) == provider.options, name
