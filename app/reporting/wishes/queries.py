"""Finding wishes for erasure, and what stands against them."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import ColumnElement, Select, and_, func, select
from sqlalchemy.orm import joinedload

from app.cases.models import Case
from app.cases.rules import OPEN as RUNNING
from app.cases.rules import State
from app.catalogue import queries as catalogue
from app.catalogue.definition.document import Definition
from app.catalogue.models import ServiceVersion
from app.core import clock
from app.core.db import db
from app.core.errors import NotFound
from app.reporting.retention import rules as retention
from app.reporting.retention.models import Retention
from app.reporting.wishes import rules
from app.reporting.wishes.models import ErasureWish
from app.reporting.wishes.rules import Ground, Standing

PAGE = 25
MOST_SHOWN = 10


def find_open(*, account_id: int, case_id: int | None) -> ErasureWish | None:
    """Return the open wish of an account for a request, or for the account where none is given.

    That for a request may have been recorded at the counter before it came into the account.
    """
    own = and_(ErasureWish.account_id == account_id, ErasureWish.case_id.is_(None))
    about = ErasureWish.case_id == case_id if case_id else own
    return db.session.scalar(select(ErasureWish).where(ErasureWish.state.in_(rules.OPEN), about))


def find_of_visitor(case: Case) -> ErasureWish | None:
    """Return the newest wish for a request that no account has; None for any other request."""
    if case.account_id is not None:
        return None
    return db.session.scalar(
        select(ErasureWish)
        .where(ErasureWish.case_id == case.id)
        .order_by(ErasureWish.id.desc())
        .limit(1)
    )


def list_of_account(account_id: int) -> Sequence[ErasureWish]:
    """Return the newest wishes of an account, the newest first."""
    return db.session.scalars(
        select(ErasureWish)
        .options(joinedload(ErasureWish.case).joinedload(Case.pinned))
        .where(ErasureWish.account_id == account_id)
        .order_by(ErasureWish.id.desc())
        .limit(MOST_SHOWN)
    ).all()


def get_of_account(uid: str, account_id: int) -> ErasureWish:
    """Return a wish of an account; raise NotFound for any other."""
    query = select(ErasureWish).where(ErasureWish.account_id == account_id)
    return _get(query.where(ErasureWish.uid == uid))


def get_of_post(uid: str, post_id: int) -> ErasureWish:
    """Return a wish that a post decides; raise NotFound for any other."""
    query = select(ErasureWish).where(ErasureWish.post_id == post_id)
    return _get(query.where(ErasureWish.uid == uid))


def lock(uid: str) -> ErasureWish | None:
    """Return a wish as it stands now, locked until the transaction ends; None for none."""
    return db.session.scalar(
        select(ErasureWish)
        .where(ErasureWish.uid == uid)
        .with_for_update(of=ErasureWish)
        .execution_options(populate_existing=True)
    )


def lock_undecided(case_id: int) -> ErasureWish | None:
    """Return the wish for a request that nobody has decided yet, locked; None without one."""
    return db.session.scalar(
        select(ErasureWish)
        .where(ErasureWish.case_id == case_id, ErasureWish.state.in_(rules.UNDECIDED))
        .with_for_update(of=ErasureWish)
    )


def _get(query: Select[ErasureWish]) -> ErasureWish:
    found = db.session.scalar(query)
    if found is None:
        raise NotFound()
    return found


def list_of_post(post_id: int, *, after: str | None = None) -> Sequence[ErasureWish]:
    """Return what a post has to decide, the most urgent first, one more than a page."""
    query = select(ErasureWish).where(*_undecided(post_id))
    start = db.session.scalar(query.where(ErasureWish.uid == after)) if after else None
    if start is not None:
        here = (ErasureWish.due_on == start.due_on) & (ErasureWish.id >= start.id)
        query = query.where((ErasureWish.due_on > start.due_on) | here)
    ordered = query.order_by(ErasureWish.due_on, ErasureWish.id)
    return db.session.scalars(ordered.limit(PAGE + 1)).all()


def list_decided(post_id: int) -> Sequence[ErasureWish]:
    """Return what a post decided last, the newest first."""
    return db.session.scalars(
        select(ErasureWish)
        .where(ErasureWish.post_id == post_id, ErasureWish.decided_at.is_not(None))
        .order_by(ErasureWish.decided_at.desc(), ErasureWish.id.desc())
        .limit(MOST_SHOWN)
    ).all()


def count_undecided(post_id: int) -> int:
    """Return how many wishes a post has to decide."""
    return db.session.scalar(select(func.count(ErasureWish.id)).where(*_undecided(post_id))) or 0


def _undecided(post_id: int) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return ErasureWish.post_id == post_id, ErasureWish.state.in_(rules.UNDECIDED)


def ids_of_cases(wish: ErasureWish) -> list[int]:
    """Return the keys of the requests that would go, drafts included, in their order."""
    about = Case.id == wish.case_id if wish.case_id else Case.account_id == wish.account_id
    return list(db.session.scalars(select(Case.id).where(about).order_by(Case.id)))


def lock_cases(wish: ErasureWish) -> list[int]:
    """Lock what would go, in the order in which everybody locks requests; return the keys."""
    ids = ids_of_cases(wish)
    rows = select(Case.id).where(Case.id.in_(ids)).order_by(Case.id).with_for_update()
    return list(db.session.scalars(rows))


def grounds(case_ids: Sequence[int]) -> list[Ground]:
    """Return what stands now against the erasure of requests."""
    return rules.standing_grounds(_standings(case_ids))


def _standings(case_ids: Sequence[int]) -> list[Standing]:
    rows = db.session.execute(
        select(
            Case.state,
            Case.appealed_at,
            Case.ended_at,
            Retention.held_at,
            Case.version_id,
            ServiceVersion.content_hash,
        )
        .select_from(Case)
        .outerjoin(Case.pinned)
        .outerjoin(Retention, Retention.case_id == Case.id)
        .where(Case.id.in_(case_ids))
    ).all()
    ended = {row.version_id: row.content_hash for row in rows if row.ended_at is not None}
    services, today = catalogue.definitions_of(ended), clock.now().date()
    return [
        Standing(
            is_running=row.state in RUNNING,
            is_appealed=row.appealed_at is not None,
            is_held=row.held_at is not None,
            is_owed=row.ended_at is not None
            and _is_owed(row.ended_at, services[row.version_id], today),
        )
        for row in rows
    ]


def _is_owed(ended_at: datetime, service: Definition, today: date) -> bool:
    """Return whether the service names a law that demands a request be kept today."""
    least = service.keeping.least_months
    return bool(least) and retention.months_after(ended_at.date(), least) >= today


def list_sent(account_id: int, *, limit: int) -> Sequence[Case]:
    """Return requests of an account that were sent, the newest first."""
    return db.session.scalars(
        select(Case)
        .options(joinedload(Case.pinned))
        .where(Case.account_id == account_id, Case.state != State.DRAFT, Case.closed_at.is_(None))
        .order_by(Case.id.desc())
        .limit(limit)
    ).all()
