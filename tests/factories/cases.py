"""Cases of the passport renewal in every stage, made by the services themselves."""

from datetime import date, timedelta
from functools import lru_cache

from app.accounts import services as accounts
from app.accounts.models import Account, AuthorityKind, Person, StaffMember
from app.accounts.rules import Details
from app.cases import changing, queries, receipts
from app.cases import services as cases
from app.cases.models import Case, CaseAnswers, CaseFile
from app.cases.receipts import Receipt, Receiver, Shown
from app.cases.rules import ItemKind, ItemState
from app.cases.services import ItemDecision, Verdict
from app.catalogue import services as catalogue
from app.catalogue.definition import document as definitions
from app.catalogue.definition.document import Definition
from app.catalogue.example_files import FOLDER
from app.core import clock
from app.core.actor import SYSTEM, Actor, ActorKind, Role
from app.core.db import db, new_uid
from app.documents.models import Document, DocumentState
from tests.factories import people

ANSWERS: dict[str, dict[str, object]] = {
    "travel_document": {
        "old_number": "N012345678",
        "expires": "2026",
        "reason": "expired",
        "names_changed": False,
        "identity_proof": "extract",
    },
    "stay_in_russia": {
        "stay_status": "student",
        "city": "Казань",
        "address": "ул. Баумана, 1",
        "phone": "+79161234567",
    },
    "declaration": {"registered": True, "truth": True, "consent": True},
}
PAPERS = ("photo", "old_passport", "civil_extract")


@lru_cache
def definition(code: str = "pass_renew") -> Definition:
    """Return an example definition."""
    return definitions.read_json((FOLDER / "services" / f"{code}.json").read_bytes())


def publish(wanted: Definition | None = None) -> None:
    """Offer a service at the post, the passport renewal when none is named."""
    post = people.post()
    service = catalogue.save_draft(post, wanted or definition(), actor=SYSTEM)
    catalogue.publish(service, actor=SYSTEM)


def offer() -> None:
    """Offer the passport renewal unless it is offered already."""
    if not catalogue.is_known(people.post(), "PASS_RENEW"):
        publish()


def citizen(account: Account) -> Actor:
    """Return who acts for an account."""
    return Actor(kind=ActorKind.CITIZEN, id=account.id)


def officer(staff: StaffMember | None = None, role: Role = Role.OFFICER) -> Actor:
    """Return a member of staff who acts at the post, a new one when none is named."""
    staff = staff or people.staff([role])
    return Actor(
        kind=ActorKind.STAFF, id=staff.id, post_id=people.post().id, roles=frozenset({role})
    )


def person(account: Account, first: str = "ليان", birth: str = "1998-03-27") -> Person:
    """Return a person of an account."""
    return accounts.save_person(
        Details(
            first_ar=first,
            father_ar="سامر",
            family_ar="الحلبي",
            mother_first_ar="هدى",
            mother_family_ar="ديب",
            first_latin="Layan",
            family_latin="Al Halabi",
            sex="female",
            birth=birth,
            national_number=str(int(new_uid()[:9], 16) + 10**10),
        ),
        account_id=account.id,
        kind=AuthorityKind.PARENT,
        actor=citizen(account),
    )


def document(case: Case, state: DocumentState = DocumentState.CLEAN) -> Document:
    """Return a stored file of the person, without bytes."""
    row = Document(
        data_key=case.data_key,
        sha256="0" * 64,
        size=1000,
        media_type="image/jpeg",
        state=state,
        pages=1,
        created_at=clock.now(),
    )
    row.name = "صورة شخصية.jpg"
    db.session.add(row)
    return row


def draft(account: Account, of: Person | None = None) -> Case:
    """Return a new draft without any answer."""
    offer()
    return cases.start(
        service_code="PASS_RENEW",
        person=of or person(account),
        account=account,
        actor=citizen(account),
        language="ar",
        key=new_uid(),
    )


def complete(account: Account) -> Case:
    """Return a draft that lacks nothing."""
    return fill(draft(account))


def fill(case: Case) -> Case:
    """Write at once what `fill_by_services` leaves in a new draft; half of all tests need one."""
    for key in ANSWERS:
        item = queries.find_item(case, ItemKind.ANSWERS, key)
        row = CaseAnswers(item=item, revision=1, saved_at=clock.now())
        row.values = dict(ANSWERS[key])
        db.session.add(row)
        item.state = ItemState.RECEIVED
    for key in PAPERS:
        item = queries.find_item(case, ItemKind.PAPER, key)
        item.files.append(
            CaseFile(document=document(case), issued_on=yesterday(), created_at=clock.now())
        )
        item.state = ItemState.RECEIVED
    case.version += len(ANSWERS) + len(PAPERS)
    case.updated_at = clock.now()
    db.session.flush()
    return changing.lock(case.id)


def fill_by_services(case: Case, actor: Actor) -> Case:
    """Answer every page of a draft and attach every paper, as a citizen does."""
    for page, values in ANSWERS.items():
        cases.save_page(case.reference, page, values, actor=actor)
    for paper in PAPERS:
        attach(case, paper, actor)
    return changing.lock(case.id)


def attach(case: Case, paper: str, actor: Actor) -> Case:
    """Attach a file to a paper, issued yesterday."""
    return cases.attach(case.reference, paper, document(case), issued_on=yesterday(), actor=actor)


def yesterday() -> date:
    """Return the day before today at the post."""
    return clock.today("Europe/Moscow") - timedelta(days=1)


def submitted(account: Account) -> Case:
    """Return a case that was just sent."""
    case = complete(account)
    return cases.submit(case.reference, actor=citizen(account), seen=case.version, key=new_uid())


def taken(account: Account, by: Actor) -> Case:
    """Return a case that an officer has in hand."""
    case = submitted(account)
    return cases.take(case.reference, actor=by, seen=case.version, key=new_uid())


def asked(account: Account, by: Actor, paper: str = "photo") -> Case:
    """Return a case of which one paper is asked for again, within two weeks."""
    case = taken(account, by)
    reject(case, paper, by)
    return cases.ask_correction(
        case.reference,
        until_on=clock.today("Europe/Moscow") + timedelta(days=14),
        actor=by,
        seen=case.version,
        key=new_uid(),
    )


def reject(case: Case, paper: str, by: Actor) -> Case:
    """Reject one paper as unreadable."""
    item = queries.find_item(case, ItemKind.PAPER, paper)
    decision = ItemDecision(verdict=Verdict.REJECTED, reason_code="unreadable", note="الصورة معتمة")
    return cases.decide_item(
        case.reference, item.uid, decision, actor=by, seen=case.version, key=new_uid()
    )


def accept_all(case: Case, by: Actor) -> Case:
    """Accept whatever is left, then the case."""
    left = {
        item.uid: ItemDecision(verdict=Verdict.ACCEPTED)
        for item in case.items
        if item.state is ItemState.RECEIVED
    }
    case = cases.decide_items(case.reference, left, actor=by, seen=case.version, key=new_uid())
    return cases.accept(case.reference, actor=by, seen=case.version, key=new_uid())


def accepted(account: Account, by: Actor) -> Case:
    """Return a case that waits for its appointment."""
    return accept_all(taken(account, by), by)


def hand_over(reference: str, *, actor: Actor, seen: int, key: str) -> Case:
    """Hand over what lies ready to the applicant, who showed a passport and signed."""
    receipt = Receipt(
        receiver=Receiver.APPLICANT, shown=Shown.PASSPORT, ending="5678", is_signed=True
    )
    return receipts.hand_over(reference, receipt, actor=actor, seen=seen, key=key)
