"""What nobody comes back to: drafts that were never sent, and accounts without any request.

A draft is announced thirty days before it goes. An account is told twice, thirty days and two
weeks before; whoever signs in or changes the draft meanwhile keeps it.
"""

from datetime import date, timedelta

from sqlalchemy import delete, exists, func, select

from app.accounts.models import Account
from app.audit import services as audit
from app.cases.models import Case
from app.cases.rules import State
from app.catalogue.models import Post
from app.core import clock
from app.core.actor import SYSTEM
from app.core.db import db, new_uid
from app.notifications import services as notifications
from app.reporting.retention import erasing, leaving, rules
from app.reporting.retention.models import IdleAccount, Retention

AT_ONCE = 50


def drop_outdated() -> int:
    """Forget the plans that do not hold any more, so that they are made anew; return how many.

    Of requests that were opened again, of drafts that were changed or sent, and of accounts whose
    owner came back.
    """
    again = Case.submitted_at.is_not(None) | (Case.updated_at > Retention.announced_at)
    cases = (
        select(Retention.case_id)
        .join(Retention.case)
        .where(Case.ended_at.is_(None), Retention.held_at.is_(None), again)
        .order_by(Retention.case_id)
        .limit(AT_ONCE)
    )
    found = db.session.scalars(cases).all()
    db.session.execute(delete(Retention).where(Retention.case_id.in_(found)))
    back = (
        select(IdleAccount.account_id)
        .join(IdleAccount.account)
        .where(Account.seen_on > IdleAccount.since_on)
        .limit(AT_ONCE)
    )
    accounts = db.session.scalars(back).all()
    db.session.execute(delete(IdleAccount).where(IdleAccount.account_id.in_(accounts)))
    return len(found) + len(accounts)


def announce_drafts() -> int:
    """Tell the citizens of the next drafts that nobody changed for long; return how many."""
    count = 0
    for post in db.session.scalars(select(Post).order_by(Post.id)).all():
        for case in _old_drafts(post):
            _announce_draft(case)
            count += 1
    db.session.flush()
    return count


def _old_drafts(post: Post) -> list[Case]:
    before = clock.now() - timedelta(days=post.draft_days) + rules.ANNOUNCED
    planned = exists().where(Retention.case_id == Case.id)
    query = (
        select(Case)
        .where(Case.post_id == post.id, Case.state == State.DRAFT, Case.updated_at < before)
        .where(~planned)
        .order_by(Case.id)
        .limit(AT_ONCE)
    )
    return list(db.session.scalars(query))


def _announce_draft(case: Case) -> None:
    today = clock.now().date()
    due_on = today + rules.ANNOUNCED
    row = Retention(case_id=case.id, uid=new_uid(), due_on=due_on, announced_at=clock.now())
    db.session.add(row)
    if case.account_id is not None:
        notifications.tell(
            "draft_old",
            account_id=case.account_id,
            dedupe=f"draft_old/{case.uid}/{due_on.isoformat()}",
            payload={"reference": case.reference, "until_on": due_on.isoformat()},
            post_id=case.post_id,
            case_id=case.id,
        )


def discard_next() -> list[str] | None:
    """Delete the next draft whose last day has passed.

    Return the uids of the files to remove once the transaction has committed, None for no draft.
    """
    today = clock.now().date()
    case = db.session.scalar(
        select(Case)
        .join(Retention, Retention.case_id == Case.id)
        .where(Case.state == State.DRAFT, Retention.due_on < today)
        .where(Case.updated_at <= Retention.announced_at)
        .order_by(Case.id)
        .limit(1)
        .with_for_update(of=Case)
    )
    if case is None:
        return None
    person, of_visitor = case.person, case.account_id is None
    audit.record(
        "draft_erased",
        actor=SYSTEM,
        object_kind="case",
        object_uid=case.uid,
        post_id=case.post_id,
    )
    files = leaving.discard(case)
    return [*files, *erasing.forget_person(person, None)] if of_visitor else files


def announce_accounts() -> int:
    """Tell the owners of the next accounts to which nobody came back for long; return how many."""
    months = db.session.scalar(select(func.max(Post.idle_months))) or 0
    if not months:
        return 0
    today = clock.now().date()
    before = rules.months_after(today + rules.ANNOUNCED, -months)
    found = _idle(before)
    for account in found:
        due_on = today + rules.ANNOUNCED
        row = IdleAccount(account_id=account.id, since_on=account.seen_on, due_on=due_on)
        db.session.add(row)
        _tell(account, due_on)
    db.session.flush()
    return len(found)


def _idle(before: date) -> list[Account]:
    planned = exists().where(IdleAccount.account_id == Account.id)
    query = (
        select(Account)
        .where(Account.erased_at.is_(None), Account.seen_on < before)
        .where(~planned, leaving.HAS_NO_REQUEST)
        .order_by(Account.id)
        .limit(AT_ONCE)
    )
    return list(db.session.scalars(query))


def warn_accounts() -> int:
    """Tell the owners a last time, two weeks before; return how many."""
    today = clock.now().date()
    query = select(IdleAccount).where(
        IdleAccount.warned_on.is_(None), IdleAccount.due_on <= today + rules.CLOSED
    )
    found = db.session.scalars(query.order_by(IdleAccount.account_id).limit(AT_ONCE)).all()
    for row in found:
        row.warned_on = today
        row.due_on = max(row.due_on, today + rules.CLOSED)
        _tell(row.account, row.due_on)
    db.session.flush()
    return len(found)


def erase_next_account() -> list[str] | None:
    """Erase the next account whose last day has passed; as discard_next."""
    today = clock.now().date()
    found = db.session.scalar(
        select(Account)
        .join(IdleAccount, IdleAccount.account_id == Account.id)
        .where(IdleAccount.due_on < today, IdleAccount.warned_on.is_not(None))
        .where(Account.seen_on <= IdleAccount.since_on)
        .where(leaving.HAS_NO_REQUEST)
        .order_by(Account.id)
        .limit(1)
        .with_for_update(of=Account)
    )
    return leaving.erase_account(found.id) if found is not None else None


def _tell(account: Account, due_on: date) -> None:
    notifications.tell(
        "account_idle",
        account_id=account.id,
        dedupe=f"account_idle/{account.uid}/{clock.now().date().isoformat()}",
        payload={"until_on": due_on.isoformat()},
    )
