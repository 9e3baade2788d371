"""Accounts that can be written to, and messages to them."""

from sqlalchemy import select

from app.accounts.models import Account, Contact, ContactKind
from app.accounts.queries import contact_hash
from app.core import clock
from app.core.actor import SYSTEM
from app.core.db import db
from app.notifications import services
from app.notifications.events import ANNOUNCEMENT, EVENTS
from app.notifications.models import Channel, Message, MessageState
from app.notifications.templates import services as texts
from app.notifications.templates.queries import Place
from app.notifications.templates.rules import Kind, Words
from tests.factories import announcements, people

REFERENCE = "JM-7K4P-92QX-H"
STARTS_AT = "2026-12-03T07:20:00+00:00"
"""10:20 in Moscow."""
VISIT = {"starts_at": STARTS_AT, "zone": "Europe/Moscow"}
BOOKING = {**VISIT, "uid": "b1", "minutes": "40"}

PAYLOADS: dict[str, dict[str, str]] = {
    "sign_in_code": {"code": "482913"},
    "contact_code": {"code": "482913"},
    "sign_in_new_device": {},
    "way_added": {},
    "password_link": {"path": "/account/password/new/t1"},
    "password_none": {"path": "/account/sign-in"},
    "security_changed": {"change": "passkey_added"},
    "contact_left": {"change": "address_replaced", "path": "/account/stop/" + "t" * 22},
    "case_submitted": {},
    "correction_asked": {"until_on": "2026-12-10"},
    "correction_reminder": {"until_on": "2026-12-10"},
    "correction_received": {},
    "correction_revoked": {},
    "correction_extended": {"until_on": "2026-12-10"},
    "case_accepted": {},
    "case_consigned": {"on": "2026-12-01"},
    "case_returned": {"on": "2026-12-20"},
    "case_sent_back": {"on": "2026-12-20"},
    "case_not_returned": {"on": "2026-12-20"},
    "case_refused": {},
    "case_ready": {},
    "case_completed": {},
    "erasure_announced": {"until_on": "2026-12-31"},
    "draft_old": {"until_on": "2026-12-31"},
    "account_idle": {"until_on": "2026-12-31"},
    "erasure_asked": {"until_on": "2026-12-11"},
    "erasure_withdrawn": {},
    "erasure_refused": {},
    "erasure_done": {},
    "account_erased": {},
    "visitor_erasure": {"step": "erasure_refused", "path": "/follow/erasure"},
    "case_withdrawn": {},
    "case_lapsed": {},
    "case_revived": {"until_on": "2026-12-10"},
    "document_issued": {},
    "document_replaced": {},
    "document_revoked": {},
    "waiver_granted": {},
    "waiver_revoked": {},
    "note_mention": {},
    "case_reopened": {},
    "case_transferred": {},
    "appeal_received": {},
    "appeal_dismissed": {},
    "authority_refused": {},
    "consent_asked": {"path": "/consent/c1/t1", "until_on": "2026-12-10"},
    "consent_reminder": {"path": "/consent/c1/t1", "until_on": "2026-12-10"},
    "consent_code": {"path": "/consent/c1/t1", "code": "482913"},
    "consent_signed": {},
    "consent_declined": {},
    "principal_confirm": {"path": "/in-my-name/m1/t1"},
    "principal_replaced": {"path": "/in-my-name/m1/t1"},
    "principal_filed": {"path": "/in-my-name/m1/t1"},
    "principal_decided": {"path": "/in-my-name/m1/t1"},
    "principal_received": {"path": "/in-my-name/m1/t1"},
    "thread_message": {},
    "thread_question": {},
    "payment_due": {},
    "payment_received": {},
    "payment_voided": {},
    "slip_refused": {},
    "booking_confirmed": {**BOOKING, "sequence": "0"},
    "booking_moved": {**BOOKING, "sequence": "1"},
    "booking_cancelled": {**BOOKING, "sequence": "2"},
    "booking_moved_by_post": {
        **BOOKING,
        "sequence": "1",
        "was_at": "2026-12-01T07:20:00+00:00",
        "why": "closure",
    },
    "booking_clocks": {**BOOKING, "sequence": "1"},
    "clocks_changed": {},
    "rights_changed": {"rights": "given"},
    "rights_asked": {"path": f"/admin/staff/{'5' * 32}"},
    "booking_called_off": {
        **BOOKING,
        "sequence": "2",
        "why": "hours",
        "until_on": "2027-02-24",
        "is_first": "yes",
    },
    "booking_reminder": VISIT,
    "draw_entered": {"draw": "d1", "until_on": "2026-12-10"},
    "draw_offered": {**VISIT, "draw": "d1", "until_on": "2026-12-01"},
    "draw_lapsing": {**VISIT, "draw": "d1", "until_on": "2026-12-01"},
    "draw_nothing": {"draw": "d1"},
    "draw_called_off": {"draw": "d1"},
    "waiting_offered": {**VISIT, "until_at": "2026-12-01T15:00:00+00:00"},
    "waiting_lapsing": {**VISIT, "until_at": "2026-12-01T15:00:00+00:00"},
    "waiting_confirm": {"path": "/waiting/w1/p1", "until_on": "2026-12-10"},
    "waiting_removed": {"path": "/waiting/w1/p1", "until_on": "2026-12-10"},
    "visit_missed": {"on": "2026-12-03", "until_on": "2026-12-17"},
    "missed_decided": {},
    "late_digest": {"late": "3", "soon": "11"},
    "sending_trouble": {"trouble": "overdue"},
    "record_head": {"code": f"17:{'ab' * 32}"},
    "announcement": {"announcement": announcements.KNOWN},
}
"""What each event needs besides the reference."""


def payload(event: str, **more: str) -> dict[str, str]:
    """Return a payload that is enough for an event."""
    about = {"reference": REFERENCE} if "reference" in EVENTS[event].needs else {}
    return {**about, **PAYLOADS[event], **more}


def reachable(language: str = "ar", address: str = "layan@example.org") -> Account:
    """Return a new account with a verified address; call inside a transaction."""
    account = people.account(language)
    give(account, ContactKind.EMAIL, address)
    return account


def on_the_phone(language: str = "ar", phone: str = "+79161234567") -> Account:
    """Return a new account that has a verified phone and no address; call inside a transaction."""
    account = people.account(language)
    give(account, ContactKind.PHONE, phone)
    return account


def give(account: Account, kind: ContactKind, address: str, *, verified: bool = True) -> Contact:
    """Give an account a contact; call inside a transaction."""
    contact = Contact(account=account, kind=kind, address_hash=contact_hash(kind, address))
    contact.verified_at = clock.now() if verified else None
    contact.address = address
    db.session.add(contact)
    db.session.flush()
    return contact


def told(event: str = "case_submitted", *, account: Account, dedupe: str = "m1") -> Message:
    """Tell an account and return the mail; call inside a transaction."""
    people.post()
    if event == ANNOUNCEMENT:
        announcements.known()
    services.tell(event, account_id=account.id, dedupe=dedupe, payload=payload(event))
    return mail_of(dedupe)


def in_own_words(kind: Kind, text: str, *, account_id: int) -> None:
    """Have a post write the Arabic text of an event, and tell it; call inside a transaction."""
    post_id, event = people.post().id, "case_accepted"
    where = Place(post_id=post_id, service_id=None, event=event, kind=kind)
    texts.save(where, {"ar": Words(body=text)}, seen=0, actor=SYSTEM)
    known = payload(event)
    services.tell(event, account_id=account_id, dedupe="o1", payload=known, post_id=post_id)


def text_of(dedupe: str) -> Message:
    """Return the short message of what was told."""
    return db.session.scalars(select(Message).where(Message.dedupe_key == f"{dedupe}:sms")).one()


def mail_of(dedupe: str) -> Message:
    """Return the mail of a message."""
    return db.session.scalars(select(Message).where(Message.dedupe_key == f"{dedupe}:email")).one()


def troubled(
    state: MessageState,
    *,
    account: Account,
    dedupe: str = "m1",
    error: str = "ambiguous",
    post_id: int | None = None,
) -> Message:
    """Return a mail that staff must decide about; call inside a transaction."""
    message = told(account=account, dedupe=dedupe)
    message.state, message.last_error, message.post_id = state, error, post_id
    db.session.flush()
    assert message.channel is Channel.EMAIL
    return message


def lines(event: str) -> list[Message]:
    """Return all rows of an event, those of the inbox too."""
    return list(db.session.scalars(select(Message).where(Message.event == event)))
