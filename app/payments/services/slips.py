"""Bank slips: sent by the citizen, confirmed or refused by who sees the post's account.

Each function works in the caller's transaction.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select

from app.audit import services as audit
from app.cases import changing, telling
from app.cases import queries as cases
from app.cases.models import Case
from app.core import clock
from app.core.actor import Actor
from app.core.db import add_once, db
from app.core.errors import Invalid, InvalidTransition, NotAllowed
from app.documents import services as documents
from app.documents.models import DocumentState
from app.documents.services import Upload
from app.payments import queries, rules
from app.payments.models import Receipt, Slip
from app.payments.rules import Method, SlipState
from app.payments.services import debts, taking

MOST_OF_A_CASE = 10
OLDEST = timedelta(days=180)
LONGEST_REASON = 500
WAITS = _l("Your slip was received already, and waits to be checked.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """A file with what the citizen read from it; the amount is in minor units."""

    upload: Upload
    currency: str
    amount: int
    paid_on: date


def check(amount: int, paid_on: date, *, today: date) -> None:
    """Raise Invalid for what cannot stand on a slip; amount in minor units."""
    if amount <= 0:
        raise Invalid(_l("Enter the amount that stands on the slip."), field="amount")
    if not today - OLDEST <= paid_on <= today:
        raise Invalid(
            _l("Enter the day of the payment: today or earlier, at most half a year ago."),
            field="paid_on",
        )


def send(reference: str, proof: Proof, *, actor: Actor) -> Slip:
    """Keep the slip of a payment, quarantined until it was looked at, and return it.

    Raises Invalid when nothing is due in the currency, another slip waits, or there are too many.
    """
    case = changing.lock_named(reference, actor)
    _check_due([case], case, proof)
    return _keep(case, proof, actor)


def send_together(reference: str, proof: Proof, *, actor: Actor) -> Slip:
    """Keep the slip by which all that a filing owes was paid; raises as send."""
    locked = debts.lock_filing(reference, actor)
    case = cases.get_case(reference, actor)
    _check_due(locked, case, proof)
    return _keep(case, proof, actor, filing_id=case.filing_id)


def _check_due(locked: Sequence[Case], case: Case, proof: Proof) -> None:
    check(proof.amount, proof.paid_on, today=clock.today(case.service.post.zone))
    debts.due(locked, proof.currency)
    sent = db.session.scalar(select(func.count()).where(Slip.case_id == case.id)) or 0
    if sent >= MOST_OF_A_CASE:
        raise Invalid(_l("No more slips can be sent. Please call the post, or come by."))
    if queries.has_waiting_slip([one.id for one in locked], case.filing_id):
        raise Invalid(WAITS)


def _keep(case: Case, proof: Proof, actor: Actor, *, filing_id: int | None = None) -> Slip:
    slip = Slip(
        case_id=case.id,
        post_id=case.post_id,
        filing_id=filing_id,
        document=documents.keep(proof.upload, data_key=case.data_key),
        data_key=case.data_key,
        currency=proof.currency,
        amount=proof.amount,
        paid_on=proof.paid_on,
        state=SlipState.SENT,
        sent_at=clock.now(),
    )
    if not add_once(slip):
        raise Invalid(WAITS)
    _record("slip_sent", slip, actor)
    return slip


def confirm(uid: str, *, actor: Actor, key: str) -> Receipt:
    """Confirm that the money of a slip has arrived, and give a receipt for all that it pays.

    Raises Invalid when the slip is not for the amount that is due or was not looked at yet.
    """
    slip, locked = _lock_waiting(uid, actor)
    if slip.document.state is not DocumentState.CLEAN:
        raise Invalid(_l("The slip was not checked yet, or could not be used."))
    debt = debts.due(locked, slip.currency)
    if debt.amount != slip.amount:
        raise Invalid(
            _l("The slip is not for the amount that is due. Refuse it, and say what is missing.")
        )
    _decide(slip, SlipState.CONFIRMED, actor)
    return taking.settle(debt, Method.SLIP, actor=actor, key=key)[0]


def refuse(uid: str, *, reason: str, actor: Actor) -> Slip:
    """Refuse a slip with a reason that the citizen reads; Invalid without one."""
    slip, _locked = _lock_waiting(uid, actor)
    if not reason.strip():
        raise Invalid(_l("Say why the slip is refused."), field="reason")
    slip.reason = reason.strip()[:LONGEST_REASON]
    _decide(slip, SlipState.REFUSED, actor)
    telling.send(slip.case, "slip_refused", dedupe=f"slip/{slip.uid}")
    return slip


def _lock_waiting(uid: str, actor: Actor) -> tuple[Slip, list[Case]]:
    """Return a slip that waits with the cases that it pays, locked."""
    if not actor.has_role(*rules.SLIP_READERS):
        raise NotAllowed()
    locked = debts.lock_paid_by(queries.get_slip(uid, actor))
    # Asked again: while the case was waited for it may have gone to another post.
    slip = queries.get_slip(uid, actor)
    db.session.refresh(slip)
    if slip.state is not SlipState.SENT:
        raise InvalidTransition(_l("This slip was decided already."))
    return slip, locked


def _decide(slip: Slip, state: SlipState, actor: Actor) -> None:
    slip.state, slip.decided_at, slip.decided_by = state, clock.now(), actor.id
    db.session.flush()
    _record(f"slip_{state.value}", slip, actor)


def _record(action: str, slip: Slip, actor: Actor) -> None:
    audit.record(
        action,
        actor=actor,
        object_kind="slip",
        object_uid=slip.uid,
        post_id=slip.post_id,
        fields={"currency": slip.currency, "amount": slip.amount},
    )
