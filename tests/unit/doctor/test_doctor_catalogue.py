"""The doctor over every sender of the catalogue: it asks a scheme nothing but whether a request is its own."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from hookline.config import parse
from hookline.domain.secret import Secret
from hookline.pipeline.doctor import Case, diagnose
from hookline.providers import PROVIDERS
from hookline.providers.provider import FORM, Proves
from hookline.testing import signed_request
from unit.doctor.patients import NOW
from vectors.senders import OWN_TOML, URL, built, secret_of, signing_secret_of

if TYPE_CHECKING:
    from hookline.domain.request import Request

SENDERS = sorted(name for name, provider in PROVIDERS.items() if provider.sample is not None)
OF_WHOLE_BODIES = [
    name for name in SENDERS if PROVIDERS[name].proves is Proves.BODY and PROVIDERS[name].media_types != FORM
]
BY_SECRET = [name for name in SENDERS if signing_secret_of(name) == secret_of(name) and PROVIDERS[name].needs_secret]
OF_A_TIME = [name for name in SENDERS if "tolerance" in PROVIDERS[name].options and name != "gitlab"]
"""GitLab signs a time only in its other form."""

LATE = timedelta(days=30)


def patient(name: str, *, secret: bytes | None = None) -> Case:
    """A sample of this sender at its own source, signed with the right secret, or with another."""
    own = OWN_TOML.get(name, "")
    secrets = ', secrets = ["S"]' if PROVIDERS[name].needs_secret else ""
    fetch = 'fetch = { secret = "T" }\n' if PROVIDERS[name].proves is Proves.NOTHING else ""
    verify = f'verify = {{ scheme = "{name}"{own}{secrets} }}\n'
    config = parse(f'[sources.sender]\npublic_url = "{URL}"\n{verify}{fetch}[queues.all]\n', base=Path())
    scheme = built(name)
    source = replace(config.sources[0], verifier=scheme)
    sample = PROVIDERS[name].sample
    assert sample is not None
    body, headers = sample.filled("msg_1", NOW)
    request = signed_request(
        source, scheme, signing_secret_of(name), body, delivery_id="msg_1", at=NOW, headers=headers
    )
    mine = secret_of(name) if secret is None else secret
    return Case(request=request, source=source, scheme=scheme, secrets=[Secret(name="S", value=mine)] if mine else [])


def cause(case: Case, request: Request) -> str | None:
    """The findings."""
    finding = diagnose(replace(case, request=request)).finding
    return None if finding is None else finding.cause


@pytest.mark.parametrize("name", SENDERS)
def test_a_good_call_is_reported_as_good(name: str) -> None:
    """The tests below depend on it."""
    case = patient(name)

    assert cause(case, case.request) == "nothing"


@pytest.mark.parametrize("name", OF_WHOLE_BODIES)
def test_an_end_of_line_is_found_for_every_sender_that_signs_its_body(name: str) -> None:
    """Whatever it signs in addition to the body, and in whatever form."""
    case = patient(name)

    assert cause(case, replace(case.request, body=case.request.body + b"\n")) == "line_end"


@pytest.mark.parametrize("name", OF_A_TIME)
def test_a_clock_is_found_for_every_sender_that_signs_a_time(name: str) -> None:
    """In a header, in the signature's own header, in the body or in a token."""
    case = patient(name)
    late = replace(case.request, received_at=case.request.received_at + LATE)

    assert cause(case, late) == "clock"


@pytest.mark.parametrize("name", BY_SECRET)
def test_spaces_around_a_secret_are_found_for_every_sender_that_has_one(name: str) -> None:
    """This holds also where the secret is decoded first, or is in the request itself."""
    case = patient(name, secret=b" " + secret_of(name) + b"\n")

    assert cause(case, case.request) == "secret_spelling"
