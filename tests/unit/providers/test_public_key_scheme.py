"""``public-key`` and version 1a of Standard Webhooks: every algorithm and every form of a key, with signatures by the library itself."""

from __future__ import annotations

import base64
import json
from functools import cache
from typing import TYPE_CHECKING, Any  # Any: the library's keys have no common type

import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from cryptography.x509.oid import NameOID

from hookline.errors import Rejected
from hookline.providers import PROVIDERS
from hookline.providers.asymmetric import ALGORITHMS
from hookline.providers.general.public_key import PublicKey
from hookline.providers.scheme import OptionError, has_key_pair
from unit.builders import NOW, attempt, refusal, request, secret

if TYPE_CHECKING:
    from hookline.providers.scheme import Scheme

BODY = b'{"a": 1}'
TIME = str(int(NOW.timestamp()))
TEXT = f"{TIME}.".encode() + BODY
PEM = PublicFormat.SubjectPublicKeyInfo


@cache
def pair(algorithm: str) -> Any:
    """A private key of the algorithm's kind."""
    if algorithm == "ed25519":
        return Ed25519PrivateKey.from_private_bytes(b"k" * 32)
    if algorithm.startswith("ecdsa"):
        return ec.derive_private_key(12345, ec.SECP384R1() if algorithm.endswith("384") else ec.SECP256R1())
    return rsa.generate_private_key(65537, 2048)


def signature(algorithm: str, text: bytes = TEXT, *, raw: bool = False) -> bytes:
    """The signature by the library, without hookline."""
    key, digest = pair(algorithm), algorithm.rpartition("-")[2].upper()
    if algorithm == "ed25519":
        return bytes(key.sign(text))
    hashed = getattr(hashes, digest)()
    if algorithm.startswith("ecdsa"):
        made = bytes(key.sign(text, ec.ECDSA(hashed)))
        size = (key.curve.key_size + 7) // 8
        return b"".join(one.to_bytes(size, "big") for one in decode_dss_signature(made)) if raw else made
    if "pss" in algorithm:
        return bytes(key.sign(text, padding.PSS(padding.MGF1(hashed), padding.PSS.DIGEST_LENGTH), hashed))
    return bytes(key.sign(text, padding.PKCS1v15(), hashed))


def scheme(algorithm: str = "ed25519", **options: object) -> Scheme:
    """The scheme, with a time in a header of its own."""
    return PROVIDERS["public-key"].build(
        {"header": "X-Sig", "timestamp_header": "X-Time", "algorithm": algorithm, "encoding": "base64"} | options
    )


def pem(algorithm: str) -> bytes:
    """The public key in PEM."""
    return bytes(pair(algorithm).public_key().public_bytes(Encoding.PEM, PEM))


@pytest.mark.parametrize("encoding", ["hex", "base64", "base64url"])
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_every_algorithm_verifies_what_the_library_signed(algorithm: str, encoding: str) -> None:
    """Nothing that differs in a byte is verified, and no signature of another key."""
    write = {"hex": bytes.hex, "base64": lambda raw: base64.b64encode(raw).decode()}
    write["base64url"] = lambda raw: base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
    one = scheme(algorithm, encoding=encoding)
    own = signature(algorithm)
    broken = bytes([*own[:-1], own[-1] ^ 1])

    for key, sent, body, code in (
        (pem(algorithm), own, BODY, None),
        (pem(algorithm), own, BODY + b" ", "signature_mismatch"),
        (pem(algorithm), broken, BODY, "signature_mismatch"),
        (pem(algorithm), b"", BODY, "signature_missing"),
        (base64.b64encode(b"z" * 32), own, BODY, "signature_mismatch"),
    ):
        call = request(body, {"x-sig": write[encoding](sent), "x-time": TIME})
        if code is None:
            assert one.verify(call, (secret(key),)).secret == "A_SECRET"
        else:
            assert refusal(lambda call=call, key=key: one.verify(call, (secret(key),))) == code  # type: ignore[misc]  # bound immediately
    assert one.secret_complaint(pem(algorithm)) is None
    assert has_key_pair(one)


@pytest.mark.parametrize("algorithm", ["ecdsa-sha256", "ecdsa-sha384"])
def test_an_ecdsa_signature_may_be_r_and_s_side_by_side(algorithm: str) -> None:
    """JWTs use this form; neither form is read as the other."""
    raw, der = scheme(algorithm, signature_format="raw"), scheme(algorithm)
    calls = [
        request(BODY, {"x-sig": base64.b64encode(signature(algorithm, raw=is_raw)).decode(), "x-time": TIME})
        for is_raw in (True, False)
    ]
    own = (secret(pem(algorithm)),)

    assert raw.verify(calls[0], own).secret
    assert der.verify(calls[1], own).secret
    assert refusal(lambda: raw.verify(calls[1], own)) == "signature_mismatch"
    assert refusal(lambda: der.verify(calls[0], own)) == "signature_mismatch"


def certificate(key: Any) -> bytes:
    """A certificate for this key, signed with the same key."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sender.example")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = builder.serial_number(1).not_valid_before(NOW).not_valid_after(NOW.replace(year=2030))
    return made.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)


def number(value: int) -> str:
    """A number as a JWK writes it."""
    return base64.urlsafe_b64encode(value.to_bytes((value.bit_length() + 7) // 8, "big")).rstrip(b"=").decode()


def forms(algorithm: str) -> list[bytes]:
    """The public key in every form in which senders show it."""
    public = pair(algorithm).public_key()
    der = public.public_bytes(Encoding.DER, PEM)
    found = [pem(algorithm), base64.b64encode(der), der.hex().encode(), base64.b64encode(der).rstrip(b"=")]
    if algorithm == "ed25519":
        raw = public.public_bytes_raw()
        jwk = {"kty": "OKP", "crv": "Ed25519", "x": base64.urlsafe_b64encode(raw).rstrip(b"=").decode()}
        return [*found, raw.hex().encode(), base64.b64encode(raw), json.dumps(jwk).encode()]
    if algorithm.startswith("ecdsa"):
        numbers = public.public_numbers()
        jwk = {"kty": "EC", "crv": "P-256", "x": number(numbers.x), "y": number(numbers.y)}
        point = public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return [*found, base64.b64encode(point), json.dumps(jwk).encode(), certificate(pair(algorithm))]
    jwk = {"kty": "RSA", "n": number(public.public_numbers().n), "e": "AQAB"}
    pkcs1 = public.public_bytes(Encoding.PEM, PublicFormat.PKCS1)
    return [*found, json.dumps(jwk).encode(), pkcs1, certificate(pair(algorithm))]


@pytest.mark.parametrize("algorithm", ["ed25519", "ecdsa-sha256", "rsa-sha256"])
def test_a_key_is_read_in_every_form(algorithm: str) -> None:
    """Senders' pages show PEM, JWK, hex or base64, and rarely say which."""
    call = request(BODY, {"x-sig": base64.b64encode(signature(algorithm)).decode(), "x-time": TIME})

    for form in forms(algorithm):
        assert scheme(algorithm).verify(call, (secret(form),)).secret, form[:30]
        assert scheme(algorithm).secret_complaint(form) is None, form[:30]


def private_forms() -> list[bytes]:
    """Keys that must not be taken for public ones, and values that are no keys."""
    pkcs8 = pair("rsa-sha256").private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    weak = rsa.generate_private_key(65537, 1024)  # noqa: S505 -- to make a weak one of
    numbers = weak.public_key().public_numbers()
    short = rsa.RSAPublicNumbers(65537, numbers.n >> 200 | 1)
    jwk = {"kty": "OKP", "crv": "Ed25519", "x": "a" * 43, "d": "a" * 43}
    small = {"kty": "RSA", "n": number(short.n), "e": "AQAB"}
    slow = {"kty": "RSA", "n": number(numbers.n), "e": number(2**700 + 1)}
    return [
        pkcs8,
        b"",
        b"a shared secret",
        b"{}",
        b"[",
        b"\xff" * 40,
        *(json.dumps(one).encode() for one in (jwk, small, slow)),
    ]


@pytest.mark.parametrize("algorithm", ["ed25519", "rsa-sha256"])
def test_what_is_no_public_key_is_complained_of_and_fits_nothing(algorithm: str) -> None:
    """An operator wants to know of a private key in the configuration."""
    call = request(BODY, {"x-sig": base64.b64encode(signature(algorithm)).decode(), "x-time": TIME})

    for value in private_forms():
        assert scheme(algorithm).secret_complaint(value), value[:30]
        assert refusal(lambda value=value: scheme(algorithm).verify(call, (secret(value),))) == "signature_mismatch"  # type: ignore[misc]  # bound immediately


def test_a_key_of_another_kind_is_complained_of() -> None:
    """An RSA key can prove nothing with Ed25519."""
    assert "another kind" in str(scheme("ed25519").secret_complaint(pem("rsa-sha256")))


def test_only_a_few_signatures_are_tried() -> None:
    """Each costs a public-key operation, and anyone may send a header with thousands."""
    own = base64.b64encode(signature("ed25519")).decode()
    other = base64.b64encode(b"\0" * 64).decode()
    last = request(BODY, {"x-sig": ",".join([other] * 3 + [own]), "x-time": TIME})
    late = request(BODY, {"x-sig": ",".join([other] * 4 + [own]), "x-time": TIME})

    assert scheme().verify(last, (secret(pem("ed25519")),)).secret
    assert refusal(lambda: scheme().verify(late, (secret(pem("ed25519")),))) == "signature_mismatch"


def test_a_few_signatures_are_decoded_of_a_header_with_thousands() -> None:
    """Decoding all of them would take longer than the operations with the key do."""
    decoded: list[str] = []

    class Counted(PublicKey):
        def compared(self, text: str) -> bytes:
            decoded.append(text)
            return PublicKey.compared(self, text)

    one = Counted(headers=("X-Sig",))

    code = refusal(lambda: one.verify(request(BODY, {"x-sig": "00," * 20_000}), (secret(pem("ed25519")),)))

    assert code == "signature_mismatch"
    assert len(decoded) == 4


PRIME = 2**255 - 19
OF_ORDER_8 = "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"


@pytest.mark.parametrize("sign", [0, 0x80])
@pytest.mark.parametrize(
    "key",
    [
        *(number.to_bytes(32, "little") for number in (0, 1, PRIME - 1, PRIME, PRIME + 1)),
        bytes.fromhex(OF_ORDER_8),
        (PRIME - int.from_bytes(bytes.fromhex(OF_ORDER_8), "little")).to_bytes(32, "little"),
    ],
)
def test_a_key_that_anyone_can_sign_for_is_none(key: bytes, sign: int) -> None:
    """An example is 32 zeros in place of a missing key, for which anyone can sign."""
    weak = bytes([*key[:-1], key[-1] | sign])
    points = [number.to_bytes(32, "little") for number in (0, 1, PRIME - 1)]
    texts = [b'{"a": %d}' % number for number in range(64)]
    forged = [(text, point + bytes(32)) for text in texts for point in points if _takes(weak, point + bytes(32), text)]
    one = PROVIDERS["public-key"].build({"header": "X-Sig"})

    proved = [_proves(one, weak, made, text) for text, made in forged]

    assert forged or weak[-1] & 0x80
    assert not any(proved)
    assert one.secret_complaint(weak.hex().encode())


def _proves(one: Scheme, key: bytes, made: bytes, text: bytes) -> bool:
    """Whether a call with the signature is taken."""
    call = request(text, {"x-sig": made.hex()})
    return not isinstance(attempt(lambda: one.verify(call, (secret(key.hex().encode()),))), Rejected)


def _takes(key: bytes, made: bytes, text: bytes) -> bool:
    """Whether the library itself takes the signature."""
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(made, text)
    except (InvalidSignature, ValueError):
        return False
    return True


@pytest.mark.parametrize(
    ("options", "option"),
    [
        ({"algorithm": "sha256"}, "algorithm"),
        ({"algorithm": "ed25519", "signature_format": "raw"}, "signature_format"),
        ({"algorithm": "ecdsa-sha256", "signature_format": "pem"}, "signature_format"),
        ({"template": "{secret}{timestamp}{body}"}, "template"),
    ],
)
def test_options_that_mean_nothing_are_complained_of(options: dict[str, object], option: str) -> None:
    """A user must see the mistake when the file is read."""
    with pytest.raises(OptionError) as complaint:
        scheme(**{"algorithm": "ed25519", **options})  # type: ignore[arg-type]  # an algorithm that is none, too

    assert complaint.value.option == option


# Standard Webhooks, version 1a

ID = "msg_1"
V1A = f"{ID}.{TIME}.".encode() + BODY
PUBLIC = b"whpk_" + base64.b64encode(pair("ed25519").public_key().public_bytes_raw())


def v1a(value: str, key: bytes = PUBLIC) -> str | None:
    """The name of the secret that fits, of a call with this header of signatures."""
    one = PROVIDERS["standard-webhooks"].build({"version": "v1a"})
    headers = {"webhook-id": ID, "webhook-timestamp": TIME, "webhook-signature": value}
    return one.verify(request(BODY, headers), (secret(key),)).secret


def test_version_1a_is_ed25519_over_the_same_text() -> None:
    """https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md, "Signature scheme"."""
    own = base64.b64encode(signature("ed25519", V1A)).decode()

    assert v1a(f"v1a,{own}")
    assert v1a(f"v1,{own} v1a,{own}")
    assert v1a(f"v1a,{own}", PUBLIC.removeprefix(b"whpk_"))
    for value in (f"v1,{own}", f"v1a,{own[:-4]}AAA=", "v1a,", f"v1a{own}"):
        assert refusal(lambda value=value: v1a(value)) == "signature_mismatch"  # type: ignore[misc]  # bound immediately


def test_a_source_of_one_version_takes_no_signature_of_the_other() -> None:
    """Otherwise the owner of one key could sign as the owner of the other."""
    plain = PROVIDERS["standard-webhooks"].build({})
    shared = base64.b64encode(b"k" * 32)
    signed = plain.sign(BODY, secret=shared, delivery_id=ID, at=NOW)
    one = PROVIDERS["standard-webhooks"].build({"version": "v1a"})

    assert refusal(lambda: one.verify(request(BODY, signed), (secret(shared),))) == "signature_mismatch"
    own = one.sign(BODY, secret=b"whsk_" + shared, delivery_id=ID, at=NOW)
    assert refusal(lambda: plain.verify(request(BODY, own), (secret(PUBLIC),))) == "signature_mismatch"
    assert one.verify(request(BODY, own), (secret(PUBLIC),)).secret


@pytest.mark.parametrize(
    ("key", "complaint"), [(PUBLIC, None), (b"whpk_", "whpk_"), (b"whsec_AAAA", "whpk_"), (b"whpk_AAAA", "whpk_")]
)
def test_a_key_of_version_1a_is_a_public_key(key: bytes, complaint: str | None) -> None:
    """Such a key must not be given as a shared secret."""
    said = PROVIDERS["standard-webhooks"].build({"version": "v1a"}).secret_complaint(key)

    assert said is complaint is None or (complaint or "") in (said or "")


def test_a_key_of_version_1a_is_one_of_ed25519() -> None:
    """A key of another kind would be accepted at start, and each call refused."""
    one = PROVIDERS["standard-webhooks"].build({"version": "v1a"})

    assert all(one.secret_complaint(pem(other)) for other in ("rsa-sha256", "ecdsa-sha256"))
    assert one.secret_complaint(pem("ed25519")) is None


@pytest.mark.parametrize(
    "options", [{"version": "v2"}, {"version": "v1a", "secret_encoding": "utf8"}, {"spelling": "x"}]
)
def test_options_of_standard_webhooks_that_mean_nothing_are_complained_of(options: dict[str, object]) -> None:
    """A user must see the mistake when the file is read."""
    with pytest.raises(OptionError):
        PROVIDERS["standard-webhooks"].build(options)
