"""The document of a request before its applicant: downloaded, or said to be handed over."""

from flask import Flask
from sqlalchemy import select

from app.cases import issuing, queries
from app.core.actor import SYSTEM, Role
from app.core.db import db, new_uid, transaction
from app.notifications.models import Message
from tests.factories import cases as factory
from tests.factories import letters
from tests.integration.desk.conftest import drain
from tests.integration.portal.conftest import Citizen, make_citizen


def issued_for(app: Flask, *, download: bool) -> tuple[Citizen, str]:
    with app.app_context(), transaction():
        letters.publish(download=download)
    citizen = make_citizen(app)
    reference = citizen.make("accepted")
    with app.app_context(), transaction():
        case = queries.get_case(reference, SYSTEM)
        officer = factory.officer()
        issuing.issue(reference, actor=officer, seen=case.version, key=new_uid())
    drain(app)
    return citizen, reference


def test_a_service_lets_its_applicant_download(app: Flask) -> None:
    citizen, reference = issued_for(app, download=True)

    page = citizen.open(f"/requests/{reference}")
    answer = citizen.visitor.client.get(page.link("Download the document (PDF)"))

    assert answer.status_code == 200 and answer.data.startswith(b"%PDF-")
    stranger = make_citizen(app)
    refused = stranger.visitor.client.get(f"/en/requests/{reference}/document.pdf")
    assert refused.status_code == 404


def test_another_service_hands_over_only(app: Flask) -> None:
    citizen, reference = issued_for(app, download=False)

    page = citizen.open(f"/requests/{reference}")

    assert "It is handed over at the post" in page.text
    assert citizen.open(f"/requests/{reference}/document.pdf").status == 404


def test_a_revoked_document_is_told_and_kept_back(app: Flask) -> None:
    citizen, reference = issued_for(app, download=True)
    with app.app_context(), transaction():
        head = factory.officer(role=Role.HEAD)
        issuing.revoke(reference, 1, reason="Mistyped", actor=head)

    page = citizen.open(f"/requests/{reference}")

    assert "The post revoked this document" in page.text and "Mistyped" not in page.text
    assert citizen.open(f"/requests/{reference}/document.pdf").status == 404


def test_the_citizen_is_told_once_that_a_document_was_issued_and_that_it_was_revoked(
    app: Flask,
) -> None:
    _citizen, reference = issued_for(app, download=True)
    drain(app)
    with app.app_context(), transaction():
        head = factory.officer(role=Role.HEAD)
        issuing.revoke(reference, 1, reason="Mistyped", actor=head)
        issuing.revoke(reference, 1, reason="Mistyped", actor=head)

    with app.app_context():
        told = db.session.scalars(select(Message.event).order_by(Message.id)).all()

    of_documents = [event for event in told if event.startswith("document")]
    assert of_documents == ["document_issued", "document_revoked"]
