"""Each action of SQS needs one right, and no action can reach a queue that its caller does not."""

from __future__ import annotations

import re
from pathlib import Path

import botocore.session  # type: ignore[import-untyped] # botocore carries no types
import pytest

from hookline.domain.access import Caller, Right
from hookline.sqs_api.actions import ACTIONS
from hookline.sqs_api.rights import RIGHTS, check_right
from hookline.sqs_api.wire_errors import ACCESS_DENIED, SqsError

PAGE = (Path(__file__).parents[3] / "docs" / "reference" / "sqs-api.md").read_text()


def caller(*rights: Right) -> Caller:
    """A caller with these rights on every queue."""
    return Caller(key_id="k", rights=frozenset(rights), queues=frozenset({"*"}))


def test_every_action_of_the_service_has_a_right() -> None:
    """Those that come later too: an action without a right would be anybody's."""
    model = botocore.session.get_session().get_service_model("sqs")

    assert set(RIGHTS) == set(model.operation_names)
    assert set(ACTIONS) <= set(RIGHTS)


def test_the_reference_lists_them() -> None:
    """People write `rights` by that table."""
    rows = re.findall(r"^\| `(view|consume|operate)` \| (.+) \|$", PAGE, re.MULTILINE)
    documented = {action: right for right, actions in rows for action in re.findall(r"`([A-Z]\w+)`", actions)}

    assert documented == {action: right.value for action, right in RIGHTS.items()}


@pytest.mark.parametrize("action", RIGHTS)
def test_each_action_is_refused_without_its_right(action: str) -> None:
    """For each of the three rights, on its own."""
    for right in Right:
        allowed = RIGHTS[action] in (right, Right.VIEW)
        if allowed:
            check_right(caller(right), action)
        else:
            with pytest.raises(SqsError, match=action) as caught:
                check_right(caller(right), action)
            assert caught.value.kind is ACCESS_DENIED


def test_an_action_that_nobody_knows_needs_the_most() -> None:
    """What was forgotten must not be open."""
    check_right(caller(Right.OPERATE), "NewAction")
    with pytest.raises(SqsError):
        check_right(caller(Right.CONSUME), "NewAction")
