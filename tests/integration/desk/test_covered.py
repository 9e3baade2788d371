"""Identity numbers are covered on every page of staff until somebody asks for them."""

from dataclasses import dataclass

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.accounts.rules import digits_of, document_number
from app.audit.models import AuditEntry
from app.cases import queries
from app.cases.competence import AT_THE_DOOR
from app.cases.models import Case
from app.cases.rules import ItemKind
from app.core.actor import SYSTEM, Role
from app.core.db import db, transaction
from app.web.access import policy_of
from tests.integration.desk.conftest import Officer, officer_at, taken

NUMBERS = ("01020304050", "N012345678", "N087654321")
REVEALERS = {Role.OFFICER, Role.SECOND_REVIEWER, Role.HEAD}
PAGE = "travel_document"
"""A page of answers on which the number of the passport is given once more."""
MENDED = {True: ["desk_answers.correct"], False: []}
"""Where a number stands in a form, for whoever may mend it: the holder, and the head."""


@dataclass(frozen=True)
class Known:
    """A request of somebody with both numbers, and an item of it."""

    reference: str
    item: str
    holder: Officer


OTHERS = "N087654321"
"""The number of another passport than the one that the record of the person has."""


@pytest.fixture
def known(app: Flask) -> Known:
    """Have a request of somebody of whom both numbers are known, in the hands of an officer."""
    holder = officer_at(app, Role.OFFICER)
    reference = taken(app, holder)
    with app.app_context(), transaction():
        case = queries.get_case(reference, SYSTEM)
        numbers = {"national_number": NUMBERS[0], "passport_number": NUMBERS[1]}
        case.person.details = {**(case.person.details or {}), **numbers}
        item = queries.find_item(case, ItemKind.ANSWERS, PAGE)
        item.answers[-1].values = {**(item.answers[-1].values or {}), "old_number": OTHERS}
        return Known(reference, item.uid, holder)


def pages_for(app: Flask, role: Role, known: Known) -> dict[str, str]:
    """Return an address of every page that a role may open, by endpoint."""
    adapter = app.url_map.bind("localhost")
    found: dict[str, str] = {}
    for rule in app.url_map.iter_rules():
        policy = policy_of(app, rule.endpoint)
        if "GET" in (rule.methods or ()) and role in policy.roles | policy.at_counter:
            values = {name: "1" for name in rule.arguments}
            wanted = {"lang": "en", "reference": known.reference, "item": known.item}
            values |= {name: text for name, text in wanted.items() if name in values}
            values |= {"uid": known.item} if rule.endpoint == "desk_versions.show" else {}
            values |= {"key": PAGE} if rule.endpoint == "desk_answers.correct" else {}
            found[rule.endpoint] = adapter.build(rule.endpoint, values)
    return found


def holds_a_number(body: bytes) -> bool:
    text = body.decode(errors="replace")
    plain = digits_of(text) if len(text) < 200 else text
    return any(number in plain or document_number(number) in plain for number in NUMBERS)


@pytest.mark.proves("S14")
@pytest.mark.parametrize("role", Role)
def test_no_page_that_a_role_may_open_holds_an_identity_number(
    app: Flask, known: Known, role: Role
) -> None:
    assert len(pages_for(app, role, known)) > 5

    reader, mended = officer_at(app, role), MENDED[role is Role.HEAD]

    assert shown_to(app, reader, role, known) == mended
    assert reveals(app) == [reader.actor.id] * len(mended)


@pytest.mark.proves("S14")
@pytest.mark.parametrize("role", sorted(AT_THE_DOOR))
def test_no_page_for_a_visitor_holds_an_identity_number_once_it_is_sent(
    app: Flask, known: Known, role: Role
) -> None:
    with app.app_context(), transaction() as session:
        session.execute(update(Case).values(account_id=None))

    mended = MENDED[role is Role.HEAD]

    assert shown_to(app, officer_at(app, role), role, known) == mended


@pytest.mark.proves("S14")
def test_whoever_mends_an_answer_with_a_number_has_seen_it_on_record(
    app: Flask, known: Known
) -> None:
    assert shown_to(app, known.holder, Role.OFFICER, known) == MENDED[True]

    assert reveals(app) == [known.holder.actor.id]


def shown_to(app: Flask, reader: Officer, role: Role, known: Known) -> list[str]:
    """Return the pages on which somebody reads a number, of all that a role may open."""
    return [
        endpoint
        for endpoint, path in pages_for(app, role, known).items()
        if holds_a_number(reader.visitor.client.get(path, follow_redirects=True).data)
    ]


@pytest.mark.proves("S14")
@pytest.mark.parametrize("role", Role)
def test_who_needs_them_uncovers_identity_numbers_on_record_and_nobody_else(
    app: Flask, known: Known, role: Role
) -> None:
    reader = officer_at(app, role)
    if role in REVEALERS:
        reader.visitor.open(f"/en/desk/cases/{known.reference}")
        page = reader.visitor.submit({}, button="Show the identity numbers")
        assert holds_a_number(page.body)
    else:
        answer = reader.visitor.client.post(f"/en/desk/cases/{known.reference}/reveal")
        assert answer.status_code == 404 and not holds_a_number(answer.data)

    assert reveals(app) == [reader.actor.id] * (role in REVEALERS)


def reveals(app: Flask) -> list[int | None]:
    """Return who uncovered identity numbers, by the record."""
    with app.app_context():
        seen = select(AuditEntry.actor_id).where(AuditEntry.action == "identity_numbers_seen")
        return list(db.session.scalars(seen))
