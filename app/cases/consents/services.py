"""Naming who has to consent, and what they answer; each in the caller's transaction.

The case is locked before its consent, by everybody: who signs and who names another wait for
each other.
"""

import hmac

from flask_babel import lazy_gettext as _l
from sqlalchemy import update

from app.accounts import queries as accounts
from app.accounts.rules import code_of
from app.audit import services as audit
from app.cases import changing
from app.cases.consents import asking, queries, rules
from app.cases.consents.models import Consent
from app.cases.consents.rules import ConsentState
from app.cases.models import Case
from app.cases.rules import ENDED, State
from app.core import clock
from app.core.actor import SYSTEM, Actor, ActorKind
from app.core.db import count_changed, db
from app.core.errors import Conflict, Invalid, InvalidTransition

LONGEST_REASON = 500

WRONG_CODE = _l("This code is not right, or it is not good any more. Have a new one sent.")


def name(reference: str, *, person: str, address: str, language: str, actor: Actor) -> Consent:
    """Name the other parent of an applicant; in a request that was sent they are asked at once.

    Raises InvalidTransition once the consent was given, or where none is needed, and Invalid for
    an address of the account itself, which would answer its own question.
    """
    case = changing.lock_named(reference, actor)
    former = _lock_newest(case)
    state = former.state if former else None
    if case.state in ENDED or not queries.is_needed(case) or not rules.may_change(state):
        raise InvalidTransition()
    _refuse_own(case, address)
    _replace(former)
    consent = Consent(
        case=case, state=ConsentState.NAMED, language=language, named_at=clock.now(), code_left=0
    )
    consent.name, consent.address = person, address
    db.session.add(consent)
    db.session.flush()
    if case.state is not State.DRAFT:
        asking.ask(consent, case)
    return consent


def _refuse_own(case: Case, address: str) -> None:
    reached = accounts.find_account_by_address(address)
    if reached is not None and reached.id == case.account_id:
        raise Invalid(
            _l("This is your own address. Give the one of the other parent."), field="address"
        )


def _lock_newest(case: Case) -> Consent | None:
    """Return the consent that counts for a locked case as it stands now, locked."""
    consent = queries.find(case.id)
    return queries.lock(consent.uid) if consent else None


def _replace(consent: Consent | None) -> None:
    if consent is not None and consent.state in rules.OPEN:
        consent.state = ConsentState.REPLACED


def spend_try(uid: str) -> Consent:
    """Take one try off the code that was sent; commit this before the code is compared."""
    spent = count_changed(
        update(Consent)
        .where(Consent.uid == uid, Consent.code_left > 0, Consent.code_until > clock.now())
        .values(code_left=Consent.code_left - 1)
        .execution_options(synchronize_session=False)
    )
    if spent != 1:
        raise Invalid(WRONG_CODE, field="code")
    return queries.get(uid)


def sign(uid: str, code: str, *, reader: Actor | None = None) -> Consent:
    """Consent, with the code that was sent; a try must have been taken off before.

    `reader` is whoever is signed in where it is answered: that it is the one who filed the
    request is kept, for parents share a computer, and others answer for a parent.
    """
    return _answer(uid, code, ConsentState.SIGNED, "", reader)


def decline(uid: str, code: str, reason: str, *, reader: Actor | None = None) -> Consent:
    """Say no, with a reason; whoever filed the request is told that it was declined."""
    if not reason.strip():
        raise Invalid(_l("Say why you do not consent."), field="reason")
    return _answer(uid, code, ConsentState.DECLINED, reason, reader)


def _answer(uid: str, code: str, state: ConsentState, reason: str, reader: Actor | None) -> Consent:
    changing.lock(queries.get(uid).case_id)
    consent = queries.lock(uid)
    if consent.state is not ConsentState.ASKED or consent.case.state in ENDED:
        raise InvalidTransition()
    typed = asking.hash_of(consent, code_of(code))
    if consent.code_hash is None or not hmac.compare_digest(consent.code_hash, typed):
        raise Invalid(WRONG_CODE, field="code")
    consent.code_hash, consent.code_left = None, 0
    is_citizen = reader is not None and reader.kind is ActorKind.CITIZEN
    consent.answered_by = reader.id if reader and is_citizen else None
    _settle(consent, state, reason, None)
    news = "consent_signed" if state is ConsentState.SIGNED else "consent_declined"
    asking.tell_filer(consent, news)
    return consent


def waive(reference: str, reason: str, *, actor: Actor, seen: int) -> Consent:
    """Do without a consent, for a reason that is kept; for the officer who has the case.

    Raises InvalidTransition for another officer and where nobody was named, Conflict when the case
    went on since it was `seen`, Invalid without a reason.
    """
    case = changing.lock_named(reference, actor)
    consent = _lock_newest(case)
    if not changing.is_holder(case, actor) or consent is None:
        raise InvalidTransition()
    if seen != case.version:
        raise Conflict()
    if not reason.strip():
        raise Invalid(_l("Say why the consent is not needed."), field="reason")
    if consent.state not in rules.GIVEN:
        _settle(consent, ConsentState.WAIVED, reason, actor)
    return consent


def _settle(consent: Consent, state: ConsentState, reason: str, actor: Actor | None) -> None:
    consent.state, consent.settled_at = state, clock.now()
    consent.settled_by = actor.id if actor else None
    consent.reason = reason.strip()[:LONGEST_REASON] or None
    db.session.flush()
    audit.record(
        f"consent_{state.value}",
        actor=actor or SYSTEM,
        object_kind="case",
        object_uid=consent.case.uid,
        post_id=consent.case.post_id,
    )


def _standing(case: Case) -> tuple[bool, ConsentState | None]:
    """Return whether a consent is needed, and where it stands; not looked up for nothing."""
    if not queries.is_needed(case):
        return False, None
    consent = queries.find(case.id)
    return True, consent.state if consent else None


def check_filing(case: Case) -> None:
    """Refuse to send a draft in which the other parent is not named; raise Invalid."""
    is_needed, state = _standing(case)
    if not rules.may_send(is_needed=is_needed, state=state):
        raise Invalid(_l("Name the other parent, whose consent is needed, before you send this."))


def check_decision(case: Case) -> None:
    """Refuse to accept a case without the consent that it needs; raise Invalid."""
    is_needed, state = _standing(case)
    if not rules.may_accept(is_needed=is_needed, state=state):
        raise Invalid(
            _l("The other parent has not consented. Wait, or waive the consent with a reason."),
            field="consent",
        )
