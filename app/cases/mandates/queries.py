"""Finding the authority of an account over a person, and the paper that carries it."""

from sqlalchemy import select

from app.accounts.models import Authority, Person
from app.cases.mandates import rules
from app.cases.mandates.models import Mandate
from app.cases.mandates.rules import Flaw, MandateState, Power
from app.cases.models import Case
from app.core import clock
from app.core.db import db
from app.core.errors import NotFound


def find_authority(account_id: int | None, person_id: int) -> Authority | None:
    """Return by what right an account acts for a person, ended or not; None at the counter."""
    return db.session.scalar(
        select(Authority).where(
            Authority.account_id == account_id, Authority.person_id == person_id
        )
    )


def find_newest(authority_id: int) -> Mandate | None:
    """Return the paper that counts for an authority, whatever became of it; None without one."""
    return db.session.scalar(
        select(Mandate)
        .where(Mandate.authority_id == authority_id)
        .order_by(Mandate.id.desc())
        .limit(1)
    )


def lock_newest(authority_id: int) -> Mandate | None:
    """Return the paper that counts, locked as it stands now: nobody revokes it meanwhile."""
    return db.session.scalar(
        select(Mandate)
        .where(Mandate.authority_id == authority_id)
        .order_by(Mandate.id.desc())
        .limit(1)
        .with_for_update(of=Mandate)
        .execution_options(populate_existing=True)
    )


def find_of_case(case: Case) -> Mandate | None:
    """Return the paper by which the account of a case acts for its person, None without one."""
    return db.session.scalar(
        select(Mandate)
        .join(Authority, Authority.id == Mandate.authority_id)
        .where(Authority.account_id == case.account_id, Authority.person_id == case.person_id)
        .order_by(Mandate.id.desc())
        .limit(1)
    )


def get(uid: str) -> Mandate:
    """Return a paper by its public name; raise NotFound."""
    mandate = db.session.scalar(select(Mandate).where(Mandate.uid == uid))
    if mandate is None:
        raise NotFound()
    return mandate


def find_revoked_by_principal(authority: Authority) -> Mandate | None:
    """Return the paper that a principal revoked last, None if they never did.

    A person whom the same account entered once more is the same principal.
    """
    return db.session.scalar(
        select(Mandate)
        .join(Authority, Authority.id == Mandate.authority_id)
        .join(Person, Person.id == Authority.person_id)
        .where(
            Authority.account_id == authority.account_id,
            Person.fingerprint == authority.person.fingerprint,
            Mandate.state == MandateState.REVOKED,
            Mandate.settled_by.is_(None),
        )
        .order_by(Mandate.settled_at.desc(), Mandate.id.desc())
        .limit(1)
    )


def awaits_principal(mandate: Mandate) -> bool:
    """Return whether a paper came after one that its principal revoked, and nobody has said yes.

    An officer says it by accepting the paper, the principal at the address of the revoked one.
    """
    if mandate.state is not MandateState.RECEIVED:
        return False
    revoked = find_revoked_by_principal(mandate.authority)
    if revoked is None or revoked.settled_at is None:
        return False
    said_at = mandate.principal_confirmed_at
    is_same = mandate.principal is not None and mandate.principal == revoked.principal
    return not is_same or said_at is None or said_at <= revoked.settled_at


def power_of(mandate: Mandate | None) -> Power | None:
    """Return what a paper says, as the rules judge it."""
    if mandate is None:
        return None
    return Power(
        state=mandate.state,
        services=frozenset(mandate.services),
        valid_until=mandate.valid_until,
        awaits_principal=awaits_principal(mandate),
    )


def flaw_at_decision(case: Case, mandate: Mandate | None, authority: Authority) -> Flaw | None:
    """Return why a case cannot be accepted by the authority under which it was filed, or None."""
    service, today = case.service.code, clock.today(case.service.post.zone)
    return rules.flaw_at_decision(authority.kind, power_of(mandate), service=service, on=today)


def flaw_at_filing(case: Case) -> Flaw | None:
    """Return why the account of a case may not file it today, None when it may."""
    authority = find_authority(case.account_id, case.person_id)
    if authority is None:
        return None
    service, today = case.service.code, clock.today(case.service.post.zone)
    power = power_of(find_newest(authority.id))
    return rules.flaw_at_filing(authority.kind, power, service=service, on=today)
