"""Who calls the admin port: what a request proves, judged without asking the world."""

from hookline.pipeline.access.proof import KnownKey, SignedRequest, principal_by_password, signed_request
from hookline.pipeline.access.sigv4 import Head

__all__ = ["Head", "KnownKey", "SignedRequest", "principal_by_password", "signed_request"]
