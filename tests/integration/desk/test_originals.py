"""Originals that the post keeps: received and returned against a receipt."""

import pytest
from flask import Flask
from sqlalchemy import text

from app.audit.models import AuditEntry
from app.cases import originals, queries
from app.cases.originals import Brought
from app.core.actor import SYSTEM, Role
from app.core.db import db, new_uid, transaction
from app.core.errors import Conflict, Invalid
from tests.databases import counted_queries
from tests.integration.desk.conftest import Officer, officer_at, submitted, taken

BOOKLET = {
    "description_1": "Family booklet of the applicant",
    "condition_1": "Torn at the fold",
    "place_1": "Safe 2",
    "description_2": "Birth certificate",
}


def receive(officer: Officer, reference: str) -> None:
    """Take two originals over the counter."""
    officer.visitor.open(f"/en/desk/cases/{reference}/originals")
    officer.visitor.submit(BOOKLET, button="Receive")


def test_what_came_stands_on_a_receipt_with_lines_to_sign(app: Flask, officer: Officer) -> None:
    reference = taken(app, officer)

    receive(officer, reference)
    assert f"{reference}/O1" in officer.visitor.follow("Print the receipt").text
    page = officer.visitor.open(
        f"/en/desk/cases/{reference}/originals/receipt?sheet={reference}/O1&in=en"
    )

    words = ("Receipt of originals", f"{reference}/O1", "Condition: Torn at the fold")
    for said in (*words, "Signature of"):
        assert said in page.text
    with app.app_context():
        entry = db.session.query(AuditEntry).order_by(AuditEntry.id.desc()).all()
        noted = next(one for one in entry if one.action == "originals_received")
        assert noted.fields == {"sheet": f"{reference}/O1", "count": 2}


def test_what_an_original_is_stands_nowhere_in_plain(app: Flask, officer: Officer) -> None:
    reference = taken(app, officer)
    receive(officer, reference)

    with app.app_context():
        rows = db.session.execute(text("SELECT * FROM original")).all()

    assert len(rows) == 2
    assert "booklet" not in str(rows)


def test_it_is_kept_until_its_return_is_signed(app: Flask, officer: Officer) -> None:
    reference = taken(app, officer)
    receive(officer, reference)
    with app.app_context():
        first = originals.list_of(queries.get_case(reference, SYSTEM).id)[0].uid

    officer.visitor.submit({"chosen": [first]}, button="Note the return")
    assert "signed before the originals are returned" in officer.visitor.page.errors[0]
    officer.visitor.submit({"chosen": [first], "signed": "y"}, button="Note the return")

    assert f"{reference}/B1" in officer.visitor.page.text
    with app.app_context():
        assert originals.count_held(queries.get_case(reference, SYSTEM).id) == 1


def test_a_case_and_its_row_say_that_originals_are_here(app: Flask, officer: Officer) -> None:
    reference = taken(app, officer)
    assert "originals here" not in officer.visitor.open("/en/desk/queue?tab=mine").text

    receive(officer, reference)

    page = officer.visitor.open(f"/en/desk/cases/{reference}")
    assert "The post keeps 2 originals for this request" in page.text
    assert "originals here" in officer.visitor.open("/en/desk/queue?tab=mine").text


def test_rows_of_the_queue_ask_of_originals_in_one_question(app: Flask, officer: Officer) -> None:
    def asked() -> int:
        officer.visitor.open("/en/desk/queue?tab=all")
        with counted_queries(app) as statements:
            officer.visitor.open("/en/desk/queue?tab=all")
            return len(statements)

    receive(officer, taken(app, officer))
    few = asked()
    for _ in range(3):
        receive(officer, submitted(app))

    assert asked() == few


def test_nothing_described_and_twice_the_same_note_nothing(app: Flask, officer: Officer) -> None:
    reference, key = taken(app, officer), new_uid()
    one = [Brought(description="Passport")]

    with app.app_context(), pytest.raises(Invalid), transaction():
        originals.receive(reference, [Brought(description=" ")], actor=officer.actor, key=key)
    with app.app_context(), transaction():
        first = originals.receive(reference, one, actor=officer.actor, key=key)
        assert originals.receive(reference, one, actor=officer.actor, key=key) == first
        case = queries.get_case(reference, SYSTEM)
        assert len(originals.list_of(case.id)) == 1


def test_what_was_returned_is_not_returned_again(app: Flask, officer: Officer) -> None:
    reference = taken(app, officer)
    receive(officer, reference)

    with app.app_context(), transaction():
        uid = originals.list_of(queries.get_case(reference, SYSTEM).id)[0].uid
        originals.give_back(reference, [uid], is_signed=True, actor=officer.actor, key=new_uid())
    with app.app_context(), pytest.raises(Conflict), transaction():
        originals.give_back(reference, [uid], is_signed=True, actor=officer.actor, key=new_uid())


def test_another_post_sees_none_of_it(app: Flask, officer: Officer) -> None:
    reference = taken(app, officer)
    receive(officer, reference)
    other = officer_at(app, Role.OFFICER, post="kazan", prefix="JK").visitor

    assert other.open(f"/en/desk/cases/{reference}/originals").status == 404
    assert other.open(f"/en/desk/cases/{reference}/originals/receipt").status == 404
