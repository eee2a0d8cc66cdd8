"""The names that a queue has on AWS."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hookline.adapters.aws import names
from hookline.domain.queue import is_environment, short_name

NAMES = st.from_regex(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?", fullmatch=True)
ENVIRONMENTS = st.from_regex(r"[a-z0-9](?:[a-z0-9-]{0,18}[a-z0-9])?", fullmatch=True).filter(is_environment)


@given(
    name=st.one_of(NAMES, st.sampled_from(["a-queue", "a-dlq", "a-queue-b", "queue", "dlq"])), environment=ENVIRONMENTS
)
def test_a_name_on_aws_leads_back_to_its_queue(name: str, environment: str) -> None:
    """Whatever queue and environment are called: no name on AWS belongs to two queues."""
    assert short_name(names.queue(name, environment)) == name
    assert short_name(names.dead_letter_queue(name, environment)) == f"{name}-dlq"
    assert short_name(names.queue(name, environment, fifo=True)) == name
    assert short_name(names.dead_letter_queue(name, environment, fifo=True)) == f"{name}-dlq"


@pytest.mark.parametrize(
    "name", ["a", "a-dlq", "a-queue", "-queue-b", "a-queue-", "a-queue-B", "a-queue-queue", "", "a-queue-b."]
)
def test_another_name_leads_nowhere(name: str) -> None:
    """The queue's name must never be guessed."""
    assert short_name(name) is None
