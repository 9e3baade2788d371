"""What the capital wants completed: asked of the citizen as a correction, checked, sent again."""

import io
from datetime import timedelta

import pytest
from flask import Flask

from app.accounts.models import Account
from app.cases import changing, queries
from app.cases import services as cases
from app.cases.consignments import packing
from app.cases.consignments import queries as consignments
from app.cases.consignments.rules import Result
from app.cases.models import Case
from app.cases.rules import State, StepKind
from app.core import clock
from app.core.actor import SYSTEM
from app.core.db import new_uid, transaction
from app.core.errors import Conflict
from app.documents import services as documents
from tests.factories import cases as factory
from tests.factories import consignments as pouch
from tests.factories import files
from tests.integration.desk.conftest import Attached, Officer, drain, tomorrow
from tests.integration.desk.test_review import opened, uids


def case_of(reference: str) -> Case:
    return queries.get_case(reference, SYSTEM)


def sent_back(app: Flask, by: Officer) -> str:
    """Return the reference of a case whose papers came back to be completed."""
    with app.app_context():
        _uid, (reference,) = pouch.sent(by.actor)
        with transaction():
            case = case_of(reference)
            item = consignments.find_last(case.id)
            assert item is not None
            item.result, item.reason = Result.INCOMPLETE, "The photo is too old"
            item.released_at = clock.now()
            packing.go_on(case, item, on=pouch.today(), actor=by.actor, key=new_uid())
    return reference


def ask(app: Flask, by: Officer, reference: str) -> None:
    """Ask for the photo again, from the page of the case."""
    photo = uids(app, reference, by)["photo"]
    opened(by, reference)
    sent = {f"verdict-{photo}": "rejected", f"reason-{photo}": "background", "until_on": tomorrow()}
    page = by.visitor.submit(sent, button="Ask the citizen")
    assert "The citizen has been asked." in page.text


def mend(app: Flask, reference: str) -> None:
    """Replace the photo and hand it in, as the citizen does."""
    with app.app_context(), transaction() as session:
        case = case_of(reference)
        owner = factory.citizen(session.get_one(Account, case.account_id))
        photo = Attached(io.BytesIO(files.jpeg()), "new.jpg")
        document = documents.receive(photo, data_key=case.data_key, formats=("jpeg",))
        case = cases.attach(reference, "photo", document, actor=owner)
        cases.resubmit(reference, actor=owner, seen=case.version, key=new_uid())
    drain(app)


def test_nothing_is_said_of_the_capital_before_it_saw_the_papers(
    app: Flask, officer: Officer
) -> None:
    with app.app_context(), transaction():
        waiting = pouch.waiting(officer.actor).reference
        _uid, (packed,) = pouch.filled(officer.actor)
    packed_page, page = opened(officer, packed).text, opened(officer, waiting).text

    assert "The papers lie here and wait for the next consignment." in page
    assert "The papers lie here" not in packed_page and "Open consignment" in packed_page
    assert "can be marked below" not in page + packed_page


def test_papers_are_completed_by_the_citizen_checked_and_sent_again(
    app: Flask, officer: Officer
) -> None:
    reference = sent_back(app, officer)
    page = opened(officer, reference)
    assert "can be marked below and asked of the citizen" in page.text
    assert "Accept the request" not in page.text

    ask(app, officer, reference)
    with app.app_context():
        asked = case_of(reference)
        assert asked.state is State.ACTION_NEEDED and asked.waiting_since is not None
    assert "Put into the consignment" not in opened(officer, reference).text
    mend(app, reference)

    with app.app_context():
        case = case_of(reference)
        standing = changing.standing(case)
        assert (standing.state, standing.current) == (State.IN_PROGRESS, StepKind.CONSIGNMENT)
        assert case.waiting_since is None and not standing.is_away
    opened(officer, reference)
    page = officer.visitor.submit({}, button="Put into the consignment")
    assert page.status == 409
    assert "Check what came in before the papers travel again." in page.text
    photo = uids(app, reference, officer)["photo"]
    opened(officer, reference)
    officer.visitor.submit({f"verdict-{photo}": "accepted"}, button="Save")
    page = officer.visitor.submit({}, button="Put into the consignment")
    assert "The papers lie in the open consignment." in page.text


def test_who_is_asked_after_packing_is_taken_out_while_the_consignment_is_open(
    app: Flask, officer: Officer
) -> None:
    with app.app_context(), transaction():
        uid, (reference,) = pouch.filled(officer.actor)

    ask(app, officer, reference)

    with app.app_context():
        box = consignments.get_consignment(uid, officer.actor)
        assert consignments.count_items(box.id) == 0


def test_of_a_sealed_consignment_nobody_is_asked(app: Flask, officer: Officer) -> None:
    with app.app_context(), transaction():
        uid, (reference,) = pouch.filled(officer.actor)
        pouch.seal(uid, officer.actor)

    with app.app_context(), transaction():
        seen = factory.reject(case_of(reference), "photo", officer.actor).version

    with app.app_context(), pytest.raises(Conflict), transaction():
        cases.ask_correction(
            reference,
            until_on=pouch.today() + timedelta(days=3),
            actor=officer.actor,
            seen=seen,
            key=new_uid(),
        )

    with app.app_context():
        assert case_of(reference).state is State.IN_PROGRESS


def test_what_is_not_checked_is_not_packed_by_whatever_way(app: Flask, officer: Officer) -> None:
    reference = sent_back(app, officer)
    ask(app, officer, reference)
    mend(app, reference)

    with app.app_context(), pytest.raises(packing.Unchecked), transaction():
        packing.put_in(changing.lock(case_of(reference).id), actor=officer.actor)
