"""What becomes of each paper and page of a request, as officer and citizen read it."""

import io
from datetime import timedelta

import pytest
from flask import Flask

from app.accounts.models import Account
from app.cases import contents, queries
from app.cases import services as cases
from app.cases.models import CaseAnswers, CaseFile, CaseItem
from app.cases.rules import ItemKind, ItemState
from app.core import clock
from app.core.actor import Role
from app.core.db import db, new_uid, transaction
from app.desk import versions
from app.documents import services as documents
from app.documents.models import DocumentState
from tests.databases import counted_queries
from tests.factories import cases as factory
from tests.factories import files, people
from tests.integration.desk.conftest import Attached, Officer, drain, officer_at, submitted, taken
from tests.integration.desk.test_review import opened, uids, verdicts
from tests.integration.desk.test_second import citizen_of
from tests.visitor import Page, text_of, values_of


def state_of(app: Flask, reference: str, by: Officer, key: str) -> ItemState:
    with app.app_context():
        case = queries.get_case(reference, by.actor)
        return queries.find_item(case, ItemKind.PAPER, key).state


def line_of(page: Page, title: str) -> str:
    """Return what the page of a case says of one item."""
    lines = (text_of(one) for one in page.by_class("s-ans"))
    return next(line for line in lines if title in line)


def card_of(app: Flask, reference: str, by: Officer, title: str) -> str:
    """Return what the citizen reads of one of their papers."""
    page = citizen_of(app, reference, by).open(f"/en/requests/{reference}")
    return next(text for one in page.by_class("j-doc") if title in (text := text_of(one)))


PHOTO = "A recent photo"


def test_a_file_that_is_being_scanned_is_said_to_be(app: Flask, officer: Officer) -> None:
    reference = submitted(app, photo=files.jpeg())

    assert "Being scanned" in line_of(opened(officer, reference), PHOTO)
    assert "Received, being checked for viruses" in card_of(app, reference, officer, PHOTO)

    drain(app)
    assert "Not checked yet" in line_of(opened(officer, reference), PHOTO)
    assert "Received, not checked yet" in card_of(app, reference, officer, PHOTO)


@pytest.mark.parametrize(
    ("verdict", "state", "staff", "citizen"),
    [
        ("accepted", ItemState.ACCEPTED, "Accepted", "Accepted"),
        ("rejected", ItemState.REJECTED, "Asked for again", "To be replaced"),
        ("waived", ItemState.WAIVED, "Not needed", "Not needed"),
    ],
)
def test_a_verdict_is_read_by_colleagues_and_by_the_citizen(
    app: Flask, officer: Officer, verdict: str, state: ItemState, staff: str, citizen: str
) -> None:
    reference = taken(app, officer)
    photo = uids(app, reference, officer)["photo"]
    opened(officer, reference)

    sent = {f"verdict-{photo}": verdict, f"reason-{photo}": "background"}
    officer.visitor.submit(sent, button="Save")

    assert state_of(app, reference, officer, "photo") is state
    assert staff in line_of(opened(officer_at(app, *officer.actor.roles), reference), PHOTO)
    assert citizen in card_of(app, reference, officer, PHOTO)
    assert values_of(opened(officer, reference).form("Save"))[f"verdict-{photo}"] == verdict


def test_with_a_paper_waived_a_request_is_accepted(app: Flask, officer: Officer) -> None:
    reference = taken(app, officer)
    photo = uids(app, reference, officer)["photo"]
    opened(officer, reference)

    sent = verdicts(app, reference, officer) | {f"verdict-{photo}": "waived"}
    page = officer.visitor.submit(sent, button="Accept the request")

    assert "The papers are accepted. The citizen has been told." in page.text
    assert "Not needed: A recent photo" in text_of(page.by_class("s-history")[0])


def test_a_paper_that_was_left_out_is_seen_and_can_be_asked_for(
    app: Flask, officer: Officer
) -> None:
    reference = taken(app, officer)
    with app.app_context(), transaction():
        item = _item(reference, officer, "civil_extract")
        uid, item.state = item.uid, ItemState.WAIVED
        _take_files(item)
    page = opened(officer, reference)
    (line,) = [one for one in page.by_class("s-ans") if one.get("data-item") == uid]

    values = [one.get("value") for one in line.iter("input")]
    assert values == ["waived", "rejected"]
    assert "1 of 6 checked" in page.text
    sent = verdicts(app, reference, officer) | {
        f"verdict-{uid}": "rejected",
        f"note-{uid}": "Bring the extract after all",
    }
    officer.visitor.submit(sent, button="Ask the citizen")
    assert state_of(app, reference, officer, "civil_extract") is ItemState.REJECTED


def _item(reference: str, by: Officer, key: str) -> CaseItem:
    return queries.find_item(queries.get_case(reference, by.actor), ItemKind.PAPER, key)


def _take_files(item: CaseItem) -> None:
    for file in list(item.files):
        item.files.remove(file)
        db.session.delete(file)


@pytest.mark.parametrize(("key", "verdict"), [("page:declaration", "waived"), ("gone", "accepted")])
def test_what_cannot_be_said_of_an_item_is_refused(
    app: Flask, officer: Officer, key: str, verdict: str
) -> None:
    reference = taken(app, officer)
    known = uids(app, reference, officer)
    with app.app_context(), transaction():
        item = _item(reference, officer, "photo")
        known["gone"] = item.uid
        _take_files(item)
    opened(officer, reference)

    page = officer.visitor.submit({f"verdict-{known[key]}": verdict}, button="Save")

    assert page.status == 422
    assert "this cannot be said of it" in page.errors[0]


def resent(app: Flask, by: Officer) -> str:
    """Return a case whose photo was asked for again and replaced, and not handed in yet."""
    reference = taken(app, by, photo=files.jpeg())
    with app.app_context(), transaction() as session:
        case = queries.get_case(reference, by.actor)
        case = factory.reject(case, "photo", by.actor)
        case = cases.ask_correction(
            reference,
            until_on=clock.today("Europe/Moscow") + timedelta(days=5),
            actor=by.actor,
            seen=case.version,
            key=new_uid(),
        )
        document = documents.receive(
            Attached(io.BytesIO(files.jpeg()), "new.jpg"),
            data_key=case.data_key,
            formats=("jpeg",),
        )
        owner = factory.citizen(session.get_one(Account, case.account_id))
        cases.attach(reference, "photo", document, actor=owner)
    drain(app)
    return reference


def test_a_replaced_paper_is_said_to_be_until_it_is_handed_in(app: Flask, officer: Officer) -> None:
    reference = resent(app, officer)

    assert state_of(app, reference, officer, "photo") is ItemState.REPLACED
    assert "Replaced, not checked yet" in line_of(opened(officer, reference), PHOTO)
    assert "Replaced, not sent yet" in card_of(app, reference, officer, PHOTO)


def test_every_version_of_a_paper_is_kept_and_looked_at(app: Flask, officer: Officer) -> None:
    reference = resent(app, officer)
    opened(officer, reference)

    page = officer.visitor.follow("1 earlier version")

    assert "Version 2Counts now" in page.text and "Version 1Replaced" in page.text
    assert page.text.index("new.jpg") < page.text.index("صورة.jpg")
    images = [
        str(one.get("src")) for one in page.root.iter("img") if "/files/" in str(one.get("src"))
    ]
    assert len(images) == 2
    for image in images:
        answer = officer.visitor.client.get(image)
        assert (answer.status_code, answer.mimetype) == (200, "image/jpeg")
        assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    stranger = officer_at(app, Role.OFFICER, post="kazan", prefix="JK").visitor.client
    assert stranger.get(images[0]).status_code == 404
    assert officer.visitor.client.get(images[0].replace("/1.jpg", "/2.jpg")).status_code == 404


def test_a_version_that_was_refused_by_the_checks_is_named_and_not_shown(
    app: Flask, officer: Officer
) -> None:
    reference = resent(app, officer)
    with app.app_context(), transaction():
        old = next(one for one in _item(reference, officer, "photo").files if one.replaced_at)
        old.document.state, uid = DocumentState.REFUSED, old.document.uid
    opened(officer, reference)

    page = officer.visitor.follow("1 earlier version")

    assert "unreadable or unsafe" in page.text
    image = officer.visitor.client.get(f"/en/desk/cases/{reference}/files/{uid}/1.jpg")
    assert image.status_code == 404


def test_every_version_of_answers_is_kept_and_numbers_stay_covered(
    app: Flask, officer: Officer
) -> None:
    reference = taken(app, officer)
    number = str(factory.ANSWERS["travel_document"]["old_number"])
    with app.app_context(), transaction():
        case = queries.get_case(reference, officer.actor)
        case.person.details = {**(case.person.details or {}), "passport_number": number}
        item = queries.find_item(case, ItemKind.ANSWERS, "travel_document")
        values = {**factory.ANSWERS["travel_document"], "expires": "2031"}
        row = CaseAnswers(item=item, revision=2, saved_at=clock.now())
        row.values = values
        db.session.add(row)
    opened(officer, reference)

    page = officer.visitor.follow("1 earlier version")

    newest, first = map(text_of, page.by_class("j-card"))
    assert "2031" in newest and "2031" not in first
    assert number not in page.text and number[-3:] in page.text


@pytest.mark.parametrize("language", ["ar", "ru"])
def test_versions_are_read_in_the_language_of_the_officer(
    app: Flask, officer: Officer, language: str
) -> None:
    reference = resent(app, officer)
    uid = uids(app, reference, officer)["photo"]

    page = officer.visitor.open(f"/{language}/desk/cases/{reference}/items/{uid}")

    assert (page.status, page.language) == (200, language)
    assert officer.visitor.open(f"/en/desk/cases/{reference}/items/nonsense").status == 404


def test_more_versions_ask_no_more_of_the_database(app: Flask, officer: Officer) -> None:
    reference = resent(app, officer)
    uid = uids(app, reference, officer)["photo"]
    path = f"/en/desk/cases/{reference}/items/{uid}"

    def sent() -> int:
        officer.visitor.open(path)
        with counted_queries(app) as statements:
            officer.visitor.open(path)
        return len(statements)

    few = sent()
    with app.app_context(), transaction():
        case = queries.get_case(reference, officer.actor)
        for n in range(3):
            at = clock.now() - timedelta(hours=n + 1)
            file = CaseFile(document=factory.document(case), created_at=at, replaced_at=at)
            queries.find_item(case, ItemKind.PAPER, "photo").files.append(file)

    assert sent() == few


def test_files_that_are_replaced_together_are_one_version(app: Flask, officer: Officer) -> None:
    with app.test_request_context(), transaction():
        account = people.account()
        case = factory.asked(account, officer.actor, "old_passport")
        item = queries.find_item(case, ItemKind.PAPER, "old_passport")
        item.files.append(CaseFile(document=factory.document(case), created_at=clock.now()))
        db.session.flush()
        assert len(contents.live_files(item)) == 2

        factory.attach(case, "old_passport", factory.citizen(account))

        assert versions.count_earlier(item) == 1
