"""Erasing a request: what tells of its person goes, what counts and what money demands stays.

Rows with contents are deleted with all that hangs on them. The request, its events (codes only),
charges, receipts and bookings stay for statistics and accounts, and lead to nobody. With the last
request of a person the person goes as well: the key is destroyed, so that nothing of it can be read
in any backup either.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Column, Select, Table, delete, exists, select, update

from app.accounts.models import Authority, Person, PersonMark, PersonTerm
from app.appointments import services as seats
from app.appointments.day.models import Ticket
from app.appointments.line import joining
from app.appointments.models import Booking, BookingPerson
from app.appointments.waiting import services as waiting
from app.cases.consignments.models import ConsignmentItem
from app.cases.mandates.models import Mandate
from app.cases.models import Case
from app.core import clock
from app.core.actor import SYSTEM
from app.core.crypto import DataKey
from app.core.db import Model, db
from app.documents import storage
from app.documents.models import Document, IssuedDocument

CONTENTS = (
    *("appeal", "bulk_item", "case_item", "case_note", "case_term", "consent", "correction_round"),
    *("draw_person", "erasure_wish", "event_ground", "hand_over", "missed_visit", "opinion"),
    *("original", "payment_slip", "queue_person", "queue_place", "retention", "thread_message"),
    *("waiting_entry", "waiting_person"),
)
"""Tables whose rows of a request go, with whatever refers to them."""
ERASED = b""
"""Stands in the place of what was sealed and may not be empty."""


def erase(case: Case) -> list[str]:
    """Erase a request in the open transaction; return the uids of the files to remove after it.

    What it still holds, such as a seat, is given back first.
    """
    let_go(case)
    files, issued = _documents_of(case), _issued(case)
    for name in CONTENTS:
        remove(Model.metadata.tables[name], "case_id", [case.id])
    remove(Model.metadata.tables["not_the_same"], "older_id", [case.id])
    remove(Model.metadata.tables["not_the_same"], "newer_id", [case.id])
    remove(Model.metadata.tables["message"], "case_id", [case.id])
    person, account_id, nobody = case.person, case.account_id, _nobody()
    _unlink(case, nobody)
    db.session.execute(delete(Document).where(Document.uid.in_(files)))
    _empty(issued, nobody)
    return [*files, *issued, *forget_person(person, account_id)]


def let_go(case: Case) -> None:
    """Give back what a request holds: seats, a place on the waiting list or in a queue."""
    for give_up in (seats.free_seats, waiting.forget, joining.let_go):
        give_up(case, SYSTEM)


def remove_files(uids: Sequence[str]) -> None:
    """Remove the bytes of documents whose rows are gone; the sweep finds what is left over."""
    store = storage.current()
    for uid in uids:
        store.remove_all_of(uid)


def _documents_of(case: Case) -> list[str]:
    """Return the uids of the files whose rows go with a request, whatever table refers to them."""
    found: set[str] = set()
    for table, column in referring(Document.__table__):
        if table is IssuedDocument.__table__:
            continue
        keys = _owners(table, case)
        if keys is not None:
            query = select(Document.uid).join(table, column == Document.id).where(keys)
            found.update(db.session.scalars(query))
    return sorted(found)


def _issued(case: Case) -> list[str]:
    """Return the uids of the files of issued documents, of which the row has to stay."""
    query = select(Document.uid).join(IssuedDocument, IssuedDocument.document_id == Document.id)
    return list(db.session.scalars(query.where(IssuedDocument.case_id == case.id)))


def _empty(uids: Sequence[str], nobody: Person) -> None:
    values = {"data_key_id": nobody.data_key_id, "sealed_name": ERASED, "sha256": ""}
    db.session.execute(update(Document).where(Document.uid.in_(uids)).values(values))


def _owners(table: Table, case: Case) -> Any:
    """Return the condition of rows of a request, through one table between if need be.

    None for a table that belongs to no request (Any: a condition).
    """
    if "case_id" in table.c:
        return table.c.case_id == case.id
    for column in table.c:
        for key in column.foreign_keys:
            owner = key.column.table
            if "case_id" in owner.c and owner.name in CONTENTS:
                return column.in_(select(key.column).where(owner.c.case_id == case.id))
    return None


def referring(table: Any) -> Iterator[tuple[Table, Column[Any]]]:
    """Yield the tables that refer to one, each with its column."""
    # Any: the table of a model is typed as what may be selected from.
    for other in Model.metadata.tables.values():
        for column in other.c:
            if any(key.column.table is table for key in column.foreign_keys):
                yield other, column


def remove(table: Table, column: str, values: Sequence[int] | Select[Any]) -> None:
    """Delete rows with all that refers to them (Any: a query for keys)."""
    condition = table.c[column].in_(values)
    if "id" in table.c:
        for other, key in referring(table):
            remove(other, key.name, select(table.c.id).where(condition))
    db.session.execute(delete(table).where(condition))


def _nobody() -> Person:
    """Return somebody of whom nothing was ever known."""
    now = clock.now()
    key = DataKey(created_at=now, destroyed_at=now)
    nobody = Person(data_key=key, fingerprint="", created_at=now, updated_at=now)
    nobody.sealed_details = ERASED
    db.session.add(nobody)
    db.session.flush()
    return nobody


def _unlink(case: Case, nobody: Person) -> None:
    """Have what stays of a request lead to nobody."""
    of_case = Booking.case_id == case.id
    bookings = select(Booking.id).where(of_case)
    db.session.execute(delete(BookingPerson).where(BookingPerson.booking_id.in_(bookings)))
    note = {"sealed_note": None, "data_key_id": None}
    db.session.execute(update(Ticket).where(Ticket.booking_id.in_(bookings)).values(note))
    key = {"data_key_id": nobody.data_key_id}
    for model in (ConsignmentItem, IssuedDocument):
        table = Model.metadata.tables[model.__tablename__]
        sealed = [column for column in table.c if column.name.startswith("sealed_")]
        empty = {one.name: None if one.nullable else ERASED for one in sealed}
        rows = update(table).where(table.c.case_id == case.id)
        db.session.execute(rows.values({**key, **empty}))
    case.account_id = case.follow_hash = case.filing_id = None
    case.sealed_follow_code = case.sealed_grounds = None
    case.sealed_refusal_note = case.sealed_left_over = None
    case.person_id, case.data_key_id = nobody.id, nobody.data_key_id
    db.session.flush()
    db.session.expire(case)


def forget_person(person: Person, account_id: int | None) -> list[str]:
    """Erase a person whom no request and no other account needs; return the uids of their files.

    `account_id` is the account that needs them no more, None for a visitor's request.
    """
    if _is_needed(person, account_id):
        return []
    key, of_key = person.data_key, Document.data_key_id == person.data_key_id
    mandates = select(Mandate.document_id).join(Authority, Authority.id == Mandate.authority_id)
    shown = Document.id.in_(mandates.where(Authority.person_id == person.id))
    files = list(db.session.scalars(select(Document.uid).where(of_key, shown)))
    db.session.execute(delete(BookingPerson).where(BookingPerson.person_id == person.id))
    for model in (PersonTerm, PersonMark):
        db.session.execute(delete(model).where(model.person_id == person.id))
    remove(Model.metadata.tables[Authority.__tablename__], "person_id", [person.id])
    db.session.execute(delete(Person).where(Person.id == person.id))
    db.session.execute(delete(Document).where(Document.uid.in_(files)))
    key.destroy(clock.now())
    db.session.flush()
    return files


def _is_needed(person: Person, account_id: int | None) -> bool:
    acts_for = (Authority.person_id == person.id, Authority.ends_at.is_(None))
    others = exists().where(*acts_for, Authority.account_id.is_distinct_from(account_id))
    depends = select(exists().where(Case.person_id == person.id) | others)
    return bool(db.session.scalar(depends))
