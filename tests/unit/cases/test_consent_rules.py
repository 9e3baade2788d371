"""When a request that needs the consent of the other parent may go on."""

from datetime import date

import pytest

from app.cases.consents import rules
from app.cases.consents.rules import ConsentState

TODAY = date(2026, 11, 26)


@pytest.mark.parametrize(
    ("is_needed", "state", "send", "accept"),
    [
        (False, None, True, True),
        (True, None, False, False),
        (True, ConsentState.NAMED, True, False),
        (True, ConsentState.ASKED, True, False),
        (True, ConsentState.SIGNED, True, True),
        (True, ConsentState.DECLINED, True, False),
        (True, ConsentState.WAIVED, True, True),
    ],
)
def test_what_a_consent_lets_happen(
    is_needed: bool, state: ConsentState | None, send: bool, accept: bool
) -> None:
    assert rules.may_send(is_needed=is_needed, state=state) is send
    assert rules.may_accept(is_needed=is_needed, state=state) is accept


@pytest.mark.parametrize(
    ("state", "until_on", "overdue"),
    [
        (ConsentState.ASKED, date(2026, 11, 25), True),
        (ConsentState.ASKED, TODAY, False),
        (ConsentState.SIGNED, date(2026, 11, 25), False),
        (ConsentState.ASKED, None, False),
    ],
)
def test_when_an_answer_is_overdue(
    state: ConsentState, until_on: date | None, overdue: bool
) -> None:
    assert rules.is_overdue(state, until_on, TODAY) is overdue


def test_somebody_else_can_be_named_until_it_was_given() -> None:
    assert [one for one in ConsentState if not rules.may_change(one)] == [
        ConsentState.SIGNED,
        ConsentState.WAIVED,
    ]
