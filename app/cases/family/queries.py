"""Finding what is filed together, for its citizen and for the staff of the post."""

from collections.abc import Sequence

from sqlalchemy import select

from app.cases import access, queries
from app.cases.family.models import Filing
from app.cases.models import Case
from app.core.actor import Actor
from app.core.db import db


def members_of(case: Case, actor: Actor) -> Sequence[Case]:
    """Return the cases of the filing of a case that an actor may see, itself among them.

    In the order in which they were begun; none for a case that goes by itself.
    """
    if case.filing_id is None:
        return []
    return db.session.scalars(
        select(Case)
        .options(*queries.whole())
        .where(Case.filing_id == case.filing_id, access.is_visible(actor))
        .order_by(Case.id)
    ).all()


def ids_of(case: Case, actor: Actor) -> Sequence[int]:
    """Return the keys of members_of, in order; the rows are not read."""
    return db.session.scalars(
        select(Case.id)
        .where(Case.filing_id == case.filing_id, access.is_visible(actor))
        .order_by(Case.id)
    ).all()


def others_of(case: Case, actor: Actor) -> Sequence[Case]:
    """Return what is filed together with a case, without itself."""
    return [one for one in members_of(case, actor) if one.id != case.id]


def lock(filing_id: int) -> Filing:
    """Return a filing, locked until the transaction ends."""
    return db.session.scalars(select(Filing).where(Filing.id == filing_id).with_for_update()).one()


def seen_of(cases: Sequence[Case]) -> str:
    """Return what names these cases as they stand, so that nothing else is sent by mistake."""
    return ".".join(f"{case.id}-{case.version}" for case in cases)
