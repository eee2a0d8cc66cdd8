"""Who calls the admin port: what a request proves, decided without any I/O."""

from hookline.pipeline.access.bearer import SCRAPER, is_bearer, principal_by_token
from hookline.pipeline.access.proof import KnownKey, SignedRequest, principal_by_password, signed_request
from hookline.pipeline.access.sigv4 import Head

__all__ = [
    "SCRAPER",
    "Head",
    "KnownKey",
    "SignedRequest",
    "is_bearer",
    "principal_by_password",
    "principal_by_token",
    "signed_request",
]
