"""Shows rejected requests: a row for each source and code, and one request with its exact bytes and the doctor's finding."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final

from hookline.dashboard.problems import as_shown
from hookline.dashboard.schema import BOOLEAN, COUNT, MOMENT, TEXT, listed, mapping, named, nullable, of
from hookline.domain.moment import moment_text
from hookline.errors import HooklineError, NotFoundError, Rejected, UnavailableError
from hookline.pipeline.doctor import diagnose
from hookline.pipeline.doctor.case import case_of, secret_notes, with_fetched_key
from hookline.pipeline.documents import diagnosis_document, rejected_document, rejected_summary
from hookline.pipeline.retry import kept_request

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from hookline.dashboard.control_room import ControlRoom
    from hookline.domain.quarantine import KeptRequest, KeptSummary
    from hookline.ports.quarantine import KeptRequests

__all__ = [
    "DIAGNOSIS",
    "PAGE",
    "REJECTED",
    "REJECTED_GROUP",
    "REJECTED_PAGE",
    "REJECTED_REQUEST",
    "REJECTED_SUMMARY",
    "diagnosis",
    "quarantine_of",
    "rejected",
    "rejected_page",
    "rejected_request",
]

PAGE: Final = 50

_SUMMARY: Final = {
    "id": COUNT,
    "source": TEXT,
    "code": TEXT,
    "received_at": MOMENT,
    "expires_at": MOMENT,
    "method": TEXT,
    "url": TEXT,
    "size": COUNT,
}
REJECTED_SUMMARY: Final = of(**_SUMMARY)
REJECTED_GROUP: Final = of(
    source=TEXT,
    code=TEXT,
    title=TEXT,
    count=COUNT,
    bytes=COUNT,
    first_id=COUNT,
    newest_id=COUNT,
    first_received_at=nullable(MOMENT),
    newest_received_at=nullable(MOMENT),
    is_configured=BOOLEAN,
)
REJECTED: Final = of(known=BOOLEAN, requests=COUNT, groups=listed(named("RejectedGroup")), missing_rights=listed(TEXT))
REJECTED_PAGE: Final = of(requests=listed(named("RejectedSummary")), next=nullable(COUNT))
DIAGNOSIS: Final = of(
    refusal=nullable(of(code=TEXT, detail=TEXT)),
    finding=nullable(of(cause=TEXT, what=TEXT, fix=TEXT)),
    checked=listed(TEXT),
    notes=listed(TEXT),
    fault=nullable(TEXT),
)
REJECTED_REQUEST: Final = of(
    ("body", "body_base64"),
    **_SUMMARY,
    now=COUNT,
    headers=mapping(listed(TEXT)),
    body=TEXT,
    body_base64=TEXT,
    title=TEXT,
    detail=nullable(TEXT),
    previous=nullable(COUNT),
    next=nullable(COUNT),
    diagnosis=DIAGNOSIS,
)


def quarantine_of(room: ControlRoom) -> KeptRequests:
    """This home's quarantine. Raises NotFoundError where it has none."""
    if room.quarantine is None:
        raise NotFoundError("this home stores no rejected requests")
    return room.quarantine


def rejected(room: ControlRoom, *, source: str | None = None) -> dict[str, object]:
    """The stored requests, one row for each source and code, the newest first: a flood is one row."""
    quarantine = room.quarantine
    kept = None if quarantine is None else room.known(lambda: quarantine.summaries(source=source), None)
    if quarantine is None or kept is None:
        return {"known": False, "requests": 0, "groups": [], "missing_rights": room.missing_rights}
    shares: dict[tuple[str, str], list[KeptSummary]] = {}
    for one in kept:
        shares.setdefault((one.source, one.code), []).append(one)
    groups = [_group(room, quarantine, share) for share in shares.values()]
    groups.sort(key=lambda group: int(str(group["newest_id"])), reverse=True)
    return {"known": True, "requests": len(kept), "groups": groups, "missing_rights": room.missing_rights}


def rejected_page(
    room: ControlRoom, *, source: str | None, code: str | None, limit: int = PAGE, before: int | None = None
) -> dict[str, object]:
    """Requests of one source and code, the newest first; ``next`` is the ``before`` of the next page, None at the end."""
    quarantine = quarantine_of(room)
    wanted = [
        one.id
        for one in quarantine.summaries(source=source)
        if code in (None, one.code) and (before is None or one.id < before)
    ]
    page = _read(quarantine, reversed(wanted[-limit:]))
    more = len(wanted) > limit
    return {"requests": [rejected_summary(one) for one in page], "next": wanted[-limit] if more else None}


def rejected_request(room: ControlRoom, number: int) -> dict[str, object]:
    """One request with its exact bytes, and why it was refused. Raises NotFoundError."""
    quarantine = quarantine_of(room)
    kept = kept_request(quarantine, number)
    same = [one.id for one in quarantine.summaries(source=kept.rejected.source) if one.code == kept.rejected.code]
    document = rejected_document(kept)
    return {
        **document,
        "title": _title(kept.rejected.code),
        "detail": _remedy(kept.rejected.code),
        "previous": max((one for one in same if one < number), default=None),
        "next": min((one for one in same if one > number), default=None),
        "diagnosis": diagnosis(room, kept_request(room.whole_quarantine or quarantine, number)),
    }


def diagnosis(room: ControlRoom, kept: KeptRequest) -> dict[str, object]:
    """The doctor's finding, by the current configuration and secrets; ``fault`` says why there is none."""
    config, rejected_one = room.config(), kept.rejected
    if room.hides(rejected_one.source):
        fault = "The doctor needs the whole request, and parts of it are hidden from you"
        return {"refusal": None, "finding": None, "checked": [], "notes": [], "fault": fault}
    try:
        values = _values(room, config.local_secret_names if room.home == "embedded" else config.secret_names)
        case = case_of(config, values, rejected_one.source, rejected_one.request)
        found = diagnose(with_fetched_key(case, room.keys), is_time_known=True)
    except HooklineError as error:
        fault = as_shown(error).detail
        return {"refusal": None, "finding": None, "checked": [], "notes": [], "fault": fault}
    notes = [*found.notes, *secret_notes(config, case.source, values)]
    document = diagnosis_document(case.source, found, notes)
    del document["source"]
    return {**document, "fault": None}


def _values(room: ControlRoom, names: Sequence[str]) -> Mapping[str, bytes]:
    """The values of the secrets that exist."""
    secrets = room.secrets()
    try:
        return {secret.name: secret.value for secret in secrets.read(names)}
    except UnavailableError as error:  # one secret has no value: the others are still needed
        if error.missing_right is not None:
            raise
        values: dict[str, bytes] = {}
        for name in names:
            with suppress(UnavailableError):
                values |= {secret.name: secret.value for secret in secrets.read([name])}
    return values


def _group(room: ControlRoom, quarantine: KeptRequests, share: Sequence[KeptSummary]) -> dict[str, object]:
    first, newest = share[0], share[-1]
    return {
        "source": first.source,
        "code": first.code,
        "title": _title(first.code),
        "count": len(share),
        "bytes": sum(one.size for one in share),
        "first_id": first.id,
        "newest_id": newest.id,
        "first_received_at": _received_at(room, quarantine, first.id),
        "newest_received_at": _received_at(room, quarantine, newest.id),
        "is_configured": any(one.name == first.source for one in room.config().sources),
    }


def _received_at(room: ControlRoom, quarantine: KeptRequests, number: int) -> str | None:
    kept = room.known(lambda: quarantine.get(number), None)
    return None if kept is None else moment_text(kept.rejected.request.received_at)


def _read(quarantine: KeptRequests, numbers: Iterable[int]) -> list[KeptRequest]:
    found = (quarantine.get(number) for number in numbers)
    return [kept for kept in found if kept is not None]


def _title(code: str) -> str:
    known = Rejected.codes.get(code)
    return code if known is None else known.title


def _remedy(code: str) -> str | None:
    known = Rejected.codes.get(code)
    return None if known is None else known.remedy
