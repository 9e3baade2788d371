"""Giving the paper of an authority, checking and revoking it; and asking for it in a request.

Each function works in the caller's transaction.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from flask_babel import lazy_gettext as _l

from app.accounts import queries as accounts
from app.accounts.models import Account, Authority, Person
from app.accounts.rules import AuthorityKind, by_paper
from app.audit import services as audit
from app.cases import changing, competence
from app.cases.mandates import principals, queries, rules, wording
from app.cases.mandates.models import Mandate
from app.cases.mandates.rules import MandateState
from app.cases.models import Case
from app.cases.rules import OPEN
from app.core import clock
from app.core.actor import Actor, Role
from app.core.db import db
from app.core.errors import Conflict, Invalid, InvalidTransition, NotFound
from app.documents.models import Document, DocumentState

LONGEST_REASON = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a paper says, as its owner read it off."""

    number: str
    issuer: str
    services: Collection[str] = ()
    """Codes of the services that it covers, none for all."""
    valid_until: date | None = None
    principal: str = ""
    """An e-mail address at which the principal is told."""
    language: str = "ar"


class WithoutAuthority(Invalid):
    """The right by which somebody files does not carry the request."""


def give(
    person_uid: str, terms: Terms, document: Document, *, actor: Actor, today: date
) -> Mandate:
    """Add the paper by which the actor acts for a person; it takes the place of an earlier one.

    `document` must be sealed with the key of the person. Raises NotFound for a person of somebody
    else, and Invalid, with the field, for a paper that has ended.
    """
    authority = accounts.get_authority(actor.id or 0, person_uid)
    if not by_paper(authority.kind):
        raise NotFound()
    if terms.valid_until is not None and terms.valid_until < today:
        raise Invalid(_l("This paper has ended already. Attach one that is valid."), field="until")
    former = queries.lock_newest(authority.id)
    _replace(former)
    mandate = _add(authority, terms, document, actor)
    principals.keep(mandate, former)
    principals.ask_to_confirm(mandate)
    return mandate


def _replace(mandate: Mandate | None) -> None:
    if mandate is not None and mandate.state in rules.STANDING:
        mandate.state = MandateState.REPLACED
        db.session.flush()


def _add(authority: Authority, terms: Terms, document: Document, actor: Actor) -> Mandate:
    mandate = Mandate(
        authority=authority,
        data_key=authority.person.data_key,
        document=document,
        kind=authority.kind,
        state=MandateState.RECEIVED,
        services=sorted(terms.services),
        valid_until=terms.valid_until,
        language=terms.language,
        given_at=clock.now(),
    )
    mandate.number, mandate.issuer = terms.number, terms.issuer
    if authority.kind is AuthorityKind.AGENT:
        mandate.principal = terms.principal or None
    db.session.add(mandate)
    db.session.flush()
    _record("authority_given", mandate, actor)
    return mandate


def may_decide(case: Case, actor: Actor) -> bool:
    """Return whether the actor says now what the paper behind a case is worth.

    Who has the case in hand does, and the head, who also hears of it when the case is over.
    """
    is_first = changing.is_holder(case, actor) and not competence.only_reviews(actor)
    return actor.has_role(Role.HEAD) or (case.state in OPEN and is_first)


def _decided_on(case: Case, actor: Actor, seen: int) -> Case:
    """Return a case, locked, in which the actor decides; Conflict on an old page."""
    case = changing.lock_named(case.reference, actor)
    if not may_decide(case, actor):
        raise InvalidTransition()
    if seen != case.version:
        raise Conflict()
    return case


def accept(uid: str, case: Case, *, actor: Actor, seen: int) -> Mandate:
    """Say that a paper proves the authority under which a case was filed.

    Raises InvalidTransition for anybody who may not decide, Conflict on an old page.
    """
    return _settle(uid, _decided_on(case, actor, seen), MandateState.ACCEPTED, "", actor)


def reject(uid: str, case: Case, reason: str, *, actor: Actor, seen: int) -> Mandate:
    """Say why a paper does not prove it; its owner is told and may give another."""
    return _settle(uid, _decided_on(case, actor, seen), MandateState.REJECTED, reason, actor)


def revoke(uid: str, case: Case, reason: str, *, actor: Actor, seen: int) -> Mandate:
    """Note for the post that an authority does not stand any more; its owner is told."""
    return _settle(uid, _decided_on(case, actor, seen), MandateState.REVOKED, reason, actor)


def _settle(uid: str, case: Case, state: MandateState, reason: str, actor: Actor) -> Mandate:
    authority = queries.find_authority(case.account_id, case.person_id)
    mandate = queries.lock_newest(authority.id) if authority else None
    if mandate is None or mandate.uid != uid:
        raise Conflict(_l("Another paper was given meanwhile. Look at it before you decide."))
    if mandate.state is state:
        return mandate
    if state is not MandateState.ACCEPTED and not reason.strip():
        raise Invalid(_l("Say why, so that it can be mended."), field="reason")
    if mandate.state is MandateState.REVOKED:
        raise Conflict(_l("This authority was revoked. Only a new paper can take its place."))
    if state is MandateState.ACCEPTED and mandate.document.state is not DocumentState.CLEAN:
        raise Invalid(_l("The paper was not found free of viruses yet, so it cannot be accepted."))
    _write(mandate, state, reason)
    mandate.settled_by = actor.id
    _record(f"authority_{state.value}", mandate, actor, case)
    if state is not MandateState.ACCEPTED:
        principals.tell_agent(mandate, case)
    return mandate


def _write(mandate: Mandate, state: MandateState, reason: str) -> None:
    mandate.state, mandate.settled_at = state, clock.now()
    mandate.reason = reason.strip()[:LONGEST_REASON] or None
    db.session.flush()


def _record(action: str, mandate: Mandate, actor: Actor, case: Case | None = None) -> None:
    audit.record(
        action,
        actor=actor,
        object_kind="mandate",
        object_uid=mandate.uid,
        post_id=case.post_id if case else None,
        fields={"case": case.reference} if case else None,
    )


def check_person(account: Account | None, person: Person, service: str, *, on: date) -> None:
    """Refuse, before a draft is begun, a right that does not carry a request for a service.

    Raises WithoutAuthority with the sentence that says what is wrong. At the counter, without an
    account, a clerk has looked at it.
    """
    authority = queries.find_authority(account.id, person.id) if account else None
    if authority is None:
        return
    power = queries.power_of(queries.find_newest(authority.id))
    flaw = rules.flaw_at_filing(authority.kind, power, service=service, on=on)
    if flaw is not None:
        raise WithoutAuthority(wording.TO_AGENT[flaw], field="person", uid=person.uid)


def check_filing(case: Case) -> None:
    """Refuse to send a draft by a right that does not carry it; raise WithoutAuthority."""
    flaw = queries.flaw_at_filing(case)
    if flaw is not None:
        raise WithoutAuthority(wording.TO_AGENT[flaw])


def check_decision(case: Case) -> None:
    """Refuse to accept a case whose authority has ended, or was not accepted by an officer."""
    authority = queries.find_authority(case.account_id, case.person_id)
    if authority is None:
        return
    flaw = queries.flaw_at_decision(case, queries.lock_newest(authority.id), authority)
    if flaw is not None:
        raise WithoutAuthority(wording.TO_OFFICER[flaw], field="authority")
