"""The certificate of the admin port, which is read again after a renewal."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Self

from hookline.errors import Complaint, ConfigError

if TYPE_CHECKING:
    from hookline.config import ServerSettings

__all__ = ["Certificate"]


class Certificate:
    """A certificate chain with its key. Connections that begin after ``reload`` use the new one."""

    def __init__(self, certificate: str, key: str) -> None:
        """Read both files. Raises ConfigError."""
        self._certificate = certificate
        self._key = key
        self.context = _context()
        self._load(self.context)

    @classmethod
    def of(cls, server: ServerSettings) -> Self | None:
        """The certificate of these settings; None where the admin port has none."""
        if server.admin_socket is not None or server.admin_tls_certificate is None or server.admin_tls_key is None:
            return None
        return cls(server.admin_tls_certificate, server.admin_tls_key)

    def reload(self) -> None:
        """Read both files again. Raises ConfigError, and keeps the old certificate, when they do not match."""
        self._load(
            _context()
        )  # a new certificate with an old key in the context in use would break each new connection
        self._load(self.context)

    def _load(self, context: ssl.SSLContext) -> None:
        try:
            context.load_cert_chain(self._certificate, self._key, password=_no_password)
        except (OSError, ValueError) as error:  # an ssl.SSLError is an OSError
            why = getattr(error, "reason", None) or getattr(error, "strerror", None) or str(error)
            complaint = Complaint(
                where="server.admin_tls_certificate",
                why=f"{self._certificate} with the key {self._key} cannot be used: {why}",
            )
            raise ConfigError([complaint]) from error


def _context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    return context


def _no_password() -> str:
    raise ValueError("the key is encrypted: a server cannot ask for its password")
