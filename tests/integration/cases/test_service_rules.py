"""What a service says beside its form, on real cases: exclusions, windows, waivers."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
import time_machine
from flask import Flask

from app.cases import bills, contents, queries
from app.cases import services as cases
from app.cases.models import Case
from app.catalogue.definition.charges import Waiver
from app.catalogue.definition.conditions import Is
from app.catalogue.definition.elements import Definition, Exclusion, Window
from app.core import clock
from app.core.actor import Actor, Role
from app.core.db import new_uid, transaction
from app.core.errors import Invalid, NotAllowed, NotFound
from tests.factories import cases as factory
from tests.factories import people

LABEL = {"ar": "إعفاء", "ru": "Освобождение", "en": "Waiver"}
CONSULAR = factory.definition()


def offered(**changes: object) -> Definition:
    """Offer the passport renewal with something changed; return it."""
    changed = replace(CONSULAR, **changes)  # type: ignore[arg-type]
    factory.publish(changed)
    return changed


def hardship() -> Waiver:
    return Waiver(
        key="hardship",
        label=LABEL,
        percent=50,
        by_officer=True,
        valid_from=date(2020, 1, 1),
        legal_basis=LABEL,
    )


def granted(case: Case, by: Actor, ground: str = "لا دخل لمقدم الطلب") -> Case:
    return cases.grant_waiver(
        case.reference, "hardship", ground=ground, actor=by, seen=case.version, key=new_uid()
    )


def test_who_is_excluded_by_an_answer_is_told_and_cannot_send(app: Flask) -> None:
    damaged = Exclusion(key="damaged", when=Is(field="reason", value="expired"), reason=LABEL)
    with app.app_context(), transaction():
        offered(exclusions=(damaged,))
        account = people.account()
        case = factory.complete(account)

        assert contents.exclusion_of(case) == damaged
        with pytest.raises(Invalid):
            cases.submit(
                case.reference, actor=factory.citizen(account), seen=case.version, key=new_uid()
            )


def test_a_changed_answer_lifts_the_exclusion(app: Flask) -> None:
    full = Exclusion(key="full", when=Is(field="reason", value="full"), reason=LABEL)
    with app.app_context(), transaction():
        offered(exclusions=(full,))
        account = people.account()

        case = factory.submitted(account)

        assert contents.exclusion_of(case) is None


@pytest.mark.parametrize(
    ("day", "is_taken"),
    [("2026-11-30", False), ("2026-12-01", True), ("2026-12-31", True), ("2027-01-01", False)],
)
def test_a_call_takes_requests_within_its_window(app: Flask, day: str, *, is_taken: bool) -> None:
    window = Window(opens_on=date(2026, 12, 1), closes_on=date(2026, 12, 31))
    noon = time_machine.travel(f"{day}T09:00:00+00:00", tick=False)
    with noon, app.app_context(), transaction():
        offered(window=window)
        if is_taken:
            assert factory.draft(people.account()).reference
        else:
            with pytest.raises(Invalid):
                factory.draft(people.account())


def test_a_draft_from_within_the_window_is_not_sent_after_it(app: Flask) -> None:
    window = Window(opens_on=date(2026, 12, 1), closes_on=date(2026, 12, 31))
    travel = time_machine.travel("2026-12-31T09:00:00+00:00", tick=False)
    with travel as hand, app.app_context(), transaction():
        offered(window=window)
        account = people.account()
        case = factory.complete(account)

        hand.shift(timedelta(days=1))

        with pytest.raises(Invalid):
            cases.submit(
                case.reference, actor=factory.citizen(account), seen=case.version, key=new_uid()
            )


def test_an_officer_waives_with_a_ground_that_stays_sealed(app: Flask) -> None:
    with app.app_context(), transaction():
        offered(waivers=(hardship(),))
        by = factory.officer()
        case = factory.taken(people.account(), by)
        before = bills.bill_of(case).total["USD"]

        case = granted(case, by)

        assert bills.bill_of(case).total["USD"] == before // 2
        assert case.grounds == {"hardship": "لا دخل لمقدم الطلب"}
        assert queries.list_events(case.id)[-1].details == {
            "waiver": "hardship",
            "total": {"USD": before // 2},
        }
        with pytest.raises(NotFound):
            granted(case, by)


def test_a_waiver_needs_a_ground_and_somebody_who_may(app: Flask) -> None:
    with app.app_context(), transaction():
        offered(waivers=(hardship(),))
        by = factory.officer()
        case = factory.taken(people.account(), by)

        with pytest.raises(Invalid):
            granted(case, by, ground=" ")
        with pytest.raises(NotAllowed):
            granted(case, factory.officer(role=Role.RECEPTIONIST))


def test_the_fee_of_the_day_on_which_it_was_sent_stays_due(app: Flask) -> None:
    old, new = CONSULAR.fees[0], replace(CONSULAR.fees[0], key="raised", amount=99900)
    tomorrow = clock.today("Europe/Moscow") + timedelta(days=1)
    dear = (
        replace(old, valid_to=tomorrow - timedelta(days=1)),
        replace(new, valid_from=tomorrow),
    )
    with app.app_context(), transaction():
        offered(fees=dear)
        case = factory.submitted(people.account())
        owed = bills.bill_of(case).total

        with time_machine.travel(clock.now() + timedelta(days=3), tick=False):
            assert bills.bill_of(case).total == owed == {"USD": old.amount}
