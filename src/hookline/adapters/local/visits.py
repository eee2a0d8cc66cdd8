"""URLs fetched over HTTPS."""

from __future__ import annotations

from urllib.parse import urlsplit

from hookline.errors import UnavailableError

__all__ = ["HttpsVisits"]

_SECONDS = 2.0
_OK = 200


class HttpsVisits:
    """One GET, no redirection, nothing of the answer but its status."""

    def visit(self, url: str) -> None:
        """Fetch ``url``, which must be of the scheme https."""
        from http.client import HTTPException, HTTPSConnection  # noqa: PLC0415 -- only a subscription's first call needs it

        where = urlsplit(url)
        connection = HTTPSConnection(where.hostname or "", timeout=_SECONDS)
        try:
            connection.request("GET", f"{where.path or '/'}?{where.query}")
            status = connection.getresponse().status
        except (OSError, HTTPException) as error:
            raise UnavailableError(
                "visit_failed", f"{where.hostname} did not answer: {type(error).__name__}"
            ) from error
        finally:
            connection.close()
        if status != _OK:
            raise UnavailableError("visit_failed", f"{where.hostname} answered {status}")
