"""Amounts, receipts and cash desks, as tables; whatever is taken and given back balances."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.cases import rules as case_rules
from app.cases.rules import Action, StepKind
from app.core import callbacks
from app.core.actor import Actor, ActorKind, Role
from app.payments import rules
from app.payments.rules import Movement

PATH = (StepKind.REVIEW, StepKind.PAYMENT, StepKind.PRODUCTION, StepKind.HAND_OVER)
WITHOUT = (StepKind.REVIEW, StepKind.HAND_OVER)
SENT = (Action.STARTED, Action.SUBMITTED)
ACCEPTED = (*SENT, Action.TAKEN, Action.ACCEPTED)
TODAY = date(2026, 11, 26)
NOW = datetime(2026, 11, 26, 9, tzinfo=UTC)
movements = st.lists(
    st.builds(Movement, amount=st.integers(1, 10**7), is_return=st.booleans()), max_size=50
)


@pytest.mark.parametrize(
    ("typed", "amount"),
    [
        ("200", 20000),
        ("200.5", 20050),
        ("12,05", 1205),
        ("1 200", 120000),
        ("1\u00a0200,00", 120000),
        ("١٢٫٥٠", 1250),
        ("0", 0),
    ],
)
@pytest.mark.proves("numbers-009")
def test_an_amount_is_read_in_minor_units(typed: str, amount: int) -> None:
    assert rules.amount_of(typed) == amount


@pytest.mark.parametrize("typed", ["", "-5", "1.234", "1e3", "NaN", "200 USD", "9999999", "1.2.3"])
@pytest.mark.proves("numbers-009")
def test_what_is_no_amount_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match="amount"):
        rules.amount_of(typed)


@given(opening=st.integers(0, 10**7), moved=movements)
def test_a_desk_holds_its_float_and_what_was_taken_less_what_went_back(
    opening: int, moved: list[Movement]
) -> None:
    tally = rules.tally(opening, moved)

    held = opening
    for one in moved:
        held += -one.amount if one.is_return else one.amount
    assert tally.expected == held
    assert tally.difference(held) == 0
    assert tally.difference(held - 7) == -7


@pytest.mark.parametrize(
    ("path", "history", "is_chargeable"),
    [
        (PATH, (Action.STARTED,), False),
        (PATH, SENT, False),
        (PATH, ACCEPTED, True),
        (PATH, (*ACCEPTED, Action.PAID), True),
        (PATH, (*ACCEPTED, Action.WITHDRAWN), False),
        (WITHOUT, (Action.STARTED,), False),
        (WITHOUT, SENT, True),
        (WITHOUT, ACCEPTED, True),
        (WITHOUT, (*ACCEPTED, Action.HANDED_OVER), True),
        (WITHOUT, (*SENT, Action.WITHDRAWN), False),
    ],
)
def test_when_a_fee_may_be_paid(
    path: tuple[StepKind, ...], history: tuple[Action, ...], *, is_chargeable: bool
) -> None:
    assert rules.is_chargeable(case_rules.replay(path, history)) is is_chargeable


def test_a_void_leads_back_to_the_payment_until_somebody_went_on() -> None:
    paid = case_rules.replay(PATH, (*ACCEPTED, Action.PAID))
    produced = case_rules.after(paid, Action.PRODUCED)

    assert paid.current is StepKind.PRODUCTION
    assert case_rules.after(paid, Action.PAYMENT_VOIDED).current is StepKind.PAYMENT
    assert case_rules.after(produced, Action.PAYMENT_VOIDED) == produced


def test_a_void_calls_no_papers_back_that_are_away() -> None:
    path = (StepKind.REVIEW, StepKind.PAYMENT, StepKind.CONSIGNMENT, StepKind.HAND_OVER)
    packed = case_rules.replay(path, (*ACCEPTED, Action.PAID))
    away = case_rules.after(packed, Action.CONSIGNED)

    voided = case_rules.after(away, Action.PAYMENT_VOIDED)

    assert case_rules.after(packed, Action.PAYMENT_VOIDED).current is StepKind.PAYMENT
    assert voided == away
    paid_again = case_rules.after(voided, Action.PAID)
    assert case_rules.after(paid_again, Action.RETURNED).current is StepKind.HAND_OVER


def test_the_clock_of_the_post_stands_while_the_fee_is_not_paid() -> None:
    waiting = case_rules.replay(PATH, ACCEPTED)

    assert case_rules.waits_for_citizen(waiting)
    assert not case_rules.waits_for_citizen(case_rules.after(waiting, Action.PAID))


@pytest.mark.parametrize(
    ("role", "actor_id", "taken_on", "may"),
    [
        (Role.CASHIER, 1, TODAY, True),
        (Role.CASHIER, 2, TODAY, False),
        (Role.CASHIER, 1, TODAY - timedelta(days=1), False),
        (Role.HEAD, 2, TODAY - timedelta(days=40), True),
        (Role.OFFICER, 1, TODAY, False),
        (Role.RECEPTIONIST, 1, TODAY, False),
    ],
)
def test_who_may_void_a_receipt(role: Role, actor_id: int, taken_on: date, *, may: bool) -> None:
    actor = Actor(kind=ActorKind.STAFF, id=actor_id, post_id=1, roles=frozenset({role}))

    assert rules.may_void(actor, taken_by=1, taken_on=taken_on, today=TODAY) is may


@pytest.mark.proves("S32", "receipts-001")
def test_a_signature_is_good_for_its_content_its_secret_and_five_minutes() -> None:
    at = int(NOW.timestamp())
    signature = callbacks.sign("secret", at, b"paid")

    def is_good(secret: str, text: str, body: bytes, late: timedelta = timedelta()) -> bool:
        return callbacks.is_genuine(secret, text, body, signature, now=NOW + late)

    assert is_good("secret", str(at), b"paid")
    assert is_good("secret", str(at), b"paid", timedelta(minutes=4))
    assert not is_good("secret", str(at), b"paid", timedelta(minutes=6))
    assert not is_good("secret", str(at), b"paid", timedelta(minutes=-6))
    assert not is_good("secret", str(at + 1), b"paid")
    assert not is_good("other", str(at), b"paid")
    assert not is_good("secret", str(at), b"paid ")
    assert not is_good("secret", "now", b"paid")
    assert not callbacks.is_genuine("", str(at), b"", callbacks.sign("", at, b""), now=NOW)
