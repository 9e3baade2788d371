"""Finding consignments and what lies in them; every query is bounded."""

import hashlib
from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy import ColumnElement, and_, func, select, text
from sqlalchemy.orm import joinedload

from app.cases.consignments.models import Consignment, ConsignmentItem
from app.cases.consignments.rules import (
    MOST_WITH_UNEXPECTED,
    OUT,
    ConsignmentState,
    Result,
)
from app.cases.models import TO_CAPITAL, Case, CaseFile, CaseItem
from app.catalogue.models import Post
from app.core.actor import Actor
from app.core.db import db
from app.core.errors import NotFound
from app.documents.models import Document

SHOWN = 50


def packable() -> list[ColumnElement[bool]]:
    """Return the conditions: the papers of the case have to go to the capital and lie here."""
    packed = select(ConsignmentItem.case_id).where(ConsignmentItem.released_at.is_(None))
    return [and_(text(TO_CAPITAL)), Case.id.not_in(packed)]


def get_consignment(uid: str, actor: Actor) -> Consignment:
    """Return a consignment of the actor's post; raise NotFound."""
    return _get(uid, actor, is_locked=False)


def lock(uid: str, actor: Actor) -> Consignment:
    """Return a consignment of the actor's post, locked until the transaction ends."""
    return _get(uid, actor, is_locked=True)


def wait_for(box: Consignment) -> None:
    """Bring a consignment up to date, locked; whoever seals it at this moment is waited for."""
    db.session.scalars(
        select(Consignment)
        .where(Consignment.id == box.id)
        .with_for_update(of=Consignment)
        .execution_options(populate_existing=True)
    ).one()


def _get(uid: str, actor: Actor, *, is_locked: bool) -> Consignment:
    query = select(Consignment).where(Consignment.uid == uid, Consignment.post_id == actor.post_id)
    if is_locked:
        query = query.with_for_update(of=Consignment).execution_options(populate_existing=True)
    found = db.session.scalar(query)
    if found is None:
        raise NotFound()
    return found


def find_open(post_id: int) -> Consignment | None:
    """Return the consignment that a post is filling, locked, or None."""
    return db.session.scalar(
        select(Consignment)
        .where(Consignment.post_id == post_id, Consignment.state == ConsignmentState.OPEN)
        .with_for_update(of=Consignment)
    )


def list_consignments(post_id: int) -> Sequence[tuple[Consignment, int]]:
    """Return the newest consignments of a post, each with how many requests it has."""
    size = (
        select(func.count())
        .where(ConsignmentItem.consignment_id == Consignment.id)
        .correlate(Consignment)
        .scalar_subquery()
    )
    rows = db.session.execute(
        select(Consignment, size)
        .where(Consignment.post_id == post_id)
        .order_by(Consignment.id.desc())
        .limit(SHOWN)
    )
    return [(box, count) for box, count in rows]


def list_items(consignment_id: int) -> Sequence[ConsignmentItem]:
    """Return what lies in a consignment in its order, each with its case and person."""
    case = joinedload(ConsignmentItem.case)
    return db.session.scalars(
        select(ConsignmentItem)
        .options(
            case.joinedload(Case.person),
            case.joinedload(Case.pinned),
            case.joinedload(Case.service),
        )
        .where(ConsignmentItem.consignment_id == consignment_id)
        .order_by(ConsignmentItem.is_unexpected, ConsignmentItem.id)
        .limit(MOST_WITH_UNEXPECTED)
    ).all()


def bring_up_to_date(items: Sequence[ConsignmentItem]) -> None:
    """Read places again as they stand now; for those that were read before they were locked."""
    db.session.scalars(
        select(ConsignmentItem)
        .where(ConsignmentItem.id.in_([one.id for one in items]))
        .execution_options(populate_existing=True)
    ).all()


def mark_of(items: Sequence[ConsignmentItem]) -> str:
    """Return what names a list: another one as soon as anything is put in or taken out."""
    return hashlib.sha256("".join(sorted(one.uid for one in items)).encode()).hexdigest()[:16]


def find_out(case_id: int) -> ConsignmentItem | None:
    """Return where the papers of a case lie, in a consignment that is not back, or None."""
    return db.session.scalar(
        select(ConsignmentItem)
        .options(joinedload(ConsignmentItem.consignment))
        .where(ConsignmentItem.case_id == case_id, ConsignmentItem.released_at.is_(None))
    )


def list_missed(case_id: int) -> Sequence[ConsignmentItem]:
    """Return the places in which the papers of a case were missed."""
    return db.session.scalars(
        select(ConsignmentItem).where(
            ConsignmentItem.case_id == case_id, ConsignmentItem.result == Result.MISSING
        )
    ).all()


def find_last(case_id: int) -> ConsignmentItem | None:
    """Return the newest journey of the papers of a case, or None."""
    return db.session.scalar(
        select(ConsignmentItem)
        .options(joinedload(ConsignmentItem.consignment))
        .where(ConsignmentItem.case_id == case_id)
        .order_by(ConsignmentItem.id.desc())
        .limit(1)
    )


def find_item(consignment_id: int, case_id: int) -> ConsignmentItem | None:
    """Return the place of a case in a consignment, or None."""
    return db.session.scalar(
        select(ConsignmentItem).where(
            ConsignmentItem.consignment_id == consignment_id,
            ConsignmentItem.case_id == case_id,
        )
    )


def count_items(consignment_id: int) -> int:
    """Return how many requests lie in a consignment."""
    query = select(func.count()).where(ConsignmentItem.consignment_id == consignment_id)
    return db.session.scalar(query) or 0


def sheets_of(consignment_id: int) -> dict[int, int]:
    """Return how many pages the papers of each case in a consignment have, by its key."""
    rows = db.session.execute(
        select(CaseItem.case_id, func.sum(Document.pages))
        .join(CaseFile, CaseFile.item_id == CaseItem.id)
        .join(Document, Document.id == CaseFile.document_id)
        .join(ConsignmentItem, ConsignmentItem.case_id == CaseItem.case_id)
        .where(ConsignmentItem.consignment_id == consignment_id, CaseFile.replaced_at.is_(None))
        .group_by(CaseItem.case_id)
    )
    return {case_id: int(pages) for case_id, pages in rows}


def next_number(post_id: int, year: int) -> int:
    """Return the number of the next consignment that a post seals in a year."""
    last = select(func.max(Consignment.number)).where(
        Consignment.post_id == post_id, Consignment.year == year
    )
    return (db.session.scalar(last) or 0) + 1


def count_out_long(post: Post, today: date) -> int:
    """Return how many consignments of a post are away for more days than it sets."""
    query = select(func.count()).where(
        Consignment.post_id == post.id,
        Consignment.state.in_(OUT),
        Consignment.sent_on < today - timedelta(days=post.consignment_days),
    )
    return db.session.scalar(query) or 0
