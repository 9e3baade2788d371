"""Citizens take along a copy of everything that is kept about them, and nobody else does."""

import io
import json
import zipfile
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.accounts import sessions
from app.accounts.models import SignIn
from app.audit.models import AuditEntry
from app.cases import issuing
from app.core import clock
from app.core.actor import Role
from app.core.db import db, transaction
from app.documents.models import Document, DocumentState
from app.jobs import tasks
from app.reporting.copies import services
from app.reporting.copies.models import DataCopy
from tests.factories import cases as factory
from tests.factories import files, people
from tests.integration.desk.conftest import officer_at, taken
from tests.integration.portal.test_issued import issued_for
from tests.visitor import Visitor

MY_DATA = "/en/account/data"


@pytest.fixture
def reference(app: Flask) -> str:
    """Be a request with a photo."""
    return taken(app, officer_at(app, Role.OFFICER), photo=files.jpeg())


@pytest.fixture
def owner(app: Flask, reference: str) -> Visitor:
    """Be the citizen whose request it is, signed in a moment ago."""
    with app.test_request_context(), transaction():
        token = sessions.begin(account=people.only_account())
    client = app.test_client()
    client.set_cookie("jaliya-id", token)
    return Visitor(client)


def ordered(app: Flask, owner: Visitor) -> str:
    """Have a copy be built; return its address."""
    owner.open(MY_DATA)
    owner.submit({}, button="Put a copy together")
    with app.app_context():
        tasks.drain()
    return owner.open(MY_DATA).link("Download the copy")


@pytest.mark.proves("S10", "S47")
def test_the_copy_holds_all_that_is_kept(app: Flask, owner: Visitor, reference: str) -> None:
    answer = owner.client.get(ordered(app, owner))
    archive = zipfile.ZipFile(io.BytesIO(answer.data))

    names = set(archive.namelist())
    request = json.loads(archive.read(f"requests/{reference}/request.json"))
    account = json.loads(archive.read("account.json"))
    assert request["person"] == account["people"][0]["details"]
    assert (request["reference"], bool(request["answers"])) == (reference, True)
    assert [name for name in names if name.endswith(".jpg")]
    assert answer.headers["Cache-Control"] == "no-store"
    with app.app_context():
        acts = set(db.session.scalars(select(AuditEntry.action)))
    assert {"copy_ordered", "copy_fetched"} <= acts


def test_the_copy_says_what_was_chosen_and_who_is_signed_in(app: Flask, owner: Visitor) -> None:
    archive = zipfile.ZipFile(io.BytesIO(owner.client.get(ordered(app, owner)).data))
    account = json.loads(archive.read("account.json"))
    assert account["preferences"]["discreet"] is False and len(account["sessions"]) == 1
    assert account["sign_in"] == {"password": False, "authenticator_app": False, "passkeys": []}
    assert account["browsers"] == []
    assert all("_" not in one["about"] for one in account["messages"])
    assert "hash" not in archive.read("account.json").decode()


@pytest.mark.proves("S10")
def test_a_session_that_is_not_new_signs_in_again_first(app: Flask, owner: Visitor) -> None:
    address = ordered(app, owner)
    with app.app_context(), transaction() as session:
        session.execute(update(SignIn).values(confirmed_at=clock.now() - timedelta(hours=1)))

    assert "sign in once more" in owner.open(MY_DATA).text
    assert owner.client.get(address).status_code == 302


@pytest.mark.proves("S47")
def test_the_copy_is_nobody_elses_and_goes(app: Flask, owner: Visitor) -> None:
    address = ordered(app, owner)
    assert people.citizen_visitor(app).open(address).status == 404

    with app.app_context(), transaction():
        services.forget_expired(clock.now() + timedelta(days=1))

    assert owner.open(address).status == 404
    with app.app_context():
        assert db.session.scalar(select(DataCopy.id)) is None


def names_in(app: Flask, owner: Visitor) -> list[str]:
    """Return what lies in a copy that is ordered now."""
    answer = owner.client.get(ordered(app, owner))
    return zipfile.ZipFile(io.BytesIO(answer.data)).namelist()


@pytest.mark.proves("S47")
@pytest.mark.parametrize(
    ("download", "is_revoked", "is_there"),
    [(True, False, True), (False, False, False), (True, True, False)],
)
def test_the_copy_holds_documents_that_count_and_may_be_downloaded(
    app: Flask, *, download: bool, is_revoked: bool, is_there: bool
) -> None:
    citizen, reference = issued_for(app, download=download)
    if is_revoked:
        with app.app_context(), transaction():
            head = factory.officer(role=Role.HEAD)
            issuing.revoke(reference, 1, reason="Mistyped", actor=head)

    found = [name for name in names_in(app, citizen.visitor) if name.endswith(".pdf")]

    assert bool(found) is is_there


@pytest.mark.proves("S47")
@pytest.mark.parametrize("state", DocumentState)
def test_the_copy_holds_papers_that_were_found_clean_alone(
    app: Flask, owner: Visitor, state: DocumentState
) -> None:
    with app.app_context(), transaction() as session:
        session.execute(update(Document).values(state=state))

    pages = [name for name in names_in(app, owner) if name.endswith(".jpg")]

    assert bool(pages) is (state is DocumentState.CLEAN)


def test_two_orders_are_one_copy(app: Flask, owner: Visitor) -> None:
    ordered(app, owner)
    with app.app_context():
        assert len(db.session.scalars(select(DataCopy)).all()) == 1
    assert "Put a copy together" not in owner.open(MY_DATA).text
