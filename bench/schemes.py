"""``python -m bench.schemes``: what verifying takes for every sender, against the bare hash; prints it, and writes bench/results/schemes.*.

Each sender's own sample is filled up to 1 KB and 100 KB, signed, and verified. The yardstick is only ``hmac.digest`` of that body. The
import of a named sender is timed in fresh processes that have imported the configuration before.
"""

from __future__ import annotations

import argparse
import base64
import hmac
import json
import os
import sys
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING

from bench.machine import describe
from bench.measures import say
from hookline.domain.request import Headers, Request
from hookline.domain.secret import Secret
from hookline.providers import PROVIDERS
from hookline.providers.general.hmac import KeyedHash
from hookline.providers.general.standard_webhooks import StandardWebhooks
from hookline.providers.scheme import SignsInside, SignsQuery
from processes import run_process

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from hookline.providers.provider import Provider
    from hookline.providers.scheme import Scheme

__all__ = ["Measured", "main"]

_RESULTS = Path(__file__).parent / "results"
_SIZES = (1024, 100 * 1024)
_MOST_TIMES = 3.0
_MOST_MILLISECONDS = 5.0
_URL = "https://hooks.example.com/webhook/provider"
_KEY = b"0123456789abcdef0123456789abcdef"
_SECRETS = {
    "adyen": _KEY.hex().encode(),
    "adyen-header": _KEY.hex().encode(),
    "airtable": base64.b64encode(_KEY),
    "braintree": b"a_public_key|a_private_key_of_some_length",
}
_IMPORT = "from time import perf_counter as t; import hookline.config; a = t(); {}; print(t() - a)"
_ALL_OF_IT = "from hookline.providers import PROVIDERS; PROVIDERS['stripe']"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One sender at one size, in microseconds; ``is_bound`` where the hash of the whole body is all that is signed."""

    name: str
    size: int
    verify: float
    digest: float
    is_bound: bool

    @property
    def times(self) -> float:
        """How many times the bare hash."""
        return self.verify / self.digest


def main() -> int:
    """Measure. 0 when every bound was met, 1 otherwise."""
    words = argparse.ArgumentParser(prog="python -m bench.schemes")
    words.add_argument("--quick", action="store_true", help="fewer rounds")
    words.add_argument("--only", nargs="*", default=[], metavar="NAME", help="only these senders")
    given = words.parse_args()
    names = given.only or [name for name in PROVIDERS if _is_measured(PROVIDERS[name])]
    say(f"verification, {len(names)} senders")
    rounds = 3 if given.quick else 9
    measured = [_measure(PROVIDERS[name], size, rounds) for name in names for size in _SIZES]
    say("imports")
    milliseconds = _import_cost(5 if given.quick else 21)
    page = _page(measured, milliseconds)
    print(page)
    if not given.only:
        _write(page, measured, milliseconds)
    worst = max(one.times for one in measured if one.is_bound)
    return 0 if worst <= _MOST_TIMES and milliseconds <= _MOST_MILLISECONDS else 1


def _is_measured(provider: Provider) -> bool:
    """Senders with a secret that both sides know, and a sample."""
    return provider.needs_secret and provider.sample is not None and not provider.needs_keys and _signs(provider)


def _signs(provider: Provider) -> bool:
    """Whether hookline can sign as this sender does, without a private key."""
    return provider.name not in {"discord", "sendgrid", "telnyx"}


def _measure(provider: Provider, size: int, rounds: int) -> Measured:
    scheme = provider.build({"public_url": _URL} if provider.needs_url else {})
    secret = _secret(provider, scheme)
    request = _call(provider, scheme, secret, size)
    secrets = (Secret(name="S", value=secret),)
    algorithm = scheme.algorithm if isinstance(scheme, KeyedHash) else "sha256"
    verify, digest = _best(
        [
            lambda: scheme.verify(request, secrets),
            lambda: hmac.digest(_KEY, request.body, algorithm),
        ],
        rounds,
        turns=2_000_000 // (size + 1000),
    )
    is_bound = isinstance(scheme, KeyedHash | StandardWebhooks) and provider.name != "linear"
    return Measured(name=provider.name, size=size, verify=verify, digest=digest, is_bound=is_bound)


def _best(acts: list[Callable[[], object]], rounds: int, *, turns: int) -> list[float]:
    """The best round of each, in microseconds; in turns, so that all meet the same moments of the machine."""
    best = [float("inf")] * len(acts)
    for _ in range(rounds):
        for index, act in enumerate(acts):
            started = perf_counter()
            for _ in range(turns):
                act()
            best[index] = min(best[index], (perf_counter() - started) / turns * 1e6)
    return best


def _secret(provider: Provider, scheme: Scheme) -> bytes:
    if isinstance(scheme, StandardWebhooks) and not scheme.is_plain:
        return b"whsec_" + base64.b64encode(_KEY)
    return _SECRETS.get(
        provider.name, b"user:a-password-of-some-length" if provider.verify.get("scheme") == "basic" else _KEY
    )


def _call(provider: Provider, scheme: Scheme, secret: bytes, size: int) -> Request:
    """The sender's sample, filled up to ``size`` bytes and signed now."""
    at = datetime.now(UTC)
    assert provider.sample  # noqa: S101 -- as _is_measured has it
    body, headers = provider.sample.filled("msg_1", at)
    body = _filled(body, size)
    if isinstance(scheme, SignsInside):
        body = scheme.signed_body(body, secret=secret, at=at)
    headers = headers | scheme.sign(body, secret=secret, delivery_id="msg_1", at=at)
    fields = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()]
    fields += [(b"host", b"hooks.example.com"), (b"user-agent", b"sender/1.0"), (b"accept", b"*/*")]
    query = scheme.signed_query(body, secret=secret, at=at) if isinstance(scheme, SignsQuery) else ""
    return Request(
        method="POST", path="/", query=query, headers=Headers.of_lower_case(fields), body=body, received_at=at
    )


def _filled(body: bytes, size: int) -> bytes:
    missing = max(0, size - len(body) - 20)
    try:
        document = json.loads(body)
    except ValueError:
        mark = b"<!--%s-->" if body.startswith(b"<") else b"&padding=%s"
        return body + mark % (b"x" * missing)
    (document[0] if isinstance(document, list) else document)["padding"] = "x" * missing
    return json.dumps(document).encode()


def _import_cost(pairs: int) -> float:
    """Milliseconds that a named sender adds to ``import hookline.config``: the median of fresh processes, compiled as in an archive."""
    command = [sys.executable, "-c", _IMPORT.format(_ALL_OF_IT)]
    with tempfile.TemporaryDirectory(prefix="bench-compiled-") as compiled:
        environment = {**os.environ, "PYTHONPYCACHEPREFIX": compiled, "PYTHONDONTWRITEBYTECODE": ""}
        runs = [
            run_process(command, env=environment, capture_output=True, text=True, check=True) for _ in range(pairs + 1)
        ]
    return median(float(run.stdout) for run in runs[1:]) * 1000


def _page(measured: list[Measured], milliseconds: float) -> str:
    return "\n".join(_lines(measured, milliseconds)) + "\n"


def _lines(measured: list[Measured], milliseconds: float) -> Iterator[str]:
    yield "# Verification, sender by sender"
    yield ""
    yield "Microseconds for one call, against only `hmac.digest` of the same body; the best of several rounds."
    yield ""
    for size in _SIZES:
        worst = max((one for one in measured if one.size == size and one.is_bound), key=lambda one: one.times)
        yield (
            f"- {size // 1024} KB: at most {worst.times:.2f} times the bare hash ({worst.name}); the bound is {_MOST_TIMES:g}, "
            "for senders that sign the body as it is"
        )
    yield f"- a named sender adds {milliseconds:.2f} ms to the import of the configuration; the bound is {_MOST_MILLISECONDS:g} ms"
    yield ""
    yield "| sender | 1 KB: µs | hash: µs | times | 100 KB: µs | hash: µs | times | bound |"
    yield "|---|---:|---:|---:|---:|---:|---:|---|"
    for small, large in zip(measured[::2], measured[1::2], strict=True):
        numbers = [f"{value:.2f}" for one in (small, large) for value in (one.verify, one.digest, one.times)]
        yield f"| {small.name} | {' | '.join(numbers)} | {'yes' if small.is_bound else 'no'} |"


def _write(page: str, measured: list[Measured], milliseconds: float) -> None:
    with tempfile.TemporaryDirectory(prefix="bench-schemes-") as directory:
        machine = describe(Path(directory), ("hookline",))
    rows = [
        {"name": one.name, "size": one.size, "verify_us": round(one.verify, 3), "digest_us": round(one.digest, 3)}
        for one in measured
    ]
    document = {"machine": dict(machine), "import_ms": round(milliseconds, 3), "schemes": rows}
    _RESULTS.mkdir(exist_ok=True)
    (_RESULTS / "schemes.json").write_text(json.dumps(document, indent=1) + "\n")
    words = "\n".join(f"- {name}: {value}" for name, value in machine.items())
    (_RESULTS / "schemes.md").write_text(f"{page}\n## The machine\n\n{words}\n")


if __name__ == "__main__":
    sys.exit(main())
