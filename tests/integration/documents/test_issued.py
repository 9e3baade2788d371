"""A document of a case: issued, made by the worker, superseded, revoked, verified by anybody."""

import hashlib
import re

import pypdfium2
import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.audit.models import AuditEntry
from app.cases import issuing, queries
from app.cases import services as cases
from app.core import signing
from app.core.actor import SYSTEM, Actor, Role
from app.core.crypto import keyring
from app.core.db import db, new_uid, transaction
from app.core.errors import Conflict, Invalid, InvalidTransition, NotAllowed, NotFound
from app.documents import issued, storage
from app.documents import services as documents
from app.documents.models import Document, IssuedDocument, IssuedState
from app.notifications.models import Message
from tests.factories import cases as factory
from tests.factories import letters, people
from tests.integration.desk.conftest import Officer, drain, officer_at
from tests.visitor import Page, Visitor

WHY = "صُحّح الاسم"


def case_of(app: Flask, officer: Officer, **service: object) -> str:
    with app.app_context(), transaction():
        letters.publish(**service)  # type: ignore[arg-type]
        return letters.in_production(people.account(), officer.actor).reference


def order(app: Flask, reference: str, actor: Actor, key: str = "") -> str:
    with app.app_context(), transaction():
        seen = queries.get_case(reference, actor).version
        return issuing.issue(
            reference, actor=actor, seen=seen, key=key or new_uid(), reason=WHY
        ).uid


def make(app: Flask, reference: str, actor: Actor) -> str:
    """Return the code of a document that was issued and made."""
    uid = order(app, reference, actor)
    drain(app)
    with app.app_context():
        return found(uid).code


def found(uid: str) -> IssuedDocument:
    row = issued.find_by_uid(uid)
    assert row is not None
    return row


def test_the_worker_makes_what_was_issued(app: Flask, officer: Officer) -> None:
    reference = case_of(app, officer)

    uid = order(app, reference, officer.actor)
    drain(app)

    with app.app_context():
        row = found(uid)
        assert row.state is IssuedState.VALID and row.document is not None
        pdf = issued.pdf_of(row)
        text = text_of(pdf)
        stored = storage.current().get(storage.key_of(row.document.uid, storage.ORIGINAL))
    assert pdf.startswith(b"%PDF-") and pdf not in stored
    assert row.document.sha256 == hashlib.sha256(pdf).hexdigest()
    for word in ("регистрации", "Halabi", "سامر"):
        assert sorted(word) in [sorted(part) for part in re.findall(r"[\w]+", text)], word


@pytest.mark.parametrize(("family", "shown"), [("Аль-Халаби", "Лаян"), ("", "Halabi")])
def test_russian_takes_a_whole_name_or_that_of_the_passport(
    app: Flask, officer: Officer, family: str, shown: str
) -> None:
    reference = case_of(app, officer)
    with app.app_context(), transaction():
        person = queries.get_case(reference, officer.actor).person
        named = {"first_ru": "Лаян", "family_ru": family}
        person.details = (person.details or {}) | named
    uid = order(app, reference, officer.actor)

    with app.app_context():
        case = queries.get_case(reference, officer.actor)
        half = issuing.content(case, found(uid))["ru"]

    assert isinstance(half, dict)
    assert shown in half["rows"][0]["text"]


def text_of(pdf: bytes) -> str:
    page = pypdfium2.PdfDocument(pdf)[0]
    return str(page.get_textpage().get_text_range())


def test_the_same_form_issues_once(app: Flask, officer: Officer) -> None:
    reference = case_of(app, officer)

    first = order(app, reference, officer.actor, key="a" * 32)
    again = order(app, reference, officer.actor, key="a" * 32)

    assert first == again
    with app.app_context(), pytest.raises(Conflict), transaction():
        case = queries.get_case(reference, officer.actor)
        issuing.issue(reference, actor=officer.actor, seen=case.version, key=new_uid())


def test_an_order_that_nobody_made_is_made_again(app: Flask, officer: Officer) -> None:
    reference = case_of(app, officer)
    uid = order(app, reference, officer.actor)
    with app.app_context(), transaction():
        row = found(uid)
        row.ordered_at -= issued.STUCK_AFTER * 2

    assert order(app, reference, officer.actor) == uid


def test_it_is_issued_when_the_path_has_come_so_far_and_by_reviewers(
    app: Flask, officer: Officer
) -> None:
    with app.app_context(), transaction():
        letters.publish()
        early = factory.taken(people.account(), officer.actor)
        ready = letters.ready(people.account(), officer.actor)
        clerk = factory.officer(role=Role.RECEPTIONIST)

        with pytest.raises(InvalidTransition):
            issuing.issue(early.reference, actor=officer.actor, seen=early.version, key=new_uid())
        with pytest.raises(NotAllowed):
            issuing.issue(ready.reference, actor=clerk, seen=ready.version, key=new_uid())
        with pytest.raises(Conflict):
            issuing.issue(ready.reference, actor=officer.actor, seen=1, key=new_uid())
        made = issuing.issue(
            ready.reference, actor=officer.actor, seen=ready.version, key=new_uid()
        )
        assert made.state is IssuedState.ORDERED


@pytest.mark.proves("verify_token-002")
def test_issued_anew_it_supersedes_the_one_before(
    app: Flask, officer: Officer, visitor: Visitor
) -> None:
    reference = case_of(app, officer)
    first = make(app, reference, officer.actor)
    second = make(app, reference, officer.actor)

    assert "It is not valid any more." in verify(visitor, first).text
    assert "Valid" in verify(visitor, second).text
    with app.app_context():
        rows = issued.list_of(queries.get_id(reference, SYSTEM))
        assert [(row.number, row.state.value) for row in rows] == [(2, "valid"), (1, "superseded")]
        told = db.session.scalars(select(Message.event).order_by(Message.id)).all()
        assert [one for one in told if one.startswith("document")] == [
            "document_issued",
            "document_replaced",
        ]


def test_a_valid_document_is_replaced_for_a_reason_only(app: Flask, officer: Officer) -> None:
    reference = case_of(app, officer)
    make(app, reference, officer.actor)
    with app.app_context(), transaction():
        seen = queries.get_case(reference, officer.actor).version
        with pytest.raises(Invalid):
            issuing.issue(reference, actor=officer.actor, seen=seen, key=new_uid())

    officer.visitor.open(f"/en/desk/cases/{reference}")
    page = officer.visitor.follow("Issue anew …")
    page = officer.visitor.submit({"reason": " "}, button="Issue anew")
    assert page.status == 422 and page.errors
    page = officer.visitor.submit({"reason": WHY}, button="Issue anew")
    drain(app)

    assert WHY in officer.visitor.open(f"/en/desk/cases/{reference}").text
    with app.app_context():
        rows = issued.list_of(queries.get_id(reference, SYSTEM))
        assert [row.state.value for row in rows] == ["valid", "superseded"]


def test_an_officer_writes_what_a_document_says(app: Flask, officer: Officer) -> None:
    words = {language: f"{text}\n\n{{statement}}" for language, text in letters.WORDS.items()}
    reference = case_of(app, officer, words=words)
    officer.visitor.open(f"/en/desk/cases/{reference}")
    officer.visitor.follow("Issue the document …")
    page = officer.visitor.submit({"statement_ar": "يدرس منذ سنتين"}, button="Issue the document")
    assert page.status == 422 and "in Russian" in page.errors[0]

    said = {"statement_ar": "يدرس منذ سنتين", "statement_ru": "Учится второй год {name}"}
    officer.visitor.submit(said, button="Issue the document")
    drain(app)

    with app.app_context():
        case = queries.get_case(reference, SYSTEM)
        (row,) = issued.list_of(case.id)
        halves = issuing.content(case, row)
        assert "второй".encode() not in (row.sealed_statement or b"")
    for language, text in (("ar", said["statement_ar"]), ("ru", said["statement_ru"])):
        half = halves[language]
        assert isinstance(half, dict) and text in half["paragraphs"]


def test_no_case_has_two_valid_documents(app: Flask, officer: Officer) -> None:
    reference = case_of(app, officer)
    make(app, reference, officer.actor)
    make(app, reference, officer.actor)

    with app.app_context(), pytest.raises(IntegrityError), transaction():
        for row in issued.list_of(queries.get_id(reference, SYSTEM)):
            row.state = IssuedState.VALID
        db.session.flush()


def verify(visitor: Visitor, code: str) -> Page:
    visitor.open("/en/verify")
    return visitor.submit({"code": code}, button="Verify")


@pytest.mark.proves("S48", "verify_token-002")
def test_anybody_reads_the_least_and_no_name(
    app: Flask, officer: Officer, visitor: Visitor
) -> None:
    code = make(app, case_of(app, officer), officer.actor)

    for typed in (code, code.lower().replace("-", " ")):
        page = verify(visitor, typed)
        assert page.status == 200
        assert "Registration letter" in page.text and "Valid" in page.text
        assert "Halabi" not in page.text and "ليان" not in page.text


def test_whatever_is_unknown_gets_one_answer(
    app: Flask, officer: Officer, visitor: Visitor
) -> None:
    reference = case_of(app, officer)
    code = make(app, reference, officer.actor)
    waiting = order(app, reference, officer.actor)
    with app.app_context():
        waiting = found(waiting).code
        forged = f"/en/verify/{code}/{signing.current_key()}/{'A' * 22}"
    wrong = code[:-1] + ("A" if code[-1] != "A" else "C")

    answers = [verify(visitor, one) for one in ("DC-0000-0000-0", wrong, waiting, "x", reference)]
    answers += [visitor.open(forged), visitor.open(forged.replace(code, "DC-0000-0000-0"))]

    said = {re.sub(r"Error: ", "", page.text) for page in answers}
    assert {page.status for page in answers} == {404}
    assert all("No document has this code" in one for one in said)
    assert len(said) == 1, said


@pytest.mark.proves("S48", "verify_token-004")
def test_the_code_to_scan_is_signed_and_survives_a_new_key(
    app: Flask, officer: Officer, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    reference = case_of(app, officer)
    code = make(app, reference, officer.actor)
    with app.app_context():
        row = issued.find_by_code(code)
        assert row is not None
        address = issued.address_of(row).removeprefix("http://localhost")
        ring = keyring()
    page = visitor.open(address)
    assert "Valid" in visitor.open(f"/en{address}").text
    assert page.status == 200

    newer = type(ring)({"newer000": b"n" * 32, **ring.masters}, "newer000", ring.index_key)
    monkeypatch.setitem(app.extensions, "keyring", newer)
    assert "Valid" in visitor.open(f"/en{address}").text
    without = type(ring)({"newer000": b"n" * 32}, "newer000", ring.index_key)
    monkeypatch.setitem(app.extensions, "keyring", without)
    assert visitor.open(f"/en{address}").status == 404


@pytest.mark.proves("S48")
def test_guessing_codes_is_counted_by_network(app: Flask) -> None:
    client = app.test_client()
    guesser = Visitor(client)
    client.environ_base["REMOTE_ADDR"] = "203.0.113.9"
    statuses = {verify(guesser, "DC-0000-0000-0").status for _n in range(61)}

    assert statuses == {404, 429}


@pytest.mark.parametrize("language", ["ar", "ru", "en"])
def test_the_page_speaks_the_language_of_whoever_verifies(
    app: Flask, officer: Officer, visitor: Visitor, language: str
) -> None:
    code = make(app, case_of(app, officer), officer.actor)
    with app.app_context():
        row = issued.find_by_code(code)
        assert row is not None
        address = issued.address_of(row).removeprefix("http://localhost")

    page = visitor.open(f"/{language}{address}")

    assert letters.NAME[language] in page.text


@pytest.mark.proves("S48", "verify_token-002")
def test_the_head_revokes_with_a_reason_asked_twice(
    app: Flask, officer: Officer, head: Officer, visitor: Visitor
) -> None:
    reference = case_of(app, officer)
    code = make(app, reference, officer.actor)
    address = f"/en/desk/cases/{reference}/document/1/revoke"
    assert officer.visitor.open(address).status == 404

    page = head.visitor.open(address)
    page = head.visitor.submit({"reason": " "}, button="Continue")
    assert page.status == 422 and "Say why" in page.text
    page = head.visitor.submit({"reason": "The passport was forged"}, button="Continue")
    assert "Revoke for good" in page.text and "Valid" in verify(visitor, code).text
    page = head.visitor.submit({}, button="Revoke for good")

    assert "The document is revoked" in page.text
    assert "Revoked" in verify(visitor, code).text
    assert "forged" not in verify(visitor, code).text
    with app.app_context():
        entry = db.session.scalars(
            select(AuditEntry).where(AuditEntry.action == "document_revoked")
        ).one()
        assert entry.actor_id == head.actor.id and "forged" not in str(entry.fields)
        row = issued.find_by_code(code)
        assert row is not None and row.reason == "The passport was forged"
        assert b"forged" not in (row.sealed_reason or b"")


def test_a_revoked_document_is_not_revoked_again_and_may_be_replaced(
    app: Flask, officer: Officer, head: Officer, visitor: Visitor
) -> None:
    reference = case_of(app, officer)
    make(app, reference, officer.actor)
    with app.app_context(), transaction():
        issuing.revoke(reference, 1, reason="x", actor=head.actor)
    with app.app_context(), transaction():
        issuing.revoke(reference, 1, reason="y", actor=head.actor)
        assert issued.get_numbered(queries.get_id(reference, SYSTEM), 1).reason == "x"

    second = make(app, reference, officer.actor)

    assert "Valid" in verify(visitor, second).text


def test_what_was_ordered_anew_goes_with_the_document_that_is_revoked(
    app: Flask, officer: Officer, head: Officer
) -> None:
    reference = case_of(app, officer)
    make(app, reference, officer.actor)
    anew = order(app, reference, officer.actor)

    with app.app_context(), transaction():
        issuing.revoke(reference, 1, reason="forged", actor=head.actor)
    drain(app)

    with app.app_context():
        assert issued.find_by_uid(anew) is None
        case_id = queries.get_id(reference, SYSTEM)
        assert [one.state for one in issued.list_of(case_id)] == [IssuedState.REVOKED]


def test_the_case_page_offers_issues_and_gives_the_pdf(app: Flask, officer: Officer) -> None:
    reference = case_of(app, officer)
    page = officer.visitor.open(f"/en/desk/cases/{reference}")
    page = officer.visitor.submit(button="Issue the document")
    assert "is being made" in page.text
    drain(app)

    page = officer.visitor.open(f"/en/desk/cases/{reference}")
    assert "Issue anew" in page.text and "Document DC-" in page.text
    answer = officer.visitor.client.get(f"/en/desk/cases/{reference}/document/1.pdf")

    assert answer.data.startswith(b"%PDF-") and answer.headers["Cache-Control"] == "no-store"
    other = officer_at(app, Role.OFFICER, post="berlin", prefix="JB")
    assert other.visitor.client.get(f"/en/desk/cases/{reference}/document/1.pdf").status_code == 404


@pytest.mark.parametrize("found_in_store", ["nothing", "damage", "another"])
def test_what_is_not_what_was_made_is_never_given_out(
    app: Flask, officer: Officer, found_in_store: str
) -> None:
    reference = case_of(app, officer)
    code = make(app, reference, officer.actor)
    with app.app_context():
        row = issued.find_by_code(code)
        assert row is not None and row.document is not None
        spoil(row.document, found_in_store)
        with pytest.raises(NotFound):
            issued.pdf_of(row)

    answer = officer.visitor.client.get(f"/en/desk/cases/{reference}/document/1.pdf")
    assert answer.status_code == 410


def spoil(document: Document, found_in_store: str) -> None:
    """Take the bytes of a document away, or put others in their place."""
    store, key = storage.current(), storage.key_of(document.uid, storage.ORIGINAL)
    store.delete([key])
    if found_in_store == "damage":
        store.put(key, b"x" * 100)
    if found_in_store == "another":
        documents._put(document, storage.ORIGINAL, b"%PDF-other")


def test_a_case_that_is_broken_off_leaves_no_valid_document(
    app: Flask, officer: Officer, visitor: Visitor
) -> None:
    made_of = case_of(app, officer)
    code = make(app, made_of, officer.actor)
    with app.app_context(), transaction():
        ordered_of = letters.in_production(people.account(), officer.actor).reference
    ordered = order(app, ordered_of, officer.actor)

    with app.app_context(), transaction():
        for reference in (made_of, ordered_of):
            seen = queries.get_case(reference, officer.actor).version
            cases.refuse(
                reference,
                reason_code="other",
                note="",
                actor=officer.actor,
                seen=seen,
                key=new_uid(),
            )
    drain(app)

    assert "Revoked" in verify(visitor, code).text
    with app.app_context():
        assert issued.find_by_uid(ordered) is None


def test_a_number_that_no_database_holds_is_not_found(app: Flask) -> None:
    with app.app_context(), pytest.raises(NotFound):
        issued.get_numbered(1, 9_999_999_999_999_999_999)
