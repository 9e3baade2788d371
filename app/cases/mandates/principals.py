"""Telling the one who gave a power of attorney what is done in their name; they may revoke it.

They are reached by the address that their agent gave, once they confirmed it, and by an account
of their own, if a request that they filed for themselves was accepted. Who holds the link of a
mandate was written to: it is made of a keyed hash, and stored nowhere.
"""

import hmac
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.accounts.models import Authority, Person
from app.accounts.rules import AuthorityKind
from app.audit import services as audit
from app.cases.mandates import queries
from app.cases.mandates.models import Mandate
from app.cases.mandates.rules import STANDING, MandateState
from app.cases.models import Case, CaseEvent
from app.cases.rules import OPEN, Action, State
from app.core import clock
from app.core.actor import SYSTEM
from app.core.crypto import keyed_hash
from app.core.db import db
from app.core.errors import NotFound
from app.notifications import services as notifications

NEWS = {
    Action.SUBMITTED: "principal_filed",
    Action.ACCEPTED: "principal_decided",
    Action.REFUSED: "principal_decided",
    Action.HANDED_OVER: "principal_received",
}
KNOWN_BY = (State.IN_PROGRESS, State.READY, State.COMPLETED)
"""What shows that an officer has seen who the holder of an account is."""


def path_of(mandate: Mandate) -> str:
    """Return where a principal reads of a mandate, without the language."""
    return f"/in-my-name/{mandate.uid}/{_token(mandate.uid)}"


def _token(uid: str) -> str:
    return keyed_hash("mandate_link", uid)


def get(uid: str, token: str) -> Mandate:
    """Return the mandate behind a link, or what took its place; NotFound for any wrong pair."""
    linked = _linked(uid, token)
    newest = queries.find_newest(linked.authority_id)
    return newest if newest is not None and _names_the_same(linked, newest) else linked


def _linked(uid: str, token: str) -> Mandate:
    if not hmac.compare_digest(token.encode(), _token(uid).encode()):
        raise NotFound()
    return queries.get(uid)


def _names_the_same(linked: Mandate, newest: Mandate) -> bool:
    # A link of a paper without an address went to an account of the principal themselves.
    return linked.principal in (None, newest.principal)


def ask_to_confirm(mandate: Mandate) -> None:
    """Write to the address that an agent gave, unless it is confirmed."""
    if not mandate.principal or mandate.principal_confirmed_at is not None:
        return
    _write(mandate, "principal_confirm", dedupe=f"mandate/{mandate.uid}/confirm")


def keep(mandate: Mandate, former: Mandate | None) -> None:
    """Let a new paper leave the principal told who was told before, and tell them of it.

    An agent who gives another paper, without the address or with one of their own, would
    otherwise act unseen. Before it is confirmed an address may be a slip, and can be mended.
    """
    if former is None:
        return
    if former.principal and former.principal_confirmed_at is not None:
        mandate.principal = former.principal
        mandate.principal_confirmed_at = former.principal_confirmed_at
        mandate.language = former.language
    _tell(mandate, "principal_replaced", dedupe=f"mandate/{mandate.uid}/replaced")


def is_asked(mandate: Mandate) -> bool:
    """Return whether the principal has not said yet that they know of a paper."""
    return mandate.principal_confirmed_at is None or queries.awaits_principal(mandate)


def confirm(uid: str, token: str) -> Mandate:
    """Note that the reader of a link wants to be told; a second time changes nothing."""
    mandate = get(uid, token)
    if is_asked(mandate):
        mandate.principal_confirmed_at = clock.now()
        _record("principal_confirmed", mandate)
    return mandate


def revoke(uid: str, token: str) -> Mandate:
    """End an authority for its principal; the agent is told in each request that runs.

    The link of an earlier paper ends the one that stands, unless it names another principal.
    """
    linked = _linked(uid, token)
    mandate = queries.lock_newest(linked.authority_id)
    if mandate is None or not _names_the_same(linked, mandate):
        raise NotFound()
    if mandate.state in STANDING:
        mandate.state, mandate.settled_at = MandateState.REVOKED, clock.now()
        mandate.settled_by = None
        # Whoever opened the link has the address: the next paper cannot name another one.
        mandate.principal_confirmed_at = mandate.principal_confirmed_at or mandate.settled_at
        _record("authority_revoked_by_principal", mandate)
        for case in list_cases(mandate):
            if case.state in OPEN:
                tell_agent(mandate, case)
    db.session.flush()
    return mandate


def list_cases(mandate: Mandate) -> Sequence[Case]:
    """Return the requests that were sent under an authority, the newest first."""
    held = mandate.authority
    return db.session.scalars(
        select(Case)
        .options(joinedload(Case.pinned))
        .where(
            Case.account_id == held.account_id,
            Case.person_id == held.person_id,
            Case.state != State.DRAFT,
        )
        .order_by(Case.id.desc())
        .limit(50)
    ).all()


def tell(case: Case, event: CaseEvent) -> None:
    """Tell the principal of an agent what was done in their name, if they can be reached."""
    news = NEWS.get(event.action)
    mandate = queries.find_of_case(case) if news else None
    if news is None or mandate is None or mandate.kind is not AuthorityKind.AGENT:
        return
    dedupe = f"principal/{case.uid}/{event.number}"
    _tell(mandate, news, dedupe=dedupe, case=case)


def _tell(mandate: Mandate, news: str, *, dedupe: str, case: Case | None = None) -> None:
    """Tell the confirmed address and the principal's own accounts, of a request where it is one."""
    if mandate.principal and mandate.principal_confirmed_at is not None:
        _write(mandate, news, dedupe=dedupe, case=case)
    for account_id in _own_accounts(mandate.authority):
        notifications.tell(
            news,
            account_id=account_id,
            dedupe=f"{dedupe}/{account_id}",
            payload=_payload(mandate, case),
            post_id=case.post_id if case else None,
            case_id=case.id if case else None,
        )


def _write(mandate: Mandate, news: str, *, dedupe: str, case: Case | None = None) -> None:
    notifications.tell_address(
        news,
        address=mandate.principal or "",
        language=mandate.language,
        dedupe=dedupe,
        payload=_payload(mandate, case),
        post_id=case.post_id if case else None,
        case_id=case.id if case else None,
    )


def _payload(mandate: Mandate, case: Case | None) -> dict[str, str]:
    about = {"reference": case.reference} if case else {}
    return {**about, "path": path_of(mandate)}


def _own_accounts(held: Authority) -> Sequence[int]:
    """Return the accounts of the person themselves, of whom an officer has seen who they are."""
    return db.session.scalars(
        select(Authority.account_id)
        .join(Person, Person.id == Authority.person_id)
        .join(Case, Case.person_id == Person.id)
        .where(
            Person.fingerprint == held.person.fingerprint,
            Authority.kind == AuthorityKind.SELF,
            Authority.ends_at.is_(None),
            Authority.account_id != held.account_id,
            Case.account_id == Authority.account_id,
            Case.state.in_(KNOWN_BY),
        )
        .distinct()
    ).all()


def tell_agent(mandate: Mandate, case: Case) -> None:
    """Tell who acts by a paper, about one of their requests, that it does not stand any more."""
    notifications.tell(
        "authority_refused",
        account_id=mandate.authority.account_id,
        dedupe=f"mandate/{mandate.uid}/{mandate.state.value}/{case.uid}",
        payload={"reference": case.reference},
        post_id=case.post_id,
        case_id=case.id,
    )


def _record(action: str, mandate: Mandate) -> None:
    audit.record(action, actor=SYSTEM, object_kind="mandate", object_uid=mandate.uid)
