"""The URL, for senders that sign it."""

from __future__ import annotations

from dataclasses import is_dataclass, replace
from itertools import product
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from hookline.pipeline.doctor.case import Trial

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from hookline.domain.request import Request
    from hookline.pipeline.doctor.case import Case

__all__ = ["wrong_url"]

_HOST_HEADERS = ("host", "x-forwarded-host", "x-original-host")
_MOST = 4000


class _Url(NamedTuple):
    scheme: str
    host: str
    port: str
    path: str

    @property
    def text(self) -> str:
        return f"{self.scheme}://{self.host}{f':{self.port}' if self.port else ''}{self.path}"


def wrong_url(case: Case) -> Iterator[Trial]:
    """Every URL that the sender may have signed, the most similar to the configured one first."""
    ours = _configured(case.scheme)
    if ours is None:
        return
    for query in dict.fromkeys((case.request.query, "")):
        request = replace(case.request, query=query)
        is_same = query == case.request.query
        for url in _candidates(case, ours):
            if url != ours or not is_same:
                yield _trial(case, request, ours, url, is_same_query=is_same)


def _trial(case: Case, request: Request, ours: _Url, url: _Url, *, is_same_query: bool) -> Trial:
    parts = [name for name, one, other in zip(_Url._fields, ours, url, strict=True) if one != other]
    if parts == ["path"] and ours.path.rstrip("/") == url.path.rstrip("/"):
        parts = ["slash at the end"]
    parts += [] if is_same_query else ["query"]
    scheme = replace(case.scheme, public_url=url.text)  # type: ignore[type-var] # wrong_url has checked that it is such a record
    also = "" if is_same_query else ", without the query that arrived"
    return Trial(
        what=f"The sender signed the URL {url.text}{also}; public_url is {ours.text}. They differ in: {', '.join(parts)}.",
        fix=f'Write public_url = "{url.text}" under [sources.{case.source.name}], or change the URL at the sender.'
        if is_same_query
        else "Make sure that no proxy adds a query to the URL.",
        request=request,
        scheme=scheme,
    )


def _configured(scheme: object) -> _Url | None:
    """The public URL of a scheme that signs it: all these schemes keep it in a field of this name."""
    url = getattr(scheme, "public_url", None) if is_dataclass(scheme) else None
    return _split(url) if isinstance(url, str) and url else None


def _candidates(case: Case, ours: _Url) -> Sequence[_Url]:
    """The URLs, sorted by the number of parts in which they differ from the configured one."""
    known = [ours, *_from_elsewhere(case)]
    schemes = dict.fromkeys((*(url.scheme for url in known), "https", "http"))
    hosts = dict.fromkeys(url.host for url in known)
    ports = dict.fromkeys((*(url.port for url in known), "", "443", "80", "8080"))
    paths = dict.fromkeys(path for one in _paths(case, known) for path in (one, _other_slash(one)))
    found = [_Url(*parts) for parts in product(schemes, hosts, ports, paths)][:_MOST]
    return sorted(found, key=lambda url: sum(one != other for one, other in zip(ours, url, strict=True)))


def _from_elsewhere(case: Case) -> Iterator[_Url]:
    """The URL that was certainly called, and those that the request's own headers suggest.

    They are used only for the search: no header is trusted.
    """
    if case.called and "://" in case.called:
        yield _split(case.called)
    for header in _HOST_HEADERS:
        for value in case.request.headers.all(header):
            yield _split(f"https://{value}{case.request.path}")


def _paths(case: Case, known: Sequence[_Url]) -> Iterator[str]:
    """The known paths, and each without its first parts: a stage, or a prefix that a proxy removes."""
    for path in (*(url.path for url in known), case.source.path, case.request.path):
        yield path
        segments = path.split("/")[1:]
        yield from ("/" + "/".join(segments[start:]) for start in range(1, min(len(segments), 4)))
    yield "/"


def _other_slash(path: str) -> str:
    return path.removesuffix("/") if path.endswith("/") else f"{path}/"


def _split(url: str) -> _Url:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:  # a port that is not a number, or an unclosed bracket
        return _Url("https", "", "", "/")
    return _Url(parts.scheme, parts.hostname or "", "" if port is None else str(port), parts.path)
