"""Exports: built by the worker, for who asked alone, after the code was given once more."""

import csv
import io
import json
import re
import zipfile
from datetime import timedelta
from typing import Any

import pyotp
import pytest
import time_machine
from flask import Flask
from sqlalchemy import select, update

from app.accounts.models import SignIn, StaffMember
from app.audit.models import AuditEntry
from app.cases import issuing, queue, selections
from app.cases.listing import QueuePage
from app.cases.models import Case
from app.cases.rules import State
from app.core import clock
from app.core.actor import Role
from app.core.crypto import DataKey
from app.core.db import db, new_uid, transaction
from app.desk import exporting
from app.documents import parcels, storage
from app.documents.models import IssuedDocument
from app.jobs import rules as job_rules
from app.jobs import tasks
from app.reporting import built
from app.reporting.exports import services
from app.reporting.exports.models import Export
from tests.factories import cases as factory
from tests.factories import crowd, files, letters, people
from tests.integration.desk.conftest import Officer, drain, name_officer, officer_at, taken
from tests.integration.desk.test_queue import sent
from tests.visitor import Page


def ordered(app: Flask, by: Officer, kind: str = "csv", look: str = "tab=new") -> Page:
    """Order an export of the queue as its page does, and let the worker build it."""
    by.visitor.open(f"/en/desk/queue?{look}")
    by.visitor.follow("Export this list …")
    page = by.visitor.submit({"format": kind}, button="Build the file")
    assert "The file waits to be built." in page.text
    drain(app)
    return by.visitor.open(page.url)


def fetched(by: Officer, page: Page) -> bytes:
    answer = by.visitor.client.get(f"{page.url}/file")
    assert answer.status_code == 200, answer.headers.get("Location")
    assert int(answer.headers["Content-Length"]) == len(answer.data)
    assert answer.headers["Cache-Control"] == "no-store"
    data: bytes = answer.data
    return data


def rows_of(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def grow_old(app: Flask, by: Officer) -> None:
    """Have the session of an officer have given its code an hour ago."""
    with app.app_context(), transaction() as session:
        session.execute(
            update(SignIn)
            .where(SignIn.staff_id == by.actor.id)
            .values(confirmed_at=clock.now() - timedelta(hours=1))
        )


def test_a_view_is_exported_as_it_is_filtered(app: Flask, officer: Officer) -> None:
    references = sent(app, 2)
    with app.app_context(), transaction():
        factory.taken(people.account(), officer.actor)

    page = ordered(app, officer, look="tab=new&col=applicant&col=state")

    assert "The file is ready." in page.text
    with app.app_context():
        made_at = clock.local(db.session.scalars(select(Export.created_at)).one(), "Europe/Moscow")
    assert f"jaliya-{made_at:%Y%m%d-%H%M}" in page.text
    rows = rows_of(fetched(officer, page))
    assert [row["Reference"] for row in rows] == references
    assert list(rows[0]) == [
        "Reference",
        "Name in Arabic",
        "Name as in the passport",
        "Name in Russian",
        "State",
    ]
    assert {row["State"] for row in rows} == {"Received"}


def test_what_was_ticked_leaves_with_a_result_for_each_request(
    app: Flask, officer: Officer
) -> None:
    first, gone, other = sent(app, 3)
    officer.visitor.open("/en/desk/queue")
    officer.visitor.submit({"case": [first, gone]}, button="Do something with them …")
    page = officer.visitor.submit({}, button="Export …")
    assert page.heading == "Export 2 selected requests"
    page = officer.visitor.submit({"format": "csv"}, button="Build the file")
    with app.app_context(), transaction() as session:
        case = session.scalars(select(Case).where(Case.reference == gone)).one()
        case.post_id = people.post("kazan", "JK").id  # passed on before the worker came to it
    drain(app)

    page = officer.visitor.open(page.url)
    assert "The file is ready." in page.text
    assert [row["Reference"] for row in rows_of(fetched(officer, page))] == [first]
    page = officer.visitor.follow("Result for each request")
    assert "Ended: done for 1 of 2." in page.text
    assert re.search(rf"{first}.*Done", page.text) and other not in page.text
    # What went wrong stands in front.
    assert re.search(rf"{gone}.*Not done: your rights do not allow it.*{first}", page.text)


def test_a_selection_is_exported_after_the_code_and_by_who_made_it(
    app: Flask, officer: Officer
) -> None:
    with app.test_request_context(), transaction():
        uid = selections.begin([factory.submitted(people.account()).reference], actor=officer.actor)
        address = f"/en/desk/exports/selected/{uid.uid}"

    assert officer_at(app, Role.HEAD).visitor.open(address).status == 404
    assert officer.visitor.open(address).heading == "Export 1 selected request"
    grow_old(app, officer)
    assert officer.visitor.open(address).heading == "Confirm that it is you"


def test_how_far_an_export_has_come_is_shown_meanwhile(
    app: Flask, officer: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The builder is stopped after its first part, as a killed worker is, and another goes on."""
    monkeypatch.setattr(exporting, "AT_ONCE", 2)
    references = sent(app, 5)
    note, parts = services.note_progress, iter(range(9))

    def dying(uid: str, **how_far: int) -> None:
        note(uid, **how_far)
        if next(parts) == 1:
            raise SystemExit

    with app.test_request_context(), transaction():
        uid = selections.begin(references, actor=officer.actor).uid
    officer.visitor.open(f"/en/desk/exports/selected/{uid}")
    page = officer.visitor.submit({"format": "json"}, button="Build the file")
    monkeypatch.setattr(services, "note_progress", dying)
    with app.app_context(), pytest.raises(SystemExit):
        tasks.drain()
    half = officer.visitor.open(page.url)
    monkeypatch.setattr(services, "note_progress", note)
    with clock.pretend(clock.now() + job_rules.LEASE * 2):
        drain(app)

    assert "4 requests written so far." in half.text
    (bar,) = half.root.iter("progress")
    assert (bar.get("value"), bar.get("max")) == ("4", "5")
    page = officer.visitor.open(page.url)
    assert [row["reference"] for row in json.loads(fetched(officer, page))] == references


def test_a_name_that_was_searched_narrows_the_export(app: Flask, officer: Officer) -> None:
    (found, _other) = sent(app, 2)
    with app.app_context(), transaction() as session:
        case = session.scalars(select(Case).where(Case.reference == found)).one()
        account = people.account()
        person = factory.person(account, first="زينب")
        case.person = person
    officer.visitor.open("/en/desk/queue")
    officer.visitor.submit({"q": "زينب"}, button="Narrow down")
    officer.visitor.follow("Export this list …")

    page = officer.visitor.submit({"format": "json"}, button="Build the file")
    drain(app)

    assert [row["reference"] for row in json.loads(fetched(officer, page))] == [found]
    with app.app_context():
        assert "زينب".encode() not in db.session.scalars(select(Export.sealed_wish)).one()


def test_what_a_person_is_called_is_no_formula(app: Flask, officer: Officer) -> None:
    (reference,) = sent(app)
    officer.visitor.open("/en/desk")
    name_officer(app, officer, '=HYPERLINK("http://x")')
    with app.app_context(), transaction() as session:
        case = session.scalars(select(Case).where(Case.reference == reference)).one()
        case.assignee_id = officer.actor.id
        case.lease_until = clock.now() + timedelta(minutes=30)

    (row,) = rows_of(fetched(officer, ordered(app, officer, look="tab=all")))

    assert row["Officer"] == '\'=HYPERLINK("http://x")'


@pytest.mark.parametrize("kind", ["csv", "xlsx", "json"])
def test_every_page_of_a_long_list_is_there(
    app: Flask, officer: Officer, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "AT_ONCE", 7)
    with app.app_context(), transaction():
        crowd.clone(factory.submitted(people.account()), 29)

    data = fetched(officer, ordered(app, officer, kind))

    if kind == "xlsx":
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            assert archive.read("xl/worksheets/sheet1.xml").count(b"<row ") == 31
    else:
        rows = rows_of(data) if kind == "csv" else json.loads(data)
        assert len({row["Reference" if kind == "csv" else "reference"] for row in rows}) == 30


@pytest.mark.parametrize(
    ("tab", "column"), [("ended", Case.ended_at.key), ("all", Case.post_id.key)]
)
def test_a_list_that_changes_meanwhile_leaves_whole_and_once(
    app: Flask,
    officer: Officer,
    tab: str,
    column: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The case with which the next page begins is reopened, or passed on, between two pages."""
    monkeypatch.setattr(exporting, "AT_ONCE", 2)
    references = sent(app, 5)
    with app.app_context(), transaction() as session:
        kazan = people.post("kazan", "JK").id
        if tab == "ended":
            session.execute(update(Case).values(state=State.WITHDRAWN, ended_at=clock.now()))
    values = {column: kazan if tab == "all" else None}
    rows = queue.queue_page
    read: list[str] = []

    def changing(*args: Any, **how: Any) -> QueuePage:
        page = rows(*args, **how)
        if how["limit"] != exporting.AT_ONCE:
            return page  # That of the officer, not of the worker.
        if not read:
            with transaction() as session:
                named = Case.reference == page.after
                session.execute(update(Case).where(named).values(values))
        read.extend(case.reference for case in page.cases)
        return page

    monkeypatch.setattr(queue, "queue_page", changing)
    ordered(app, officer, "json", look=f"tab={tab}")

    assert len(read) == len(set(read)) == 4 and set(read) < set(references)


def test_a_case_leaves_with_its_papers(app: Flask, officer: Officer) -> None:
    reference = taken(app, officer, photo=files.jpeg())
    officer.visitor.open(f"/en/desk/cases/{reference}")
    officer.visitor.follow("Export with the papers …")
    page = officer.visitor.submit(button="Build the file")
    drain(app)

    with zipfile.ZipFile(io.BytesIO(fetched(officer, page))) as archive:
        names = archive.namelist()
        summary = archive.read("summary.html").decode()
        plain = json.loads(archive.read("summary.json"))
        photo = archive.read("papers/01-photo-01.jpg")

    assert {"summary.html", "summary.json"} < set(names)
    assert photo.startswith(b"\xff\xd8")
    with app.app_context():
        case = db.session.scalars(select(Case).where(Case.reference == reference)).one()
        number = str((case.person.details or {})["national_number"])
    assert reference in summary and number and number not in summary
    assert plain["reference"] == reference and plain["answers"] and plain["history"]
    assert plain["person"]["arabic"] and plain["person"]["born"] and "US dollars" in plain["fee"]
    assert plain["person"]["arabic"] in summary and plain["fee"] in summary


def test_a_case_leaves_although_the_bytes_of_a_document_are_lost(
    app: Flask, officer: Officer
) -> None:
    with app.app_context(), transaction():
        letters.publish()
        case = letters.in_production(people.account(), officer.actor)
        issuing.issue(
            case.reference, actor=officer.actor, seen=case.version, key=new_uid(), reason="-"
        )
        reference = case.reference
    drain(app)
    with app.app_context():
        document = db.session.scalars(select(IssuedDocument)).one().document
        assert document is not None
        storage.current().delete([storage.key_of(document.uid, storage.ORIGINAL)])
    officer.visitor.open(f"/en/desk/exports/case/{reference}")
    page = officer.visitor.submit(button="Build the file")
    drain(app)

    with zipfile.ZipFile(io.BytesIO(fetched(officer, page))) as archive:
        names = [name for name in archive.namelist() if name.startswith("documents/")]
    assert [name.rpartition(".")[2] for name in names] == ["lost"]


def test_the_code_is_asked_for_again_and_leads_back(app: Flask, officer: Officer) -> None:
    sent(app)
    secret = pyotp.random_base32()
    with app.app_context(), transaction() as session:
        session.get_one(StaffMember, officer.actor.id).totp = secret
    page = ordered(app, officer)
    grow_old(app, officer)

    answer = officer.visitor.client.get(f"{page.url}/file")
    assert answer.status_code == 302
    page = officer.visitor.open(answer.headers["Location"])
    assert page.heading == "Confirm that it is you"
    page = officer.visitor.submit({"code": "000000"}, button="Confirm")
    assert page.status == 422
    answer = officer.visitor.client.post(
        page.url,
        data={**values(page), "code": pyotp.TOTP(secret).at(clock.now())},
    )

    assert answer.status_code == 302
    fetch = officer.visitor.client.get(answer.headers["Location"])
    assert fetch.data.startswith(b"\xef\xbb\xbf")


def values(page: Page) -> dict[str, str]:
    form = page.form("Confirm")
    return {one.get("name", ""): one.get("value", "") for one in form.iter("input")}


@pytest.mark.parametrize("address", ["queue", "case/{reference}"])
def test_nothing_is_ordered_without_the_code(app: Flask, officer: Officer, address: str) -> None:
    (reference,) = sent(app)
    grow_old(app, officer)
    officer.visitor.open("/en/desk/queue")

    page = officer.visitor.open(f"/en/desk/exports/{address.format(reference=reference)}")

    assert page.heading == "Confirm that it is you"
    with app.app_context():
        assert db.session.scalars(select(Export)).all() == []


def test_who_asked_is_the_only_one_who_fetches(app: Flask, officer: Officer) -> None:
    sent(app)
    page = ordered(app, officer)

    for other in (officer_at(app, Role.OFFICER), officer_at(app, Role.HEAD)):
        assert other.visitor.open(page.url).status == 404
        assert other.visitor.client.get(f"{page.url}/file").status_code == 404


@pytest.mark.parametrize("role", [Role.RECEPTIONIST, Role.ADMIN, Role.AUDITOR])
def test_exports_are_for_officers(app: Flask, role: Role) -> None:
    assert officer_at(app, role).visitor.open("/en/desk/exports").status == 404


def test_who_may_not_any_more_gets_nothing(app: Flask, officer: Officer) -> None:
    sent(app)
    officer.visitor.open("/en/desk/exports/queue?tab=new")
    page = officer.visitor.submit({"format": "csv"}, button="Build the file")
    with app.app_context(), transaction() as session:
        for role in session.get_one(StaffMember, officer.actor.id).roles:
            session.delete(role)
    drain(app)

    with app.app_context():
        assert [one.ready_at for one in db.session.scalars(select(Export))] == [None]
    assert page.status == 200


def test_what_is_ready_is_fetched_from_the_list(app: Flask, officer: Officer) -> None:
    sent(app)
    page = ordered(app, officer)
    with app.app_context():
        name = db.session.scalars(select(Export)).one().file_name("Europe/Moscow")

    listed = officer.visitor.open("/en/desk/exports")

    assert listed.link(name) == f"{page.url}/file"


def test_ordering_and_fetching_are_on_record(app: Flask, officer: Officer) -> None:
    sent(app)
    fetched(officer, ordered(app, officer))

    with app.app_context():
        entries = db.session.scalars(
            select(AuditEntry).where(AuditEntry.object_kind == "export").order_by(AuditEntry.id)
        ).all()
        assert [one.action for one in entries] == ["export_ordered", "export_fetched"]
        assert {one.actor_id for one in entries} == {officer.actor.id}


def test_it_lies_sealed_and_is_removed_with_its_key(app: Flask, officer: Officer) -> None:
    (reference,) = sent(app)
    page = ordered(app, officer)
    with app.app_context():
        row = db.session.scalars(select(Export)).one()
        key_id, key = row.data_key_id, storage.key_of(str(row.parcel), "part-1")
        assert reference.encode() not in storage.current().get(key)

    later = clock.now() + timedelta(hours=13)
    with app.app_context(), transaction():
        services.forget_expired(later)

    with app.app_context():
        assert db.session.get_one(DataKey, key_id).wrapped is None
        with pytest.raises(storage.Missing):
            storage.current().get(key)
    assert officer.visitor.open(page.url).status == 404


def test_after_its_hours_it_is_not_found(app: Flask, officer: Officer) -> None:
    sent(app)
    page = ordered(app, officer)

    with app.app_context(), transaction() as session:
        session.execute(update(Export).values(expires_at=clock.now() - timedelta(seconds=1)))

    assert officer.visitor.open(page.url).status == 404


def test_a_large_file_is_kept_in_parts(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parcels, "PART", 10)
    with app.app_context(), transaction():
        key = factory.submitted(people.account()).data_key
        parts = parcels.put("a" * 32, io.BytesIO(b"x" * 25), data_key=key)

        assert parts == 3
        assert b"".join(parcels.read("a" * 32, parts, data_key=key)) == b"x" * 25


def test_building_it_twice_keeps_one_file(app: Flask, officer: Officer) -> None:
    sent(app)
    page = ordered(app, officer)
    first = fetched(officer, page)
    with app.app_context():
        uid = db.session.scalars(select(Export.uid)).one()
        built.keep(Export, uid, io.BytesIO(b"another"))

    assert fetched(officer, page) == first


def test_a_session_that_just_signed_in_needs_no_second_code(app: Flask, officer: Officer) -> None:
    with time_machine.travel(clock.now() + timedelta(minutes=4)):
        assert officer.visitor.open("/en/desk/exports/queue").heading == "Export this list"
