"""Requests that need the consent of the other parent."""

import re
from typing import Any

from sqlalchemy import select

from app.accounts.models import Account
from app.cases import changing
from app.cases import services as cases
from app.cases.consents import asking, services
from app.cases.consents.models import Consent
from app.cases.models import Case
from app.core.actor import Actor
from app.core.db import db, new_uid
from app.notifications.models import Message
from tests.factories import cases as factory
from tests.factories import versions

ADDRESS = "other.parent@example.org"


def publish(*, holds: bool = True) -> None:
    """Offer the renewal with the consent of the other parent, on a condition that holds or not."""
    when: dict[str, Any] = {"field": "registered", "is": holds}
    versions.publish(lambda document: document.update(consent_when=when))


def draft(account: Account, *, holds: bool = True) -> Case:
    """Return a draft that lacks nothing but the name of the other parent."""
    publish(holds=holds)
    return factory.complete(account)


def name(account: Account, case: Case, address: str = ADDRESS) -> Consent:
    """Name the other parent."""
    actor = factory.citizen(account)
    return services.name(case.reference, person="سامر", address=address, language="ru", actor=actor)


def send(account: Account, case: Case) -> Case:
    """Send a draft as it stands."""
    case = changing.lock(case.id)
    actor = factory.citizen(account)
    return cases.submit(case.reference, actor=actor, seen=case.version, key=new_uid())


def asked(account: Account) -> Consent:
    """Return a consent that is asked for, of a case that was sent."""
    case = draft(account)
    consent = name(account, case)
    send(account, case)
    return consent


def taken(account: Account, by: Actor) -> Consent:
    """Return a consent that is asked for, of a case that an officer has in hand."""
    consent = asked(account)
    case = consent.case
    cases.take(case.reference, actor=by, seen=case.version, key=new_uid())
    return consent


def code_of(consent: Consent) -> str:
    """Have a code sent and return it, as it stands in the mail."""
    asking.send_code(consent)
    db.session.flush()
    rows = db.session.scalars(select(Message).where(Message.event == "consent_code"))
    return next(reversed([str((row.payload or {})["code"]) for row in rows]))


def link_in(text: str) -> str:
    """Return the path of a link to a consent that stands in a mail."""
    found = re.search(r"/consent/\w+/\w+", text)
    assert found is not None
    return found.group(0)
