"""Somebody who is signed in, with a person and the passport renewal on offer."""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask

from app.accounts import sessions
from app.accounts.models import Account
from app.cases import queries
from app.cases.models import Case
from app.core import clock
from app.core.actor import SYSTEM
from app.core.db import db, transaction
from tests.factories import cases as factory
from tests.factories import files, people
from tests.visitor import Page, Visitor

TRAVEL = {
    "old_number": "N012345678",
    "issued_at": "دمشق",
    "expires": ["١", "٥", "٢٠٢٧"],
    "reason": "expired",
    "names_changed": "no",
    "identity_proof": "extract",
}
STAY = {
    "stay_status": "student",
    "city": "قازان",
    "address": "ул. Баумана, 1",
    "phone": "٠٠٩٦٣٩٤٤١٢٣٤٥٦",
}
DECLARATION = {"registered": "yes", "truth": "y", "consent": "y"}


@dataclass
class Citizen:
    """A visitor who is signed in, and their account."""

    app: Flask
    visitor: Visitor
    account_id: int
    person_uid: str

    @property
    def page(self) -> Page:
        """Return what is shown now."""
        return self.visitor.page

    def open(self, path: str, language: str = "en") -> Page:
        """Open a page in a language."""
        return self.visitor.open(f"/{language}{path}")

    def submit(self, fields: Mapping[str, Any], button: str) -> Page:
        """Send the form with this button."""
        return self.visitor.submit(fields, button=button)

    def another_tab(self) -> "Citizen":
        """Return the same citizen in a second tab."""
        return Citizen(self.app, Visitor(self.visitor.client), self.account_id, self.person_uid)

    def make(self, stage: str) -> str:
        """Return the reference of a case of this citizen in a stage of the factory."""
        with self.app.test_request_context(), transaction():
            account = db.session.get_one(Account, self.account_id)
            makers = {"asked": factory.asked, "accepted": factory.accepted}
            if stage in makers:
                return makers[stage](account, factory.officer()).reference
            case: Case = getattr(factory, stage)(account)
            return case.reference

    def attach(self, reference: str, paper: str, body: bytes, name: str) -> Page:
        """Attach a file to a paper, issued today where that is asked."""
        self.open(f"/requests/{reference}/papers/{paper}")
        if paper == "civil_extract":
            today = clock.today("Europe/Moscow")
            day = [str(today.day), str(today.month), str(today.year)]
            self.submit({"issued_on": day}, "Continue")
        return self.submit({"file": (io.BytesIO(body), name)}, "Attach")


@pytest.fixture
def citizen(app: Flask) -> Citizen:
    """Be a citizen with one person."""
    return make_citizen(app)


def make_citizen(app: Flask) -> Citizen:
    """Sign a new citizen in."""
    with app.test_request_context(), transaction():
        account = people.account()
        factory.offer()
        person = factory.person(account)
        token = sessions.begin(account=account)
        known = account.id, person.uid
    client = app.test_client()
    client.set_cookie("jaliya-id", token)
    return Citizen(app, Visitor(client), *known)


def case_of(app: Flask, reference: str) -> Case:
    """Return a case as it is stored; call inside a context."""
    return queries.get_case(reference, SYSTEM)


def fill_in(citizen: Citizen) -> str:
    """Begin a request and answer its pages; return the reference."""
    citizen.open("/requests/new/PASS_RENEW")
    citizen.submit({"person": citizen.person_uid, "variant": "regular"}, "Begin")
    reference = citizen.page.url.split("/")[3]
    for values in (TRAVEL, STAY, DECLARATION):
        citizen.submit(values, "Save and continue")
        assert citizen.page.errors == []
    return reference


def bring(citizen: Citizen, reference: str) -> None:
    """Attach what the passport renewal needs."""
    citizen.attach(reference, "photo", files.jpeg(), "صورة شخصية.jpg")
    citizen.attach(reference, "old_passport", files.pdf(2), "جواز السفر القديم.pdf")
    citizen.attach(reference, "civil_extract", files.pdf(), "إخراج قيد.pdf")
