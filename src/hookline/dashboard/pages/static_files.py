"""The static files of pages: read once, kept in memory, and cached by browsers until they change."""

from __future__ import annotations

import hashlib
from importlib import resources
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from starlette.responses import Response

from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Mapping
    from importlib.resources.abc import Traversable

    from starlette.requests import Request

__all__ = ["StaticFiles"]

_TYPES: Final[Mapping[str, str]] = MappingProxyType(
    {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
)
_FOR_A_YEAR: Final = "public, max-age=31536000, immutable"


@record
class _File:
    body: bytes
    media_type: str
    digest: str


class StaticFiles:
    """Every style sheet, script and icon under ``pages/static``. Addresses have a digest of the content; browsers cache them for a year."""

    def __init__(self) -> None:
        self._files = dict(_read(resources.files("hookline.dashboard.pages") / "static", ""))

    def url(self, name: str) -> str:
        """The address of a file. Raises KeyError for an unknown one."""
        return f"/static/{name}?{self._files[name].digest}"

    async def answer(self, request: Request) -> Response:
        """The file of this path; 304 where the browser already has it, 404 where there is none."""
        file = self._files.get(request.path_params["name"])
        if file is None:
            return Response("There is no such file.\n", status_code=404, media_type="text/plain")
        tag = f'"{file.digest}"'
        is_named = request.url.query == file.digest
        headers = {
            "cache-control": _FOR_A_YEAR if is_named else "no-cache",
            "etag": tag,
            "x-content-type-options": "nosniff",
        }
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=headers)
        return Response(file.body, media_type=file.media_type, headers=headers)


def _read(folder: Traversable, prefix: str) -> list[tuple[str, _File]]:
    found: list[tuple[str, _File]] = []
    for entry in folder.iterdir():
        if entry.is_dir():
            found += _read(entry, f"{prefix}{entry.name}/")
            continue
        media_type = _TYPES.get(f".{entry.name.rpartition('.')[2]}")
        if media_type is not None:  # licences and notes are not served
            body = entry.read_bytes()
            digest = hashlib.sha256(body).hexdigest()[:16]
            found.append((f"{prefix}{entry.name}", _File(body=body, media_type=media_type, digest=digest)))
    return found
