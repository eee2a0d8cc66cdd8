"""Credentials that some senders require before they answer a question: an id and a secret in one value.

A separate module, so that a configuration with such credentials does not bring the cryptography library into a package for Lambda.
"""

from __future__ import annotations

from hookline.providers.primitives import too_short

__all__ = ["credentials_complaint"]


def credentials_complaint(value: bytes) -> str | None:
    """The complaint about the id and the secret with which a key is fetched."""
    name, _, secret = value.partition(b":")
    if not name or not secret:
        return "is not written as client_id:secret"
    return too_short(secret, what="has a secret of {} bytes")
