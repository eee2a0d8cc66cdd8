"""The document of an event's page: its story, and the body in three forms."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Final

from hookline.dashboard.views.event_story import event_story, pretty_text
from hookline.domain.counted import counted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hookline.dashboard.control_room import ControlRoom

__all__ = ["event_page", "hex_text"]

_MOST_HEX: Final = 16 * 1024
"""The most bytes in the hex dump: a browser draws more lines slowly."""

_WIDTH: Final = 16


def event_page(room: ControlRoom, parameters: Mapping[str, str]) -> dict[str, object]:
    """The story of an event, with its body for the page. Raises NotFoundError."""
    story = event_story(room, parameters["event_id"])
    document = story["event"]
    assert isinstance(document, dict)  # noqa: S101 -- the story's schema says so
    return {**story, "title": document["id"], **_body_in_three_ways(document)}


def _body_in_three_ways(document: Mapping[str, object]) -> dict[str, object]:
    text, encoded = document.get("body"), document.get("body_base64")
    if text is not None:
        return {"pretty": pretty_text(str(text)), "raw": text, "hex": hex_text(str(text).encode())}
    if encoded is None:
        return {"pretty": None, "raw": "The content of this event was erased.", "hex": ""}
    body = base64.b64decode(str(encoded))
    raw = f"{counted(len(body), 'byte that is', 'bytes that are')} not text. In base64:\n\n{encoded}"
    return {"pretty": None, "raw": raw, "hex": hex_text(body)}


def hex_text(body: bytes) -> str:
    """The first thousands of bytes in the format of ``hexdump -C``."""
    lines = []
    for start in range(0, min(len(body), _MOST_HEX), _WIDTH):
        part = body[start : start + _WIDTH]
        left, right = part[:8].hex(" "), part[8:].hex(" ")
        text = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in part)  # noqa: PLR2004 -- printable ASCII
        lines.append(f"{start:08x}  {left:<23}  {right:<23}  |{text}|")
    if len(body) > _MOST_HEX:
        lines.append(f"… and {counted(len(body) - _MOST_HEX, 'more byte')}")
    return "\n".join(lines)
