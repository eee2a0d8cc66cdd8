"""Credentials that some senders want to see before they answer a question: an id and a secret in one value.

A module of its own, so that a configuration which names them does not bring the cryptography library into a package for Lambda.
"""

from __future__ import annotations

from hookline.providers.primitives import too_short

__all__ = ["credentials_complaint"]


def credentials_complaint(value: bytes) -> str | None:
    """What is wrong with the name and the secret that a key is asked for with."""
    name, _, secret = value.partition(b":")
    if not name or not secret:
        return "is not written as client_id:secret"
    return too_short(secret, what="has a secret of {} bytes")
