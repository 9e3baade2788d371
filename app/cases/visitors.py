"""Requests of visitors who have no account: filed at the counter, taken into an account later."""

from collections.abc import Sequence

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import joinedload

from app.accounts import services as accounts
from app.accounts.models import AuthorityKind
from app.accounts.rules import Details
from app.cases import changing, queries
from app.cases.models import Case
from app.cases.rules import Action, State
from app.core.actor import Actor
from app.core.db import db
from app.core.errors import Invalid

MOST_LISTED = 25


class NothingFits(Invalid):
    """No request can be taken over with what was entered; why not is not told."""

    message = _l(
        "No request can be added with these details. Compare the number and the code with the "
        "slip, and the date of birth with the paper that was shown at the counter."
    )


def list_drafts(post_id: int) -> Sequence[Case]:
    """Return the drafts that were begun at the counter of a post, the newest first."""
    return _listed(post_id, Case.state == State.DRAFT)


def list_sent(post_id: int) -> Sequence[Case]:
    """Return what was filed for visitors lately, the newest first."""
    return _listed(post_id, Case.state != State.DRAFT)


def _listed(post_id: int, which: ColumnElement[bool]) -> Sequence[Case]:
    return db.session.scalars(
        select(Case)
        .options(joinedload(Case.person), joinedload(Case.pinned))
        .where(Case.post_id == post_id, Case.account_id.is_(None), which)
        .order_by(Case.id.desc())
        .limit(MOST_LISTED)
    ).all()


def claim(
    reference: str, code: str, birth: str, *, kind: AuthorityKind, actor: Actor, key: str
) -> Case:
    """Take a visitor's request, and the person, into the account of the actor, and return it.

    Number and code stand on the slip; `birth` is the ISO date, or the year, that was entered at
    the counter. Raises NothingFits for whatever does not belong together, and for a request that
    has an account already, unless it is this one. Whoever calls counts the tries.
    """
    found = queries.follow(reference, code)
    if found is None:
        raise NothingFits()
    case = changing.lock(found.id)
    if case.account_id is not None and case.account_id == actor.id:
        return case
    if case.account_id is not None or not _is_born(case, birth):
        raise NothingFits()

    changing.check(case, Action.CLAIMED, actor=actor, seen=None)
    accounts.entrust(case.person, account_id=actor.id or 0, kind=kind)
    case.account_id = actor.id
    return changing.apply(case, Action.CLAIMED, actor=actor, key=key)


def _is_born(case: Case, birth: str) -> bool:
    known = Details.from_json(case.person.details or {}).birth
    return bool(known) and known == birth
