"""To whom a document was handed over: who came, what they showed, what they signed."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from flask_babel import lazy_gettext as _l
from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, String, func, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts import queries as accounts
from app.accounts import rules as persons
from app.accounts.rules import Details
from app.cases import changing, queries
from app.cases.models import Case
from app.cases.rules import Action
from app.core import clock
from app.core.actor import Actor
from app.core.crypto import DataKey, Sealed, cannot_be_read
from app.core.db import BigKey, Model, Named, choice, db
from app.core.errors import Invalid

MOST_OF_A_NUMBER = 4
"""Of the number of an identity document no more than its last characters are kept."""
LONGEST_NAME = 120
LONGEST_NUMBER = 60
FULL_AGE = 18


class Receiver(StrEnum):
    """Who may come for a document."""

    APPLICANT = "applicant"
    GUARDIAN = "guardian"
    PROXY = "proxy"


class Shown(StrEnum):
    """By which document whoever came was identified."""

    PASSPORT = "passport"
    NATIONAL_ID = "national_id"
    RESIDENCE_PERMIT = "residence_permit"
    OTHER = "other"


class Authority(StrEnum):
    """By which paper somebody else comes for the applicant."""

    NOTARISED = "notarised"
    WRITTEN = "written"


class HandOver(Named, Model):
    """One document handed over; who came and their numbers are sealed with the case's key."""

    __tablename__ = "hand_over"
    __table_args__ = (
        CheckConstraint(
            "(receiver = 'proxy') = (authority IS NOT NULL)", name="proxy_has_authority"
        ),
    )

    case_id: Mapped[int] = mapped_column(ForeignKey("case.id", ondelete="CASCADE"), index=True)
    data_key_id: Mapped[int] = mapped_column(ForeignKey("data_key.id"))
    sheet: Mapped[str] = mapped_column(String(32), unique=True)
    """The number on the printed receipt that was signed."""
    receiver: Mapped[Receiver] = mapped_column(choice(Receiver, name="receiver_known"))
    shown: Mapped[Shown] = mapped_column(choice(Shown, name="shown_known"))
    authority: Mapped[Authority | None] = mapped_column(choice(Authority, name="authority_known"))
    sealed_ending: Mapped[bytes] = mapped_column(LargeBinary)
    sealed_proxy: Mapped[bytes | None] = mapped_column(LargeBinary)
    sealed_authority_number: Mapped[bytes | None] = mapped_column(LargeBinary)
    by_id: Mapped[int] = mapped_column(BigKey)
    at: Mapped[datetime]

    data_key: Mapped[DataKey] = relationship(lazy="joined", innerjoin=True)
    ending = Sealed[str](cannot_be_read)
    """The last characters of the document that was shown."""
    proxy = Sealed[str](cannot_be_read)
    """The name of who came for the applicant, with their authority or as parent or guardian."""
    authority_number = Sealed[str](cannot_be_read)
    """Number and day of their paper."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What an officer noted when a document was handed over."""

    receiver: Receiver
    shown: Shown
    ending: str
    is_signed: bool
    is_other_number: bool = False
    """Whether the officer has seen that the number is not the one on file."""
    is_unpaid: bool = False
    """Whether the officer hands over although the fee is still owed."""
    proxy: str = ""
    authority: Authority | None = None
    authority_number: str = ""


def sheet_of(case: Case) -> str:
    """Return the number of the receipt that is printed and signed next for a case."""
    earlier = db.session.scalar(select(func.count()).where(HandOver.case_id == case.id)) or 0
    return f"{case.reference}/R{earlier + 1}"


def receivers_of(case: Case) -> tuple[Receiver, ...]:
    """Return who may come for the document of a case by its service."""
    may = [Receiver.APPLICANT]
    if _has_guardian(case):
        may.append(Receiver.GUARDIAN)
    if queries.definition(case).by_proxy():
        may.append(Receiver.PROXY)
    return tuple(may)


def _has_guardian(case: Case) -> bool:
    """Return whether a parent or guardian may come: for a child, or a ward; not for others."""
    age = persons.age(_details(case), clock.today(case.service.post.zone))
    return age is None or age < FULL_AGE or accounts.is_ward(case.person_id)


def _details(case: Case) -> Details:
    return Details.from_json(case.person.details or {})


def find(case_id: int) -> HandOver | None:
    """Return how the document of a case was handed over last, or None before."""
    return db.session.scalar(
        select(HandOver).where(HandOver.case_id == case_id).order_by(HandOver.id.desc()).limit(1)
    )


def hand_over(reference: str, receipt: Receipt, *, actor: Actor, seen: int, key: str) -> Case:
    """Note to whom a document was handed over, and end the step.

    Raises Invalid, with the field, for what is missing or not for this service.
    """
    case = changing.lock_named(reference, actor)
    if changing.is_done(case, key):
        return case
    changing.check(case, Action.HANDED_OVER, actor=actor, seen=seen)
    _check(case, receipt)
    row = _write(case, receipt, actor)
    details: dict[str, object] = {"receiver": row.receiver.value, "sheet": row.sheet}
    if receipt.is_unpaid:
        details["is_unpaid"] = True
    if _is_another(case, receipt):
        details["is_other_number"] = True
    return changing.apply(case, Action.HANDED_OVER, actor=actor, key=key, details=details)


def _check(case: Case, receipt: Receipt) -> None:
    if receipt.receiver not in receivers_of(case):
        raise Invalid(_l("Choose who may come for this document."), field="receiver")
    if not receipt.ending.strip():
        raise Invalid(
            _l("Enter the last characters of the document that was shown."), field="ending"
        )
    if receipt.receiver is not Receiver.APPLICANT and not receipt.proxy.strip():
        raise Invalid(_l("Enter the name of who came for the applicant."), field="proxy")
    if _is_another(case, receipt) and not receipt.is_other_number:
        raise Invalid(
            _l("The number on file ends otherwise. Compare it once more, or confirm it."),
            field="other_number",
        )
    if receipt.receiver is Receiver.PROXY:
        _check_proxy(receipt)
    if not receipt.is_signed:
        raise Invalid(
            _l("The receipt is signed before the document is handed over."), field="is_signed"
        )


def _is_another(case: Case, receipt: Receipt) -> bool:
    """Return whether an applicant showed a document whose number is not the one on file."""
    details = _details(case)
    known = {
        Shown.PASSPORT: persons.document_number(details.passport_number),
        Shown.NATIONAL_ID: persons.digits_of(details.national_number),
    }.get(receipt.shown, "")
    if receipt.receiver is not Receiver.APPLICANT or not known:
        return False
    return not known.endswith(persons.document_number(receipt.ending)[-MOST_OF_A_NUMBER:])


def _check_proxy(receipt: Receipt) -> None:
    if receipt.authority is None:
        raise Invalid(_l("Choose by which paper they came."), field="authority")
    if not receipt.authority_number.strip():
        raise Invalid(_l("Enter number or day of the paper."), field="authority_number")


def _write(case: Case, receipt: Receipt, actor: Actor) -> HandOver:
    is_proxy = receipt.receiver is Receiver.PROXY
    row = HandOver(
        case_id=case.id,
        data_key=case.data_key,
        sheet=sheet_of(case),
        receiver=receipt.receiver,
        shown=receipt.shown,
        authority=receipt.authority if is_proxy else None,
        by_id=actor.id or 0,
        at=clock.now(),
    )
    row.ending = receipt.ending.strip()[-MOST_OF_A_NUMBER:]
    if receipt.receiver is not Receiver.APPLICANT:
        row.proxy = receipt.proxy.strip()[:LONGEST_NAME]
    if is_proxy:
        row.authority_number = receipt.authority_number.strip()[:LONGEST_NUMBER]
    db.session.add(row)
    db.session.flush()
    return row
