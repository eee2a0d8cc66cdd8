"""A small identity provider: OpenID Connect over TLS in its own process. It is as strict as a real one, and wrong where a test asks for it.

Its tokens are made with ``cryptography`` only: what they are worth is judged by another library.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import ssl
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any  # Any: claims and settings are any JSON
from urllib.parse import parse_qs, urlencode, urlsplit

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

CLIENT_ID = "hookline"
CLIENT_SECRET = "a client's secret: with / and %"
"""A secret with characters that HTTP Basic needs encoded (RFC 6749 section 2.3.1)."""


def encoded(value: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(value).decode().rstrip("=")


def number(value: int) -> str:
    """A number in the form of JWK."""
    return encoded(value.to_bytes((value.bit_length() + 7) // 8, "big"))


class Keys:
    """The provider's keys: the newest signs. ``published`` says which are shown."""

    def __init__(self) -> None:
        self.rsa: list[tuple[str, rsa.RSAPrivateKey]] = []
        self.ec = ec.generate_private_key(ec.SECP256R1())
        self.ed = ed25519.Ed25519PrivateKey.generate()
        self.rotate()

    def rotate(self) -> None:
        """Sign with a new key; the old one is no longer published."""
        self.rsa = [(f"rsa-{secrets.token_hex(3)}", rsa.generate_private_key(65537, 2048))]

    def document(self) -> dict[str, Any]:
        """The public halves."""
        keys: list[dict[str, Any]] = [{"kty": "oct-new", "kid": "of a kind that nobody knows"}]
        for kid, key in self.rsa:
            numbers = key.public_key().public_numbers()
            keys.append({"kty": "RSA", "kid": kid, "use": "sig", "n": number(numbers.n), "e": number(numbers.e)})
        point = self.ec.public_key().public_numbers()
        keys.append({"kty": "EC", "kid": "ec", "crv": "P-256", "x": number(point.x), "y": number(point.y)})
        keys.append(
            {"kty": "OKP", "kid": "ed", "crv": "Ed25519", "x": encoded(self.ed.public_key().public_bytes_raw())}
        )
        return {"keys": keys}

    def token(self, claims: dict[str, Any], how: str) -> str:
        """The claims, signed ``how``."""
        kid = {"ES256": "ec", "EdDSA": "ed"}.get(how, self.rsa[-1][0])
        text = f"{encoded(json.dumps({'alg': how, 'kid': kid, 'typ': 'JWT'}).encode())}.{encoded(json.dumps(claims).encode())}"
        return f"{text}.{encoded(self._signature(text.encode(), how))}"

    def _signature(self, text: bytes, how: str) -> bytes:
        if how == "none":
            return b""
        if how == "HS256":  # with what everyone knows as the secret: the classic confusion of algorithms
            return hmac.new(CLIENT_SECRET.encode(), text, hashlib.sha256).digest()
        if how == "ES256":
            r, s = decode_dss_signature(self.ec.sign(text, ec.ECDSA(hashes.SHA256())))
            return r.to_bytes(32, "big") + s.to_bytes(32, "big")
        if how == "EdDSA":
            return self.ed.sign(text)
        key = rsa.generate_private_key(65537, 2048) if how == "stranger" else self.rsa[-1][1]
        return key.sign(text, padding.PKCS1v15(), hashes.SHA256())


class Provider(ThreadingHTTPServer):
    """The provider. ``settings`` are what a test has set."""

    daemon_threads = True

    def __init__(self, certificate: str, key: str) -> None:
        super().__init__(("127.0.0.1", 0), Answering)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        self.socket = context.wrap_socket(self.socket, server_side=True)
        self.issuer = f"https://localhost:{self.server_port}"
        self.keys = Keys()
        self.settings: dict[str, Any] = {}
        self.codes: dict[str, dict[str, str]] = {}
        self.seen: list[str] = []


class Answering(BaseHTTPRequestHandler):
    """Answers one request."""

    server: Provider

    def do_GET(self) -> None:
        """Metadata, keys, the authorization endpoint (everyone is accepted immediately), and user info."""
        where = urlsplit(self.path)
        self.server.seen.append(where.path)
        query = {name: values[0] for name, values in parse_qs(where.query).items()}
        if where.path == "/.well-known/openid-configuration":
            self._json(self._metadata())
        elif where.path == "/jwks":
            self._json(self.server.keys.document())
        elif where.path == "/authorize":
            self._authorize(query)
        elif where.path == "/userinfo" and self.headers["authorization"] == "Bearer an-access-token":
            self._json(self.server.settings.get("userinfo", {"sub": "user-1"}))
        elif where.path == "/seen":
            self._json(self.server.seen)
        else:
            self._json({"error": "invalid_request"}, status=404)

    def do_POST(self) -> None:
        """The token endpoint, and what tests say."""
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.seen.append(self.path)
        if self.path == "/settings":
            self.server.settings = json.loads(body)
            if self.server.settings.pop("rotate", False):
                self.server.keys.rotate()
            self._json({})
        else:
            self._token({name: values[0] for name, values in parse_qs(body.decode()).items()})

    def _metadata(self) -> dict[str, Any]:
        issuer = self.server.issuer
        return {
            "issuer": issuer,
            "authorization_endpoint": f"{issuer}/authorize?tenant=1",
            "token_endpoint": f"{issuer}/token",
            "jwks_uri": f"{issuer}/jwks",
            "userinfo_endpoint": f"{issuer}/userinfo",
            "authorization_response_iss_parameter_supported": True,
            **self.server.settings.get("metadata", {}),
        }

    def _authorize(self, query: dict[str, str]) -> None:
        wanted = {"response_type": "code", "client_id": CLIENT_ID, "code_challenge_method": "S256", "tenant": "1"}
        if any(query.get(name) != value for name, value in wanted.items()) or "openid" not in query["scope"].split():
            self._json({"error": "invalid_request"}, status=400)
            return
        code = secrets.token_urlsafe(16)
        self.server.codes[code] = query
        answer = {
            "code": code,
            "state": query["state"],
            "iss": self.server.issuer,
            **self.server.settings.get("answer", {}),
        }
        answer = {name: value for name, value in answer.items() if value is not None}
        self.send_response(302)
        self.send_header("location", f"{query['redirect_uri']}?{urlencode(answer)}")
        self.send_header("content-length", "0")
        self.end_headers()

    def _token(self, form: dict[str, str]) -> None:
        asked = self.server.codes.pop(form.get("code", ""), None)  # a code is taken once
        pair = base64.b64encode(f"{CLIENT_ID}:a%20client%27s%20secret%3A%20with%20%2F%20and%20%25".encode()).decode()
        if self.headers["authorization"] != f"Basic {pair}":
            self._json({"error": "invalid_client"}, status=401)
            return
        verifier = encoded(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        if asked is None or asked["code_challenge"] != verifier or asked["redirect_uri"] != form["redirect_uri"]:
            self._json({"error": "invalid_grant"}, status=400)
            return
        now = int(time.time())
        claims = {
            "iss": self.server.issuer,
            "aud": CLIENT_ID,
            "sub": "user-1",
            "nonce": asked["nonce"],
            "iat": now,
            "exp": now + 300,
            "email": "ann@example.com",
            "groups": ["on-call"],
            **self.server.settings.get("claims", {}),
        }
        claims = {name: value for name, value in claims.items() if value is not None}
        for name in ("iat", "exp"):
            if isinstance(claims.get(name), str):  # seconds from now
                claims[name] = now + int(claims[name])
        token = self.server.keys.token(claims, self.server.settings.get("sign", "RS256"))
        self._json({"access_token": "an-access-token", "token_type": "Bearer", "id_token": token})

    def _json(self, document: object, *, status: int = 200) -> None:
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_words: object) -> None:
        """Log nothing."""


if __name__ == "__main__":
    provider = Provider(sys.argv[1], sys.argv[2])
    sys.stdout.write(f"{provider.issuer}\n")
    sys.stdout.flush()
    provider.serve_forever()
