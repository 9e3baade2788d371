"""An appeal against a refusal, from the citizen to the head and back."""

import io
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from app.accounts.models import Account
from app.cases import queries
from app.cases import services as cases
from app.cases.appeals import queries as appeals
from app.cases.appeals import services
from app.cases.rules import State
from app.core import clock, i18n
from app.core.actor import Role
from app.core.db import db, new_uid, transaction
from app.core.errors import Conflict, Invalid, NotAllowed
from app.notifications.models import Message
from tests.factories import cases as factory
from tests.factories import files, pairs, people
from tests.integration.desk.conftest import Officer, drain, officer_at
from tests.integration.portal.conftest import Citizen, case_of, make_citizen

WORDS = "The extract was in the file on page 2"


def refused(citizen: Citizen, by: Officer) -> str:
    """Return the reference of a request that somebody has refused."""
    reference = citizen.make("submitted")
    refuse(citizen.app, reference, by)
    return reference


def refuse(app: Flask, reference: str, by: Officer) -> None:
    """Have somebody take a request and refuse it."""
    with app.test_request_context(), transaction():
        case = case_of(app, reference)
        case = cases.take(reference, actor=by.actor, seen=case.version, key=new_uid())
        cases.refuse(
            reference,
            reason_code="not_entitled",
            note="",
            actor=by.actor,
            seen=case.version,
            key=new_uid(),
        )


def appeal(citizen: Citizen, reference: str) -> None:
    """File an appeal from the page of the request."""
    citizen.open(f"/requests/{reference}")
    citizen.visitor.follow("Appeal against the refusal")
    file = (io.BytesIO(files.jpeg()), "proof.jpg")
    citizen.submit({"text": WORDS, "file": file}, "File the appeal")


def arabic(app: Flask, refusal: Invalid) -> str:
    """Return what the citizen is told of a refusal, in Arabic."""
    with app.test_request_context(), i18n.speaking("ar"):
        return refusal.sentence()


def told(app: Flask) -> list[str]:
    """Return what the citizen was told, in order, once each."""
    with app.app_context():
        events = db.session.scalars(select(Message.event).order_by(Message.id)).all()
        return list(dict.fromkeys(events))


def test_an_appeal_stands_in_the_queue_with_its_words_and_files(
    app: Flask, citizen: Citizen, officer: Officer, head: Officer
) -> None:
    reference = refused(citizen, officer)

    appeal(citizen, reference)
    drain(app)

    assert "Waits for a decision" in citizen.page.text
    assert told(app)[-1] == "appeal_received"
    assert reference in head.visitor.open("/en/desk/queue?tab=appeals").text
    head.visitor.open(f"/en/desk/cases/{reference}")
    page = head.visitor.follow("Read the appeal")
    assert WORDS in page.text
    assert "proof.jpg" in page.text
    picture = head.visitor.client.get(page.link("Page 1"))
    assert picture.mimetype == "image/jpeg"


def test_a_refusal_that_stands_is_reasoned(
    app: Flask, citizen: Citizen, officer: Officer, head: Officer
) -> None:
    reference = refused(citizen, officer)
    appeal(citizen, reference)
    head.visitor.open(f"/en/desk/cases/{reference}/appeal")

    head.visitor.submit({"answer": "The extract is of another person"}, button="The refusal stands")

    assert told(app)[-1] == "appeal_dismissed"
    assert reference not in head.visitor.open("/en/desk/queue?tab=appeals").text
    citizen.open(f"/requests/{reference}")
    page = citizen.visitor.follow("Read the decision")
    assert "The extract is of another person" in page.text
    assert "There is one appeal for a request" in page.text
    with app.app_context():
        assert case_of(app, reference).state is State.REFUSED


def test_an_appeal_that_is_granted_opens_the_request_again(
    app: Flask, citizen: Citizen, officer: Officer, head: Officer
) -> None:
    reference = refused(citizen, officer)
    appeal(citizen, reference)
    head.visitor.open(f"/en/desk/cases/{reference}/appeal")

    head.visitor.submit({"answer": "It was overlooked"}, button="Open the request again")

    assert told(app)[-1] == "case_reopened"
    with app.app_context():
        assert case_of(app, reference).state is State.SUBMITTED
        found = appeals.find(case_of(app, reference).id)
        assert found is not None
        assert case_of(app, reference).appealed_at is None
        assert found.is_granted


def test_who_refused_does_not_decide_and_neither_does_an_officer(
    app: Flask, citizen: Citizen, head: Officer, officer: Officer
) -> None:
    reference = refused(citizen, head)
    appeal(citizen, reference)

    for somebody in (head, officer):
        page = somebody.visitor.open(f"/en/desk/cases/{reference}/appeal")
        assert "decided by the head, and never by who refused" in page.text
        with app.app_context(), pytest.raises(NotAllowed), transaction():
            case = queries.get_case(reference, somebody.actor)
            services.grant(
                reference, "because", actor=somebody.actor, seen=case.version, key=new_uid()
            )


def test_a_second_appeal_is_refused_in_plain_words(
    app: Flask, citizen: Citizen, officer: Officer, head: Officer
) -> None:
    reference = refused(citizen, officer)
    appeal(citizen, reference)
    with app.app_context(), transaction():
        case = case_of(app, reference)
        services.dismiss(reference, "no", actor=head.actor, seen=case.version, key=new_uid())

    with app.test_request_context(), pytest.raises(Invalid) as caught, transaction():
        owner = factory.citizen(db.session.get_one(Account, citizen.account_id))
        services.file(reference, "again", actor=owner, key=new_uid())
    assert "إلا تظلّم واحد" in arabic(app, caught.value)

    with app.app_context(), pytest.raises(Conflict), transaction():
        case = case_of(app, reference)
        services.dismiss(reference, "no", actor=head.actor, seen=case.version, key=new_uid())


def test_an_appeal_comes_too_late_after_thirty_days(
    app: Flask, citizen: Citizen, officer: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    reference = refused(citizen, officer)
    later = clock.now() + timedelta(days=31)
    with app.app_context():
        monkeypatch.setattr(clock, "now", lambda: later)
        assert not appeals.may_file(case_of(app, reference))
        owner = factory.citizen(db.session.get_one(Account, citizen.account_id))
        with pytest.raises(Invalid) as caught, transaction():
            services.file(reference, WORDS, actor=owner, key=new_uid())
        assert "انقضت مهلة" in arabic(app, caught.value)


def test_what_was_not_refused_and_what_is_another_citizens_has_no_such_page(
    app: Flask, citizen: Citizen, officer: Officer
) -> None:
    assert citizen.open(f"/requests/{citizen.make('submitted')}/appeal").status == 404
    reference = refused(citizen, officer)

    assert make_citizen(app).open(f"/requests/{reference}/appeal").status == 404


def test_a_case_is_not_opened_past_an_appeal_that_waits(
    app: Flask, citizen: Citizen, officer: Officer, head: Officer
) -> None:
    reference = refused(citizen, officer)
    appeal(citizen, reference)

    page = head.visitor.open(f"/en/desk/cases/{reference}")

    assert "Open the request again" not in page.text
    assert head.visitor.open(f"/en/desk/cases/{reference}/reopen").status == 409


def test_the_post_sets_the_period_and_what_was_told_stays(
    app: Flask, citizen: Citizen, officer: Officer
) -> None:
    admin = people.staff_visitor(app, Role.ADMIN)

    def set_days(days: str) -> None:
        admin.open("/en/admin/periods")
        assert admin.submit({"appeal_days": days}).status == 200

    set_days("10")
    reference = refused(citizen, officer)
    set_days("0")

    last = clock.today("Europe/Moscow") + timedelta(days=10)
    with app.test_request_context(), i18n.speaking("en"):
        said = f"You can appeal against the refusal until {i18n.until_day(last)}."
    assert said in citizen.open(f"/requests/{reference}").text
    with app.app_context():
        messages = db.session.scalars(select(Message).where(Message.event == "case_refused")).all()
        told_days = {(one.payload or {}).get("until_on") for one in messages}
    assert told_days == {last.isoformat()}
    other = make_citizen(app)
    without = refused(other, officer)
    assert "appeal" not in other.open(f"/requests/{without}").text.casefold()


def test_who_proposed_the_refusal_does_not_decide_on_the_appeal(
    app: Flask, citizen: Citizen, officer: Officer, head: Officer
) -> None:
    other = officer_at(app, Role.HEAD)
    with app.test_request_context(), transaction():
        factory.publish(pairs.four_eyes())
    reference = citizen.make("submitted")
    for by in (head, officer):
        refuse(app, reference, by)
    appeal(citizen, reference)

    with app.app_context():
        filed = appeals.find(case_of(app, reference).id)
        assert filed is not None
        may = [services.may_decide(filed, by.actor) for by in (head, officer, other)]
    assert may == [False, False, True]
