"""Where the home on AWS answers a sender otherwise, by name: for docs/reference/homes.md, and for scenarios that need one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from acceptance.homes.home import Home

__all__ = ["DIFFERENCES", "Difference", "differs"]

_SERVER = "API Gateway's own servers answer HTTP there, before any code of hookline runs"


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What each home does with a call, and why the two differ. ``shown_by`` names tests by file, where no scenario of both homes can."""

    what: str
    embedded: str
    aws: str
    why: str
    shown_by: tuple[str, ...] = ()


DIFFERENCES: Mapping[str, Difference] = {
    "model_first": Difference(
        what="a body that is not JSON, to a source with a schema",
        embedded="401 without a signature that fits, else 400 `body_not_json`",
        aws="400 `schema_mismatch`, whether it is signed or not",
        why="API Gateway checks its model before it calls anything, and has one answer for all that does not fit",
    ),
    "other_method": Difference(
        what="a method that a source does not take",
        embedded="405 `method_not_allowed` with `Allow`",
        aws="404 `unknown_path`, without `Allow`",
        why="to API Gateway a method that is not declared is the same as a path that is not declared",
    ),
    "large_headers": Difference(
        what="headers that are too large",
        embedded="431 `headers_too_large` above 32 KiB",
        aws="refused by API Gateway above 10,240 bytes, in its own words",
        why="API Gateway counts them before anything of hookline runs; the emulator has no such limit",
    ),
    "binary_form": Difference(
        what="a form with bytes that are not UTF-8",
        embedded="202, kept byte for byte",
        aws="another body: API Gateway replaces each such byte by U+FFFD, and a signature over the body does not match",
        why="API Gateway hands text over as Unicode, except for media types that are declared as binary; a form is ASCII by its standard",
    ),
    "signed_query": Difference(
        what="a query that is signed with the URL and is written as no usual library writes it, such as `a=1&` with nothing behind the `&`",
        embedded="taken: the query's own characters are verified",
        aws="401 `signature_mismatch`; the usual ways of writing a query are taken",
        why="API Gateway hands a query over as decoded names and values, without its own characters, and the usual spellings are tried",
    ),
    "largest_body": Difference(
        what="a signed body of more than 2.8 MiB (4.3 MiB where it is neither JSON nor a form)",
        embedded="taken up to `max_body` of the source",
        aws="413 `body_too_large`, or API Gateway's own 413 above 10 MB",
        why="Lambda is called with at most 6 MB, in which text may double and base64 grows by a third",
        shown_by=("tests/infra/test_edge.py", "tests/infra/test_service_limits.py"),
    ),
    "grammar": Difference(
        what="two Hosts or none, another Transfer-Encoding, another version of HTTP, broken chunks",
        embedded="400, 501 or 505, and the connection ends where the end of a body is in doubt",
        aws="whatever API Gateway answers",
        why=_SERVER,
        shown_by=("tests/acceptance/test_hostile.py",),
    ),
    "slow_sender": Difference(
        what="a sender whose request does not arrive within `read_timeout`",
        embedded="408",
        aws="whatever API Gateway does; a call that takes longer than 8 s inside is answered 503",
        why=_SERVER,
        shown_by=("tests/acceptance/test_hostile.py", "tests/e2e/test_faults.py"),
    ),
    "forged_rate": Difference(
        what="forged calls to a source with `rate_limit`",
        embedded="count against `failed_rate_limit` only: genuine calls are still taken",
        aws="count like all others: above the rate every call is 429",
        why="API Gateway counts before any code runs; `hookline:waf` bounds each address there",
        shown_by=("tests/unit/embedded/test_call_limits_failed_calls.py",),
    ),
    "renamed_header": Difference(
        what="a call that proves nothing, answered 401",
        embedded="with `WWW-Authenticate`",
        aws="the header arrives as `x-amzn-Remapped-WWW-Authenticate`",
        why="API Gateway renames it; the code in the body is the same. The emulator does not rename it",
        shown_by=("docs/how-to/what-the-emulator-cannot-show.md",),
    ),
    "health": Difference(
        what="`GET` on `health_path`",
        embedded="200 while the process lives",
        aws="404: there is no such path",
        why="no process has to be watched there; a load balancer's question would be another function to pay for",
        shown_by=("tests/acceptance/test_probes.py",),
    ),
}
"""Differences by a name that scenarios use."""


def differs(home: Home, name: str) -> bool:
    """Whether this home answers as AWS does where the two differ by ``name``."""
    assert not DIFFERENCES[name].shown_by, f"{name} is not for scenarios of both homes"
    return home.behind_a_gateway
