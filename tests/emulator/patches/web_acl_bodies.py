"""A web ACL keeps the bodies that its rules answer with.

https://docs.aws.amazon.com/waf/latest/APIReference/API_WebACL.html
MiniStack forgets them, so that each plan of Terraform's AWS provider would change the web ACL.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ministack.services import waf  # type: ignore[import-untyped] # MiniStack carries no types

if TYPE_CHECKING:
    from collections.abc import Callable

    Call = dict[str, Any]
    Handler = Callable[[Call], Any]  # MiniStack's answer

__all__ = ["patch"]

_BODIES = "CustomResponseBodies"


def patch() -> None:
    """Keep what comes with each call."""
    waf._create_web_acl = _keeping(waf._create_web_acl)
    waf._update_web_acl = _keeping(waf._update_web_acl)


def _keeping(handle: Handler) -> Handler:
    def handled(call: Call) -> Any:  # as above
        answer = handle(call)
        for acl in waf._web_acls.values():
            if acl["Name"] == call["Name"]:
                acl[_BODIES] = call.get(_BODIES, {})
        return answer

    return handled
