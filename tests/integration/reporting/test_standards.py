"""The service standards: promised and measured, without the citizen's own time."""

from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select, update

from app.accounts import sessions
from app.accounts.models import Account
from app.cases import services as cases
from app.cases.models import Case
from app.cases.rules import State
from app.core import clock
from app.core.db import db, new_uid, transaction
from tests.databases import counted_queries
from tests.factories import cases as factory
from tests.factories import people
from tests.visitor import Visitor

MONDAY = "2026-03-02T09:00:00+00:00"


def measured(app: Flask, days: list[int], *, ago: int = 1) -> None:
    """Have cases that were done some days ago, each after so many working days."""
    done_on = clock.today("Europe/Moscow") - timedelta(days=ago)
    with app.app_context(), transaction():
        ids = [factory.submitted(people.account()).id for _each in days]
        for case_id, used in zip(ids, days, strict=True):
            values = {"used_days": used, "done_on": done_on}
            db.session.execute(update(Case).where(Case.id == case_id).values(**values))


def test_the_time_of_the_citizen_is_left_out(app: Flask) -> None:
    with app.app_context(), transaction(), time_machine.travel(MONDAY, tick=False) as hand:
        officer = factory.officer()
        account = people.account()
        case = factory.asked(account, officer)
        hand.shift(timedelta(days=7))
        factory.attach(case, "photo", factory.citizen(account))
        cases.resubmit(
            case.reference, actor=factory.citizen(account), seen=case.version, key=new_uid()
        )
        hand.shift(timedelta(days=2))
        case = cases.take(case.reference, actor=officer, seen=case.version, key=new_uid())
        case = cases.refuse(
            case.reference,
            reason_code="other",
            note="لا يمكن",
            actor=officer,
            seen=case.version,
            key=new_uid(),
        )

        assert case.state is State.REFUSED
        assert (case.used_days, str(case.done_on)) == (2, "2026-03-11")


def test_a_withdrawn_case_measures_nothing(app: Flask) -> None:
    with app.app_context(), transaction():
        account = people.account()
        case = factory.submitted(account)
        cases.withdraw(
            case.reference, actor=factory.citizen(account), seen=case.version, key=new_uid()
        )

        assert case.used_days is None


@pytest.mark.parametrize("language", ["ar", "ru", "en"])
def test_too_few_cases_give_no_figure(app: Flask, visitor: Visitor, language: str) -> None:
    measured(app, [3] * 9)

    page = visitor.open(f"/{language}/standards")

    assert page.status == 200
    assert len(page.by_class("j-item")) == 2
    assert {"en": "Not enough requests yet"}.get(language, "") in page.text
    assert "Half were done" not in page.text


def test_enough_cases_are_measured_beside_the_promise(app: Flask, visitor: Visitor) -> None:
    measured(app, [3] * 8 + [9] * 2)
    measured(app, [5] * 10, ago=300)

    text = visitor.open("/en/standards").text

    assert "Promised14 working days" in text
    assert "Half were done within3 working days" in text
    assert "Nine of ten within9 working days" in text
    assert "Faster than in the half year before" in text


def test_a_citizen_reads_what_to_expect(app: Flask) -> None:
    visitor = people.citizen_visitor(app)
    with app.app_context(), transaction():
        reference = factory.submitted(people.only_account()).reference
    before = visitor.open(f"/en/requests/{reference}").text
    measured(app, [3] * 8 + [9] * 2)

    after = visitor.open(f"/en/requests/{reference}").text

    sentence = "half were done within 3 working days, nine of ten within 9 working days"
    assert (sentence in before, sentence in after) == (False, True)


@pytest.mark.parametrize(
    ("after", "said"),
    [
        (0, "done about Thursday 5 March 2026, and in nine of ten cases by Friday 13 March 2026."),
        (7, "it is done by Friday 13 March 2026."),
        (14, None),
    ],
)
def test_a_citizen_reads_a_day_that_is_still_ahead(
    app: Flask, after: int, said: str | None
) -> None:
    with time_machine.travel(MONDAY, tick=False) as hand:
        with app.app_context(), transaction():
            account = people.account()
            key, reference = account.id, factory.submitted(account).reference
        measured(app, [3] * 8 + [9] * 2)
        hand.shift(timedelta(days=after))
        with app.test_request_context(), transaction():
            token = sessions.begin(account=db.session.get_one(Account, key))
        visitor = Visitor(app.test_client())
        visitor.client.set_cookie("jaliya-id", token)

        text = visitor.open(f"/en/requests/{reference}").text

    assert "nine of ten within 9 working days" in text
    assert (said or "If yours goes") in text if said else "If yours goes" not in text


def test_no_day_is_named_while_the_citizen_is_waited_for(app: Flask) -> None:
    visitor = people.citizen_visitor(app)
    with app.app_context(), transaction():
        reference = factory.asked(people.only_account(), factory.officer()).reference
    measured(app, [3] * 10)

    assert "If yours goes" not in visitor.open(f"/en/requests/{reference}").text


def test_more_cases_ask_no_more_of_the_database(app: Flask, visitor: Visitor) -> None:
    def count() -> int:
        with counted_queries(app) as sent:
            visitor.open("/en/standards")
        return len(sent)

    measured(app, [3])
    count()
    few = count()
    measured(app, list(range(12)))

    assert count() == few
    with app.app_context():
        assert len(db.session.scalars(select(Case.id)).all()) == 13
