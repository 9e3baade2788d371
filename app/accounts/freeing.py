"""Taking a former address from the account that signing in with it opened meanwhile."""

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, exists, select

from app.accounts import doors, queries, sessions, signals
from app.accounts.models import Account, Authority, Contact, ContactKind
from app.audit import services as audit
from app.core.actor import Actor, ActorKind
from app.core.db import count_changed, db
from app.core.errors import Conflict


class TakenMeanwhile(Conflict):
    """The former address has become that of another account, which is in use."""

    message = _l(
        "This address was confirmed for another account meanwhile. Sign in with it in this browser"
        " and open this link once more: whoever holds both can free it here. Nothing was changed."
    )


class StillNeeded(Conflict):
    """The other account holds requests, and nobody would get into it without the address."""

    message = _l(
        "The other account has requests, and this address is the only way into it. Enter another"
        " address there first, then open this link once more. Nothing was changed."
    )


def free(account: Account, kind: ContactKind, address: str, *, by: int | None) -> None:
    """Take an address for an account from another one, if that is empty or its owner says so.

    `by` is the account that was signed in to when it was said, None where nobody said it. Raises
    TakenMeanwhile, and StillNeeded where requests would be out of reach. What is left without any
    way in is closed: nobody gets into it, and it goes as every account that nobody uses.
    """
    other = queries.find_account_by_address(address)
    if other is None or other.id == account.id:
        return
    if other.id == by:
        _check_may_lose(other, kind)
    elif _is_used(other):
        raise TakenMeanwhile()
    taken = delete(Contact).where(Contact.account_id == other.id, Contact.kind == kind)
    if count_changed(taken) == 1:
        sessions.end_all(other)
        actor = Actor(kind=ActorKind.CITIZEN, id=other.id)
        audit.record(f"{kind}.removed", actor=actor, object_kind="account", object_uid=other.uid)


def may_free(account_id: int | None, former: str | None) -> bool:
    """Return whether the account that is signed in to is the one which has a former address."""
    other = queries.find_account_by_address(former or "")
    return other is not None and other.id == account_id


def _is_used(account: Account) -> bool:
    has_persons = exists().where(Authority.account_id == account.id)
    is_guarded = bool(account.password_hash) or account.has_second_factor
    return is_guarded or bool(db.session.scalar(select(has_persons)))


def _check_may_lose(account: Account, kind: ContactKind) -> None:
    try:
        doors.check_stays_open(account, without=kind)
    except Conflict:
        if any(holds for _receiver, holds in signals.shutting.send(None, account=account)):
            raise StillNeeded() from None
