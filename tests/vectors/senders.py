"""Every sender of the catalogue, ready to sign: a secret as each writes it, its sample, and the calls that were recorded."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any  # Any: a JSON file of known shape

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from hookline.config.toml_text import toml_value
from hookline.domain.secret import Secret
from hookline.errors import Rejected
from hookline.pipeline.request_file import read_request
from hookline.providers import GENERAL, PROVIDERS
from hookline.providers.provider import Proves
from hookline.providers.scheme import NeedsKey

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hookline.domain.request import Request
    from hookline.domain.source import KeyReference, Verified
    from hookline.providers.scheme import Scheme

__all__ = [
    "CLIENT_ID",
    "FOLDER",
    "KEYS",
    "NAMES",
    "OWN_OPTIONS",
    "OWN_TOML",
    "PROVED_BY_KEY",
    "SERVICE_ACCOUNT",
    "TOPIC",
    "URL",
    "VECTORS",
    "Recorded",
    "built",
    "secret_of",
    "signing_secret_of",
]

URL = "https://hooks.example.com/webhook/provider"
NAMES = [name for name in PROVIDERS if name not in GENERAL and PROVIDERS[name].proves is not Proves.NOTHING]
"""Senders that sign. A sender that signs nothing is tested with the API that proves its calls (``test_fetch_in_both_homes``)."""
TOPIC = "arn:aws:sns:us-east-1:123456789012:MyTopic"
CLIENT_ID = "606d4074c7ea4962aaf3bc2a5ac3b7f9"
SERVICE_ACCOUNT = "push@project.iam.gserviceaccount.com"
OWN_OPTIONS: dict[str, dict[str, object]] = {
    "adobe-io": {"client_ids": [CLIENT_ID]},
    "aws-sns": {"topics": [TOPIC]},
    "google-pubsub": {
        "audience": URL,
        "claims": {"email": SERVICE_ACCOUNT, "email_verified": True},
    },
}
"""The settings that a source of such a sender needs."""
OWN_TOML = {
    name: "".join(f", {option} = {toml_value(value)}" for option, value in options.items())
    for name, options in OWN_OPTIONS.items()
}
"""The same in hookline.toml, after other options."""
FOLDER = Path(__file__).parent

PROVED_BY_KEY = {"adobe-io", "aws-sns", "constant-contact", "ebay", "google-pubsub", "plaid"}
"""The senders whose calls only the fetched key proves; all others' are proved by what the source names."""

_KEY = b"0123456789abcdef0123456789abcdef"
_SECRETS = {
    "adyen": _KEY.hex().encode(),
    "braintree": b"a_public_key|a_private_key_of_some_length",
    "ebay": b"a-client-id:a-client-secret-of-some-length",
    "plaid": b"a-client-id:a-client-secret-of-some-length",
    "chargebee": b"hookline:a-password-of-some-length",
    "postmark": b"hookline:a-password-of-some-length",
    "solidgate": b"a_public_key:a_secret_key_of_some_length",
    "tiktok-shop": b"an_app_key:an_app_secret_of_some_length",
}


def built(name: str, *, url: str = URL, key: bytes | None = None, **options: object) -> Scheme:
    """The scheme, called at ``url`` where it signs that, with the sender's key where one has to be fetched."""
    provider = PROVIDERS[name]
    own = OWN_OPTIONS.get(name, {})
    scheme = provider.build({**own, **options, **({"public_url": url} if provider.needs_url else {})})
    return scheme.with_key(_PUBLISHED[name] if key is None else key) if isinstance(scheme, NeedsKey) else scheme


def secret_of(name: str) -> bytes:
    """A secret that the provider's own source could have."""
    if not PROVIDERS[name].needs_secret:
        return b""
    if pair := _pair_of(name):
        return pair[1]
    verify = PROVIDERS[name].verify
    if verify.get("scheme") == "basic":
        return b"hookline:a-password-of-some-length"
    if verify.get("scheme") == "standard-webhooks" and "secret_encoding" not in verify:
        return b"whsec_" + base64.b64encode(_KEY)
    written = _WRITTEN.get(str(verify.get("secret_encoding")), _SECRETS.get(name, _KEY))
    return str(verify.get("secret_prefix", "")).encode() + written


def signing_secret_of(name: str) -> bytes:
    """What the sender signs with: the same, except where it keeps the private half of a key pair."""
    if name in _PUBLISHED:
        return secret_of(name) + b"\n" + private_key_of(name)
    return private_key_of(name) or secret_of(name)


def private_key_of(name: str) -> bytes:
    """The private half of a key pair of the tests, for senders that have one; nothing for the others."""
    if name in _PUBLISHED:
        return (
            _RSA if name in {"paypal", "adobe-io", "aws-sns", "constant-contact", "google-pubsub"} else _EC
        ).private_bytes(*_PEM)
    pair = _pair_of(name)
    return pair[0] if pair else b""


def _pair_of(name: str) -> tuple[bytes, bytes] | None:
    """A private and a public key of the kind that the sender has, where options say so."""
    verify = PROVIDERS[name].verify
    if verify.get("version") == "v1a" or name == "keygen":
        return _ED25519
    if name == "bridge-xyz":
        return _in_der(_RSA)
    if verify.get("scheme") == "public-key":
        kind = str(verify.get("algorithm", "ed25519")).partition("-")[0]
        return {"ed25519": _ED25519, "ecdsa": _in_der(_EC), "rsa": _in_der(_RSA)}[kind]
    return None


def _in_der(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> tuple[bytes, bytes]:
    """Both halves in one line each, as an environment variable holds them."""
    private = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(private), base64.b64encode(public)


_WRITTEN = {"hex": _KEY.hex().encode(), "base64": base64.b64encode(_KEY), "base64url": base64.urlsafe_b64encode(_KEY)}
_ED25519 = (
    base64.b64encode(_KEY),
    base64.b64encode(Ed25519PrivateKey.from_private_bytes(_KEY).public_key().public_bytes_raw()),
)
_PEM = (Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
_RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
_EC = ec.derive_private_key(int.from_bytes(_KEY, "big"), ec.SECP256R1())


def _public(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


_PUBLISHED = {
    "adobe-io": _public(_RSA),
    "paypal": _public(_RSA),
    "aws-sns": _public(_RSA),
    "ebay": _public(_EC),
    "constant-contact": _public(_RSA),
    "google-pubsub": _public(_RSA),
    "plaid": _public(_EC),
}
"""The answers of the senders that are asked for their keys."""


class _Keys:
    """Answers as the senders' own hosts would."""

    def fetch(self, reference: KeyReference, credentials: Sequence[Secret] = ()) -> bytes:  # noqa: ARG002 -- the port's shape
        """The key of that sender, whatever it calls it."""
        return _PUBLISHED.get(reference.provider) or _public(_RSA)  # a block of options has another name


KEYS = _Keys()


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """One call that a sender published, or that its own SDK or an independent library signed."""

    name: str
    scheme: str
    secret: str
    now: float | None
    source: str
    document: dict[str, object]

    @property
    def provider(self) -> str:
        """The name in the catalogue."""
        return self.scheme.replace("_", "-")

    @property
    def at(self) -> datetime:
        """When it was fresh."""
        return datetime.fromtimestamp(self.now or 1_700_000_000, UTC)

    def request(self, **changes: object) -> tuple[Request, str | None]:
        """The call, with what ``changes`` replace, and its URL."""
        return read_request(json.dumps(self.document | changes).encode(), name=self.name, at=self.at)

    @cached_property
    def _as_it_came(self) -> tuple[Request, str | None]:
        """The call and its URL, read once: some tests verify thousands of changed copies of it."""
        return self.request()

    @cached_property
    def _scheme(self) -> Scheme:
        """The scheme for the URL of the call."""
        return self.scheme_at(self._as_it_came[1])

    def scheme_at(self, url: str | None) -> Scheme:
        """The scheme for a source with this public URL, in the version that the call was signed by."""
        headers = self.document["headers"]
        assert isinstance(headers, dict)
        version = headers.get("X-HubSpot-Signature-Version")
        key = self.document.get("key")
        published = key.encode() if isinstance(key, str) else None
        return built(self.provider, url=url or URL, key=published, **({"version": version} if version else {}))

    def verified(
        self, request: Request | None = None, *, url: str | None = None, secret: bytes | None = None
    ) -> Verified:
        """The scheme's answer to the call, with the arguments' replacements."""
        sent, _ = self._as_it_came
        value = self.secret.encode() if secret is None else secret
        scheme = self.scheme_at(url) if url else self._scheme
        if isinstance(scheme, NeedsKey) and scheme.wanted_key(request or sent) != scheme.wanted_key(sent):
            raise Rejected("signature_mismatch", "another key would be fetched, or none")
        return scheme.verify(request or sent, [Secret(name="THEIRS", value=value)])

    def refuses(self, request: Request | None = None, *, url: str | None = None, secret: bytes | None = None) -> bool:
        """Whether the call, with what the arguments replace, is Rejected."""
        try:
            self.verified(request, url=url, secret=secret)
        except Rejected:
            return True
        return False


_RECORDED = sorted(path.name for path in FOLDER.glob("recorded*.json"))


def _read(file: str) -> list[Recorded]:
    found: list[dict[str, Any]] = json.loads((FOLDER / file).read_text())
    calls = [one for one in found if one["method"] == "POST"]
    return [
        Recorded(
            name=one["name"],
            scheme=one["scheme"],
            secret=one["secret"],
            now=one["now"],
            source=one["source"],
            document=one,
        )
        for one in calls
    ]


VECTORS = [one for file in ("vectors.json", *_RECORDED) for one in _read(file)]
