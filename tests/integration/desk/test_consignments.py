"""The pages of consignments: packed from the queue, sealed, sent, compared with what came back."""

import pytest
from flask import Flask

from app.accounts import sessions
from app.accounts.models import Account
from app.cases import queries
from app.cases.consignments import manifest, travelling
from app.cases.consignments import queries as consignments
from app.cases.rules import State
from app.core import clock, i18n
from app.core.actor import SYSTEM, Role
from app.core.db import db, transaction
from app.core.errors import Conflict
from app.jobs.models import JobState
from tests.databases import counted_queries
from tests.factories import consignments as pouch
from tests.factories import people
from tests.factories.jobs import find_job
from tests.integration.desk.conftest import Officer, drain, officer_at
from tests.integration.desk.test_queue import found
from tests.visitor import Visitor, values_of


def waiting(app: Flask, by: Officer, number: int = 1) -> list[str]:
    with app.app_context(), transaction():
        return [pouch.waiting(by.actor).reference for _ in range(number)]


def state_of(app: Flask, reference: str) -> State:
    with app.app_context():
        return queries.get_case(reference, SYSTEM).state


def sent(app: Flask, by: Officer, number: int = 1) -> tuple[str, list[str]]:
    with app.app_context():
        return pouch.sent(by.actor, number)


def uid_of_place(app: Flask, reference: str) -> str:
    with app.app_context():
        item = consignments.find_last(queries.get_case(reference, SYSTEM).id)
        assert item is not None
        return item.uid


def test_requests_are_packed_from_the_queue_and_sealed(app: Flask, officer: Officer) -> None:
    ticked, left = waiting(app, officer, 2)
    visitor = officer.visitor
    page = visitor.open("/en/desk/queue?tab=capital")
    assert set(found(page.text)) == {ticked, left}

    visitor.submit({"case": [ticked]}, button="Do something with them")
    page = visitor.submit(button="Put in")
    drain(app)
    assert "Ended: done for 1 of 1." in visitor.open(page.url).text
    visitor.open("/en/desk/consignments")
    visitor.follow("Open consignment")
    page = visitor.submit({"seal": "SY 1", "language": "en"}, button="Seal the consignment")

    assert page.heading.startswith("Consignment 1/")
    assert "its manifest is being made" in page.text
    assert found(page.text) == [ticked]


def test_one_request_is_packed_from_its_page_and_taken_out(app: Flask, officer: Officer) -> None:
    (reference,) = waiting(app, officer)
    visitor = officer.visitor
    visitor.open(f"/en/desk/cases/{reference}")

    page = visitor.submit(button="Put into the consignment")
    assert "Open consignment" in page.text
    visitor.follow("Open consignment")
    page = visitor.submit(button="Take out")

    assert "There is nothing in this consignment." in page.text
    assert found(visitor.open("/en/desk/queue?tab=capital").text) == [reference]


def test_it_is_sent_received_and_the_manifest_is_downloaded(app: Flask, officer: Officer) -> None:
    with app.app_context():
        with transaction():
            uid, _references = pouch.filled(officer.actor)
            pouch.seal(uid, officer.actor)
        pouch.make_manifest(uid)
    visitor, today = officer.visitor, pouch.today().isoformat()
    visitor.open(f"/en/desk/consignments/{uid}")
    assert values_of(visitor.page.form("It has"))["sent_on"] == today
    page = visitor.submit({"courier": "DHL", "tracking": "77"}, button="It has")
    assert "The consignment has left." in page.text
    drain(app)
    page = visitor.submit({}, button="Note the")

    assert "In the capital" in page.text and "Reported by" not in page.text
    pdf = visitor.client.get(f"/en/desk/consignments/{uid}/manifest.pdf")
    assert (pdf.status_code, pdf.data[:5]) == (200, b"%PDF-")
    assert "sandbox" in pdf.headers["Content-Security-Policy"]


def test_a_manifest_that_could_not_be_made_is_ordered_again(app: Flask, officer: Officer) -> None:
    with app.app_context(), transaction():
        uid, _references = pouch.filled(officer.actor)
        pouch.seal(uid, officer.actor)
    visitor = officer.visitor
    again = "Make the manifest again"
    assert again not in visitor.open(f"/en/desk/consignments/{uid}").text
    with app.app_context(), transaction():
        job = find_job(f"{manifest.MAKE}/{uid}")
        assert job is not None
        job.state, job.ended_at, job.last_error = JobState.FAILED, clock.now(), "OSError"

    first = visitor.open(f"/en/desk/consignments/{uid}")
    assert "The manifest could not be made." in first.text
    visitor.submit(button=again)
    assert again not in visitor.page.text
    visitor.page = first
    assert visitor.submit(button=again).status == 200
    drain(app)

    assert "Download the manifest" in visitor.open(f"/en/desk/consignments/{uid}").text


def test_a_form_whose_leg_is_over_leads_back_to_the_page_of_now(
    app: Flask, officer: Officer
) -> None:
    with app.app_context(), transaction():
        uid, _references = pouch.filled(officer.actor)
    officer.visitor.open(f"/en/desk/consignments/{uid}")
    with app.app_context():
        with transaction():
            pouch.seal(uid, officer.actor)
        pouch.make_manifest(uid)

    page = officer.visitor.submit({"seal": "", "language": "en"}, button="Seal the")

    assert page.status == 200 and "This was changed meanwhile." in page.text


def test_nobody_orders_a_manifest_that_is_being_made(app: Flask, officer: Officer) -> None:
    with app.app_context(), transaction():
        uid, _references = pouch.filled(officer.actor)
        box = pouch.seal(uid, officer.actor)
        assert not manifest.is_missing(box)
        with pytest.raises(Conflict):
            travelling.make_manifest(uid, actor=officer.actor)


def test_a_day_that_cannot_be_is_said_at_its_field(app: Flask, officer: Officer) -> None:
    uid, _references = sent(app, officer)
    visitor = officer.visitor
    visitor.open(f"/en/desk/consignments/{uid}")

    page = visitor.submit({"received_on": "2020-01-01", "reported_by": "X"}, button="Note the")

    assert page.status == 422
    assert any("cannot be in the future" in error for error in page.errors)


def test_what_came_back_is_compared_case_by_case(app: Flask, officer: Officer) -> None:
    uid, (done, refused, missing) = sent(app, officer, 3)
    (stray,) = waiting(app, officer)
    visitor, place = officer.visitor, uid_of_place(app, refused)
    visitor.open(f"/en/desk/consignments/{uid}/return")

    page = visitor.submit({f"result-{place}": "refused"}, button="Save")
    assert page.status == 422 and f"{refused}: write what the capital says." in page.text
    reason = {f"reason-{place}": "No record of it"}
    ready = {f"result-{uid_of_place(app, done)}": "produced"}
    visitor.submit(reason | ready | {"reference": stray}, button="Add to the list")
    page = visitor.submit(button="Go on")
    assert "1 request was not looked at and counts as missing." in page.text
    assert "2 requests came back done and go on." in page.text
    page = visitor.submit({"returned_on": pouch.today().isoformat()}, button="Count it")
    drain(app)

    assert "Missing" in page.text and "not on the list" in page.text
    states = [state_of(app, one) for one in (done, refused, missing, stray)]
    assert states == [State.READY, State.REFUSED, State.IN_PROGRESS, State.READY]


def test_what_was_missing_is_found_later(app: Flask, officer: Officer) -> None:
    uid, (reference,) = sent(app, officer)
    visitor = officer.visitor
    visitor.open(f"/en/desk/consignments/{uid}/return/end")
    visitor.submit({"returned_on": pouch.today().isoformat()}, button="Count it")
    drain(app)
    visitor.follow("Something was found …")

    place, day = uid_of_place(app, reference), pouch.today().isoformat()
    page = visitor.submit({f"result-{place}": "produced", "returned_on": day}, button="Note what")

    assert "What was found is noted" in page.text
    assert state_of(app, reference) is State.READY


def test_the_officer_reads_where_the_papers_are(app: Flask, officer: Officer) -> None:
    _uid, (reference,) = sent(app, officer)

    page = officer.visitor.open(f"/en/desk/cases/{reference}")

    assert "On its way" in page.text
    assert "Stopped while the post waits for others" in page.text


def test_the_citizen_reads_the_day_on_which_they_left(app: Flask, officer: Officer) -> None:
    _uid, (reference,) = sent(app, officer)
    with app.test_request_context(), transaction():
        account_id = queries.get_case(reference, SYSTEM).account_id
        token = sessions.begin(account=db.session.get_one(Account, account_id))
        day = i18n.day(pouch.today())
    client = app.test_client()
    client.set_cookie("jaliya-id", token)

    page = Visitor(client).open(f"/ar/requests/{reference}")

    assert f"أُرسلت الأوراق إلى دمشق يوم {day}" in page.text
    assert "حساب المدة متوقف" in page.text


def test_a_worker_of_a_consignment_is_not_asked_for_from_outside(
    app: Flask, officer: Officer
) -> None:
    (reference,) = waiting(app, officer)
    visitor = officer.visitor
    visitor.open("/en/desk/queue?tab=capital")
    page = visitor.submit({"case": [reference]}, button="Do something with them")
    token = visitor.page.form("Put in").find(".//*[@name='csrf_token']")
    assert page.status == 200 and token is not None

    answer = visitor.client.post(
        "/en/desk/bulk", data={"csrf_token": token.get("value"), "case": reference, "do": "send"}
    )

    assert answer.status_code == 400


@pytest.mark.parametrize("role", [Role.RECEPTIONIST, Role.ADMIN, Role.AUDITOR])
def test_consignments_are_for_officers(app: Flask, role: Role) -> None:
    assert officer_at(app, role).visitor.open("/en/desk/consignments").status == 404


def test_another_post_finds_nothing(app: Flask, officer: Officer) -> None:
    uid, _references = sent(app, officer)
    stranger = officer_at(app, Role.HEAD, post="berlin", prefix="JB")

    for address in (uid, f"{uid}/return", f"{uid}/return/end", f"{uid}/manifest.pdf"):
        assert stranger.visitor.open(f"/en/desk/consignments/{address}").status == 404


@pytest.mark.parametrize("address", ["", "/{uid}", "/{uid}/return", "/{uid}/return/end"])
def test_queries_do_not_grow_with_what_lies_in_it(
    app: Flask, officer: Officer, address: str
) -> None:
    counts = []
    for number in (1, 4):
        uid, _references = sent(app, officer, number)
        officer.visitor.open("/en/desk/consignments")
        with counted_queries(app) as queries_sent:
            officer.visitor.open(f"/en/desk/consignments{address.format(uid=uid)}")
        counts.append(len(queries_sent))

    assert counts[0] == counts[1]


def test_the_head_reads_what_is_away_too_long(
    app: Flask, officer: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent(app, officer)
    head = officer_at(app, Role.HEAD)
    assert "away for too long" not in head.visitor.open("/en/desk").text
    with app.app_context(), transaction() as session:
        (box, _count), *_rest = consignments.list_consignments(people.post().id)
        session.merge(box).sent_on = pouch.days_ago(60)

    assert "Consignments away for too long" in head.visitor.open("/en/desk").text
    assert "Consignments away for too long" not in officer.visitor.open("/en/desk").text
    assert "away for too long" in head.visitor.open("/en/desk/consignments").text
